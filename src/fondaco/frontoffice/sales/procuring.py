"""Goods bought for one order (OM-05): its purchase is drafted with the order, tied to its line, and what it costs is the line's cost."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.frontoffice.sales.queries import DEMAND, least, to_deliver
from fondaco.frontoffice.sales.refusals import MoreThanOrdered, NobodySells, NotSentYet
from fondaco.operations.inventory.actions import post_issue, post_receipt
from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.inventory.lots import shared
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, GoodsReceipt, GoodsReceiptLine
from fondaco.operations.inventory.weighing import whole
from fondaco.operations.purchasing.direct import Sent, announced_direct, forget, receipts_of
from fondaco.operations.purchasing.drafting import draft_orders
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.supply.actions import give_back, hand_over, tie
from fondaco.operations.supply.models import Peg, VendorItem
from fondaco.operations.supply.promising import vendor_items, whole_days
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure, rounded, spread
from fondaco.platform.resources.declare import Draft

SUPPLY = PurchaseOrderLine._meta.db_table


def procure(orders: Sequence[Order], lines: Mapping[int, list[Any]], actor: Actor) -> list[int]:
    """Draft purchases for what is owed of lines that are bought for the order and not bought yet: one an order, vendor and way. The buyer
    confirms them. Raises NobodySells. Statements: constant."""
    wanted = [(o, ln) for o in orders for ln in lines[o.pk] if ln.is_bought and to_deliver(ln) > 0]
    if not wanted:
        return []
    tied = dict(
        Peg.objects.filter(demand_table=DEMAND, demand_line__in=[ln.pk for _o, ln in wanted])
        .order_by()
        .values_list("demand_line")
        .annotate(total=Sum("quantity"))
    )
    open_ = [(o, ln, ln.quantity - tied.get(ln.pk, ZERO)) for o, ln in wanted if ln.quantity > tied.get(ln.pk, ZERO)]
    sellers = vendor_items({(o.company_id, ln.product_id) for o, ln, _q in open_})
    today = timezone.localdate()
    groups: dict[tuple[int, int, str], list[tuple[Any, Decimal, VendorItem]]] = defaultdict(list)
    by_key = {o.pk: o for o in orders}
    for order, line, quantity in open_:
        found = sellers.get((order.company_id, line.product_id))
        if not found:
            raise NobodySells(product=line.product, document=order, line=line.position, rows=rows_json([order]))
        groups[order.pk, found[0].vendor_id, line.procured].append((line, quantity, found[0]))
    drafts = [_purchase(by_key[key[0]], key[2], own, today) for key, own in sorted(groups.items())]
    keys = draft_orders(drafts, actor)
    pegs = []
    for (_key, own), draft in zip(sorted(groups.items()), drafts, strict=True):
        for (line, quantity, _item), bought in zip(own, draft.lines, strict=True):
            pegs.append(
                Peg(
                    company_id=draft.row.company_id, kind=line.procured, supply_table=SUPPLY, supply_line=bought.pk, demand_table=DEMAND,
                    demand_line=line.pk, quantity=quantity,
                )
            )  # fmt: skip
    tie(pegs)
    return keys


def _purchase(order: Order, way: str, own: Sequence[tuple[Any, Decimal, VendorItem]], today: date) -> Draft:
    item = own[0][2]
    days = [today + timedelta(days=whole_days(i.takes)) for _ln, _q, i in own if i.takes is not None]
    memo = _("For order {order}.").format(order=order)
    if way == OrderLine.DIRECT:
        memo = _("Send straight to the customer, for order {order}:\n{address}").format(order=order, address=order.shipping_address)
    purchase = PurchaseOrder(
        company_id=order.company_id, vendor_id=item.vendor_id, warehouse_id=order.warehouse_id, on=today, memo=memo,
        currency_id=next((i.currency_id for _ln, _q, i in own if i.currency_id), None), expected_on=max(days, default=None),
    )  # fmt: skip
    lines = [
        PurchaseOrderLine(
            product_id=ln.product_id, quantity=i.packed(q) if way != OrderLine.DIRECT else q, unit_price=i.unit_price or ZERO,
            second_quantity=ln.second_quantity if way == OrderLine.DIRECT and q == ln.quantity else None,
        )
        for ln, q, i in own
    ]  # fmt: skip
    return Draft(purchase, lines)


def let_go(orders: Sequence[Order], lines: Mapping[int, list[Any]], most: Mapping[int, Decimal], reason: str) -> None:
    """Give back what was bought for lines beyond ``most`` of each; the buyer is told."""
    items = {(o.company_id, ln.product_id) for o in orders for ln in lines[o.pk] if ln.is_bought and ln.product_id}
    if items:
        give_back(DEMAND, most, items, reason)


class Part(NamedTuple):
    """What of an order line is delivered, or comes back: its quantity and, of goods with a second unit, the pieces (None: the lots say);
    ``is_estimated``: nobody weighed them."""

    line: Any
    quantity: Decimal
    second: Decimal | None = None
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class _Going:
    """What of a tie goes straight to the customer now, and how much of the tie that is; ``receipt`` is where its vendor announced it."""

    order: Order
    line: Any
    peg: Peg
    sent: Sent
    handed: Decimal
    receipt: GoodsReceipt | None = None


def book_direct(
    orders: DocumentSet[Order], lines: Mapping[int, list[Any]], asked: Mapping[int, Part], lots: Mapping[int, str], on: date
) -> None:
    """Book what vendors sent straight to customers: of each purchase a receipt and the delivery of it, posted together.

    ``asked`` by line, with the lots of tracked goods. Without either, what vendors announced of an order, else all that is still tied and whose
    purchase is confirmed. Goods of catch weight weigh what was said, or what was ordered. What was announced and is booked otherwise is
    forgotten. Raises NotSentYet, MoreThanOrdered. Statements: constant.
    """
    by_line = {ln.pk: (o, ln) for o in orders for ln in lines[o.pk]}
    pegs = list(
        Peg.objects.filter(demand_table=DEMAND, demand_line__in=by_line, kind=Peg.DIRECT, supply_table=SUPPLY).order_by("supply_line", "pk")
    )
    bought = {
        ln.pk: ln
        for ln in PurchaseOrderLine.objects.filter(pk__in=[p.supply_line for p in pegs], order__state="confirmed").select_related("order")
    }
    pegs = [p for p in pegs if p.supply_line in bought and p.quantity > p.handed_over]
    ahead = announced_direct(bought)
    as_announced = not asked and not lots
    told = {by_line[p.demand_line][0].pk for p in pegs if p.supply_line in ahead} if as_announced else set()
    going: list[_Going] = []
    for line_key, own in _by_line(pegs).items():
        order, line = by_line[line_key]
        if order.pk in told:
            going += [g for peg in own for g in _announced(order, line, peg, bought[peg.supply_line], ahead.get(peg.supply_line, ()))]
        elif line_key in asked or not asked:
            going += _said(order, line, own, bought, asked.get(line_key), lots.get(line_key, ""))
    served = {g.order.pk for g in going}
    unsent = set(asked) - {g.line.pk for g in going}
    for order in orders:
        if order.pk not in served or any(ln.pk in unsent for ln in lines[order.pk]):
            raise NotSentYet(document=order, rows=rows_json([order]))
    groups: dict[tuple[int, int, int], list[_Going]] = defaultdict(list)
    for g in going:
        groups[g.order.pk, g.sent.line.order_id, g.receipt.pk if g.receipt else 0].append(g)
    whole = [group for _key, group in sorted(groups.items())]
    forget({g.sent.line.pk for g in going if g.receipt is None and g.sent.line.pk in ahead})
    receipts = receipts_of(
        [(group[0].sent.line.order, [g.sent for g in group], group[0].receipt) for group in whole],
        on,
        orders.actor,
        {place: group[0].order.warehouse_id for place, group in enumerate(whole)},
    )
    post_receipt(DocumentSet(GoodsReceipt, receipts, orders.actor, orders.reason))
    hand_over({g.peg.pk: sum((x.handed for x in going if x.peg is g.peg), ZERO) for g in going})
    came: dict[int, list[GoodsReceiptLine]] = defaultdict(list)
    for row in GoodsReceiptLine.objects.filter(receipt__in=receipts).order_by("receipt_id", "position"):
        came[row.receipt_id].append(row)
    issues = write_papers([_delivery(group, r, came[r.pk], on) for group, r in zip(whole, receipts, strict=True)], "issue")
    post_issue(DocumentSet(GoodsIssue, issues, orders.actor, orders.reason))
    orders.made["deliveries"] = [i.pk for i in issues]


def _by_line(pegs: Sequence[Peg]) -> dict[int, list[Peg]]:
    found: dict[int, list[Peg]] = defaultdict(list)
    for peg in pegs:
        found[peg.demand_line].append(peg)
    return found


def _announced(order: Order, line: Any, peg: Peg, bought: PurchaseOrderLine, rows: Sequence[GoodsReceiptLine]) -> list[_Going]:
    """What a vendor announced of a tie, as he announced it."""
    can, found = peg.quantity - peg.handed_over, []
    for row in rows:
        nominal = _nominal(line, row.quantity, row.second_quantity)
        if nominal > can and line.product.second_factor is None:
            raise MoreThanOrdered(
                asked=figure(row.quantity), product=line.product, document=order, ordered=figure(line.quantity), delivered=figure(line.delivered),
                rows=rows_json([order]),
            )  # fmt: skip
        handed = min(nominal, can)
        found.append(
            _Going(order, line, peg, Sent(bought, row.quantity, row.second_quantity, row.is_estimated, row.lots), handed, row.receipt)
        )
        can -= handed
    return found


def _said(
    order: Order, line: Any, pegs: Sequence[Peg], bought: Mapping[int, PurchaseOrderLine], part: Part | None, lots: str
) -> list[_Going]:
    """What was said of a line, laid on its ties, the oldest first; without it all that is tied. Raises NotSentYet beyond that."""
    open_ = [p.quantity - p.handed_over for p in pegs]
    given = part or Part(line, sum(open_, ZERO), **_pieces(line, sum(open_, ZERO)))
    left, found = given.quantity, []
    shares: list[Decimal] = []
    for place, can in enumerate(open_):
        catch = line.product.second_factor is not None and place == len(open_) - 1
        shares.append(left if catch else min(left, can))
        left -= shares[-1]
    if left > 0:
        raise NotSentYet(document=order, rows=rows_json([order]))
    taking = [(peg, share) for peg, share in zip(pegs, shares, strict=True) if share > 0]
    seconds: list[Decimal | None] = [None] * len(taking)
    if given.second is not None:
        seconds = list(spread(given.second, [share for _p, share in taking], 0 if given.second == rounded(given.second, 0) else 6))
    texts = (
        [lots] if len(taking) == 1 else shared(lots, line.product, [share for _p, share in taking], seconds, {"rows": rows_json([order])})
    )
    for (peg, share), second, text in zip(taking, seconds, texts, strict=True):
        can = peg.quantity - peg.handed_over
        sent = Sent(bought[peg.supply_line], share, second, given.is_estimated, text)
        found.append(_Going(order, line, peg, sent, min(_nominal(line, share, second), can)))
    if found and line.product.second_factor is not None and _is_done(line, given):
        last = found[-1]
        found[-1] = replace(last, handed=last.peg.quantity - last.peg.handed_over)
    return found


def _pieces(line: Any, quantity: Decimal) -> dict[str, Any]:
    """How many pieces a quantity is of goods of catch weight: of those ordered, or by the nominal factor."""
    if line.product.second_factor is None:
        return {}
    if line.second_quantity is not None:
        return {"second": rounded(quantity * line.second_quantity / line.quantity, 6), "is_estimated": True}
    return {"second": whole(line.product, quantity), "is_estimated": True}


def _nominal(line: Any, quantity: Decimal, second: Decimal | None) -> Decimal:
    """How much of a tie a quantity is: of goods that were ordered by the piece what these weighed then, whatever they weigh."""
    if second is None or line.second_quantity is None:
        return quantity
    return rounded(line.quantity * second / line.second_quantity, 6)


def _is_done(line: Any, part: Part) -> bool:
    """Whether nothing is owed of a line of goods of catch weight once a part of it has left."""
    if line.second_quantity is not None and part.second is not None:
        return bool(line.second_delivered + part.second >= line.second_quantity)
    return bool(line.delivered + part.quantity >= least(line))


def _delivery(group: Sequence[_Going], receipt: GoodsReceipt, came: Sequence[GoodsReceiptLine], on: date) -> Draft:
    """The delivery of what a receipt brought: the same goods, weighed, with the same lots."""
    order = group[0].order
    issue = GoodsIssue(
        leaves_as=GoodsIssue.REPLACEMENT if order.authorisation_id else GoodsIssue.SALE,
        company_id=order.company_id, warehouse_id=order.warehouse_id, customer_id=order.customer_id, on=on, ship_to=order.shipping_address,
        direct_receipt=receipt, source_table=Order._meta.db_table, source_id=order.pk,
    )  # fmt: skip
    lines = [
        GoodsIssueLine(
            product_id=row.product_id, quantity=row.quantity, second_quantity=row.second_quantity, lots=row.lots, demand_table=DEMAND, demand_line=g.line.pk,
        )
        for g, row in zip(group, came, strict=True)
    ]  # fmt: skip
    return Draft(issue, lines)


__all__ = ["Part", "book_direct", "let_go", "procure"]
