-- What each line of a model gives each party, as it stood at the end of a day: one row for each party asked (place: where it stands among
-- them) and line. A figure is null where there is nothing to tell by, and gives no points. An organisation is scored with its people and
-- with whoever was merged into it. Money is in company currency: revenue is what stands on the income accounts of its invoices, cost what the
-- goods issued to it cost, less what came back. Whoever reads a score reads it as it is now: nothing of it is kept.
create or replace function scoring_points(in_company bigint, in_model bigint, in_parties bigint[], in_days date[])
returns table (place bigint, line_id bigint, figure numeric, points numeric)
language plpgsql stable parallel safe cost 5000 set search_path from current as $$
begin
  return query
  with asked as (
    select a.place, a.day, array(
      select a.party union select p.id from parties_party p where p.merged_into_id = a.party
      union select r.person_id from parties_relationship r where r.organisation_id = a.party
    ) as circle
    from unnest(in_parties, in_days) with ordinality as a (party, day, place)
  ), told as (
    select a.place, l.id, l.points, l.low, l.high, case
      when l.signal in ('answers', 'calls', 'meetings', 'enquiries', 'web') then (
        select coalesce(sum(case when l.half_life_days is null then 1 else power(0.5, (a.day - i."on")::numeric / l.half_life_days) end), 0)
        from parties_interaction i
        where i.party_id = any (a.circle) and i."on" <= a.day and i."on" > a.day - 1095 and (i.company_id is null or i.company_id = in_company)
          and case l.signal
            when 'answers' then i.kind = 'mail' and i.direction = 'in'
            when 'calls' then i.kind = 'call'
            when 'meetings' then i.kind in ('meeting', 'visit')
            when 'enquiries' then i.kind in ('lead', 'note') and i.direction = 'in'
            else i.kind = 'web'
          end)
      when l.signal = 'accepted' then (
        select coalesce(sum(case when l.half_life_days is null then 1 else power(0.5, (a.day - q.accepted_at::date)::numeric / l.half_life_days) end), 0)
        from sales_quote q
        where q.customer_id = any (a.circle) and q.company_id = in_company and q.accepted_at::date <= a.day and q.accepted_at::date > a.day - 1095)
      when l.signal = 'quiet_days' then (
        select (a.day - max(i."on"))::numeric from parties_interaction i
        where i.party_id = any (a.circle) and i."on" <= a.day and (i.company_id is null or i.company_id = in_company)
          and (i.direction = 'in' and i.kind in ('mail', 'lead', 'note', 'web', 'chat') or i.kind in ('call', 'meeting', 'visit', 'order')))
      when l.signal = 'revenue' then nullif(scoring_revenue(in_company, a.circle, a.day - 365, a.day), 0)
      when l.signal = 'margin' then (
        select case when r.revenue > 0 then round(100 * (r.revenue - scoring_cost(in_company, a.circle, a.day - 365, a.day)) / r.revenue, 4) end
        from (select scoring_revenue(in_company, a.circle, a.day - 365, a.day) as revenue) r)
      when l.signal = 'days_late' then (
        select round(sum(greatest(o.closed_on - o.due_on, 0) * o.base_amount) / sum(o.base_amount), 4) from ledger_openitem o
        where o.party_id = any (a.circle) and o.company_id = in_company and o.control = 'receivable' and o.base_amount > 0
          and o.closed_on <= a.day and o.closed_on > a.day - 365)
      when l.signal = 'disputes' then (
        select nullif(count(*), 0)::numeric from receivables_dispute d
        where d.party_id = any (a.circle) and d.company_id = in_company and d."on" <= a.day and d."on" > a.day - 365)
      when l.signal = 'trend' then (
        select case when r.earlier > 0 then round(100 * scoring_revenue(in_company, a.circle, a.day - 182, a.day) / r.earlier, 4) end
        from (select scoring_revenue(in_company, a.circle, a.day - 364, a.day - 182) as earlier) r)
    end as figure
    from asked a cross join scoring_scoringline l
    where l.model_id = in_model
  )
  select t.place, t.id, t.figure,
    coalesce(round(t.points * least(greatest((t.figure - t.low) / (t.high - t.low), 0), 1), 1), 0)
  from told t;
end $$
-- next
-- Net of the posted invoices of parties after one day and up to another, less credit notes, in company currency: what they booked as income.
create or replace function scoring_revenue(in_company bigint, circle bigint[], after date, until date) returns numeric
language sql stable parallel safe cost 500 set search_path from current as $$
  select coalesce(-sum(j.amount), 0) from invoicing_invoice i
    join ledger_journalline j on j.entry_id = i.entry_id join ledger_account c on c.id = j.account_id
  where i.customer_id = any (circle) and i.company_id = in_company and i.state = 'posted' and i."on" > after and i."on" <= until and c.kind = 'income'
$$
-- next
-- What the goods issued to parties cost, less those that came back.
create or replace function scoring_cost(in_company bigint, circle bigint[], after date, until date) returns numeric
language sql stable parallel safe cost 500 set search_path from current as $$
  select coalesce(sum(m.value), 0) - (
    select coalesce(sum(m.value), 0) from inventory_goodsreturn r join inventory_stockmove m on m.source_table = 'inventory_goodsreturn' and m.source_id = r.id
    where r.customer_id = any (circle) and r.company_id = in_company and m."on" > after and m."on" <= until)
  from inventory_goodsissue g join inventory_stockmove m on m.source_table = 'inventory_goodsissue' and m.source_id = g.id
  where g.customer_id = any (circle) and g.company_id = in_company and g."on" > after and g."on" <= until and (m.sign = -1 or g.direct_receipt_id is not null)
$$
-- next
-- The score of one party in a company today, by the model in force; nothing without one.
create or replace function scoring_score(in_company bigint, in_party bigint) returns bigint
language sql stable parallel safe cost 10000 set search_path from current as $$
  select least(greatest(round(m.base + coalesce((select sum(p.points) from scoring_points(in_company, m.id, array[in_party], array[current_date]) p), 0)), 0), 100)::bigint
  from scoring_scoringmodel m where m.company_id = in_company and m.state = 'in_force'
$$
