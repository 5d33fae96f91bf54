alter table views_savedview add constraint view_filters_by_name check (jsonb_typeof(filters) = 'object'),
  add constraint view_columns_in_order check (jsonb_typeof(columns) = 'array')
-- next
create or replace function views_saved_view_guarded() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from views_defaultview where view_id = old.id;
    return old;
  end if;
  if (new.owner_id, new.resource) is distinct from (old.owner_id, old.resource) then
    raise exception 'view % keeps its list and its owner', old.name
      using errcode = '23514', constraint = 'view_keeps_list_and_owner', detail = old.name;
  end if;
  if old.state = 'shared' and new.state <> 'shared' then
    -- What somebody may no longer open is no longer how his list opens.
    delete from views_defaultview where view_id = old.id and user_id <> old.owner_id;
  end if;
  return new;
end $$
-- next
create or replace trigger b_view_guarded before update or delete on views_savedview for each row execute function views_saved_view_guarded()
-- next
create or replace function views_default_view_guarded() returns trigger language plpgsql as $$
declare
  chosen views_savedview;
begin
  -- Locked, so that nobody takes the view back from everybody at the same moment.
  select * into chosen from views_savedview where id = new.view_id for share;
  if chosen.id is null or (chosen.owner_id <> new.user_id and chosen.state <> 'shared') then
    raise exception 'view % is not for user %', new.view_id, new.user_id
      using errcode = '23514', constraint = 'default_view_is_for_its_user';
  end if;
  new.resource := chosen.resource;
  return new;
end $$
-- next
create or replace trigger b_default_view_guarded before insert or update on views_defaultview
  for each row execute function views_default_view_guarded()
