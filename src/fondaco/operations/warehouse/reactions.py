"""What the warehouse does when goods came: across the dock to who waits, or a bin for each, where its steps say so (WH-07)."""

from fondaco.operations.inventory.models import GoodsReceipt, GoodsReceiptLine
from fondaco.operations.warehouse.models import Floor
from fondaco.operations.warehouse.stepping import direct
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("inventory.post_receipt")
def goods_came(receipts: DocumentSet[GoodsReceipt]) -> None:
    """Direct what came to the dock of warehouses with bins; what is to be inspected waits for that."""
    floors = list(Floor.objects.filter(warehouse__in={r.warehouse_id for r in receipts}).order_by("warehouse_id"))
    if floors:
        direct(floors, set(GoodsReceiptLine.objects.filter(receipt__in=receipts.ids).values_list("product_id", flat=True)))
