-- What entries added to the margins of customers. Whose a line on an income or expense account is: its own party's; else that of the entry's
-- receivables, where all are one customer's; else that of the invoice, delivery, return or direct delivery the entry was written for; else nobody's.
create or replace function value_record(entries bigint[]) returns void language sql security definer set search_path from current as $$
  with owed as materialized (
    select l.entry_id, case when min(l.party_id) = max(l.party_id) then min(l.party_id) end as party_id
    from ledger_journalline l join ledger_account a on a.id = l.account_id and a.control = 'receivable'
    where l.entry_id = any (entries) group by l.entry_id
  ), result as materialized (
    select l.entry_id, l.party_id, -sum(l.amount) as amount
    from ledger_journalline l join ledger_account a on a.id = l.account_id and a.kind in ('income', 'expense')
    where l.entry_id = any (entries) group by l.entry_id, l.party_id
  ), whose as (
    select e.id, e.company_id, e."on", e.source_table, r.amount,
      coalesce(r.party_id, o.party_id, i.customer_id, g.customer_id, b.customer_id, d.customer_id) as party_id,
      case when i.kind = 'invoice' and (r.amount > 0) = (e.reverses_id is null) then coalesce(w."on", e."on") end as purchased_on
    from result r
      join ledger_journalentry e on e.id = r.entry_id
      left join owed o on o.entry_id = r.entry_id
      left join ledger_journalentry w on w.id = e.reverses_id
      left join invoicing_invoice i on e.source_table = 'invoicing_invoice' and i.id = e.source_id
      left join inventory_goodsissue g on e.source_table = 'inventory_goodsissue' and g.id = e.source_id
      left join inventory_goodsreturn b on e.source_table = 'inventory_goodsreturn' and b.id = e.source_id
      left join inventory_goodsissue d on e.source_table = 'inventory_goodsreceipt' and d.direct_receipt_id = e.source_id
    where r.amount <> 0
  )
  insert into value_customermargin (company_id, party_id, entry_id, "on", revenue, cost, other, purchases, purchased_on)
  select company_id, party_id, id, "on",
    coalesce(sum(amount) filter (where source_table = 'invoicing_invoice'), 0),
    coalesce(-sum(amount) filter (where source_table in ('inventory_goodsissue', 'inventory_goodsreturn', 'inventory_goodsreceipt')), 0),
    coalesce(-sum(amount) filter (where source_table not in ('invoicing_invoice', 'inventory_goodsissue', 'inventory_goodsreturn', 'inventory_goodsreceipt')), 0),
    case when max(purchased_on) is null then 0 else sign(sum(amount)) end, max(purchased_on)
  from whose where party_id is not null
  group by id, company_id, party_id, "on" having sum(amount) <> 0
  order by id, party_id
$$
-- next
revoke execute on function value_record(bigint[]) from public
-- next
create or replace function value_lines_recorded() returns trigger language plpgsql security definer set search_path from current as $$
declare
  entries bigint[];
begin
  -- The transition table is read alone: see SCALE, must 7.
  select array_agg(distinct entry_id) into entries from added;
  perform value_record(entries);
  return null;
end $$
-- next
create trigger margins_recorded after insert on ledger_journalline referencing new table as added
  for each statement execute function value_lines_recorded()
-- next
-- What a vendor sent straight to a customer is posted with the receipt, before it is known to whom it went.
create or replace function value_direct_recorded() returns trigger language plpgsql security definer set search_path from current as $$
declare
  entries bigint[];
begin
  if exists (select from added where direct_receipt_id is not null) then
    select array_agg(e.id) into entries from ledger_journalentry e
      where e.source_table = 'inventory_goodsreceipt' and e.source_id = any (array(select direct_receipt_id from added where direct_receipt_id is not null))
        and not exists (select from value_customermargin m where m.entry_id = e.id);
    perform value_record(entries);
  end if;
  return null;
end $$
-- next
create trigger direct_margins_recorded after insert on inventory_goodsissue referencing new table as added
  for each statement execute function value_direct_recorded()
-- next
-- What was posted before this room stood.
select value_record(array_agg(id)) from ledger_journalentry having count(*) > 0
-- next
alter table value_leveloverride add constraint level_override_of_company
  foreign key (level_id, company_id) references value_servicelevel (id, company_id)
-- next
alter table value_acquisitionaccount add constraint acquisition_account_of_company
  foreign key (account_id, company_id) references ledger_account (id, company_id)
-- next
create or replace function value_account_is_expense() returns trigger language plpgsql as $$
declare
  wrong record;
begin
  select a.number, a.name into wrong from ledger_account a where a.id = new.account_id and a.kind <> 'expense';
  if found then
    raise exception 'account % % is no expense account', wrong.number, wrong.name
      using errcode = '23514', constraint = 'acquisition_account_is_expense', detail = wrong.number || ' ' || wrong.name;
  end if;
  return null;
end $$
-- next
create constraint trigger acquisition_account_is_expense after insert or update on value_acquisitionaccount
  for each row execute function value_account_is_expense()
