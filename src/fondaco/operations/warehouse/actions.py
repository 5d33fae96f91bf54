"""The verbs of bins: move goods between them and the dock."""

from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.operations.warehouse.models import Bin, BinMove, BinStock, Floor
from fondaco.operations.warehouse.moving import BinDraft, carry, lock_products
from fondaco.operations.warehouse.refusals import NoSuchBin, SameBin
from fondaco.operations.warehouse.scanning import bins_called, item_called, lot_called
from fondaco.platform.documents.actions import DocumentSet, action

Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
ONE = Decimal(1)


@action(Floor, permission="warehouse.move_goods", title=_("Move goods"), done=_("Moved"))
def move_goods(
    floors: DocumentSet[Floor], *, item: str, quantity: Quantity = ONE, from_bin: str = "", to_bin: str = "", lot: str = ""
) -> None:
    """Carry goods from a bin to another, as scanned: item by barcode, SKU, lot or GS1 label; no bin is the dock."""
    found = item_called(item, lot)
    drafts = []
    for floor in floors:
        bins = bins_called(floor, [from_bin, to_bin])
        here, there = bins.get(from_bin.strip()), bins.get(to_bin.strip())
        if here == there:
            raise SameBin()
        drafts.append(
            BinDraft(
                floor.company_id, floor.location_id, found.product.pk, lot_called(floor.company_id, found), found.count or quantity,
                here.pk if here else None, there.pk if there else None, BinMove.MOVE if here else BinMove.PUT_AWAY,
            )
        )  # fmt: skip
    carry(drafts)


@action(BinStock, permission="warehouse.move_goods", name="move", title=_("Move to"), done=_("Moved"))
def move(stock: DocumentSet[BinStock], *, to_bin: str = "") -> None:
    """Carry all that lies in bins of a product or lot to another bin, named by its code; no bin is the dock."""
    code = to_bin.strip()
    drafts = [BinDraft(s.company_id, s.location_id, s.product_id, s.lot_id, s.on_hand, s.bin_id, None, BinMove.MOVE) for s in stock]
    lock_products(drafts)
    targets = dict(
        Bin.objects.filter(code=code, location__in={s.location_id for s in stock}, is_active=True).values_list("location_id", "pk")
    )
    lying = dict(BinStock.objects.filter(pk__in=stock.ids).values_list("pk", "on_hand"))
    for row, draft in zip(stock, drafts, strict=True):
        draft.quantity = lying[row.pk]
        if code:
            if row.location_id not in targets:
                raise NoSuchBin(warehouse=row.location, code=code)
            draft.to_bin = targets[row.location_id]
    carry([d for d in drafts if d.quantity and d.from_bin != d.to_bin])
