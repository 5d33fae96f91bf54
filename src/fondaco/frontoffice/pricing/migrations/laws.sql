-- Two rules of one step never claim the same line; the refusal names the other one. (The exclusion constraint is the last word between two
-- that are saved at once.)
create or replace function pricing_judge_discount() returns trigger language plpgsql set search_path from current as $$
declare
  other text;
begin
  select r.name into other from pricing_discountrule r
  where r.step_id = new.step_id and r.id <> new.id and r.from_quantity = new.from_quantity and r.from_value = new.from_value
    and (r.customer_id, r.group_id, r.product_id, r.category_id) is not distinct from (new.customer_id, new.group_id, new.product_id, new.category_id)
    and daterange(r.valid_from, r.valid_to, '[]') && daterange(new.valid_from, new.valid_to, '[]')
  order by r.id limit 1;
  if found then
    raise exception 'discount rule % claims the same', other using errcode = '23P01', constraint = 'discounts_do_not_conflict', detail = other;
  end if;
  return new;
end $$
-- next
create trigger discount_judged before insert or update on pricing_discountrule for each row
  when (new.valid_from is null or new.valid_to is null or new.valid_to >= new.valid_from) execute function pricing_judge_discount()
