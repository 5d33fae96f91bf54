"""Days on which a company works, and how long it takes from the shelf to the customer. Pure, but for reading them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from fondaco.operations.supply.models import ClosedDay, TransportRoute, WorkCalendar
from fondaco.platform.database.knowing import known, shared

DAY = timedelta(days=1)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: No company is closed for longer: beyond it the search for a working day ends.
LONGEST_PAUSE = 370


@dataclass(frozen=True)
class Calendar:
    """``works``: Monday to Sunday. The default is a company without a calendar."""

    works: tuple[bool, ...] = (True,) * 7
    closed: frozenset[date] = frozenset()
    handling_days: int = 0
    transport_days: int = 0

    def is_open(self, day: date) -> bool:
        return self.works[day.weekday()] and day not in self.closed

    def open_from(self, day: date, step: int = 1) -> date:
        """The day itself or the first working one after it (before it, with ``step`` -1)."""
        found = day
        for _n in range(LONGEST_PAUSE):
            if self.is_open(found):
                return found
            found += step * DAY
        return day

    def working_days_after(self, day: date, count: int) -> date:
        """So many working days later (earlier, below zero), from the first working day on."""
        step = 1 if count >= 0 else -1
        found = self.open_from(day, step)
        for _n in range(abs(count)):
            found = self.open_from(found + step * DAY, step)
        return found

    def arrives(self, ready: date) -> date:
        """When goods that are ready on a day are with the customer: picked, packed, and on the road."""
        shipped = self.working_days_after(ready, self.handling_days)
        return self.open_from(shipped + self.transport_days * DAY) if self.transport_days else shipped

    def needed(self, arrival: date) -> date:
        """The last day on which goods must be ready to be with the customer on a day."""
        return self.working_days_after(arrival - self.transport_days * DAY, -self.handling_days)


@dataclass(frozen=True)
class Route:
    """A way between two warehouses, with the calendar of the company and the days on which it departs."""

    source: int
    target: int
    days: int
    departs: tuple[bool, ...]
    calendar: Calendar

    def departure(self, ready: date) -> date:
        """The first departure on or after a day."""
        found = ready
        for _n in range(LONGEST_PAUSE):
            if self.departs[found.weekday()] and self.calendar.is_open(found):
                return found
            found += DAY
        return ready

    def arrival(self, ready: date) -> date:
        """When goods are there that are ready to go on a day."""
        return self.calendar.open_from(self.departure(ready) + self.days * DAY)


def routes_of(calendars: Mapping[int, Calendar]) -> dict[int, list[Route]]:
    """The routes to each warehouse of companies, the fastest first; from memory."""
    found: dict[int, list[Route]] = {}
    for row in _routes():
        if row.company_id in calendars:
            departs = tuple(getattr(row, day) for day in WEEK)
            found.setdefault(row.to_warehouse_id, []).append(
                Route(row.from_warehouse_id, row.to_warehouse_id, row.transport_days, departs, calendars[row.company_id])
            )
    return found


@known
def _routes() -> list[TransportRoute]:
    return [shared(row) for row in TransportRoute.objects.filter(is_active=True).order_by("transport_days", "pk")]


def calendars_of(companies: Iterable[int]) -> dict[int, Calendar]:
    """The calendar of each company, the default where it has none; from memory."""
    calendars = _calendars()
    return {company: calendars.get(company) or Calendar() for company in companies}


@known
def _calendars() -> dict[int, Calendar]:
    closed: dict[int, set[date]] = {}
    for company, on in ClosedDay.objects.values_list("calendar__company", "on"):
        closed.setdefault(company, set()).add(on)
    found = {}
    for row in WorkCalendar.objects.all():
        found[row.company_id] = Calendar(
            tuple(getattr(row, day) for day in WEEK), frozenset(closed.get(row.company_id, ())), row.handling_days, row.transport_days
        )
    return found
