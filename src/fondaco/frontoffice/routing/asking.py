"""What is known of tickets, who is there, and the rules in force: read in sets, then decided, one after the other."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from fondaco.frontoffice.routing.deciding import Outcome, decide
from fondaco.frontoffice.routing.models import RoutingDecision, RoutingPolicy, RoutingRule, Waiting
from fondaco.frontoffice.routing.queries import STRANGER, about
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.sla.hours import is_open
from fondaco.frontoffice.value.standing import standings
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import companies_of
from fondaco.platform.database import tenancy
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.knowing import known

CONDITIONS = (
    "channel", "queue", "language", "level_id", "value_from", "potential_from", "overdue_from", "open_tickets_from", "contract", "hours", "topic",
    "to_queue", "skill", "skill_level", "prefers", "priority", "overflow_after", "overflow_queue", "overflow_skill",
)  # fmt: skip
#: An agent whose browser was silent for so long is gone. Browsers let a page in the background speak once a minute only.
SILENCE = timedelta(seconds=150)
AGENTS = """
select a.id, a.user_id, case when b.at >= now() - make_interval(secs => %(silence)s) then a.presence else 'offline' end, a.capacity, a.calls_at_once,
  a.chats_at_once, a.speaks_english, a.speaks_italian, coalesce(t.n, 0), coalesce(t.phone, 0), coalesce(t.chat, 0),
  coalesce((select jsonb_object_agg(s.skill, s.level) from routing_agentskill s where s.agent_id = a.id), '{}')::text
from routing_agent a left join routing_agentbeat b on b.agent_id = a.id left join (
  select assignee_id, count(*) as n, count(*) filter (where channel = 'phone') as phone, count(*) filter (where channel = 'chat') as chat
  from service_ticket where company_id = %(company)s and state in ('new', 'open')
  and assignee_id = any (array(select user_id from routing_agent where company_id = %(company)s)) group by 1
) t on t.assignee_id = a.user_id
where a.company_id = %(company)s order by a.id
"""
#: Who is talking or writing with a customer at this moment, and with how many, by channel; what only rings for the given tickets not counted, as they
#: are being sent. Rooms above, which know, tell.
Tally = Callable[[Company, Sequence[int]], Mapping[int, int]]
BUSY: dict[str, Tally] = {}


def counts_busy(channel: str) -> Callable[[Tally], Tally]:
    """Declare who counts what goes on in a channel, by user; without one, the open tickets that came by it are counted."""

    def declare(count: Tally) -> Tally:
        BUSY[channel] = count
        return count

    return declare


@known
def hours_of_service(company: int) -> int | None:
    """The calendar of the policy in force; without one it serves at all hours."""
    return RoutingPolicy.objects.filter(company=company, state="active").values_list("calendar_id", flat=True).first()


@known
def policy_of(company: int) -> tuple[int, list[dict[str, Any]]] | None:
    """The policy in force and its rules, from memory; None where there is none."""
    key = RoutingPolicy.objects.filter(company=company, state="active").values_list("pk", flat=True).first()
    return None if key is None else (key, rules_of(key))


def rules_of(policy: int) -> list[dict[str, Any]]:
    """The rules of a policy in their order, as plain values."""
    rows = RoutingRule.objects.filter(policy=policy).order_by("position", "pk").values("pk", "name", *CONDITIONS)
    return [
        {"id": r.pop("pk"), "level": r.pop("level_id"), **{k: str(v) if isinstance(v, Decimal) else v for k, v in r.items()}} for r in rows
    ]


def agents_of(company: Company, *, sent: Sequence[int] = (), lock: bool = False) -> list[dict[str, Any]]:
    """The agents with what they can and how much they have, in key order; three statements at most. Calls that ring for tickets being ``sent`` keep nobody busy.

    Where somebody is to get more, one company's decisions queue up. The load is counted after that: whoever waited sees what the other one gave. A lock
    on the agents' rows would do the same, and write to each of them for every call.
    """
    with connection.cursor() as cursor:
        if lock:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"routing:{tenancy.key()}:{company.pk}"])
        cursor.execute(AGENTS, {"company": company.pk, "silence": SILENCE.total_seconds()})
        rows = cursor.fetchall()
    counted = {channel: count(company, sent) for channel, count in BUSY.items()}
    return [
        {
            "id": key, "user": user, "presence": presence, "capacity": capacity, "load": load, "skills": json.loads(skills),
            "most": {"phone": calls, "chat": chats},
            "busy": {channel: counted[channel].get(user, 0) if channel in counted else n for channel, n in (("phone", phone), ("chat", chat))},
            "languages": [code for code, speaks in (("en", english), ("it", italian)) if speaks],
        }
        for key, user, presence, capacity, calls, chats, english, italian, load, phone, chat, skills in rows
    ]  # fmt: skip


def known_of(company: Company, tickets: Sequence[Ticket], *, today: date) -> list[dict[str, Any]]:
    """What is known of each ticket and its customer at this moment, as plain values; two statements, however many."""
    parties = {t.party_id for t in tickets if t.party_id}
    worth = standings(company, parties, today=today) if parties else {}
    people = about(company, parties, but=[t.pk for t in tickets if t.pk], today=today) if parties else {}
    hours = "open" if is_open(hours_of_service(company.pk), timezone.now()) else "closed"
    found = []
    for t in tickets:
        row, who = worth.get(t.party_id or 0), people.get(t.party_id or 0, STRANGER)
        value = None if row is None else row.expected if row.expected is not None else row.margin_year
        found.append(
            {
                "ticket": t.pk, "party": t.party_id, "channel": t.channel, "queue": t.queue, "priority": t.priority, "language": who.language,
                "level": row.level.pk if row and row.level else None, "value": None if value is None else str(value),
                "potential": str(row.potential.amount) if row and row.potential else None, "overdue": str(who.overdue),
                "open_tickets": who.open_tickets, "salesperson": who.salesperson, "last_agent": who.last_agent, "on": today.isoformat(), "declined": [],
                "contract": "yes" if who.has_contract else "no", "hours": hours, "subject": t.subject, "waited": 0,
            }
        )  # fmt: skip
    return found


def route(
    tickets: Sequence[Ticket], *, declined: Mapping[int, Iterable[int]] | None = None, again: bool = False, new: bool = False
) -> list[Ticket]:
    """Send tickets where the policy of their company says, and keep each decision with what it was made of; those of companies without one stay.

    One after the other, each counting what the ones before it got. The statements do not grow with the tickets. What nobody can take waits; when it
    is offered ``again``, it is asked as it came, and a decision that changes nothing is not kept. ``new`` ones have not waited yet.
    """
    now, today = timezone.now(), timezone.localdate()
    decisions: list[RoutingDecision] = []
    moved: list[Ticket] = []
    begun: list[Waiting] = []
    waited = {} if new else {w.ticket_id: w for w in Waiting.objects.filter(ticket__in=[t.pk for t in tickets])}
    for company in sorted({t.company_id for t in tickets}):
        policy = policy_of(company)
        if policy is None:
            continue
        key, rules = policy
        by_key = {rule["id"]: rule for rule in rules}
        house = companies_of([company])[company]
        own = [t for t in tickets if t.company_id == company]
        if not again:
            own.sort(key=lambda t: t.pk)
        known_of_each = known_of(house, own, today=today)
        # From here on the company's decisions queue up: what can be read before, was.
        agents = agents_of(house, sent=[t.pk for t in own], lock=True)
        _set_free(own, agents)
        for ticket, inputs in zip(own, known_of_each, strict=True):
            inputs["declined"] = sorted((declined or {}).get(ticket.pk, ()))
            wait = waited.get(ticket.pk)
            if wait is not None and again:
                inputs |= {"queue": wait.queue, "priority": wait.priority, "waited": int((now - wait.since).total_seconds())}
            made = decide(inputs, rules, agents)
            if made.agent is None:
                if wait is None:
                    wait = Waiting(ticket=ticket, company_id=company, since=now, queue=inputs["queue"], priority=inputs["priority"])
                after = by_key[made.rule]["overflow_after"] if made.rule else None
                wait.overflow_at = None if after is None or inputs["waited"] >= after else wait.since + timedelta(seconds=after)
                begun.append(wait)
                if again and (made.queue, made.priority, ticket.assignee_id) == (ticket.queue, ticket.priority, None):
                    continue
            decisions.append(
                RoutingDecision(
                    company_id=company, ticket=ticket, policy_id=key, rule_id=made.rule, agent_id=made.agent, queue=made.queue, priority=made.priority,
                    inputs=inputs, agents=[{**a, "busy": dict(a["busy"])} for a in agents], reasons=made.as_json(),
                )
            )  # fmt: skip
            chosen = next((a for a in agents if a["id"] == made.agent), None)
            if chosen is not None:
                chosen["load"] += 1
                if ticket.channel in chosen["busy"]:
                    chosen["busy"][ticket.channel] += 1
            ticket.assignee_id, ticket.queue, ticket.priority = (chosen["user"] if chosen else None), made.queue, made.priority
            moved.append(ticket)
    insert_rows(RoutingDecision, decisions)
    _keep_waiting([t.pk for t in moved if t.assignee_id and t.pk in waited], begun)
    if moved:
        update_rows(
            Ticket,
            {
                "id": [t.pk for t in moved], "assignee": [t.assignee_id for t in moved], "queue": [t.queue for t in moved],
                "priority": [t.priority for t in moved],
            },
        )  # fmt: skip
    return moved


def _set_free(tickets: Sequence[Ticket], agents: Sequence[dict[str, Any]]) -> None:
    """What is sent anew is nobody's load while it is decided who gets it."""
    by_user = {a["user"]: a for a in agents}
    for ticket in tickets:
        had = by_user.get(ticket.assignee_id)
        if had is not None and ticket.state in {"new", "open"}:
            had["load"] -= 1
            if ticket.channel in had["busy"] and ticket.channel not in BUSY:
                had["busy"][ticket.channel] -= 1


def _keep_waiting(over: Sequence[int], begun: Sequence[Waiting]) -> None:
    """Forget what waits no longer, and note what does: two statements at most."""
    if over:
        Waiting.objects.filter(ticket__in=over).delete()
    if begun:
        Waiting.objects.bulk_create(
            begun, update_conflicts=True, unique_fields=["ticket"], update_fields=["overflow_at"]
        )  # fmt: skip


def replay(decision: RoutingDecision) -> Outcome:
    """The same decision made again from what was known then."""
    return decide(decision.inputs, rules_of(decision.policy_id), decision.agents)
