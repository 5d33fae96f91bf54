-- What a quote or an order says in figures: for whom, what, for how much. Their prices by the lists belong to it, because discounts are read off them.
create or replace function sales_terms(of_head jsonb, of_lines jsonb) returns jsonb language sql immutable as $$
  select jsonb_build_object(
    'head', (select jsonb_object_agg(k, of_head->k) from unnest('{company_id,customer_id,currency_id,prices_include_tax,payment_term_id,conditions,net,tax,gross}'::text[]) k),
    'lines', (select jsonb_agg((select jsonb_object_agg(k, l->k) from unnest('{position,product_id,description,quantity,second_quantity,unit_price,discount_percent,tax_code_id,tax_rate,net,tax,configuration_id}'::text[]) k)
        || jsonb_build_object('listed', l->'price_explanation'->'price', 'source', l->'price_explanation'->'source')
      order by (l->>'position')::bigint, (l->>'id')::bigint) from jsonb_array_elements(of_lines) l))
$$
-- next
create or replace function sales_quote_terms(key bigint) returns jsonb language sql stable set search_path from current as $$
  select sales_terms(to_jsonb(q), coalesce((select jsonb_agg(to_jsonb(l)) from sales_quoteline l where l.quote_id = q.id), '[]'))
  from sales_quote q where q.id = key
$$
-- next
create or replace function sales_order_terms(key bigint) returns jsonb language sql stable set search_path from current as $$
  select sales_terms(to_jsonb(o), coalesce((select jsonb_agg(to_jsonb(l)) from sales_orderline l where l.order_id = o.id), '[]'))
  from sales_order o where o.id = key
$$
-- next
-- PR-07: what an approval of a quote is bound to: its terms, its day, how long it stands, where the goods go, and what recurs for how long.
create or replace function sales_quote_fingerprint(key bigint) returns text language sql stable set search_path from current as $$
  select encode(sha256(convert_to(jsonb_build_object('terms', sales_quote_terms(q.id), 'on', q."on", 'until', q.valid_until, 'to', q.shipping_address,
    'recurs', (select jsonb_agg(array[l.position, l.per_months] order by l.position, l.id) from sales_quoteline l where l.quote_id = q.id and l.per_months is not null),
    'term', array[q.starts_on::text, q.term_months::text])::text, 'UTF8')), 'hex')
  from sales_quote q where q.id = key
$$
-- next
create or replace function sales_order_fingerprint(key bigint) returns text language sql stable set search_path from current as $$
  select encode(sha256(convert_to(sales_order_terms(key)::text, 'UTF8')), 'hex')
$$
-- next
-- Of an accepted quote what became an order: all but what recurs, which became a contract.
create or replace function sales_quote_ordered(key bigint) returns jsonb language sql stable set search_path from current as $$
  select sales_terms(to_jsonb(q) || jsonb_build_object('net', s.net, 'tax', s.tax, 'gross', s.net + s.tax), s.lines) from sales_quote q
  cross join lateral (select coalesce(sum(l.net), 0) as net, coalesce(sum(l.tax), 0) as tax, coalesce(jsonb_agg(to_jsonb(l)), '[]') as lines
    from sales_quoteline l where l.quote_id = q.id and l.per_months is null) s
  where q.id = key
$$
-- next
-- An order that says what its accepted quote said was agreed with it.
create or replace function sales_order_as_quoted(key bigint) returns boolean language sql stable set search_path from current as $$
  select coalesce((select q.state = 'accepted' and sales_order_terms(o.id) = sales_quote_ordered(q.id)
    from sales_order o join sales_quote q on q.id = o.quote_id where o.id = key), false)
$$
-- next
create or replace function sales_approval_asked(of_kind text, of_company bigint) returns boolean language sql stable set search_path from current as $$
  select exists (select from approvals_approvalpolicy p where p.kind = of_kind and p.is_active and p.company_id = of_company)
$$
-- next
-- No quote is sent, and none is written as sent, that wants an approval and has none as it stands.
create or replace function sales_refuse_unapproved_quote() returns trigger language plpgsql set search_path from current as $$
begin
  if sales_approval_asked('sales.quote', new.company_id) and not approvals_passed('sales.quote', 'sales_quote', new.id) then
    raise exception 'quote % is not approved as it stands', new.number
      using errcode = '23514', constraint = 'approved_as_it_stands', detail = coalesce(new.number, new.id::text);
  end if;
  return null;
end $$
-- next
create trigger sent_as_approved after update on sales_quote for each row
  when (old.state = 'draft' and new.state in ('sent', 'accepted')) execute function sales_refuse_unapproved_quote()
-- next
create trigger written_as_approved after insert on sales_quote for each row
  when (new.state in ('sent', 'accepted')) execute function sales_refuse_unapproved_quote()
-- next
-- A link is for what may be offered.
create trigger linked_as_approved after update on sales_quote for each row
  when (new.state = 'draft' and new.link_hash is not null and old.link_hash is distinct from new.link_hash) execute function sales_refuse_unapproved_quote()
-- next
-- What was sent is accepted as it was approved: not when the approval was voided since, nor when somebody got at its lines.
create or replace function sales_refuse_withdrawn_quote() returns trigger language plpgsql set search_path from current as $$
begin
  if exists (select from approvals_approvalrequest r where r.table_name = 'sales_quote' and r.row_id = new.id)
    and not approvals_given('sales_quote', new.id)
  then
    raise exception 'the approval of quote % does not stand any more', new.number
      using errcode = '23514', constraint = 'approved_as_it_stands', detail = coalesce(new.number, new.id::text);
  end if;
  return null;
end $$
-- next
create trigger accepted_as_approved after update on sales_quote for each row
  when (old.state = 'sent' and new.state = 'accepted') execute function sales_refuse_withdrawn_quote()
-- next
create or replace function sales_refuse_unapproved_order() returns trigger language plpgsql set search_path from current as $$
begin
  if sales_approval_asked('sales.order', new.company_id) and not sales_order_as_quoted(new.id)
    and not approvals_passed('sales.order', 'sales_order', new.id)
  then
    raise exception 'order % is not approved as it stands', new.number
      using errcode = '23514', constraint = 'approved_as_it_stands', detail = coalesce(new.number, new.id::text);
  end if;
  return null;
end $$
-- next
create trigger confirmed_as_approved after update on sales_order for each row
  when (old.state in ('draft', 'held') and new.state = 'confirmed') execute function sales_refuse_unapproved_order()
-- next
create trigger written_as_approved after insert on sales_order for each row
  when (new.state in ('confirmed', 'closed')) execute function sales_refuse_unapproved_order()
-- next
-- No goods leave for an order that was amended to what wants an approval, until it has it. Only what was found of it counts: an order that nothing was found of is as it was confirmed.
create or replace function sales_unapproved(key bigint) returns boolean language sql stable set search_path from current as $$
  select coalesce((
    select f.policies <> '[]' and not sales_order_as_quoted(key) and not approvals_given_for('sales_order', key, array(select jsonb_array_elements_text(f.policies)::bigint))
    from approvals_approvalfinding f where f.table_name = 'sales_order' and f.row_id = key order by f.id desc limit 1), false)
$$
-- next
create or replace function sales_refuse_unapproved_goods() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  if not exists (select from approvals_approvalfinding f where f.table_name = 'sales_order') then
    return null;
  end if;
  for r in
    select o.number from sales_order o
    where o.id in (select l.order_id from sales_orderline l
        where l.id = any (array(select demand_line from moved where demand_table = 'sales_orderline' and returns_id is null)))
      and sales_unapproved(o.id) order by o.id limit 1
  loop
    raise exception 'order % is not approved as it stands', r.number
      using errcode = '23514', constraint = 'approved_as_it_stands', detail = r.number;
  end loop;
  return null;
end $$
-- next
create trigger unapproved_goods_stay after insert on inventory_stockmove referencing new table as moved
  for each statement execute function sales_refuse_unapproved_goods()
-- next
create trigger approval_ends_with_quote after delete on sales_quote referencing old table as gone
  for each statement execute function approvals_document_gone()
-- next
create trigger approval_ends_with_order after delete on sales_order referencing old table as gone
  for each statement execute function approvals_document_gone()
