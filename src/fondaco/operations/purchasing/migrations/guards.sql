-- What was agreed with a vendor never changes: a confirmed order keeps everything but its state, dates of arrival and notes.
create or replace function purchasing_refuse_order_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version,expected_on,reference,memo}';
begin
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
create or replace function purchasing_refuse_line_change() returns trigger language plpgsql set search_path from current as $$
declare
  order_state text;
begin
  select state into order_state from purchasing_purchaseorder where id = case when tg_op = 'DELETE' then old.order_id else new.order_id end;
  if order_state <> 'draft' and (tg_op <> 'UPDATE' or to_jsonb(new) - '{version,expected_on}'::text[] <> to_jsonb(old) - '{version,expected_on}'::text[]) then
    raise exception 'a confirmed purchase order never changes' using errcode = '23001', constraint = 'confirmed_purchase_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger line_frozen before insert or update or delete on purchasing_purchaseorderline for each row execute function purchasing_refuse_line_change()
-- next
create trigger billed_never_changes before update or delete on purchasing_billed for each row execute function database_refuse_change('purchasing_billed')
