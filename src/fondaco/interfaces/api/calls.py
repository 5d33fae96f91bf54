"""What telephone systems tell of the calls on a line (SV-01): signed events as JSON, and Twilio's forms, which are answered with TwiML.

A line without a secret, and one that is not active, has no such door: it answers 404. Wrong signatures are counted by address, and after a few only
said to be too many.
"""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from fondaco.frontoffice.telephony import twilio
from fondaco.frontoffice.telephony.models import PhoneLine
from fondaco.frontoffice.telephony.notices import LARGEST, SECRET, TOKEN, read_notice, secret_of
from fondaco.frontoffice.telephony.refusals import NotUnderstood, TooManyFailures, WrongSignature
from fondaco.frontoffice.telephony.taking import take
from fondaco.interfaces.api.hooks import check_size
from fondaco.interfaces.api.problems import problem
from fondaco.interfaces.doors.addresses import absolute, client_address
from fondaco.interfaces.doors.guessing import note_failure, too_many_failures
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED, door
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.signing import is_signed_by_twilio

ACTOR = "program.telephony"


@door(PUBLIC, "POST", channel=SIGNED, refuse=problem)
def call_notice(request: HttpRequest, line: str) -> HttpResponse:
    """Take events of calls on a line, each once, in any order; answers how many calls they were of."""
    found = _line(line)
    if not secret_of(found.sealed_secret, SECRET):
        raise Http404
    check_size(request, LARGEST)
    try:
        events = read_notice(found, request.body, request.headers.get("X-Moment", ""), request.headers.get("X-Signature", ""))
    except WrongSignature as refusal:
        return _refused(request, found, refusal)
    with unit_of_work(ACTOR, "telephony.take"):
        calls = take([(found, event) for event in events])
    return JsonResponse({"calls": [str(c.pk) for c in calls], "new": bool(calls)})


@door(PUBLIC, "POST", channel=SIGNED, refuse=problem)
def twilio_step(request: HttpRequest, line: str, step: str) -> HttpResponse:
    """Answer one step of a call at Twilio with TwiML."""
    found = _line(line)
    token = secret_of(found.sealed_token, TOKEN)
    if not token:
        raise Http404
    check_size(request, twilio.LARGEST)
    form = {name: list(values) for name, values in request.POST.lists()}
    if not is_signed_by_twilio(token, absolute(request, request.get_full_path()), form, request.headers.get("X-Twilio-Signature", "")):
        return _refused(request, found, WrongSignature())
    given = {name: values[-1] for source in (request.GET, request.POST) for name, values in source.lists()}
    if any("\x00" in text for text in given.values()):
        raise NotUnderstood(why="NUL")
    with unit_of_work(ACTOR, "telephony.take"):
        said = twilio.answer(
            found, step, {name: text[:20_000] for name, text in given.items()}, absolute(request, f"/api/hooks/calls/{found.pk}/twilio")
        )
    if said is None:
        raise Http404
    return HttpResponse(said, content_type="text/xml; charset=utf-8")


def _line(key: str) -> PhoneLine:
    found = PhoneLine.objects.filter(pk=int(key), is_active=True).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    if found is None:
        raise Http404
    return found


def _refused(request: HttpRequest, line: PhoneLine, refusal: UserError) -> HttpResponse:
    """Answered, not raised: what is raised takes the count of failures back. Whoever signs rightly is never kept out by others' failures."""
    name = f"line {line.pk} from {client_address(request)}"
    if too_many_failures(request, name):
        return problem(request, TooManyFailures())
    note_failure(request, name)
    return problem(request, refusal)
