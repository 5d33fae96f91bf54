-- A request for quotation stays as it was sent: every vendor answers the same question.
create or replace function sourcing_refuse_request_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version,memo}';
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or to_jsonb(new) - moving <> to_jsonb(old) - moving
    or (new.state <> old.state and not (old.state = 'sent' and new.state in ('awarded', 'cancelled'))))
  then
    raise exception 'request % was sent and never changes', old.number using errcode = '23001', constraint = 'sent_request_never_changes';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger sent_never_changes before update or delete on sourcing_quoterequest for each row execute function sourcing_refuse_request_change()
-- next
select documents_freeze_lines('sourcing_quoterequestline', 'sourcing_quoterequest', 'request_id', 'sent_request_never_changes')
-- next
create trigger vendor_added after insert on sourcing_invitation referencing new table as after_rows for each statement
  execute function documents_refuse_frozen_lines('sourcing_quoterequest', 'request_id', 'sent_request_never_changes', '', '{version}')
-- next
create trigger vendor_removed after delete on sourcing_invitation referencing old table as before_rows for each statement
  execute function documents_refuse_frozen_lines('sourcing_quoterequest', 'request_id', 'sent_request_never_changes', '', '{version}')
-- next
-- Who was asked stays; what he answered moves, and what the buyer judges of duty. A link once made is the vendor's for good.
create or replace function sourcing_refuse_invitation_change() returns trigger language plpgsql set search_path from current as $$
begin
  if (new.company_id, new.request_id, new.vendor_id) is distinct from (old.company_id, old.request_id, old.vendor_id)
    and exists (select from sourcing_quoterequest q where q.id in (old.request_id, new.request_id) and q.state <> 'draft')
    or (old.link_hash <> '' and (new.link_seed, new.link_hash) is distinct from (old.link_seed, old.link_hash))
  then
    raise exception 'who was asked stays' using errcode = '23001', constraint = 'sent_request_never_changes';
  end if;
  return new;
end $$
-- next
create trigger asked_stays before update on sourcing_invitation for each row execute function sourcing_refuse_invitation_change()
-- next
-- Vendors answer while the request is open, and each only what was asked of him.
create or replace function sourcing_judge_offer() returns trigger language plpgsql set search_path from current as $$
begin
  if not exists (select from sourcing_invitation i join sourcing_quoterequest q on q.id = i.request_id
    where i.id = new.invitation_id and q.state = 'sent' for share of q)
  then
    raise exception 'the request takes no answer' using errcode = '23514', constraint = 'offer_while_asked';
  end if;
  return new;
end $$
-- next
create trigger offer_while_asked before insert on sourcing_offer for each row execute function sourcing_judge_offer()
-- next
create or replace function sourcing_judge_offer_line() returns trigger language plpgsql set search_path from current as $$
begin
  if not exists (select from sourcing_offer o join sourcing_invitation i on i.id = o.invitation_id join sourcing_quoterequestline l on l.request_id = i.request_id
    where o.id = new.offer_id and l.id = new.line_id)
  then
    raise exception 'this line was not asked for' using errcode = '23514', constraint = 'offer_while_asked';
  end if;
  return new;
end $$
-- next
create trigger offer_line_asked before insert on sourcing_offerline for each row execute function sourcing_judge_offer_line()
-- next
create trigger offer_never_changes before update or delete on sourcing_offer for each row execute function database_refuse_change('sourcing_offer')
-- next
create trigger offer_line_never_changes before update or delete on sourcing_offerline for each row execute function database_refuse_change('sourcing_offerline')
-- next
-- No more is awarded than was offered, and of all offers no more than was asked for; to whom it was awarded is who is ordered from.
create or replace function sourcing_judge_award() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  select q.id, q.number, l.quantity as asked, f.quantity as offered, i.vendor_id, l.id as line into r
  from sourcing_offerline f join sourcing_quoterequestline l on l.id = f.line_id join sourcing_offer o on o.id = f.offer_id
  join sourcing_invitation i on i.id = o.invitation_id join sourcing_quoterequest q on q.id = i.request_id where f.id = new.offered_id for update of q;
  if (select sum(a.quantity) from sourcing_award a where a.offered_id = new.offered_id) > r.offered
    or (select sum(a.quantity) from sourcing_award a join sourcing_offerline f on f.id = a.offered_id where f.line_id = r.line) > r.asked
    or not exists (select from purchasing_purchaseorderline p join purchasing_purchaseorder b on b.id = p.order_id where p.id = new.order_line_id and b.vendor_id = r.vendor_id)
  then
    raise exception '% awards more than was offered, or to another', r.number using errcode = '23514', constraint = 'award_within_offer', detail = r.number;
  end if;
  return null;
end $$
-- next
create trigger award_within_offer after insert on sourcing_award for each row execute function sourcing_judge_award()
-- next
-- Ordered or cancelled, a requisition stays; submitted it may be edited, which voids its approval. Nobody allows his own over budget.
create or replace function sourcing_refuse_requisition_change() returns trigger language plpgsql set search_path from current as $$
begin
  if old.state in ('ordered', 'cancelled') or (old.state = 'submitted' and tg_op = 'DELETE')
    or (tg_op = 'UPDATE' and old.state <> new.state and not (old.state = 'draft' and new.state in ('submitted', 'cancelled')) and not (old.state = 'submitted' and new.state in ('ordered', 'cancelled')))
  then
    raise exception 'requisition % stays', old.number using errcode = '23001', constraint = 'ordered_requisition_never_changes';
  end if;
  if tg_op = 'UPDATE' and new.allowed_by <> '' and new.allowed_by is distinct from old.allowed_by
    and (new.allowed_by = new.created_by or exists (select from access_user u where u.id = new.requester_id and u.username = new.allowed_by))
  then
    raise exception '% is his own', old.number using errcode = '23514', constraint = 'nobody_allows_his_own_need', detail = old.number;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$
-- next
create trigger requisition_stays before update or delete on sourcing_requisition for each row execute function sourcing_refuse_requisition_change()
-- next
create trigger approval_ends_with_requisition after delete on sourcing_requisition referencing old table as gone
  for each statement execute function approvals_document_gone()
-- next
create or replace function sourcing_requisition_fingerprint(key bigint) returns text language sql stable set search_path from current as $$
  select encode(sha256(convert_to(jsonb_build_object(
    'requisition', to_jsonb(r) - '{state,version,number,created_at,created_by,last_edited_by,allowed_net,allowed_by,allowed_reason}'::text[],
    'lines', (select jsonb_agg(to_jsonb(l) - '{version,created_at,created_by,vendor_id,moved,order_line_id}'::text[] order by l.position, l.id)
      from sourcing_requisitionline l where l.requisition_id = r.id)
  )::text, 'UTF8')), 'hex') from sourcing_requisition r where r.id = key
$$
-- next
-- What a policy wants approved is ordered only as it was approved.
create or replace function sourcing_refuse_unapproved() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in
    select n.number from after_rows n join before_rows o on o.id = n.id and o.state = 'submitted' and n.state = 'ordered'
    where exists (select from approvals_approvalpolicy p where p.kind = 'sourcing.requisition' and p.is_active and p.company_id = n.company_id)
      and approvals_wanted('sourcing.requisition', n.company_id, null, n.net,
        (select array_agg(d.code || '=' || v.code) from ledger_dimensionvalue v join ledger_dimension d on d.id = v.dimension_id where v.id = n.dimension_value_id))
      and not approvals_given('sourcing_requisition', n.id)
    order by n.id limit 1
  loop
    raise exception 'requisition % is not approved as it stands', r.number using errcode = '23514', constraint = 'approved_as_it_stands', detail = r.number;
  end loop;
  return null;
end $$
-- next
create trigger ordered_as_approved after update on sourcing_requisition referencing old table as before_rows new table as after_rows
  for each statement execute function sourcing_refuse_unapproved()
-- next
-- A vendor speaks of his own orders only, to the company that let him in. What was said stays; the buyer answers a question.
create or replace function sourcing_judge_order_answer() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    if not exists (select from sourcing_vendoraccess a join purchasing_purchaseorder o on o.id = new.order_id
      where a.id = new.access_id and a.state = 'open' and a.company_id = o.company_id and a.vendor_id = o.vendor_id and new.company_id = o.company_id)
    then
      raise exception 'this order is not his' using errcode = '23514', constraint = 'vendors_own_order';
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - '{state,version,receipt_id}'::text[] <> to_jsonb(old) - '{state,version,receipt_id}'::text[]
    or (new.state <> old.state and not (old.state = 'asked' and new.state in ('accepted', 'rejected')))
  then
    raise exception 'what a vendor said stays' using errcode = '23001', constraint = 'sent_request_never_changes';
  end if;
  return new;
end $$
-- next
create trigger vendors_own_order before insert or update or delete on sourcing_orderanswer for each row execute function sourcing_judge_order_answer()
-- next
create or replace function sourcing_refuse_access_change() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and ((new.company_id, new.vendor_id, new.link_seed, new.link_hash, new.user_id, new.person) is distinct from
      (old.company_id, old.vendor_id, old.link_seed, old.link_hash, old.user_id, old.person)
    or (old.state = 'closed' and new.state <> 'closed') or new.state = 'draft')
  then
    raise exception 'a link is the vendor''s for good' using errcode = '23001', constraint = 'sent_request_never_changes';
  end if;
  return new;
end $$
-- next
create trigger link_stays before update on sourcing_vendoraccess for each row execute function sourcing_refuse_access_change()
-- next
-- The person who signs in for a vendor is that vendor's own.
alter table sourcing_vendoraccess add constraint person_of_vendor foreign key (user_id, vendor_id) references users_outsideuser (id, party_id)
