"""Lots and serial numbers: every piece is known by name, and leaves by first expiring first out (IV-06, IV-11)."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.catalog.refusals import CostOfLotNeedsLots
from fondaco.operations.inventory import lots as reading
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, Lot, LotCost, LotStock, MoveLot, StockMove, StockValue
from fondaco.operations.inventory.moving import MoveDraft, ReservationRequest, move, outside, release, reserve, stock_locations
from fondaco.operations.inventory.queries import availability
from fondaco.operations.inventory.refusals import (
    LotBlocked,
    LotExpired,
    LotExpiryDiffers,
    LotLeavesEarly,
    LotNotDelivered,
    LotOfOtherProduct,
    LotsDiffer,
    LotShort,
    LotsNotRight,
    LotsUnclear,
    NameLots,
    NoSuchLot,
    NotEnoughLots,
    NotEnoughStock,
    NotTracked,
    SerialInStock,
    SerialTwice,
    TrackingStays,
)
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.inventory.test_goods import ON, Store
from tests.operations.inventory.test_valuation import Depot

LATER = "2099-12-31"


class Cellar(Store):
    """A store whose goods are tracked."""

    def tracked(self, tracking, costing="average"):
        edit(ACTOR, RESOURCES["products"], {self.bolt.pk: {"tracking": tracking, "costing": costing}})
        self.bolt.refresh_from_db()
        return self

    def take_in(self, lots, quantity, cost="10", on=ON):
        lines = [{"product": self.bolt.pk, "quantity": quantity, "unit_cost": cost, "lots": lots}]
        return self.paper("goods-receipts", "post_receipt", lines, on=on)

    def ship(self, quantity, lots="", on=ON, verb="post_issue"):
        lines = [{"product": self.bolt.pk, "quantity": quantity, "lots": lots}]
        return self.paper("deliveries", verb, lines, customer=self.customer.pk, on=on)

    def back(self, delivery, quantity, lots="", on=ON):
        line = GoodsIssueLine.objects.get(issue=delivery)
        lines = [{"product": self.bolt.pk, "quantity": quantity, "issue_line": line.pk, "lots": lots}]
        return self.paper("returns", "post_return", lines, customer=self.customer.pk, delivery=delivery, on=on)

    def count(self, quantity, lots="", on=ON):
        return self.paper("adjustments", "post_adjustment", [{"product": self.bolt.pk, "quantity": quantity, "lots": lots}], on=on)

    def there(self):
        rows = LotStock.objects.filter(product=self.bolt, on_hand__gt=0).order_by("lot__number", "location")
        return {number: f"{quantity.normalize():f}" for number, quantity in rows.values_list("lot__number", "on_hand")}


@pytest.fixture
def cellar(books):
    return Cellar(books)


# ------------------------------------------------------------------ what people type


def test_lots_are_read_as_people_write_them(books, cellar):
    cellar.tracked("lot")

    def read(text, quantity):
        return [
            (p.number, p.quantity, p.expires_on and p.expires_on.isoformat())
            for p in reading.parse(text, Decimal(quantity), cellar.bolt, {})
        ]

    assert read("A12", 5) == [("A12", 5, None)]
    assert read("A12=2; B/7@2027-01-31", 5) == [("A12", 2, None), ("B/7", 3, "2027-01-31")]
    assert read("A=1 A=2", 3) == [("A", 3, None)]
    assert read("(01)04012345678901(10)L-9(17)270131(37)4", 4) == [("L-9", 4, "2027-01-31")]
    assert read("]C10104012345678901\x1d10L-9\x1d17270131", 4) == [("L-9", 4, "2027-01-31")]
    for wrong in ("A B", "A=x", "A=-1", "A@soon", "A=5 B", "(01)4711", "A..B"):
        with pytest.raises((LotsUnclear, LotsDiffer)):
            read(wrong, 5)
    with pytest.raises(LotsDiffer, match="the lots named make up 4, but the line has 5"):
        read("A=4", 5)
    cellar.bolt.barcode = "4012345678918"
    with pytest.raises(LotOfOtherProduct, match="The label says item 04012345678901, which is not BOLT Bolt"):
        read("(01)04012345678901(10)L-9", 1)


def test_serial_numbers_are_read_as_ranges_lists_and_labels(books, cellar):
    cellar.tracked("serial")

    def read(text, quantity):
        return [p.number for p in reading.parse(text, Decimal(quantity), cellar.bolt, {})]

    assert read("SN008..SN011", 4) == ["SN008", "SN009", "SN010", "SN011"]
    assert read("SN099*3", 3) == ["SN099", "SN100", "SN101"]
    assert read("X1\nX2, X3", 3) == ["X1", "X2", "X3"]
    assert read("(21)X1(17)270131 (21)X2", 2) == ["X1", "X2"]
    with pytest.raises(SerialTwice, match="X1 stands there more than once"):
        read("X1 X1", 2)
    for wrong in ("SN1..TN9", "SN9..SN1", "SN*3", "SN1*0", "SN1*900000", "SN1*x"):
        with pytest.raises(LotsUnclear):
            read(wrong, 3)
    numbers = [("SN008", 1), ("SN009", 1), ("SN010", 1), ("T1", 1)]
    assert reading.written(numbers, True) == "SN008..SN010; T1"
    assert reading.written([("B", Decimal("2.50")), ("A", Decimal(10))], False) == "A=10; B=2.5"


# ------------------------------------------------------------------ a life in lots


def test_iv06_first_expiring_first_out_and_back_again(books, cellar):
    cellar.tracked("lot")
    cellar.take_in("LATE=10@2027-06-30 SOON=5@2026-06-30", "15")
    cellar.take_in("NEVER", "5")
    delivery = cellar.ship("7")
    assert GoodsIssueLine.objects.get(issue=delivery).lots == "LATE=2; SOON=5"
    assert cellar.there() == {"LATE": "8", "NEVER": "5"}
    with pytest.raises(NameLots, match="name the lots or serial numbers of the 3"):
        cellar.back(delivery, "3")
    with pytest.raises(LotNotDelivered, match="3 of LATE are to come back, but 2 of it are with the customer"):
        cellar.back(delivery, "3", "LATE=3")
    cellar.back(delivery, "3", "SOON=2 LATE=1")
    cellar.back(delivery, "4")
    assert cellar.there() == {"LATE": "10", "NEVER": "5", "SOON": "5"}
    chosen = cellar.ship("6", "NEVER=5; LATE=1")
    assert GoodsIssueLine.objects.get(issue=chosen).lots == "NEVER=5; LATE=1"
    cellar.count("-1", "SOON=1")
    cellar.count("2", "FOUND")
    assert cellar.there() == {"FOUND": "2", "LATE": "9", "SOON": "4"}
    with pytest.raises(NameLots):
        cellar.count("-1")
    with pytest.raises(NoSuchLot, match="no lot or serial number GHOST"):
        cellar.ship("1", "GHOST")
    with pytest.raises(LotShort, match="3 of FOUND are asked for in Milano, but 2 are there"):
        cellar.ship("3", "FOUND")
    with pytest.raises(LotExpiryDiffers, match="Lot LATE expires on 2027-06-30, not on 2028-01-01"):
        cellar.take_in("LATE=1@2028-01-01", "1")
    books.assert_checks_hold()


def test_a_serial_number_is_one_piece_in_one_place(books, cellar):
    cellar.tracked("serial")
    with pytest.raises(NameLots):
        cellar.receive("2", "10")
    cellar.take_in("SN1..SN3", "3")
    with pytest.raises(SerialInStock, match="SN2 is in stock already"):
        cellar.take_in("SN2", "1")
    (trieste,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    cellar.paper("transfers", "post_transfer", [{"product": cellar.bolt.pk, "quantity": "1", "lots": "SN2"}], to_warehouse=trieste)
    with pytest.raises(LotShort):
        cellar.ship("1", "SN2")
    delivery = cellar.ship("2")
    assert GoodsIssueLine.objects.get(issue=delivery).lots == "SN1; SN3"
    cellar.back(delivery, "1", "SN3")
    # Sold, then bought back: the same number comes in again.
    cellar.take_in("SN1", "1")
    assert cellar.there() == {"SN1": "1", "SN2": "1", "SN3": "1"}
    books.assert_checks_hold()


def test_expired_and_blocked_goods_are_neither_promised_nor_delivered(books, cellar):
    cellar.tracked("lot")
    cellar.take_in(f"OLD=4@2026-03-01 GOOD=3@{LATER} BAD=2@{LATER}", "9")
    bad = Lot.objects.get(number="BAD").pk
    books.do("inventory.block", bad, reason="Glass in it")
    assert availability(books.company.pk, [cellar.bolt.pk])[cellar.bolt.pk].free == 3
    with pytest.raises(NotEnoughStock, match="only 3 are free"), unit_of_work("test", "test"):
        reserve([ReservationRequest(books.company.pk, cellar.bolt.pk, cellar.warehouse.pk, Decimal(4), ("sales_orderline", 1))])
    with pytest.raises(NotEnoughLots, match="only 3 may leave on 2026-03-10; the rest is expired or blocked"):
        cellar.ship("4")
    with pytest.raises(LotExpired, match="OLD expired on 2026-03-01 and goes to no customer"):
        cellar.ship("1", "OLD")
    with pytest.raises(LotBlocked):
        cellar.ship("1", "BAD")
    with unit_of_work("test", "test"):
        reserve([ReservationRequest(books.company.pk, cellar.bolt.pk, cellar.warehouse.pk, Decimal(3), ("sales_orderline", 1))])
    # What is promised to another is not taken by its lots either.
    with pytest.raises(NotEnoughStock, match="only 0 are free"):
        cellar.ship("1", "GOOD")
    draft = cellar.ship("1", "OLD", verb="")
    books.do("inventory.allow_expired", draft, reason="The customer feeds pigs with it")
    edit(ACTOR, RESOURCES["deliveries"], {draft: {"memo": "Changed"}})
    with pytest.raises(LotExpired):
        books.do("inventory.post_issue", draft)
    books.do("inventory.allow_expired", draft, reason="The customer feeds pigs with it")
    books.do("inventory.post_issue", draft)
    assert GoodsIssue.objects.get(pk=draft).expired_because == "The customer feeds pigs with it"
    books.do("inventory.unblock", bad, reason="It was a label")
    cellar.ship("2", "BAD")
    assert cellar.there() == {"GOOD": "3", "OLD": "3"}
    with unit_of_work("test", "test"):
        release("sales_orderline", [1])
    books.assert_checks_hold()


def test_a_lot_leaves_after_it_came(books, cellar):
    cellar.tracked("lot")
    cellar.take_in("A", "5", on="2026-03-10")
    with pytest.raises(NotEnoughLots, match="or came later"):
        cellar.ship("2", on="2026-03-05")
    with pytest.raises(LotLeavesEarly, match="lot A would leave before it came"):
        cellar.ship("2", "A", on="2026-03-05")
    cellar.take_in("B", "5", on="2026-03-01")
    cellar.ship("2", on="2026-03-05")
    assert cellar.there() == {"A": "5", "B": "3"}
    books.assert_checks_hold()


def test_tracking_begins_without_stock(books, cellar):
    cellar.receive("5", "10")
    untracked = cellar.issue("2")
    with pytest.raises(TrackingStays, match="count them in again with their lots"):
        cellar.tracked("lot")
    with pytest.raises(NotTracked):
        cellar.ship("1", "A")
    cellar.count("-3")
    cellar.tracked("lot")
    cellar.count("3", "FIRST")
    with pytest.raises(NameLots):
        cellar.back(untracked, "1")
    cellar.back(untracked, "1", "RETURNED")
    assert cellar.there() == {"FIRST": "3", "RETURNED": "1"}
    cellar.count("-3", "FIRST")
    cellar.count("-1", "RETURNED")
    with pytest.raises(TrackingStays):
        cellar.tracked("none")
    books.assert_checks_hold()


# ------------------------------------------------------------------ what they cost (IV-02)


def test_iv02_every_piece_at_its_own_cost(books, cellar):
    cellar.tracked("serial", "specific")
    cellar.take_in("CHEAP", "1", "100")
    cellar.take_in("DEAR", "1", "250")
    delivery = cellar.ship("1", "DEAR")
    books.assert_journal("""
        2026-03-10 delivery DN/2026/00001
          inventory                        -250.00
          cost_of_goods_sold                250.00
    """)
    cellar.count("-1", "CHEAP")
    cellar.back(delivery, "1")
    assert cellar.owned() == (1, 250)
    assert list(LotCost.objects.filter(quantity__gt=0).values_list("lot__number", "value")) == [("DEAR", 250)]
    books.assert_checks_hold()


def test_iv04_freight_goes_to_the_pieces_that_are_there_and_to_the_cost_of_those_that_left(books, cellar):
    cellar.tracked("serial", "specific")
    receipt = cellar.take_in("A B C", "3", "100")
    delivery = cellar.ship("1", "B")
    Depot.land(cellar, "30", receipt)
    books.assert_journal("""
        2026-03-31 landed cost LC/2026/00001
          inventory                          20.00
          cost_of_goods_sold                 10.00
          freight_in                        -30.00
    """)
    changes = StockValue.objects.order_by("lot__number").values_list("lot__number", "value", "expensed")
    assert list(changes) == [("A", 10, 0), ("B", 0, 10), ("C", 10, 0)]
    # What comes back takes part in later freight again.
    cellar.back(delivery, "1", on="2026-04-01")
    Depot.land(cellar, "3", receipt, on="2026-04-02")
    assert dict(LotCost.objects.values_list("lot__number", "value")) == {"A": 111, "B": 101, "C": 111}
    books.assert_checks_hold()


def test_iv03_a_late_receipt_changes_only_its_own_lot(books, cellar):
    cellar.tracked("lot", "specific")
    cellar.take_in("MIX", "10", "10", on="2026-03-01")
    cellar.take_in("OTHER", "10", "10", on="2026-03-01")
    cellar.ship("10", "MIX=5; OTHER=5", on="2026-03-20")
    cellar.take_in("MIX", "10", "16", on="2026-03-10")
    # In the order of days 5 of 20 at 13 would have left of MIX: 65 instead of 50. OTHER stays.
    books.assert_journal(
        """
        2026-03-10 goods receipt GR/2026/00003
          inventory                         160.00
          goods_received_not_invoiced      -160.00
        2026-03-20 goods receipt GR/2026/00003 of 2026-03-10: what left later costs otherwise
          inventory                         -15.00
          cost_of_goods_sold                 15.00
    """,
        last=2,
    )
    assert dict(LotCost.objects.values_list("lot__number", "value")) == {"MIX": 195, "OTHER": 50}
    books.assert_checks_hold()


def test_untracked_goods_cannot_cost_what_their_lot_costs(books, cellar):
    with pytest.raises(CostOfLotNeedsLots):
        cellar.tracked("none", "specific")


# ------------------------------------------------------------------ the laws, attacked


def attack(statement, *values):
    with pytest.raises((UserError, DatabaseError)) as refused, unit_of_work("x", "y"), refusals_translated(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("set constraints all immediate")
    return refused.value


def test_the_database_keeps_lots_and_moves_together(books, cellar):
    cellar.tracked("lot")
    cellar.take_in("A=5 B=5", "10")
    receipt = StockMove.objects.get()
    lot = Lot.objects.get(number="A")
    other = Product.objects.exclude(pk=cellar.bolt.pk).first()
    new = 'insert into inventory_movelot (company_id, product_id, move_id, lot_id, quantity, value, sign, "on") values (%s, %s, %s, %s, %s, %s, %s, %s)'
    row = [books.company.pk, cellar.bolt.pk, receipt.pk, lot.pk, 1, 0, 1, receipt.on]
    with unit_of_work("x", "y"):
        third = Lot.objects.create(company=books.company, product=cellar.bolt, number="C")
    row[3] = third.pk
    assert "lots" in str(attack(new, *row))
    attack(new, *row[:6], -1, receipt.on)
    if other is not None:
        attack(new, row[0], other.pk, *row[2:])
    attack("update inventory_movelot set quantity = 1")
    attack("delete from inventory_movelot")
    attack("update inventory_lotstock set on_hand = 99")
    attack(
        "insert into inventory_lotcost (lot_id, company_id, product_id, quantity, value) values (%s, %s, %s, 1, 1)",
        lot.pk,
        books.company.pk,
        cellar.bolt.pk,
    )
    # A move whose lots are missing, or that says it has none.
    names = 'company_id, product_id, quantity, value, from_location_id, to_location_id, sign, "on", booked_on, source_table, source_id, source_line, demand_table, tracked, version'
    copied = f"insert into inventory_stockmove ({names}) select {names.replace('source_line,', 'source_line + 1,').replace('tracked', '%s')} from inventory_stockmove"
    attack(copied, True)
    attack(copied, False)
    attack("update inventory_lot set company_id = company_id + 1")
    assert (MoveLot.objects.count(), StockMove.objects.count()) == (2, 1)
    books.assert_checks_hold()


def test_a_serial_number_cannot_be_doubled_in_the_database(books, cellar, monkeypatch):
    cellar.tracked("serial")
    cellar.take_in("S1", "1")
    received = StockMove.objects.get()
    (trieste,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    vendor = outside([books.company.pk], "vendor")[books.company.pk]
    monkeypatch.setattr(reading, "_refuse_doubles", lambda *given: None)
    for place in (received.to_location_id, stock_locations([trieste])[trieste]):
        draft = MoveDraft(books.company.pk, cellar.bolt.pk, Decimal(1), vendor, place, received.on, ("x", 1, place), Decimal(1))
        draft.lots = [reading.Part("S1", Decimal(1))]
        with pytest.raises(LotsNotRight), unit_of_work("x", "y"), refusals_translated():
            move([draft])
    assert cellar.there() == {"S1": "1"}


# ------------------------------------------------------------------ many (IV-11)


def test_iv11_statements_do_not_grow_with_serial_numbers(books, cellar):
    cellar.tracked("serial")

    def counted(work):
        with CaptureQueriesContext(connection) as statements:
            made = work()
        return len(statements), made

    cellar.take_in("W1", "1")
    few, _receipt = counted(lambda: cellar.take_in("A0001..A0002", "2"))
    many, _receipt = counted(lambda: cellar.take_in("B0001*2000", "2000"))
    assert many == few
    few, one = counted(lambda: cellar.ship("2", "A0001..A0002"))
    many, two = counted(lambda: cellar.ship("1500"))
    assert many <= few + 1
    assert counted(lambda: cellar.back(one, "2"))[0] == counted(lambda: cellar.back(two, "1500"))[0]
    lots = list(Lot.objects.order_by("pk").values_list("pk", flat=True))
    for verb in ("block", "unblock"):
        few, many = ([*lots[:1]], lots[1:200])
        one, _done = counted(lambda verb=verb, keys=few: perform(ACTOR, ACTIONS[f"inventory.{verb}"], keys, {}, reason="Recall"))
        all_, _done = counted(lambda verb=verb, keys=many: perform(ACTOR, ACTIONS[f"inventory.{verb}"], keys, {}, reason="Recall"))
        assert all_ == one
    drafts = [cellar.ship("1", verb="") for _n in range(6)]
    one, _done = counted(lambda: perform(ACTOR, ACTIONS["inventory.allow_expired"], drafts[:1], {}, reason="Pigs"))
    five, _done = counted(lambda: perform(ACTOR, ACTIONS["inventory.allow_expired"], drafts[1:], {}, reason="Pigs"))
    assert five == one
    books.assert_checks_hold()
