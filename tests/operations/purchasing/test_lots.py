"""Bought by the piece: serial numbers come with the receipt, and a bill at another price changes only the pieces it bills (IV-02, IV-06)."""

import pytest

from fondaco.operations.inventory.models import LotCost, StockValue
from fondaco.operations.purchasing.models import PurchaseOrderLine
from fondaco.operations.purchasing.refusals import NoSuchOrderLine
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR
from tests.operations.purchasing.test_orders import Buying


@pytest.fixture
def buying(books):
    made = Buying(books)
    edit(ACTOR, RESOURCES["products"], {made.bolt.pk: {"tracking": "serial", "costing": "specific"}})
    return made


def test_a_bill_at_another_price_changes_only_its_own_pieces(books, buying):
    order = buying.order(("4", "100"))
    line = PurchaseOrderLine.objects.get(order=order)
    with pytest.raises(NoSuchOrderLine):
        books.do("purchasing.receive", order, on="2026-03-05", lots={line.pk + 1: "A1"})
    (receipt,) = books.do("purchasing.receive", order, on="2026-03-05", lots={line.pk: "A1..A4"}).made["goods-receipts"]
    books.do("inventory.post_receipt", receipt)
    buying.paper(
        "goods-receipts", "post_receipt", [{"product": buying.bolt.pk, "quantity": "1", "unit_cost": "90", "lots": "B1"}], on="2026-03-05"
    )
    buying.ship("1", "2026-03-06")
    buying.bill(("4", "110"))
    books.assert_journal("""
        2026-03-10 bill BILL/2026/00001: price of received goods
          inventory                          30.00
          cost_of_goods_sold                 10.00
          goods_received_not_invoiced       -40.00
    """)
    assert dict(LotCost.objects.values_list("lot__number", "value")) == {"A1": 0, "A2": 110, "A3": 110, "A4": 110, "B1": 90}
    assert StockValue.objects.filter(lot__number="A1").get().expensed == 10
    books.assert_checks_hold()
