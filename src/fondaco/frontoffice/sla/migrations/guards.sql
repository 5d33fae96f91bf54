-- Promises and calendars that were put in force never change: what was due when must come out the same for ever.
create trigger promise_in_force_never_changes before update or delete on sla_servicepromise
  for each row execute function documents_refuse_version_change('active', 'retired', 'promise_in_force_never_changes')
-- next
create trigger calendar_in_force_never_changes before update or delete on sla_businesscalendar
  for each row execute function documents_refuse_version_change('active', 'retired', 'calendar_in_force_never_changes')
-- next
select documents_freeze_lines('sla_promiseline', 'sla_servicepromise', 'promise_id', 'promise_in_force_never_changes')
-- next
select documents_freeze_lines('sla_escalationstep', 'sla_servicepromise', 'promise_id', 'promise_in_force_never_changes')
-- next
select documents_freeze_lines('sla_calendarhours', 'sla_businesscalendar', 'calendar_id', 'calendar_in_force_never_changes')
-- next
select documents_freeze_lines('sla_calendarclosure', 'sla_businesscalendar', 'calendar_id', 'calendar_in_force_never_changes')
-- next
-- The openings of a calendar follow each other, and each says how many seconds the ones before were open.
create or replace function sla_judge_openings() returns trigger language plpgsql security definer set search_path from current as $$
declare
  calendars bigint[];
  wrong timestamptz;
begin
  select array_agg(distinct calendar_id) into calendars from added;
  select opens_at into wrong from (
    select o.opens_at, o.seconds_before, lag(o.closes_at) over following as closed_at,
      lag(o.seconds_before + extract(epoch from o.closes_at - o.opens_at)) over following as expected
    from sla_opening o where o.calendar_id = any (calendars) window following as (partition by o.calendar_id order by o.opens_at)
  ) x where closed_at > opens_at or seconds_before <> coalesce(expected, 0) limit 1;
  if wrong is not null then
    raise exception 'opening at % does not follow the one before', wrong using errcode = '23514', constraint = 'opening_adds_up';
  end if;
  return null;
end $$
-- next
create trigger openings_judged after insert on sla_opening referencing new table as added for each statement execute function sla_judge_openings()
-- next
-- Whoever works by a calendar works by one of his own company that is in force: the hours of a draft may still change, and nobody knows them.
create or replace function sla_judge_calendar() returns trigger language plpgsql set search_path from current as $$
begin
  if new.calendar_id is not null and not exists (
    select from sla_businesscalendar c where c.id = new.calendar_id and c.company_id = new.company_id and c.state = 'active')
  then
    raise exception 'calendar % is not in force', new.calendar_id using errcode = '23514', constraint = 'calendar_is_in_force',
      detail = coalesce((select c.name from sla_businesscalendar c where c.id = new.calendar_id), new.calendar_id::text);
  end if;
  return new;
end $$
