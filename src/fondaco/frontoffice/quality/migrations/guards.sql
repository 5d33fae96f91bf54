-- A reason is never a kind of itself, nor of a reason of another company.
create or replace function quality_judge_reasons() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if new.parent_id is null then return new; end if;
  perform pg_advisory_xact_lock(hashtext('quality_reasoncode'), new.company_id::int);
  if exists (
    with recursive above as (
      select r.id, r.parent_id, r.company_id from quality_reasoncode r where r.id = new.parent_id
      union select r.id, r.parent_id, r.company_id from quality_reasoncode r join above a on r.id = a.parent_id
    ) select from above where id = new.id or company_id <> new.company_id
  ) then
    raise exception 'reason % would be a kind of itself', new.code using errcode = '23514', constraint = 'reasons_are_a_tree', detail = new.code;
  end if;
  return new;
end $$
-- next
create trigger reasons_are_a_tree before insert or update of parent_id, company_id on quality_reasoncode for each row execute function quality_judge_reasons()
-- next
-- An answer is given while the question is open and changed for the days that were said; then it stays. What was asked never changes.
create or replace function quality_judge_answers() returns trigger language plpgsql as $$
declare
  moving constant text[] := '{score,comment,answered_at,version}';
begin
  if tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving or old.answered_at is not null and new.answered_at is distinct from old.answered_at
    or old.answered_at is null and now() > old.open_until or old.answered_at is not null and now() > old.answered_at + make_interval(days => old.changeable_days::int) then
    raise exception 'the answer stays as it is' using errcode = '23001', constraint = 'survey_answer_stays';
  end if;
  return new;
end $$
-- next
create trigger answers_stay before update or delete on quality_survey for each row execute function quality_judge_answers()
-- next
-- Where a company keeps reasons, a ticket is solved with one; a ticket about a dispute is solved with that, which says itself why it came.
create or replace function quality_ask_for_reason() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from quality_reasoncode r where r.company_id = new.company_id and r.is_active)
    and not exists (select from quality_ticketreason g where g.ticket_id = new.id)
    and not exists (select from service_ticketsource s where s.ticket_id = new.id and s.source_table = 'receivables_dispute')
  then
    raise exception 'ticket % has no reason', new.number using errcode = '23514', constraint = 'solved_with_a_reason', detail = new.number;
  end if;
  return null;
end $$
-- next
create trigger solved_with_a_reason after update of state on service_ticket for each row when (new.state = 'solved' and old.state <> 'solved') execute function quality_ask_for_reason()
