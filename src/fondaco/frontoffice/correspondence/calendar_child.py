"""The child process that reads calendars from outside: it expands them within a window, and knows nothing of the house.

Given on standard input: ``{"first", "last", "most", "files": [text, ...]}``; answered: ``{"files": [{"events": [...]} or {"refused": why}]}``.
"""

import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any

from fondaco.platform.bounded import answer, bound

SECONDS, MEMORY = 10, 1024 * 1024 * 1024
LARGEST = 256 * 1024


def main() -> None:
    bound(seconds=SECONDS, memory=MEMORY)
    given = json.load(sys.stdin)
    first, last = datetime.fromisoformat(given["first"]), datetime.fromisoformat(given["last"])
    answer({"files": [_read(text, first, last, given["most"]) for text in given["files"]]})


def _read(text: str, first: datetime, last: datetime, most: int) -> dict[str, Any]:
    import recurring_ical_events
    from icalendar import Calendar

    if len(text) > LARGEST:
        return {"refused": "too large"}
    try:
        calendar = Calendar.from_ical(text)
        masters = calendar.walk("VEVENT")
        if not masters:
            return {"events": []}
        recurring = any(e.get("RRULE") or e.get("RDATE") or e.get("RECURRENCE-ID") for e in masters)
        later = recurring_ical_events.of(calendar, skip_bad_series=True).after(first)
        found = list(islice(takewhile(lambda e: _moment(e["DTSTART"].dt) < last, later), most + 1))
        if len(found) > most:
            return {"refused": f"more than {most} dates"}
        return {"events": [_event(e, recurring=recurring) for e in found]}
    # The libraries raise whatever a broken calendar breaks in them; each is one that is not taken.
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"[:200]}


def _event(event: Any, *, recurring: bool) -> dict[str, Any]:
    begins = _moment(event["DTSTART"].dt)
    ends = _moment(event["DTEND"].dt) if event.get("DTEND") else begins + timedelta(hours=1)
    people = [event.get("ORGANIZER"), *_listed(event.get("ATTENDEE"))]
    return {
        "uid": str(event.get("UID", ""))[:300],
        "recurrence": begins.isoformat() if recurring else "",
        "starts_at": begins.isoformat(),
        "ends_at": max(ends, begins).isoformat(),
        "title": " ".join(str(event.get("SUMMARY", "")).replace("\x00", "").split())[:300],
        "people": [str(p)[:320].lower().removeprefix("mailto:") for p in people if p][:50],
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _moment(value: date | datetime) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(9), UTC)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
