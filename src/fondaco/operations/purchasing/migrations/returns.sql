-- What of an order line went back to its vendor; with ``again``, only what he makes good with goods, which are expected again.
create or replace function purchasing_sent_back(key bigint, again boolean default false) returns numeric language sql stable set search_path from current as $$
  select coalesce(sum(l.quantity), 0) from purchasing_vendorreturnline l join purchasing_vendorreturn r on r.id = l.vendor_return_id
  where l.demand_table = 'purchasing_purchaseorderline' and l.demand_line = key and r.state in ('sent', 'credited', 'closed') and (not again or r.wanted <> 'credit')
$$
-- next
create or replace function purchasing_second_sent_back(key bigint, again boolean default false) returns numeric language sql stable set search_path from current as $$
  select coalesce(sum(l.second_quantity), 0) from purchasing_vendorreturnline l join purchasing_vendorreturn r on r.id = l.vendor_return_id
  where l.demand_table = 'purchasing_purchaseorderline' and l.demand_line = key and r.state in ('sent', 'credited', 'closed') and (not again or r.wanted <> 'credit')
$$
-- next
-- A return that was authorised stays what it is: who, from where, which goods. Until they leave, their lots and weight may be said.
create or replace function purchasing_refuse_return_change() returns trigger language plpgsql set search_path from current as $$
declare
  moving text[] := '{state,version,vendor_reference,memo,carrier}';
begin
  if old.state = 'authorised' then
    moving := moving || '{on,booked_on,entry_id}'::text[];
  elsif old.state in ('sent', 'credited') then
    moving := moving || '{wanted,closed_because}'::text[];
  end if;
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving
    or (new.state <> old.state and not (
      (old.state = 'authorised' and new.state in ('sent', 'cancelled')) or (old.state in ('sent', 'credited') and new.state in ('sent', 'credited', 'closed'))
      or (old.state = 'closed' and old.closed_because = '' and new.state in ('sent', 'credited')))))
  then
    raise exception 'return % was authorised and never changes', old.number using errcode = '23001', constraint = 'vendor_return_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger authorised_never_changes before update or delete on purchasing_vendorreturn for each row execute function purchasing_refuse_return_change()
-- next
create or replace function purchasing_refuse_return_line() returns trigger language plpgsql set search_path from current as $$
declare
  filled text[] := '{version,lots,quantity,second_quantity,is_estimated,booked,cost,variance,explanation}';
  states text[];
begin
  select array_agg(r.state) into states from purchasing_vendorreturn r
    where r.id in (case when tg_op <> 'INSERT' then old.vendor_return_id end, case when tg_op <> 'DELETE' then new.vendor_return_id end) and r.state <> 'draft';
  if states is not null and (tg_op <> 'UPDATE' or states <> '{authorised}' or to_jsonb(new) - filled <> to_jsonb(old) - filled) then
    raise exception 'a line of a return that was authorised never changes' using errcode = '23001', constraint = 'vendor_return_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger line_frozen before insert or update or delete on purchasing_vendorreturnline for each row execute function purchasing_refuse_return_line()
-- next
-- No more goes back than came with a receipt, whoever authorises or sends at the same time; and only to the vendor it came from, for a purchase order.
create or replace function purchasing_judge_vendor_return() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[] := array(select l.receipt_line_id from purchasing_vendorreturnline l where l.vendor_return_id = new.id);
  r record;
begin
  perform from inventory_goodsreceiptline g where g.id = any (keys) order by g.id for no key update;
  for r in
    select g.id from purchasing_vendorreturnline l join inventory_goodsreceiptline g on g.id = l.receipt_line_id join inventory_goodsreceipt b on b.id = g.receipt_id
    where l.vendor_return_id = new.id and ((b.company_id, b.vendor_id, b.state, g.product_id, g.demand_table, g.demand_line)
      is distinct from (new.company_id, new.vendor_id, 'posted', l.product_id, 'purchasing_purchaseorderline', l.demand_line)
      or l.demand_table <> 'purchasing_purchaseorderline')
    union all
    select g.id from inventory_goodsreceiptline g cross join lateral (
      select coalesce(sum(l.quantity), 0) as quantity, coalesce(sum(l.second_quantity), 0) as second
      from purchasing_vendorreturnline l join purchasing_vendorreturn x on x.id = l.vendor_return_id and x.state in ('authorised', 'sent', 'credited', 'closed')
      where l.receipt_line_id = g.id
    ) back
    where g.id = any (keys) and case when g.second_quantity is null then back.quantity > g.quantity else back.second > g.second_quantity end
    limit 1
  loop
    raise exception 'return % sends back more than came, or what did not come from there', new.number
      using errcode = '23514', constraint = 'sent_back_as_received', detail = new.number;
  end loop;
  return null;
end $$
-- next
create constraint trigger sent_back_as_received after update on purchasing_vendorreturn deferrable initially deferred
  for each row when (new.state in ('authorised', 'sent') and old.state <> new.state) execute function purchasing_judge_vendor_return()
-- next
-- Goods leave for a vendor by a return that was authorised, and no more of a receipt than came with it.
create or replace function purchasing_judge_goods_gone() returns trigger language plpgsql set search_path from current as $$
declare
  came inventory_stockmove;
begin
  select * into came from inventory_stockmove m where m.id = new.returns_id;
  if came.source_table = 'inventory_goodsreceipt' and (
    new.source_table <> 'purchasing_vendorreturn' or new.sign <> -1 or came.product_id <> new.product_id
    or not exists (select from purchasing_vendorreturnline l where l.id = new.source_line and l.vendor_return_id = new.source_id and l.receipt_line_id = came.source_line
      and l.quantity = new.quantity)
    or (select sum(coalesce(k.second_quantity, k.quantity)) from inventory_stockmove k where k.returns_id = came.id) > coalesce(came.second_quantity, came.quantity))
  then
    raise exception 'stock move % sends back what did not come', new.id using errcode = '23514', constraint = 'sent_back_as_received', detail = new.source_id::text;
  end if;
  return null;
end $$
-- next
create constraint trigger goods_gone_as_received after insert on inventory_stockmove deferrable initially deferred
  for each row when (new.returns_id is not null) execute function purchasing_judge_goods_gone()
-- next
-- At every moment: nothing is given back that was not billed, and of a receipt no more is billed and sent back than came.
create or replace function purchasing_judge_billed() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (
    select from (select distinct t.line_id from touched t) l join purchasing_billed b on b.line_id = l.line_id
    group by b.line_id, b.move_id, b.bill_id, b.return_line_id having sum(b.quantity) < 0)
    or exists (
      select from (select distinct t.move_id from touched t where t.move_id is not null) x join inventory_stockmove m on m.id = x.move_id
      where (select sum(b.quantity) from purchasing_billed b where b.move_id = m.id) > m.quantity)
  then
    raise exception 'more would be billed or given back than there is' using errcode = '23514', constraint = 'billed_reconciles';
  end if;
  return null;
end $$
-- next
create trigger billed_reconciles after insert on purchasing_billed referencing new table as touched for each statement execute function purchasing_judge_billed()
