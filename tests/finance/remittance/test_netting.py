"""AP-06, BK-02: a vendor's cash discount is taken in the run, his credit notes are taken off, and the bank's statement answers the transfers."""

from decimal import Decimal

import pytest

from fondaco.finance.banking.models import BankLine
from fondaco.finance.invoicing.models import DiscountStep, PaymentTerm
from fondaco.finance.ledger.models import JournalEntry, OpenItem
from fondaco.finance.payments.models import SettlingRule
from fondaco.finance.remittance.models import PaymentRunLine, Transfer
from fondaco.finance.remittance.printing import advice_pdf
from fondaco.finance.remittance.refusals import MoreThanOpen, NotCovered
from fondaco.finance.tax.models import TaxEntry
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from tests.books import Books
from tests.finance.banking import files
from tests.finance.banking.bank import load
from tests.finance.remittance.house import ANNA, BEA, House, do
from tests.owed import disburse, owe

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(books):
    return House(books)


def discounted(books: Books) -> int:
    """2 % within 10 days."""
    term = PaymentTerm.objects.get(code="NET30-2-10")
    assert list(DiscountStep.objects.filter(term=term).values_list("percent", "days")) == [(2, 10)]
    return term.pk


def test_the_discount_of_a_bill_is_proposed_and_taken_and_its_vat_waits_for_the_credit_note_in_italy(books, house):
    (alba,) = house.vendors("Alba")
    books.bill(alba, [{"quantity": "1", "unit_price": "1000.00", "account": "write_off"}], "2026-02-03", payment_term=discounted(books))
    run = house.run(on="2026-02-10", due_until="2026-02-15")
    assert [(ln.amount, ln.discount) for ln in house.lines(run)] == [(Decimal("1195.60"), Decimal("24.40"))]
    house.released(run)
    books.assert_journal(
        """
        2026-02-10 Cash discount DIS/2026/00001
          discount_received                 -24.40
          payable                            24.40
        """
    )
    assert not OpenItem.objects.filter(control="payable", closed_on__isnull=True).exists()
    books.assert_checks_hold()


def test_elsewhere_the_discount_takes_the_input_vat_with_it(books, house):
    with unit_of_work("test", "test"):
        SettlingRule.objects.filter(company=books.company).update(discount_tax="pro_rata")
    (alba,) = house.vendors("Alba")
    books.bill(alba, [{"quantity": "1", "unit_price": "1000.00", "account": "write_off"}], "2026-02-03", payment_term=discounted(books))
    house.released(house.run(on="2026-02-10", due_until="2026-02-15"))
    books.assert_journal(
        """
        2026-02-10 Cash discount DIS/2026/00001
          discount_received                 -20.00
          vat_input                          -4.40
          payable                            24.40
        """
    )
    row = TaxEntry.objects.order_by("-pk").first()
    assert (row.kind, row.base, row.tax, row.non_deductible, row.amount) == ("purchase", -20, Decimal("-4.40"), 0, Decimal("-4.40"))
    books.assert_checks_hold()


def test_credit_notes_are_taken_off_and_the_advice_says_so(books, house):
    alba, bra = house.vendors("Alba", "Bra", email="conti@vendor.example")
    bill = owe(books, alba, "122.00")
    credit = owe(books, alba, "-50.00")
    owe(books, bra, "-80.00")  # nothing is paid to Bra, so nothing is taken off
    advance = disburse(books, alba, "10.00", "2026-01-20")  # a payment on account is no credit note
    run = house.run()
    assert [(ln.party.name, ln.amount) for ln in house.lines(run)] == [("Alba", 122), ("Alba", -50)]
    house.released(run)
    books.assert_journal(
        """
        2026-02-10 paid DIS/2026/00002 RUN/2026/00001
          bank                              -72.00
          payable                            72.00
        """
    )
    assert [t.amount for t in Transfer.objects.all()] == [72]
    for item in (bill, credit):
        item.refresh_from_db()
        assert (item.open_amount, item.open_base_amount) == (0, 0)
    assert OpenItem.objects.get(entry=advance.entry_id).open_amount == 10
    text = OutboxMessage.objects.get(key__startswith="remittance.advice").payload["text"]
    assert advice_pdf(Transfer.objects.get()).startswith(b"%PDF")
    assert "Bill: 122.00 EUR" in text and "Bill (credit): -50.00 EUR" in text
    books.assert_checks_hold()


def test_a_credit_larger_than_what_is_paid_leaves_a_cent_and_waits_for_the_next_run(books, house):
    (alba,) = house.vendors("Alba")
    owe(books, alba, "30.00")
    credit = owe(books, alba, "-100.00")
    owe(books, alba, "-5.00")
    run = house.run()
    assert [ln.amount for ln in house.lines(run)] == [30, Decimal("-29.99")]
    assert [(ln.amount, ln.reason) for ln in house.lines(run, "left_out")] == [(-5, "not_covered")]
    house.released(run)
    credit.refresh_from_db()
    assert credit.open_amount == Decimal("70.01")
    books.assert_checks_hold()


def test_a_run_that_credits_leave_nothing_of_is_refused_and_less_can_be_taken_off(books, house):
    (alba,) = house.vendors("Alba")
    first = owe(books, alba, "100.00")
    owe(books, alba, "60.00")
    owe(books, alba, "-80.00")
    run = house.run()
    do(ANNA, "take_out", PaymentRunLine.objects.get(run=run, item=first).pk)
    do(ANNA, "submit", run.pk)
    entries = JournalEntry.objects.count()
    with pytest.raises(NotCovered) as refused:
        do(BEA, "release", run.pk)
    assert "credit of Alba takes more off than the run pays them" in refused.value.sentence()
    assert JournalEntry.objects.count() == entries
    do(BEA, "send_back", run.pk, reason="Too much credit")
    line = PaymentRunLine.objects.get(run=run, amount__lt=0)
    with pytest.raises(MoreThanOpen):
        do(ANNA, "pay_part", line.pk, amount="81")
    do(ANNA, "pay_part", line.pk, amount="20")
    house.released(run)
    assert [t.amount for t in Transfer.objects.all()] == [40]
    books.assert_checks_hold()


def test_the_banks_statement_executes_transfers_and_what_comes_back_is_open_again(books, house):
    alba, bra = house.vendors("Alba", "Bra")
    bill = owe(books, alba, "122.00")
    owe(books, bra, "80.00")
    house.released(house.run())
    sent = {t.party_id: t for t in Transfer.objects.all()}
    load(
        files.entry("-122.00", "2026-02-11", name="Alba", text=sent[alba.pk].end_to_end),
        files.entry("-80.00", "2026-02-11", name="Bra", text=sent[bra.pk].end_to_end),
    )
    made = books.do("banking.match_automatically", [ln.pk for ln in BankLine.objects.all()]).made["bank-matches"]
    assert {(t.state, str(t.answered_on)) for t in Transfer.objects.all()} == {("executed", "2026-02-11")}
    match = BankLine.objects.get(counterparty="Bra").match_id
    assert match in made
    books.do("banking.unmatch", match, reason="Wrong line")
    assert Transfer.objects.get(party=bra).state == "released"
    books.do("banking.match_automatically", [ln.pk for ln in BankLine.objects.filter(state="open")])
    assert Transfer.objects.get(party=bra).state == "executed"
    load(
        files.entry("122.00", "2026-02-13", text=f"Storno {sent[alba.pk].end_to_end} conto estinto"),
        opening="-202.00",
        statement="S2",
    )
    books.do("banking.match_automatically", [ln.pk for ln in BankLine.objects.filter(state="open")])
    back = Transfer.objects.get(party=alba)
    assert (back.state, str(back.answered_on)) == ("rejected", "2026-02-13")
    assert "conto estinto" in back.answer
    bill.refresh_from_db()
    assert bill.open_amount == -122
    assert not BankLine.objects.filter(state="open").exists()
    assert (books.balance("bank"), books.balance("payable")) == (-80, -122)
    books.assert_checks_hold()
