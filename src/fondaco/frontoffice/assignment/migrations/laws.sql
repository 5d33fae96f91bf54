-- What was assigned, the rule and the rulebook are of one company.
create or replace function assignment_refuse_strangers() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (
    select from given g
    left join crm_lead l on l.id = g.lead_id left join crm_opportunity o on o.id = g.opportunity_id
    left join assignment_assignmentrule r on r.id = g.rule_id left join assignment_rulebook b on b.id = g.rulebook_id
    where g.company_id <> coalesce(l.company_id, o.company_id) or g.company_id <> coalesce(r.company_id, g.company_id)
      or g.company_id <> coalesce(b.company_id, g.company_id)
  ) then
    raise exception 'an assignment is of another company than its document, rule or rulebook'
      using errcode = '23514', constraint = 'assignment_of_its_company';
  end if;
  return null;
end $$
-- next
create trigger assignments_of_their_company after insert on assignment_assignment
  referencing new table as given for each statement execute function assignment_refuse_strangers()
-- next
-- A rule asks a territory of its own company.
create or replace function assignment_refuse_strange_territory() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from assignment_territory t where t.id = new.territory_id and t.company_id <> new.company_id) then
    raise exception 'rule % asks a territory of another company', new.name using errcode = '23514', constraint = 'assignment_of_its_company';
  end if;
  return new;
end $$
-- next
create trigger rule_of_its_company before insert or update of company_id, territory_id on assignment_assignmentrule
  for each row execute function assignment_refuse_strange_territory()
-- next
-- A territory stays in its company: rules, and what was assigned by them, would belong to another one.
create or replace function assignment_refuse_moved_territory() returns trigger language plpgsql as $$
begin
  raise exception 'territory % stays in its company', old.name using errcode = '23514', constraint = 'assignment_of_its_company';
end $$
-- next
create trigger territory_stays before update of company_id on assignment_territory
  for each row when (old.company_id <> new.company_id) execute function assignment_refuse_moved_territory()
