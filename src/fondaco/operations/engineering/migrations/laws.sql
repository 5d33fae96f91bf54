-- No product goes into itself, over any number of levels and versions. Who changes parts of a company waits for whoever is changing some: so of
-- two who would close a circle together, the second sees what the first wrote.
create or replace function engineering_refuse_circle() returns trigger language plpgsql set search_path from current as $$
declare
  own bigint;
  wrong record;
begin
  for own in
    select distinct b.company_id from given g join engineering_billofmaterials b on b.id = (to_jsonb(g) ->> tg_argv[0])::bigint order by 1
  loop
    perform pg_advisory_xact_lock(hashtextextended('engineering.bom ' || current_schema() || ' ' || own, 0));
    with recursive changed as (
      select distinct b.product_id as product from given g join engineering_billofmaterials b on b.id = (to_jsonb(g) ->> tg_argv[0])::bigint and b.company_id = own
    ), below (top, product) as (
      select c.product, l.item_id from changed c join engineering_billofmaterials b on b.product_id = c.product and b.company_id = own
        join engineering_bomline l on l.bom_id = b.id and l.item_id is not null
      union
      select w.top, l.item_id from below w join engineering_billofmaterials b on b.product_id = w.product and b.company_id = own
        join engineering_bomline l on l.bom_id = b.id and l.item_id is not null
      where w.product <> w.top
    )
    select p.sku into wrong from below w join catalog_product p on p.id = w.top where w.product = w.top order by 1 limit 1;
    if wrong.sku is not null then
      raise exception 'product % goes into itself', wrong.sku using errcode = '23514', constraint = 'bom_without_circle', detail = wrong.sku;
    end if;
  end loop;
  return null;
end $$
-- next
create trigger bom_line_without_circle after insert on engineering_bomline referencing new table as given
  for each statement execute function engineering_refuse_circle('bom_id')
-- next
create trigger bom_line_still_without_circle after update on engineering_bomline referencing new table as given
  for each statement execute function engineering_refuse_circle('bom_id')
-- next
create trigger bom_still_without_circle after update on engineering_billofmaterials referencing new table as given
  for each statement execute function engineering_refuse_circle('id')
-- next
-- A part is measured in a unit that its stock unit knows: the same, one of its dimension, or a packing.
create or replace function engineering_unit_fits() returns trigger language plpgsql set search_path from current as $$
declare
  wrong record;
begin
  select p.sku, u.name as unit, s.name as own into wrong from given l join catalog_product p on p.id = l.item_id
    join catalog_unit u on u.id = l.unit_id join catalog_unit s on s.id = p.unit_id
    where u.id <> s.id and u.dimension <> s.dimension
      and not exists (select from catalog_productunit k where k.product_id = p.id and k.unit_id = u.id) limit 1;
  if wrong.sku is not null then
    raise exception '% is not measured in %', wrong.sku, wrong.unit using errcode = '23514', constraint = 'bom_line_unit_fits',
      detail = wrong.sku, hint = wrong.unit || '|' || wrong.own;
  end if;
  return null;
end $$
-- next
create trigger bom_line_unit_fits after insert on engineering_bomline referencing new table as given
  for each statement execute function engineering_unit_fits()
-- next
create trigger bom_line_unit_still_fits after update on engineering_bomline referencing new table as given
  for each statement execute function engineering_unit_fits()
-- next
-- An operation is done in a work centre of its own company.
create or replace function engineering_own_centre() returns trigger language plpgsql set search_path from current as $$
declare
  wrong record;
begin
  select c.code into wrong from given o join engineering_routing r on r.id = o.routing_id join engineering_workcentre c on c.id = o.work_centre_id
    where c.company_id <> r.company_id limit 1;
  if wrong.code is not null then
    raise exception 'work centre % is of another company', wrong.code using errcode = '23514', constraint = 'operation_in_its_own_company', detail = wrong.code;
  end if;
  return null;
end $$
-- next
create trigger operation_in_its_own_company after insert on engineering_routingoperation referencing new table as given
  for each statement execute function engineering_own_centre()
-- next
create trigger operation_still_in_its_own_company after update on engineering_routingoperation referencing new table as given
  for each statement execute function engineering_own_centre()
-- next
-- What was written for a company stays with it: its parts and operations were judged there.
create or replace function engineering_refuse_move() returns trigger language plpgsql as $$
begin
  raise exception 'stays with its company' using errcode = '23514', constraint = 'engineering_stays_with_its_company';
end $$
-- next
create trigger centre_stays before update of company_id on engineering_workcentre for each row
  when (old.company_id is distinct from new.company_id) execute function engineering_refuse_move()
-- next
create trigger routing_stays before update of company_id on engineering_routing for each row
  when (old.company_id is distinct from new.company_id) execute function engineering_refuse_move()
-- next
create trigger bom_stays before update of company_id on engineering_billofmaterials for each row
  when (old.company_id is distinct from new.company_id) execute function engineering_refuse_move()
