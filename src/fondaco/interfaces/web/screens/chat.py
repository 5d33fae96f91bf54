"""The chat as its visitor has it (SV-01): a page to begin, a page to talk, and what is new as server-sent events. Works without script, by forms and links.

The answer to who listens is short: what is new, and after how many milliseconds to ask again. A browser's EventSource does so by itself, and no
process is held by somebody who only waits.
"""

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.frontoffice.messaging.chatting import Said, Seen, begin, leave, line_behind, listen, say
from fondaco.frontoffice.messaging.models import ChatLine
from fondaco.frontoffice.messaging.refusals import FormIncomplete, NothingToSend, TooManyChats, TooMuchSaid
from fondaco.frontoffice.sla.hours import hours_of, open_until
from fondaco.frontoffice.sla.models import CalendarHours
from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.interfaces.web.formatting import Formatting, formatting_for
from fondaco.interfaces.web.frame import page
from fondaco.masterdata.users.models import OutsideUser

#: After so many milliseconds a browser asks again.
AGAIN = 2_000


@door(PUBLIC, "GET", "POST")
def start(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a chat line; POST begins a conversation."""
    line = line_behind(token)
    person = _person(request)
    problems: dict[str, Any] = {}
    error, status = "", 200
    if request.method == "POST":
        given = {name: request.POST.get(name, "")[:20_000] for name in ("name", "email", "text")}
        try:
            secret = begin(line, **given, address=client_address(request), language=translation.get_language() or "en", person=person)
            return HttpResponseRedirect(f"/chat/c/{secret}")
        except FormIncomplete as refusal:
            problems, status = refusal.fields, refusal.status
        except TooManyChats as refusal:
            error, status = refusal.sentence(), refusal.status
    fields = [
        {"name": "name", "label": _("Name"), "value": request.POST.get("name", "")[:200], "required": True, "autocomplete": "name", "error": problems.get("name")},
        {"name": "email", "kind": "email", "label": _("Mail address"), "value": request.POST.get("email", "")[:320], "required": True, "autocomplete": "email", "error": problems.get("email"), "hint": _("If you leave before we answer, the answer goes there.")},
    ]  # fmt: skip
    text = {"name": "text", "kind": "textarea", "rows": 5, "wide": True, "label": _("What is it about?"), "value": request.POST.get("text", "")[:4_000], "required": True, "error": problems.get("text")}  # fmt: skip
    errors = [{"text": sentence, "field": f"id_{name}"} for name, sentence in problems.items()] + ([{"text": error}] if error else [])
    context = {
        "title": line.name, "line": line, "person": person, "fields": [text] if person else [*fields, text], "errors": errors,
        "hours": _hours(line), "when": _when(line), "sender": _sender(line), "action": request.path,
    }  # fmt: skip
    return _kept_private(page(request, "web/chat_start.html", context, status=status))


@door(PUBLIC, "GET", "POST")
def talk(request: HttpRequest, secret: str) -> HttpResponse:
    """The conversation behind a link; POST writes into it, or ends it."""
    person = _person_key(request)
    error, status = "", 200
    if request.method == "POST":
        try:
            if request.POST.get("verb") == "end":
                leave(secret, person)
            else:
                say(secret, request.POST.get("text", "")[:20_000], person)
                if _is_script(request):
                    return JsonResponse({})
            return HttpResponseRedirect(request.path)
        except (NothingToSend, TooMuchSaid) as refusal:
            if _is_script(request):
                raise
            error, status = refusal.sentence(), refusal.status
    seen = listen(secret, person)
    line = seen.conversation.line
    assert line is not None
    context = {
        "title": line.name, "line": line, "said": [_shown(one, seen) for one in seen.said], "over": seen.is_over, "standing": _standing(seen),
        "errors": [{"text": error, "field": "id_text"}] if error else [], "text": request.POST.get("text", "")[:4_000] if error else "",
        "action": request.path, "live": f"{request.path}/live", "count": len(seen.said), "anew": f"/chat/{line.token}", "sender": _sender(line),
    }  # fmt: skip
    return _kept_private(page(request, "web/chat.html", context, status=status))


@door(PUBLIC, "GET")
def live(request: HttpRequest, secret: str) -> HttpResponse:
    """What is new in the conversation, as events: messages by their number, how it stands, and whether it is over."""
    told = request.headers.get("Last-Event-ID", "") or request.GET.get("after", "")
    seen = listen(secret, _person_key(request), after=int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0)
    lines = [f"retry: {AGAIN}"]
    for one in seen.said:
        lines += ["", f"id: {one.number}", f"data: {json.dumps(_shown(one, seen))}"]
    lines += ["", f"event: {'over' if seen.is_over else 'standing'}", f"data: {json.dumps({'text': _standing(seen)})}", "", ""]
    return _kept_private(HttpResponse("\n".join(lines), content_type="text/event-stream; charset=utf-8"))


def _is_script(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _person(request: HttpRequest) -> OutsideUser | None:
    key = _person_key(request)
    return OutsideUser.objects.get(pk=key) if key is not None else None


def _person_key(request: HttpRequest) -> int | None:
    key: int | None = request.actor.outside_id  # type: ignore[attr-defined]
    return key


def _kept_private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer" if "text/html" not in response.headers["Content-Type"] else "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _formats(line: ChatLine) -> Formatting:
    return formatting_for(translation.get_language() or "en", ZoneInfo(line.company.time_zone))


def _shown(one: Said, seen: Seen) -> dict[str, Any]:
    line = seen.conversation.line
    assert line is not None
    return {"number": one.number, "own": one.is_own, "author": one.author, "at": _formats(line).moment(one.at), "text": one.text}


def _standing(seen: Seen) -> str:
    """How the conversation stands, in words for the visitor."""
    email = seen.conversation.ticket.contact_email
    if seen.conversation.ended_by == seen.conversation.CLOSED:
        return _("Nobody is here now. We have your message and answer by mail to {email}.").format(email=email)
    if seen.is_over:
        return _("This chat has ended. What we still have to say goes by mail to {email}.").format(email=email)
    if seen.ahead:
        return ngettext("{count} visitor waits before you.", "{count} visitors wait before you.", seen.ahead).format(count=seen.ahead)
    if seen.agent:
        return _("{name} is with you.").format(name=seen.agent)
    return _("You are next. We answer here as soon as somebody is free.")


def _when(line: ChatLine) -> dict[str, Any]:
    is_open, moment = open_until(line.calendar_id, timezone.now())
    at = _formats(line).moment(moment) if moment else ""
    if is_open:
        return {"open": True, "text": _("We are here until {at}.").format(at=at) if at else _("We are here.")}
    if not at:
        return {"open": False, "text": _("Nobody is here now. Write all the same: we answer by mail.")}
    return {"open": False, "text": _("Nobody is here until {at}. Write all the same: we answer by mail.").format(at=at)}


def _hours(line: ChatLine) -> list[tuple[str, str]]:
    """The hours of each day on which the line is open."""
    days, found = dict(CalendarHours.WEEKDAYS), dict[str, list[str]]()
    for weekday, opens, closes in hours_of(line.calendar_id) if line.calendar_id else ():
        found.setdefault(str(days[weekday]), []).append(f"{opens:%H:%M}–{closes:%H:%M}")
    return [(day, ", ".join(spans)) for day, spans in found.items()]


def _sender(line: ChatLine) -> dict[str, Any]:
    house = line.company
    return {"name": house.name, "lines": [part for part in (house.phone, house.email) if part]}
