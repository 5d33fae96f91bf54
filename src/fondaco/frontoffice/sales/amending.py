"""Amending confirmed orders (OM-02): what was delivered or invoiced stays, and reservations follow what is owed now."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.finance.receivables.credit import refuse_stopped
from fondaco.frontoffice.sales.actions.orders import requested, told
from fondaco.frontoffice.sales.approving import ORDERS
from fondaco.frontoffice.sales.blankets import draw, used
from fondaco.frontoffice.sales.credit import paper_of
from fondaco.frontoffice.sales.holds import fire
from fondaco.frontoffice.sales.models import BlanketLine, BlanketOrder, Order
from fondaco.frontoffice.sales.procuring import let_go, procure
from fondaco.frontoffice.sales.queries import DEMAND, HUNDRED, measured_lines, to_deliver
from fondaco.frontoffice.sales.refusals import AmendedBelow, CalledOffAlready, InvoicedPrice, LineStays, NothingAgreed, NothingOffered
from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.parties.actions import record
from fondaco.operations.inventory.moving import lock_costs, release, reserve, trim
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.declare import Draft

PRICED = ("unit_price", "discount_percent", "tax_code_id")


def judge(drafts: Sequence[Draft]) -> set[int]:
    """Refuse amendments that contradict what was done already, naming the line and the figures; give up what removed lines kept.

    Returns the keys of the orders that come to more than before.

    What the orders are called off from, then every product of them is locked first, in key order, so that what is given up and what is
    taken is one step. Constant statements.
    """
    empty = [d.row for d in drafts if not d.lines]
    if empty:
        raise NothingOffered(document=", ".join(map(str, empty)), verb=_("amend"), rows=rows_json(empty))
    draw([d.row for d in drafts], {d.row.pk: d.lines for d in drafts})
    stored = measured_lines(d.row.pk for d in drafts)
    products: dict[int, set[int]] = defaultdict(set)
    for draft in drafts:
        lines = [*draft.lines, *stored[draft.row.pk]]
        products[draft.row.company_id] |= {ln.product_id for ln in lines if ln.product_id}
    for company in sorted(products):
        lock_costs(company, products[company])
    before = dict(Order.objects.filter(pk__in=[d.row.pk for d in drafts]).values_list("pk", "gross"))
    removed = []
    for draft in drafts:
        now = {ln.pk: ln for ln in draft.lines if ln.pk is not None}
        for line in stored[draft.row.pk]:
            _judge_line(draft.row, line, now.get(line.pk))
            if line.pk not in now:
                removed.append(line.pk)
    release(DEMAND, removed)
    _give_back(drafts, stored)
    return {d.row.pk for d in drafts if d.row.gross > before[d.row.pk]}


def _give_back(drafts: Sequence[Draft], stored: dict[int, list[Any]]) -> None:
    """What was bought for lines that want less now, come otherwise or are gone is given back, and the buyer is told."""
    most = {ln.pk: ZERO for rows in stored.values() for ln in rows}
    for draft in drafts:
        before = {ln.pk: ln for ln in stored[draft.row.pk]}
        for line in draft.lines:
            if line.pk in before and (line.product_id, line.procured) == (before[line.pk].product_id, before[line.pk].procured):
                most[line.pk] = line.quantity
    let_go([d.row for d in drafts], stored, most, _("The order was amended."))


def _judge_line(order: Order, line: Any, now: Any) -> None:
    if not (line.delivered or line.invoiced):
        return
    what = {"document": order, "line": line.position, "product": line.product or line.description, "rows": rows_json([order])}
    if now is None or now.product_id != line.product_id:
        raise LineStays(delivered=figure(line.delivered), invoiced=figure(line.invoiced), **what)
    if _too_little(line, now):
        raise AmendedBelow(
            asked=figure(now.quantity),
            delivered=figure(line.delivered - line.returned),
            invoiced=figure(line.invoiced - line.credited),
            **what,
        )
    if line.invoiced and any(getattr(now, name) != getattr(line, name) for name in PRICED):
        raise InvoicedPrice(invoiced=figure(line.invoiced), **what)


def _too_little(line: Any, now: Any) -> bool:
    """Whether less is ordered now than was delivered and kept, or invoiced: in pieces where it is ordered by the piece."""
    if now.second_quantity is not None and line.second_delivered is not None:
        return bool(now.second_quantity < line.second_delivered - line.second_returned)
    tolerance = line.product.second_tolerance if line.product is not None else None
    allowed = now.quantity if tolerance is None else now.quantity * (HUNDRED + tolerance) / HUNDRED
    return bool(allowed < max(line.delivered - line.returned, line.invoiced - line.credited))


def follow(orders: Sequence[Order], grown: set[int], actor: Actor, reason: str) -> None:
    """Give up what is reserved beyond what is owed now, reserve what is owed more, ask credit of orders that have grown, tell the timelines.

    An order that takes all or nothing is refused when what it now owes more is not there. A hold rule that fires on what was amended
    keeps its goods here until somebody releases it (OM-06), and so does a policy until its approval is there (PR-07).
    """
    fire(orders)
    approvals.find(ORDERS, [o.pk for o in orders])
    lines = measured_lines(o.pk for o in orders)
    trim(DEMAND, {ln.pk: to_deliver(ln) for rows in lines.values() for ln in rows})
    more: list[tuple[Order, Any, Decimal]] = [
        (o, ln, to_deliver(ln) - ln.reserved)
        for o in sorted(orders, key=lambda o: (o.confirmed_on, o.pk))
        for ln in lines[o.pk]
        if to_deliver(ln) > ln.reserved and not ln.is_bought
    ]
    for partly in (False, True):
        wanted = [(o, ln, quantity) for o, ln, quantity in more if o.reserve_partly is partly]
        if wanted:
            reserve([requested(o, ln, quantity) for o, ln, quantity in wanted], partly=partly)
    procure(orders, lines, actor)
    day = timezone.localdate()
    larger = [paper_of(o, adds=False) for o in orders if o.pk in grown]
    if larger:
        refuse_stopped(larger, stage="order", on=day)
    record([told(o, actor, _("Order {number} amended"), on=day, body=reason) for o in orders])


def judge_blankets(drafts: Sequence[Draft]) -> None:
    """Refuse amendments of blanket orders to less than was called off from them; three statements."""
    rows = {d.row.pk: d for d in drafts}
    list(BlanketOrder.objects.select_for_update().filter(pk__in=rows).order_by("pk"))
    stored = list(BlanketLine.objects.filter(blanket__in=rows).select_related("product").order_by("pk"))
    uses = used(ln.pk for ln in stored)
    whole = dict.fromkeys(rows, ZERO)
    for line in stored:
        use = uses[line.pk]
        whole[line.blanket_id] += use.value
        draft = rows[line.blanket_id]
        now = next((ln for ln in draft.lines if isinstance(ln, BlanketLine) and ln.pk == line.pk), None)
        what = {"document": draft.row, "what": line.product, "rows": rows_json([draft.row])}
        if use.quantity and (now is None or now.product_id != line.product_id or _is_less(now.agreed_quantity, use.quantity)):
            raise CalledOffAlready(used=figure(use.quantity), **what)
        if now is not None and _is_less(now.agreed_value, use.value):
            raise CalledOffAlready(used=f"{figure(use.value)} {draft.row.currency_id}", **what)
    for pk, draft in rows.items():
        if _is_less(draft.row.agreed_value, whole[pk]):
            said = f"{figure(whole[pk])} {draft.row.currency_id}"
            raise CalledOffAlready(document=draft.row, what=draft.row.customer, used=said, rows=rows_json([draft.row]))
        if not any(isinstance(ln, BlanketLine) for ln in draft.lines):
            raise NothingAgreed(document=draft.row, rows=rows_json([draft.row]))


def _is_less(agreed: Decimal | None, used: Decimal) -> bool:
    return agreed is not None and agreed < used


__all__ = ["follow", "judge", "judge_blankets"]
