"""Providers of messages: how they sign and say what they bring, and how an answer is handed over to them. Two are known.

``signed``: JSON in both directions, signed as all notices are (``X-Moment``, ``X-Signature``). ``twilio``: their forms and their signature.
"""

import base64
import binascii
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fondaco.frontoffice.messaging.models import MessageChannel, Passing
from fondaco.platform.events.calling import Answer, call
from fondaco.platform.events.signing import is_signed, is_signed_by_twilio, signature
from fondaco.platform.resources.strict_json import NotStrict, loads

#: Characters of one message; files that come with it, and bytes of all of them.
LONGEST, MOST_FILES, LARGEST_FILES = 20_000, 10, 8 * 1024 * 1024
TWILIO = "https://api.twilio.com"
#: Answers of a provider after which trying again may help.
PASSING_FAULTS = {408, 425, 429}


class Unreadable(Exception):
    """What was brought cannot be read; the text says why."""


class NotTaken(Exception):
    """The provider did not take a message; it is tried again."""


class Refused(Exception):
    """The provider refused a message for good; the text is its own."""


@dataclass(frozen=True)
class Brought:
    """A request of a provider: the address it called, headers by their names in lower case, body, and the fields of a form."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Media:
    """A file that comes with a message: its bytes, or where the provider has them."""

    name: str
    content: bytes = b""
    url: str = ""


@dataclass(frozen=True)
class Inbound:
    """A message of a contact. ``id`` is the provider's number of it."""

    id: str
    contact: str
    text: str
    name: str = ""
    media: Sequence[Media] = ()


@dataclass(frozen=True)
class Status:
    """What became of a message of ours: known by the provider's number, or by our own (``ours``)."""

    id: str
    state: str
    ours: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class Provider:
    """What a kind of channel knows: to judge a signature, to read what was brought, to hand a message over (it gives its number) and to fetch a file."""

    is_signed: Callable[[str, Brought], bool]
    read: Callable[[Brought], Inbound | Status | None]
    send: Callable[[MessageChannel, str, Passing, str, str], str]
    fetch: Callable[[MessageChannel, str, str], bytes]
    thanks: tuple[str, str] = ("application/json", "{}")


# ------------------------------------------------------------------ the open form

Line = Field(default="", max_length=500, pattern=r"^[^\x00-\x1f]*$")


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = Field(max_length=300)
    content: str = Field(max_length=LARGEST_FILES * 4 // 3 + 4)


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    kind: str = Field(pattern="^(message|status)$")
    id: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
    sender: str = Field(default="", alias="from", max_length=200, pattern=r"^[^\x00-\x1f]*$")
    name: str = Line
    text: str = Field(default="", max_length=LONGEST, pattern=r"^[^\x00]*$")
    media: list[_File] = Field(default_factory=list, max_length=MOST_FILES)
    state: str = Field(default="", pattern="^(|sent|delivered|read|failed)$")
    problem: str = Line


def _is_signed(secret: str, brought: Brought) -> bool:
    return is_signed(secret.encode(), brought.body, brought.headers.get("x-moment", ""), brought.headers.get("x-signature", ""))


def _read_signed(brought: Brought) -> Inbound | Status | None:
    try:
        said = _Said.model_validate(loads(brought.body))
        files = [Media(f.name, base64.b64decode(f.content, validate=True)) for f in said.media]
    except (NotStrict, ValidationError, binascii.Error) as error:
        raise Unreadable(str(error)[:500]) from error
    if said.kind == "status":
        if not said.state:
            raise Unreadable("a status without a state")
        return Status(said.id, said.state, problem=said.problem)
    if not said.sender.strip() or not (said.text.strip() or files):
        raise Unreadable("a message without sender, or without content")
    if sum(len(f.content) for f in files) > LARGEST_FILES:
        raise Unreadable(f"files of more than {LARGEST_FILES} bytes")
    return Inbound(said.id, said.sender.strip(), said.text, said.name, files)


def _send_signed(channel: MessageChannel, secret: str, passing: Passing, contact: str, status_url: str) -> str:
    """``{"id", "from", "to", "text", "status_url"}``; the answer's ``id`` is the provider's number, else ours is."""
    own = f"{channel.token[:8]}-{passing.pk}"
    body = json.dumps(
        {"id": own, "from": channel.our_number, "to": contact, "text": passing.message.body, "status_url": status_url}
    ).encode()
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Moment": moment,
        "X-Signature": signature(secret.encode(), body, moment),
        "Idempotency-Key": own,
    }
    said = _taken(call("POST", channel.url, headers=headers, body=body, guarded=True))
    return str(said.get("id") or own)[:200]


def _fetch_nothing(channel: MessageChannel, secret: str, url: str) -> bytes:
    raise Refused("files of this provider come with the message")


# ------------------------------------------------------------------ Twilio

MEDIA_TYPES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf", "audio/ogg": "ogg", "video/mp4": "mp4", "text/vcard": "vcf"}  # fmt: skip
TWILIO_STATES = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed", "undelivered": "failed"}


def _is_signed_twilio(secret: str, brought: Brought) -> bool:
    return is_signed_by_twilio(secret.encode(), brought.url, brought.form, brought.headers.get("x-twilio-signature", ""))


def _read_twilio(brought: Brought) -> Inbound | Status | None:
    def one(name: str, longest: int = 500) -> str:
        return next(iter(brought.form.get(name, ())), "").replace("\x00", "")[:longest]

    number = one("MessageSid") or one("SmsSid")
    if not number:
        raise Unreadable("no MessageSid")
    if one("MessageStatus") and not one("Body") and not one("NumMedia"):
        state = TWILIO_STATES.get(one("MessageStatus"))
        ours = re.search(r"[?&]message=(\d{1,18})(?:&|$)", brought.url)
        return Status(number, state, int(ours.group(1)) if ours else None, one("ErrorCode")) if state else None
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
    return Inbound(number, one("From", 200), text, one("ProfileName", 200), media)


def _send_twilio(channel: MessageChannel, secret: str, passing: Passing, contact: str, status_url: str) -> str:
    form = {"From": channel.our_number, "To": contact, "Body": passing.message.body, "StatusCallback": f"{status_url}?message={passing.pk}"}
    address = f"{_twilio(channel)}/2010-04-01/Accounts/{quote(channel.account, safe='')}/Messages.json"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": _basic(channel, secret)}
    said = _taken(call("POST", address, headers=headers, body=urlencode(form).encode(), guarded=True))
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
    return (channel.url or TWILIO).rstrip("/")


def _basic(channel: MessageChannel, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{channel.account}:{secret}".encode()).decode()


def _taken(answer: Answer) -> Mapping[str, Any]:
    """What a provider answers to a message it took. Raises Refused, NotTaken."""
    if 400 <= answer.status < 500 and answer.status not in PASSING_FAULTS:
        raise Refused(f"{answer.status} {answer.beginning()}")
    if not answer.is_success:
        raise NotTaken(f"the provider answered {answer.status} {answer.beginning()}")
    try:
        said = json.loads(answer.body or b"{}")
    except ValueError:
        said = {}
    return said if isinstance(said, dict) else {}


PROVIDERS = {
    MessageChannel.SIGNED: Provider(_is_signed, _read_signed, _send_signed, _fetch_nothing),
    MessageChannel.TWILIO: Provider(
        _is_signed_twilio, _read_twilio, _send_twilio, _fetch_twilio, ("text/xml", '<?xml version="1.0" encoding="UTF-8"?><Response/>')
    ),
}
