"""The life of a call, as its events tell it: a pure function of them, so that it is the same in whatever order they came in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: Of two events of one moment the earlier step comes first.
STEPS = ("ringing", "consent", "unanswered", "answered", "transferred", "held", "resumed", "voicemail", "recording", "transcript", "ended")
#: Why a call ended that nobody answered, where it was the house that did not.
HOUSE = {"unanswered", "busy", "closed", "failed"}


@dataclass(frozen=True)
class Told:
    """One event: when, what, with whom (a user), and what more was said."""

    key: str
    kind: str
    at: datetime
    agent: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Life:
    """Where a call stands. ``refused_by`` are the agents at whom it rang in vain."""

    state: str = "ringing"
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    agent: int | None = None
    consent: str = ""
    refused_by: set[int] = field(default_factory=set)
    left_message: bool = False
    wants_call: bool = False
    transcript: str = ""


def life_of(events: Iterable[Told]) -> Life:
    """Go through the events in the order in which they happened. A call that has ended has ended, whatever was told after it."""
    life = Life()
    ended: Told | None = None
    for event in sorted(events, key=lambda e: (e.at, STEPS.index(e.kind), e.key)):
        life.started_at = life.started_at or event.at
        if event.kind == "consent" or event.data.get("given") is not None:
            life.consent = "given" if event.data.get("given") else "refused"
        if event.kind == "transcript":
            life.transcript = event.data.get("transcript", "")
        elif event.kind == "voicemail":
            life.left_message = True
            life.transcript = event.data.get("transcript", "") or life.transcript
        elif event.kind == "unanswered":
            if event.agent is not None:
                life.refused_by.add(event.agent)
            life.agent = None if event.agent in (None, life.agent) and life.answered_at is None else life.agent
        if event.kind == "ended":
            ended = ended or event
            life.wants_call |= event.data.get("reason") == "callback"
        elif ended is None and event.kind in {"ringing", "answered", "transferred", "held", "resumed"}:
            _goes_on(life, event)
    if ended is not None:
        life.ended_at = max(ended.at, life.started_at or ended.at)
        life.state = (
            "ended"
            if life.answered_at
            else "missed"
            if life.left_message or ended.data.get("reason") in HOUSE | {"callback"}
            else "abandoned"
        )
    return life


def _goes_on(life: Life, event: Told) -> None:
    life.agent = event.agent or life.agent
    if event.kind in {"answered", "resumed"} or (event.kind == "transferred" and life.answered_at):
        life.answered_at = life.answered_at or event.at
        life.state = "answered"
    elif event.kind == "held" and life.answered_at:
        life.state = "held"
