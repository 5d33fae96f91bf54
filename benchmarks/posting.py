"""Posting customer invoices of three lines with VAT: in sets, and one by one."""

from collections.abc import Callable, Iterator

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House, cut, do
from fondaco.finance.invoicing.resources import InvoiceResource
from fondaco.platform.resources.writing import create

IN_SETS = Promise("≤ 2x floor, ≥ 2,000/s", value=2000, ratio=2)
UNIT = "invoices/s"


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Drafting and posting; ``quick`` posts fewer sets of each size."""
    do("invoicing.post", house.draft_invoices(100))  # the first of everything is slower
    for size, sets in ((100, 10 if quick else 30), (1000, 3 if quick else 5), (10_000, 1 if quick else 2)):
        say(f"posting {sets} x {size:,} invoices")
        yield from _in_sets(house, size, sets)
    say("posting invoices one by one")
    yield from _one_by_one(house, 100 if quick else 300)


def _in_sets(house: House, size: int, sets: int) -> Iterator[Figure]:
    spent = by_insert = by_copy = drafting = drafting_by_insert = drafting_by_copy = 0.0
    for _ in range(sets):
        values, ids = house.invoices(size), []
        took, written = floor.written_by(lambda values=values, ids=ids: ids.extend(create(ACTOR, InvoiceResource, values).ids))
        plain = floor.floor_of(written)
        drafting, drafting_by_insert, drafting_by_copy = drafting + took, drafting_by_insert + plain[0], drafting_by_copy + plain[1]
        took, written = floor.written_by(lambda ids=ids: do("invoicing.post", ids))
        plain = floor.floor_of(written)
        spent, by_insert, by_copy = spent + took, by_insert + plain[0], by_copy + plain[1]
    count = size * sets
    if size == 1000:
        yield Figure(
            f"draft invoices of 3 lines, sets of {size:,}",
            UNIT,
            count / drafting,
            count / drafting_by_insert,
            bulk=count / drafting_by_copy,
        )
    yield Figure(f"post invoices of 3 lines, sets of {size:,}", UNIT, count / spent, count / by_insert, IN_SETS, bulk=count / by_copy)


def _one_by_one(house: House, count: int) -> Iterator[Figure]:
    written, spent = [], 0.0
    for (key,) in cut(house.draft_invoices(count), 1):
        took, part = floor.written_by(lambda key=key: do("invoicing.post", [key]))
        spent += took
        written.append(part)
    yield Figure("post invoices of 3 lines, one by one", UNIT, count / spent, count / floor.one_by_one(written))
