"""What a scanner reads, or somebody types: bins, and items with their lot and count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.lots import count_of, item_of, label, scanned
from fondaco.operations.inventory.models import Lot
from fondaco.operations.warehouse.models import Bin, Floor
from fondaco.operations.warehouse.refusals import NameLot, NoSuchBin, NoSuchItem
from fondaco.platform.money import ZERO


@dataclass(frozen=True, slots=True)
class Item:
    """A product, the lot of it where it is tracked, and how many the label says (zero: it does not say)."""

    product: Product
    lot: str
    count: Decimal


def item_called(code: str, lot: str = "") -> Item:
    """The item behind a GS1 label, a barcode (GTIN), a SKU, or a lot number that only one product has. Raises NoSuchItem, NameLot."""
    text = code.strip()
    said = label(text)
    if said is not None:
        product = _by_code(item_of(said))
        if product is None:
            raise NoSuchItem(code=code)
        number = "" if product.tracking == Product.UNTRACKED else lot.strip() or scanned(text, product, {}).number
        return Item(product, number, count_of(said))
    product = _by_code(text)
    if product is None:
        found = list(Lot.objects.filter(number=text).select_related("product").order_by("pk")[:2]) if text else []
        if len(found) != 1:
            raise NoSuchItem(code=code)
        return Item(found[0].product, text, ZERO)
    if product.tracking != Product.UNTRACKED and not lot.strip():
        raise NameLot(product=product)
    return Item(product, lot.strip() if product.tracking != Product.UNTRACKED else "", ZERO)


def _by_code(code: str) -> Product | None:
    """A product by SKU, or by barcode however many leading noughts its GTIN is written with."""
    if not code:
        return None
    spellings = {code}
    if code.isdecimal():
        spellings |= {code.lstrip("0"), code.zfill(14), code.zfill(13), code.zfill(12)} - {""}
    return Product.objects.filter(Q(sku=code) | Q(barcode__in=spellings), kind="goods").order_by("pk").first()


def lot_called(company: int, item: Item) -> int | None:
    """The key of an item's lot. Raises NoSuchItem."""
    if not item.lot:
        return None
    found = Lot.objects.filter(company=company, product=item.product, number=item.lot).values_list("pk", flat=True).first()
    if found is None:
        raise NoSuchItem(code=item.lot)
    return found


def bins_called(floor: Floor, codes: Iterable[str]) -> Mapping[str, Bin]:
    """Bins in use by their codes, as scanned; one statement. Raises NoSuchBin."""
    wanted = {c.strip() for c in codes if c.strip()}
    found = {b.code: b for b in Bin.objects.filter(location=floor.location_id, code__in=wanted, is_active=True)} if wanted else {}
    if missing := sorted(wanted - set(found)):
        raise NoSuchBin(warehouse=floor, code=missing[0])
    return found
