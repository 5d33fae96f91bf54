alter table warehouse_bin add constraint bin_of_company foreign key (location_id, company_id) references inventory_location (id, company_id)
-- next
alter table warehouse_binrule add constraint bin_rule_of_floor foreign key (warehouse_id, company_id) references warehouse_floor (warehouse_id, company_id)
-- next
alter table warehouse_binrule add constraint bin_rule_in_warehouse foreign key (bin_id, warehouse_id) references warehouse_bin (id, warehouse_id)
-- next
alter table warehouse_wave add constraint wave_of_floor foreign key (warehouse_id, company_id) references warehouse_floor (warehouse_id, company_id)
-- next
alter table warehouse_steps add constraint steps_of_floor foreign key (warehouse_id, company_id) references warehouse_floor (warehouse_id, company_id)
-- next
create trigger inspection_never_changes before update or delete on warehouse_inspection for each row execute function database_refuse_change('warehouse_inspection')
-- next
create trigger packed_never_changes before update or delete on warehouse_packed for each row execute function database_refuse_change('warehouse_packed')
-- next
alter table warehouse_task add constraint task_of_floor foreign key (warehouse_id, company_id) references warehouse_floor (warehouse_id, company_id)
-- next
alter table warehouse_task add constraint task_from_in_warehouse foreign key (from_bin_id, warehouse_id) references warehouse_bin (id, warehouse_id)
-- next
alter table warehouse_task add constraint task_to_in_warehouse foreign key (to_bin_id, warehouse_id) references warehouse_bin (id, warehouse_id)
-- next
-- A bin lies in the place where its warehouse's stock lies, and keeps it once anything was in it.
create or replace function warehouse_bin_stands() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if not exists (select from inventory_location l where l.id = new.location_id and l.kind = 'internal' and l.warehouse_id = new.warehouse_id) then
    raise exception 'bin % lies in the stock of its warehouse', new.code using errcode = '23514', constraint = 'bin_lies_in_stock';
  end if;
  if tg_op = 'UPDATE' and (old.location_id, old.company_id) is distinct from (new.location_id, new.company_id)
    and exists (select from warehouse_binstock s where s.bin_id = old.id)
  then
    raise exception 'bin % was used and keeps its warehouse', old.code using errcode = '23514', constraint = 'bin_keeps_warehouse';
  end if;
  if tg_op = 'UPDATE' and not new.is_active and exists (select from warehouse_binstock s where s.bin_id = old.id and s.on_hand > 0) then
    raise exception 'goods lie in bin %', old.code using errcode = '23514', constraint = 'bin_in_use';
  end if;
  return new;
end $$
-- next
create trigger bin_stands before insert or update on warehouse_bin for each row execute function warehouse_bin_stands()
-- next
-- The first bin makes the floor of its warehouse.
create or replace function warehouse_bin_made() returns trigger language plpgsql security definer set search_path from current as $$
begin
  insert into warehouse_floor (company_id, warehouse_id, location_id) select distinct company_id, warehouse_id, location_id from added order by 2
  on conflict do nothing;
  return null;
end $$
-- next
create trigger bin_made after insert on warehouse_bin referencing new table as added for each statement execute function warehouse_bin_made()
-- next
-- What bins hold is within their capacity and of their class.
create or replace function warehouse_refuse_overfull(bins bigint[]) returns void language plpgsql security definer set search_path from current as $$
declare
  wrong record;
begin
  select b.code, case when sum(s.on_hand) > b.most_pieces then trim_scale(sum(s.on_hand)) || ' / ' || trim_scale(b.most_pieces)
      when sum(s.on_hand * coalesce(p.weight_kg, 0)) > b.most_weight_kg then trim_scale(sum(s.on_hand * coalesce(p.weight_kg, 0))) || ' / ' || trim_scale(b.most_weight_kg) || ' kg'
      else trim_scale(sum(s.on_hand * coalesce(p.volume_m3, 0))) || ' / ' || trim_scale(b.most_volume_m3) || ' m³' end as figures
  into wrong from warehouse_bin b join warehouse_binstock s on s.bin_id = b.id and s.on_hand > 0 join catalog_product p on p.id = s.product_id
  where b.id = any (bins) and (b.most_pieces is not null or b.most_weight_kg is not null or b.most_volume_m3 is not null)
  group by b.id
  having sum(s.on_hand) > b.most_pieces or sum(s.on_hand * coalesce(p.weight_kg, 0)) > b.most_weight_kg
    or sum(s.on_hand * coalesce(p.volume_m3, 0)) > b.most_volume_m3
  order by b.id limit 1;
  if found then
    raise exception 'bin % is full', wrong.code using errcode = '23514', constraint = 'bin_capacity', detail = wrong.code, hint = wrong.figures;
  end if;
  select b.code, p.sku into wrong from warehouse_bin b join warehouse_binstock s on s.bin_id = b.id and s.on_hand > 0 join catalog_product p on p.id = s.product_id
  where b.id = any (bins) and b.category_id is not null and not exists (
    with recursive up as (
      select c.id, c.parent_id from catalog_category c where c.id = p.category_id
      union select c.id, c.parent_id from catalog_category c join up on c.id = up.parent_id)
    select from up where up.id = b.category_id)
  order by b.id limit 1;
  if found then
    raise exception 'bin % takes no %', wrong.code, wrong.sku using errcode = '23514', constraint = 'bin_class', detail = wrong.code, hint = wrong.sku;
  end if;
end $$
-- next
create or replace function warehouse_bin_narrowed() returns trigger language plpgsql security definer set search_path from current as $$
begin
  perform warehouse_refuse_overfull(array[new.id]);
  return null;
end $$
-- next
create trigger bin_narrowed after update on warehouse_bin for each row
  when ((old.most_pieces, old.most_weight_kg, old.most_volume_m3, old.category_id) is distinct from (new.most_pieces, new.most_weight_kg, new.most_volume_m3, new.category_id))
  execute function warehouse_bin_narrowed()
-- next
-- Of products and lots in places, no more lies in bins than is on hand; what is on hand and in no bin is at the dock.
create or replace function warehouse_refuse_overdrawn(places bigint[], products bigint[], lots bigint[]) returns void
language plpgsql security definer set search_path from current as $$
declare
  wrong record;
begin
  select p.sku, (
      select b.code from warehouse_binstock s join warehouse_bin b on b.id = s.bin_id
      where s.product_id = w.product and s.location_id = w.place and s.lot_id is not distinct from w.lot and s.allotted > 0 order by s.allotted desc limit 1) as kept
  into wrong from (select distinct * from unnest(places, products, lots) as x (place, product, lot)) w join catalog_product p on p.id = w.product
  where (select coalesce(sum(b.on_hand), 0) from warehouse_binstock b where b.product_id = w.product and b.location_id = w.place and b.lot_id is not distinct from w.lot and b.on_hand > 0)
    > greatest(case when w.lot is null then (select l.on_hand from inventory_stocklevel l where l.product_id = w.product and l.location_id = w.place)
        else (select l.on_hand from inventory_lotstock l where l.lot_id = w.lot and l.location_id = w.place) end, 0)
  limit 1;
  if found and wrong.kept is not null then
    raise exception 'goods in bin % are for a task', wrong.kept using errcode = '23514', constraint = 'bin_not_allotted_twice', detail = wrong.kept, hint = wrong.sku;
  elsif found then
    raise exception 'more of % would lie in bins than is there', wrong.sku using errcode = '23514', constraint = 'bins_within_stock', detail = wrong.sku;
  end if;
end $$
-- next
-- What waits for its inspection stays at the dock.
create or replace function warehouse_refuse_uninspected(places bigint[], products bigint[], lots bigint[]) returns void
language plpgsql security definer set search_path from current as $$
declare
  wrong record;
begin
  select p.sku into wrong
  from (select distinct * from unnest(places, products, lots) as x (place, product, lot)) w join catalog_product p on p.id = w.product
  where coalesce(case when w.lot is null then (select l.on_hand from inventory_stocklevel l where l.product_id = w.product and l.location_id = w.place)
      else (select l.on_hand from inventory_lotstock l where l.lot_id = w.lot and l.location_id = w.place) end, 0)
    - (select coalesce(sum(b.on_hand), 0) from warehouse_binstock b where b.product_id = w.product and b.location_id = w.place and b.lot_id is not distinct from w.lot and b.on_hand > 0)
    < (select coalesce(sum(coalesce(a.quantity, m.quantity)), 0)
       from warehouse_floor f join warehouse_steps s on s.warehouse_id = f.warehouse_id and s.receipt_steps = 3
       join inventory_stockmove m on m.to_location_id = f.location_id and m.product_id = w.product and m.source_table = 'inventory_goodsreceipt' and m.created_at >= s.inspected_since
       left join inventory_movelot a on a.move_id = m.id
       where f.location_id = w.place and a.lot_id is not distinct from w.lot and not exists (select from warehouse_inspection i where i.receipt_id = m.source_id))
  limit 1;
  if found then
    raise exception '% waits for its inspection', wrong.sku using errcode = '23514', constraint = 'goods_are_inspected_first', detail = wrong.sku;
  end if;
end $$
-- next
create or replace function warehouse_bins_moved() returns trigger language plpgsql security definer set search_path from current as $$
declare
  wrong text;
  targets bigint[];
begin
  select a.id::text into wrong from added a
    left join warehouse_bin f on f.id = a.from_bin_id left join warehouse_bin t on t.id = a.to_bin_id
    left join inventory_lot l on l.id = a.lot_id join catalog_product p on p.id = a.product_id
    where (coalesce(f.location_id, a.location_id), coalesce(t.location_id, a.location_id), coalesce(f.company_id, a.company_id), coalesce(t.company_id, a.company_id))
        is distinct from (a.location_id, a.location_id, a.company_id, a.company_id)
      or (p.tracking <> 'none') <> (a.lot_id is not null) or (a.lot_id is not null and (l.product_id, l.company_id) is distinct from (a.product_id, a.company_id))
      or (a.kind = 'left' and a.to_bin_id is not null) or (t.id is not null and not t.is_active) limit 1;
  if wrong is not null then
    raise exception 'move % is not within its place, or of another lot', wrong using errcode = '23514', constraint = 'bin_move_in_place';
  end if;
  -- Whoever takes goods out of the place, or fills the same bins, ends first.
  perform from inventory_stocklevel l where (l.location_id, l.product_id) in (select location_id, product_id from added) order by l.id for no key update;
  select array_agg(id) into targets from (
    select b.id from warehouse_bin b where b.id in (select to_bin_id from added) order by b.id for no key update) t;
  insert into warehouse_binstock (company_id, location_id, bin_id, product_id, lot_id, on_hand, allotted)
  select distinct company_id, location_id, to_bin_id, product_id, lot_id, 0, 0 from added where to_bin_id is not null
  order by 3, 4, 5 on conflict (bin_id, product_id, lot_id) do nothing;
  if exists (select from added a where a.from_bin_id is not null and not exists (
    select from warehouse_binstock s where s.bin_id = a.from_bin_id and s.product_id = a.product_id and s.lot_id is not distinct from a.lot_id))
  then
    raise exception 'nothing of it lies there' using errcode = '23514', constraint = 'bin_stock_not_negative';
  end if;
  update warehouse_binstock s set on_hand = s.on_hand + m.quantity
  from (
    select bin, product_id, lot_id, sum(q) as quantity from (
      select to_bin_id as bin, product_id, lot_id, quantity as q from added where to_bin_id is not null
      union all select from_bin_id, product_id, lot_id, -quantity from added where from_bin_id is not null) both_sides
    group by 1, 2, 3) m
  where s.bin_id = m.bin and s.product_id = m.product_id and s.lot_id is not distinct from m.lot_id;
  if targets is not null then
    perform warehouse_refuse_overfull(targets);
    perform warehouse_refuse_overdrawn(array_agg(location_id), array_agg(product_id), array_agg(lot_id)) from added where from_bin_id is null;
    if exists (select from warehouse_steps s where s.receipt_steps = 3) then
      perform warehouse_refuse_uninspected(array_agg(location_id), array_agg(product_id), array_agg(lot_id)) from added where from_bin_id is null and kind <> 'count';
    end if;
  end if;
  return null;
end $$
-- next
create trigger bins_moved after insert on warehouse_binmove referencing new table as added for each statement execute function warehouse_bins_moved()
-- next
create trigger bin_move_never_changes before update or delete on warehouse_binmove for each row execute function database_refuse_change('warehouse_binmove')
-- next
create trigger shortage_never_changes before update or delete on warehouse_shortage for each row execute function database_refuse_change('warehouse_shortage')
-- next
create trigger bin_move_never_truncated before truncate on warehouse_binmove for each statement execute function database_refuse_change('warehouse_binmove')
-- next
-- Goods of an open task lie in their bin for it; what was picked lies where it was brought, for its delivery. In whole: what rows said
-- before is taken back, what they say now is added.
create or replace function warehouse_allotted(state text, kind text) returns text language sql immutable as $$
  select case when state = 'open' then 'from' when state = 'done' and kind in ('pick', 'cross_dock') then 'to' end
$$
-- next
create or replace function warehouse_tasks_made() returns trigger language plpgsql security definer set search_path from current as $$
begin
  insert into warehouse_binstock as s (company_id, location_id, bin_id, product_id, lot_id, on_hand, allotted)
  select company_id, location_id, from_bin_id, product_id, lot_id, 0, sum(quantity) from after_rows
  where warehouse_allotted(state, kind) = 'from' and from_bin_id is not null group by 1, 2, 3, 4, 5 order by 3, 4, 5
  on conflict (bin_id, product_id, lot_id) do update set allotted = s.allotted + excluded.allotted;
  if exists (select from after_rows where state <> 'open') then
    raise exception 'a task begins open' using errcode = '23514', constraint = 'task_begins_open';
  end if;
  return null;
end $$
-- next
create trigger tasks_made after insert on warehouse_task referencing new table as after_rows for each statement execute function warehouse_tasks_made()
-- next
create or replace function warehouse_tasks_changed() returns trigger language plpgsql security definer set search_path from current as $$
begin
  insert into warehouse_binstock as s (company_id, location_id, bin_id, product_id, lot_id, on_hand, allotted)
  select company_id, location_id, bin, product_id, lot_id, 0, 0 from (
    select distinct company_id, location_id, to_bin_id as bin, product_id, lot_id from after_rows where warehouse_allotted(state, kind) = 'to') t
  order by 3, 4, 5 on conflict (bin_id, product_id, lot_id) do nothing;
  update warehouse_binstock s set allotted = s.allotted + c.quantity
  from (
    select bin, product_id, lot_id, sum(q) as quantity from (
      select from_bin_id as bin, product_id, lot_id, quantity as q from after_rows where warehouse_allotted(state, kind) = 'from'
      union all select to_bin_id, product_id, lot_id, done_quantity from after_rows where warehouse_allotted(state, kind) = 'to'
      union all select from_bin_id, product_id, lot_id, -quantity from before_rows where warehouse_allotted(state, kind) = 'from'
      union all select to_bin_id, product_id, lot_id, -done_quantity from before_rows where warehouse_allotted(state, kind) = 'to') both_sides
    where bin is not null group by 1, 2, 3 having sum(q) <> 0) c
  where s.bin_id = c.bin and s.product_id = c.product_id and s.lot_id is not distinct from c.lot_id;
  return null;
end $$
-- next
create trigger tasks_changed after update on warehouse_task referencing old table as before_rows new table as after_rows
  for each statement execute function warehouse_tasks_changed()
-- next
-- What a task is about stays; what was done is not undone, and shipped is the end.
create or replace function warehouse_task_stays() returns trigger language plpgsql as $$
declare
  moving text[] := '{version,state,quantity,done_quantity,done_at,done_by,to_bin_id,position}';
begin
  if tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving
    or (old.state = 'done' and (new.state not in ('done', 'shipped') or new.quantity <> old.quantity or (new.done_quantity, new.to_bin_id) is distinct from (old.done_quantity, old.to_bin_id)))
    or (old.state in ('shipped', 'cancelled') and new.state <> old.state)
    or (old.state = 'open' and (new.state = 'shipped' or new.quantity > old.quantity))
  then
    raise exception 'task % stays as it is', old.id using errcode = '23001', constraint = 'task_stays';
  end if;
  return new;
end $$
-- next
create trigger task_stays before update or delete on warehouse_task for each row execute function warehouse_task_stays()
-- next
-- No piece is for two tasks. Judged at the end of the transaction: picking takes from one bin and brings to another.
create or replace function warehouse_refuse_twice() returns trigger language plpgsql security definer set search_path from current as $$
declare
  wrong record;
begin
  select b.code, p.sku into wrong from warehouse_binstock s join warehouse_bin b on b.id = s.bin_id join catalog_product p on p.id = s.product_id
  where s.id = new.id and s.allotted > s.on_hand;
  if found then
    raise exception 'goods in bin % are for a task', wrong.code using errcode = '23514', constraint = 'bin_not_allotted_twice', detail = wrong.code, hint = wrong.sku;
  end if;
  return null;
end $$
-- next
create constraint trigger bin_not_allotted_twice after insert or update on warehouse_binstock deferrable initially deferred for each row
  when (new.allotted > new.on_hand) execute function warehouse_refuse_twice()
-- next
-- Goods that leave a place leave its bins: in the order of picking, staged ones last; all papers but deliveries take first what lies in
-- no bin. ``moves`` are stock moves, ``lots`` the lot of each where it is tracked. Supply and demand are laid beside each other as
-- stretches of running sums: where they overlap, goods are taken.
create or replace function warehouse_leave_bins(moves bigint[], lots bigint[]) returns void
language plpgsql security definer set search_path from current as $$
declare
  wrong record;
begin
  -- What was picked for a delivery leaves from where it was brought.
  if exists (
    select from unnest(moves) x join inventory_stockmove m on m.id = x and m.source_table = 'inventory_goodsissue'
    join warehouse_task t on t.issue_id = m.source_id and t.state in ('open', 'done'))
  then
    with wanted as (
      select m.id, m.company_id, m.from_location_id as place, m.product_id as product, x.lot, m.source_id as issue, coalesce(a.quantity, m.quantity) as quantity,
        sum(coalesce(a.quantity, m.quantity)) over (partition by m.source_id, m.product_id, x.lot order by m.id) - coalesce(a.quantity, m.quantity) as starts
      from unnest(moves, lots) as x (move, lot) join inventory_stockmove m on m.id = x.move and m.source_table = 'inventory_goodsissue'
      left join inventory_movelot a on a.move_id = m.id and a.lot_id = x.lot
    ), staged as (
      select t.issue_id as issue, t.product_id as product, t.lot_id as lot, t.to_bin_id as bin, t.done_quantity as free,
        sum(t.done_quantity) over (partition by t.issue_id, t.product_id, t.lot_id order by t.id) - t.done_quantity as starts
      from warehouse_task t where t.state = 'done' and t.kind in ('pick', 'cross_dock') and t.issue_id in (select issue from wanted)
    )
    insert into warehouse_binmove (version, company_id, location_id, product_id, lot_id, quantity, from_bin_id, kind, why, stock_move_id)
    select 1, w.company_id, w.place, w.product, w.lot, sum(least(w.starts + w.quantity, s.starts + s.free) - greatest(w.starts, s.starts)), s.bin, 'left', '', w.id
    from wanted w join staged s on s.issue = w.issue and s.product = w.product and s.lot is not distinct from w.lot
    where least(w.starts + w.quantity, s.starts + s.free) > greatest(w.starts, s.starts)
    group by w.id, w.company_id, w.place, w.product, w.lot, s.bin order by w.id, s.bin;
  end if;
  -- Where a warehouse picks and packs before it ships, nothing else leaves for customers.
  select d.number, w.name, s.delivery_steps into wrong
  from unnest(moves, lots) as x (move, lot) join inventory_stockmove m on m.id = x.move and m.source_table = 'inventory_goodsissue'
  join warehouse_floor f on f.location_id = m.from_location_id join warehouse_steps s on s.warehouse_id = f.warehouse_id and s.delivery_steps > 1
  join inventory_warehouse w on w.id = f.warehouse_id join inventory_goodsissue d on d.id = m.source_id
  left join inventory_movelot a on a.move_id = m.id and a.lot_id = x.lot
  where (s.delivery_steps = 3 and not exists (select from warehouse_packed p where p.issue_id = d.id))
    or coalesce(a.quantity, m.quantity)
      > (select coalesce(sum(l.quantity), 0) from warehouse_binmove l where l.stock_move_id = m.id and l.lot_id is not distinct from x.lot)
  limit 1;
  if found then
    raise exception 'delivery % leaves in % steps', wrong.number, wrong.delivery_steps
      using errcode = '23514', constraint = case wrong.delivery_steps when 3 then 'delivery_is_packed_first' else 'delivery_is_picked_first' end,
        detail = wrong.number, hint = wrong.name;
  end if;
  -- The rest by rule.
  with moved as (
    select m.id, m.company_id, m.from_location_id as place, m.product_id as product, x.lot, m.source_table,
      coalesce(a.quantity, m.quantity) - coalesce((select sum(l.quantity) from warehouse_binmove l where l.stock_move_id = m.id and l.lot_id is not distinct from x.lot), 0) as quantity
    from unnest(moves, lots) as x (move, lot) join inventory_stockmove m on m.id = x.move
    left join inventory_movelot a on a.move_id = m.id and a.lot_id = x.lot
  ), lying as (
    select s.location_id as place, s.product_id as product, s.lot_id as lot, s.bin_id as bin, s.on_hand - s.allotted as free,
      sum(s.on_hand - s.allotted) over o - s.on_hand + s.allotted as starts, sum(s.on_hand) over (partition by s.location_id, s.product_id, s.lot_id) as total
    from warehouse_binstock s join warehouse_bin b on b.id = s.bin_id
    where s.on_hand > 0 and s.on_hand >= s.allotted and (s.location_id, s.product_id) in (select place, product from moved)
    window o as (partition by s.location_id, s.product_id, s.lot_id order by b.kind = 'dock_out', b.sequence, b.id)
  ), at_dock as (
    -- What lay in no bin before these moves.
    select w.place, w.product, w.lot, greatest(
        coalesce(case when w.lot is null then (select l.on_hand from inventory_stocklevel l where l.product_id = w.product and l.location_id = w.place)
          else (select l.on_hand from inventory_lotstock l where l.lot_id = w.lot and l.location_id = w.place) end, 0) + w.gone
        - coalesce((select max(y.total) from lying y where y.place = w.place and y.product = w.product and y.lot is not distinct from w.lot), 0), 0) as quantity
    from (select place, product, lot, sum(quantity) as gone from moved group by 1, 2, 3) w
  ), wanted as (
    select m.*, sum(m.quantity) over (partition by m.place, m.product, m.lot order by m.id) - m.quantity
        - case when m.source_table = 'inventory_goodsissue' then 0 else d.quantity end as starts
    from moved m join at_dock d on d.place = m.place and d.product = m.product and d.lot is not distinct from m.lot
  )
  insert into warehouse_binmove (version, company_id, location_id, product_id, lot_id, quantity, from_bin_id, kind, why, stock_move_id)
  select 1, w.company_id, w.place, w.product, w.lot, least(w.starts + w.quantity, y.starts + y.free) - greatest(w.starts, y.starts), y.bin, 'left', '', w.id
  from wanted w join lying y on y.place = w.place and y.product = w.product and y.lot is not distinct from w.lot
  where least(w.starts + w.quantity, y.starts + y.free) > greatest(w.starts, y.starts)
  order by w.id, y.starts;
  perform warehouse_refuse_overdrawn(array_agg(m.from_location_id), array_agg(m.product_id), array_agg(x.lot))
  from unnest(moves, lots) as x (move, lot) join inventory_stockmove m on m.id = x.move;
end $$
-- next
-- A delivery that is posted ends its tasks: what was picked is shipped, what was not is not to be picked any more.
create or replace function warehouse_delivery_shipped() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if exists (select from after_rows a join before_rows b on b.id = a.id where a.state = 'posted' and b.state = 'draft') then
    update warehouse_task t set state = case when t.state = 'open' then 'cancelled' else 'shipped' end
    from after_rows a join before_rows b on b.id = a.id
    where a.state = 'posted' and b.state = 'draft' and t.issue_id = a.id and t.state in ('open', 'done');
  end if;
  return null;
end $$
-- next
create trigger delivery_shipped after update on inventory_goodsissue referencing old table as before_rows new table as after_rows
  for each statement execute function warehouse_delivery_shipped()
-- next
-- A warehouse without bins costs one look at a short list.
create or replace function warehouse_goods_left() returns trigger language plpgsql security definer set search_path from current as $$
declare
  moves bigint[];
begin
  select array_agg(m.id) into moves from added m
  where not m.tracked and m.from_location_id in (select f.location_id from warehouse_floor f);
  if moves is not null then
    perform warehouse_leave_bins(moves, array_fill(null::bigint, array[array_length(moves, 1)]));
  end if;
  return null;
end $$
-- next
create trigger moves_leave_bins after insert on inventory_stockmove referencing new table as added for each statement execute function warehouse_goods_left()
-- next
create or replace function warehouse_lots_left() returns trigger language plpgsql security definer set search_path from current as $$
declare
  moves bigint[];
  lots bigint[];
begin
  select array_agg(a.move_id), array_agg(a.lot_id) into moves, lots from added a join inventory_stockmove m on m.id = a.move_id
  where m.from_location_id in (select f.location_id from warehouse_floor f);
  if moves is not null then
    perform warehouse_leave_bins(moves, lots);
  end if;
  return null;
end $$
-- next
create trigger moves_of_lots_leave_bins after insert on inventory_movelot referencing new table as added for each statement execute function warehouse_lots_left()
