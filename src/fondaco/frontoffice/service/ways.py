"""By which way the answer to a ticket leaves: by mail, unless a room above has a shorter one (a chat that goes on, a messaging service)."""

from collections.abc import Callable, Collection, Mapping, Sequence

from fondaco.frontoffice.service.models import Ticket, TicketMessage

#: Which of these tickets, by key, are answered by this way now.
Takes = Callable[[Sequence[Ticket]], Collection[int]]
#: Lets written answers leave, in the transaction of the answer: each gets its message in the outbox, under ``key_of``.
Leave = Callable[[Sequence[TicketMessage]], None]
_ways: list[tuple[Takes, Leave]] = []


def answers(takes: Takes) -> Callable[[Leave], Leave]:
    """Register a way for the answers of those tickets that ``takes`` names."""

    def register(leave: Leave) -> Leave:
        _ways.append((takes, leave))
        return leave

    return register


def ways_of(tickets: Sequence[Ticket]) -> dict[int, Leave]:
    """The way of each ticket whose answer does not go by mail."""
    return {key: leave for takes, leave in reversed(_ways) for key in takes(tickets)}


def let_leave(messages: Sequence[TicketMessage], ways: Mapping[int, Leave]) -> None:
    """Let the answers of these ways leave; mails are not among them."""
    for leave in dict.fromkeys(ways.values()):
        leave([m for m in messages if ways.get(m.ticket_id) is leave])


def key_of(message: TicketMessage) -> str:
    """By what the outbox knows an answer, whatever its way."""
    return f"service.message:{message.message_id}"
