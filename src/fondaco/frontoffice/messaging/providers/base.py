"""What every provider of messages is asked for, and what it answers in."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fondaco.frontoffice.messaging.models import MessageChannel, Passing
from fondaco.platform.events.calling import Answer

#: Characters of one message; files that come with it, and bytes of all of them.
LONGEST, MOST_FILES, LARGEST_FILES = 20_000, 10, 8 * 1024 * 1024
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
    """A message of a contact. ``id`` is the provider's number of it; ``account`` the one of ours to which it was written, where the provider says it."""

    id: str
    contact: str
    text: str
    name: str = ""
    media: Sequence[Media] = ()
    account: str = ""


@dataclass(frozen=True)
class Status:
    """What became of a message of ours: known by the provider's number, or by our own (``ours``); ``account`` as of ``Inbound``."""

    id: str
    state: str
    ours: int | None = None
    problem: str = ""
    account: str = ""


@dataclass(frozen=True)
class UpTo:
    """What became of all messages of ours that went to a contact up to a moment; ``account`` as of ``Inbound``."""

    contact: str
    state: str
    until: datetime
    account: str = ""


Word = Inbound | Status | UpTo


@dataclass(frozen=True)
class Provider:
    """What a kind of channel knows: to judge a signature, to read what was brought, to hand a message over (it gives its number) and to fetch a file.

    Judging takes the channel's secret; handing over and fetching its token where the provider gives one (``has_token``), else the secret too.
    ``window`` is for how long after his last word a contact may be answered; ``longest`` how long an answer may be, as ``length`` counts it; ``name_of``
    asks how he is called; ``challenged`` tells that the provider asks by GET whether the address is ours.
    """

    is_signed: Callable[[str, Brought], bool]
    read: Callable[[Brought], Sequence[Word]]
    send: Callable[[MessageChannel, str, Passing, str, str], str]
    fetch: Callable[[MessageChannel, str, str], bytes]
    thanks: tuple[str, str] = ("application/json", "{}")
    has_token: bool = False
    window: timedelta | None = None
    longest: int | None = None
    length: Callable[[str], int] = len
    name_of: Callable[[MessageChannel, str, str], str] | None = None
    challenged: bool = False


def taken(answer: Answer) -> Mapping[str, Any]:
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
