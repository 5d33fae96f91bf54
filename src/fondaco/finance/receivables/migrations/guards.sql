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
-- next
create or replace function receivables_refuse_statement_change() returns trigger language plpgsql as $$
begin
  if old.state in ('sent', 'agreed', 'differs') and (tg_op = 'DELETE' or
     to_jsonb(new) - '{state,version,answered_on,their_balance,answer}'::text[] <> to_jsonb(old) - '{state,version,answered_on,their_balance,answer}'::text[]
     or new.state not in ('sent', 'agreed', 'differs'))
  then
    raise exception 'statement % was sent and never changes', old.id using errcode = '23001', constraint = 'sent_statement_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger sent_never_changes before update or delete on receivables_customerstatement for each row execute function receivables_refuse_statement_change()
-- next
create or replace function receivables_refuse_statement_line() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[];
begin
  select array_agg(distinct statement_id) into keys from touched;
  if exists (select from receivables_customerstatement s where s.id = any (keys) and s.state in ('sent', 'agreed', 'differs')) then
    raise exception 'a statement that was sent never changes' using errcode = '23001', constraint = 'sent_statement_never_changes';
  end if;
  return null;
end $$
-- next
create trigger line_added after insert on receivables_statementline referencing new table as touched
  for each statement execute function receivables_refuse_statement_line()
-- next
create trigger line_changed after update on receivables_statementline referencing new table as touched
  for each statement execute function receivables_refuse_statement_line()
-- next
create trigger line_left after update on receivables_statementline referencing old table as touched
  for each statement execute function receivables_refuse_statement_line()
-- next
create trigger line_removed after delete on receivables_statementline referencing old table as touched
  for each statement execute function receivables_refuse_statement_line()
-- next
create or replace function receivables_refuse_dispute_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'dispute % stays', old.number using errcode = '23001', constraint = 'dispute_never_changes';
  end if;
  if old.state <> 'open' or to_jsonb(new) - '{state,version,closed_on,outcome,credit_note_id}'::text[] <> to_jsonb(old) - '{state,version,closed_on,outcome,credit_note_id}'::text[]
  then
    raise exception 'dispute % never changes', old.number using errcode = '23001', constraint = 'dispute_never_changes';
  end if;
  return new;
end $$
-- next
create trigger dispute_never_changes before update or delete on receivables_dispute for each row execute function receivables_refuse_dispute_change()
