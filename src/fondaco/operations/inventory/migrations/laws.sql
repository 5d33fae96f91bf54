alter table inventory_stockmove add constraint move_from_of_company foreign key (from_location_id, company_id) references inventory_location (id, company_id)
-- next
alter table inventory_stockmove add constraint move_to_of_company foreign key (to_location_id, company_id) references inventory_location (id, company_id)
-- next
create or replace function inventory_moves_done() returns trigger language plpgsql security definer set search_path from current as $$
declare
  r record;
  places bigint[];
  inside bigint[];
  negative boolean;
begin
  select array_agg(distinct place) into places from (select from_location_id as place from added union all select to_location_id from added) p;
  select coalesce(array_agg(id), '{}') into inside from inventory_location where id = any (places) and kind in ('internal', 'transit');
  -- Quantity and value owned, in key order.
  for r in
    select company_id, product_id,
      sum(case when to_location_id = any (inside) then quantity else 0 end - case when from_location_id = any (inside) then quantity else 0 end) as quantity,
      sum(case when to_location_id = any (inside) then value else 0 end - case when from_location_id = any (inside) then value else 0 end) as value
    from added group by 1, 2 order by 1, 2
  loop
    insert into inventory_productcost as c (company_id, product_id, quantity, value, last_cost)
    values (r.company_id, r.product_id, r.quantity, r.value, 0)
    on conflict (company_id, product_id) do update set quantity = c.quantity + excluded.quantity, value = c.value + excluded.value;
    update inventory_productcost c set last_cost = c.value / c.quantity
    where c.company_id = r.company_id and c.product_id = r.product_id and c.quantity > 0 and c.value >= 0;
  end loop;
  for r in
    select company_id, product_id, place, sum(q) as quantity from (
      select company_id, product_id, to_location_id as place, quantity as q from added
      union all select company_id, product_id, from_location_id, -quantity from added) both_sides
    where place = any (inside) group by 1, 2, 3 order by 1, 2, 3
  loop
    select allow_negative_stock into negative from companies_company where id = r.company_id;
    insert into inventory_stocklevel as l (company_id, product_id, location_id, on_hand, reserved, may_be_negative)
    values (r.company_id, r.product_id, r.place, 0, 0, negative)
    on conflict (company_id, product_id, location_id) do nothing;
    update inventory_stocklevel l set on_hand = l.on_hand + r.quantity, may_be_negative = negative
    where l.company_id = r.company_id and l.product_id = r.product_id and l.location_id = r.place;
  end loop;
  return null;
end $$
-- next
create trigger moves_done after insert on inventory_stockmove referencing new table as added for each statement execute function inventory_moves_done()
-- next
create or replace function inventory_reservation_kept() returns trigger language plpgsql security definer set search_path from current as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    update inventory_stocklevel l set reserved = l.reserved - old.quantity
    where l.company_id = old.company_id and l.product_id = old.product_id and l.location_id = old.location_id;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    insert into inventory_stocklevel as l (company_id, product_id, location_id, on_hand, reserved, may_be_negative)
    select new.company_id, new.product_id, new.location_id, 0, 0, c.allow_negative_stock from companies_company c where c.id = new.company_id
    on conflict (company_id, product_id, location_id) do nothing;
    update inventory_stocklevel l set reserved = l.reserved + new.quantity
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
create trigger move_never_changes before update or delete on inventory_stockmove for each row execute function database_refuse_change('inventory_stockmove')
-- next
create trigger move_never_truncated before truncate on inventory_stockmove for each statement execute function database_refuse_change('inventory_stockmove')
-- next
create or replace function inventory_refuse_posted_change() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - '{version,memo,tracking,carrier}'::text[] <> to_jsonb(old) - '{version,memo,tracking,carrier}'::text[]) then
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
create trigger line_frozen before insert or update or delete on inventory_goodsreceiptline for each row execute function inventory_refuse_posted_line('inventory_goodsreceipt', 'receipt_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_goodsissueline for each row execute function inventory_refuse_posted_line('inventory_goodsissue', 'issue_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_goodsreturnline for each row execute function inventory_refuse_posted_line('inventory_goodsreturn', 'goods_return_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_stocktransferline for each row execute function inventory_refuse_posted_line('inventory_stocktransfer', 'transfer_id')
-- next
create trigger line_frozen before insert or update or delete on inventory_stockadjustmentline for each row execute function inventory_refuse_posted_line('inventory_stockadjustment', 'adjustment_id')
