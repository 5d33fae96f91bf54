"""The forecast sheet (SA-07): who brings what by when, how that stood week after week, and why it moved; every figure drills to its deals."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.frontoffice.crm import forecasting
from fondaco.frontoffice.crm.forecasting import KINDS, VIEW, WON, Change, Forecast, Sums
from fondaco.frontoffice.crm.models import BEST_CASE, COMMIT, PIPELINE, ForecastSnapshot
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.reports import _export
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.models import User
from fondaco.platform.database.refusals import NotFound

PATH = "/sell/forecast"
SCREENS.append(Screen("sell", "reports", 1, gettext_lazy("Forecast"), PATH, VIEW))
#: The quarters and months one may ask for, counted from today's.
QUARTERS, MONTHS = range(-1, 4), range(-1, 4)
TITLES = {
    WON: gettext_lazy("Won"),
    COMMIT: gettext_lazy("Commit"),
    BEST_CASE: gettext_lazy("Best case"),
    PIPELINE: gettext_lazy("In pipeline"),
}
WITH = {
    COMMIT: gettext_lazy("With what is committed"),
    BEST_CASE: gettext_lazy("With the best case"),
    PIPELINE: gettext_lazy("With all in the pipeline"),
}
REASONS = {
    "new": gettext_lazy("New deals"),
    "in": gettext_lazy("Came in from another time, or back into the forecast"),
    "amount": gettext_lazy("Worth more or less"),
    "out": gettext_lazy("Put off, or left out of the forecast"),
    "won": gettext_lazy("Won"),
    "lost": gettext_lazy("Lost"),
}


def _months_on(day: date, months: int) -> date:
    """The first day of the month so many months after the one of ``day``."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _periods(request: HttpRequest, today: date) -> dict[str, tuple[str, date, date]]:
    """What may be asked for, by its name in the address: title, first and last day."""
    formats = formats_of(request)
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    found = {}
    for n in QUARTERS:
        first = _months_on(quarter, 3 * n)
        title = _("Quarter {n} of {year}").format(n=first.month // 3 + 1, year=first.year)
        found[f"{first.year}-Q{first.month // 3 + 1}"] = (title, first, _months_on(first, 3) - timedelta(1))
    for n in MONTHS:
        first = _months_on(today, n)
        found[f"{first:%Y-%m}"] = (f"{formats.month(first.month)} {first.year}", first, _months_on(first, 1) - timedelta(1))
    return found


def asked_for(request: HttpRequest) -> tuple[Company, date, dict[str, tuple[str, date, date]], str]:
    """The company looked at, today, the periods offered, and the one asked for: the present quarter where none or nonsense is."""
    company = company_of(request)
    if company is None or not request.actor.may(VIEW, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    today = today_of(request)
    offered = _periods(request, today)
    asked = request.GET.get("period", "")
    return company, today, offered, asked if asked in offered else f"{today.year}-Q{(today.month - 1) // 3 + 1}"


#: Everybody's deals; None are those of nobody.
EVERYBODY = 0


def deals_url(first: date, last: date, kind: str, salesperson: int | None = EVERYBODY) -> str:
    """The list of the deals behind a figure."""
    query: dict[str, Any] = {"state": "won" if kind == WON else "open"}
    day = "closed_on" if kind == WON else "expected_close"
    query |= {f"{day}__gte": first, f"{day}__lte": last}
    if kind != WON:
        query["forecast"] = kind
    if salesperson is None:
        query["salesperson__isnull"] = 1
    elif salesperson != EVERYBODY:
        query["salesperson"] = salesperson
    return f"/opportunities?{urlencode(query)}"


@door(VIEW, "GET")
def forecast_sheet(request: HttpRequest) -> HttpResponse:
    """The forecast of a quarter or a month, by salesperson and by week, and what changed since one of the weeks."""
    actor = request.actor  # type: ignore[attr-defined]
    company, today, offered, period = asked_for(request)
    title, first, last = offered[period]
    decimals = DECIMALS.get(company.currency_id, 2)
    formats = formats_of(request)
    found = forecasting.forecast(actor, company, first=first, last=last, today=today)
    report = _by_salesperson(found, company, first, last, decimals)
    facts = [title, f"{formats.date(first)} – {formats.date(last)}", company.currency_id]
    exported = _export(request, _("Forecast"), report, [company.name, *facts])
    if exported is not None:
        return exported
    weeks = forecasting.history(actor, company, first=first, last=last)
    earlier = [s for s, _sums in weeks if s.week < forecasting.week_of(today)] or [s for s, _sums in weeks]
    since = next((s for s, _sums in weeks if s.pk == whole(request.GET.get("since", ""))), earlier[-1] if earlier else None)
    given = {k: v for k, v in request.GET.items() if k != "format"}
    total = found.total
    context = {
        "title": _("Forecast"), "facts": facts, "action": PATH, "report": report, "warnings": _warnings(found, today),
        "fields": [{"name": "period", "label": _("Period"), "kind": "select", "value": period, "options": [(k, p[0]) for k, p in offered.items()]}],
        "tiles": [
            {"title": str(TITLES[WON]), "figure": formats.amount(total.parts[WON], 0), "unit": company.currency_id, "url": deals_url(first, last, WON), "story": _said(total.counts[WON])},
            *(
                {"title": str(WITH[kind]), "figure": formats.amount(total.up_to(kind), 0), "unit": company.currency_id, "story": _said(total.counts[kind])}
                for kind in KINDS[1:]
            ),
            {"title": _("Expected by probability"), "figure": formats.amount(total.weighted, 0), "unit": company.currency_id, "story": ""},
        ],
        "charts": _charts(weeks, total, period, formats, since),
        "changes": _changes(request, company, since, first, last, today, decimals) if since else None,
        "exports": [{"title": k.upper(), "url": f"{PATH}?{urlencode({**given, 'period': period, 'format': k})}"} for k in ("xlsx", "pdf")],
    }  # fmt: skip
    return page(request, "web/forecast.html", context)


def _said(count: int) -> str:
    return ngettext("{n} deal", "{n} deals", count).format(n=count)


def _by_salesperson(found: Forecast, company: Company, first: date, last: date, decimals: int) -> dict[str, Any]:
    names = dict(User.objects.filter(pk__in=[k for k in found.by_salesperson if k]).values_list("pk", "name"))

    def cells(sums: Sums, salesperson: int | None = EVERYBODY) -> list[dict[str, Any]]:
        shown = [{"value": sums.parts[k], "url": deals_url(first, last, k, salesperson)} for k in KINDS]
        return [*shown, {"value": sums.weighted}]

    rows: list[dict[str, Any]] = [
        {"title": names.get(key or 0) or _("nobody's"), "level": 1, "cells": cells(sums, key)}
        for key, sums in sorted(found.by_salesperson.items(), key=lambda each: -each[1].up_to(KINDS[-1]))
    ]
    rows.append({"title": _("Total"), "kind": "grand", "level": 0, "cells": cells(found.total)})
    columns = [{"title": str(TITLES[k]), "unit": company.currency_id, "decimals": decimals} for k in KINDS]
    columns.append({"title": _("Expected by probability"), "unit": company.currency_id, "decimals": decimals})
    return {"caption": _("Forecast"), "row_title": _("Salesperson"), "columns": columns, "rows": rows}


def _warnings(found: Forecast, today: date) -> list[dict[str, Any]]:
    told = []
    for count, text, url in (
        (
            found.late,
            ngettext("{n} open deal should have been closed by now.", "{n} open deals should have been closed by now.", found.late),
            f"/opportunities?{urlencode({'state': 'open', 'expected_close__lte': today - timedelta(1)})}",
        ),
        (
            found.without_day,
            ngettext(
                "{n} open deal has no day on which it is expected to close: it is in no forecast.",
                "{n} open deals have no day on which they are expected to close: they are in no forecast.",
                found.without_day,
            ),
            "/opportunities?state=open&sort=expected_close",
        ),
        (
            found.without_rate,
            ngettext(
                "{n} deal is in a currency without an exchange rate: it is in no sum.",
                "{n} deals are in currencies without an exchange rate: they are in no sum.",
                found.without_rate,
            ),
            "/exchange-rates",
        ),
    ):
        if count:
            told.append({"text": text.format(n=count), "tone": "wait", "cure": {"label": _("Look at them"), "url": url}})
    return told


def _charts(
    weeks: Sequence[tuple[ForecastSnapshot, Sums]], now: Sums, period: str, formats: Any, since: ForecastSnapshot | None
) -> list[dict[str, Any]]:
    """Week after week what was sure, and all that was in sight; today's at the end."""

    def bars(figure: Any) -> list[dict[str, Any]]:
        shown = [
            {
                "label": formats.day(s.week), "value": figure(sums), "shown": formats.amount(figure(sums), 0), "past": s != since,
                "url": f"{PATH}?{urlencode({'period': period, 'since': s.pk})}",
            }
            for s, sums in weeks
        ]  # fmt: skip
        return [*shown, {"label": _("today"), "value": figure(now), "shown": formats.amount(figure(now), 0), "past": False}]

    if not weeks:
        return []
    story = _("Each bar is the week that begins on that day; choose one to see what changed since.")
    return [
        {"title": _("Won and commit, week by week"), "story": story, "bars": bars(lambda s: s.up_to(COMMIT))},
        {"title": _("All that was in sight"), "story": story, "bars": bars(lambda s: s.up_to(KINDS[-1]))},
    ]


def _changes(
    request: HttpRequest, company: Company, since: ForecastSnapshot, first: date, last: date, today: date, decimals: int
) -> dict[str, Any]:
    """Why the open forecast moved since a week: from what it was to what it is, with the deals of each reason."""
    actor = request.actor  # type: ignore[attr-defined]
    formats = formats_of(request)
    then = forecasting.deals_then(actor, [since.pk])[since.pk]
    now = forecasting.deals_now(actor, company, today=today, closed_since=min(first, since.on))
    start, found, end = forecasting.changes(then, now, first=first, last=last)
    rows: list[dict[str, Any]] = [
        {"title": _("Open forecast on {day}").format(day=formats.date(since.on)), "kind": "head", "level": 0, "cells": [{"value": start}]}
    ]
    for kind in forecasting.CHANGES:
        own = [c for c in found if c.kind == kind]
        if own:
            rows.append({"title": str(REASONS[kind]), "kind": "total", "level": 0, "cells": [{"value": _sum(own)}]})
            rows += [
                {
                    "title": f"{c.deal.name} · {c.deal.party[1]}",
                    "level": 1,
                    "url": f"/opportunities/{c.deal.key}",
                    "cells": [{"value": c.amount}],
                }
                for c in sorted(own, key=lambda c: -abs(c.amount))
            ]
    rows.append({"title": _("Open forecast now"), "kind": "grand", "level": 0, "cells": [{"value": end}]})
    column = {"title": _("Amount"), "unit": company.currency_id, "decimals": decimals}
    return {
        "caption": _("What changed since {day}").format(day=formats.date(since.on)),
        "row_title": _("Why"),
        "columns": [column],
        "rows": rows,
    }


def _sum(changes: Sequence[Change]) -> Decimal:
    return sum((c.amount for c in changes), Decimal(0))
