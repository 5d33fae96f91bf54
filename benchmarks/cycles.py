"""Order to cash in sets: order, delivery with its perpetual costs, invoice, payment, settlement."""

from collections.abc import Callable, Iterator, Sequence

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House, do
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import OpenItem
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

ON = "2026-06-30"
PROMISE = Promise("≥ 100 cycles/s", value=100)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Whole cycles of orders of two lines, in sets of 500."""
    _cycle(house, 20)  # the first of everything is slower
    sets, size = (2 if quick else 6), 500
    say(f"{sets} x {size:,} orders from draft to paid")
    spent = by_insert = by_copy = 0.0
    for _ in range(sets):
        took, written = floor.written_by(lambda: _cycle(house, size))
        plain = floor.floor_of(written)
        spent, by_insert, by_copy = spent + took, by_insert + plain[0], by_copy + plain[1]
    count = sets * size
    yield Figure(f"order to cash, 2 lines, sets of {size:,}", "cycles/s", count / spent, count / by_insert, PROMISE, bulk=count / by_copy)


def _cycle(house: House, count: int) -> None:
    orders = create(ACTOR, RESOURCES["orders"], [_order(house) for _ in range(count)]).ids
    do("sales.confirm", orders, on=ON)
    do("sales.deliver", orders, on=ON)
    do("sales.invoice", orders, on=ON, post=True)
    do("payments.post", _payments(house, orders))


def _order(house: House) -> dict[str, object]:
    lines = [{"product": key, "quantity": str(house.chance.randrange(1, 5))} for key in house.chance.sample(house.products, 2)]
    return {
        "company": house.company.pk,
        "customer": house.chance.choice(house.customers),
        "warehouse": house.warehouse,
        "on": ON,
        "lines": lines,
    }


def _payments(house: House, orders: Sequence[int]) -> Sequence[int]:
    """One payment for each order's invoice, allocated to its open item."""
    entries = Invoice.objects.filter(source_table="sales_order", source_id__in=orders).values_list("entry", flat=True)
    items = OpenItem.objects.filter(line__entry__in=list(entries)).order_by("pk")
    given = [
        {
            "company": house.company.pk,
            "party": item.party_id,
            "on": ON,
            "currency": "EUR",
            "amount": item.open_amount,
            "allocations": [{"item": item.pk, "amount": item.open_amount}],
        }
        for item in items
    ]
    assert len(given) == len(orders)
    return create(ACTOR, RESOURCES["payments"], given).ids
