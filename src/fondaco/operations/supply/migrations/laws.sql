-- Both lines of a tie exist, are of one product and of the tie's quantity at least, all their ties together. The lines are locked in key
-- order, so that two who tie the same line see each other. Tables are told apart by name: rooms above bring them.
create or replace function supply_judge_pegs() returns trigger language plpgsql set search_path from current as $$
declare
  side record;
  keys bigint[];
  wrong record;
begin
  for side in
    select supply_table as name, 'supply' as kind from added union select demand_table, 'demand' from added order by 1, 2
  loop
    if side.kind = 'supply' then
      select array_agg(distinct supply_line) into keys from added where supply_table = side.name;
    else
      select array_agg(distinct demand_line) into keys from added where demand_table = side.name;
    end if;
    execute format('select count(*) from (select 1 from %I where id = any ($1) order by id for no key update) x', side.name) using keys;
    execute format($sql$
      select p.line, p.pegged, l.quantity from (
        select %1$I as line, sum(quantity) as pegged from supply_peg where %2$I = $1 and %1$I = any ($2) group by 1
      ) p left join %3$I l on l.id = p.line where l.id is null or l.quantity < p.pegged limit 1
    $sql$, side.kind || '_line', side.kind || '_table', side.name) into wrong using side.name, keys;
    if wrong.line is not null then
      raise exception 'line % of % has %, and % would be tied', wrong.line, side.name, wrong.quantity, wrong.pegged
        using errcode = '23514', constraint = 'peg_within_its_lines';
    end if;
  end loop;
  for side in select distinct supply_table, demand_table from added order by 1, 2 loop
    execute format($sql$
      select p.supply_line as line from supply_peg p join %1$I s on s.id = p.supply_line join %2$I d on d.id = p.demand_line
      where p.supply_table = $1 and p.demand_table = $2 and p.supply_line = any ($3) and s.product_id is distinct from d.product_id limit 1
    $sql$, side.supply_table, side.demand_table) into wrong
      using side.supply_table, side.demand_table, (select array_agg(supply_line) from added a where a.supply_table = side.supply_table);
    if wrong.line is not null then
      raise exception 'line % is of another product', wrong.line using errcode = '23514', constraint = 'peg_of_one_product';
    end if;
  end loop;
  return null;
end $$
-- next
create trigger pegs_tied after insert on supply_peg referencing new table as added for each statement execute function supply_judge_pegs()
-- next
create trigger pegs_changed after update on supply_peg referencing new table as added for each statement execute function supply_judge_pegs()
-- next
-- A line that is taken away is tied to nothing any more; one that becomes less, or of another product, keeps its ties within itself.
-- Rooms put it on the tables of their lines: the argument says which side they are.
create or replace function supply_line_gone() returns trigger language plpgsql set search_path from current as $$
begin
  if tg_argv[0] = 'supply' then
    delete from supply_peg where supply_table = tg_argv[1] and supply_line in (select id from gone);
  else
    delete from supply_peg where demand_table = tg_argv[1] and demand_line in (select id from gone);
  end if;
  return null;
end $$
-- next
create or replace function supply_line_changed() returns trigger language plpgsql set search_path from current as $$
declare
  wrong record;
begin
  select n.id, n.quantity, p.pegged, n.product_id is distinct from o.product_id as other into wrong
  from now_rows n join before_rows o on o.id = n.id and (n.quantity < o.quantity or n.product_id is distinct from o.product_id)
  join lateral (
    select sum(quantity) as pegged from supply_peg
    where case when tg_argv[0] = 'supply' then supply_table = tg_argv[1] and supply_line = n.id else demand_table = tg_argv[1] and demand_line = n.id end
  ) p on p.pegged > n.quantity or (p.pegged > 0 and n.product_id is distinct from o.product_id)
  order by n.id limit 1;
  if wrong.id is not null then
    raise exception 'line % would have %, and % of it are tied', wrong.id, wrong.quantity, wrong.pegged
      using errcode = '23514', constraint = 'tied_line_keeps_its_ties';
  end if;
  return null;
end $$
