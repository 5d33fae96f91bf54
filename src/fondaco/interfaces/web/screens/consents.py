"""What people decide by a link, without signing in (MK-01): what they want to hear from us, stopping it at once, confirming."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED, door
from fondaco.interfaces.web.errors import refused
from fondaco.interfaces.web.frame import page
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.consent.choosing import Preferences, choose, confirm, preferences, question, stop
from fondaco.masterdata.consent.models import CHANNELS
from fondaco.masterdata.consent.recording import Proof


def _proof(request: HttpRequest, source: str, language: str) -> Proof:
    return Proof(source, language, request.path[:20], client_address(request), request.headers.get("User-Agent", "").replace("\x00", ""))


@door(PUBLIC, "GET", "POST", channel=SIGNED, refuse=refused)
def choices(request: HttpRequest, token: str) -> HttpResponse:
    """Everything somebody may agree to, as it stands; POST keeps what he chose. The link's signature is what lets him in."""
    seen = preferences(token)
    with translation.override(seen.language):
        kept = request.method == "POST"
        if kept:
            wanted = {(code, channel) for value in request.POST.getlist("wants")[:200] for code, _dot, channel in [value.rpartition(".")]}
            seen = choose(token, wanted, _proof(request, _("preference page"), seen.language))
        return _drawn(request, token, seen, _("Kept. It holds at once.") if kept else "")


def _drawn(request: HttpRequest, token: str, seen: Preferences, said: str) -> HttpResponse:
    words = dict(CHANNELS)
    shown = [
        {
            "title": c.purpose.title(), "code": c.purpose.code, "text": c.text.words(seen.language) if c.text else "",
            "channels": [{"key": k, "word": str(words[k]), "given": given} for k, given in c.channels.items()],
        }
        for c in seen.choices
        if c.channels
    ]  # fmt: skip
    context = {
        "title": _("What you hear from us"),
        "name": seen.name,
        "choices": shown,
        "said": said,
        "path": f"/c/{token}",
        "sender": _sender(seen.company),
    }
    return page(request, "web/consent_choices.html", context)


@door(PUBLIC, "GET", "POST", channel=SIGNED, refuse=refused)
def stop_one(request: HttpRequest, token: str, code: str) -> HttpResponse:
    """Stop one purpose: GET shows a button, POST does it at once, also when a mail program asks for it by itself (RFC 8058)."""
    seen = preferences(token)
    with translation.override(seen.language):
        context: dict[str, Any] = {"sender": _sender(seen.company), "path": request.path, "more": f"/c/{token}", "name": seen.name}
        if request.method == "POST":
            by = _("mail program, one click") if request.POST.get("List-Unsubscribe") == "One-Click" else _("unsubscribe link")
            _seen, purpose = stop(token, code, _proof(request, by, seen.language))
            context |= {
                "title": _("You are unsubscribed"),
                "sentence": _("“{purpose}” no longer comes to you.").format(purpose=purpose.title()),
            }
        else:
            named = next((c.purpose.title() for c in seen.choices if c.purpose.code == code), code)
            context |= {
                "title": _("Unsubscribe"),
                "sentence": _("Shall “{purpose}” no longer come to you?").format(purpose=named),
                "ask": _("Unsubscribe"),
            }
        return page(request, "web/consent_answer.html", context)


@door(PUBLIC, "GET", "POST", channel=SIGNED, refuse=refused)
def confirmed(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm by the link of the mail: GET shows what it is about, so that no mail scanner says yes; POST does it."""
    asked = question(token)
    language = asked.language or "en"
    with translation.override(language):
        purpose = asked.purpose.title()
        context: dict[str, Any] = {"sender": _sender(asked.purpose.company), "path": request.path, "name": asked.address}
        if request.method == "POST":
            confirm(token, _proof(request, "", language))
            context |= {
                "title": _("Thank you"),
                "sentence": _("“{purpose}” will come to you. Each mail has a link to stop it.").format(purpose=purpose),
            }
        else:
            text = asked.text.words(language) if asked.text else ""
            context |= {"title": _("Please confirm"), "sentence": text or purpose, "ask": _("Yes, I agree")}
        return page(request, "web/consent_answer.html", context)


def _sender(company: Company) -> dict[str, Any]:
    return {"name": company.name, "lines": [company.email] if company.email else []}
