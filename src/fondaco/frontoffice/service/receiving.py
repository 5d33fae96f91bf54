"""Mail that comes in becomes tickets and messages; what cannot be taken is held back, and the mailbox goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import DataError, IntegrityError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.models import QuarantinedMail
from fondaco.frontoffice.correspondence.parsing import MEGABYTE, HeldBack, Mail, fingerprint, glimpse, read, storable
from fondaco.frontoffice.correspondence.receivers import receives
from fondaco.frontoffice.crm.people import known, told
from fondaco.frontoffice.service.actions import begin
from fondaco.frontoffice.service.attaching import keep_attached
from fondaco.frontoffice.service.models import Mailbox, Ticket, TicketMessage
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import DocumentSet

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
    try:
        return _filed(read(raw), mailbox)
    except HeldBack as held:
        return _quarantined(raw, held)
    except (UserError, IntegrityError, DataError) as error:
        return _quarantined(raw, HeldBack("refused", str(error)[:500]))


def _filed(mail: Mail, mailbox: str) -> Received:
    try:
        with unit_of_work(ACTOR.username, "service.receive"):
            return _known(mail) or _file(mail, _mailbox(mail, mailbox))
    except IntegrityError:
        # The copy of this mail that another process was filing at the same moment won.
        again = _known(mail)
        if again is None:
            raise
        return again


def _known(mail: Mail) -> Received | None:
    ticket = TicketMessage.objects.filter(message_id=mail.message_id).values_list("ticket_id", flat=True).first()
    return None if ticket is None else Received("repeated", ticket)


def _mailbox(mail: Mail, address: str) -> Mailbox:
    """The mailbox a mail came to; refuses mail from our own addresses and to none of our mailboxes."""
    wanted = [address.lower()] if address else sorted(mail.recipients)
    boxes = {b.address: b for b in Mailbox.objects.filter(address__in=[*wanted, mail.sender])}
    if mail.sender in boxes or Company.objects.filter(email__iexact=mail.sender).exists():
        raise HeldBack("own_address", mail.sender)
    found = next((boxes[a] for a in wanted if a in boxes), None)
    if found is None:
        raise HeldBack("no_mailbox", ", ".join(wanted)[:500])
    return found


def _file(mail: Mail, box: Mailbox) -> Received:
    party = known([("email", mail.sender)]).get(("email", mail.sender))
    ticket = _ticket_of(mail, box, party)
    _check_flood(mail, ticket)
    if ticket is None:
        ticket = _opened(mail, box, party)
        _write(mail, ticket)
        return Received("opened", ticket.pk)
    _write(mail, ticket)
    if ticket.state in {"waiting", "solved", "closed"}:
        ticket.state, ticket.solved_at = "open", None
        DocumentSet(Ticket, [ticket], ACTOR).save("state", "solved_at")
    if ticket.party_id:
        title = _("Message to {number}").format(number=ticket.number)
        record([told(ticket, ACTOR, kind="ticket", title=title, direction="in", channel="email", body=mail.text)])
    return Received("appended", ticket.pk)


def _ticket_of(mail: Mail, box: Mailbox, party: int | None) -> Ticket | None:
    """The ticket a mail belongs to, locked.

    A Message-ID of its thread proves that the sender has that message. A number in the subject proves nothing, so it
    counts only for the ticket's own contact or customer; a stranger who names it opens a ticket of his own.
    """
    tickets = Ticket.objects.filter(company=box.company_id).select_for_update(of=("self",))
    if mail.thread:
        found = dict(
            TicketMessage.objects.filter(message_id__in=mail.thread, ticket__company=box.company_id).values_list("message_id", "ticket_id")
        )
        key = next((found[m] for m in mail.thread if m in found), None)
        if key is not None:
            return _remaining(tickets.get(pk=key), tickets)
    if mail.token:
        named = tickets.filter(number=mail.token).first()
        if named is not None and (named.contact_email == mail.sender or (party is not None and named.party_id == party)):
            return _remaining(named, tickets)
    return None


def _remaining(ticket: Ticket, tickets: QuerySet[Ticket]) -> Ticket:
    """The ticket itself, or the one that it was merged into."""
    return ticket if ticket.merged_into_id is None else tickets.get(pk=ticket.merged_into_id)


def _check_flood(mail: Mail, ticket: Ticket | None) -> None:
    since = timezone.now() - HOUR
    if ticket is None:
        count = Ticket.objects.filter(contact_email=mail.sender, created_at__gte=since).count()
    else:
        count = TicketMessage.objects.filter(ticket=ticket, direction=TicketMessage.IN, author=_author(mail), at__gte=since).count()
    if count >= FLOOD:
        raise HeldBack("flood", f"{mail.sender}: {count} in an hour")


def _opened(mail: Mail, box: Mailbox, party: int | None) -> Ticket:
    ticket = Ticket(
        company_id=box.company_id,
        party_id=party,
        contact_name=mail.sender_name,
        contact_email=mail.sender,
        subject=mail.subject or _("(no subject)"),
        channel="email",
        queue=box.queue,
        mailbox=box,
    )
    insert_rows(Ticket, [ticket])
    begin([ticket], ACTOR)
    return ticket


def _write(mail: Mail, ticket: Ticket) -> None:
    message = TicketMessage(
        ticket=ticket,
        at=timezone.now(),
        direction=TicketMessage.IN,
        author=_author(mail),
        body=mail.text or _("(no text)"),
        body_html=mail.html,
        message_id=mail.message_id,
        in_reply_to=mail.thread[0] if mail.thread else "",
    )
    insert_rows(TicketMessage, [message])
    if mail.attached:
        keep_attached([(message, mail.attached)])


def _author(mail: Mail) -> str:
    return f"{mail.sender_name} <{mail.sender}>".strip()


def _quarantined(raw: bytes, held: HeldBack) -> Received:
    sender, subject = glimpse(raw)
    mail = QuarantinedMail(
        at=timezone.now(),
        reason=held.reason,
        explanation=storable(held.explanation),
        sender=sender,
        subject=subject,
        digest=fingerprint(raw),
        size=len(raw),
        raw=raw[:MEGABYTE],
    )
    with unit_of_work(ACTOR.username, "service.quarantine"):
        # A mail that is brought again and again is held back once.
        QuarantinedMail.objects.bulk_create([mail], ignore_conflicts=True)
    return Received("quarantined", reason=held.reason)


def receive_all(mails: Sequence[bytes], *, mailbox: str = "") -> list[Received]:
    """File several mails, each in its own transaction."""
    return [receive(raw, mailbox=mailbox) for raw in mails]


def _is_ours(address: str) -> bool:
    return Mailbox.objects.filter(address=address).exists()


@receives(_is_ours)
def take(raws: Sequence[bytes], address: str) -> list[str]:
    """File what was fetched from a mailbox of ours, each mail by itself."""
    return [one.kind for one in receive_all(raws, mailbox=address)]
