"""Goods that the house takes from stock for itself: at cost, to an account with a cost centre (PC-01, IV-01)."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.finance.ledger.models import Dimension, DimensionValue, JournalLine
from fondaco.operations.inventory.models import StockLevel, StockMove, StockUse
from fondaco.operations.inventory.refusals import ChargedElsewhere, NotEnoughStock
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.operations.inventory.test_valuation import Depot


class House(Depot):
    def __init__(self, books):
        super().__init__(books)
        with unit_of_work("test", "test"):
            centres = Dimension.objects.create(company=books.company, code="CC", name="Cost centre")
            self.shop = DimensionValue.objects.create(dimension=centres, code="SHOP", name="Shop")

    def draft(self, quantity, on="2026-03-12", **values):
        given = {
            "company": self.books.company.pk, "warehouse": self.warehouse.pk, "on": on, "purpose": "Repair of the shelf",
            "lines": [{"product": self.bolt.pk, "quantity": quantity}], **values,
        }  # fmt: skip
        return create(ACTOR, RESOURCES["own-use"], [given]).ids[0]

    def use(self, quantity, **values):
        key = self.draft(quantity, **values)
        self.books.do("inventory.post_use", key)
        return key


@pytest.fixture
def house(books):
    return House(books)


def test_iv01_own_use_costs_what_the_goods_cost_and_names_the_cost_centre(books, house):
    house.receive("10", "2")
    house.receive("10", "4")
    key = house.use("5", dimension_value=house.shop.pk)
    books.assert_journal("""
        2026-03-12 goods for own use OU/2026/00001
          inventory                         -15.00
          expense                            15.00
    """)
    cost = JournalLine.objects.get(entry__source_id=key, entry__source_table="inventory_stockuse", amount__gt=0)
    assert list(cost.dimension_set.items.values_list("value__code", flat=True)) == ["SHOP"]
    move = StockMove.objects.get(source_table="inventory_stockuse")
    assert (move.to_location.kind, move.sign, move.value) == ("own_use", -1, Decimal("15.00"))
    assert StockLevel.objects.get(location__kind="internal").on_hand == 15
    books.assert_checks_hold()


def test_iv01_own_use_may_be_charged_to_any_account_of_the_company(books, house):
    house.receive("10", "2")
    house.use("1", account=books.account("warranty_costs").pk)
    assert books.balance("warranty_costs") == 2
    other = open_books(code="OTHER")
    strange = house.draft("1")
    with unit_of_work("test", "round the form"):
        StockUse.objects.filter(pk=strange).update(account=other.account("expense"))
    with pytest.raises(ChargedElsewhere, match="is not of TEST"):
        books.do("inventory.post_use", strange)


def test_iv01_what_is_promised_or_not_there_is_not_handed_out(books, house):
    house.receive("3", "2")
    with pytest.raises(NotEnoughStock):
        house.use("4")
    assert StockUse.objects.get().state == "draft"


@pytest.mark.parametrize("costing", ["average", "fifo"])
def test_iv01_own_use_follows_the_costing(books, house, costing):
    house.costed(costing)
    house.receive("1", "2", on="2026-03-01")
    house.receive("1", "4", on="2026-03-02")
    house.use("1")
    assert books.balance("expense") == (3 if costing == "average" else 2)
    books.assert_checks_hold()


def test_iv01_posted_own_use_never_changes(books, house):
    house.receive("3", "2")
    key = house.use("1")
    for sql in (
        "update inventory_stockuse set purpose = 'x' where id = %s",
        "delete from inventory_stockuse where id = %s",
        "update inventory_stockuseline set quantity = 2 where use_id = %s",
        "delete from inventory_stockuseline where use_id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [key])


def test_iv01_statements_do_not_grow(books, house):
    house.receive("100", "2")
    house.use("1")

    def counted(count):
        keys = [house.draft("1") for _n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            books.do("inventory.post_use", keys)
        return len(asked)

    assert counted(1) == counted(9)
