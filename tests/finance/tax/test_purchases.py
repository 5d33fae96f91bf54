"""Reverse charge, partly deductible input VAT, split payment, VAT on payment, imports: their journal and their tax entries (TX-04)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.models import JournalEntry, OpenItem
from fondaco.finance.ledger.settling import SettlementDraft, settle
from fondaco.finance.tax import entries as tax
from fondaco.finance.tax.models import TaxCode, TaxEntry, TaxRegime
from fondaco.finance.tax.posting import Tax, TaxedDocument, Waiting, released
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.money import rounded
from tests.books import ACTOR


@pytest.fixture
def codes(books):
    return {c.code: c for c in TaxCode.objects.filter(company=books.company)}


@pytest.fixture
def on_payment(books):
    with unit_of_work("test", "test"):
        TaxRegime.objects.create(company=books.company, valid_from=date(2025, 1, 1), cash_basis=True)


def bill(books, vendor, on, *taxes, number="V-17", sign=1, currency="EUR", rate="1", key=1):
    """A vendor's bill as payables posts one: costs, taxes, what is owed."""
    exchange = Decimal(rate)
    given = [
        Tax(code.pk, Decimal(percent), Decimal(base), rounded(Decimal(base) * Decimal(percent) / 100, 2)) for code, percent, base in taxes
    ]
    day = date.fromisoformat(on)
    document = TaxedDocument(
        "purchase", books.company.pk, ("payables_bill", key), f"BILL/2026/0000{key}", day, day, vendor.pk, exchange, 2, 2, sign, given, number
    )  # fmt: skip
    with unit_of_work("test", "test"):
        (posting,) = tax.postings([document])
        net = sign * sum(t.base for t in given)
        costs = [(rounded(net * exchange, 2), net), *((c.amount, c.currency_amount) for c in posting.costs)]
        lines = [LineDraft("goods_received_not_invoiced", amount, currency, in_currency) for amount, in_currency in costs]
        lines += [LineDraft(leg.account, leg.amount, currency, leg.currency_amount) for leg in posting.legs]
        owed = sum(line.amount for line in lines)
        lines.append(LineDraft("payable", -owed, currency, -sign * (abs(net) + posting.owed), party=vendor.pk, due_on=day))
        (entry,) = ledger.post([EntryDraft(books.company.pk, "purchases", day, f"Bill {number}", lines, document.source)], actor=ACTOR)
        tax.record([(posting, entry)])
    return entry


def entries(books):
    """The tax entries as the registers print them."""
    rows = TaxEntry.objects.filter(company=books.company).select_related("tax_code", "account").order_by("id")
    return [
        f"{r.tax_point:%m-%d} {r.kind} {r.protocol} {r.document_type or '-'} {r.base:.2f} {r.tax:.2f} {r.non_deductible:.2f} {r.chargeable} "
        f"{r.account.purpose if r.account else '-'} {r.amount:.2f}"
        for r in rows
    ]  # fmt: skip


def test_TX_04_reverse_charge_books_output_and_input_together_and_numbers_the_self_invoice(books, codes):
    vendor = books.customer("Werk GmbH", "DE", vat_number="DE136695976")
    bill(books, vendor, "2026-03-10", (codes["IT-P-RC"], "22", "1000"))
    books.assert_journal("""
        2026-03-10 Bill V-17
          goods_received_not_invoiced      1000.00
          vat_input                         220.00
          vat_reverse_charge               -220.00
          payable                         -1000.00
    """)
    assert entries(books) == [
        "03-10 purchase BILL/2026/00001 TD17 1000.00 220.00 0.00 now vat_input 220.00",
        "03-10 sale RC/2026/00001 TD17 1000.00 220.00 0.00 now vat_reverse_charge -220.00",
    ]
    bill(books, vendor, "2026-03-12", (codes["IT-P-ICA"], "22", "50"), sign=-1, key=2)
    assert entries(books)[2:] == [
        "03-12 purchase BILL/2026/00002 TD18 -50.00 -11.00 0.00 now vat_input -11.00",
        "03-12 sale RC/2026/00002 TD18 -50.00 -11.00 0.00 now vat_reverse_charge 11.00",
    ]
    books.assert_checks_hold()


def test_TX_04_what_is_not_deductible_goes_to_the_cost(books, codes):
    vendor = books.customer("Garage", "IT")
    bill(books, vendor, "2026-03-10", (codes["IT-P-S40"], "22", "100.05"), (codes["IT-P-S0"], "22", "10"), (codes["IT-P-S"], "22", "1"))
    books.assert_journal("""
        2026-03-10 Bill V-17
          goods_received_not_invoiced       111.05
          goods_received_not_invoiced        13.21
          goods_received_not_invoiced         2.20
          vat_input                           9.02
          payable                          -135.48
    """)
    assert entries(books) == [
        "03-10 purchase BILL/2026/00001 - 100.05 22.01 13.21 now vat_input 8.80",
        "03-10 purchase BILL/2026/00001 - 10.00 2.20 2.20 now - 0.00",
        "03-10 purchase BILL/2026/00001 - 1.00 0.22 0.00 now vat_input 0.22",
    ]
    books.assert_checks_hold()


def test_TX_04_reverse_charge_that_is_not_deductible_is_due_and_cost(books, codes):
    with unit_of_work("test", "test"):
        TaxCode.objects.filter(pk=codes["IT-P-RC"].pk).update(deductible_percent=0)
    books.rate("USD", "0.9137", "2026-01-01")
    bill(books, books.customer("Cloud Inc", "US"), "2026-03-10", (codes["IT-P-RC"], "22", "99.99"), currency="USD", rate="0.9137")
    books.assert_journal("""
        2026-03-10 Bill V-17
          goods_received_not_invoiced        91.36  99.99 USD
          goods_received_not_invoiced        20.10  22.00 USD
          vat_reverse_charge                -20.10  -22.00 USD
          payable                           -91.36  -99.99 USD
    """)
    books.assert_checks_hold()


def test_TX_04_import_vat_stands_on_the_customs_declaration(books, codes):
    """The customs value is no cost of this paper: it is taken off again by a line outside of VAT."""
    bill(books, books.customer("Dogana", "IT"), "2026-03-10", (codes["IT-P-IMP"], "22", "500"), (codes["IT-P-N1"], "0", "-500"))
    books.assert_journal("""
        2026-03-10 Bill V-17
          vat_input                         110.00
          payable                          -110.00
    """)
    books.assert_checks_hold()


def test_TX_04_split_payment_clears_the_tax_from_the_receivable(books, codes):
    town = books.customer("Comune di Lodi", vat_number="IT00743110157")
    invoice = books.invoice(
        town, [{"quantity": "1", "unit_price": "100", "tax_code": codes["IT-SP"].pk}, {"quantity": "1", "unit_price": "10"}], "2026-03-10"
    )
    assert (invoice.net, invoice.tax, invoice.gross) == (110, Decimal("24.20"), Decimal("134.20"))
    books.assert_journal("""
        2026-03-10 invoice INV/2026/00001
          receivable                        112.20
          revenue                          -110.00
          vat_output                        -24.20
          vat_output                         22.00
    """)
    assert entries(books) == [
        "03-10 sale INV/2026/00001 - 100.00 22.00 0.00 split - 0.00",
        "03-10 sale INV/2026/00001 - 10.00 2.20 0.00 now vat_output -2.20",
    ]
    books.pay(town, "112.20", "2026-03-20", {books.item(invoice).pk: "112.20"})
    assert books.item(invoice).closed_on
    books.assert_checks_hold()


# ------------------------------------------------------------------ VAT on payment


@pytest.mark.usefixtures("on_payment")
def test_TX_04_vat_on_payment_is_due_in_proportion_and_to_the_cent(books):
    shop = books.customer(vat_number="IT00743110157")
    invoice = books.invoice(shop, [{"quantity": "1", "unit_price": "100"}], "2026-03-10")
    books.assert_journal("""
        2026-03-10 invoice INV/2026/00001
          receivable                        122.00
          revenue                          -100.00
          vat_output_deferred               -22.00
    """)
    item = books.item(invoice).pk
    first = books.pay(shop, "40", "2026-04-05", {item: "40"})
    books.assert_journal("""
        2026-04-05 VAT on payment INV/2026/00001
          vat_output_deferred                 7.21
          vat_output                         -7.21
    """)
    books.pay(shop, "82", "2026-05-05", {item: "82"})
    assert (books.balance("vat_output_deferred"), books.balance("vat_output")) == (0, -22)
    assert entries(books) == [
        "03-10 sale INV/2026/00001 - 100.00 22.00 0.00 deferred vat_output_deferred -22.00",
        "04-05 sale INV/2026/00001 - -32.79 -7.21 0.00 deferred vat_output_deferred 7.21",
        "04-05 sale INV/2026/00001 - 32.79 7.21 0.00 now vat_output -7.21",
        "05-05 sale INV/2026/00001 - -67.21 -14.79 0.00 deferred vat_output_deferred 14.79",
        "05-05 sale INV/2026/00001 - 67.21 14.79 0.00 now vat_output -14.79",
    ]
    books.do("payments.unapply", first.pk, reason="Wrong customer", on="2026-05-06")
    assert (books.balance("vat_output_deferred"), books.balance("vat_output")) == (Decimal("-7.21"), Decimal("-14.79"))
    books.assert_checks_hold()


@pytest.mark.usefixtures("on_payment")
def test_TX_04_private_customers_owe_at_once_and_a_reversed_invoice_releases_nothing(books):
    books.invoice(books.customer("Anna"), [{"quantity": "1", "unit_price": "100"}], "2026-03-10")
    invoice = books.invoice(books.customer(vat_number="IT00743110157"), [{"quantity": "1", "unit_price": "50"}], "2026-03-10")
    books.do("invoicing.reverse", invoice.pk, reason="Wrong", on="2026-03-11")
    assert (books.balance("vat_output"), books.balance("vat_output_deferred")) == (-22, 0)
    assert not TaxEntry.objects.exclude(releases=None).exists()
    books.assert_checks_hold()


@pytest.mark.usefixtures("on_payment")
def test_TX_04_after_a_year_tax_is_due_without_payment(books):
    shop = books.customer(vat_number="IT00743110157")
    old = books.invoice(shop, [{"quantity": "1", "unit_price": "100"}], "2025-03-10")
    books.invoice(shop, [{"quantity": "1", "unit_price": "10"}], "2025-03-11")
    books.pay(shop, "61", "2025-06-01", {books.item(old).pk: "61"})
    books.do("companies.release_deferred", books.company.pk, on="2026-03-10")
    assert (books.balance("vat_output"), books.balance("vat_output_deferred")) == (-22, Decimal("-2.20"))
    books.do("companies.release_deferred", books.company.pk, on="2026-03-10")
    books.pay(shop, "61", "2026-04-01", {books.item(old).pk: "61"})
    assert (books.balance("vat_output"), books.balance("vat_output_deferred")) == (-22, Decimal("-2.20"))
    old_note = books.do("invoicing.credit", old.pk, on="2026-04-02").made["invoices"]
    books.do("invoicing.post", old_note)
    books.assert_checks_hold()


@pytest.mark.usefixtures("on_payment")
def test_TX_04_input_vat_is_deducted_when_the_vendor_is_paid(books, codes):
    vendor = books.customer("Garage", "IT")
    entry = bill(
        books, vendor, "2026-03-10", (codes["IT-P-S40"], "22", "100"), (codes["IT-P-S"], "22", "50"), (codes["IT-P-RC"], "22", "10")
    )
    assert [books.balance(p) for p in ("vat_input_deferred", "vat_input", "vat_reverse_charge")] == [Decimal("19.80"), Decimal("2.20"), Decimal("-2.20")]  # fmt: skip
    pay(books, vendor, entry)
    books.assert_journal(
        """
        2026-04-01 VAT on payment V-17
          vat_input_deferred                 -8.80
          vat_input                           8.80
        2026-04-01 VAT on payment V-17
          vat_input_deferred                -11.00
          vat_input                          11.00
        """,
        last=2,
    )
    assert books.balance("vat_input_deferred") == 0
    books.assert_checks_hold()


def pay(books, vendor, *bills):
    with unit_of_work("test", "test"):
        items = list(OpenItem.objects.filter(entry__in=bills).order_by("pk"))
        drafts = [
            EntryDraft(books.company.pk, "payments", date(2026, 4, 1), "Paid", [LineDraft("payable", -i.amount, party=vendor.pk, due_on=date(2026, 4, 1)), LineDraft("bank", i.amount)])
            for i in items
        ]  # fmt: skip
        paid = OpenItem.objects.filter(entry__in=ledger.post(drafts, actor=ACTOR)).order_by("pk")
        settle(
            [
                SettlementDraft(books.company.pk, date(2026, 4, 1), {i.pk: i.amount, p.pk: p.amount})
                for i, p in zip(items, paid, strict=True)
            ],
            actor=ACTOR,
        )


@pytest.mark.usefixtures("on_payment")
def test_releasing_many_costs_the_statements_of_one(books, codes):
    vendor = books.customer("Garage", "IT")
    counts = []
    for many in (1, 12):
        bills = [bill(books, vendor, "2026-03-10", (codes["IT-P-S"], "22", "50"), key=n + 1) for n in range(many)]
        with CaptureQueriesContext(connection) as statements:
            pay(books, vendor, *bills)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    counts = []
    for many in (1, 12):
        for n in range(many):
            bill(books, vendor, "2025-03-10", (codes["IT-P-S"], "22", "50"), key=n + 1)
        with CaptureQueriesContext(connection) as statements:
            books.do("companies.release_deferred", books.company.pk, on="2026-04-10")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert not JournalEntry.objects.filter(line_count__lt=2).exists()


def test_parts_of_a_payment_come_to_the_whole():
    waiting = Waiting(1, Decimal("100"), Decimal("22.01"), Decimal("13.21"))
    so_far = [Decimal(0)] * 3
    for paid in ("0.01", "33.33", "66.67", "99.99", "50", "100"):
        step = released(Waiting(1, waiting.base, waiting.tax, waiting.non_deductible, *so_far), Decimal(paid), Decimal(100), 2)
        so_far = [a + b for a, b in zip(so_far, (step.base, step.tax, step.non_deductible), strict=True)]
        assert so_far[1] == rounded(Decimal("22.01") * Decimal(paid) / 100, 2)
    assert so_far == [waiting.base, waiting.tax, waiting.non_deductible]
