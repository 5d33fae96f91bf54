-- Open items change by trigger only, so the application cannot lock them itself. As the trigger does, in key order.
create or replace function ledger_lock_items(items bigint[]) returns void
language plpgsql security definer set search_path from current as $$
begin
  perform 1 from ledger_openitem i where i.id = any (items) order by i.id for no key update;
end $$
