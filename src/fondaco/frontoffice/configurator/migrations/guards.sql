-- A released model never changes: it is superseded by its next version, by which configurations made before are not touched.
create or replace function configurator_refuse_model_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version}';
begin
  if old.state = 'draft' then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving or (new.state <> old.state and not (old.state = 'released' and new.state = 'superseded')) then
    raise exception 'product model % was released and never changes', old.number using errcode = '23001', constraint = 'released_model_never_changes';
  end if;
  return new;
end $$
-- next
create trigger released_never_changes before update or delete on configurator_productmodel for each row execute function configurator_refuse_model_change()
-- next
select documents_freeze_lines('configurator_attribute', 'configurator_productmodel', 'model_id', 'released_model_never_changes')
-- next
select documents_freeze_lines('configurator_attributevalue', 'configurator_productmodel', 'model_id', 'released_model_never_changes')
-- next
select documents_freeze_lines('configurator_rule', 'configurator_productmodel', 'model_id', 'released_model_never_changes')
-- next
-- A value names an attribute of its own model; both may be written in any order of one transaction.
alter table configurator_attributevalue add constraint value_of_its_attribute foreign key (model_id, attribute)
  references configurator_attribute (model_id, code) deferrable initially deferred
