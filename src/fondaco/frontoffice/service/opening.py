"""Opening tickets from a form, the portal or another program, each with what the customer wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Opening:
    """A ticket to open and its first message.

    ``values`` are the writable fields of a ticket; the customer is the party given, or the one known by the contact's
    address. ``sources`` are the documents it is about: table, key and how they are called.
    """

    values: Mapping[str, Any]
    body: str
    sources: Sequence[tuple[str, int, str]] = ()

    def check(self) -> None:
        subject = str(self.values.get("subject", ""))
        if not self.body.strip():
            raise NothingSaid(document=subject, fields={"body": _("empty")})
        if len(self.body) > LONGEST or "\x00" in self.body:
            problem = _("a text of at most {longest} characters").format(longest=LONGEST)
            raise InvalidInput(record=subject, problems=problem, fields={"body": problem})


def open_tickets(actor: Actor, openings: Sequence[Opening], *, idempotency_key: str = "") -> Outcome:
    """Open tickets with their first messages; ``ids`` holds them in the order given. Refused as any creation is, all or none."""
    for opening in openings:
        opening.check()

    def work() -> Outcome:
        outcome = create(actor, TicketResource, [o.values for o in openings])
        rows = Ticket.objects.in_bulk(outcome.ids)
        opened = [(rows[key], o) for key, o in zip(outcome.ids, openings, strict=True)]
        now = timezone.now()
        insert_rows(
            TicketMessage,
            [TicketMessage(ticket=t, at=now, direction=TicketMessage.IN, author=_author(t, actor), body=o.body) for t, o in opened],
        )
        insert_rows(
            TicketSource,
            [TicketSource(ticket=t, source_table=table, source_id=key, label=label) for t, o in opened for table, key, label in o.sources],
        )
        return outcome

    content = {"open_tickets": [{"values": dict(o.values), "body": o.body, "sources": [list(s) for s in o.sources]} for o in openings]}
    return once(actor, "service.open_tickets", content, work, idempotency_key=idempotency_key)


def _author(ticket: Ticket, actor: Actor) -> str:
    address = f"<{ticket.contact_email}>" if ticket.contact_email else ""
    return " ".join(filter(None, [ticket.contact_name, address])) or actor.name
