"""AP-02: a bill that looks like one we have is told before it is saved, in every year; posting it needs a reason that stays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from fondaco.finance.ledger.models import JournalEntry
from fondaco.finance.payables.actions import draft
from fondaco.finance.payables.models import Bill, BillLine, BillRules
from fondaco.finance.payables.refusals import LooksLikeDuplicate, OtherDocumentWithoutReason, PostedTwice
from fondaco.finance.payables.resources import BillResource
from fondaco.finance.tax.models import TaxCode
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import Draft
from fondaco.platform.resources.writing import create, edit, preview
from tests.books import ACTOR, open_books

LINES = [{"account": "expense", "unit_price": "100"}]


def given(books, vendor: Party, number: str, on: str, price: str = "77", **values: object) -> dict:
    line = {"account": books.account("expense").pk, "description": "Coffee", "unit_price": price, "tax_code": "IT-P-S"}
    return {
        "company": books.company.pk,
        "vendor": vendor.pk,
        "vendor_number": number,
        "vendor_date": on,
        "on": on,
        "lines": [line],
        **values,
    }


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2025/0417", "2025-417", True),
        ("FT 12/2025", "ft.12-2025", True),
        ("A-007", "A7", True),
        ("12/25", "13/25", False),
        ("A10", "A1", False),
        ("--", "..", False),
    ],
)
def test_the_same_number_is_told_in_any_year_however_it_is_written(books, first, second, same):
    vendor = books.vendor()
    books.bill(vendor, LINES, "2025-02-01", vendor_number=first)
    if not same:
        create(ACTOR, BillResource, [given(books, vendor, second, "2026-03-01")])
        return
    before = Bill.objects.count()
    with pytest.raises(LooksLikeDuplicate) as caught:
        create(ACTOR, BillResource, [given(books, vendor, second, "2026-03-01")])
    assert f"no. {first} of 1 Feb 2025" in str(caught.value)
    assert "BILL/2025/00001" in caught.value.fields["duplicate_reason"]
    assert Bill.objects.count() == before


def test_the_same_total_near_in_time_is_told_and_far_away_not(books):
    vendor = books.vendor()
    books.bill(vendor, LINES, "2026-01-10", vendor_number="A1")
    with pytest.raises(LooksLikeDuplicate):
        create(ACTOR, BillResource, [given(books, vendor, "B1", "2026-02-09", "100")])
    create(ACTOR, BillResource, [given(books, vendor, "B1", "2026-02-10", "100")])
    create(ACTOR, BillResource, [given(books, books.vendor("Another"), "B1", "2026-01-10", "100")])
    with unit_of_work("test", "test"):
        BillRules.objects.create(company=books.company, duplicate_days=3)
    create(ACTOR, BillResource, [given(books, vendor, "C1", "2026-01-14", "100")])


def test_a_vendor_entered_twice_is_known_by_his_vat_number(books):
    books.bill(books.vendor("Torrefazione", vat_number="IT00743110157"), LINES, "2026-01-10", vendor_number="A1")
    again = books.vendor("Torrefazione Srl", vat_number="IT00743110157")
    with pytest.raises(LooksLikeDuplicate):
        create(ACTOR, BillResource, [given(books, again, "A1", "2026-05-10")])


def test_a_file_that_holds_a_bill_twice_names_the_row(books):
    vendor = books.vendor()
    rows = [given(books, vendor, n, "2026-01-10", p) for n, p in (("A1", "5"), ("A2", "6"), ("a-1", "7"))]
    with pytest.raises(LooksLikeDuplicate) as caught:
        create(ACTOR, BillResource, rows)
    assert [r["row"] for r in caught.value.rows] == [2]
    assert not Bill.objects.filter(vendor=vendor).exists()


def test_totals_are_shown_while_typing_with_the_doubt_beside_them(books):
    vendor = books.vendor()
    books.bill(vendor, LINES, "2026-01-10", vendor_number="A1")
    draft = preview(ACTOR, BillResource, given(books, vendor, "A1", "2026-05-10"))
    assert (str(draft.row.gross), len(draft.doubts)) == ("93.94", 1)


def test_posting_needs_the_reason_and_the_number_only_twice_where_it_is_another_document(books):
    vendor = books.vendor()
    first = books.bill(vendor, LINES, "2025-02-01", vendor_number="1")
    (key,) = create(ACTOR, BillResource, [given(books, vendor, "1", "2026-02-01", duplicate_reason="He counts from 1 each year")]).ids
    assert first.number in BillResource.wrong(key, ACTOR)[0].text
    with pytest.raises(PostedTwice):
        books.do("payables.post", key)
    edit(ACTOR, BillResource, {key: {"is_other_document": True}})
    books.do("payables.post", key)
    bill = Bill.objects.get(pk=key)
    assert (bill.state, bill.duplicate_reason) == ("posted", "He counts from 1 each year")
    books.assert_checks_hold()


def test_another_document_says_why(books):
    with pytest.raises(OtherDocumentWithoutReason):
        create(ACTOR, BillResource, [given(books, books.vendor(), "1", "2026-02-01", is_other_document=True)])


def test_a_bill_of_another_room_is_saved_but_not_posted_without_a_reason(books):
    vendor = books.vendor()
    books.bill(vendor, LINES, "2026-02-01", vendor_number="1")
    code = TaxCode.objects.get(company=books.company, code="IT-P-S")
    bill = Bill(company=books.company, vendor=vendor, vendor_number="01", vendor_date=date(2026, 5, 5), on=date(2026, 5, 5))
    line = BillLine(
        account=books.account("expense"), quantity=Decimal(1), unit_price=Decimal(5), discount_percent=Decimal(0), tax_code=code
    )
    with unit_of_work("test", "test"):
        (key,) = draft([Draft(bill, [line])], actor=ACTOR)
    with pytest.raises(LooksLikeDuplicate):
        books.do("payables.post", key)


def test_what_was_reversed_is_entered_again_without_a_word(books):
    vendor = books.vendor()
    bill = books.bill(vendor, LINES, "2026-02-01", vendor_number="1")
    books.do("payables.reverse", bill.pk, reason="Wrong account", on="2026-02-02")
    again = books.bill(vendor, LINES, "2026-02-01", vendor_number="1")
    assert again.state == "posted"
    books.assert_checks_hold()


def test_the_database_refuses_the_same_number_whoever_writes_it(books):
    vendor = books.vendor()
    first = books.bill(vendor, LINES, "2026-02-01", vendor_number="1/A")
    second = books.bill(vendor, [{"account": "expense", "unit_price": "7"}], "2026-02-01", vendor_number="2/A")
    third = books.bill(vendor, [{"account": "expense", "unit_price": "9"}], "2026-02-01", vendor_number="3/A", post=False)
    assert first.pk != second.pk
    with (
        unit_of_work("test", "test"),
        pytest.raises(DatabaseError, match="vendor_number_posted_once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "update payables_bill set vendor_number = '1-a', state = 'posted', number = 'X', entry_id = %s where id = %s",
            [entry(books), third.pk],
        )


def entry(books) -> int:
    bill = books.bill(books.vendor("Yet another"), LINES, "2026-02-01", vendor_number="9")
    books.do("payables.reverse", bill.pk, reason="x", on="2026-02-02")
    return JournalEntry.objects.exclude(pk__in=Bill.objects.exclude(entry=None).values("entry")).latest("pk").pk


def test_two_clerks_who_post_the_same_bill_at_once_get_one_yes_and_one_no(live_database):
    books = open_books()
    vendor = books.vendor()
    one = books.bill(vendor, LINES, "2026-02-01", vendor_number="77", post=False)
    two = books.bill(vendor, LINES, "2026-02-01", vendor_number="77", post=False, duplicate_reason="I think it is another")

    def post(key: int) -> str:
        try:
            books.do("payables.post", key)
        except (PostedTwice, LooksLikeDuplicate) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "posted"

    with ThreadPoolExecutor(2) as threads:
        results = sorted(threads.map(post, [one.pk, two.pk]))
    assert results[1] == "posted" and results[0] in {"PostedTwice", "LooksLikeDuplicate"}, results
