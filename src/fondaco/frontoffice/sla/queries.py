"""What is asked of the clocks: what stands on a ticket, what will be broken in the next hours, and how promises were kept (SV-04)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.sla.models import Clock, ClockTrace
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible

VIEW = "sla.view_clock"
#: From how many past days the speed of a queue is taken.
SPEED_DAYS = 28

POSITIONS = """
select c.id, c.used + case when c.state = 'running' then sla_position(c.calendar_id, %(now)s) - sla_position(c.calendar_id, c.running_since) else 0 end
from sla_clock c where c.id = any (%(clocks)s)
"""


def used_of(clocks: Iterable[int], now: datetime) -> dict[int, Decimal]:
    """The business seconds that clocks have used at a moment; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(POSITIONS, {"now": now, "clocks": list(clocks)})
        return dict(cursor.fetchall())


def business_seconds(calendar: int, first: datetime, last: datetime) -> Decimal:
    """The seconds for which a calendar is open between two moments."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select sla_position(%(c)s, %(last)s) - sla_position(%(c)s, %(first)s)", {"c": calendar, "first": first, "last": last}
        )
        ((seconds,),) = cursor.fetchall()
    return Decimal(seconds)


def due_at(calendar: int, since: datetime, seconds: int) -> datetime | None:
    """When so many seconds of business time are over."""
    with connection.cursor() as cursor:
        cursor.execute("select sla_due(%s, %s, %s)", [calendar, since, seconds])
        ((moment,),) = cursor.fetchall()
    return moment


@dataclass(frozen=True)
class Foreseen:
    """An open ticket whose time runs out in the coming hours: when, its place in the queue, and when its turn comes at the queue's speed.

    ``expected_at`` is empty where nobody worked on the queue in the last weeks; then everything due is foreseen to be broken.
    """

    ticket: int
    number: str
    subject: str
    party: int | None
    queue: str
    assignee: int | None
    kind: str
    due_at: datetime
    place: int
    expected_at: datetime | None
    late: bool


FORESEEN = """
with speed as materialized (
  -- Clocks that ended in four weeks, by queue and kind, over the business seconds of these weeks: how many are done in a second.
  select t.queue, c.kind, count(*)::numeric / nullif(max(w.seconds), 0) as a_second
  from sla_clock c join service_ticket t on t.id = c.ticket_id
    cross join lateral (select sla_position(c.calendar_id, %(now)s) - sla_position(c.calendar_id, %(since)s) as seconds) w
  where c.company_id = %(company)s and c.state = 'ended' and c.ended_at > %(since)s and c.ended_at <= %(now)s
  group by t.queue, c.kind
), waiting as (
  select c.id, c.ticket_id, c.kind, c.calendar_id, c.due_at, t.queue, row_number() over (partition by t.queue, c.kind order by c.due_at, c.id) as place
  from sla_clock c join service_ticket t on t.id = c.ticket_id
  where c.company_id = %(company)s and c.state = 'running' and c.due_at is not null
)
select t.id, t.number, t.subject, t.party_id, t.queue, t.assignee_id, w.kind, w.due_at, w.place,
  case when s.a_second > 0 then sla_due(w.calendar_id, %(now)s, w.place / s.a_second) end as expected_at, w.due_at < %(now)s
from waiting w join service_ticket t on t.id = w.ticket_id left join speed s on s.queue = w.queue and s.kind = w.kind
where w.due_at <= %(until)s
order by w.due_at, w.id
"""


def foreseen(company: Company, actor: Actor, *, now: datetime, hours: int) -> list[Foreseen]:
    """Open tickets whose time is over or runs out in so many hours before their turn comes; those the reader may see. Two statements.

    A queue works off what is due first, at the speed of its last four weeks: the n-th ticket is done after n divided by that speed, in business time.
    Broken is what is due before that.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            FORESEEN,
            {"company": company.pk, "now": now, "since": now - timedelta(days=SPEED_DAYS), "until": now + timedelta(hours=hours)},
        )
        rows = [Foreseen(*row) for row in cursor.fetchall()]
    rows = [r for r in rows if r.late or r.expected_at is None or r.expected_at > r.due_at]
    seen = set(visible(Ticket.objects.filter(pk__in=[r.ticket for r in rows]), actor, "service.view_ticket").values_list("pk", flat=True))
    return [r for r in rows if r.ticket in seen]


@dataclass(frozen=True)
class Kept:
    """How many promises of a kind ended in a stretch of time, and how many of them were kept."""

    key: Any
    kind: str
    ended: int
    kept: int


GROUPS = {"month": "date_trunc('month', c.ended_at)::date", "customer": "t.party_id", "contract": "l.contract_id", "queue": "t.queue"}


def results(company: Company, clocks: QuerySet[Clock], *, by: str, first: date, last: date) -> list[Kept]:
    """Promises that ended between two days (by UTC), by month, customer, contract or queue; ``clocks`` are those that the reader may see. One statement."""
    begins, ends = (datetime.combine(d, time(), UTC) for d in (first, last + timedelta(days=1)))
    wanted = clocks.filter(company=company, state=Clock.ENDED, ended_at__gte=begins, ended_at__lt=ends).order_by().values("pk")
    sql, parameters = wanted.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select {GROUPS[by]}, c.kind, count(*), count(*) filter (where c.due_at is null)
            from sla_clock c join service_ticket t on t.id = c.ticket_id join sla_promiseline l on l.id = c.line_id
            where c.id in ({sql}) group by 1, 2 order by 1, 2
            """,
            parameters,
        )
        return [Kept(*row) for row in cursor.fetchall()]


def clocks_of(ticket: int) -> Sequence[Clock]:
    """The clocks of a ticket with what promises them; one statement."""
    return list(
        Clock.objects.filter(ticket=ticket)
        .select_related("line__promise", "line__contract", "line__level", "line__product", "calendar")
        .order_by("pk")
    )


def traces_of(ticket: int, most: int = 20) -> Sequence[ClockTrace]:
    """What happened to the clocks of a ticket, newest first; one statement."""
    return list(ClockTrace.objects.filter(clock__ticket=ticket).select_related("clock", "line", "line_before").order_by("-pk")[:most])
