"""Goods bought for one order: through the house and reserved, or straight from the vendor to the customer (OM-05)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.payables.models import BillMatch
from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.frontoffice.sales.refusals import NobodySells, NotSentYet
from fondaco.operations.inventory.models import GoodsIssue, GoodsReceipt, ProductCost, StockLevel, StockMove
from fondaco.operations.inventory.refusals import DirectByHand, NameLots
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.refusals import SentStraight
from fondaco.operations.supply.models import GivenBack, Peg, VendorItem
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.supply.trade import Trade


@pytest.fixture
def trade(books):
    made = Trade(books)
    with unit_of_work("test", "test"):
        for product, price in ((made.cup, "1.50"), (made.machine, "700")):
            VendorItem.objects.create(
                company=books.company, vendor=made.vendor, product=product, lead_days=5, unit_price=price, currency_id="EUR"
            )
    return made


def sold_by_vendor(trade, sku, name, price, **values):
    product = trade.product(sku, name, price, **values)
    with unit_of_work("test", "test"):
        VendorItem.objects.create(
            company=trade.books.company, vendor=trade.vendor, product=product, lead_days=5, unit_price="4", currency_id="EUR"
        )
    return product


def ordered(trade, quantity, way, product=None, **values):
    return trade.order((product or trade.cup, quantity, {"procured": way}), reserve_partly=True, **values)


def margin(order):
    resource = RESOURCES["orders"]
    return resource.queryset().get(pk=order.pk).margin


def test_goods_bought_for_an_order_come_through_the_house_and_are_reserved_for_it(books, trade):
    trade.receive(trade.cup, "10", "1.00")
    order = ordered(trade, "6", "back_to_back")
    assert trade.state(order) == ["6 0 0 0 0 0"], "it takes nothing from stock"
    purchase = PurchaseOrder.objects.get()
    assert (purchase.state, purchase.net, purchase.memo) == ("draft", 9, f"For order {order.number}.")
    assert trade.ties() == [f"{order.number} <-  6 firm"]
    assert margin(order) == Decimal("19.98") - 9, "the purchase is the cost of the line"
    books.do("purchasing.confirm", purchase.pk)
    trade.came(purchase, quantities={trade.line(purchase): "4"})
    assert trade.state(order) == ["6 4 0 0 0 0"]
    trade.came(purchase)
    assert trade.state(order) == ["6 6 0 0 0 0"]
    assert Peg.objects.get().handed_over == 6
    trade.did("deliver", order, on="2026-02-12")
    assert trade.state(order) == ["6 0 6 0 0 0"]
    assert trade.stock(trade.cup) == (10, 0)
    books.assert_checks_hold()


def test_what_the_vendor_sends_straight_to_the_customer_never_lies_in_our_stock(books, trade):
    order = ordered(trade, "6", "direct", shipping_address="Piazza Duomo 1\n20121 Milano")
    purchase = PurchaseOrder.objects.get()
    assert "Piazza Duomo 1" in purchase.memo
    with pytest.raises(NotSentYet, match="The purchase order must be confirmed"):
        trade.did("sent_by_vendor", order, on="2026-02-10")
    books.do("purchasing.confirm", purchase.pk)
    trade.did("sent_by_vendor", order, on="2026-02-10", quantities={trade.line(order): "2"})
    books.assert_journal("""
        2026-02-10 goods receipt GR/2026/00001
          goods_received_not_invoiced        -3.00
          cost_of_goods_sold                  3.00
    """)
    trade.did("sent_by_vendor", order, on="2026-02-11")
    assert trade.state(order) == ["6 0 6 0 0 0"]
    assert PurchaseOrder.objects.get().state == "closed"
    assert not StockLevel.objects.exclude(on_hand=0).exists()
    assert not ProductCost.objects.exclude(quantity=0, value=0).exists()
    assert set(StockMove.objects.values_list("sign", flat=True)) == {0}
    assert GoodsIssue.objects.filter(customer=trade.customer, direct_receipt__isnull=False).count() == 2
    trade.did("invoice", order, on="2026-02-12", post=True)
    assert trade.state(order) == ["6 0 6 0 6 0"]
    # The bill is dearer: what went straight to the customer is dearer cost, to the cent.
    bill = books.bill(trade.vendor, [{"product": trade.cup.pk, "quantity": "6", "unit_price": "1.75"}], "2026-02-20", post=False)
    books.do("payables.match", bill.pk)
    assert BillMatch.objects.count() == 1
    books.do("payables.post", bill.pk)
    assert books.balance("goods_received_not_invoiced") == 0
    assert books.balance("cost_of_goods_sold") == Decimal("10.50")
    assert books.balance("inventory") == 0
    # Two come back: into our house, at what they cost when they left.
    trade.did("take_back", order, "Too many", on="2026-02-25", quantities={trade.line(order): "2"}, credit=False)
    assert (books.balance("inventory"), books.balance("cost_of_goods_sold")) == (3, Decimal("7.50"))
    assert trade.stock(trade.cup) == (2, 0)
    books.assert_checks_hold()


@pytest.mark.parametrize("costing", ["fifo", "standard"])
def test_the_price_of_the_bill_reaches_what_went_direct_whatever_the_costing(books, trade, costing):
    with unit_of_work("test", "test"):
        type(trade.cup).objects.filter(pk=trade.cup.pk).update(costing=costing)
    order = ordered(trade, "4", "direct")
    books.do("purchasing.confirm", PurchaseOrder.objects.get().pk)
    trade.did("sent_by_vendor", order, on="2026-02-10")
    bill = books.bill(trade.vendor, [{"product": trade.cup.pk, "quantity": "4", "unit_price": "2.00"}], "2026-02-20", post=False)
    books.do("payables.match", bill.pk)
    books.do("payables.post", bill.pk)
    assert books.balance("goods_received_not_invoiced") == 0
    assert books.balance("inventory") == 0
    books.assert_checks_hold()


def test_an_order_that_wants_less_gives_back_and_the_buyer_is_told(books, trade):
    order = ordered(trade, "6", "back_to_back")
    purchase = PurchaseOrder.objects.get()
    books.do("purchasing.confirm", purchase.pk)
    line = {"id": trade.line(order), "product": trade.cup.pk, "quantity": "4", "procured": "back_to_back"}
    edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": [line]}}, reason="Two less")
    assert Peg.objects.get().quantity == 4
    purchase.refresh_from_db()
    assert list(GivenBack.objects.values_list("supply_name", "demand_name", "quantity")) == [(purchase.number, order.number, 2)]
    edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": [{**line, "quantity": "9"}]}}, reason="Five more")
    assert sorted(Peg.objects.values_list("quantity", flat=True)) == [4, 5]
    assert PurchaseOrder.objects.filter(state="draft").count() == 1, "the rest is drafted anew"
    books.do("sales.cancel", order.pk, reason="Went elsewhere")
    assert not Peg.objects.exists()
    assert GivenBack.objects.filter(is_seen=False).count() == 3
    books.do("supply.mark_seen", list(GivenBack.objects.values_list("pk", flat=True)))
    assert not GivenBack.objects.filter(is_seen=False).exists()
    trade.came(purchase)
    assert trade.stock(trade.cup) == (6, 0), "what comes is for everybody"
    books.assert_checks_hold()


def test_what_is_bought_needs_somebody_who_sells_it(books, trade):
    saucer = trade.product("SAUCER", "Saucer", "1.00")
    with pytest.raises(NobodySells, match="no vendor sells SAUCER Saucer"):
        ordered(trade, "1", "direct", saucer)
    assert not Order.objects.filter(state="confirmed").exists()


def test_nobody_receives_direct_by_hand_or_without_lots(books, trade):
    lines = [{"product": trade.cup.pk, "quantity": "1", "unit_cost": "1"}]
    given = {"company": books.company.pk, "warehouse": trade.warehouse.pk, "on": "2026-02-05", "kind": "direct", "lines": lines}
    (key,) = create(ACTOR, RESOURCES["goods-receipts"], [given]).ids
    with pytest.raises(DirectByHand, match="sent goods straight to a customer"):
        books.do("inventory.post_receipt", key)
    beans = sold_by_vendor(trade, "BEANS", "Beans", "9.00", tracking="lot")
    order = ordered(trade, "3", "direct", beans)
    books.do("purchasing.confirm", PurchaseOrder.objects.get().pk)
    with pytest.raises(NameLots, match="BEANS Beans is tracked"):
        trade.did("sent_by_vendor", order, on="2026-02-10")
    assert not GoodsReceipt.objects.filter(state="posted").exists()
    with pytest.raises(SentStraight, match="sends it straight to the customer"):
        books.do("purchasing.receive", PurchaseOrder.objects.get().pk, on="2026-02-10")


def test_it_costs_the_same_for_one_order_and_for_many(books, trade):
    def statements(count):
        orders = [ordered(trade, "2", "direct", confirm=False).pk for _n in range(count)]
        counted = []
        with CaptureQueriesContext(connection) as told:
            books.do("sales.confirm", orders)
        counted.append(len(told))
        with CaptureQueriesContext(connection) as told:
            books.do("sales.procure", orders)
        counted.append(len(told))
        lines = OrderLine.objects.filter(order__in=orders)
        bought = Peg.objects.filter(demand_line__in=lines.values("pk")).values("supply_line")
        books.do("purchasing.confirm", list(PurchaseOrderLine.objects.filter(pk__in=bought).values_list("order", flat=True)))
        with CaptureQueriesContext(connection) as told:
            books.do("sales.sent_by_vendor", orders, on="2026-02-10")
        counted.append(len(told))
        return counted

    statements(1)
    assert statements(1) == statements(9)
