"""Tax entries: a row a tax of every posted document, equal to its lines on tax accounts, mirrored, and never changed (TX-05)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.models import Journal, JournalEntry
from fondaco.finance.tax.models import TaxCode, TaxEntry
from fondaco.finance.tax.refusals import TaxUnexplained
from fondaco.platform.database.unit import flush_constraints, unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books, open_books


def register(books: Books) -> str:
    """The tax entries as a register prints them."""
    rows = TaxEntry.objects.filter(company=books.company).select_related("tax_code", "account").order_by("id")
    return "\n".join(
        f"{r.tax_point} {r.kind:<9}{r.document_number:<16}{r.tax_code.code if r.tax_code else '-':<8}{r.rate.normalize():f} %"
        f"{r.base:>10.2f}{r.tax:>9.2f}{r.amount:>9.2f} {r.account.purpose if r.account else '-'}"
        for r in rows
    )


@pytest.fixture
def codes(books):
    return {c.code: c.pk for c in TaxCode.objects.filter(company=books.company)}


def test_an_invoice_its_credit_note_and_a_reversal_are_told_tax_by_tax(books, codes):
    customer = books.customer()
    lines = [
        {"quantity": "1", "unit_price": "100"},
        {"quantity": "1", "unit_price": "50", "tax_code": codes["IT-R10"]},
        {"quantity": "1", "unit_price": "20", "tax_code": codes["IT-N1"]},
    ]
    first = books.invoice(customer, lines, "2026-03-10")
    note = books.do("invoicing.credit", first.pk, on="2026-03-20").made["invoices"]
    books.do("invoicing.post", note)
    second = books.invoice(customer, lines[:1], "2026-03-21")
    books.do("invoicing.reverse", second.pk, reason="Wrong customer", on="2026-04-02")
    assert register(books).splitlines() == [
        "2026-03-10 sale     INV/2026/00001  IT-S    22 %    100.00    22.00   -22.00 vat_output",
        "2026-03-10 sale     INV/2026/00001  IT-R10  10 %     50.00     5.00    -5.00 vat_output",
        "2026-03-10 sale     INV/2026/00001  IT-N1   0 %     20.00     0.00     0.00 -",
        "2026-03-20 sale     CN/2026/00001   IT-S    22 %   -100.00   -22.00    22.00 vat_output",
        "2026-03-20 sale     CN/2026/00001   IT-R10  10 %    -50.00    -5.00     5.00 vat_output",
        "2026-03-20 sale     CN/2026/00001   IT-N1   0 %    -20.00     0.00     0.00 -",
        "2026-03-21 sale     INV/2026/00002  IT-S    22 %    100.00    22.00   -22.00 vat_output",
        "2026-04-02 sale     INV/2026/00002  IT-S    22 %   -100.00   -22.00    22.00 vat_output",
    ]
    mirror = TaxEntry.objects.get(tax_point="2026-04-02")
    assert (mirror.reverses.document_number, mirror.document_on) == (second.number, date(2026, 3, 21))
    books.assert_checks_hold()


def test_foreign_taxes_share_the_cents_of_their_line(books, codes):
    books.rate("USD", "0.9137", "2026-01-01")
    lines = [
        {"quantity": "1", "unit_price": "10.03", "tax_code": codes["IT-S"]},
        {"quantity": "1", "unit_price": "10.07", "tax_code": codes["IT-R10"]},
        {"quantity": "1", "unit_price": "10.09", "tax_code": codes["IT-R5"]},
    ]
    invoice = books.invoice(books.customer("Cafe Union", "US"), lines, "2026-03-10", currency="USD")
    assert invoice.tax == Decimal("3.72")
    # 2.21, 1.01 and 0.50 USD at 0.9137 are 2.02, 0.92 and 0.46 alone, and 3.40 as 3.72 USD on the account.
    assert [t.tax for t in TaxEntry.objects.filter(entry=invoice.entry).order_by("id")] == [
        Decimal("2.02"),
        Decimal("0.92"),
        Decimal("0.46"),
    ]
    assert -books.balance("vat_output") == Decimal("3.40")
    books.assert_checks_hold()


def manual_entry(books: Books) -> int:
    """A posted manual entry that moves output VAT by 30."""
    journal = Journal.objects.get(company=books.company, purpose="general").pk
    lines = [
        {"account": books.account("vat_output").pk, "debit": "30", "credit": "0"},
        {"account": books.account("vat_settlement").pk, "debit": "0", "credit": "30"},
    ]
    voucher = {"company": books.company.pk, "journal": journal, "on": "2026-03-31", "memo": "By hand", "lines": lines}
    (key,) = create(ACTOR, RESOURCES["vouchers"], [voucher]).ids
    books.do("ledger.post", key)
    return key


def test_manual_entries_on_tax_accounts_are_explained_and_mirrored(books):
    key = manual_entry(books)
    assert register(books) == "2026-03-31 other    GEN/2026/00001  -       0 %      0.00     0.00    30.00 vat_output"
    books.do("ledger.reverse", key, reason="Wrong", on="2026-04-01")
    assert [t.amount for t in TaxEntry.objects.order_by("id")] == [30, -30]
    books.assert_checks_hold()


# ------------------------------------------------------------------ the law


def attempt(books, lines):
    draft = EntryDraft(books.company.pk, "general", date(2026, 3, 1), "Attack", [LineDraft(a, Decimal(n)) for a, n in lines])
    (entry,) = ledger.post([draft], actor=ACTOR)
    return entry


def raw(books, entry, **values):
    row = {
        "company_id": books.company.pk, "kind": "other", "source_table": "", "entry_id": entry, "tax_point": "2026-03-01", "reported_on": "2026-03-01",
        "document_on": "2026-03-01", "document_number": "X", "protocol": "X", "document_type": "", "rate": 0, "base": 0, "tax": 0, "non_deductible": 0, "chargeable": "now",
        "account_id": books.account("vat_output").pk, "amount": 0, "version": 1, **values,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"insert into tax_taxentry ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})", list(row.values()))


def test_nobody_posts_on_a_tax_account_without_saying_which_tax(books):
    sentence = r"tax account 231201 would move by -22\.0000, and its tax entries by 0"
    with pytest.raises(TaxUnexplained, match=sentence), refusals_translated(), unit_of_work("test", "test"):
        attempt(books, [("cash", 22), ("vat_output", -22)])
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("tax_entries_equal_ledger", {"amount": -21}),
        ("tax_entry_has_a_code", {"amount": -22, "tax": 22}),
        ("tax_entry_stands_on_its_account", {"kind": "sale", "amount": -22, "tax": 20, "tax_code_id": "code"}),
        ("tax_entry_deducts_at_most_all", {"kind": "purchase", "amount": -22, "tax": 10, "non_deductible": 32, "tax_code_id": "code"}),
        ("tax_entry_of_company", {"amount": -22, "company_id": "other", "account_id": "other"}),
        ("tax_entry_account_of_company", {"amount": -22, "account_id": "other"}),
        ("tax_entry_code_of_company", {"kind": "sale", "amount": -22, "tax": 22, "tax_code_id": "other"}),
    ],
)
def test_the_database_refuses_tax_entries_that_differ_from_the_ledger(books, what, values):
    other = open_books(code="OTHER")
    named = {
        "tax_code_id": {"code": TaxCode.objects.filter(company=books.company).first().pk, "other": TaxCode.objects.filter(company=other.company).first().pk},
        "company_id": {"other": other.company.pk},
        "account_id": {"other": other.account("vat_output").pk},
    }  # fmt: skip
    given = {k: named.get(k, {}).get(v, v) if isinstance(v, str) else v for k, v in values.items()}
    with pytest.raises(DatabaseError) as refused, unit_of_work("test", "test"):
        entry = attempt(books, [("cash", 22), ("vat_output", -22)])
        raw(books, entry.pk, **given)
        flush_constraints()
    assert refused.value.__cause__.diag.constraint_name == what
    assert not TaxEntry.objects.exists()


def test_tax_entries_are_never_changed_and_none_is_added_later(books):
    invoice = books.invoice(books.customer(), [{"quantity": "1", "unit_price": "100"}], "2026-03-10")
    for statement in ("update tax_taxentry set tax = 0", "delete from tax_taxentry", "truncate tax_taxentry"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError) as refused, unit_of_work("test", "test"):
        raw(books, invoice.entry_id, amount=-1)
    assert refused.value.__cause__.diag.constraint_name == "tax_entries_equal_ledger"
    books.assert_checks_hold()


# ------------------------------------------------------------------ documents of before
