create or replace function invoicing_bring_in_taxes() returns bigint language plpgsql set search_path from current as $$
declare
  actor text := coalesce(nullif(current_setting('fondaco.actor', true), ''), 'migration');
  brought bigint := 0;
  more bigint;
begin
  -- The taxes of documents posted before there were tax entries. Each is brought into company currency at the rate of its day
  -- and rounded; what rounding left of an account's line goes to its greatest tax, so that both agree.
  insert into tax_taxentry (company_id, kind, source_table, source_id, entry_id, party_id, tax_point, reported_on, document_on, document_number, protocol, document_type,
    tax_code_id, rate, base, tax, non_deductible, chargeable, account_id, amount, version, created_by)
  with documents as (
    select i.id, i.entry_id, i.company_id, i.customer_id, i."on", i.number, u.decimals::int as decimals, case i.kind when 'credit_note' then -1 else 1 end as sign,
      case when i.currency_id = c.currency_id then 1 else (
        select x.rate from companies_exchangerate x
        where x.base_id = c.currency_id and x.currency_id = i.currency_id and x."on" <= i."on" order by x."on" desc limit 1) end as exchange_rate
    from invoicing_invoice i join companies_company c on c.id = i.company_id join companies_currency u on u.code = c.currency_id
    where i.entry_id is not null and not exists (select 1 from tax_taxentry t where t.entry_id = i.entry_id)
  ), taxes as (
    select d.*, t.id as tax_id, t.tax_code_id, t.rate, coalesce(k.account_id, o.id) as account_id,
      round(t.base * d.exchange_rate, d.decimals) as base, round(t.tax * d.exchange_rate, d.decimals) as tax
    from documents d join invoicing_invoicetax t on t.invoice_id = d.id join tax_taxcode k on k.id = t.tax_code_id
    left join ledger_account o on o.company_id = d.company_id and o.purpose = 'vat_output'
    where t.base <> 0 or t.tax <> 0
  ), lines as (
    select l.entry_id, l.account_id, -sum(l.amount) as amount from ledger_journalline l join ledger_account a on a.id = l.account_id
    where a.control = 'tax' and l.entry_id in (select entry_id from documents) group by 1, 2
  ), agreed as (
    select t.*, coalesce(l.amount, 0) * t.sign - sum(t.tax) over of_account as left_over, row_number() over (of_account order by abs(t.tax) desc, t.tax_id) as place
    from taxes t left join lines l on l.entry_id = t.entry_id and l.account_id = t.account_id
    window of_account as (partition by t.entry_id, t.account_id)
  ), whole as (
    -- A document whose line stands on an account that no tax of it names any more is explained below, as a line by hand.
    select t.* from agreed t where not exists (
      select 1 from lines l where l.entry_id = t.entry_id and l.amount <> 0 and not exists (
        select 1 from taxes x where x.entry_id = l.entry_id and x.account_id = l.account_id))
  ), given as (
    select w.*, w.tax + case when w.place = 1 then w.left_over else 0 end as whole_tax from whole w
  )
  select company_id, 'sale', 'invoicing_invoice', id, entry_id, customer_id, "on", "on", "on", number, number, '', tax_code_id, rate, sign * base, sign * whole_tax,
    0, 'now', case when whole_tax <> 0 then account_id end, -sign * whole_tax, 1, actor
  from given order by entry_id, tax_id;
  get diagnostics more = row_count;
  brought := brought + more;
  -- Whatever else stands on tax accounts was written by hand.
  insert into tax_taxentry (company_id, kind, source_table, source_id, entry_id, tax_point, reported_on, document_on, document_number, protocol, document_type,
    rate, base, tax, non_deductible, chargeable, account_id, amount, version, created_by)
  select e.company_id, 'other', e.source_table, e.source_id, e.id, e."on", e."on", e."on", e.number, e.number, '', 0, 0, 0, 0, 'now', l.account_id, sum(l.amount), 1, actor
  from ledger_journalline l join ledger_account a on a.id = l.account_id join ledger_journalentry e on e.id = l.entry_id
  where a.control = 'tax' and e.reverses_id is null and not exists (select 1 from tax_taxentry t where t.entry_id = e.id)
  group by e.id, l.account_id having sum(l.amount) <> 0 order by e.id, l.account_id;
  get diagnostics more = row_count;
  brought := brought + more;
  -- The reversals of all of these.
  insert into tax_taxentry (company_id, kind, source_table, source_id, entry_id, party_id, tax_point, reported_on, document_on, document_number, protocol, document_type,
    tax_code_id, rate, base, tax, non_deductible, chargeable, account_id, amount, reverses_id, version, created_by)
  select t.company_id, t.kind, t.source_table, t.source_id, e.id, t.party_id, e."on", e."on", t.document_on, t.document_number, t.protocol, t.document_type,
    t.tax_code_id, t.rate, -t.base, -t.tax, 0, t.chargeable, t.account_id, -t.amount, t.id, 1, actor
  from ledger_journalentry e join tax_taxentry t on t.entry_id = e.reverses_id
  where not exists (select 1 from tax_taxentry x where x.entry_id = e.id) order by t.id;
  get diagnostics more = row_count;
  return brought + more;
end $$
-- next
select invoicing_bring_in_taxes()
