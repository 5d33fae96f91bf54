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
-- What a document is, to the last digit: the room of the document gives a function named as its table with "_fingerprint".
create or replace function approvals_fingerprint(of_table text, key bigint) returns text language plpgsql stable set search_path from current as $$
declare
  found_print text;
begin
  if to_regproc(of_table || '_fingerprint') is not null then
    execute format('select %I($1)', of_table || '_fingerprint') into found_print using key;
  end if;
  return coalesce(found_print, '');
end $$
-- next
-- Whether the policies want an approval of a document of this amount (company currency); dims are "dimension=value". What the same person
-- entered beside it is counted by the verb alone, which asks for more, never for less.
create or replace function approvals_wanted(of_kind text, of_company bigint, of_party bigint, of_amount numeric, dims text[]) returns boolean
language sql stable set search_path from current as $$
  select exists (select from approvals_approvalstep s where s.policy_id = (
    select p.id from approvals_approvalpolicy p
    where p.company_id = of_company and p.kind = of_kind and p.is_active
      and (p.amount_from is null or abs(of_amount) >= p.amount_from) and (p.party_id is null or p.party_id = of_party)
      and (p.dimension = '' or case when p.dimension_value = '' then exists (select from unnest(dims) d where split_part(d, '=', 1) = p.dimension)
           else coalesce(p.dimension || '=' || p.dimension_value = any (dims), false) end)
    order by p.priority limit 1))
$$
-- next
-- Whether a document was approved exactly as it stands, for all of these policies: as it was asked for, or by a counter-proposal as that says.
create or replace function approvals_given_for(of_table text, key bigint, wanted bigint[]) returns boolean language sql stable set search_path from current as $$
  select exists (select from approvals_approvalrequest r
    where r.table_name = of_table and r.row_id = key and r.state = 'approved' and r.fingerprint <> ''
      and not exists (select from unnest(wanted) w where not r.policies @> to_jsonb(w))
      and approvals_fingerprint(of_table, key) = coalesce((select d.counter_fingerprint from approvals_approvaldecision d
        where d.request_id = r.id and d.is_approved and d.counter_fingerprint <> '' order by d.step desc limit 1), r.fingerprint))
$$
-- next
create or replace function approvals_given(of_table text, key bigint) returns boolean language sql stable set search_path from current as $$
  select approvals_given_for(of_table, key, '{}')
$$
-- next
-- The policies that ask, of a kind of which every one does: by priority, up to one without steps. Figures are those of a finding.
create or replace function approvals_asking(of_kind text, of_company bigint, of_party bigint, of_amount numeric, f jsonb) returns bigint[]
language sql stable set search_path from current as $$
  with fitting as (
    select p.id, p.priority, exists (select from approvals_approvalstep s where s.policy_id = p.id) as has_steps from approvals_approvalpolicy p
    where p.company_id = of_company and p.kind = of_kind and p.is_active and p.dimension = ''
      and (p.amount_from is null or abs(of_amount) >= p.amount_from) and (p.party_id is null or p.party_id = of_party)
      and (p.margin_under is null or (f->>'margin')::numeric < p.margin_under)
      and (p.discount_over is null or (f->>'discount')::numeric > p.discount_over)
      and (p.line_discount_over is null or (f->>'line_discount')::numeric > p.line_discount_over)
      and (p.over_limit_by is null or (f->>'over_limit')::numeric > p.over_limit_by)
      and (p.terms_over is null or (f->>'later_days')::numeric > p.terms_over)
      and (p.group_id is null or (f->>'group')::bigint = p.group_id) and (not p.new_customer or (f->>'is_new')::boolean)
  )
  select coalesce(array_agg(a.id order by a.priority), '{}') from fitting a
  where a.has_steps and not exists (select from fitting e where not e.has_steps and e.priority < a.priority)
$$
-- next
-- Whether a document may go on: what was found of exactly this content wants no approval by the policies of today, or it has all of them.
create or replace function approvals_passed(of_kind text, of_table text, key bigint) returns boolean language sql stable set search_path from current as $$
  select coalesce((
    select f.fingerprint = approvals_fingerprint(of_table, key) and (z.wanted = '{}' or approvals_given_for(of_table, key, z.wanted))
    from approvals_approvalfinding f
    cross join lateral (select approvals_asking(of_kind, f.company_id, f.party_id, f.amount, f.figures)) z (wanted)
    where f.table_name = of_table and f.row_id = key and f.kind = of_kind order by f.id desc limit 1), false)
$$
-- next
create or replace function approvals_mark_finding() returns trigger language plpgsql set search_path from current as $$
begin
  new.fingerprint := approvals_fingerprint(new.table_name, new.row_id);
  return new;
end $$
-- next
create trigger finding_marked before insert on approvals_approvalfinding for each row execute function approvals_mark_finding()
-- next
create or replace function approvals_judge_request() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'waiting' or new.step <> 1 or jsonb_array_length(new.steps) < 1 then
      raise exception 'an approval begins by waiting' using errcode = '23514', constraint = 'approval_begins_waiting';
    end if;
    new.fingerprint := approvals_fingerprint(new.table_name, new.row_id);
    return new;
  end if;
  if tg_op = 'DELETE' or old.state in ('rejected', 'void') or (old.state = 'approved' and new.state <> 'void' and new.state <> 'approved')
    or (new.company_id, new.table_name, new.row_id, new.content_hash, new.authors, new.steps, new.amount, new.why, new.fingerprint, new.words, new.policies)
       is distinct from (old.company_id, old.table_name, old.row_id, old.content_hash, old.authors, old.steps, old.amount, old.why, old.fingerprint, old.words, old.policies)
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
