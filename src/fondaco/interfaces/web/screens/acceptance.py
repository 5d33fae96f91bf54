"""What a customer does through the link of a quote: read it, ask about it, accept it, decline it, take its PDF (PR-08). Nobody signs in."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.answering import accept_by_link, ask_by_link, decline_by_link, opened_by_link, pdf_by_link, view_by_link
from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.interfaces.web.frame import page
from fondaco.platform.database.refusals import UserError


@door(PUBLIC, "GET", "POST")
def quote(request: HttpRequest, token: str) -> HttpResponse:
    """The quote behind a link; POST accepts it in the name that is given."""
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        try:
            accept_by_link(
                token,
                request.POST.get("name", ""),
                client_address(request),
                request.headers.get("User-Agent", ""),
                request.POST.get("signature", ""),
                request.POST.get("reference", ""),
            )
            return HttpResponseRedirect(request.path)
        except UserError as refusal:
            if not refusal.fields:
                raise
            errors, status = [{"text": s, "field": f"id_{f}"} for f, s in refusal.fields.items()], refusal.status
    return _drawn(request, token, errors, status)


def _drawn(request: HttpRequest, token: str, errors: list[dict[str, Any]], status: int = 200) -> HttpResponse:
    seen = view_by_link(token)
    if request.method == "GET" and request.actor.user_id is None:  # type: ignore[attr-defined]
        opened_by_link(token)  # one of ours who tries the link is no visit of the customer
    with translation.override(seen["language"]):
        net, tax, gross = (seen["totals"][key] for key in ("net", "tax", "gross"))
        sums = [("net", _("Net"), net), ("tax", _("Tax"), tax), ("gross", _("Total"), gross)]
        seen["totals"] = [
            {"key": k, "label": label, "value": value, "decimals": seen["decimals"], "grand": k == "gross"} for k, label, value in sums
        ]
        context = {
            "title": _("Quote {number}").format(number=seen["number"]), "quote": seen, "accept_url": f"/q/{token}", "ask_url": f"/q/{token}/ask", "decline_url": f"/q/{token}/decline", "pdf_url": f"/q/{token}/pdf",
            "errors": errors, "name": request.POST.get("name", ""), "question": request.POST.get("text", ""), "sender": {"name": str(seen["company"]), "lines": []},
        }  # fmt: skip
        return page(request, "web/quote_acceptance.html", context, status=status)


@door(PUBLIC, "GET", "POST")
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """Ask about the quote; its link stays open."""
    if request.method != "POST":
        return HttpResponseRedirect(f"/q/{token}")
    try:
        ask_by_link(token, request.POST.get("name", ""), request.POST.get("text", ""))
    except UserError as refusal:
        if not refusal.fields:
            raise
        errors = [{"text": s, "field": f"ask-{f}"} for f, s in refusal.fields.items()]
        return _drawn(request, token, errors, refusal.status)
    seen = view_by_link(token)
    with translation.override(seen["language"]):
        context = {
            "title": _("Thank you for your question"), "jobs": [], "ways": [{"label": _("Back to the quote"), "url": f"/q/{token}"}],
            "sentence": _("We will answer you soon. The quote stays open for you until then."),
        }  # fmt: skip
        return page(request, "web/error.html", context)


@door(PUBLIC, "GET", "POST")
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """Decline the quote with a reason; the link is closed afterwards."""
    if request.method != "POST":
        return HttpResponseRedirect(f"/q/{token}")
    decline_by_link(token, request.POST.get("text", ""))
    return page(
        request,
        "web/error.html",
        {
            "title": _("Thank you for your answer"),
            "sentence": _("We have noted that the quote does not suit you. You can close this page."),
            "jobs": [],
            "ways": [{"label": _("Close"), "url": "/"}],
        },
    )


@door(PUBLIC, "GET")
def pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The quote as PDF."""
    response = HttpResponse(pdf_by_link(token), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="quote.pdf"'
    return response
