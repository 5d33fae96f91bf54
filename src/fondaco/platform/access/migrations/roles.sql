create or replace function access_role_guarded() returns trigger language plpgsql as $$
begin
  if new.key <> old.key then
    raise exception 'role % keeps its key', old.key using errcode = '23514', constraint = 'role_key_is_for_ever', detail = old.key;
  end if;
  return new;
end $$
-- next
create or replace trigger b_role_guarded before update on access_role for each row execute function access_role_guarded()
-- next
create or replace function access_permissions_changed() returns trigger language plpgsql security definer set search_path from current as $$
begin
  perform access_keep_an_administrator(exists (
    select 1 from before_rows p
    where 'access.set_roles' like replace(replace(replace(p.pattern, '\', '\\'), '_', '\_'), '*', '%')));
  return null;
end $$
-- next
create or replace trigger c_administrator_remains_update after update on access_rolepermission
  referencing old table as before_rows for each statement execute function access_permissions_changed()
-- next
create or replace trigger c_administrator_remains_delete after delete on access_rolepermission
  referencing old table as before_rows for each statement execute function access_permissions_changed()
