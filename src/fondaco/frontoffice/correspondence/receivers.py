"""Who else is asked about mail that comes in: rooms above that file the mail of an address, and those that make somebody known who was not.

Addresses whose mail belongs to a room above, such as a service desk's: that room files it, and knows what it is."""

from collections.abc import Callable, Sequence

from fondaco.frontoffice.correspondence.models import MailAccount
from fondaco.frontoffice.correspondence.parsing import Mail

#: Files mails of an address, each whole or not at all; the answer says of each what became of it (``quarantined`` counts as held back).
Receive = Callable[[Sequence[bytes], str], Sequence[str]]
_receivers: list[tuple[Callable[[str], bool], Receive]] = []


def receives(takes: Callable[[str], bool]) -> Callable[[Receive], Receive]:
    """Register who files the mail of addresses for which ``takes`` says so."""

    def register(receive: Receive) -> Receive:
        _receivers.append((takes, receive))
        return receive

    return register


#: Makes the senders of mails to a shared account known (as leads), as far as they should be; in the transaction of the filing.
Introduce = Callable[[MailAccount, Sequence[Mail]], None]
_introducers: list[Introduce] = []


def introduces(introduce: Introduce) -> Introduce:
    """Register who makes leads of mails to accounts that say so."""
    _introducers.append(introduce)
    return introduce


def introduce(account: MailAccount, mails: Sequence[Mail]) -> None:
    """Let the senders of these mails be made known."""
    for one in _introducers if mails else ():
        one(account, mails)


def receiver_of(address: str) -> Receive | None:
    """Who files the mail of an address; nobody: it goes on the time lines of the parties it is from and to."""
    return next((receive for takes, receive in _receivers if takes(address)), None)
