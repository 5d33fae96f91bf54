"""Goods bought for one order (OM-05): its purchase is drafted with the order, tied to its line, and what it costs is the line's cost."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.frontoffice.sales.queries import DEMAND, to_deliver
from fondaco.frontoffice.sales.refusals import NobodySells, NotSentYet
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.operations.inventory.actions import post_issue, post_receipt
from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, GoodsReceipt, GoodsReceiptLine
from fondaco.operations.inventory.weighing import estimated
from fondaco.operations.purchasing.actions import UNIT_COST_DECIMALS
from fondaco.operations.purchasing.drafting import draft_orders
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.queries import net_price
from fondaco.operations.supply.actions import give_back, hand_over, tie
from fondaco.operations.supply.models import Peg, VendorItem
from fondaco.operations.supply.promising import vendor_items, whole_days
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, rounded
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
        PurchaseOrderLine(product_id=ln.product_id, quantity=i.packed(q) if way != OrderLine.DIRECT else q, unit_price=i.unit_price or ZERO)
        for ln, q, i in own
    ]
    return Draft(purchase, lines)


def let_go(orders: Sequence[Order], lines: Mapping[int, list[Any]], most: Mapping[int, Decimal], reason: str) -> None:
    """Give back what was bought for lines beyond ``most`` of each; the buyer is told."""
    items = {(o.company_id, ln.product_id) for o in orders for ln in lines[o.pk] if ln.is_bought and ln.product_id}
    if items:
        give_back(DEMAND, most, items, reason)


def book_direct(orders: DocumentSet[Order], lines: Mapping[int, list[Any]], quantities: Mapping[int, Decimal], on: date) -> None:
    """Book what vendors sent straight to customers: of each purchase a receipt and the delivery of it, posted together.

    Without ``quantities`` all that is still tied and whose purchase is confirmed. Costs are the purchase's net prices in company currency
    at the rate of the day, as on a receipt into the house. Raises NotSentYet.
    """
    by_line = {ln.pk: (o, ln) for o in orders for ln in lines[o.pk]}
    pegs = list(
        Peg.objects.filter(demand_table=DEMAND, demand_line__in=by_line, kind=Peg.DIRECT, supply_table=SUPPLY).order_by("supply_line", "pk")
    )
    bought = {
        ln.pk: ln
        for ln in PurchaseOrderLine.objects.filter(pk__in=[p.supply_line for p in pegs], order__state="confirmed").select_related("order")
    }
    left = dict(quantities)
    parts: dict[int, Decimal] = {}
    groups: dict[tuple[int, int], list[tuple[Peg, Decimal]]] = defaultdict(list)
    for peg in pegs:
        can = peg.quantity - peg.handed_over
        part = min(can, left.get(peg.demand_line, ZERO)) if quantities else can
        if part > 0 and peg.supply_line in bought:
            left[peg.demand_line] = left.get(peg.demand_line, ZERO) - part
            parts[peg.pk] = part
            groups[by_line[peg.demand_line][0].pk, bought[peg.supply_line].order_id].append((peg, part))
    served = {key[0] for key in groups}
    for order in orders:
        if order.pk not in served or (quantities and any(left.get(ln.pk, ZERO) > 0 for ln in lines[order.pk])):
            raise NotSentYet(document=order, rows=rows_json([order]))
    companies = Company.objects.in_bulk({o.company_id for o in orders})
    rates = {
        pk: rate_table(c, {ln.order.currency_id for ln in bought.values() if ln.order.company_id == pk}) for pk, c in companies.items()
    }
    by_key = {o.pk: o for o in orders}
    receipts = write_papers([_receipt(by_key[key[0]], own, bought, by_line, rates, on) for key, own in sorted(groups.items())], "receipt")
    post_receipt(DocumentSet(GoodsReceipt, receipts, orders.actor, orders.reason))
    hand_over(parts)
    deliveries = [
        _delivery(by_key[key[0]], own, receipt, by_line, on) for (key, own), receipt in zip(sorted(groups.items()), receipts, strict=True)
    ]
    issues = write_papers(deliveries, "issue")
    post_issue(DocumentSet(GoodsIssue, issues, orders.actor, orders.reason))
    orders.made["deliveries"] = [i.pk for i in issues]


def _receipt(
    order: Order,
    own: Sequence[tuple[Peg, Decimal]],
    bought: Mapping[int, PurchaseOrderLine],
    by_line: Mapping[int, tuple[Order, Any]],
    rates: Mapping[int, Any],
    on: date,
) -> Draft:
    purchase = bought[own[0][0].supply_line].order
    rate = rates[order.company_id].rate(purchase.currency_id or "", on)
    receipt = GoodsReceipt(
        company_id=order.company_id, warehouse_id=order.warehouse_id, vendor_id=purchase.vendor_id, on=on, kind=GoodsReceipt.DIRECT,
        source_table=PurchaseOrder._meta.db_table, source_id=purchase.pk,
    )  # fmt: skip
    lines = [
        GoodsReceiptLine(
            product_id=bought[peg.supply_line].product_id, quantity=q, **estimated(by_line[peg.demand_line][1].product, q), unit_cost=rounded(net_price(bought[peg.supply_line]) * rate, UNIT_COST_DECIMALS),
            demand_table=SUPPLY, demand_line=peg.supply_line,
        )
        for peg, q in own
    ]  # fmt: skip
    return Draft(receipt, lines)


def _delivery(
    order: Order, own: Sequence[tuple[Peg, Decimal]], receipt: GoodsReceipt, by_line: Mapping[int, tuple[Order, Any]], on: date
) -> Draft:
    issue = GoodsIssue(
        company_id=order.company_id, warehouse_id=order.warehouse_id, customer_id=order.customer_id, on=on, ship_to=order.shipping_address,
        direct_receipt=receipt, source_table=Order._meta.db_table, source_id=order.pk,
    )  # fmt: skip
    lines = [
        GoodsIssueLine(
            product_id=by_line[peg.demand_line][1].product_id,
            quantity=q,
            **estimated(by_line[peg.demand_line][1].product, q),
            demand_table=DEMAND,
            demand_line=peg.demand_line,
        )
        for peg, q in own
    ]
    return Draft(issue, lines)


__all__ = ["book_direct", "let_go", "procure"]
