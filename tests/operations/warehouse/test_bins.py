"""Bins below a warehouse's stock: what lies where, room and class, and goods that leave (WH-01)."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.ledger.models import JournalEntry
from fondaco.masterdata.catalog.models import Category, Product
from fondaco.operations.inventory.models import StockLevel
from fondaco.operations.warehouse.models import Bin, BinMove, BinStock, Floor
from fondaco.operations.warehouse.queries import at_dock
from fondaco.operations.warehouse.refusals import (
    BinFull,
    BinInUse,
    BinMoveAmiss,
    BinNotInStock,
    BinOfOtherClass,
    BinsOverdrawn,
    BinStays,
    NameLot,
    NoSuchBin,
    NoSuchItem,
    NotAtDock,
    NotInBin,
    SameBin,
)
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.clerks import at_once
from tests.operations.inventory.test_lots import Cellar


class Shelves(Cellar):
    """A store whose goods lie in bins."""

    def bin(self, code, kind="picking", **values):
        given = {"company": self.books.company.pk, "warehouse": self.warehouse.pk, "code": code, "kind": kind, **values}
        return create(ACTOR, RESOURCES["bins"], [given]).ids[0]

    def put(self, to_bin, quantity="1", lot="", from_bin="", item="BOLT"):
        with unit_of_work("test", "test"):
            floor = Floor.objects.get(warehouse=self.warehouse).pk
        return self.books.do("warehouse.move_goods", floor, item=item, quantity=quantity, to_bin=to_bin, from_bin=from_bin, lot=lot)

    def lies(self):
        """What lies where, bin by bin, and last what lies in none."""
        rows = BinStock.objects.filter(on_hand__gt=0).order_by("bin__code", "lot__number")
        told = [
            f"{code} {lot + ' ' if lot else ''}{quantity.normalize():f}"
            for code, lot, quantity in rows.values_list("bin__code", "lot__number", "on_hand")
        ]
        dock = sum(at_dock([self.warehouse.locations.get(kind="internal").pk]).values(), Decimal(0))
        return "; ".join([*told, f"dock {dock.normalize():f}"])


@pytest.fixture
def shelves(books):
    return Shelves(books)


def test_wh01_goods_lie_at_the_dock_until_they_are_put_into_bins_and_the_books_do_not_notice(books, shelves):
    shelves.receive("10", "10")
    shelves.bin("A-01"), shelves.bin("A-02", sequence=2)
    entries = JournalEntry.objects.count()
    assert shelves.lies() == "dock 10"
    shelves.put("A-01", "7")
    shelves.put("A-02", "2", from_bin="A-01")
    assert shelves.lies() == "A-01 5; A-02 2; dock 3"
    shelves.put("", "1", from_bin="A-02")
    assert shelves.lies() == "A-01 5; A-02 1; dock 4"
    assert (JournalEntry.objects.count(), shelves.owned()) == (entries, (10, 100))
    with pytest.raises(NotAtDock, match="5 of BOLT Bolt are to leave the dock of Milano, but 4 lie in no bin"):
        shelves.put("A-01", "5")
    with pytest.raises(NotInBin, match="6 of BOLT Bolt are to leave A-01, but 5 are there"):
        shelves.put("A-02", "6", from_bin="A-01")
    with pytest.raises(SameBin):
        shelves.put("A-01", from_bin="A-01")
    with pytest.raises(NoSuchBin, match="Milano has no bin Z-99"):
        shelves.put("Z-99")
    with pytest.raises(NoSuchItem, match="“NUT” is no product"):
        shelves.put("A-01", item="NUT")
    assert shelves.lies() == "A-01 5; A-02 1; dock 4"
    books.assert_checks_hold()


def test_wh01_goods_that_were_not_picked_leave_the_bins_in_the_order_of_picking(books, shelves):
    shelves.receive("20", "10")
    shelves.bin("A-01", sequence=20), shelves.bin("A-02", sequence=10), shelves.bin("OUT", "dock_out", sequence=1)
    for code, quantity in (("A-01", "5"), ("A-02", "5"), ("OUT", "2")):
        shelves.put(code, quantity)
    delivery = shelves.issue("7")
    assert shelves.lies() == "A-01 3; OUT 2; dock 8"
    left = BinMove.objects.filter(kind="left").order_by("pk").values_list("from_bin__code", "quantity", "stock_move__source_id")
    assert list(left) == [("A-02", 5, delivery), ("A-01", 2, delivery)]
    shelves.issue("6")
    assert shelves.lies() == "dock 7"
    # What comes back, and what a count finds, lies at the dock; what a count misses was lost there first.
    shelves.take_back(delivery, "1")
    shelves.put("A-01", "6")
    shelves.adjust("-1")
    assert shelves.lies() == "A-01 6; dock 1"
    shelves.adjust("-3")
    assert shelves.lies() == "A-01 4; dock 0"
    books.assert_checks_hold()


def test_wh01_one_delivery_of_many_lines_and_many_deliveries_at_once_share_the_bins(books, shelves):
    shelves.receive("20", "10")
    shelves.bin("A-01", sequence=1), shelves.bin("A-02", sequence=2)
    shelves.put("A-01", "6")
    shelves.put("A-02", "6")
    line = {"product": shelves.bolt.pk, "quantity": "2"}
    drafts = [shelves.paper("deliveries", "", [line, line], customer=shelves.customer.pk) for _n in range(4)]
    books.do("inventory.post_issue", drafts)
    assert shelves.lies() == "dock 4"
    assert sum(BinMove.objects.filter(kind="left").values_list("quantity", flat=True)) == 12
    books.assert_checks_hold()


def test_wh01_lots_lie_in_bins_and_leave_by_first_expiring(books, shelves):
    shelves.tracked("lot")
    shelves.take_in("OLD=4@2099-01-31; NEW=6@2099-12-31", "10")
    shelves.bin("A-01", sequence=1), shelves.bin("A-02", sequence=2)
    with pytest.raises(NameLot, match="by lot or serial number"):
        shelves.put("A-01")
    shelves.put("A-01", "5", lot="NEW")
    shelves.put("A-02", "3", item="OLD")
    assert shelves.lies() == "A-01 NEW 5; A-02 OLD 3; dock 2"
    shelves.ship("5")
    assert shelves.lies() == "A-01 NEW 4; dock 1"
    shelves.count("-1", "NEW")
    assert shelves.lies() == "A-01 NEW 4; dock 0"
    books.assert_checks_hold()


def test_wh01_a_gs1_label_says_item_lot_and_count(books, shelves):
    edit(ACTOR, RESOURCES["products"], {shelves.bolt.pk: {"barcode": "4006381333931"}})
    shelves.tracked("lot").take_in("A12=10", "10")
    shelves.bin("A-01")
    shelves.put("A-01", item="(01)04006381333931(10)A12(37)4")
    shelves.put("A-01", "2", lot="A12", item="4006381333931")
    assert shelves.lies() == "A-01 A12 6; dock 4"


def test_wh01_a_bin_takes_what_it_has_room_and_class_for(books, shelves):
    with unit_of_work("test", "test"):
        metal = Category.objects.create(code="METAL", name="Metal")
        screws = Category.objects.create(code="SCREWS", name="Screws", parent=metal)
        food = Category.objects.create(code="FOOD", name="Food")
        Product.objects.filter(pk=shelves.bolt.pk).update(category=screws, weight_kg=Decimal("0.5"), volume_m3=Decimal("0.01"))
    shelves.receive("100", "1")
    shelves.bin("P", most_pieces="10"), shelves.bin("W", most_weight_kg="3"), shelves.bin("V", most_volume_m3="0.04")
    shelves.bin("M", category=metal.pk), shelves.bin("F", category=food.pk)
    for code, most, figures in (("P", "10", "11 / 10"), ("W", "6", "3.5 / 3 kg"), ("V", "4", "0.05 / 0.04 m³")):
        shelves.put(code, most)
        with pytest.raises(BinFull, match=f"Bin {code} has no room for this: it would hold {figures}"):
            shelves.put(code)
    shelves.put("M", "3")
    with pytest.raises(BinOfOtherClass, match="Bin F does not take BOLT"):
        shelves.put("F")
    keys = dict(Bin.objects.values_list("code", "pk"))
    with pytest.raises(BinFull):
        edit(ACTOR, RESOURCES["bins"], {keys["P"]: {"most_pieces": "9"}})
    with pytest.raises(BinOfOtherClass):
        edit(ACTOR, RESOURCES["bins"], {keys["M"]: {"category": food.pk}})
    with pytest.raises(BinInUse):
        edit(ACTOR, RESOURCES["bins"], {keys["M"]: {"is_active": False}})
    (other,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    with pytest.raises(BinStays):
        edit(ACTOR, RESOURCES["bins"], {keys["M"]: {"warehouse": other}})
    books.assert_checks_hold()


def test_wh01_sets_are_carried_in_the_same_number_of_statements(books, shelves):
    shelves.receive("500", "1")
    for n in range(41):
        shelves.bin(f"B{n:02}")
        shelves.put(f"B{n:02}", "3")
    shelves.bin("X")
    keys = list(BinStock.objects.order_by("pk").values_list("pk", flat=True))

    def counted(part):
        with CaptureQueriesContext(connection) as queries:
            books.do("warehouse.move", part, to_bin="X")
        return len(queries)

    assert counted(keys[:1]) == counted(keys[1:])
    assert shelves.lies() == "X 123; dock 377"


def test_wh01_the_database_refuses_what_passes_the_verb_by(books, shelves):
    shelves.receive("5", "10")
    a = shelves.bin("A")
    place = shelves.warehouse.locations.get(kind="internal").pk
    given = {"company_id": books.company.pk, "location_id": place, "product_id": shelves.bolt.pk, "kind": "put_away"}
    (other,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    (far,) = create(ACTOR, RESOURCES["bins"], [{"company": books.company.pk, "warehouse": other, "code": "F"}]).ids
    for refusal, values in (
        (BinsOverdrawn, {"quantity": 6, "to_bin_id": a}),
        (BinMoveAmiss, {"quantity": 1, "from_bin_id": a}),
        (BinMoveAmiss, {"quantity": 1, "to_bin_id": far}),
        (BinMoveAmiss, {"quantity": 1, "to_bin_id": a, "from_bin_id": a}),
    ):
        with pytest.raises(refusal), unit_of_work("x", "y"), refusals_translated():
            insert_rows(BinMove, [BinMove(**given, **values)])
    with pytest.raises(BinNotInStock), unit_of_work("x", "y"), refusals_translated():
        Bin.objects.filter(pk=a).update(warehouse=other)
    shelves.put("A", "5")
    for sql in (
        "update warehouse_binstock set on_hand = 9", "insert into warehouse_binstock (company_id, location_id, bin_id, product_id, on_hand) select company_id, location_id, id, 1, 5 from warehouse_bin",
        "delete from warehouse_binmove", "update warehouse_binmove set quantity = 1", "truncate warehouse_binmove",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), unit_of_work("x", "y"), connection.cursor() as cursor:
            cursor.execute(sql)
    assert shelves.lies() == "A 5; dock 0"
    books.assert_checks_hold()


def test_wh01_a_warehouse_without_bins_works_as_before(books, shelves):
    shelves.receive("10", "10")
    delivery = shelves.issue("4", "")
    with CaptureQueriesContext(connection) as before:
        books.do("inventory.post_issue", delivery)
    (other,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    create(ACTOR, RESOURCES["bins"], [{"company": books.company.pk, "warehouse": other, "code": "F"}])
    delivery = shelves.issue("4", "")
    with CaptureQueriesContext(connection) as after:
        books.do("inventory.post_issue", delivery)
    assert len(after) == len(before)
    assert (BinMove.objects.count(), StockLevel.objects.get(product=shelves.bolt).on_hand) == (0, 2)


@pytest.fixture
def live_shelves(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Shelves(open_books())


def test_wh01_hands_in_the_same_moment_take_and_put_each_piece_once(live_shelves):
    shelves, books = live_shelves, live_shelves.books
    shelves.receive("10", "10")
    shelves.bin("A", most_pieces="6"), shelves.bin("B")
    work = [("put", "A")] * 8 + [("put", "B")] * 3 + [("ship", shelves.issue("1", "")) for _n in range(5)]

    with unit_of_work("test", "test"):
        floor = Floor.objects.get().pk

    def hand(task):
        what, given = task
        if what == "put":
            return books.do("warehouse.move_goods", floor, item="BOLT", to_bin=given)
        return books.do("inventory.post_issue", given)

    answers = at_once(hand, work)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert all(isinstance(r, BinFull | NotAtDock) for r in refused), refused
    with unit_of_work("test", "test"):
        assert StockLevel.objects.get(product=shelves.bolt).on_hand == 5
        assert BinStock.objects.get(bin__code="A").on_hand <= 6
    books.assert_checks_hold()
