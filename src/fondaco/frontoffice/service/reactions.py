"""What service does when others' events happen: a dispute on an invoice is a ticket, and both end together (AR-05)."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.receivables.models import Dispute
from fondaco.frontoffice.service.actions import begin
from fondaco.frontoffice.service.models import Concession, Ticket, TicketMessage, TicketSource
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to

DISPUTE = Dispute._meta.db_table
QUEUE = "disputes"


class OfTickets(DocumentSet[Invoice]):
    """Invoices to which customers object in tickets that are there already: by key of the invoice."""

    tickets: dict[int, Ticket]


@reacts_to("invoicing.dispute")
def open_tickets(invoices: DocumentSet[Invoice]) -> None:
    """Open a ticket for each dispute: about the dispute, the invoice and its line, with what the customer says as its message.

    Where a ticket is there already, it is that one.
    """
    disputes = list(Dispute.objects.filter(pk__in=invoices.made["disputes"]).select_related("party", "invoice", "line").order_by("pk"))
    if isinstance(invoices, OfTickets):
        _concern(disputes, [invoices.tickets[d.invoice_id] for d in disputes], _author(invoices.actor), invoices.actor.user_id)
        return
    tickets = [
        Ticket(
            company_id=d.company_id,
            party_id=d.party_id,
            contact_name=d.party.name,
            contact_email=d.party.email.lower(),
            subject=_("Dispute {number} on {invoice}").format(number=d.number, invoice=d.invoice),
            channel="phone",
            queue=QUEUE,
            state="open",
        )
        for d in disputes
    ]
    insert_rows(Ticket, tickets)
    begin(tickets, invoices.actor)
    _concern(disputes, tickets, _author(invoices.actor), invoices.actor.user_id)


def _concern(disputes: Sequence[Dispute], tickets: Sequence[Ticket], author: str, user: int | None) -> None:
    """Say what the tickets are about, and what customers say as an internal note."""
    there = set(TicketSource.objects.filter(ticket__in=[t.pk for t in tickets]).values_list("ticket_id", "source_table", "source_id"))
    insert_rows(
        TicketMessage,
        [
            TicketMessage(ticket=t, at=timezone.now(), direction=TicketMessage.INTERNAL, author=author, user_id=user, body=d.claim)
            for t, d in zip(tickets, disputes, strict=True)
        ],
    )  # fmt: skip
    insert_rows(
        TicketSource,
        [
            TicketSource(ticket=t, source_table=table, source_id=key, label=label)
            for t, d in zip(tickets, disputes, strict=True)
            for table, key, label in _about(d)
            if (t.pk, table, key) not in there
        ],
    )


def _about(row: Dispute) -> list[tuple[str, int, str]]:
    about = [(DISPUTE, row.pk, row.number or ""), (Invoice._meta.db_table, row.invoice_id, str(row.invoice))]
    if row.line is not None:
        about.append((InvoiceLine._meta.db_table, row.line.pk, row.line.description))
    return about


def _author(actor: Actor) -> str:
    return actor.name or actor.username


@reacts_to("approvals.approve")
@reacts_to("approvals.counter")
@reacts_to("approvals.reject")
def decided(requests: DocumentSet[ApprovalRequest]) -> None:
    """Whether a concession may be granted was said: its ticket says so, and is before its agent again."""
    table = Concession._meta.db_table
    own = {r.row_id: r for r in requests if r.table_name == table and r.state in (ApprovalRequest.APPROVED, ApprovalRequest.REJECTED)}
    rows = list(Concession.objects.filter(pk__in=own).order_by("pk")) if own else []
    tickets = (
        {t.pk: t for t in Ticket.objects.select_for_update(of=("self",)).filter(pk__in={c.ticket_id for c in rows}).order_by("pk")}
        if rows
        else {}
    )
    who, now = _author(requests.actor), timezone.now()
    messages = []
    for c in rows:
        what = _("{kind} {number}").format(kind=capfirst(c.get_kind_display()), number=c.number)
        yes = own[c.pk].state == ApprovalRequest.APPROVED
        words = _("{what} was approved by {who}: it can be granted now.") if yes else _("{what} was refused by {who}: {reason}")
        body = words.format(what=what, who=who, reason=requests.reason)
        messages.append(
            TicketMessage(
                ticket_id=c.ticket_id, at=now, direction=TicketMessage.INTERNAL, author=who, user_id=requests.actor.user_id, body=body
            )
        )
    insert_rows(TicketMessage, messages)
    waiting = [t.pk for t in tickets.values() if t.state == "waiting"]
    update_rows(Ticket, {"id": waiting, "state": ["open"] * len(waiting)})


@reacts_to("receivables.credit_dispute")
def solve_credited(disputes: DocumentSet[Dispute]) -> None:
    """What was credited is solved."""
    _solve(disputes.ids, _("Credited: {reason}").format(reason=disputes.reason))


@reacts_to("receivables.reject")
def solve_rejected(disputes: DocumentSet[Dispute]) -> None:
    """What was rejected is solved."""
    _solve(disputes.ids, _("Rejected: {reason}").format(reason=disputes.reason))


@reacts_to("invoicing.reverse")
def solve_reversed(invoices: DocumentSet[Invoice]) -> None:
    """What was objected to on a reversed invoice is solved."""
    _solve(list(Dispute.objects.filter(invoice__in=invoices.ids).values_list("pk", flat=True)), _("The invoice was reversed."))


def _solve(disputes: Sequence[int], resolution: str) -> None:
    about: Any = TicketSource.objects.filter(source_table=DISPUTE, source_id__in=list(disputes))
    others = TicketSource.objects.filter(
        source_table=DISPUTE, source_id__in=Dispute.objects.filter(state="open").exclude(pk__in=list(disputes)).values("pk")
    )
    Ticket.objects.filter(pk__in=about.values("ticket"), state__in=Ticket.UNSOLVED).exclude(pk__in=others.values("ticket")).update(
        state="solved", solved_at=timezone.now(), resolution=resolution
    )
