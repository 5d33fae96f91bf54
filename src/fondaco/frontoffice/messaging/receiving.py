"""What providers bring: messages of contacts become tickets, or go on in them; each once, however often it is brought."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.parsing import Attached
from fondaco.frontoffice.messaging.answering import ACTOR
from fondaco.frontoffice.messaging.models import Conversation, MessageChannel, Passing
from fondaco.frontoffice.messaging.providers import PROVIDERS, Inbound, Media, Refused
from fondaco.frontoffice.messaging.queries import party_of_number
from fondaco.frontoffice.messaging.secrets import secret_of
from fondaco.frontoffice.service.attaching import keep_attached
from fondaco.frontoffice.service.continuing import take_up
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.platform.access.actors import Actor
from fondaco.platform.database import tenancy
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.events.calling import NoAnswer
from fondaco.platform.jobs.working import Progress, job, start

FETCH = "messaging.fetch_media"
LONGEST_SUBJECT = 80


def channel_behind(token: str) -> MessageChannel | None:
    """The channel of a token, where it may bring messages: it is active and has a secret."""
    return MessageChannel.objects.filter(token=token, is_active=True).exclude(sealed_secret="").first()


def take(channel: MessageChannel, brought: Inbound) -> bool:
    """File a message of a contact in the caller's unit; whether it was new. The contact's messages queue behind each other."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"{tenancy.key()}.messaging.{channel.pk}.{brought.contact}"])
    if Passing.objects.filter(channel=channel, provider_id=brought.id).exists():
        return False
    text = brought.text.strip() or _("(no text)")
    name = " ".join(brought.name.split())
    last = Conversation.objects.filter(channel=channel, contact=brought.contact).order_by("-pk").first()
    ticket = None
    if last is not None:
        ticket = Ticket.objects.select_for_update(of=("self",)).exclude(state="closed").filter(pk=last.ticket_id).first()
    if last is None or ticket is None:
        last, message = _begun(channel, brought, name, text)
        ticket = message.ticket
    else:
        message = TicketMessage(
            ticket=ticket, at=timezone.now(), direction=TicketMessage.IN, author=f"{name} {brought.contact}".strip(), body=text
        )
        insert_rows(TicketMessage, [message])
        take_up([(ticket, text)], ACTOR, "message")
    passing = Passing(conversation=last, message=message, channel=channel, provider_id=brought.id, state=Passing.RECEIVED)
    insert_rows(Passing, [passing])
    _attach(message, [m for m in brought.media if m.content])
    far = [[m.name, m.url] for m in brought.media if m.url]
    if far:
        start(ACTOR, FETCH, str(_("Fetch files of {number}").format(number=ticket.number)), {"passing": passing.pk, "files": far})
    return True


def _begun(channel: MessageChannel, brought: Inbound, name: str, text: str) -> tuple[Conversation, TicketMessage]:
    party = party_of_number(brought.contact)
    subject = " ".join(text.split())[:LONGEST_SUBJECT]
    contact = f"{name} {brought.contact}".strip()
    values = {"company": channel.company_id, "subject": subject, "channel": "message", "queue": channel.queue, "contact_name": contact, "party": party}  # fmt: skip
    (key,) = open_tickets(ACTOR, [Opening(values, text)]).ids
    conversation = Conversation(ticket_id=key, channel=channel, contact=brought.contact)
    insert_rows(Conversation, [conversation])
    return conversation, TicketMessage.objects.select_related("ticket").filter(ticket=key, direction=TicketMessage.IN).earliest("pk")


def _attach(message: TicketMessage, files: Sequence[Media]) -> None:
    keep_attached([(message, [Attached(f.name, f.content) for f in files])])


@job(FETCH)
def fetch_media(actor: Actor, progress: Progress, *, passing: int, files: Sequence[Sequence[str]]) -> Mapping[str, Any]:
    """Fetch the files of a message from its provider, and keep them on the message; of one that does not come, the ticket says so."""
    row = Passing.objects.select_related("conversation__channel", "message").get(pk=passing)
    channel, ticket = row.conversation.channel, row.conversation.ticket_id
    assert channel is not None
    got, missed = [], []
    for name, url in files:
        try:
            got.append(Media(name, PROVIDERS[channel.provider].fetch(channel, secret_of(channel), url)))
        except (Refused, NoAnswer) as error:
            missed.append(_("The file {name} could not be fetched: {why}").format(name=name, why=error))
    _attach(row.message, got)
    insert_rows(
        TicketMessage,
        [
            TicketMessage(ticket_id=ticket, at=timezone.now(), direction=TicketMessage.INTERNAL, author=ACTOR.name, body=body)
            for body in missed
        ],
    )
    return {"fetched": len(got), "missed": len(missed)}
