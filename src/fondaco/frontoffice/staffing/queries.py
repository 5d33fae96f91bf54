"""What the supervisor's wall shows, and shifts beside what the forecast needs (SV-10)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection

from fondaco.frontoffice.routing.asking import hours_of_service
from fondaco.frontoffice.sla.hours import closed_days
from fondaco.frontoffice.staffing.erlang import HALF_HOUR, agents_needed, answered_within, expected
from fondaco.frontoffice.staffing.models import QueueTarget, Shift
from fondaco.frontoffice.telephony.queries import LOST_SIGHT
from fondaco.masterdata.companies.models import Company

VIEW_WALL, VIEW_SHIFT = "staffing.view_wall", "staffing.view_shift"
#: Weeks that the forecast looks back, and hours for which breaches are told ahead.
WEEKS, AHEAD = 8, timedelta(hours=4)
#: Weeks in which holidays are looked for: the same one a year before is among them.
YEAR = 53

WALL = """
with standing as (
  select t.queue, count(*) filter (where t.state = 'new') as waiting, min(coalesce(s.came_at, t.created_at)) filter (where t.state = 'new') as since,
    count(*) filter (where t.state = 'open') as in_work
  from service_ticket t left join sla_servedticket s on s.ticket_id = t.id where t.company_id = %(company)s and t.state in ('new', 'open') group by t.queue
), promised as (
  select t.queue, count(*) filter (where c.state = 'ended' and c.kind = 'first') as answered, count(*) filter (where c.state = 'ended' and c.kind = 'first' and c.due_at is null) as in_time,
    count(*) filter (where c.state = 'running' and c.due_at < %(now)s) as late, count(*) filter (where c.state = 'running' and c.due_at >= %(now)s and c.due_at < %(until)s) as ahead
  from sla_clock c join service_ticket t on t.id = c.ticket_id
  where c.company_id = %(company)s and (c.state = 'running' and c.due_at < %(until)s or c.state = 'ended' and c.ended_at >= %(today)s) group by t.queue
), ringing as (
  select t.queue, count(*) as n, min(c.started_at) as since
  from telephony_call c join service_ticket t on t.id = c.ticket_id
  where c.company_id = %(company)s and c.state = 'ringing' and c.direction = 'in' and c.started_at >= %(heard)s group by t.queue
)
select queue, coalesce(s.waiting, 0), s.since, coalesce(s.in_work, 0), coalesce(p.answered, 0), coalesce(p.in_time, 0), coalesce(p.late, 0), coalesce(p.ahead, 0),
  coalesce(r.n, 0), r.since
from standing s full join promised p using (queue) full join ringing r using (queue)
where s.queue is not null or r.queue is not null or p.answered > 0 or p.late > 0 or p.ahead > 0
order by coalesce(r.n, 0) desc, coalesce(s.waiting, 0) desc, coalesce(p.late, 0) desc, 1
"""
AGENTS = """
select coalesce(nullif(u.name, ''), u.username), a.presence, a.presence_since, a.capacity, count(t.id)
from routing_agent a join access_user u on u.id = a.user_id
  left join service_ticket t on t.assignee_id = a.user_id and t.company_id = a.company_id and t.state in ('new', 'open')
where a.company_id = %(company)s group by a.id, u.name, u.username order by array_position(array['available', 'away', 'offline'], a.presence), 1
"""


@dataclass(frozen=True)
class QueueNow:
    """A queue at a moment: who waits since when, what is in work, what was answered today and how much of it in time, what is late and will be in four
    hours; and how many calls ring for its tickets, the first of them since when."""

    queue: str
    waiting: int
    since: datetime | None
    in_work: int
    answered: int
    in_time: int
    late: int
    ahead: int
    ringing: int = 0
    rings_since: datetime | None = None

    @property
    def percent(self) -> int | None:
        """Answered within what was promised today, in whole percent, cut."""
        return self.in_time * 100 // self.answered if self.answered else None


@dataclass(frozen=True)
class AgentNow:
    """An agent at a moment; ``load`` tickets of ``capacity`` are his."""

    name: str
    presence: str
    since: datetime
    capacity: int
    load: int

    @property
    def occupancy(self) -> int:
        """How much of what he takes at once he has, in percent."""
        return min(self.load * 100 // self.capacity, 999) if self.capacity else (100 if self.load else 0)


@dataclass(frozen=True)
class Wall:
    queues: list[QueueNow]
    agents: list[AgentNow]

    def total(self) -> QueueNow:
        """All queues together; the longest wait is the oldest."""
        since = min((q.since for q in self.queues if q.since), default=None)
        rings = min((q.rings_since for q in self.queues if q.rings_since), default=None)
        counts = {
            n: sum(getattr(q, n) for q in self.queues) for n in ("waiting", "in_work", "answered", "in_time", "late", "ahead", "ringing")
        }
        return QueueNow("", since=since, rings_since=rings, **counts)

    def there(self) -> dict[str, int]:
        """How many agents are available, away, offline, and how busy those who are there: load by what they take, in percent."""
        found = {word: sum(1 for a in self.agents if a.presence == word) for word in ("available", "away", "offline")}
        present = [a for a in self.agents if a.presence != "offline"]
        room = sum(a.capacity for a in present)
        return found | {"occupancy": sum(a.load for a in present) * 100 // room if room else 0}


def wall(company: int, zone: str, *, now: datetime) -> Wall:
    """How the queues and agents of a company stand; two statements."""
    today = datetime.combine(now.astimezone(ZoneInfo(zone)).date(), time(), ZoneInfo(zone))
    with connection.cursor() as cursor:
        cursor.execute(WALL, {"company": company, "now": now, "until": now + AHEAD, "today": today, "heard": now - LOST_SIGHT})
        queues = [QueueNow(*row) for row in cursor.fetchall()]
        cursor.execute(AGENTS, {"company": company})
        return Wall(queues, [AgentNow(*row) for row in cursor.fetchall()])


@dataclass(frozen=True)
class Slot:
    """Half an hour: what is expected, who is needed, who works, and which share would be answered in time."""

    begins_at: datetime
    contacts: Decimal
    needed: int
    staffed: int
    in_time: float

    @property
    def gap(self) -> int:
        return self.staffed - self.needed


def plan(company: Company, day: date, *, queue: str = "") -> tuple[list[Slot], int, QueueTarget]:
    """A day in half hours by the company's clock: forecast, agents needed and shifts; with the number of days the forecast is taken from and the target. Three statements.

    Days on which the service is closed, by the business calendar of its routing policy, are forecast from such days alone, and count to no other day.

    The half hour counts an agent whose shift covers all of it. On a day with a change of the clocks the hour that is missing or comes twice is that of the wall.
    """
    zone = ZoneInfo(company.time_zone)
    targets = {t.queue: t for t in QueueTarget.objects.filter(company=company, queue__in=["", queue])}
    target = targets.get(queue) or targets.get("") or QueueTarget(company=company, queue=queue)
    first = day - timedelta(weeks=YEAR)
    closed = closed_for(company, first, day)
    contacts, weeks = expected(_history(company, first if day in closed else day - timedelta(weeks=WEEKS), day, queue), day, WEEKS, closed)
    begins = [datetime.combine(day, time(n // 2, n % 2 * 30), zone) for n in range(48)]
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    shifts = list(Shift.objects.filter(company=company, starts_at__lt=ends, ends_at__gt=begins[0]).values_list("starts_at", "ends_at"))
    slots = []
    for begin, count in zip(begins, contacts, strict=True):
        needed = agents_needed(
            count, handling_seconds=target.handling_seconds, within_seconds=target.within_seconds, percent=target.percent
        )
        staffed = sum(1 for starts, stops in shifts if starts <= begin and stops >= begin + timedelta(minutes=30))
        load = float(count) * target.handling_seconds / HALF_HOUR
        slots.append(
            Slot(
                begin,
                count,
                needed,
                staffed,
                1.0 if load == 0 else answered_within(staffed, load, target.within_seconds, target.handling_seconds),
            )
        )
    return slots, weeks, target


def closed_for(company: Company, first: date, last: date) -> frozenset[date]:
    """The days on which a company's service is closed though its weekday has hours, by the business calendar of its routing policy; from memory."""
    return closed_days(hours_of_service(company.pk), first, last)


def _history(company: Company, begin: date, day: date, queue: str) -> dict[date, list[int]]:
    """Contacts of the days from ``begin`` up to the one before, by day and half hour of the company's clock; every day from the first one on that had any."""
    zone = ZoneInfo(company.time_zone)
    first = datetime.combine(begin, time(), zone)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select (s.came_at at time zone %(zone)s)::date, (extract(hour from s.came_at at time zone %(zone)s) * 2 + floor(extract(minute from s.came_at at time zone %(zone)s) / 30))::bigint, count(*)
            from sla_servedticket s join service_ticket t on t.id = s.ticket_id
            where s.company_id = %(company)s and s.came_at >= %(first)s and s.came_at < %(last)s {"and t.queue = %(queue)s" if queue else ""} group by 1, 2
            """,
            {"company": company.pk, "zone": company.time_zone, "first": first, "last": datetime.combine(day, time(), zone), "queue": queue},
        )
        rows = cursor.fetchall()
    found: dict[date, list[int]] = defaultdict(lambda: [0] * 48)
    for on, half_hour, count in rows:
        found[on][half_hour] = count
    return dict(found)


def queues_of(company: Company) -> list[str]:
    """The queues that a company has targets for, or tickets of this quarter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct queue from (select queue from staffing_queuetarget where company_id = %(c)s union all"
            " select t.queue from service_ticket t where t.company_id = %(c)s and t.on > current_date - 90) x where queue <> '' order by 1 limit 100",
            {"c": company.pk},
        )
        return [queue for (queue,) in cursor.fetchall()]
