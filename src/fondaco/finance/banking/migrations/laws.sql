alter table payments_bankaccount add constraint bank_account_of_company_and_currency unique (id, company_id, currency_id)
-- next
alter table banking_bankstatement add constraint bank_statement_of_bank_account
  foreign key (bank_account_id, company_id, currency_id) references payments_bankaccount (id, company_id, currency_id)
-- next
-- A statement opens with what the one before it closed with.
alter table banking_bankstatement add constraint bank_statement_continues
  foreign key (bank_account_id, previous_position, opening) references banking_bankstatement (bank_account_id, position, closing)
-- next
alter table banking_bankstatement add constraint bank_statement_has_its_lines
  foreign key (id, line_count) references banking_bankline (statement_id, position) deferrable initially deferred
-- next
alter table banking_bankline add constraint bank_line_of_statement
  foreign key (statement_id, company_id, bank_account_id, currency_id) references banking_bankstatement (id, company_id, bank_account_id, currency_id)
-- next
alter table banking_bankline add constraint bank_line_match_of_account
  foreign key (match_id, company_id, bank_account_id) references banking_bankmatch (id, company_id, bank_account_id)
-- next
alter table banking_matchedline add constraint matched_line_of_account
  foreign key (line_id, company_id, bank_account_id) references banking_bankline (id, company_id, bank_account_id)
-- next
alter table banking_matchedline add constraint matched_line_match_of_account
  foreign key (match_id, company_id, bank_account_id) references banking_bankmatch (id, company_id, bank_account_id)
-- next
alter table banking_matchedposting add constraint matched_posting_match_of_account
  foreign key (match_id, company_id, bank_account_id) references banking_bankmatch (id, company_id, bank_account_id)
-- next
alter table payments_bankaccount add constraint bank_account_of_company unique (id, company_id)
-- next
alter table banking_bankmatch add constraint bank_match_of_bank_account
  foreign key (bank_account_id, company_id) references payments_bankaccount (id, company_id)
-- next
alter table banking_bankmatch add constraint bank_match_has_its_lines
  foreign key (id, line_count) references banking_matchedline (match_id, position) deferrable initially deferred
-- next
alter table banking_bankmatch add constraint bank_match_has_its_postings
  foreign key (id, posting_count) references banking_matchedposting (match_id, position) deferrable initially deferred
-- next
create or replace function banking_lines_recorded() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
begin
  if exists (select 1 from added where state <> 'open') then
    raise exception 'a bank line arrives open' using errcode = '23514', constraint = 'bank_line_arrives_open';
  end if;
  -- All lines of a statement stand in this one statement, 1..n, and lead from its opening to its closing balance.
  select s.id, s.closing - s.opening - a.total as difference, a.lines into r
  from (select statement_id, sum(amount) as total, count(*) as lines, min(position) as lowest, max(position) as highest from added group by 1) a
  join banking_bankstatement s on s.id = a.statement_id
  where a.total <> s.closing - s.opening or a.lines <> s.line_count or a.lowest <> 1 or a.highest <> s.line_count limit 1;
  if found then
    raise exception 'the lines of statement % do not lead from its opening to its closing balance: % is missing', r.id, r.difference
      using errcode = '23514', constraint = 'bank_statement_adds_up', detail = r.difference::text;
  end if;
  return null;
end $$
-- next
create trigger bank_lines_recorded after insert on banking_bankline referencing new table as added
  for each statement execute function banking_lines_recorded()
-- next
create or replace function banking_refuse_line_change() returns trigger language plpgsql as $$
declare
  r banking_bankline;
begin
  -- Everything but state, match and version is as it was.
  if tg_op <> 'DELETE' then
    r := new;
    r.state := old.state;
    r.match_id := old.match_id;
    r.version := old.version;
  end if;
  if tg_op = 'DELETE' or r is distinct from old
     or (old.match_id is not null and new.match_id is not null and new.match_id <> old.match_id)
  then
    raise exception 'bank line % never changes', old.id using errcode = '23001', constraint = 'bank_line_never_changes';
  end if;
  return new;
end $$
-- next
create trigger line_never_changes before update or delete on banking_bankline for each row execute function banking_refuse_line_change()
-- next
create trigger statement_never_changes before update or delete on banking_bankstatement for each row execute function database_refuse_change('banking_bankstatement')
-- next
create or replace function banking_refuse_match_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.state <> 'matched' or
     to_jsonb(new) - '{state,undone_on,undone_reason,version}'::text[] <> to_jsonb(old) - '{state,undone_on,undone_reason,version}'::text[]
  then
    raise exception 'bank match % never changes', old.id using errcode = '23001', constraint = 'bank_match_never_changes';
  end if;
  return new;
end $$
-- next
create trigger match_never_changes before update or delete on banking_bankmatch for each row execute function banking_refuse_match_change()
-- next
create or replace function banking_refuse_part_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or not old.is_current or to_jsonb(new) - '{is_current,version}'::text[] <> to_jsonb(old) - '{is_current,version}'::text[] then
    raise exception 'a part of bank match % never changes', old.match_id using errcode = '23001', constraint = 'bank_match_never_changes';
  end if;
  return new;
end $$
-- next
create trigger matched_line_never_changes before update or delete on banking_matchedline for each row execute function banking_refuse_part_change()
-- next
create trigger matched_posting_never_changes before update or delete on banking_matchedposting for each row execute function banking_refuse_part_change()
-- next
create or replace function banking_matched_lines_recorded() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if exists (select 1 from added a join banking_bankline l on l.id = a.line_id where l.amount <> a.amount or not a.is_current) then
    raise exception 'a bank line is matched whole' using errcode = '23514', constraint = 'bank_line_matched_whole';
  end if;
  return null;
end $$
-- next
create trigger matched_lines_recorded after insert on banking_matchedline referencing new table as added
  for each statement execute function banking_matched_lines_recorded()
-- next
create or replace function banking_postings_recorded() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
begin
  -- Each is a line on the ledger account of this bank account, counted in the bank account's currency.
  for r in
    select a.match_id from added a
    join payments_bankaccount b on b.id = a.bank_account_id
    join companies_company c on c.id = b.company_id
    left join ledger_journalline l on l.id = a.journal_line_id and l.account_id = b.account_id and l.company_id = a.company_id
      and (b.currency_id = c.currency_id or l.currency_id = b.currency_id)
    where l.id is null or not a.is_current or a.amount <> case when b.currency_id = c.currency_id then l.amount else l.currency_amount end
    limit 1
  loop
    raise exception 'match % names a line that is not of the bank account', r.match_id using errcode = '23514', constraint = 'matched_posting_of_bank';
  end loop;
  -- The lines of the books come to the lines of the bank; they stand in this one statement, behind the bank's.
  for r in
    select p.match_id, p.total - coalesce(l.total, 0) as difference
    from (select match_id, sum(amount) as total, count(*) as parts, max(position) as highest from added group by 1) p
    join banking_bankmatch m on m.id = p.match_id
    left join (select match_id, sum(amount) as total, count(*) as parts from banking_matchedline
      where match_id in (select match_id from added) group by 1) l on l.match_id = p.match_id
    where p.total <> coalesce(l.total, 0) or p.total <> m.amount or p.parts <> m.posting_count or p.highest <> m.posting_count
      or coalesce(l.parts, 0) <> coalesce(m.line_count, 0)
    limit 1
  loop
    raise exception 'match % does not come out: % is missing', r.match_id, r.difference
      using errcode = '23514', constraint = 'bank_match_comes_out', detail = r.difference::text;
  end loop;
  return null;
end $$
-- next
create trigger postings_recorded after insert on banking_matchedposting referencing new table as added
  for each statement execute function banking_postings_recorded()
