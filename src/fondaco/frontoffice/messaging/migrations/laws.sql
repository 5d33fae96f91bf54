-- A conversation is of its ticket's company; what it is never changes, and an ended one stays ended.
create or replace function messaging_conversation_stands() returns trigger language plpgsql set search_path from current as $$
declare
  house bigint;
begin
  if tg_op = 'UPDATE' then
    if (new.ticket_id, new.line_id, new.channel_id, new.contact, new.person_id, new.digest) is distinct from
       (old.ticket_id, old.line_id, old.channel_id, old.contact, old.person_id, old.digest)
       or old.ended_at is not null and (new.ended_at, new.ended_by) is distinct from (old.ended_at, old.ended_by)
       or new.read_count < old.read_count then
      raise exception 'conversation % stays what it is', old.id using errcode = '23514', constraint = 'conversation_stands', detail = old.id::text;
    end if;
    return new;
  end if;
  select company_id into house from service_ticket where id = new.ticket_id;
  if house is distinct from (select company_id from messaging_chatline where id = new.line_id union all
                             select company_id from messaging_messagechannel where id = new.channel_id) then
    raise exception 'conversation of another company' using errcode = '23514', constraint = 'conversation_stands', detail = coalesce(new.id::text, '');
  end if;
  return new;
end $$
-- next
create trigger conversation_stands before insert or update on messaging_conversation
  for each row execute function messaging_conversation_stands()
-- next
-- What passes by a conversation is a message of its ticket that is no internal note, and nothing passes by an ended one; its state only goes on.
create or replace function messaging_passing_goes_on() returns trigger language plpgsql set search_path from current as $$
declare
  talk messaging_conversation;
  said service_ticketmessage;
  ranks text[] := array['queued', 'sent', 'delivered', 'read'];
begin
  if tg_op = 'UPDATE' then
    if (new.conversation_id, new.message_id, new.channel_id) is distinct from (old.conversation_id, old.message_id, old.channel_id)
       or old.provider_id <> '' and new.provider_id <> old.provider_id
       or new.state <> old.state and (
         old.state in ('received', 'failed', 'read')
         or new.state = 'received'
         or new.state = 'failed' and old.state not in ('queued', 'sent')
         or new.state <> 'failed' and array_position(ranks, new.state) < array_position(ranks, old.state)) then
      raise exception 'message % cannot become %', old.id, new.state using errcode = '23514', constraint = 'passing_goes_on', detail = old.id::text;
    end if;
    return new;
  end if;
  select * into talk from messaging_conversation where id = new.conversation_id;
  select * into said from service_ticketmessage where id = new.message_id;
  if said.ticket_id is distinct from talk.ticket_id or said.direction = 'internal' or talk.ended_at is not null
     or new.channel_id is distinct from talk.channel_id or (said.direction = 'in') <> (new.state = 'received') then
    raise exception 'message % does not belong here', new.message_id using errcode = '23514', constraint = 'passing_goes_on', detail = new.message_id::text;
  end if;
  return new;
end $$
-- next
create trigger passing_goes_on before insert or update on messaging_passing
  for each row execute function messaging_passing_goes_on()
-- next
create trigger works_by_a_calendar_in_force before insert or update of calendar_id on messaging_chatline for each row execute function sla_judge_calendar()
