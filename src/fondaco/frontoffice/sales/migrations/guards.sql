-- What was offered never changes: a sent quote is replaced by its next version. What was accepted is final.
create or replace function sales_refuse_quote_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version,salesperson_id,sent_at,sent_to,link_seed,link_hash,accepted_at,accepted_by,accepted_address,accepted_agent,accepted_content,accepted_consent,accepted_signature,accepted_reason,declined_at,declined_reason}';
begin
  if tg_op = 'DELETE' then
    if old.state <> 'draft' then
      raise exception 'quote % was sent and stays', old.number using errcode = '23001', constraint = 'sent_quote_never_changes';
    end if;
    return old;
  end if;
  if old.state <> 'draft' and to_jsonb(new) - moving <> to_jsonb(old) - moving then
    raise exception 'quote % was sent and never changes', old.number using errcode = '23001', constraint = 'sent_quote_never_changes';
  end if;
  if old.state = 'accepted' and to_jsonb(new) - '{version,salesperson_id}'::text[] <> to_jsonb(old) - '{version,salesperson_id}'::text[] then
    raise exception 'quote % was accepted', old.number using errcode = '23001', constraint = 'accepted_quote_is_final';
  end if;
  return new;
end $$
-- next
create trigger sent_never_changes before update or delete on sales_quote for each row execute function sales_refuse_quote_change()
-- next
-- What was agreed never changes: a confirmed order keeps its customer, currency and amounts. One on hold may go on, back, or be called off.
-- An amendment, which keeps the version before it, changes what it comes to; for whom and in which currency it does not.
create or replace function sales_refuse_order_change() returns trigger language plpgsql set search_path from current as $$
declare
  moving text[] := '{state,version,salesperson_id,reference,contact,requested_on,promise,shipping_address}';
begin
  if tg_op = 'UPDATE' and old.state = 'confirmed' and new.state = 'confirmed'
     and to_jsonb(new) - moving <> to_jsonb(old) - moving and documents_is_amending('sales_order', old.id)
  then
    moving := moving || '{conditions,payment_term_id,net,tax,gross}'::text[];
  end if;
  if tg_op = 'DELETE' then
    if old.state <> 'draft' then
      raise exception 'order % was confirmed and stays', old.number using errcode = '23001', constraint = 'confirmed_order_never_changes';
    end if;
    return old;
  end if;
  if old.state = 'held' then
    if to_jsonb(new) - moving - '{confirmed_on,warehouse_id}'::text[] <> to_jsonb(old) - moving - '{confirmed_on,warehouse_id}'::text[]
      or new.state not in ('held', 'draft', 'confirmed', 'cancelled')
    then
      raise exception 'order % is on hold and never changes', old.number using errcode = '23001', constraint = 'confirmed_order_never_changes';
    end if;
    return new;
  end if;
  if old.state <> 'draft' and (
     to_jsonb(new) - moving <> to_jsonb(old) - moving or
     (new.state <> old.state and not (old.state = 'confirmed' and new.state in ('closed', 'cancelled')) and not (old.state = 'closed' and new.state = 'confirmed')))
  then
    raise exception 'order % was confirmed and never changes', old.number using errcode = '23001', constraint = 'confirmed_order_never_changes';
  end if;
  return new;
end $$
-- next
create trigger confirmed_never_changes before update or delete on sales_order for each row execute function sales_refuse_order_change()
-- next
-- Their lines neither: not by a new line, a changed one, one taken away, nor one moved in from elsewhere.
select documents_freeze_lines('sales_quoteline', 'sales_quote', 'quote_id', 'sent_quote_never_changes')
-- next
select documents_freeze_lines('sales_orderline', 'sales_order', 'order_id', 'confirmed_order_never_changes', 'confirmed')
-- next
-- An amended line cannot fall below what left for it or was invoiced of it, and what was invoiced keeps its price, discount and tax.
create or replace function sales_judge_amended_lines() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in
    select o.number, b.position, a.id as kept, a.quantity, a.second_quantity, d.second as pieces,
      (select p.second_tolerance from catalog_product p where p.id = b.product_id) as tolerance,
      a.product_id is distinct from b.product_id as other_product,
      (a.unit_price, a.discount_percent, a.tax_code_id) is distinct from (b.unit_price, b.discount_percent, b.tax_code_id) as other_price,
      d.quantity as gone, billed.quantity as invoiced, d.moved, billed.lines
    from before_rows b join sales_order o on o.id = b.order_id and o.state <> 'draft'
    left join after_rows a on a.id = b.id
    cross join lateral (
      select count(*) as moved, coalesce(sum(m.quantity), 0) - coalesce((select sum(k.quantity) from inventory_stockmove g
        join inventory_stockmove k on k.returns_id = g.id where g.demand_table = 'sales_orderline' and g.demand_line = b.id), 0) as quantity,
        case when a.second_quantity is not null then coalesce(sum(m.second_quantity), 0) - coalesce((select sum(k.second_quantity) from inventory_stockmove g
          join inventory_stockmove k on k.returns_id = g.id where g.demand_table = 'sales_orderline' and g.demand_line = b.id), 0) end as second
      from inventory_stockmove m where m.demand_table = 'sales_orderline' and m.demand_line = b.id and m.returns_id is null
    ) d
    cross join lateral (
      select count(*) as lines, coalesce(sum(v.quantity), 0) - coalesce(sum((select coalesce(sum(n.quantity), 0) from invoicing_invoiceline n
        join invoicing_invoice w on w.id = n.invoice_id and w.kind = 'credit_note' and w.state in ('draft', 'posted')
        where n.source_table = 'invoicing_invoiceline' and n.source_id = v.id)), 0) as quantity
      from invoicing_invoiceline v join invoicing_invoice i on i.id = v.invoice_id and i.kind = 'invoice' and i.state in ('draft', 'posted')
      where v.source_table = 'sales_orderline' and v.source_id = b.id
    ) billed
    where d.moved > 0 or billed.lines > 0
    order by o.id, b.position
  loop
    -- Goods of catch weight are ordered by the piece, or by weight within their tolerance.
    if r.kept is null or r.other_product or (case when r.second_quantity is not null then r.second_quantity < r.pieces
      else r.quantity * (1 + coalesce(r.tolerance, 0) / 100) < greatest(r.gone, r.invoiced) end)
    then
      raise exception 'line % of order %: % left and % was invoiced, so it cannot become %', r.position, r.number, r.gone, r.invoiced,
        coalesce(r.quantity, 0) using errcode = '23001', constraint = 'amended_line_keeps_what_was_done';
    end if;
    if r.lines > 0 and r.other_price then
      raise exception 'line % of order % was invoiced and keeps its price', r.position, r.number
        using errcode = '23001', constraint = 'invoiced_line_keeps_its_price';
    end if;
  end loop;
  return null;
end $$
-- next
create or replace function sales_judge_removed_lines() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  for r in
    select o.number, b.position from before_rows b join sales_order o on o.id = b.order_id
    where exists (select from inventory_stockmove m where m.demand_table = 'sales_orderline' and m.demand_line = b.id)
      or exists (select from invoicing_invoiceline v join invoicing_invoice i on i.id = v.invoice_id and i.state in ('draft', 'posted')
        where v.source_table = 'sales_orderline' and v.source_id = b.id)
    order by o.id, b.position limit 1
  loop
    raise exception 'line % of order % was delivered or invoiced and stays', r.position, r.number
      using errcode = '23001', constraint = 'amended_line_keeps_what_was_done';
  end loop;
  return null;
end $$
-- next
create trigger amended_lines after update on sales_orderline referencing old table as before_rows new table as after_rows
  for each statement execute function sales_judge_amended_lines()
-- next
create trigger amended_lines_removed after delete on sales_orderline referencing old table as before_rows
  for each statement execute function sales_judge_removed_lines()
