"""The audit file, read back, gives the trial balance (TX-07)."""

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal

from fondaco.finance.ledger.models import Journal, JournalLine
from fondaco.insight.statements.audit_file import COLUMNS, OPENING, file_name, write_audit_file
from fondaco.insight.statements.queries import trial_balance
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.interfaces.web.test_late_posting import signed_in

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def written(books, first=FIRST, last=LAST):
    file = io.BytesIO()
    count = write_audit_file(file, books.company, first=first, last=last)
    text = file.getvalue().decode()
    assert text.count("\r\n") == text.count("\n") == count + 1
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert tuple(rows[0]) == COLUMNS
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


def amount(text):
    return Decimal(text.replace(",", "."))


def read_back(rows):
    """Opening, debit and credit by account, as an auditor's program adds them up."""
    found = defaultdict(lambda: [Decimal(0)] * 3)
    for row in rows:
        sums = list(found[row["CompteNum"]])
        if row["JournalCode"] == OPENING:
            sums[0] += amount(row["Debit"]) - amount(row["Credit"])
        else:
            sums[1] += amount(row["Debit"])
            sums[2] += amount(row["Credit"])
        found[row["CompteNum"]] = sums
    return {number: tuple(sums) for number, sums in found.items() if any(sums)}


def business(books):
    """Two years of sales, payments, a foreign invoice and a manual entry with a wild text."""
    books.rate("USD", "0.9137", "2025-01-01")
    customer = books.customer("Bar «Duomo»\tsrl\\n")
    abroad = books.customer("Cafe Union", "US")
    old = books.invoice(customer, [{"quantity": "1", "unit_price": "1000"}], "2025-05-10")
    books.pay(customer, "600", "2025-06-10", {books.item(old).pk: "600"})
    books.invoice(abroad, [{"quantity": "3", "unit_price": "33.33"}], "2026-01-15", currency="USD")
    books.pay(customer, "620", "2026-02-10", {books.item(old).pk: "620"})
    journal = Journal.objects.get(company=books.company, purpose="general").pk
    lines = [
        {"account": books.account("cash").pk, "debit": "5.01", "credit": "0"},
        {"account": books.account("revenue").pk, "debit": "0", "credit": "5.01"},
    ]
    voucher = {"company": books.company.pk, "journal": journal, "on": "2026-12-31", "memo": 'Till\tof\r\nyear’s "end" \\.', "lines": lines}
    books.do("ledger.post", create(ACTOR, RESOURCES["vouchers"], [voucher]).ids[0])


def test_TX_07_the_file_read_back_gives_the_trial_balance(books):
    business(books)
    for first, last in ((FIRST, LAST), (date(2025, 1, 1), date(2025, 12, 31))):
        told = trial_balance(books.company.pk, first=first, last=last, year_start=first)
        expected = {r.account.number: [r.opening, r.debit, r.credit] for r in told.rows if not r.is_heading}
        if told.earlier_result:
            expected.setdefault(books.account("retained_earnings").number, [Decimal(0)] * 3)[0] += told.earlier_result
        assert read_back(written(books, first, last)) == {k: tuple(v) for k, v in expected.items()}
    rows = written(books)
    assert sum(amount(r["Debit"]) - amount(r["Credit"]) for r in rows) == 0
    assert len(rows) == JournalLine.objects.filter(on__gte=FIRST, on__lte=LAST).count() + sum(r["JournalCode"] == OPENING for r in rows)


def test_TX_07_columns_say_what_the_rule_asks(books):
    business(books)
    rows = [r for r in written(books) if r["JournalCode"] != OPENING]
    sale = next(r for r in rows if r["PieceRef"] == "INV/2026/00001" and r["CompAuxLib"])
    assert (sale["EcritureDate"], sale["CompAuxLib"], sale["Debit"], sale["Montantdevise"], sale["Idevise"]) == ("20260115", "Cafe Union", "91,36", "99,99", "USD")  # fmt: skip
    paid = next(r for r in rows if r["CompAuxLib"].startswith("Bar"))
    assert paid["CompAuxLib"] == "Bar «Duomo» srl n"
    assert (paid["EcritureLet"].isdigit(), paid["DateLet"], paid["Idevise"]) == (True, "20260210", "")
    assert rows[-1]["EcritureLib"] == 'Till of  year’s "end"  .'
    assert file_name(books.company, LAST) == "TESTFEC20261231.txt"


def test_only_who_has_the_right_takes_the_journal_out(books):
    business(books)
    assert signed_in("anna", "ledger.view_*", "companies.view_*").get("/books/audit-file").status_code == 403
    answer = signed_in("bice", "ledger.export_*", "companies.view_*").get("/books/audit-file?from=2026-01-01&to=2026-12-31")
    assert answer["Content-Disposition"] == 'attachment; filename="TESTFEC20261231.txt"'
    assert b"".join(answer.streaming_content).startswith(b"JournalCode\tJournalLib\t")
