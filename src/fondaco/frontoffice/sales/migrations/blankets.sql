-- What orders in force call off from lines of blanket orders: held and confirmed ones what they order, closed ones what came of it
-- (of services what was invoiced), less what came back and was neither sent back nor replaced.
create or replace function sales_called_off(lines bigint[], without bigint[]) returns table (blanket_line bigint, quantity numeric, value numeric)
language sql stable set search_path from current as $$
  select l.blanket_line_id, sum(x.part), sum(round(l.net * x.part / l.quantity, 4))
  from sales_orderline l join sales_order o on o.id = l.order_id
  left join catalog_product p on p.id = l.product_id
  cross join lateral (
    select coalesce(sum(k.quantity), 0) as quantity from inventory_stockmove g join inventory_stockmove k on k.returns_id = g.id
    where g.demand_table = 'sales_orderline' and g.demand_line = l.id
  ) back
  cross join lateral (
    select case
      when o.state <> 'closed' then l.quantity
      when p.kind = 'goods' then coalesce((select sum(m.quantity) from inventory_stockmove m
        where m.demand_table = 'sales_orderline' and m.demand_line = l.id and m.returns_id is null), 0)
      else coalesce((select sum(v.quantity - coalesce((select sum(n.quantity) from invoicing_invoiceline n
          join invoicing_invoice w on w.id = n.invoice_id and w.kind = 'credit_note' and w.state in ('draft', 'posted')
          where n.source_table = 'invoicing_invoiceline' and n.source_id = v.id), 0))
        from invoicing_invoiceline v join invoicing_invoice i on i.id = v.invoice_id and i.kind = 'invoice' and i.state in ('draft', 'posted')
        where v.source_table = 'sales_orderline' and v.source_id = l.id), 0) end - greatest(back.quantity - sales_made_good(l.id), 0) as part
  ) x
  where l.blanket_line_id = any (lines) and o.state in ('held', 'confirmed', 'closed') and o.id <> all (without)
  group by l.blanket_line_id
$$
-- next
create or replace function sales_called_quantity(key bigint) returns numeric language sql stable set search_path from current as $$
  select coalesce((select c.quantity from sales_called_off(array[key], '{}') c), 0)
$$
-- next
create or replace function sales_called_value(key bigint) returns numeric language sql stable set search_path from current as $$
  select coalesce((select c.value from sales_called_off(array[key], '{}') c), 0)
$$
-- next
create or replace function sales_blanket_value(key bigint) returns numeric language sql stable set search_path from current as $$
  select coalesce(sum(c.value), 0) from sales_called_off(array(select l.id from sales_blanketline l where l.blanket_id = key), '{}') c
$$
-- next
-- No more is called off than was agreed, whoever calls off at the same time: the blanket order is locked, then everything in force is counted.
create or replace function sales_judge_blanket(key bigint) returns void language plpgsql set search_path from current as $$
declare
  r record;
begin
  perform from sales_blanketorder b where b.id = key for update;
  for r in
    select b.number from sales_blanketorder b join sales_blanketline l on l.blanket_id = b.id
    left join sales_called_off(array(select z.id from sales_blanketline z where z.blanket_id = key), '{}') c on c.blanket_line = l.id
    where b.id = key and (c.quantity > l.agreed_quantity or c.value > l.agreed_value)
    union all
    select b.number from sales_blanketorder b where b.id = key and b.agreed_value is not null and sales_blanket_value(b.id) > b.agreed_value
    union all
    select b.number from sales_blanketorder b join sales_blanketline l on l.blanket_id = b.id
    join sales_orderline p on p.blanket_line_id = l.id join sales_order o on o.id = p.order_id and o.state in ('held', 'confirmed')
    where b.id = key and (b.company_id, b.customer_id, b.currency_id, l.product_id) is distinct from (o.company_id, o.customer_id, o.currency_id, p.product_id)
    limit 1
  loop
    raise exception 'blanket order % is overdrawn, or called off by what does not fit it', r.number
      using errcode = '23514', constraint = 'blanket_not_overdrawn', detail = r.number;
  end loop;
end $$
-- next
create or replace function sales_judge_call_off() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in
    select b.id, b.number, bool_and(b.state = 'in_force' and o."on" between b.valid_from and b.valid_to) as stands from sales_orderline l
    join sales_order o on o.id = l.order_id and o.state in ('held', 'confirmed')
    join sales_blanketline k on k.id = l.blanket_line_id join sales_blanketorder b on b.id = k.blanket_id
    where case when tg_table_name = 'sales_order' then l.order_id = new.id else l.id = new.id end group by b.id order by b.id
  loop
    if not r.stands then
      raise exception 'blanket order % is not in force on the day of the order', r.number
        using errcode = '23514', constraint = 'blanket_not_overdrawn', detail = r.number;
    end if;
    perform sales_judge_blanket(r.id);
  end loop;
  return null;
end $$
-- next
create constraint trigger called_off_by_order after update on sales_order deferrable initially deferred
  for each row when (new.state in ('held', 'confirmed') and old.state not in ('held', 'confirmed')) execute function sales_judge_call_off()
-- next
create constraint trigger called_off_by_line after insert on sales_orderline deferrable initially deferred
  for each row when (new.blanket_line_id is not null) execute function sales_judge_call_off()
-- next
create constraint trigger called_off_by_changed_line after update on sales_orderline deferrable initially deferred
  for each row when (new.blanket_line_id is not null and
    (new.blanket_line_id, new.order_id, new.product_id, new.quantity, new.net) is distinct from (old.blanket_line_id, old.order_id, old.product_id, old.quantity, old.net))
  execute function sales_judge_call_off()
-- next
-- A blanket order in force never changes but by an amendment, which keeps the version before it: customer, currency and first day not even then.
create or replace function sales_refuse_blanket_change() returns trigger language plpgsql set search_path from current as $$
declare
  moving text[] := '{state,version,reference,salesperson_id,alert_days,alert_percent}';
begin
  if tg_op = 'UPDATE' and old.state = 'in_force' and new.state = 'in_force'
     and to_jsonb(new) - moving <> to_jsonb(old) - moving and documents_is_amending('sales_blanketorder', old.id)
  then
    moving := moving || '{valid_to,agreed_value,conditions}'::text[];
  end if;
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving
    or (new.state <> old.state and not (old.state = 'in_force' and new.state = 'ended')))
  then
    raise exception 'blanket order % is in force and never changes', old.number using errcode = '23001', constraint = 'blanket_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger in_force_never_changes before update or delete on sales_blanketorder for each row execute function sales_refuse_blanket_change()
-- next
select documents_freeze_lines('sales_blanketline', 'sales_blanketorder', 'blanket_id', 'blanket_never_changes', 'in_force')
-- next
select documents_freeze_lines('sales_blankettier', 'sales_blanketorder', 'blanket_id', 'blanket_never_changes', 'in_force')
-- next
create or replace function sales_judge_agreed() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_table_name = 'sales_blanketorder' then
    perform sales_judge_blanket(new.id);
  else
    perform sales_judge_blanket(new.blanket_id);
  end if;
  return null;
end $$
-- next
create constraint trigger agreed_no_less_than_called_off after update on sales_blanketorder deferrable initially deferred
  for each row when (new.agreed_value is distinct from old.agreed_value) execute function sales_judge_agreed()
-- next
create constraint trigger agreed_no_less_than_called_off after update on sales_blanketline deferrable initially deferred
  for each row when ((new.agreed_quantity, new.agreed_value, new.product_id) is distinct from (old.agreed_quantity, old.agreed_value, old.product_id))
  execute function sales_judge_agreed()
