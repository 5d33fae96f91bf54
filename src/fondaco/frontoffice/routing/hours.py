"""Whether a company serves at a moment, by its hours of service and its working calendar."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fondaco.frontoffice.routing.models import OpeningHours
from fondaco.masterdata.companies.models import Company
from fondaco.operations.supply.calendars import Calendar, calendars_of
from fondaco.platform.database.knowing import known

#: After so many days without hours nobody looks any further.
LONGEST_PAUSE = 370


@known
def _hours(company: int) -> tuple[tuple[int, time, time], ...]:
    return tuple(OpeningHours.objects.filter(company=company).order_by("weekday", "opens").values_list("weekday", "opens", "closes"))


def _spans(company: int, calendar: Calendar, day: date) -> list[tuple[time, time]]:
    """From when until when it serves on a day."""
    hours = _hours(company)
    if not hours:
        return [(time.min, time.max)] if calendar.is_open(day) else []
    return [] if day in calendar.closed else [(opens, closes) for weekday, opens, closes in hours if weekday == day.weekday()]


def is_open(company: Company, at: datetime) -> bool:
    """Whether it serves at a moment; from memory."""
    here = at.astimezone(ZoneInfo(company.time_zone))
    calendar = calendars_of([company.pk])[company.pk]
    return any(opens <= here.time() < closes for opens, closes in _spans(company.pk, calendar, here.date()))


def within_hours(company: Company, at: datetime) -> datetime:
    """The moment itself where it serves then, else when it next does; the moment itself where it never does."""
    zone = ZoneInfo(company.time_zone)
    here = at.astimezone(zone)
    calendar = calendars_of([company.pk])[company.pk]
    for n in range(LONGEST_PAUSE):
        day = here.date() + timedelta(days=n)
        for opens, closes in _spans(company.pk, calendar, day):
            if n == 0 and opens <= here.time() < closes:
                return at
            if n or here.time() < opens:
                return datetime.combine(day, opens, zone)
    return at
