"""What sales does when the warehouse does not find goods (WH-06), and when supply changes (OM-03)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.actions.orders import tell_broken, told
from fondaco.frontoffice.sales.actions.quotes import told as told_of_quote
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote
from fondaco.frontoffice.sales.promising import concerned, review
from fondaco.frontoffice.sales.queries import DEMAND
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.masterdata.approvals.queries import countered
from fondaco.masterdata.parties.actions import record
from fondaco.operations.inventory.models import GoodsReceipt, GoodsReceiptLine, Lot, StockAdjustment, StockAdjustmentLine
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.sourcing.models import VendorAccess
from fondaco.operations.supply.models import Peg
from fondaco.operations.warehouse.models import Shortage, Task, Wave
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to
from fondaco.platform.money import figure


@reacts_to("warehouse.report_short")
def not_found(tasks: DocumentSet[Task]) -> None:
    """A picker did not find something, and no other bin has it."""
    _tell(
        list(Shortage.objects.filter(task__in=tasks.ids, demand_table=DEMAND).select_related("product", "bin").order_by("pk")), tasks.actor
    )


@reacts_to("warehouse.release")
def not_there(waves: DocumentSet[Wave]) -> None:
    """A wave was released for which goods lie in no bin."""
    missing = Shortage.objects.filter(
        issue__waves__wave__in=waves.ids, task=None, demand_table=DEMAND, created_at__gte=min(w.released_at for w in waves)
    )
    _tell(list(missing.select_related("product", "bin").order_by("pk")), waves.actor)


def _tell(missing: Sequence[Shortage], actor: Actor) -> None:
    """A note on the timeline of each customer, one an order. Three statements."""
    if not missing:
        return
    orders = dict(OrderLine.objects.filter(pk__in={s.demand_line for s in missing}).values_list("pk", "order_id"))
    by_order: dict[int, list[Shortage]] = defaultdict(list)
    for row in missing:
        by_order[orders[row.demand_line or 0]].append(row)
    today = timezone.localdate()
    record(
        [
            told(
                order, actor, _("Goods missing for order {number}"), on=today,
                body="\n".join(
                    _("{quantity} of {product}: {why}").format(quantity=figure(s.quantity), product=s.product, why=s.why) for s in by_order[order.pk]
                ),
            )
            for order in Order.objects.filter(pk__in=by_order).order_by("pk")
        ]
    )  # fmt: skip


@reacts_to("sourcing.announce")
def sent_straight(accesses: DocumentSet[VendorAccess]) -> None:
    """A vendor announced what he sent straight to a customer: it stands on the customer's timeline until it is booked. Three statements."""
    lines = GoodsReceiptLine.objects.filter(receipt__in=accesses.made.get("goods-receipts", ()), receipt__kind=GoodsReceipt.DIRECT)
    announced = {row.demand_line: row for row in lines.select_related("product", "receipt").order_by("pk")}
    if not announced:
        return
    pegs = Peg.objects.filter(
        kind=Peg.DIRECT, supply_table=PurchaseOrderLine._meta.db_table, supply_line__in=announced, demand_table=DEMAND
    )
    wanted = {peg.demand_line: announced[peg.supply_line] for peg in pegs.order_by("pk")}
    by_order: dict[Order, list[GoodsReceiptLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(pk__in=wanted).select_related("order").order_by("order_id", "position"):
        by_order[line.order].append(wanted[line.pk])
    record(
        [
            told(
                order, accesses.actor, _("The vendor announced what he sent for order {number}"), on=rows[0].receipt.on,
                body="\n".join(
                    _("{quantity} of {product} {lots}").format(quantity=figure(row.quantity), product=row.product, lots=row.lots).strip() for row in rows
                ),
            )
            for order, rows in by_order.items()
        ]
    )  # fmt: skip


def _look_at(items: Iterable[tuple[int, int]], actor: Actor) -> None:
    tell_broken(review(concerned(set(items))), actor)


def _purchased(orders: Sequence[PurchaseOrder]) -> set[tuple[int, int]]:
    rows = PurchaseOrderLine.objects.filter(order__in=[o.pk for o in orders], product__isnull=False)
    return set(rows.values_list("order__company", "product"))


@reacts_to("purchasing.confirm")
@reacts_to("purchasing.close")
@reacts_to("purchasing.reopen")
@reacts_to("purchasing.cancel")
def purchases_changed(orders: DocumentSet[PurchaseOrder]) -> None:
    """What comes is more, or less."""
    _look_at(_purchased(orders.rows), orders.actor)


@reacts_to("purchasing.write")
def purchases_written(orders: Sequence[PurchaseOrder], actor: Actor) -> None:
    """What comes, comes on another day."""
    _look_at(_purchased([o for o in orders if o.state == "confirmed"]), actor)


@reacts_to("inventory.post_adjustment")
def stock_counted(adjustments: DocumentSet[StockAdjustment]) -> None:
    """What was promised from stock is not there."""
    rows = StockAdjustmentLine.objects.filter(adjustment__in=adjustments.ids, quantity__lt=0)
    _look_at(rows.values_list("adjustment__company", "product"), adjustments.actor)


@reacts_to("approvals.approve")
@reacts_to("approvals.counter")
def agreed(requests: DocumentSet[ApprovalRequest]) -> None:
    """An approver agreed to a quote or an order, or to less discount on it."""
    counters = countered(requests.rows)
    titles = {r.pk: _("Approval of {number}: less discount") if r.pk in counters else _("Approval of {number}: agreed") for r in requests}
    _answered(requests, titles, "")


@reacts_to("approvals.reject")
def refused(requests: DocumentSet[ApprovalRequest]) -> None:
    """An approver said no; his reason stands on the timeline."""
    _answered(requests, {r.pk: _("Approval of {number}: refused") for r in requests}, requests.reason)


def _answered(requests: DocumentSet[ApprovalRequest], titles: Mapping[int, str], body: str) -> None:
    """What approvers answered, on the timelines of the customers; one statement a kind, and one for all entries."""
    entries = []
    today = timezone.localdate()
    for model, telling in ((Quote, told_of_quote), (Order, told)):
        own = {r.row_id: r for r in requests if r.table_name == model._meta.db_table}
        rows = model.objects.filter(pk__in=own).order_by("pk") if own else ()
        entries += [telling(row, requests.actor, titles[own[row.pk].pk], on=today, body=body) for row in rows]
    record(entries)


@reacts_to("inventory.block")
def lots_blocked(lots: DocumentSet[Lot]) -> None:
    """What was promised from stock may not leave."""
    _look_at({(t.company_id, t.product_id) for t in lots}, lots.actor)
