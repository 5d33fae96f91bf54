"""A business calendar in force, for whoever works by one."""

from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books


def calendar(books: Books, *hours: tuple[int, str, str], active: bool = True) -> int:
    """Open at these hours of weekdays (0 is Monday), by the company's clock."""
    rows = [{"weekday": day, "opens": opens, "closes": closes} for day, opens, closes in hours]
    given = {"company": books.company.pk, "name": f"Hours {hours[0]}", "time_zone": books.company.time_zone, "hours": rows}
    (key,) = create(ACTOR, RESOURCES["business-calendars"], [given]).ids
    if active:
        books.do("sla.activate_calendar", key)
    return key
