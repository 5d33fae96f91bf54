"""What waits is offered again: when somebody arrives or has room, when it is to be passed on, and every minute; and who is still there."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone

from fondaco.frontoffice.routing.asking import SILENCE, agents_of, policy_of, route
from fondaco.frontoffice.routing.models import Agent, RoutingDecision, Waiting
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.companies.queries import companies_of
from fondaco.platform.database.bulk import update_rows

#: So many waiting tickets are asked at once, and so often in a row where those before could not be taken by whoever has room.
BATCH, IN_A_ROW = 100, 3
#: A browser's sign of life is written down once in so many seconds.
PULSE = 20
RANK = Case(
    When(priority="urgent", then=Value(0)), When(priority="high", then=Value(1)), When(priority="normal", then=Value(2)), default=Value(3),
    output_field=IntegerField(),
)  # fmt: skip


def offer(companies: Iterable[int], *, in_a_row: int = IN_A_ROW) -> list[Ticket]:
    """Offer what waits, the most urgent first and then what has waited longest, to whoever has room; returns what was sent somewhere.

    Where nobody has room and nothing is to be passed on, only that is found out. A ticket that somebody else works on is left to him.
    """
    sent: list[Ticket] = []
    for company in sorted(set(companies)):
        first = Waiting.objects.filter(company=company).order_by("overflow_at").values_list("overflow_at", flat=True)[:1]
        found = list(first)
        if found and policy_of(company) is not None:
            sent += _offered(company, found[0], in_a_row)
    return sent


def _offered(company: int, overflow_at: datetime | None, in_a_row: int) -> list[Ticket]:
    _forget(company)
    room = sum(max(0, a["capacity"] - a["load"]) for a in agents_of(companies_of([company])[company]) if a["presence"] == Agent.AVAILABLE)
    if not room and (overflow_at is None or overflow_at > timezone.now()):
        return []
    asked: list[int] = []
    sent: list[Ticket] = []
    for _turn in range(in_a_row):
        waiting = Waiting.objects.filter(company=company).exclude(ticket__in=asked)
        rows = Ticket.objects.filter(pk__in=waiting.values("ticket"), assignee__isnull=True, state__in=("new", "open"))
        # In the order of urgency, not of keys: whoever holds one of them is not waited for, so nobody waits in a circle.
        tickets = list(rows.order_by(RANK, "pk").select_for_update(of=("self",), skip_locked=True)[:BATCH])
        sent += route(tickets, declined=_declined(tickets), again=True) if tickets else []
        asked += [t.pk for t in tickets]
        if len(tickets) < BATCH or sum(t.assignee_id is not None for t in sent) >= room:
            break
    return sent


def _forget(company: int) -> None:
    """Tickets that somebody took by hand, or that are over, wait no longer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from routing_waiting w using service_ticket t where w.company_id = %s and t.id = w.ticket_id"
            " and (t.assignee_id is not null or t.state not in ('new', 'open'))",
            [company],
        )


def _declined(tickets: Sequence[Ticket]) -> dict[int, list[int]]:
    """Who declined each ticket, as its last decision knew; one statement."""
    last = RoutingDecision.objects.filter(ticket__in=[t.pk for t in tickets]).order_by("ticket", "-pk").distinct("ticket")
    return {ticket: inputs.get("declined") or [] for ticket, inputs in last.values_list("ticket_id", "inputs")}


def beat(agents: Sequence[int]) -> None:
    """Note that agents were heard of; one statement, which writes nothing where that was noted seconds ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into routing_agentbeat (agent_id, at) select id, now() from unnest(%s::bigint[]) id on conflict (agent_id)"
            " do update set at = excluded.at where routing_agentbeat.at < excluded.at - make_interval(secs => %s)",
            [sorted(agents), PULSE],
        )


def heard(user: int) -> list[Agent]:
    """A user's browser is there: noted for the agents he is, and what is to be passed on in their companies is passed on."""
    agents = list(Agent.objects.filter(user=user).order_by("pk"))
    if agents:
        beat([a.pk for a in agents])
        late = Waiting.objects.filter(company__in=[a.company_id for a in agents], overflow_at__lte=timezone.now())
        offer(set(late.order_by().values_list("company", flat=True)))
    return agents


def lost() -> list[Agent]:
    """Agents who said that they were there, and are not heard of any more."""
    there = Agent.objects.exclude(presence=Agent.OFFLINE)
    return list(there.exclude(beat__at__gte=timezone.now() - SILENCE).order_by("pk").select_for_update(of=("self",), skip_locked=True))


def let_go(agents: Sequence[Agent]) -> None:
    """Put down as offline who is not heard of."""
    keys = [a.pk for a in agents]
    now = timezone.now()
    update_rows(Agent, {"id": keys, "presence": [Agent.OFFLINE] * len(keys), "presence_since": [now] * len(keys)})
