-- What was agreed stays while it is in force, by any door.
select documents_freeze_lines('pricing_rebatetier', 'pricing_rebateagreement', 'agreement_id', 'rebate_in_force_stays')
-- next
create or replace function pricing_freeze_rebate() returns trigger language plpgsql set search_path from current as $$
begin
  if old.state <> 'draft' and (old.company_id, old.customer_id, old.valid_from, old.valid_to, old.expected_turnover, old.number)
      is distinct from (new.company_id, new.customer_id, new.valid_from, new.valid_to, new.expected_turnover, new.number) then
    raise exception 'rebate agreement % is in force', old.number using errcode = '23514', constraint = 'rebate_in_force_stays', detail = old.number;
  end if;
  return new;
end $$
-- next
create trigger rebate_frozen before update on pricing_rebateagreement for each row execute function pricing_freeze_rebate()
