-- SA-05: a mail is evidence. Nothing of it changes but whether its owner keeps it to himself; nobody takes one away.
create or replace function correspondence_mail_stands() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'mail % stays', old.id using errcode = '23514', constraint = 'mail_stands', detail = old.subject;
  end if;
  if to_jsonb(new) - 'is_private' - 'version' is distinct from to_jsonb(old) - 'is_private' - 'version' then
    raise exception 'mail % stays as it is', old.id using errcode = '23514', constraint = 'mail_stands', detail = old.subject;
  end if;
  return new;
end $$
-- next
create trigger b_stands before update or delete on correspondence_mailmessage for each row execute function correspondence_mail_stands()
-- next
-- What the time lines of its parties say of a private mail is that there is one; the application itself may change no interaction.
create or replace function correspondence_mail_veil() returns trigger language plpgsql security definer set search_path from current as $$
begin
  update parties_interaction i
  set title = case when m.is_private then '' else m.subject end, body = case when m.is_private then '' else left(m.body, 4000) end
  from after_rows m join before_rows b on b.id = m.id
  where m.is_private <> b.is_private and i.source_table = 'correspondence_mailmessage' and i.source_id = m.id;
  return null;
end $$
-- next
create trigger c_veil after update on correspondence_mailmessage referencing old table as before_rows new table as after_rows
  for each statement execute function correspondence_mail_veil()
-- next
-- A password, or a token, is never sent to another server, or under another name, than it was entered for.
create or replace function correspondence_forget_password() returns trigger language plpgsql as $$
begin
  if (new.imap_host, new.imap_port, new.imap_security, new.smtp_host, new.smtp_port, new.smtp_security, new.username, new.address, new.sign_in)
     is distinct from (old.imap_host, old.imap_port, old.imap_security, old.smtp_host, old.smtp_port, old.smtp_security, old.username, old.address, old.sign_in)
     and new.sealed_password = old.sealed_password then
    new.sealed_password := '';
  end if;
  return new;
end $$
-- next
create trigger b_forget_password before update on correspondence_mailaccount for each row execute function correspondence_forget_password()
-- next
-- What came with a mail stays on it.
create or replace function correspondence_keep_files() returns trigger language plpgsql as $$
begin
  if old.table_name = 'correspondence_mailmessage' then
    raise exception 'file % came with a mail', old.id using errcode = '23514', constraint = 'mail_files_stand', detail = old.name;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger mail_files_stand before update or delete on files_attachment for each row execute function correspondence_keep_files()
-- next
create or replace function correspondence_forget_calendar_password() returns trigger language plpgsql as $$
begin
  if (new.url, new.username, new.user_id) is distinct from (old.url, old.username, old.user_id) then
    if new.sealed_password = old.sealed_password then
      new.sealed_password := '';
    end if;
    -- Another calendar: what was seen of the old one says nothing of it.
    delete from correspondence_calendaritem where account_id = old.id;
    update correspondence_calendarstanding set sync_token = '' where account_id = old.id;
  end if;
  return new;
end $$
-- next
create trigger b_forget_password before update on correspondence_calendaraccount for each row execute function correspondence_forget_calendar_password()
