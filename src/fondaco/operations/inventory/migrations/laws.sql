alter table inventory_stockmove add constraint move_from_of_company foreign key (from_location_id, company_id) references inventory_location (id, company_id)
-- next
alter table inventory_stockmove add constraint move_to_of_company foreign key (to_location_id, company_id) references inventory_location (id, company_id)
-- next
create or replace function inventory_moves_done() returns trigger language plpgsql security definer set search_path from current as $$
declare
  places bigint[];
  inside bigint[];
  owned bigint[];
  corrected bigint[];
  wrong text;
  law text;
begin
  select array_agg(distinct place) into places from (select from_location_id as place from added union all select to_location_id from added) p;
  select coalesce(array_agg(id) filter (where kind <> 'loss'), '{}'), coalesce(array_agg(id) filter (where kind not in ('consigned', 'loss')), '{}'),
    coalesce(array_agg(id) filter (where kind = 'loss'), '{}') into inside, owned, corrected
  from inventory_location where id = any (places) and kind in ('internal', 'transit', 'quarantine', 'at_customer', 'consigned', 'loss');
  select m.id::text into wrong from added m
    where m.sign <> (m.to_location_id = any (owned))::int - (m.from_location_id = any (owned))::int limit 1;
  if wrong is not null then
    raise exception 'stock move % says the wrong sign', wrong using errcode = '23514', constraint = 'move_sign_follows_places';
  end if;
  -- Goods with a second unit move in both, and weigh about what they should when they come or leave; a count and a scale correct one of the two.
  select m.id::text, case when m.tracked <> (p.tracking <> 'none') then 'move_tracked_as_product'
      when (m.second_quantity is null) <> (p.second_unit_id is null) or (m.second_quantity <= 0 and not corrects) or m.quantity = 0 and not corrects
        then 'move_says_both'
      else 'weight_within_tolerance' end into wrong, law
    from added m join catalog_product p on p.id = m.product_id
    cross join lateral (select m.from_location_id = any (corrected) or m.to_location_id = any (corrected) as corrects) c
    where m.tracked <> (p.tracking <> 'none') or (m.second_quantity is null) <> (p.second_unit_id is null)
      or (m.second_quantity is not null and not corrects and (m.second_quantity <= 0 or m.quantity = 0
        or (not (m.from_location_id = any (inside) and m.to_location_id = any (inside))
          and abs(m.quantity - m.second_quantity * p.second_factor) > m.second_quantity * p.second_factor * p.second_tolerance / 100)))
    limit 1;
  if law = 'move_tracked_as_product' then
    raise exception 'stock move % must say whether its goods are tracked', wrong using errcode = '23514', constraint = 'move_tracked_as_product';
  elsif law = 'move_says_both' then
    raise exception 'stock move % must say both quantities exactly where its goods have a second unit', wrong using errcode = '23514', constraint = 'move_says_both';
  elsif law is not null then
    raise exception 'stock move % weighs too much or too little for its pieces', wrong using errcode = '23514', constraint = 'weight_within_tolerance';
  end if;
  -- Quantity and value owned, in key order.
  insert into inventory_productcost as c (company_id, product_id, quantity, value, last_cost, second_quantity)
  select company_id, product_id, sum(sign * quantity), sum(sign * value), 0, sum(sign * second_quantity) from added group by 1, 2 order by 1, 2
  on conflict (company_id, product_id) do update set quantity = c.quantity + excluded.quantity, value = c.value + excluded.value,
    second_quantity = coalesce(c.second_quantity, 0) + excluded.second_quantity;
  update inventory_productcost c set last_cost = c.value / c.quantity
  from (select distinct company_id, product_id from added) a
  where c.company_id = a.company_id and c.product_id = a.product_id and c.quantity > 0 and c.value >= 0;
  -- What lies where.
  insert into inventory_stocklevel as l (company_id, product_id, location_id, on_hand, reserved, may_be_negative)
  select s.company_id, s.product_id, s.place, 0, 0, c.allow_negative_stock and not s.has_second
  from (
    select company_id, product_id, to_location_id as place, second_quantity is not null as has_second from added
    union select company_id, product_id, from_location_id, second_quantity is not null from added) s
  join companies_company c on c.id = s.company_id where s.place = any (inside) order by 1, 2, 3
  on conflict (company_id, product_id, location_id) do nothing;
  update inventory_stocklevel l set on_hand = l.on_hand + s.quantity, may_be_negative = c.allow_negative_stock and s.second is null,
    second_on_hand = coalesce(l.second_on_hand, 0) + s.second, second_reserved = case when s.second is not null then coalesce(l.second_reserved, 0) end
  from (
    select company_id, product_id, place, sum(q) as quantity, sum(second) as second from (
      select company_id, product_id, to_location_id as place, quantity as q, second_quantity as second from added
      union all select company_id, product_id, from_location_id, -quantity, -second_quantity from added) both_sides
    where place = any (inside) group by 1, 2, 3) s join companies_company c on c.id = s.company_id
  where l.company_id = s.company_id and l.product_id = s.product_id and l.location_id = s.place;
  -- Receipts of goods that leave first in, first out lie in layers.
  insert into inventory_costlayer (move_id, company_id, product_id, "on", quantity, value)
  select m.id, m.company_id, m.product_id, m."on", m.quantity, m.value from added m join catalog_product p on p.id = m.product_id
  where m.sign = 1 and p.costing = 'fifo';
  return null;
end $$
-- next
create trigger moves_done after insert on inventory_stockmove referencing new table as added for each statement execute function inventory_moves_done()
-- next
create or replace function inventory_reservation_kept() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    update inventory_stocklevel l set reserved = l.reserved - old.quantity, second_reserved = l.second_reserved - coalesce(old.second_quantity, 0)
    where l.company_id = old.company_id and l.product_id = old.product_id and l.location_id = old.location_id;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    insert into inventory_stocklevel as l (company_id, product_id, location_id, on_hand, reserved, may_be_negative, second_on_hand, second_reserved)
    select new.company_id, new.product_id, new.location_id, 0, 0, c.allow_negative_stock and new.second_quantity is null,
      new.second_quantity * 0, new.second_quantity * 0
    from companies_company c where c.id = new.company_id
    on conflict (company_id, product_id, location_id) do nothing;
    if (new.second_quantity is null) <> ((select second_unit_id from catalog_product where id = new.product_id) is null) then
      raise exception 'a reservation says both quantities exactly where its goods have a second unit' using errcode = '23514', constraint = 'move_says_both';
    end if;
    update inventory_stocklevel l set reserved = l.reserved + new.quantity, second_reserved = l.second_reserved + coalesce(new.second_quantity, 0)
    where l.company_id = new.company_id and l.product_id = new.product_id and l.location_id = new.location_id;
  end if;
  return null;
end $$
-- next
create trigger reservation_kept after insert or update or delete on inventory_reservation for each row execute function inventory_reservation_kept()
-- next
create or replace function inventory_lock_costs(company bigint, products bigint[]) returns setof inventory_productcost
language plpgsql security definer set search_path from current as $$
begin
  insert into inventory_productcost (company_id, product_id, quantity, value, last_cost)
  select company, p, 0, 0, 0 from unnest(products) p order by p on conflict do nothing;
  return query select * from inventory_productcost c where c.company_id = company and c.product_id = any (products) order by c.product_id for update;
end $$
-- next
create or replace function inventory_layers_used() returns trigger language plpgsql security definer set search_path from current as $$
begin
  update inventory_costlayer l set quantity = l.quantity - u.quantity, value = l.value - u.value
  from (select layer_id, sum(quantity) as quantity, sum(value) as value from added group by 1) u where l.move_id = u.layer_id;
  return null;
end $$
-- next
create trigger layers_used after insert on inventory_layeruse referencing new table as added for each statement execute function inventory_layers_used()
-- next
create or replace function inventory_value_changed() returns trigger language plpgsql security definer set search_path from current as $$
begin
  update inventory_productcost c set value = c.value + a.value
  from (select company_id, product_id, sum(value) as value from added group by 1, 2) a
  where c.company_id = a.company_id and c.product_id = a.product_id;
  update inventory_productcost c set last_cost = c.value / c.quantity
  from (select distinct company_id, product_id from added) a
  where c.company_id = a.company_id and c.product_id = a.product_id and c.quantity > 0 and c.value >= 0;
  if exists (select from added a join catalog_product p on p.id = a.product_id where (p.costing = 'specific') <> (a.lot_id is not null)) then
    raise exception 'a change of value names the lot where goods cost what their lot cost' using errcode = '23514', constraint = 'value_change_names_lot';
  end if;
  update inventory_lotcost c set value = c.value + a.value from (select lot_id, sum(value) as value from added group by 1) a where c.lot_id = a.lot_id;
  return null;
end $$
-- next
create trigger value_changed after insert on inventory_stockvalue referencing new table as added for each statement execute function inventory_value_changed()
-- next
-- A bill at another price and freight on top stay with what is left of their layer; a late move says itself which layers it changes.
create or replace function inventory_layer_revalued() returns trigger language plpgsql security definer set search_path from current as $$
begin
  update inventory_costlayer l set value = l.value + a.value
  from (select move_id, sum(value) as value from added where kind in ('price', 'landed_cost') group by 1) a where l.move_id = a.move_id;
  return null;
end $$
-- next
create trigger layer_revalued after insert on inventory_stockvalue referencing new table as added for each statement execute function inventory_layer_revalued()
-- next
-- The lots of moves: they are of the move's product, serial numbers move one by one, and none is there that the move has not. What lies
-- where follows, the places that give before those that take, so that a serial number is never counted in two.
create or replace function inventory_lots_moved() returns trigger language plpgsql security definer set search_path from current as $$
declare
  wrong text;
begin
  select a.id::text into wrong from added a
    left join inventory_stockmove m on m.id = a.move_id and m.tracked left join inventory_lot t on t.id = a.lot_id
    where (a.company_id, a.product_id, a."on", a.sign) is distinct from (m.company_id, m.product_id, m."on", m.sign)
      or (a.company_id, a.product_id) is distinct from (t.company_id, t.product_id) limit 1;
  if wrong is not null then
    raise exception 'lot % is not of its move', wrong using errcode = '23514', constraint = 'lots_follow_move';
  end if;
  select t.number into wrong from added a join catalog_product p on p.id = a.product_id join inventory_lot t on t.id = a.lot_id
    where p.tracking = 'serial' and case when p.second_unit_id is null then a.quantity <> 1 else coalesce(a.second_quantity, -1) not in (0, 1) end limit 1;
  if wrong is not null then
    raise exception 'serial number % moves as one piece', wrong using errcode = '23514', constraint = 'serial_moves_as_one';
  end if;
  select m.id::text into wrong from (select distinct move_id from added) a join inventory_stockmove m on m.id = a.move_id
    where m.quantity < (select sum(x.quantity) from inventory_movelot x where x.move_id = m.id) limit 1;
  if wrong is not null then
    raise exception 'the lots of stock move % exceed it', wrong using errcode = '23514', constraint = 'lots_make_up_move';
  end if;
  -- What a vendor sends straight to a customer is new: no piece that is in stock, or that a customer has.
  -- What goes that way is found first: judged with the rest, each row of a receipt would be looked up three times.
  with direct as materialized (
    select a.lot_id, m.to_location_id from added a join catalog_product p on p.id = a.product_id and p.tracking = 'serial'
    join inventory_stockmove m on m.id = a.move_id join inventory_location l on l.id = m.to_location_id and l.kind = 'direct'
  )
  select t.number into wrong from direct d join inventory_lot t on t.id = d.lot_id
    where exists (select from inventory_lotstock s where s.lot_id = d.lot_id and s.on_hand > 0)
      or exists (select from inventory_lotholding h where h.lot_id = d.lot_id and h.quantity > 0)
      or (d.lot_id, d.to_location_id) in (select b.lot_id, b.to_location_id from direct b group by 1, 2 having count(*) > 1) limit 1;
  if wrong is not null then
    raise exception 'serial number % is somewhere already', wrong using errcode = '23514', constraint = 'serial_sent_once';
  end if;
  -- Whoever is changing one of these lots ends first: expiry and block are copied.
  perform from inventory_lot where id in (select lot_id from added) order by id for share;
  insert into inventory_lotstock (company_id, product_id, lot_id, location_id, on_hand, is_serial, last_on, expires_on, is_blocked)
  select s.company_id, s.product_id, s.lot_id, s.place, 0, p.tracking = 'serial', min(s."on"), t.expires_on, t.state = 'blocked'
  from (
    select a.*, m.to_location_id as place from added a join inventory_stockmove m on m.id = a.move_id
    union all select a.*, m.from_location_id from added a join inventory_stockmove m on m.id = a.move_id) s
  join inventory_location l on l.id = s.place and l.kind in ('internal', 'transit', 'quarantine', 'at_customer', 'consigned')
  join catalog_product p on p.id = s.product_id join inventory_lot t on t.id = s.lot_id
  group by 1, 2, 3, 4, 6, 8, 9 order by 3, 4
  on conflict (lot_id, location_id) do nothing;
  for turn in -1 .. 1 loop
    update inventory_lotstock x set on_hand = x.on_hand + s.quantity, last_on = greatest(x.last_on, s.last_on),
      second_on_hand = coalesce(x.second_on_hand, 0) + s.second
    from (
      select lot_id, place, sum(quantity) as quantity, sum(second) as second, max("on") as last_on from (
        select a.lot_id, m.to_location_id as place, a.quantity, a.second_quantity as second, a."on" from added a join inventory_stockmove m on m.id = a.move_id
        union all select a.lot_id, m.from_location_id, -a.quantity, -a.second_quantity, a."on" from added a join inventory_stockmove m on m.id = a.move_id) both_sides
      group by 1, 2) s
    where x.lot_id = s.lot_id and x.location_id = s.place and sign(s.quantity) = turn;
  end loop;
  -- What lots are worth whose goods are valued at the cost of their lot.
  insert into inventory_lotcost (lot_id, company_id, product_id, quantity, value)
  select distinct a.lot_id, a.company_id, a.product_id, 0, 0 from added a join catalog_product p on p.id = a.product_id and p.costing = 'specific'
  where a.sign <> 0 order by 1 on conflict (lot_id) do nothing;
  update inventory_lotcost c set quantity = c.quantity + s.quantity, value = c.value + s.value
  from (
    select a.lot_id, sum(a.sign * a.quantity) as quantity, sum(a.sign * a.value) as value
    from added a join catalog_product p on p.id = a.product_id and p.costing = 'specific' group by 1) s
  where c.lot_id = s.lot_id;
  -- What customers hold: delivered, by us or straight by a vendor (which adds nothing to what we own and takes nothing), not come back. A serial number that comes from elsewhere, be it the vendor's own, is with nobody any more.
  update inventory_lotholding h set quantity = 0, second_quantity = h.second_quantity * 0
  from added a join inventory_stockmove m on m.id = a.move_id and m.returns_id is null
    join inventory_location l on l.id = m.to_location_id and l.kind <> 'customer'
    join catalog_product p on p.id = a.product_id and p.tracking = 'serial'
  where h.lot_id = a.lot_id and h.quantity > 0;
  insert into inventory_lotholding (company_id, product_id, lot_id, customer_id, quantity, last_on)
  select a.company_id, a.product_id, a.lot_id, d.customer_id, 0, max(a."on")
  from added a join inventory_stockmove m on m.id = a.move_id and m.source_table = 'inventory_goodsissue' join inventory_goodsissue d on d.id = m.source_id
  where a.sign <= 0 group by 1, 2, 3, 4 order by 3, 4
  on conflict (lot_id, customer_id) do update set last_on = greatest(inventory_lotholding.last_on, excluded.last_on);
  -- Where the last piece came back nothing is held, whatever it weighs by now.
  update inventory_lotholding h set quantity = case when coalesce(h.second_quantity, 0) + s.second = 0 then 0 else h.quantity + s.quantity end,
    second_quantity = coalesce(h.second_quantity, 0) + s.second
  from (
    select lot_id, customer_id, sum(quantity) as quantity, sum(second) as second from (
      select a.lot_id, d.customer_id, a.quantity, a.second_quantity as second from added a
        join inventory_stockmove m on m.id = a.move_id and m.source_table = 'inventory_goodsissue'
        join inventory_goodsissue d on d.id = m.source_id where a.sign <= 0
      union all
      select a.lot_id, d.customer_id, -a.quantity, -a.second_quantity from added a join inventory_stockmove m on m.id = a.move_id
        join inventory_stockmove o on o.id = m.returns_id and o.tracked and o.source_table = 'inventory_goodsissue'
        join inventory_goodsissue d on d.id = o.source_id) both_ways
    group by 1, 2) s
  where h.lot_id = s.lot_id and h.customer_id = s.customer_id;
  return null;
end $$
-- next
create trigger lots_moved after insert on inventory_movelot referencing new table as added for each statement execute function inventory_lots_moved()
-- next
create trigger move_lot_never_changes before update or delete on inventory_movelot for each row execute function database_refuse_change('inventory_movelot')
-- next
create trigger move_lot_never_truncated before truncate on inventory_movelot for each statement execute function database_refuse_change('inventory_movelot')
-- next
-- At the end of the transaction the lots of a tracked move make up its quantity, and its value where goods cost what their lot cost. What
-- leaves on an earlier day was there from that day on.
create or replace function inventory_lots_complete() returns trigger language plpgsql security definer set search_path from current as $$
declare
  found_quantity numeric;
  found_value numeric;
  found_second numeric;
  short text;
begin
  select coalesce(sum(quantity), 0), coalesce(sum(value), 0), sum(second_quantity) into found_quantity, found_value, found_second
  from inventory_movelot where move_id = new.id;
  if found_quantity <> new.quantity or found_second is distinct from new.second_quantity then
    raise exception 'the lots of stock move % make up % of %', new.id, found_quantity, new.quantity using errcode = '23514', constraint = 'lots_make_up_move';
  end if;
  if found_value <> (case when new.sign <> 0 and (select costing from catalog_product where id = new.product_id) = 'specific' then new.value else 0 end) then
    raise exception 'the lots of stock move % are worth % of %', new.id, found_value, new.value using errcode = '23514', constraint = 'lots_make_up_value';
  end if;
  if new.sign < 0 then
    select t.number into short from inventory_movelot a join inventory_lot t on t.id = a.lot_id
    where a.move_id = new.id and exists (select from inventory_movelot x where x.lot_id = a.lot_id and x."on" > new."on")
      and exists (
        select from (
          select x."on", sum(coalesce(x.second_quantity, x.quantity) * x.sign) over (order by x."on" desc, x.move_id desc rows between unbounded preceding and 1 preceding) as later
          from inventory_movelot x where x.lot_id = a.lot_id) y
        where y."on" >= new."on" and (select sum(coalesce(x.second_quantity, x.quantity) * x.sign) from inventory_movelot x where x.lot_id = a.lot_id) - coalesce(y.later, 0) < 0)
    limit 1;
    if short is not null then
      raise exception 'lot % leaves on % before it came', short, new."on" using errcode = '23514', constraint = 'lot_leaves_after_it_came', detail = short;
    end if;
  end if;
  return null;
end $$
-- next
create constraint trigger lots_complete after insert on inventory_stockmove deferrable initially deferred
  for each row when (new.tracked) execute function inventory_lots_complete()
-- next
-- What a vendor sent straight to a customer is received and delivered together: the same goods, lots and value went in and out.
create or replace function inventory_direct_goes_through() returns trigger language plpgsql security definer set search_path from current as $$
declare
  receipt bigint := case tg_table_name when 'inventory_goodsreceipt' then (to_jsonb(new) ->> 'id')::bigint else (to_jsonb(new) ->> 'direct_receipt_id')::bigint end;
begin
  if not exists (select from inventory_goodsreceipt r join inventory_goodsissue d on d.direct_receipt_id = r.id and d.company_id = r.company_id
      where r.id = receipt and r.kind = 'direct' and r.state = 'posted' and d.state = 'posted')
    or exists (
      with moved as (
        select m.id, m.product_id, m.quantity, m.second_quantity as second, m.value, case m.source_table when 'inventory_goodsreceipt' then 1 else -1 end as way
        from inventory_stockmove m
        where (m.source_table = 'inventory_goodsreceipt' and m.source_id = receipt)
          or (m.source_table = 'inventory_goodsissue' and m.source_id in (select d.id from inventory_goodsissue d where d.direct_receipt_id = receipt))
      )
      select from moved m left join inventory_movelot x on x.move_id = m.id group by m.product_id, x.lot_id
      having sum(m.way * coalesce(x.quantity, m.quantity)) <> 0 or sum(m.way * coalesce(x.second_quantity, m.second)) <> 0
      union all
      select from moved having sum(way * value) <> 0)
  then
    raise exception 'receipt % was sent by a vendor, and what came is not what went to the customer', receipt using errcode = '23514', constraint = 'direct_goes_through';
  end if;
  return null;
end $$
-- next
create constraint trigger direct_goes_through after insert or update of state on inventory_goodsreceipt deferrable initially deferred
  for each row when (new.kind = 'direct' and new.state = 'posted') execute function inventory_direct_goes_through()
-- next
create constraint trigger direct_goes_through after insert or update of state on inventory_goodsissue deferrable initially deferred
  for each row when (new.direct_receipt_id is not null and new.state = 'posted') execute function inventory_direct_goes_through()
-- next
create or replace function inventory_lot_stays() returns trigger language plpgsql as $$
begin
  raise exception 'lot % keeps its product and company', old.number using errcode = '23514', constraint = 'lot_keeps_product';
end $$
-- next
create trigger lot_keeps_product before update on inventory_lot for each row
  when (old.product_id is distinct from new.product_id or old.company_id is distinct from new.company_id) execute function inventory_lot_stays()
-- next
create or replace function inventory_lot_changed() returns trigger language plpgsql security definer set search_path from current as $$
begin
  update inventory_lotstock s set expires_on = n.expires_on, is_blocked = n.state = 'blocked'
  from now_so n where s.lot_id = n.id and (s.expires_on, s.is_blocked) is distinct from (n.expires_on, n.state = 'blocked');
  return null;
end $$
-- next
create trigger lot_changed after update on inventory_lot referencing new table as now_so for each statement execute function inventory_lot_changed()
-- next
create or replace function inventory_refuse_tracking_change() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if exists (select from inventory_stocklevel l where l.product_id = new.id and l.on_hand <> 0)
    or exists (select from inventory_stockmove m where m.product_id = new.id and m.tracked)
  then
    raise exception 'product % is in stock, or has lots, and keeps its tracking', new.sku using errcode = '23514', constraint = 'tracking_changes_without_stock';
  end if;
  return new;
end $$
-- next
-- The second unit begins, changes and ends while nothing is there, or promised; its nominal factor and tolerance may follow what is known.
create or replace function inventory_refuse_second_unit_change() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if exists (select from inventory_stocklevel l where l.product_id = new.id and (l.on_hand <> 0 or l.reserved <> 0)) then
    raise exception 'product % is in stock and keeps its units', new.sku using errcode = '23514', constraint = 'second_unit_changes_without_stock';
  end if;
  update inventory_stocklevel set second_on_hand = null, second_reserved = null where product_id = new.id;
  update inventory_productcost set second_quantity = null where product_id = new.id;
  update inventory_lotstock set second_on_hand = null where product_id = new.id;
  update inventory_reservation set second_quantity = null where product_id = new.id and quantity = 0 and second_quantity is not null;
  return new;
end $$
-- next
create trigger second_unit_stays before update of second_unit_id, unit_id on catalog_product for each row
  when ((old.second_unit_id, old.unit_id) is distinct from (new.second_unit_id, new.unit_id) and (old.second_unit_id is not null or new.second_unit_id is not null))
  execute function inventory_refuse_second_unit_change()
-- next
create trigger tracking_stays before update of tracking on catalog_product for each row when (old.tracking is distinct from new.tracking)
  execute function inventory_refuse_tracking_change()
-- next
create or replace function inventory_standard_posted() returns trigger language plpgsql security definer set search_path from current as $$
begin
  insert into inventory_productcost as c (company_id, product_id, quantity, value, last_cost, standard_cost)
  select new.company_id, l.product_id, 0, 0, 0, l.unit_cost from inventory_costrevisionline l where l.revision_id = new.id order by 2
  on conflict (company_id, product_id) do update set standard_cost = excluded.standard_cost;
  return null;
end $$
-- next
create trigger standard_posted after update of state on inventory_costrevision for each row when (old.state = 'draft' and new.state = 'posted')
  execute function inventory_standard_posted()
-- next
-- A place where anything lies or went keeps its kind, its owner and its house.
create or replace function inventory_place_stays() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if exists (select from inventory_stocklevel l where l.location_id = old.id)
    or exists (select from inventory_stockmove m where m.from_location_id = old.id or m.to_location_id = old.id)
  then
    raise exception 'place % is used and keeps its kind', old.code using errcode = '23514', constraint = 'place_keeps_kind';
  end if;
  return new;
end $$
-- next
create trigger place_keeps_kind before update on inventory_location for each row
  when ((old.kind, old.party_id, old.warehouse_id, old.company_id) is distinct from (new.kind, new.party_id, new.warehouse_id, new.company_id))
  execute function inventory_place_stays()
-- next
create or replace function inventory_refuse_costing_change() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if exists (select from inventory_productcost c where c.product_id = new.id and c.quantity <> 0) then
    raise exception 'product % is in stock and keeps its costing', new.sku using errcode = '23514', constraint = 'costing_changes_without_stock';
  end if;
  return new;
end $$
-- next
create trigger costing_stays before update of costing on catalog_product for each row when (old.costing is distinct from new.costing)
  execute function inventory_refuse_costing_change()
-- next
create trigger stock_value_never_changes before update or delete on inventory_stockvalue for each row execute function database_refuse_change('inventory_stockvalue')
-- next
create trigger layer_use_never_changes before update or delete on inventory_layeruse for each row execute function database_refuse_change('inventory_layeruse')
-- next
create trigger move_never_changes before update or delete on inventory_stockmove for each row execute function database_refuse_change('inventory_stockmove')
-- next
create trigger move_never_truncated before truncate on inventory_stockmove for each statement execute function database_refuse_change('inventory_stockmove')
-- next
create or replace function inventory_refuse_posted_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{version,memo,tracking,carrier}';
begin
  -- Goods in transit arrive once.
  if old.state = 'sent' and to_jsonb(new) ->> 'state' = 'posted' then
    moving := moving || '{state,arrived_on}'::text[];
  end if;
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving) then
    raise exception '% is posted and never changes', old.number using errcode = '23001', constraint = 'posted_stock_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create or replace function inventory_refuse_posted_line() returns trigger language plpgsql set search_path from current as $$
declare
  parent bigint := (case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end ->> tg_argv[1])::bigint;
  parent_state text;
begin
  execute format('select state from %I where id = $1', tg_argv[0]) into parent_state using parent;
  if parent_state <> 'draft' then
    raise exception 'a posted paper of the warehouse never changes' using errcode = '23001', constraint = 'posted_stock_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger posted_never_changes before update or delete on inventory_goodsreceipt for each row execute function inventory_refuse_posted_change()
-- next
create trigger posted_never_changes before update or delete on inventory_goodsissue for each row execute function inventory_refuse_posted_change()
-- next
create trigger posted_never_changes before update or delete on inventory_goodsreturn for each row execute function inventory_refuse_posted_change()
-- next
create trigger posted_never_changes before update or delete on inventory_stocktransfer for each row execute function inventory_refuse_posted_change()
-- next
create trigger posted_never_changes before update or delete on inventory_stockadjustment for each row execute function inventory_refuse_posted_change()
-- next
create trigger posted_never_changes before update or delete on inventory_stockuse for each row execute function inventory_refuse_posted_change()
-- next
create trigger line_frozen before insert or update or delete on inventory_stockuseline for each row execute function inventory_refuse_posted_line('inventory_stockuse', 'use_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_goodsreceiptline for each row execute function inventory_refuse_posted_line('inventory_goodsreceipt', 'receipt_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_goodsissueline for each row execute function inventory_refuse_posted_line('inventory_goodsissue', 'issue_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_goodsreturnline for each row execute function inventory_refuse_posted_line('inventory_goodsreturn', 'goods_return_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_stocktransferline for each row execute function inventory_refuse_posted_line('inventory_stocktransfer', 'transfer_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_stockadjustmentline for each row execute function inventory_refuse_posted_line('inventory_stockadjustment', 'adjustment_id')
-- next
create trigger posted_never_changes before update or delete on inventory_landedcost for each row execute function inventory_refuse_posted_change()
-- next
create trigger posted_never_changes before update or delete on inventory_costrevision for each row execute function inventory_refuse_posted_change()
-- next
create trigger line_frozen before insert or update or delete on inventory_landedcostline for each row execute function inventory_refuse_posted_line('inventory_landedcost', 'landed_cost_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_landedcostreceipt for each row execute function inventory_refuse_posted_line('inventory_landedcost', 'landed_cost_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_costrevisionline for each row execute function inventory_refuse_posted_line('inventory_costrevision', 'revision_id')
-- next
-- A count keeps what it counts once it began, and everything once it is posted; who counted does not approve.
create or replace function inventory_refuse_count_change() returns trigger language plpgsql security definer set search_path from current as $$
declare
  moving text[] := '{version,state,memo,approved_by,adjustment_id}';
begin
  if old.state = 'posted' or (old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving)) then
    raise exception 'count % is posted and never changes', old.number using errcode = '23001', constraint = 'posted_stock_never_changes';
  end if;
  if tg_op = 'UPDATE' and new.approved_by <> '' and exists (
    select from inventory_stockcountline l where l.count_id = new.id and l.counted_by = new.approved_by) then
    raise exception '% counted and does not approve', new.approved_by using errcode = '23514', constraint = 'who_counts_does_not_approve';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger count_keeps before update or delete on inventory_stockcount for each row execute function inventory_refuse_count_change()
-- next
create or replace function inventory_refuse_count_line() returns trigger language plpgsql set search_path from current as $$
declare
  parent_state text;
begin
  select state into parent_state from inventory_stockcount where id = case when tg_op = 'DELETE' then old.count_id else new.count_id end;
  if parent_state not in ('draft', 'counting') then
    raise exception 'a finished count never changes' using errcode = '23001', constraint = 'posted_stock_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger count_line_frozen before insert or update or delete on inventory_stockcountline for each row execute function inventory_refuse_count_line()
