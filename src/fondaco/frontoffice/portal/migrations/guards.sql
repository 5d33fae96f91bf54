-- The person who signs in for a customer is that customer's own.
alter table portal_customeraccess add constraint person_of_customer foreign key (user_id, customer_id) references users_outsideuser (id, party_id)
-- next
create or replace function portal_judge_access() returns trigger language plpgsql set search_path from current as $$
begin
  if new.invited_by_id is not null and (tg_op = 'INSERT' or new.invited_by_id is distinct from old.invited_by_id) and not exists (
    select from portal_customeraccess a where a.id = new.invited_by_id and a.company_id = new.company_id and a.customer_id = new.customer_id
      and a.state = 'open' and a.is_administrator)
  then
    raise exception 'invited by a stranger' using errcode = '23514', constraint = 'invited_by_own_administrator';
  end if;
  if tg_op = 'UPDATE' and ((new.company_id, new.customer_id, new.invited_by_id) is distinct from (old.company_id, old.customer_id, old.invited_by_id)
    or (old.state <> 'draft' and (new.user_id, new.email) is distinct from (old.user_id, old.email))
    or (old.state = 'closed' and new.state <> 'closed') or (old.state = 'open' and new.state = 'draft'))
  then
    raise exception 'an access is its person''s for good' using errcode = '23001', constraint = 'customer_access_stays';
  end if;
  return new;
end $$
-- next
create trigger customer_access_stays before insert or update on portal_customeraccess for each row execute function portal_judge_access()
-- next
-- An order of the portal is its customer's own, and above the buyer's limit somebody else of the customer has approved it.
create or replace function portal_judge_order() returns trigger language plpgsql set search_path from current as $$
declare
  a record;
begin
  if tg_op = 'UPDATE' then
    if (new.company_id, new.order_id, new.access_id, new.base_gross) is distinct from (old.company_id, old.order_id, old.access_id, old.base_gross)
      or (new.state <> old.state and old.state <> 'waiting')
    then
      raise exception 'what was ordered stays' using errcode = '23001', constraint = 'portal_order_stays';
    end if;
    if new.approver_id is distinct from old.approver_id and not exists (
      select from portal_customeraccess b join portal_customeraccess o on o.id = new.access_id
      where b.id = new.approver_id and b.company_id = o.company_id and b.customer_id = o.customer_id and b.state = 'open' and b.is_approver)
    then
      raise exception 'no approver of the customer' using errcode = '23514', constraint = 'approved_by_own_approver';
    end if;
    if new.state = 'placed' and old.state = 'waiting' and new.approver_id is null then
      raise exception 'nobody approved it' using errcode = '23514', constraint = 'approved_by_own_approver';
    end if;
    return new;
  end if;
  select * into a from portal_customeraccess where id = new.access_id;
  if a.state <> 'open' or not a.is_buyer or a.company_id <> new.company_id or not exists (
    select from sales_order o where o.id = new.order_id and o.company_id = a.company_id and o.customer_id = a.customer_id)
  then
    raise exception 'no order of his' using errcode = '23514', constraint = 'portal_order_of_customer';
  end if;
  if new.state <> 'waiting' and a.order_limit is not null and new.base_gross > a.order_limit then
    raise exception 'over his limit' using errcode = '23514', constraint = 'portal_order_within_limit';
  end if;
  return new;
end $$
-- next
create trigger portal_order_stays before insert or update on portal_portalorder for each row execute function portal_judge_order()
-- next
-- Until the customer's own approver has said yes, nobody of the house confirms it either.
create or replace function portal_refuse_unapproved() returns trigger language plpgsql set search_path from current as $$
begin
  if new.state in ('confirmed', 'held', 'closed') and old.state not in ('confirmed', 'held', 'closed')
    and exists (select from portal_portalorder p where p.order_id = new.id and p.state <> 'placed')
  then
    raise exception 'the customer has not approved it' using errcode = '23514', constraint = 'portal_order_waits', detail = coalesce(new.number, new.id::text);
  end if;
  return new;
end $$
-- next
create trigger portal_order_waits before update of state on sales_order for each row execute function portal_refuse_unapproved()
