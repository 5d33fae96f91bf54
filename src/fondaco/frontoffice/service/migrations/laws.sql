-- Whether somebody is a party, or was merged into it.
create or replace function service_is_of(somebody bigint, party bigint) returns boolean language sql stable set search_path from current as $$
  with recursive line (id, into_id) as (
    select p.id, p.merged_into_id from parties_party p where p.id = somebody
    union select p.id, p.merged_into_id from line l join parties_party p on p.id = l.into_id
  )
  select coalesce(party is not null and exists (select from line where id = party), false)
$$
-- next
-- Whose a document is. Rooms above give a function named as their table with "_customer"; a document of which nobody says it is nobody's.
create or replace function service_customer_of(of_table text, key bigint, out company bigint, out party bigint) language plpgsql stable set search_path from current as $$
begin
  case of_table
    when 'sales_order' then select o.company_id, o.customer_id into company, party from sales_order o where o.id = key;
    when 'sales_quote' then select o.company_id, o.customer_id into company, party from sales_quote o where o.id = key;
    when 'sales_returnauthorisation' then select o.company_id, o.customer_id into company, party from sales_returnauthorisation o where o.id = key;
    when 'inventory_goodsissue' then select o.company_id, o.customer_id into company, party from inventory_goodsissue o where o.id = key;
    when 'invoicing_invoice' then select o.company_id, o.customer_id into company, party from invoicing_invoice o where o.id = key;
    when 'invoicing_invoiceline' then
      select o.company_id, o.customer_id into company, party from invoicing_invoiceline l join invoicing_invoice o on o.id = l.invoice_id where l.id = key;
    when 'receivables_dispute' then select o.company_id, o.party_id into company, party from receivables_dispute o where o.id = key;
    when 'crm_activity' then select o.company_id, o.party_id into company, party from crm_activity o where o.id = key;
    when 'service_concession' then
      select o.company_id, t.party_id into company, party from service_concession o join service_ticket t on t.id = o.ticket_id where o.id = key;
    when 'subscriptions_contract' then select o.company_id, o.customer_id into company, party from subscriptions_contract o where o.id = key;
    else
      if to_regproc(of_table || '_customer') is not null then
        execute format('select company, party from %I($1)', of_table || '_customer') into company, party using key;
      end if;
  end case;
end $$
-- next
-- SV-05: a ticket is about documents of its own customer, in its own company.
create or replace function service_judge_sources(of_ticket bigint) returns void language plpgsql set search_path from current as $$
declare
  wrong record;
begin
  select t.number, t.subject, s.label, s.source_table into wrong
  from service_ticketsource s join service_ticket t on t.id = s.ticket_id cross join lateral service_customer_of(s.source_table, s.source_id) d
  where t.id = of_ticket and (d.company is distinct from t.company_id or not service_is_of(d.party, t.party_id)) limit 1;
  if found then
    raise exception '% is about % of somebody else', wrong.number, wrong.label using errcode = '23514', constraint = 'ticket_source_is_the_customers',
      detail = coalesce(wrong.number, wrong.subject), hint = coalesce(nullif(wrong.label, ''), wrong.source_table);
  end if;
end $$
-- next
create or replace function service_source_judged() returns trigger language plpgsql set search_path from current as $$
begin
  perform service_judge_sources(new.ticket_id);
  return null;
end $$
-- next
create trigger source_is_the_customers after insert or update on service_ticketsource for each row execute function service_source_judged()
-- next
create or replace function service_remedy_judged() returns trigger language plpgsql set search_path from current as $$
declare
  t record;
  d record;
begin
  select x.number, x.company_id, x.party_id into t from service_ticket x where x.id = new.ticket_id;
  select z.company, z.party into d from service_customer_of(new.source_table, new.source_id) z;
  if d.company is distinct from t.company_id or not service_is_of(d.party, t.party_id) then
    raise exception '% of %: % is of somebody else', new.kind, t.number, new.label using errcode = '23514', constraint = 'ticket_source_is_the_customers',
      detail = t.number, hint = new.label;
  end if;
  return null;
end $$
-- next
create trigger remedy_is_the_customers after insert on service_remedy for each row execute function service_remedy_judged()
-- next
create or replace function service_party_judged() returns trigger language plpgsql set search_path from current as $$
begin
  perform service_judge_sources(new.id);
  return null;
end $$
-- next
create trigger sources_stay_the_customers after update on service_ticket for each row
  when (new.party_id is distinct from old.party_id or new.company_id <> old.company_id) execute function service_party_judged()
-- next
-- SV-08: tickets of one customer are merged, in one company, and into one that is not merged itself.
create or replace function service_judge_merge() returns trigger language plpgsql set search_path from current as $$
declare
  into_ticket record;
begin
  if new.merged_into_id is not null then
    select t.number, t.company_id, t.party_id, t.contact_email, t.merged_into_id into into_ticket from service_ticket t where t.id = new.merged_into_id for update;
    if into_ticket.company_id <> new.company_id or into_ticket.party_id is distinct from new.party_id
      or (new.party_id is null and (new.contact_email = '' or into_ticket.contact_email <> new.contact_email))
    then
      raise exception '% and % are of two customers', new.number, into_ticket.number using errcode = '23514', constraint = 'tickets_of_one_customer',
        detail = new.number, hint = into_ticket.number;
    end if;
    if into_ticket.merged_into_id is not null or exists (select from service_ticket t where t.merged_into_id = new.id) then
      raise exception '% cannot be merged into %', new.number, into_ticket.number using errcode = '23514', constraint = 'tickets_merge_once',
        detail = new.number, hint = into_ticket.number;
    end if;
  end if;
  return new;
end $$
-- next
create trigger merge_judged before update on service_ticket for each row when (new.merged_into_id is distinct from old.merged_into_id)
  execute function service_judge_merge()
-- next
-- No reply is lost: what is written to a ticket that was merged goes to the one that remains.
create or replace function service_follow_merge() returns trigger language plpgsql set search_path from current as $$
begin
  new.ticket_id := coalesce((select t.merged_into_id from service_ticket t where t.id = new.ticket_id), new.ticket_id);
  return new;
end $$
-- next
create trigger message_follows_merge before insert on service_ticketmessage for each row execute function service_follow_merge()
-- next
-- What came or went with a message stays on it.
create or replace function service_keep_files() returns trigger language plpgsql as $$
begin
  if old.table_name = 'service_ticketmessage' then
    raise exception '% came with a message', old.name using errcode = '23001', constraint = 'message_keeps_its_files', detail = old.name;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger message_files_stand before update or delete on files_attachment for each row execute function service_keep_files()
-- next
-- SV-06: what is proposed is about documents of the ticket's customer; it never changes, and it is granted within a limit or by an approval.
create or replace function service_judge_concession() returns trigger language plpgsql set search_path from current as $$
declare
  t record;
  l record;
  d record;
  spent numeric;
  who text := current_setting('fondaco.actor', true);
begin
  if tg_op = 'DELETE' then
    raise exception 'concession % is never deleted', old.number using errcode = '23001', constraint = 'concession_never_changes', detail = old.number;
  end if;
  if tg_op = 'INSERT' then
    select x.number, x.company_id, x.party_id into t from service_ticket x where x.id = new.ticket_id;
    select z.company, z.party into d from service_customer_of(case when new.invoice_id is null then 'sales_order' else 'invoicing_invoice' end, coalesce(new.invoice_id, new.order_id)) z;
    if new.state <> 'proposed' or t.company_id <> new.company_id or d.company is distinct from new.company_id or not service_is_of(d.party, t.party_id) then
      raise exception 'the concession is not about a document of the customer of %', t.number using errcode = '23514', constraint = 'concession_is_the_customers', detail = t.number;
    end if;
    return new;
  end if;
  if old.state <> 'proposed' or to_jsonb(new) - '{state,version,limit_id,granted_at,granted_by,credit_note_id,authorisation_id}'::text[]
      is distinct from to_jsonb(old) - '{state,version,limit_id,granted_at,granted_by,credit_note_id,authorisation_id}'::text[]
    or new.state <> 'granted' and (new.limit_id, new.granted_at, new.credit_note_id, new.authorisation_id) is distinct from (old.limit_id, old.granted_at, old.credit_note_id, old.authorisation_id)
  then
    raise exception 'concession % never changes', old.number using errcode = '23001', constraint = 'concession_never_changes', detail = old.number;
  end if;
  if new.state = 'granted' then
    new.granted_at := now();
    if new.granted_by is distinct from who then
      raise exception 'concession % is granted by %, not by %', new.number, who, new.granted_by using errcode = '23514', constraint = 'concession_within_authority', detail = new.number;
    end if;
    if new.limit_id is null then
      if not approvals_given('service_concession', new.id) then
        raise exception 'concession % has neither limit nor approval', new.number using errcode = '23514', constraint = 'concession_within_authority', detail = new.number;
      end if;
      return new;
    end if;
    -- Two at once wait for each other here, and the second counts what the first granted.
    perform from service_ticket x where x.id = new.ticket_id for update;
    select x.* into l from service_authoritylimit x where x.id = new.limit_id for update;
    select coalesce(sum(c.amount), 0) into spent from service_concession c where c.ticket_id = new.ticket_id and c.state = 'granted' and c.limit_id is not null and c.id <> new.id;
    if l.company_id <> new.company_id or spent + new.amount > l.amount or not exists (
      select from access_user u where u.username = who and (u.id = l.user_id or exists (
        select from access_membership m where m.user_id = u.id and m.role_id = l.role_id and coalesce(m.company_id, l.company_id) = l.company_id)
        and not exists (select from service_authoritylimit o where o.user_id = u.id and o.company_id = l.company_id)))
    then
      raise exception 'concession % is beyond its limit', new.number using errcode = '23514', constraint = 'concession_within_authority', detail = new.number;
    end if;
    select coalesce(sum(c.amount), 0) into spent from service_concession c
      where c.limit_id = l.id and c.state = 'granted' and c.granted_at > new.granted_at - make_interval(days => l.days::int) and c.id <> new.id;
    if l.total is not null and spent + new.amount > l.total then
      raise exception 'concession % is beyond the total of its limit', new.number using errcode = '23514', constraint = 'concession_within_authority', detail = new.number;
    end if;
  end if;
  return new;
end $$
-- next
create trigger concession_judged before insert or update or delete on service_concession for each row execute function service_judge_concession()
-- next
create or replace function service_concession_is_whole() returns trigger language plpgsql set search_path from current as $$
declare
  wrong record;
  of_concession bigint := case tg_table_name when 'service_concession' then (to_jsonb(new)->>'id')::bigint else (to_jsonb(new)->>'concession_id')::bigint end;
begin
  select c.number into wrong from service_concession c
  where c.id = of_concession and (c.amount is distinct from (select sum(l.amount) from service_concessionline l where l.concession_id = c.id) or exists (
    select from service_concessionline l left join invoicing_invoiceline i on i.id = l.invoice_line_id left join sales_orderline o on o.id = l.order_line_id
    where l.concession_id = c.id and (i.invoice_id is distinct from c.invoice_id or o.order_id is distinct from c.order_id)));
  if found then
    raise exception 'the lines of concession % do not make it', wrong.number using errcode = '23514', constraint = 'concession_is_whole', detail = wrong.number;
  end if;
  return null;
end $$
-- next
create constraint trigger concession_whole after insert on service_concession deferrable initially deferred for each row execute function service_concession_is_whole()
-- next
create constraint trigger concession_line_whole after insert on service_concessionline deferrable initially deferred for each row execute function service_concession_is_whole()
-- next
create or replace function service_line_comes_with_concession() returns trigger language plpgsql set search_path from current as $$
begin
  if (select c.state from service_concession c where c.id = new.concession_id) <> 'proposed' then
    raise exception 'the concession is decided' using errcode = '23001', constraint = 'concession_never_changes', detail = '';
  end if;
  return new;
end $$
-- next
create trigger line_comes_with_concession before insert on service_concessionline for each row execute function service_line_comes_with_concession()
-- next
create or replace function service_concession_fingerprint(key bigint) returns text language sql stable set search_path from current as $$
  select encode(sha256(convert_to(jsonb_build_object(
    'concession', to_jsonb(c) - '{state,version,number,limit_id,granted_at,granted_by,credit_note_id,authorisation_id,created_at,created_by}'::text[],
    'lines', (select jsonb_agg(to_jsonb(l) - '{version,created_at,created_by}'::text[] order by l.id) from service_concessionline l where l.concession_id = c.id)
  )::text, 'UTF8')), 'hex') from service_concession c where c.id = key
$$
