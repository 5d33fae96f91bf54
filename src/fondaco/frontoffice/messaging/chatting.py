"""What a visitor does on the page of a chat line: begin, write, listen, end. Nobody is signed in: the secret of his link says which chat is his.

Whatever is wrong with a link, the same refusal (ChatGone) answers, so that nothing can be learned by trying. He is shown what passed by his chat
and nothing else of its ticket: no notes, and no mail that somebody wrote to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.messaging.answering import end
from fondaco.frontoffice.messaging.models import ChatLine, Conversation, Passing
from fondaco.frontoffice.messaging.queries import ahead_of
from fondaco.frontoffice.messaging.refusals import ChatEnded, ChatGone, FormIncomplete, NoSuchLine, NothingToSend, TooManyChats, TooMuchSaid
from fondaco.frontoffice.service.continuing import take_up
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.frontoffice.sla.hours import is_open
from fondaco.masterdata.users.models import OutsideUser
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.links import digest_of, new_secret
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work

ACTOR = Actor.program("chat", channel="chat")
LONGEST, LONGEST_NAME, LONGEST_SUBJECT = 4_000, 200, 80
#: So many chats one address on the net, or one mail address, begins in an hour; so many messages one chat has in a minute, and in all.
CHATS_AN_HOUR, A_MINUTE, IN_ALL = 10, 20, 500
#: How long the link of an ended chat still shows what was said.
SHOWN = timedelta(days=1)
#: A sign of the visitor is written down when the last one is older.
SIGN = timedelta(seconds=30)


@dataclass(frozen=True)
class Said:
    """A message as the visitor sees it; ``number`` counts those of his chat from 1."""

    number: int
    is_own: bool
    author: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Seen:
    """A chat as its visitor sees it: what was said beyond ``after``, who is with him, and how many wait before him."""

    conversation: Conversation
    said: Sequence[Said]
    agent: str
    ahead: int

    @property
    def is_over(self) -> bool:
        return self.conversation.ended_at is not None


def line_behind(token: str) -> ChatLine:
    """The line of an address. Raises NoSuchLine."""
    line = ChatLine.objects.select_related("company").filter(token=token, is_active=True).first()
    if line is None:
        raise NoSuchLine()
    return line


def begin(line: ChatLine, *, name: str, email: str, text: str, address: str, language: str, person: OutsideUser | None = None) -> str:
    """Begin a chat, and return the secret of its link. Out of hours it is over at once, and its ticket is answered by mail.

    Raises FormIncomplete with the fields, TooManyChats.
    """
    if person is not None:
        name, email = person.name, person.email
    name, email, text = " ".join(_storable(name).split())[:LONGEST_NAME], _storable(email).strip().lower(), _storable(text).strip()
    _check(name, email, text)
    with unit_of_work(ACTOR.username, "messaging.begin"):
        _check_often(address, email)
        values = {
            "company": line.company_id, "subject": " ".join(text.split())[:LONGEST_SUBJECT], "channel": "chat", "queue": line.queue,
            "contact_name": name, "contact_email": email, **({"party": person.party_id} if person is not None else {}),
        }  # fmt: skip
        (ticket,) = open_tickets(ACTOR, [Opening(values, text)]).ids
        now, secret = timezone.now(), new_secret()
        conversation = Conversation(
            ticket_id=ticket, line=line, contact=name, person=person, language=language if language in ("en", "it") else "en",
            digest=digest_of(secret), address=address, seen_at=now, read_count=1,
        )  # fmt: skip
        insert_rows(Conversation, [conversation])
        message = TicketMessage.objects.filter(ticket=ticket, direction=TicketMessage.IN).earliest("pk")
        insert_rows(Passing, [Passing(conversation=conversation, message=message, state=Passing.RECEIVED, state_at=now)])
        if not is_open(line.calendar_id, now):
            end([conversation], Conversation.CLOSED)
    return secret


def _check(name: str, email: str, text: str) -> None:
    fields = {}
    if not name:
        fields["name"] = _("Write your name.")
    try:
        validate_email(email)
    except ValidationError:
        fields["email"] = _("Write a mail address, such as anna@example.com.")
    if not text or len(text) > LONGEST:
        fields["text"] = _("Write what it is about, in at most {limit} characters.").format(limit=LONGEST)
    if fields:
        raise FormIncomplete(fields=fields)


def _check_often(address: str, email: str) -> None:
    since = timezone.now() - timedelta(hours=1)
    chats = Conversation.objects.filter(line__isnull=False, created_at__gte=since)
    counts = (
        chats.filter(address=address).count() if address else 0,
        Ticket.objects.filter(contact_email=email, created_at__gte=since).count(),
    )
    if max(counts) >= CHATS_AN_HOUR:
        raise TooManyChats(count=max(counts))


def chat_behind(secret: str, person: int | None = None, *, lock: bool = False) -> Conversation:
    """The chat of a link; one that a portal user began is shown to him alone. Raises ChatGone."""
    rows = Conversation.objects.select_related("line__company", "ticket__assignee")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    found = rows.filter(digest=digest_of(secret)).first()
    if found is None or found.person_id not in (None, person) or (found.ended_at and found.ended_at < timezone.now() - SHOWN):
        raise ChatGone()
    return found


def listen(secret: str, person: int | None = None, *, after: int = 0) -> Seen:
    """What was said beyond the first ``after`` messages; that the visitor is there, and what he has, is written down.

    Who asks for what comes after some has those; what is sent to him now he has when he asks again, so that an answer which never reached him
    counts as unread. A whole page is read.
    """
    with unit_of_work(ACTOR.username, "messaging.listen"):
        chat = chat_behind(secret, person)
        passed = Passing.objects.filter(conversation=chat).select_related("message").order_by("pk")
        said = [
            Said(
                number=n,
                is_own=p.message.direction == TicketMessage.IN,
                author=chat.contact if p.message.direction == TicketMessage.IN else p.message.author,
                at=p.message.at,
                text=p.message.body,
            )
            for n, p in enumerate(passed[max(0, after) :], start=max(0, after) + 1)
        ]
        if chat.ended_at is None:
            _be_there(chat, min(after, passed.count()) if after > 0 else len(said))
        agent = chat.ticket.assignee.name if chat.ticket.assignee else ""
        return Seen(chat, said, agent, ahead_of(chat) if chat.ended_at is None and chat.ticket.first_answer_at is None else 0)


def _be_there(chat: Conversation, shown: int) -> None:
    now = timezone.now()
    if shown > chat.read_count or chat.seen_at is None or chat.seen_at < now - SIGN:
        # Two pages of one visitor: the one that is behind takes nothing back.
        still = Conversation.objects.filter(pk=chat.pk, ended_at__isnull=True, read_count__lte=max(shown, chat.read_count))
        still.update(seen_at=now, read_count=max(shown, chat.read_count))


def say(secret: str, text: str, person: int | None = None) -> None:
    """Write a message into the chat. Raises ChatGone, ChatEnded, NothingToSend, TooMuchSaid."""
    text = _storable(text).strip()
    if not text or len(text) > LONGEST:
        raise NothingToSend(limit=LONGEST)
    with unit_of_work(ACTOR.username, "messaging.say"):
        chat = chat_behind(secret, person, lock=True)
        if chat.ended_at is not None:
            raise ChatEnded()
        own = Passing.objects.filter(conversation=chat, state=Passing.RECEIVED)
        if own.count() >= IN_ALL:
            raise TooMuchSaid(limit=IN_ALL)
        if own.filter(state_at__gte=timezone.now() - timedelta(minutes=1)).count() >= A_MINUTE:
            raise TooMuchSaid(limit=A_MINUTE)
        ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=chat.ticket_id)
        now = timezone.now()
        author = f"{chat.contact} <{ticket.contact_email}>" if ticket.contact_email else chat.contact
        message = TicketMessage(ticket=ticket, at=now, direction=TicketMessage.IN, author=author, body=text)
        insert_rows(TicketMessage, [message])
        insert_rows(Passing, [Passing(conversation=chat, message=message, state=Passing.RECEIVED, state_at=now)])
        Conversation.objects.filter(pk=chat.pk).update(seen_at=now)
        take_up([(ticket, text)], ACTOR, "chat")


def leave(secret: str, person: int | None = None) -> None:
    """End the chat as its visitor; what he has not read goes to him by mail. Raises ChatGone."""
    with unit_of_work(ACTOR.username, "messaging.leave"):
        end([chat_behind(secret, person, lock=True)], Conversation.VISITOR)


def _storable(text: str) -> str:
    """The text without what a database or UTF-8 cannot hold, and without what turns writing around."""
    plain = "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0x202A <= ord(c) <= 0x202E and not 0x2066 <= ord(c) <= 0x2069))
    return plain.encode("utf-8", "replace").decode("utf-8")
