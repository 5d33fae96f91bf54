"""What an approver of a quote or an order sees on one page (PR-07): the way from the lists to what is left, what the customer had before, his
credit, the deal behind it and the seller's words; answered by one key, on a phone too."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.finance.ledger.models import OpenItem
from fondaco.frontoffice.sales.approving import ORDERS, QUOTES
from fondaco.frontoffice.sales.judging import Figures, figures_of
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.approving import card_of
from fondaco.interfaces.web.screens.price_reasons import SEE, margin_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.approvals import asking
from fondaco.masterdata.approvals.conditions import written
from fondaco.masterdata.approvals.models import ApprovalDecision, ApprovalRequest
from fondaco.masterdata.approvals.queries import needed, waiting_for
from fondaco.masterdata.approvals.resources import ApprovalRequestResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import resource_of
from fondaco.platform.resources.reading import one

#: Per product so many earlier prices are shown.
EARLIER = 3
PARTS: dict[str, tuple[Any, Any, str, Any]] = {
    Quote._meta.db_table: (Quote, QuoteLine, "quote", QUOTES),
    Order._meta.db_table: (Order, OrderLine, "order", ORDERS),
}


@door(SIGNED_IN, "GET")
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """One request, with all that speaks for it and against it. Whoever may answer it sees it, and whoever sees approvals."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = today_of(request)
    waiting = {r.pk: r for r in waiting_for(actor, on=today)}
    if pk not in waiting:
        one(ApprovalRequestResource, actor, pk)
    asked = waiting.get(pk) or ApprovalRequest.objects.select_related("company").get(pk=pk)
    names = dict(User.objects.filter(username=asked.created_by).values_list("username", "name"))
    card = card_of(actor, asked, names, (), is_first=True)
    if pk not in waiting:
        card["verbs"] = []
    context: dict[str, Any] = {"title": asked.title, "card": card, "state": asked.get_state_display(), "decisions": _decisions(asked)}
    if asked.table_name in PARTS:
        context |= _of_sales(actor, asked, formats_of(request), today)
    return page(request, "web/approval.html", context)


def _decisions(asked: ApprovalRequest) -> list[tuple[str, str]]:
    rows = list(ApprovalDecision.objects.filter(request=asked).order_by("step"))
    names = dict(User.objects.filter(username__in=[d.created_by for d in rows]).values_list("username", "name"))
    said = []
    for d in rows:
        answer = _("approved") if d.is_approved else _("refused")
        if d.at_most is not None:
            answer = _("approved with at most {percent}%").format(percent=written(d.at_most))
        said.append((names.get(d.created_by) or d.created_by, f"{answer}. {d.comment}".strip()))
    return said


def _of_sales(actor: Actor, asked: ApprovalRequest, formats: Formatting, today: date) -> dict[str, Any]:
    """The document as it stands now, beside what was asked; about thirty statements, however many lines it has."""
    model, line_model, parent, kind = PARTS[asked.table_name]
    row = model.objects.filter(pk=asked.row_id).select_related("company", "customer", "salesperson").first()
    if row is None or not (actor.may(kind.permission, row.company_id) or _sees(actor, model, row.pk)):
        return {}
    lines = list(line_model.objects.filter(**{parent: row}).select_related("product").order_by("position", "id"))
    (found,) = figures_of([(row, lines)])
    seen = actor.may(SEE, row.company_id)
    (subject,) = kind.subjects([row.pk]) or [None]
    need = needed(kind, [subject]).get(row.pk) if subject is not None else None
    why = asked.why
    if need is not None and subject is not None:
        hidden = asking.hidden_from(kind, actor, row.company_id)
        why = asking.why(need, subject, row.company, hidden=hidden, language=get_language() or "")
    facts = [(_("Why"), why), (_("Customer"), str(row.customer)), *_deal(row, formats)]
    if row.salesperson:
        facts.append((_("Salesperson"), row.salesperson.name or row.salesperson.username))
    return {
        "facts": facts, "words": asked.words, "credit": _credit(row, found, formats, today), "margin": margin_of(row, lines, formats) if seen else None,
        "before": _before(row, lines, formats), "currency": row.currency_id,
    }  # fmt: skip


def _sees(actor: Actor, model: Any, pk: int) -> bool:
    target = resource_of(model)
    return target is not None and one(target, actor, pk) is not None


def _deal(row: Any, formats: Formatting) -> list[tuple[str, str]]:
    """The opportunity behind a quote, or behind the quote of an order."""
    quote = row if isinstance(row, Quote) else row.quote
    deal = quote.opportunity if quote is not None else None
    if deal is None:
        return []
    chance = f" ({formats.quantity(deal.probability)} %)" if deal.probability is not None else ""
    said = f"{deal}, {deal.name}: {deal.get_state_display()}{chance}"
    close = [(_("Expected close"), formats.day(deal.expected_close))] if deal.expected_close else []
    return [(_("Opportunity"), said), *close, *([(_("Next step"), deal.next_step)] if deal.next_step else [])]


def _credit(row: Any, found: Figures, formats: Formatting, today: date) -> list[tuple[str, str]]:
    """What the customer owes before and after this document, and how much of it is overdue."""
    currency = row.company.currency_id
    decimals = DECIMALS.get(currency, 2)

    def amount(value: Decimal) -> str:
        return f"{formats.amount(value, decimals)} {currency}"

    items = OpenItem.objects.filter(
        company=row.company_id, party=row.customer_id, control="receivable", closed_on__isnull=True, due_on__lt=today
    )
    late = sum(items.values_list("open_base_amount", flat=True), ZERO)
    if found.standing is None:
        return [(_("Credit limit"), _("none")), (_("Overdue"), amount(late))]
    said = [
        (_("Exposure today"), amount(found.standing.exposure)),
        (_("Exposure with this"), amount((found.over_limit or ZERO) + found.standing.limit.amount)),
        (_("Credit limit"), amount(found.standing.limit.amount)),
    ]
    if found.over_limit is not None and found.over_limit > 0:
        said.append((_("Over the limit by"), amount(found.over_limit)))
    days = found.standing.overdue_days(today)
    overdue = _("{amount}, the oldest for {days} days").format(amount=amount(late), days=days) if days else amount(late)
    return [*said, (_("Overdue"), overdue)]


def _before(row: Any, lines: Sequence[Any], formats: Formatting) -> list[dict[str, Any]]:
    """What the same customer was offered, and ordered, of the same products last; two statements."""
    products = {ln.product_id: str(ln.product) for ln in lines if ln.product_id}
    entries: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for model, line_model, parent, _kind in PARTS.values():
        earlier = line_model.objects.filter(
            **{f"{parent}__customer": row.customer_id, f"{parent}__company": row.company_id, "product__in": products}
        ).exclude(**{f"{parent}__state": "draft"})
        if isinstance(row, model):
            earlier = earlier.exclude(**{parent: row.pk})
        ranked = earlier.select_related(parent).order_by("product_id", f"-{parent}__on", "-pk")
        for line in ranked[: 40 * len(products)]:
            document = getattr(line, parent)
            if sum(e["model"] is model for e in entries[line.product_id]) < EARLIER:
                entries[line.product_id].append(_entry(model, document, line))
    now = {ln.product_id: ln for ln in lines if ln.product_id}
    made = []
    for key, name in products.items():
        if entries[key]:
            own = sorted(entries[key], key=lambda e: e["on"], reverse=True)
            made.append(
                {
                    "product": name,
                    "now": _each(now[key]),
                    "discount": now[key].discount_percent,
                    "rows": own,
                    "decimals": DECIMALS.get(row.currency_id, 2),
                }
            )
    return made


def _entry(model: Any, document: Any, line: Any) -> dict[str, Any]:
    target = resource_of(model)
    return {
        "model": model, "document": f"{model._meta.verbose_name} {document}", "url": target.url(document.pk) if target else "", "on": document.on,
        "state": document.get_state_display(), "quantity": line.quantity, "discount": line.discount_percent, "each": _each(line), "currency": document.currency_id,
    }  # fmt: skip


def _each(line: Any) -> Decimal:
    return Decimal((line.unit_price or ZERO) * (100 - line.discount_percent) / 100)
