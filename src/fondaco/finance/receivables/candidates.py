"""Which open items are to be reminded of on a day, raised to which level, with which interest: one statement, whatever their number.

The statement is a part of others (``with ...``); it reads the runs ``%(runs)s``. What stops a reminder stands in ``HELD``.
"""

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
  left join {DISPUTED} z on z.item_id = i.id
  where i.open_amount > coalesce(z.amount, 0) and coalesce(a.procedure_id, d.id) is not null and (r.procedure_id is null or r.procedure_id = coalesce(a.procedure_id, d.id)) and not ({HELD})
), past as (
  select x.item_id, max(x.level) as level, max(m."on") as reminded_on, max(m."on") filter (where x.interest > 0) as interest_until
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
  select code, valid_from, rate, lead(valid_from) over (partition by code order by valid_from) - 1 as valid_to from receivables_referencerate
), candidates as materialized (
  select n.*, case when n.bears_interest then round(coalesce((
      select sum(n.open_amount * (rate.rate + n.interest_points) / 100
        * (least(n."on", coalesce(rate.valid_to, n."on")) - greatest(n.interest_from + 1, rate.valid_from) + 1) / 365)
      from rate where rate.code = n.reference_rate and rate.valid_from <= n."on" and coalesce(rate.valid_to, n."on") > n.interest_from
    ), 0), u.decimals::int) else 0 end as interest, u.decimals
  from raised n join companies_currency u on u.code = n.currency_id
)
"""

PROPOSE = f"""
{CANDIDATES}, balance as (
  select i.company_id, i.party_id, i.currency_id, sum(i.open_amount) as open_amount from ledger_openitem i
  where i.control = 'receivable' and i.closed_on is null and i.company_id = any (select company_id from run) group by 1, 2, 3
), letter as (
  select c.run_id, c.company_id, c.party_id, c.currency_id, c."on", c.base, min(c.procedure_id) as procedure_id, max(c.level) as level,
    sum(c.open_amount) as total, sum(c.interest) as interest, max(c.days_to_pay)::int as days_to_pay, max(c.decimals)::int as decimals
  from candidates c join balance b using (company_id, party_id, currency_id)
  where b.open_amount > 0
  group by c.run_id, c.company_id, c.party_id, c.currency_id, c."on", c.base
  having sum(c.open_base_amount) >= max(c.minimum_amount)
), made as (
  insert into receivables_reminder (version, company_id, run_id, party_id, "on", currency_id, procedure_id, level, state, total, interest, fee, pay_until, sent_to)
  select 1, t.company_id, t.run_id, t.party_id, t."on", t.currency_id, t.procedure_id, t.level, 'proposed', t.total, t.interest,
    round(l.fee / case when t.currency_id = t.base then 1 else (select x.rate from companies_exchangerate x
      where x.base_id = t.base and x.currency_id = t.currency_id and x."on" <= t."on" order by x."on" desc limit 1) end, t.decimals),
    t."on" + t.days_to_pay, ''
  from letter t join receivables_dunninglevel l on l.procedure_id = t.procedure_id and l.level = t.level
  order by t.run_id, t.party_id, t.currency_id
  returning id, run_id, party_id, currency_id
)
insert into receivables_reminderitem (version, reminder_id, item_id, level, days_overdue, open_amount, interest, interest_from, is_sent)
select 1, m.id, c.item_id, c.level, c.days, c.open_amount, c.interest, case when c.bears_interest then c.interest_from end, false
from candidates c join made m using (run_id, party_id, currency_id) order by m.id, c.due_on, c.item_id
"""

#: What was paid, stopped or reminded of elsewhere since the proposal is no longer reminded of; the rest is as of now.
REFRESH = [
    f"""
    {CANDIDATES}
    delete from receivables_reminderitem x using receivables_reminder m
    where m.id = x.reminder_id and m.run_id = any (%(runs)s) and m.state = 'proposed'
      and not exists (select from candidates c where c.run_id = m.run_id and c.item_id = x.item_id and c.level = x.level)
    """,
    f"""
    {CANDIDATES}
    update receivables_reminderitem x set open_amount = c.open_amount, interest = c.interest, days_overdue = c.days
    from receivables_reminder m, candidates c
    where m.id = x.reminder_id and m.state = 'proposed' and c.run_id = m.run_id and c.item_id = x.item_id
      and (x.open_amount, x.interest) <> (c.open_amount, c.interest)
    """,
    """
    update receivables_reminder m set total = s.total, interest = s.interest, level = s.level, state = case when s.items = 0 then 'left_out' else 'proposed' end
    from (
      select m.id, count(x.id) as items, coalesce(sum(x.open_amount), 0) as total, coalesce(sum(x.interest), 0) as interest, coalesce(max(x.level), m.level) as level
      from receivables_reminder m left join receivables_reminderitem x on x.reminder_id = m.id
      where m.run_id = any (%(runs)s) and m.state = 'proposed' group by m.id
    ) s where s.id = m.id and (s.items = 0 or (m.total, m.interest, m.level) <> (s.total, s.interest, s.level))
    """,
]
