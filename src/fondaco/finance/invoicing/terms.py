"""Due dates from payment terms. Pure."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fondaco.platform.money import rounded, spread


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the amount in percent, due so many days after the document, then at the end of that month if agreed."""

    percent: Decimal
    days: int
    end_of_month: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A cash discount in percent, granted on what is paid up to and with its last day."""

    percent: Decimal
    days: int

    def last_day(self, on: date) -> date:
        """Until when it can be taken on an invoice of the day ``on``."""
        return on + timedelta(days=self.days)


def discount_percent(on: date, steps: Sequence[Step], paid_on: date) -> Decimal:
    """The highest cash discount of an invoice of the day ``on`` that can still be taken when it is paid on ``paid_on``."""
    return max((s.percent for s in steps if paid_on <= s.last_day(on)), default=Decimal(0))


AT_ONCE = (Part(Decimal(100), 0, False),)


def due_dates(on: date, amount: Decimal, parts: Sequence[Part], decimals: int) -> list[tuple[date, Decimal]]:
    """Split ``amount`` over the instalments in whole minor units that add up to it, with the day each falls due."""
    shares = spread(amount, [p.percent for p in parts], decimals)
    return [(_due(on, part), share) for part, share in zip(parts, shares, strict=True)]


def days_granted(on: date, parts: Sequence[Part]) -> Decimal:
    """How many days after ``on`` an amount is paid, each instalment by its share; to a tenth of a day, half away from zero."""
    return rounded(sum(((_due(on, p) - on).days * p.percent for p in parts), Decimal(0)) / sum(p.percent for p in parts), 1)


def _due(on: date, part: Part) -> date:
    day = on + timedelta(days=part.days)
    if part.end_of_month:
        day = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day
