"""Cash to come: 13 weeks from open items with each customer's real ways, what other rooms expect, and planned flows (BK-06, BK-07).

Other rooms add what they expect with ``@expects``: orders, purchase plans, taxes, wages. A flow names its document, so that every bar drills.

What is in the books and in a plan is counted once: a planned flow may stand for what a source tells (VAT, wages ...), and of a month one of
both counts. A source that tells the month wholly replaces the plan; one that tells only what has come together so far leaves it to the plan.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from fondaco.finance.banking.models import PlannedFlow
from fondaco.finance.banking.queries import owed
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO

WEEKS = 13
#: An overdue item is not expected before so many days from now.
SOONEST = 7
EXPECTED, GOOD, BAD = "expected", "good", "bad"
SCENARIOS = {EXPECTED: _("as customers really pay"), GOOD: _("everybody pays when due"), BAD: _("twice as late, and old debts not at all")}
#: Items so many days overdue do not come at all in the bad scenario.
LOST_AFTER = 90


@dataclass(frozen=True)
class Behaviour:
    """How late customers pay, in days after the due date, weighted by amount over a year: each one's own, and all of them together."""

    by_party: Mapping[int, Decimal]
    overall: Decimal

    def delay(self, party: int, scenario: str) -> int:
        """Whole days after the due date; never before it."""
        if scenario == GOOD:
            return 0
        days = max(self.by_party.get(party, self.overall), ZERO)
        return int((days * (2 if scenario == BAD else 1)).to_integral_value())


@dataclass(frozen=True)
class Outlook:
    """What a source may ask for: whose books, from which day, in which scenario, and how customers pay."""

    actor: Actor
    company: Company
    today: date
    scenario: str
    behaviour: Behaviour

    @property
    def until(self) -> date:
        return self.today + timedelta(days=7 * WEEKS - 1)

    def come(self, due_on: date, party: int) -> date:
        """When a customer's money is expected that is due on a day."""
        expected = due_on + timedelta(days=self.behaviour.delay(party, self.scenario))
        return max(expected, self.today + timedelta(days=SOONEST)) if expected < self.today else expected


@dataclass(frozen=True, slots=True)
class Flow:
    """Money expected on a day; positive comes in. ``url`` is the document it follows from.

    ``stands_for`` names what a plan may be of, too; ``due_on`` is the day it belongs to where it is overdue, and ``so_far`` says that more of
    it is to come.
    """

    on: date
    amount: Decimal
    currency: str
    label: str
    url: str
    kind: Any = ""
    stands_for: str = ""
    due_on: date | None = None
    so_far: bool = False
    is_plan: bool = False

    @property
    def month(self) -> tuple[str, int, int]:
        """What it stands for, and in which month: of flows that have this in common a plan and the books are the same money."""
        day = self.due_on or self.on
        return self.stands_for, day.year, day.month


def once(flows: Iterable[Flow]) -> list[Flow]:
    """Flows without what is told twice: of a month either the plan counts or what the books tell, be it nothing (a flow of zero). Pure."""
    given = list(flows)
    planned = {f.month for f in given if f.is_plan and f.stands_for}
    known = {f.month for f in given if not f.is_plan and not f.so_far}
    return [f for f in given if not f.stands_for or (f.month not in known if f.is_plan else not (f.so_far and f.month in planned - known))]


Source = Callable[[Outlook], Iterable[Flow]]
#: (place, title, right to see it, source)
SOURCES: list[tuple[int, Any, str, Source]] = []


def expects(title: Any, *, place: int, permission: str) -> Callable[[Source], Source]:
    """Declare a source of expected flows; who lacks ``permission`` sees the forecast without them."""

    def declare(source: Source) -> Source:
        SOURCES.append((place, title, permission, source))
        SOURCES.sort(key=lambda s: s[0])
        return source

    return declare


@dataclass(frozen=True)
class Week:
    """Seven days with their flows, in company currency, and the balance at their end."""

    number: int
    starts_on: date
    flows: Sequence[tuple[Flow, Decimal]]
    closing: Decimal

    @property
    def net(self) -> Decimal:
        return sum((base for _flow, base in self.flows), ZERO)

    def part(self, kind: Any) -> Decimal:
        return sum((base for flow, base in self.flows if flow.kind == kind), ZERO)


@dataclass(frozen=True)
class Forecast:
    """13 weeks from today. ``opening`` is the cash in the books now; ``kinds`` are the sources' titles, in order."""

    opening: Decimal
    weeks: Sequence[Week]
    kinds: Sequence[Any]


def forecast(actor: Actor, company: Company, *, today: date, scenario: str = EXPECTED) -> Forecast:
    """The 13 weeks that begin today. Everything is in company currency at today's rates, each flow rounded by itself."""
    outlook = Outlook(actor, company, today, scenario, behaviour(company.pk, today))
    flows: list[Flow] = []
    kinds = []
    for _place, title, permission, source in SOURCES:
        if actor.may(permission, company.pk):
            kinds.append(title)
            flows += [replace(f, kind=title) for f in source(outlook) if today <= f.on <= outlook.until]
    flows = [f for f in once(flows) if f.amount]
    rates = rate_table(company, {f.currency for f in flows})
    by_week: dict[int, list[tuple[Flow, Decimal]]] = defaultdict(list)
    for flow in sorted(flows, key=lambda f: (f.on, f.label)):
        by_week[(flow.on - today).days // 7].append((flow, rates.to_base(flow.amount, flow.currency, today)))
    opening = closing = sum((a.base for a in position([company.pk])), ZERO)
    weeks = []
    for n in range(WEEKS):
        closing += sum((base for _f, base in by_week[n]), ZERO)
        weeks.append(Week(n + 1, today + timedelta(days=7 * n), by_week[n], closing))
    return Forecast(opening, weeks, kinds)


PAID = """
select party_id, sum((closed_on - due_on) * base_amount), sum(base_amount) from ledger_openitem
where company_id = %s and control = 'receivable' and base_amount > 0 and closed_on > %s group by party_id
"""


def behaviour(company: int, today: date) -> Behaviour:
    """How customers paid in the last year; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(PAID, [company, today - timedelta(days=365)])
        rows = cursor.fetchall()
    total = sum((base for _p, _w, base in rows), ZERO)
    overall = sum((weighted for _p, weighted, _b in rows), ZERO) / total if total else ZERO
    return Behaviour({party: weighted / base for party, weighted, base in rows}, overall)


# ------------------------------------------------------------------ what this room knows


@expects(_("Customers"), place=10, permission="ledger.view_open_item")
def receivables(outlook: Outlook) -> Iterable[Flow]:
    """What customers owe, when each of them really pays."""
    for pk, party, name, currency, due_on, amount, memo in owed(outlook.company.pk, "receivable"):
        if outlook.scenario == BAD and (outlook.today - due_on).days > LOST_AFTER:
            continue
        yield Flow(outlook.come(due_on, party), amount, currency, f"{name}: {memo}", f"/open-items/{pk}")


@expects(_("Vendors"), place=20, permission="ledger.view_open_item")
def payables(outlook: Outlook) -> Iterable[Flow]:
    """What vendors are owed, when it is due; what is overdue, now."""
    for pk, _party, name, currency, due_on, amount, memo in owed(outlook.company.pk, "payable"):
        yield Flow(max(due_on, outlook.today), amount, currency, f"{name}: {memo}", f"/open-items/{pk}")


@expects(_("Planned"), place=50, permission="banking.view_plan")
def planned(outlook: Outlook) -> Iterable[Flow]:
    """Wages, taxes, rent and whatever else was planned."""
    for flow in PlannedFlow.objects.filter(company=outlook.company, starts_on__lte=outlook.until).order_by("starts_on", "pk"):
        for on in days_of(flow, outlook.today, outlook.until):
            yield Flow(on, flow.amount, flow.currency_id, flow.name, f"/planned-flows/{flow.pk}", stands_for=flow.stands_for, is_plan=True)


MONTHS = {"month": 1, "quarter": 3, "year": 12}


def days_of(flow: PlannedFlow, first: date, last: date) -> Iterable[date]:
    """The days on which a planned flow falls within a span; at the end of a month that lacks the day."""
    last = min(last, flow.ends_on) if flow.ends_on else last
    step = 0
    while True:
        on = _nth(flow, step)
        if on > last:
            return
        if on >= first:
            yield on
        if flow.every == "once":
            return
        step += 1


def _nth(flow: PlannedFlow, step: int) -> date:
    if flow.every in {"once", "week"}:
        return flow.starts_on + timedelta(days=7 * step)
    month = flow.starts_on.month - 1 + MONTHS[flow.every] * step
    year, month = flow.starts_on.year + month // 12, month % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(flow.starts_on.day, (following - timedelta(days=1)).day))


# ------------------------------------------------------------------ cash now


@dataclass(frozen=True)
class Cash:
    """One bank or cash account: at the bank by its last statement, in the books in its own and in company currency."""

    company: int
    account: int
    name: str
    bank_account: int | None
    currency: str
    bank: Decimal | None
    bank_on: date | None
    books: Decimal
    base: Decimal
    waiting: int


POSITION = """
with balances as (
  select l.account_id, l.currency_id, sum(l.currency_debit - l.currency_credit) as in_currency, sum(l.debit - l.credit) as in_base
  from ledger_accountbalance l join ledger_account a on a.id = l.account_id and a.control = 'bank'
  where l.company_id = any (%(companies)s) group by 1, 2
), last as (
  select distinct on (s.bank_account_id) s.bank_account_id, s.closing, s.closes_on from banking_bankstatement s
  where s.company_id = any (%(companies)s) order by s.bank_account_id, s.position desc
), waiting as (
  select bank_account_id, count(*) as lines from banking_bankline where company_id = any (%(companies)s) and state = 'open' group by 1
)
select a.company_id, a.id, coalesce(b.name, a.name), b.id, coalesce(b.currency_id, c.currency_id), t.closing, t.closes_on,
  case when coalesce(b.currency_id, c.currency_id) = c.currency_id then coalesce(sum(k.in_base), 0)
    else coalesce(sum(k.in_currency) filter (where k.currency_id = b.currency_id), 0) end,
  coalesce(sum(k.in_base), 0), coalesce(w.lines, 0)
from ledger_account a
join companies_company c on c.id = a.company_id
left join payments_bankaccount b on b.account_id = a.id and b.is_active
left join balances k on k.account_id = a.id
left join last t on t.bank_account_id = b.id
left join waiting w on w.bank_account_id = b.id
where a.company_id = any (%(companies)s) and a.control = 'bank' and a.is_posting
group by a.company_id, a.id, a.name, a.number, b.id, b.name, b.currency_id, c.currency_id, t.closing, t.closes_on, w.lines
having b.id is not null or coalesce(sum(k.in_base), 0) <> 0
order by a.company_id, b.id is null, a.number
"""


def position(companies: Sequence[int]) -> list[Cash]:
    """Every bank and cash account of companies as it stands now; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(POSITION, {"companies": list(companies)})
        return [Cash(*row) for row in cursor.fetchall()]
