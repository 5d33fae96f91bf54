"""The verbs of service: opening tickets, answering, assigning, solving, merging, macros."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.receivables.models import Dispute
from fondaco.frontoffice.correspondence.sending import CHANNEL, accounts_of
from fondaco.frontoffice.crm.people import told
from fondaco.frontoffice.service.attaching import chosen, send_along
from fondaco.frontoffice.service.filling import filled
from fondaco.frontoffice.service.models import Macro, Mailbox, Ticket, TicketMessage, TicketSource
from fondaco.frontoffice.service.refusals import (
    DisputeIsOpen,
    FilesByMailOnly,
    NoAddress,
    NobodyToAssign,
    NothingSaid,
    NotMerged,
    WroteMeanwhile,
)
from fondaco.frontoffice.service.ways import key_of, let_leave, ways_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotAllowed, NotFound
from fondaco.platform.documents.actions import Action, DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.bus import emit
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.schema import Reference, Text

Words = Annotated[Text, Field(max_length=100_000)]
Key = Annotated[int, Field(ge=1, lt=2**63)]
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
    seen: dict[int, int] = {},  # noqa: B006
    files: list[int] = [],  # noqa: B006
) -> None:
    """Answer the contacts by the way they came, a chat that goes on or a message, else by mail in their thread; the tickets then wait for them.

    ``bodies`` are the words to some of them, by ticket; the others get ``body``. ``seen`` is, by ticket, the last message that the writer has read:
    where another came since, nothing is sent. ``files`` are keys of files on the tickets, which leave with the mail. The answers leave after the
    commit, through the outbox; each mail carries the ticket's number, so that its answer finds back.
    """
    words = {t.pk: bodies.get(t.pk, body) for t in tickets}
    _check_said(tickets, words)
    _check_seen(tickets, seen)
    along = chosen(tickets.rows, files)
    ways = ways_of(tickets.rows)
    homeless = [t for t in tickets if not (t.contact_email or t.pk in ways)]
    if homeless:
        raise NoAddress(document=", ".join(map(str, homeless[:20])), rows=rows_json(homeless))
    by_chat = [t for t in tickets if t.pk in ways and t.pk in along]
    if by_chat:
        raise FilesByMailOnly(document=", ".join(map(str, by_chat[:20])), rows=rows_json(by_chat))
    now = timezone.now()
    senders = senders_of(tickets.rows)
    threads: dict[int, list[str]] = {t.pk: [] for t in tickets}
    for key, message_id in (
        TicketMessage.objects.filter(Q(ticket__in=tickets.ids) | Q(ticket__merged_into__in=tickets.ids))
        .exclude(message_id="")
        .order_by("id")
        .values_list(Coalesce("ticket__merged_into", "ticket"), "message_id")
    ):
        threads[key].append(message_id)
    messages: list[TicketMessage] = []
    by_mail: dict[int, OutboxMessage] = {}
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
            by_mail[ticket.pk] = _mail(ticket, message, thread, name, address, now)
        ticket.first_answer_at = ticket.first_answer_at or now
    mails = list(by_mail.values())
    accounts = accounts_of({mail.payload["from_address"] for mail in mails})
    for mail in mails:
        account = accounts.get(mail.payload["from_address"])
        if account is not None:
            mail.channel, mail.payload = CHANNEL, mail.payload | {"account": account}
    insert_rows(TicketMessage, messages)
    if along:
        carried = send_along(messages, along)
        for key, mail in by_mail.items():
            mail.payload = mail.payload | {"attachments": carried.get(key, [])}
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


def _check_seen(tickets: DocumentSet[Ticket], seen: Mapping[int, int]) -> None:
    """Refuse an answer to what its writer has not read: a message came, or a colleague answered, since he opened the ticket."""
    if not seen:
        return
    missed = (
        TicketMessage.objects.filter(Q(ticket__in=list(seen)) | Q(ticket__merged_into__in=list(seen)))
        .exclude(direction=TicketMessage.INTERNAL)
        .order_by("pk")
        .values_list(Coalesce("ticket__merged_into", "ticket"), "pk", "author", "at")
    )
    for key, pk, author, at in missed:
        ticket = next((t for t in tickets if t.pk == key), None)
        if ticket is not None and pk > seen[key]:
            raise WroteMeanwhile(document=ticket, author=author, at=timezone.localtime(at).strftime("%H:%M"), rows=rows_json([ticket]))


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
    _note(tickets.rows, [body] * len(tickets), tickets.actor)


def _note(tickets: Sequence[Ticket], words: Sequence[str], actor: Actor) -> None:
    now = timezone.now()
    insert_rows(
        TicketMessage,
        [
            TicketMessage(
                ticket=t, at=now, direction=TicketMessage.INTERNAL, author=actor.name or actor.username, user_id=actor.user_id, body=body
            )
            for t, body in zip(tickets, words, strict=True)
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
def assign(
    tickets: DocumentSet[Ticket], *, user: Annotated[Reference, Field(json_schema_extra={"resource": "users"})], queue: Words | None = None
) -> None:
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
def identify(tickets: DocumentSet[Ticket], *, party: Annotated[Reference, Field(json_schema_extra={"resource": "parties"})]) -> None:
    """Set the customer of tickets, when the address did not tell, or told wrong."""
    text = str(party).strip()
    known = visible(Party.objects.all(), tickets.actor, "parties.view_party")
    found = known.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else known.filter(code=text).first()
    if found is None:
        raise NotFound(what=f"{Party._meta.verbose_name} {text}", fields={"party": _("There is no such record that you may use.")})
    for t in tickets:
        t.party_id = found.pk
    tickets.save("party")
    Ticket.objects.filter(merged_into__in=tickets.ids).update(party=found)
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


@action(
    Ticket,
    moves={"new": "closed", "open": "closed", "waiting": "closed", "solved": "closed"},
    permission="service.write_ticket",
    title=_("Merge"),
    done=_("Merged"),
)
def merge(tickets: DocumentSet[Ticket], *, into: Annotated[Key, Field(json_schema_extra={"resource": "tickets"})]) -> None:
    """Put tickets of one customer together: they are closed, their messages stand with the other's, and so does whatever is written to them later.

    *Separate* takes it back.
    """
    _refuse_disputed(tickets)
    other = visible(Ticket.objects.all(), tickets.actor, "service.write_ticket").filter(pk=into).exclude(pk__in=tickets.ids).first()
    if other is None:
        raise NotFound(what=f"{Ticket._meta.verbose_name} {into}", fields={"into": _("There is no such record that you may use.")})
    for t in tickets:
        t.merged_into = other
    tickets.save_with_state("merged_into")
    _note(
        [other] * len(tickets),
        [_now("{number} “{subject}” was merged into this ticket.").format(number=t.number, subject=t.subject) for t in tickets],
        tickets.actor,
    )


@action(
    Ticket,
    moves={"closed": "open"},
    permission="service.write_ticket",
    title=_("Separate"),
    done=_("Separated"),
    only_when=Q(merged_into__isnull=False),
)
def separate(tickets: DocumentSet[Ticket]) -> None:
    """Take the merging of tickets back; they are open again with their own messages. What came since stays where it was written."""
    own = [t for t in tickets if t.merged_into_id is None]
    if own:
        raise NotMerged(document=", ".join(map(str, own[:20])), rows=rows_json(own))
    others = Ticket.objects.in_bulk({t.merged_into_id for t in tickets})
    _note(
        [others[t.merged_into_id] for t in tickets],
        [_now("{number} was separated from this ticket.").format(number=t.number) for t in tickets],
        tickets.actor,
    )
    for t in tickets:
        t.merged_into, t.solved_at = None, None
    tickets.save_with_state("merged_into", "solved_at")


@action(Ticket, moves=STAY, permission="service.write_ticket", name="apply_macro", title=_("Macro"), done=_("Macro applied"))
def apply_macro(tickets: DocumentSet[Ticket], *, macro: Annotated[Key, Field(json_schema_extra={"resource": "macros"})]) -> None:
    """Take the steps of a macro on tickets, in their order; each step wants the right that it would want by hand."""
    row = Macro.objects.select_related("template", "assignee").filter(pk=macro, company__in={t.company_id for t in tickets}).first()
    if row is None or any(t.company_id != row.company_id for t in tickets):
        raise NotFound(what=f"{Macro._meta.verbose_name} {macro}", fields={"macro": _("There is no such record that you may use.")})
    user = tickets.actor.user_id if row.to_me else row.assignee_id
    steps: list[tuple[Action, bool]] = [(assign, user is not None), (reply, row.template is not None), (solve, row.becomes == "solved")]
    for verb, wanted in steps:
        if wanted and not tickets.actor.may(verb.permission, row.company_id):
            raise NotAllowed(verb=str(verb.title), what=Ticket._meta.verbose_name_plural, permission=verb.permission)
    for t in tickets:
        t.queue, t.priority = row.queue or t.queue, row.priority or t.priority
    tickets.save("queue", "priority")
    if user is not None:
        assign(tickets, user=user)
    if row.note:
        _note(tickets.rows, [row.note] * len(tickets), tickets.actor)
    if row.template is not None:
        reply(tickets, bodies=filled(row.template, tickets.rows, tickets.actor))
    if row.becomes == "waiting":
        fresh = [t for t in tickets if t.state in wait.moves]
        wait(DocumentSet(Ticket, fresh, tickets.actor))
    if row.becomes == "solved":
        solve(DocumentSet(Ticket, [t for t in tickets if t.state in solve.moves], tickets.actor))
