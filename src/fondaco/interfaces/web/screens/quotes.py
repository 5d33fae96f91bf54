"""What stands on a quote's page between house and customer: the link that was sent, and the answer that came back."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.links import path_of
from fondaco.frontoffice.sales.models import Quote
from fondaco.interfaces.doors.addresses import absolute
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.platform.access.visibility import visible

#: Whoever has the link can answer as the customer; it is shown to those who may send it.
SEND = "sales.send_quote"


def answer_of(request: HttpRequest, pk: int) -> dict[str, Any] | None:
    """The customer's link and answer as the page of a quote shows them; nothing before the quote was sent."""
    quote = Quote.objects.get(pk=pk)
    if quote.sent_at is None and not quote.accepted_by and quote.declined_at is None:
        return None
    made: dict[str, Any] = {"state": quote.state, "sent_at": quote.sent_at, "sent_to": quote.sent_to, "link": None, "closed": ""}
    if quote.state == "accepted":
        made |= {
            "by": quote.accepted_by, "at": quote.accepted_at, "address": quote.accepted_address, "reason": quote.accepted_reason, "online": not quote.accepted_reason,
        }  # fmt: skip
    elif quote.state == "declined":
        made |= {"at": quote.declined_at, "reason": quote.declined_reason}
    elif quote.state == "sent" and quote.valid_until is not None and quote.valid_until < today_of(request):
        made["closed"] = _("The link is closed: the quote was valid until its last day. Revise the quote to send a new one.")
    elif quote.state == "sent" and visible(Quote.objects.filter(pk=pk), request.actor, SEND).exists():  # type: ignore[attr-defined]
        made["link"] = absolute(request, path_of(quote))
    return made
