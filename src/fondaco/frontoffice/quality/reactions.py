"""When a ticket is solved, its customer is asked."""

from fondaco.frontoffice.quality.asking import ask
from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("service.solve")
def ask_customers(tickets: DocumentSet[Ticket]) -> None:
    """Ask the contacts of what was solved."""
    ask(tickets.rows)
