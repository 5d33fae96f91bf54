create or replace function users_outside_user_guarded() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'portal user % is refused to be deleted', old.email using errcode = '23001', constraint = 'outside_user_stays', detail = old.email;
  end if;
  if (new.party_id, new.email) is distinct from (old.party_id, old.email) then
    raise exception 'portal user % keeps his address and whose he is', old.email
      using errcode = '23514', constraint = 'outside_user_stays', detail = old.email;
  end if;
  -- Whoever is shut out, let in again or gets another password has no session left from before.
  if new.is_active <> old.is_active or new.password <> old.password then
    new.session_epoch := greatest(new.session_epoch, old.session_epoch + 1);
  end if;
  return new;
end $$
-- next
create trigger b_outside_user_guarded before update or delete on users_outsideuser for each row execute function users_outside_user_guarded()
-- next
create or replace function users_outside_link_guarded() returns trigger language plpgsql set search_path from current as $$
begin
  if old.used_at is not null then
    raise exception 'link % was used already', old.id using errcode = '23514', constraint = 'link_works_once';
  end if;
  if new.used_at is not null and old.expires_at < now() then
    raise exception 'link % has expired', old.id using errcode = '23514', constraint = 'link_expires';
  end if;
  if (new.user_id, new.digest, new.expires_at) is distinct from (old.user_id, old.digest, old.expires_at) then
    raise exception 'link % is not changed', old.id using errcode = '23514', constraint = 'link_never_changes';
  end if;
  if new.used_at is not null and not exists (select from users_outsideuser u where u.id = new.user_id and u.is_active) then
    raise exception 'link % is of somebody who was shut out', old.id using errcode = '23514', constraint = 'link_expires';
  end if;
  return new;
end $$
-- next
create trigger b_outside_link_guarded before update on users_outsidelink for each row execute function users_outside_link_guarded()
