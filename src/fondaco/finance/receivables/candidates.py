"""Which open items are to be reminded of on a day, raised to which level, with which interest: one statement, whatever their number.

It reads the runs ``%(runs)s``. What stops a reminder stands in ``HELD``.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

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

#: Conditions on the item ``i`` and the day ``r."on"`` under which nobody is reminded.
HELD = """
exists (select from receivables_reminderstop s where s.company_id = i.company_id and s.party_id = i.party_id
  and (s.item_id is null or s.item_id = i.id) and (s.until is null or s.until >= r."on"))
or exists (select from receivables_promise s where s.company_id = i.company_id and s.party_id = i.party_id and s.withdrawn_on is null
  and r."on" between s."on" and s.pay_by)
"""

CANDIDATES = f"""
with run as (
  select r.id, r.company_id, r."on", r.procedure_id, c.currency_id as base
  from receivables_dunningrun r join companies_company c on c.id = r.company_id where r.id = any (%(runs)s)
), disputed as materialized (
  select item_id, amount from {DISPUTED} x
), overdue as (
  select r.id as run_id, r."on", r.base, i.id as item_id, i.company_id, i.party_id, i.currency_id, i.due_on,
    i.open_amount - coalesce(z.amount, 0) as open_amount, i.open_base_amount * (i.open_amount - coalesce(z.amount, 0)) / i.open_amount as open_base_amount,
    coalesce(a.procedure_id, d.id) as procedure_id, (r."on" - i.due_on)::bigint as days,
    e.source_table = 'receivables_reminder' as is_charge
  from run r
  join ledger_openitem i on i.company_id = r.company_id and i.control = 'receivable' and i.closed_on is null and i.due_on < r."on" and i.open_amount > 0
  join ledger_journalentry e on e.id = i.entry_id
  left join receivables_customeraccount a on a.company_id = i.company_id and a.party_id = i.party_id
  left join receivables_dunningprocedure d on d.company_id = r.company_id and d.is_default
  left join disputed z on z.item_id = i.id
  where i.open_amount > coalesce(z.amount, 0) and coalesce(a.procedure_id, d.id) is not null and (r.procedure_id is null or r.procedure_id = coalesce(a.procedure_id, d.id)) and not ({HELD})
), past as (
  select x.item_id, max(x.level) as level, max(m."on") as reminded_on, max(x.interest_until) filter (where x.interest > 0) as interest_until
  from receivables_reminderitem x join receivables_reminder m on m.id = x.reminder_id
  where x.is_sent and m.company_id = any (select company_id from run) group by x.item_id
), raised as (
  select o.*, l.level, l.fee, p.days_to_pay, p.minimum_amount, greatest(o.due_on, past.interest_until) as interest_from,
    l.charges_interest and not o.is_charge and (p.interest_for = 'everybody' or (p.interest_for = 'businesses' and t.vat_number <> '')) as bears_interest,
    p.reference_rate, p.interest_points
  from overdue o
  join receivables_dunningprocedure p on p.id = o.procedure_id
  join parties_party t on t.id = o.party_id
  left join past on past.item_id = o.item_id
  join receivables_dunninglevel l on l.procedure_id = p.id and l.level = coalesce(past.level, 0) + 1 and l.days_overdue <= o.days
  where past.reminded_on is null or o."on" - past.reminded_on >= p.days_between
), rate as (
  select code, valid_from, rate, least(valid_to, lead(valid_from) over (partition by code order by valid_from) - 1) as valid_to from receivables_referencerate
), known as (
  select code, max(coalesce(valid_to, 'infinity')) as until from rate group by code
), candidates as materialized (
  select n.*, case when n.bears_interest then round(coalesce((
      select sum(n.open_amount * (rate.rate + n.interest_points) / 100
        * (least(n."on", coalesce(rate.valid_to, n."on")) - greatest(n.interest_from + 1, rate.valid_from) + 1) / 365)
      from rate where rate.code = n.reference_rate and rate.valid_from <= n."on" and coalesce(rate.valid_to, n."on") > n.interest_from
    ), 0), u.decimals::int) else 0 end as interest, u.decimals,
    case when n.bears_interest then greatest(n.interest_from, least(n."on", coalesce(known.until, n.interest_from))) end as interest_until
  from raised n join companies_currency u on u.code = n.currency_id left join known on known.code = n.reference_rate
)
"""

READ = f"""
{CANDIDATES}
select run_id, company_id, party_id, currency_id, "on", procedure_id, item_id, level, days, open_amount, open_base_amount, interest,
  case when bears_interest then interest_from end, interest_until, case when bears_interest then reference_rate else '' end, days_to_pay, minimum_amount, fee
from candidates order by run_id, party_id, currency_id, due_on, item_id
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


def candidates(runs: Sequence[int]) -> list[Candidate]:
    """What is to be reminded of in runs, by letter and due date. One statement, read once: what is made of it is computed in memory,
    for the planner cannot know how many rows come of so many conditions."""
    with connection.cursor() as cursor:
        cursor.execute(READ, {"runs": list(runs)})
        return [Candidate(*row) for row in cursor.fetchall()]


def letters(runs: Sequence[int]) -> dict[tuple[int, int, str], list[Candidate]]:
    """Candidates by letter; without customers whose balance is in credit, and without what is below the smallest amount. Two statements."""
    found: dict[tuple[int, int, str], list[Candidate]] = defaultdict(list)
    for row in candidates(runs):
        found[row.letter].append(row)
    with connection.cursor() as cursor:
        cursor.execute(IN_CREDIT, {"runs": list(runs)})
        for key in cursor.fetchall():
            found.pop(key, None)
    return {k: rows for k, rows in found.items() if sum(r.base for r in rows) >= max(r.minimum for r in rows)}
