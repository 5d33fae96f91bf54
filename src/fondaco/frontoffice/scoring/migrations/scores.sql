-- What each line of a model gives each party, as it stood at the end of a day: one row for each party asked (place: where it stands among
-- them) and line. A figure is null where there is nothing to tell by, and gives no points. An organisation is scored with its people and
-- with whoever was merged into it. Money is in company currency: revenue is what stands on the income accounts of its posted invoices, cost
-- what the goods issued to it cost, less what came back. What no line asks for is not read. Nothing of a score is kept: it is read as it is now.
create or replace function scoring_points(in_company bigint, in_model bigint, in_parties bigint[], in_days date[])
returns table (place bigint, line_id bigint, figure numeric, points numeric)
language plpgsql stable parallel safe cost 5000 set search_path from current as $$
declare
  signals text[] := array(select l.signal from scoring_scoringline l where l.model_id = in_model);
begin
  return query
  with asked as materialized (
    select a.place, a.day, a.party from unnest(in_parties, in_days) with ordinality as a (party, day, place)
  ), circle as materialized (
    select a.place, a.day, a.party from asked a
    union select a.place, a.day, p.id from asked a join parties_party p on p.merged_into_id = a.party
    union select a.place, a.day, r.person_id from asked a join parties_relationship r on r.organisation_id = a.party
  ), lines as materialized (
    select l.* from scoring_scoringline l where l.model_id = in_model
  ), heard as materialized (
    select c.place, c.day - i."on" as age, case
        when i.kind = 'mail' and i.direction = 'in' then 'answers' when i.kind = 'call' then 'calls' when i.kind in ('meeting', 'visit') then 'meetings'
        when i.kind in ('lead', 'note') and i.direction = 'in' then 'enquiries' when i.kind = 'web' then 'web'
      end as signal, i.kind in ('call', 'meeting', 'visit', 'order') or i.direction = 'in' and i.kind in ('mail', 'lead', 'note', 'web', 'chat') as heard
    from circle c join parties_interaction i on i.party_id = c.party
    where i."on" <= c.day and (i.company_id is null or i.company_id = in_company)
      and signals && '{answers,calls,meetings,enquiries,web,quiet_days}'::text[]
    union all
    select c.place, c.day - q.accepted_at::date, 'accepted', false from circle c join sales_quote q on q.customer_id = c.party
    where q.company_id = in_company and q.accepted_at::date <= c.day and 'accepted' = any (signals)
  ), events as (
    -- The share of an event after its age is no money: halves are reckoned in binary, and rounded to four places.
    select h.place, l.id, round(sum(case when l.half_life_days is null then 1 else power(0.5::float8, h.age::float8 / l.half_life_days) end)::numeric, 4) as weight
    from heard h join lines l on l.signal = h.signal where h.age < 1095 group by h.place, l.id
  ), quiet as (
    select h.place, min(h.age)::numeric as days from heard h where h.heard group by h.place
  ), sold as (
    -- The margin is that of customer value: what postings brought and cost.
    select c.place, sum(m.revenue) as a_year, sum(m.revenue - m.cost - m.other) as margin,
      sum(m.revenue) filter (where m."on" > c.day - 182) as half, sum(m.revenue) filter (where m."on" <= c.day - 182 and m."on" > c.day - 364) as before
    from circle c join value_customermargin m on m.party_id = c.party
    where m.company_id = in_company and m."on" <= c.day and m."on" > c.day - 365 and signals && '{revenue,margin,trend}'::text[]
    group by c.place
  ), paid as (
    select c.place, round(sum(greatest(o.closed_on - o.due_on, 0) * o.base_amount) / sum(o.base_amount), 4) as late
    from circle c join ledger_openitem o on o.party_id = c.party
    where o.company_id = in_company and o.control = 'receivable' and o.base_amount > 0 and o.closed_on <= c.day and o.closed_on > c.day - 365
      and 'days_late' = any (signals)
    group by c.place
  ), objected as (
    select c.place, count(*)::numeric as disputes from circle c join receivables_dispute d on d.party_id = c.party
    where d.company_id = in_company and d."on" <= c.day and d."on" > c.day - 365 and 'disputes' = any (signals) group by c.place
  ), told as (
    select a.place, l.id, l.points, l.low, l.high, case
      when l.signal in ('answers', 'calls', 'meetings', 'enquiries', 'web', 'accepted') then coalesce(e.weight, 0)
      when l.signal = 'quiet_days' then q.days
      when l.signal = 'revenue' then nullif(s.a_year, 0)
      when l.signal = 'margin' then case when s.a_year > 0 then round(100 * s.margin / s.a_year, 4) end
      when l.signal = 'days_late' then p.late
      when l.signal = 'disputes' then o.disputes
      when l.signal = 'trend' then case when s.before > 0 then round(100 * coalesce(s.half, 0) / s.before, 4) end
    end as figure
    from asked a cross join lines l
      left join events e on e.place = a.place and e.id = l.id left join quiet q on q.place = a.place left join sold s on s.place = a.place
      left join paid p on p.place = a.place left join objected o on o.place = a.place
  )
  select t.place, t.id, t.figure, coalesce(round(t.points * least(greatest((t.figure - t.low) / (t.high - t.low), 0), 1), 1), 0)
  from told t;
end $$
-- next
-- The score of one party in a company today, by the model in force; nothing without one.
create or replace function scoring_score(in_company bigint, in_party bigint) returns bigint
language sql stable parallel safe cost 10000 set search_path from current as $$
  select least(greatest(round(m.base + coalesce((select sum(p.points) from scoring_points(in_company, m.id, array[in_party], array[current_date]) p), 0)), 0), 100)::bigint
  from scoring_scoringmodel m where m.company_id = in_company and m.state = 'in_force'
$$
