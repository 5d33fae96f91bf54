"""Every ticket that opens is routed, however it came: by mail, form, portal or telephone."""

from collections.abc import Sequence

from fondaco.frontoffice.routing.asking import route
from fondaco.frontoffice.service.actions import when_opened
from fondaco.frontoffice.service.models import Ticket


@when_opened
def send(tickets: Sequence[Ticket]) -> None:
    """Route those that nobody has yet."""
    route([t for t in tickets if t.assignee_id is None])
