-- A scoring model in force never changes: it is superseded by its next version, and what was scored by it can be told again.
create trigger in_force_never_changes before update or delete on scoring_scoringmodel
  for each row execute function documents_refuse_version_change('in_force', 'superseded', 'scoring_model_never_changes')
-- next
select documents_freeze_lines('scoring_scoringline', 'scoring_scoringmodel', 'model_id', 'scoring_model_never_changes')
