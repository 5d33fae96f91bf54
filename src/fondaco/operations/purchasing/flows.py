"""Where purchase orders and receipts stand in the flow of a deal, and what follows from them."""

from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables.models import Bill, BillMatch
from fondaco.operations.inventory.models import GoodsReceipt
from fondaco.operations.purchasing.models import Billed, PurchaseOrder, PurchaseOrderLine, VendorReturn, VendorReturnLine
from fondaco.operations.shipping.models import TransportDocument
from fondaco.platform.documents.flow import by_source, follows, stands, to_key


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


def _received(keys: Collection[int], are_receipts: bool) -> Iterable[tuple[int, int]]:
    """Receipts with the returns that send their goods back; one statement."""
    wanted = {"receipt_line__receipt__in": list(keys)} if are_receipts else {"vendor_return__in": list(keys)}
    return VendorReturnLine.objects.filter(**wanted).order_by().values_list("receipt_line__receipt", "vendor_return").distinct()


def _credited(keys: Collection[int], are_returns: bool) -> Iterable[tuple[int, int]]:
    """Returns with the credit notes that give their goods back; one statement."""
    wanted = {"return_line__vendor_return__in": list(keys)} if are_returns else {"note__in": list(keys)}
    rows = Billed.objects.filter(note__isnull=False, return_line__isnull=False, **wanted).order_by()
    return rows.values_list("return_line__vendor_return", "note").distinct()


def _accompanied(keys: Collection[int], are_returns: bool) -> Iterable[tuple[int, int]]:
    """Returns with their transport documents; one statement."""
    wanted = {"source_id__in": list(keys)} if are_returns else {"pk__in": list(keys)}
    return TransportDocument.objects.filter(source_table=VendorReturn._meta.db_table, **wanted).values_list("source_id", "pk")


stands(PurchaseOrder, place=37, title=_("Purchase order"), permission="purchasing.view_order", amount="net", currency="currency_id")
stands(GoodsReceipt, place=39, title=_("Goods receipt"), permission="inventory.view_stock")
follows(PurchaseOrder, GoodsReceipt, by_source(PurchaseOrder, GoodsReceipt))
follows(PurchaseOrder, Bill, _billed)
stands(
    VendorReturn, place=40, title=_("Return to vendor"), permission="purchasing.view_vendor_return",
    variant=lambda _row: (_("Return to vendor"), True),
)  # fmt: skip
follows(GoodsReceipt, VendorReturn, _received)
follows(VendorReturn, TransportDocument, _accompanied)
follows(VendorReturn, Bill, _credited)
follows(VendorReturn, VendorReturn._meta.get_field("entry").related_model, to_key(VendorReturn, "entry"))  # type: ignore[arg-type]
