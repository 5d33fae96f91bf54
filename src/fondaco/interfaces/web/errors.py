"""Refusals and faults as pages: what could not be done, to which record, and what to do next. Never a trace."""

import logging
import secrets
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from fondaco.platform.database.refusals import UserError

log = logging.getLogger(__name__)


def refused(request: HttpRequest, refusal: UserError) -> HttpResponse:
    """Answer a refusal the way the asker can read it: a page, a sentence where a part of one was asked for, JSON for a script."""
    from fondaco.interfaces.web.frame import page

    sentence = refusal.sentence()
    if "application/json" in request.headers.get("Accept", "") or request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"detail": sentence, "code": refusal.code}, status=refusal.status)
    if request.headers.get("HX-Request"):
        return HttpResponse(format_html('<p class="small quiet">{}</p>', sentence), status=refusal.status)
    if refusal.status == 401:
        where = "/portal/sign-in" if request.path.startswith("/portal") else "/-/sign-in"
        if request.method == "GET":
            return HttpResponseRedirect(f"{where}?{urlencode({'next': request.get_full_path()})}")
        return HttpResponseRedirect(f"{where}?{urlencode({'next': came_from(request) or '/', 'unsaved': '1'})}")
    actor = getattr(request, "actor", None)
    titles = {403: _("This is not yours to do"), 404: _("Not found"), 409: _("This could not be done")}
    context = {"title": titles.get(refusal.status, _("This could not be done")), "sentence": sentence, "ways": ways_from(request)}
    if actor is None:
        return bare(request, context, refusal.status)
    return page(request, "web/error.html", context, status=refusal.status)


def ways_from(request: HttpRequest) -> list[dict[str, str]]:
    """Back to where the asker came from, when that is on this server; and to Today, or to nowhere for a visitor of a page outside."""
    if request.path.startswith(OUTSIDE) and getattr(getattr(request, "actor", None), "user_id", None) is None:
        return []
    outside = getattr(getattr(request, "actor", None), "outside_id", None) is not None
    ways = [{"label": _("Back to the portal"), "url": "/portal"} if outside else {"label": _("Back to Today"), "url": "/"}]
    before = came_from(request)
    if before and before != request.get_full_path():
        ways.insert(0, {"label": _("Back to the page before"), "url": before})
    return ways


def came_from(request: HttpRequest) -> str:
    """The page of this server from which the asker came; empty where it is not known."""
    before, here = request.headers.get("Referer", ""), f"{request.scheme}://{request.get_host()}"
    return before[len(here) :] if before.startswith(here + "/") else ""


#: What stands outside of the house: nobody there is led to its first page.
OUTSIDE = ("/f/", "/s/", "/q/", "/c/", "/v/", "/kb/", "/pay/")


def bare(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    """An error page that needs neither database nor session; in the browser's language, its sentences too."""
    language = translation.get_language_from_request(request)
    with translation.override(language):
        if request.path.startswith("/portal"):
            context = {"ways": [{"label": _("Back to the portal"), "url": "/portal"}], **context}
        elif request.path.startswith(OUTSIDE):
            context = {"ways": [], **context}
        context = {name: str(value) if isinstance(value, Promise) else value for name, value in context.items()}
        return render(
            request,
            "web/error.html",
            {"language": language, "jobs": [], "theme": "auto", "density": "comfortable", **context},
            status=status,
            using="jinja2",
        )


def turned_away(request: HttpRequest, refusal: UserError) -> HttpResponse:
    """A refusal before it is known whose pages these are: nothing but the sentence, in the browser's language."""
    with translation.override(translation.get_language_from_request(request)):
        titles = {404: _("Nobody is served here"), 503: _("Not in service at present")}
        response = bare(request, {"title": titles[refusal.status], "sentence": refusal.sentence(), "ways": []}, refusal.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def forgery_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    return bare(
        request,
        {
            "title": _lazy("The form was not accepted"),
            "sentence": _lazy("It did not come from a page of yours. Load the page again and repeat."),
        },
        403,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"type": "/api/problems/not_found", "title": "Not found", "status": 404, "detail": _("There is nothing at this address.")},
            status=404,
            content_type="application/problem+json",
        )
    return bare(request, {"title": _lazy("Not found"), "sentence": _lazy("There is nothing at this address.")}, 404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return bare(
        request, {"title": _lazy("The request could not be read"), "sentence": _lazy("Go back, reload the page and try again.")}, 400
    )


def fault(request: HttpRequest) -> HttpResponse:
    """A fault of ours: logged with a reference that the reader can tell."""
    reference = secrets.token_hex(4)
    log.error("fault %s at %s %s", reference, request.method, request.path)
    return bare(
        request,
        {
            "title": _lazy("Something went wrong on our side"),
            "sentence": _lazy("Nothing was saved. The fault is in the log; try again, or tell who runs this installation."),
            "reference": reference,
        },
        500,
    )
