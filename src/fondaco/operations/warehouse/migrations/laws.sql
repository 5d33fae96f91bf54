alter table warehouse_bin add constraint bin_of_company foreign key (location_id, company_id) references inventory_location (id, company_id)
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
  select p.sku, w.place into wrong
  from (select distinct * from unnest(places, products, lots) as x (place, product, lot)) w join catalog_product p on p.id = w.product
  where (select coalesce(sum(b.on_hand), 0) from warehouse_binstock b where b.product_id = w.product and b.location_id = w.place and b.lot_id is not distinct from w.lot and b.on_hand > 0)
    > greatest(case when w.lot is null then (select l.on_hand from inventory_stocklevel l where l.product_id = w.product and l.location_id = w.place)
        else (select l.on_hand from inventory_lotstock l where l.lot_id = w.lot and l.location_id = w.place) end, 0)
  limit 1;
  if found then
    raise exception 'more of % would lie in bins than is there', wrong.sku using errcode = '23514', constraint = 'bins_within_stock', detail = wrong.sku;
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
  insert into warehouse_binstock (company_id, location_id, bin_id, product_id, lot_id, on_hand)
  select distinct company_id, location_id, to_bin_id, product_id, lot_id, 0 from added where to_bin_id is not null
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
  end if;
  return null;
end $$
-- next
create trigger bins_moved after insert on warehouse_binmove referencing new table as added for each statement execute function warehouse_bins_moved()
-- next
create trigger bin_move_never_changes before update or delete on warehouse_binmove for each row execute function database_refuse_change('warehouse_binmove')
-- next
create trigger bin_move_never_truncated before truncate on warehouse_binmove for each statement execute function database_refuse_change('warehouse_binmove')
-- next
-- Goods that leave a place leave its bins: in the order of picking, staged ones last; a count and other corrections take first what lies in
-- no bin. ``moves`` are stock moves, ``lots`` the lot of each where it is tracked. Supply and demand are laid beside each other as
-- stretches of running sums: where they overlap, goods are taken.
create or replace function warehouse_leave_bins(moves bigint[], lots bigint[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  with moved as (
    select m.id, m.company_id, m.from_location_id as place, m.product_id as product, x.lot, coalesce(a.quantity, m.quantity) as quantity, m.source_table
    from unnest(moves, lots) as x (move, lot) join inventory_stockmove m on m.id = x.move
    left join inventory_movelot a on a.move_id = m.id and a.lot_id = x.lot
  ), lying as (
    select s.location_id as place, s.product_id as product, s.lot_id as lot, s.bin_id as bin, s.on_hand as free,
      sum(s.on_hand) over o - s.on_hand as starts, sum(s.on_hand) over (partition by s.location_id, s.product_id, s.lot_id) as total
    from warehouse_binstock s join warehouse_bin b on b.id = s.bin_id
    where s.on_hand > 0 and (s.location_id, s.product_id) in (select place, product from moved)
    window o as (partition by s.location_id, s.product_id, s.lot_id order by b.kind = 'dock_out', b.sequence, b.id)
  ), at_dock as (
    -- What lay in no bin before these moves, which corrections take first.
    select w.place, w.product, w.lot, greatest(
        coalesce(case when w.lot is null then (select l.on_hand from inventory_stocklevel l where l.product_id = w.product and l.location_id = w.place)
          else (select l.on_hand from inventory_lotstock l where l.lot_id = w.lot and l.location_id = w.place) end, 0) + w.gone
        - coalesce((select max(y.total) from lying y where y.place = w.place and y.product = w.product and y.lot is not distinct from w.lot), 0), 0) as quantity
    from (select place, product, lot, sum(quantity) as gone from moved group by 1, 2, 3) w
  ), wanted as (
    select m.*, sum(m.quantity) over (partition by m.place, m.product, m.lot order by m.id) - m.quantity
        - case when m.source_table = 'inventory_stockadjustment' then d.quantity else 0 end as starts
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
