"""What telephone systems tell of the calls on a line (SV-01): signed events as JSON, and Twilio's forms, which are answered with TwiML.

A line without a secret, and one that is not active, has no such door: it answers 404. Wrong signatures are counted by address, and after a few only
said to be too many.
"""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from fondaco.frontoffice.telephony import twilio
from fondaco.frontoffice.telephony.models import Call, PhoneLine
from fondaco.frontoffice.telephony.notices import LARGEST, SECRET, TOKEN, read_notice, secret_of
from fondaco.frontoffice.telephony.noticing import receive
from fondaco.frontoffice.telephony.refusals import NotUnderstood, TooManyFailures, WrongSignature
from fondaco.frontoffice.telephony.taking import Event
from fondaco.interfaces.api.hooks import check_size
from fondaco.interfaces.api.problems import problem
from fondaco.interfaces.doors.addresses import absolute, client_address
from fondaco.interfaces.doors.guessing import note_failure, too_many_failures
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED, door
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.signing import is_signed_by_twilio

ACTOR = "program.telephony"


@door(PUBLIC, "POST", channel=SIGNED, refuse=problem, own_units=True)
def call_notice(request: HttpRequest, line: str) -> HttpResponse:
    """Take events of calls on a line, each once, in any order; answers of which calls they were, or 202 where they wait to be taken with others."""

    def read() -> tuple[PhoneLine, list[Event]]:
        found = _line(line)
        if not secret_of(found.sealed_secret, SECRET):
            raise Http404
        return found, read_notice(found, request.body, request.headers.get("X-Moment", ""), request.headers.get("X-Signature", ""))

    check_size(request, LARGEST)
    calls = _told(request, line, read)
    if calls is None:
        return JsonResponse({"calls": [], "new": False, "waiting": True}, status=202)
    return JsonResponse({"calls": [str(c.pk) for c in calls], "new": bool(calls), "waiting": False})


@door(PUBLIC, "POST", channel=SIGNED, refuse=problem, own_units=True)
def twilio_step(request: HttpRequest, line: str, step: str) -> HttpResponse:
    """Answer one step of a call at Twilio with TwiML."""
    said = b""

    def read() -> tuple[PhoneLine, list[Event]]:
        nonlocal said
        found = _line(line)
        token = secret_of(found.sealed_token, TOKEN)
        if not token:
            raise Http404
        form = {name: list(values) for name, values in request.POST.lists()}
        if not is_signed_by_twilio(token, absolute(request, request.get_full_path()), form, request.headers.get("X-Twilio-Signature", "")):
            raise WrongSignature()
        given = {name: values[-1][:20_000] for source in (request.GET, request.POST) for name, values in source.lists()}
        if any("\x00" in text for text in given.values()):
            raise NotUnderstood(why="NUL")
        answered = twilio.answer(found, step, given, absolute(request, f"/api/hooks/calls/{found.pk}/twilio"))
        if answered is None:
            raise Http404
        said, events = answered
        return found, events

    check_size(request, twilio.LARGEST)
    _told(request, line, read)
    return HttpResponse(said, content_type="text/xml; charset=utf-8")


def _line(key: str) -> PhoneLine:
    found = PhoneLine.objects.filter(pk=int(key), is_active=True).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    if found is None:
        raise Http404
    return found


def _told(request: HttpRequest, line: str, read: Callable[[], tuple[PhoneLine, list[Event]]]) -> list[Call] | None:
    """Wrong signatures are counted, in a transaction that stands. Whoever signs rightly is never kept out by others' failures."""
    try:
        return receive(read)
    except WrongSignature:
        with unit_of_work(ACTOR, "telephony.refuse"):
            name = f"line {int(line)} from {client_address(request)}"
            if too_many_failures(request, name):
                raise TooManyFailures() from None
            note_failure(request, name)
        raise
