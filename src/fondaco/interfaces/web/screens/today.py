"""Today: what waits, the company's figures, what happened."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.finance.ledger.models import OpenItem
from fondaco.insight.statements import queries
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import formatting_for
from fondaco.interfaces.web.frame import company_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.reports import RIGHT
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.interfaces.web.screens.waiting import waiting_for


@door(SIGNED_IN, "GET")
def today(request: HttpRequest) -> HttpResponse:
    """The first page: figures that answer, and what waits for the one who looks."""
    company = company_of(request)
    actor = request.actor  # type: ignore[attr-defined]
    tiles: list[dict[str, Any]] = []
    chart = None
    panels, empty = waiting_for(request) if company is not None else ([], [])
    if company is not None:
        day = today_of(request)
        formats = formatting_for(actor.language)
        decimals = DECIMALS.get(company.currency_id, 2)
        if actor.may("ledger.view_open_item", company.pk):
            overdue = OpenItem.objects.filter(
                company=company, control="receivable", closed_on__isnull=True, due_on__lt=day, open_amount__gt=0
            )
            figures = overdue.aggregate(total=Sum("open_base_amount"))
            number = overdue.count()
            oldest = overdue.order_by("due_on").values_list("due_on", flat=True).first()
            story = ngettext("%(n)s item, oldest %(days)s days", "%(n)s items, oldest %(days)s days", number) % {
                "n": number,
                "days": (day - oldest).days if oldest else 0,
            }
            tiles.append({
                "title": _("Overdue"), "figure": formats.amount(figures["total"] or Decimal(0), decimals), "unit": company.currency_id, "story": story if number else _("nothing is overdue"),
                "url": f"/open-items?control=receivable&closed_on__isnull=1&open_amount__gt=0&due_on__lt={day}&sort=due_on", "tone": "bad" if number else "",
            })  # fmt: skip
        if actor.may(RIGHT, company.pk):
            chart, more = _months(company, day, formats, decimals)
            tiles += more
    return page(
        request,
        "web/today.html",
        {"title": _("Today"), "tiles": tiles, "panels": panels, "done": empty, "chart": chart, "company_is_new": company is None},
    )


def _months(company: Any, day: Any, formats: Any, decimals: int) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Revenue of the last twelve months as bars, and this month's figure beside the same month a year ago."""
    months = []
    first = day.replace(day=1)
    for _step in range(12):
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        months.append((first, min(last, day)))
        first = (first - timedelta(days=1)).replace(day=1)
    months.reverse()
    bars = []
    revenue = queries.monthly_result(company.pk, first=months[0][0], last=months[-1][1], kind="income")
    for start, end in months:
        value = revenue.get(start, Decimal(0))
        bars.append(
            {
                "label": f"{start:%m/%y}",
                "value": value,
                "shown": formats.quantity((value / 1000).quantize(Decimal(1))),
                "url": f"/books/profit-and-loss?from={start}&to={end}",
            }
        )
    if not any(b["value"] for b in bars):
        return None, []
    best = max(bars, key=lambda b: b["value"])
    story = _("Best month: {month} with {amount} thousand {currency}.").format(
        month=best["label"], amount=best["shown"], currency=company.currency_id
    )
    chart = {"title": _("Revenue by month, thousand {currency}").format(currency=company.currency_id), "story": story, "bars": bars}
    tile = {
        "title": _("Revenue this month"),
        "figure": formats.amount(bars[-1]["value"], decimals),
        "unit": company.currency_id,
        "url": bars[-1]["url"],
    }
    return chart, [tile]
