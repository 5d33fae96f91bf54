-- What was agreed with a vendor never changes: a confirmed order keeps everything but its state, dates of arrival and notes.
-- An amendment, which keeps the version before it, changes lines and what they come to; from whom and in which currency it does not.
create or replace function purchasing_refuse_order_change() returns trigger language plpgsql set search_path from current as $$
declare
  moving text[] := '{state,version,expected_on,reference,memo,last_edited_by}';
begin
  if tg_op = 'UPDATE' and old.state = 'confirmed' and new.state = 'confirmed'
     and to_jsonb(new) - moving <> to_jsonb(old) - moving and documents_is_amending('purchasing_purchaseorder', old.id)
  then
    moving := moving || '{net}'::text[];
  end if;
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving
    or (new.state <> old.state and not (old.state = 'confirmed' and new.state in ('closed', 'cancelled')) and not (old.state = 'closed' and new.state = 'confirmed')))
  then
    raise exception 'purchase order % was confirmed and never changes', old.number using errcode = '23001', constraint = 'confirmed_purchase_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger confirmed_never_changes before update or delete on purchasing_purchaseorder for each row execute function purchasing_refuse_order_change()
-- next
-- Its lines neither: not by a new line, a changed one, one taken away, nor one moved in from elsewhere. The day a line comes may move.
select documents_freeze_lines('purchasing_purchaseorderline', 'purchasing_purchaseorder', 'order_id', 'confirmed_purchase_never_changes', 'confirmed', '{version,expected_on}')
-- next
-- An amended line cannot fall below what came of it or was billed, and what was billed keeps its price.
create or replace function purchasing_judge_changed_lines() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in
    select o.number, b.position, a.quantity, a.second_quantity, came.second,
      (select p.second_tolerance from catalog_product p where p.id = b.product_id) as tolerance, a.product_id is distinct from b.product_id as other_product,
      (a.unit_price, a.discount_percent) is distinct from (b.unit_price, b.discount_percent) as other_price, came.quantity as came, billed.quantity as billed, billed.lines
    from before_rows b join after_rows a on a.id = b.id join purchasing_purchaseorder o on o.id = b.order_id and o.state <> 'draft'
    cross join lateral (
      select count(*) as moved, coalesce(sum(m.quantity), 0) - purchasing_sent_back(b.id) as quantity,
        coalesce(sum(m.second_quantity), 0) - purchasing_second_sent_back(b.id) as second from inventory_stockmove m
      where m.demand_table = 'purchasing_purchaseorderline' and m.demand_line = b.id and m.sign = 1
    ) came
    cross join lateral (
      select count(*) as lines, coalesce(sum(case when p.kind = 'bill' then k.quantity else -k.quantity end), 0) as quantity
      from payables_billmatch k join payables_billline l on l.id = k.line_id join payables_bill p on p.id = l.bill_id and p.state = 'posted'
      where k.order_table = 'purchasing_purchaseorderline' and k.order_line = b.id and not k.lowers_price
    ) billed
    where (a.quantity < b.quantity or a.second_quantity is distinct from b.second_quantity or a.product_id is distinct from b.product_id or a.unit_price <> b.unit_price or a.discount_percent <> b.discount_percent)
      and (came.moved > 0 or billed.lines > 0)
    order by o.id, b.position
  loop
    if r.other_product or (r.lines > 0 and r.other_price) or (case when r.second_quantity is not null then r.second_quantity < r.second
      else r.quantity * (1 + coalesce(r.tolerance, 0) / 100) < greatest(r.came, r.billed) end)
    then
      raise exception 'line % of purchase order %: % came and % was billed, so it cannot become %', r.position, r.number, r.came, r.billed, r.quantity
        using errcode = '23001', constraint = 'amended_purchase_keeps_what_was_done';
    end if;
  end loop;
  return null;
end $$
-- next
create trigger line_changed after update on purchasing_purchaseorderline referencing old table as before_rows new table as after_rows
  for each statement execute function purchasing_judge_changed_lines()
-- next
create or replace function purchasing_judge_removed_lines() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in
    select b.position from before_rows b
    where exists (select from inventory_stockmove m where m.demand_table = 'purchasing_purchaseorderline' and m.demand_line = b.id)
      or exists (select from inventory_goodsreceiptline g where g.demand_table = 'purchasing_purchaseorderline' and g.demand_line = b.id)
      or exists (select from payables_billmatch k where k.order_table = 'purchasing_purchaseorderline' and k.order_line = b.id)
    order by b.position limit 1
  loop
    raise exception 'line % is named by receipts or bills and stays', r.position using errcode = '23001', constraint = 'amended_purchase_keeps_what_was_done';
  end loop;
  return null;
end $$
-- next
create trigger line_removed_judged after delete on purchasing_purchaseorderline referencing old table as before_rows
  for each statement execute function purchasing_judge_removed_lines()
-- next
create trigger billed_never_changes before update or delete on purchasing_billed for each row execute function database_refuse_change('purchasing_billed')
-- next
create trigger approval_ends_with_order after delete on purchasing_purchaseorder referencing old table as gone
  for each statement execute function approvals_document_gone()
-- next
create or replace function purchasing_purchaseorder_fingerprint(key bigint) returns text language sql stable set search_path from current as $$
  select encode(sha256(convert_to(jsonb_build_object(
    'order', to_jsonb(o) - '{state,version,number,warehouse_id,expected_on,reference,memo,created_at,created_by,last_edited_by}'::text[],
    'lines', (select jsonb_agg(to_jsonb(l) - '{version,created_at,created_by,expected_on}'::text[] order by l.position, l.id)
      from purchasing_purchaseorderline l where l.order_id = o.id)
  )::text, 'UTF8')), 'hex') from purchasing_purchaseorder o where o.id = key
$$
-- next
-- What a policy wants approved is ordered only as it was approved. The amount is in company currency, at the last rate up to the order's day.
create or replace function purchasing_refuse_unapproved() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[];
  r record;
begin
  select array_agg(n.id) into keys from after_rows n join before_rows o on o.id = n.id where o.state = 'draft' and n.state not in ('draft', 'cancelled');
  if keys is null or not exists (
    select from approvals_approvalpolicy p where p.kind = 'purchasing.order' and p.is_active
      and p.company_id in (select b.company_id from purchasing_purchaseorder b where b.id = any (keys)))
  then
    return null;
  end if;
  for r in
    select b.number from purchasing_purchaseorder b join companies_company c on c.id = b.company_id join companies_currency u on u.code = c.currency_id
    cross join lateral (
      select case when b.currency_id = c.currency_id then b.net else round(b.net * coalesce((
          select x.rate from companies_exchangerate x where x.base_id = c.currency_id and x.currency_id = b.currency_id and x.on <= b.on
          order by x.on desc limit 1), 1), u.decimals::int) end as amount
    ) f
    where b.id = any (keys) and approvals_wanted('purchasing.order', b.company_id, b.vendor_id, f.amount, null) and not approvals_given('purchasing_purchaseorder', b.id)
    order by b.id limit 1
  loop
    raise exception 'purchase order % is not approved as it stands', r.number using errcode = '23514', constraint = 'approved_as_it_stands', detail = r.number;
  end loop;
  return null;
end $$
-- next
create trigger ordered_as_approved after update on purchasing_purchaseorder referencing old table as before_rows new table as after_rows
  for each statement execute function purchasing_refuse_unapproved()
-- next
-- What orders in force call off from contract lines: confirmed ones what they order, closed ones what came of it.
create or replace function purchasing_called_off(lines bigint[], without bigint[]) returns table (contract_line bigint, quantity numeric, value numeric)
language sql stable set search_path from current as $$
  select l.contract_line_id, sum(x.part), sum(round(l.net * x.part / l.quantity, 4))
  from purchasing_purchaseorderline l join purchasing_purchaseorder o on o.id = l.order_id
  left join catalog_product p on p.id = l.product_id
  cross join lateral (
    select case when o.state = 'confirmed' or p.kind is distinct from 'goods' then l.quantity
      else least(l.quantity, coalesce((select sum(m.quantity) from inventory_stockmove m
        where m.demand_table = 'purchasing_purchaseorderline' and m.demand_line = l.id and m.sign = 1), 0) - purchasing_sent_back(l.id)) end as part
  ) x
  where l.contract_line_id = any (lines) and o.state in ('confirmed', 'closed') and o.id <> all (without)
  group by l.contract_line_id
$$
-- next
create or replace function purchasing_called_quantity(key bigint) returns numeric language sql stable set search_path from current as $$
  select coalesce((select c.quantity from purchasing_called_off(array[key], '{}') c), 0)
$$
-- next
create or replace function purchasing_called_value(key bigint) returns numeric language sql stable set search_path from current as $$
  select coalesce(sum(c.value), 0) from purchasing_called_off(array(select l.id from purchasing_contractline l where l.contract_id = key), '{}') c
$$
-- next
-- No more is called off than was agreed, whoever calls off at the same time: the contract is locked, then everything in force is counted.
create or replace function purchasing_judge_contract(key bigint) returns void language plpgsql set search_path from current as $$
declare
  r record;
begin
  perform from purchasing_purchasecontract c where c.id = key for update;
  for r in
    select c.number from purchasing_purchasecontract c join purchasing_contractline l on l.contract_id = c.id
    where c.id = key and l.agreed_quantity is not null and purchasing_called_quantity(l.id) > l.agreed_quantity
    union all
    select c.number from purchasing_purchasecontract c where c.id = key and c.agreed_value is not null and purchasing_called_value(c.id) > c.agreed_value
    union all
    select c.number from purchasing_purchasecontract c join purchasing_contractline l on l.contract_id = c.id
    join purchasing_purchaseorderline p on p.contract_line_id = l.id join purchasing_purchaseorder o on o.id = p.order_id and o.state = 'confirmed'
    where c.id = key and (c.company_id <> o.company_id or c.vendor_id <> o.vendor_id or c.currency_id <> o.currency_id
      or (l.product_id is not null and l.product_id is distinct from p.product_id))
    limit 1
  loop
    raise exception 'contract % is overdrawn, or called off by what does not fit it', r.number
      using errcode = '23514', constraint = 'contract_not_overdrawn', detail = r.number;
  end loop;
end $$
-- next
create or replace function purchasing_judge_call_off() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in
    select distinct c.id, c.number, c.state, o.on between c.valid_from and c.valid_to as in_time from purchasing_purchaseorderline l
    join purchasing_purchaseorder o on o.id = l.order_id and o.state = 'confirmed'
    join purchasing_contractline k on k.id = l.contract_line_id join purchasing_purchasecontract c on c.id = k.contract_id
    where case when tg_table_name = 'purchasing_purchaseorder' then l.order_id = new.id else l.id = new.id end order by c.id
  loop
    if r.state <> 'in_force' or not r.in_time then
      raise exception 'contract % is not in force on the day of the order', r.number
        using errcode = '23514', constraint = 'contract_not_overdrawn', detail = r.number;
    end if;
    perform purchasing_judge_contract(r.id);
  end loop;
  return null;
end $$
-- next
create constraint trigger called_off_by_order after update on purchasing_purchaseorder deferrable initially deferred
  for each row when (new.state = 'confirmed' and old.state <> 'confirmed') execute function purchasing_judge_call_off()
-- next
create constraint trigger called_off_by_line after insert or update on purchasing_purchaseorderline deferrable initially deferred
  for each row when (new.contract_line_id is not null) execute function purchasing_judge_call_off()
-- next
-- A contract in force never changes but by an amendment, which keeps the version before it: vendor, currency and first day not even then.
create or replace function purchasing_refuse_contract_change() returns trigger language plpgsql set search_path from current as $$
declare
  moving text[] := '{state,version,reference,buyer_id,alert_days,alert_percent,memo}';
begin
  if tg_op = 'UPDATE' and old.state = 'in_force' and new.state = 'in_force'
     and to_jsonb(new) - moving <> to_jsonb(old) - moving and documents_is_amending('purchasing_purchasecontract', old.id)
  then
    moving := moving || '{valid_to,agreed_value}'::text[];
  end if;
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving
    or (new.state <> old.state and not (old.state = 'in_force' and new.state = 'ended')))
  then
    raise exception 'contract % is in force and never changes', old.number using errcode = '23001', constraint = 'purchase_contract_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger in_force_never_changes before update or delete on purchasing_purchasecontract for each row execute function purchasing_refuse_contract_change()
-- next
select documents_freeze_lines('purchasing_contractline', 'purchasing_purchasecontract', 'contract_id', 'purchase_contract_never_changes', 'in_force')
-- next
select documents_freeze_lines('purchasing_contracttier', 'purchasing_purchasecontract', 'contract_id', 'purchase_contract_never_changes', 'in_force')
-- next
create or replace function purchasing_judge_agreed() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_table_name = 'purchasing_purchasecontract' then
    perform purchasing_judge_contract(new.id);
  else
    perform purchasing_judge_contract(new.contract_id);
  end if;
  return null;
end $$
-- next
create constraint trigger agreed_no_less_than_called_off after update on purchasing_purchasecontract deferrable initially deferred
  for each row when (new.agreed_value is distinct from old.agreed_value) execute function purchasing_judge_agreed()
-- next
create constraint trigger agreed_no_less_than_called_off after update on purchasing_contractline deferrable initially deferred
  for each row when ((new.agreed_quantity, new.product_id) is distinct from (old.agreed_quantity, old.product_id)) execute function purchasing_judge_agreed()
