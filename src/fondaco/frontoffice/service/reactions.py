"""What service does when others' events happen: a dispute on an invoice is a ticket, and both end together (AR-05)."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.receivables.models import Dispute
from fondaco.frontoffice.service.actions import begin
from fondaco.frontoffice.service.models import Ticket, TicketMessage, TicketSource
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to

DISPUTE = Dispute._meta.db_table
QUEUE = "disputes"


@reacts_to("invoicing.dispute")
def open_tickets(invoices: DocumentSet[Invoice]) -> None:
    """Open a ticket for each dispute: about the dispute, the invoice and its line, with what the customer says as its message."""
    disputes = list(Dispute.objects.filter(pk__in=invoices.made["disputes"]).select_related("party", "invoice", "line").order_by("pk"))
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
    insert_rows(
        TicketMessage,
        [
            TicketMessage(ticket=t, at=timezone.now(), direction=TicketMessage.INTERNAL, author=_author(invoices.actor), user_id=invoices.actor.user_id, body=d.claim)
            for t, d in zip(tickets, disputes, strict=True)
        ],
    )  # fmt: skip
    insert_rows(
        TicketSource,
        [
            TicketSource(ticket=t, source_table=table, source_id=key, label=label)
            for t, d in zip(tickets, disputes, strict=True)
            for table, key, label in _about(d)
        ],
    )


def _about(row: Dispute) -> list[tuple[str, int, str]]:
    about = [(DISPUTE, row.pk, row.number or ""), (Invoice._meta.db_table, row.invoice_id, str(row.invoice))]
    if row.line is not None:
        about.append((InvoiceLine._meta.db_table, row.line.pk, row.line.description))
    return about


def _author(actor: Actor) -> str:
    return actor.name or actor.username


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
    Ticket.objects.filter(pk__in=about.values("ticket"), state__in=Ticket.UNSOLVED).update(
        state="solved", solved_at=timezone.now(), resolution=resolution
    )
