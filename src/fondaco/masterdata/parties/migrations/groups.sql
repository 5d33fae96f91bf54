-- A customer belongs to one group at most; the refusal says to which. (The unique index is the last word between two at once.)
create or replace function parties_judge_group() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  select p.name as customer, g.name as "group" into r from parties_customergroupmember m join parties_customergroup g on g.id = m.group_id
    join parties_party p on p.id = m.party_id where m.party_id = new.party_id and m.id <> new.id;
  if found then
    raise exception '% belongs to % already', r.customer, r."group" using errcode = '23505', constraint = 'customer_in_one_group', detail = r.customer || '|' || r."group";
  end if;
  return new;
end $$
-- next
create trigger group_judged before insert or update of party_id on parties_customergroupmember for each row execute function parties_judge_group()
