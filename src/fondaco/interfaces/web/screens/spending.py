"""How vendors deliver (PC-05) and what was spent (PC-07): tables that drill to the papers they are made of."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.operations.sourcing import scoring, spending
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import ZERO

SCORES, SPEND = "/buy/scorecards", "/buy/spend"
SCREENS.append(Screen("buy", "reports", 1, gettext_lazy("Scorecards of vendors"), SCORES, scoring.VIEW))
SCREENS.append(Screen("buy", "reports", 2, gettext_lazy("Spend"), SPEND, spending.VIEW))
DAYS = 365
BY = {"category": gettext_lazy("Category"), "product": gettext_lazy("Product"), "vendor": gettext_lazy("Vendor")}


def _company(request: HttpRequest, right: str) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(right, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    return company


def days_asked(request: HttpRequest) -> tuple[date, date]:
    """The days asked for; the last twelve months where none or nonsense is."""
    today = today_of(request)
    found = []
    for name, usual in (("from", today - timedelta(days=DAYS)), ("to", today)):
        try:
            found.append(date.fromisoformat(request.GET.get(name, "")))
        except ValueError:
            found.append(usual)
    first, last = found
    return (first, last) if date(1950, 1, 1) <= first <= last <= date(2200, 1, 1) else (today - timedelta(days=DAYS), today)


def days_fields(first: date, last: date) -> list[dict[str, Any]]:
    return [
        {"name": "from", "label": _("From"), "kind": "date", "value": first},
        {"name": "to", "label": _("To"), "kind": "date", "value": last},
    ]


def _share(value: Decimal | None) -> Decimal | None:
    return None if value is None else value / 100


@door(scoring.VIEW, "GET")
def scorecards(request: HttpRequest) -> HttpResponse:
    """All vendors who delivered or billed, beside each other."""
    company = _company(request, scoring.VIEW)
    first, last = days_asked(request)
    found = scoring.scores(company.pk, first=first, last=last)
    query = urlencode({"from": first, "to": last})
    columns = [
        {"key": "vendor", "title": _("Vendor"), "kind": "key", "lead": True},
        {"key": "receipts", "title": _("Receipts"), "kind": "number"},
        {"key": "on_time", "title": _("On time"), "kind": "percent", "sum": True},
        {"key": "late", "title": _("Days late on average"), "kind": "quantity"},
        {"key": "quantity", "title": _("Quantity delivered"), "kind": "percent"},
        {"key": "quality", "title": _("Without fault"), "kind": "percent"},
        {"key": "drift", "title": _("Price above order"), "kind": "percent"},
    ]
    rows = [
        {
            "id": s.vendor, "url": f"{SCORES}/{s.vendor}?{query}",
            "cells": [s.name, s.receipts, _share(s.on_time_percent), s.days_late, _share(s.quantity_percent), _share(s.quality_percent), _share(s.price_drift_percent)],
        }
        for s in found
    ]  # fmt: skip
    context = {
        "title": _("Scorecards of vendors"), "action": SCORES, "fields": days_fields(first, last), "hidden": [],
        "tables": [{"caption": _("Vendors"), "columns": columns, "rows": rows, "plain": True}], "explained": _explained(),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _explained() -> str:
    return _(
        "On time: received on or before the expected day. Quantity: what came of closed orders. Without fault: neither in a blocked lot nor "
        "received into quarantine. Price: bills against their orders, by value."
    )


@door(scoring.VIEW, "GET")
def scorecard(request: HttpRequest, pk: int) -> HttpResponse:
    """One vendor: his figures, his months as a picture, the receipts and bills they are made of."""
    company = _company(request, scoring.VIEW)
    vendor = Party.objects.filter(pk=pk, is_vendor=True).first()
    if vendor is None:
        raise NotFound(what=f"{_('Vendor')} {pk}")
    first, last = days_asked(request)
    formats = formats_of(request)
    days = {"first": first, "last": last}
    found = scoring.scores(company.pk, vendors=[pk], **days)
    tiles = []
    if found:
        (s,) = found
        for title, value, story in (
            (_("On time"), s.on_time_percent, _("{kept} of {judged} receipts").format(kept=s.on_time, judged=s.judged)),
            (_("Quantity delivered"), s.quantity_percent, ""),
            (_("Without fault"), s.quality_percent, ""),
            (_("Price above order"), s.price_drift_percent, ""),
        ):
            if value is not None:
                tiles.append({"title": title, "figure": formats.percent(value / 100), "story": story})
    bars = [
        {"label": f"{month:%m.%y}", "value": kept * 100 / judged, "shown": formats.percent(Decimal(kept) / judged, 0)}
        for month, judged, kept in scoring.months(company.pk, pk, **days)
        if judged
    ]
    context = {
        "title": _("Scorecard of {vendor}").format(vendor=vendor.name), "action": request.path, "fields": days_fields(first, last), "hidden": [], "tiles": tiles,
        "trail": [{"title": _("Scorecards of vendors"), "url": SCORES}, {"title": vendor.name, "url": f"/customers/{pk}"}],
        "chart": {"title": _("On time, month by month"), "story": _("Each bar is the share of receipts that came on or before the expected day."), "bars": bars} if bars else None,
        "tables": [_receipts(scoring.receipts(company.pk, pk, **days)), _prices(scoring.prices(company.pk, pk, **days))], "explained": _explained(),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _receipts(rows: Sequence[scoring.Came]) -> dict[str, Any]:
    columns = [
        {"key": "number", "title": _("Receipt"), "kind": "key", "lead": True},
        {"key": "product", "title": _("Product")},
        {"key": "order", "title": _("Purchase order"), "kind": "link"},
        {"key": "expected", "title": _("Expected"), "kind": "date"},
        {"key": "on", "title": _("Received"), "kind": "date"},
        {"key": "late", "title": _("Days late"), "kind": "quantity", "sum": True},
        {"key": "quantity", "title": _("Quantity"), "kind": "quantity"},
        {"key": "bad", "title": _("Blocked or in quarantine"), "kind": "quantity"},
    ]
    cells = [
        {
            "id": n, "url": f"/goods-receipts/{r.receipt}",
            "cells": [r.number, r.product, {"text": r.order_number, "url": f"/purchase-orders/{r.purchase}"}, r.expected, r.on, r.days_late, r.quantity, r.bad or None],
        }
        for n, r in enumerate(rows)
    ]  # fmt: skip
    return {"caption": _("Receipts"), "columns": columns, "rows": cells, "plain": True}


def _prices(rows: Sequence[scoring.Priced]) -> dict[str, Any]:
    columns = [
        {"key": "number", "title": _("Bill"), "kind": "key", "lead": True},
        {"key": "what", "title": _("What")},
        {"key": "order", "title": _("Purchase order"), "kind": "link"},
        {"key": "on", "title": _("Date"), "kind": "date"},
        {"key": "agreed", "title": _("Ordered at"), "kind": "amount"},
        {"key": "billed", "title": _("Billed at"), "kind": "amount"},
        {"key": "drift", "title": _("Difference"), "kind": "percent", "sum": True},
        {"key": "contract", "title": _("Contract"), "kind": "check"},
    ]
    cells = [
        {
            "id": n, "url": f"/bills/{r.bill}",
            "cells": [r.bill_number, r.what, {"text": r.order_number, "url": f"/purchase-orders/{r.purchase}"}, r.on, r.agreed, r.billed, _share(r.drift_percent), r.by_contract],
        }
        for n, r in enumerate(rows)
    ]  # fmt: skip
    return {"caption": _("Bills against orders"), "columns": columns, "rows": cells, "plain": True}


@door(spending.VIEW, "GET")
def spend(request: HttpRequest) -> HttpResponse:
    """Spend by category, then by product and vendor, down to the lines of bills."""
    company = _company(request, spending.VIEW)
    first, last = days_asked(request)
    within = {name: key for name in BY if (key := whole(request.GET.get(name, ""))) is not None}
    by = request.GET.get("by", "")
    if by not in BY or by in within:
        by = next((name for name in BY if name not in within), "")
    days = {"first": first, "last": last}
    base: dict[str, Any] = {"from": first, "to": last, **within}
    formats = formats_of(request)
    decimals = DECIMALS.get(company.currency_id, 2)
    groups = spending.spend_by(company.pk, by, within=within, **days) if by else []
    tables, chart = [], None
    if by:
        columns = [
            {"key": by, "title": str(BY[by]), "kind": "key", "lead": True},
            {"key": "spend", "title": _("Spend"), "kind": "amount", "decimals": decimals, "unit": company.currency_id, "sum": True},
            {"key": "contract", "title": _("Under contract"), "kind": "percent"},
            {"key": "drift", "title": _("Price drift"), "kind": "percent"},
            {"key": "dearer", "title": _("Dearer by"), "kind": "amount", "decimals": decimals, "unit": company.currency_id},
            {"key": "lines", "title": _("Lines"), "kind": "number"},
        ]
        rows = [
            {
                "id": g.key, "url": f"{SPEND}?{urlencode({**base, by: g.key})}",
                "cells": [g.name or _("none"), g.spend, _share(g.contract_percent), _share(g.drift_percent), g.drift, g.lines],
            }
            for g in groups
        ]  # fmt: skip
        tables.append({"caption": str(BY[by]), "columns": columns, "rows": rows, "plain": True})
        largest = [g for g in groups[:8] if g.spend > 0]
        if largest:
            chart = {
                "title": _("Largest"), "story": _("Spend of the largest, in {currency}.").format(currency=company.currency_id),
                "named": True,
                "bars": [{"label": g.name or _("none"), "value": g.spend, "shown": formats.amount(g.spend, 0), "url": f"{SPEND}?{urlencode({**base, by: g.key})}"} for g in largest],
            }  # fmt: skip
    if within:
        tables.append(_spent(spending.spent_lines(company.pk, within=within, **days), company.currency_id, decimals))
    total = sum((g.spend for g in groups), ZERO)
    options = [(name, str(word)) for name, word in BY.items() if name not in within]
    context = {
        "title": _("Spend"), "action": SPEND, "hidden": list(within.items()), "tables": tables, "chart": chart,
        "fields": [*days_fields(first, last), *([{"name": "by", "label": _("By"), "kind": "select", "options": options, "value": by}] if options else [])],
        "trail": [{"title": _("Spend"), "url": f"{SPEND}?{urlencode({'from': first, 'to': last})}"}, *({"title": str(BY[n])} for n in within)] if within else None,
        "tiles": [{"title": _("Spend"), "figure": formats.amount(total, decimals), "unit": company.currency_id}] if by else [],
        "explained": _("Net of posted bills less credit notes, at the rate of the day. Price drift compares each product with its mean price in the stretch of the same length before."),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _spent(rows: Sequence[spending.Spent], currency: str, decimals: int) -> dict[str, Any]:
    columns = [
        {"key": "number", "title": _("Bill"), "kind": "key", "lead": True},
        {"key": "on", "title": _("Date"), "kind": "date"},
        {"key": "vendor", "title": _("Vendor"), "kind": "party"},
        {"key": "what", "title": _("What")},
        {"key": "quantity", "title": _("Quantity"), "kind": "quantity"},
        {"key": "spend", "title": _("Spend"), "kind": "amount", "decimals": decimals, "unit": currency, "sum": True},
        {"key": "contract", "title": _("Under contract"), "kind": "percent"},
    ]
    cells = [
        {"id": n, "url": f"/bills/{r.bill}", "cells": [r.number, r.on, r.vendor, r.what, r.quantity, r.spend, _share(r.covered_percent)]}
        for n, r in enumerate(rows)
    ]
    return {"caption": _("Lines of bills"), "columns": columns, "rows": cells, "plain": True}
