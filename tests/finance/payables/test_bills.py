"""Vendor bills and credit notes: what is owed to whom, when it is due, and what stands in the books (AP-01 to AP-10 stand on it)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from fondaco.finance.invoicing.models import PaymentTerm
from fondaco.finance.ledger.models import Dimension, DimensionValue, JournalLine, OpenItem
from fondaco.finance.ledger.settling import SettlementDraft, settle
from fondaco.finance.payables.models import Bill, BillLine, BillTax, VendorTerms
from fondaco.finance.payables.refusals import (
    AccountMissing,
    NegativeTotal,
    NoLines,
    NoTaxToAdjust,
    SettledAlready,
    TaxDifferenceTooLarge,
    TotalsDiffer,
    UnknownDimension,
)
from fondaco.finance.payables.resources import BillResource
from fondaco.finance.payments.models import Disbursement
from fondaco.finance.tax.models import TaxCode
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.flow import flow_of
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR
from tests.owed import disburse

TWO = [{"account": "expense", "quantity": "2", "unit_price": "100"}, {"account": "freight_in", "unit_price": "9.99"}]


def test_a_bill_is_posted_on_its_accounts_and_owed_to_the_vendor(books):
    vendor = books.vendor()
    bill = books.bill(vendor, TWO, "2026-03-10", vendor_number="2026/0417", stated_total="256.19")
    assert (bill.number, bill.net, bill.tax, bill.gross) == ("BILL/2026/00001", Decimal("209.99"), Decimal("46.20"), Decimal("256.19"))
    books.assert_journal("""
        2026-03-10 bill BILL/2026/00001 (2026/0417)
          expense                           200.00
          freight_in                          9.99
          vat_input                          46.20
          payable                          -256.19
    """)
    item = books.item(bill)
    assert (item.control, item.party_id, item.amount, item.due_on) == ("payable", vendor.pk, Decimal("-256.19"), date(2026, 3, 10))
    assert [(t.base, t.tax) for t in BillTax.objects.filter(bill=bill)] == [(Decimal("209.99"), Decimal("46.20"))]
    books.assert_checks_hold()


def test_the_terms_agreed_with_the_vendor_start_on_his_date(books):
    vendor = books.vendor()
    with unit_of_work("test", "test"):
        VendorTerms.objects.create(
            company=books.company, vendor=vendor, payment_term=PaymentTerm.objects.get(code="SPLIT30-60"), account=books.account("cost_of_services"),
            tax_code=TaxCode.objects.get(company=books.company, code="IT-P-R10"),
        )  # fmt: skip
    bill = books.bill(vendor, [{"unit_price": "100", "tax_code": None}], "2026-02-05", vendor_date="2026-01-20")
    line = BillLine.objects.get(bill=bill)
    assert (line.account.purpose, line.tax_code.code, line.tax_explanation) == (
        "cost_of_services",
        "IT-P-R10",
        "The vendor's usual tax code.",
    )
    items = OpenItem.objects.filter(entry=bill.entry_id).order_by("due_on")
    assert [(i.due_on, i.amount) for i in items] == [(date(2026, 2, 19), Decimal("-55.00")), (date(2026, 3, 21), Decimal("-55.00"))]
    assert bill.due_on == date(2026, 3, 21)
    books.assert_checks_hold()


def test_goods_clear_what_was_received_and_not_invoiced(books):
    with unit_of_work("test", "test"):
        goods = Product.objects.create(sku="BEAN", name="Beans", unit=Unit.objects.get(code="C62"), currency_id="EUR")
    books.bill(books.vendor(), [{"product": goods.pk, "quantity": "3", "unit_price": "10", "account": None}], "2026-03-10")
    books.assert_journal("""
        2026-03-10 bill BILL/2026/00001 (F/1)
          goods_received_not_invoiced        30.00
          vat_input                           6.60
          payable                           -36.60
    """)


def test_a_foreign_bill_is_owed_in_its_currency_and_sums_to_zero_in_ours(books):
    books.rate("USD", "0.9137", "2026-01-01")
    vendor = books.vendor("Beans Inc.", "US", currency_id="USD")
    lines = [{"account": "expense", "unit_price": p, "tax_code": "IT-P-N22"} for p in ("10.01", "10.01", "10.01")]
    bill = books.bill(vendor, lines, "2026-01-10")
    item = books.item(bill)
    assert (item.amount, item.currency_id, item.base_amount) == (Decimal("-30.03"), "USD", Decimal("-27.44"))
    books.assert_checks_hold()


def test_the_vendors_rounding_of_tax_is_taken_as_it_stands_on_the_paper(books):
    bill = books.bill(
        books.vendor(), [{"account": "expense", "unit_price": "10.01"}], "2026-03-10", tax_difference="0.01", stated_total="12.22"
    )
    assert (bill.tax, bill.gross) == (Decimal("2.21"), Decimal("12.22"))
    books.assert_checks_hold()


def test_a_vendor_credit_note_gives_back_what_was_billed(books):
    vendor = books.vendor()
    bill = books.bill(vendor, TWO, "2026-03-10")
    (key,) = books.do("payables.credit", bill.pk, vendor_number="NC/7", on="2026-03-20", vendor_date="2026-03-18").made["bills"]
    books.do("payables.post", key)
    books.assert_journal("""
        2026-03-20 vendor credit note VCN/2026/00001 (NC/7)
          expense                          -200.00
          freight_in                         -9.99
          vat_input                         -46.20
          payable                           256.19
    """)
    assert sum(OpenItem.objects.filter(party=vendor).values_list("open_amount", flat=True)) == 0
    note = Bill.objects.get(pk=key)
    steps = flow_of(ACTOR, Bill, note.pk)
    assert [(s.kind, s.number, s.side) for s in steps if s.number and s.model is Bill] == [
        ("Bill", bill.number, False),
        ("Vendor credit note", note.number, True),
    ]
    books.assert_checks_hold()


def test_the_flow_of_a_bill_leads_to_what_it_is_paid_with(books):
    vendor = books.vendor()
    bill = books.bill(vendor, TWO, "2026-03-10", post=False)
    steps = [(str(s.kind), s.number) for s in flow_of(ACTOR, Bill, bill.pk)]
    assert steps == [("Bill", str(bill)), ("Payment", "")]
    books.do("payables.post", bill.pk)
    item = OpenItem.objects.get(party=vendor)
    payment = disburse(books, vendor, "256.19", "2026-03-20", {item.pk: "256.19"})
    assert [s.number for s in flow_of(ACTOR, Bill, bill.pk) if s.model is Disbursement] == [payment.number]
    assert [s.number for s in flow_of(ACTOR, Disbursement, payment.pk) if s.model is Bill] == [Bill.objects.get().number]


def test_reversing_restores_every_balance_and_closes_both_items(books):
    bill = books.bill(books.vendor(), TWO, "2026-03-10")
    books.do("payables.reverse", bill.pk, reason="Wrong vendor", on="2026-03-12")
    assert all(books.balance(p) == 0 for p in ("expense", "freight_in", "vat_input", "payable"))
    assert not OpenItem.objects.filter(party=bill.vendor_id, closed_on__isnull=True).exists()
    bill.refresh_from_db()
    assert bill.state == "reversed"
    books.assert_checks_hold()


def test_costs_carry_their_dimensions(books):
    with unit_of_work("test", "test"):
        dimension = Dimension.objects.create(company=books.company, code="DEP", name="Department")
        roastery = DimensionValue.objects.create(dimension=dimension, code="ROAST", name="Roastery")
    lines = [{"account": "expense", "unit_price": "60", "dimension_values": [roastery.pk]}, {"account": "expense", "unit_price": "40"}]
    bill = books.bill(books.vendor(), lines, "2026-03-10")
    costs = JournalLine.objects.filter(entry=bill.entry_id, account__purpose="expense").order_by("position")
    assert [(c.amount, c.dimension_set.key) for c in costs] == [(Decimal(60), str(roastery.pk)), (Decimal(40), "")]
    with pytest.raises(UnknownDimension):
        books.bill(
            books.vendor("Another"), [{"account": "expense", "unit_price": "1", "dimension_values": [roastery.pk + 99]}], "2026-03-10"
        )


def test_what_cannot_be_booked_is_refused_with_what_to_do(books):
    vendor = books.vendor()

    def refused(refusal: type[Exception], lines: list, **values: object) -> str:
        before = JournalLine.objects.count()
        with pytest.raises(refusal) as caught:
            books.bill(vendor, lines, "2026-03-10", **values)
        assert JournalLine.objects.count() == before
        return str(caught.value)

    refused(NoLines, [])
    refused(NegativeTotal, [{"account": "expense", "unit_price": "-5"}])
    refused(NoTaxToAdjust, [{"account": "expense", "unit_price": "5", "tax_code": "IT-P-N22"}], tax_difference="0.01")
    refused(TaxDifferenceTooLarge, [{"account": "expense", "unit_price": "5"}], tax_difference="1.01")
    assert "Line 1" in refused(AccountMissing, [{"unit_price": "5"}])
    assert "12.20" in refused(TotalsDiffer, [{"account": "expense", "unit_price": "10"}], stated_total="12.21")


def test_a_settled_bill_is_not_reversed(books):
    vendor = books.vendor()
    bill = books.bill(vendor, TWO, "2026-03-10")
    (key,) = books.do("payables.credit", bill.pk, vendor_number="NC/7", on="2026-03-20").made["bills"]
    books.do("payables.post", key)
    note = Bill.objects.get(pk=key)
    parts = {books.item(bill).pk: Decimal("-256.19"), books.item(note).pk: Decimal("256.19")}
    with unit_of_work("test", "test"):
        settle([SettlementDraft(books.company.pk, date(2026, 3, 21), parts)], actor=ACTOR)
    with pytest.raises(SettledAlready):
        books.do("payables.reverse", bill.pk, reason="Wrong", on="2026-03-22")
    books.assert_checks_hold()


@pytest.mark.parametrize(
    "statement",
    [
        "update payables_bill set gross = gross + 1, net = net + 1 where id = %s",
        "update payables_bill set vendor_number = 'X' where id = %s",
        "update payables_bill set state = 'draft' where id = %s",
        "update payables_billline set net = 1 where bill_id = %s",
        "delete from payables_billline where bill_id = %s",
        "delete from payables_billtax where bill_id = %s",
        "update payables_billtax set tax = 0 where bill_id = %s",
        "insert into payables_billtax (version, bill_id, tax_code_id, rate, base, tax) select 1, %s, min(id), 5, 1, 0 from tax_taxcode",
    ],
)
def test_a_posted_bill_never_changes_whoever_tries(books, statement):
    bill = books.bill(books.vendor(), TWO, "2026-03-10")
    other = books.bill(books.vendor("Another"), TWO, "2026-03-10", post=False)
    with (
        unit_of_work("test", "test"),
        pytest.raises(DatabaseError, match="posted and never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [bill.pk])
    with (
        unit_of_work("test", "test"),
        pytest.raises(DatabaseError, match="posted and never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update payables_billline set bill_id = %s where bill_id = %s", [bill.pk, other.pk])


def test_a_draft_is_edited_until_it_is_posted_and_its_memo_after(books):
    bill = books.bill(books.vendor(), TWO, "2026-03-10", post=False)
    edit(ACTOR, BillResource, {bill.pk: {"lines": [{"account": books.account("expense").pk, "unit_price": "50", "tax_code": "IT-P-S"}]}})
    bill.refresh_from_db()
    assert bill.gross == Decimal("61.00")


def test_under_reverse_charge_the_vendor_is_owed_the_net_and_the_tax_stands_on_both_sides(books):
    vendor = books.vendor("Rösterei", "DE")
    bill = books.bill(vendor, [{"account": "expense", "unit_price": "100", "tax_code": "IT-P-RC"}], "2026-03-10", stated_total="100.00")
    assert (bill.tax, bill.self_assessed, bill.gross) == (Decimal(22), Decimal(22), Decimal(100))
    books.assert_journal("""
        2026-03-10 bill BILL/2026/00001 (F/1)
          expense                           100.00
          vat_input                          22.00
          vat_reverse_charge                -22.00
          payable                          -100.00
    """)
    books.do("payables.reverse", bill.pk, reason="Wrong vendor", on="2026-03-12")
    assert all(books.balance(p) == 0 for p in ("expense", "vat_input", "vat_reverse_charge", "payable"))
    books.assert_checks_hold()


def test_tax_that_is_not_deductible_is_borne_by_the_costs_of_its_lines(books):
    lines = [
        {"account": "expense", "unit_price": "66.67", "tax_code": "IT-P-S40"},
        {"account": "freight_in", "unit_price": "33.33", "tax_code": "IT-P-S40"},
        {"account": "expense", "unit_price": "10", "tax_code": "IT-P-R10"},
    ]
    bill = books.bill(books.vendor(), lines, "2026-03-10")
    books.assert_journal("""
        2026-03-10 bill BILL/2026/00001 (F/1)
          expense                            76.67
          freight_in                         33.33
          expense                             8.80
          freight_in                          4.40
          vat_input                           9.80
          payable                          -133.00
    """)
    books.do("payables.reverse", bill.pk, reason="Wrong vendor", on="2026-03-12")
    assert all(books.balance(p) == 0 for p in ("expense", "freight_in", "vat_input", "payable"))
    books.assert_checks_hold()
