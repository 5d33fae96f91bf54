create or replace function payments_refuse_posted_change() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or
     to_jsonb(new) - '{state,version,memo}'::text[] <> to_jsonb(old) - '{state,version,memo}'::text[] or
     (new.state <> old.state and not (old.state = 'posted' and new.state = 'reversed')))
  then
    raise exception 'payment % is posted and never changes', old.number using errcode = '23001', constraint = 'posted_payment_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger posted_never_changes before update or delete on payments_payment for each row execute function payments_refuse_posted_change()
-- next
create or replace function payments_refuse_posted_allocation() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  select p.number, p.state into r from payments_payment p where p.id = case when tg_op = 'INSERT' then new.payment_id else old.payment_id end;
  if r.state <> 'draft' then
    raise exception 'payment % is posted and never changes', r.number using errcode = '23001', constraint = 'posted_payment_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger allocation_frozen before insert or update or delete on payments_allocation for each row execute function payments_refuse_posted_allocation()
