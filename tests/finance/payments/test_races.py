"""People at the same time: an invoice is settled once, nothing is posted into a closed period, numbers have no gap (AR-01, GL-04, GL-05)."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from fondaco.finance.invoicing.refusals import PaidAlready
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.ledger.models import JournalCounter, JournalEntry, JournalLine, OpenItem, PeriodState
from fondaco.finance.ledger.refusals import LateReasonMissing, PeriodClosed
from fondaco.finance.payments.models import Application, Payment
from fondaco.finance.payments.refusals import AllocatedTooMuch, LessIsOpen
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from tests.books import ACTOR, open_books
from tests.clerks import Slow, at_once

POSTERS = 50


@pytest.fixture(scope="module")
def books(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        books = open_books()
        for on, rate in (("2026-01-01", "0.9091"), ("2026-02-01", "0.8733"), ("2026-03-01", "0.9377")):
            books.rate("USD", rate, on)
        yield books


@pytest.fixture
def customer(books, request):
    return books.customer(request.node.name)


def unit():
    return unit_of_work("slow", "test")


def invoice(books, customer, net="100", on="2026-01-15", **values):
    return books.invoice(customer, [{"quantity": "1", "unit_price": net}], on, **values)


# ------------------------------------------------------------------ settling


def queued(books, *work):
    """Do the first, hold its commit until the second waits for it; the second's answer."""
    first, second = work
    slow = Slow(unit, lambda: books.do(first[0], first[1], **first[2]))
    late = Slow.begun(lambda: books.do(second[0], second[1], **second[2]))
    slow.somebody_waits()
    slow.end()
    return late()


def two_payments(books, customer, item, amount, verb, days, currency="EUR"):
    """Two payments for one item, and the two calls of the verb that settles it."""
    given = {item.pk: amount} if verb == "post" else {}
    made = [books.pay(customer, amount, on, given, post=verb != "post", currency=currency) for on in days]
    return [(f"payments.{verb}", p.pk, {"items": {str(item.pk): amount}} if verb == "apply" else {}) for p in made]


@pytest.mark.parametrize(
    ("verb", "days"), [("post", ("2026-02-10", "2026-02-10")), ("post", ("2025-12-30", "2026-02-10")), ("apply", ("2026-02-10",) * 2)]
)
def test_the_second_of_two_payments_waits_and_is_refused_with_what_is_left(books, customer, verb, days):
    item = books.item(invoice(books, customer))
    with pytest.raises(LessIsOpen, match=r"42\.00 EUR"):
        queued(books, *two_payments(books, customer, item, "80", verb, days))
    item.refresh_from_db()
    assert (item.open_amount, item.open_base_amount) == (42, 42)
    assert Application.objects.filter(payment__party=customer).count() == 1
    assert Payment.objects.filter(party=customer, state="draft", number=None, entry=None).count() == (1 if verb == "post" else 0)
    books.assert_checks_hold()


@pytest.mark.parametrize(("verb", "days"), [("post", ("2026-02-10", "2026-03-10")), ("apply", ("2026-02-10", "2026-03-10"))])
def test_two_halves_at_once_close_a_foreign_invoice_in_both_currencies(books, customer, verb, days):
    item = books.item(invoice(books, customer, "8.25", currency="USD"))
    assert (item.open_amount, item.open_base_amount) == (Decimal("10.07"), Decimal("9.15"))
    part = two_payments(books, customer, item, "5.03", verb, days, "USD")
    queued(books, *part)
    item.refresh_from_db()
    assert item.open_amount == Decimal("0.01")
    books.pay(customer, "0.01", "2026-03-11", {item.pk: "0.01"}, currency="USD")
    item.refresh_from_db()
    assert (item.open_amount, item.open_base_amount) == (0, 0)
    even = books.item(invoice(books, customer, "8.25", currency="USD", prices_include_tax=True))
    assert even.open_amount == Decimal("8.25")
    books.pay(customer, "0.25", "2026-02-10", {even.pk: "0.25"}, currency="USD")
    queued(books, *two_payments(books, customer, even, "4.00", verb, days, "USD"))
    even.refresh_from_db()
    assert (even.open_amount, even.open_base_amount) == (0, 0)
    books.assert_checks_hold()


def test_what_a_payment_left_is_written_off_and_no_more(books, customer):
    item = books.item(invoice(books, customer, currency="USD"))
    (payment,) = two_payments(books, customer, item, "80", "post", ["2026-02-10"], "USD")
    queued(books, payment, ("ledger.write_off", item.pk, {"reason": "Bankrupt", "on": "2026-03-10"}))
    item.refresh_from_db()
    assert (item.open_amount, item.open_base_amount) == (0, 0)
    given_up = JournalLine.objects.get(account=books.account("write_off"), entry__source_id=item.pk)
    assert given_up.currency_amount == 42
    books.assert_checks_hold()


def test_what_was_written_off_cannot_be_paid_in_the_same_moment(books, customer):
    item = books.item(invoice(books, customer))
    (payment,) = two_payments(books, customer, item, "80", "post", ["2026-02-10"])
    with pytest.raises(LessIsOpen, match=r"0\.00 EUR"):
        queued(books, ("ledger.write_off", item.pk, {"reason": "Bankrupt", "on": "2026-03-10"}), payment)
    books.assert_checks_hold()


def test_an_invoice_is_not_reversed_while_it_is_paid(books, customer):
    bill = invoice(books, customer)
    (payment,) = two_payments(books, customer, books.item(bill), "80", "post", ["2026-02-10"])
    with pytest.raises(PaidAlready, match=f"{bill.number} is settled, wholly or in part"):
        queued(books, payment, ("invoicing.reverse", bill.pk, {"reason": "Wrong", "on": "2026-03-10"}))
    bill.refresh_from_db()
    assert bill.state == "posted"
    books.assert_checks_hold()


def test_one_payment_applied_by_two_at_once_is_spent_once(books, customer):
    items = [books.item(invoice(books, customer)) for _n in range(2)]
    payment = books.pay(customer, "122", "2026-02-10")
    answers = at_once(lambda item: books.do("payments.apply", payment.pk, items={str(item.pk): "122"}), items)
    (refused,) = [a for a in answers if isinstance(a, Exception)]
    assert isinstance(refused, AllocatedTooMuch)
    assert sorted(OpenItem.objects.filter(pk__in=[i.pk for i in items]).values_list("open_amount", flat=True)) == [0, 122]
    books.assert_checks_hold()


def test_many_payments_share_an_invoice_and_no_cent_is_settled_twice(books, customer):
    item = books.item(invoice(books, customer, currency="USD"))
    drafts = [books.pay(customer, "11.13", "2026-02-10", {item.pk: "11.13"}, post=False, currency="USD") for _n in range(16)]
    answers = at_once(lambda payment: books.do("payments.post", payment.pk), drafts)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 6, "ten times 11.13 are in 122.00"
    assert {type(r) for r in refused} == {LessIsOpen}
    item.refresh_from_db()
    assert item.open_amount == Decimal("10.70")
    assert (
        Payment.objects.filter(party=customer, state="posted").count() == Application.objects.filter(payment__party=customer).count() == 10
    )
    books.assert_checks_hold()


def test_what_several_spread_over_the_oldest_invoices_is_all_used(books, customer):
    items = [books.item(invoice(books, customer, on=f"2026-01-{day}")) for day in (11, 12, 13)]
    payments = [books.pay(customer, "61", "2026-02-10") for _n in range(6)]
    answers = at_once(lambda payment: books.do("payments.apply_oldest", payment.pk), payments)
    assert not [a for a in answers if isinstance(a, Exception)]
    assert set(OpenItem.objects.filter(party=customer).values_list("open_amount", flat=True)) == {0}
    assert len(items) == 3
    books.assert_checks_hold()


def test_applying_and_taking_back_at_once_leaves_nothing_half_done(books, customer):
    items = [books.item(invoice(books, customer, "33.33", currency="USD")) for _n in range(4)]
    payments = [books.pay(customer, "40.66", "2026-02-10", {i.pk: "20.33"}, currency="USD") for i in items]
    verbs = [
        work
        for payment in payments
        for work in (
            ("payments.apply_oldest", payment.pk, "", {"on": "2026-03-10"}),
            ("payments.unapply", payment.pk, "Wrong invoice", {"on": "2026-03-10"}),
            ("payments.reverse", payment.pk, "Bounced", {"on": "2026-03-11"}),
        )
    ]
    answers = at_once(lambda verb: books.do(verb[0], verb[1], verb[2], **verb[3]), verbs)
    assert all(isinstance(a, UserError) for a in answers if isinstance(a, Exception)), answers
    assert set(Payment.objects.filter(party=customer).values_list("state", flat=True)) == {"reversed"}
    for item in OpenItem.objects.filter(pk__in=[i.pk for i in items]):
        assert (item.open_amount, item.open_base_amount) == (item.amount, item.base_amount)
    books.assert_checks_hold()


# ------------------------------------------------------------------ closing


@pytest.mark.parametrize(("verb", "refusal"), [("soft_close", LateReasonMissing), ("close", PeriodClosed)])
def test_a_period_closes_after_those_who_are_posting_into_it(books, customer, verb, refusal):
    day = {"soft_close": "2026-04-20", "close": "2026-05-20"}[verb]
    state = PeriodState.objects.get(period__company=books.company, period__starts_on=f"{day[:7]}-01", subledger="receivables")
    early, late = (invoice(books, customer, on=day, post=False) for _n in range(2))
    slow = Slow(unit, lambda: books.do("invoicing.post", early.pk))
    closing = Slow.begun(lambda: books.do(f"ledger.{verb}", state.pk, "Month end"))
    slow.somebody_waits()
    slow.end()
    closing()
    with pytest.raises(refusal):
        books.do("invoicing.post", late.pk)
    assert JournalEntry.objects.filter(period=state.period).count() == 1
    books.assert_checks_hold()


@pytest.mark.parametrize(("verb", "refusal"), [("soft_close", LateReasonMissing), ("close", PeriodClosed)])
def test_who_posts_while_a_period_closes_waits_and_is_refused(books, customer, verb, refusal):
    day = {"soft_close": "2026-06-20", "close": "2026-07-20"}[verb]
    state = PeriodState.objects.get(period__company=books.company, period__starts_on=f"{day[:7]}-01", subledger="receivables")
    draft = invoice(books, customer, on=day, post=False)
    slow = Slow(unit, lambda: books.do(f"ledger.{verb}", state.pk, "Month end"))
    posting = Slow.begun(lambda: books.do("invoicing.post", draft.pk))
    slow.somebody_waits()
    slow.end()
    with pytest.raises(refusal):
        posting()
    assert not JournalLine.objects.filter(period=state.period).exists()
    draft.refresh_from_db()
    assert (draft.state, draft.number) == ("draft", None)
    books.assert_checks_hold()


def test_closing_among_many_posters_lets_no_line_in_afterwards(books, customer):
    state = PeriodState.objects.get(period__company=books.company, period__starts_on="2026-08-01", subledger="receivables")
    drafts = [invoice(books, customer, on="2026-08-20", post=False) for _n in range(24)]
    work = [("invoicing.post", d.pk) for d in drafts]
    work.insert(12, ("ledger.close", state.pk))
    answers = at_once(lambda verb: books.do(*verb, reason="Month end"), work)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert {type(r) for r in refused} <= {PeriodClosed}
    state.refresh_from_db()
    assert state.state == "closed"
    posted = JournalEntry.objects.filter(period=state.period)
    assert posted.count() == 24 - len(refused)
    assert sorted(posted.values_list("sequence", flat=True)) == list(
        range(posted.first().sequence, posted.first().sequence + posted.count())
    )
    books.assert_checks_hold()


# ------------------------------------------------------------------ numbering


class Abandoned(Exception):
    """What a poster raises who does not want his entries after all."""


def test_gl04_fifty_posters_some_of_whom_give_up_leave_no_gap(books):
    dice = Random(4)
    lots = [(n, dice.randint(1, 5), dice.random() < 0.3) for n in range(POSTERS * 4)]

    def work(lot):
        number, count, gives_up = lot
        draft = EntryDraft(
            company=books.company.pk, journal="general", on=date(2026, 10, 10), memo=f"Poster {number}",
            lines=[LineDraft("cash", Decimal(1)), LineDraft("revenue", Decimal(-1))],
        )  # fmt: skip
        with unit_of_work(f"poster{number}", "test"):
            entries = post([draft] * count, actor=ACTOR)
            if gives_up:
                raise Abandoned
        return [e.sequence for e in entries]

    before = JournalCounter.objects.filter(journal__company=books.company, journal__purpose="general").first()
    start = before.last_number if before else 0
    answers = at_once(work, lots, clerks=POSTERS)
    assert [isinstance(a, Abandoned) for a in answers] == [gives_up for *_lot, gives_up in lots]
    drawn = [number for a in answers if isinstance(a, list) for number in a]
    assert sorted(drawn) == list(range(start + 1, start + 1 + len(drawn)))
    kept = (
        JournalEntry.objects.filter(company=books.company, journal__purpose="general")
        .order_by("sequence")
        .values_list("sequence", "number")
    )
    assert [s for s, _n in kept] == list(range(1, start + 1 + len(drawn)))
    assert len({n for _s, n in kept}) == len(kept)
    books.assert_checks_hold()
