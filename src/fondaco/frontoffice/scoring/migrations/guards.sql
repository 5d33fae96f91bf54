-- A scoring model in force never changes: it is superseded by its next version, and what was scored by it can be told again.
create or replace function scoring_refuse_model_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version}';
begin
  if old.state = 'draft' then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving or (new.state <> old.state and not (old.state = 'in_force' and new.state = 'superseded')) then
    raise exception 'scoring model % is or was in force and never changes', old.number using errcode = '23001', constraint = 'scoring_model_never_changes';
  end if;
  return new;
end $$
-- next
create trigger in_force_never_changes before update or delete on scoring_scoringmodel for each row execute function scoring_refuse_model_change()
-- next
select documents_freeze_lines('scoring_scoringline', 'scoring_scoringmodel', 'model_id', 'scoring_model_never_changes')
