"""What providers bring: messages of contacts become tickets, or go on in them; each once, however often it is brought."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.parsing import Attached
from fondaco.frontoffice.messaging.answering import ACTOR
from fondaco.frontoffice.messaging.models import Conversation, MessageChannel, Passing
from fondaco.frontoffice.messaging.providers import PROVIDERS
from fondaco.frontoffice.messaging.providers.base import Inbound, Media, NotTaken, Refused
from fondaco.frontoffice.messaging.queries import party_of_number
from fondaco.frontoffice.messaging.secrets import key_of, secret_of
from fondaco.frontoffice.service.attaching import keep_attached
from fondaco.frontoffice.service.continuing import take_up
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.platform.access.actors import Actor
from fondaco.platform.database import tenancy
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.calling import NoAnswer
from fondaco.platform.jobs.working import Progress, job, start

FETCH, ASK_NAME = "messaging.fetch_media", "messaging.ask_name"
LONGEST_SUBJECT = 80


def channel_behind(token: str) -> MessageChannel | None:
    """The channel of a token, where it may bring messages: it is active and has a secret."""
    return MessageChannel.objects.filter(token=token, is_active=True).exclude(sealed_secret="").first()


def channels_for(channel: MessageChannel, accounts: Iterable[str]) -> dict[str, MessageChannel]:
    """Which channel is meant by each account of ours that a provider named: this one, or another of his kind that he signs with the same secret."""
    found = {channel.our_number: channel}
    others = set(accounts) - {"", channel.our_number}
    if others:
        rows = MessageChannel.objects.filter(provider=channel.provider, our_number__in=others, is_active=True).exclude(sealed_secret="")
        secret = secret_of(channel)
        found |= {c.our_number: c for c in rows.order_by("-pk") if secret and secret_of(c) == secret}
    return found


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
    party = party_of_number(brought.contact) or _known_as(channel, brought.contact)
    subject = " ".join(text.split())[:LONGEST_SUBJECT]
    contact = f"{name} {brought.contact}".strip()
    values = {"company": channel.company_id, "subject": subject, "channel": "message", "queue": channel.queue, "contact_name": contact, "party": party}  # fmt: skip
    (key,) = open_tickets(ACTOR, [Opening(values, text)]).ids
    conversation = Conversation(ticket_id=key, channel=channel, contact=brought.contact)
    insert_rows(Conversation, [conversation])
    if not name and PROVIDERS[channel.provider].name_of is not None:
        start(ACTOR, ASK_NAME, str(_("Ask how {contact} is called").format(contact=brought.contact)), {"conversation": conversation.pk})
    return conversation, TicketMessage.objects.select_related("ticket").filter(ticket=key, direction=TicketMessage.IN).earliest("pk")


def _known_as(channel: MessageChannel, contact: str) -> int | None:
    """Whose customer somebody said that this contact is, when he wrote before."""
    said = Conversation.objects.filter(channel=channel, contact=contact, ticket__party__isnull=False).order_by("-pk")
    return said.values_list("ticket__party", flat=True).first()


def _attach(message: TicketMessage, files: Sequence[Media]) -> None:
    keep_attached([(message, [Attached(f.name, f.content) for f in files])])


@job(ASK_NAME)
def ask_name(actor: Actor, progress: Progress, *, conversation: int) -> Mapping[str, Any]:
    """Ask the provider how a contact is called, and write it on his ticket; where he does not say, the contact stays as he came."""
    row = Conversation.objects.select_related("channel", "ticket").get(pk=conversation)
    channel = row.channel
    assert channel is not None
    ask, key = PROVIDERS[channel.provider].name_of, key_of(channel)
    try:
        name = " ".join(ask(channel, key, row.contact).split()) if ask is not None and key else ""
    except (Refused, NotTaken, NoAnswer) as error:
        return {"name": "", "why": str(error)[:200]}
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=row.ticket_id)
    if name and ticket.contact_name == row.contact:
        ticket.contact_name = f"{name} {row.contact}"
        DocumentSet(Ticket, [ticket], actor).save("contact_name")
    return {"name": name}


@job(FETCH)
def fetch_media(actor: Actor, progress: Progress, *, passing: int, files: Sequence[Sequence[str]]) -> Mapping[str, Any]:
    """Fetch the files of a message from its provider, and keep them on the message; of one that does not come, the ticket says so."""
    row = Passing.objects.select_related("conversation__channel", "message").get(pk=passing)
    channel, ticket = row.conversation.channel, row.conversation.ticket_id
    assert channel is not None
    got, missed = [], []
    for name, url in files:
        try:
            got.append(Media(name, PROVIDERS[channel.provider].fetch(channel, key_of(channel), url)))
        except (Refused, NotTaken, NoAnswer) as error:
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
