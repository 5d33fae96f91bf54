alter table tax_taxreturn add constraint return_definition_of_its_company
  foreign key (definition_id, company_id) references tax_returndefinition (id, company_id)
-- next
-- Whether a tax code is among ``IT-* !OSS-*``: as ``declaring.fits`` reads it. A star stands for anything.
create or replace function tax_fits(code text, patterns text) returns boolean language sql immutable as $$
  with words as (
    select w like '!%' as is_left_out,
      '^' || replace(regexp_replace(regexp_replace(w, '^!', ''), '([^[:alnum:]*])', '\\\1', 'g'), '*', '.*') || '$' as pattern
    from regexp_split_to_table(patterns, '\s+') w where w <> ''
  )
  select (not exists (select from words where not is_left_out) or exists (select from words where not is_left_out and code ~ pattern))
    and not exists (select from words where is_left_out and code ~ pattern)
$$
-- next
create or replace function tax_refuse_filed_days() returns trigger language plpgsql security definer set search_path from current as $$
declare
  found record;
begin
  -- The rows are share-locked, in key order: a return cannot be filed under a tax entry of its codes that is not yet committed.
  for found in
    select t.number, t.state, r.document, r.reported_on from tax_taxreturn t join tax_returndefinition d on d.id = t.definition_id
    join (select a.company_id, a.reported_on, coalesce(c.code, '') as code, min(a.document_number) as document
          from added a left join tax_taxcode c on c.id = a.tax_code_id group by 1, 2, 3) r
      on r.company_id = t.company_id and t.ends_on >= r.reported_on and t.starts_on <= r.reported_on and tax_fits(r.code, d.codes)
    order by t.id for share of t
  loop
    if found.state <> 'open' then
      raise exception 'tax of % on % would enter the filed return %', found.document, found.reported_on, found.number
        using errcode = '23514', constraint = 'tax_entry_not_in_a_filed_return';
    end if;
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

-- next
-- Which codes a return is about says which days of them are locked: it stays while one of its returns is filed.
create or replace function tax_refuse_other_codes() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if (new.codes, new.company_id) is distinct from (old.codes, old.company_id)
    and exists (select from tax_taxreturn r where r.definition_id = old.id and r.state <> 'open')
  then
    raise exception 'returns of % are filed', old.code using errcode = '23001', constraint = 'filed_codes_never_change', detail = old.code;
  end if;
  return new;
end $$
-- next
create trigger filed_codes_never_change before update on tax_returndefinition for each row execute function tax_refuse_other_codes()
