"""Directed put-away and replenishment: each proposal says why (WH-02)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.catalog.models import Category, Product, Unit
from fondaco.operations.warehouse.models import Floor, Task
from fondaco.operations.warehouse.refusals import FoundMoreThanAsked, GoodsForTask, RuleIncomplete, RuleOfOther, TaskStays
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.operations.warehouse.test_bins import Shelves


class Yard(Shelves):
    def floor(self):
        return Floor.objects.get(warehouse=self.warehouse).pk

    def rule(self, **values):
        given = {"company": self.books.company.pk, "warehouse": self.warehouse.pk, **values}
        return create(ACTOR, RESOURCES["bin-rules"], [given]).ids[0]

    def propose(self, verb="propose_put_away"):
        keys = self.books.do(f"warehouse.{verb}", self.floor()).made["tasks"]
        return Task.objects.filter(pk__in=keys).order_by("pk")

    def told(self, tasks):
        return [f"{t.product.sku} {t.quantity.normalize():f} > {t.to_bin}: {t.why}" for t in tasks]

    def product(self, sku, **values):
        with unit_of_work("test", "test"):
            return Product.objects.create(sku=sku, name=sku.title(), unit=Unit.objects.get(code="C62"), **values)

    def take_in_of(self, product, quantity):
        return self.paper("goods-receipts", "post_receipt", [{"product": product.pk, "quantity": quantity, "unit_cost": "1"}])


@pytest.fixture
def yard(books):
    return Yard(books)


def test_wh02_goods_at_the_dock_are_directed_by_rule_then_beside_their_like_then_to_the_nearest_room(books, yard):
    with unit_of_work("test", "test"):
        cold = Category.objects.create(code="COLD", name="Cold")
    nut, milk = yard.product("NUT"), yard.product("MILK", category=cold)
    yard.bin("IN", "dock_in")
    for code, x, y, values in (
        ("FIX", 9, 20, {"most_pieces": "5"}), ("A-02", 0, 4, {"most_pieces": "6"}), ("A-01", 0, 2, {"most_pieces": "6"}),
        ("B-01", 5, 2, {}), ("C-01", 6, 2, {"zone": "COLD", "category": cold.pk}),
    ):  # fmt: skip
        yard.bin(code, x_m=str(x), y_m=str(y), aisle=code[0], **values)
    yard.rule(product=yard.bolt.pk, bin=yard.warehouse.bins.get(code="FIX").pk)
    yard.rule(category=cold.pk, zone="COLD")
    yard.receive("10", "1")
    yard.take_in_of(milk, "3")
    assert yard.told(yard.propose()) == [
        "BOLT 5 > FIX: Fixed bin of the product.",
        "BOLT 5 > A-01: nearest empty bin with room, 0.2 m from the dock.".replace("0.2", "2.0"),
        "MILK 3 > C-01: Zone COLD is for such goods; nearest bin with room, 8.0 m from the dock.",
    ]
    assert list(yard.propose()) == []
    books.do("warehouse.complete", list(Task.objects.values_list("pk", flat=True)))
    assert yard.lies() == "A-01 5; C-01 3; FIX 5; dock 0"
    # More of the same goes beside it first, as far as there is room; the rest to the next.
    yard.receive("3", "1")
    yard.take_in_of(nut, "2")
    assert yard.told(yard.propose()) == [
        "BOLT 1 > A-01: The same product lies there.",
        "BOLT 2 > A-02: nearest empty bin with room, 4.0 m from the dock.",
        "NUT 2 > B-01: nearest empty bin with room, 7.0 m from the dock.",
    ]
    books.assert_checks_hold()


def test_wh02_a_proposal_is_carried_out_in_part_elsewhere_or_given_up(books, yard):
    yard.bin("A"), yard.bin("B")
    yard.receive("8", "1")
    (task,) = yard.propose()
    with pytest.raises(FoundMoreThanAsked, match="9 are more than the 8"):
        books.do("warehouse.complete", task.pk, quantity="9")
    books.do("warehouse.complete", task.pk, quantity="5", to_bin="B")
    assert yard.lies() == "B 5; dock 3"
    (rest,) = yard.propose()
    books.do("warehouse.give_up", rest.pk)
    assert (yard.lies(), Task.objects.get(pk=rest.pk).state) == ("B 5; dock 3", "cancelled")
    for change in ({"done_quantity": 8}, {"state": "open"}, {"why": "x"}):
        with pytest.raises(TaskStays), unit_of_work("x", "y"), refusals_translated():
            Task.objects.filter(pk=task.pk).update(**change)
    books.assert_checks_hold()


def test_wh02_picking_bins_are_filled_up_from_storage_first_expiring_first(books, yard):
    yard.tracked("lot")
    yard.take_in("OLD=10@2099-01-31; NEW=40@2099-12-31", "50")
    yard.bin("P", most_pieces="30"), yard.bin("S1", "storage", sequence=1), yard.bin("S2", "storage", sequence=2)
    yard.put("S1", "30", lot="NEW")
    yard.put("S2", "10", lot="OLD")
    yard.put("P", "4", lot="NEW")
    bin_key = yard.warehouse.bins.get(code="P").pk
    yard.rule(product=yard.bolt.pk, bin=bin_key, minimum="5", maximum="25")
    tasks = yard.propose("propose_replenishment")
    assert [f"{t.lot} {t.quantity.normalize():f} {t.from_bin} > {t.to_bin}: {t.why}" for t in tasks] == [
        "OLD 10 S2 > P: P has 4 and should never have less than 5; filled up to 25 from S2, which expires first (2099-01-31).",
        "NEW 11 S1 > P: P has 4 and should never have less than 5; filled up to 25 from S1, which expires first (2099-12-31).",
    ]
    assert list(yard.propose("propose_replenishment")) == []
    # What is on its way to the picking bin is for that, and nobody carries it elsewhere.
    with pytest.raises(GoodsForTask, match="is for a task"):
        yard.put("", "10", lot="OLD", from_bin="S2")
    books.do("warehouse.complete", [t.pk for t in tasks])
    assert yard.lies() == "P NEW 15; P OLD 10; S1 NEW 19; dock 6"
    books.assert_checks_hold()


def test_wh02_rules_are_of_one_warehouse_and_whole(books, yard):
    a = yard.bin("A")
    (other,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    create(ACTOR, RESOURCES["bins"], [{"company": books.company.pk, "warehouse": other, "code": "F"}])
    with pytest.raises(RuleOfOther), unit_of_work("x", "y"), refusals_translated():
        yard.rule(product=yard.bolt.pk, bin=a, warehouse=other)
    for values in (
        {"bin": a, "zone": "Z"},
        {},
        {"zone": "Z", "minimum": "1", "maximum": "2"},
        {"bin": a, "product": yard.bolt.pk, "minimum": "3", "maximum": "2"},
    ):
        with pytest.raises(RuleIncomplete):
            yard.rule(**values)


def test_wh02_one_product_and_sixty_are_proposed_and_carried_in_the_same_statements(books, yard):
    yard.bin("IN", "dock_in")
    for n in range(70):
        yard.bin(f"B{n:02}", most_pieces="9", x_m=str(n))

    def counted(products):
        lines = [{"product": p.pk, "quantity": "4", "unit_cost": "1"} for p in products]
        yard.paper("goods-receipts", "post_receipt", lines)
        with CaptureQueriesContext(connection) as proposing:
            tasks = yard.propose()
        keys = [t.pk for t in tasks]
        with CaptureQueriesContext(connection) as carrying:
            books.do("warehouse.complete", keys)
        return len(keys), len(proposing), len(carrying)

    with unit_of_work("test", "test"):
        unit = Unit.objects.get(code="C62")
        products = [Product(sku=f"N{n}", name="Nut", unit=unit) for n in range(61)]
        insert_rows(Product, products)
    counted(products[:1])
    one, many = counted(products[:1]), counted(products[1:])
    assert (one[0], many[0]) == (1, 60)
    assert one[1:] == many[1:]
    assert sum(Task.objects.values_list("done_quantity", flat=True)) == Decimal(248)
    books.assert_checks_hold()
