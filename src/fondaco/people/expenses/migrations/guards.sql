create or replace function expenses_refuse_booked_change() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' then
    raise exception 'claim % is booked and never changes', old.number using errcode = '23001', constraint = 'booked_claim_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger booked_never_changes before update or delete on expenses_expenseclaim for each row execute function expenses_refuse_booked_change()
-- next
create or replace function expenses_refuse_booked_line() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in select c.number from expenses_expenseclaim c
    where c.id in (case when tg_op <> 'INSERT' then old.claim_id end, case when tg_op <> 'DELETE' then new.claim_id end) and c.state <> 'draft' limit 1
  loop
    raise exception 'claim % is booked and never changes', r.number using errcode = '23001', constraint = 'booked_claim_never_changes';
  end loop;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger line_frozen before insert or update or delete on expenses_expenseline for each row execute function expenses_refuse_booked_line()
-- next
create trigger approval_ends_with_claim after delete on expenses_expenseclaim referencing old table as gone
  for each statement execute function approvals_document_gone()
