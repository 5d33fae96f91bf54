-- A form asks for what its target needs: an address to answer to, a message where it opens tickets; and only for consent to its own company.
create or replace function forms_asks_enough() returns trigger language plpgsql set search_path from current as $$
declare
  wrong record;
  row json := to_json(coalesce(new, old));
begin
  select f.name,
    case when not exists (select from forms_formfield x where x.form_id = f.id and x.kind = 'email') then 'form_asks_for_an_address'
      when f.target = 'ticket' and not exists (select from forms_formfield x where x.form_id = f.id and x.kind = 'message') then 'form_asks_for_a_message'
      when exists (select from forms_formfield x join consent_purpose p on p.id = x.purpose_id where x.form_id = f.id and p.company_id <> f.company_id)
        then 'form_asks_for_its_company' end as law
  into wrong from forms_form f where f.id = coalesce(row ->> 'form_id', row ->> 'id')::bigint;
  if wrong.law is not null then
    raise exception 'form % asks for too little, or for another company', wrong.name
      using errcode = '23514', constraint = wrong.law, detail = wrong.name;
  end if;
  return null;
end $$
-- next
create constraint trigger form_asks_enough after insert or update on forms_form
  deferrable initially deferred for each row execute function forms_asks_enough()
-- next
create constraint trigger form_field_asks_enough after insert or update or delete on forms_formfield
  deferrable initially deferred for each row execute function forms_asks_enough()
-- next
create trigger submission_never_changes before update or delete on forms_submission
  for each row execute function database_refuse_change('forms_submission')
-- next
create trigger submission_never_truncated before truncate on forms_submission
  for each statement execute function database_refuse_change('forms_submission')
-- next
-- Taken in after all is what was judged to be spam, of the same form, with the same words.
create or replace function forms_judge_after_all() returns trigger language plpgsql set search_path from current as $$
begin
  if not exists (select from forms_submission s where s.id = new.after_all_id and s.verdict = 'spam' and s.form_id = new.form_id
    and (s.contact, s.said, s.answers) is not distinct from (new.contact, new.said, new.answers))
  then
    raise exception 'nothing that was judged' using errcode = '23514', constraint = 'submission_after_all', detail = new.contact;
  end if;
  return new;
end $$
-- next
create trigger submission_after_all before insert on forms_submission
  for each row when (new.after_all_id is not null) execute function forms_judge_after_all()
