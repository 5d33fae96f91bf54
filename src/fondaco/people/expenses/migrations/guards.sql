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
-- next
create or replace function expenses_expenseclaim_fingerprint(key bigint) returns text language sql stable set search_path from current as $$
  select encode(sha256(convert_to(jsonb_build_object(
    'claim', to_jsonb(c) - '{state,version,number,bill_id,created_at,created_by,last_edited_by}'::text[],
    'lines', (select jsonb_agg(to_jsonb(l) - '{version,created_at,created_by}'::text[] order by l.position, l.id) from expenses_expenseline l where l.claim_id = c.id)
  )::text, 'UTF8')), 'hex') from expenses_expenseclaim c where c.id = key
$$
-- next
-- AP-05: what a policy wants approved is booked only as it was approved.
create or replace function expenses_refuse_unapproved() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[];
  r record;
begin
  select array_agg(n.id) into keys from after_rows n join before_rows o on o.id = n.id where o.state = 'draft' and n.state <> 'draft';
  for r in
    select c.purpose from expenses_expenseclaim c
    where c.id = any (keys) and approvals_wanted('expenses.claim', c.company_id, c.employee_id, c.gross, null)
      and not approvals_given('expenses_expenseclaim', c.id)
    order by c.id limit 1
  loop
    raise exception 'claim % is not approved as it stands', r.purpose using errcode = '23514', constraint = 'approved_as_it_stands', detail = r.purpose;
  end loop;
  return null;
end $$
-- next
create trigger booked_as_approved after update on expenses_expenseclaim referencing old table as before_rows new table as after_rows
  for each statement execute function expenses_refuse_unapproved()
