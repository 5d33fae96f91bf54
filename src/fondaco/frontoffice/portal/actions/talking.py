"""What anybody of a customer does who needs help: open a ticket, answer it, put a file on it, ask to send goods back (SS-02)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.portal.actions.ordering import Quantity
from fondaco.frontoffice.portal.models import CustomerAccess
from fondaco.frontoffice.portal.people import ANYBODY, RIGHT, TRADE, carrying, refuse_without
from fondaco.frontoffice.portal.queries import asked_about, own_orders, own_tickets, warranty, with_customer
from fondaco.frontoffice.portal.refusals import AskedToReturn, NotYours, TooMuchToday
from fondaco.frontoffice.quality.asking import answer_for_ticket
from fondaco.frontoffice.sales.actions.returns import Reason, Wanted, ask_return
from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.frontoffice.service.continuing import continue_tickets
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.frontoffice.service.resources import TicketResource
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import perform
from fondaco.platform.files.attaching import attach
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.schema import Text

Subject = Annotated[Text, Field(min_length=1, max_length=300)]
Said = Annotated[Text, Field(min_length=1, max_length=20_000)]
OPEN = {"open": "open"}
#: So many tickets, messages and returns a person sends in a day; so many files go onto a ticket at once.
MOST_TICKETS, MOST_MESSAGES, MOST_RETURNS, MOST_FILES = 20, 100, 20, 10


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Open a ticket"), hidden=True)
def open_ticket(accesses: DocumentSet[CustomerAccess], *, subject: Subject, body: Said, order: int | None = None, serial: Annotated[str, Field(max_length=100)] = "") -> None:  # fmt: skip
    """Ask the house for help, by the portal; about an order or a piece of one's own where that is named."""
    (access,) = accesses.rows
    refuse_without(access, ANYBODY)
    since = timezone.now() - timedelta(days=1)
    if Ticket.objects.filter(company=access.company_id, created_by=access.email, created_at__gte=since).count() >= MOST_TICKETS:
        raise TooMuchToday
    product, number = _piece(access, serial)
    values = {
        "company": access.company_id, "party": access.customer_id, "subject": subject, "contact_name": access.person, "contact_email": access.email,
        "channel": "portal", **({"product": product.pk, "serial": number} if product else {}),
    }  # fmt: skip
    sources = []
    if order is not None:
        row = own_orders(access).filter(pk=order).first()
        if row is None:
            raise NotYours
        sources.append((Order._meta.db_table, row.pk, str(row)))
    accesses.made["tickets"] = open_tickets(carrying(access), [Opening(values, body, sources)]).ids


def _piece(access: CustomerAccess, serial: str) -> tuple[Product | None, str]:
    """The customer's own piece behind a serial number; none where it is not his, the number then stands in what he writes."""
    found = warranty(access, serial)[:1]
    return (Product.objects.get(pk=found[0].product), found[0].serial) if found else (None, "")


def own_ticket(access: CustomerAccess, key: int) -> Ticket:
    """A ticket of the customer's own. Raises NotYours."""
    ticket = own_tickets(access).filter(pk=key).first()
    if ticket is None:
        raise NotYours
    return ticket


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Answer a ticket"), hidden=True)
def answer_ticket(accesses: DocumentSet[CustomerAccess], *, ticket: int, body: Said) -> None:
    """Write to a ticket of the customer; one that waited or was solved is open again."""
    (access,) = accesses.rows
    refuse_without(access, ANYBODY)
    row = own_tickets(access).select_for_update(of=("self",)).filter(pk=ticket).first()
    if row is None:
        raise NotYours
    since = timezone.now() - timedelta(days=1)
    written = TicketMessage.objects.filter(ticket__company=access.company_id, created_by=access.email, created_at__gte=since)
    if written.count() >= MOST_MESSAGES:
        raise TooMuchToday
    continue_tickets([(row, f"{access.person} <{access.email}>", body.strip())], carrying(access))


def rate(access: CustomerAccess, key: int, score: str, comment: str) -> None:
    """Say how satisfied one is with a solved ticket, as by the link that was mailed: one answer, whichever way it comes. Raises NotYours, LinkClosed, NoScore."""
    ticket = own_ticket(access, key)
    if asked_about(access, ticket) is None:
        raise NotYours
    answer_for_ticket(ticket.pk, score, comment)


def attach_to(access: CustomerAccess, ticket: Ticket, uploads: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    """Put files of the person on a ticket of his own."""
    given = list(uploads)
    if len(given) > MOST_FILES:
        raise TooMuchToday
    if given:
        attach(carrying(access), TicketResource, ticket.pk, given)


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Ask to send back"), hidden=True)
def ask_to_return(accesses: DocumentSet[CustomerAccess], *, order: int, quantities: dict[int, Quantity], why: Reason, wanted: Wanted = "refund", note: Annotated[Text, Field(max_length=2_000)] = "") -> None:  # fmt: skip
    """Ask to send goods of an order back: the house looks at it and authorises it, or says why not."""
    (access,) = accesses.rows
    refuse_without(access, TRADE)
    row = own_orders(access).filter(pk=order, state__in=["confirmed", "closed"]).first()
    own = set(row.lines.values_list("pk", flat=True)) if row is not None else set()
    if row is None or not quantities or not own.issuperset(quantities):
        raise NotYours
    left = with_customer(row)
    for line in row.lines.select_related("product"):
        if quantities.get(line.pk, ZERO) > left.get(line.pk, ZERO):
            raise AskedToReturn(what=line.product or line, left=figure(left.get(line.pk, ZERO)))
    since = timezone.now() - timedelta(days=1)
    if (
        ReturnAuthorisation.objects.filter(company=access.company_id, created_by=access.email, created_at__gte=since).count()
        >= MOST_RETURNS
    ):
        raise TooMuchToday
    made = perform(
        carrying(access), ask_return, [row.pk], {"reason_code": why, "wanted": wanted, "quantities": quantities, "note": note.strip()}
    )
    accesses.made["return-authorisations"] = made.made["return-authorisations"]
