"""Amending confirmed purchase orders: what came or was billed stays; one of which nothing is missing any more closes itself."""

from collections.abc import Sequence
from typing import Any

from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.approvals.queries import latest, needed
from fondaco.operations.purchasing.approving import ORDERS
from fondaco.operations.purchasing.contracts import call_off, used
from fondaco.operations.purchasing.models import ContractLine, PurchaseContract, PurchaseOrder, PurchaseRules
from fondaco.operations.purchasing.queries import HUNDRED, all_came, is_goods, measured_lines, standing_lines, tolerance_of
from fondaco.operations.purchasing.refusals import AmendedBelow, BilledPrice, CalledOffAlready, LineStays, NothingAgreed, NothingOrdered
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.declare import Draft


def judge(drafts: Sequence[Draft]) -> None:
    """Refuse amendments that contradict what was done already, naming the line and the figures; one statement."""
    empty = [d.row for d in drafts if not d.lines]
    if empty:
        raise NothingOrdered(document=", ".join(map(str, empty)), rows=rows_json(empty))
    stored = standing_lines(d.row.pk for d in drafts)
    for draft in drafts:
        now = {ln.pk: ln for ln in draft.lines if ln.pk is not None}
        for line in stored[draft.row.pk]:
            _judge_line(draft.row, line, now.get(line.pk))
    call_off([d.row for d in drafts], {d.row.pk: d.lines for d in drafts})


def _judge_line(order: PurchaseOrder, line: Any, now: Any) -> None:
    if not line.is_named:
        return
    came, billed = line.received, line.billed_quantity - line.credited
    what = {"document": order, "line": line.position, "product": line.product or line.description, "rows": rows_json([order])}
    figures = {"received": figure(came), "billed": figure(billed)}
    if now is None or now.product_id != line.product_id:
        raise LineStays(**figures, **what)
    if now.second_quantity is not None and line.second_received is not None:
        too_little = now.second_quantity < line.second_received
    else:
        too_little = now.quantity * (HUNDRED + tolerance_of(line)) / HUNDRED < max(came, billed)
    if too_little:
        raise AmendedBelow(asked=figure(now.quantity), **figures, **what)
    if line.billed_quantity and (now.unit_price, now.discount_percent) != (line.unit_price, line.discount_percent):
        raise BilledPrice(billed=figure(line.billed_quantity), **what)


def follow(orders: Sequence[PurchaseOrder], actor: Actor) -> None:
    """Close orders of which nothing is missing any more; ask for the approval that a policy wants of the others as they are now.

    An order whose approval is missing stays in force, and nothing more is received on it until it is given.
    """
    lines = measured_lines(o.pk for o in orders)
    under = dict(PurchaseRules.objects.filter(company__in={o.company_id for o in orders}).values_list("company_id", "under_percent"))
    done, open_ = [], []
    for order in orders:
        rows = lines[order.pk]
        is_full = any(is_goods(ln) for ln in rows) and all_came(rows, under.get(order.company_id, ZERO))
        (done if is_full else open_).append(order)
    for order in done:
        order.state = "closed"
    if done:
        DocumentSet(PurchaseOrder, done, actor).save("state")
    approvals.void_changed(ORDERS, [o.pk for o in open_])
    wanting = sorted(needed(ORDERS, unapproved(open_)))
    if wanting:
        approvals.ask(ORDERS, wanting, actor=actor)


def unapproved(orders: Sequence[PurchaseOrder]) -> list[Any]:
    """The subjects of orders for which no approval in force or asked for says what they are now."""
    if not approvals.is_asked(ORDERS):
        return []
    subjects = ORDERS.subjects([o.pk for o in orders])
    standing = latest(PurchaseOrder._meta.db_table, [s.pk for s in subjects])
    return [
        s for s in subjects if not (r := standing.get(s.pk)) or r.state not in ("waiting", "approved") or r.content_hash != s.content_hash
    ]


def judge_contracts(drafts: Sequence[Draft]) -> None:
    """Refuse amendments of contracts to less than was called off from them; three statements."""
    rows = {d.row.pk: d for d in drafts}
    list(PurchaseContract.objects.select_for_update().filter(pk__in=rows).order_by("pk"))
    stored = list(ContractLine.objects.filter(contract__in=rows).select_related("product", "contract").order_by("pk"))
    uses = used(ln.pk for ln in stored)
    value = dict.fromkeys(rows, ZERO)
    for line in stored:
        use = uses[line.pk]
        value[line.contract_id] += use.value
        draft = rows[line.contract_id]
        now = next((ln for ln in draft.lines if isinstance(ln, ContractLine) and ln.pk == line.pk), None)
        least = use.quantity
        if least and (
            now is None or now.product_id != line.product_id or (now.agreed_quantity is not None and now.agreed_quantity < least)
        ):
            raise CalledOffAlready(
                document=draft.row, what=line.product or line.description, used=figure(least), rows=rows_json([draft.row])
            )
    for pk, draft in rows.items():
        if draft.row.agreed_value is not None and draft.row.agreed_value < value[pk]:
            raise CalledOffAlready(
                document=draft.row, what=draft.row.vendor, used=f"{figure(value[pk])} {draft.row.currency_id}", rows=rows_json([draft.row])
            )
        if not any(isinstance(ln, ContractLine) for ln in draft.lines):
            raise NothingAgreed(document=draft.row, rows=rows_json([draft.row]))


__all__ = ["follow", "judge", "judge_contracts"]
