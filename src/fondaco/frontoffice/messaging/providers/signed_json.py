"""The open form: JSON in both directions, signed as all notices are (``X-Moment``, ``X-Signature``)."""

import base64
import binascii
import json
import time
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fondaco.frontoffice.messaging.models import MessageChannel, Passing
from fondaco.frontoffice.messaging.providers.base import (
    LARGEST_FILES,
    LONGEST,
    MOST_FILES,
    Brought,
    Inbound,
    Media,
    Provider,
    Refused,
    Status,
    Unreadable,
    taken,
)
from fondaco.platform.events.calling import call
from fondaco.platform.events.signing import is_signed, signature
from fondaco.platform.resources.strict_json import NotStrict, loads

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


def _read_signed(brought: Brought) -> Sequence[Inbound | Status]:
    try:
        said = _Said.model_validate(loads(brought.body))
        files = [Media(f.name, base64.b64decode(f.content, validate=True)) for f in said.media]
    except (NotStrict, ValidationError, binascii.Error) as error:
        raise Unreadable(str(error)[:500]) from error
    if said.kind == "status":
        if not said.state:
            raise Unreadable("a status without a state")
        return [Status(said.id, said.state, problem=said.problem)]
    if not said.sender.strip() or not (said.text.strip() or files):
        raise Unreadable("a message without sender, or without content")
    if sum(len(f.content) for f in files) > LARGEST_FILES:
        raise Unreadable(f"files of more than {LARGEST_FILES} bytes")
    return [Inbound(said.id, said.sender.strip(), said.text, said.name, files)]


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
    said = taken(call("POST", channel.url, headers=headers, body=body, guarded=True))
    return str(said.get("id") or own)[:200]


def _fetch_nothing(channel: MessageChannel, secret: str, url: str) -> bytes:
    raise Refused("files of this provider come with the message")


SIGNED_JSON = Provider(_is_signed, _read_signed, _send_signed, _fetch_nothing)
