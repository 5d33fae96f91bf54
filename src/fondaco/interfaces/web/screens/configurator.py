"""The configurator: choices as tiles, what is closed and why, what would open it, the price as it grows; onto a quote or order in the end (PR-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.frontoffice.configurator.choosing import CHOSEN, CLOSED, FORCED, Advisor, Seen, Why, others
from fondaco.frontoffice.configurator.evaluating import is_asked
from fondaco.frontoffice.configurator.models import ProductModel
from fondaco.frontoffice.configurator.pricing import Priced, price, said
from fondaco.frontoffice.configurator.queries import advisor_of
from fondaco.frontoffice.configurator.refusals import NotConfigurable
from fondaco.frontoffice.configurator.shapes import Item, Option
from fondaco.frontoffice.configurator.solving import TooHard
from fondaco.frontoffice.sales.actions.configuring import configure_order, configure_quote
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import flash, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.making import making_of
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.catalog.queries import PriceRequest, prices
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.performing import perform

CONFIGURE = "configurator.configure_product"
#: On what a configuration may be put: the address of the document, its model, that of its lines, and the verb.
TARGETS: dict[str, tuple[Any, Any, Any, str]] = {
    "quotes": (Quote, QuoteLine, configure_quote, "sales.write_quote"),
    "orders": (Order, OrderLine, configure_order, "sales.write_order"),
}
ONE = Decimal(1)


@dataclass(frozen=True)
class Target:
    """The document that the configuration is for, and the line that has it already."""

    key: str
    document: Any
    line: Any

    @property
    def query(self) -> dict[str, Any]:
        return {"for": f"{self.key}:{self.document.pk}"} | ({"line": self.line.pk} if self.line is not None else {})


def _target(request: HttpRequest) -> Target | None:
    given = request.POST.get("for") or request.GET.get("for", "")
    key, _colon, pk = given.partition(":")
    if key not in TARGETS or not pk.isdecimal():
        return None
    model, line_model, _verb, right = TARGETS[key]
    document = visible(model.objects.filter(pk=int(pk), state="draft"), request.actor, right).select_related("customer").first()  # type: ignore[attr-defined]
    if document is None:
        raise NotFound(what=f"{model._meta.verbose_name} {pk}")
    line = whole(request.POST.get("line") or request.GET.get("line", ""))
    parent = "quote" if key == "quotes" else "order"
    found = line_model.objects.filter(pk=line, **{parent: document}).select_related("configuration").first() if line else None
    return Target(key, document, found)


@door(CONFIGURE, "GET")
def configurable(request: HttpRequest) -> HttpResponse:
    """The products that can be configured, to choose one for a quote or an order."""
    target = _target(request)
    italian = get_language() == "it"
    rows = ProductModel.objects.filter(state="released", product__is_active=True).select_related("product").order_by("product__sku")
    query = f"?{urlencode(target.query)}" if target else ""
    products = [
        {"sku": m.product.sku, "name": (m.product.name_it if italian else "") or m.product.name, "url": f"/configure/{m.product_id}{query}"}
        for m in rows
    ]
    lines = []
    if target is not None:
        _model, line_model, _verb, _right = TARGETS[target.key]
        parent = "quote" if target.key == "quotes" else "order"
        lines = [
            {"text": ln.description, "url": f"/configure/{ln.product_id}?{urlencode({**target.query, 'line': ln.pk})}"}
            for ln in line_model.objects.filter(configuration__isnull=False, **{parent: target.document}).order_by("position")
        ]
    context = {"title": _("Configure a product"), "products": products, "lines": lines, "back": _back(target)}
    return page(request, "web/configurable.html", context)


def _back(target: Target | None) -> dict[str, str] | None:
    return {"url": f"/{target.key}/{target.document.pk}", "text": str(target.document)} if target else None


@door(CONFIGURE, "GET", "POST")
def configurator(request: HttpRequest, pk: int) -> HttpResponse:
    """A product as it is configured; each click is answered with what is open now. What was chosen travels with the form, in its order."""
    product, advisor = _advisor(request, pk)
    target = _target(request)
    choices, told = _choices(request, advisor, target), None
    if request.method == "POST":
        choices, told = _clicked(request, advisor, choices)
    context = _context(request, product, advisor, target, choices, told)
    if request.headers.get("X-Part"):
        return render(request, "web/components/configured.html", context)
    return page(request, "web/configurator.html", context)


@door(CONFIGURE, "POST")
def why_closed(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a value is closed, and the click that would open it; asked for when the value has the focus."""
    _product, advisor = _advisor(request, pk)
    key, code = _pair(request.POST.get("about", ""))
    told = _told(advisor, _choices(request, advisor, None), key, code) if key in advisor.flat.places else None
    return render(request, "web/components/why_closed.html", {"closed": told})


@door(CONFIGURE, "POST")
def put(request: HttpRequest, pk: int) -> HttpResponse:
    """Put what was chosen on the quote or order."""
    product, advisor = _advisor(request, pk)
    target = _target(request)
    choices = _choices(request, advisor, target)
    if target is None:
        raise NotFound(what=_("document"))
    seen = advisor.look(choices) or []
    whole_ = choices | {s.place.key: s.value for s in seen if s.state == FORCED}
    formats = formats_of(request)
    try:
        quantity = formats.parse_number(request.POST.get("quantity", "1") or "1")
        given: dict[str, Any] = {"product": product.pk, "choices": whole_, "quantity": quantity}
        if target.line is not None:
            given["line"] = target.line.pk
        perform(request.actor, TARGETS[target.key][2], [target.document.pk], given)  # type: ignore[attr-defined]
    except ValueError:
        refusal: UserError = InvalidInput(record=_("Quantity"), problems=_("This is no number."))
    except UserError as error:
        refusal = error
    else:
        flash(request, str(TARGETS[target.key][2].done))
        return HttpResponseRedirect(f"/{target.key}/{target.document.pk}")
    context = _context(request, product, advisor, target, choices, None) | {"errors": [{"text": refusal.sentence()}]}
    return page(request, "web/configurator.html", context, status=refusal.status)


def _advisor(request: HttpRequest, pk: int) -> tuple[Product, Advisor]:
    product = Product.objects.filter(pk=pk).select_related("currency").first()
    if product is None:
        raise NotFound(what=f"{_('product')} {pk}")
    model = ProductModel.objects.filter(product=product, state="released").first()
    if model is None:
        raise NotConfigurable(product=product)
    return product, advisor_of(model.pk, get_language() or "en")


def _pair(text: str) -> tuple[str, str]:
    key, _equals, code = text.partition("=")
    return key, code


def _choices(request: HttpRequest, advisor: Advisor, target: Target | None) -> dict[str, str]:
    """The choices so far: those of the form, else of the line that is configured anew, as far as the model still has them."""
    if request.method == "POST":
        given = dict(_pair(text) for text in request.POST.getlist("chosen"))
    else:
        line = target.line if target else None
        given = dict(line.configuration.choices) if line is not None and line.configuration is not None else {}
        given = {k: given[k] for k in advisor.flat.places if k in given}
    return _valid(advisor, given)


def _valid(advisor: Advisor, given: Mapping[str, str]) -> dict[str, str]:
    flat = advisor.flat
    known = {k: v for k, v in given.items() if k in flat.places and v in advisor.program.place[advisor.program.index[k]] and v}
    kept = {k: v for k, v in known.items() if is_asked(flat, known, k)}
    # The choices are shown in their order: of those that a newer model does not let stand together, the later go.
    while advisor.engine.narrowed(advisor.literals(kept).values()) is None and kept:
        kept.pop(next(reversed(kept)))
    return kept


def _clicked(request: HttpRequest, advisor: Advisor, choices: dict[str, str]) -> tuple[dict[str, str], dict[str, Any] | None]:
    """The choices after a click, and what is told of a value that could not be chosen."""
    if "again" in request.POST:
        return {}, None
    if "rest" in request.POST:
        return advisor.completed(choices) or choices, None
    if "without" in request.POST:
        return _valid(advisor, {k: v for k, v in choices.items() if k != request.POST["without"]}), None
    wanted = request.POST.get("set") or request.POST.get("open") or _typed(request, choices)
    key, code = _pair(wanted)
    if key not in advisor.flat.places:
        return choices, None
    choices = _with_components(advisor, choices, key)
    if choices.get(key) == code and "set" in request.POST:
        return _valid(advisor, {k: v for k, v in choices.items() if k != key}), None
    if code not in advisor.program.place[advisor.program.index[key]]:
        return choices, {"key": key, "code": code, "text": _range_said(advisor, choices, key), "rules": [], "choices": [], "gives_up": None}
    if "open" in request.POST:
        why = _why(advisor, choices, key, code)
        kept = {k: v for k, v in others(choices, key).items() if why is None or k not in (why.gives_up or ())}
        return _valid(advisor, {**kept, key: code}), None
    if advisor.is_possible(choices, key, code):
        same = others(choices, key)
        if key in choices:  # it keeps its place in the order of the choices
            return _valid(advisor, {k: code if k == key else v for k, v in choices.items() if k in same or k == key}), None
        return _valid(advisor, {**same, key: code}), None
    return choices, _told(advisor, choices, key, code)


def _with_components(advisor: Advisor, choices: dict[str, str], key: str) -> dict[str, str]:
    """With the component that an attribute belongs to, where that was not chosen but follows from the rest."""
    place = advisor.flat.places[key]
    if not place.slot:
        return choices
    above = _with_components(advisor, choices, place.slot)
    return above if place.slot in above else {**above, place.slot: place.option}


def _typed(request: HttpRequest, choices: Mapping[str, str]) -> str:
    """The number that was typed anew, without a click on anything."""
    for name, text in request.POST.items():
        if name.startswith("n:") and isinstance(text, str) and text.strip() and choices.get(name[2:]) != text.strip():
            digits = text.strip().replace(".", "").replace("'", "")
            return (
                f"{name[2:]}={int(digits)}" if digits.lstrip("-").isdecimal() and digits.isascii() and len(digits) < 12 else f"{name[2:]}=?"
            )
    return ""


def _why(advisor: Advisor, choices: Mapping[str, str], key: str, code: str) -> Why | None:
    try:
        return advisor.why(choices, key, code)
    except TooHard:
        return None


def _told(advisor: Advisor, choices: Mapping[str, str], key: str, code: str) -> dict[str, Any] | None:
    """Why a value cannot be chosen, in words, with the click that opens it."""
    why = _why(advisor, choices, key, code)
    if why is None:
        return None
    flat = advisor.flat
    words = lambda k: said(flat.places[k].item, choices[k])  # noqa: E731
    return {
        "key": key, "code": code, "what": said(flat.places[key].item, code), "text": "", "rules": [p.rule.name for p in why.rules], "choices": [words(k) for k in why.choices],
        "gives_up": None if why.gives_up is None else [words(k) for k in why.gives_up],
    }  # fmt: skip


def _range_said(advisor: Advisor, choices: Mapping[str, str], key: str) -> str:
    item = advisor.flat.places[key].item
    return _("Choose a whole number from {least} to {most} in steps of {step}.").format(least=item.least, most=item.most, step=item.step)


# ------------------------------------------------------------------ how it is shown


@dataclass(frozen=True)
class _Money:
    """In which currency, at which rate to that of the product, and from which price of the bare product."""

    currency: str
    decimals: int
    rate: Decimal
    base: Decimal | None


def _money(product: Product, target: Target | None, quantity: Decimal) -> _Money:
    own = product.currency_id or ""
    if target is None:
        return _Money(own, DECIMALS.get(own, 2), ONE, None)
    document = target.document
    company = Company.objects.get(pk=document.company_id)
    currency = document.currency_id or document.customer.currency_id or company.currency_id
    (answer,) = prices([PriceRequest(document.company_id, product.pk, document.customer_id, quantity, currency, document.on)])
    rate = ONE
    if own and own != currency:
        table = rate_table(company, {own, currency})
        rate = table.rate(own, document.on) / table.rate(currency, document.on)
    return _Money(currency, DECIMALS.get(currency, 2), rate, answer.price)


def _context(
    request: HttpRequest, product: Product, advisor: Advisor, target: Target | None, choices: dict[str, str], told: Any
) -> dict[str, Any]:
    formats = formats_of(request)
    typed = request.POST.get("quantity", "") or (formats.quantity(target.line.quantity) if target and target.line is not None else "1")
    try:
        quantity = max(formats.parse_number(typed), Decimal("0.000001"))
    except ValueError:
        quantity = ONE
    money = _money(product, target, quantity)
    seen = advisor.look(choices)
    if seen is None:
        choices, seen = {}, advisor.look({}) or []
    known = choices | {s.place.key: s.value for s in seen if s.state == FORCED}
    priced = price(advisor.shape, known, base=money.base, rate=money.rate, decimals=money.decimals)
    left = [s for s in seen if not s.value]
    return {
        "title": advisor.shape.name, "sku": product.sku, "back": _back(target), "action": f"/configure/{product.pk}", "product_url": f"/products/{product.pk}",
        "chosen": [f"{k}={v}" for k, v in choices.items()],
        "target": {"said": str(target.document), "for": target.query["for"], "line": target.query.get("line", ""), "key": target.key, "anew": target.line is not None} if target else None,
        "groups": [_group(s, money, formats, told) for s in seen], "left": [s.place.item.name for s in left], "quantity": typed, "price": _price(priced, money, formats, quantity),
        "progress": {"done": len(seen) - len(left), "of": len(seen)}, "told": told, "errors": [],
        "making": making_of(request, product, advisor, (advisor.completed(known) or known) if left else known, quantity, target, money, is_whole=not left),
    }  # fmt: skip


def _price(priced: Priced, money: _Money, formats: Formatting, quantity: Decimal) -> dict[str, Any]:
    return {
        "total": formats.amount(priced.price, money.decimals), "currency": money.currency,
        "all": formats.amount(priced.price * quantity, money.decimals) if quantity != 1 else "", "weight": formats.quantity(priced.weight) if priced.weight else "",
        "steps": [{"text": s.text or _("Rounding"), "amount": formats.amount(s.amount, money.decimals), "first": not s.key} for s in priced.steps],
    }  # fmt: skip


def _group(seen: Seen, money: _Money, formats: Formatting, told: Any) -> dict[str, Any]:
    item = seen.place.item
    group: dict[str, Any] = {
        "key": seen.place.key, "id": seen.place.key.replace(".", "-"), "name": item.name, "depth": seen.place.depth, "state": seen.state, "value": seen.value, "number": None, "tiles": [],
        "forced": seen.state == FORCED, "told": told if told and told["key"] == seen.place.key else None,
    }  # fmt: skip
    if item.is_number:
        extra = _extra(item.surcharge * money.rate, ONE, money, formats)
        group["number"] = {
            "least": seen.least, "most": seen.most, "step": item.step, "unit": item.unit, "extra": extra, "included": item.included if item.included > item.least else None,
            "tiles": [{"code": str(n), "name": str(n), "state": CHOSEN if str(n) == seen.value else CLOSED if not seen.least <= n <= seen.most else "open"} for n in range(item.least, item.most + 1, item.step)] if (item.most - item.least) // item.step < 10 else [],
        }  # fmt: skip
        return group
    group["tiles"] = [
        {"code": o.code, "name": o.name, "state": seen.options[o.code], "extra": _option_extra(o, item, money, formats)}
        for o in item.options
    ]
    return group


def _option_extra(option: Option, item: Item, money: _Money, formats: Formatting) -> str:
    return _extra(option.surcharge * money.rate, option.factor, money, formats)


def _extra(surcharge: Decimal, factor: Decimal, money: _Money, formats: Formatting) -> str:
    """What a value adds to the price."""
    parts = []
    if surcharge:
        parts.append(f"{'+' if surcharge > 0 else '−'} {formats.amount(abs(surcharge), money.decimals)}")
    if factor != ONE:
        parts.append(f"× {formats.quantity(factor)}")
    return " ".join(parts)
