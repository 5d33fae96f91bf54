"""IV-10 among bins and packages: wheels leave their bin whole, are packed by the piece and weigh what they weigh."""

from decimal import Decimal

import pytest

from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, StockAdjustment
from fondaco.operations.inventory.queries import stock_values
from fondaco.operations.shipping.models import Package, PackageLine
from fondaco.operations.shipping.packing import open_parts
from fondaco.operations.shipping.printing import delivery_pdf
from fondaco.operations.warehouse.models import Task
from fondaco.platform.database.unit import unit_of_work
from tests.operations.warehouse.test_picking import Pickers


class Dairy(Pickers):
    def __init__(self, books, tracking):
        super().__init__(books)
        with unit_of_work("test", "test"):
            Product.objects.filter(pk=self.bolt.pk).update(sku="NUT")
            self.bolt = Product.objects.create(
                sku="BOLT", name="Grana", unit=Unit.objects.get(code="KGM"), second_unit=Unit.objects.get(code="H87"), second_factor=Decimal(30),
                second_tolerance=Decimal(10), tracking=tracking,
            )  # fmt: skip

    def come(self, kg, pieces, lots=""):
        line = {"product": self.bolt.pk, "quantity": kg, "second_quantity": pieces, "unit_cost": "10", "lots": lots}
        return self.paper("goods-receipts", "post_receipt", [line])

    def wanted(self, kg, pieces, lots=""):
        line = {"product": self.bolt.pk, "quantity": kg, "second_quantity": pieces, "lots": lots}
        pk = self.paper("deliveries", "", [line], customer=self.customer.pk)
        with unit_of_work("test", "test"):
            GoodsIssueLine.objects.filter(issue=pk).update(is_estimated=True)
        return pk


@pytest.fixture
def dairy(books):
    return lambda tracking: Dairy(books, tracking)


def test_iv10_numbered_wheels_are_picked_whole_from_their_bins(books, dairy):
    made = dairy("serial")
    made.come("83.2", "3", "W1=27.2 W2=27.5 W3=28.5")
    made.aisles(A1=None, A2=None)
    for bin_code, lot, kg in (("A1", "W1", "27.2"), ("A1", "W2", "27.5"), ("A2", "W3", "28.5")):
        made.put(bin_code, kg, lot)
    delivery = made.wanted("60", "2")
    wave = made.released([delivery])
    assert [(t.lot.number, t.quantity) for t in Task.objects.order_by("pk")] == [("W1", Decimal("27.2")), ("W2", Decimal("27.5"))]
    books.do("warehouse.complete", list(Task.objects.filter(pick_list__wave=wave).values_list("pk", flat=True)))
    line = GoodsIssueLine.objects.get(issue=delivery)
    assert (line.quantity, line.second_quantity, line.lots) == (Decimal("54.7"), 2, "W1..W2")
    books.do("inventory.post_issue", delivery)
    assert made.lies() == "A2 W3 28.5; dock 0"
    assert not StockAdjustment.objects.exists()
    books.assert_checks_hold()


def test_iv10_untracked_wheels_are_picked_by_weight_and_shipped_as_weighed(books, dairy):
    made = dairy("none")
    made.come("296.4", "10")
    made.aisles(A1="296.4")
    delivery = made.wanted("90", "3")
    wave = made.released([delivery])
    books.do("warehouse.complete", list(Task.objects.filter(pick_list__wave=wave).values_list("pk", flat=True)))
    books.do("inventory.post_issue", delivery)
    assert GoodsIssueLine.objects.get(issue=delivery).quantity == Decimal("88.92")
    books.assert_checks_hold()


def test_iv10_wheels_are_packed_by_the_piece(books, dairy):
    made = dairy("none")
    made.come("296.4", "10")
    delivery = made.wanted("90", "3")
    assert open_parts([delivery]) == {delivery: {(GoodsIssueLine.objects.get(issue=delivery).pk, ""): 3}}
    books.do("inventory.pack_item", delivery, code="BOLT")
    books.do("inventory.pack_item", delivery, code="BOLT", quantity=Decimal(2))
    assert [(ln.quantity, ln.package.gross_kg) for ln in PackageLine.objects.order_by("pk")] == [(1, 30), (2, 60)]
    books.do("inventory.post_issue", delivery)  # three pieces of 29.64 kg: lighter than was thought, and packed all the same
    assert GoodsIssueLine.objects.get(issue=delivery).quantity == Decimal("88.92")
    assert Package.objects.count() == 2
    assert delivery_pdf(GoodsIssue.objects.get(pk=delivery)).startswith(b"%PDF")
    (worth,) = (
        w for w in stock_values(books.company.pk, on=GoodsIssue.objects.get(pk=delivery).on, decimals=2) if w.product == made.bolt.pk
    )
    assert (worth.quantity, worth.second) == (Decimal("207.48"), 7)
    books.assert_checks_hold()
