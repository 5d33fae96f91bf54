"""Counting does not stop the warehouse: blind, by class, with a limit, and approved by who has not counted (IV-08)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.inventory.models import Lot, StockAdjustment, StockCount, StockCountLine
from fondaco.operations.inventory.refusals import (
    CountedAmiss,
    CountNeedsApproval,
    CountUnfinished,
    LotOfOtherProduct,
    MovedMeanwhile,
    NothingToCount,
    NotOnSheet,
    OwnCount,
    PostedStock,
)
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import lines_of
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.operations.inventory.test_lots import Cellar

TODAY = "2026-03-20"
CHIEF = Actor.program("chief")


class Hall(Cellar):
    """A store that is counted."""

    def sheet(self, start=True, **values):
        given = {"company": self.books.company.pk, "warehouse": self.warehouse.pk, "on": TODAY, **values}
        (key,) = create(ACTOR, RESOURCES["stock-counts"], [given]).ids
        if start:
            self.books.do("inventory.start_count", key)
        return StockCount.objects.get(pk=key)

    def write_down(self, count, *quantities, at=None):
        keys = StockCountLine.objects.filter(count=count).order_by("position").values_list("pk", flat=True)
        given = {key: Decimal(q) for key, q in zip(keys, quantities, strict=False) if q is not None}
        self.books.do("inventory.record_count", count.pk, quantities=given, **({"at": at} if at else {}))

    def scan(self, count, code, quantity=None):
        self.books.do("inventory.scan_count", count.pk, code=code, **({"quantity": Decimal(quantity)} if quantity else {}))

    def lines(self, count):
        rows = StockCountLine.objects.filter(count=count).order_by("position")
        return [tuple(f"{v.normalize():f}" if v is not None else None for v in (r.expected, r.counted, r.book)) for r in rows]

    def end(self, count, verb="post_count", actor=ACTOR, **given):
        self.books.do("inventory.finish_count", count.pk)
        return perform(actor, ACTIONS[f"inventory.{verb}"], [count.pk], {"on": TODAY}, reason="Counted twice", **given)

    def limit(self, value):
        create(ACTOR, RESOURCES["count-rules"], [{"company": self.books.company.pk, "limit": value}])


@pytest.fixture
def hall(books):
    return Hall(books)


def test_iv08_work_goes_on_while_it_is_counted(books, hall):
    hall.receive("10", "10")
    count = hall.sheet()
    hall.issue("3")
    before = timezone.now()
    hall.issue("1")
    # The shelf was read before the last piece left, and is written down after it: seven were in the books then, six are counted.
    hall.write_down(count, "6", at=before)
    assert hall.lines(count) == [("10", "6", "7")]
    hall.issue("2")
    hall.limit("10")
    hall.end(count)
    books.assert_journal("""
        2026-03-20 stock adjustment AD/2026/00001
          inventory                         -10.00
          inventory_adjustment               10.00
    """)
    assert hall.owned() == (3, 30)
    adjustment = StockAdjustment.objects.get()
    assert (adjustment.memo, StockCount.objects.get().adjustment) == ("SC/2026/00001: Counted twice", adjustment)
    books.assert_checks_hold()


def test_iv08_a_moment_before_the_sheet_is_not_believed(books, hall):
    hall.receive("10", "10")
    long_ago = timezone.now()
    hall.issue("3")
    count = hall.sheet()
    hall.write_down(count, "7", at=long_ago)
    hall.write_down(count, "7", at=timezone.now() + timedelta(days=1))
    assert hall.lines(count) == [("7", "7", "7")]
    hall.end(count)
    assert StockAdjustment.objects.count() == 0
    books.assert_checks_hold()


def test_iv08_above_the_limit_somebody_else_approves(books, hall):
    hall.receive("10", "10")
    count = hall.sheet()
    with pytest.raises(CountUnfinished, match="1 lines are not counted yet, BOLT Bolt among them"):
        hall.end(count)
    hall.write_down(count, "8")
    with pytest.raises(CountNeedsApproval, match=r"the differences are worth 20.00, and without a second person 0 are allowed"):
        hall.end(count)
    with pytest.raises(OwnCount):
        books.do("inventory.approve_count", count.pk, on=TODAY, reason="Mine")
    with pytest.raises(OwnCount), unit_of_work("x", "y"), refusals_translated():
        StockCount.objects.filter(pk=count.pk).update(approved_by=ACTOR.username)
    books.do("inventory.recount", count.pk)
    hall.write_down(count, "9")
    hall.end(count, "approve_count", actor=CHIEF)
    assert (hall.owned(), StockCount.objects.get().approved_by) == ((9, 90), CHIEF.username)
    for change in (
        lambda: StockCountLine.objects.update(counted=1),
        lambda: StockCount.objects.update(memo="x"),
        StockCountLine.objects.all().delete,
    ):
        with pytest.raises(PostedStock), unit_of_work("x", "y"), refusals_translated():
            change()
    books.assert_checks_hold()


def test_iv08_lots_are_scanned_and_what_is_found_is_put_on_the_sheet(books, hall):
    hall.tracked("lot")
    hall.limit("1000")
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=hall.bolt.pk).update(barcode="4012345678901")
        nut = Product.objects.create(sku="NUT", name="Nut", unit=Unit.objects.get(code="C62"))
    hall.take_in("A=5 B=2", "7")
    count = hall.sheet()
    hall.scan(count, "A")
    hall.scan(count, "A", "3")
    hall.scan(count, "(01)04012345678901(10)B(37)2")
    hall.scan(count, "BOLT NEW")
    hall.scan(count, "NUT", "4")
    assert hall.lines(count) == [("5", "4", "5"), ("2", "2", "2"), ("0", "1", "0"), ("0", "4", "0")]
    for wrong in ("GHOST", "BOLT", "NUT X", "(01)04012345678918(10)A", ""):
        with pytest.raises((NotOnSheet, LotOfOtherProduct)):
            hall.scan(count, wrong)
    hall.ship("1", "A")
    with pytest.raises(MovedMeanwhile, match="BOLT Bolt was moved while it was being counted"):
        hall.scan(count, "A")
    hall.write_down(count, "3")
    hall.end(count)
    assert hall.there() == {"A": "3", "B": "2", "NEW": "1"}
    assert Lot.objects.filter(number="NEW").count() == 1
    assert nut.pk in StockCountLine.objects.values_list("product_id", flat=True)
    books.assert_checks_hold()


def test_iv08_a_serial_number_is_there_or_not(books, hall):
    hall.tracked("serial", "specific")
    hall.limit("1000")
    hall.take_in("S1..S3", "3", "20")
    count = hall.sheet()
    hall.scan(count, "S1")
    with pytest.raises(CountedAmiss, match="of a serial number there is one or none"):
        hall.scan(count, "S1")
    hall.write_down(count, None, "0", "1")
    hall.end(count)
    assert (hall.there(), hall.owned()) == ({"S1": "1", "S3": "1"}, (2, 40))
    books.assert_checks_hold()


def test_iv08_by_class_of_value_and_in_a_place(books, hall):
    hall.receive("100", "10")  # 1,000 of 1,250: A
    with unit_of_work("test", "test"):
        unit = Unit.objects.get(code="C62")
        more = [Product(sku=sku, name=sku, unit=unit) for sku in ("CUP", "RING")]
        insert_rows(Product, more)
    for product, cost in zip(more, ("200", "50"), strict=True):
        lines = [{"product": product.pk, "quantity": "1", "unit_cost": cost}]
        hall.paper("goods-receipts", "post_receipt", lines)
    listed = {k: list(StockCountLine.objects.filter(count=hall.sheet(abc_class=k)).values_list("product__sku", flat=True)) for k in "ABC"}
    assert listed == {"A": ["BOLT"], "B": ["CUP"], "C": ["RING"]}
    given = {"company": books.company.pk, "warehouse": hall.warehouse.pk, "code": "HOLD", "name": "Hold", "kind": "quarantine"}
    (hold,) = create(ACTOR, RESOURCES["locations"], [given]).ids
    with pytest.raises(NothingToCount):
        hall.sheet(place=hold)


def test_iv08_who_counts_does_not_see_what_is_expected(books, hall):
    hall.receive("10", "10")
    count = hall.sheet()
    worker = Actor("walter", patterns=(("inventory.view_stock", None, Scope.COMPANY), ("inventory.record_count", None, Scope.COMPANY)))
    declared = RESOURCES["stock-counts"].lines[0]
    told = [{c for c in lines_of(declared, actor, [count.pk])[count.pk][0] if c in ("expected", "counted")} for actor in (worker, ACTOR)]
    assert told == [{"counted"}, {"counted", "expected"}]


def test_statements_do_not_grow_with_lines(books, hall):
    hall.tracked("serial")
    hall.limit("100000")
    hall.take_in("S0001*120", "120")

    def counted(work):
        with CaptureQueriesContext(connection) as statements:
            made = work()
        return len(statements), made

    few = hall.sheet()
    keys = list(StockCountLine.objects.filter(count=few).order_by("position").values_list("pk", flat=True))
    one = counted(lambda: books.do("inventory.record_count", few.pk, quantities={keys[0]: Decimal(0)}))[0]
    assert counted(lambda: books.do("inventory.record_count", few.pk, quantities=dict.fromkeys(keys, Decimal(0))))[0] == one
    second = hall.sheet()
    keys = list(StockCountLine.objects.filter(count=second).order_by("position").values_list("pk", flat=True))
    books.do("inventory.record_count", second.pk, quantities={key: Decimal(n > 0) for n, key in enumerate(keys)})
    for verb in ("finish_count", "recount", "finish_count"):
        each = [counted(lambda s=s, v=verb: books.do(f"inventory.{v}", s.pk))[0] for s in (second, few)]
        assert each[0] == each[1]
    # One piece is gone; then, on the other sheet, all that are left.
    one = counted(lambda: books.do("inventory.post_count", second.pk, on=TODAY))[0]
    books.do("inventory.recount", few.pk)
    keys = list(StockCountLine.objects.filter(count=few).order_by("position").values_list("pk", flat=True))
    books.do("inventory.record_count", few.pk, quantities=dict.fromkeys(keys, Decimal(0)))
    books.do("inventory.finish_count", few.pk)
    many = counted(lambda: perform(CHIEF, ACTIONS["inventory.approve_count"], [few.pk], {"on": TODAY}, reason="Flood"))[0]
    assert many <= one + 1
    assert hall.owned() == (0, 0)
    books.assert_checks_hold()
