"""The secrets of a message channel: kept sealed, opened only to be used."""

from fondaco.frontoffice.correspondence.sealing import opened_or_none, sealed
from fondaco.frontoffice.messaging.models import MessageChannel
from fondaco.frontoffice.messaging.providers import PROVIDERS

PURPOSE, TOKEN = "message channel", "token of message channel"


def seal(secret: str, purpose: str = PURPOSE) -> str:
    """The secret as it may be stored."""
    return sealed(secret, purpose)


def secret_of(channel: MessageChannel) -> str:
    """The secret by which the provider signs; empty where there is none, or it was sealed under another secret of the installation."""
    return opened_or_none(channel.sealed_secret, PURPOSE)


def key_of(channel: MessageChannel) -> str:
    """What we show the provider when we call him: his token, where he gives one, else the secret; empty where there is none."""
    return opened_or_none(channel.sealed_token, TOKEN) if PROVIDERS[channel.provider].has_token else secret_of(channel)
