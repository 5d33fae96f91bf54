"""AP-10: what we owe vendors as of any past date equals the payable account of that day."""

from datetime import date, timedelta
from decimal import Decimal

from fondaco.finance.ledger.settling import SettlementDraft, settle
from fondaco.finance.payables.models import Bill
from fondaco.insight.statements import queries
from fondaco.masterdata.parties import panels
from fondaco.platform.database.unit import unit_of_work
from tests.books import ACTOR, Books

LINES = [{"account": "expense", "unit_price": "100"}]


def owed(books: Books, on: str) -> tuple[list[tuple[Decimal, ...]], Decimal]:
    day = date.fromisoformat(on)
    rows = queries.aged(books.company.pk, on=day, control="payable")
    total = sum((r.base_total for r in rows), Decimal(0))
    assert total == -queries.control_balance(books.company.pk, "payable", day), on
    return [r.buckets for r in rows], total


def test_ageing_equals_the_control_account_on_every_day(books):
    books.rate("USD", "0.9137", "2026-01-01")
    vendor, abroad = books.vendor(), books.vendor("Beans Inc.", "US", currency_id="USD")
    bill = books.bill(vendor, LINES, "2026-01-10")
    books.bill(vendor, [{"account": "expense", "unit_price": "50"}], "2026-02-20")
    books.bill(abroad, [{"account": "expense", "unit_price": "10.01", "tax_code": "IT-P-N22"}], "2026-01-31")
    (key,) = books.do("payables.credit", bill.pk, vendor_number="NC 1", on="2026-03-01").made["bills"]
    books.do("payables.post", key)
    parts = {books.item(bill).pk: Decimal(-122), books.item(Bill.objects.get(pk=key)).pk: Decimal(122)}
    with unit_of_work("test", "test"):
        settle([SettlementDraft(books.company.pk, date(2026, 3, 5), parts)], actor=ACTOR)
    zero = Decimal(0)
    assert owed(books, "2026-01-09") == ([], zero)
    assert owed(books, "2026-01-20")[0] == [(zero, Decimal(122), zero, zero, zero)]
    assert owed(books, "2026-02-25")[0] == [(zero, Decimal(61), Decimal(122), zero, zero), (zero, Decimal("10.01"), zero, zero, zero)]
    assert owed(books, "2026-03-05")[0] == [(zero, Decimal(61), zero, zero, zero), (zero, zero, Decimal("10.01"), zero, zero)]
    for step in range(0, 90, 7):
        owed(books, f"{date(2026, 1, 1) + timedelta(days=step)}")


def test_a_vendors_page_says_what_we_owe_him(books):
    vendor = books.vendor()
    books.bill(vendor, LINES, "2026-01-10")
    shown = {str(f.panel.title): f.content for f in panels.filled(ACTOR, books.company, vendor)}["We owe"]
    assert [(str(f.title), f.value) for f in shown.figures[:2]] == [("We owe", Decimal(122)), ("Overdue", Decimal(122))]
    assert len(shown.rows) == 1
