-- The moment that counts: now, or an earlier one where a transaction tells history that happened before (an import, the demo company).
create or replace function sla_now() returns timestamptz language sql stable as $$
  select least(now(), coalesce(nullif(current_setting('fondaco.happened_at', true), '')::timestamptz, now()))
$$
-- next
-- How many seconds a calendar was open before a moment: business time between two moments is the difference.
create or replace function sla_position(calendar bigint, moment timestamptz) returns numeric language sql stable set search_path from current as $$
  select coalesce((
    select o.seconds_before + extract(epoch from least(moment, o.closes_at) - o.opens_at)
    from sla_opening o where o.calendar_id = calendar and o.opens_at <= moment order by o.opens_at desc limit 1
  ), 0)
$$
-- next
-- When so many seconds of business time after a moment are over; null where the openings do not reach so far.
create or replace function sla_due(calendar bigint, since timestamptz, seconds numeric) returns timestamptz language sql stable set search_path from current as $$
  select o.opens_at + make_interval(secs => (w.target - o.seconds_before)::double precision)
  from (select sla_position(calendar, since) + seconds as target) w
  cross join lateral (select * from sla_opening o where o.calendar_id = calendar and o.seconds_before < w.target order by o.seconds_before desc limit 1) o
  where w.target <= o.seconds_before + extract(epoch from o.closes_at - o.opens_at)
$$
-- next
-- What clocks have used and when they run out, reckoned from the stretches in which they ran.
create or replace function sla_settle(clocks bigint[]) returns void language sql security definer set search_path from current as $$
  with stretches as (
    select c.id, c.calendar_id, c.seconds, r.from_at, r.to_at,
      case when r.to_at is not null then sla_position(c.calendar_id, r.to_at) - sla_position(c.calendar_id, r.from_at) end as worked
    from sla_clock c join sla_clockrun r on r.clock_id = c.id where c.id = any (clocks)
  ), summed as (
    select s.*, coalesce(sum(worked) over (partition by id order by from_at, to_at nulls last rows between unbounded preceding and 1 preceding), 0) as used_before from stretches s
  ), found as (
    select id, coalesce(sum(worked), 0) as used,
      (array_agg(sla_due(calendar_id, from_at, seconds - used_before) order by from_at, to_at nulls last)
        filter (where used_before <= seconds and (to_at is null or used_before + worked > seconds)))[1] as due_at
    from summed group by id
  )
  update sla_clock c set used = f.used, due_at = f.due_at from found f where f.id = c.id
$$
-- next
create or replace function sla_trace(clocks bigint[], what text, why text, lines_before bigint[] default null) returns void language sql security definer set search_path from current as $$
  insert into sla_clocktrace (clock_id, at, what, why, by, line_id, line_before_id, seconds, used, due_at)
  select c.id, sla_now(), what, coalesce(why, ''), coalesce(current_setting('fondaco.actor', true), ''), c.line_id, lines_before[g.place], c.seconds, c.used, c.due_at
  from unnest(clocks) with ordinality g(id, place) join sla_clock c on c.id = g.id order by g.place
$$
-- next
-- Clocks stand still (paused) or end (ended, dropped); what they used until now is kept.
create or replace function sla_stop(clocks bigint[], becomes text, what text, why text) returns void language plpgsql security definer set search_path from current as $$
begin
  if clocks is null then return; end if;
  update sla_clockrun set to_at = greatest(from_at, sla_now()) where clock_id = any (clocks) and to_at is null;
  update sla_clock set state = becomes, running_since = null, ended_at = case when becomes = 'paused' then null else sla_now() end where id = any (clocks);
  perform sla_settle(clocks);
  perform sla_trace(clocks, what, why);
end $$
-- next
create or replace function sla_run(clocks bigint[], what text, why text) returns void language plpgsql security definer set search_path from current as $$
begin
  if clocks is null then return; end if;
  insert into sla_clockrun (clock_id, from_at)
    select c, greatest(sla_now(), (select max(r.to_at) from sla_clockrun r where r.clock_id = c)) from unnest(clocks) c;
  update sla_clock set state = 'running', ended_at = null, running_since = (select r.from_at from sla_clockrun r where r.clock_id = sla_clock.id and r.to_at is null)
    where id = any (clocks);
  perform sla_settle(clocks);
  perform sla_trace(clocks, what, why);
end $$
-- next
-- For each ticket and each of the three times the most special promise that names one: product of a contract, contract, service level, everybody;
-- among equals the one for priority and channel, then the first.
create or replace function sla_choose(tickets bigint[]) returns table (ticket_id bigint, kind text, line_id bigint, calendar_id bigint, seconds bigint)
language sql stable security definer set search_path from current as $$
  select distinct on (t.id, k.kind) t.id, k.kind, l.id, l.calendar_id, k.minutes * 60
  from sla_servedticket s join service_ticket t on t.id = s.ticket_id join sla_promiseline l on l.promise_id = s.promise_id
    cross join lateral (values ('first', l.first_minutes), ('next', l.next_minutes), ('solution', l.solution_minutes)) k(kind, minutes)
    left join subscriptions_contract c on c.id = l.contract_id
  where s.ticket_id = any (tickets) and k.minutes is not null
    and (l.contract_id is null or (c.customer_id = t.party_id and c.company_id = t.company_id and c.state = 'active'
      and sla_now()::date between c.starts_on and coalesce(c.ends_on, 'infinity'::date)))
    and (l.product_id is null or l.product_id = t.product_id) and (l.level_id is null or l.level_id = s.level_id)
    and (l.priority = '' or l.priority = t.priority) and (l.channel = '' or l.channel = t.channel)
  order by t.id, k.kind, (l.product_id is not null) desc, (l.contract_id is not null) desc, (l.level_id is not null) desc,
    (l.priority <> '')::int + (l.channel <> '')::int desc, (l.priority <> '') desc, l.position, l.id
$$
-- next
-- Brings the clocks of tickets in line with what is promised now; what changed is traced, what did not stays untouched.
create or replace function sla_reckon(tickets bigint[], why text) returns void language plpgsql security definer set search_path from current as $$
declare
  touched bigint[];
  lines_before bigint[];
begin
  if tickets is null then return; end if;
  select array_agg(c.id order by c.id), array_agg(c.line_id order by c.id) into touched, lines_before
    from sla_clock c join sla_choose(tickets) n on n.ticket_id = c.ticket_id and n.kind = c.kind
    where c.state in ('running', 'paused') and (c.line_id, c.calendar_id, c.seconds) is distinct from (n.line_id, n.calendar_id, n.seconds);
  if touched is not null then
    update sla_clock c set line_id = n.line_id, calendar_id = n.calendar_id, seconds = n.seconds
      from sla_choose(tickets) n where c.id = any (touched) and n.ticket_id = c.ticket_id and n.kind = c.kind;
    perform sla_settle(touched);
    perform sla_trace(touched, 'reckoned', why, lines_before);
  end if;
  perform sla_stop(array_agg(c.id order by c.id), 'dropped', 'dropped', why) from sla_clock c
    where c.ticket_id = any (tickets) and c.state in ('running', 'paused')
      and not exists (select from sla_choose(array[c.ticket_id]) n where n.kind = c.kind);
  -- What was promised, then was not, and is again, goes on from now.
  select array_agg(c.id order by c.id) into touched
    from sla_clock c join sla_choose(tickets) n on n.ticket_id = c.ticket_id and n.kind = c.kind join service_ticket t on t.id = c.ticket_id
    where c.state = 'dropped' and c.kind <> 'next' and t.state in ('new', 'open', 'waiting') and (c.kind = 'solution' or t.first_answer_at is null);
  if touched is not null then
    update sla_clock c set line_id = n.line_id, calendar_id = n.calendar_id, seconds = n.seconds
      from sla_choose(tickets) n where c.id = any (touched) and n.ticket_id = c.ticket_id and n.kind = c.kind;
    perform sla_run(touched, 'reopened', why);
    perform sla_stop(array_agg(c.id order by c.id), 'paused', 'paused', why) from sla_clock c join service_ticket t on t.id = c.ticket_id
      where c.id = any (touched) and c.kind = 'solution' and t.state = 'waiting';
  end if;
  -- First answer and solution are promised from the moment the ticket came.
  with made as (
    insert into sla_clock (company_id, ticket_id, kind, number, line_id, calendar_id, state, seconds, used, started_at, running_since)
    select t.company_id, t.id, n.kind, 1, n.line_id, n.calendar_id, 'running', n.seconds, 0, s.came_at, s.came_at
    from sla_choose(tickets) n join service_ticket t on t.id = n.ticket_id join sla_servedticket s on s.ticket_id = t.id
    where t.state in ('new', 'open', 'waiting') and (n.kind = 'solution' or n.kind = 'first' and t.first_answer_at is null)
      and not exists (select from sla_clock c where c.ticket_id = t.id and c.kind = n.kind)
    order by t.id, n.kind
    returning id, started_at
  ), running as (
    insert into sla_clockrun (clock_id, from_at) select id, started_at from made returning clock_id
  )
  select array_agg(clock_id order by clock_id) into touched from running;
  if touched is not null then
    perform sla_settle(touched);
    perform sla_trace(touched, 'started', why);
    perform sla_stop(array_agg(c.id order by c.id), 'paused', 'paused', why) from sla_clock c join service_ticket t on t.id = c.ticket_id
      where c.id = any (touched) and c.kind = 'solution' and t.state = 'waiting';
  end if;
end $$
-- next
create or replace function sla_ticket_served() returns trigger language plpgsql security definer set search_path from current as $$
declare
  tickets bigint[];
begin
  if tg_op = 'INSERT' then
    select array_agg(ticket_id order by ticket_id) into tickets from after_rows;
    perform sla_reckon(tickets, 'opened');
  else
    select array_agg(a.ticket_id order by a.ticket_id) into tickets from before_rows b join after_rows a on a.id = b.id
      where (a.level_id, a.promise_id) is distinct from (b.level_id, b.promise_id);
    perform sla_reckon(tickets, 'level');
  end if;
  return null;
end $$
-- next
create trigger clocks_started after insert on sla_servedticket referencing new table as after_rows for each statement execute function sla_ticket_served()
-- next
create trigger clocks_of_level after update on sla_servedticket referencing old table as before_rows new table as after_rows
  for each statement execute function sla_ticket_served()
-- next
-- However a ticket moves (by a verb, by mail, with its dispute), its clocks follow: solution and next answer stand still while it waits, all end
-- when it is solved, and the solution's goes on where it ended when the ticket is opened again.
create or replace function sla_ticket_moved() returns trigger language plpgsql security definer set search_path from current as $$
declare
  over bigint[]; answered bigint[]; waiting bigint[]; resumed bigint[]; again bigint[]; changed bigint[]; ids bigint[];
begin
  select
    array_agg(a.id order by a.id) filter (where a.state in ('solved', 'closed') and b.state not in ('solved', 'closed')),
    array_agg(a.id order by a.id) filter (where a.first_answer_at is not null and b.first_answer_at is null),
    array_agg(a.id order by a.id) filter (where a.state = 'waiting' and b.state in ('new', 'open')),
    array_agg(a.id order by a.id) filter (where a.state in ('new', 'open') and b.state = 'waiting'),
    array_agg(a.id order by a.id) filter (where a.state not in ('solved', 'closed') and b.state in ('solved', 'closed')),
    array_agg(a.id order by a.id) filter (where (a.priority, a.party_id, a.product_id, a.channel) is distinct from (b.priority, b.party_id, b.product_id, b.channel))
  into over, answered, waiting, resumed, again, changed from before_rows b join after_rows a on a.id = b.id;
  if answered is not null then
    perform sla_stop(array_agg(c.id order by c.id), 'ended', 'ended', 'answered') from sla_clock c
      where c.ticket_id = any (answered) and c.kind = 'first' and c.state in ('running', 'paused');
  end if;
  if over is not null then
    perform sla_stop(array_agg(c.id order by c.id), 'ended', 'ended', 'solved') from sla_clock c where c.ticket_id = any (over) and c.state in ('running', 'paused');
  end if;
  if waiting is not null then
    perform sla_stop(array_agg(c.id order by c.id), 'paused', 'paused', 'waiting') from sla_clock c
      where c.ticket_id = any (waiting) and c.kind <> 'first' and c.state = 'running';
  end if;
  if resumed is not null then
    perform sla_run(array_agg(c.id order by c.id), 'resumed', '') from sla_clock c where c.ticket_id = any (resumed) and c.state = 'paused';
  end if;
  if again is not null then
    update sla_servedticket set reopened = reopened + 1 where ticket_id = any (again);
    select array_agg(c.id order by c.id) into ids from sla_clock c where c.ticket_id = any (again) and c.kind = 'solution' and c.state = 'ended';
    perform sla_run(ids, 'reopened', '');
    perform sla_stop(array_agg(c.id order by c.id), 'paused', 'paused', 'waiting') from sla_clock c join service_ticket t on t.id = c.ticket_id
      where c.id = any (ids) and t.state = 'waiting';
  end if;
  if changed is not null then
    perform sla_reckon(changed, 'ticket');
  end if;
  return null;
end $$
-- next
create trigger sla_clocks_follow after update on service_ticket referencing old table as before_rows new table as after_rows
  for each statement execute function sla_ticket_moved()
-- next
-- A message of a customer who was answered before starts the clock of the next answer; an answer ends it.
create or replace function sla_message_written() returns trigger language plpgsql security definer set search_path from current as $$
declare
  asking bigint[]; answering bigint[]; ids bigint[];
begin
  select array_agg(distinct ticket_id) filter (where direction = 'in'), array_agg(distinct ticket_id) filter (where direction = 'out') into asking, answering from added;
  if answering is not null then
    perform sla_stop(array_agg(c.id order by c.id), 'ended', 'ended', 'answered') from sla_clock c
      where c.ticket_id = any (answering) and c.kind = 'next' and c.state in ('running', 'paused');
  end if;
  if asking is not null then
    with made as (
      insert into sla_clock (company_id, ticket_id, kind, number, line_id, calendar_id, state, seconds, used, started_at, running_since)
      select t.company_id, t.id, 'next', 1 + (select count(*) from sla_clock c where c.ticket_id = t.id and c.kind = 'next'), n.line_id, n.calendar_id,
        'running', n.seconds, 0, sla_now(), sla_now()
      from sla_choose(asking) n join service_ticket t on t.id = n.ticket_id
      where n.kind = 'next' and t.first_answer_at is not null
        and not exists (select from sla_clock c where c.ticket_id = t.id and c.kind = 'next' and c.state in ('running', 'paused'))
      order by t.id
      returning id, started_at
    ), running as (
      insert into sla_clockrun (clock_id, from_at) select id, started_at from made returning clock_id
    )
    select array_agg(clock_id order by clock_id) into ids from running;
    if ids is not null then
      perform sla_settle(ids);
      perform sla_trace(ids, 'started', 'message');
    end if;
  end if;
  return null;
end $$
-- next
create trigger sla_messages_told after insert on service_ticketmessage referencing new table as added for each statement execute function sla_message_written()
-- next
revoke execute on function sla_settle(bigint[]), sla_trace(bigint[], text, text, bigint[]), sla_stop(bigint[], text, text, text), sla_run(bigint[], text, text) from public
