alter table tax_taxentry add constraint tax_entry_code_of_company
  foreign key (tax_code_id, company_id) references tax_taxcode (id, company_id)
-- next
alter table tax_taxentry add constraint tax_entry_account_of_company
  foreign key (account_id, company_id) references ledger_account (id, company_id)
-- next
create or replace function tax_entries_recorded() returns trigger language plpgsql security definer set search_path from current as $$
declare
  keys bigint[];
  r record;
begin
  select array_agg(distinct entry_id) into keys from added;
  for r in
    select t.entry_id, t.company_id from tax_taxentry t join ledger_journalentry e on e.id = t.entry_id
    where t.entry_id = any (keys) and e.company_id <> t.company_id limit 1
  loop
    raise exception 'journal entry % is not of company %', r.entry_id, r.company_id using errcode = '23503', constraint = 'tax_entry_of_company';
  end loop;
  -- All tax entries of a journal entry against its lines on the same accounts, to the cent.
  for r in
    select entry_id, account_id, coalesce(l.amount, 0) as ledger, coalesce(t.amount, 0) as taxes
    from (select entry_id, account_id, sum(amount) as amount from tax_taxentry where entry_id = any (keys) and account_id is not null group by 1, 2) t
    full join (select x.entry_id, x.account_id, sum(x.amount) as amount from ledger_journalline x join ledger_account a on a.id = x.account_id
               where x.entry_id = any (keys) and a.control = 'tax' group by 1, 2) l using (entry_id, account_id)
    where coalesce(l.amount, 0) <> coalesce(t.amount, 0) order by 1, 2 limit 1
  loop
    raise exception 'tax entries of % come to % on account %, its lines to %', r.entry_id, r.taxes, r.account_id, r.ledger
      using errcode = '23514', constraint = 'tax_entries_equal_ledger', detail = r.ledger || ' ' || r.taxes,
        hint = (select number from ledger_account where id = r.account_id);
  end loop;
  return null;
end $$
-- next
create trigger entries_recorded after insert on tax_taxentry referencing new table as added
  for each statement execute function tax_entries_recorded()
-- next
create or replace function tax_refuse_unexplained() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
begin
  for r in
    select a.number, sum(l.amount) as ledger,
      (select coalesce(sum(t.amount), 0) from tax_taxentry t where t.entry_id = new.id and t.account_id = a.id) as taxes
    from ledger_journalline l join ledger_account a on a.id = l.account_id
    where l.entry_id = new.id and a.control = 'tax' group by a.id, a.number order by a.number
  loop
    if r.ledger <> r.taxes then
      raise exception 'entry % moves tax account % by %, its tax entries by %', new.number, r.number, r.ledger, r.taxes
        using errcode = '23514', constraint = 'tax_entries_equal_ledger', detail = r.ledger || ' ' || r.taxes, hint = r.number;
    end if;
  end loop;
  return null;
end $$
-- next
create constraint trigger tax_explained after insert on ledger_journalentry deferrable initially deferred
  for each row execute function tax_refuse_unexplained()
-- next
create trigger tax_entry_never_changes before update or delete on tax_taxentry for each row execute function database_refuse_change('tax_taxentry')
-- next
create trigger tax_entry_never_truncated before truncate on tax_taxentry for each statement execute function database_refuse_change('tax_taxentry')
