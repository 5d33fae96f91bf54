-- A released model never changes: it is superseded by its next version, by which configurations made before are not touched.
create trigger released_never_changes before update or delete on configurator_productmodel
  for each row execute function documents_refuse_version_change('released', 'superseded', 'released_model_never_changes')
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
