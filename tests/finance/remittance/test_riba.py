"""AR-08, Italy: bank receipts (RiBa) from the payment term to the file, credited at once or after collection, and back unpaid."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.finance.invoicing.models import PaymentTerm
from fondaco.finance.ledger.models import JournalEntry, OpenItem
from fondaco.finance.payments.models import Payment
from fondaco.finance.remittance.models import BankReceipt, Presentation
from fondaco.finance.remittance.queries import presented_file
from fondaco.finance.remittance.refusals import FileNotYet, NoSia
from fondaco.finance.remittance.riba_file import Creditor, Drawn, bank_of, flow
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.finance.remittance.house import ANNA, BEA, OURS, House, do, iban

US = Creditor("Torrefazione Lèvante S.r.l.", "AB123", OURS, "01234567890", "Via Dante 1", "20121 Milano")


# ------------------------------------------------------------------ the file


def drawn(number=1, amount="100.00", **values):
    given = {"due_on": date(2026, 3, 31), "name": "Bar Duomo", "tax_number": "12345670785", "abi": "05428", "cab": "11101", **values}
    return Drawn(number, amount=Decimal(amount), **given)


def test_every_field_stands_where_the_standard_has_it():
    text = flow("RIBA-2026-00001", date(2026, 2, 10), US, [drawn(7, "1234.56", code="C-0001", street="Piazza Duomo 3", postal_code="20122", city="Milano", region="MI", text="Fattura INV/2026/00042")])  # fmt: skip
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert [ln[1:3] for ln in lines] == ["IB", "14", "20", "30", "40", "50", "51", "70", "EF"]
    head, order, ours, debtor, town, debt, number, _control, foot = lines

    def at(line, first, last):
        return line[first - 1 : last]

    abi, cab, account = OURS[5:10], OURS[10:15], OURS[15:]
    assert (at(head, 4, 8), at(head, 9, 13), at(head, 14, 19), at(head, 20, 39), at(head, 114, 114)) == (
        "AB123",
        abi,
        "100226",
        "RIBA-2026-00001     ",
        "E",
    )
    assert (at(order, 4, 10), at(order, 23, 28), at(order, 29, 33), at(order, 34, 46), at(order, 47, 47)) == (
        "0000001",
        "310326",
        "30000",
        "0000000123456",
        "-",
    )
    assert (at(order, 48, 52), at(order, 53, 57), at(order, 58, 69), at(order, 70, 74), at(order, 75, 79)) == (
        abi,
        cab,
        account,
        "05428",
        "11101",
    )
    assert (at(order, 92, 96), at(order, 97, 97), at(order, 98, 113), at(order, 120, 120)) == ("AB123", "4", "C-0001          ", "E")
    assert at(ours, 11, 34) == "TORREFAZIONE LEVANTE S.R"[:24]
    assert (at(debtor, 11, 40).strip(), at(debtor, 71, 86).strip()) == ("BAR DUOMO", "12345670785")
    assert (at(town, 11, 40).strip(), at(town, 41, 45), at(town, 46, 70).strip()) == ("PIAZZA DUOMO 3", "20122", "MILANO MI")
    assert (at(debt, 11, 50).strip(), at(debt, 101, 116).strip()) == ("FATTURA INV/2026/00042", "01234567890")
    assert at(number, 11, 20) == "0000000007"
    assert at(foot, 4, 39) == at(head, 4, 39)
    assert (at(foot, 46, 52), at(foot, 53, 67), at(foot, 68, 82), at(foot, 83, 89)) == ("0000001", "000000000123456", "0" * 15, "0000009")


@settings(max_examples=60, deadline=None, print_blob=True)
@given(
    st.lists(
        st.builds(
            drawn,
            st.integers(1, 10**10 - 1),
            st.decimals("0.01", "99999999999.99", places=2).map(str),
            name=st.text(max_size=80),
            text=st.text(max_size=120),
            street=st.text(max_size=60),
            city=st.text(max_size=40),
            region=st.text(max_size=5),
            code=st.text(max_size=30),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_records_have_120_characters_and_the_foot_says_what_is_there(receipts):
    lines = flow("RIBA-2026-00001", date(2026, 2, 10), US, receipts).split("\r\n")[:-1]
    assert {len(ln) for ln in lines} == {120}
    assert all(ln.isascii() and ln.isprintable() for ln in lines)
    assert len(lines) == 2 + 7 * len(receipts)
    foot = lines[-1]
    assert int(foot[45:52]) == len(receipts)
    assert int(foot[52:67]) == sum(int(ln[33:46]) for ln in lines if ln[1:3] == "14") == sum(int(r.amount * 100) for r in receipts)
    assert int(foot[82:89]) == len(lines)
    assert [ln[3:10] for ln in lines[1:-1]] == [f"{n:07}" for n in range(1, len(receipts) + 1) for _ in range(7)]


@pytest.mark.parametrize("amount", ["0", "-1.00", "1.005", "100000000000.00"])
def test_what_a_record_cannot_hold_is_refused(amount):
    with pytest.raises(ValueError, match="amount"):
        flow("X", date(2026, 2, 10), US, [drawn(amount=amount)])
    with pytest.raises(ValueError, match="IBAN"):
        bank_of("DE89370400440532013000")


# ------------------------------------------------------------------ the run


@pytest.fixture
def house(books):
    made = House(books)
    edit(ACTOR, RESOURCES["bank-accounts"], {made.bank.pk: {"sia_code": "AB123"}})
    return made


def customer(house, name, number=""):
    party = house.books.customer(name)
    if number != "none":
        create(ANNA, RESOURCES["party-bank-accounts"], [{"party": party.pk, "iban": number or iban(party.pk)}])
    return party


def invoiced(books, party, net="100.00", on="2026-01-10", term="RIBA30"):
    return books.invoice(party, [{"quantity": "1", "unit_price": net}], on, payment_term=PaymentTerm.objects.get(code=term).pk)


def presentation(house, on="2026-02-10", due_until="2026-04-30", **values):
    given = {"company": house.books.company.pk, "bank_account": house.bank.pk, "on": on, "due_until": due_until, **values}
    (key,) = create(ANNA, RESOURCES["riba-presentations"], [given]).ids
    do(ANNA, "propose_receipts", key)
    return Presentation.objects.get(pk=key)


def test_only_invoices_paid_by_bank_receipt_are_proposed_and_what_is_left_out_says_why(books, house):
    duomo, berlin, nobody = (
        customer(house, "Bar Duomo"),
        customer(house, "Bar Berlin", "DE89370400440532013000"),
        customer(house, "Nessuno", "none"),
    )
    for party in (duomo, berlin, nobody):
        invoiced(books, party)
    invoiced(books, duomo, term="NET30")
    invoiced(books, duomo, net="50.00", on="2025-12-05")  # due at the end of January, before the presentation
    invoiced(books, duomo, term="RIBA60", on="2026-03-10")  # due after its last day
    run = presentation(house)
    assert {(r.party.name, r.state, r.reason) for r in run.receipts.all()} == {
        ("Bar Duomo", "proposed", ""),
        ("Bar Berlin", "left_out", "foreign"),
        ("Nessuno", "left_out", "no_account"),
        ("Bar Duomo", "left_out", "past_due"),
    }
    second = presentation(house)
    assert {r.reason for r in second.receipts.filter(party=duomo)} == {"elsewhere", "past_due"}
    books.assert_checks_hold()


def test_subject_to_collection_is_credited_at_once_and_unpaid_it_is_open_again_with_the_fee(books, house):
    duomo = customer(house, "Bar Duomo")
    invoice = invoiced(books, duomo)
    run = presentation(house)
    with pytest.raises(FileNotYet):
        presented_file(run)
    do(BEA, "present", run.pk)
    run.refresh_from_db()
    assert (run.number, run.state) == ("RIBA/2026/00001", "presented")
    assert run.fingerprint == hashlib.sha256(presented_file(run).encode()).hexdigest()
    receipt = BankReceipt.objects.get()
    assert (receipt.state, receipt.number, receipt.abi, receipt.cab) == ("presented", 1, house.account_of(duomo).iban[5:10], "11101")
    books.assert_journal(
        """
        2026-02-10 received PAY/2026/00001 RIBA/2026/00001 1
          bank                              122.00
          receivable                       -122.00
        """
    )
    assert books.item(invoice).open_amount == 0
    do(BEA, "unpaid", receipt.pk, reason="Conto senza fondi", on="2026-03-03", fee="4.50")
    assert books.item(invoice).open_amount == 122
    assert (books.balance("bank"), books.balance("bank_charges")) == (Decimal("-4.50"), Decimal("4.50"))
    receipt.refresh_from_db()
    assert (receipt.state, receipt.answer, receipt.fee) == ("unpaid", "Conto senza fondi", Decimal("4.50"))
    again = presentation(house, on="2026-02-20")
    assert [r.state for r in again.receipts.all()] == ["proposed"]
    books.assert_checks_hold()


def test_after_collection_nothing_is_booked_before_the_bank_says_so(books, house):
    duomo = customer(house, "Bar Duomo")
    invoice, other = invoiced(books, duomo), invoiced(books, duomo, "10.00", "2026-01-12")
    run = presentation(house, credit="after_collection")
    entries = JournalEntry.objects.count()
    do(BEA, "present", run.pk)
    assert JournalEntry.objects.count() == entries
    assert {r.reason for r in presentation(house).receipts.all()} == {"elsewhere"}  # a receipt that waits is not drawn twice
    first, second = BankReceipt.objects.filter(presentation=run).order_by("position")
    do(BEA, "collected", first.pk, on="2026-03-02")
    assert (books.item(invoice).open_amount, books.item(other).open_amount) == (0, Decimal("12.20"))
    assert Payment.objects.get().on == date(2026, 3, 2)
    do(BEA, "unpaid", second.pk, reason="Insoluto", on="2026-03-03", fee="4.50")
    assert books.item(other).open_amount == Decimal("12.20")
    assert books.balance("bank") == Decimal("117.50")
    books.assert_checks_hold()


def test_without_sia_code_nothing_is_presented_and_what_is_presented_never_changes(books, house):
    duomo = customer(house, "Bar Duomo")
    invoiced(books, duomo)
    run = presentation(house)
    edit(ACTOR, RESOURCES["bank-accounts"], {house.bank.pk: {"sia_code": ""}})
    with pytest.raises(NoSia):
        do(BEA, "present", run.pk)
    edit(ACTOR, RESOURCES["bank-accounts"], {house.bank.pk: {"sia_code": "AB123"}})
    do(BEA, "present", run.pk)
    for attack in (
        "update remittance_presentation set content = 'x'",
        "update remittance_presentation set state = 'draft'",
        "delete from remittance_bankreceipt",
        "update remittance_bankreceipt set amount = 1",
        "update remittance_bankreceipt set abi = '99999'",
        "update remittance_bankreceipt set state = 'proposed'",
        "update remittance_bankreceipt set payment_id = null",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("mallory", "attack"), connection.cursor() as cursor:
            cursor.execute(attack)
    assert OpenItem.objects.filter(control="receivable", closed_on__isnull=True).count() == 0
    books.assert_checks_hold()


def test_statements_do_not_grow_with_the_receipts(books, house):
    counts: list[list[int]] = []
    for round_, many in enumerate((1, 20)):
        parties = [customer(house, f"Bar {round_} {n}") for n in range(many)]
        for party in parties:
            invoiced(books, party)
        run = presentation(house, credit="after_collection", on=f"2026-02-1{round_}")
        spare = presentation(house, on="2026-04-30")
        with CaptureQueriesContext(connection) as presented:
            do(BEA, "present", run.pk)
        keys = list(BankReceipt.objects.filter(presentation=run, state="presented").values_list("pk", flat=True))
        assert len(keys) == many
        with CaptureQueriesContext(connection) as collected:
            do(BEA, "collected", keys, on="2026-03-02")
        with CaptureQueriesContext(connection) as unpaid:
            do(BEA, "unpaid", keys, reason="Insoluto", on="2026-03-03", fee="1.00")
        with CaptureQueriesContext(connection) as proposed:
            do(ANNA, "propose_receipts", spare.pk)
        with CaptureQueriesContext(connection) as cancelled:
            do(ANNA, "cancel_presentation", spare.pk, reason="Enough")
        # What is open again does not come into the next round.
        house.books.do("parties.close_bank_account", [house.account_of(p).pk for p in parties])
        counts.append([len(c.captured_queries) for c in (presented, collected, unpaid, proposed, cancelled)])
    assert counts[0] == counts[1]
