-- A transport document is made with the paper whose goods leave. It is not deleted; who, what and when it is about stays, and once it departed everything.
create or replace function shipping_refuse_transport_change() returns trigger language plpgsql as $$
declare
  filled text[] := '{state,version,reason,from_place,to_place,carried_by,carrier,freight,appearance,packages,gross_kg,net_kg,starts_at,notes}';
begin
  if tg_op = 'DELETE' or to_jsonb(new) - filled <> to_jsonb(old) - filled
    or (old.state = 'departed' and to_jsonb(new) - 'version' <> to_jsonb(old) - 'version')
  then
    raise exception 'transport document % stands', old.number using errcode = '23001', constraint = 'transport_document_stands';
  end if;
  return new;
end $$
-- next
create trigger transport_stands before update or delete on shipping_transportdocument for each row execute function shipping_refuse_transport_change()
-- next
-- Packages hold no more of a delivery's line than it says, whoever packs at the same time: packers of a delivery queue for it.
create or replace function shipping_refuse_overpacking() returns trigger language plpgsql set search_path from current as $$
declare
  line bigint := case when tg_table_name = 'shipping_packageline' then (to_jsonb(new) ->> 'issue_line_id')::bigint else new.id end;
  allowed numeric;
  packed numeric;
begin
  if tg_table_name = 'shipping_packageline' then
    perform 1 from inventory_goodsissue d join inventory_goodsissueline l on l.issue_id = d.id where l.id = line for no key update of d;
  end if;
  -- Goods with a second unit are packed by the piece.
  select coalesce(second_quantity, quantity) into allowed from inventory_goodsissueline where id = line;
  select sum(quantity) into packed from shipping_packageline where issue_line_id = line;
  if packed > allowed then
    raise exception 'packages hold % of %', packed, allowed using errcode = '23514', constraint = 'packed_within_delivery';
  end if;
  return null;
end $$
-- next
create constraint trigger packed_within_delivery after insert or update on shipping_packageline deferrable initially immediate
  for each row execute function shipping_refuse_overpacking()
-- next
create constraint trigger packed_within_delivery after update of quantity, second_quantity on inventory_goodsissueline deferrable initially immediate
  for each row execute function shipping_refuse_overpacking()
-- next
-- The content of a package is of its own delivery.
create or replace function shipping_refuse_strange_content() returns trigger language plpgsql set search_path from current as $$
begin
  if not exists (select from shipping_package p join inventory_goodsissueline l on l.issue_id = p.issue_id where p.id = new.package_id and l.id = new.issue_line_id) then
    raise exception 'the line is of another delivery' using errcode = '23514', constraint = 'packed_within_delivery';
  end if;
  return new;
end $$
-- next
create trigger content_of_delivery before insert or update on shipping_packageline for each row execute function shipping_refuse_strange_content()
-- next
-- What was handed over stays as it was packed.
create or replace function shipping_refuse_repacking() returns trigger language plpgsql set search_path from current as $$
declare
  row_ jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  delivery bigint := coalesce((row_ ->> 'issue_id')::bigint, (select issue_id from shipping_package where id = (row_ ->> 'package_id')::bigint));
begin
  if exists (select from shipping_consignment where issue_id = delivery and not comes_back and state not in ('cancelled', 'refused')) then
    raise exception 'the delivery was handed over' using errcode = '23001', constraint = 'handed_over_stays_packed';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger handed_over_stays before insert or update or delete on shipping_package for each row execute function shipping_refuse_repacking()
-- next
create trigger handed_over_stays before insert or update or delete on shipping_packageline for each row execute function shipping_refuse_repacking()
-- next
-- A consignment says what was booked: of whom, what and how it is stays; its numbers are written once; its states go one way.
create or replace function shipping_refuse_consignment_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version,tracking,progress,pickup,said,asked_at,booked_at,delivered_at}';
  ways text[] := '{to_book>booked,to_book>refused,to_book>cancelled,to_book>to_cancel,booked>delivered,booked>cancelled,booked>to_cancel,to_cancel>cancelled,to_cancel>booked}';
begin
  if tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving
    or (new.state <> old.state and old.state || '>' || new.state <> all (ways))
    or (old.tracking <> '' and new.tracking <> old.tracking) or (old.pickup <> '' and new.pickup <> old.pickup)
    or (old.asked_at is not null and new.asked_at is distinct from old.asked_at) or (old.booked_at is not null and new.booked_at is distinct from old.booked_at)
    or (old.delivered_at is not null and new.delivered_at is distinct from old.delivered_at)
    or (old.state in ('cancelled', 'refused') and to_jsonb(new) - 'version' <> to_jsonb(old) - 'version')
  then
    raise exception 'consignment % stands', old.number using errcode = '23001', constraint = 'consignment_stands';
  end if;
  return new;
end $$
-- next
create trigger consignment_stands before update or delete on shipping_consignment for each row execute function shipping_refuse_consignment_change()
-- next
-- A consignment and its service are of the carrier, the carrier of the company; its parcels are packages of its delivery.
create or replace function shipping_refuse_strange_consignment() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_table_name = 'shipping_consignmentparcel' then
    if not exists (select from shipping_consignment c join shipping_package p on p.issue_id = c.issue_id where c.id = new.consignment_id and p.id = new.package_id) then
      raise exception 'the package is of another delivery' using errcode = '23514', constraint = 'consignment_of_delivery';
    end if;
  elsif not exists (select from shipping_carrier k join inventory_goodsissue d on d.company_id = k.company_id where k.id = new.carrier_id and d.id = new.issue_id and k.company_id = new.company_id)
    or (new.service_id is not null and not exists (select from shipping_carrierservice s where s.id = new.service_id and s.carrier_id = new.carrier_id))
  then
    raise exception 'the carrier is another company''s' using errcode = '23514', constraint = 'consignment_of_delivery';
  end if;
  return new;
end $$
-- next
create trigger of_delivery before insert on shipping_consignment for each row execute function shipping_refuse_strange_consignment()
-- next
create trigger of_delivery before insert on shipping_consignmentparcel for each row execute function shipping_refuse_strange_consignment()
