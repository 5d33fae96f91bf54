"""The secret of a message channel: kept sealed, opened only to be used."""

from fondaco.frontoffice.correspondence.sealing import NotOurs, opened, sealed
from fondaco.frontoffice.messaging.models import MessageChannel

PURPOSE = "message channel"


def seal(secret: str) -> str:
    """The secret as it may be stored."""
    return sealed(secret, PURPOSE)


def secret_of(channel: MessageChannel) -> str:
    """The secret; empty where there is none, or it was sealed under another secret of the installation."""
    try:
        return opened(channel.sealed_secret, PURPOSE) if channel.sealed_secret else ""
    except NotOurs:
        return ""
