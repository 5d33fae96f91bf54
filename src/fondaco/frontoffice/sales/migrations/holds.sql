-- An order on hold is not confirmed, and no goods leave for it.
create or replace function sales_refuse_held_order() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from sales_orderhold h where h.order_id = new.id and h.released_at is null) then
    raise exception 'order % is on hold', new.number using errcode = '23001', constraint = 'order_on_hold';
  end if;
  return new;
end $$
-- next
create trigger held_is_not_confirmed before update on sales_order for each row
  when (new.state = 'confirmed' and old.state in ('draft', 'held')) execute function sales_refuse_held_order()
-- next
create or replace function sales_refuse_held_goods() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in
    select o.number, h.why from sales_orderhold h join sales_order o on o.id = h.order_id join sales_orderline l on l.order_id = o.id
    where h.released_at is null and l.id = any (array(select demand_line from moved where demand_table = 'sales_orderline' and returns_id is null))
    order by h.id limit 1
  loop
    raise exception 'order % is on hold: %', r.number, r.why using errcode = '23001', constraint = 'order_on_hold';
  end loop;
  return null;
end $$
-- next
create trigger held_goods_stay after insert on inventory_stockmove referencing new table as moved
  for each statement execute function sales_refuse_held_goods()
-- next
-- The log stays: a hold is released once, by somebody and for a reason, and otherwise never changes. Who placed it is kept by the row.
create or replace function sales_refuse_hold_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{version,released_at,released_by,released_because}';
begin
  if tg_op = 'DELETE' or old.released_at is not null or to_jsonb(new) - moving <> to_jsonb(old) - moving then
    raise exception 'a hold is released, and never changes' using errcode = '23001', constraint = 'hold_stays';
  end if;
  return new;
end $$
-- next
create trigger hold_stays before update or delete on sales_orderhold for each row execute function sales_refuse_hold_change()
