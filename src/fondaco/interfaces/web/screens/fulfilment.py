"""Order-to-ship time, fill rate and pick accuracy by day: pictures, and the rows behind each figure (WH-09)."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.sales.fulfilment import Day, days_of
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import figure, rounded

VIEW = "inventory.view_stock"
ADDRESS = "/deliver/fulfilment"
SPANS = (14, 30, 90)
#: So many days at most stand in a picture; the table has all of them.
DRAWN = 14
HUNDRED = Decimal(100)

SCREENS.append(Screen("deliver", "reports", 10, gettext_lazy("Fulfilment by day"), ADDRESS, VIEW))


@door(VIEW, "GET")
def fulfilment(request: HttpRequest) -> HttpResponse:
    """How long orders take to leave, how much of what was asked left, and how often a pick was as asked; day by day."""
    company = company_of(request)
    if company is None or not request.actor.may(VIEW, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    span = next((n for n in SPANS if str(n) == request.GET.get("days")), SPANS[0])
    last, formats = today_of(request), formats_of(request)
    days = days_of(company.pk, company.time_zone, last - timedelta(days=span - 1), last)
    worked = [d for d in days if d.deliveries or d.picks]
    charts = [
        _chart(_("Hours from order to shipment, median"), worked, formats, lambda d: d.hours, lambda v: figure(rounded(v, 1)), _deliveries),
        _chart(_("Fill rate: of what was asked, how much left"), worked, formats, lambda d: _percent(d.fill_rate), lambda v: f"{figure(v)}%", _shortages),
        _chart(_("Pick accuracy: picks that were as asked"), worked, formats, lambda d: _percent(d.accuracy), lambda v: f"{figure(v)}%", _picks),
    ]  # fmt: skip
    context = {
        "title": _("Fulfilment by day"),
        "views": [{"title": _("{count} days").format(count=n), "url": f"{ADDRESS}?days={n}", "current": n == span} for n in SPANS],
        "charts": [c for c in charts if c["bars"]],
        "table_of_days": _table(worked[::-1]),
        "nothing": not worked,
    }
    return page(request, "web/fulfilment.html", context)


def _percent(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rounded(rate * HUNDRED, 1)


def _deliveries(day: date) -> str:
    return f"/deliveries?on={day.isoformat()}&state=posted"


def _shortages(day: date) -> str:
    return f"/shortages?issue__on={day.isoformat()}"


def _picks(day: date) -> str:
    return f"/tasks?kind=pick&done_at__gte={day.isoformat()}&done_at__lt={(day + timedelta(days=1)).isoformat()}"


def _chart(
    title: str,
    days: Sequence[Day],
    formats: Formatting,
    value: Callable[[Day], Decimal | None],
    shown: Callable[[Decimal], str],
    url: Callable[[date], str],
) -> dict[str, Any]:
    found = [(d, v) for d in days if (v := value(d)) is not None][-DRAWN:]
    bars = [{"label": f"{d.on.day}.{d.on.month}.", "value": v, "shown": shown(v), "url": url(d.on)} for d, v in found]
    story = ""
    if found:
        low, high = min(found, key=lambda pair: pair[1]), max(found, key=lambda pair: pair[1])
        story = _("From {low} on {low_day} to {high} on {high_day}.").format(
            low=shown(low[1]), low_day=formats.date(low[0].on), high=shown(high[1]), high_day=formats.date(high[0].on)
        )
    return {"title": title, "story": story, "bars": bars}


def _table(days: Sequence[Day]) -> dict[str, Any]:
    columns = [
        {"key": "on", "title": _("Day"), "kind": "date", "lead": True},
        {"key": "deliveries", "title": _("Deliveries"), "kind": "link"},
        {"key": "hours", "title": _("Hours from order"), "kind": "quantity"},
        {"key": "shipped", "title": _("Shipped"), "kind": "quantity"},
        {"key": "short", "title": _("Missing"), "kind": "link"},
        {"key": "fill", "title": _("Fill rate"), "kind": "percent"},
        {"key": "picks", "title": _("Picks"), "kind": "link"},
        {"key": "accuracy", "title": _("Pick accuracy"), "kind": "percent"},
    ]
    rows = [
        {
            "id": d.on.isoformat(),
            "cells": [
                d.on, {"text": str(d.deliveries), "url": _deliveries(d.on)}, d.hours, d.shipped, {"text": figure(d.short), "url": _shortages(d.on)}, d.fill_rate,
                {"text": str(d.picks), "url": _picks(d.on)}, d.accuracy,
            ],
        }
        for d in days
    ]  # fmt: skip
    return {
        "caption": _("Days on which something was picked or shipped"),
        "columns": columns,
        "rows": rows,
        "selectable": False,
        "plain": True,
    }
