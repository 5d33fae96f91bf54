create or replace function receivables_refuse_sent_change() returns trigger language plpgsql as $$
begin
  if old.state = 'sent' then
    raise exception 'reminder % was sent and never changes', old.number using errcode = '23001', constraint = 'sent_reminder_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger sent_never_changes before update or delete on receivables_reminder for each row execute function receivables_refuse_sent_change()
-- next
create or replace function receivables_refuse_sent_item() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[];
  r record;
begin
  select array_agg(distinct reminder_id) into keys from touched;
  for r in select m.number from receivables_reminder m where m.id = any (keys) and m.state = 'sent' order by m.id limit 1 loop
    raise exception 'reminder % was sent and never changes', r.number using errcode = '23001', constraint = 'sent_reminder_never_changes';
  end loop;
  return null;
end $$
-- next
create trigger item_added after insert on receivables_reminderitem referencing new table as touched
  for each statement execute function receivables_refuse_sent_item()
-- next
create trigger item_changed after update on receivables_reminderitem referencing new table as touched
  for each statement execute function receivables_refuse_sent_item()
-- next
create trigger item_left after update on receivables_reminderitem referencing old table as touched
  for each statement execute function receivables_refuse_sent_item()
-- next
create trigger item_removed after delete on receivables_reminderitem referencing old table as touched
  for each statement execute function receivables_refuse_sent_item()
