"""Escalation: what the promises say is done when a clock has used so much of its time, each step of each clock once, whoever runs it (SV-04)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.service.actions import note, senders_of
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.service.resources import TicketResource
from fondaco.frontoffice.sla.actions import extend, has_steps
from fondaco.frontoffice.sla.models import Clock, Escalation, EscalationStep
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.jobs.working import Progress, daily, every
from fondaco.platform.resources.writing import edit

ORDER = [key for key, _word in Ticket.PRIORITIES]
#: Clocks that one run takes; the next ones are taken in the next minutes.
MOST = 2_000

DUE = """
with reached as materialized (
  select c.id, c.calendar_id, c.used + sla_position(c.calendar_id, %(now)s) - sla_position(c.calendar_id, c.running_since) as used, c.seconds, c.kind, l.promise_id
  from sla_clock c join sla_promiseline l on l.id = c.line_id
  where c.state = 'running' and exists (select from sla_escalationstep s where s.promise_id = l.promise_id and s.kind = c.kind)
)
select r.id, s.id from reached r join sla_escalationstep s on s.promise_id = r.promise_id and s.kind = r.kind
where r.used * 100 >= r.seconds * s.at_percent and not exists (select from sla_escalation e where e.clock_id = r.id and e.step_id = s.id)
{of} order by r.id, s.at_percent, s.position, s.id
"""


def escalate(actor: Actor, now: datetime) -> int:
    """Take the steps that are due; returns how many. Two workers at once take different clocks, and no step twice."""
    with connection.cursor() as cursor:
        cursor.execute(DUE.format(of=""), {"now": now})
        clocks = sorted({clock for clock, _step in cursor.fetchall()})[:MOST]
        # The tickets are locked as verbs lock them, in key order; what another worker holds is his. What is due is asked again under the lock.
        of_clock = dict(Clock.objects.filter(pk__in=clocks).values_list("pk", "ticket_id"))
        tickets = {t.pk: t for t in Ticket.objects.filter(pk__in=set(of_clock.values()), state__in=Ticket.UNSOLVED).order_by("pk").select_for_update(skip_locked=True, of=("self",))}  # fmt: skip
        held = [clock for clock, ticket in of_clock.items() if ticket in tickets]
        cursor.execute(DUE.format(of="and r.id = any (%(held)s)"), {"now": now, "held": held})
        due = cursor.fetchall()
    if not due:
        return 0
    steps = {s.pk: s for s in EscalationStep.objects.filter(pk__in={step for _clock, step in due}).select_related("manager")}
    kinds = {c.pk: c for c in Clock.objects.filter(pk__in={clock for clock, _step in due})}
    users = {u.pk: u for u in User.objects.filter(pk__in={t.assignee_id for t in tickets.values() if t.assignee_id})}
    taken, mails = [], []
    moves: dict[int, dict[str, Any]] = defaultdict(dict)
    words: dict[str, list[int]] = defaultdict(list)
    for clock_key, step_key in due:
        clock, step = kinds[clock_key], steps[step_key]
        ticket = tickets[clock.ticket_id]
        told = (
            users.get(ticket.assignee_id or 0)
            if step.does == EscalationStep.WARN
            else step.manager
            if step.does == EscalationStep.MANAGER
            else None
        )
        if step.does == EscalationStep.RAISE and ORDER.index(step.priority) > ORDER.index(
            moves[ticket.pk].get("priority", ticket.priority)
        ):
            moves[ticket.pk]["priority"] = step.priority
        if step.does == EscalationStep.QUEUE:
            moves[ticket.pk]["queue"] = step.to_queue
        escalation = Escalation(
            company_id=ticket.company_id, clock=clock, step=step, at=now, told=told.email if told and told.email else ""
        )
        taken.append(escalation)
        words[_said(clock, step, told)].append(ticket.pk)
        if escalation.told and told is not None:
            mails.append((ticket, clock, step, told))
    insert_rows(Escalation, taken)
    insert_rows(OutboxMessage, _mails(mails, now))
    if changed := {key: values for key, values in moves.items() if values}:
        edit(actor, TicketResource, changed)
    for text, keys in words.items():
        note(DocumentSet(Ticket, [tickets[key] for key in sorted(set(keys))], actor), body=text)
    return len(taken)


def _said(clock: Clock, step: EscalationStep, told: User | None) -> str:
    """The internal note of a step, in the language of the one who runs it: the house."""
    text = _("Escalation: ({percent}%) of the time for {promise} are used: {does}.").format(
        percent=step.at_percent, promise=clock.get_kind_display(), does=step.get_does_display()
    )
    return f"{text} {told.name or told.username}" if told else text


def _mails(mails: Sequence[tuple[Ticket, Clock, EscalationStep, User]], now: datetime) -> list[OutboxMessage]:
    senders = senders_of([ticket for ticket, *_rest in mails]) if mails else {}
    made = []
    for ticket, clock, step, user in mails:
        name, address = senders[ticket.pk]
        with translation.override(user.language):
            subject = _("{number}: ({percent}%) of the time for {promise} are used").format(
                number=ticket.number, percent=step.at_percent, promise=clock.get_kind_display()
            )
            text = _("{number} “{subject}” of {contact} is due at {due} (UTC).").format(
                number=ticket.number, subject=ticket.subject, contact=ticket.contact_name or ticket.contact_email or "-",
                due=f"{clock.due_at:%Y-%m-%d %H:%M}" if clock.due_at else "-",
            )  # fmt: skip
        made.append(
            OutboxMessage(
                key=f"sla.escalation:{clock.pk}:{step.pk}", created_at=now, channel="mail",
                payload={"from_name": name, "from_address": address, "to": [user.email], "subject": subject, "text": text, "headers": {"Auto-Submitted": "auto-generated"}},
            )
        )  # fmt: skip
    return made


@every(5, "sla.escalate", gettext_lazy("Escalate tickets whose time runs out"), has_steps)
def run(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Take every step that is due now."""
    return {"steps": escalate(actor, timezone.now())}


@daily("sla.extend", gettext_lazy("Write down the openings of business calendars"))
def run_daily(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Keep the openings of calendars three years ahead."""
    return {"openings": extend(timezone.localdate())}
