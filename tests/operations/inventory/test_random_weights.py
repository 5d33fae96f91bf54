"""IV-10: whatever goods with a second unit live through, weight and pieces stay together, nothing is promised twice, and stock equals the books.

FONDACO_STOCKS says how many lives are tried. Hypothesis prints the line that repeats a failing one.
"""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.operations.inventory.models import GoodsIssueLine, GoodsReturnLine, LotStock, ProductCost, StockLevel, StockMove
from fondaco.operations.inventory.moving import ReservationRequest, release, reserve
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.operations.inventory.test_random_valuation import FIRST, LIVES
from tests.operations.inventory.test_valuation import Depot
from tests.operations.inventory.test_weights import Dairy

pieces = some.integers(1, 9)
#: What one piece weighs when it is put on a scale: 30 kg, less what it dried or more than the label said.
each = some.decimals("27", "33", places=1)
lot = some.sampled_from(["A", "B", "C"])
steps = some.lists(
    some.tuples(
        some.integers(0, 80),
        some.one_of(
            some.tuples(some.just("receive"), lot, pieces, each),
            some.tuples(some.sampled_from(["ship", "ship_unweighed"]), some.one_of(lot, some.just("")), pieces, each),
            some.tuples(some.just("back"), lot, pieces, each),
            some.tuples(some.sampled_from(["hold", "free"]), some.one_of(lot, some.just("")), pieces, each),
            some.tuples(some.just("count"), lot, some.integers(-2, 2), some.decimals("-9", "9", places=1)),
            some.tuples(some.sampled_from(["promise", "give_up"]), some.just(""), pieces, each),
            some.tuples(some.just("land"), some.just(""), pieces, each),
        ),
    ),
    min_size=3,
    max_size=16,
)
KINDS = [
    ("none", "average"),
    ("none", "fifo"),
    ("none", "standard"),
    ("lot", "average"),
    ("lot", "fifo"),
    ("lot", "specific"),
    ("serial", "specific"),
]


@pytest.fixture
def dairy(books):
    made = Dairy(books)
    values = {"company": books.company.pk, "warehouse": made.warehouse.pk, "code": "HOLD", "name": "Quarantine", "kind": "quarantine"}
    (made.hold,) = create(ACTOR, RESOURCES["locations"], [values]).ids
    return made


@settings(max_examples=LIVES, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck))
@given(steps, some.sampled_from(KINDS))
def test_weight_and_pieces_live_through_anything(dairy, life, kind):
    point = transaction.savepoint()
    try:
        dairy.kept(*kind)
        if kind[1] == "standard":
            Depot.standard(dairy, "10")
        there: dict[str, int] = defaultdict(int)
        for n, step in enumerate(life):
            live(dairy, step, n, kind[0], there)
        whole = ProductCost.objects.filter(product=dairy.bolt).first()
        assert (whole.second_quantity or 0 if whole else 0) == there["here"] + there["held"]
        levels = StockLevel.objects.filter(product=dairy.bolt, second_on_hand__isnull=False)
        for level in levels:
            assert (level.on_hand > 0) == (level.second_on_hand > 0) and level.second_reserved <= level.second_on_hand
        if kind[0] != "none":
            by_lot = LotStock.objects.filter(product=dairy.bolt)
            assert sum(x.second_on_hand or 0 for x in by_lot) == sum(x.second_on_hand for x in levels)
        if whole is not None and not whole.quantity:
            assert not whole.value
        with unit_of_work("test", "test"):
            release("sales_orderline", range(1, 99))
        dairy.books.assert_checks_hold()
    finally:
        transaction.savepoint_rollback(point)


def live(dairy, step, n, tracking, there):
    """Carry one step out, or be refused without a trace; ``there`` counts the pieces in the stock and on hold, in plain arithmetic."""
    day, (what, number, count, weight) = step
    on = (FIRST + timedelta(days=day)).isoformat()
    total = str(weight * count)
    named = "" if tracking == "none" else f"{number}={total}/{count}" if number else ""
    if tracking == "serial" and number:
        named = " ".join(f"{number}{n}-{i}={weight}" for i in range(count))
    point = transaction.savepoint()
    try:
        if what == "receive":
            dairy.take_in(total, str(count), lots=named, on=on)
            there["here"] += count
        elif what in ("ship", "ship_unweighed"):
            lots = "" if tracking != "lot" or not number else f"{number}=/{count}"
            dairy.send(total, str(count), lots=lots, on=on, estimated=what == "ship_unweighed")
            there["here"] -= count
        elif what == "back":
            line = GoodsIssueLine.objects.filter(issue__state="posted").order_by("pk").last()
            if line is None or line.issue.on.isoformat() > on:
                return
            back = dairy.back(
                line.issue_id, str(min(line.quantity, weight * count)), str(count), lots=line.lots if tracking != "none" else "", on=on
            )
            there["here"] += int(GoodsReturnLine.objects.get(goods_return=back).second_quantity)
        elif what in ("hold", "free"):
            place = {"to_place": dairy.hold} if what == "hold" else {"place": dairy.hold}
            lots = "" if tracking != "lot" or not number else f"{number}=/{count}"
            line = {"product": dairy.bolt.pk, "quantity": total, "second_quantity": str(count), "lots": lots}
            dairy.paper("transfers", "post_transfer", [line], to_warehouse=dairy.warehouse.pk, on=on, **place)
            there["here"] += count if what == "free" else -count
            there["held"] += count if what == "hold" else -count
        elif what == "count":
            if tracking == "serial" or not (count or weight):
                return
            dairy.correct(str(weight), str(count), lots=number if tracking == "lot" else "", on=on)
            there["here"] += count
        elif what == "promise":
            request = ReservationRequest(
                dairy.books.company.pk, dairy.bolt.pk, dairy.warehouse.pk, Decimal(30 * count), ("sales_orderline", n + 1)
            )
            with unit_of_work("test", "test"):
                reserve([request], partly=True)
        elif what == "give_up":
            with unit_of_work("test", "test"):
                release("sales_orderline", [n, n - 1, n - 2])
        else:
            receipt = StockMove.objects.filter(source_table="inventory_goodsreceipt").values_list("source_id", flat=True).first()
            if receipt is not None:
                Depot.land(dairy, str(weight), receipt, on="2026-04-01")
    except UserError:
        transaction.savepoint_rollback(point)
        return
    transaction.savepoint_commit(point)
