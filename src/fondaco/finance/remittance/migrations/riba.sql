create or replace function remittance_keep_presentation() returns trigger language plpgsql set search_path from current as $$
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - '{version,memo}'::text[] <> to_jsonb(old) - '{version,memo}'::text[]) then
    raise exception 'presentation % is %', old.number, old.state using errcode = '23001', constraint = 'run_never_changes';
  end if;
  if tg_op = 'UPDATE' and new.state = 'presented' and old.state <> 'presented' and (
    new.fingerprint <> encode(sha256(convert_to(new.content, 'UTF8')), 'hex')
    or exists (select from remittance_bankreceipt r where r.presentation_id = new.id and r.state = 'proposed')
    or not exists (select from remittance_bankreceipt r where r.presentation_id = new.id and r.state = 'presented')
    or (new.credit = 'subject_to_collection' and exists (
      select from remittance_bankreceipt r where r.presentation_id = new.id and r.state = 'presented' and r.payment_id is null)))
  then
    raise exception 'presentation % is not whole', new.number using errcode = '23514', constraint = 'released_run_is_whole';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger b_keep before update or delete on remittance_presentation for each row execute function remittance_keep_presentation()
-- next
-- A receipt is drawn on an account of this customer that is as the receipt says; once presented, only the bank's answer is added.
create or replace function remittance_keep_receipt() returns trigger language plpgsql set search_path from current as $$
declare
  stands record;
begin
  select p.state, p.company_id into stands from remittance_presentation p
    where p.id = case when tg_op = 'INSERT' then new.presentation_id else old.presentation_id end;
  if tg_op = 'DELETE' then
    if coalesce(stands.state, 'draft') = 'draft' then
      return old;
    end if;
    raise exception 'presentation is %', stands.state using errcode = '23001', constraint = 'run_never_changes';
  end if;
  if tg_op = 'INSERT' and (stands.state <> 'draft' or new.state not in ('proposed', 'left_out')) then
    raise exception 'presentation is %', stands.state using errcode = '23001', constraint = 'run_never_changes';
  end if;
  if tg_op = 'UPDATE' and (new.presentation_id <> old.presentation_id
    or (stands.state <> 'draft' and (
      (old.state = 'presented' and new.state not in ('presented', 'collected', 'unpaid')) or (old.state = 'collected' and new.state not in ('collected', 'unpaid'))
      or old.state not in ('presented', 'collected')
      or to_jsonb(new) - '{version,state,payment_id,answered_on,answer,fee}'::text[] <> to_jsonb(old) - '{version,state,payment_id,answered_on,answer,fee}'::text[]
      or (old.payment_id is not null and new.payment_id is distinct from old.payment_id))))
  then
    raise exception 'receipt % is presented', old.number using errcode = '23001', constraint = 'run_never_changes';
  end if;
  if new.state in ('proposed', 'presented') and not exists (
    select from parties_partybankaccount a join ledger_openitem i on i.id = new.item_id
    where a.id = new.account_id and a.party_id = new.party_id and substr(a.iban, 6, 5) = new.abi and substr(a.iban, 11, 5) = new.cab and a.iban like 'IT%'
      and i.party_id = new.party_id and i.company_id = stands.company_id and i.control = 'receivable')
  then
    raise exception 'receipt % is drawn on another account', new.number using errcode = '23514', constraint = 'receipt_drawn_on_account', detail = new.text;
  end if;
  return new;
end $$
-- next
create trigger b_keep before insert or update or delete on remittance_bankreceipt for each row execute function remittance_keep_receipt()
