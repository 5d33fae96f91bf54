"""Due dates from payment terms. Pure."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fondaco.platform.money import spread


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the amount in percent, due so many days after the document, then at the end of that month if agreed."""

    percent: Decimal
    days: int
    end_of_month: bool


AT_ONCE = (Part(Decimal(100), 0, False),)


def due_dates(on: date, amount: Decimal, parts: Sequence[Part], decimals: int) -> list[tuple[date, Decimal]]:
    """Split ``amount`` over the instalments in whole minor units that add up to it, with the day each falls due."""
    shares = spread(amount, [p.percent for p in parts], decimals)
    return [(_due(on, part), share) for part, share in zip(parts, shares, strict=True)]


def _due(on: date, part: Part) -> date:
    day = on + timedelta(days=part.days)
    if part.end_of_month:
        day = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day
