-- A policy that was put in force never changes: decisions made by it must come out the same when they are asked again.
create or replace function routing_refuse_policy_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version}';
begin
  if old.state = 'draft' then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving or (new.state <> old.state and not (old.state = 'active' and new.state = 'retired')) then
    raise exception 'policy % was put in force and never changes', old.number
      using errcode = '23001', constraint = 'policy_in_force_never_changes', detail = old.name;
  end if;
  return new;
end $$
-- next
create trigger policy_in_force_never_changes before update or delete on routing_routingpolicy for each row execute function routing_refuse_policy_change()
-- next
select documents_freeze_lines('routing_routingrule', 'routing_routingpolicy', 'policy_id', 'policy_in_force_never_changes')
