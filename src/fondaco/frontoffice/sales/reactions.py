"""What sales does when supply changes: promises that break are seen at once (OM-03)."""

from collections.abc import Iterable, Sequence

from fondaco.frontoffice.sales.actions.orders import tell_broken
from fondaco.frontoffice.sales.promising import concerned, review
from fondaco.operations.inventory.models import Lot, StockAdjustment, StockAdjustmentLine
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


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


@reacts_to("inventory.block")
def lots_blocked(lots: DocumentSet[Lot]) -> None:
    """What was promised from stock may not leave."""
    _look_at({(t.company_id, t.product_id) for t in lots}, lots.actor)
