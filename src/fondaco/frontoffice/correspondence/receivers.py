"""Addresses whose mail belongs to a room above, such as a service desk's: that room files it, and knows what it is."""

from collections.abc import Callable, Sequence

#: Files mails of an address, each whole or not at all; the answer says of each what became of it (``quarantined`` counts as held back).
Receive = Callable[[Sequence[bytes], str], Sequence[str]]
_receivers: list[tuple[Callable[[str], bool], Receive]] = []


def receives(takes: Callable[[str], bool]) -> Callable[[Receive], Receive]:
    """Register who files the mail of addresses for which ``takes`` says so."""

    def register(receive: Receive) -> Receive:
        _receivers.append((takes, receive))
        return receive

    return register


def receiver_of(address: str) -> Receive | None:
    """Who files the mail of an address; nobody: it goes on the time lines of the parties it is from and to."""
    return next((receive for takes, receive in _receivers if takes(address)), None)
