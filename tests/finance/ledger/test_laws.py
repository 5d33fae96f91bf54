"""The laws of the ledger, attacked as the application's role and as a clumsy developer (GL-01 to GL-05, GL-09).

Each attack writes SQL past every verb. The database must refuse it, and nothing may be left of it.
"""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.ledger.models import Account, Journal, JournalEntry, JournalLine, Period, PeriodState
from fondaco.finance.ledger.refusals import (
    AccountClosed,
    DimensionMissing,
    LateReasonMissing,
    NoPeriod,
    NotWhole,
    OtherCompany,
    PartyMissing,
    PeriodClosed,
    PeriodSoftClosed,
    Unbalanced,
)
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import flush_constraints, unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from tests.books import ACTOR, open_books

ON = date(2026, 3, 10)


def draft(books, *lines, on=ON, **values):
    return EntryDraft(
        company=books.company.pk, journal="general", on=on, memo="Test", lines=[LineDraft(a, Decimal(x)) for a, x in lines], **values
    )


def posted(books, *lines, **values):
    with refusals_translated(), unit_of_work("clerk", "test"):
        (entry,) = post([draft(books, *lines, **values)], actor=ACTOR)
    return entry


@pytest.fixture
def entry(books):
    return posted(books, ("cash", "100"), ("revenue", "-100"))


@pytest.fixture
def sql(books):
    """Run SQL as the application's role, in a unit of work, judged at its end; returns the constraint that refused."""

    def run(*statements, using="default"):
        before = snapshot()
        with (
            pytest.raises(DatabaseError) as refusal,
            unit_of_work("mallory", "console", using=using),
            connections[using].cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            flush_constraints(using=using)
        assert snapshot() == before
        cause = refusal.value.__cause__
        return cause.diag.constraint_name or cause.sqlstate

    return run


def snapshot():
    with connection.cursor() as cursor:
        cursor.execute("select count(*), coalesce(sum(hashtext(l::text)), 0) from ledger_journalline l")
        lines = cursor.fetchone()
        cursor.execute("select count(*), coalesce(sum(hashtext(e::text)), 0) from ledger_journalentry e")
        return lines, cursor.fetchone()


def header(entry, sequence, line_count=2, **changes):
    values = {
        "company_id": entry.company_id, "journal_id": entry.journal_id, "subledger": f"'{entry.subledger}'", "fiscal_year_id": entry.fiscal_year_id,
        "period_id": entry.period_id, "sequence": sequence, "number": f"'X{sequence}'", '"on"': f"'{entry.on}'", "memo": "''", "source_table": "''",
        "late_reason": "''", "line_count": line_count, "version": 1, **changes,
    }  # fmt: skip
    return f"insert into ledger_journalentry ({', '.join(values)}) values ({', '.join(map(str, values.values()))}) returning id"


def line(entry_id, entry, position, account, amount, **changes):
    return {
        "entry_id": entry_id, "company_id": entry.company_id, "period_id": entry.period_id, '"on"': f"'{entry.on}'", "position": position, "account_id": account,
        "amount": amount, "currency_id": "'EUR'", "currency_amount": amount, "dimension_set_id": 1, "memo": "''", **changes,
    }  # fmt: skip


def insert_lines(*lines):
    columns = ", ".join(lines[0])
    rows = ", ".join("(" + ", ".join(map(str, ln.values())) + ")" for ln in lines)
    return f"insert into ledger_journalline ({columns}) values {rows}"


LAST = "(select max(id) from ledger_journalentry)"


# ------------------------------------------------------------------ through the only writer


def test_gl01_an_unbalanced_entry_is_refused_to_the_last_cent(books):
    before = snapshot()
    with pytest.raises(Unbalanced, match=r"differ by 0\.01"):
        posted(books, ("cash", "100.01"), ("revenue", "-100"))
    assert snapshot() == before


@pytest.mark.parametrize("lines", [(), (("cash", "0"), ("revenue", "0")), (("cash", "5"),)])
def test_an_entry_needs_two_lines(books, lines):
    before = snapshot()
    with pytest.raises((NotWhole, Unbalanced)):
        posted(books, *lines)
    assert snapshot() == before


def test_gl05_a_closed_period_takes_nothing_and_a_soft_closed_one_needs_right_and_reason(books):
    state = PeriodState.objects.get(period__company=books.company, period__starts_on__lte=ON, period__ends_on__gte=ON, subledger="general")
    books.do("ledger.soft_close", state.pk)
    with pytest.raises(LateReasonMissing, match=r"2026-03 is soft-closed\. You may still post") as refused:
        posted(books, ("cash", "1"), ("revenue", "-1"))
    assert set(refused.value.fields) == {"reason"}
    clerk = Actor(username="clerk", user_id=7, patterns=(("ledger.post_voucher", None, "company"),))
    for reason in ("", "Invoice came late"):
        with (
            pytest.raises(PeriodSoftClosed, match=r"needs the right “ledger\.post_late”") as refused,
            refusals_translated(),
            unit_of_work("clerk", "test"),
        ):
            post([draft(books, ("cash", "1"), ("revenue", "-1"), late_reason=reason)], actor=clerk)
        assert not refused.value.fields
    assert posted(books, ("cash", "1"), ("revenue", "-1"), late_reason="Invoice came late").late_reason == "Invoice came late"
    books.do("ledger.close", state.pk)
    with pytest.raises(PeriodClosed, match="2026-03 is closed"):
        posted(books, ("cash", "1"), ("revenue", "-1"), late_reason="Please")
    books.do("ledger.reopen", state.pk, reason="Auditor asked")
    assert posted(books, ("cash", "1"), ("revenue", "-1"), late_reason="Not late at all").late_reason == ""
    assert posted(books, ("cash", "1"), ("revenue", "-1")).number.endswith("00003")


def test_periods_close_by_subledger(books):
    receivables = PeriodState.objects.get(
        period__company=books.company, period__starts_on__lte=ON, period__ends_on__gte=ON, subledger="receivables"
    )
    books.do("ledger.close", receivables.pk)
    with pytest.raises(PeriodClosed):
        books.invoice(books.customer(), [{"unit_price": "10"}], "2026-03-10")
    assert posted(books, ("cash", "1"), ("revenue", "-1"))


def test_no_period_no_posting(books):
    with pytest.raises(NoPeriod, match="has no fiscal period on 1 Jan 2031"):
        posted(books, ("cash", "1"), ("revenue", "-1"), on=date(2031, 1, 1))


def test_headings_and_inactive_accounts_take_nothing(books):
    heading = Account.objects.filter(company=books.company, is_posting=False).first()
    with pytest.raises(AccountClosed, match=heading.number), refusals_translated(), unit_of_work("clerk", "test"):
        post(
            [EntryDraft(books.company.pk, "general", ON, "x", [LineDraft(heading.pk, Decimal(1)), LineDraft("revenue", Decimal(-1))])],
            actor=ACTOR,
        )


def test_a_control_account_needs_a_party(books):
    with pytest.raises(PartyMissing, match="needs a party"):
        posted(books, ("receivable", "1"), ("revenue", "-1"))


def test_gl09_a_mandatory_dimension_must_be_there_and_valid(books):
    from fondaco.finance.ledger.models import AccountDimensionRule, Dimension, DimensionValue

    with unit_of_work("clerk", "test"):
        dimensions = [Dimension.objects.create(company=books.company, code=f"D{n}", name=f"Dimension {n}") for n in range(8)]
        values = [
            DimensionValue.objects.create(
                dimension=d, code="A", name=f"Value of {d.name}", valid_to=date(2026, 6, 30) if d is dimensions[7] else None
            )
            for d in dimensions
        ]
        AccountDimensionRule.objects.create(account=books.account("revenue"), dimension=dimensions[7])
    with pytest.raises(DimensionMissing, match="needs the dimension “Dimension 7”"):
        posted(books, ("cash", "1"), ("revenue", "-1"))

    def with_all(on):
        keys = tuple(v.pk for v in values)
        lines = [LineDraft("cash", Decimal(1)), LineDraft("revenue", Decimal(-1), dimensions=keys)]
        with refusals_translated(), unit_of_work("clerk", "test"):
            return post([EntryDraft(books.company.pk, "general", on, "x", lines)], actor=ACTOR)

    assert len(with_all(ON)[0].lines.get(position=2).dimension_set.items.all()) == 8
    with pytest.raises(Exception, match=r"Value of Dimension 7.*not valid on the date"):
        with_all(date(2026, 7, 1))


def test_gl03_a_reversal_is_linked_both_ways_and_happens_once(books):
    voucher = voucher_of(books)
    books.do("ledger.post", voucher)
    books.do("ledger.reverse", voucher, reason="Wrong month", on=date(2026, 4, 1))
    first, mirror = JournalEntry.objects.order_by("id")
    assert (mirror.reverses, first.reversed_by, mirror.on) == (first, mirror, date(2026, 4, 1))
    assert books.balance("cash") == 0
    books.assert_checks_hold()


def voucher_of(books):
    from fondaco.finance.ledger.resources import VoucherResource
    from fondaco.platform.resources.writing import create

    journal = Journal.objects.get(company=books.company, purpose="general")
    lines = [{"account": books.account("cash").pk, "debit": "25"}, {"account": books.account("revenue").pk, "credit": "25"}]
    given = {"company": books.company.pk, "journal": journal.pk, "on": "2026-03-31", "memo": "Till", "lines": lines}
    return create(ACTOR, VoucherResource, [given]).ids[0]


# ------------------------------------------------------------------ past every verb (GL-02)


def test_balanced_lines_appended_to_a_posted_entry_are_refused(sql, entry, books):
    cash, revenue = books.account("cash").pk, books.account("revenue").pk
    more = [line(entry.pk, entry, 3, cash, 5), line(entry.pk, entry, 4, revenue, -5)]
    assert sql(insert_lines(*more)) == "entry_arrives_whole"
    again = [line(entry.pk, entry, 1, cash, 5), line(entry.pk, entry, 2, revenue, -5)]
    assert sql(insert_lines(*again)) == "line_position_once"


def test_a_split_insert_is_refused(sql, entry, books):
    cash, revenue = books.account("cash").pk, books.account("revenue").pk
    first = insert_lines(line(LAST, entry, 1, cash, 5), line(LAST, entry, 2, revenue, -5))
    second = insert_lines(line(LAST, entry, 3, cash, 5), line(LAST, entry, 4, revenue, -5))
    assert sql(header(entry, 2, line_count=4), first) == "entry_has_its_lines"
    assert sql(header(entry, 2, line_count=4), first, second) == "entry_arrives_whole"


@pytest.mark.parametrize("count", [0, 1])
def test_zero_or_one_line_is_refused(sql, entry, books, count):
    assert sql(header(entry, 2, line_count=count)) == "entry_has_two_lines"


def test_a_header_without_its_lines_is_refused_at_commit(sql, entry):
    assert sql(header(entry, 2)) == "entry_has_its_lines"


@pytest.mark.parametrize(
    "table", ["ledger_journalline", "ledger_journalentry", "ledger_settlement", "ledger_settlementpart", "audit_change"]
)
@pytest.mark.parametrize("statement", ["update {} set id = id + 1000", "delete from {}", "truncate {} cascade"])
def test_the_application_cannot_touch_what_is_posted(sql, entry, table, statement):
    assert sql(statement.format(table)) == "42501"  # insufficient privilege


@pytest.mark.parametrize(
    "statement", ["update ledger_journalline set memo = 'x'", "delete from ledger_journalline", "update ledger_journalentry set memo = 'x'"]
)
def test_even_the_owner_cannot_change_what_is_posted(live_database, django_db_blocker, statement):
    with django_db_blocker.unblock():
        books = open_books(code=f"O{abs(hash(statement)) % 100000}")
        posted(books, ("cash", "100"), ("revenue", "-100"))
        with (
            pytest.raises(IntegrityError, match="what is posted is never changed"),
            unit_of_work("root", "console", using="owner"),
            connections["owner"].cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_line_moved_in_from_elsewhere_and_a_header_set_back_are_refused(sql, entry):
    assert sql(f"update ledger_journalline set entry_id = {entry.pk}") == "42501"
    assert sql("update ledger_journalentry set line_count = 4") == "42501"


def test_another_companys_account_is_refused(books, sql, entry):
    other = open_books(code="OTHER")
    foreign = other.account("cash").pk
    with pytest.raises(OtherCompany), refusals_translated(), unit_of_work("clerk", "test"):
        post(
            [EntryDraft(books.company.pk, "general", ON, "x", [LineDraft(foreign, Decimal(1)), LineDraft("revenue", Decimal(-1))])],
            actor=ACTOR,
        )
    lines = insert_lines(line(LAST, entry, 1, foreign, 5), line(LAST, entry, 2, books.account("revenue").pk, -5))
    assert sql(header(entry, 2), lines) == "line_account_of_company"
    period = Period.objects.filter(company=other.company).first().pk
    assert sql(header(entry, 2, period_id=period, **{'"on"': "'2025-01-15'"})) in {"entry_period_of_company", "entry_dated_in_period"}


def test_a_date_outside_the_period_is_refused(sql, entry):
    assert sql(header(entry, 2, **{'"on"': "'2026-04-01'"})) == "entry_dated_in_period"


def test_a_reused_number_and_a_gap_are_refused(sql, entry):
    assert sql(header(entry, 1)) == "entry_number_once"
    assert sql(header(entry, 3)) == "entry_numbers_gapless"


def test_kept_balances_and_open_items_cannot_be_written(sql, entry):
    assert sql("update ledger_accountbalance set debit = 0") == "42501"
    assert sql("insert into ledger_openitem default values") == "42501"
    assert sql("update ledger_journalcounter set last_number = 0") == "counter_never_goes_back"


def test_copy_is_judged_like_any_insert(books, entry):
    before = snapshot()
    cash = books.account("cash").pk
    columns = 'entry_id, company_id, period_id, "on", position, account_id, amount, currency_id, currency_amount, dimension_set_id, memo'
    with pytest.raises(DatabaseError, match="out of balance"), unit_of_work("mallory", "console"), connection.cursor() as cursor:
        cursor.execute(header(entry, 2))
        key = cursor.fetchone()[0]
        with connection.wrap_database_errors, cursor.copy(f"copy ledger_journalline ({columns}) from stdin") as copy:
            for position, amount in ((1, "5"), (2, "-4.99")):
                copy.write_row((key, entry.company_id, entry.period_id, entry.on, position, cash, amount, "EUR", amount, 1, ""))
    assert snapshot() == before


def test_amounts_finer_than_the_currency_are_refused(sql, entry, books):
    lines = insert_lines(
        line(LAST, entry, 1, books.account("cash").pk, "5.001"), line(LAST, entry, 2, books.account("revenue").pk, "-5.001")
    )
    assert sql(header(entry, 2), lines) == "line_in_minor_units"


def test_nobody_acts_nothing_is_written(entry):
    before = snapshot()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('fondaco.actor', '', true)")
        cursor.execute("update ledger_account set name = 'x'")
    assert snapshot() == before


def test_a_crash_between_header_and_lines_leaves_nothing(books, entry):
    before = snapshot()
    counter = "select last_number from ledger_journalcounter"
    with connection.cursor() as cursor:
        cursor.execute(counter)
        last = cursor.fetchone()
    with pytest.raises(ZeroDivisionError), unit_of_work("clerk", "test"):
        post([draft(books, ("cash", "1"), ("revenue", "-1"))], actor=ACTOR)
        raise ZeroDivisionError
    with connection.cursor() as cursor:
        cursor.execute(counter)
        assert cursor.fetchone() == last
    assert snapshot() == before


def test_posting_costs_the_same_statements_for_one_and_for_a_thousand(books, django_assert_num_queries):
    posted(books, ("cash", "1"), ("revenue", "-1"))
    counts = []
    for many in (1, 1000):
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries, unit_of_work("clerk", "test"):
            post([draft(books, ("cash", "1"), ("revenue", "-1")) for _ in range(many)], actor=ACTOR)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert JournalLine.objects.count() == 2 * 1002
    books.assert_checks_hold()
