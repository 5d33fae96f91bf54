"""Goods and books move together: scenarios an accountant can check by hand (IV-01, IV-05, IV-07, OM-04)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.inventory.models import GoodsIssueLine, GoodsReceiptLine, ProductCost, Reservation, StockLevel, StockMove, Warehouse
from fondaco.operations.inventory.moving import ReservationRequest, release, reserve
from fondaco.operations.inventory.refusals import NoSuchReceiptLine, NotEnoughStock, NotGoods, PostedStock, ReturnedTooMuch
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR

ON = "2026-03-10"


class Store:
    """A warehouse and a bolt, with the verbs of a storekeeper."""

    def __init__(self, books):
        self.books = books
        (key,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "MI", "name": "Milano"}]).ids
        self.warehouse = Warehouse.objects.get(pk=key)
        with unit_of_work("test", "test"):
            self.bolt = Product.objects.create(sku="BOLT", name="Bolt", unit=Unit.objects.get(code="C62"))
        self.customer = books.customer()

    def paper(self, key, verb, lines, **values):
        given = {"company": self.books.company.pk, "warehouse": self.warehouse.pk, "on": ON, "lines": lines, **values}
        (pk,) = create(ACTOR, RESOURCES[key], [given]).ids
        if verb:
            self.books.do(f"inventory.{verb}", pk)
        return pk

    def receive(self, quantity, cost, **values):
        return self.paper("goods-receipts", "post_receipt", [{"product": self.bolt.pk, "quantity": quantity, "unit_cost": cost}], **values)

    def issue(self, quantity, verb="post_issue"):
        return self.paper("deliveries", verb, [{"product": self.bolt.pk, "quantity": quantity}], customer=self.customer.pk)

    def take_back(self, delivery, quantity):
        line = GoodsIssueLine.objects.get(issue=delivery)
        lines = [{"product": self.bolt.pk, "quantity": quantity, "issue_line": line.pk}]
        return self.paper("returns", "post_return", lines, customer=self.customer.pk, delivery=delivery)

    def adjust(self, quantity):
        return self.paper("adjustments", "post_adjustment", [{"product": self.bolt.pk, "quantity": quantity}])

    def owned(self):
        cost = ProductCost.objects.get(product=self.bolt)
        return cost.quantity, cost.value


@pytest.fixture
def store(books):
    return Store(books)


def test_moving_average_from_receipt_to_return(books, store):
    store.receive("10", "10.00")
    books.assert_journal("""
        2026-03-10 goods receipt GR/2026/00001
          inventory                         100.00
          goods_received_not_invoiced      -100.00
    """)
    store.receive("10", "13.00")
    delivery = store.issue("5")
    books.assert_journal("""
        2026-03-10 delivery DN/2026/00001
          inventory                         -57.50
          cost_of_goods_sold                 57.50
    """)
    store.receive("15", "20.00")
    store.take_back(delivery, "2")
    books.assert_journal("""
        2026-03-10 return RT/2026/00001
          inventory                          23.00
          cost_of_goods_sold                -23.00
    """)
    assert store.owned() == (Decimal(32), Decimal("495.50"))
    store.adjust("-32")
    assert store.owned() == (0, 0)
    books.assert_checks_hold()


def test_quantity_zero_means_value_zero_whatever_the_rounding(books, store):
    store.receive("3", "0.333333")
    for _ in range(3):
        store.issue("1")
    assert store.owned() == (0, 0)
    assert [m.value for m in StockMove.objects.order_by("id")[1:]] == [Decimal("0.33"), Decimal("0.34"), Decimal("0.33")]
    books.assert_checks_hold()


def test_iv07_more_than_there_is_cannot_leave(books, store):
    store.receive("4", "10")
    draft = store.issue("5", verb="")
    with pytest.raises(NotEnoughStock, match="BOLT Bolt: 5 asked for in Milano, but only 4 are free"):
        books.do("inventory.post_issue", draft)
    assert StockMove.objects.count() == 1
    books.assert_checks_hold()


def test_what_is_promised_to_another_cannot_be_taken(books, store):
    store.receive("10", "10")
    with unit_of_work("test", "test"):
        assert reserve([ReservationRequest(books.company.pk, store.bolt.pk, store.warehouse.pk, Decimal(8), ("sales_orderline", 1))]) == [
            Decimal(8)
        ]
    with pytest.raises(NotEnoughStock, match="only 2 are free"):
        store.issue("3")
    with pytest.raises(NotEnoughStock), unit_of_work("test", "test"):
        reserve([ReservationRequest(books.company.pk, store.bolt.pk, store.warehouse.pk, Decimal(3), ("sales_orderline", 2))])
    with unit_of_work("test", "test"):
        assert reserve(
            [ReservationRequest(books.company.pk, store.bolt.pk, store.warehouse.pk, Decimal(3), ("sales_orderline", 2))], partly=True
        ) == [Decimal(2)]
        release("sales_orderline", [1, 2])
    assert StockLevel.objects.get(product=store.bolt).reserved == 0
    assert Reservation.objects.filter(quantity__gt=0).count() == 0
    store.issue("3")
    books.assert_checks_hold()


def test_no_more_comes_back_than_was_delivered(books, store):
    store.receive("10", "10")
    delivery = store.issue("5")
    store.take_back(delivery, "4")
    with pytest.raises(ReturnedTooMuch, match="2 are to come back, but of 5 delivered 4 came back already"):
        store.take_back(delivery, "2")
    books.assert_checks_hold()


def test_a_transfer_moves_goods_and_no_money(books, store):
    store.receive("10", "10")
    (trieste,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    before = books.journal()
    store.paper("transfers", "post_transfer", [{"product": store.bolt.pk, "quantity": "4"}], to_warehouse=trieste)
    assert books.journal() == before
    assert sorted(StockLevel.objects.filter(on_hand__gt=0).values_list("on_hand", flat=True)) == [4, 6]
    books.assert_checks_hold()


def test_opening_stock_stands_against_the_opening_balance(books, store):
    store.receive("10", "10", kind="opening")
    assert books.balance("opening_balance") == -100


def test_services_are_not_kept_in_stock(books, store):
    Product.objects.filter(pk=store.bolt.pk)
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=store.bolt.pk).update(kind="service")
    with pytest.raises(NotGoods):
        store.receive("1", "1")


def test_a_posted_paper_never_changes(books, store):
    store.receive("10", "10")
    delivery = store.issue("5")
    with pytest.raises(Exception, match="posted"):
        edit(ACTOR, RESOURCES["deliveries"], {delivery: {"on": "2026-03-11"}})
    with pytest.raises(PostedStock), unit_of_work("x", "y"):
        from fondaco.platform.documents.performing import refusals_translated

        with refusals_translated():
            GoodsIssueLine.objects.filter(issue=delivery).update(quantity=1)
    books.assert_checks_hold()


def test_wh04_a_receipt_is_posted_as_counted_in_the_same_statements_for_one_and_ten(books, store):
    def draft(count):
        lines = [{"product": store.bolt.pk, "quantity": "5", "unit_cost": "1"}] * 3
        return [store.paper("goods-receipts", "", lines) for _n in range(count)]

    def counted(keys):
        lines = list(GoodsReceiptLine.objects.filter(receipt__in=keys).order_by("pk").values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as queries:
            books.do("inventory.receive_counted", keys, quantities={**dict.fromkeys(lines[::3], "4"), **dict.fromkeys(lines[1::3], "0")})
        return len(queries)

    assert counted(draft(1)) == counted(draft(10))
    assert StockLevel.objects.get(product=store.bolt).on_hand == 99
    with pytest.raises(NoSuchReceiptLine, match="has no line 1"):
        books.do("inventory.receive_counted", draft(1), quantities={1: "4"})
    books.assert_checks_hold()
