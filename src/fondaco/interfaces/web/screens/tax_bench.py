"""Which tax would apply? Every rule is asked, and says why it fires or what it missed (TX-01)."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.finance.invoicing.assessing import arrivals_of
from fondaco.finance.tax.models import TaxCode, TaxRule
from fondaco.finance.tax.queries import TaxQuestion, TaxTable, Verdict, tax_table
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, page
from fondaco.interfaces.web.presenting import choice_word
from fondaco.interfaces.web.screens.naming import name_of
from fondaco.interfaces.web.screens.reports import BadDay
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Country
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotFound, UserError

RIGHT = "tax.view_tax_code"
SCREENS.append(Screen("books", "tax", 70, gettext_lazy("Which tax applies?"), "/books/which-tax", RIGHT))


@door(RIGHT, "GET")
def which_tax(request: HttpRequest) -> HttpResponse:
    """Ask the tax rules for a customer, a product, a day and the way of the goods, without writing a document."""
    company = company_of(request)
    if company is None or not request.actor.may(RIGHT, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("A company whose taxes you may see"))
    on = _day(request.GET.get("on", ""), today_of(request))
    party = Party.objects.filter(pk=_key(request, "customer")).first()
    product = Product.objects.filter(pk=_key(request, "product")).first()
    places = dict(
        Country.objects.filter(code__in=[request.GET.get("ship_from", ""), request.GET.get("ship_to", "")]).values_list("code", "name")
    )
    ship_from, ship_to = (request.GET.get(name, "") if request.GET.get(name, "") in places else "" for name in ("ship_from", "ship_to"))
    kind = "purchase" if request.GET.get("kind") == "purchase" else "sale"
    context: dict[str, Any] = {
        "title": _("Which tax applies?"),
        "fields": [
            {"name": "kind", "label": _("What"), "kind": "select", "options": [(k, str(word)) for k, word in TaxCode.KINDS], "value": kind},
            _picker(request.actor, "customer", _("Customer or vendor"), "/parties/pick", Party, party),
            _picker(request.actor, "product", _("Product"), "/products/pick", Product, product),
            {"name": "on", "label": _("Day of supply"), "kind": "date", "value": on},
            _country("ship_from", _("Shipped from"), ship_from),
            _country("ship_to", _("Shipped to"), ship_to),
        ],
    }
    if party is not None:
        table = tax_table(company)
        usual = arrivals_of([party.pk]).get(party.pk, "") if kind == "sale" else ""
        without = "service" if kind == "purchase" else "standard"
        question = table.question(
            party, product.tax_class if product else without, on, ship_from=ship_from, ship_to=ship_to or usual, kind=kind
        )
        context |= _answer(request, table, question)
    return page(request, "web/tax_bench.html", context)


def _answer(request: HttpRequest, table: TaxTable, question: TaxQuestion) -> dict[str, Any]:
    language = request.actor.language  # type: ignore[attr-defined]
    verdicts = table.verdicts(question)
    fired = next((v.rule.pk for v in verdicts if v.matches), None)
    answer: dict[str, Any]
    try:
        found = table.determine(question, language)
        code = found.tax_code
        name = code.name_it if language == "it" and code.name_it else code.name
        answer = {"facts": [(_("Tax code"), {"text": f"{code.code} {name}", "url": f"/tax-codes/{code.pk}"}), (_("Rate"), f"{found.rate.normalize():f} %"), (_("Natura"), code.natura), (_("Because"), found.explanation)]}  # fmt: skip
    except UserError as refusal:
        answer = {"refusal": str(refusal)}
    ship_from, ship_to = table.way(question)
    asked = [
        (_("Buyer") if question.kind == "sale" else _("Vendor"), str(choice_word(TaxRule, "buyer", table.buyer(question)))),
        (_("Product class"), question.product_class),
        (_("Shipped from"), ship_from),
        (_("Shipped to"), ship_to),
    ]
    return {"asked": asked, "answer": answer, "rules": [_row(v, fired, language) for v in verdicts]}


def _row(verdict: Verdict, fired: int | None, language: str) -> dict[str, Any]:
    rule = verdict.rule
    state, tone = (
        (_("fires"), "done") if rule.pk == fired else (_("comes later"), "ended") if verdict.matches else (_("does not fit"), "open")
    )
    return {
        "priority": rule.priority,
        "url": f"/tax-rules/{rule.pk}",
        "code": str(rule.tax_code),
        "sentence": rule.explanation_it if language == "it" and rule.explanation_it else rule.explanation,
        "state": {"word": state, "tone": tone},
        "fired": rule.pk == fired,
        "why": [_missed(*miss) for miss in verdict.misses] or ([_("An earlier rule fires first.")] if rule.pk != fired else []),
    }


def _missed(name: str, wanted: str, found: str) -> str:
    title = str(TaxRule._meta.get_field(name).verbose_name)
    wanted, found = (str(choice_word(TaxRule, name, value)) for value in (wanted, found))
    return _("{what}: asks for {wanted}, found {found}").format(what=title, wanted=wanted, found=found or _("nothing"))


def _day(text: str, default: date) -> date:
    try:
        return date.fromisoformat(text) if text else default
    except ValueError as error:
        raise BadDay(text=text[:40]) from error


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _picker(actor: Actor, name: str, label: str, url: str, model: Any, row: Any) -> dict[str, Any]:
    return {
        "name": name, "label": label, "kind": "pick", "url": url, "value": row.pk if row else "", "text": name_of(actor, model, row) if row else ""
    }  # fmt: skip


def _country(name: str, label: str, value: str) -> dict[str, Any]:
    options = list(Country.objects.order_by("name").values_list("code", "name"))
    return {"name": name, "label": label, "kind": "select", "options": options, "empty": _("as usual"), "value": value}
