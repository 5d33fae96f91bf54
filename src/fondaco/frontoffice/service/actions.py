"""The verbs of service: opening tickets, answering, assigning, solving."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.receivables.models import Dispute
from fondaco.frontoffice.correspondence.sending import CHANNEL, accounts_of
from fondaco.frontoffice.crm.people import told
from fondaco.frontoffice.service.models import Mailbox, Ticket, TicketMessage, TicketSource
from fondaco.frontoffice.service.refusals import DisputeIsOpen, NoAddress, NobodyToAssign, NothingSaid
from fondaco.frontoffice.service.ways import key_of, let_leave, ways_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.bus import emit
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.schema import Reference, Text

Words = Annotated[Text, Field(max_length=100_000)]
STAY = {"new": "new", "open": "open", "waiting": "waiting", "solved": "solved", "closed": "closed"}
#: Where the answers of a company come from that has neither mailbox nor address of its own.
NOWHERE = "service@localhost.localdomain"


def begin(tickets: Sequence[Ticket], actor: Actor) -> None:
    """Number new tickets, tell rooms above of them (``service.opened``), and their customers' timelines."""
    opened = DocumentSet(Ticket, tickets, actor)
    opened.number()
    emit("service.opened", opened)
    record(
        [
            told(t, actor, kind="ticket", title=f"{t.number}: {t.subject}", direction="in", channel=t.channel, at=timezone.now())
            for t in tickets
            if t.party_id
        ]
    )


@action(
    Ticket,
    moves={"new": "waiting", "open": "waiting", "waiting": "waiting", "solved": "waiting"},
    permission="service.reply_ticket",
    title=_("Reply"),
    done=_("Answer on its way"),
)
def reply(
    tickets: DocumentSet[Ticket],
    *,
    body: Words = "",
    bodies: dict[int, Words] = {},  # noqa: B006  a default for the doors, never changed
) -> None:
    """Answer the contacts by the way they came, a chat that goes on or a message, else by mail in their thread; the tickets then wait for them.

    ``bodies`` are the words to some of them, by ticket; the others get ``body``. The answers leave after the commit, through
    the outbox; each mail carries the ticket's number, so that its answer finds back.
    """
    words = {t.pk: bodies.get(t.pk, body) for t in tickets}
    _check_said(tickets, words)
    ways = ways_of(tickets.rows)
    homeless = [t for t in tickets if not (t.contact_email or t.pk in ways)]
    if homeless:
        raise NoAddress(document=", ".join(map(str, homeless[:20])), rows=rows_json(homeless))
    now = timezone.now()
    senders = senders_of(tickets.rows)
    threads: dict[int, list[str]] = {t.pk: [] for t in tickets}
    for key, message_id in (
        TicketMessage.objects.filter(ticket__in=tickets.ids).exclude(message_id="").order_by("id").values_list("ticket_id", "message_id")
    ):
        threads[key].append(message_id)
    messages, mails = [], []
    for ticket in tickets:
        name, address = senders[ticket.pk]
        thread = threads[ticket.pk]
        message = TicketMessage(
            ticket=ticket,
            at=now,
            direction=TicketMessage.OUT,
            author=tickets.actor.name or tickets.actor.username,
            user_id=tickets.actor.user_id,
            body=words[ticket.pk],
            message_id=f"<{uuid.uuid4().hex}@{address.rpartition('@')[2]}>",
            in_reply_to=thread[-1] if thread else "",
        )
        messages.append(message)
        if ticket.pk not in ways:
            mails.append(_mail(ticket, message, thread, name, address, now))
        ticket.first_answer_at = ticket.first_answer_at or now
    accounts = accounts_of({mail.payload["from_address"] for mail in mails})
    for mail in mails:
        account = accounts.get(mail.payload["from_address"])
        if account is not None:
            mail.channel, mail.payload = CHANNEL, mail.payload | {"account": account}
    insert_rows(TicketMessage, messages)
    insert_rows(OutboxMessage, mails)
    let_leave(messages, ways)
    tickets.save("first_answer_at")
    record(
        [
            told(t, tickets.actor, kind="ticket", title=_now("Answer to {number}").format(number=t.number), direction="out", channel=t.channel if t.pk in ways else "email", body=words[t.pk], at=now)
            for t in tickets
            if t.party_id
        ]
    )  # fmt: skip


def senders_of(tickets: Sequence[Ticket]) -> dict[int, tuple[str, str]]:
    """Name and address that answer each ticket: its mailbox, the first one of its company, or the company's address."""
    companies = {t.company_id for t in tickets}
    boxes = {m.pk: m for m in Mailbox.objects.filter(company__in=companies).order_by("-pk")}
    first = {m.company_id: m for m in boxes.values()}
    houses = Company.objects.in_bulk(companies)
    senders = {}
    for t in tickets:
        house, box = houses[t.company_id], boxes.get(t.mailbox_id or 0) or first.get(t.company_id)
        senders[t.pk] = (box.name or house.name, box.address) if box else (house.name, house.email or NOWHERE)
    return senders


def _mail(ticket: Ticket, message: TicketMessage, thread: Sequence[str], name: str, address: str, now: datetime) -> OutboxMessage:
    token = f"[#{ticket.number}]"
    subject = " ".join(ticket.subject.split())
    subject = subject if token in subject else f"{subject} {token}"
    headers = {"Message-ID": message.message_id}
    if thread:
        headers |= {"In-Reply-To": thread[-1], "References": " ".join(thread[-20:])}
    return OutboxMessage(
        key=key_of(message),
        created_at=now,
        channel="mail",
        payload={
            "from_name": name,
            "from_address": address,
            "to": [ticket.contact_email],
            "subject": f"Re: {subject}" if thread and not subject.lower().startswith("re:") else subject,
            "text": message.body,
            "headers": headers,
        },
    )


@action(Ticket, moves=STAY, permission="service.write_ticket", title=_("Note"), done=_("Noted"))
def note(tickets: DocumentSet[Ticket], *, body: Words) -> None:
    """Write an internal note, which no customer ever sees."""
    _check_said(tickets, {t.pk: body for t in tickets})
    insert_rows(
        TicketMessage,
        [
            TicketMessage(
                ticket=t,
                at=timezone.now(),
                direction=TicketMessage.INTERNAL,
                author=tickets.actor.name or tickets.actor.username,
                user_id=tickets.actor.user_id,
                body=body,
            )
            for t in tickets
        ],
    )


def _check_said(tickets: DocumentSet[Ticket], words: Mapping[int, str]) -> None:
    silent = [t for t in tickets if not words[t.pk].strip()]
    if silent:
        raise NothingSaid(document=", ".join(map(str, silent[:20])), rows=rows_json(silent), fields={"body": _("empty")})


@action(
    Ticket,
    moves={"new": "open", "open": "open", "waiting": "waiting", "solved": "solved"},
    permission="service.assign_ticket",
    title=_("Assign"),
    done=_("Assigned"),
)
def assign(tickets: DocumentSet[Ticket], *, user: Reference, queue: Words | None = None) -> None:
    """Give tickets to a user (by key or username), and with ``queue`` to another queue; new ones are open then."""
    text = str(user).strip()
    users = User.objects.filter(is_active=True)
    found = users.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else users.filter(username=text).first()
    if found is None:
        raise NobodyToAssign(user=text, document=", ".join(map(str, tickets.rows[:20])), rows=rows_json(tickets.rows))
    for t in tickets:
        t.assignee_id = found.pk
        t.queue = t.queue if queue is None else queue
    tickets.save("assignee", "queue")


@action(Ticket, moves=STAY, permission="service.write_ticket", title=_("Say who it is"), done=_("Customer set"))
def identify(tickets: DocumentSet[Ticket], *, party: Reference) -> None:
    """Set the customer of tickets, when the address did not tell, or told wrong."""
    text = str(party).strip()
    known = visible(Party.objects.all(), tickets.actor, "parties.view_party")
    found = known.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else known.filter(code=text).first()
    if found is None:
        raise NotFound(what=f"{Party._meta.verbose_name} {text}", fields={"party": _("There is no such record that you may use.")})
    for t in tickets:
        t.party_id = found.pk
    tickets.save("party")
    record([told(t, tickets.actor, kind="ticket", title=f"{t.number}: {t.subject}", direction="in", channel=t.channel) for t in tickets])


@action(Ticket, moves={"new": "waiting", "open": "waiting"}, permission="service.write_ticket", title=_("Wait"), done=_("Waiting"))
def wait(tickets: DocumentSet[Ticket]) -> None:
    """Put tickets aside until the customer, or somebody else, has answered."""


@action(
    Ticket,
    moves={"new": "solved", "open": "solved", "waiting": "solved"},
    permission="service.write_ticket",
    title=_("Solve"),
    done=_("Solved"),
)
def solve(tickets: DocumentSet[Ticket], *, resolution: Words = "") -> None:
    """Say that the request is met, and how; an answer of the customer opens it again.

    A ticket about a dispute is solved by crediting or rejecting that.
    """
    _refuse_disputed(tickets)
    now = timezone.now()
    for t in tickets:
        t.solved_at, t.resolution = now, resolution
    tickets.save("solved_at", "resolution")
    record(
        [
            told(t, tickets.actor, kind="ticket", title=f"{t.number}: {_now('solved')}", body=resolution, at=now)
            for t in tickets
            if t.party_id
        ]
    )


@action(
    Ticket,
    moves={"new": "closed", "open": "closed", "waiting": "closed", "solved": "closed"},
    permission="service.close_ticket",
    title=_("Close"),
    done=_("Closed"),
)
def close(tickets: DocumentSet[Ticket]) -> None:
    """Put tickets away for good; a mail of the customer in its thread still opens them again."""
    _refuse_disputed(tickets)


def _refuse_disputed(tickets: DocumentSet[Ticket]) -> None:
    """A dispute and its ticket are one case: the ticket cannot be over before the dispute is."""
    about = dict(
        TicketSource.objects.filter(ticket__in=tickets.ids, source_table=Dispute._meta.db_table).values_list("source_id", "ticket_id")
    )
    unsettled = Dispute.objects.filter(pk__in=list(about), state="open").order_by("pk").first()
    if unsettled is not None:
        ticket = next(t for t in tickets if t.pk == about[unsettled.pk])
        raise DisputeIsOpen(document=ticket, dispute=unsettled, rows=rows_json([ticket]))


@action(Ticket, moves={"solved": "open", "closed": "open"}, permission="service.write_ticket", title=_("Reopen"), done=_("Opened again"))
def reopen(tickets: DocumentSet[Ticket]) -> None:
    """Take solved or closed tickets up again."""
    for t in tickets:
        t.solved_at, t.state = None, "open"
    tickets.save("solved_at", "state")
