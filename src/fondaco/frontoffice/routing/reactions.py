"""Every ticket that opens is routed, however it came: by mail, form, portal or telephone; what waits is offered when somebody has room again."""

from fondaco.frontoffice.routing.asking import route
from fondaco.frontoffice.routing.offering import offer
from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("service.opened")
def send(tickets: DocumentSet[Ticket]) -> None:
    """Route those that nobody has yet."""
    route([t for t in tickets if t.assignee_id is None], new=True)


@reacts_to("service.reply")
def answered(tickets: DocumentSet[Ticket]) -> None:
    _freed(tickets)


@reacts_to("service.wait")
def put_aside(tickets: DocumentSet[Ticket]) -> None:
    _freed(tickets)


@reacts_to("service.solve")
def solved(tickets: DocumentSet[Ticket]) -> None:
    _freed(tickets)


@reacts_to("service.close")
def closed(tickets: DocumentSet[Ticket]) -> None:
    _freed(tickets)


def _freed(tickets: DocumentSet[Ticket]) -> None:
    """Whoever had them has room for others."""
    offer({t.company_id for t in tickets})
