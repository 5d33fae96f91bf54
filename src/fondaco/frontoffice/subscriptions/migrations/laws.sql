-- A contract in force stays as it was signed; what moves is told by amendments, which count its versions.
create or replace function subscriptions_freeze_contract() returns trigger language plpgsql as $$
declare
  moving constant text[] := '{state,version,version_number,ends_on,renews,next_on,price_list_id,reference,salesperson_id,payment_term_id,posts_at_once,conditions}';
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving or new.version_number < old.version_number
    or (new.ends_on, new.renews) is distinct from (old.ends_on, old.renews) and new.version_number = old.version_number
    or new.state <> old.state and (old.state <> 'active' or new.state not in ('ended', 'cancelled')))
  then
    raise exception 'contract % is in force', old.number using errcode = '23001', constraint = 'subscription_in_force_stays', detail = old.number;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger subscription_frozen before update or delete on subscriptions_contract for each row execute function subscriptions_freeze_contract()
-- next
-- Its lines and steps never change either; an amendment adds, under the version that it makes.
create or replace function subscriptions_freeze_part() returns trigger language plpgsql set search_path from current as $$
declare
  held record;
begin
  for held in select c.number, c.state, c.version_number from subscriptions_contract c
    where c.state <> 'draft' and c.id in (case when tg_op = 'INSERT' then new.contract_id else old.contract_id end, case when tg_op = 'DELETE' then old.contract_id else new.contract_id end)
  loop
    if tg_op <> 'INSERT' or held.state <> 'active' or held.version_number = 1
      or held.version_number <> (to_jsonb(new) ->> case tg_table_name when 'subscriptions_contractline' then 'added_in' else 'version_number' end)::bigint
    then
      raise exception 'contract % is in force', held.number using errcode = '23001', constraint = 'subscription_in_force_stays', detail = held.number;
    end if;
  end loop;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger subscription_line_frozen before insert or update or delete on subscriptions_contractline for each row execute function subscriptions_freeze_part()
-- next
create trigger subscription_step_frozen before insert or update or delete on subscriptions_contractstep for each row execute function subscriptions_freeze_part()
-- next
select documents_freeze_lines('subscriptions_usagetier', 'subscriptions_contract', 'contract_id', 'subscription_in_force_stays')
-- next
-- A pause is ended once, and stays.
create or replace function subscriptions_judge_pause() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.last is not null or (new.contract_id, new.first) is distinct from (old.contract_id, old.first) then
    raise exception 'a pause is ended once' using errcode = '23001', constraint = 'subscription_in_force_stays', detail = '';
  end if;
  return new;
end $$
-- next
create trigger pause_stays before update or delete on subscriptions_contractpause for each row execute function subscriptions_judge_pause()
-- next
-- A meter is charged by one contract on any day.
create or replace function subscriptions_judge_meters() returns trigger language plpgsql set search_path from current as $$
declare
  key bigint := (to_jsonb(new) ->> case tg_table_name when 'subscriptions_contract' then 'id' else 'contract_id' end)::bigint;
  wrong record;
begin
  for wrong in
    select m.code, o.number from subscriptions_contract c
      join subscriptions_contractline l on l.contract_id = c.id and l.meter_id is not null
      join subscriptions_meter m on m.id = l.meter_id
      left join subscriptions_contractline x on x.meter_id = l.meter_id and x.id <> l.id
      left join subscriptions_contract o on o.id = x.contract_id and o.number is not null and o.state <> 'draft'
        and daterange(o.starts_on, o.ends_on, '[]') && daterange(c.starts_on, c.ends_on, '[]')
    where c.id = key and c.number is not null and c.state <> 'draft'
      and (o.id is not null or m.company_id <> c.company_id or m.customer_id <> c.customer_id)
  loop
    raise exception 'meter % is charged already', wrong.code using errcode = '23P01', constraint = 'subscription_meter_once', detail = wrong.code, hint = coalesce(wrong.number, '');
  end loop;
  return null;
end $$
-- next
create constraint trigger meters_charged_once after update on subscriptions_contract deferrable initially deferred
  for each row when (new.state <> 'draft' and (new.state, new.ends_on) is distinct from (old.state, old.ends_on)) execute function subscriptions_judge_meters()
-- next
create constraint trigger meters_charged_once_by_line after insert on subscriptions_contractline deferrable initially deferred
  for each row when (new.meter_id is not null) execute function subscriptions_judge_meters()
-- next
-- Records of use are added up by day; what is reversed is reversed wholly, on its day, once.
create or replace function subscriptions_count_use() returns trigger language plpgsql security definer set search_path from current as $$
declare
  wrong record;
begin
  select g.key into wrong from added g join subscriptions_meter m on m.id = g.meter_id where m.company_id <> g.company_id limit 1;
  if found then
    raise exception 'record % names a meter of another company', wrong.key using errcode = '23514', constraint = 'usage_of_own_company', detail = wrong.key;
  end if;
  select g.key into wrong from added g join subscriptions_usagerecord o on o.id = g.reverses_id
    where (o.meter_id, o.on, -o.quantity, o.company_id) is distinct from (g.meter_id, g.on, g.quantity, g.company_id) or o.reverses_id is not null limit 1;
  if found then
    raise exception 'record % reverses another amount', wrong.key using errcode = '23514', constraint = 'usage_reversed_wholly', detail = wrong.key;
  end if;
  insert into subscriptions_meterday (meter_id, "on", quantity)
    select meter_id, "on", sum(quantity) from added group by meter_id, "on" order by meter_id, "on"
    on conflict (meter_id, "on") do update set quantity = subscriptions_meterday.quantity + excluded.quantity;
  return null;
end $$
-- next
create trigger use_counted after insert on subscriptions_usagerecord referencing new table as added for each statement execute function subscriptions_count_use()
-- next
create trigger use_never_changes before update or delete on subscriptions_usagerecord for each row execute function database_refuse_change('subscriptions_usagerecord')
-- next
create trigger use_never_truncated before truncate on subscriptions_usagerecord for each statement execute function database_refuse_change('subscriptions_usagerecord')
-- next
create trigger amendment_never_changes before update or delete on subscriptions_contractamendment for each row execute function database_refuse_change('subscriptions_contractamendment')
-- next
-- What is charged stands on an invoice of the contract's customer at the same amount, and a period's charges make what the period comes to.
create or replace function subscriptions_judge_charges() returns trigger language plpgsql set search_path from current as $$
declare
  wrong record;
begin
  select c.number, l.position into wrong from added a
    join subscriptions_contract c on c.id = a.contract_id
    join subscriptions_contractline s on s.id = a.line_id
    join invoicing_invoiceline l on l.id = a.invoice_line_id
    join invoicing_invoice i on i.id = l.invoice_id
  where s.contract_id <> a.contract_id or i.customer_id <> c.customer_id or i.company_id <> c.company_id or i.currency_id <> c.currency_id
    or a.amount <> case i.kind when 'credit_note' then -l.net else l.net end or a.taken_back_by_id is not null
  order by a.id limit 1;
  if found then
    raise exception 'line % of the invoice is not what contract % charges', wrong.position, wrong.number
      using errcode = '23514', constraint = 'subscription_charge_is_invoiced', detail = wrong.number, hint = wrong.position::text;
  end if;
  select c.number, g.period_from into wrong from (select distinct contract_id, line_id, period_from, due from added) g
    join subscriptions_contract c on c.id = g.contract_id
  where g.due <> (select sum(x.amount) from subscriptions_contractcharge x where x.line_id = g.line_id and x.period_from = g.period_from and x.taken_back_by_id is null)
  limit 1;
  if found then
    raise exception 'contract % would be charged twice for the period of %', wrong.number, wrong.period_from
      using errcode = '23514', constraint = 'subscription_charges_make_the_period', detail = wrong.number, hint = wrong.period_from::text;
  end if;
  return null;
end $$
-- next
create trigger charges_judged after insert on subscriptions_contractcharge referencing new table as added for each statement execute function subscriptions_judge_charges()
-- next
-- A charge never changes but for what took it back, and goes only with the draft on which it stands.
create or replace function subscriptions_freeze_charge() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_op = 'DELETE' and exists (select from invoicing_invoiceline l join invoicing_invoice i on i.id = l.invoice_id where l.id = old.invoice_line_id and i.state <> 'draft')
    or tg_op = 'UPDATE' and (to_jsonb(new) - '{version,taken_back_by_id}'::text[] <> to_jsonb(old) - '{version,taken_back_by_id}'::text[]
      or new.taken_back_by_id is not null and not exists (
        select from invoicing_invoice b, invoicing_invoiceline l
        where b.id = new.taken_back_by_id and l.id = new.invoice_line_id
          and (b.kind = 'credit_note' and b.state = 'posted' and b.credits_id = l.invoice_id or b.id = l.invoice_id and b.state = 'reversed')))
  then
    raise exception 'charges never change' using errcode = '23001', constraint = 'subscription_charge_stays';
  end if;
  if tg_op = 'UPDATE' and old.taken_back_by_id is not null and new.taken_back_by_id is null and exists (
    select from subscriptions_contractcharge x where x.line_id = old.line_id and x.period_from = old.period_from and x.id > old.id and x.taken_back_by_id is null)
  then
    raise exception 'the period is charged again' using errcode = '23P01', constraint = 'subscription_charged_once', detail = '';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger charge_stays before update or delete on subscriptions_contractcharge for each row execute function subscriptions_freeze_charge()
-- next
-- A line of a draft that is thrown away frees its days; one that stays, stays at the amount that the contract charges.
create or replace function subscriptions_free_charges() returns trigger language plpgsql set search_path from current as $$
begin
  delete from subscriptions_contractcharge c using gone g where c.invoice_line_id = g.id;
  return null;
end $$
-- next
create trigger contract_days_freed after delete on invoicing_invoiceline referencing old table as gone for each statement execute function subscriptions_free_charges()
-- next
create or replace function subscriptions_keep_amounts() returns trigger language plpgsql set search_path from current as $$
declare
  wrong record;
begin
  select k.number, a.position into wrong from after_rows a
    join subscriptions_contractcharge c on c.invoice_line_id = a.id
    join subscriptions_contract k on k.id = c.contract_id
    join invoicing_invoice i on i.id = a.invoice_id
  where c.amount <> case i.kind when 'credit_note' then -a.net else a.net end limit 1;
  if found then
    raise exception 'line % of the invoice is not what contract % charges', wrong.position, wrong.number
      using errcode = '23514', constraint = 'subscription_charge_is_invoiced', detail = wrong.number, hint = wrong.position::text;
  end if;
  return null;
end $$
-- next
create trigger contract_amounts_kept after update on invoicing_invoiceline referencing new table as after_rows for each statement execute function subscriptions_keep_amounts()
-- next
-- What contracts bring in a month, by the days on which it changes: the steps that hold, cut at the ends of terms and by pauses, each line rounded to the
-- minor unit (half away from zero). A term that renews by itself ends only when it has: then its contract has moved its last day.
create or replace function subscriptions_brings(keys bigint[]) returns table (contract_id bigint, day date, brings numeric) language sql stable set search_path from current as $$
  with held as (
    select distinct on (s.contract_id, s.product_id, s.from_on) s.contract_id, s.product_id, s.from_on,
      round(s.quantity * s.unit_price * (100 - l.discount_percent) / (100 * l.per_months), cu.decimals::int) as amount
    from subscriptions_contractstep s
      join subscriptions_contract c on c.id = s.contract_id
      join companies_currency cu on cu.code = c.currency_id
      join subscriptions_contractline l on l.contract_id = s.contract_id and l.product_id = s.product_id and l.kind = 'recurring'
    where s.contract_id = any (keys) and c.number is not null
    order by s.contract_id, s.product_id, s.from_on, s.version_number desc
  ), reaching as (
    select h.*, lead(h.from_on) over (partition by h.contract_id, h.product_id order by h.from_on) as until from held h
  ), turns as (
    select h.contract_id, h.from_on as day from held h
    union select c.id, c.ends_on + 1 from subscriptions_contract c where c.id = any (keys) and c.ends_on is not null and not (c.state = 'active' and c.renews)
    union select p.contract_id, p.first from subscriptions_contractpause p where p.contract_id = any (keys)
    union select p.contract_id, p.last + 1 from subscriptions_contractpause p where p.contract_id = any (keys) and p.last is not null
  )
  select t.contract_id, t.day, coalesce((
    select sum(r.amount) from reaching r
    where r.contract_id = t.contract_id and r.from_on <= t.day and (r.until is null or t.day < r.until)
      and (c.ends_on is null or t.day <= c.ends_on or c.state = 'active' and c.renews)
      and not exists (select from subscriptions_contractpause p where p.contract_id = t.contract_id and p.first <= t.day and (p.last is null or t.day <= p.last))
  ), 0)
  from turns t join subscriptions_contract c on c.id = t.contract_id
$$
