"""Stretches of days by name, as filters say them: ``this_month`` moves along, ``2026-03``, ``2026-q1`` and ``2026`` stay."""

import re
from calendar import monthrange
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

#: The stretches that move along with today, in the order in which they are offered.
PERIODS = {
    "today": _("today"), "yesterday": _("yesterday"), "this_week": _("this week"), "last_week": _("last week"), "this_month": _("this month"), "last_month": _("last month"),
    "this_quarter": _("this quarter"), "last_quarter": _("last quarter"), "this_year": _("this year"), "last_year": _("last year"),
}  # fmt: skip
EXAMPLES = "this_month, last_quarter, 2026, 2026-q1, 2026-03"


def days_of(period: str, today: date) -> tuple[date, date]:
    """The first and the last day of a stretch; ValueError when it names none. Weeks begin on Monday, years in January."""
    if period in {"today", "yesterday"}:
        day = today - timedelta(days=period == "yesterday")
        return day, day
    if period in {"this_week", "last_week"}:
        monday = today - timedelta(days=today.weekday() + (7 if period == "last_week" else 0))
        return monday, monday + timedelta(days=6)
    if period in PERIODS:
        back, _sep, length = period.partition("_")
        months = {"month": 1, "quarter": 3, "year": 12}[length]
        first = (today.month - 1) // months * months + 1
        return _months(today.year, first - (months if back == "last" else 0), months)
    fixed = re.fullmatch(r"(?!0000)([0-9]{4})(?:-(?:q([1-4])|(0[1-9]|1[0-2])))?", period)
    if not fixed:
        raise ValueError(_("write a stretch of days as one of: {examples}").format(examples=EXAMPLES))
    year, quarter, month = int(fixed[1]), fixed[2], fixed[3]
    if quarter:
        return _months(year, int(quarter) * 3 - 2, 3)
    return _months(year, int(month), 1) if month else _months(year, 1, 12)


def _months(year: int, first: int, length: int) -> tuple[date, date]:
    """``length`` months from month ``first`` on; a month before January belongs to the year before."""
    year, first = (year - 1, first + 12) if first < 1 else (year, first)
    last = first + length - 1
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])
