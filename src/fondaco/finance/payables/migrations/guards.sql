create or replace function payables_refuse_posted_change() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or
     to_jsonb(new) - '{state,version,memo,vendor_number_compared}'::text[] <> to_jsonb(old) - '{state,version,memo,vendor_number_compared}'::text[] or
     (new.state <> old.state and not (old.state = 'posted' and new.state = 'reversed')))
  then
    raise exception 'bill % is posted and never changes', old.number using errcode = '23001', constraint = 'posted_bill_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger posted_never_changes before update or delete on payables_bill for each row execute function payables_refuse_posted_change()
-- next
create or replace function payables_refuse_posted_line() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[];
  r record;
begin
  if tg_op = 'DELETE' then
    select array_agg(distinct bill_id) into keys from before_rows;
  else
    select array_agg(distinct bill_id) into keys from after_rows;
  end if;
  for r in select i.number from payables_bill i where i.id = any (keys) and i.state <> 'draft' order by i.id limit 1 loop
    raise exception 'bill % is posted and never changes', r.number using errcode = '23001', constraint = 'posted_bill_never_changes';
  end loop;
  return null;
end $$
-- next
create trigger line_added after insert on payables_billline referencing new table as after_rows
  for each statement execute function payables_refuse_posted_line()
-- next
create trigger line_changed after update on payables_billline referencing new table as after_rows old table as before_rows
  for each statement execute function payables_refuse_posted_line()
-- next
create trigger line_left after update on payables_billline referencing old table as after_rows
  for each statement execute function payables_refuse_posted_line()
-- next
create trigger line_removed after delete on payables_billline referencing old table as before_rows
  for each statement execute function payables_refuse_posted_line()
-- next
create trigger tax_added after insert on payables_billtax referencing new table as after_rows
  for each statement execute function payables_refuse_posted_line()
-- next
create trigger tax_changed after update on payables_billtax referencing new table as after_rows
  for each statement execute function payables_refuse_posted_line()
-- next
create trigger tax_left after update on payables_billtax referencing old table as after_rows
  for each statement execute function payables_refuse_posted_line()
-- next
create trigger tax_removed after delete on payables_billtax referencing old table as before_rows
  for each statement execute function payables_refuse_posted_line()
-- next
create or replace function payables_refuse_posted_match() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  select b.number, b.state into r from payables_billline l join payables_bill b on b.id = l.bill_id
    where l.id in (case when tg_op <> 'INSERT' then old.line_id end, case when tg_op <> 'DELETE' then new.line_id end) and b.state <> 'draft' limit 1;
  if found then
    raise exception 'bill % is posted and never changes', r.number using errcode = '23001', constraint = 'posted_bill_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger match_frozen before insert or update or delete on payables_billmatch for each row execute function payables_refuse_posted_match()
-- next
create or replace function payables_judge_block() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.ended_at is not null or
     to_jsonb(new) - '{ended_at,release_reason,version}'::text[] <> to_jsonb(old) - '{ended_at,release_reason,version}'::text[]
  then
    raise exception 'a payment block keeps its reason and ends once' using errcode = '23001', constraint = 'payment_block_ends_once';
  end if;
  return new;
end $$
-- next
create trigger block_judged before update or delete on payables_paymentblock for each row execute function payables_judge_block()
-- next
create or replace function payables_line_takes_its_matches() returns trigger language plpgsql set search_path from current as $$
begin
  delete from payables_billmatch where line_id in (select id from gone);
  return null;
end $$
-- next
create trigger line_takes_matches after delete on payables_billline referencing old table as gone
  for each statement execute function payables_line_takes_its_matches()
-- next
create trigger approval_ends_with_bill after delete on payables_bill referencing old table as gone
  for each statement execute function approvals_document_gone()
-- next
create or replace function payables_bill_fingerprint(key bigint) returns text language sql stable set search_path from current as $$
  select encode(sha256(convert_to(jsonb_build_object(
    'bill', to_jsonb(b) - '{state,version,number,entry_id,created_at,created_by,last_edited_by}'::text[],
    'lines', (select jsonb_agg(to_jsonb(l) - '{version,created_at,created_by}'::text[] order by l.position, l.id) from payables_billline l where l.bill_id = b.id)
  )::text, 'UTF8')), 'hex') from payables_bill b where b.id = key
$$
-- next
-- AP-05: what a policy wants approved is posted only as it was approved. The amount is that of the entry, in company currency.
create or replace function payables_refuse_unapproved() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[];
  r record;
begin
  select array_agg(n.id) into keys from after_rows n join before_rows o on o.id = n.id where o.state = 'draft' and n.state <> 'draft';
  if keys is null or not exists (
    select from approvals_approvalpolicy p where p.kind = 'payables.bill' and p.is_active
      and p.company_id in (select b.company_id from payables_bill b where b.id = any (keys)))
  then
    return null;
  end if;
  for r in
    select b.vendor_number from payables_bill b join companies_company c on c.id = b.company_id join companies_currency u on u.code = c.currency_id
    cross join lateral (
      select case when b.currency_id = c.currency_id then b.gross else round(b.gross * coalesce((
          select sum(l.amount) / nullif(sum(l.currency_amount), 0) from ledger_journalline l join ledger_account a on a.id = l.account_id
          where l.entry_id = b.entry_id and a.control = 'payable'), 1), u.decimals::int) end as amount,
        (select array_agg(d.code || '=' || v.code) from payables_billline l cross join lateral jsonb_array_elements_text(l.dimension_values) x(key)
          join ledger_dimensionvalue v on v.id = x.key::bigint join ledger_dimension d on d.id = v.dimension_id where l.bill_id = b.id) as dims
    ) f
    where b.id = any (keys) and approvals_wanted('payables.bill', b.company_id, b.vendor_id, f.amount, f.dims) and not approvals_given('payables_bill', b.id)
    order by b.id limit 1
  loop
    raise exception 'bill % is not approved as it stands', r.vendor_number
      using errcode = '23514', constraint = 'approved_as_it_stands', detail = r.vendor_number;
  end loop;
  return null;
end $$
-- next
create trigger posted_as_approved after update on payables_bill referencing old table as before_rows new table as after_rows
  for each statement execute function payables_refuse_unapproved()
-- next
-- Why an account or a tax code was proposed is said only as long as it is the one that was proposed.
create or replace function payables_forget_reasons() returns trigger language plpgsql as $$
begin
  if new.booking_reason = old.booking_reason and (new.account_id is distinct from old.account_id or new.product_id is distinct from old.product_id) then
    new.booking_reason := '';
  end if;
  if new.tax_explanation = old.tax_explanation and new.tax_code_id is distinct from old.tax_code_id then
    new.tax_explanation := '';
  end if;
  return new;
end $$
-- next
create trigger reasons_are_true before update on payables_billline for each row execute function payables_forget_reasons()
