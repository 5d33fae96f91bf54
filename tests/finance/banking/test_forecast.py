"""Books against bank at a date, cash now, and 13 weeks to come whose bars are the sum of their documents (BK-04, BK-06, BK-07)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.finance.banking.forecasting import BAD, EXPECTED, GOOD, SCENARIOS, WEEKS, behaviour, days_of, forecast, position
from fondaco.finance.banking.models import PlannedFlow
from fondaco.finance.banking.reconciling import reconciliation
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.finance.banking import files
from tests.finance.banking.bank import load, open_account
from tests.finance.banking.test_matching import automatically, bill, invoice

TODAY = date(2026, 6, 1)


@pytest.fixture
def account(books):
    return open_account(books)


@pytest.fixture
def customer(books):
    return books.customer("Bar Duomo S.r.l.", "IT")


def told(found):
    """The statement as it is printed."""
    rows = [f"bank {found.bank:.2f}"]
    rows += [f"  - {o.on} {o.label} {o.amount:.2f}" for o in found.at_bank]
    rows += [f"  + {o.on} {o.label} {o.amount:.2f}" for o in found.in_books]
    rows.append(f"books {found.ledger:.2f}")
    assert found.difference == 0
    return rows


def test_the_books_are_explained_by_the_bank_and_what_is_outstanding(books, account, customer):
    one = invoice(books, customer)
    with unit_of_work("test", "test"):
        post([EntryDraft(books.company.pk, "opening", date(2026, 1, 1), "Opening", (LineDraft("bank", Decimal(1000)), LineDraft("opening_balance", Decimal(-1000))))], actor=ACTOR)  # fmt: skip
    paid = books.pay(customer, "40", "2026-02-08", account=account.account_id)
    load(files.entry("122.00", text=one.number), files.entry("-3.50", "2026-02-11", text="Canone"), opening="1000.00")
    automatically(books)
    assert told(reconciliation(account, date(2026, 2, 28))) == [
        "bank 1118.50",
        "  - 2026-02-11 Canone -3.50",
        f"  + 2026-02-08 received {paid.number} 40.00",
        "books 1162.00",
    ]
    # Before the bank told anything, the receipt and the opening balance explain the books.
    before = reconciliation(account, date(2026, 2, 9))
    assert (before.bank, before.ledger, before.opening_difference, before.difference) == (None, 1040, 1000, 0)
    load(files.entry("40.00", "2026-03-02", text=f"{paid.number}"), opening="1118.50", statement="S2")
    automatically(books)
    assert told(reconciliation(account, date(2026, 3, 31))) == ["bank 1158.50", "  - 2026-02-11 Canone -3.50", "books 1162.00"]
    # In February the money was still on its way.
    assert f"  + 2026-02-08 received {paid.number} 40.00" in told(reconciliation(account, date(2026, 2, 28)))
    books.assert_checks_hold()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(
    st.lists(st.tuples(st.integers(1, 50), st.booleans(), st.booleans(), st.integers(1, 27)), min_size=1, max_size=8), st.integers(1, 28)
)
def test_it_comes_out_on_every_day_whatever_was_matched(django_db_blocker, fresh, moves, day):
    books, account, customer, state = fresh
    entries = []
    for amount, is_recorded, is_out, on in moves:
        state["n"] += 1
        value = f"{'-' if is_out else ''}{amount}.00"
        if is_recorded and not is_out:
            books.pay(customer, f"{amount}", f"2026-02-{max(1, on - 2):02d}", account=account.account_id)
        entries.append(files.entry(value, f"2026-02-{on:02d}", text=f"x {state['n']}", reference=f"R{state['n']}"))
    load(*entries, opening=f"{state['closing']:.2f}", statement=f"S{state['n']}")
    state["closing"] += sum(Decimal(-a if out else a) for a, _r, out, _on in moves)
    automatically(books)
    for on in (date(2026, 2, day), date(2026, 1, 1), date(2026, 12, 31)):
        assert reconciliation(account, on).difference == 0
    assert reconciliation(account, date(2026, 12, 31)).bank == state["closing"]
    books.assert_checks_hold()


@pytest.fixture
def fresh(books, account, customer):
    return books, account, customer, {"n": 0, "closing": Decimal(0)}


def test_cash_now_of_all_accounts_and_currencies(books, account):
    books.rate("USD", "0.90", "2026-01-01")
    dollars = open_account(books, "", "USD", "Dollars", number="123-45")
    with unit_of_work("test", "test"):
        post(
            [
                EntryDraft(books.company.pk, "general", date(2026, 2, 1), "In", (LineDraft("cash", Decimal(50)), LineDraft("share_capital", Decimal(-50)))),
                EntryDraft(books.company.pk, "general", date(2026, 2, 1), "In", (LineDraft(dollars.account_id, Decimal(90), "USD", Decimal(100)), LineDraft("share_capital", Decimal(-90), "USD", Decimal(-100)))),
            ],
            actor=ACTOR,
        )  # fmt: skip
    load(files.entry("10.00"), opening="5.00")
    found = {a.name: (a.bank, a.books, a.base, a.currency, a.waiting) for a in position([books.company.pk])}
    assert found["Main account"] == (15, 0, 0, "EUR", 1)
    assert found["Dollars"] == (None, 100, 90, "USD", 0)
    assert [v for k, v in found.items() if k not in {"Main account", "Dollars"}] == [(None, 50, 50, "EUR", 0)]


def everything(books, scenario=EXPECTED, today=TODAY):
    return forecast(ACTOR, books.company, today=today, scenario=scenario)


def test_each_customer_is_expected_when_he_really_pays(books, account, customer):
    late = invoice(books, customer, "100", "2026-03-01")
    books.pay(customer, "122", "2026-03-31", {late.item.pk: "122"})  # thirty days late
    punctual = books.customer("Punctual", "IT")
    now = invoice(books, punctual, "100", "2026-03-01")
    books.pay(punctual, "122", "2026-03-01", {now.item.pk: "122"})
    found = behaviour(books.company.pk, TODAY)
    assert (found.delay(customer.pk, EXPECTED), found.delay(punctual.pk, EXPECTED), found.delay(0, EXPECTED)) == (30, 0, 15)
    assert (found.delay(customer.pk, GOOD), found.delay(customer.pk, BAD)) == (0, 60)
    invoice(books, customer, "50", "2026-06-03")
    invoice(books, punctual, "50", "2026-06-03")
    days = [(f.on, f.label.split(":")[0]) for w in everything(books).weeks for f, _b in w.flows]
    assert days == [(date(2026, 6, 3), "Punctual"), (date(2026, 7, 3), "Bar Duomo S.r.l.")]


def test_every_bar_is_the_sum_of_its_documents_in_every_scenario(books, account, customer):
    books.rate("USD", "0.90", "2026-01-01")
    invoice(books, customer, "100", "2026-02-01")  # long overdue
    invoice(books, customer, "100", "2026-06-10", currency="USD")
    with unit_of_work("test", "test"):
        vendor = books.customer("Torrefazione", "IT", is_vendor=True)
        PlannedFlow.objects.create(
            company=books.company, name="Wages", amount=-1000, currency_id="EUR", every="month", starts_on=date(2026, 1, 31)
        )
    bill(books, vendor, "300", "2026-06-20")
    assert Decimal("122") in [b for w in everything(books).weeks for _f, b in w.flows]
    for scenario in SCENARIOS:
        found = everything(books, scenario)
        assert len(found.weeks) == WEEKS
        balance = found.opening
        for week in found.weeks:
            assert week.net == sum((b for _f, b in week.flows), Decimal(0)) == sum((week.part(k) for k in found.kinds), Decimal(0))
            assert all(week.starts_on <= f.on < week.starts_on + timedelta(days=7) and f.url.startswith("/") for f, _b in week.flows)
            balance += week.net
            assert week.closing == balance
    assert sum(b for w in everything(books, BAD).weeks for f, b in w.flows if f.label.startswith("Bar")) < sum(
        b for w in everything(books).weeks for f, b in w.flows if f.label.startswith("Bar")
    )
    wages = [f.on for w in everything(books).weeks for f, _b in w.flows if f.label == "Wages"]
    assert wages == [date(2026, 6, 30), date(2026, 7, 31)]


def test_orders_are_expected_once_and_by_what_is_not_invoiced(books, account, customer):
    today = timezone.localdate()
    given = {"company": books.company.pk, "customer": customer.pk, "on": today.isoformat(), "currency": "EUR", "requested_on": (today + timedelta(days=10)).isoformat(), "lines": [{"description": "Service", "quantity": "2", "unit_price": "100"}]}  # fmt: skip
    (order,) = create(ACTOR, RESOURCES["orders"], [given]).ids
    assert not [f for w in everything(books, today=today).weeks for f, _b in w.flows]
    books.do("sales.confirm", order, on=today.isoformat())
    flows = [(f.amount, f.on, f.url) for w in everything(books, today=today).weeks for f, _b in w.flows]
    assert flows == [(Decimal("244.00"), today + timedelta(days=10), f"/orders/{order}")]


def test_planned_flows_keep_their_day_of_the_month():
    flow = PlannedFlow(every="month", starts_on=date(2026, 1, 31))
    assert list(days_of(flow, date(2026, 2, 1), date(2026, 4, 30))) == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    flow = PlannedFlow(every="week", starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 16))
    assert list(days_of(flow, date(2026, 1, 5), date(2026, 4, 30))) == [date(2026, 1, 8), date(2026, 1, 15)]
    flow = PlannedFlow(every="once", starts_on=date(2026, 1, 1))
    assert list(days_of(flow, date(2026, 1, 2), date(2026, 4, 30))) == []
