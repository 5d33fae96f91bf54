"""Mail that comes in becomes tickets and messages, a set a transaction; what cannot be taken is held back, and the mailbox goes on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import DataError, IntegrityError
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.models import QuarantinedMail
from fondaco.frontoffice.correspondence.parsing import MEGABYTE, HeldBack, Mail, fingerprint, glimpse, storable
from fondaco.frontoffice.correspondence.reading import TOGETHER, read_all
from fondaco.frontoffice.correspondence.receivers import receives
from fondaco.frontoffice.crm.people import known
from fondaco.frontoffice.service.actions import begin
from fondaco.frontoffice.service.attaching import keep_attached
from fondaco.frontoffice.service.continuing import take_up
from fondaco.frontoffice.service.models import Mailbox, Ticket, TicketMessage
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import in_batches, insert_rows
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work

ACTOR = Actor.program("mail", channel="email")
#: One sender's messages in an hour, beyond which somebody's machine is answering ours.
FLOOD = 20
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Received:
    """What became of a mail: ``opened`` a ticket, ``appended`` to one, ``repeated`` (known already) or ``quarantined``."""

    kind: str
    ticket_id: int | None = None
    reason: str = ""


def receive(raw: bytes, *, mailbox: str = "") -> Received:
    """File one mail as it came, whatever it holds; to be called once for each, in any order, as often as one likes.

    ``mailbox`` is the address it was fetched from; without it, the mail's own recipients tell. Only what the database
    itself cannot do (it is gone, it deadlocks) is raised: then nothing was filed, and the mail must be brought again.
    """
    return receive_all([raw], mailbox=mailbox)[0]


def receive_all(raws: Sequence[bytes], *, mailbox: str = "") -> list[Received]:
    """File mails as ``receive`` does, in sets of which each is one transaction. Where a set fails, each of it is filed by itself, and the one
    that fails again is held back."""
    return [one for batch in in_batches(raws, TOGETHER) for one in _received(batch, mailbox)]


def _received(raws: Sequence[bytes], mailbox: str) -> list[Received]:
    became: list[Received | HeldBack] = [HeldBack("broken")] * len(raws)
    fit: list[tuple[int, Mail]] = []
    for place, mail in enumerate(read_all(raws)):
        if isinstance(mail, HeldBack):
            became[place] = mail
        else:
            fit.append((place, mail))
    for (place, _mail), one in zip(fit, _filed([mail for _place, mail in fit], mailbox), strict=True):
        became[place] = one
    _quarantine([(raw, one) for raw, one in zip(raws, became, strict=True) if isinstance(one, HeldBack)])
    return [Received("quarantined", reason=one.reason) if isinstance(one, HeldBack) else one for one in became]


def _filed(mails: Sequence[Mail], mailbox: str) -> list[Received | HeldBack]:
    try:
        with unit_of_work(ACTOR.username, "service.receive"):
            return _file(mails, mailbox)
    except (UserError, IntegrityError, DataError) as error:
        if len(mails) > 1:
            return [one for mail in mails for one in _filed([mail], mailbox)]
        # The copy of this mail that another process was filing at the same moment won; or it cannot be filed at all.
        known_already = TicketMessage.objects.filter(message_id=mails[0].message_id).values_list("ticket_id", flat=True).first()
        return [HeldBack("refused", str(error)[:500]) if known_already is None else Received("repeated", known_already)]


# ------------------------------------------------------------------ a set in one unit


@dataclass
class _Seen:
    """What is known before a set is filed, and grows with it. Tickets are locked; new ones have no key yet."""

    boxes: dict[str, Mailbox]
    ours: set[str]
    parties: dict[tuple[str, str], int]
    messages: dict[str, int]
    tickets: dict[int, Ticket]
    numbers: dict[tuple[int, str], Ticket]
    opened: Counter[str]
    said: Counter[tuple[int, str]]
    here: dict[str, Ticket] = field(default_factory=dict)


@dataclass
class _Told:
    """A mail that goes to a ticket, and whether it is the one that opens it."""

    mail: Mail
    ticket: Ticket
    opens: bool


def _file(mails: Sequence[Mail], mailbox: str) -> list[Received | HeldBack]:
    """What became of each, written in the caller's unit; the same few statements whatever their number."""
    if not mails:
        return []
    seen = _seen(mails, mailbox)
    became: list[_Told | Received | HeldBack | Ticket] = []
    for mail in mails:
        try:
            became.append(_placed(mail, mailbox, seen))
        except HeldBack as held:
            became.append(held)
    _write([one for one in became if isinstance(one, _Told)])
    return [
        Received("opened" if one.opens else "appended", one.ticket.pk)
        if isinstance(one, _Told)
        else Received("repeated", one.pk)
        if isinstance(one, Ticket)
        else one
        for one in became
    ]


def _seen(mails: Sequence[Mail], mailbox: str) -> _Seen:
    since = timezone.now() - HOUR
    senders = {mail.sender for mail in mails}
    wanted = {mailbox.lower()} if mailbox else {a for mail in mails for a in mail.recipients}
    boxes = {b.address: b for b in Mailbox.objects.filter(address__in=wanted | senders)}
    houses = {email.lower() for email in Company.objects.exclude(email="").values_list("email", flat=True)}
    named = {m for mail in mails for m in (mail.message_id, *mail.thread)}
    messages = dict(TicketMessage.objects.filter(message_id__in=named).values_list("message_id", "ticket_id"))
    numbers = {mail.token for mail in mails if mail.token}
    # Key order: two that file mails of the same threads queue instead of deadlocking.
    asked = Q(pk__in=set(messages.values())) | Q(number__in=numbers)
    into = Ticket.objects.filter(asked, merged_into__isnull=False).values("merged_into")
    meant = Ticket.objects.filter(asked | Q(pk__in=into)).order_by("pk")
    tickets = {t.pk: t for t in meant.select_for_update(of=("self",))}
    opened = Ticket.objects.filter(contact_email__in=senders, created_at__gte=since).order_by()
    said = TicketMessage.objects.filter(ticket__in=list(tickets), direction=TicketMessage.IN, at__gte=since).order_by()
    return _Seen(
        boxes=boxes,
        ours={*boxes, *houses},
        parties=known(("email", sender) for sender in senders),
        messages=messages,
        tickets=tickets,
        numbers={(t.company_id, t.number): t for t in tickets.values() if t.number},
        opened=Counter(dict(opened.values_list("contact_email").annotate(n=Count("id")))),
        said=Counter({(ticket, author): n for ticket, author, n in said.values_list("ticket_id", "author").annotate(n=Count("id"))}),
    )


def _placed(mail: Mail, mailbox: str, seen: _Seen) -> _Told | Received | Ticket:
    """Where a mail goes; a ticket says that its message is there already. Raises HeldBack."""
    if mail.message_id in seen.here:
        return seen.here[mail.message_id]
    if mail.message_id in seen.messages:
        return Received("repeated", seen.messages[mail.message_id])
    box = _mailbox(mail, mailbox, seen)
    party = seen.parties.get(("email", mail.sender))
    ticket = _ticket_of(mail, box, party, seen)
    count = seen.opened[mail.sender] if ticket is None else seen.said[_key(ticket), _author(mail)]
    if count >= FLOOD:
        raise HeldBack("flood", f"{mail.sender}: {count} in an hour")
    told_ = _Told(mail, ticket or _opened(mail, box, party), ticket is None)
    seen.opened[mail.sender] += told_.opens
    seen.said[_key(told_.ticket), _author(mail)] += 1
    seen.here[mail.message_id] = told_.ticket
    return told_


def _key(ticket: Ticket) -> int:
    """What a ticket is counted by; a new one has no key yet."""
    return ticket.pk or -id(ticket)


def _mailbox(mail: Mail, address: str, seen: _Seen) -> Mailbox:
    """The mailbox a mail came to; refuses mail from our own addresses and to none of our mailboxes."""
    if mail.sender in seen.ours:
        raise HeldBack("own_address", mail.sender)
    wanted = [address.lower()] if address else sorted(mail.recipients)
    found = next((seen.boxes[a] for a in wanted if a in seen.boxes), None)
    if found is None:
        raise HeldBack("no_mailbox", ", ".join(wanted)[:500])
    return found


def _ticket_of(mail: Mail, box: Mailbox, party: int | None, seen: _Seen) -> Ticket | None:
    """The ticket a mail belongs to.

    A Message-ID of its thread proves that the sender has that message. A number in the subject proves nothing, so it
    counts only for the ticket's own contact or customer; a stranger who names it opens a ticket of his own.
    """
    for message in mail.thread:
        there = seen.here.get(message) or seen.tickets.get(seen.messages.get(message, 0))
        if there is not None and there.company_id == box.company_id:
            return _remaining(there, seen)
    named = seen.numbers.get((box.company_id, mail.token))
    if named is not None and (named.contact_email == mail.sender or (party is not None and named.party_id == party)):
        return _remaining(named, seen)
    return None


def _remaining(ticket: Ticket, seen: _Seen) -> Ticket:
    """The ticket itself, or the one that it was merged into."""
    return ticket if ticket.merged_into_id is None else seen.tickets[ticket.merged_into_id]


def _opened(mail: Mail, box: Mailbox, party: int | None) -> Ticket:
    return Ticket(
        company_id=box.company_id,
        party_id=party,
        contact_name=mail.sender_name,
        contact_email=mail.sender,
        subject=mail.subject or _("(no subject)"),
        channel="email",
        queue=box.queue,
        mailbox=box,
    )


def _write(said: Sequence[_Told]) -> None:
    new = [one.ticket for one in said if one.opens]
    insert_rows(Ticket, new)
    if new:
        begin(new, ACTOR)
    now = timezone.now()
    messages = [
        TicketMessage(
            ticket=one.ticket,
            at=now,
            direction=TicketMessage.IN,
            author=_author(one.mail),
            body=one.mail.text or _("(no text)"),
            body_html=one.mail.html,
            message_id=one.mail.message_id,
            in_reply_to=one.mail.thread[0] if one.mail.thread else "",
        )
        for one in said
    ]
    insert_rows(TicketMessage, messages)
    keep_attached([(message, one.mail.attached) for message, one in zip(messages, said, strict=True) if one.mail.attached])
    take_up([(one.ticket, one.mail.text) for one in said if not one.opens], ACTOR, "email")


def _author(mail: Mail) -> str:
    return f"{mail.sender_name} <{mail.sender}>".strip()


def _quarantine(held: Sequence[tuple[bytes, HeldBack]]) -> None:
    if not held:
        return
    rows = []
    for raw, why in held:
        sender, subject = glimpse(raw)
        rows.append(
            QuarantinedMail(
                at=timezone.now(),
                reason=why.reason,
                explanation=storable(why.explanation),
                sender=sender,
                subject=subject,
                digest=fingerprint(raw),
                size=len(raw),
                raw=raw[:MEGABYTE],
            )
        )
    with unit_of_work(ACTOR.username, "service.quarantine"):
        # A mail that is brought again and again is held back once.
        QuarantinedMail.objects.bulk_create(rows, ignore_conflicts=True)


def _is_ours(address: str) -> bool:
    return Mailbox.objects.filter(address=address).exists()


@receives(_is_ours)
def take(raws: Sequence[bytes], address: str) -> list[str]:
    """File what was fetched from a mailbox of ours."""
    return [one.kind for one in receive_all(raws, mailbox=address)]
