"""Reads of the books that several callers share: balances, trial balance, control comparison."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from fondaco.finance.ledger.models import Account, Journal, JournalEntry, PeriodState
from fondaco.platform.database.knowing import known, shared


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """An account with its opening balance, movement and closing balance, in company currency, debit positive."""

    account: int
    opening: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit


# Whole periods come from the kept balances; only the days of a period cut by the dates are summed from lines.
FIGURES = """
with whole as (
  select b.account_id,
    coalesce(sum(b.debit - b.credit) filter (where p.ends_on < %(first)s), 0) as opening,
    coalesce(sum(b.debit) filter (where p.starts_on >= %(first)s), 0) as debit,
    coalesce(sum(b.credit) filter (where p.starts_on >= %(first)s), 0) as credit
  from ledger_accountbalance b join ledger_period p on p.id = b.period_id
  where b.company_id = %(company)s and p.company_id = %(company)s and p.ends_on <= %(last)s
    and (p.ends_on < %(first)s or p.starts_on >= %(first)s)
  group by b.account_id
), part as (
  select l.account_id,
    coalesce(sum(l.amount) filter (where l."on" < %(first)s), 0) as opening,
    coalesce(sum(l.amount) filter (where l."on" >= %(first)s and l.amount > 0), 0) as debit,
    coalesce(-sum(l.amount) filter (where l."on" >= %(first)s and l.amount < 0), 0) as credit
  from ledger_period p join ledger_journalline l on l.period_id = p.id and l."on" <= %(last)s
  where p.company_id = %(company)s and p.starts_on <= %(last)s and (p.ends_on > %(last)s or (p.starts_on < %(first)s and p.ends_on >= %(first)s))
  group by l.account_id
)
select account_id, sum(opening), sum(debit), sum(credit) from (select * from whole union all select * from part) figures
group by account_id
"""


def figures(company_id: int, *, first: date, last: date) -> dict[int, AccountFigures]:
    """Opening, movement and closing of every account that ever moved, for the days ``first`` to ``last``."""
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"company": company_id, "first": first, "last": last})
        return {row[0]: AccountFigures(*row) for row in cursor.fetchall()}


def purpose_accounts(company_id: int, purposes: Iterable[str]) -> dict[str, int]:
    """Account keys of a company by purpose; from memory."""
    accounts = accounts_by_purpose()
    return {purpose: accounts[company_id, purpose] for purpose in purposes if (company_id, purpose) in accounts}


def accounts_for(companies: Iterable[int], purposes: Iterable[str]) -> dict[tuple[int, str], int]:
    """Account keys by company and purpose; from memory."""
    accounts, wanted = accounts_by_purpose(), list(purposes)
    return {(c, p): accounts[c, p] for c in companies for p in wanted if (c, p) in accounts}


@known
def accounts_by_purpose() -> dict[tuple[int, str], int]:
    """The account that takes each purpose, by company."""
    rows = Account.objects.exclude(purpose="").values_list("company_id", "purpose", "id")
    return {(company, purpose): pk for company, purpose, pk in rows}


@known
def journals() -> dict[tuple[int, int | str], Journal]:
    """Journals by company and key, and by company and purpose."""
    found: dict[tuple[int, int | str], Journal] = {}
    for journal in Journal.objects.all():
        found[journal.company_id, journal.pk] = shared(journal)
        if journal.purpose:
            found[journal.company_id, journal.purpose] = journal
    return found


def journal_for(company_id: int, purpose: str) -> Journal | None:
    """The journal of a company that serves a purpose."""
    return Journal.objects.filter(company=company_id, purpose=purpose).first()


def first_open_days(company_id: int, subledger: str, days: Iterable[date]) -> dict[date, date]:
    """For each day the first one, from it on, whose period is not closed for the subledger: the day itself, or the first of a later
    period. A day beyond all closed periods stays as it is. One statement."""
    wanted = set(days)
    if not wanted:
        return {}
    closed = list(
        PeriodState.objects.filter(
            period__company=company_id, subledger=subledger, state=PeriodState.CLOSED, period__ends_on__gte=min(wanted)
        )
        .order_by("period__starts_on")
        .values_list("period__starts_on", "period__ends_on")
    )
    found = {}
    for day in wanted:
        open_day = day
        for starts_on, ends_on in closed:
            if starts_on <= open_day <= ends_on:
                open_day = ends_on + timedelta(days=1)
        found[day] = open_day
    return found


def reversed_on(entries: Iterable[int]) -> dict[int, date]:
    """The day of the mirror of each entry that was reversed; one statement."""
    return dict(JournalEntry.objects.filter(reverses__in=list(entries)).values_list("reverses_id", "on"))
