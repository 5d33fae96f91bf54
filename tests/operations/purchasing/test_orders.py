"""Ordered, received, billed: quantities within tolerances, and goods cost what their bill says (PC-04, AP-01, IV-03)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.finance.banking.forecasting import EXPECTED, forecast
from fondaco.finance.payables.models import Bill
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import GoodsReceiptLine, StockValue
from fondaco.operations.purchasing.models import Billed, PurchaseOrder, PurchaseOrderLine, PurchaseRules
from fondaco.operations.purchasing.refusals import AllReceived, NothingOrdered, OrderInUse, OrderStands, ReceivedTooMuch
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import lines_of
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.inventory.test_valuation import Depot


class Buying(Depot):
    """A depot that orders its bolts, with the papers of buyer, storekeeper and clerk."""

    def __init__(self, books):
        super().__init__(books)
        self.vendor = books.vendor()

    def order(self, *lines, confirm=True, on="2026-03-01", **values):
        given = [{"product": self.bolt.pk, "quantity": q, "unit_price": p} for q, p in lines]
        values = {"company": self.books.company.pk, "vendor": self.vendor.pk, "on": on, "lines": given, **values}
        (pk,) = create(ACTOR, RESOURCES["purchase-orders"], [values]).ids
        if confirm:
            self.books.do("purchasing.confirm", pk)
        return pk

    def take_in(self, order, on="2026-03-05", **quantities):
        given = {"quantities": {PurchaseOrderLine.objects.get(order=order).pk: q for q in quantities.values()}} if quantities else {}
        (receipt,) = self.books.do("purchasing.receive", order, on=on, **given).made["goods-receipts"]
        self.books.do("inventory.post_receipt", receipt)
        return receipt

    def take_in_line(self, order, line, quantity, on="2026-03-05"):
        (receipt,) = self.books.do("purchasing.receive", order, on=on, quantities={line: quantity}).made["goods-receipts"]
        self.books.do("inventory.post_receipt", receipt)

    def bill(self, *lines, on="2026-03-10", post=True):
        given = [{"product": self.bolt.pk, "quantity": q, "unit_price": p} for q, p in lines]
        bill = self.books.bill(self.vendor, given, on, post=False, duplicate_reason="Weekly")
        self.books.do("payables.match", bill.pk)
        if post:
            self.books.do("payables.post", bill.pk)
        return bill

    def state(self, order):
        return PurchaseOrder.objects.get(pk=order).state


@pytest.fixture
def buying(books):
    return Buying(books)


def test_an_order_is_received_in_parts_and_closes_itself(books, buying):
    order = buying.order(("10", "2.50"))
    buying.take_in(order, first="4")
    assert buying.state(order) == "confirmed"
    receipt = buying.take_in(order)
    assert GoodsReceiptLine.objects.get(receipt=receipt).quantity == 6
    assert (buying.state(order), buying.owned()) == ("closed", (10, 25))
    mixed = buying.order(("1", "2.50"), confirm=False)
    edit(
        ACTOR,
        RESOURCES["purchase-orders"],
        {
            mixed: {
                "lines": [
                    {"product": buying.bolt.pk, "quantity": "1", "unit_price": "2.50"},
                    {"description": "Carriage", "quantity": "1", "unit_price": "9"},
                ]
            }
        },
    )
    books.do("purchasing.confirm", mixed)
    books.do("inventory.post_receipt", books.do("purchasing.receive", mixed, on="2026-03-06").made["goods-receipts"])
    assert buying.state(mixed) == "closed", "a service never comes through the warehouse"
    books.do("purchasing.reopen", order)
    with pytest.raises(AllReceived, match="Everything on PO/2026/00001 has come already"):
        books.do("purchasing.receive", order, on="2026-03-06")
    books.assert_checks_hold()


def test_bk06_the_forecast_expects_what_is_not_billed_yet(books, buying):
    """BK-06: a confirmed purchase order goes out of the cash forecast on its day, less what was billed, which is owed in its stead."""
    today = date(2026, 3, 1)
    draft = buying.order(("10", "2.50"), confirm=False, expected_on="2026-03-20")
    assert expected(books, today) == []
    books.do("purchasing.confirm", draft)
    assert expected(books, today) == [(date(2026, 3, 20), Decimal("-25.00"), f"/purchase-orders/{draft}")]
    buying.take_in(draft)
    buying.bill(("4", "2.50"), on="2026-03-06")
    flows = expected(books, today)
    assert (date(2026, 3, 20), Decimal("-15.00"), f"/purchase-orders/{draft}") in flows, "the order is closed, and six are not billed yet"
    assert sum(amount for _on, amount, _url in flows) == Decimal("-27.20")
    buying.bill(("6", "2.50"), on="2026-03-07")
    assert [url for _on, _amount, url in expected(books, today) if url.startswith("/purchase-orders")] == []


def expected(books, today):
    weeks = forecast(ACTOR, books.company, today=today, scenario=EXPECTED).weeks
    return [(flow.on, flow.amount, flow.url) for week in weeks for flow, _base in week.flows]


def test_pc04_tolerances_of_receipts(books, buying):
    order = buying.order(("100", "1"))
    with pytest.raises(ReceivedTooMuch, match=r"BOLT Bolt on PO/2026/00001: 104 would have come of 100 ordered, and at most 100 may\."):
        buying.take_in(order, all="104")
    with unit_of_work("test", "test"):
        PurchaseRules.objects.create(company=books.company, over_percent=5, under_percent=2)
    buying.take_in(order, all="97.5")
    assert buying.state(order) == "confirmed"
    buying.take_in(order, rest="0.5")
    assert buying.state(order) == "closed"
    other = buying.order(("100", "1"))
    buying.take_in(other, all="104")
    assert buying.state(other) == "closed"
    books.assert_checks_hold()


def test_what_was_confirmed_stays(books, buying):
    order = buying.order(("10", "2.50"))
    for change in (
        lambda: PurchaseOrderLine.objects.filter(order=order).update(unit_price=3),
        lambda: PurchaseOrder.objects.filter(pk=order).update(net=1),
    ):
        with pytest.raises(DatabaseError, match="confirmed") as refused, transaction.atomic():
            change()
        assert isinstance(translated(refused.value), OrderStands)
    buying.take_in(order, first="4")
    with pytest.raises(OrderInUse, match="4 of BOLT Bolt came already"):
        books.do("purchasing.cancel", order, reason="Wrong vendor")
    with pytest.raises(NothingOrdered):
        books.do("purchasing.confirm", buying.order(confirm=False))
    edit(ACTOR, RESOURCES["purchase-orders"], {buying.order(("1", "1"), confirm=False): {"memo": "soon"}})


def test_a_bill_at_another_price_changes_stock_and_cost_and_clears_what_was_received(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.ship("4", "2026-03-07")
    buying.bill(("10", "11.00"))
    books.assert_journal("""
        2026-03-10 bill BILL/2026/00001: price of received goods
          inventory                           6.00
          cost_of_goods_sold                  4.00
          goods_received_not_invoiced       -10.00
    """)
    assert books.balance("goods_received_not_invoiced") == 0
    assert buying.owned() == (6, 66)
    (line,) = lines_of(RESOURCES["purchase-orders"].lines[0], ACTOR, [order])[order]
    assert (line["received"], line["billed_quantity"]) == (10, 10)
    change = StockValue.objects.get()
    assert (change.kind, change.value, change.expensed) == ("price", 6, 4)
    assert "bills 10 at 110.00, received at 100.00" in change.explanation
    books.assert_checks_hold()


def test_a_bill_that_comes_before_the_goods_waits_for_them(books, buying):
    order = buying.order(("10", "10.00"))
    buying.bill(("10", "12.00"))
    assert books.balance("goods_received_not_invoiced") == Decimal(120)
    buying.take_in(order, "2026-03-20", first="6")
    assert books.balance("goods_received_not_invoiced") == Decimal(48)
    assert buying.owned() == (6, 72)
    buying.take_in(order, "2026-03-21")
    assert (books.balance("goods_received_not_invoiced"), buying.owned()) == (0, (10, 120))
    books.assert_checks_hold()


def test_a_reversed_bill_takes_its_price_back(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    bill = buying.bill(("10", "11.00"))
    books.do("payables.reverse", bill.pk, reason="Wrong price", on="2026-03-12")
    assert (books.balance("goods_received_not_invoiced"), buying.owned()) == (Decimal(-100), (10, 100))
    buying.bill(("10", "10.50"), on="2026-03-13")
    assert (books.balance("goods_received_not_invoiced"), buying.owned()) == (0, (10, 105))
    assert sum(Billed.objects.values_list("quantity", flat=True)) == 10
    books.assert_checks_hold()


def test_a_bill_in_another_currency_clears_to_the_cent(books, buying):
    books.rate("USD", "0.9137", "2026-01-01")
    books.rate("USD", "0.9511", "2026-03-08")
    order = buying.order(("7", "3.33"), currency="USD")
    buying.take_in(order)
    given = [{"product": buying.bolt.pk, "quantity": q, "unit_price": "3.33"} for q in ("3", "4")]
    bill = books.bill(buying.vendor, given, "2026-03-10", post=False, currency="USD", duplicate_reason="Weekly")
    books.do("payables.match", bill.pk)
    books.do("payables.post", bill.pk)
    assert books.balance("goods_received_not_invoiced") == 0
    books.assert_checks_hold()


def test_statements_do_not_grow_with_bills_and_lines(books, buying):
    with unit_of_work("test", "test"):
        more = [Product.objects.create(sku=f"P{n}", name=f"Part {n}", unit=buying.bolt.unit) for n in range(12)]

    def statements(products):
        lines = [{"product": p.pk, "quantity": "5", "unit_price": "2"} for p in products]
        values = {"company": books.company.pk, "vendor": buying.vendor.pk, "on": "2026-03-01", "lines": lines}
        (order,) = create(ACTOR, RESOURCES["purchase-orders"], [values]).ids
        counts = []
        for step in ("confirm", "receive", "post_receipt", "bill"):
            with CaptureQueriesContext(connection) as caught:
                if step == "confirm":
                    books.do("purchasing.confirm", order)
                elif step == "receive":
                    (receipt,) = books.do("purchasing.receive", order, on="2026-03-05").made["goods-receipts"]
                elif step == "post_receipt":
                    books.do("inventory.post_receipt", receipt)
                else:
                    given = [{"product": p.pk, "quantity": "5", "unit_price": "3"} for p in products]
                    bill = books.bill(buying.vendor, given, "2026-03-10", post=False, duplicate_reason="Weekly")
                    books.do("payables.match", bill.pk)
                    books.do("payables.post", bill.pk)
            counts.append(len(caught))
        return counts

    statements(more[:1])
    assert statements(more[1:2]) == statements(more[2:])
    assert Bill.objects.count() == 3
    books.assert_checks_hold()
