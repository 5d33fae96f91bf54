"""What a calendar entry is, who has some, and the feed that calendar programs read (iCalendar, RFC 5545)."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from django.utils import timezone
from icalendar import Calendar, Event

from fondaco.frontoffice.correspondence.models import CalendarFeed
from fondaco.platform.access.actors import Actor, actor_of
from fondaco.platform.database.tenancy import public_address

#: What a calendar shows: so far back, so far ahead, and at most so many entries.
BACK, AHEAD, MOST = timedelta(days=90), timedelta(days=400), 2_000


@dataclass(frozen=True)
class Entry:
    """Something at a time. ``uid`` names it for ever, ``sequence`` counts its changes; ``page`` is where it stands in the house."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    title: str
    text: str = ""
    place: str = ""
    page: str = ""
    changed_at: datetime | None = None
    is_done: bool = False


#: The entries of the actor himself between two moments, the earliest first, as far as he may see them.
Source = Callable[[Actor, datetime, datetime, int], Sequence[Entry]]
_sources: list[Source] = []


def fills_calendars(source: Source) -> Source:
    """Register who has entries for people's calendars."""
    _sources.append(source)
    return source


@dataclass(frozen=True)
class Incoming:
    """What a calendar program says of an entry. ``party`` is the first known one that takes part, where it is new."""

    title: str
    starts_at: datetime
    ends_at: datetime
    party: int = 0


class Keeper(Protocol):
    """Who keeps entries that other calendars may change. Uids begin with ``prefix``; every method is for a whole set."""

    prefix: str

    def entries(self, actor: Actor, first: datetime, last: datetime, most: int) -> Sequence[Entry]:
        """The actor's own entries between two moments."""

    def named(self, actor: Actor, uids: Sequence[str]) -> Sequence[Entry]:
        """Those of these entries that are still the actor's and have a time, whenever that is."""

    def open(self, actor: Actor, company: int, given: Sequence[Incoming]) -> Sequence[Entry]:
        """Make entries of what others entered in the actor's calendar."""

    def change(self, actor: Actor, given: Mapping[str, Incoming]) -> Sequence[Entry]:
        """Let entries say what the calendar says, as far as the actor may change them; as they are afterwards."""

    def unschedule(self, actor: Actor, uids: Sequence[str]) -> None:
        """Take the time from entries that were deleted in the calendar: they stay to be done."""


keepers: list[Keeper] = []


def keeps_calendars(keeper: Keeper) -> Keeper:
    """Register whose entries stand in people's calendars, and are kept in step with them."""
    keepers.append(keeper)
    fills_calendars(keeper.entries)
    return keeper


def entries_of(actor: Actor, now: datetime) -> list[Entry]:
    """What stands in the actor's calendar; one statement for each source."""
    found = [entry for source in _sources for entry in source(actor, now - BACK, now + AHEAD, MOST)]
    return sorted(found, key=lambda e: (e.starts_at, e.uid))[:MOST]


def calendar_of(entries: Iterable[Entry], name: str, *, publish: bool = True) -> bytes:
    """The entries as a calendar file. The same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Fondaco//Calendar//EN")
    calendar.add("version", "2.0")
    if publish:
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", name)
        calendar.add("x-published-ttl", "PT15M")
    for entry in entries:
        calendar.add_component(event_of(entry))
    return calendar.to_ical()


def event_of(entry: Entry) -> Event:
    """One entry as an event; times in UTC, which every program understands."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", (entry.changed_at or entry.starts_at).astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", entry.starts_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtend", entry.ends_at.astimezone(UTC).replace(microsecond=0))
    event.add("summary", f"✓ {entry.title}" if entry.is_done else entry.title)
    if entry.text:
        event.add("description", entry.text)
    if entry.place:
        event.add("location", entry.place)
    if entry.page:
        event.add("url", f"{public_address()}{entry.page}")
    if entry.is_done:
        event.add("transp", "TRANSPARENT")
    return event


@dataclass(frozen=True)
class Fed:
    """A feed as it is answered; ``etag`` changes with its content only."""

    content: bytes
    etag: str


def feed_of(token: str) -> Fed | None:
    """The calendar behind a secret address; nothing where it is not, or no longer, one, or its owner has left."""
    feed = CalendarFeed.objects.filter(digest=digest_of(token)).select_related("user").first() if len(token) < 200 else None
    if feed is None or not feed.user.is_active:
        return None
    CalendarFeed.objects.filter(pk=feed.pk).exclude(read_on=timezone.localdate()).update(read_on=timezone.localdate())
    content = calendar_of(entries_of(actor_of(feed.user, channel="calendar"), timezone.now()), feed.name or feed.user.name)
    return Fed(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def digest_of(token: str) -> str:
    """How a secret address is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def path_of(token: str) -> str:
    """The address, on this server, of a feed."""
    return f"/calendar/{token}.ics"
