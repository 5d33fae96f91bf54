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
from fondaco.finance.receivables.models import Reminder
from fondaco.finance.remittance.models import BankReceipt, Presentation, ReceiptReturn
from fondaco.finance.remittance.queries import presented_file
from fondaco.finance.remittance.refusals import (
    WHY,
    AnswerCodeUnknown,
    FileNotYet,
    NoSia,
    OtherSia,
    ReceiptNotThere,
    ReturnNotReadable,
)
from fondaco.finance.remittance.riba_file import Creditor, Drawn, bank_of, flow, record
from fondaco.finance.remittance.riba_reading import Unreadable, read
from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.refusals import NotAllowed
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


# ------------------------------------------------------------------ the bank's return file

PAID, BACK, NOTED = "30010", "30007", "30000"


def returned(*answers, sia="AB123", foot=None):
    """A return file: (receipt, code) each, in the records of the standard."""
    lines = [record("IB", (4, 8, sia), (9, 13, "05696"), (14, 19, "030326"), (20, 39, "ESITI"), (114, 114, "E"))]
    for place, (receipt, code) in enumerate(answers, start=1):
        number = (4, 10, f"{place:07}")
        lines.append(record("14", number, (23, 28, f"{receipt.due_on:%d%m%y}"), (29, 33, code), (34, 46, f"{int(receipt.amount * 100):013}"), (47, 47, "-")))  # fmt: skip
        lines.append(record("51", number, (11, 20, f"{receipt.number:010}")))
    count = len(answers) if foot is None else foot
    lines.append(record("EF", (4, 8, sia), (46, 52, f"{count:07}"), (83, 89, f"{len(lines) + 1:07}")))
    return "".join(f"{line}\r\n" for line in lines)


@pytest.fixture
def codes(house):
    rows = ((PAID, "collected", "Pagato"), (BACK, "unpaid", "Insoluto"), (NOTED, "nothing", "Richiesta"))
    given = [{"company": house.books.company.pk, "code": c, "meaning": m, "text": t} for c, m, t in rows]
    create(ANNA, RESOURCES["riba-answers"], given)


def answered(house, content, on="2026-03-03", fee="4.50"):
    given = {"company": house.books.company.pk, "bank_account": house.bank.pk, "on": on, "fee": fee, "content": content}
    (key,) = create(BEA, RESOURCES["riba-returns"], [given]).ids
    do(BEA, "read_return", key)
    return ReceiptReturn.objects.get(pk=key)


@pytest.fixture
def drawn_three(books, house, codes):
    duomo = customer(house, "Bar Duomo")
    invoices = [invoiced(books, duomo, net, on) for net, on in (("100.00", "2026-01-10"), ("10.00", "2026-01-12"), ("20.00", "2026-01-13"))]
    run = presentation(house)
    do(BEA, "present", run.pk)
    return invoices, list(BankReceipt.objects.filter(presentation=run).order_by("position"))


def test_the_banks_return_file_opens_what_came_back_and_it_is_reminded_of(books, house, drawn_three):
    """AR-08, AR-04: collected and unpaid by the code of each; the reason stays, the fee is an expense, the item is open and dunned."""
    invoices, (first, second, third) = drawn_three
    made = answered(house, returned((first, PAID), (second, BACK), (third, NOTED)))
    assert (made.number, made.state, made.collected, made.unpaid, made.known) == ("RBR/2026/00001", "read", 1, 1, 0)
    assert [(r.state, r.answer, r.fee) for r in BankReceipt.objects.order_by("position")] == [
        ("collected", "", 0), ("unpaid", "Insoluto", Decimal("4.50")), ("presented", "", 0),
    ]  # fmt: skip
    assert [books.item(i).open_amount for i in invoices] == [0, Decimal("12.20"), 0]
    assert books.balance("bank_charges") == Decimal("4.50")
    (key,) = create(ACTOR, RESOURCES["dunning-runs"], [{"company": books.company.pk, "on": "2026-04-10"}]).ids
    books.do("receivables.propose", key)
    assert [r.total for r in Reminder.objects.filter(run=key)] == [Decimal("12.20")]
    # The same file again, and one that says at last that the third came back, after it was collected.
    again = answered(house, returned((first, PAID), (second, BACK), (third, NOTED)).strip())
    assert (again.collected, again.unpaid, again.known) == (0, 0, 2)
    last = answered(house, returned((third, PAID), (third, BACK)), on="2026-03-10", fee="0")
    assert (last.collected, last.unpaid) == (0, 1)
    assert books.item(invoices[2]).open_amount == Decimal("24.40")
    books.assert_checks_hold()


def test_a_return_file_that_is_not_right_changes_nothing(books, house, drawn_three):
    _invoices, (first, second, _third) = drawn_three
    entries = JournalEntry.objects.count()
    wrong = BankReceipt(number=first.number, amount=Decimal("1.00"), due_on=first.due_on)
    nobody = BankReceipt(number=99, amount=first.amount, due_on=first.due_on)
    good = returned((first, PAID))
    for content, refusal, words in (
        (returned((first, "30099")), AnswerCodeUnknown, "code 30099 in line 2"),
        (returned((second, BACK), (wrong, PAID)), ReceiptNotThere, "line 4 answers receipt 1 of 1.00"),
        (returned((nobody, BACK)), ReceiptNotThere, "receipt 99"),
        (returned((first, PAID), sia="ZZ999"), OtherSia, "ZZ999"),
        (returned((first, PAID), foot=2), ReturnNotReadable, "Line 4: the foot counts"),
        (good.replace(" EF", " XX"), ReturnNotReadable, "one head"),
        (good.replace(" 51", " 52"), ReturnNotReadable, "Line 2: this receipt has no record 51"),
        (good.replace(" 14", " 15"), ReturnNotReadable, "Line 3: this record 51"),
        (good.replace("0000000012200", "00000000122OO"), ReturnNotReadable, "Line 2: there are no figures"),
        ("x" * 121, ReturnNotReadable, "120 characters"),
        ("<?xml version='1.0'?>", ReturnNotReadable, "Line 1"),
        (" \n ", ReturnNotReadable, "it is empty"),
    ):
        with pytest.raises(refusal, match=words):
            answered(house, content)
    assert JournalEntry.objects.count() == entries
    assert {r.state for r in BankReceipt.objects.all()} == {"presented"}


def test_a_read_return_stays_and_reading_needs_the_right(books, house, drawn_three):
    _invoices, (first, _second, _third) = drawn_three
    made = answered(house, returned((first, PAID)))
    for statement in ("update remittance_receiptreturn set content = ''", "delete from remittance_receiptreturn"):
        with pytest.raises(DatabaseError, match="never changes"), unit_of_work("mallory", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)
    given = {"company": books.company.pk, "bank_account": house.bank.pk, "on": "2026-03-03", "content": returned((first, PAID))}
    (draft,) = create(ANNA, RESOURCES["riba-returns"], [given]).ids
    with unit_of_work("test", "test"):
        sam = User.objects.create(username="sam", name="Sam")
        Membership.objects.create(user=sam, role=Role.objects.get(key="accountant"), company_id=books.company.pk)
    with pytest.raises(NotAllowed):
        do(actor_of(sam, channel="web"), "read_return", draft)
    assert made.state == "read"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=" IBEF1450\n\r\x00é7", max_size=700))
def test_any_text_is_read_or_refused_with_its_line(text):
    try:
        read(text)
    except Unreadable as error:
        assert error.why in WHY


def test_statements_do_not_grow_with_the_answers(books, house, codes):
    counts = []
    for many in (1, 15):
        for n in range(many):
            invoiced(books, customer(house, f"Bar {many} {n}"))
        run = presentation(house)
        do(BEA, "present", run.pk)
        receipts = list(BankReceipt.objects.filter(presentation=run, state="presented").order_by("position"))
        content = returned(*((r, BACK) for r in receipts))
        given = {"company": books.company.pk, "bank_account": house.bank.pk, "on": "2026-03-03", "fee": "1", "content": content}
        (key,) = create(BEA, RESOURCES["riba-returns"], [given]).ids
        with CaptureQueriesContext(connection) as statements:
            do(BEA, "read_return", key)
        counts.append(len(statements))
    assert counts[0] == counts[1]
