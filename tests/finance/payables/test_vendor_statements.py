"""AP-10: what we owe a vendor as of a past day, on paper, and beside his own list: what agrees, what differs, what is missing on which side."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.finance.payables.comparing import Theirs, Unreadable, amount_of, compared_number, day_of, read
from fondaco.finance.payables.models import Bill, VendorStatement
from fondaco.finance.payables.printing import vendor_statement_pdf
from fondaco.finance.payables.refusals import ListUnreadable
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.owed import disburse


def bill(books, vendor, net, number, on="2026-01-10", *, post=True, **values):
    lines = [{"quantity": "1", "unit_price": net, "account": "expense"}]
    return books.bill(vendor, lines, on, post=post, vendor_number=number, duplicate_reason="Several", **values)


def statement(books, vendor, theirs="", on="2026-01-31"):
    (key,) = create(
        ACTOR, RESOURCES["vendor-statements"], [{"company": books.company.pk, "vendor": vendor.pk, "on": on, "theirs": theirs}]
    ).ids
    books.do("payables.compare_statement", key)
    return VendorStatement.objects.get(pk=key)


def test_both_lists_are_laid_side_by_side_as_they_stood_on_the_day(books):
    vendor = books.vendor()
    bill(books, vendor, "100.00", "F/001")
    bill(books, vendor, "200.00", "F/002")
    paid = bill(books, vendor, "50.00", "F/003")
    bill(books, vendor, "10.00", "F/004", post=False)
    bill(books, vendor, "30.00", "F/005")
    bill(books, vendor, "70.00", "F/006", on="2026-02-10")  # after the day
    late = bill(books, vendor, "20.00", "F/008")
    disburse(books, vendor, "61.00", "2026-01-20", {books.item(paid).pk: "61.00"})
    disburse(books, vendor, "24.40", "2026-02-05", {books.item(late).pk: "24.40"})  # open on the day
    made = statement(
        books,
        vendor,
        "Numero;Data;Importo\nF-1;10/01/2026;122,00\nF 2;10/01/2026;1.244,00\nF3;;61.00\nF4;;12,20\nF/007;15/01/2026;99,00\nF/8;;24,40",
    )
    assert {(ln.verdict, ln.number, ln.their_amount, ln.our_amount) for ln in made.lines.all()} == {
        ("agrees", "F-1", Decimal("122"), Decimal("122")),
        ("amount", "F 2", Decimal("1244"), Decimal("244")),
        ("settled", "F3", Decimal("61"), None),
        ("draft", "F4", Decimal("12.20"), None),
        ("not_here", "F/007", Decimal("99"), None),
        ("agrees", "F/8", Decimal("24.40"), Decimal("24.40")),
        ("not_theirs", "F/005", None, Decimal("36.60")),
    }
    assert (made.number, made.our_total, made.their_total, made.difference) == (
        "VST/2026/00001",
        Decimal("427.00"),
        Decimal("1562.60"),
        Decimal("1135.60"),
    )
    assert vendor_statement_pdf(made).startswith(b"%PDF")
    books.assert_checks_hold()


def test_without_a_list_it_is_our_statement(books):
    vendor = books.vendor()
    bill(books, vendor, "100.00", "F/001")
    made = statement(books, vendor)
    assert [(ln.verdict, ln.our_amount) for ln in made.lines.all()] == [("open", 122)]
    assert vendor_statement_pdf(made).startswith(b"%PDF")


def test_a_row_that_cannot_be_read_is_named_and_nothing_changes(books):
    vendor = books.vendor()
    made = statement(books, vendor, "F/1;100,00")
    with pytest.raises(ListUnreadable) as refused:
        statement(books, vendor, "F/1;100,00\n\nF/2;10,00,x")
    assert "line 3" in refused.value.sentence() and "F/2;10,00,x" in refused.value.sentence()
    assert VendorStatement.objects.exclude(pk=made.pk).get().state == "draft"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("€ 12", "12"),
        ("-50,5", "-50.5"),
        ("50-", "-50"),
        ("1.234", "1234"),
        ("12.3.4x", None),
        ("", None),
    ],
)
def test_amounts_are_read_however_they_are_written(text, amount):
    assert amount_of(text) == (None if amount is None else Decimal(amount))


def test_days_and_numbers():
    assert day_of("31/01/2026") == day_of("2026-01-31") == day_of("31.1.26") == date(2026, 1, 31)
    assert day_of("31/02/2026") is None
    assert compared_number("f/2026-0042") == compared_number("F 2026/42") == "F202642"


@settings(max_examples=200, deadline=None, print_blob=True)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_with_its_row(text):
    try:
        rows = read(text)
    except Unreadable as refused:
        assert 1 <= refused.row <= len(text.splitlines())
    else:
        assert all(compared_number(r.number) for r in rows)


def test_the_number_is_compared_as_the_database_compares_bills(books):
    vendor = books.vendor()
    for number in ("F/001", "2026-00042/a", "000", "A 0 1"):
        assert bill(books, vendor, "1.00", number, post=False).vendor_number_compared == compared_number(number)
    assert Bill.objects.count() == 4


def test_statements_do_not_grow_with_the_vendors(books):
    counts = []
    for many in (1, 20):
        keys = []
        for n in range(many):
            vendor = books.vendor(f"V{many}-{n}")
            bill(books, vendor, "10.00", f"F/{n}")
            keys += create(ACTOR, RESOURCES["vendor-statements"], [{"company": books.company.pk, "vendor": vendor.pk, "on": "2026-01-31", "theirs": f"F/{n};12,20"}]).ids  # fmt: skip
        with CaptureQueriesContext(connection) as captured:
            books.do("payables.compare_statement", keys)
        counts.append(len(captured.captured_queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("line", "number", "amount", "day"),
    [
        ("2026/4 13/01/2026 538.91", "2026/4", "538.91", date(2026, 1, 13)),
        ("FT 12/26   31.01.2026   consegna di gennaio  1.220,00 EUR", "FT 12/26", "1220.00", date(2026, 1, 31)),
        ("F/7 12,20", "F/7", "12.20", None),
    ],
)
def test_a_list_whose_cells_only_spaces_part_is_read(line, number, amount, day):
    assert read(f"Numero Data Importo\n{line}") == [Theirs(number, Decimal(amount), day)]


def test_a_list_of_which_nothing_can_be_read_is_told():
    with pytest.raises(Unreadable):
        read("please pay us soon")
