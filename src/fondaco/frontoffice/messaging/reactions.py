"""What messaging does when others' events happen: a ticket that is over ends its chat."""

from fondaco.frontoffice.messaging.answering import end
from fondaco.frontoffice.messaging.models import Conversation
from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("service.solve")
def end_solved(tickets: DocumentSet[Ticket]) -> None:
    """What is solved is talked about no more."""
    _end(tickets)


@reacts_to("service.close")
def end_closed(tickets: DocumentSet[Ticket]) -> None:
    """What is closed is talked about no more."""
    _end(tickets)


def _end(tickets: DocumentSet[Ticket]) -> None:
    chats = [t.pk for t in tickets if t.channel == "chat"]
    if chats:
        end(list(Conversation.objects.select_for_update(of=("self",)).filter(ticket__in=chats).order_by("pk")), Conversation.AGENT)
