-- The walls are told which company's figures changed; the same word twice in a transaction is told once, and with its commit.
create or replace function staffing_tell_wall() returns trigger language plpgsql security definer set search_path from current as $$
declare
  company bigint;
begin
  for company in select distinct company_id from after_rows loop
    perform pg_notify('fondaco_wall', tg_table_schema || ':' || company);
  end loop;
  return null;
end $$
-- next
create trigger wall_told_of_new after insert on service_ticket referencing new table as after_rows for each statement execute function staffing_tell_wall()
-- next
create trigger wall_told_of_change after update on service_ticket referencing new table as after_rows for each statement execute function staffing_tell_wall()
-- next
create trigger wall_told_of_new after insert on sla_clock referencing new table as after_rows for each statement execute function staffing_tell_wall()
-- next
create trigger wall_told_of_change after update on sla_clock referencing new table as after_rows for each statement execute function staffing_tell_wall()
-- next
create trigger wall_told_of_new after insert on telephony_call referencing new table as after_rows for each statement execute function staffing_tell_wall()
-- next
create trigger wall_told_of_change after update on telephony_call referencing new table as after_rows for each statement execute function staffing_tell_wall()
-- next
create trigger wall_told_of_new after insert on routing_agent referencing new table as after_rows for each statement execute function staffing_tell_wall()
-- next
create trigger wall_told_of_change after update on routing_agent referencing new table as after_rows for each statement execute function staffing_tell_wall()
