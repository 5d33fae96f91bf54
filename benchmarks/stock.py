"""Goods that come late: a receipt dated before all later moves of its product, created, posted and committed with what it changes."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from benchmarks.figures import Figure, Promise, seconds
from benchmarks.house import ACTOR, House, do
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import StockMove
from fondaco.operations.inventory.moving import MoveDraft, move, outside, stock_locations
from fondaco.operations.inventory.queries import stock_values
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

FIRST, LATE = date(2025, 1, 1), "2025-01-02"
DAYS = 700
SET = 20_000
MOVES = 1_000_000
TIMES = 5


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """One product with a hundred thousand and (not ``quick``) a million later moves, by each costing that looks back."""
    for costing in (Product.AVERAGE, Product.FIFO):
        product = _product(costing)
        for moves in (100_000,) if quick else (100_000, MOVES):
            _live(house, product, moves, say)
            with connection.cursor() as cursor:
                cursor.execute("vacuum analyze inventory_stockmove")
                cursor.execute("vacuum analyze inventory_costlayer")
            floors = sorted(seconds(lambda product=product: _pass(product)) for _ in range(TIMES))
            times = sorted(seconds(lambda product=product: _late(house, product)) for _ in range(TIMES))
            yield Figure(
                f"late receipt before {moves:,} moves, {costing}", "s", times[TIMES // 2], floors[TIMES // 2],
                Promise("< 2 s at 1,000,000", value=2, scaled=moves < MOVES),
            )  # fmt: skip
        if costing == Product.AVERAGE:
            yield _worth(house, moves)


def _worth(house: House, moves: int) -> Figure:
    """Stock value per product and place as of a day in the middle of all moves; the floor sums the same moves of the company."""
    on = FIRST + timedelta(days=DAYS // 2 * moves // MOVES)
    floors = sorted(seconds(lambda: _sums(house)) for _ in range(TIMES))
    times = sorted(seconds(lambda: stock_values(house.company.pk, on=on, decimals=2)) for _ in range(TIMES))
    promise = Promise("< 1 s at 1,000,000", value=1, scaled=moves < MOVES)
    return Figure(f"stock value as of a past day, {moves:,} moves", "s", times[TIMES // 2], floors[TIMES // 2], promise)


def _sums(house: House) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select count(*), sum(quantity), sum(value) from inventory_stockmove where company_id = %s", [house.company.pk])
        cursor.fetchall()


def _product(costing: str) -> int:
    with unit_of_work(ACTOR.username, "setup.bench"):
        unit = Product.objects.first().unit  # type: ignore[union-attr]
        return Product.objects.create(sku=f"LATE-{costing}", name=f"Late, {costing}", unit=unit, costing=costing).pk


def _live(house: House, product: int, moves: int, say: Callable[[str], None]) -> None:
    """Two years of receipts and issues of one product, day by day, until there are so many moves; the books take their value a set at a time."""
    company = house.company.pk
    place = stock_locations([house.warehouse])[house.warehouse]
    vendor, customer = outside([company], "vendor")[company], outside([company], "customer")[company]
    there = StockMove.objects.filter(product=product).count()
    while there < moves:
        say(f"moving goods: {there:,} of {moves:,} moves")
        drafts = []
        for n in range(there, min(moves, there + SET)):
            on = FIRST + timedelta(days=DAYS * n // MOVES)
            source = ("bench", product, product * MOVES + n)
            if n % 4 == 0:
                quantity, value = Decimal(30), Decimal(house.chance.randrange(20_000, 40_000)) / 100
                drafts.append(MoveDraft(company, product, quantity, vendor, place, on, source, value=value))
            else:
                drafts.append(MoveDraft(company, product, Decimal(house.chance.randrange(5, 10)), place, customer, on, source))
        with unit_of_work(ACTOR.username, "setup.bench"):
            done = move(drafts).moves
            worth = sum((m.sign * m.value for m in done), Decimal(0))
            lines = (LineDraft("inventory", worth), LineDraft("inventory_adjustment", -worth))
            post([EntryDraft(company, "stock", drafts[-1].on, "Moves", lines)], actor=ACTOR)
        there += len(drafts)


def _late(house: House, product: int) -> None:
    lines = [{"product": product, "quantity": "40", "unit_cost": "9.50"}]
    values = {"company": house.company.pk, "warehouse": house.warehouse, "on": LATE, "lines": lines}
    do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [values]).ids)


def _pass(product: int) -> None:
    """One pass over the same moves in the order of days, with nothing but sums."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select sum(q), sum(v) from (select sum(sign * quantity::float8) over w as q, sum(sign * value::float8) over w as v"
            ' from inventory_stockmove where product_id = %s window w as (order by "on" desc, id desc)) x',
            [product],
        )
        cursor.fetchall()
