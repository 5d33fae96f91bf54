"""The event interface of telephone systems (CTI): JSON over HTTP, signed with the line's secret, as many events at once as one likes.

``{"events": [{"id": "e1", "call": "c1", "kind": "ringing", "at": "2026-11-28T09:00:00+01:00", "from": "+39021234567", "to": "+39024567", ...}]}``
"""

import json
import time
from datetime import datetime, timedelta
from typing import Annotated, Literal

from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from fondaco.frontoffice.correspondence.sealing import opened_or_none
from fondaco.frontoffice.telephony.models import PhoneLine
from fondaco.frontoffice.telephony.refusals import NotUnderstood, OtherTime, WrongSignature
from fondaco.frontoffice.telephony.taking import ENDINGS, Event, audio_of
from fondaco.platform.events.signing import is_signed, signature
from fondaco.platform.resources.strict_json import NotStrict, loads

#: Bytes of one notice: eight megabytes of audio as they travel, and words.
LARGEST = 12 * 1024 * 1024
MOST_EVENTS = 100
SECRET, TOKEN = "telephony.line", "telephony.twilio"
EARLIEST, LATEST = timedelta(days=7), timedelta(minutes=5)
Short = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    call: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    kind: Literal[
        "ringing", "answered", "held", "resumed", "transferred", "unanswered", "ended", "consent", "voicemail", "recording", "transcript"
    ]
    at: AwareDatetime
    caller: Short = Field(default="", alias="from")
    called: Short = Field(default="", alias="to")
    direction: Literal["in", "out"] = "in"
    agent: Short = ""
    reason: Literal["", "caller", "agent", "unanswered", "busy", "closed", "failed", "callback"] = ""
    given: bool | None = None
    seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    transcript: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")] = ""
    audio: Annotated[str, Field(max_length=LARGEST)] = ""
    media_type: Literal["", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/x-wav", "audio/webm"] = ""


class _Notice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[_Event], Field(min_length=1, max_length=MOST_EVENTS)]


def secret_of(sealed: str, purpose: str) -> bytes:
    """A secret of a line as it is used; empty where there is none, or it was sealed in another house."""
    return opened_or_none(sealed, purpose).encode()


def read_notice(line: PhoneLine, body: bytes, moment: str, given: str) -> list[Event]:
    """The events of a notice whose signature holds. Raises WrongSignature before a byte of it is read, NotUnderstood, OtherTime."""
    if not is_signed(secret_of(line.sealed_secret, SECRET), body, moment, given):
        raise WrongSignature()
    try:
        notice = _Notice.model_validate(loads(body))
    except NotStrict as error:
        raise NotUnderstood(why=str(error)[:200]) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise NotUnderstood(why=f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200]) from error
    return [_read(event) for event in notice.events]


def _read(event: _Event) -> Event:
    now = timezone.now()
    if not now - EARLIEST <= event.at <= now + LATEST:
        raise OtherTime(event=event.id, at=event.at.isoformat())
    try:
        audio = audio_of(event.audio)
    except ValueError as error:
        raise NotUnderstood(why=f"events.{event.id}.audio: base64") from error
    data = {"reason": event.reason, "given": event.given, "seconds": event.seconds, "transcript": event.transcript}
    return Event(
        event.id, event.call, event.kind, event.at, caller=event.caller, called=event.called, direction=event.direction, agent=event.agent,
        data={name: value for name, value in data.items() if value not in ("", None)}, audio=audio, media_type=event.media_type if event.media_type in ENDINGS else "",
    )  # fmt: skip


def signed(line: PhoneLine, events: list[dict[str, object]]) -> tuple[bytes, str, str]:
    """A notice as a telephone system would send it on this line: its body, moment and signature."""
    body, moment = json.dumps({"events": events}, default=_plain).encode(), f"{int(time.time())}"
    return body, moment, signature(secret_of(line.sealed_secret, SECRET), body, moment)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
