alter table remittance_paymentfile add constraint payment_file_fingerprint
  check (digest = encode(sha256(convert_to(content, 'UTF8')), 'hex'))
-- next
create or replace function remittance_keep_run() returns trigger language plpgsql set search_path from current as $$
declare
  who text := current_setting('fondaco.actor');
  kept text[] := '{version,memo}';
  authored text;
begin
  if tg_op = 'INSERT' then
    new.state := 'draft'; new.prepared_by := jsonb_build_array(who);
    new.released_by := ''; new.released_at := null; new.fingerprint := '';
    return new;
  end if;
  if tg_op = 'DELETE' then
    if old.state <> 'draft' then
      raise exception 'run % is %', old.id, old.state using errcode = '23001', constraint = 'run_never_changes';
    end if;
    return old;
  end if;
  if old.state = 'draft' and new.state in ('draft', 'submitted', 'cancelled') then
    new.prepared_by := case when old.prepared_by ? who then old.prepared_by else old.prepared_by || to_jsonb(who) end;
    new.released_by := ''; new.released_at := null; new.fingerprint := '';
    return new;
  end if;
  if old.state = 'submitted' and new.state in ('draft', 'cancelled', 'released') then
    kept := kept || '{state,fingerprint,released_by,released_at}'::text[];
  end if;
  if to_jsonb(new) - kept <> to_jsonb(old) - kept then
    raise exception 'run % is %', old.number, old.state using errcode = '23001', constraint = 'run_never_changes';
  end if;
  if old.state = 'submitted' and new.state = 'released' then
    if old.prepared_by ? who then
      raise exception 'run % was prepared by %', old.number, who using errcode = '23514', constraint = 'run_second_person', detail = old.number;
    end if;
    -- Who writes a vendor or his account does not pay him (RELIABILITY.md section 5, pairs 2 and 3).
    select string_agg(distinct p.name, ', ') into authored
      from remittance_transfer t join parties_partybankaccount a on a.id = t.payee_id join parties_party p on p.id = t.party_id
      where t.run_id = new.id and (a.changed_by ? who or p.created_by = who);
    if authored is not null then
      raise exception 'run % pays accounts that % wrote', old.number, who
        using errcode = '23514', constraint = 'run_not_by_author_of_payee', detail = old.number, hint = authored;
    end if;
    if not exists (select from remittance_paymentfile f where f.run_id = new.id and f.digest = new.fingerprint)
      or exists (select from remittance_paymentrunline l where l.run_id = new.id and l.state = 'proposed')
      or (select sum(amount) from remittance_transfer where run_id = new.id)
        is distinct from (select sum(amount) from remittance_paymentrunline where run_id = new.id and state = 'released')
    then
      raise exception 'run % is not whole', old.number using errcode = '23514', constraint = 'released_run_is_whole';
    end if;
    new.released_by := who; new.released_at := now();
  elsif new.state <> old.state then
    new.fingerprint := ''; new.released_by := ''; new.released_at := null;
  end if;
  return new;
end $$
-- next
create trigger b_keep before insert or update or delete on remittance_paymentrun for each row execute function remittance_keep_run()
-- next
create or replace function remittance_keep_line() returns trigger language plpgsql set search_path from current as $$
declare
  stands text;
begin
  select r.state into stands from remittance_paymentrun r where r.id = case when tg_op = 'INSERT' then new.run_id else old.run_id end;
  if tg_op = 'UPDATE' and new.run_id = old.run_id and (
    (stands = 'draft' and new.state <> 'released') or
    (stands = 'submitted' and (new.state = old.state or (old.state = 'proposed' and new.state in ('released', 'cancelled')))
      and to_jsonb(new) - '{version,state}'::text[] = to_jsonb(old) - '{version,state}'::text[]))
  then
    return new;
  elsif tg_op = 'INSERT' and stands = 'draft' and new.state in ('proposed', 'left_out') then
    return new;
  elsif tg_op = 'DELETE' and (stands is null or stands = 'draft') then
    return old;
  end if;
  raise exception 'run is %', stands using errcode = '23001', constraint = 'run_never_changes';
end $$
-- next
create trigger b_keep before insert or update or delete on remittance_paymentrunline for each row execute function remittance_keep_line()
-- next
-- Whoever changes a line has prepared the run.
create or replace function remittance_line_prepares() returns trigger language plpgsql set search_path from current as $$
begin
  update remittance_paymentrun r set memo = r.memo
    where r.id in (select distinct run_id from changed) and r.state = 'draft' and not r.prepared_by ? current_setting('fondaco.actor');
  return null;
end $$
-- next
create trigger prepares_insert after insert on remittance_paymentrunline referencing new table as changed for each statement execute function remittance_line_prepares()
-- next
create trigger prepares_update after update on remittance_paymentrunline referencing new table as changed for each statement execute function remittance_line_prepares()
-- next
create trigger prepares_delete after delete on remittance_paymentrunline referencing old table as changed for each statement execute function remittance_line_prepares()
-- next
create or replace function remittance_keep_transfer() returns trigger language plpgsql set search_path from current as $$
declare
  stands record;
begin
  if tg_op = 'INSERT' then
    select r.state, r.number into stands from remittance_paymentrun r where r.id = new.run_id;
    -- The row is share-locked: an account is not changed under a payment that is not yet committed.
    perform 1 from parties_partybankaccount a
      where a.id = new.payee_id and a.party_id = new.party_id and a.iban = new.iban and a.bic = new.bic and a.state = 'confirmed' for share;
    if not found then
      raise exception 'the account of transfer % is not confirmed', new.end_to_end
        using errcode = '23514', constraint = 'transfer_to_confirmed_account', detail = stands.number, hint = new.name;
    end if;
    if stands.state <> 'submitted' or new.state <> 'released' then
      raise exception 'run is %', stands.state using errcode = '23001', constraint = 'run_never_changes';
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - '{version,state,answered_on,answer}'::text[] <> to_jsonb(old) - '{version,state,answered_on,answer}'::text[]
    or not (old.state = 'released' or (old.state = 'executed' and new.state in ('rejected', 'released')) or new.state = old.state)
  then
    raise exception 'transfer % is released', old.end_to_end using errcode = '23001', constraint = 'run_never_changes';
  end if;
  return new;
end $$
-- next
create trigger b_keep before insert or update or delete on remittance_transfer for each row execute function remittance_keep_transfer()
-- next
create or replace function remittance_keep_file() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' and (select r.state from remittance_paymentrun r where r.id = new.run_id) = 'submitted' then
    return new;
  end if;
  raise exception 'the file of run % stays as it was released', coalesce(new.run_id, old.run_id) using errcode = '23001', constraint = 'run_never_changes';
end $$
-- next
create trigger b_keep before insert or update or delete on remittance_paymentfile for each row execute function remittance_keep_file()

-- next
create or replace function remittance_refuse_read_return() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' then
    raise exception 'return % was read and never changes', old.number using errcode = '23001', constraint = 'read_return_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger read_never_changes before update or delete on remittance_receiptreturn for each row execute function remittance_refuse_read_return()
