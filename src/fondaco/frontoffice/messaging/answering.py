"""Answers to tickets leave by their conversation: into a chat whose visitor is there, or to the provider by the outbox; what he did not read goes by mail."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.sending import CHANNEL as BY_ACCOUNT
from fondaco.frontoffice.correspondence.sending import accounts_of
from fondaco.frontoffice.messaging.models import Conversation, Passing
from fondaco.frontoffice.messaging.providers import PROVIDERS
from fondaco.frontoffice.messaging.providers.base import Refused, Status, UpTo
from fondaco.frontoffice.messaging.queries import heard_by_chat
from fondaco.frontoffice.messaging.refusals import AnswerTooLong, WindowClosed
from fondaco.frontoffice.messaging.secrets import key_of as key_for
from fondaco.frontoffice.service.actions import senders_of
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.frontoffice.service.ways import answers, key_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import Noted, carries

CHANNEL, IN_CHAT = "message", "chat"
HOOK = "/api/hooks/messages/"
ACTOR = Actor.program("messaging", channel="message")


# ------------------------------------------------------------------ the ways


def _chatting(tickets: Sequence[Ticket]) -> set[int]:
    return heard_by_chat([t.pk for t in tickets if t.channel == "chat"], timezone.now())


@answers(_chatting)
def into_chat(messages: Sequence[TicketMessage]) -> None:
    """The visitor's page has the answer at once; the outbox keeps that it went."""
    now = timezone.now()
    talks = _conversations(messages)
    insert_rows(
        Passing,
        [Passing(conversation_id=talks[m.ticket_id].pk, message=m, state=Passing.SENT, state_at=now) for m in messages],
    )
    insert_rows(
        OutboxMessage,
        [
            OutboxMessage(key=key_of(m), channel=IN_CHAT, payload={"conversation": talks[m.ticket_id].pk}, created_at=now, sent_at=now)
            for m in messages
        ],
    )


def _messaging(tickets: Sequence[Ticket]) -> list[int]:
    """Those whose provider still takes an answer. Where he does not, it goes by mail; without an address it is refused. Two statements."""
    ours = {t.pk: t for t in tickets if t.channel == "message"}
    if not ours:
        return []
    talks = (
        Conversation.objects.filter(ticket__in=ours, channel__is_active=True).exclude(channel__sealed_secret="").select_related("channel")
    )
    said = dict(
        Passing.objects.filter(conversation__ticket__in=ours, state=Passing.RECEIVED)
        .values_list("conversation")
        .annotate(Max("message__at"))
    )
    taken = []
    for talk in talks:
        window = PROVIDERS[talk.channel.provider].window if talk.channel is not None else None
        if window is None or said[talk.pk] > timezone.now() - window:
            taken.append(talk.ticket_id)
        elif not ours[talk.ticket_id].contact_email and talk.channel is not None:
            ticket = ours[talk.ticket_id]
            raise WindowClosed(
                document=ticket, at=timezone.localtime(said[talk.pk]).strftime("%Y-%m-%d %H:%M"), provider=talk.channel.get_provider_display(),
                hours=window // timedelta(hours=1), rows=rows_json([ticket]),
            )  # fmt: skip
    return taken


@answers(_messaging)
def to_provider(messages: Sequence[TicketMessage]) -> None:
    """Each goes to the provider after the commit. Raises AnswerTooLong."""
    now = timezone.now()
    talks = _conversations(messages)
    _check_lengths(messages, talks)
    rows = [
        Passing(
            conversation_id=talks[m.ticket_id].pk,
            message=m,
            channel_id=talks[m.ticket_id].channel_id,
            state=Passing.QUEUED,
            state_at=now,
        )
        for m in messages
    ]
    insert_rows(Passing, rows)
    insert_rows(
        OutboxMessage,
        [
            OutboxMessage(key=key_of(m), channel=CHANNEL, payload={"passing": row.pk}, created_at=now)
            for m, row in zip(messages, rows, strict=True)
        ],
    )


def _check_lengths(messages: Sequence[TicketMessage], talks: Mapping[int, Conversation]) -> None:
    for message in messages:
        talk = talks[message.ticket_id]
        channel = talk.channel
        provider = PROVIDERS[channel.provider] if channel is not None else None
        length = provider.length(message.body) if provider is not None else 0
        if channel is not None and provider is not None and provider.longest is not None and length > provider.longest:
            raise AnswerTooLong(
                document=talk.ticket, provider=channel.get_provider_display(), longest=provider.longest, length=length, rows=rows_json([talk.ticket])
            )  # fmt: skip


def _conversations(messages: Sequence[TicketMessage]) -> dict[int, Conversation]:
    found = Conversation.objects.filter(ticket__in=[m.ticket_id for m in messages]).select_related("channel", "ticket")
    return {c.ticket_id: c for c in found}


# ------------------------------------------------------------------ to the provider


class SwitchedOff(Exception):
    """The channel is off, or has no secret or token; tried again."""


@carries(CHANNEL)
def carry(key: str, payload: Mapping[str, Any]) -> Noted:
    """Hand one answer to its provider; what it says is written when it went."""
    with unit_of_work(ACTOR.username, "messaging.send"):
        passing = Passing.objects.select_related("message", "conversation__channel").get(pk=payload["passing"])
        channel = passing.conversation.channel
        secret = key_for(channel) if channel is not None and channel.is_active else ""
        status_url = f"{public_address()}{HOOK}{channel.token}" if channel is not None else ""
    if channel is None or not secret:
        raise SwitchedOff("the message channel is switched off, or has no secret, or no access token")
    try:
        number = PROVIDERS[channel.provider].send(channel, secret, passing, passing.conversation.contact, status_url)
    except Refused as refused:
        return partial(_write, channel.pk, Status("", Passing.FAILED, ours=passing.pk, problem=str(refused)))
    return partial(_write, channel.pk, Status(number, Passing.SENT, ours=passing.pk))


def _write(channel: int, status: Status) -> None:
    became(channel, status)


RANKS = (Passing.QUEUED, Passing.SENT, Passing.DELIVERED, Passing.READ)


def became(channel: int, status: Status) -> bool:
    """Write what a provider says of a message of ours, in whatever order it says it; whether it was news. What failed is told on its ticket."""
    known = Passing.objects.select_for_update(of=("self",)).filter(channel=channel, message__direction=TicketMessage.OUT)
    passing = known.filter(pk=status.ours).first() if status.ours is not None else known.filter(provider_id=status.id).first()
    if passing is None or (passing.provider_id and status.id and passing.provider_id != status.id):
        return False
    passing.provider_id = passing.provider_id or status.id
    news = _is_news(passing.state, status.state)
    if news:
        passing.state, passing.state_at, passing.problem = status.state, timezone.now(), status.problem.replace("\x00", "")[:500]
    passing.save(update_fields=["provider_id", "state", "state_at", "problem"])
    if news and passing.state == Passing.FAILED:
        _tell_failure(passing)
    return news


def became_up_to(channel: int, told: UpTo) -> int:
    """Write what a provider says of all that went to a contact up to a moment; of how many it was news. Three statements at most."""
    known = Passing.objects.select_for_update(of=("self",)).filter(channel=channel, conversation__contact=told.contact)
    before = RANKS[RANKS.index(Passing.SENT) : RANKS.index(told.state)]
    rows = list(known.filter(message__direction=TicketMessage.OUT, message__at__lte=told.until, state__in=before).order_by("pk"))
    if rows:
        update_rows(Passing, {"id": [r.pk for r in rows], "state": [told.state] * len(rows), "state_at": [timezone.now()] * len(rows)})
    return len(rows)


def _is_news(state: str, then: str) -> bool:
    if state in (Passing.FAILED, Passing.READ):
        return False
    if then == Passing.FAILED:
        return state in (Passing.QUEUED, Passing.SENT)
    return RANKS.index(then) > RANKS.index(state)


def _tell_failure(passing: Passing) -> None:
    """The ticket is open again, with a note: nobody waits for an answer to what never arrived."""
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=passing.conversation.ticket_id)
    insert_rows(
        TicketMessage,
        [
            TicketMessage(
                ticket=ticket,
                at=timezone.now(),
                direction=TicketMessage.INTERNAL,
                author=ACTOR.name,
                body=_("The answer did not arrive: {problem}").format(problem=passing.problem or _("the provider does not say why")),
            )
        ],
    )
    if ticket.state == "waiting":
        ticket.state = "open"
        DocumentSet(Ticket, [ticket], ACTOR).save("state")


# ------------------------------------------------------------------ by mail instead


def end(conversations: Sequence[Conversation], by: str) -> None:
    """End chats that go on; what their visitors were not shown goes to them by mail. The same few statements for one and for many."""
    going = [c for c in conversations if c.line_id is not None and c.ended_at is None]
    if not going:
        return
    unread = _unread(going)
    now = timezone.now()
    update_rows(Conversation, {"id": [c.pk for c in going], "ended_at": [now] * len(going), "ended_by": [by] * len(going)})
    tickets = Ticket.objects.in_bulk([c.ticket_id for c in going if unread.get(c.pk)])
    senders = senders_of(list(tickets.values()))
    mails = [
        _mail(c, tickets[c.ticket_id], unread[c.pk], *senders[c.ticket_id])
        for c in going
        if unread.get(c.pk) and tickets[c.ticket_id].contact_email
    ]
    accounts = accounts_of({mail.payload["from_address"] for mail in mails})
    for mail in mails:
        account = accounts.get(mail.payload["from_address"])
        if account is not None:
            mail.channel, mail.payload = BY_ACCOUNT, mail.payload | {"account": account}
    insert_rows(OutboxMessage, mails)


def _unread(conversations: Sequence[Conversation]) -> dict[int, list[TicketMessage]]:
    """Our answers beyond what each visitor was shown."""
    passed: dict[int, list[TicketMessage]] = defaultdict(list)
    for p in Passing.objects.filter(conversation__in=[c.pk for c in conversations]).select_related("message").order_by("pk"):
        passed[p.conversation_id].append(p.message)
    return {c.pk: [m for m in passed[c.pk][c.read_count :] if m.direction == TicketMessage.OUT] for c in conversations}


def _mail(conversation: Conversation, ticket: Ticket, unread: Sequence[TicketMessage], name: str, address: str) -> OutboxMessage:
    with translation.override(conversation.language):
        subject = _("Our answer to your chat {number}").format(number=f"[#{ticket.number}]")
        opening = _("You had left the chat when we answered. This is what we wrote:")
        body = "\n\n".join([opening, *(m.body for m in unread)])
    return OutboxMessage(
        key=f"messaging.unread:{conversation.pk}",
        created_at=timezone.now(),
        channel="mail",
        payload={
            "from_name": name,
            "from_address": address,
            "to": [ticket.contact_email],
            "subject": subject,
            "text": body,
            # The identity of the last answer: what he writes to it finds the ticket.
            "headers": {"Message-ID": unread[-1].message_id},
        },
    )
