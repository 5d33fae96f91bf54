"""IV-10: goods that are handled by the piece and valued by weight. Every move says both, and nothing is left over without a piece."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.masterdata.catalog.refusals import SecondUnitUnclear
from fondaco.operations.inventory.models import (
    CountRules,
    GoodsIssueLine,
    GoodsReceiptLine,
    LotHolding,
    LotStock,
    ProductCost,
    Reservation,
    StockAdjustment,
    StockCountLine,
    StockLevel,
    StockMove,
)
from fondaco.operations.inventory.moving import ReservationRequest, outside, release, reserve, stock_locations, trim
from fondaco.operations.inventory.refusals import (
    BothOrNone,
    LotsDiffer,
    LotShort,
    NoSecondUnit,
    NotEnoughPieces,
    NotEnoughStock,
    ReturnedTooMuch,
    SayPieces,
    SaysBoth,
    SecondUnitStays,
    WeighEach,
    WeightLeft,
    WeightOff,
    WeightOutOfTolerance,
)
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.inventory.test_goods import ON, Store


class Dairy(Store):
    """A store with wheels of cheese: about 30 kg each, 10 percent more or less."""

    def __init__(self, books):
        super().__init__(books)
        kg, piece = Unit.objects.get(code="KGM"), Unit.objects.get(code="H87")
        with unit_of_work("test", "test"):
            self.bolt = Product.objects.create(
                sku="WHEEL", name="Grana", unit=kg, second_unit=piece, second_factor=Decimal(30), second_tolerance=Decimal(10)
            )

    def kept(self, tracking="none", costing="average"):
        edit(ACTOR, RESOURCES["products"], {self.bolt.pk: {"tracking": tracking, "costing": costing}})
        self.bolt.refresh_from_db()
        return self

    def take_in(self, weight, pieces, cost="10", lots="", on=ON):
        line = {"product": self.bolt.pk, "quantity": weight, "second_quantity": pieces, "unit_cost": cost, "lots": lots}
        return self.paper("goods-receipts", "post_receipt", [line], on=on)

    def send(self, weight, pieces, lots="", on=ON, verb="post_issue", estimated=False):
        line = {"product": self.bolt.pk, "quantity": weight, "second_quantity": pieces, "lots": lots}
        pk = self.paper("deliveries", "", [line], customer=self.customer.pk, on=on)
        if estimated:
            with unit_of_work("test", "test"):
                GoodsIssueLine.objects.filter(issue=pk).update(is_estimated=True)
        if verb:
            self.books.do(f"inventory.{verb}", pk)
        return pk

    def back(self, delivery, weight, pieces, lots="", on=ON):
        line = GoodsIssueLine.objects.get(issue=delivery)
        given = {"product": self.bolt.pk, "quantity": weight, "second_quantity": pieces, "issue_line": line.pk, "lots": lots}
        return self.paper("returns", "post_return", [given], customer=self.customer.pk, delivery=delivery, on=on)

    def correct(self, weight, pieces, lots="", on=ON):
        line = {"product": self.bolt.pk, "quantity": weight, "second_quantity": pieces, "lots": lots}
        return self.paper("adjustments", "post_adjustment", [line], on=on)

    def there(self):
        """Weight, pieces, value."""
        cost = ProductCost.objects.get(product=self.bolt)
        return cost.quantity, cost.second_quantity, cost.value

    def lots(self):
        rows = LotStock.objects.filter(product=self.bolt, on_hand__gt=0, location__kind="internal").order_by("lot__number")
        return [(n, q.normalize(), s.normalize()) for n, q, s in rows.values_list("lot__number", "on_hand", "second_on_hand")]


@pytest.fixture
def dairy(books):
    return Dairy(books)


# ------------------------------------------------------------------ weight and pieces


def test_iv10_wheels_come_and_leave_by_the_piece_and_cost_by_weight(books, dairy):
    dairy.take_in("296.4", "10")
    books.assert_journal("""
        2026-03-10 goods receipt GR/2026/00001
          inventory                        2964.00
          goods_received_not_invoiced     -2964.00
    """)
    dairy.send("90.6", "3")
    books.assert_journal("""
        2026-03-10 delivery DN/2026/00001
          inventory                        -906.00
          cost_of_goods_sold                906.00
    """)
    assert dairy.there() == (Decimal("205.8"), 7, 2058)
    level = StockLevel.objects.get(product=dairy.bolt)
    assert (level.on_hand, level.second_on_hand) == (Decimal("205.8"), 7)
    books.assert_checks_hold()


def test_iv10_the_last_piece_leaves_nothing_behind_whatever_the_scale_says(books, dairy):
    dairy.take_in("60", "2")
    dairy.send("29.5", "1")
    dairy.send("30.1", "1")  # dried by 0.4 kg since it came
    books.assert_journal(
        """
        2026-03-10 stock adjustment AD/2026/00001
          inventory                          -4.00
          inventory_adjustment                4.00
        2026-03-10 delivery DN/2026/00002
          inventory                        -301.00
          cost_of_goods_sold                301.00
    """,
        last=2,
    )
    assert dairy.there() == (0, 0, 0)
    dairy.take_in("30", "1")
    dairy.send("30.2", "1")  # heavier than in the books
    assert dairy.there() == (0, 0, 0)
    assert [a.lines.get().quantity for a in StockAdjustment.objects.order_by("pk")] == [Decimal("-0.4"), Decimal("0.2")]
    assert StockMove.objects.filter(source_table="inventory_goodsissue").count() == 3
    books.assert_checks_hold()


def test_iv10_what_nobody_weighed_weighs_what_the_books_say(books, dairy):
    dairy.take_in("290", "10")
    first = dairy.send("90", "3", estimated=True)
    assert GoodsIssueLine.objects.get(issue=first).quantity == 87
    last = dairy.send("210", "7", estimated=True)
    line = GoodsIssueLine.objects.get(issue=last)
    assert (line.quantity, line.is_estimated) == (203, False)
    assert dairy.there() == (0, 0, 0) and not StockAdjustment.objects.exists()
    books.assert_checks_hold()


def test_iv10_a_weight_that_somebody_changes_is_estimated_no_longer(books, dairy):
    dairy.take_in("290", "10")
    pk = dairy.send("90", "3", verb="", estimated=True)
    line = GoodsIssueLine.objects.get(issue=pk)
    edit(ACTOR, RESOURCES["deliveries"], {pk: {"lines": [{"id": line.pk, "product": dairy.bolt.pk, "quantity": "88"}]}})
    books.do("inventory.post_issue", pk)
    line.refresh_from_db()
    assert (line.quantity, line.second_quantity) == (88, 3)


@pytest.mark.parametrize(
    ("weight", "pieces", "refusal", "sentence"),
    [
        ("40", "1", WeightOff, "40 kilogram for 1 piece is not between 27 and 33"),
        ("26.9", "1", WeightOff, "26.9 kilogram for 1 piece is not between 27 and 33"),
        ("60", None, SayPieces, "handled by piece, whatever it weighs: .* does not say how many"),
        ("330", "11", NotEnoughPieces, "11 piece are asked for in Milano, but 10 are there"),
        ("296.5", "9", WeightLeft, "296.5 kilogram in 9 piece would leave nothing for the others; the books have 296.4 in 10"),
    ],
)
def test_iv10_what_cannot_be_is_refused_with_its_figures(books, dairy, weight, pieces, refusal, sentence):
    dairy.take_in("296.4", "10")
    with pytest.raises(refusal, match=sentence):
        dairy.send(weight, pieces)
    assert dairy.there() == (Decimal("296.4"), 10, 2964)
    books.assert_checks_hold()


def test_other_goods_have_no_second_quantity(books, store_of_bolts):
    with pytest.raises(NoSecondUnit, match="BOLT Bolt has no second unit, so it cannot have 1 of it"):
        store_of_bolts.paper(
            "goods-receipts",
            "post_receipt",
            [{"product": store_of_bolts.bolt.pk, "quantity": "5", "second_quantity": "1", "unit_cost": "1"}],
        )


@pytest.fixture
def store_of_bolts(books):
    return Store(books)


# ------------------------------------------------------------------ lots and serial numbers


def test_iv10_a_wheel_keeps_its_own_weight_on_its_number(books, dairy):
    dairy.kept("serial", "specific").take_in("90.3", "3", lots="W1=30.2 W2=29.8 W3=30.3")
    assert dairy.lots() == [("W1", Decimal("30.2"), 1), ("W2", Decimal("29.8"), 1), ("W3", Decimal("30.3"), 1)]
    delivery = dairy.send("60", "2", lots="W1 W3", estimated=True)
    line = GoodsIssueLine.objects.get(issue=delivery)
    assert (line.quantity, line.second_quantity, line.lots) == (Decimal("60.5"), 2, "W1=30.2/1; W3=30.3/1")
    assert dairy.there() == (Decimal("29.8"), 1, 298)
    # Weighed when it leaves: the wheel dried by 0.3 kg.
    dairy.send("29.5", "1", lots="W2=29.5")
    assert dairy.there() == (0, 0, 0)
    assert {(h.lot.number, h.quantity, h.second_quantity) for h in LotHolding.objects.select_related("lot")} == {
        ("W1", Decimal("30.2"), 1), ("W2", Decimal("29.5"), 1), ("W3", Decimal("30.3"), 1),
    }  # fmt: skip
    books.assert_checks_hold()


def test_iv10_lots_of_wheels_first_expiring_first(books, dairy):
    dairy.kept("lot", "fifo")
    dairy.take_in("148", "5", lots="L2=148/5@2026-12-31")
    dairy.take_in("151", "5", cost="11", lots="L1=151/5@2026-06-30")
    delivery = dairy.send("180", "6", estimated=True)
    line = GoodsIssueLine.objects.get(issue=delivery)
    assert (line.quantity, line.lots) == (Decimal("180.6"), "L1=151/5; L2=29.6/1")
    assert dairy.lots() == [("L2", Decimal("118.4"), 4)]
    # All together on the scale: what was weighed is shared by what the books say of each.
    dairy.take_in("151", "5", lots="L3=151/5@2027-06-30")
    dairy.send("265", "9", lots="L2=/4 L3=/5")
    assert dairy.there() == (0, 0, 0)
    books.assert_checks_hold()


def test_iv10_each_piece_is_weighed_when_it_comes(books, dairy):
    dairy.kept("serial")
    with pytest.raises(WeighEach, match="say what W1 weighs in kilogram"):
        dairy.take_in("60", "2", lots="W1 W2")
    with pytest.raises(LotsDiffer, match="make up 3, but the line has 2"):
        dairy.take_in("60", "2", lots="W1=30 W2=30 W3=30")
    with pytest.raises(LotsDiffer, match=r"make up 60\.2, but the line has 60"):
        dairy.take_in("60", "2", lots="W1=30.1 W2=30.1")
    with pytest.raises(WeightOff, match=r"WHEEL Grana \(W1\): 40 kilogram for 1 piece is not between 27 and 33"):
        dairy.take_in("60", "2", lots="W1=40 W2=20")
    dairy.take_in("60", "2", lots="W1=30.1 W2")  # the last takes the rest
    assert dairy.lots() == [("W1", Decimal("30.1"), 1), ("W2", Decimal("29.9"), 1)]
    with pytest.raises(LotShort, match="1 of W9 are asked for in Milano, but 0 are there"):
        dairy.send("30", "1", lots="W9")


def test_iv10_a_label_says_number_and_weight(books, dairy):
    dairy.kept("serial")
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=dairy.bolt.pk).update(barcode="98012345678900")
    dairy.take_in("60.45", "2", lots="(01)98012345678900(3102)003025(21)W7 (3103)030200(21)W8")
    assert dairy.lots() == [("W7", Decimal("30.25"), 1), ("W8", Decimal("30.2"), 1)]


def test_iv10_wheels_come_back_with_their_weight_and_cost(books, dairy):
    dairy.kept("serial", "specific").take_in("60.2", "2", lots="W1=30.2 W2=30")
    delivery = dairy.send("60", "2", estimated=True)
    dairy.back(delivery, "29.9", "1", lots="W2=29.9")
    assert dairy.lots() == [("W2", Decimal("29.9"), 1)]
    assert [(h.lot.number, h.second_quantity) for h in LotHolding.objects.select_related("lot").order_by("lot__number")] == [
        ("W1", 1),
        ("W2", 0),
    ]
    with pytest.raises(UserError, match=r"29\.9 of W2 are to come back"):
        dairy.back(delivery, "29.9", "1", lots="W2=29.9")
    books.assert_checks_hold()


def test_iv10_untracked_wheels_come_back(books, dairy):
    dairy.take_in("296.4", "10")
    delivery = dairy.send("89.4", "3")
    dairy.back(delivery, "29.8", "1")
    assert dairy.there() == (Decimal("236.8"), 8, 2368)
    with pytest.raises(ReturnedTooMuch):
        dairy.back(delivery, "89", "3")
    dairy.back(delivery, "59.6", "2")
    assert dairy.there() == (Decimal("296.4"), 10, 2964)
    books.assert_checks_hold()


# ------------------------------------------------------------------ promises, places, counts


def test_iv10_pieces_are_promised(books, dairy):
    dairy.take_in("290", "10")
    company, house = books.company.pk, dairy.warehouse.pk

    def wanted(kg, line):
        return ReservationRequest(company, dairy.bolt.pk, house, Decimal(kg), ("sales_orderline", line))

    with unit_of_work("test", "test"):
        assert reserve([wanted("180", 1)]) == [180]  # six pieces
        assert reserve([wanted("150", 2)], partly=True) == [120]  # four are left, not five
    assert [(r.quantity, r.second_quantity) for r in Reservation.objects.order_by("pk")] == [(180, 6), (120, 4)]
    with pytest.raises(NotEnoughStock, match="1 asked for in Milano, but only 0 are free"), unit_of_work("test", "test"):
        reserve([wanted("30", 3)])
    with pytest.raises(NotEnoughStock, match="1 asked for in Milano, but only 0 are free"):
        dairy.send("29", "1")
    with unit_of_work("test", "test"):
        trim("sales_orderline", {2: Decimal(60)})
        release("sales_orderline", [1])
    level = StockLevel.objects.get(product=dairy.bolt)
    assert (level.reserved, level.second_reserved) == (60, 2)
    dairy.send("232", "8")
    with unit_of_work("test", "test"):
        release("sales_orderline", [2])
    level.refresh_from_db()
    assert (level.reserved, level.second_reserved, level.on_hand, level.second_on_hand) == (0, 0, 58, 2)
    books.assert_checks_hold()


def test_iv10_wheels_travel_and_arrive(books, dairy):
    (trieste,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    dairy.kept("lot").take_in("296", "10", lots="L1=296/10")
    line = {"product": dairy.bolt.pk, "quantity": "120", "second_quantity": "4"}
    pk = dairy.paper("transfers", "send_transfer", [line], to_warehouse=trieste)
    books.do("inventory.arrive_transfer", pk, on=ON)
    held = dict(StockLevel.objects.filter(on_hand__gt=0).values_list("location__name", "second_on_hand"))
    assert held == {"Milano": 6, "Trieste": 4}
    books.assert_checks_hold()


@pytest.mark.parametrize("tracking", ["none", "serial"])
def test_iv10_a_count_finds_both(books, dairy, tracking):
    serial = tracking == "serial"
    dairy.kept(tracking).take_in("90", "3", lots="W1=30 W2=30 W3=30" if serial else "")
    given = {"company": books.company.pk, "warehouse": dairy.warehouse.pk, "on": ON}
    (sheet,) = create(ACTOR, RESOURCES["stock-counts"], [given]).ids
    books.do("inventory.start_count", sheet)
    lines = list(StockCountLine.objects.filter(count=sheet).order_by("position"))
    if serial:
        weights = {lines[0].pk: Decimal("29.6"), lines[1].pk: Decimal(0), lines[2].pk: Decimal(30)}
        books.do("inventory.record_count", sheet, quantities=weights)
    else:
        with pytest.raises(SayPieces):
            books.do("inventory.record_count", sheet, quantities={lines[0].pk: Decimal("59.6")})
        books.do("inventory.record_count", sheet, quantities={lines[0].pk: Decimal("59.6")}, second_quantities={lines[0].pk: Decimal(2)})
    books.do("inventory.finish_count", sheet)
    with unit_of_work("test", "test"):
        CountRules.objects.create(company=books.company, limit=Decimal(1000))
    books.do("inventory.post_count", sheet, on=ON)
    assert dairy.there() == (Decimal("59.6"), 2, 596)
    books.assert_checks_hold()


def test_iv10_a_count_corrects_pieces_alone_and_one_against_the_other(books, dairy):
    dairy.take_in("300", "10")
    dairy.correct("0", "-1")
    assert dairy.there() == (300, 9, 3000)
    dairy.correct("5", "-1")
    assert dairy.there() == (305, 8, 3050)
    with pytest.raises(BothOrNone, match="where one is zero the other is too"):
        dairy.correct("0", "-8")
    with pytest.raises(BothOrNone):
        dairy.correct("-305", "0")
    dairy.correct("-305", "-8")
    assert dairy.there() == (0, 0, 0)
    books.assert_checks_hold()


# ------------------------------------------------------------------ laws


def test_iv10_a_second_unit_is_declared_whole_and_stays_while_goods_are_there(books, dairy):
    with pytest.raises(SecondUnitUnclear, match="Fill in all three, or none"):
        edit(ACTOR, RESOURCES["products"], {dairy.bolt.pk: {"second_factor": None}})
    with pytest.raises(SecondUnitUnclear):
        edit(ACTOR, RESOURCES["products"], {dairy.bolt.pk: {"second_unit": "KGM"}})
    dairy.take_in("30", "1")
    none = {"second_unit": None, "second_factor": None, "second_tolerance": None}
    with pytest.raises(SecondUnitStays, match="keeps its units"):
        edit(ACTOR, RESOURCES["products"], {dairy.bolt.pk: none})
    edit(ACTOR, RESOURCES["products"], {dairy.bolt.pk: {"second_factor": "29", "second_tolerance": "5"}})
    dairy.send("30", "1")
    edit(ACTOR, RESOURCES["products"], {dairy.bolt.pk: none})
    dairy.receive("5", "1")
    dairy.issue("5")
    books.assert_checks_hold()


def test_iv10_goods_with_a_second_unit_never_fall_below_zero(books, dairy):
    with unit_of_work("test", "test"):
        type(books.company).objects.filter(pk=books.company.pk).update(allow_negative_stock=True)
    dairy.take_in("30", "1")
    with pytest.raises(NotEnoughPieces):
        dairy.send("60", "2")


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"quantity": 30, "second": None}, SaysBoth),
        ({"quantity": 30, "second": 0}, SaysBoth),
        ({"quantity": 30, "second": -1}, SaysBoth),
        ({"quantity": 50, "second": 1}, WeightOutOfTolerance),
        ({"quantity": 300, "second": 10}, None),
    ],
)
def test_iv10_no_move_gets_past_the_laws(books, dairy, values, refusal):
    dairy.take_in("300", "10")
    place = stock_locations([dairy.warehouse.pk])[dairy.warehouse.pk]
    row = {
        "company_id": books.company.pk, "product_id": dairy.bolt.pk, "quantity": Decimal(values["quantity"]), "value": Decimal(0), "on": ON,
        "from_location_id": place, "to_location_id": outside_of(books), "sign": -1, "booked_on": ON, "source_table": "x", "source_id": 1,
        "source_line": 1, "second_quantity": values["second"],
    }  # fmt: skip
    if refusal is None:
        return
    with pytest.raises(refusal), refusals_translated(), unit_of_work("test", "test"):
        StockMove.objects.create(**row)
    assert dairy.there() == (300, 10, 3000)


def outside_of(books):
    return outside({books.company.pk}, "customer")[books.company.pk]


def test_iv10_levels_are_written_by_triggers_only(books, dairy):
    dairy.take_in("300", "10")
    with pytest.raises(DatabaseError), unit_of_work("test", "test"):
        StockLevel.objects.filter(product=dairy.bolt).update(second_on_hand=9)


def test_iv10_more_lines_are_no_more_statements(books, dairy):
    def counted(lines):
        dairy.take_in(str(30 * lines), str(lines))
        rows = [{"product": dairy.bolt.pk, "quantity": "30", "second_quantity": "1"}] * lines
        pk = dairy.paper("deliveries", "", rows, customer=dairy.customer.pk)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            books.do("inventory.post_issue", pk)
        return len(caught)

    counted(1)
    assert counted(2) == counted(12)
    assert GoodsReceiptLine.objects.count() == 3


def test_iv10_the_house_uses_a_wheel_itself(books, dairy):
    dairy.take_in("61", "2")
    line = {"product": dairy.bolt.pk, "quantity": "30.5", "second_quantity": "1"}
    dairy.paper("own-use", "post_use", [line], purpose="Tasting")
    assert dairy.there() == (Decimal("30.5"), 1, 305)
    books.assert_checks_hold()
