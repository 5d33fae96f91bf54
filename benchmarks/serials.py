"""A receipt of 10,000 serial numbers: created from a range, posted and committed, with its move, its lots, its stock and its entry (IV-11)."""

from collections.abc import Callable, Iterator

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House, do
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

ON = "2026-05-04"
SIZE = 10_000
PROMISE = Promise("< 5 s for 10,000", value=5)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """By moving average and at the cost of each piece; then all of them delivered, the first expiring first."""
    size = 2_000 if quick else SIZE
    promise = PROMISE if size == SIZE else Promise(PROMISE.text, value=5, scaled=True)
    for costing in (Product.AVERAGE, Product.SPECIFIC):
        product = _product(costing)
        _receive(house, product, 10, "W")  # the first of everything is slower
        say(f"receiving {size:,} serial numbers, {costing}")
        spent, written = floor.written_by(lambda product=product: _receive(house, product, size, "S"))
        by_insert, by_copy = floor.floor_of(written)
        yield Figure(f"receipt of {size:,} serial numbers, {costing}", "s", spent, by_insert, promise, bulk=by_copy)
        spent, written = floor.written_by(lambda product=product: _ship(house, product, size))
        by_insert, by_copy = floor.floor_of(written)
        yield Figure(f"delivery of {size:,} serial numbers, {costing}", "s", spent, by_insert, bulk=by_copy)


def _product(costing: str) -> int:
    with unit_of_work(ACTOR.username, "setup.bench"):
        unit = Product.objects.first().unit  # type: ignore[union-attr]
        made = Product.objects.create(
            sku=f"SERIAL-{costing}", name=f"Serial, {costing}", unit=unit, costing=costing, tracking=Product.SERIAL
        )
        return made.pk


def _receive(house: House, product: int, size: int, prefix: str) -> None:
    lines = [{"product": product, "quantity": str(size), "unit_cost": "9.50", "lots": f"{prefix}000001*{size}"}]
    values = {"company": house.company.pk, "warehouse": house.warehouse, "on": ON, "lines": lines}
    do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [values]).ids)


def _ship(house: House, product: int, size: int) -> None:
    lines = [{"product": product, "quantity": str(size)}]
    values = {"company": house.company.pk, "warehouse": house.warehouse, "customer": house.customers[0], "on": ON, "lines": lines}
    do("inventory.post_issue", create(ACTOR, RESOURCES["deliveries"], [values]).ids)
