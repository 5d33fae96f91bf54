"""AP-01: bills are matched to orders and receipts, many to many; what is outside the vendor's tolerance is blocked for payment, with the reason."""

from collections.abc import Collection, Iterator
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from fondaco.finance.payables import matching
from fondaco.finance.payables.matching import Ordered, Provider
from fondaco.finance.payables.models import Bill, BillMatch, BillRules, PaymentBlock, VendorTerms
from fondaco.finance.payables.queries import blocked_entries
from fondaco.finance.payables.refusals import NotBlocked, NotOfVendor, OwnBill
from fondaco.finance.payables.resources import BillResource
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.models import GoodsReceiptLine
from fondaco.operations.inventory.resources import GoodsReceiptResource, WarehouseResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create, delete, edit
from tests.books import ACTOR, Books

TABLE = GoodsReceiptLine._meta.db_table
#: Ordered is twice what a receipt brought, for there are no purchase orders yet: half of every order is still to come.
TWICE = Decimal(2)


def _rows(**wanted: object) -> list[Ordered]:
    lines = (
        GoodsReceiptLine.objects.filter(receipt__state="posted", **wanted).select_related("receipt__company").order_by("receipt__on", "id")
    )
    return [
        Ordered(
            ln.pk, ln.receipt.number or "", ln.receipt.company_id, ln.receipt.vendor_id or 0, ln.product_id, ln.quantity * TWICE, ln.quantity,
            ln.unit_cost, ln.receipt.company.currency_id,
        )
        for ln in lines
    ]  # fmt: skip


def _of_keys(keys: Collection[int]) -> list[Ordered]:
    return _rows(pk__in=list(keys))


def _open(company: int, vendors: Collection[int]) -> list[Ordered]:
    return _rows(receipt__company=company, receipt__vendor__in=list(vendors))


@pytest.fixture(autouse=True)
def receipts_are_billable() -> Iterator[None]:
    matching.register(Provider(TABLE, _of_keys, _open))
    yield
    del matching.PROVIDERS[TABLE]


class Yard:
    """A warehouse to which a vendor's beans come."""

    def __init__(self, books: Books) -> None:
        self.books, self.vendor = books, books.vendor()
        (self.place,) = create(ACTOR, WarehouseResource, [{"company": books.company.pk, "code": "YARD", "name": "Yard"}]).ids
        with unit_of_work("test", "test"):
            self.beans = Product.objects.create(sku="BEAN", name="Beans", unit=Unit.objects.get(code="C62"), currency_id="EUR")

    def receive(self, quantity: str, cost: str, on: str = "2026-03-01", vendor: Party | None = None) -> int:
        values = {
            "company": self.books.company.pk, "vendor": (vendor or self.vendor).pk, "on": on, "warehouse": self.place,
            "lines": [{"product": self.beans.pk, "quantity": quantity, "unit_cost": cost}],
        }  # fmt: skip
        (key,) = create(ACTOR, GoodsReceiptResource, [values]).ids
        self.books.do("inventory.post_receipt", key)
        return GoodsReceiptLine.objects.get(receipt=key).pk

    def bill(self, *lines: tuple[str, str], **values: object) -> Bill:
        given = [{"product": self.beans.pk, "quantity": q, "unit_price": p} for q, p in lines]
        bill = self.books.bill(self.vendor, given, "2026-03-10", post=False, duplicate_reason="Weekly", **values)
        self.books.do("payables.match", bill.pk)
        return bill

    def post(self, bill: Bill) -> list[tuple[str, str]]:
        self.books.do("payables.post", bill.pk)
        bill.refresh_from_db()
        return list(PaymentBlock.objects.filter(bill=bill, ended_at=None).order_by("id").values_list("kind", "reason"))


@pytest.fixture
def yard(books: Books) -> Yard:
    return Yard(books)


def test_one_bill_of_several_receipts_and_one_receipt_on_several_bills(yard):
    first, second = yard.receive("10", "2.50"), yard.receive("5", "2.50", "2026-03-02")
    bill = yard.bill(("22", "2.50"))
    assert list(BillMatch.objects.filter(line__bill=bill).values_list("order_line", "quantity")) == [
        (first, Decimal(20)),
        (second, Decimal(2)),
    ]
    assert [kind for kind, _reason in yard.post(bill)] == ["quantity"]
    rest = yard.bill(("3", "2.50"))
    assert list(BillMatch.objects.filter(line__bill=rest).values_list("order_line", "quantity")) == [(second, Decimal(3))]
    assert yard.post(rest) == []
    assert yard.books.balance("goods_received_not_invoiced") == Decimal("25.00")
    yard.books.assert_checks_hold()


def test_a_price_above_the_order_blocks_and_below_does_not(yard):
    yard.receive("10", "2.50")
    assert yard.post(yard.bill(("5", "2.40"))) == []
    dear = yard.bill(("5", "2.60"))
    ((kind, reason),) = yard.post(dear)
    assert (kind, reason) == ("price", "Line 1: the price is 2.6, GR/2026/00001 says 2.5.")
    assert blocked_entries([dear.entry_id]) == {dear.entry_id: reason}
    assert reason in str(BillResource.wrong(dear.pk, ACTOR)[0].text)


def test_the_discount_counts_and_the_tolerance_is_the_vendors_own_before_the_companys(yard):
    yard.receive("10", "2.50")
    with unit_of_work("test", "test"):
        BillRules.objects.create(company=yard.books.company, price_tolerance_percent=1, quantity_tolerance_percent=10)
    assert [k for k, _r in yard.post(yard.bill(("5", "2.60")))] == ["price"]
    with unit_of_work("test", "test"):
        VendorTerms.objects.create(company=yard.books.company, vendor=yard.vendor, price_tolerance_percent=4)
    assert yard.post(yard.bill(("5", "2.60"))) == []
    assert yard.post(yard.bill(("1", "2.55"))) == []
    assert [k for k, _r in yard.post(yard.bill(("0.01", "2.55")))] == ["quantity"]


def test_goods_that_come_later_end_the_block_by_themselves(yard):
    key = yard.receive("10", "2.50")
    bill = yard.bill(("12", "2.50"))
    ((_kind, reason),) = yard.post(bill)
    assert reason == "Line 1: 12 are billed of GR/2026/00001, but 10 came of 20 ordered."
    yard.books.do("payables.review", bill.pk)
    assert PaymentBlock.objects.filter(bill=bill, ended_at=None).exists()
    more = Provider(TABLE, lambda keys: [o.__class__(**{**_as_dict(o), "received": Decimal(12)}) for o in _of_keys(keys)], _open)
    matching.PROVIDERS[TABLE] = more
    yard.books.do("payables.review", bill.pk)
    block = PaymentBlock.objects.get(bill=bill)
    assert (block.ended_at is not None, block.release_reason, key > 0) == (True, "", True)


def _as_dict(o: Ordered) -> dict[str, object]:
    return {name: getattr(o, name) for name in Ordered.__dataclass_fields__}


def test_somebody_else_releases_with_a_reason_that_stays(yard):
    yard.receive("10", "2.50")
    bill = yard.bill(("5", "3"))
    yard.post(bill)
    with pytest.raises(OwnBill):
        yard.books.do("payables.release", bill.pk, reason="Prices rose")
    boss = Actor(username="boss", user_id=None, everything=True)
    perform(boss, ACTIONS["payables.release"], [bill.pk], reason="Prices rose")
    block = PaymentBlock.objects.get(bill=bill)
    assert (block.release_reason, blocked_entries([bill.entry_id])) == ("Prices rose", {})
    with pytest.raises(NotBlocked):
        perform(boss, ACTIONS["payables.release"], [bill.pk], reason="Again")
    for statement in (
        "update payables_paymentblock set reason = 'x'",
        "update payables_paymentblock set ended_at = null",
        "delete from payables_paymentblock",
    ):
        with (
            unit_of_work("test", "test"),
            pytest.raises(DatabaseError, match="ends once"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{statement} where id = %s", [block.pk])


def test_what_must_be_ordered_and_was_not_is_blocked(yard):
    with unit_of_work("test", "test"):
        VendorTerms.objects.create(company=yard.books.company, vendor=yard.vendor, needs_order=True)
    assert yard.post(yard.bill(("5", "3"))) == [("not_ordered", "Line 1 was not ordered.")]


def test_a_line_is_matched_by_hand_to_lines_of_its_own_vendor_only(yard):
    first, second = yard.receive("10", "2.50"), yard.receive("10", "2.50")
    foreign = yard.receive("10", "2.50", vendor=yard.books.vendor("Another"))
    bill = yard.bill(("6", "2.50"))
    yard.books.do("payables.match_line", bill.pk, line=1, order_table=TABLE, quantities={first: "2", second: "4"})
    assert list(BillMatch.objects.filter(line__bill=bill).order_by("order_line").values_list("order_line", "quantity")) == [
        (first, Decimal(2)),
        (second, Decimal(4)),
    ]
    with pytest.raises(NotOfVendor):
        yard.books.do("payables.match_line", bill.pk, line=1, order_table=TABLE, quantities={foreign: "1"})
    assert BillMatch.objects.filter(line__bill=bill).count() == 2


def test_a_credit_note_gives_the_quantity_free_again_only_where_it_is_matched(yard):
    key = yard.receive("10", "2.50")
    bill = yard.bill(("10", "2.50"))
    assert yard.post(bill) == []
    (note,) = yard.books.do("payables.credit", bill.pk, vendor_number="NC 1", on="2026-03-12").made["bills"]
    yard.books.do("payables.match_line", note, line=1, order_table=TABLE, quantities={key: "10"})
    yard.books.do("payables.post", note)
    assert matching.billed([(TABLE, key)]) == {(TABLE, key): Decimal(0)}
    assert yard.post(yard.bill(("10", "2.50"))) == []


def test_a_matched_draft_is_edited_and_deleted_and_a_posted_match_never_changes(yard):
    yard.receive("10", "2.50")
    bill = yard.bill(("5", "2.50"))
    edit(
        ACTOR, BillResource, {bill.pk: {"lines": [{"product": yard.beans.pk, "quantity": "4", "unit_price": "2.50", "tax_code": "IT-P-S"}]}}
    )
    assert not BillMatch.objects.filter(line__bill=bill).exists()
    yard.books.do("payables.match", bill.pk)
    other = yard.bill(("5", "2.50"))
    yard.post(other)
    delete(ACTOR, BillResource, [bill.pk])
    with unit_of_work("test", "test"), pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        BillMatch.objects.filter(line__bill=other).update(quantity=1)
    with unit_of_work("test", "test"), pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        BillMatch.objects.filter(line__bill=other).delete()
