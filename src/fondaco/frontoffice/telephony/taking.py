"""The door of all events of calls, from whichever telephone system: written down once, and what follows from them done, in one transaction for the set."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.frontoffice.crm.people import told
from fondaco.frontoffice.routing.asking import agents_of, counts_busy, route
from fondaco.frontoffice.routing.models import Agent
from fondaco.frontoffice.routing.offering import offer
from fondaco.frontoffice.service.actions import begin
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.frontoffice.sla.hours import open_from
from fondaco.frontoffice.telephony.living import Life, Told, life_of
from fondaco.frontoffice.telephony.lookup import Candidate, callers, number_of
from fondaco.frontoffice.telephony.models import Call, CallBack, CallBackTry, CallEvent, CallRecording, Extension, PhoneLine
from fondaco.frontoffice.telephony.queries import busy_of
from fondaco.frontoffice.telephony.retaining import forget
from fondaco.masterdata.companies.queries import companies_of
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import keep

ACTOR = Actor.program("telephony")
#: Who calls again within so many days about what is not solved goes on with that ticket.
SAME_MATTER = timedelta(days=7)
FETCH = "telephony.fetch"
ENDINGS = {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/wav": "wav", "audio/x-wav": "wav", "audio/webm": "webm"}


@dataclass(frozen=True)
class Event:
    """One event of a call, whichever telephone system told it. ``audio`` are the bytes themselves, ``address`` where they are to be fetched."""

    id: str
    call: str
    kind: str
    at: datetime
    caller: str = ""
    called: str = ""
    direction: str = "in"
    agent: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    audio: bytes = b""
    media_type: str = ""
    address: str = ""


@dataclass
class Turn:
    """A call in this transaction: its line, what was new of it, how it stood before and stands now."""

    call: Call
    line: PhoneLine
    fresh: list[tuple[Event, CallEvent]]
    before: str
    life: Life
    #: The agents at whom it had rung in vain before, and the number as it was known before.
    refused: set[int]
    caller: str

    @property
    def is_new(self) -> bool:
        return self.before == ""

    @property
    def answered(self) -> bool:
        """Whether it is answered since these events, or by somebody else."""
        return self.call.answered_at is not None and (self.before in {"", "ringing", *Call.LOST} or any(e.kind in {"answered", "transferred"} for e, _r in self.fresh))  # fmt: skip

    @property
    def ended(self) -> bool:
        """Whether it is over since these events."""
        return self.call.state not in Call.LIVE and self.before in {"", *Call.LIVE}


def take(given: Sequence[tuple[PhoneLine, Event]]) -> list[Call]:
    """Take events of calls, in any order and as often as they come; returns the calls of those that were new.

    An incoming call makes a ticket, or goes on with one of the same caller, which routing sends to an agent; a lost one is to be called back.
    The statements do not grow with the events. To be called in a unit of work.
    """
    _queue_up(given)
    known = set(
        CallEvent.objects.filter(line__in={line.pk for line, _e in given}, event_id__in=[e.id for _line, e in given]).values_list("line_id", "event_id")
    )  # fmt: skip
    fresh: dict[tuple[int, str], list[Event]] = {}
    lines: dict[int, PhoneLine] = {}
    for line, event in given:
        if (line.pk, event.id) not in known:
            known.add((line.pk, event.id))
            lines[line.pk] = line
            fresh.setdefault((line.pk, event.call), []).append(event)
    if not fresh:
        return []
    turns = _stand(fresh, lines)
    # Tickets before routing's own lock, as every verb on them has it.
    tickets = _tickets_of([t for t in turns if not t.is_new])
    fresh_tickets, again = _open_tickets([t for t in turns if t.is_new and t.call.direction == "in"], tickets)
    _name(
        [t for t in turns if not t.is_new and t.call.direction == "in" and t.call.caller and not t.caller and t.call.party_id is None],
        tickets,
    )
    _write(turns)
    # Numbers of tickets and routing are what all calls of a company queue up for: as late as may be.
    if fresh_tickets:
        begin(fresh_tickets, ACTOR)
    _go_on(again)
    _reroute([t for t in turns if t.call.state == "ringing" and t.life.refused_by - t.refused], tickets)
    _answered([t for t in turns if t.answered], tickets)
    _keep_audio(turns)
    _take_back([t for t in turns if t.call.consent == "refused" and not t.is_new and any(e.kind == "consent" for e, _row in t.fresh)])
    _lost([t for t in turns if t.call.state in Call.LOST and t.call.direction == "in" and (t.ended or not t.caller)])
    _over([t for t in turns if t.ended])
    return [t.call for t in turns]


def _queue_up(given: Iterable[tuple[PhoneLine, Event]]) -> None:
    """Events of one call wait for each other, in the order of their locks; those of different calls do not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(k) from (select distinct hashtextextended(t, 0) as k from unnest(%s::text[]) t order by 1) s",
            [sorted({f"telephony:{line.pk}:{event.call}" for line, event in given})],
        )


def _stand(fresh: dict[tuple[int, str], list[Event]], lines: dict[int, PhoneLine]) -> list[Turn]:
    """Each call, locked where it is there already, as it stands with these events; nothing is written yet."""
    calls = {
        (c.line_id, c.external_id): c
        for c in Call.objects.filter(line__in=lines, external_id__in={call for _line, call in fresh}).select_for_update(of=("self",)).order_by("pk")
    }  # fmt: skip
    before = {key: (c.state, c.caller) for key, c in calls.items()}
    earlier: dict[int, list[Told]] = {}
    if calls:
        for row in CallEvent.objects.filter(call__in=[c.pk for c in calls.values()]).order_by("pk"):
            earlier.setdefault(row.call_id, []).append(Told(row.event_id, row.kind, row.at, row.agent_id, row.data))
    companies = {line.company_id for line in lines.values()}
    named = {e.agent for each in fresh.values() for e in each if e.agent}
    found = (
        Extension.objects.filter(company__in=companies, extension__in=named).values_list("company_id", "extension", "user_id")
        if named
        else ()
    )
    users = {(company, extension): user for company, extension, user in found}
    turns = []
    for key, events in fresh.items():
        line = lines[key[0]]
        call = calls.get(key) or Call(
            company_id=line.company_id, line=line, external_id=key[1], started_at=events[0].at, direction=events[0].direction
        )
        country = companies_of([line.company_id])[line.company_id].country_id or ""
        rows = []
        for e in events:
            call.caller, call.called = call.caller or number_of(e.caller, country), call.called or number_of(e.called, country)
            rows.append(
                (
                    e,
                    CallEvent(
                        line=line, event_id=e.id, kind=e.kind, at=e.at, data=_data(e), agent_id=users.get((line.company_id, e.agent))
                    ),
                )
            )
        told_before = earlier.get(call.pk, [])
        life = life_of([*told_before, *(Told(e.id, e.kind, e.at, row.agent_id, row.data) for e, row in rows)])
        call.state, call.consent, call.agent_id = life.state, life.consent, life.agent
        call.started_at, call.answered_at, call.ended_at = life.started_at or call.started_at, life.answered_at, life.ended_at
        turns.append(
            Turn(call, line, rows, before.get(key, ("", ""))[0], life, life_of(told_before).refused_by, before.get(key, ("", ""))[1])
        )
    return turns


def _write(turns: Sequence[Turn]) -> None:
    """Write new calls and all events, and how the calls stand that were there."""
    insert_rows(Call, [t.call for t in turns if t.is_new])
    for turn in turns:
        for _event, row in turn.fresh:
            row.call = turn.call
    insert_rows(CallEvent, [row for t in turns for _event, row in t.fresh])
    fields = ("caller", "called", "party_id", "agent_id", "state", "consent", "started_at", "answered_at", "ended_at")
    rows = [t.call for t in turns if not t.is_new]
    update_rows(Call, {"id": [c.pk for c in rows], **{f.removesuffix("_id"): [getattr(c, f) for c in rows] for f in fields}})


def _data(event: Event) -> dict[str, Any]:
    said = {"from": event.caller, "to": event.called, "agent": event.agent, "media_type": event.media_type, **event.data}
    return {name: value for name, value in said.items() if value not in ("", None)}


def _open_tickets(turns: Sequence[Turn], tickets: dict[int, Ticket]) -> tuple[list[Ticket], list[Ticket]]:
    """Each new incoming call goes on with its caller's unsolved ticket, or gets one; returns the new ones, and those that are gone on with."""
    if not turns:
        return [], []
    found = callers(t.call.caller for t in turns)
    earlier = _same_matter(turns)
    opened: dict[str, tuple[Ticket, Turn]] = {}
    again: list[tuple[Ticket, Turn]] = []
    for turn in turns:
        call = turn.call
        candidates = found.get(call.caller, [])
        sole = candidates[0] if len(candidates) == 1 else None
        call.party_id = sole.party if sole else None
        ticket = earlier.get((call.company_id, call.caller)) if call.caller else None
        if ticket is None:
            key = f"{call.company_id}:{call.caller or call.external_id}"
            if key not in opened:
                opened[key] = _ticket(turn, sole), turn
        else:
            again.append((ticket, turn))
    fresh = [ticket for ticket, _turn in opened.values()]
    insert_rows(Ticket, fresh)
    for turn in turns:
        call = turn.call
        there = earlier.get((call.company_id, call.caller)) if call.caller else None
        call.ticket_id = there.pk if there else opened[f"{call.company_id}:{call.caller or call.external_id}"][0].pk
    tickets |= {t.pk: t for t in [*fresh, *earlier.values()]}
    insert_rows(TicketMessage, [_rang(t, turn) for t, turn in [*opened.values(), *again]])
    return fresh, [ticket for ticket, _turn in again]


def _same_matter(turns: Sequence[Turn]) -> dict[tuple[int, str], Ticket]:
    """The newest unsolved ticket of earlier calls from the same numbers, locked; two statements."""
    earlier = Call.objects.filter(
        company__in={t.call.company_id for t in turns}, caller__in={t.call.caller for t in turns} - {""}, direction="in",
        started_at__gte=timezone.now() - SAME_MATTER, ticket__state__in=Ticket.UNSOLVED,
    )  # fmt: skip
    keys = {
        (company, caller): ticket for company, caller, ticket in earlier.order_by("pk").values_list("company_id", "caller", "ticket_id")
    }
    if not keys:
        return {}
    rows = {t.pk: t for t in Ticket.objects.filter(pk__in=keys.values()).select_for_update(of=("self",)).order_by("pk")}
    return {key: rows[ticket] for key, ticket in keys.items() if rows[ticket].state in Ticket.UNSOLVED}


def _go_on(tickets: Sequence[Ticket]) -> None:
    """Tickets whose callers call again: with their agents, where these are there and free to speak, else with whoever is."""
    rows = {t.pk: t for t in tickets}
    back = [t for t in rows.values() if t.state == "waiting"]
    update_rows(Ticket, {"id": [t.pk for t in back], "state": ["open"] * len(back)})
    for t in back:
        t.state = "open"
    by_company: dict[int, list[Ticket]] = {}
    for t in rows.values():
        by_company.setdefault(t.company_id, []).append(t)
    elsewhere = []
    for company, own in by_company.items():
        free = {
            a["user"]
            for a in agents_of(companies_of([company])[company], sent=[t.pk for t in own])
            if a["presence"] == Agent.AVAILABLE and a["busy"]["phone"] < a["most"]["phone"]
        }
        elsewhere += [t for t in own if t.assignee_id not in free]
    route(elsewhere)


def _name(turns: Sequence[Turn], tickets: dict[int, Ticket]) -> None:
    """The number came later than the call: its ticket, which was a stranger's, is the caller's."""
    if not turns:
        return
    found = callers(t.call.caller for t in turns)
    named = []
    for turn in turns:
        candidates = found.get(turn.call.caller, [])
        ticket = tickets.get(turn.call.ticket_id or 0)
        if ticket is not None and ticket.party_id is None:
            drawn = _ticket(turn, candidates[0] if len(candidates) == 1 else None)
            ticket.party_id, ticket.contact_name, ticket.subject = drawn.party_id, drawn.contact_name, drawn.subject
            named.append(ticket)
        turn.call.party_id = candidates[0].party if len(candidates) == 1 else None
    update_rows(
        Ticket,
        {"id": [t.pk for t in named], "party": [t.party_id for t in named], "contact_name": [t.contact_name for t in named], "subject": [t.subject for t in named]},
    )  # fmt: skip


def _ticket(turn: Turn, sole: Candidate | None) -> Ticket:
    line = turn.line
    who = (sole.contact or sole.name) if sole else _caller(turn)
    with translation.override(line.language):
        subject = _("Call from {who}").format(who=who)
    return Ticket(
        company_id=line.company_id, party_id=sole.party if sole else None, contact_name=sole.contact if sole else "", channel="phone", queue=line.queue,
        subject=f"{line.topic}: {subject}" if line.topic else subject,
    )  # fmt: skip


def _caller(turn: Turn) -> str:
    """The caller's number, in the language of the line where there is none."""
    with translation.override(turn.line.language):
        return turn.call.caller or _("a withheld number")


def _rang(ticket: Ticket, turn: Turn) -> TicketMessage:
    number = _caller(turn)
    with translation.override(turn.line.language):
        body = _("Call from {number} on line {line}.").format(number=number, line=turn.line.name)
    return TicketMessage(ticket=ticket, at=turn.call.started_at, direction=TicketMessage.INTERNAL, author=number, body=body)


def _reroute(turns: Sequence[Turn], tickets: dict[int, Ticket]) -> None:
    """Calls that an agent let ring go to another, to nobody who did so before."""
    if not turns:
        return
    users = {u for t in turns for u in t.life.refused_by}
    agents = (
        dict(Agent.objects.filter(user__in=users, company__in={t.call.company_id for t in turns}).values_list("user_id", "pk"))
        if users
        else {}
    )
    again = {t.call.ticket_id: tickets[t.call.ticket_id] for t in turns if t.call.ticket_id in tickets}
    route(list(again.values()), declined={t.call.ticket_id or 0: {agents[u] for u in t.life.refused_by if u in agents} for t in turns})


def _answered(turns: Sequence[Turn], tickets: dict[int, Ticket]) -> None:
    """Who answered has the ticket, which is open then and has its first answer; whoever waited to be called back was reached, or is no more to be."""
    if not turns:
        return
    taken = {}
    for turn in turns:
        ticket = tickets.get(turn.call.ticket_id or 0)
        if ticket is not None:
            turn.call.agent_id = turn.call.agent_id or ticket.assignee_id
            ticket.assignee_id = turn.call.agent_id
            ticket.state = "open" if ticket.state in {"new", "waiting"} else ticket.state
            ticket.first_answer_at = ticket.first_answer_at or turn.call.answered_at
            taken[ticket.pk] = ticket
    rows = list(taken.values())
    update_rows(
        Ticket,
        {
            "id": [t.pk for t in rows], "assignee": [t.assignee_id for t in rows], "state": [t.state for t in rows],
            "first_answer_at": [t.first_answer_at for t in rows],
        },
    )  # fmt: skip
    late = [t.call for t in turns if t.call.agent_id != t.life.agent]
    update_rows(Call, {"id": [c.pk for c in late], "agent": [c.agent_id for c in late]})
    _reached(turns)


def _reached(turns: Sequence[Turn]) -> None:
    spoken = {(t.call.company_id, t.call.caller if t.call.direction == "in" else t.call.called): t for t in turns}
    waiting = CallBack.objects.filter(state="open", company__in={c for c, _n in spoken}, number__in={n for _c, n in spoken} - {""})
    found = [
        (b, spoken[b.company_id, b.number])
        for b in waiting.select_for_update(of=("self",)).order_by("pk")
        if (b.company_id, b.number) in spoken
    ]
    for back, turn in found:
        outgoing = turn.call.direction == "out"
        back.state, back.outcome, back.attempts = (
            ("done", "reached", back.attempts + 1) if outgoing else ("not_needed", back.outcome, back.attempts)
        )
        turn.call.ticket_id = turn.call.ticket_id or back.ticket_id
        turn.call.party_id = turn.call.party_id or back.party_id
    rows = [b for b, _turn in found]
    update_rows(
        CallBack,
        {
            "id": [b.pk for b in rows],
            "state": [b.state for b in rows],
            "outcome": [b.outcome for b in rows],
            "attempts": [b.attempts for b in rows],
        },
    )
    insert_rows(CallBackTry, [CallBackTry(callback=b, outcome="reached") for b in rows if b.state == "done"])
    out = [turn.call for _b, turn in found if turn.call.direction == "out"]
    update_rows(Call, {"id": [c.pk for c in out], "ticket": [c.ticket_id for c in out], "party": [c.party_id for c in out]})


def _tickets_of(turns: Sequence[Turn]) -> dict[int, Ticket]:
    keys = {t.call.ticket_id for t in turns if t.call.ticket_id}
    rows = Ticket.objects.filter(pk__in=keys).select_for_update(of=("self",)).order_by("pk") if keys else ()
    return {t.pk: t for t in rows}


def _keep_audio(turns: Sequence[Turn]) -> None:
    """Keep what was recorded with the caller's consent and what he left on the voicemail; without consent only that it was told is kept."""
    made: list[tuple[Turn, Event, CallRecording]] = []
    for turn in turns:
        for event, _row in turn.fresh:
            if event.kind == "voicemail" or (event.kind == "recording" and turn.call.consent == "given"):
                last = timezone.localdate() + timedelta(days=turn.line.retention_days)
                made.append((turn, event, CallRecording(call=turn.call, kind=event.kind, at=event.at, seconds=event.data.get("seconds"), transcript=event.data.get("transcript", ""), delete_on=last)))  # fmt: skip
    files: list[tuple[CallRecording, Attachment]] = []
    for _turn, event, recording in made:
        if event.audio:
            kept = keep(f"{recording.kind} {event.at:%Y-%m-%d %H.%M.%S}.{ENDINGS.get(event.media_type, 'bin')}", [event.audio])
            files.append((recording, Attachment(table_name=Call._meta.db_table, row_id=recording.call_id, name=kept.name, media_type=kept.media_type, size=kept.size, digest=kept.digest)))  # fmt: skip
    insert_rows(Attachment, [attachment for _r, attachment in files])
    for recording, attachment in files:
        recording.attachment = attachment
    insert_rows(CallRecording, [recording for _t, _e, recording in made])
    insert_rows(
        OutboxMessage,
        [
            OutboxMessage(key=f"{FETCH}:{recording.pk}", created_at=timezone.now(), channel=FETCH, payload={"recording": recording.pk, "line": turn.line.pk, "address": event.address})
            for turn, event, recording in made
            if event.address
        ],
    )  # fmt: skip
    _keep_transcripts([t for t in turns if t.life.transcript and any(e.kind in {"voicemail", "transcript"} for e, _row in t.fresh)])
    silent = [(t, r) for t, e, r in made if e.kind == "voicemail" and t.call.ticket_id and not t.life.transcript]
    _tell([(t, _in_words(t, r)) for t, r in silent])


def _take_back(turns: Sequence[Turn]) -> None:
    """Who takes his consent back is not on record any more: what was recorded of his call before is deleted now."""
    rows = (
        CallRecording.objects.filter(call__in=[t.call.pk for t in turns], kind="recording", deleted_at__isnull=True).order_by("pk")
        if turns
        else []
    )
    forget(list(rows))


def _in_words(turn: Turn, recording: CallRecording) -> str:
    with translation.override(turn.line.language):
        return _("Message on the voicemail, {seconds} seconds.").format(seconds=recording.seconds or 0)


def _keep_transcripts(turns: Sequence[Turn]) -> None:
    """What was said on the voicemail, in words, beside the recording and in the ticket's conversation."""
    wanted = {t.call.pk: t for t in turns}
    rows = list(CallRecording.objects.filter(call__in=wanted, kind="voicemail").order_by("pk")) if wanted else []
    update_rows(CallRecording, {"id": [r.pk for r in rows], "transcript": [wanted[r.call_id].life.transcript for r in rows]})
    _tell([(t, t.life.transcript) for t in turns if t.call.ticket_id])


def _tell(told_of: Sequence[tuple[Turn, str]]) -> None:
    insert_rows(
        TicketMessage,
        [TicketMessage(ticket_id=t.call.ticket_id, at=t.fresh[-1][0].at, direction=TicketMessage.IN, author=_caller(t), body=body) for t, body in told_of],
    )  # fmt: skip


def _lost(turns: Sequence[Turn]) -> None:
    """Callers who were lost are to be called back, each once, within the hours of service."""
    named = [t for t in turns if t.call.caller]
    if not named:
        return
    there = set(
        CallBack.objects.filter(state="open", company__in={t.call.company_id for t in named}, number__in={t.call.caller for t in named}).values_list("company_id", "number")
    )  # fmt: skip
    fresh = []
    for turn in named:
        call = turn.call
        if (call.company_id, call.caller) not in there:
            there.add((call.company_id, call.caller))
            due = open_from(turn.line.calendar_id, (call.ended_at or timezone.now()) + timedelta(minutes=turn.line.callback_minutes))
            fresh.append(
                CallBack(
                    company_id=call.company_id, call=call, ticket_id=call.ticket_id, party_id=call.party_id, number=call.caller, due_at=due
                )
            )
    insert_rows(CallBack, fresh)


def _over(turns: Sequence[Turn]) -> None:
    """Calls that are over stand on their parties' time lines, and their agents have room for others."""
    record([_event(t) for t in turns if t.call.party_id])
    if turns:
        offer({t.call.company_id for t in turns})


def _event(turn: Turn) -> Interaction:
    call = turn.call
    with translation.override(turn.line.language):
        if call.answered_at and call.ended_at:
            minutes = max(1, round((call.ended_at - call.answered_at).total_seconds() / 60))
            title = _("Call, {minutes} min").format(minutes=minutes)
        else:
            title = _("Call that was not answered")
    return told(call, ACTOR, kind="call", title=title, direction=call.direction, channel="phone", at=call.ended_at)


def audio_of(text: str) -> bytes:
    """Audio as it travels in JSON. Raises ValueError."""
    return base64.b64decode(text, validate=True)


counts_busy("phone")(busy_of)
