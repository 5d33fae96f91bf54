"""The secret of a message channel: kept sealed, opened only to be used."""

from fondaco.frontoffice.correspondence.sealing import opened_or_none, sealed
from fondaco.frontoffice.messaging.models import MessageChannel

PURPOSE = "message channel"


def seal(secret: str) -> str:
    """The secret as it may be stored."""
    return sealed(secret, PURPOSE)


def secret_of(channel: MessageChannel) -> str:
    """The secret; empty where there is none, or it was sealed under another secret of the installation."""
    return opened_or_none(channel.sealed_secret, PURPOSE)
