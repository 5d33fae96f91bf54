create or replace function audit_record_delete() returns trigger language plpgsql security definer as $$
declare
  keys bigint[];
  images jsonb[];
begin
  select array_agg(id order by id), array_agg(to_jsonb(b) - tg_argv[1:] order by id) into keys, images from before_rows b;
  if keys is null then
    return null;
  end if;
  execute format(
    'insert into %I.audit_change (table_name, row_id, operation, changes, actor, verb, reason, at)
     select $1, k, ''delete'', d, current_setting(''fondaco.actor''), coalesce(current_setting(''fondaco.verb'', true), ''''),
            coalesce(current_setting(''fondaco.reason'', true), ''''), now()
     from unnest($2, $3) as t(k, d)', tg_table_schema)
  using tg_argv[0], keys, images;
  return null;
end $$
-- next
create or replace trigger change_never_changes before update or delete on audit_change
  for each row execute function database_refuse_change('audit_change')
-- next
create or replace trigger change_never_truncated before truncate on audit_change
  for each statement execute function database_refuse_change('audit_change')
