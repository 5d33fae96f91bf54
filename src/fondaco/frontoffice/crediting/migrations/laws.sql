-- The shares of a rule make 100%, but for those on top; judged at the end of the transaction, when all of them are written.
create or replace function crediting_shares_make_a_whole() returns trigger language plpgsql as $$
declare
  wrong record;
  row json := to_json(coalesce(new, old));
begin
  for wrong in
    select r.id, r.name, coalesce(sum(s.percent) filter (where not s.on_top), 0) as total
    from crediting_creditrule r left join crediting_creditshare s on s.rule_id = r.id
    where r.id = coalesce(row ->> 'rule_id', row ->> 'id')::bigint
    group by r.id having coalesce(sum(s.percent) filter (where not s.on_top), 0) <> 100
  loop
    raise exception 'rule % credits % percent', wrong.name, wrong.total
      using errcode = '23514', constraint = 'credit_shares_make_a_whole', detail = wrong.name, hint = wrong.total;
  end loop;
  return null;
end $$
-- next
create constraint trigger credit_rule_is_whole after insert on crediting_creditrule
  deferrable initially deferred for each row execute function crediting_shares_make_a_whole()
-- next
create constraint trigger credit_share_is_whole after insert or update or delete on crediting_creditshare
  deferrable initially deferred for each row execute function crediting_shares_make_a_whole()
-- next
-- A line of an invoice that was posted is credited wholly or not at all: its shares make 100% and, in company currency, its net; what is taken
-- back is the mirror of what was given.
create or replace function crediting_lines_are_whole() returns trigger language plpgsql as $$
declare
  wrong record;
begin
  for wrong in
    select l.id, i.number, sum(case when c.takes_back_id is null then c.percent else -c.percent end) filter (where not c.on_top) as percent,
      sum(c.amount) filter (where not c.on_top) as amount, case i.kind when 'credit_note' then -l.net else l.net end as net,
      bool_and(i.currency_id = o.currency_id) as own
    from (select distinct line_id from given) g
      join crediting_salescredit c on c.line_id = g.line_id
      join invoicing_invoiceline l on l.id = c.line_id
      join invoicing_invoice i on i.id = l.invoice_id
      join companies_company o on o.id = i.company_id
    group by l.id, i.id
    having bool_or(c.invoice_id <> i.id or c.company_id <> i.company_id) or i.state = 'draft'
      or sum(case when c.takes_back_id is null then c.percent else -c.percent end) filter (where not c.on_top) not in (0, 100)
      or bool_and(i.currency_id = o.currency_id) and sum(c.amount) filter (where not c.on_top) <>
        case when sum(case when c.takes_back_id is null then c.percent else -c.percent end) filter (where not c.on_top) = 0 then 0
        when i.kind = 'credit_note' then -l.net else l.net end
  loop
    raise exception 'line % of % is credited with % percent and %, its net is %', wrong.id, wrong.number, wrong.percent, wrong.amount, wrong.net
      using errcode = '23514', constraint = 'sales_credit_is_whole',
      detail = wrong.number;
  end loop;
  if exists (
    select from given g join crediting_salescredit b on b.id = g.takes_back_id
    where (b.line_id, b.salesperson_id, b.percent, b.on_top, -b.amount) is distinct from (g.line_id, g.salesperson_id, g.percent, g.on_top, g.amount)
      or b.takes_back_id is not null
  ) then
    raise exception 'what is taken back is not what was credited' using errcode = '23514', constraint = 'sales_credit_mirrors', detail = '';
  end if;
  return null;
end $$
-- next
create trigger sales_credit_is_whole after insert on crediting_salescredit referencing new table as given
  for each statement execute function crediting_lines_are_whole()
-- next
create trigger sales_credit_never_changes before update or delete on crediting_salescredit
  for each row execute function database_refuse_change('crediting_salescredit')
-- next
create trigger sales_credit_never_truncated before truncate on crediting_salescredit
  for each statement execute function database_refuse_change('crediting_salescredit')
