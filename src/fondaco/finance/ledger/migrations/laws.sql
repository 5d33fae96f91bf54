insert into ledger_dimensionset (id, key) overriding system value values (1, '') on conflict do nothing
-- next
select setval(pg_get_serial_sequence('ledger_dimensionset', 'id'), 1)
-- next
alter table ledger_journalentry add constraint entry_journal_of_company
  foreign key (journal_id, company_id, subledger) references ledger_journal (id, company_id, subledger)
-- next
alter table ledger_journalentry add constraint entry_period_of_company
  foreign key (period_id, company_id, fiscal_year_id) references ledger_period (id, company_id, fiscal_year_id)
-- next
alter table ledger_journalline add constraint line_entry_of_company
  foreign key (entry_id, company_id, period_id, "on") references ledger_journalentry (id, company_id, period_id, "on")
-- next
alter table ledger_journalline add constraint line_account_of_company
  foreign key (account_id, company_id) references ledger_account (id, company_id)
-- next
alter table ledger_journalentry add constraint entry_has_its_lines
  foreign key (id, line_count) references ledger_journalline (entry_id, position) deferrable initially deferred
-- next
alter table ledger_settlementpart add constraint part_settlement_of_company
  foreign key (settlement_id, company_id, "on") references ledger_settlement (id, company_id, "on")
-- next
alter table ledger_settlement add constraint settlement_has_its_parts
  foreign key (id, part_count) references ledger_settlementpart (settlement_id, position) deferrable initially deferred
-- next
create or replace function ledger_entries_recorded() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
  found_state text;
  first_on date;
  last_on date;
  closed text;
begin
  for r in
    select period_id, subledger, min("on") as first_on, max("on") as last_on, bool_and(late_reason <> '') as reasoned, min(number) as number
    from added group by period_id, subledger order by period_id, subledger
  loop
    select p.starts_on, p.ends_on, p.name into first_on, last_on, closed from ledger_period p where p.id = r.period_id;
    if r.first_on < first_on or r.last_on > last_on then
      raise exception 'entry % is dated outside period %', r.number, closed using errcode = '23514', constraint = 'entry_dated_in_period';
    end if;
    -- The row is share-locked: a period cannot be closed under an entry that is not yet committed.
    select s.state into found_state from ledger_periodstate s where s.period_id = r.period_id and s.subledger = r.subledger for share;
    if found_state is null or found_state = 'closed' or (found_state = 'soft_closed' and not r.reasoned) then
      raise exception 'period % is % for %', closed, coalesce(found_state, 'not open'), r.subledger
        using errcode = '23514', constraint = 'entry_period_open', detail = coalesce(found_state, 'missing'), hint = closed;
    end if;
  end loop;
  for r in
    select journal_id, fiscal_year_id, min(sequence) as first_number, max(sequence) as last_number, count(*) as entries
    from added group by journal_id, fiscal_year_id order by journal_id, fiscal_year_id
  loop
    if r.last_number - r.first_number + 1 <> r.entries or r.first_number < 1 or (r.first_number > 1 and not exists (
      select 1 from ledger_journalentry e
      where e.journal_id = r.journal_id and e.fiscal_year_id = r.fiscal_year_id and e.sequence = r.first_number - 1))
    then
      raise exception 'numbers % to % of journal % would leave a gap', r.first_number, r.last_number, r.journal_id
        using errcode = '23514', constraint = 'entry_numbers_gapless';
    end if;
  end loop;
  return null;
end $$
-- next
create trigger entries_recorded after insert on ledger_journalentry referencing new table as added
  for each statement execute function ledger_entries_recorded()
-- next
create or replace function ledger_lines_recorded() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
  d record;
  bucket_of_writer bigint := pg_backend_pid() % 16;
  accounts bigint[];
  controls bigint[];
  places bigint;
begin
  -- Complete and balanced: all lines of an entry stand in this one statement, 1..n, and sum to exactly zero.
  select entry_id, sum(amount) as difference, count(*) as lines into r from added
  group by entry_id having sum(amount) <> 0 or count(*) < 2 or min(position) <> 1 or max(position) <> count(*) limit 1;
  if found then
    if r.difference <> 0 then
      raise exception 'entry % is out of balance by %', r.entry_id, r.difference
        using errcode = '23514', constraint = 'entry_balanced', detail = r.difference::text, hint = r.entry_id::text;
    end if;
    raise exception 'entry % does not arrive whole: % lines', r.entry_id, r.lines
      using errcode = '23514', constraint = 'entry_arrives_whole', hint = r.entry_id::text;
  end if;

  select array_agg(distinct account_id) into accounts from added;
  for r in select a.id, a.number, a.name from ledger_account a where a.id = any (accounts) and not (a.is_posting and a.is_active) order by a.id limit 1
  loop
    raise exception 'account % % takes no postings', r.number, r.name
      using errcode = '23514', constraint = 'account_takes_postings', detail = r.number || ' ' || r.name;
  end loop;

  -- Whole minor units: of the company's currency, and of the currency of the transaction.
  for r in select distinct company_id, currency_id from added order by 1, 2 loop
    select c.decimals into places from companies_currency c where c.code = r.currency_id;
    for d in select c.currency_id as base, u.decimals from companies_company c join companies_currency u on u.code = c.currency_id where c.id = r.company_id loop
      if places is null or exists (
        select 1 from added a where a.company_id = r.company_id and a.currency_id = r.currency_id
          and (a.amount <> round(a.amount, d.decimals::int) or a.currency_amount <> round(a.currency_amount, places::int)
               or (r.currency_id = d.base and a.amount <> a.currency_amount)))
      then
        raise exception 'an amount in % has more decimals than the currency, or differs from its own value', r.currency_id
          using errcode = '23514', constraint = 'line_in_minor_units', detail = r.currency_id;
      end if;
    end loop;
  end loop;

  -- Dimensions: mandatory ones present, all valid on the date.
  for d in select ar.account_id, ar.dimension_id, dm.name, ac.number from ledger_accountdimensionrule ar
    join ledger_dimension dm on dm.id = ar.dimension_id join ledger_account ac on ac.id = ar.account_id
    where ar.account_id = any (accounts) order by 1, 2
  loop
    for r in select distinct dimension_set_id from added where account_id = d.account_id loop
      if not exists (select 1 from ledger_dimensionsetitem i where i.dimension_set_id = r.dimension_set_id and i.dimension_id = d.dimension_id) then
        raise exception 'account % needs dimension %', d.number, d.name
          using errcode = '23514', constraint = 'line_has_mandatory_dimensions', detail = d.name, hint = d.number;
      end if;
    end loop;
  end loop;
  for r in select dimension_set_id, min("on") as first_on, max("on") as last_on from added where dimension_set_id <> 1 group by 1 order by 1 loop
    if not exists (select 1 from ledger_dimensionset s where s.id = r.dimension_set_id) then
      raise exception 'dimension set % does not exist', r.dimension_set_id using errcode = '23503', constraint = 'line_dimension_set';
    end if;
    for d in select v.name from ledger_dimensionsetitem i join ledger_dimensionvalue v on v.id = i.value_id
      where i.dimension_set_id = r.dimension_set_id and (v.valid_from > r.first_on or v.valid_to < r.last_on) limit 1
    loop
      raise exception 'dimension value % is not valid from % to %', d.name, r.first_on, r.last_on
        using errcode = '23514', constraint = 'dimension_value_valid', detail = d.name;
    end loop;
  end loop;

  -- Balances, in key order so that two writers queue instead of deadlocking; the transition table is read alone.
  for r in
    select company_id, period_id, account_id, currency_id, dimension_set_id,
      coalesce(sum(amount) filter (where amount > 0), 0) as debit, coalesce(-sum(amount) filter (where amount < 0), 0) as credit,
      coalesce(sum(currency_amount) filter (where currency_amount > 0), 0) as currency_debit,
      coalesce(-sum(currency_amount) filter (where currency_amount < 0), 0) as currency_credit
    from added group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  loop
    insert into ledger_accountbalance as b (company_id, period_id, account_id, currency_id, dimension_set_id, bucket, debit, credit, currency_debit, currency_credit)
    values (r.company_id, r.period_id, r.account_id, r.currency_id, r.dimension_set_id, bucket_of_writer, r.debit, r.credit, r.currency_debit, r.currency_credit)
    on conflict (company_id, period_id, account_id, currency_id, dimension_set_id, bucket) do update
      set debit = b.debit + excluded.debit, credit = b.credit + excluded.credit,
          currency_debit = b.currency_debit + excluded.currency_debit, currency_credit = b.currency_credit + excluded.currency_credit;
  end loop;

  -- Open items: what stands on a receivable or payable account is explained line by line, from its first moment.
  for d in select a.id, a.control, a.number from ledger_account a where a.id = any (accounts) and a.control in ('receivable', 'payable') order by a.id loop
    if exists (select 1 from added where account_id = d.id and (party_id is null or due_on is null)) then
      raise exception 'a line on account % needs a party and a due date', d.number
        using errcode = '23514', constraint = 'control_line_has_party', detail = d.number;
    end if;
    -- The transition table is read alone, then written from arrays: see SCALE, must 7.
    select array_agg(a.id order by a.id) as keys, array_agg(a.company_id order by a.id) as companies, array_agg(a.entry_id order by a.id) as entries,
      array_agg(a.party_id order by a.id) as parties, array_agg(a."on" order by a.id) as days, array_agg(a.due_on order by a.id) as due_days,
      array_agg(a.currency_id order by a.id) as currencies, array_agg(a.currency_amount order by a.id) as currency_amounts,
      array_agg(a.amount order by a.id) as amounts
      into r from added a where a.account_id = d.id;
    insert into ledger_openitem (company_id, line_id, entry_id, account_id, control, party_id, "on", due_on, currency_id,
      amount, base_amount, open_amount, open_base_amount)
    select u.company_id, u.line_id, u.entry_id, d.id, d.control, u.party_id, u."on", u.due_on, u.currency_id, u.amount, u.base_amount, u.amount, u.base_amount
    from unnest(r.companies, r.keys, r.entries, r.parties, r.days, r.due_days, r.currencies, r.currency_amounts, r.amounts)
      as u(company_id, line_id, entry_id, party_id, "on", due_on, currency_id, amount, base_amount)
    order by u.line_id;
  end loop;
  return null;
end $$
-- next
create trigger lines_recorded after insert on ledger_journalline referencing new table as added
  for each statement execute function ledger_lines_recorded()
-- next
create or replace function ledger_parts_recorded() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
  given record;
  changed bigint;
begin
  select settlement_id, sum(amount) as difference, sum(base_amount) as base_difference into r from added
  group by settlement_id
  having sum(amount) <> 0 or sum(base_amount) <> 0 or count(*) < 2 or min(position) <> 1 or max(position) <> count(*) limit 1;
  if found then
    raise exception 'settlement % does not clear: % in currency, % in company currency remain', r.settlement_id, r.difference, r.base_difference
      using errcode = '23514', constraint = 'settlement_clears', detail = r.difference::text, hint = r.base_difference::text;
  end if;
  -- The transition table is read alone, then written from arrays: see SCALE, must 7.
  select array_agg(g.item_id order by g.item_id) as items, array_agg(g.company_id order by g.item_id) as companies,
    array_agg(g.last_on order by g.item_id) as days, array_agg(g.amount order by g.item_id) as amounts,
    array_agg(g.base_amount order by g.item_id) as base_amounts
    into given
    from (
      select a.item_id, a.company_id, max(a."on") as last_on, sum(a.amount) as amount, sum(a.base_amount) as base_amount
      from added a group by a.item_id, a.company_id
    ) g;
  -- Key order; the row lock makes two payments for one invoice queue, and the second finds it settled.
  perform 1 from ledger_openitem i where i.id = any (given.items) order by i.id for no key update;
  update ledger_openitem i set
    open_amount = i.open_amount - u.amount,
    open_base_amount = i.open_base_amount - u.base_amount,
    closed_on = case when i.open_amount = u.amount and i.open_base_amount = u.base_amount then u.last_on end
  from unnest(given.items, given.companies, given.days, given.amounts, given.base_amounts) as u(item_id, company_id, last_on, amount, base_amount)
  where i.id = u.item_id and i.company_id = u.company_id;
  get diagnostics changed = row_count;
  if changed <> cardinality(given.items) then
    select u.item_id, u.company_id into r from unnest(given.items, given.companies) as u(item_id, company_id)
      where not exists (select from ledger_openitem i where i.id = u.item_id and i.company_id = u.company_id) order by u.item_id limit 1;
    raise exception 'open item % is not of company %', r.item_id, r.company_id using errcode = '23503', constraint = 'part_item_of_company';
  end if;
  select array_agg(a.settlement_id) as settlements, array_agg(a.item_id) as items into given from added a;
  -- All parts of a settlement stand in this one statement (1..n, and a position is there once).
  select p.settlement_id into r from unnest(given.settlements, given.items) as p(settlement_id, item_id) join ledger_openitem i on i.id = p.item_id
    group by p.settlement_id
    having min(i.account_id) <> max(i.account_id) or min(i.party_id) <> max(i.party_id) or min(i.currency_id) <> max(i.currency_id) limit 1;
  if found then
    raise exception 'settlement % mixes accounts, parties or currencies', r.settlement_id using errcode = '23514', constraint = 'settlement_of_one_kind';
  end if;
  return null;
end $$
-- next
create trigger parts_recorded after insert on ledger_settlementpart referencing new table as added
  for each statement execute function ledger_parts_recorded()
-- next
create or replace function ledger_counter_moves_up() returns trigger language plpgsql as $$
begin
  if new.last_number < old.last_number then
    raise exception 'a journal counter never goes back' using errcode = '23514', constraint = 'counter_never_goes_back';
  end if;
  return new;
end $$
-- next
create trigger counter_moves_up before update on ledger_journalcounter for each row execute function ledger_counter_moves_up()
-- next
create trigger entry_never_changes before update or delete on ledger_journalentry for each row execute function database_refuse_change('ledger_journalentry')
-- next
create trigger entry_never_truncated before truncate on ledger_journalentry for each statement execute function database_refuse_change('ledger_journalentry')
-- next
create trigger line_never_changes before update or delete on ledger_journalline for each row execute function database_refuse_change('ledger_journalline')
-- next
create trigger line_never_truncated before truncate on ledger_journalline for each statement execute function database_refuse_change('ledger_journalline')
-- next
create trigger settlement_never_changes before update or delete on ledger_settlement for each row execute function database_refuse_change('ledger_settlement')
-- next
create trigger settlement_never_truncated before truncate on ledger_settlement for each statement execute function database_refuse_change('ledger_settlement')
-- next
create trigger part_never_changes before update or delete on ledger_settlementpart for each row execute function database_refuse_change('ledger_settlementpart')
-- next
create trigger part_never_truncated before truncate on ledger_settlementpart for each statement execute function database_refuse_change('ledger_settlementpart')
-- next
-- Open items change by trigger only, so the application cannot lock them itself. As the trigger does, in key order.
create or replace function ledger_lock_items(items bigint[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  perform 1 from ledger_openitem i where i.id = any (items) order by i.id for no key update;
end $$
