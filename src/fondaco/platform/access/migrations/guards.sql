create or replace function access_user_guarded() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'user % is refused to be deleted', old.username using errcode = '23001', constraint = 'user_never_deleted', detail = old.username;
  end if;
  if new.username <> old.username then
    raise exception 'user % keeps his username', old.username
      using errcode = '23514', constraint = 'username_is_for_ever', detail = old.username;
  end if;
  if old.is_active and not new.is_active and new.username = current_setting('fondaco.actor', true) then
    raise exception 'user % deactivates himself', old.username
      using errcode = '23514', constraint = 'user_does_not_deactivate_himself', detail = old.username;
  end if;
  -- Whoever is shut out, let in again or gets another password has no session left from before.
  if new.is_active <> old.is_active or new.password <> old.password then
    new.session_epoch := greatest(new.session_epoch, old.session_epoch + 1);
  end if;
  return new;
end $$
-- next
create or replace trigger b_user_guarded before update or delete on access_user for each row execute function access_user_guarded()
-- next
create or replace function access_administrates(user_ids bigint[]) returns boolean language sql stable as $$
  select exists (
    select 1 from access_membership m join access_rolepermission p on p.role_id = m.role_id
    where m.user_id = any (user_ids)
      and 'access.set_roles' like replace(replace(replace(p.pattern, '\', '\\'), '_', '\_'), '*', '%'))
$$
-- next
create or replace function access_keep_an_administrator(lost_somebody boolean) returns void
language plpgsql security definer set search_path from current as $$
declare
  able bigint[];
begin
  if not lost_somebody then
    return;
  end if;
  -- One at a time: two administrators who deactivate each other at the same moment would both see the other still there.
  perform pg_advisory_xact_lock(hashtextextended('fondaco.administrators.' || current_schema(), 0));
  select array_agg(id) into able from access_user where is_active and password <> '' and password not like '!%';
  if not access_administrates(coalesce(able, '{}')) then
    raise exception 'nobody would be left who may give roles' using errcode = '23514', constraint = 'an_administrator_remains';
  end if;
end $$
-- next
create or replace function access_users_changed() returns trigger language plpgsql security definer set search_path from current as $$
declare
  lost bigint[];
begin
  select array_agg(b.id) into lost from before_rows b join after_rows a on a.id = b.id where b.is_active and not a.is_active;
  perform access_keep_an_administrator(lost is not null and access_administrates(lost));
  return null;
end $$
-- next
create or replace trigger c_administrator_remains after update on access_user
  referencing old table as before_rows new table as after_rows for each statement execute function access_users_changed()
-- next
create or replace function access_memberships_changed() returns trigger language plpgsql security definer set search_path from current as $$
declare
  roles bigint[];
begin
  select array_agg(distinct role_id) into roles from before_rows;
  perform access_keep_an_administrator(roles is not null and exists (
    select 1 from access_rolepermission p where p.role_id = any (roles)
      and 'access.set_roles' like replace(replace(replace(p.pattern, '\', '\\'), '_', '\_'), '*', '%')));
  return null;
end $$
-- next
create or replace trigger c_administrator_remains_update after update on access_membership
  referencing old table as before_rows for each statement execute function access_memberships_changed()
-- next
create or replace trigger c_administrator_remains_delete after delete on access_membership
  referencing old table as before_rows for each statement execute function access_memberships_changed()
-- next
create or replace function access_link_guarded() returns trigger language plpgsql as $$
begin
  if old.used_at is not null then
    raise exception 'link % was used already', old.id using errcode = '23514', constraint = 'link_works_once';
  end if;
  if new.used_at is not null and old.expires_at < now() then
    raise exception 'link % has expired', old.id using errcode = '23514', constraint = 'link_expires';
  end if;
  if (new.purpose, new.user_id, new.digest, new.expires_at) is distinct from (old.purpose, old.user_id, old.digest, old.expires_at) then
    raise exception 'link % is not changed', old.id using errcode = '23514', constraint = 'link_never_changes';
  end if;
  return new;
end $$
-- next
create or replace trigger b_link_guarded before update on access_onetimelink for each row execute function access_link_guarded()
-- next
create or replace function access_token_guarded() returns trigger language plpgsql as $$
begin
  if (new.user_id, new.prefix, new.digest, new.scopes, new.expires_at) is distinct from (old.user_id, old.prefix, old.digest, old.scopes, old.expires_at)
     or (old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at) then
    raise exception 'token % is not changed', old.name using errcode = '23514', constraint = 'token_never_widens';
  end if;
  return new;
end $$
-- next
create or replace trigger b_token_guarded before update on access_apitoken for each row execute function access_token_guarded()
-- next
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
