"""IV-02, IV-03, IV-06, IV-09: whatever lots live through, each is where its moves say, worth what it would be had all come in time, and in the books.

FONDACO_STOCKS says how many lives are tried. Hypothesis prints the line that repeats a failing one.
"""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.operations.inventory.models import GoodsIssueLine, LotCost, LotStock, MoveLot, ProductCost, StockTransfer
from fondaco.platform.database.refusals import UserError
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.operations.inventory.test_places import Yard
from tests.operations.inventory.test_random_valuation import FIRST, LIVES
from tests.operations.inventory.test_valuation import Depot

lot = some.sampled_from(["A", "B", "C"])
steps = some.lists(
    some.tuples(
        some.integers(0, 80),
        some.one_of(
            some.tuples(some.just("receive"), lot, some.integers(1, 40), some.decimals("0.01", "50", places=2)),
            some.tuples(some.just("ship"), some.one_of(lot, some.just("")), some.integers(1, 30), some.none()),
            some.tuples(some.just("back"), some.just(""), some.integers(1, 10), some.none()),
            some.tuples(some.just("land"), some.just(""), some.just(0), some.decimals("0.01", "90", places=2)),
            some.tuples(some.sampled_from(["hold", "free", "send", "arrive"]), lot, some.integers(1, 20), some.none()),
            some.tuples(some.sampled_from(["consign", "takeover"]), lot, some.integers(1, 20), some.decimals("0.01", "50", places=2)),
            some.tuples(some.just("count"), lot, some.integers(-5, 5).filter(bool), some.none()),
        ),
    ),
    min_size=3,
    max_size=16,
)


@pytest.fixture
def cellar(books):
    made = Yard(books)
    made.hold = made.place("quarantine", "HOLD")
    made.vendor = books.vendor()
    (made.trieste,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    return made


@settings(max_examples=LIVES, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck))
@given(steps, some.sampled_from([("lot", "specific"), ("serial", "specific"), ("lot", "fifo"), ("lot", "average")]))
def test_lots_live_through_anything(cellar, life, kind):
    point = transaction.savepoint()
    try:
        cellar.tracked(*kind)
        lived = [live(cellar, step, n, serial=kind[0] == "serial") for n, step in enumerate(life)]
        if kind[1] == "specific":
            compare(sum(lived))
        cellar.books.assert_checks_hold()
    finally:
        transaction.savepoint_rollback(point)


def live(cellar, step, n, *, serial):
    """Carry one step out, or be refused without a trace; returns whether it was done."""
    day, (what, number, quantity, money) = step
    on = (FIRST + timedelta(days=day)).isoformat()
    if serial:
        number, quantity = (f"{number}{n}*{quantity}" if what in ("receive", "consign") else ""), abs(quantity)
    elif number:
        number = f"{number}={abs(quantity)}"
    point = transaction.savepoint()
    try:
        if what == "receive":
            cellar.take_in(number, str(quantity), str(money), on=on)
        elif what == "ship":
            cellar.ship(str(quantity), number, on=on)
        elif what == "count":
            cellar.count(str(quantity), number, on=on)
        elif what in ("hold", "free"):
            place = {"to_place": cellar.hold} if what == "hold" else {"place": cellar.hold}
            cellar.lay(str(quantity), lots=number, on=on, **place)
        elif what == "send":
            cellar.lay(str(quantity), "send_transfer", lots=number, on=on, to_warehouse=cellar.trieste)
        elif what == "arrive":
            waiting = StockTransfer.objects.filter(state="sent").first()
            if waiting is None:
                return False
            cellar.books.do("inventory.arrive_transfer", waiting.pk, on=on)
        elif what in ("consign", "takeover"):
            named = number or his_pieces(quantity)
            lines = [{"product": cellar.bolt.pk, "quantity": str(quantity), "unit_cost": str(money), "lots": named}]
            kind = "consignment" if what == "consign" else "takeover"
            cellar.paper("goods-receipts", "post_receipt", lines, kind=kind, vendor=cellar.vendor.pk, on=on)
        elif what == "back":
            delivered = GoodsIssueLine.objects.filter(issue__state="posted").order_by("pk").last()
            if delivered is None or delivered.issue.on.isoformat() > on:
                return False
            cellar.back(delivered.issue_id, str(min(delivered.quantity, quantity)), on=on)
        else:
            receipts = (
                MoveLot.objects.filter(move__source_table="inventory_goodsreceipt", sign=1)
                .order_by("pk")
                .values_list("move__source_id", flat=True)
            )
            if not receipts:
                return False
            Depot.land(cellar, str(money), receipts[n % len(receipts)], on="2026-04-01")
    except UserError:
        transaction.savepoint_rollback(point)
        return False
    transaction.savepoint_commit(point)
    return True


def his_pieces(quantity):
    """Serial numbers that the vendor has consigned."""
    rows = LotStock.objects.filter(location__kind="consigned", on_hand__gt=0).order_by("pk").values_list("lot__number", flat=True)
    return " ".join(rows[:quantity])


def compare(done):
    """Every lot is worth what it would be worth in the order of days: plain arithmetic in fractions, returns at their issue's share."""
    whole = ProductCost.objects.first()
    ours = LotStock.objects.exclude(location__kind="consigned").values_list("on_hand", flat=True)
    assert sum(ours, Decimal(0)) == (whole.quantity if whole else 0)
    for cost in LotCost.objects.all():
        quantity, worth, gone = Fraction(0), Fraction(0), {}
        for part in MoveLot.objects.filter(lot=cost.lot).select_related("move").order_by("on", "move"):
            if part.sign > 0:
                more = part.move.corrections.filter(lot=cost.lot, kind="landed_cost").values_list("value", "expensed")
                paid = Fraction(part.value) + sum((Fraction(a) + Fraction(b) for a, b in more), Fraction(0))
                worth += gone[part.move.returns_id] * Fraction(part.quantity) if part.move.returns_id in gone else paid
            elif part.sign and quantity:
                gone[part.move_id] = worth / quantity
                worth -= gone[part.move_id] * Fraction(part.quantity)
            quantity += part.sign * Fraction(part.quantity)
            assert quantity >= 0
        assert cost.quantity == quantity
        # Every posting rounds once by half a cent, and carries that on to what left later.
        assert abs(Fraction(cost.value) - worth) <= Fraction(3 * done + 3, 100), (cost.lot.number, cost.value, float(worth))
