"""Which open items are to be reminded of on a day, raised to which level, with which interest.

The items come in one statement, the facts about customers, procedures and what was sent before in one each, whatever their number; what
follows from them is decided in memory, where no planner has to guess how many rows so many conditions leave.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from fondaco.finance.receivables.models import (
    CustomerAccount,
    DunningLevel,
    DunningProcedure,
    DunningRun,
    Promise,
    ReferenceRate,
    Reminder,
    ReminderStop,
)
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.masterdata.parties.models import Party
from fondaco.platform.money import ZERO, rounded

DAY = timedelta(1)
#: Level, reminder and last day of interest of what was never reminded of.
NOTHING_SENT = (0, None, None)

#: How much of each open item is disputed: an invoice's disputes lie on its items that fall due last.
DISPUTED = """
(
  select i.id as item_id, least(i.open_amount, greatest(d.amount - later.amount, 0)) as amount
  from (
    select v.entry_id, sum(x.amount) as amount from receivables_dispute x join invoicing_invoice v on v.id = x.invoice_id
    where x.state = 'open' group by v.entry_id
  ) d
  join ledger_openitem i on i.entry_id = d.entry_id and i.closed_on is null and i.open_amount > 0
  cross join lateral (
    select coalesce(sum(k.open_amount), 0) as amount from ledger_openitem k
    where k.entry_id = i.entry_id and k.closed_on is null and k.open_amount > 0 and (k.due_on, k.id) > (i.due_on, i.id)
  ) later
  where d.amount > later.amount
)
"""

#: Open receivables of companies that fall due before a day, in the order of letters.
ITEMS = """
select id, company_id, party_id, currency_id, due_on, open_amount, open_base_amount, entry_id from ledger_openitem
where company_id = any (%(companies)s) and control = 'receivable' and closed_on is null and due_on < %(before)s and open_amount > 0
order by company_id, party_id, currency_id, due_on, id
"""

#: What was sent about items: the last level, the reminder that said so, and the last day for which interest was charged.
PAST = """
select item_id, max(level), (array_agg(reminder_id order by level desc))[1], max(interest_until) filter (where interest > 0)
from receivables_reminderitem where is_sent and item_id = any (%(items)s) group by item_id
"""

#: Customers and currencies in which the balance is nought or in credit.
IN_CREDIT = """
select r.id, i.party_id, i.currency_id from receivables_dunningrun r
join ledger_openitem i on i.company_id = r.company_id and i.control = 'receivable' and i.closed_on is null
where r.id = any (%(runs)s) group by 1, 2, 3 having sum(i.open_amount) <= 0
"""


class Candidate(NamedTuple):
    """An overdue item that is raised to ``level``; amounts in its currency, ``base`` and ``minimum`` in the company's, as is ``fee``."""

    run: int
    company: int
    party: int
    currency: str
    on: date
    procedure: int
    item: int
    level: int
    days: int
    open: Decimal
    base: Decimal
    interest: Decimal
    interest_from: date | None
    interest_until: date | None
    reference_rate: str
    days_to_pay: int
    minimum: Decimal
    fee: Decimal

    @property
    def lacks_rate(self) -> bool:
        """Whether interest runs on after the last day of the rates that are known."""
        return bool(self.reference_rate) and self.interest_until is not None and self.interest_until < self.on

    @property
    def letter(self) -> tuple[int, int, str]:
        """The letter it belongs to: run, customer and currency."""
        return self.run, self.party, self.currency


class _Rates:
    """The reference rates by their codes: each from its first day to its last, which is at most the day before the next one."""

    def __init__(self) -> None:
        self.spans: dict[str, list[tuple[date, date, Decimal]]] = defaultdict(list)
        for code, first, last, rate in ReferenceRate.objects.order_by("code", "valid_from").values_list(
            "code", "valid_from", "valid_to", "rate"
        ):
            spans = self.spans[code]
            if spans:
                before = spans[-1]
                spans[-1] = (before[0], min(before[1], first - DAY), before[2])
            spans.append((first, last or date.max, rate))
        self._found: dict[tuple[str, Decimal, date, date], Decimal] = {}

    def known_until(self, code: str) -> date:
        """The last day for which there is a rate; the beginning of time where there is none."""
        return max((last for _first, last, _rate in self.spans.get(code, ())), default=date.min)

    def interest(self, code: str, points: Decimal, after: date, until: date) -> Decimal:
        """Interest on one unit of money from the day after ``after`` to ``until``: percent a year over 365 days, not rounded."""
        key = code, points, after, until
        if key not in self._found:
            self._found[key] = sum(
                (
                    (rate + points) / 100 * ((min(until, last) - max(after + DAY, first)).days + 1) / 365
                    for first, last, rate in self.spans.get(code, ())
                    if first <= until and last > after
                ),
                ZERO,
            )
        return self._found[key]


class _Customers:
    """What is known of customers of some companies: their procedure, and until when which of their items is left alone."""

    def __init__(self, companies: Collection[int]) -> None:
        self.procedures = {p.pk: p for p in DunningProcedure.objects.filter(company__in=companies)}
        self._default = {p.company_id: p for p in self.procedures.values() if p.is_default}
        self._own = {
            (company, party): self.procedures[procedure]
            for company, party, procedure in CustomerAccount.objects.filter(company__in=companies, procedure__isnull=False).values_list(
                "company_id", "party_id", "procedure_id"
            )
        }
        self._stops: dict[tuple[int, int], list[tuple[int | None, date, date]]] = defaultdict(list)
        stops = ReminderStop.objects.filter(company__in=companies)
        for company, party, item, until in stops.values_list("company_id", "party_id", "item_id", "until"):
            self._stops[company, party].append((item, date.min, until or date.max))
        promises = Promise.objects.filter(company__in=companies, withdrawn_on=None)
        for company, party, on, pay_by in promises.values_list("company_id", "party_id", "on", "pay_by"):
            self._stops[company, party].append((None, on, pay_by))

    def procedure(self, company: int, party: int) -> DunningProcedure | None:
        return self._own.get((company, party)) or self._default.get(company)

    def left_alone(self, company: int, party: int, item: int, on: date) -> bool:
        """Whether a stop on the customer or the item, or a promise that still runs, holds back a reminder on a day."""
        stops = self._stops.get((company, party), ())
        return any(first <= on <= last and (only is None or only == item) for only, first, last in stops)


def candidates(runs: Iterable[DunningRun]) -> list[Candidate]:
    """What is to be reminded of in runs, by letter and due date. Interest is rounded to the currency, half away from zero, per item.

    Left out: what is not overdue long enough for its next level, what was reminded of too short ago, what is stopped or promised, and the
    disputed part of an amount. Statements do not grow with items, customers or runs.
    """
    runs = list(runs)
    companies = list({r.company_id for r in runs})
    given = {"companies": companies, "before": max(r.on for r in runs)}
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, given)
        items: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in cursor.fetchall():
            items[row[1]].append(row)
        cursor.execute(PAST, {"items": [row[0] for rows in items.values() for row in rows]})
        past = {item: what for item, *what in cursor.fetchall()}
        cursor.execute(f"select item_id, amount from {DISPUTED} d")
        disputed = dict(cursor.fetchall())
    customers, rates = _Customers(companies), _Rates()
    levels = {(v.procedure_id, v.level): v for v in DunningLevel.objects.filter(procedure__in=customers.procedures)}
    sent_on, charges = {}, set()
    for reminder, on, entry in Reminder.objects.filter(company__in=companies, state="sent").values_list("pk", "on", "entry_id"):
        sent_on[reminder] = on
        charges.add(entry)
    parties = {row[2] for rows in items.values() for row in rows}
    businesses = set(Party.objects.filter(pk__in=parties).exclude(vat_number="").values_list("pk", flat=True))
    decimals = decimals_of({row[3] for rows in items.values() for row in rows})
    found = []
    for run in sorted(runs, key=lambda r: r.pk):
        for item, company, party, currency, due_on, amount, base, entry in items[run.company_id]:
            procedure = customers.procedure(company, party)
            if procedure is None or (run.procedure_id is not None and run.procedure_id != procedure.pk):
                continue
            last_level, reminder, charged_until = past.get(item, NOTHING_SENT)
            level = levels.get((procedure.pk, last_level + 1))
            days = (run.on - due_on).days
            if level is None or days <= 0 or days < level.days_overdue:
                continue
            if reminder is not None and (run.on - sent_on[reminder]).days < procedure.days_between:
                continue
            left = amount - disputed.get(item, ZERO)
            if left <= 0 or customers.left_alone(company, party, item, run.on):
                continue
            interest, after, until, code = ZERO, None, None, ""
            whose = procedure.interest_for
            if (
                level.charges_interest
                and entry not in charges
                and (whose == "everybody" or (whose == "businesses" and party in businesses))
            ):
                code = procedure.reference_rate
                after = max(due_on, charged_until or due_on)
                until = max(after, min(run.on, rates.known_until(code)))
                interest = rounded(left * rates.interest(code, procedure.interest_points, after, run.on), decimals[currency])
            found.append(
                Candidate(
                    run.pk,
                    company,
                    party,
                    currency,
                    run.on,
                    procedure.pk,
                    item,
                    level.level,
                    days,
                    left,
                    base * left / amount,
                    interest,
                    after,
                    until,
                    code,
                    procedure.days_to_pay,
                    procedure.minimum_amount,
                    level.fee,
                )
            )
    return found


def letters(runs: Iterable[DunningRun]) -> dict[tuple[int, int, str], list[Candidate]]:
    """Candidates by letter; without customers whose balance is in credit, and without what is below the smallest amount."""
    runs = list(runs)
    found: dict[tuple[int, int, str], list[Candidate]] = defaultdict(list)
    for row in candidates(runs):
        found[row.letter].append(row)
    with connection.cursor() as cursor:
        cursor.execute(IN_CREDIT, {"runs": [r.pk for r in runs]})
        for key in cursor.fetchall():
            found.pop(key, None)
    return {k: rows for k, rows in found.items() if sum(r.base for r in rows) >= max(r.minimum for r in rows)}
