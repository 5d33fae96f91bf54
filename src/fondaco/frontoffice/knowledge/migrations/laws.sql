-- What was put in force was read and sent to people: it never changes, and is only followed by the next.
create or replace function knowledge_refuse_change() returns trigger language plpgsql as $$
begin
  if old.state = 'draft' then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - '{state,version}'::text[] <> to_jsonb(old) - '{state,version}'::text[]
    or new.state <> old.state and not (old.state = 'active' and new.state = 'retired') then
    raise exception 'version % of article % was put in force and never changes', old.edition, old.article_id
      using errcode = '23001', constraint = 'article_in_force_never_changes', detail = old.title;
  end if;
  return new;
end $$
-- next
create trigger article_in_force_never_changes before update or delete on knowledge_articleversion
  for each row execute function knowledge_refuse_change()
-- next
create trigger article_use_never_changes before update or delete on knowledge_articleuse
  for each row execute function database_refuse_change('knowledge_articleuse')
-- next
create trigger article_use_never_truncated before truncate on knowledge_articleuse
  for each statement execute function database_refuse_change('knowledge_articleuse')
