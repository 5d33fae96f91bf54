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
