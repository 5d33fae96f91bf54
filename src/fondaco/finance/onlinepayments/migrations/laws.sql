-- The account with the provider is the company's own.
alter table onlinepayments_paymentprovider add constraint provider_account_of_company
  foreign key (bank_account_id, company_id) references payments_bankaccount (id, company_id)
-- next
create or replace function onlinepayments_judge_payment() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'online payment % stays', old.number using errcode = '23001', constraint = 'online_payment_stays', detail = old.number;
  end if;
  if tg_op = 'INSERT' then
    if not exists (select from onlinepayments_paymentprovider p where p.id = new.provider_id and p.company_id = new.company_id) then
      raise exception 'another company''s provider' using errcode = '23514', constraint = 'online_payment_of_company';
    end if;
    return new;
  end if;
  if (new.company_id, new.provider_id, new.party_id, new.reference, new.currency_id, new.amount, new."on")
      is distinct from (old.company_id, old.provider_id, old.party_id, old.reference, old.currency_id, old.amount, old."on")
    or (old.payment_id is not null and new.payment_id is distinct from old.payment_id)
    or (old.fee_entry_id is not null and (new.fee_entry_id, new.fee) is distinct from (old.fee_entry_id, old.fee))
    or (new.state <> old.state and not (
      (old.state in ('open', 'failed', 'expired') and new.state in ('paid', 'failed', 'expired', 'differs'))
      or (old.state = 'paid' and new.state = 'booked') or (old.state = 'differs' and new.state = 'closed')))
  then
    raise exception 'online payment % stays', old.number using errcode = '23001', constraint = 'online_payment_stays', detail = old.number;
  end if;
  return new;
end $$
-- next
create trigger online_payment_stays before insert or update or delete on onlinepayments_onlinepayment
  for each row execute function onlinepayments_judge_payment()
-- next
-- What is paid for is the customer's own, in the currency of the payment, and comes to its amount when the transaction ends.
create or replace function onlinepayments_judge_part() returns trigger language plpgsql set search_path from current as $$
begin
  if not exists (select from onlinepayments_onlinepayment p join ledger_openitem i on i.id = new.item_id where p.id = new.online_payment_id
    and i.company_id = p.company_id and i.party_id = p.party_id and i.currency_id = p.currency_id and i.control = 'receivable')
  then
    raise exception 'another customer''s item' using errcode = '23514', constraint = 'online_part_of_customer';
  end if;
  return new;
end $$
-- next
create trigger online_part_of_customer before insert on onlinepayments_onlinepaymentpart
  for each row execute function onlinepayments_judge_part()
-- next
-- What is begun and what is paid but not booked yet never come to more than is open of an item: two who set out at once queue on it.
create or replace function onlinepayments_judge_going() returns trigger language plpgsql set search_path from current as $$
declare
  going record;
begin
  perform ledger_lock_items(array[new.item_id]);
  select sum(x.amount) as amount, min(p.number) as number into going from onlinepayments_onlinepaymentpart x
    join onlinepayments_onlinepayment p on p.id = x.online_payment_id
    where x.item_id = new.item_id and p.id <> new.online_payment_id and p.state in ('open', 'paid');
  if going.amount + new.amount > (select i.open_amount from ledger_openitem i where i.id = new.item_id) then
    raise exception 'paid already by %', going.number using errcode = '23514', constraint = 'online_part_on_its_way', detail = going.number;
  end if;
  return new;
end $$
-- next
create trigger online_part_on_its_way before insert on onlinepayments_onlinepaymentpart
  for each row execute function onlinepayments_judge_going()
-- next
create or replace function onlinepayments_judge_sum() returns trigger language plpgsql set search_path from current as $$
begin
  if (select coalesce(sum(x.amount), 0) from onlinepayments_onlinepaymentpart x where x.online_payment_id = new.id) <> new.amount then
    raise exception 'the parts of % do not come to its amount', new.number using errcode = '23514', constraint = 'online_parts_add_up';
  end if;
  return null;
end $$
-- next
create constraint trigger online_parts_add_up after insert on onlinepayments_onlinepayment deferrable initially deferred
  for each row execute function onlinepayments_judge_sum()
-- next
-- Never more goes back than came; refunds of one payment queue on it.
create or replace function onlinepayments_judge_refund() returns trigger language plpgsql set search_path from current as $$
declare
  p record;
begin
  if tg_op = 'DELETE' then
    raise exception 'online refund % stays', old.number using errcode = '23001', constraint = 'online_refund_stays', detail = old.number;
  end if;
  select * into p from onlinepayments_onlinepayment where id = new.online_payment_id for update;
  if p.company_id <> new.company_id then
    raise exception 'another company''s payment' using errcode = '23514', constraint = 'online_payment_of_company';
  end if;
  if new.state <> 'refused' and p.amount < new.amount + (select coalesce(sum(r.amount), 0) from onlinepayments_onlinerefund r
    where r.online_payment_id = new.online_payment_id and r.id <> new.id and r.state <> 'refused')
  then
    raise exception 'more than was paid' using errcode = '23514', constraint = 'refund_within_payment', detail = p.number;
  end if;
  if tg_op = 'UPDATE' and ((new.company_id, new.online_payment_id, new.reference, new.amount) is distinct from (old.company_id, old.online_payment_id, old.reference, old.amount)
    or (old.payment_id is not null and new.payment_id is distinct from old.payment_id)
    or (new.state <> old.state and not (old.state = 'asked' and new.state in ('done', 'refused'))))
  then
    raise exception 'online refund % stays', old.number using errcode = '23001', constraint = 'online_refund_stays', detail = old.number;
  end if;
  return new;
end $$
-- next
create trigger online_refund_stays before insert or update or delete on onlinepayments_onlinerefund
  for each row execute function onlinepayments_judge_refund()
