"""Goods come and go in steps, and straight across the dock to who waits for them (WH-07)."""

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import GoodsIssueLine, GoodsReceiptLine, StockLevel
from fondaco.operations.warehouse.models import BinMove, Inspection, Packed, Steps, Task
from fondaco.operations.warehouse.refusals import (
    InspectedAlready,
    InspectFirst,
    NoLineToReject,
    NoQuarantine,
    NotAllPicked,
    NotAtDock,
    NotReceivedHere,
    PackedAlready,
    PackFirst,
    PickFirst,
)
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.warehouse.test_picking import Pickers


class Docks(Pickers):
    def steps(self, **values):
        found = Steps.objects.filter(warehouse=self.warehouse).first()
        if found:
            return edit(ACTOR, RESOURCES["warehouse-steps"], {found.pk: values})
        return create(ACTOR, RESOURCES["warehouse-steps"], [{"company": self.books.company.pk, "warehouse": self.warehouse.pk, **values}])

    def told(self, **only):
        rows = Task.objects.filter(state="open", **only).order_by("pk")
        return [f"{t.kind} {t.quantity.normalize():f} {t.from_bin or 'dock'} > {t.to_bin}: {t.why}" for t in rows]

    def open(self, **only):
        return list(Task.objects.filter(state="open", **only).order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def docks(books):
    return Docks(books).aisles(A1="", A2="")


def test_wh07_received_and_put_away_in_two_steps(books, docks):
    docks.steps(receipt_steps=2)
    docks.receive("5", "1")
    assert docks.told() == ["put_away 5 dock > A1: nearest empty bin with room, 2.0 m from the dock."]
    books.do("warehouse.complete", docks.open())
    assert docks.lies() == "A1 5; dock 0"
    books.assert_checks_hold()


def test_wh07_received_inspected_put_away_and_what_is_bad_goes_to_quarantine(books, docks):
    docks.receive("2", "1")
    docks.put("A2", "1")
    docks.steps(receipt_steps=3)
    receipt = docks.receive("5", "1")
    line = GoodsReceiptLine.objects.get(receipt=receipt)
    # What came before is not held up; what is to be inspected is neither put away nor carried off.
    assert docks.told() == ["put_away 1 dock > A2: The same product lies there."]
    books.do("warehouse.complete", docks.open())
    with pytest.raises(NotAtDock, match="but 0 lie in no bin"):
        docks.put("A2", "1")
    place = docks.warehouse.locations.get(kind="internal")
    past = BinMove(
        company=books.company, location=place, product=docks.bolt, quantity=1, to_bin=docks.warehouse.bins.get(code="A2"), kind="put_away"
    )
    with pytest.raises(InspectFirst, match="BOLT at the dock waits"), refusals_translated(), unit_of_work("x", "y"):
        insert_rows(BinMove, [past])
    assert list(docks.propose()) == []
    with pytest.raises(NoQuarantine):
        books.do("inventory.inspect", receipt, rejected={line.pk: "2"})
    create(
        ACTOR,
        RESOURCES["locations"],
        [{"company": books.company.pk, "warehouse": docks.warehouse.pk, "code": "Q", "name": "Hold", "kind": "quarantine"}],
    )
    with pytest.raises(NoLineToReject, match="less came on it than 6"):
        books.do("inventory.inspect", receipt, rejected={line.pk: "6"})
    books.do("inventory.inspect", receipt, rejected={line.pk: "2"}, note="Two bent")
    assert docks.told() == ["put_away 3 dock > A2: The same product lies there."]
    assert StockLevel.objects.get(location__name="Hold").on_hand == 2
    with pytest.raises(InspectedAlready):
        books.do("inventory.inspect", receipt)
    books.do("warehouse.complete", docks.open())
    assert docks.lies() == "A2 5; dock 0"
    with pytest.raises(DatabaseError), unit_of_work("x", "y"):
        Inspection.objects.update(note="x")
    books.assert_checks_hold()


def test_wh07_a_receipt_elsewhere_is_not_inspected(books, docks):
    (other,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    receipt = docks.receive("5", "1", warehouse=other)
    with pytest.raises(NotReceivedHere):
        books.do("inventory.inspect", receipt)


def test_wh07_picked_packed_shipped(books, docks):
    docks.receive("10", "1")
    docks.put("A1", "10")
    docks.steps(delivery_steps=2)
    with pytest.raises(PickFirst, match="Milano picks before it ships"):
        docks.issue("1")
    delivery = docks.delivery("4")
    wave = docks.released([delivery])
    with pytest.raises(PickFirst):
        books.do("inventory.post_issue", delivery)
    docks.steps(delivery_steps=3)
    with pytest.raises(NotAllPicked, match="4 of BOLT Bolt are still to be picked"):
        books.do("inventory.pack", delivery)
    books.do("warehouse.complete", docks.keys(wave))
    with pytest.raises(PackFirst, match="picks and packs before it ships"):
        books.do("inventory.post_issue", delivery)
    books.do("inventory.pack", delivery)
    with pytest.raises(PackedAlready):
        books.do("inventory.pack", delivery)
    books.do("inventory.post_issue", delivery)
    assert docks.lies() == "A1 6; dock 0"
    unpicked = docks.delivery("1")
    with pytest.raises(NotAllPicked):
        books.do("inventory.pack", unpicked)
    # A count still corrects what is there.
    docks.adjust("-1")
    assert docks.lies() == "A1 5; dock 0"
    with pytest.raises(DatabaseError), unit_of_work("x", "y"):
        Packed.objects.all().delete()
    books.assert_checks_hold()


def test_wh07_what_a_delivery_waits_for_goes_straight_across_the_dock_with_the_reason(books, docks):
    docks.steps(receipt_steps=2, delivery_steps=2, cross_dock=True)
    docks.receive("3", "1")
    books.do("warehouse.complete", docks.open())
    late, soon = docks.delivery("4"), docks.delivery("2")
    edit(ACTOR, RESOURCES["deliveries"], {late: {"on": "2026-03-12"}})
    docks.receive("4", "1")
    # Three are in a bin: the older delivery takes two of them, the later one still lacks three.
    assert docks.told() == [
        f"cross_dock 3 dock > OUT: delivery draft {late} for Bar Duomo waits for it.",
        "put_away 1 dock > A1: The same product lies there.",
    ]
    books.do("warehouse.complete", docks.open(kind="cross_dock"))
    assert (docks.lies(), GoodsIssueLine.objects.get(issue=late).quantity) == ("A1 3; OUT 3; dock 1", 4)
    wave = docks.released([late, soon])
    books.do("warehouse.complete", docks.keys(wave))
    books.do("inventory.post_issue", [late, soon])
    assert docks.lies() == "dock 1"
    assert docks.propose("propose_cross_dock").count() == 0
    books.assert_checks_hold()


def test_wh07_lots_cross_the_dock_too_and_are_named_on_the_delivery(books, docks):
    docks.tracked("lot").steps(cross_dock=True)
    delivery = docks.delivery("4")
    docks.take_in("L1=3; L2=2", "5")
    assert [t.split(":")[0] for t in docks.told()] == ["cross_dock 3 dock > OUT", "cross_dock 1 dock > OUT"]
    books.do("warehouse.complete", docks.open())
    assert GoodsIssueLine.objects.get(issue=delivery).lots == "L1=3; L2=1"
    books.do("inventory.post_issue", delivery)
    assert docks.lies() == "dock 1"
    books.assert_checks_hold()


def test_wh07_one_and_ten_in_the_same_statements(books, docks):
    docks.steps(receipt_steps=3, delivery_steps=3, cross_dock=True)
    for n in range(9):
        docks.bin(f"Z{n}")
    create(
        ACTOR,
        RESOURCES["locations"],
        [{"company": books.company.pk, "warehouse": docks.warehouse.pk, "code": "Q", "name": "Hold", "kind": "quarantine"}],
    )

    def counted(count):
        steps = {}

        def step(verb, keys, **values):
            with CaptureQueriesContext(connection) as queries:
                books.do(verb, keys, **values)
            steps[verb] = len(queries)

        nut = docks.product(f"NUT{Product.objects.count()}")
        deliveries = [docks.delivery("2", product=nut) for _n in range(count)]
        receipts = [docks.take_in_of(nut, "5") for _n in range(count)]
        lines = GoodsReceiptLine.objects.filter(receipt__in=receipts).values_list("pk", flat=True)
        step("inventory.inspect", receipts, rejected=dict.fromkeys(lines, "1"))
        step("warehouse.propose_cross_dock", docks.floor())
        books.do("warehouse.complete", docks.open())
        step("inventory.pack", deliveries)
        step("inventory.post_issue", deliveries)
        return steps

    counted(1)
    assert counted(1) == counted(10)
    books.assert_checks_hold()
