"""Providers of messages: each knows how it signs and says what it brings, and how an answer is handed over to it. One file each."""

from fondaco.frontoffice.messaging.models import MessageChannel
from fondaco.frontoffice.messaging.providers.base import Provider
from fondaco.frontoffice.messaging.providers.meta import INSTAGRAM, MESSENGER, WHATSAPP
from fondaco.frontoffice.messaging.providers.signed_json import SIGNED_JSON
from fondaco.frontoffice.messaging.providers.twilio import TWILIO

PROVIDERS: dict[str, Provider] = {
    MessageChannel.SIGNED: SIGNED_JSON, MessageChannel.TWILIO: TWILIO, MessageChannel.MESSENGER: MESSENGER, MessageChannel.INSTAGRAM: INSTAGRAM,
    MessageChannel.WHATSAPP: WHATSAPP,
}  # fmt: skip
