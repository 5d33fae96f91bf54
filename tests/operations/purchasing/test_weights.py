"""Goods of catch weight are ordered by the piece or by weight, received as weighed, and billed by weight (IV-10, PC-04, AP-01)."""

from decimal import Decimal

import pytest

from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.inventory.models import GoodsReceiptLine, ProductCost
from fondaco.operations.inventory.refusals import NoSecondUnit, WeightOff
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.queries import awaited, measured_lines, to_receive
from fondaco.operations.purchasing.refusals import AmendedBelow, ReceivedTooMuch
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.purchasing.test_orders import Buying


class Dairy(Buying):
    """A depot that orders wheels of cheese, about 30 kg each, 10 percent more or less."""

    def __init__(self, books):
        super().__init__(books)
        with unit_of_work("test", "test"):
            self.nut = self.bolt
            self.bolt = Product.objects.create(
                sku="WHEEL", name="Grana", unit=Unit.objects.get(code="KGM"), second_unit=Unit.objects.get(code="H87"), second_factor=Decimal(30),
                second_tolerance=Decimal(10),
            )  # fmt: skip

    def by_piece(self, pieces, price="10", product=None):
        line = {"product": (product or self.bolt).pk, "second_quantity": pieces, "unit_price": price}
        values = {"company": self.books.company.pk, "vendor": self.vendor.pk, "on": "2026-03-01", "lines": [line]}
        (pk,) = create(ACTOR, RESOURCES["purchase-orders"], [values]).ids
        self.books.do("purchasing.confirm", pk)
        return pk

    def weighed(self, order, kg=None, pieces=None, on="2026-03-05"):
        line = PurchaseOrderLine.objects.get(order=order).pk
        given = {"quantities": {line: Decimal(kg)}} if kg else {}
        given |= {"second_quantities": {line: Decimal(pieces)}} if pieces else {}
        (receipt,) = self.books.do("purchasing.receive", order, on=on, **given).made["goods-receipts"]
        return receipt

    def open_of(self, order):
        return to_receive(measured_lines([order])[order][0])

    def there(self):
        cost = ProductCost.objects.get(product=self.bolt)
        return cost.quantity, cost.second_quantity, cost.value


@pytest.fixture
def dairy(books):
    return Dairy(books)


def test_iv10_ordered_by_the_piece_received_as_weighed_and_billed_by_weight(books, dairy):
    order = dairy.by_piece("10")
    line = PurchaseOrderLine.objects.get(order=order)
    assert (line.quantity, line.net) == (300, 3000)
    books.do("inventory.post_receipt", dairy.weighed(order, "118.4", "4"))
    assert (dairy.state(order), dairy.open_of(order)) == ("confirmed", 180)
    rest = GoodsReceiptLine.objects.get(receipt=dairy.weighed(order))
    assert (rest.quantity, rest.second_quantity, rest.is_estimated) == (180, 6, True)
    with pytest.raises(WeightOff):
        books.do("inventory.receive_counted", rest.receipt_id, quantities={rest.pk: Decimal(120)})
    books.do("inventory.receive_counted", rest.receipt_id, quantities={rest.pk: Decimal("184.7")})
    assert (dairy.state(order), dairy.open_of(order)) == ("closed", 0)
    assert dairy.there() == (Decimal("303.1"), 10, 3031)
    dairy.bill(("303.1", "10.20"))  # more than the 300 kg ordered: what came is billed
    books.assert_journal("""
        2026-03-10 bill BILL/2026/00001: price of received goods
          inventory                          60.62
          goods_received_not_invoiced       -60.62
    """)
    assert books.balance("goods_received_not_invoiced") == 0
    books.assert_checks_hold()


def test_iv10_ordered_by_weight_and_done_within_the_tolerance(books, dairy):
    order = dairy.order(("300", "10"))
    first = dairy.weighed(order, "181", "6")
    books.do("inventory.post_receipt", first)
    assert (dairy.open_of(order), PurchaseOrder.objects.filter(awaited(), pk=order).exists()) == (119, True)
    with pytest.raises(ReceivedTooMuch, match="331 would have come of 300 ordered, and at most 330 may"):
        books.do("inventory.post_receipt", dairy.weighed(order, "150", "5"))
    books.do("inventory.post_receipt", dairy.weighed(order, "116.2", "4"))
    assert (dairy.open_of(order), dairy.state(order)) == (0, "closed")
    books.assert_checks_hold()


def test_iv10_more_pieces_than_ordered_do_not_come(books, dairy):
    order = dairy.by_piece("2")
    with pytest.raises(ReceivedTooMuch, match="3"):
        books.do("inventory.post_receipt", dairy.weighed(order, "82", "3"))
    with pytest.raises(NoSecondUnit):
        dairy.by_piece("2", product=dairy.nut)


def test_iv10_amended_in_pieces(books, dairy):
    order = dairy.by_piece("4")
    line = PurchaseOrderLine.objects.get(order=order)
    books.do("inventory.post_receipt", dairy.weighed(order, "97", "3"))

    def amend(pieces):
        lines = [{"id": line.pk, "product": dairy.bolt.pk, "second_quantity": pieces}]
        edit(ACTOR, RESOURCES["purchase-orders"], {order: {"lines": lines}}, reason="Agreed")

    with pytest.raises(AmendedBelow):
        amend("2")
    amend("5")
    assert dairy.open_of(order) == 60
    amend("3")  # 90 kg by the factor, 97 kg came: it is three pieces
    assert dairy.state(order) == "closed"
    books.assert_checks_hold()
