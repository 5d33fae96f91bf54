alter table parties_partybankaccount add constraint party_account_iban check (iban = '' or parties_is_iban(iban))
-- next
-- AP-07: what is new or changed is on hold; who changed it is kept here and nowhere else; none of them confirms.
create or replace function parties_hold_changed_account() returns trigger language plpgsql as $$
declare
  who text := current_setting('fondaco.actor');
begin
  if tg_op = 'INSERT' then
    new.state := 'held';
    new.changed_by := jsonb_build_array(who);
    new.confirmed_by := ''; new.confirmed_at := null; new.channel := ''; new.confirmation := '';
    return new;
  end if;
  if old.state = 'closed' and new is distinct from old then
    raise exception 'account % is closed', old.id using errcode = '23514', constraint = 'party_account_stays_closed';
  end if;
  if (new.iban, new.account_number, new.bic, new.holder, new.party_id) is distinct from (old.iban, old.account_number, old.bic, old.holder, old.party_id) then
    new.state := case when new.state = 'closed' then 'closed' else 'held' end;
    new.changed_by := case when old.state = 'confirmed' then jsonb_build_array(who) when old.changed_by ? who then old.changed_by else old.changed_by || to_jsonb(who) end;
  else
    new.changed_by := old.changed_by;
  end if;
  if new.state = 'confirmed' and old.state <> 'confirmed' then
    if old.changed_by ? who then
      raise exception 'account % was changed by %', old.id, who
        using errcode = '23514', constraint = 'party_account_second_person', detail = coalesce(nullif(old.iban, ''), old.account_number);
    end if;
    new.confirmed_by := who; new.confirmed_at := now();
  elsif new.state = 'held' then
    new.confirmed_by := ''; new.confirmed_at := null; new.channel := ''; new.confirmation := '';
  else
    new.confirmed_by := old.confirmed_by; new.confirmed_at := old.confirmed_at; new.channel := old.channel; new.confirmation := old.confirmation;
  end if;
  return new;
end $$
-- next
create trigger b_hold before insert or update on parties_partybankaccount for each row execute function parties_hold_changed_account()
