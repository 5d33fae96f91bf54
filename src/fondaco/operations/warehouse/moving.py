"""Moving goods between bins: the only writer of their moves, for a whole set."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import Location
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.warehouse.models import Bin, BinMove, BinStock
from fondaco.operations.warehouse.queries import Key, usable_at_dock
from fondaco.operations.warehouse.refusals import NotAtDock, NotInBin
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.money import ZERO, figure


@dataclass(slots=True)
class BinDraft:
    """Goods that are to go from a bin to another; no bin is the dock. ``place`` is where the warehouse's stock lies."""

    company: int
    place: int
    product: int
    lot: int | None
    quantity: Decimal
    from_bin: int | None
    to_bin: int | None
    kind: str
    why: str = ""


def lock_products(drafts: Sequence[BinDraft]) -> None:
    """Lock the products of drafts in key order: whoever moves, promises or puts them away waits for this transaction."""
    for company in sorted({d.company for d in drafts}):
        lock_costs(company, {d.product for d in drafts if d.company == company})


def carry(drafts: Sequence[BinDraft]) -> list[BinMove]:
    """Carry goods, in the order given. Raises NotInBin and NotAtDock with the figures; room and class are judged by the database.

    Constant statements.
    """
    if not drafts:
        return []
    lock_products(drafts)
    _check_there(drafts)
    rows = [
        BinMove(
            company_id=d.company, location_id=d.place, product_id=d.product, lot_id=d.lot, quantity=d.quantity, from_bin_id=d.from_bin,
            to_bin_id=d.to_bin, kind=d.kind, why=d.why,
        )
        for d in drafts
    ]  # fmt: skip
    insert_rows(BinMove, rows)
    return rows


def _check_there(drafts: Sequence[BinDraft]) -> None:
    wanted: dict[tuple[int | None, Key], Decimal] = defaultdict(lambda: ZERO)
    for d in drafts:
        wanted[d.from_bin, (d.place, d.product, d.lot)] += d.quantity
    there: dict[tuple[int | None, Key], Decimal] = {}
    bins = {b for b, _key in wanted if b}
    if bins:
        rows = BinStock.objects.filter(bin__in=bins, product__in={key[1] for b, key in wanted if b})
        for bin_key, *key, on_hand in rows.values_list("bin_id", "location_id", "product_id", "lot_id", "on_hand"):
            there[bin_key, (key[0], key[1], key[2])] = on_hand
    dock = [key for b, key in wanted if b is None]
    if dock:
        found = usable_at_dock({key[0] for key in dock}, {key[1] for key in dock})
        there |= {(None, key): quantity for key, quantity in found.items()}
    for (b, what), quantity in wanted.items():
        found_there = there.get((b, what), ZERO)
        if quantity > found_there:
            product = Product.objects.get(pk=what[1])
            if b is None:
                place = Location.objects.get(pk=what[0])
                raise NotAtDock(product=product, asked=figure(quantity), there=figure(found_there), warehouse=place.warehouse)
            raise NotInBin(product=product, asked=figure(quantity), bin=Bin.objects.get(pk=b), there=figure(found_there))
