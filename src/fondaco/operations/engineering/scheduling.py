"""When what is to be made is ready: parts that are there or come, else are bought or made in turn; then the work, by the hours of its places.

Of each part stock and what is agreed to come serves first; what is missing is made where it has a bill, else bought. Work of less than a day takes a
day. Within one question what one takes the next has not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.operations.engineering.exploding import HUNDRED, ONE, SIXTY, Part, Work, scaled
from fondaco.operations.supply.calendars import Calendar
from fondaco.operations.supply.promising import Ask, Promising
from fondaco.operations.supply.promising import Part as Supply
from fondaco.platform.money import ZERO

DAY_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Timed:
    """A part with the day on which it is ready (none where something comes from nowhere), from where what is not made comes, when its own work begins,
    how many working days that takes and where most of them, and its parts; ``late`` is the one it waits for."""

    part: Part
    ready: date | None
    supplies: tuple[Supply, ...] = ()
    starts: date | None = None
    days: int = 0
    place: str = ""
    below: tuple["Timed", ...] = ()
    late: "Timed | None" = None


def timed(promising: Promising, calendar: Calendar, company: int, warehouse: int | None, part: Part, *, is_whole: bool = True) -> Timed:
    """When a part is ready. The whole, and a phantom, is never taken from stock."""
    if is_whole or part.is_phantom:
        return _made(promising, calendar, company, warehouse, part)
    ask = Ask(company, part.product, warehouse, part.quantity)
    supplies, left = promising.there(ask)
    if left > 0 and not part.is_made:
        supplies = [*supplies, *promising.fetched(ask, left)]
        left = ZERO
    days = [s.ready for s in supplies]
    if left <= 0:
        return Timed(part, None if None in days else max((d for d in days if d), default=promising.today), tuple(supplies))
    made = _made(promising, calendar, company, warehouse, scaled(part, left / part.quantity))
    ready = None if made.ready is None or None in days else max([made.ready, *(d for d in days if d)])
    return Timed(part, ready, tuple(supplies), made.starts, made.days, made.place, made.below, made.late)


def _made(promising: Promising, calendar: Calendar, company: int, warehouse: int | None, part: Part) -> Timed:
    below = tuple(timed(promising, calendar, company, warehouse, p, is_whole=False) for p in part.parts)
    late = next((b for b in below if b.ready is None), None) or max(
        (b for b in below if b.ready and b.ready > promising.today), key=lambda b: b.ready or promising.today, default=None
    )
    if late is not None and late.ready is None:
        return Timed(part, None, below=below, late=late)
    starts = late.ready if late is not None and late.ready is not None else promising.today
    ready, days, place = worked(part.works, starts, calendar)
    return Timed(part, ready, (), starts, days, place, below, late)


def worked(works: Sequence[Work], starts: date, calendar: Calendar) -> tuple[date, int, str]:
    """When operations are done that begin on a day, one after the other; in how many working days (those outside are none), and where most time goes."""
    day, days, waiting = starts, 0, ZERO
    longest, place = ZERO, ""
    for n, work in enumerate(works):
        if work.centre is None:
            taken = _whole_days(waiting)
            day = calendar.open_from(calendar.working_days_after(day, taken) + timedelta(days=work.days))
            days, waiting, takes = days + taken, ZERO, Decimal(work.days)
        else:
            is_beside = n + 1 < len(works) and works[n + 1].centre is not None
            part = ONE - work.overlap / HUNDRED if is_beside else ONE
            takes = (work.setup + work.run) * part / (work.hours * SIXTY)
            waiting += takes
        if takes > longest:
            longest, place = takes, work.place
    taken = _whole_days(waiting)
    return (calendar.working_days_after(day, taken) if taken else day), days + taken, place


def _whole_days(days: Decimal) -> int:
    return int(days.quantize(DAY_PLACES).to_integral_value(ROUND_UP))


def all_timed(whole: Timed) -> Iterator[Timed]:
    """A part and all below it that had to be looked at."""
    yield whole
    for below in whole.below:
        yield from all_timed(below)


def waited_for(whole: Timed) -> list[Timed]:
    """The way that decides, from the part that is waited for up to the whole."""
    chain = [whole]
    while chain[-1].late is not None:
        chain.append(chain[-1].late)
    return chain[::-1]


def because(whole: Timed, said: Callable[[Timed], str]) -> str:
    """What the day hangs on, in a sentence: the part that is waited for, then the work on the way up. ``said``: from where that part comes."""
    told = []
    for one in waited_for(whole):
        if one.supplies and one.late is None:
            told.append(f"{one.part.name}: {said(one)}")
        if one.days or one.place:
            told.append(_work_said(one))
    return "; ".join(told) or _("all parts are in stock")


def _work_said(one: Timed) -> str:
    days = ngettext("{count} working day", "{count} working days", one.days).format(count=one.days)
    ready = date_format(one.ready, "j M Y") if one.ready else ""
    return _("{product}: {days}, longest at {place}: {day}").format(product=one.part.name, days=days, place=one.place, day=ready)
