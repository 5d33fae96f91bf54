"""Whether a business calendar is open at a moment, until when, and when it opens next: one definition for telephone, chat and routing. From memory."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fondaco.frontoffice.sla.models import BusinessCalendar, CalendarClosure, CalendarHours
from fondaco.frontoffice.sla.openings import DAY, Week, openings
from fondaco.platform.database.knowing import known

#: After so many weeks without hours nobody looks any further.
LONGEST_PAUSE = 53
WEEK = timedelta(weeks=1)


def weeks_of(calendars: Sequence[BusinessCalendar]) -> dict[int, Week]:
    """The hours and holidays of calendars; two statements."""
    keys = [c.pk for c in calendars]
    hours: dict[int, dict[int, list]] = {key: defaultdict(list) for key in keys}  # type: ignore[type-arg]
    for row in CalendarHours.objects.filter(calendar__in=keys).order_by("weekday", "opens"):
        hours[row.calendar_id][row.weekday].append((row.opens, row.closes))
    closures: dict[int, tuple[set[date], set[date]]] = {key: (set(), set()) for key in keys}
    for calendar, on, works in CalendarClosure.objects.filter(calendar__in=keys).values_list("calendar_id", "on", "works"):
        closures[calendar][works].add(on)
    return {
        c.pk: Week(ZoneInfo(c.time_zone), hours[c.pk], c.country_id or "", c.region, *(frozenset(days) for days in closures[c.pk]))
        for c in calendars
    }


@known
def hours_of(calendar: int) -> tuple[tuple[int, time, time], ...]:
    """The hours of a calendar: weekday (0 is Monday), from, until."""
    return tuple(CalendarHours.objects.filter(calendar=calendar).order_by("weekday", "opens").values_list("weekday", "opens", "closes"))


@known
def _stretches(calendar: int, monday: date) -> tuple[tuple[datetime, datetime], ...]:
    """When it is open in two weeks and the day before them."""
    (week,) = weeks_of(list(BusinessCalendar.objects.filter(pk=calendar))).values()
    return tuple(openings(week, monday - DAY, monday + 2 * WEEK))


@known
def closed_days(calendar: int | None, first: date, last: date) -> frozenset[date]:
    """The days from first to last that have hours by their weekday and none because they are holidays, or closed themselves."""
    week = next(iter(weeks_of(list(BusinessCalendar.objects.filter(pk=calendar))).values()), None)
    days = [first + DAY * n for n in range((last - first).days + 1)] if week is not None else []
    return frozenset(d for d in days if week is not None and week.hours.get(d.weekday()) and week.is_holiday(d))


def open_until(calendar: int | None, at: datetime) -> tuple[bool, datetime | None]:
    """Whether it is open at a moment, and until when; or from when it will be. Without a calendar it is open for ever, and so it is called where it
    does not close for a week."""
    if calendar is None:
        return True, None
    monday = at.date() - DAY * at.weekday()
    for number in range(LONGEST_PAUSE):
        for opens, closes in _stretches(calendar, monday + number * WEEK):
            if closes > at:
                return (True, closes if closes - at < WEEK else None) if opens <= at else (False, opens)
    return False, None


def is_open(calendar: int | None, at: datetime) -> bool:
    """Whether it is open at a moment."""
    return open_until(calendar, at)[0]


def open_from(calendar: int | None, at: datetime) -> datetime:
    """The moment itself where it is open then, else when it next is; the moment itself where it never is."""
    there, moment = open_until(calendar, at)
    return at if there or moment is None else moment
