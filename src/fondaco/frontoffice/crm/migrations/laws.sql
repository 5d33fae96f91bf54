-- A deal names people of its customer, competes with others than him, and is closed for a reason of its kind; whoever won it instead stands among
-- its competitors. Judged at the end of the transaction, when its lines are written.
create or replace function crm_deal_is_told_rightly() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
  deal bigint := (to_jsonb(new) ->> case when tg_table_name = 'crm_opportunity' then 'id' else 'opportunity_id' end)::bigint;
begin
  for r in
    with recursive customer(id, next) as (
      select p.id, p.merged_into_id from crm_opportunity o join parties_party p on p.id = o.party_id where o.id = deal
      union select p.id, p.merged_into_id from customer c join parties_party p on p.id = c.next
    )
    select p.name, o.name as deal, c.name as customer from crm_dealcontact d
      join crm_opportunity o on o.id = d.opportunity_id join parties_party c on c.id = o.party_id join parties_party p on p.id = d.person_id
    where d.opportunity_id = deal and d.person_id not in (select id from customer)
      and not exists (select from parties_relationship x where x.person_id = d.person_id and x.organisation_id in (select id from customer))
      and (tg_table_name = 'crm_opportunity' or d.id = (to_jsonb(new) ->> 'id')::bigint)
    limit 1
  loop
    raise exception '% does not belong to %', r.name, r.customer
      using errcode = '23514', constraint = 'deal_contact_of_customer', detail = r.name, hint = r.customer;
  end loop;
  for r in
    select c.name, o.name as deal from crm_opportunity o join parties_party c on c.id = o.party_id
    where o.id = deal and (o.lost_to_id = o.party_id or exists (select from crm_dealcompetitor x where x.opportunity_id = o.id and x.competitor_id = o.party_id))
  loop
    raise exception '% is the customer of %', r.name, r.deal
      using errcode = '23514', constraint = 'deal_competitor_is_another', detail = r.name, hint = r.deal;
  end loop;
  for r in
    select coalesce(o.number, o.name) as deal, w.name, w.counts_for from crm_opportunity o join crm_closereason w on w.id = o.close_reason_id
    where o.id = deal and w.counts_for not in ('both', o.state)
  loop
    raise exception '% does not tell why % was closed', r.name, r.deal
      using errcode = '23514', constraint = 'close_reason_fits', detail = r.deal, hint = r.name;
  end loop;
  if exists (
    select from crm_opportunity o where o.id = deal and o.lost_to_id is not null
      and not exists (select from crm_dealcompetitor x where x.opportunity_id = o.id and x.competitor_id = o.lost_to_id)
  ) then
    raise exception 'lost to nobody who offered' using errcode = '23514', constraint = 'lost_to_a_competitor';
  end if;
  return null;
end $$
-- next
create constraint trigger deal_contact_judged after insert or update on crm_dealcontact
  deferrable initially deferred for each row execute function crm_deal_is_told_rightly()
-- next
create constraint trigger deal_competitor_judged after insert or update on crm_dealcompetitor
  deferrable initially deferred for each row execute function crm_deal_is_told_rightly()
-- next
create constraint trigger deal_end_judged after insert or update of close_reason_id, lost_to_id, state on crm_opportunity
  deferrable initially deferred for each row when (new.close_reason_id is not null or new.lost_to_id is not null)
  execute function crm_deal_is_told_rightly()
-- next
create constraint trigger deal_customer_judged after update of party_id on crm_opportunity
  deferrable initially deferred for each row when (old.party_id <> new.party_id) execute function crm_deal_is_told_rightly()
-- next
-- Whoever won a deal stays among those who offered for it.
create or replace function crm_keep_the_winner() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from crm_opportunity o where o.id = old.opportunity_id and o.lost_to_id = old.competitor_id) then
    raise exception 'the deal was lost to him' using errcode = '23514', constraint = 'lost_to_a_competitor';
  end if;
  return null;
end $$
-- next
create constraint trigger deal_winner_kept after delete on crm_dealcompetitor
  deferrable initially deferred for each row execute function crm_keep_the_winner()
-- next
-- The kind of a reason cannot change under the deals that were closed for it.
create or replace function crm_reason_keeps_its_deals() returns trigger language plpgsql set search_path from current as $$
begin
  if new.counts_for <> 'both' and exists (select from crm_opportunity o where o.close_reason_id = new.id and o.state <> new.counts_for) then
    raise exception 'deals were closed for %', new.name using errcode = '23514', constraint = 'close_reason_keeps_its_deals', detail = new.name;
  end if;
  return null;
end $$
-- next
create trigger close_reason_judged after update of counts_for on crm_closereason for each row execute function crm_reason_keeps_its_deals()
