"""Who waits for which purchase, and what breaks when it is late, both ways (SP-05)."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.sales.models import OrderLine
from fondaco.operations.inventory.models import StockTransfer
from fondaco.operations.purchasing.models import PurchaseOrderLine
from fondaco.operations.supply.actions import tie
from fondaco.operations.supply.models import Peg
from fondaco.operations.supply.netting import tied
from fondaco.operations.supply.queries import pegging
from fondaco.operations.supply.refusals import OtherProduct, TiedLine, TiedTooMuch
from fondaco.operations.supply.sources import DEMAND, FIRM, SUPPLY, Open, Source, open_lines
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, delete
from tests.books import ACTOR


def test_each_order_is_served_by_stock_and_by_what_comes_first_come_first_served(books, trade):
    trade.receive(trade.cup, "10", "1.00")
    first = trade.sell("12", "2026-02-20")
    second = trade.sell("5", "2026-02-18")
    purchase = trade.buy("6", "2026-02-25")
    trade.buy("4", "2026-03-05", confirm=False)
    # Ten are reserved for the first order; what comes goes to whoever wants it earlier.
    assert trade.ties() == [
        f"{first.number} <- stock 10 firm",
        f"{second.number} <- {purchase.number} 5, 7 days late",
        f"{first.number} <- {purchase.number} 1, 5 days late",
        f"{first.number} <-  1, 13 days late",
        "nobody <-  3",
    ]
    trade.came(purchase, "2026-02-12")
    assert f"{second.number} <- stock 5" in trade.ties()
    books.assert_checks_hold()


def test_a_tie_holds_goods_for_its_order_and_is_let_go_for_a_reason(books, trade):
    early, late = trade.sell("5", "2026-02-10"), trade.sell("5", "2026-03-10")
    purchase = trade.buy("5", "2026-02-09")
    with unit_of_work("test", "test"):
        tie([trade.peg(purchase, late, "4")])
    assert trade.ties() == [
        f"{late.number} <- {purchase.number} 4 firm",
        f"{early.number} <- {purchase.number} 1",
        f"{early.number} <- nothing 4",
        f"{late.number} <- nothing 1",
    ]
    books.do("supply.untie", Peg.objects.get().pk, reason="The customer can wait")
    assert trade.ties()[0] == f"{early.number} <- {purchase.number} 5"


def test_the_database_ties_no_line_beyond_itself(books, trade):
    order, purchase = trade.sell("5"), trade.buy("5")
    other = trade.buy("9", product=trade.machine)
    for wrong, refusal in ((trade.peg(purchase, order, "6"), TiedTooMuch), (trade.peg(other, order, "2"), OtherProduct)):
        with pytest.raises(DatabaseError) as told, transaction.atomic(), unit_of_work("test", "test"):
            tie([wrong])
        assert isinstance(translated(told.value), refusal)
    with unit_of_work("test", "test"):
        tie([trade.peg(purchase, order, "5")])
    again = trade.buy("5")
    with pytest.raises(DatabaseError) as told, transaction.atomic(), unit_of_work("test", "test"):
        tie([trade.peg(again, order, "1")])  # the order is tied whole already
    assert isinstance(translated(told.value), TiedTooMuch)
    with pytest.raises(DatabaseError) as told, transaction.atomic(), unit_of_work("test", "test"):
        Peg.objects.update(quantity=7)
    assert isinstance(translated(told.value), TiedTooMuch)
    with pytest.raises(DatabaseError) as told, transaction.atomic(), unit_of_work("test", "test"):
        Peg.objects.update(demand_line=0)  # no such line
    assert isinstance(translated(told.value), TiedTooMuch)


def test_a_line_keeps_its_ties_and_takes_them_along_when_it_goes(books, trade):
    order, purchase = trade.order((trade.cup, "5"), confirm=False), trade.buy("5", confirm=False)
    with unit_of_work("test", "test"):
        tie([trade.peg(purchase, order, "5")])
    for model in (PurchaseOrderLine, OrderLine):
        with pytest.raises(DatabaseError) as told, transaction.atomic(), unit_of_work("test", "test"):
            model.objects.update(quantity=4)
        assert isinstance(translated(told.value), TiedLine)
    delete(ACTOR, RESOURCES["purchase-orders"], [purchase.pk])
    assert not Peg.objects.exists()
    books.assert_checks_hold()


def test_goods_on_transfer_are_wanted_here_and_come_there(books, trade):
    trade.receive(trade.cup, "10", "1.00")
    roma = trade.house("RM")
    given = {"company": books.company.pk, "warehouse": trade.warehouse.pk, "to_warehouse": roma.pk, "on": "2026-02-05"}
    (key,) = create(ACTOR, RESOURCES["transfers"], [{**given, "lines": [{"product": trade.cup.pk, "quantity": "4"}]}]).ids
    items = [(books.company.pk, trade.cup.pk)]
    assert {(o.source.side, o.warehouse, o.certainty) for o in open_lines(items)} == {
        ("supply", roma.pk, "planned"),
        ("demand", trade.warehouse.pk, "planned"),
    }
    books.do("inventory.send_transfer", key)
    (coming,) = open_lines(items)
    assert (coming.source.side, coming.warehouse, coming.quantity, coming.certainty) == ("supply", roma.pk, 4, "firm")
    books.do("inventory.arrive_transfer", key, on="2026-02-07")
    assert open_lines(items) == []
    assert StockTransfer.objects.get().state == "posted"


def test_the_question_costs_the_same_for_one_product_and_for_many(books, trade):
    def statements(count):
        products = [trade.product(f"P{count}-{n}", f"Thing {n}", "2.00") for n in range(count)]
        for product in products:
            trade.sell("2", "2026-02-20", product)
            trade.buy("2", "2026-02-15", product)
        with CaptureQueriesContext(connection) as told:
            ties = pegging([(books.company.pk, p.pk) for p in products])
        assert len(ties) == count
        return len(told)

    assert statements(1) == statements(12) == 3


def test_nothing_is_served_twice_and_nothing_is_lost():
    """What is served of a demand is what it wants, and of a supply never more than it brings, whatever is tied."""
    wants, brings = Source("d", DEMAND, "Order", "", ""), Source("s", SUPPLY, "Purchase", "", "")

    def row(source, line, quantity):
        return Open(source, 1, 1, 1, None, Decimal(quantity), Decimal(0), line, line, str(line), None, FIRM)

    demands, supplies = [row(wants, n, n + 2) for n in range(4)], [row(brings, n, 3) for n in range(3)]
    pegs = {(("s", 0), ("d", 3)): Decimal(2), (("s", 9), ("d", 1)): Decimal(5)}
    ties = tied(Decimal(4), demands, supplies, pegs)
    for demand in demands:
        assert sum(t.quantity for t in ties if t.demand is demand) == demand.quantity
    for supply in supplies:
        assert sum(t.quantity for t in ties if t.supply is supply) == supply.quantity
    assert sum(t.quantity for t in ties if t.demand and not t.supply and not t.short) == 4
