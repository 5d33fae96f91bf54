create or replace function approvals_judge_decision() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  select q.title, q.state, q.step, q.authors, q.content_hash into r from approvals_approvalrequest q where q.id = new.request_id for update;
  if r.state <> 'waiting' or r.step <> new.step then
    raise exception '% does not wait for step %', r.title, new.step using errcode = '23514', constraint = 'approval_waits_for_step', detail = r.title;
  end if;
  if r.content_hash <> new.content_hash then
    raise exception '% was changed since it was asked for', r.title using errcode = '23514', constraint = 'approval_binds_to_content', detail = r.title;
  end if;
  if r.authors ? new.created_by then
    raise exception '% is the own work of %', r.title, new.created_by using errcode = '23514', constraint = 'nobody_approves_his_own', detail = r.title;
  end if;
  return new;
end $$
-- next
create trigger decision_judged before insert on approvals_approvaldecision for each row execute function approvals_judge_decision()
-- next
create or replace function approvals_judge_request() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'waiting' or new.step <> 1 or jsonb_array_length(new.steps) < 1 then
      raise exception 'an approval begins by waiting' using errcode = '23514', constraint = 'approval_begins_waiting';
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' or old.state in ('rejected', 'void') or (old.state = 'approved' and new.state <> 'void' and new.state <> 'approved')
    or (new.company_id, new.table_name, new.row_id, new.content_hash, new.authors, new.steps, new.amount, new.why)
       is distinct from (old.company_id, old.table_name, old.row_id, old.content_hash, old.authors, old.steps, old.amount, old.why)
  then
    raise exception 'what was asked of approvers never changes' using errcode = '23514', constraint = 'approval_never_changes';
  end if;
  -- An approval is in force when every step was answered yes, whoever writes the state.
  if new.state = 'approved' and old.state <> 'approved' and jsonb_array_length(new.steps) <> (
    select count(*) from approvals_approvaldecision d where d.request_id = new.id and d.is_approved)
  then
    raise exception '% lacks decisions', new.title using errcode = '23514', constraint = 'approval_has_all_decisions';
  end if;
  return new;
end $$
-- next
create trigger request_judged before insert or update or delete on approvals_approvalrequest for each row execute function approvals_judge_request()
-- next
create or replace function approvals_document_gone() returns trigger language plpgsql set search_path from current as $$
begin
  -- Nobody is asked any more about a document that was deleted. The room of the document lays this on its table.
  update approvals_approvalrequest set state = 'void'
    where table_name = tg_table_name and row_id in (select id from gone) and state in ('waiting', 'approved');
  return null;
end $$
