create or replace function einvoicing_refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or
     to_jsonb(new) - '{state,sent_at,hub_id,provider_id,version}'::text[] <> to_jsonb(old) - '{state,sent_at,hub_id,provider_id,version}'::text[] or
     (old.state in ('rejected', 'refused') and new.state <> old.state) or
     (old.state <> 'queued' and new.state = 'queued') or
     (old.hub_id <> '' and new.hub_id <> old.hub_id) or (old.sent_at is not null and new.sent_at is distinct from old.sent_at)
  then
    raise exception 'e-invoice % was sent and never changes', old.number using errcode = '23001', constraint = 'sent_einvoice_never_changes';
  end if;
  return new;
end $$
-- next
create trigger sent_never_changes before update or delete on einvoicing_einvoice for each row execute function einvoicing_refuse_change()
-- next
create or replace function einvoicing_refuse_reversal() returns trigger language plpgsql set search_path from current as $$
begin
  if new.state = 'reversed' and old.state <> 'reversed' and
     exists (select from einvoicing_einvoice e where e.invoice_id = new.id and e.state not in ('rejected', 'refused'))
  then
    raise exception 'invoice % has gone as an e-invoice', old.number using errcode = '23001', constraint = 'sent_invoice_is_not_reversed';
  end if;
  return new;
end $$
-- next
create trigger sent_is_not_reversed before update of state on invoicing_invoice for each row execute function einvoicing_refuse_reversal()
-- next
create or replace function einvoicing_refuse_reversal_of_bill() returns trigger language plpgsql set search_path from current as $$
begin
  if new.state = 'reversed' and old.state <> 'reversed' and
     exists (select from einvoicing_einvoice e where e.bill_id = new.id and e.state not in ('rejected', 'refused'))
  then
    raise exception 'the self-invoice of bill % has gone', old.number using errcode = '23001', constraint = 'sent_self_invoice_is_not_reversed';
  end if;
  return new;
end $$
-- next
create trigger self_invoiced_is_not_reversed before update of state on payables_bill for each row execute function einvoicing_refuse_reversal_of_bill()
-- next
create or replace function einvoicing_refuse_details() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from einvoicing_einvoice e where e.invoice_id = old.invoice_id and e.state not in ('rejected', 'refused')) then
    raise exception 'the e-invoice of invoice % has gone', old.invoice_id using errcode = '23001', constraint = 'sent_einvoice_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger sent_never_changes before update or delete on einvoicing_invoicedetails for each row execute function einvoicing_refuse_details()
-- next
create or replace function einvoicing_keep_files() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from einvoicing_einvoice e where e.digest = old.digest and e.kept_until >= current_date) or
     exists (select from einvoicing_received r where r.digest = old.digest and r.kept_until >= current_date) or
     exists (select from einvoicing_capture c where c.digest = old.digest and c.kept_until >= current_date) or
     exists (select from einvoicing_notice n join einvoicing_einvoice e on e.id = n.einvoice_id where n.digest = old.digest and e.kept_until >= current_date)
  then
    raise exception 'file % is kept', old.name using errcode = '23001', constraint = 'einvoice_file_is_kept';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger einvoice_files_are_kept before update or delete on files_attachment for each row execute function einvoicing_keep_files()
-- next
create or replace function einvoicing_refuse_received_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or
     to_jsonb(new) - '{state,vendor_id,bill_id,version}'::text[] <> to_jsonb(old) - '{state,vendor_id,bill_id,version}'::text[]
  then
    raise exception 'received e-invoice % never changes', old.number using errcode = '23001', constraint = 'received_einvoice_never_changes';
  end if;
  if old.bill_id is not null and new.bill_id is null and new.state = 'drafted' then
    -- Its draft was deleted: it waits again.
    new.state := 'received';
  end if;
  return new;
end $$
-- next
create trigger received_never_changes before update or delete on einvoicing_received for each row execute function einvoicing_refuse_received_change()
-- next
create or replace function einvoicing_let_wait_again() returns trigger language plpgsql set search_path from current as $$
begin
  update einvoicing_received set bill_id = null where bill_id = old.id;
  update einvoicing_capture set bill_id = null where bill_id = old.id;
  return old;
end $$
-- next
create trigger received_waits_again before delete on payables_bill for each row execute function einvoicing_let_wait_again()
-- next
-- The file of a bill on paper and what was read of it never change; what was proposed may be corrected until a bill is drafted.
create or replace function einvoicing_refuse_capture_change() returns trigger language plpgsql as $$
declare
  open_fields text[] := '{state,vendor_id,bill_id,version}';
begin
  if old.state = 'captured' then
    open_fields := open_fields || '{kind,seller_vat,vendor_number,vendor_date,gross,currency_id,iban}'::text[];
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - open_fields <> to_jsonb(old) - open_fields then
    raise exception 'the file of bill % never changes', old.file_name using errcode = '23001', constraint = 'received_einvoice_never_changes';
  end if;
  if old.bill_id is not null and new.bill_id is null and new.state = 'drafted' then
    new.state := 'captured';
  end if;
  return new;
end $$
-- next
create trigger capture_never_changes before update or delete on einvoicing_capture for each row execute function einvoicing_refuse_capture_change()
