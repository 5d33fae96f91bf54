-- A down payment is taken off once: what asked for it, what was taken off, and the credit notes of either never leave less than
-- nothing; all of them are of one customer, in one currency, and nothing is taken off one that is not posted.
create or replace function invoicing_judge_down_payments(roots bigint[]) returns void language plpgsql set search_path from current as $$
declare
  r record;
begin
  if roots is null then
    return;
  end if;
  perform from invoicing_invoiceline a where a.id = any (roots) order by a.id for no key update;
  for r in
    select i.number, a.net, sum(case w.kind when 'credit_note' then -x.net else x.net end) as taken,
      bool_or(w.company_id <> i.company_id or w.customer_id <> i.customer_id or w.currency_id is distinct from i.currency_id) as elsewhere,
      i.state <> 'posted' as not_posted
    from invoicing_invoiceline a join invoicing_invoice i on i.id = a.invoice_id
    join invoicing_invoiceline x on x.down_payment_id = a.id join invoicing_invoice w on w.id = x.invoice_id and w.state in ('draft', 'posted')
    where a.id = any (roots) group by i.id, a.id order by a.id
  loop
    if r.elsewhere or r.not_posted or r.net + r.taken < 0 or r.taken > 0 then
      raise exception 'down payment of invoice %: % of % taken off', r.number, -r.taken, r.net
        using errcode = '23001', constraint = 'down_payment_taken_off_once';
    end if;
  end loop;
end $$
-- next
create or replace function invoicing_judge_deductions() returns trigger language plpgsql set search_path from current as $$
begin
  perform invoicing_judge_down_payments(
    (select array_agg(distinct down_payment_id order by down_payment_id) from touched where down_payment_id is not null));
  return null;
end $$
-- next
create trigger taken_off_once after insert on invoicing_invoiceline referencing new table as touched
  for each statement execute function invoicing_judge_deductions()
-- next
create trigger taken_off_once_still after update on invoicing_invoiceline referencing new table as touched
  for each statement execute function invoicing_judge_deductions()
-- next
create trigger given_back after delete on invoicing_invoiceline referencing old table as touched
  for each statement execute function invoicing_judge_deductions()
-- next
-- A line does not move from one down payment to another, and what asked for one does not become something else.
create or replace function invoicing_keep_down_payment() returns trigger language plpgsql as $$
begin
  raise exception 'a line keeps the down payment that it belongs to' using errcode = '23001', constraint = 'down_payment_taken_off_once';
end $$
-- next
create trigger down_payment_stays before update on invoicing_invoiceline for each row
  when ((old.is_down_payment, old.down_payment_id) is distinct from (new.is_down_payment, new.down_payment_id))
  execute function invoicing_keep_down_payment()
-- next
-- The invoice of a down payment is not reversed while anything is taken off it, nor a credit note that gave it back.
create or replace function invoicing_judge_reversed_down_payments() returns trigger language plpgsql set search_path from current as $$
begin
  perform invoicing_judge_down_payments((
    select array_agg(distinct coalesce(l.down_payment_id, l.id)) from after_rows n
    join invoicing_invoiceline l on l.invoice_id = n.id and l.is_down_payment where n.state = 'reversed'));
  return null;
end $$
-- next
create trigger reversed_down_payment after update on invoicing_invoice referencing new table as after_rows
  for each statement execute function invoicing_judge_reversed_down_payments()
