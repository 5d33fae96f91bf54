-- A closed plan is history: neither it nor its lines change.
create or replace function accountplans_closed_plan_stays() returns trigger language plpgsql set search_path from current as $$
declare
  said text;
begin
  if tg_table_name = 'accountplans_accountplan' then
    if old.state = 'closed' then
      raise exception 'plan % is closed', old.number using errcode = '23514', constraint = 'closed_plan_stays', detail = coalesce(old.number, '');
    end if;
    return case tg_op when 'DELETE' then old else new end;
  end if;
  select p.number into said from accountplans_accountplan p
    where p.state = 'closed' and p.id in ((to_jsonb(old) ->> 'plan_id')::bigint, (to_jsonb(new) ->> 'plan_id')::bigint);
  if found then
    raise exception 'plan % is closed', said using errcode = '23514', constraint = 'closed_plan_stays', detail = coalesce(said, '');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$
-- next
create trigger closed_plan_stays before update or delete on accountplans_accountplan for each row execute function accountplans_closed_plan_stays()
-- next
create trigger closed_plan_stays before insert or update or delete on accountplans_plancompany for each row execute function accountplans_closed_plan_stays()
-- next
create trigger closed_plan_stays before insert or update or delete on accountplans_planobjective for each row execute function accountplans_closed_plan_stays()
-- next
create trigger closed_plan_stays before insert or update or delete on accountplans_plancontact for each row execute function accountplans_closed_plan_stays()
-- next
create trigger closed_plan_stays before insert or update or delete on accountplans_planrisk for each row execute function accountplans_closed_plan_stays()
-- next
create trigger closed_plan_stays before insert or update or delete on accountplans_planreview for each row execute function accountplans_closed_plan_stays()
-- next
-- Whose plan it is: his companies (merged ones as their survivors too), judged at the end of the transaction, when its lines are written.
create or replace function accountplans_customers(plan bigint) returns setof bigint language sql stable set search_path from current as $$
  with recursive customer(id, next) as (
    select p.id, p.merged_into_id from parties_party p
      where p.id in (select party_id from accountplans_accountplan where id = plan union select party_id from accountplans_plancompany where plan_id = plan)
    union select p.id, p.merged_into_id from customer c join parties_party p on p.id = c.next
  ) select id from customer
$$
-- next
create or replace function accountplans_names_his_people() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
  asked bigint := (to_jsonb(coalesce(new, old)) ->> case when tg_table_name = 'accountplans_accountplan' then 'id' else 'plan_id' end)::bigint;
begin
  for r in
    select p.name, c.name as customer from accountplans_plancontact k join accountplans_accountplan a on a.id = k.plan_id
      join parties_party c on c.id = a.party_id join parties_party p on p.id = k.person_id
    where k.plan_id = asked and k.person_id not in (select accountplans_customers(asked))
      and not exists (select from parties_relationship x where x.person_id = k.person_id and x.organisation_id in (select accountplans_customers(asked)))
    limit 1
  loop
    raise exception '% does not belong to %', r.name, r.customer
      using errcode = '23514', constraint = 'plan_contact_of_customer', detail = r.name, hint = r.customer;
  end loop;
  for r in
    select p.name from accountplans_plancompany k join accountplans_accountplan a on a.id = k.plan_id join parties_party p on p.id = k.party_id
    where k.plan_id = asked and k.party_id = a.party_id
  loop
    raise exception '% is the customer of the plan already', r.name using errcode = '23514', constraint = 'plan_company_is_another', detail = r.name;
  end loop;
  return null;
end $$
-- next
create constraint trigger plan_contact_judged after insert or update on accountplans_plancontact
  deferrable initially deferred for each row execute function accountplans_names_his_people()
-- next
create constraint trigger plan_company_judged after insert or update or delete on accountplans_plancompany
  deferrable initially deferred for each row execute function accountplans_names_his_people()
-- next
create constraint trigger plan_customer_judged after update of party_id on accountplans_accountplan
  deferrable initially deferred for each row when (old.party_id <> new.party_id) execute function accountplans_names_his_people()
-- next
-- What carries an objective, or is a review, is an activity with this customer in this company.
create or replace function accountplans_activity_is_his() returns trigger language plpgsql set search_path from current as $$
declare
  asked bigint := case when tg_table_name = 'accountplans_planreview' then (to_jsonb(new) ->> 'plan_id')::bigint
    else (select plan_id from accountplans_planobjective where id = (to_jsonb(new) ->> 'objective_id')::bigint) end;
begin
  if not exists (
    select from crm_activity a join accountplans_accountplan p on p.id = asked
    where a.id = new.activity_id and a.company_id = p.company_id and a.party_id in (select accountplans_customers(asked))
  ) then
    raise exception 'the activity is not with the customer of the plan' using errcode = '23514', constraint = 'plan_activity_of_customer';
  end if;
  return null;
end $$
-- next
create constraint trigger plan_action_judged after insert or update on accountplans_planaction
  deferrable initially deferred for each row execute function accountplans_activity_is_his()
-- next
create constraint trigger plan_review_judged after insert or update on accountplans_planreview
  deferrable initially deferred for each row when (new.activity_id is not null) execute function accountplans_activity_is_his()
-- next
-- Whose invoices count to a plan: the customer and the companies of his group, with all that were merged into them.
create or replace function accountplans_members(plan bigint) returns setof bigint language sql stable set search_path from current as $$
  with recursive member(id) as (
    (select party_id from accountplans_accountplan where id = plan union select party_id from accountplans_plancompany where plan_id = plan)
    union select p.id from parties_party p join member m on p.merged_into_id = m.id
  ) select id from member
$$
