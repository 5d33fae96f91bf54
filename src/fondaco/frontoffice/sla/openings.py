"""When a calendar is open, by the clock on the wall of its time zone: hours by weekday, public holidays, daylight saving. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Week:
    """Hours by weekday (0 is Monday) in a zone; ``closed`` are days without any, ``worked`` holidays on which there are."""

    zone: ZoneInfo
    hours: Mapping[int, Sequence[tuple[time, time]]]
    country: str = ""
    region: str = ""
    closed: frozenset[date] = field(default_factory=frozenset)
    worked: frozenset[date] = field(default_factory=frozenset)

    def is_holiday(self, day: date) -> bool:
        if day in self.worked:
            return False
        return day in self.closed or (bool(self.country) and day in public_holidays(self.country, self.region, [day.year]))


_holidays: dict[tuple[str, str, int], frozenset[date]] = {}


def public_holidays(country: str, region: str, years: Iterable[int]) -> frozenset[date]:
    """Public holidays of a country, and of a part of it where named, by the library ``holidays``; none of a country that it does not know."""
    found: set[date] = set()
    for year in years:
        key = (country, region, year)
        if key not in _holidays:
            _holidays[key] = (
                frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))
                if is_known(country, region)
                else frozenset()
            )
        found |= _holidays[key]
    return frozenset(found)


def is_known(country: str, region: str) -> bool:
    """Whether the library knows the holidays of a country and of its part."""
    known = holidays.list_supported_countries(include_aliases=True)
    return country in known and (not region or region in known[country])


def openings(week: Week, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """The stretches in which it is open on the days from first to last, in UTC and in order; stretches that touch are one."""
    held: tuple[datetime, datetime] | None = None
    for number in range((last - first).days + 1):
        for begins, ends in _of_day(week, first + DAY * number):
            if held is not None and begins <= held[1]:
                held = (held[0], max(held[1], ends))
            else:
                if held is not None:
                    yield held
                held = (begins, ends)
    if held is not None:
        yield held


def _of_day(week: Week, day: date) -> list[tuple[datetime, datetime]]:
    hours = week.hours.get(day.weekday(), ())
    if not hours or week.is_holiday(day):
        return []
    stretches = []
    for begins, ends, offset in _steady(week.zone, day):
        for opens, closes in hours:
            start = datetime.combine(day, opens, UTC) - offset
            stop = (datetime.combine(day + DAY, time(), UTC) if closes == time() else datetime.combine(day, closes, UTC)) - offset
            if max(begins, start) < min(ends, stop):
                stretches.append((max(begins, start), min(ends, stop)))
    return sorted(stretches)


def _steady(zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime, timedelta]]:
    """The parts of a day in UTC in which its clocks keep their distance from UTC: one, or two when they are put forward or back."""
    begins, ends = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + DAY))
    before, after = _offset(zone, begins), _offset(zone, ends - MINUTE)
    if before == after:
        return [(begins, ends, before)]
    low, high = begins, ends
    while high - low > MINUTE:
        middle = low + timedelta(minutes=(high - low) // MINUTE // 2)
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return [(begins, high, before), (high, ends, after)]


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
