"""Which lists a quarter asks for: by month, by quarter, or none. Pure: no query, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fondaco.operations.intrastat.models import BY_AMOUNT, MONTHLY, QUARTERLY, ListRule


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a list, how it is filed, and whether statistics are due."""

    starts_on: date
    ends_on: date
    frequency: str
    with_statistics: bool


def quarter_of(day: date) -> date:
    """The first day of a day's calendar quarter."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def quarter_before(first: date) -> date:
    """The first day of the quarter before the one that begins on a day."""
    return date(first.year - (first.month == 1), 10 if first.month == 1 else first.month - 3, 1)


def month_after(day: date) -> date:
    """The first day of the next month."""
    return date(day.year + (day.month == 12), day.month % 12 + 1, 1)


def _last(first: date) -> date:
    return month_after(first) - timedelta(days=1)


def periods_of(rule: ListRule, first: date, before: Sequence[Decimal], months: Sequence[Decimal]) -> list[Period]:
    """The lists of the quarter that begins on ``first``. ``before``: what the four quarters before came to; ``months``: its own three so far.

    Who was monthly for one of the four quarters stays so. Who goes above within the quarter files its months so far as one short quarter, and
    by month from then on; a list that is due only from an amount on is due for all months of the quarter in which that was reached.
    """
    starts = [date(first.year, first.month + n, 1) for n in range(3)]
    reached = [sum(months[: n + 1], Decimal(0)) for n in range(3)]
    if rule.required_from is not None and not any(amount >= rule.required_from for amount in (*before, *reached)):
        return []
    statistics = rule.statistics_above is None or any(amount > rule.statistics_above for amount in (*before, *reached))
    monthly = [Period(start, _last(start), MONTHLY, statistics) for start in starts]
    if rule.frequency == MONTHLY:
        return monthly
    quarter = Period(first, _last(starts[2]), QUARTERLY, False)
    if rule.frequency != BY_AMOUNT:
        return [quarter]
    above = rule.monthly_above or Decimal(0)
    if any(amount > above for amount in before):
        return monthly
    passed = next((n for n, amount in enumerate(reached) if amount > above), 2)
    return [quarter] if passed == 2 else [Period(first, _last(starts[passed]), QUARTERLY, False), *monthly[passed + 1 :]]


def due_on(ends_on: date, day: int | None) -> date | None:
    """The day of the next month by which a list is filed; its last day where it has no such day."""
    if day is None:
        return None
    first = month_after(ends_on)
    return min(date(first.year, first.month, min(day, 28)) + timedelta(days=max(day - 28, 0)), _last(first))
