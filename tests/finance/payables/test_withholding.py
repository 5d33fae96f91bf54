"""AP-08: tax is withheld per vendor and service, due with the payment as Italian law has it, and certified to the vendor by year."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.ledger.models import Settlement
from fondaco.finance.ledger.settling import SettlementDraft, open_items_of, settle, unsettle
from fondaco.finance.payables.models import Bill, BillWithholding, VendorTerms, Withheld, WithholdingCertificate, WithholdingKind
from fondaco.finance.payables.printing import certificate_pdf
from fondaco.finance.payables.refusals import NothingWithheld, WithholdingNotOfTheDay
from fondaco.finance.payables.resources import WithholdingCertificateResource
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books

FEE = [
    {"account": "cost_of_services", "unit_price": "1000"},
    {"account": "cost_of_services", "unit_price": "40", "is_withheld_from": False},
]


def lawyer(books: Books, kind: str = "RA-PROF", **values: object) -> Party:
    vendor = books.vendor("Avv. Rossi", tax_code="RSSMRA80A01H501U", **values)
    with unit_of_work("test", "test"):
        VendorTerms.objects.create(
            company=books.company, vendor=vendor, withholding=WithholdingKind.objects.get(company=books.company, code=kind)
        )
    return vendor


def pay(books: Books, bill: Bill, amount: str, on: str) -> Settlement:
    """The bank pays the vendor, and the payment settles the bill."""
    day, money, currency = date.fromisoformat(on), Decimal(amount), bill.currency_id
    with unit_of_work("test", "test"):
        (entry,) = post(
            [
                EntryDraft(
                    books.company.pk, "payments", day, "Payment",
                    (LineDraft("payable", money, currency, money, party=bill.vendor_id, due_on=day), LineDraft("bank", -money, currency, -money)),
                )
            ],
            actor=ACTOR,
        )  # fmt: skip
        (source,) = open_items_of([entry.pk])[entry.pk]
        return settle([SettlementDraft(books.company.pk, day, {books.item(bill).pk: -money, source.pk: money})], actor=ACTOR)[0]


def test_the_tax_waits_with_the_bill_and_is_due_with_its_payment(books):
    """1000 of fees at 20%, and 40 of the lawyers' fund on which nothing is withheld (RA-PROF, code 1040)."""
    bill = books.bill(lawyer(books), FEE, "2026-03-10", stated_total="1268.80")
    assert (bill.gross, bill.withheld) == (Decimal("1268.80"), Decimal(200))
    books.assert_journal("""
        2026-03-10 bill BILL/2026/00001 (F/1)
          cost_of_services                 1040.00
          withholding_suspended            -200.00
          vat_input                         228.80
          payable                         -1068.80
    """)
    pay(books, bill, "1068.80", "2026-04-02")
    books.assert_journal("""
        2026-04-02 Withholding RA-PROF BILL/2026/00001
          withholding_suspended             200.00
          withholding_payable              -200.00
    """)
    row = Withheld.objects.get()
    assert (row.on.isoformat(), row.net, row.base, row.amount) == ("2026-04-02", Decimal(1000), Decimal(1000), Decimal(200))
    assert books.item(bill).closed_on == date(2026, 4, 2)
    books.assert_checks_hold()


def test_after_the_last_day_of_its_figures_a_kind_is_refused(books):
    """AP-08: no bill of a later day is withheld by an old rate; the refusal says what to enter."""
    vendor = lawyer(books)
    with unit_of_work("test", "test"):
        WithholdingKind.objects.filter(code="RA-PROF").update(valid_from=date(2020, 1, 1), valid_to=date(2026, 3, 31))
    books.bill(vendor, FEE, "2026-03-31")
    for day, written in (("2026-04-01", "1 Apr 2026"), ("2019-12-31", "31 Dec 2019")):
        with pytest.raises(
            WithholdingNotOfTheDay, match=f"RA-PROF cannot be taken on {written}: its figures are those of 1 Jan 2020 to 31 Mar 2026"
        ):
            books.bill(vendor, FEE, day, duplicate_reason="Next month")


def test_parts_of_a_payment_make_parts_of_the_tax_due_to_the_cent_and_give_them_back(books):
    bill = books.bill(lawyer(books, "RA-PROV50"), [{"account": "cost_of_services", "unit_price": "333.33"}], "2026-03-10")
    assert bill.withheld == Decimal("38.33")
    first = pay(books, bill, "100", "2026-04-02")
    second = pay(books, bill, f"{bill.gross - bill.withheld - 100}", "2026-05-05")
    parts = list(Withheld.objects.order_by("id").values_list("net", "base", "amount"))
    assert [sum(column) for column in zip(*parts, strict=True)] == [Decimal("333.33"), Decimal("166.67"), Decimal("38.33")]
    assert books.balance("withholding_suspended") == 0
    with unit_of_work("test", "test"):
        unsettle([second], on=date(2026, 5, 6), reason="Returned", actor=ACTOR)
    assert books.balance("withholding_payable") == -parts[0][2]
    with unit_of_work("test", "test"):
        unsettle([first], on=date(2026, 5, 6), reason="Returned", actor=ACTOR)
    assert (books.balance("withholding_payable"), books.balance("withholding_suspended")) == (0, Decimal("-38.33"))
    books.assert_checks_hold()


def test_reversing_and_crediting_take_the_tax_back(books):
    vendor = lawyer(books)
    bill = books.bill(vendor, FEE, "2026-03-10")
    books.do("payables.reverse", bill.pk, reason="Wrong", on="2026-03-12")
    assert not Withheld.objects.exists()
    assert (books.balance("withholding_suspended"), books.balance("payable")) == (0, 0)
    bill = books.bill(vendor, FEE, "2026-03-13")
    (key,) = books.do("payables.credit", bill.pk, vendor_number="NC 1", on="2026-03-20").made["bills"]
    books.do("payables.post", key)
    note = Bill.objects.get(pk=key)
    assert (note.withheld, BillWithholding.objects.get(bill=note).amount) == (Decimal(200), Decimal(-200))
    owed = {books.item(bill).pk: Decimal("-1068.80"), books.item(note).pk: Decimal("1068.80")}
    with unit_of_work("test", "test"):
        settle([SettlementDraft(books.company.pk, date(2026, 3, 21), owed)], actor=ACTOR)
    assert (books.balance("withholding_suspended"), books.balance("withholding_payable")) == (0, 0)
    books.assert_checks_hold()


def test_what_is_due_when_booked_is_due_at_once_and_taken_back_by_the_reversal(books):
    with unit_of_work("test", "test"):
        WithholdingKind.objects.create(company=books.company, code="NOW", name="At once", rate=30, due="bill", certificate_reason="Z")
    bill = books.bill(lawyer(books, "NOW"), [{"account": "cost_of_services", "unit_price": "100"}], "2026-03-10")
    assert (books.balance("withholding_payable"), Withheld.objects.get().amount) == (Decimal(-30), Decimal(30))
    books.do("payables.reverse", bill.pk, reason="Wrong", on="2026-03-12")
    assert [w.amount for w in Withheld.objects.order_by("id")] == [Decimal(30), Decimal(-30)]
    assert books.balance("withholding_payable") == 0
    books.assert_checks_hold()


def test_abroad_each_kind_is_rounded_into_our_currency_and_the_accounts_agree(books):
    books.rate("USD", "0.9137", "2026-01-01")
    vendor = lawyer(books, "RA-NR", currency_id="USD")
    bill = books.bill(vendor, [{"account": "cost_of_services", "unit_price": "333.37", "tax_code": "IT-P-N22"}], "2026-03-10")
    pay(books, bill, f"{bill.gross - bill.withheld}", "2026-04-02")
    assert Withheld.objects.get().amount == Decimal("91.38")
    assert books.balance("withholding_suspended") == 0
    books.assert_checks_hold()


def test_the_certificate_says_what_was_paid_and_withheld_in_the_year(books):
    vendor = lawyer(books)
    bill = books.bill(vendor, FEE, "2025-12-20")
    books.bill(vendor, [{"account": "cost_of_services", "unit_price": "500"}], "2026-03-10")
    values = {"company": books.company.pk, "vendor": vendor.pk}
    with pytest.raises(NothingWithheld):
        create(ACTOR, WithholdingCertificateResource, [{**values, "year": 2025}])
    pay(books, bill, "1068.80", "2026-01-15")
    (key,) = create(ACTOR, WithholdingCertificateResource, [{**values, "year": 2026}]).ids
    certificate = WithholdingCertificate.objects.get(pk=key)
    assert (certificate.net, certificate.base, certificate.amount) == (Decimal(1000), Decimal(1000), Decimal(200))
    text = PdfReader(BytesIO(certificate_pdf(certificate))).pages[0].extract_text()
    assert "1040" in text and "RSSMRA80A01H501U" in text and "2026" in text and "200.00" in text


def test_what_was_withheld_is_never_changed(books):
    bill = books.bill(lawyer(books), FEE, "2026-03-10")
    pay(books, bill, "1068.80", "2026-04-02")
    for model in (Withheld, BillWithholding):
        with unit_of_work("test", "test"), pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(amount=0)
        with unit_of_work("test", "test"), pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()
