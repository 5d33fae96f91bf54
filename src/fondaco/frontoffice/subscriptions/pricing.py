"""What a recurring line costs on which days: the one function of prices, pure (PR-09).

A period's price is quantity times price, less discount, times its months over those the price is for. Of part of a period the days count: so many
of the period's days. What a period comes to is rounded once, half away from zero; the parts of it are whole minor units that add up to that
(largest remainder), however it is cut.
"""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fondaco.platform.money import ZERO, apportioned, rounded

HUNDRED = Decimal(100)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """From a day on, this quantity at this price; of two of one day the later version holds."""

    from_on: date
    quantity: Decimal
    unit_price: Decimal
    version: int = 1


@dataclass(frozen=True)
class Terms:
    """When a contract runs, and how its periods lie."""

    starts_on: date
    ends_on: date | None
    every_months: int
    by_calendar: bool
    #: Stretches on which it rests, both days within; the last may be open.
    pauses: tuple[tuple[date, date | None], ...] = ()

    def rests(self, day: date) -> bool:
        """Whether the contract is paused on a day."""
        return any(first <= day and (last is None or day <= last) for first, last in self.pauses)


@dataclass(frozen=True)
class Period:
    """A whole period of the contract, both days within; what of it is in force may be less."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Part:
    """Some days of a period at one quantity and price, and what they come to."""

    first: date
    last: date
    quantity: Decimal
    unit_price: Decimal
    days: int
    of_days: int
    amount: Decimal


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months on; the last day of a month that is shorter."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def periods(terms: Terms, until: date) -> Iterator[Period]:
    """The periods of a contract that begin no later than ``until`` and hold a day of its term, in order.

    By the calendar they begin with months, quarters or years, so that the first may be cut; else they are counted from the first day, each from
    there, so that a contract of the 31st comes back to the 31st.
    """
    start, every = terms.starts_on, terms.every_months
    if terms.by_calendar:
        start = date(start.year, (start.month - 1) // every * every + 1, 1)
    n, first = 0, start
    while first <= until and (terms.ends_on is None or first <= terms.ends_on):
        following = months_after(start, every * (n + 1))
        yield Period(first, following - DAY)
        n, first = n + 1, following


def step_on(steps: Sequence[Step], day: date) -> Step | None:
    """The step that holds on a day: the last that begins by then, of the latest version."""
    return max((s for s in steps if s.from_on <= day), key=lambda s: (s.from_on, s.version), default=None)


def current(steps: Sequence[Step]) -> list[Step]:
    """The steps that hold, in the order of their days: one a day, of the latest version."""
    latest: dict[date, Step] = {}
    for step in sorted(steps, key=lambda s: s.version):
        latest[step.from_on] = step
    return [latest[day] for day in sorted(latest)]


def parts(steps: Sequence[Step], period: Period, terms: Terms, *, per_months: int, discount: Decimal, decimals: int) -> list[Part]:
    """What a recurring line comes to in a period, by the steps that hold in it; nothing for days outside the term, of a pause, or without quantity."""
    first = max(period.first, terms.starts_on)
    last = period.last if terms.ends_on is None else min(period.last, terms.ends_on)
    if first > last:
        return []
    turns = {s.from_on for s in steps} | {p for p, _end in terms.pauses} | {end + DAY for _p, end in terms.pauses if end is not None}
    begins = sorted({first, *(day for day in turns if first < day <= last)})
    stretches = [(b, e) for b, e in zip(begins, [*(b - DAY for b in begins[1:]), last], strict=True)]
    found: list[tuple[date, date, Step]] = []
    for begin, end in stretches:
        step = step_on(steps, begin)
        if step is None or not step.quantity or terms.rests(begin):
            continue
        before = found[-1] if found else None
        if before and before[1] + DAY == begin and (before[2].quantity, before[2].unit_price) == (step.quantity, step.unit_price):
            found[-1] = (before[0], end, step)
        else:
            found.append((begin, end, step))
    if not found:
        return []
    whole = HUNDRED * per_months * period.days
    # The rounded sum is of undivided figures, so that thirds of a month make a month.
    shares = [s.quantity * s.unit_price * (HUNDRED - discount) * terms.every_months * ((e - b).days + 1) for b, e, s in found]
    total = rounded(sum(shares, ZERO) / whole, decimals)
    amounts = apportioned(total, [share / whole for share in shares], decimals)
    return [
        Part(b, e, s.quantity, s.unit_price, (e - b).days + 1, period.days, amount)
        for (b, e, s), amount in zip(found, amounts, strict=True)
    ]


def monthly(step: Step | None, *, per_months: int, discount: Decimal, decimals: int) -> Decimal:
    """What a step brings in a month, rounded half away from zero to the minor unit: recurring revenue (MRR)."""
    if step is None:
        return ZERO
    return rounded(step.quantity * step.unit_price * (HUNDRED - discount) / (HUNDRED * per_months), decimals)


__all__ = ["Part", "Period", "Step", "Terms", "current", "monthly", "months_after", "parts", "periods", "step_on"]
