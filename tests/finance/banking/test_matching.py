"""Bank lines find their items, postings and accounts, say why, and what was matched can be undone (BK-02, BK-03, AR-07)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fondaco.finance.banking.matching import Ground, Line, Posting, marks_of, plain_name, propose, windows
from fondaco.finance.banking.models import BankLine, BankMatch, BankRule, Learned, MatchedPosting, MatchingPolicy
from fondaco.finance.banking.queries import ground_of, items_of, line_of
from fondaco.finance.banking.reasons import told
from fondaco.finance.banking.refusals import (
    DoesNotComeOut,
    DoesNotFit,
    NothingChosen,
    OneAccount,
    PostingOfOther,
    ProposalGone,
    TooMuchGivenUp,
)
from fondaco.finance.invoicing.models import DiscountStep, Instalment, PaymentTerm
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.ledger.models import JournalEntry, JournalLine, OpenItem
from fondaco.finance.payments.models import Disbursement, Payment
from fondaco.masterdata.parties.models import PartyBankAccount
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import WrongState
from tests.books import ACTOR, Books, open_books
from tests.clerks import at_once
from tests.finance.banking import files
from tests.finance.banking.bank import OTHER_IBAN, lines, load, open_account

DE = "DE89370400440532013000"


@pytest.fixture
def account(books):
    return open_account(books)


def invoice(books, customer, net="100", on="2026-01-15", **values):
    """An invoice with 22% VAT."""
    made = books.invoice(customer, [{"quantity": "1", "unit_price": net}], on, **values)
    made.item = OpenItem.objects.get(entry=made.entry_id)
    return made


def bill(books, vendor, amount, on="2026-01-10", number="BILL/2026/0077"):
    """What a vendor is owed, as his bill writes it."""
    with unit_of_work("test", "test"):
        (entry,) = post(
            [
                EntryDraft(
                    books.company.pk, "purchases", books.company.created_at.date().fromisoformat(on), f"Bill {number}",
                    (LineDraft("expense", Decimal(amount)), LineDraft("payable", -Decimal(amount), party=vendor.pk, due_on=books.company.created_at.date().fromisoformat(on))),
                )
            ],
            actor=ACTOR,
        )  # fmt: skip
    return OpenItem.objects.get(entry=entry)


@pytest.fixture
def customer(books):
    return books.customer("Bar Duomo S.r.l.", "IT")


def proposals(line: BankLine):
    return propose(line_of(line), ground_of(line.company_id, [line_of(line)]))


def why(match: BankMatch) -> str:
    return "; ".join(told(match.reasons))


def automatically(books: Books) -> list[BankMatch]:
    made = books.do("banking.match_automatically", [ln.pk for ln in lines(state="open")]).made["bank-matches"]
    return list(BankMatch.objects.filter(pk__in=made).order_by("pk"))


# ------------------------------------------------------------------ what texts say


def test_document_numbers_are_found_however_they_are_written():
    strong, weak = marks_of("Invoice INV/2026/00042")
    assert strong == {"INV202600042", "INV202642"}
    assert {"42", "00042", "202642"} <= weak
    for text in ("INV/2026/00042", "inv 2026 00042", "Saldo fatt. INV-2026-00042.", "INV2026/42 grazie", "RE: INV202600042"):
        assert strong & windows(text), text
    for text in ("INV/2026/00043", "INV/2026/000421", "2026 00042", "42"):
        assert not strong & windows(text), text


def test_names_are_compared_without_accents_and_legal_form():
    assert plain_name("Caffè  S.r.l.") == plain_name("CAFFE SRL") == "caffe"
    assert plain_name("Müller GmbH & Co. KG") == "muller co"


# ------------------------------------------------------------------ without a person


def test_a_named_invoice_of_the_same_amount_is_settled_and_says_why(books, account, customer):
    made = invoice(books, customer)
    load(files.entry("122.00", name="BAR DUOMO SRL", text=f"Saldo {made.number}"))
    (match,) = automatically(books)
    assert (match.kind, match.score, match.how, match.party) == ("receipt", 100, "automatic", customer)
    assert (
        why(match)
        == f"the text names invoice {made.number}; the counterparty is called like Bar Duomo S.r.l.; the amount is exactly what is open"
    )
    books.assert_journal(f"""
        2026-02-10 received PAY/2026/00001 BAR DUOMO SRL Saldo {made.number}
          bank                              122.00
          receivable                       -122.00
    """)
    made.item.refresh_from_db()
    assert made.item.closed_on
    (line,) = lines()
    assert (line.state, line.match) == ("matched", match)
    books.assert_checks_hold()


def test_one_line_for_many_invoices_and_many_lines_for_one(books, account, customer):
    one, two, three = (invoice(books, customer, n) for n in ("100", "50", "200"))
    load(
        files.entry("183.00", text=f"{one.number} + {two.number}"),
        files.entry("144.00", "2026-02-11", name="Bar Duomo", text=three.number),
        files.entry("100.00", "2026-02-12", name="Bar Duomo", text=three.number),
    )
    first, second, third = automatically(books)
    assert why(first).startswith(f"the text names invoice {one.number}, invoice {two.number}")
    assert "the amount is a part of what is open (244.00)" in why(second)
    assert not OpenItem.objects.filter(closed_on__isnull=True).exists()
    assert "is a part of what is open (244.00)" in why(third)
    books.assert_checks_hold()


def test_a_known_account_and_the_only_item_of_the_amount(books, account, customer):
    made = invoice(books, customer)
    load(files.entry("122.00", iban=DE, text=made.number))
    automatically(books)
    other = books.customer("Somebody Else", "IT")
    later, decoy = invoice(books, customer, "70", "2026-02-01"), invoice(books, other, "90", "2026-02-01")
    load(files.entry("85.40", "2026-02-20", name="M. Rossi", iban=DE, text="grazie"), opening="122.00", statement="S2")
    (match,) = automatically(books)
    assert match.party == customer
    assert "the counterparty's account was Bar Duomo S.r.l.'s before (1 times)" in why(match)
    later.item.refresh_from_db()
    assert later.item.closed_on
    decoy.item.refresh_from_db()
    assert not decoy.item.closed_on
    books.assert_checks_hold()


def test_the_name_and_one_item_of_the_amount_are_enough_but_two_items_are_not(books, account, customer):
    invoice(books, customer, "100")
    load(files.entry("122.00", name="Bar Duomo", text="saldo"))
    (match,) = automatically(books)
    assert match.score >= 85
    invoice(books, customer, "100", "2026-02-01")
    invoice(books, customer, "100", "2026-02-02")
    load(files.entry("122.00", "2026-02-12", name="Bar Duomo", text="saldo"), opening="122.00", statement="S2")
    assert automatically(books) == []
    (line,) = lines(state="open")
    assert told(proposals(line)[0].reasons)[-1] != ""
    assert "several items of this amount are open; the oldest was taken" in told(proposals(line)[0].reasons)
    books.assert_checks_hold()


@pytest.mark.parametrize(
    "line",
    [
        files.entry("122.00", name="Unknown Ltd", text="payment"),  # the amount alone proves nothing
        files.entry("121.00", text="INV/2026/00001"),  # too little, and nobody known
        files.entry("130.00", name="Bar Duomo", text="INV/2026/00001"),  # too much: a person decides about the rest
        files.entry("122.00", text="INV/2026/00011"),
        files.entry("-122.00", name="Bar Duomo", text="INV/2026/00001"),  # money that went out settles no invoice
    ],
)
def test_what_is_not_sure_is_left_for_a_person(books, account, customer, line):
    made = invoice(books, customer)
    load(line)
    assert automatically(books) == []
    made.item.refresh_from_db()
    assert made.item.open_amount == 122
    books.assert_checks_hold()


def test_two_lines_for_one_invoice_pay_it_once(books, account, customer):
    made = invoice(books, customer)
    load(files.entry("122.00", text=made.number), files.entry("122.00", "2026-02-11", text=made.number))
    (match,) = automatically(books)
    assert match.lines.get().booked_on.day == 10
    assert len(lines(state="open")) == 1
    books.assert_checks_hold()


def test_the_creditor_reference_names_the_invoice(books, account, customer):
    made = invoice(books, customer)
    plain = made.number.replace("/", "")
    check = 98 - int("".join(str(int(c, 36)) for c in f"{plain}RF00")) % 97
    load(files.entry("122.00", structured=f"RF{check:02d}{plain}"))
    (match,) = automatically(books)
    assert why(match).startswith(f"the creditor reference names invoice {made.number}")


def test_charges_kept_back_and_the_ordered_currency(books, account, customer):
    books.rate("USD", "0.90", "2026-01-01")
    one = invoice(books, customer)
    dollars = invoice(books, customer, "100", currency="USD")
    load(
        files.entry("119.50", text=one.number, charges="2.50"),
        files.entry("110.50", "2026-02-11", name="Bar Duomo", text=dollars.number, original=("122.00", "USD")),
    )
    first, second = automatically(books)
    assert "with the charges kept back (2.50)" in why(first)
    assert "the ordered 122.00 USD is exactly what is open" in why(second)
    # 122 USD were worth 109.80 by the books; the bank gave 110.50.
    assert books.journal(2).splitlines()[-2:] == [
        "  bank                                0.70",
        "  exchange_gain                      -0.70",
    ]
    assert books.balance("bank") == Decimal("230.00")
    assert books.balance("bank_charges") == Decimal("2.50")
    assert not OpenItem.objects.filter(closed_on__isnull=True).exists()
    books.assert_checks_hold()


def test_a_cash_discount_is_part_of_what_settles_the_invoice(books, account, customer):
    with unit_of_work("test", "test"):
        term = PaymentTerm.objects.create(code="2-10", name="2% in 10 days")
        Instalment.objects.create(term=term, days=30)
        DiscountStep.objects.create(term=term, percent=2, days=10)
    early, late = (invoice(books, customer, "100", on, payment_term=term.pk) for on in ("2026-02-05", "2026-01-05"))
    load(files.entry("119.56", text=early.number), files.entry("119.56", "2026-02-11", text=late.number))
    (match,) = automatically(books)
    assert "less 2.44 cash discount" in why(match)
    early.item.refresh_from_db()
    assert early.item.closed_on
    late.item.refresh_from_db()
    assert late.item.open_amount == 122  # too late for the discount: a person decides
    books.assert_checks_hold()
    books.do("banking.unmatch", match.pk, reason="x")
    early.item.refresh_from_db()
    assert early.item.open_amount == 122
    books.assert_checks_hold()


def test_a_confirmed_account_tells_whose_money_it_is(books, account, customer):
    made = invoice(books, customer)
    with unit_of_work("test", "test"):
        PartyBankAccount.objects.create(party=customer, iban=DE, state="held")
    load(files.entry("122.00", iban=DE, name="M. Rossi", text="x"))
    assert automatically(books) == []
    held = Ground({made.item.pk: items_of(books.company.pk, [made.item.pk])[made.item.pk]}, names={customer.pk: customer.name}, party_accounts={DE: [customer.pk]})  # fmt: skip
    (first, *_more) = propose(line_of(lines()[0]), held)
    assert (first.party, first.score >= 85) == (customer.pk, True)
    assert told(first.reasons)[0] == "the counterparty's account is Bar Duomo S.r.l.'s"


def test_a_payment_run_that_the_bank_booked_as_one_sum(account):
    paid = [Posting(n, 1, date(2026, 2, 9), Decimal(-100 * n), f"paid DIS/2026/0000{n}", n, run="RUN/2026/00001") for n in (1, 2)]
    line = Line(1, 1, date(2026, 2, 10), Decimal(-300), "EUR", text="Distinta RUN/2026/00001")
    (found, *_more) = propose(line, Ground({}, postings=paid))
    assert (found.kind, found.postings, found.score) == ("recorded", (1, 2), 99)
    assert told(found.reasons) == ["the amount is exactly payment run RUN/2026/00001 (2 payments)"]
    assert [p for p in propose(replace(line, amount=Decimal(-301)), Ground({}, postings=paid)) if len(p.postings) > 1] == []


def test_vendors_are_paid_and_pay_back(books, account):
    with unit_of_work("test", "test"):
        vendor = books.customer("Torrefazione Alta", "IT", is_vendor=True)
    bill(books, vendor, "300")
    load(files.entry("-300.00", name="Torrefazione Alta", text="BILL/2026/0077"))
    (match,) = automatically(books)
    assert (match.kind, match.party) == ("payment", vendor)
    assert Disbursement.objects.get().kind == "paid"
    assert (books.balance("bank"), books.balance("payable")) == (-300, 0)
    books.assert_checks_hold()


def test_what_is_in_the_books_already_is_recognised_and_not_posted_again(books, account, customer):
    made = invoice(books, customer)
    paid = books.pay(customer, "122", "2026-02-09", {made.item.pk: "122"}, account=account.account_id)
    entries = JournalEntry.objects.count()
    load(files.entry("122.00", text=f"{paid.number}"))
    (match,) = automatically(books)
    assert (match.kind, why(match).split(" is in")[0]) == ("recorded", f"received {paid.number}")
    assert JournalEntry.objects.count() == entries
    assert not MatchedPosting.objects.get().is_own
    books.assert_checks_hold()


def test_what_was_written_down_and_reversed_matches_nothing(books, account, customer):
    paid = books.pay(customer, "40", "2026-02-09", account=account.account_id)
    books.do("payments.reverse", paid.pk, reason="Never came", on="2026-02-09")
    load(files.entry("40.00", text=paid.number))
    assert automatically(books) == []
    assert [p.kind for p in proposals(lines()[0])] == []
    books.assert_checks_hold()


def rule(books, **values):
    with unit_of_work("test", "test"):
        given = {"name": "Fees", "words": "commissioni", "does": "account", "account": books.account("bank_charges"), "direction": "out"}
        return BankRule.objects.create(company=books.company, **(given | values))


def test_rules_post_fees_and_interest_directly(books, account):
    rule(books)
    rule(books, name="Interest", words="interessi attivi", direction="in", account=books.account("interest_income"), position=10)
    load(
        files.entry("-3.50", text="Commissioni bonifico"),
        files.entry("1.20", text="INTERESSI attivi netti"),
        files.entry("4.00", text="commissioni"),
    )
    fees, interest = automatically(books)
    assert (fees.kind, why(fees)) == ("account", "the rule “Fees” holds")
    assert (books.balance("bank_charges"), books.balance("interest_income"), books.balance("bank")) == (
        Decimal("3.5"),
        Decimal("-1.2"),
        Decimal("-2.3"),
    )
    assert interest.amount == Decimal("1.2")
    assert len(lines(state="open")) == 1
    books.assert_checks_hold()


def test_a_rule_that_wants_a_person_only_proposes(books, account):
    rule(books, is_automatic=False)
    load(files.entry("-3.50", text="Commissioni bonifico"))
    assert automatically(books) == []
    (line,) = lines()
    books.do("banking.accept", line.pk)
    assert books.balance("bank_charges") == Decimal("3.5")


def test_transfers_between_own_accounts_meet(books, account):
    other = open_account(books, OTHER_IBAN, name="Savings")
    load(files.entry("-500.00", iban=OTHER_IBAN, text="giro"))
    load(files.entry("500.00", "2026-02-11", iban=files.IBAN, text="giro"), account=OTHER_IBAN, statement="T1")
    assert [m.kind for m in automatically(books)] == ["transfer", "transfer"]
    assert books.balance("bank_transfers") == 0
    assert sum(JournalLine.objects.filter(account=other.account).values_list("amount", flat=True)) == 500
    books.assert_checks_hold()


def test_lines_of_a_closed_period_are_left(books, account, customer):
    made = invoice(books, customer)
    states = books.company.pk
    from fondaco.finance.ledger.models import PeriodState

    keys = PeriodState.objects.filter(period__company=states, period__name="2026-02", subledger="receivables").values_list("pk", flat=True)
    books.do("ledger.close", list(keys))
    load(files.entry("122.00", text=made.number), files.entry("-3.00", "2026-03-01", text="x"))
    assert automatically(books) == []
    books.assert_checks_hold()


def test_past_choices_are_learned(books, account):
    charges = books.account("bank_charges").pk
    for n in range(1, 6):
        load(files.entry("-7.00", f"2026-02-{n:02d}", text=f"Canone POS {n:04d}"), opening=f"{-7 * (n - 1)}.00", statement=f"S{n}")
        (line,) = lines(state="open")
        if n == 1:
            assert proposals(line) == []
            books.do("banking.post_to_account", line.pk, account=charges)
        elif n < 5:
            assert automatically(books) == []  # proposed, and not yet sure
            books.do("banking.accept", line.pk)
        else:
            (match,) = automatically(books)
            assert "such lines were posted to" in why(match)
            assert "(4 times)" in why(match)
    assert Learned.objects.get(kind="words").times == 5
    books.assert_checks_hold()


# ------------------------------------------------------------------ by hand


def test_many_lines_to_many_items_with_fee_and_small_rest_in_one_step(books, account, customer):
    one, two = invoice(books, customer), invoice(books, customer, "50")
    load(files.entry("100.00"), files.entry("80.00", "2026-02-11"))
    keys = [ln.pk for ln in lines()]
    with pytest.raises(DoesNotComeOut, match=r"-1\.00 EUR remains"):
        books.do("banking.match", keys, items={one.item.pk: "122", two.item.pk: "61"}, fee="2")
    with unit_of_work("test", "test"):
        MatchingPolicy.objects.create(company=books.company, tolerance=Decimal("1"))
    books.do("banking.match", keys, items={one.item.pk: "122", two.item.pk: "61"}, fee="2", write_off_rest=True)
    assert (books.balance("bank"), books.balance("bank_charges"), books.balance("write_off"), books.balance("receivable")) == (180, 2, 1, 0)
    match = BankMatch.objects.get()
    assert (match.how, match.line_count, why(match)) == ("person", 2, "chosen by a person")
    books.assert_checks_hold()


def test_giving_up_more_than_the_tolerance_needs_a_right(books, account, customer):
    made = invoice(books, customer)
    load(files.entry("100.00"))
    clerk = Actor("clerk", patterns=(("banking.match_line", None, "company"),))
    given = {"items": {str(made.item.pk): "122"}, "write_off_rest": True}
    with pytest.raises(TooMuchGivenUp, match=r"22\.00 EUR would be given up"):
        perform(clerk, ACTIONS["banking.match"], [lines()[0].pk], given)
    with pytest.raises(NotAllowed):
        perform(Actor("stranger"), ACTIONS["banking.match"], [lines()[0].pk], given)
    assert BankMatch.objects.count() == Payment.objects.count() == 0


def test_what_is_too_much_stays_on_account(books, account, customer):
    made = invoice(books, customer)
    load(files.entry("150.00"), files.entry("30.00", "2026-02-11"))
    first, second = (ln.pk for ln in lines())
    with pytest.raises(DoesNotComeOut, match=r"28\.00"):
        books.do("banking.match", first, items={made.item.pk: "122"})
    books.do("banking.match", first, items={made.item.pk: "122"}, keep_rest=True)
    books.do("banking.take_on_account", second, party=customer.pk)
    assert books.balance("receivable") == -58
    books.assert_checks_hold()


def test_what_does_not_fit_is_refused(books, account, customer):
    made, other = invoice(books, customer), invoice(books, books.customer("Other", "IT"))
    load(files.entry("244.00"), files.entry("-5.00", "2026-02-11"))
    came, went = (ln.pk for ln in lines())
    for given, refusal in (
        ({made.item.pk: "122", other.item.pk: "122"}, DoesNotFit), ({made.item.pk: "123"}, DoesNotFit), ({}, NothingChosen), ({999999: "5"}, NothingChosen),
    ):  # fmt: skip
        with pytest.raises(refusal):
            books.do("banking.match", came, items=given)
    with pytest.raises(DoesNotFit):
        books.do("banking.match", went, items={made.item.pk: "5"})
    with pytest.raises(OneAccount):
        books.do("banking.match", [came, went], items={made.item.pk: "122"})
    with pytest.raises(PostingOfOther):
        books.do("banking.match_postings", came, postings=[made.item.line_id])
    paid = books.pay(books.customer("Third", "IT"), "10", "2026-02-09", account=account.account_id)
    with pytest.raises(DoesNotComeOut):
        books.do("banking.match_postings", came, postings=[JournalLine.objects.get(entry=paid.entry_id, account=account.account).pk])
    assert BankMatch.objects.count() == 0
    books.assert_checks_hold()


def test_a_line_is_matched_once_and_a_proposal_that_is_gone_is_refused(books, account, customer):
    made = invoice(books, customer)
    load(files.entry("122.00", text=made.number), files.entry("122.00", "2026-02-11", text=made.number))
    first, second = lines()
    name = proposals(first)[0].name
    books.do("banking.accept", first.pk, proposal=name)
    with pytest.raises(WrongState):
        books.do("banking.accept", first.pk, proposal=name)
    with pytest.raises(ProposalGone):
        books.do("banking.accept", second.pk, proposal=name)
    books.assert_checks_hold()


# ------------------------------------------------------------------ undoing


def test_undoing_opens_everything_again_and_leaves_both_traces(books, account, customer):
    with unit_of_work("test", "test"):
        MatchingPolicy.objects.create(company=books.company, tolerance=Decimal("1"))
    one = invoice(books, customer)
    load(files.entry("121.50", text="x", iban=DE), files.entry("-3.00", text="Canone"))
    first, second = lines()
    books.do("banking.match", first.pk, items={one.item.pk: "122"}, fee="0.25", write_off_rest=True)
    books.do("banking.post_to_account", second.pk, account=books.account("bank_charges").pk)
    assert books.balance("bank") == Decimal("118.5")
    keys = list(BankMatch.objects.values_list("pk", flat=True))
    books.do("banking.unmatch", keys, reason="Wrong customer")
    assert [ln.state for ln in lines()] == ["open", "open"]
    for purpose in ("bank", "bank_charges", "write_off"):
        assert books.balance(purpose) == 0, purpose
    one.item.refresh_from_db()
    assert (one.item.open_amount, one.item.closed_on) == (122, None)
    assert Payment.objects.get().state == "reversed"
    undone = BankMatch.objects.filter(pk__in=keys)
    assert {(m.state, m.undone_reason) for m in undone} == {("undone", "Wrong customer")}
    # What was posted and its reversal explain each other: nothing is outstanding, and nothing is learned.
    assert set(BankMatch.objects.exclude(pk__in=keys).values_list("kind", flat=True)) == {"cancelled"}
    assert set(Learned.objects.values_list("times", flat=True)) == {0}
    books.assert_checks_hold()
    books.do("banking.match", first.pk, items={one.item.pk: "121.5"})
    assert books.balance("bank") == Decimal("121.5")
    books.assert_checks_hold()


def test_undoing_needs_a_reason_and_happens_once(books, account, customer):
    made = invoice(books, customer)
    load(files.entry("122.00", text=made.number))
    (match,) = automatically(books)
    with pytest.raises(Exception, match="reason"):
        books.do("banking.unmatch", match.pk)
    books.do("banking.unmatch", match.pk, reason="x")
    with pytest.raises(WrongState):
        books.do("banking.unmatch", match.pk, reason="x")
    assert automatically(books)[0].score >= 85
    books.assert_checks_hold()


# ------------------------------------------------------------------ at once


def test_two_people_never_match_one_line_twice(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        books = open_books(code="RACE")
        open_account(books)
        customer = books.customer("Racer", "IT")
        made = [invoice(books, customer, str(n)) for n in range(1, 9)]
        load(*(files.entry(f"{Decimal(m.gross):.2f}", text=m.number) for m in made))
        keys = [ln.pk for ln in lines()]

        def work(n):
            if n % 2:
                return books.do("banking.match_automatically", keys).made["bank-matches"]
            return [books.do("banking.accept", keys[n]).made["bank-matches"]]

        answers = at_once(work, range(8), clerks=4)
        assert all(isinstance(a, list | WrongState) for a in answers), answers
        assert BankMatch.objects.count() == Payment.objects.count() == 8
        assert books.balance("bank") == sum(m.gross for m in made)
        books.assert_checks_hold()
