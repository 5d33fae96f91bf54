"""Where purchase orders and receipts stand in the flow of a deal, and what follows from them."""

from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables.models import Bill, BillMatch
from fondaco.operations.inventory.models import GoodsReceipt
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.platform.documents.flow import by_source, follows, stands


def _billed(keys: Collection[int], are_orders: bool) -> Iterable[tuple[int, int]]:
    """Orders with the bills whose lines bill theirs; two statements."""
    rows = BillMatch.objects.filter(order_table=PurchaseOrderLine._meta.db_table)
    if are_orders:
        lines = dict(PurchaseOrderLine.objects.filter(order__in=list(keys)).values_list("id", "order_id"))
        rows = rows.filter(order_line__in=list(lines))
    else:
        rows = rows.filter(line__bill__in=list(keys))
        lines = dict(
            PurchaseOrderLine.objects.filter(pk__in=rows.order_by().values_list("order_line", flat=True)).values_list("id", "order_id")
        )
    pairs = rows.order_by("order_line", "line__bill").values_list("order_line", "line__bill").distinct()
    return sorted({(lines[line], bill) for line, bill in pairs if line in lines})


stands(PurchaseOrder, place=37, title=_("Purchase order"), permission="purchasing.view_order", amount="net", currency="currency_id")
stands(GoodsReceipt, place=39, title=_("Goods receipt"), permission="inventory.view_stock")
follows(PurchaseOrder, GoodsReceipt, by_source(PurchaseOrder, GoodsReceipt))
follows(PurchaseOrder, Bill, _billed)
