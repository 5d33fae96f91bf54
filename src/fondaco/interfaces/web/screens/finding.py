"""Ctrl-K: records, screens and verbs in one place, limited to what the asker may see and do."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import jobs_of
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.search.finding import Hit, search
from fondaco.platform.search.spelling import distance


@door(SIGNED_IN, "GET")
def find(request: HttpRequest) -> HttpResponse:
    """What answers to the words typed, mistyped ones too: screens, new documents, records."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    low = words.lower()
    actor = request.actor  # type: ignore[attr-defined]
    screens = [
        {"title": str(s["title"]), "subtitle": str(job["title"]), "url": s["url"], "icon": job["icon"], "kind": _("screen")}
        for job in jobs_of(request)
        for s in job["screens"]
        if _answers(low, str(s["title"]))
    ]
    verbs = [
        {"title": _("New: {what}").format(what=r.title_one), "subtitle": "", "url": f"{r.url()}/new", "icon": "plus", "kind": _("verb")}
        for r in RESOURCES.values()
        if r.write_permission and actor.may(r.write_permission) and low and (_answers(low, str(r.title_one)) or low in _("New").lower())
    ]
    hits = search(actor, words) if len(words) >= 2 else []
    groups = [
        {"title": _("Records"), "items": [_record(hit) for hit in hits if hit.exact]},
        {"title": _("Screens"), "items": screens[:8]},
        {"title": _("Verbs"), "items": verbs[:6]},
        {"title": _("Spelled alike"), "items": [_record(hit) for hit in hits if not hit.exact]},
    ]
    return JsonResponse({"groups": [g for g in groups if g["items"]]})


def _record(hit: Hit) -> dict[str, Any]:
    kind = str(hit.resource.title_one)
    title = hit.label or f"{kind} {hit.pk}"
    return {"title": title, "subtitle": "", "url": hit.resource.url(hit.pk), "icon": hit.resource.icon, "kind": kind}


def _answers(low: str, title: str) -> bool:
    """Whether a title says what was typed, or nearly."""
    there = title.lower()
    return low in there or (len(low) >= 4 and distance(low.split(), there.split()) is not None)
