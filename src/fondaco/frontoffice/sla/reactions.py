"""What service promises do when others' events happen: serve what comes, and reckon anew when the customer or his contract changes."""

from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.sla.serving import reckon, serve, serve_anew
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("service.opened")
def start(tickets: DocumentSet[Ticket]) -> None:
    """Every ticket is served from the moment it comes, however it came."""
    serve(tickets.rows)


@reacts_to("service.identify")
def follow_customer(tickets: DocumentSet[Ticket]) -> None:
    """Another customer may have another service level."""
    serve_anew(tickets.rows)


def _of_contracts(contracts: DocumentSet[Contract]) -> None:
    customers = [c.customer_id for c in contracts]
    open_tickets = Ticket.objects.filter(party__in=customers, state__in=Ticket.UNSOLVED, served__promise__lines__contract__in=contracts.ids)
    reckon(sorted(set(open_tickets.values_list("pk", flat=True))), "contract")


for event in ("subscriptions.activate", "subscriptions.end_contract", "subscriptions.cancel"):
    reacts_to(event)(_of_contracts)
