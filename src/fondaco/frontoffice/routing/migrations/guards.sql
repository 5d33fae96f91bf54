-- A policy that was put in force never changes: decisions made by it must come out the same when they are asked again.
create trigger policy_in_force_never_changes before update or delete on routing_routingpolicy
  for each row execute function documents_refuse_version_change('active', 'retired', 'policy_in_force_never_changes')
-- next
select documents_freeze_lines('routing_routingrule', 'routing_routingpolicy', 'policy_id', 'policy_in_force_never_changes')
-- next
create trigger works_by_a_calendar_in_force before insert or update of calendar_id on routing_routingpolicy for each row execute function sla_judge_calendar()
