create or replace function payments_refuse_posted_change() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or
     to_jsonb(new) - '{state,version,memo}'::text[] <> to_jsonb(old) - '{state,version,memo}'::text[] or
     (new.state <> old.state and not (old.state = 'posted' and new.state = 'reversed')))
  then
    raise exception 'payment % is posted and never changes', old.number using errcode = '23001', constraint = 'posted_payment_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger posted_never_changes before update or delete on payments_payment for each row execute function payments_refuse_posted_change()
-- next
create or replace function payments_refuse_posted_allocation() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  select p.number, p.state into r from payments_payment p where p.id = case when tg_op = 'INSERT' then new.payment_id else old.payment_id end;
  if r.state <> 'draft' then
    raise exception 'payment % is posted and never changes', r.number using errcode = '23001', constraint = 'posted_payment_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger allocation_frozen before insert or update or delete on payments_allocation for each row execute function payments_refuse_posted_allocation()
-- next
create or replace function payments_refuse_other_side() returns trigger language plpgsql as $$
begin
  if (old.kind in ('paid', 'refunded')) <> (new.kind in ('paid', 'refunded')) then
    raise exception 'payment % keeps its side', old.id using errcode = '23514', constraint = 'payment_keeps_its_side';
  end if;
  return new;
end $$
-- next
create trigger keeps_its_side before update of kind on payments_payment for each row execute function payments_refuse_other_side()
-- next
alter table payments_bankaccount add constraint bank_account_iban check (iban = '' or parties_is_iban(iban))
-- next
-- Company and control travel with the key: the ledger's account can neither belong to another company nor stop being a bank's.
alter table ledger_account add constraint account_control_of_company unique (id, company_id, control)
-- next
alter table payments_bankaccount add constraint bank_account_of_ledger_account
  foreign key (account_id, company_id, control) references ledger_account (id, company_id, control)
