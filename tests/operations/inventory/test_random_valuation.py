"""IV-03, IV-05: whatever comes late, stock is worth what it would be had everything come on its day, and the books say so on every day.

FONDACO_STOCKS says how many lives of a product are tried. Hypothesis prints the line that repeats a failing one.
"""

import os
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import CostLayer, ProductCost, StockMove
from fondaco.platform.database.unit import unit_of_work
from tests.operations.inventory.test_valuation import Depot

LIVES = int(os.environ.get("FONDACO_STOCKS", "12"))
FIRST = date(2026, 1, 1)

moves = some.lists(
    some.tuples(
        some.integers(0, 80),
        some.one_of(
            some.tuples(some.just("receive"), some.integers(1, 40), some.decimals("0.01", "50", places=2)),
            some.tuples(some.just("ship"), some.integers(1, 30), some.none()),
            some.tuples(some.just("land"), some.just(0), some.decimals("0.01", "90", places=2)),
        ),
    ),
    min_size=3,
    max_size=14,
)


@pytest.fixture
def depot(books):
    return Depot(books)


@settings(max_examples=LIVES, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck))
@given(moves, some.sampled_from(["average", "fifo"]))
def test_late_moves_leave_stock_as_if_they_had_come_in_time(depot, life, costing):
    point = transaction.savepoint()
    try:
        with unit_of_work("test", "test"):
            Product.objects.filter(pk=depot.bolt.pk).update(costing=costing)
        told = live(depot, life)
        if told:
            quantity, worth, left = in_order(told, costing)
            pool = ProductCost.objects.get(product=depot.bolt)
            assert pool.quantity == quantity
            # Every posting rounds once by half a cent.
            assert abs(Fraction(pool.value) - worth) <= Fraction(2 * len(told) + 2, 100)
            if costing == "fifo":
                assert [(x.move_id, x.quantity) for x in CostLayer.objects.filter(quantity__gt=0).order_by("on", "move")] == left
        depot.books.assert_checks_hold()
    finally:
        transaction.savepoint_rollback(point)


def live(depot, life):
    """Carry it out; what would ship more than there ever was on its day is left out. Returns (day, key, sign, quantity, value)."""
    told, receipts = [], []
    for day, (what, quantity, money) in life:
        on = (FIRST + timedelta(days=day)).isoformat()
        if what == "land":
            if receipts:
                key, place = receipts[-1]
                depot.land(str(money), key, on="2026-04-01")
                told[place][4] += Fraction(money)
        elif what == "receive":
            key = depot.receive(str(quantity), str(money), on)
            receipts.append((key, len(told)))
            told.append([day, StockMove.objects.latest("pk").pk, 1, quantity, Fraction(quantity) * Fraction(money)])
        elif enough([*told, [day, 10**9, -1, quantity, None]]):
            depot.ship(str(quantity), on)
            told.append([day, StockMove.objects.latest("pk").pk, -1, quantity, None])
    return told


def enough(told):
    """Whether no day would end, nor any move leave, below zero."""
    there = 0
    for _day, _key, sign, quantity, _value in sorted(told, key=lambda t: t[:2]):
        there += sign * quantity
        if there < 0:
            return False
    return True


def in_order(told, costing):
    """Quantity, exact value and layers when every move is made on its day: plain arithmetic in fractions."""
    quantity, worth, layers = 0, Fraction(0), []
    for _day, key, sign, moved, value in sorted(told, key=lambda t: t[:2]):
        if sign > 0:
            layers.append([key, moved, value / moved])
            worth += value
        elif costing == "average":
            worth -= worth * moved / quantity
        else:
            rest = moved
            while rest:
                part = min(rest, layers[0][1])
                layers[0][1] -= part
                worth -= part * layers[0][2]
                rest -= part
                if not layers[0][1]:
                    layers.pop(0)
        quantity += sign * moved
    return Decimal(quantity), worth, [(key, Decimal(left)) for key, left, _cost in layers]
