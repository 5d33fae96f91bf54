alter table remittance_collection add constraint collection_fingerprint
  check (fingerprint = case when content = '' then '' else encode(sha256(convert_to(content, 'UTF8')), 'hex') end)
-- next
alter table remittance_collection add constraint collected_has_its_file check (state <> 'collected' or (content <> '' and number is not null))
-- next
create or replace function remittance_keep_mandate() returns trigger language plpgsql set search_path from current as $$
declare
  changing text[] := '{version,is_final,last_used_on,state,revoked_on}';
begin
  if tg_op = 'INSERT' or tg_op = 'UPDATE' then
    if not exists (select from parties_partybankaccount a where a.id = new.account_id and a.party_id = new.party_id and a.iban <> '') then
      raise exception 'mandate % debits an account that is not its customer''s', new.reference using errcode = '23514', constraint = 'mandate_on_own_account';
    end if;
    if tg_op = 'INSERT' then
      return new;
    end if;
  end if;
  if old.last_used_on is not null and (tg_op = 'DELETE' or to_jsonb(new) - changing <> to_jsonb(old) - changing or new.last_used_on < old.last_used_on)
    or (old.state = 'revoked' and tg_op = 'UPDATE' and (new.state <> 'revoked' or new.last_used_on is distinct from old.last_used_on))
  then
    raise exception 'mandate % was used or revoked', old.reference using errcode = '23001', constraint = 'mandate_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger b_keep before insert or update or delete on remittance_mandate for each row execute function remittance_keep_mandate()
-- next
create or replace function remittance_keep_collection() returns trigger language plpgsql set search_path from current as $$
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - '{version,memo}'::text[] <> to_jsonb(old) - '{version,memo}'::text[]) then
    raise exception 'collection % is %', old.number, old.state using errcode = '23001', constraint = 'run_never_changes';
  end if;
  if tg_op = 'UPDATE' and new.state = 'collected' and old.state <> 'collected' and (
    exists (select from remittance_collectionline l where l.collection_id = new.id and l.state = 'proposed')
    or (select sum(amount) from remittance_debit where collection_id = new.id)
      is distinct from (select sum(amount) from remittance_collectionline where collection_id = new.id and state = 'collected'))
  then
    raise exception 'collection % is not whole', new.number using errcode = '23514', constraint = 'released_run_is_whole';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger b_keep before update or delete on remittance_collection for each row execute function remittance_keep_collection()
-- next
create or replace function remittance_keep_collection_line() returns trigger language plpgsql set search_path from current as $$
declare
  stands text;
begin
  select c.state into stands from remittance_collection c where c.id = case when tg_op = 'INSERT' then new.collection_id else old.collection_id end;
  if coalesce(stands, 'draft') <> 'draft' then
    raise exception 'collection is %', stands using errcode = '23001', constraint = 'run_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger b_keep before insert or update or delete on remittance_collectionline for each row execute function remittance_keep_collection_line()
-- next
-- AR-08: a debit rests on a mandate of this customer that is in force on its day, was used within 36 months, and says the same account.
create or replace function remittance_keep_debit() returns trigger language plpgsql set search_path from current as $$
declare
  stands record;
begin
  if tg_op = 'INSERT' then
    select c.state, c."on", c.scheme, c.company_id into stands from remittance_collection c where c.id = new.collection_id;
    perform 1 from remittance_mandate m join parties_partybankaccount a on a.id = m.account_id
      where m.id = new.mandate_id and m.party_id = new.party_id and m.company_id = stands.company_id and m.state = 'active' and m.scheme = stands.scheme
        and a.iban = new.iban and m.signed_on <= stands."on" and stands."on" <= coalesce(m.last_used_on, m.signed_on) + interval '36 months'
        and (m.is_recurrent or not exists (select from remittance_debit d where d.mandate_id = m.id and d.state = 'collected'))
      for share of m;
    if not found or stands.state <> 'draft' then
      raise exception 'debit % has no mandate in force', new.end_to_end using errcode = '23514', constraint = 'debit_rests_on_mandate', detail = new.name;
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' or old.state = 'returned' or
    to_jsonb(new) - '{version,state,returned_on,return_reason,fee}'::text[] <> to_jsonb(old) - '{version,state,returned_on,return_reason,fee}'::text[]
  then
    raise exception 'debit % is collected', old.end_to_end using errcode = '23001', constraint = 'run_never_changes';
  end if;
  return new;
end $$
-- next
create trigger b_keep before insert or update or delete on remittance_debit for each row execute function remittance_keep_debit()
