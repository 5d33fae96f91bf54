"""The verbs of telephony: secrets of lines, who a caller is, what came of a call-back, and simulated calls."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.correspondence.sealing import sealed
from fondaco.frontoffice.service.actions import identify as identify_ticket
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.telephony.lookup import number_of
from fondaco.frontoffice.telephony.models import Call, CallBack, CallBackTry, CallNotice, Extension, PhoneLine
from fondaco.frontoffice.telephony.notices import SECRET, TOKEN, read_notice, signed
from fondaco.frontoffice.telephony.noticing import take_again as take_notices_again
from fondaco.frontoffice.telephony.refusals import NoSecret, NoSuchNumber
from fondaco.frontoffice.telephony.taking import Event, take
from fondaco.masterdata.companies.queries import companies_of
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.links import new_secret
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.resources.schema import Reference, Text

Token = Annotated[Text, Field(min_length=16, max_length=200, json_schema_extra={"secret": True, "label": "access_token"})]
Note = Annotated[Text, Field(max_length=2000)]


@action(PhoneLine, permission="telephony.simulate_call", title=_("Simulate a call"), done=_("It rings"))
def simulate(
    lines: DocumentSet[PhoneLine],
    *,
    caller: Annotated[Text, Field(max_length=40)] = "",
    ends: Literal["rings_on", "abandoned", "voicemail"] = "rings_on",
) -> None:
    """Let a call come in on lines, as the telephone system would tell it, signed with each line's secret; an empty caller withholds his number.

    It rings until more is simulated on the call itself, or ends at once: the caller gives up, or leaves a message.
    """
    bare = [line for line in lines if not line.sealed_secret]
    if bare:
        raise NoSecret(document=", ".join(map(str, bare[:20])), rows=rows_json(bare))
    if caller.strip() and not any(number_of(caller, companies_of([line.company_id])[line.company_id].country_id or "") for line in lines):
        raise NoSuchNumber(number=caller, fields={"caller": str(_("no number"))})
    now = timezone.now()
    told: list[tuple[PhoneLine, Event]] = []
    for line in lines:
        call = f"simulated-{uuid.uuid4().hex}"
        events: list[dict[str, Any]] = [_event(call, "ringing", now, **{"from": caller, "to": line.number})]
        if ends == "voicemail":
            words = (
                "Please call me back about my last delivery." if line.language == "en" else "Richiamatemi per favore per l'ultima consegna."
            )
            events.append(_event(call, "voicemail", now + timedelta(seconds=1), seconds=12, transcript=words))
        if ends != "rings_on":
            events.append(_event(call, "ended", now + timedelta(seconds=2), reason="caller" if ends == "abandoned" else "closed"))
        told += _through_the_door(line, events)
    lines.made["calls"] = [c.pk for c in take(told)]


@action(PhoneLine, permission="telephony.write_line", title=_("New secret"), done=_("The secret is shown once"), dangerous=True)
def make_secret(lines: DocumentSet[PhoneLine]) -> None:
    """Make a secret with which the telephone system signs what it tells of each line's calls; it is shown once, and ends the one before."""
    for line in lines:
        secret = new_secret()
        line.sealed_secret = sealed(secret, SECRET)
        lines.told[line.name] = secret
    lines.save("sealed_secret")


@action(PhoneLine, permission="telephony.write_line", title=_("Enter Twilio's token"), done=_("Kept"))
def keep_token(lines: DocumentSet[PhoneLine], *, token: Token) -> None:
    """Keep the token by which Twilio signs the calls of lines, sealed; it opens their doors for Twilio."""
    for line in lines:
        line.sealed_token = sealed(token, TOKEN)
    lines.save("sealed_token")


@action(
    PhoneLine,
    permission="telephony.write_line",
    title=_("Close the doors"),
    done=_("Nobody can tell of its calls now"),
    needs_reason=True,
    dangerous=True,
)
def close_doors(lines: DocumentSet[PhoneLine]) -> None:
    """Forget the secrets of lines: nobody can tell of their calls until there are new ones."""
    for line in lines:
        line.sealed_secret = line.sealed_token = ""
    lines.save("sealed_secret", "sealed_token")


@action(
    Call,
    moves={"ringing": "ringing", "answered": "answered", "held": "held"},
    permission="telephony.simulate_call",
    name="simulate_next",
    title=_("Simulate what follows"),
    done=_("Told"),
)
def simulate_next(
    calls: DocumentSet[Call],
    *,
    event: Literal["answered", "unanswered", "held", "resumed", "consent_given", "consent_refused", "ended"] = "answered",
) -> None:
    """Tell what happens next on calls that go on, as the telephone system would: the agent answers or does not, holds, or the call ends."""
    lines = PhoneLine.objects.in_bulk({c.line_id for c in calls})
    bare = [lines[c.line_id] for c in calls if not lines[c.line_id].sealed_secret]
    if bare:
        raise NoSecret(document=", ".join(map(str, bare[:20])), rows=rows_json(bare))
    kind, _underline, given = event.partition("_")
    extensions = _extensions(calls.rows)
    more: dict[str, Any] = {"given": given == "given"} if given else {}
    told: list[tuple[PhoneLine, Event]] = []
    for call in calls:
        agent = {"agent": extensions.get(call.pk, "")} if kind in {"answered", "unanswered"} else {}
        told += _through_the_door(
            lines[call.line_id], [_event(call.external_id, kind, timezone.now(), direction=call.direction, **agent, **more)]
        )
    after = {c.pk: c for c in take(told)}
    for call in calls:
        call.state = after[call.pk].state if call.pk in after else call.state


def _extensions(calls: Sequence[Call]) -> dict[int, str]:
    """Under which extension the telephone system knows the agent of each call; one statement."""
    users = dict(Ticket.objects.filter(pk__in=[c.ticket_id for c in calls if c.ticket_id]).values_list("pk", "assignee_id"))
    wanted = {c.pk: (c.company_id, c.agent_id or users.get(c.ticket_id or 0)) for c in calls}
    rows = Extension.objects.filter(company__in={c.company_id for c in calls}, user__in={u for _c, u in wanted.values() if u})
    known = {(company, user): extension for company, user, extension in rows.values_list("company_id", "user_id", "extension")}
    return {pk: known[key] for pk, key in wanted.items() if key in known}  # type: ignore[index]


def _event(call: str, kind: str, at: Any, **more: Any) -> dict[str, Any]:
    return {"id": uuid.uuid4().hex, "call": call, "kind": kind, "at": at, **more}


def _through_the_door(line: PhoneLine, events: list[dict[str, Any]]) -> list[tuple[PhoneLine, Event]]:
    """What a program would send, read and judged as if it had come from outside."""
    return [(line, event) for event in read_notice(line, *signed(line, events))]


@action(Call, permission="telephony.take_call", title=_("Say who calls"), done=_("Customer set"), only_when=Q(direction="in"))
def identify(calls: DocumentSet[Call], *, party: Annotated[Reference, Field(json_schema_extra={"resource": "parties"})]) -> None:
    """Say which customer it is, where the number is nobody's or several customers'; the calls' tickets are his then."""
    text = str(party).strip()
    known = visible(Party.objects.all(), calls.actor, "parties.view_party")
    found = known.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else known.filter(code=text).first()
    if found is None:
        raise NotFound(what=f"{Party._meta.verbose_name} {text}", fields={"party": str(_("There is no such record that you may use."))})
    for call in calls:
        call.party_id = found.pk
    calls.save("party")
    tickets = Ticket.objects.filter(pk__in=[c.ticket_id for c in calls if c.ticket_id]).select_for_update(of=("self",)).order_by("pk")
    if rows := list(tickets):
        identify_ticket(DocumentSet(Ticket, rows, calls.actor), party=str(found.pk))
    CallBack.objects.filter(call__in=calls.ids).update(party=found)


@action(
    CallBack,
    moves={"open": "open"},
    permission="telephony.call_back",
    name="note_try",
    title=_("Note the try"),
    done=_("Noted"),
    only_when=Q(state="open"),
)
def note_try(backs: DocumentSet[CallBack], *, outcome: Literal["reached", "no_answer", "busy", "wrong_number"], note: Note = "") -> None:
    """Say what came of calling back. Who was not reached is to be called again after the line's pause, until its tries are used up; a wrong number is
    given up at once."""
    lines = {c.pk: c.line for c in Call.objects.filter(pk__in=[b.call_id for b in backs]).select_related("line")}
    now = timezone.now()
    for back in backs:
        line = lines[back.call_id]
        back.attempts, back.outcome = back.attempts + 1, outcome
        back.assignee_id = back.assignee_id or backs.actor.user_id
        if outcome == "reached":
            back.state = "done"
        elif outcome == "wrong_number" or back.attempts >= line.callback_attempts:
            back.state = "given_up"
        else:
            back.due_at = now + timedelta(minutes=line.callback_pause_minutes)
    backs.save("attempts", "outcome", "assignee", "state", "due_at")
    insert_rows(CallBackTry, [CallBackTry(callback=b, outcome=outcome, note=note) for b in backs])


@action(
    CallBack,
    moves={"open": "not_needed"},
    permission="telephony.call_back",
    title=_("Not needed"),
    needs_reason=True,
    done=_("Not to be called"),
)
def drop(backs: DocumentSet[CallBack]) -> None:
    """Say that callers need not be called back, and why."""


@action(
    CallBack,
    moves={"open": "open"},
    permission="telephony.call_back",
    name="take_on",
    title=_("I call"),
    done=_("Yours"),
    only_when=Q(state="open"),
)
def take_on(backs: DocumentSet[CallBack]) -> None:
    """Take call-backs on, so that nobody else calls the same customer."""
    for back in backs:
        back.assignee_id = backs.actor.user_id
    backs.save("assignee")


@action(
    CallNotice, permission="telephony.review_notice", name="take_again", title=_("Take again"), done=_("Taken"), only_when=~Q(trouble="")
)
def take_again(notices: DocumentSet[CallNotice]) -> None:
    """Take notices that could not be taken, now that what hindered them is mended; they are gone then, and their calls are there."""
    take_notices_again(notices.rows)


@action(
    CallNotice,
    permission="telephony.review_notice",
    name="review_notice",
    title=_("Reviewed"),
    done=_("Reviewed"),
    only_when=~Q(trouble=""),
)
def review_notice(notices: DocumentSet[CallNotice]) -> None:
    """Note that somebody looked at notices that could not be taken, and that nothing is to be done."""
    for notice in notices:
        notice.reviewed_at, notice.reviewed_by = timezone.now(), notices.actor.username
    notices.save("reviewed_at", "reviewed_by")
