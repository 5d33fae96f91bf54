-- A call is recorded with the caller's consent, given on that call, or not at all. What a caller leaves on the voicemail he leaves himself.
create or replace function telephony_recording_has_consent() returns trigger language plpgsql set search_path from current as $$
begin
  if new.kind = 'recording' and not exists (select 1 from telephony_call c where c.id = new.call_id and c.consent = 'given') then
    raise exception 'call % was not to be recorded', new.call_id
      using errcode = '23514', constraint = 'recording_has_consent', detail = (select caller from telephony_call where id = new.call_id);
  end if;
  return new;
end $$
-- next
create trigger recording_has_consent before insert or update of kind, call_id on telephony_callrecording
  for each row execute function telephony_recording_has_consent()
-- next
-- That there was a recording stays, whatever becomes of its audio; and audio that is due is deleted no later than it was said.
create or replace function telephony_recording_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (old.deleted_at is not null and new.deleted_at is null) or new.delete_on > old.delete_on then
    raise exception 'recording % stays as it is', old.id using errcode = '23514', constraint = 'recording_stays';
  end if;
  return new;
end $$
-- next
create trigger recording_stays before update or delete on telephony_callrecording for each row execute function telephony_recording_stays()
-- next
create trigger works_by_a_calendar_in_force before insert or update of calendar_id on telephony_phoneline for each row execute function sla_judge_calendar()
