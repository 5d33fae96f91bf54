"""Opening a ticket from a form, the portal or another program, with what the customer wrote."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.service.models import Ticket, TicketMessage, TicketSource
from fondaco.frontoffice.service.refusals import NothingSaid
from fondaco.frontoffice.service.resources import TicketResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.documents.performing import Outcome, once
from fondaco.platform.resources.writing import create

LONGEST = 100_000


def open_ticket(
    actor: Actor,
    values: Mapping[str, Any],
    *,
    body: str,
    sources: Sequence[tuple[str, int, str]] = (),
    idempotency_key: str = "",
) -> Outcome:
    """Open one ticket with its first message; ``ids`` holds it.

    ``values`` are the writable fields of a ticket; the customer is the party given, or the one known by the contact's
    address. ``sources`` are the documents it is about: table, key and how they are called. Refused as any creation is.
    """
    if not body.strip():
        raise NothingSaid(document=str(values.get("subject", "")), fields={"body": _("empty")})
    if len(body) > LONGEST or "\x00" in body:
        problem = _("a text of at most {longest} characters").format(longest=LONGEST)
        raise InvalidInput(record=str(values.get("subject", "")), problems=problem, fields={"body": problem})

    def work() -> Outcome:
        outcome = create(actor, TicketResource, [values])
        ticket = Ticket.objects.get(pk=outcome.ids[0])
        author = " ".join(filter(None, [ticket.contact_name, f"<{ticket.contact_email}>" if ticket.contact_email else ""]))
        message = TicketMessage(ticket=ticket, at=timezone.now(), direction=TicketMessage.IN, author=author or actor.name, body=body)
        insert_rows(TicketMessage, [message])
        insert_rows(TicketSource, [TicketSource(ticket=ticket, source_table=t, source_id=key, label=label) for t, key, label in sources])
        return outcome

    content = {"open_ticket": dict(values), "body": body, "sources": [list(s) for s in sources]}
    return once(actor, "service.open_ticket", content, work, idempotency_key=idempotency_key)
