"""The supervisor's wall, and shifts beside what the forecast needs (SV-10)."""

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.staffing.queries import VIEW_SHIFT, VIEW_WALL, closed_for, plan, queues_of
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.live.wall import PATH as LIVE
from fondaco.interfaces.live.wall import figures
from fondaco.interfaces.web.frame import SCREENS, Screen, formats_of, page
from fondaco.interfaces.web.middleware import POLICY
from fondaco.interfaces.web.screens.service_promises import reader
from fondaco.interfaces.web.screens.verbs import today_of

PATH, WALL = "/serve/staffing", "/serve/wall"
SCREENS.append(Screen("serve", "team", 1, gettext_lazy("Wall"), WALL, VIEW_WALL))
SCREENS.append(Screen("serve", "team", 6, gettext_lazy("Shifts and forecast"), PATH, VIEW_SHIFT))


@door(VIEW_WALL, "GET")
def wall(request: HttpRequest) -> HttpResponse:
    """Queues and agents of the company as they stand, live."""
    company = reader(request, VIEW_WALL)
    live = f"{_live_house(request)}{LIVE}?company={company.pk}"
    response = page(request, "web/wall.html", {"title": _("Wall"), "live_url": live, "house": company.name, **figures(company.pk)})
    if _live_house(request):
        response["Content-Security-Policy"] = POLICY.replace("connect-src 'self'", f"connect-src 'self' {_live_house(request)}")
    return response


def _live_house(request: HttpRequest) -> str:
    """Where live connections are: behind a proxy the same house, without one the port after that of the pages."""
    if settings.BEHIND_TLS:
        return ""
    host, _colon, port = request.get_host().rpartition(":")
    return f"http://{host}:{int(port) + 1}" if host and port.isdecimal() else ""


@door(VIEW_SHIFT, "GET")
def staffing(request: HttpRequest) -> HttpResponse:
    """A day in half hours: contacts expected, agents needed, agents who work, and the gap."""
    company, formats = reader(request, VIEW_SHIFT), formats_of(request)
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        day = today_of(request)
    queues = queues_of(company)
    queue = request.GET.get("queue", "") if request.GET.get("queue", "") in queues else ""
    slots, days, target = plan(company, day, queue=queue)
    is_closed = day in closed_for(company, day, day)
    zone = ZoneInfo(company.time_zone)
    shown = [s for s in slots if s.needed or s.staffed]
    columns = [
        {"key": "when", "title": _("From"), "kind": "key", "lead": True}, {"key": "contacts", "title": _("Contacts expected"), "kind": "quantity"}, {"key": "needed", "title": _("Agents needed"), "kind": "number"},
        {"key": "staffed", "title": _("Agents with a shift"), "kind": "number"}, {"key": "gap", "title": _("Too many or too few"), "kind": "number"}, {"key": "in_time", "title": _("Answered in time"), "kind": "percent"},
    ]  # fmt: skip
    rows = [
        {
            "id": n, "url": None,
            "cells": [f"{s.begins_at.astimezone(zone):%H:%M}", s.contacts.quantize(Decimal("0.01")), s.needed, s.staffed, s.gap, Decimal(repr(s.in_time)).quantize(Decimal("0.001"))],
        }
        for n, s in enumerate(shown)
    ]  # fmt: skip
    bars = [{"label": f"{s.begins_at.astimezone(zone):%H:%M}", "value": s.gap, "shown": f"{s.gap:+}" if s.gap else "0"} for s in shown]
    short = sum(-s.gap for s in shown if s.gap < 0)
    tiles: list[dict[str, Any]] = [
        {"title": _("Contacts expected"), "figure": formats.quantity(sum((s.contacts for s in slots), Decimal(0)).quantize(Decimal("0.1"))), "unit": ""},
        {"title": _("Agents needed at most"), "figure": formats.quantity(Decimal(max((s.needed for s in slots), default=0))), "unit": ""},
        {"title": _("Half hours of an agent missing"), "figure": formats.quantity(Decimal(short)), "unit": "", **({"tone": "wait"} if short else {})},
    ]  # fmt: skip
    story = _("Agents with a shift less agents needed, by half hour. Under the line somebody is missing.")
    context = {
        "title": _("Shifts and forecast"), "action": PATH, "hidden": [], "tiles": tiles,
        "fields": [
            {"name": "on", "label": _("Day"), "kind": "date", "value": day.isoformat()},
            {"name": "queue", "label": _("Queue"), "kind": "select", "empty": _("All together"), "value": queue, "options": [(q, q) for q in queues]},
        ],
        "chart": {"title": _("Too many or too few agents"), "story": story, "bars": bars} if bars else None,
        "tables": [{"caption": formats.date(day), "columns": columns, "rows": rows, "plain": True}],
        "nothing": _("Nobody is expected, and nobody has a shift."),
        "explained": " ".join([
            (
                _("The service is closed on this day. Expected: the mean of the same half hours of the last {days} days on which it was.")
                if is_closed
                else _("Expected: the mean of the same half hours of the same weekday in {days} weeks before (seasonal moving average), without days on which the service was closed.")
            ).format(days=days),
            _("Needed: the fewest agents with which ({percent}%) are answered within {seconds} seconds, where one contact takes {handling} seconds (Erlang C).").format(
                percent=target.percent, seconds=target.within_seconds, handling=target.handling_seconds
            ),
            _("Targets are set under Targets of queues."),
        ]),
    }  # fmt: skip
    return page(request, "web/spending.html", context)
