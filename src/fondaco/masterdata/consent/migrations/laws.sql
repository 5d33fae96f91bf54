-- What is written down as consent proves something: the text belongs to the purpose, the purpose has the channel, a confirmation answers the
-- question that was sent to the same address, and nothing happened in the future.
create or replace function consent_proves_something() returns trigger language plpgsql set search_path from current as $$
declare
  wrong record;
begin
  select e.id, p.name,
    case
      when t.id is not null and t.purpose_id <> e.purpose_id then 'consent_text_of_its_purpose'
      when e.kind in ('given', 'asked', 'confirmed') and p.basis = 'consent' and t.id is null then 'consent_shows_a_text'
      when e.at > clock_timestamp() + interval '1 minute' then 'consent_not_in_the_future'
      when e.kind in ('given', 'asked', 'confirmed') and not case e.channel
        when 'email' then p.by_email when 'phone' then p.by_phone when 'sms' then p.by_sms when 'message' then p.by_message else p.by_post end
        then 'consent_channel_of_its_purpose'
      when a.id is not null and (a.kind <> 'asked' or (a.purpose_id, a.channel, a.address, a.text_id) is distinct from (e.purpose_id, e.channel, e.address, e.text_id))
        then 'consent_answers_its_question'
      when c.id is not null and (c.purpose_id, c.channel) is distinct from (e.purpose_id, e.channel) then 'consent_carries_its_like'
    end as law
  into wrong
  from given e join consent_purpose p on p.id = e.purpose_id
    left join consent_purposetext t on t.id = e.text_id
    left join consent_consentevent a on a.id = e.answers_id
    left join consent_consentevent c on c.id = e.carries_id
  where t.id is not null and t.purpose_id <> e.purpose_id
    or e.kind in ('given', 'asked', 'confirmed') and (p.basis = 'consent' and t.id is null or not case e.channel
      when 'email' then p.by_email when 'phone' then p.by_phone when 'sms' then p.by_sms when 'message' then p.by_message else p.by_post end)
    or e.at > clock_timestamp() + interval '1 minute'
    or a.id is not null and (a.kind <> 'asked' or (a.purpose_id, a.channel, a.address, a.text_id) is distinct from (e.purpose_id, e.channel, e.address, e.text_id))
    or c.id is not null and (c.purpose_id, c.channel) is distinct from (e.purpose_id, e.channel)
  order by e.id limit 1;
  if found then
    raise exception 'consent % to % proves nothing: %', wrong.id, wrong.name, wrong.law
      using errcode = '23514', constraint = wrong.law, detail = wrong.name;
  end if;
  return null;
end $$
-- next
create trigger consent_proves_something after insert on consent_consentevent referencing new table as given
  for each statement execute function consent_proves_something()
-- next
create trigger consent_never_changes before update or delete on consent_consentevent
  for each row execute function database_refuse_change('consent_consentevent')
-- next
create trigger consent_never_truncated before truncate on consent_consentevent
  for each statement execute function database_refuse_change('consent_consentevent')
-- next
create trigger purpose_text_never_changes before update or delete on consent_purposetext
  for each row execute function database_refuse_change('consent_purposetext')
-- next
create trigger purpose_text_never_truncated before truncate on consent_purposetext
  for each statement execute function database_refuse_change('consent_purposetext')
