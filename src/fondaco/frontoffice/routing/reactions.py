"""Every ticket that opens is routed, however it came: by mail, form, portal or telephone."""

from fondaco.frontoffice.routing.asking import route
from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("service.opened")
def send(tickets: DocumentSet[Ticket]) -> None:
    """Route those that nobody has yet."""
    route([t for t in tickets if t.assignee_id is None])
