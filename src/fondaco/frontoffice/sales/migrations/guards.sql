-- What was offered never changes: a sent quote is replaced by its next version. What was accepted is final.
create or replace function sales_refuse_quote_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version,salesperson_id,sent_at,sent_to,link_seed,link_hash,accepted_at,accepted_by,accepted_address,accepted_agent,accepted_content,accepted_reason,declined_at,declined_reason}';
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
create or replace function sales_refuse_order_change() returns trigger language plpgsql as $$
declare
  moving text[] := '{state,version,salesperson_id,reference,contact,requested_on,promise,shipping_address}';
begin
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
create or replace function sales_refuse_line_change() returns trigger language plpgsql set search_path from current as $$
declare
  r record;
begin
  if tg_argv[0] = 'quote' then
    for r in select q.number from touched t join sales_quote q on q.id = t.quote_id where q.state <> 'draft' order by q.id limit 1 loop
      raise exception 'quote % was sent and never changes', r.number using errcode = '23001', constraint = 'sent_quote_never_changes';
    end loop;
  else
    for r in select o.number from touched t join sales_order o on o.id = t.order_id where o.state <> 'draft' order by o.id limit 1 loop
      raise exception 'order % was confirmed and never changes', r.number using errcode = '23001', constraint = 'confirmed_order_never_changes';
    end loop;
  end if;
  return null;
end $$
-- next
create trigger line_added after insert on sales_quoteline referencing new table as touched for each statement execute function sales_refuse_line_change('quote')
-- next
create trigger line_moved_in after update on sales_quoteline referencing new table as touched for each statement execute function sales_refuse_line_change('quote')
-- next
create trigger line_moved_out after update on sales_quoteline referencing old table as touched for each statement execute function sales_refuse_line_change('quote')
-- next
create trigger line_removed after delete on sales_quoteline referencing old table as touched for each statement execute function sales_refuse_line_change('quote')
-- next
create trigger line_added after insert on sales_orderline referencing new table as touched for each statement execute function sales_refuse_line_change('order')
-- next
create trigger line_moved_in after update on sales_orderline referencing new table as touched for each statement execute function sales_refuse_line_change('order')
-- next
create trigger line_moved_out after update on sales_orderline referencing old table as touched for each statement execute function sales_refuse_line_change('order')
-- next
create trigger line_removed after delete on sales_orderline referencing old table as touched for each statement execute function sales_refuse_line_change('order')
