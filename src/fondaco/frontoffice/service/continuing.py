"""What a customer writes to his ticket, however he does: it joins the conversation, and what waited, or was over, is open again."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.crm.people import told
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.masterdata.parties.actions import record
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet


def continue_tickets(written: Sequence[tuple[Ticket, str, str]], actor: Actor) -> None:
    """Add what customers wrote to their tickets (locked): ticket, author, text. Three statements at most, whatever their number."""
    now = timezone.now()
    insert_rows(TicketMessage, [TicketMessage(ticket=t, at=now, direction=TicketMessage.IN, author=author, body=body) for t, author, body in written])  # fmt: skip
    take_up([(t, body) for t, _author, body in written], actor, actor.channel)


def take_up(said: Sequence[tuple[Ticket, str]], actor: Actor, channel: str) -> None:
    """Customers have written to tickets that are there: those that waited, or were over, are open again, and the timelines tell it."""
    again = {t.pk: t for t, _body in said if t.state in {"waiting", "solved", "closed"}}
    for ticket in again.values():
        ticket.state, ticket.solved_at = "open", None
    if again:
        DocumentSet(Ticket, list(again.values()), actor).save("state", "solved_at")
    record(
        [
            told(
                t, actor, kind="ticket", title=_("Message to {number}").format(number=t.number), direction="in", channel=channel, body=body
            )
            for t, body in said
            if t.party_id
        ]
    )
