create or replace function audit_record_update() returns trigger language plpgsql security definer as $$
declare
  keys bigint[];
  diffs jsonb[];
begin
  -- The transition tables are read alone, then written from arrays: see SCALE, must 7.
  select array_agg(id order by id), array_agg(diff order by id) into keys, diffs
  from (
    select n.id, (
      select jsonb_object_agg(v.key, jsonb_build_array(n.old_image -> v.key, v.value))
      from jsonb_each(n.image) v
      where v.value is distinct from n.old_image -> v.key and not v.key = any (tg_argv[1:])
    ) as diff
    -- "offset 0" keeps the planner from moving the images inwards, where each would be made again for every column;
    -- the outer one, from making the differences twice.
    from (select a.id, to_jsonb(a) as image, to_jsonb(b) as old_image from after_rows a join before_rows b on b.id = a.id offset 0) n
    offset 0
  ) compared
  where diff is not null;
  if keys is null then
    return null;
  end if;
  execute format(
    'insert into %I.audit_change (table_name, row_id, operation, changes, actor, verb, reason, at)
     select $1, k, ''update'', d, current_setting(''fondaco.actor''), coalesce(current_setting(''fondaco.verb'', true), ''''),
            coalesce(current_setting(''fondaco.reason'', true), ''''), now()
     from unnest($2, $3) as t(k, d)', tg_table_schema)
  using tg_argv[0], keys, diffs;
  return null;
end $$
-- next
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
