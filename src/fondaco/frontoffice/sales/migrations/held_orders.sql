-- What was agreed never changes: a confirmed order keeps its customer, currency and amounts. One on hold may go on, back, or be called off.
create or replace function sales_refuse_order_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version,salesperson_id,reference,contact,requested_on,promise,shipping_address}';
begin
  if tg_op = 'DELETE' then
    if old.state <> 'draft' then
      raise exception 'order % was confirmed and stays', old.number using errcode = '23001', constraint = 'confirmed_order_never_changes';
    end if;
    return old;
  end if;
  if old.state = 'held' then
    if to_jsonb(new) - moving - '{confirmed_on,warehouse_id}'::text[] <> to_jsonb(old) - moving - '{confirmed_on,warehouse_id}'::text[]
      or new.state not in ('held', 'draft', 'confirmed', 'cancelled')
    then
      raise exception 'order % is on hold and never changes', old.number using errcode = '23001', constraint = 'confirmed_order_never_changes';
    end if;
    return new;
  end if;
  if old.state <> 'draft' and (
     to_jsonb(new) - moving <> to_jsonb(old) - moving or
     (new.state <> old.state and not (old.state = 'confirmed' and new.state in ('closed', 'cancelled')) and not (old.state = 'closed' and new.state = 'confirmed')))
  then
    raise exception 'order % was confirmed and never changes', old.number using errcode = '23001', constraint = 'confirmed_order_never_changes';
  end if;
  return new;
end $$
