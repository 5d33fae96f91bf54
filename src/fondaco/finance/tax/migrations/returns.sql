alter table tax_taxreturn add constraint return_definition_of_its_company
  foreign key (definition_id, company_id) references tax_returndefinition (id, company_id)
-- next
create or replace function tax_refuse_filed_days() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
  found record;
begin
  for r in select company_id, reported_on, min(document_number) as document from added group by company_id, reported_on order by company_id, reported_on loop
    -- The rows are share-locked: a return cannot be filed under a tax entry that is not yet committed.
    for found in
      select t.number, t.state from tax_taxreturn t
      where t.company_id = r.company_id and t.ends_on >= r.reported_on and t.starts_on <= r.reported_on order by t.id for share
    loop
      if found.state <> 'open' then
        raise exception 'tax of % on % would enter the filed return %', r.document, r.reported_on, found.number
          using errcode = '23514', constraint = 'tax_entry_not_in_a_filed_return';
      end if;
    end loop;
  end loop;
  return null;
end $$
-- next
create trigger not_in_a_filed_return after insert on tax_taxentry referencing new table as added
  for each statement execute function tax_refuse_filed_days()
-- next
create or replace function tax_refuse_filed_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.number is not null then
      raise exception 'return % was filed', old.number using errcode = '23001', constraint = 'filed_return_never_changes';
    end if;
    return old;
  end if;
  if old.number is not null and (new.number, new.company_id, new.definition_id, new.starts_on, new.ends_on) is distinct from
     (old.number, old.company_id, old.definition_id, old.starts_on, old.ends_on)
    or old.state <> 'open' and new.state <> 'open'
       and to_jsonb(new) - '{state,version,entry_id}'::text[] <> to_jsonb(old) - '{state,version,entry_id}'::text[]
    or old.state = 'settled' and new.state = 'open'
  then
    raise exception 'return % is filed', old.number using errcode = '23001', constraint = 'filed_return_never_changes';
  end if;
  return new;
end $$
-- next
create trigger filed_never_changes before update or delete on tax_taxreturn for each row execute function tax_refuse_filed_change()
-- next
create or replace function tax_refuse_filed_amount() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[];
begin
  if tg_op = 'DELETE' then
    select array_agg(distinct tax_return_id) into keys from before_rows;
  elsif tg_op = 'INSERT' then
    select array_agg(distinct tax_return_id) into keys from after_rows;
  else
    select array_agg(distinct k) into keys from (select tax_return_id as k from before_rows union all select tax_return_id from after_rows) x;
  end if;
  if exists (select 1 from tax_taxreturn r where r.id = any (keys) and r.state <> 'open') then
    raise exception 'the amounts of a filed return never change' using errcode = '23001', constraint = 'filed_return_never_changes';
  end if;
  return null;
end $$
-- next
create trigger amount_added after insert on tax_returnamount referencing new table as after_rows
  for each statement execute function tax_refuse_filed_amount()
-- next
create trigger amount_changed after update on tax_returnamount referencing new table as after_rows old table as before_rows
  for each statement execute function tax_refuse_filed_amount()
-- next
create trigger amount_removed after delete on tax_returnamount referencing old table as before_rows
  for each statement execute function tax_refuse_filed_amount()
