"""The books in sight: trial balance, general ledger, balance sheet, profit and loss, aged receivables - as of any date.

All figures are in company currency unless said, debit positive, and come with what leads to the lines behind them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from fondaco.finance.ledger.models import Account, StatementLine
from fondaco.finance.ledger.queries import AccountFigures, figures
from fondaco.platform.money import ZERO

RESULT_KINDS = ("income", "expense")
#: What a line of a balance sheet may take: income and expense that no closing entry has carried to equity.
OF_THE_YEAR, OF_EARLIER_YEARS = "result_of_the_year", "result_of_earlier_years"


@dataclass
class TrialRow:
    """An account of the trial balance; ``depth`` counts the headings above it."""

    account: Account
    opening: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    depth: int = 0
    is_heading: bool = False

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit


@dataclass
class TrialBalance:
    """The rows by number, and the income and expense of earlier years that no closing entry has carried to equity yet."""

    rows: list[TrialRow]
    earlier_result: Decimal = ZERO


def trial_balance(company_id: int, *, first: date, last: date, year_start: date) -> TrialBalance:
    """Opening balance, debits, credits and closing balance of every account that has any of them, with its headings.

    ``year_start`` is the first day of the fiscal year that ``first`` lies in: income and expense open at zero on it, and what
    earlier years left on them is ``earlier_result``. Opening and closing balances sum to zero with it.
    """
    moved = figures(company_id, first=first, last=last)
    before = figures(company_id, first=year_start, last=first - timedelta(days=1)) if first > year_start else {}
    accounts = {a.pk: a for a in Account.objects.filter(company=company_id).order_by("number")}
    earlier = ZERO
    rows: dict[int, TrialRow] = {}
    for key, figure in moved.items():
        if accounts[key].kind in RESULT_KINDS:
            of_the_year = before[key].debit - before[key].credit if key in before else ZERO
            earlier += figure.opening - of_the_year
            figure = AccountFigures(key, of_the_year, figure.debit, figure.credit)
        if not (figure.opening or figure.debit or figure.credit):
            continue
        row = rows[key] = TrialRow(accounts[key], figure.opening, figure.debit, figure.credit)
        above = accounts[key].parent_id
        while above is not None:
            heading = rows.setdefault(above, TrialRow(accounts[above], is_heading=True))
            heading.opening += figure.opening
            heading.debit += figure.debit
            heading.credit += figure.credit
            row.depth += 1
            above = accounts[above].parent_id
    for row in rows.values():
        if row.is_heading:
            above = row.account.parent_id
            while above is not None:
                row.depth += 1
                above = accounts[above].parent_id
    return TrialBalance(_in_tree_order(rows, accounts), earlier)


def _in_tree_order(rows: dict[int, TrialRow], accounts: dict[int, Account]) -> list[TrialRow]:
    below: dict[int | None, list[TrialRow]] = defaultdict(list)
    for row in rows.values():
        below[row.account.parent_id].append(row)
    ordered: list[TrialRow] = []

    def walk(parent: int | None) -> None:
        for row in sorted(below.get(parent, ()), key=lambda r: r.account.number):
            ordered.append(row)
            walk(row.account.pk)

    walk(None)
    return ordered


@dataclass
class StatementRow:
    """A line of a statement: its figure, the one to compare with, and the accounts behind it.

    ``takes`` names the results not yet closed that are part of it, as on a balance sheet; their accounts are behind it too.
    """

    line: StatementLine
    depth: int
    amount: Decimal = ZERO
    compared: Decimal = ZERO
    accounts: list[int] = field(default_factory=list)
    is_total: bool = False
    takes: set[str] = field(default_factory=set)


@dataclass
class Statement:
    """A balance sheet or profit and loss. ``unplaced`` are accounts that no line names: it must be empty."""

    rows: list[StatementRow]
    unplaced: list[Account]
    result: Decimal = ZERO
    compared_result: Decimal = ZERO


def balance_sheet(
    company_id: int, *, on: date, year_start: date, compared_on: date | None = None, compared_year_start: date | None = None
) -> Statement:
    """The balance sheet at the end of ``on``. Income and expense not yet closed show as results of this and earlier years."""
    now = figures(company_id, first=year_start, last=on)
    before = figures(company_id, first=compared_year_start or year_start, last=compared_on) if compared_on else {}
    return _statement(
        company_id, "balance_sheet", {k: f.closing for k, f in now.items()}, {k: f.closing for k, f in before.items()}, now, before
    )


def profit_and_loss(
    company_id: int, *, first: date, last: date, compared_first: date | None = None, compared_last: date | None = None
) -> Statement:
    """Income and expense between two days."""
    now = figures(company_id, first=first, last=last)
    before = figures(company_id, first=compared_first, last=compared_last) if compared_first and compared_last else {}
    return _statement(
        company_id,
        "profit_and_loss",
        {k: f.debit - f.credit for k, f in now.items()},
        {k: f.debit - f.credit for k, f in before.items()},
        now,
        before,
    )


def _statement(
    company_id: int,
    statement: str,
    amounts: dict[int, Decimal],
    compared: dict[int, Decimal],
    now: dict[int, AccountFigures],
    before: dict[int, AccountFigures],
) -> Statement:
    lines = list(StatementLine.objects.filter(company=company_id, statement=statement).order_by("position", "id"))
    by_code = {line.code: line for line in lines}
    accounts = {a.pk: a for a in Account.objects.filter(company=company_id, is_posting=True)}
    result_account = {pk for pk, a in accounts.items() if a.kind in RESULT_KINDS}
    wanted = {pk for pk, a in accounts.items() if (a.kind in RESULT_KINDS) == (statement == "profit_and_loss")}
    rows = {
        line.code: StatementRow(line, _depth(line, by_code), is_total=any(ln.parent_code == line.code for ln in lines)) for line in lines
    }
    unplaced = []

    def add(code: str, amount: Decimal, other: Decimal, behind: Iterable[int], takes: str = "") -> None:
        while code in rows:
            row = rows[code]
            row.amount += row.line.sign * amount
            row.compared += row.line.sign * other
            row.accounts.extend(behind)
            row.takes |= {takes} if takes else set()
            code = row.line.parent_code

    for pk in sorted(wanted & (set(amounts) | set(compared))):
        amount, other = amounts.get(pk, ZERO), compared.get(pk, ZERO)
        if accounts[pk].statement_line in rows:
            add(accounts[pk].statement_line, amount, other, [pk])
        elif amount or other:
            unplaced.append(accounts[pk])
    result = sum((f.debit - f.credit for k, f in now.items() if k in result_account), ZERO)
    was = sum((f.debit - f.credit for k, f in before.items() if k in result_account), ZERO)
    if statement == "balance_sheet":
        taking = {line.takes: line.code for line in lines if line.takes}
        behind = sorted(result_account & (set(now) | set(before)))
        add(taking.get(OF_THE_YEAR, ""), result, was, behind, OF_THE_YEAR)
        add(
            taking.get(OF_EARLIER_YEARS, ""),
            sum((f.opening for k, f in now.items() if k in result_account), ZERO),
            sum((f.opening for k, f in before.items() if k in result_account), ZERO),
            behind,
            OF_EARLIER_YEARS,
        )
    ordered = [rows[line.code] for line in lines]
    return Statement([r for r in ordered if r.amount or r.compared or (r.is_total and not r.line.parent_code)], unplaced, -result, -was)


def _depth(line: StatementLine, by_code: dict[str, StatementLine]) -> int:
    depth, code = 0, line.parent_code
    while code in by_code:
        depth, code = depth + 1, by_code[code].parent_code
    return depth


BUCKETS = (("not_due", None, 0), ("1_30", 1, 30), ("31_60", 31, 60), ("61_90", 61, 90), ("over_90", 91, None))


@dataclass(frozen=True)
class AgedRow:
    """What one party owes (or is owed, of payables) in one currency, split by days past due; the buckets add up to ``total``."""

    party: int
    party_name: str
    currency: str
    buckets: tuple[Decimal, ...]
    total: Decimal
    base_total: Decimal
    oldest_days: int
    items: int


# Items born by the day, less what was settled by then: what is open now plus what was settled after.
AGED = """
with open_then as (
  select i.party_id, i.currency_id, i.due_on, i.open_amount as amount, i.open_base_amount as base
  from ledger_openitem i
  where i.company_id = %(company)s and i.control = %(control)s and i."on" <= %(on)s and i.closed_on is null
  union all
  select i.party_id, i.currency_id, i.due_on, i.open_amount, i.open_base_amount
  from ledger_openitem i
  where i.company_id = %(company)s and i.control = %(control)s and i."on" <= %(on)s and i.closed_on > %(on)s
  union all
  select i.party_id, i.currency_id, i.due_on, p.amount, p.base_amount
  from ledger_settlementpart p join ledger_openitem i on i.id = p.item_id
  where p.company_id = %(company)s and p."on" > %(on)s and i.control = %(control)s and i."on" <= %(on)s
)
, by_age as (
  select o.party_id, o.currency_id, width_bucket(%(on)s - o.due_on, array[1, 31, 61, 91]) as age,
    %(sign)s * sum(o.amount) as amount, %(sign)s * sum(o.base) as base, min(o.due_on) filter (where %(sign)s * o.amount > 0) as oldest, count(*) as items,
    bool_or(o.amount <> 0) as is_open
  from open_then o
  group by 1, 2, 3
)
select b.party_id, pa.name, b.currency_id,
  coalesce(sum(b.amount) filter (where b.age = 0), 0),
  coalesce(sum(b.amount) filter (where b.age = 1), 0),
  coalesce(sum(b.amount) filter (where b.age = 2), 0),
  coalesce(sum(b.amount) filter (where b.age = 3), 0),
  coalesce(sum(b.amount) filter (where b.age = 4), 0),
  sum(b.amount), sum(b.base), coalesce(%(on)s - min(b.oldest), 0), sum(b.items)::bigint
from by_age b join parties_party pa on pa.id = b.party_id
group by 1, 2, 3
having sum(b.amount) <> 0 or sum(b.base) <> 0 or bool_or(b.is_open)
order by sum(b.base) desc, pa.name
"""


def owed_sign(control: str) -> int:
    """What turns a balance (debit positive) into what is owed: by customers to us, or by us to vendors."""
    return -1 if control == "payable" else 1


def aged(company_id: int, *, on: date, control: str = "receivable") -> list[AgedRow]:
    """Open items by party and currency as they stood at the end of ``on``, positive where owed; the base totals sum to the control
    account (AR-02, AP-10)."""
    with connection.cursor() as cursor:
        cursor.execute(AGED, {"company": company_id, "on": on, "control": control, "sign": owed_sign(control)})
        return [AgedRow(r[0], r[1], r[2], tuple(r[3:8]), r[8], r[9], max(r[10] or 0, 0), r[11]) for r in cursor.fetchall()]


def control_balance(company_id: int, control: str, on: date) -> Decimal:
    """The balance of the control accounts at the end of a day, summed from the lines' balances."""
    accounts = set(Account.objects.filter(company=company_id, control=control).values_list("id", flat=True))
    return sum((f.closing for k, f in figures(company_id, first=date(1900, 1, 1), last=on).items() if k in accounts), ZERO)


@dataclass(frozen=True)
class AgedItem:
    """One item that was open at the end of a day: what it came to, and what of it was open then, in both currencies."""

    item: int
    entry: int
    number: str
    memo: str
    on: date
    due_on: date
    amount: Decimal
    open_then: Decimal
    base_then: Decimal


# What is open now plus what was settled after the day.
OPEN_THEN = """
select i.id, e.id, e.number, e.memo, i."on", i.due_on, %(sign)s * i.amount, %(sign)s * (i.open_amount + coalesce(p.amount, 0)),
  %(sign)s * (i.open_base_amount + coalesce(p.base, 0))
from ledger_openitem i
join ledger_journalentry e on e.id = i.entry_id
left join lateral (
  select sum(s.amount) as amount, sum(s.base_amount) as base from ledger_settlementpart s where s.item_id = i.id and s."on" > %(on)s
) p on true
where i.company_id = %(company)s and i.control = %(control)s and i.party_id = %(party)s and i.currency_id = %(currency)s and i."on" <= %(on)s
  and (i.closed_on is null or i.closed_on > %(on)s or p.amount is not null)
  and (%(age)s::int is null or width_bucket(%(on)s - i.due_on, array[1, 31, 61, 91]) = %(age)s)
  and (i.open_amount + coalesce(p.amount, 0) <> 0 or i.open_base_amount + coalesce(p.base, 0) <> 0)
order by i.due_on, i.id
"""


def aged_items(
    company_id: int, *, on: date, party: int, currency: str, age: int | None = None, control: str = "receivable"
) -> list[AgedItem]:
    """The items behind a figure of :func:`aged`: ``age`` is the place of its bucket, None for the total. They add up to it on any day."""
    with connection.cursor() as cursor:
        given = {"company": company_id, "on": on, "control": control, "party": party, "currency": currency, "age": age}
        cursor.execute(OPEN_THEN, {**given, "sign": owed_sign(control)})
        return [AgedItem(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class LedgerLine:
    """A line of the general ledger; ``balance`` is that of its account after it."""

    entry: int
    number: str
    on: date
    memo: str
    amount: Decimal
    balance: Decimal


@dataclass
class LedgerAccount:
    """An account of the general ledger between two days. ``lines`` may be cut short; opening and closing are whole."""

    account: Account
    opening: Decimal
    closing: Decimal
    lines: list[LedgerLine] = field(default_factory=list)


@dataclass
class GeneralLedger:
    """Accounts by number; ``is_whole`` unless there were more lines than asked for."""

    accounts: list[LedgerAccount]
    is_whole: bool


LEDGER = """
select l.account_id, e.id, e.number, l."on", concat_ws(', ', nullif(pa.name, ''), nullif(coalesce(nullif(l.memo, ''), e.memo), '')), l.amount
from ledger_journalline l
join ledger_journalentry e on e.id = l.entry_id
join ledger_account a on a.id = l.account_id
left join parties_party pa on pa.id = l.party_id
where l.company_id = %(company)s and l."on" between %(first)s and %(last)s and l.amount <> 0 and (%(account)s::bigint is null or l.account_id = %(account)s)
order by a.number, l.account_id, l."on", e.id, l.id
limit %(most)s
"""


def general_ledger(company_id: int, *, first: date, last: date, year_start: date, account: int | None = None, most: int) -> GeneralLedger:
    """Every line of an account, or of all, with what stood before and after it (GL-09); at most ``most`` lines.

    As in the trial balance, income and expense open at zero on ``year_start``, the first day of the fiscal year of ``first``.
    """
    moved = figures(company_id, first=first, last=last)
    before = figures(company_id, first=year_start, last=first - timedelta(days=1)) if first > year_start else {}
    found: dict[int, LedgerAccount] = {}
    for one in Account.objects.filter(company=company_id, pk__in=[account] if account else list(moved)).order_by("number"):
        figure = moved.get(one.pk, AccountFigures(one.pk, ZERO, ZERO, ZERO))
        opening = figure.opening
        if one.kind in RESULT_KINDS:
            opening = before[one.pk].debit - before[one.pk].credit if one.pk in before else ZERO
        if account or opening or figure.debit or figure.credit:
            found[one.pk] = LedgerAccount(one, opening, opening + figure.debit - figure.credit)
    count = 0
    for key, entry, number, on, memo, amount in _ledger_lines(company_id, first, last, account, most + 1):
        count += 1
        if count <= most:
            lines = found[key].lines
            lines.append(LedgerLine(entry, number, on, memo, amount, (lines[-1].balance if lines else found[key].opening) + amount))
    return GeneralLedger(list(found.values()), count <= most)


def _ledger_lines(company_id: int, first: date, last: date, account: int | None, most: int) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(LEDGER, {"company": company_id, "first": first, "last": last, "account": account, "most": most})
        yield from cursor


MONTHLY = """
select p.starts_on, sum(b.credit - b.debit)
from ledger_accountbalance b join ledger_period p on p.id = b.period_id join ledger_account a on a.id = b.account_id
where b.company_id = %(company)s and a.kind = %(kind)s and p.ends_on >= %(first)s and p.starts_on <= %(last)s
group by p.starts_on
"""


def monthly_result(company_id: int, *, first: date, last: date, kind: str) -> dict[date, Decimal]:
    """Income (positive) or expense (negative) by period, from the kept balances; keyed by the period's first day."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHLY, {"company": company_id, "kind": kind, "first": first, "last": last})
        return dict(cursor.fetchall())
