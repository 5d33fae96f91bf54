"""Twilio (SMS, WhatsApp): their forms and their signature."""

import base64
import re
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from fondaco.frontoffice.messaging.models import MessageChannel, Passing
from fondaco.frontoffice.messaging.providers.base import (
    LARGEST_FILES,
    LONGEST,
    MOST_FILES,
    Brought,
    Inbound,
    Media,
    NotTaken,
    Provider,
    Refused,
    Status,
    Unreadable,
    taken,
)
from fondaco.platform.events.calling import call
from fondaco.platform.events.signing import is_signed_by_twilio

SERVER = "https://api.twilio.com"
MEDIA_TYPES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf", "audio/ogg": "ogg", "video/mp4": "mp4", "text/vcard": "vcf"}  # fmt: skip
TWILIO_STATES = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed", "undelivered": "failed"}


def _is_signed_twilio(secret: str, brought: Brought) -> bool:
    return is_signed_by_twilio(secret.encode(), brought.url, brought.form, brought.headers.get("x-twilio-signature", ""))


def _read_twilio(brought: Brought) -> Sequence[Inbound | Status]:
    def one(name: str, longest: int = 500) -> str:
        return next(iter(brought.form.get(name, ())), "").replace("\x00", "")[:longest]

    number = one("MessageSid") or one("SmsSid")
    if not number:
        raise Unreadable("no MessageSid")
    if one("MessageStatus") and not one("Body") and not one("NumMedia"):
        state = TWILIO_STATES.get(one("MessageStatus"))
        ours = re.search(r"[?&]message=(\d{1,18})(?:&|$)", brought.url)
        return [Status(number, state, int(ours.group(1)) if ours else None, one("ErrorCode"))] if state else []
    count = int(one("NumMedia")) if re.fullmatch(r"\d{1,2}", one("NumMedia")) else 0
    media = [
        Media(f"{number[-8:]}-{n + 1}.{MEDIA_TYPES.get(one(f'MediaContentType{n}'), 'bin')}", url=one(f"MediaUrl{n}", 2000))
        for n in range(min(count, MOST_FILES))
        if one(f"MediaUrl{n}")
    ]
    place = ", ".join(filter(None, (one("Latitude"), one("Longitude"), one("Address"))))
    text = one("Body", LONGEST) or place
    if not one("From"):
        raise Unreadable("a message without sender")
    return [Inbound(number, one("From", 200), text, one("ProfileName", 200), media)]


def _send_twilio(channel: MessageChannel, secret: str, passing: Passing, contact: str, status_url: str) -> str:
    form = {"From": channel.our_number, "To": contact, "Body": passing.message.body, "StatusCallback": f"{status_url}?message={passing.pk}"}
    address = f"{_twilio(channel)}/2010-04-01/Accounts/{quote(channel.account, safe='')}/Messages.json"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": _basic(channel, secret)}
    said = taken(call("POST", address, headers=headers, body=urlencode(form).encode(), guarded=True))
    if not said.get("sid"):
        raise NotTaken("the answer names no sid")
    return str(said["sid"])[:200]


def _fetch_twilio(channel: MessageChannel, secret: str, url: str) -> bytes:
    """A file that Twilio keeps: ours to fetch with the account's secret; where it leads on to its store, without."""
    if not url.startswith(f"{_twilio(channel)}/"):
        raise Refused("it does not lie at the provider")
    answer = call("GET", url, headers={"Authorization": _basic(channel, secret)}, guarded=True, largest=LARGEST_FILES)
    if answer.status in {301, 302, 303, 307, 308}:
        answer = call("GET", answer.headers.get("location", ""), headers={}, guarded=True, largest=LARGEST_FILES)
    if not answer.is_success or not answer.body:
        raise Refused(f"the provider answered {answer.status}")
    return answer.body


def _twilio(channel: MessageChannel) -> str:
    return (channel.url or SERVER).rstrip("/")


def _basic(channel: MessageChannel, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{channel.account}:{secret}".encode()).decode()


TWILIO = Provider(
    _is_signed_twilio,
    _read_twilio,
    _send_twilio,
    _fetch_twilio,
    ("text/xml", '<?xml version="1.0" encoding="UTF-8"?><Response/>'),
    longest=1600,
)
