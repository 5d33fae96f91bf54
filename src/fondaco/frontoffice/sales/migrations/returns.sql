-- An authorisation that was given stays: its lines for ever, of itself only how long it holds, notes and state move.
select documents_freeze_lines('sales_returnline', 'sales_returnauthorisation', 'authorisation_id', 'return_never_changes')
-- next
create or replace function sales_refuse_return_change() returns trigger language plpgsql set search_path from current as $$
declare
  moving text[] := '{state,version,expires_on,restocking_percent,reference,note,salesperson_id}';
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving
    or (new.state <> old.state and not (old.state = 'authorised' and new.state in ('received', 'cancelled', 'expired'))
      and not (old.state = 'received' and new.state = 'settled')))
  then
    raise exception 'return authorisation % was given and never changes', old.number using errcode = '23001', constraint = 'return_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger given_never_changes before update or delete on sales_returnauthorisation for each row execute function sales_refuse_return_change()
-- next
create or replace function sales_received(key bigint) returns numeric language sql stable set search_path from current as $$
  select coalesce(sum(g.quantity), 0) from inventory_goodsreturnline g join inventory_goodsreturn r on r.id = g.goods_return_id and r.state = 'posted'
  where g.demand_table = 'sales_returnline' and g.demand_line = key
$$
-- next
-- What open authorisations still let come back, by order line.
create or replace function sales_coming_back(lines bigint[]) returns table (order_line bigint, quantity numeric) language sql stable set search_path from current as $$
  select l.order_line_id, sum(greatest(l.quantity - sales_received(l.id), 0)) from sales_returnline l
  join sales_returnauthorisation a on a.id = l.authorisation_id and a.state in ('authorised', 'received')
  where l.order_line_id = any (lines) group by l.order_line_id
$$
-- next
-- What the customer has although it came back: sent back to him, or replaced at no charge. Its original is owed as before.
create or replace function sales_made_good(key bigint) returns numeric language sql stable set search_path from current as $$
  select coalesce((select sum(i.quantity) from sales_returnline l join sales_returninspection i on i.line_id = l.id and i.outcome = 'send_back'
      where l.order_line_id = key), 0)
    + coalesce((select sum(p.quantity) from sales_returnline l join sales_orderline p on p.return_line_id = l.id and p.net = 0
      join sales_order o on o.id = p.order_id and o.state <> 'cancelled' where l.order_line_id = key), 0)
$$
-- next
-- No more is authorised to come back than left and has not come back, whoever authorises or takes back at the same time.
create or replace function sales_judge_returns(lines bigint[]) returns void language plpgsql set search_path from current as $$
declare
  r record;
begin
  perform from sales_orderline l where l.id = any (lines) order by l.id for no key update;
  for r in
    select o.number, l.position, c.quantity as coming from sales_coming_back(lines) c join sales_orderline l on l.id = c.order_line join sales_order o on o.id = l.order_id
    cross join lateral (
      select coalesce(sum(m.quantity), 0) - coalesce((select sum(k.quantity) from inventory_stockmove g join inventory_stockmove k on k.returns_id = g.id
        where g.demand_table = 'sales_orderline' and g.demand_line = l.id), 0) as quantity
      from inventory_stockmove m where m.demand_table = 'sales_orderline' and m.demand_line = l.id and m.returns_id is null
    ) there
    where c.quantity > there.quantity order by l.id limit 1
  loop
    raise exception 'line % of order %: more is authorised to come back than is with the customer', r.position, r.number
      using errcode = '23514', constraint = 'return_as_delivered', detail = r.number;
  end loop;
end $$
-- next
create or replace function sales_judge_authorised() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from sales_returnline l join sales_orderline k on k.id = l.order_line_id join sales_order o on o.id = k.order_id
    where l.authorisation_id = new.id and ((o.company_id, o.customer_id) is distinct from (new.company_id, new.customer_id) or k.product_id is distinct from l.product_id))
  then
    raise exception 'return authorisation % names goods of others', new.number using errcode = '23514', constraint = 'return_as_delivered', detail = new.number;
  end if;
  perform sales_judge_returns(array(select l.order_line_id from sales_returnline l where l.authorisation_id = new.id));
  return null;
end $$
-- next
create constraint trigger authorised_as_delivered after update on sales_returnauthorisation deferrable initially deferred
  for each row when (new.state = 'authorised' and old.state <> 'authorised') execute function sales_judge_authorised()
-- next
create or replace function sales_judge_goods_back() returns trigger language plpgsql set search_path from current as $$
declare
  line bigint := (select g.demand_line from inventory_stockmove g where g.id = new.returns_id and g.demand_table = 'sales_orderline');
begin
  if exists (select from sales_returnline l where l.order_line_id = line) then
    perform sales_judge_returns(array[line]);
  end if;
  return null;
end $$
-- next
create constraint trigger goods_back_as_authorised after insert on inventory_stockmove deferrable initially deferred
  for each row when (new.returns_id is not null) execute function sales_judge_goods_back()
-- next
-- At every moment: no more is received than asked, inspected than received, credited, replaced or sent back than asked, credited than came and stayed.
create or replace function sales_judge_return_line(keys bigint[]) returns void language plpgsql set search_path from current as $$
declare
  r record;
begin
  perform from sales_returnline l where l.id = any (keys) order by l.id for no key update;
  for r in
    select a.number, l.position from sales_returnline l join sales_returnauthorisation a on a.id = l.authorisation_id
    cross join lateral (select sales_received(l.id) as quantity) came
    cross join lateral (
      select coalesce(sum(i.quantity) filter (where not i.of_repair), 0) as looked, coalesce(sum(i.quantity) filter (where i.of_repair), 0) as mended,
        coalesce(sum(i.quantity) filter (where i.outcome = 'repair'), 0) as kept, coalesce(sum(i.quantity) filter (where i.outcome = 'send_back'), 0) as sent
      from sales_returninspection i where i.line_id = l.id
    ) found
    cross join lateral (
      select coalesce(sum(c.quantity), 0) as quantity from sales_returncredit c join invoicing_invoiceline n on n.id = c.note_line_id
      join invoicing_invoice v on v.id = n.invoice_id and v.kind = 'credit_note' and v.state in ('draft', 'posted') where c.line_id = l.id
    ) credited
    cross join lateral (
      select coalesce(sum(p.quantity), 0) as quantity from sales_orderline p join sales_order o on o.id = p.order_id and o.state <> 'cancelled' where p.return_line_id = l.id
    ) replaced
    where l.id = any (keys) and (came.quantity > l.quantity or found.looked > came.quantity or found.mended > found.kept
      or credited.quantity > came.quantity - found.sent or credited.quantity + replaced.quantity + found.sent > l.quantity)
    order by l.id limit 1
  loop
    raise exception 'line % of return %: its quantities would not reconcile', r.position, r.number
      using errcode = '23514', constraint = 'return_reconciles', detail = r.number;
  end loop;
end $$
-- next
create or replace function sales_judge_return_rows() returns trigger language plpgsql set search_path from current as $$
begin
  perform sales_judge_return_line(array(select distinct t.line_id from touched t));
  return null;
end $$
-- next
create trigger inspected_as_received after insert on sales_returninspection referencing new table as touched for each statement execute function sales_judge_return_rows()
-- next
create trigger credited_as_received after insert on sales_returncredit referencing new table as touched for each statement execute function sales_judge_return_rows()
-- next
create trigger credit_stays before update on sales_returncredit for each row execute function database_refuse_change('sales_returncredit')
-- next
create or replace function sales_judge_replaced() returns trigger language plpgsql set search_path from current as $$
declare
  keys bigint[];
begin
  select array_agg(distinct t.return_line_id) into keys from touched t where t.return_line_id is not null;
  if keys is not null then
    perform sales_judge_return_line(keys);
  end if;
  return null;
end $$
-- next
create trigger replaced_as_asked after insert on sales_orderline referencing new table as touched for each statement execute function sales_judge_replaced()
-- next
create trigger replaced_as_asked_still after update on sales_orderline referencing new table as touched for each statement execute function sales_judge_replaced()
-- next
create or replace function sales_judge_goods_received() returns trigger language plpgsql set search_path from current as $$
begin
  perform sales_judge_return_line(array(select distinct g.demand_line from inventory_goodsreturnline g where g.goods_return_id = new.id and g.demand_table = 'sales_returnline'));
  return null;
end $$
-- next
create constraint trigger received_as_asked after update on inventory_goodsreturn deferrable initially deferred
  for each row when (new.state = 'posted' and old.state <> 'posted') execute function sales_judge_goods_received()
