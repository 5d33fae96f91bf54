-- What was filed never changes: of a filed list only the authority's protocol may be added, once.
create or replace function intrastat_refuse_filed_change() returns trigger language plpgsql as $$
begin
  if old.state = 'open' then
    return case when tg_op = 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - '{protocol,version}'::text[] <> to_jsonb(old) - '{protocol,version}'::text[]
    or old.protocol <> '' and new.protocol <> old.protocol
  then
    raise exception 'list % is filed', old.number using errcode = '23001', constraint = 'filed_list_never_changes', detail = old.number;
  end if;
  return new;
end $$
-- next
create trigger filed_never_changes before update or delete on intrastat_statement for each row execute function intrastat_refuse_filed_change()
-- next
-- Rows and facts come while the list is open, in the transaction that files it: none before, none after.
create or replace function intrastat_refuse_late_rows() returns trigger language plpgsql security definer set search_path from current as $$
declare
  found record;
begin
  select s.number into found from intrastat_statement s where s.id in (select statement_id from added) and s.state <> 'open' order by s.id limit 1;
  if found is not null then
    raise exception 'list % is filed', found.number using errcode = '23001', constraint = 'filed_list_never_changes', detail = found.number;
  end if;
  return null;
end $$
-- next
create trigger row_not_late after insert on intrastat_statementrow referencing new table as added
  for each statement execute function intrastat_refuse_late_rows()
-- next
create trigger fact_not_late after insert on intrastat_statementfact referencing new table as added
  for each statement execute function intrastat_refuse_late_rows()
-- next
create or replace function intrastat_refuse_unfiled_rows() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if exists (select from intrastat_statement s where s.id = new.statement_id and s.state = 'open') then
    raise exception 'list % has rows and is not filed', new.statement_id using errcode = '23514', constraint = 'rows_come_with_filing';
  end if;
  return null;
end $$
-- next
create constraint trigger comes_with_filing after insert on intrastat_statementrow deferrable initially deferred
  for each row execute function intrastat_refuse_unfiled_rows()
-- next
create constraint trigger comes_with_filing after insert on intrastat_statementfact deferrable initially deferred
  for each row execute function intrastat_refuse_unfiled_rows()
-- next
-- A filed list comes to the sum of its rows, and each row to the sum of its documents.
create or replace function intrastat_refuse_wrong_sum() returns trigger language plpgsql security definer set search_path from current as $$
declare
  wrong record;
begin
  if new.state = 'open' then
    return null;
  end if;
  select coalesce(sum(r.amount), 0) as rows into wrong from intrastat_statementrow r where r.statement_id = new.id;
  if wrong.rows <> new.amount then
    raise exception 'list % comes to %, its rows to %', new.number, new.amount, wrong.rows using errcode = '23514', constraint = 'list_is_its_rows';
  end if;
  select r.id into wrong from intrastat_statementrow r
  where r.statement_id = new.id and r.value <> (select coalesce(sum(f.value), 0) from intrastat_statementfact f where f.row_id = r.id) limit 1;
  if found then
    raise exception 'row % of list % is not what its documents come to', wrong.id, new.number using errcode = '23514', constraint = 'list_is_its_rows';
  end if;
  return null;
end $$
-- next
create constraint trigger is_its_rows after insert or update on intrastat_statement deferrable initially deferred
  for each row execute function intrastat_refuse_wrong_sum()
-- next
alter table intrastat_statementfact add constraint fact_of_its_row_s_list foreign key (row_id, statement_id) references intrastat_statementrow (id, statement_id)
