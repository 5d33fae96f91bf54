"""BK-06: the 13 weeks expect taxes from the books themselves, and wages by the same door; nothing is counted twice, by plan or by period."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.finance.banking import forecasting
from fondaco.finance.banking.forecasting import Flow, Outlook, expects, forecast, once
from fondaco.finance.banking.models import PlannedFlow
from fondaco.finance.banking.taxes import left_of
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.tax.declaring import deadline, due_on
from fondaco.finance.tax.models import ReturnDefinition, TaxCode, TaxRegime, TaxReturn
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import unit_of_work
from tests.books import ACTOR, open_books
from tests.finance.payables.test_withholding import FEE, lawyer, pay
from tests.finance.tax.test_returns import prepared, sell

TODAY = date(2026, 6, 1)


@pytest.fixture
def returns(books):
    """The monthly returns of 2026, by month; until June every month sells 1000 and owes 220."""
    for month in range(1, 6):
        sell(books, "1000", f"2026-{month:02d}-10")
    return prepared(books)


def told(books, kind="VAT", today=TODAY, actor=ACTOR):
    """Day, amount and drill of the flows of a kind; every bar is the sum of them."""
    found = forecast(actor, books.company, today=today)
    for week in found.weeks:
        assert week.net == sum((week.part(k) for k in found.kinds), Decimal(0))
    return [(f.on.isoformat(), base, f.url) for w in found.weeks for f, base in w.flows if str(f.kind) == kind]


def paid(books, amount, on, purpose="vat_settlement"):
    """The bank pays the authority."""
    with unit_of_work("test", "test"):
        lines = (LineDraft(purpose, Decimal(amount)), LineDraft("bank", -Decimal(amount)))
        post([EntryDraft(books.company.pk, "general", date.fromisoformat(on), "F24", lines)], actor=ACTOR)


def through(books, returns, months, *, settle=True):
    for month in months:
        books.do("tax.file", returns[month], on=f"2026-{month + 1:02d}-14")
        if settle:
            books.do("tax.settle", returns[month], on=f"2026-{month + 1:02d}-15")


def test_periods_not_paid_are_expected_when_they_are_due_each_once(books, returns):
    """BK-06: open periods by their tax entries, overdue ones now; filed as filed; settled until the bank paid; the running one so far."""
    sell(books, "500", "2026-06-01")
    urls = {m: f"/vat-returns/{k}" for m, k in returns.items()}
    expected = [("2026-06-01", Decimal(-220), urls[m]) for m in (1, 2, 3, 4)] + [
        ("2026-06-16", Decimal(-220), urls[5]), ("2026-07-16", Decimal(-110), urls[6]),
    ]  # fmt: skip
    assert sorted(told(books), key=lambda f: f[2]) == sorted(expected, key=lambda f: f[2])
    through(books, returns, (1, 2))
    through(books, returns, (3,), settle=False)
    assert sorted(told(books), key=lambda f: f[2]) == sorted(expected, key=lambda f: f[2]), "filed or settled, it is owed all the same"
    paid(books, "220", "2026-02-16")
    paid(books, "100", "2026-03-16")
    now = [f for f in told(books) if f[0] == "2026-06-01"]
    assert sorted(now) == [
        ("2026-06-01", Decimal(-220), urls[3]),
        ("2026-06-01", Decimal(-220), urls[4]),
        ("2026-06-01", Decimal(-120), urls[2]),
    ]
    books.do("tax.settle", returns[3], on="2026-04-15")
    paid(books, "340", "2026-04-16")
    assert [f[2] for f in told(books)] == [urls[4], urls[5], urls[6]]
    books.assert_checks_hold()


def test_the_sixteenth_comes_once_a_month_and_moves_from_a_weekend(books):
    """BK-06: the day is the definition's: monthly, quarterly, the last quarter in March; from Saturday to Monday; empty for the last day."""
    vat = ReturnDefinition.objects.get(company=books.company, code="VAT")
    assert due_on(vat, date(2026, 4, 1), date(2026, 4, 30)) == date(2026, 5, 18)
    assert due_on(vat, date(2026, 4, 1), date(2026, 6, 30)) == date(2026, 8, 17)
    assert due_on(vat, date(2026, 10, 1), date(2026, 12, 31)) == date(2027, 3, 16)
    assert (deadline(date(2026, 1, 31), 1, None), deadline(date(2027, 12, 31), 2, 30)) == (date(2026, 3, 2), date(2028, 2, 29))
    plain = ReturnDefinition.objects.get(company=open_books("DE", code="PLAIN").company, code="VAT")
    assert due_on(plain, date(2026, 4, 1), date(2026, 6, 30)) == date(2026, 7, 31)
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
        ReturnDefinition.objects.filter(pk=vat.pk).update(due_day=0)


def test_a_small_debt_and_a_credit_go_to_the_next_period_and_are_not_expected_twice(books):
    """BK-06: 55 are below the minimum of 100 and are paid with the next month; a credit lessens it."""
    returns = prepared(books)
    sell(books, "250", "2026-04-10")
    sell(books, "1000", "2026-05-10")
    may = ("2026-06-16", Decimal(-275), f"/vat-returns/{returns[5]}")
    assert told(books) == [may]
    through(books, returns, (1, 2, 3, 4))
    assert told(books) == [may], "the small debt stands on the account, and in the next return"
    through(books, returns, (5,), settle=False)
    assert told(books) == [may]
    books.do("tax.settle", returns[5], on="2026-06-10")
    assert told(books) == [may]
    paid(books, "275", "2026-06-12")
    assert told(books) == []


def test_returns_that_nobody_opened_are_expected_too(books):
    """BK-06: without any return it begins with the period that is still to be paid; quarters with their interest; drilled to tax entries."""
    with unit_of_work("test", "test"):
        TaxRegime.objects.create(
            company=books.company, valid_from=date(2026, 1, 1), cash_basis=False, frequency="quarterly", interest_percent=Decimal(1)
        )
    sell(books, "1000", "2026-02-10")
    sell(books, "1000", "2026-05-10")
    entries = f"/tax-entries?company={books.company.pk}&reported_on__gte=2026-04-01&reported_on__lte=2026-06-30"
    assert told(books) == [("2026-08-17", Decimal("-222.20"), entries)]
    assert not TaxReturn.objects.exists()


def test_a_balance_from_before_is_owed_now(books):
    """BK-06: what stands on the authority's account and no return explains."""
    paid(books, "-300", "2026-01-01")
    account = books.account("vat_settlement").pk
    assert told(books) == [("2026-06-01", Decimal(-300), f"/journal-lines?company={books.company.pk}&account={account}&sort=-on")]


def test_the_advance_of_december_is_expected_and_taken_off(books):
    """BK-06: 88 per cent of last year's December by the 27th, and the rest in January."""
    keys = books.do("companies.prepare_returns", books.company.pk, year=2025).made["vat-returns"]
    sell(books, "10000", "2025-12-10")
    books.do("tax.file", keys, on="2026-01-14")
    books.do("tax.settle", keys[-1], on="2026-01-15")
    paid(books, "2200", "2026-01-16")
    returns = prepared(books)
    sell(books, "9000", "2026-12-01")
    found = told(books, today=date(2026, 12, 5))
    assert found == [
        ("2026-12-27", Decimal(-1936), f"/vat-returns/{returns[12]}"), ("2027-01-18", Decimal(-44), f"/vat-returns/{returns[12]}"),
    ]  # fmt: skip


def plan(books, stands_for, amount="-400", starts_on=date(2026, 1, 20)):
    with unit_of_work("test", "test"):
        PlannedFlow.objects.create(
            company=books.company, name=f"plan {stands_for}", amount=Decimal(amount), currency=books.company.currency, starts_on=starts_on,
            stands_for=stands_for,
        )  # fmt: skip


def test_a_plan_of_vat_counts_where_the_books_do_not_tell_it(books, returns):
    """BK-06: June is owed by the books (May is over), July is still coming together and stays planned; so does August. An unmarked plan stays."""
    sell(books, "500", "2026-06-01")
    through(books, returns, (1, 2, 3, 4))
    paid(books, "880", "2026-05-16")
    plan(books, "vat")
    plan(books, "", "-7")
    assert [f[:2] for f in told(books)] == [("2026-06-16", Decimal(-220))]
    assert [f[:2] for f in told(books, "Planned")] == [
        ("2026-06-20", Decimal(-7)), ("2026-07-20", Decimal(-7)), ("2026-07-20", Decimal(-400)),
        ("2026-08-20", Decimal(-7)), ("2026-08-20", Decimal(-400)),
    ]  # fmt: skip
    through(books, returns, (5,))
    paid(books, "220", "2026-06-16")
    assert told(books) == []
    assert ("2026-06-20", Decimal(-400)) not in [f[:2] for f in told(books, "Planned")], "paid is known too: the plan does not come back"
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
        PlannedFlow.objects.update(stands_for="beer")


def test_withheld_tax_is_paid_over_after_the_bill_and_once(books):
    """BK-06: it waits with the bill, is due on the 16th after the payment, and is gone once the bank paid it."""
    bill = books.bill(lawyer(books), FEE, "2026-05-10", stated_total="1268.80")
    kind = "Tax withheld from vendors"
    assert told(books, kind) == [("2026-07-16", Decimal(-200), f"/bills/{bill.pk}")]
    owed = told(books, "Vendors")
    assert [f[1] for f in owed] == [Decimal("-1068.80")], "the vendor is owed what is not withheld"
    pay(books, bill, "500", "2026-05-20")
    assert [(f[0], f[1]) for f in told(books, kind)] == [("2026-06-16", Decimal("-93.56")), ("2026-07-16", Decimal("-106.44"))]
    pay(books, bill, "568.80", "2026-06-03")
    today = date(2026, 6, 4)
    assert told(books, kind, today) == [
        ("2026-06-16", Decimal("-93.56"), "/taxes-withheld?on__gte=2026-05-01&on__lte=2026-05-31"),
        ("2026-07-16", Decimal("-106.44"), "/taxes-withheld?on__gte=2026-06-01&on__lte=2026-06-30"),
    ]
    paid(books, "93.56", "2026-06-16", "withholding_payable")
    assert [f[1] for f in told(books, kind, date(2026, 6, 17))] == [Decimal("-106.44")]
    books.assert_checks_hold()


def test_stamp_duty_of_a_quarter_is_expected_on_its_day(books):
    """BK-06: two documents above the limit in the second quarter, so 4 euro at the end of September; none for other countries."""
    exempt = TaxCode.objects.get(company=books.company, code="IT-N4").pk
    for amount in ("500", "78", "77"):
        sell(books, amount, "2026-05-10", tax_code=exempt)
    assert told(books, "Stamp duty", date(2026, 7, 20)) == [("2026-09-30", Decimal(-4), "/books/stamp-duty?year=2026")]
    other = open_books("DE", code="PLAIN")
    assert told(other, "Stamp duty") == []


def test_wages_come_by_the_same_door(books):
    """BK-06: a room that pays wages adds its slips with ``@expects``; the plan of wages yields month by month. Who may not see them does not."""
    before = list(forecasting.SOURCES)
    try:

        @expects("Payslips", place=60, permission="payroll.view_payslip")
        def payslips(outlook: Outlook):
            yield Flow(date(2026, 6, 27), Decimal(-3000), "EUR", "June", "/payslips/1", stands_for="wages")

        plan(books, "wages", "-2800", date(2026, 5, 27))
        assert told(books, "Payslips") == [("2026-06-27", Decimal(-3000), "/payslips/1")]
        assert [f[0] for f in told(books, "Planned")] == ["2026-07-27", "2026-08-27"]
        clerk = Actor("clerk", patterns=(("banking.*", books.company.pk, "company"),))
        assert told(books, "Payslips", actor=clerk) == []
        assert [f[0] for f in told(books, "Planned", actor=clerk)] == ["2026-06-27", "2026-07-27", "2026-08-27"]
    finally:
        forecasting.SOURCES[:] = before


def test_what_is_left_is_of_the_newest_debts():
    left = left_of(Decimal(250), [Decimal(100), Decimal(200), Decimal(50)])
    assert left == ([100, 150, 0], 0)
    assert left_of(Decimal(400), [Decimal(100)]) == ([100], 300)
    assert left_of(Decimal(-5), [Decimal(100)]) == ([0], 0)


def test_of_a_month_one_counts():
    def flow(amount, day, **more):
        return Flow(date(2026, 6, day), Decimal(amount), "EUR", "", "/", stands_for="vat", **more)

    plans = [flow(1, 3, is_plan=True), flow(2, 20, is_plan=True)]
    assert once([*plans, flow(9, 16)]) == [flow(9, 16)]
    assert once([*plans, flow(9, 16, so_far=True)]) == plans
    assert once([flow(0, 16), *plans]) == [flow(0, 16)]
    assert once([flow(9, 16, so_far=True)]) == [flow(9, 16, so_far=True)]


def test_statements_do_not_grow_with_the_periods(books, returns):
    counts = []
    for today in (date(2026, 1, 20), TODAY):
        with CaptureQueriesContext(connection) as statements:
            forecast(ACTOR, books.company, today=today)
        counts.append(len(statements))
    assert counts[1] <= counts[0]
