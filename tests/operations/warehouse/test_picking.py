"""Waves and pick lists, short picks, and pickers in the same moment (WH-03, WH-06)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, Lot, StockLevel
from fondaco.operations.warehouse.models import BinCount, BinMove, BinStock, PickList, Shortage, Task, Wave, WaveDelivery
from fondaco.operations.warehouse.refusals import (
    FoundMore,
    GoodsForTask,
    InWaveAlready,
    NoFloor,
    NoStaging,
    NothingToPick,
    PickedLess,
    ToOwnPlace,
    WavePicked,
)
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.documents.refusals import WrongState
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR, open_books
from tests.clerks import at_once
from tests.operations.warehouse.test_putting_away import Yard


class Pickers(Yard):
    """A floor of two aisles, a dock out, and deliveries."""

    def aisles(self, **stock):
        self.bin("OUT", "dock_out", sequence=999)
        for n, (code, quantity) in enumerate(stock.items(), start=1):
            self.bin(code, aisle=code[0], x_m=str(3 * (ord(code[0]) - 65)), y_m=str(2 * int(code[1:])), sequence=n, zone=code[0])
            if quantity:
                self.put(code, quantity)
        return self

    def delivery(self, quantity, lots="", product=None):
        lines = [{"product": (product or self.bolt).pk, "quantity": quantity, "lots": lots}]
        return self.paper("deliveries", "", lines, customer=self.customer.pk)

    def wave(self, deliveries, **values):
        (wave,) = self.books.do("inventory.plan_wave", deliveries, **values).made["waves"]
        return wave

    def released(self, deliveries, **values):
        wave = self.wave(deliveries, **values)
        self.books.do("warehouse.release", wave)
        return wave

    def picks(self, wave):
        rows = Task.objects.filter(pick_list__wave=wave).order_by("pick_list__position", "position")
        return [
            f"{t.pick_list.position}.{t.position} {t.from_bin} {t.lot.number + ' ' if t.lot else ''}{t.quantity.normalize():f} {t.state}"
            for t in rows
        ]

    def keys(self, wave, **only):
        return list(Task.objects.filter(pick_list__wave=wave, state="open", **only).order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def pickers(books):
    return Pickers(books)


def test_wh03_deliveries_are_picked_in_a_wave_brought_to_the_dock_out_and_shipped_from_there(books, pickers):
    pickers.receive("20", "10")
    pickers.aisles(A1="6", A2="6", B1="6")
    first, second = pickers.delivery("4"), pickers.delivery("5")
    wave = pickers.released([first, second])
    assert pickers.picks(wave) == ["1.1 A1 4 open", "1.2 A1 2 open", "1.3 A2 3 open"]
    assert str(Wave.objects.get(pk=wave)).startswith("WV/")
    # Nobody carries away what is for a pick, and no paper takes it.
    with pytest.raises(GoodsForTask, match="BOLT in bin A1 is for a task"):
        pickers.put("", "1", from_bin="A1")
    pickers.issue("3")
    assert pickers.lies() == "A1 6; A2 3; B1 6; dock 2"
    books.do("warehouse.complete", pickers.keys(wave))
    assert pickers.lies() == "B1 6; OUT 9; dock 2"
    assert Wave.objects.get(pk=wave).state == "done"
    # What waits at the dock out is for its delivery.
    with pytest.raises(GoodsForTask):
        pickers.put("", "1", from_bin="OUT")
    books.do("inventory.post_issue", second)
    assert pickers.lies() == "B1 6; OUT 4; dock 2"
    assert [t.state for t in Task.objects.order_by("pk")] == ["done", "shipped", "shipped"]
    books.do("inventory.post_issue", first)
    assert pickers.lies() == "B1 6; dock 2"
    assert BinStock.objects.filter(allotted__gt=0).count() == 0
    books.assert_checks_hold()


@pytest.mark.parametrize(
    ("method", "lists"),
    [
        ("order", [["A1", "B1"], ["A1", "B1"], ["A1", "B1"]]),
        ("batch", [["A1", "A1", "B1", "B1"], ["A1", "B1"]]),
        ("cluster", [["A1", "A1", "B1", "B1"], ["A1", "B1"]]),
        ("zone", [["A1", "A1", "A1"], ["B1", "B1", "B1"]]),
    ],
)
def test_wh03_lists_by_order_together_into_totes_or_by_zone(books, pickers, method, lists):
    nut = pickers.product("NUT")
    pickers.receive("9", "1")
    pickers.take_in_of(nut, "9")
    pickers.aisles(A1="9", B1="")
    pickers.put("B1", "9", item="NUT")
    given = [{"product": p.pk, "quantity": "2"} for p in (pickers.bolt, nut)]
    deliveries = [pickers.paper("deliveries", "", given, customer=pickers.customer.pk) for _n in range(3)]
    wave = pickers.released(deliveries, method=method, most_deliveries=2)
    found = [sorted(t.from_bin.code for t in row.tasks.all()) for row in PickList.objects.filter(wave=wave).order_by("position")]
    assert found == lists
    slots = list(WaveDelivery.objects.filter(wave=wave).order_by("position").values_list("slot", flat=True))
    assert slots == ([1, 2, 1] if method == "cluster" else [None] * 3)
    keys = list(PickList.objects.filter(wave=wave).values_list("pk", flat=True))
    books.do("warehouse.take_list", keys)
    books.do("warehouse.pick_list", keys)
    books.do("inventory.post_issue", deliveries)
    assert pickers.lies() == "A1 3; B1 3; dock 0"
    books.assert_checks_hold()


def test_wh03_lots_are_picked_by_first_expiring_or_as_the_line_names_them_and_those_leave(books, pickers):
    pickers.tracked("lot")
    pickers.take_in("OLD=4@2099-01-31; NEW=9@2099-12-31; GONE=5@2026-03-01; BAD=5", "23")
    pickers.aisles(A1="", A2="", B1="")
    for code, quantity, lot in (("A1", "9", "NEW"), ("A2", "4", "OLD"), ("B1", "5", "GONE"), ("B1", "5", "BAD")):
        pickers.put(code, quantity, lot=lot)
    books.do("inventory.block", Lot.objects.get(number="BAD").pk, reason="Recall")
    free, named = pickers.delivery("5"), pickers.delivery("2", "NEW=2")
    wave = pickers.released([free, named])
    assert sorted(p.split(" ", 1)[1] for p in pickers.picks(wave)) == ["A1 NEW 1 open", "A1 NEW 2 open", "A2 OLD 4 open"]
    books.do("warehouse.complete", pickers.keys(wave))
    assert [ln.lots for ln in GoodsIssueLine.objects.order_by("pk")] == ["NEW=1; OLD=4", "NEW=2"]
    books.do("inventory.post_issue", [free, named])
    assert pickers.lies() == "A1 NEW 6; B1 BAD 5; B1 GONE 5; dock 0"
    books.assert_checks_hold()


def test_wh06_a_short_pick_is_looked_for_elsewhere_its_bin_is_counted_and_the_rest_is_told(books, pickers):
    pickers.receive("15", "10")
    pickers.aisles(A1="8", A2="3", B1="2")
    delivery = pickers.delivery("8")
    wave = pickers.released([delivery])
    (task,) = pickers.keys(wave)
    with pytest.raises(PickedLess, match="Report what is not there"):
        books.do("warehouse.complete", task, quantity="2")
    with pytest.raises(FoundMore):
        books.do("warehouse.report_short", task, found="8")
    with pytest.raises(ToOwnPlace):
        books.do("warehouse.complete", task, to_bin="B1")
    more = books.do("warehouse.report_short", task, found="2").made["tasks"]
    assert pickers.picks(wave) == ["1.1 A1 8 done", "1.2 A2 3 open", "1.3 B1 2 open"]
    (missing,) = Shortage.objects.all()
    assert (missing.quantity, str(missing.bin), missing.why) == (1, "A1", "The bin had too few, and no other bin has more.")
    (count,) = BinCount.objects.all()
    assert (str(count.bin), count.state, count.why) == (
        "A1",
        "open",
        f"{GoodsIssue.objects.get(pk=delivery)}: 8 were to be picked, 2 were found.",
    )
    # Until it is counted, nobody is sent there again.
    other = pickers.wave([pickers.delivery("3")])
    with pytest.raises(NothingToPick):
        books.do("warehouse.release", other)
    books.do("warehouse.complete", more)
    assert GoodsIssueLine.objects.get(issue=delivery).quantity == 7
    books.do("inventory.post_issue", delivery)
    books.do("warehouse.record_bin", count.pk, counted="1")
    assert pickers.lies() == "A1 1; dock 7"
    assert [m.why for m in BinMove.objects.filter(kind="count")] == ["A1: 1 counted."]
    books.assert_checks_hold()


def test_wh06_of_a_line_of_which_nothing_is_found_nothing_is_shipped(books, pickers):
    nut = pickers.product("NUT")
    pickers.receive("5", "1")
    pickers.take_in_of(nut, "5")
    pickers.aisles(A1="5", B1="")
    pickers.put("B1", "5", item="NUT")
    lines = [{"product": p.pk, "quantity": "2"} for p in (pickers.bolt, nut)]
    delivery = pickers.paper("deliveries", "", lines, customer=pickers.customer.pk)
    wave = pickers.released([delivery])
    books.do("warehouse.report_short", pickers.keys(wave, product=nut), found="0")
    books.do("warehouse.complete", pickers.keys(wave))
    assert [ln.product.sku for ln in GoodsIssueLine.objects.filter(issue=delivery)] == ["BOLT"]
    books.do("inventory.post_issue", delivery)
    assert pickers.lies() == "A1 3; B1 5; dock 0"
    books.assert_checks_hold()


def test_wh03_what_no_bin_has_is_told_when_the_wave_is_released(books, pickers):
    pickers.receive("10", "1")
    pickers.aisles(A1="4", B1="")
    delivery = pickers.delivery("7")
    wave = pickers.released([delivery])
    (missing,) = Shortage.objects.all()
    assert (missing.quantity, missing.bin, missing.why) == (3, None, "No bin has more of it that is free and fit to leave.")
    books.do("warehouse.complete", pickers.keys(wave))
    assert GoodsIssueLine.objects.get(issue=delivery).quantity == 4


def test_wh03_waves_are_called_off_before_anything_was_picked_and_tasks_given_up_after(books, pickers):
    pickers.receive("10", "1")
    pickers.aisles(A1="4", A2="6")
    delivery = pickers.delivery("7")
    with pytest.raises(InWaveAlready, match="is in"):
        pickers.wave([delivery])
        pickers.wave([delivery])
    books.do("warehouse.cancel_wave", Wave.objects.get().pk)
    wave = pickers.released([delivery])
    first, second = pickers.keys(wave)
    books.do("warehouse.complete", first)
    with pytest.raises(WavePicked):
        books.do("warehouse.cancel_wave", wave)
    books.do("warehouse.give_up", second)
    assert (Wave.objects.get(pk=wave).state, GoodsIssueLine.objects.get(issue=delivery).quantity) == ("done", 7)
    # Another wave picks the rest.
    again = pickers.released([delivery])
    assert pickers.picks(again) == ["1.1 A2 3 open"]
    books.do("warehouse.complete", pickers.keys(again))
    books.do("inventory.post_issue", delivery)
    assert pickers.lies() == "A2 3; dock 0"
    books.assert_checks_hold()


def test_wh03_a_delivery_changed_or_shipped_while_it_is_picked_leaves_nothing_behind(books, pickers):
    pickers.receive("10", "1")
    pickers.aisles(A1="10", B1="")
    delivery = pickers.delivery("4")
    wave = pickers.released([delivery])
    books.do("warehouse.complete", pickers.keys(wave))
    line = GoodsIssueLine.objects.get(issue=delivery)
    edit(ACTOR, RESOURCES["deliveries"], {delivery: {"lines": [{"id": line.pk, "product": pickers.bolt.pk, "quantity": "3"}]}})
    books.do("inventory.post_issue", delivery)
    assert pickers.lies() == "A1 6; OUT 1; dock 0"
    pickers.put("A1", "1", from_bin="OUT")
    unpicked = pickers.delivery("2")
    other = pickers.released([unpicked])
    with pytest.raises(GoodsForTask):
        pickers.issue("6")
    books.do("inventory.post_issue", unpicked)
    assert [t.state for t in Task.objects.filter(pick_list__wave=other)] == ["cancelled"]
    assert pickers.lies() == "A1 5; dock 0"
    books.assert_checks_hold()


def test_wh03_a_wave_needs_bins_a_dock_and_something_to_pick(books, pickers):
    pickers.receive("10", "1")
    delivery = pickers.delivery("4")
    with pytest.raises(NoFloor, match="Milano has no bins to pick from"):
        pickers.wave([delivery])
    pickers.bin("A1")
    wave = pickers.wave([delivery])
    with pytest.raises(NoStaging):
        books.do("warehouse.release", wave)
    pickers.bin("OUT", "dock_out")
    with pytest.raises(NothingToPick):
        books.do("warehouse.release", wave)
    books.do("warehouse.cancel_wave", wave)
    with pytest.raises(WrongState):
        books.do("warehouse.release", wave)


def test_wh03_the_database_gives_no_piece_to_two_tasks(books, pickers):
    pickers.receive("5", "1")
    pickers.aisles(A1="5", B1="")
    rows = [
        Task(
            company=books.company, warehouse=pickers.warehouse, location=pickers.warehouse.locations.get(kind="internal"), kind="replenish",
            product=pickers.bolt, quantity=Decimal(3), from_bin=pickers.warehouse.bins.get(code="A1"), to_bin=pickers.warehouse.bins.get(code="B1"),
        )
        for _n in range(2)
    ]  # fmt: skip
    with pytest.raises(GoodsForTask), refusals_translated(), unit_of_work("x", "y"):
        insert_rows(Task, rows)
    assert Task.objects.count() == 0


def test_wh03_one_delivery_and_forty_are_waved_picked_and_shipped_in_the_same_statements(books, pickers):
    pickers.receive("500", "1")
    pickers.aisles(**{f"A{n}": "10" for n in range(20)}, **{f"B{n}": "10" for n in range(20)})

    def counted(deliveries):
        steps = {}

        def step(verb, keys, **values):
            with CaptureQueriesContext(connection) as queries:
                outcome = books.do(verb, keys, **values)
            steps[verb] = len(queries)
            return outcome

        (wave,) = step("inventory.plan_wave", deliveries).made["waves"]
        lists = step("warehouse.release", wave).made["pick-lists"]
        step("warehouse.take_list", lists)
        keys = pickers.keys(wave)
        step("warehouse.report_short", keys[::2], found="0")
        step("warehouse.complete", pickers.keys(wave))
        step("inventory.post_issue", deliveries)
        other = [pickers.delivery("1") for _d in deliveries]
        (wave,) = books.do("inventory.plan_wave", other).made["waves"]
        lists = books.do("warehouse.release", wave).made["pick-lists"]
        step("warehouse.give_up", pickers.keys(wave))
        (wave,) = books.do("inventory.plan_wave", other).made["waves"]
        books.do("warehouse.release", wave)
        step("warehouse.cancel_wave", wave)
        (wave,) = books.do("inventory.plan_wave", other).made["waves"]
        step("warehouse.pick_list", books.do("warehouse.release", wave).made["pick-lists"])
        bins = list(
            BinStock.objects.filter(on_hand__gt=1, allotted=0)
            .exclude(bin__counts__state="open")
            .values_list("bin", flat=True)[: len(deliveries)]
        )
        counts = step("warehouse.count", bins).made["bin-counts"]
        step("warehouse.record_bin", counts, counted="1")
        return steps

    pickers.bin("Z", sequence=9999)
    pickers.put("Z", "100")
    one = counted([pickers.delivery("3")])
    many = counted([pickers.delivery("3") for _n in range(20)])
    assert one == many
    books.assert_checks_hold()


@pytest.fixture(scope="module")
def live_pickers(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Pickers(open_books())


def test_wh03_pickers_and_planners_in_the_same_moment_never_get_the_same_unit(live_pickers):
    pickers, books = live_pickers, live_pickers.books
    pickers.receive("24", "1")
    pickers.aisles(A1="12", A2="12")
    deliveries = [pickers.delivery("2") for _n in range(16)]
    waves = [pickers.wave([d]) for d in deliveries]
    answers = at_once(lambda wave: books.do("warehouse.release", wave), waves)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 4 and all(isinstance(r, NothingToPick) for r in refused), refused
    with unit_of_work("test", "test"):
        keys = list(Task.objects.order_by("pk").values_list("pk", flat=True))
        assert sum(Task.objects.values_list("quantity", flat=True)) == 24
    # Two hands on each task: one carries it.
    answers = at_once(lambda key: books.do("warehouse.complete", key), [key for key in keys for _hand in range(2)])
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == len(keys) and all(isinstance(r, WrongState) for r in refused), refused
    at_once(lambda key: books.do("inventory.post_issue", key), deliveries[:8])
    with unit_of_work("test", "test"):
        moved = sum(BinMove.objects.filter(kind="pick").values_list("quantity", flat=True))
        assert (moved, StockLevel.objects.get(product=pickers.bolt).on_hand) in {(24, 8), (24, 10), (24, 12), (24, 14), (24, 16)}
    books.assert_checks_hold()


def test_wh03_work_that_breaks_off_in_the_middle_leaves_nothing_half(live_pickers):
    pickers, books = live_pickers, live_pickers.books
    nut = pickers.product("NUT")
    pickers.take_in_of(nut, "5")
    pickers.bin("N1")
    pickers.put("N1", "5", item="NUT")
    wave = pickers.released([pickers.delivery("3", product=nut)])
    with unit_of_work("test", "test"):
        (key,) = pickers.keys(wave)
    with pytest.raises(ZeroDivisionError), unit_of_work("x", "y"):
        books.do("warehouse.complete", key)
        raise ZeroDivisionError
    with unit_of_work("test", "test"):
        assert (Task.objects.get(pk=key).state, BinStock.objects.get(product=nut).allotted) == ("open", 3)
    books.assert_checks_hold()
