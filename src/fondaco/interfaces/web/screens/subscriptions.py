"""What contracts will bring (PR-09): the billing calendar, recurring revenue and its movements, and which contracts end soon; every figure drills."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.subscriptions import queries
from fondaco.frontoffice.subscriptions.models import Contract, ContractLine
from fondaco.frontoffice.subscriptions.pricing import months_after
from fondaco.frontoffice.subscriptions.queries import LATE, RAMP, VIEW
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import ZERO

CALENDAR, REVENUE, RENEWALS = "/sell/billing-calendar", "/sell/recurring-revenue", "/sell/renewals"
SCREENS.append(Screen("sell", "reports", 30, gettext_lazy("Billing calendar"), CALENDAR, VIEW))
SCREENS.append(Screen("sell", "reports", 31, gettext_lazy("Recurring revenue"), REVENUE, VIEW))
SCREENS.append(Screen("sell", "reports", 32, gettext_lazy("Renewals"), RENEWALS, VIEW))
PARTS = {
    ContractLine.RECURRING: gettext_lazy("Recurring"),
    RAMP: gettext_lazy("Ramp"),
    ContractLine.USAGE: gettext_lazy("Use, estimated"),
    ContractLine.ONE_OFF: gettext_lazy("Once"),
    LATE: gettext_lazy("Made good"),
}
MOVES = {
    queries.NEW: gettext_lazy("New"),
    queries.EXPANSION: gettext_lazy("Expansion"),
    queries.REACTIVATION: gettext_lazy("Resumed"),
    queries.CONTRACTION: gettext_lazy("Contraction"),
    queries.PAUSE: gettext_lazy("Paused"),
    queries.CHURN: gettext_lazy("Ended"),
}
MONTHS = 12


def _company(request: HttpRequest) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(VIEW, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    return company


def _month_asked(request: HttpRequest) -> date | None:
    """The first day of the month asked for; none where none or nonsense is."""
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return None


def _money(company: Company) -> dict[str, Any]:
    return {"kind": "amount", "decimals": DECIMALS.get(company.currency_id, 2), "unit": company.currency_id}


@door(VIEW, "GET")
def billing_calendar(request: HttpRequest) -> HttpResponse:
    """What will be invoiced of contracts in twelve months, by kind; one month by contract."""
    company, today, formats, month = _company(request), today_of(request), formats_of(request), _month_asked(request)
    contracts, found = queries.calendar(request.actor, company, first=today, months=MONTHS)  # type: ignore[attr-defined]
    rates = rate_table(company, {c.currency_id or company.currency_id for c in contracts.values()})
    sums: dict[Any, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(PARTS, ZERO))
    for e in found:
        first = e.on.replace(day=1)
        if month is None or first == month:
            currency = contracts[e.contract].currency_id or company.currency_id
            sums[first if month is None else e.contract][e.kind] += rates.to_base(e.amount, currency, today)
    kinds = [kind for kind in PARTS if any(row[kind] for row in sums.values())] or [ContractLine.RECURRING]
    money = _money(company)
    columns = [
        {"key": "what", "title": _("Month") if month is None else _("Contract"), "kind": "key", "lead": True},
        *([] if month is None else [{"key": "customer", "title": _("Customer")}]),
        *({"key": kind, "title": PARTS[kind], **money} for kind in kinds),
        {"key": "total", "title": _("Total"), **money, "sum": True},
    ]
    begin = today.replace(day=1)
    keys = [months_after(begin, n) for n in range(MONTHS)] if month is None else sorted(sums)
    rows = []
    for n, key in enumerate(keys):
        row = sums[key]
        name = f"{formats.month(key.month)} {key.year}" if month is None else str(contracts[key])
        url = f"{CALENDAR}?month={key:%Y-%m}" if month is None else f"/contracts/{key}"
        more = [] if month is None else [contracts[key].customer.name]
        rows.append({"id": n, "url": url, "cells": [name, *more, *(row[kind] or None for kind in kinds), sum(row.values(), ZERO)]})
    totals = [None, *([] if month is None else [None]), *(sum((sums[k][kind] for k in keys), ZERO) for kind in kinds)]
    totals.append(sum((sum(sums[k].values(), ZERO) for k in keys), ZERO))
    title = _("Billing calendar") if month is None else f"{formats.month(month.month)} {month.year}"
    bars = [
        {
            "label": formats.month(key.month)[:3], "values": [sums[key][kind] for kind in kinds], "shown": formats.amount(sum(sums[key].values(), ZERO), 0),
            "url": f"{CALENDAR}?month={key:%Y-%m}",
        }
        for key in (keys if month is None else [])
    ]  # fmt: skip
    story = _("Each bar is what will be invoiced in a month, without tax, in {currency}.").format(currency=company.currency_id)
    context = {
        "title": title, "action": CALENDAR, "hidden": [],
        "trail": [{"title": _("Billing calendar"), "url": CALENDAR}, {"title": title}] if month is not None else [],
        "fields": [{"name": "month", "label": _("Month"), "kind": "select", "value": f"{month:%Y-%m}" if month else "", "options": _months(formats, begin)}],
        "chart": {"title": _("To be invoiced"), "story": story, "bars": bars, "series": [str(PARTS[k]) for k in kinds]} if found and bars else None,
        "tables": [{"caption": _("To be invoiced"), "columns": columns, "rows": rows if found else [], "totals": totals, "plain": True}],
        "nothing": _("Nothing will be invoiced of contracts."),
        "explained": _(
            "What is due by today and not invoiced yet stands in this month. Recurring is at the prices of today, ramp what later prices agreed make of it; "
            "use is estimated by the last three months. Contracts that renew by themselves go on at today's prices. Foreign amounts are at today's rates."
        ),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _months(formats: Any, begin: date) -> list[tuple[str, str]]:
    months = [months_after(begin, n) for n in range(MONTHS)]
    return [("", _("All twelve months")), *((f"{m:%Y-%m}", f"{formats.month(m.month)} {m.year}") for m in months)]


@door(VIEW, "GET")
def recurring_revenue(request: HttpRequest) -> HttpResponse:
    """What contracts bring a month and a year, and how that moved in twelve months; one month by contract."""
    company, today, formats, month = _company(request), today_of(request), formats_of(request), _month_asked(request)
    actor = request.actor  # type: ignore[attr-defined]
    found = queries.movements(actor, company, until=today, today=today)
    begin = months_after(today.replace(day=1), 1 - MONTHS)
    now = sum((m.amount for m in found), ZERO)
    money, currency = _money(company), company.currency_id
    decimals = money["decimals"]
    lately = [m for m in found if m.on >= begin]
    lost = sum((m.amount for m in lately if m.kind == queries.CHURN), ZERO)
    tiles = [
        {
            "title": _("A month (MRR)"),
            "figure": formats.amount(now, decimals),
            "unit": currency,
            "story": "",
            "url": "/contracts?state=active",
        },
        {"title": _("A year (ARR)"), "figure": formats.amount(now * 12, decimals), "unit": currency, "story": _("twelve times the month")},
        {
            "title": _("Won or lost in twelve months"),
            "figure": formats.amount(sum((m.amount for m in lately), ZERO), decimals),
            "unit": currency,
            "story": "",
        },
        {"title": _("Ended in twelve months"), "figure": formats.amount(lost, decimals), "unit": currency, "story": ""},
    ]
    context: dict[str, Any] = {
        "title": _("Recurring revenue"), "action": REVENUE, "hidden": [], "tiles": tiles, "trail": [], "chart": None,
        "fields": [{"name": "month", "label": _("Month"), "kind": "select", "value": f"{month:%Y-%m}" if month else "", "options": _months(formats, begin)}],
        "nothing": _("Nothing moved."),
        "explained": _(
            "What recurs of contracts in force, each line for a month, without tax; use and single fees are not in it. Movements are read from the dated prices, "
            "pauses and last days of contracts, so that opening and movements make the closing figure. Foreign amounts are at today's rates."
        ),
    }  # fmt: skip
    if month is not None:
        names = {c.pk: c for c in Contract.objects.filter(pk__in={m.contract for m in found}).select_related("customer")}
        title = f"{formats.month(month.month)} {month.year}"
        rows = [
            {
                "id": n,
                "url": f"/contracts/{m.contract}",
                "cells": [str(names[m.contract]), names[m.contract].customer.name, m.on, str(MOVES[m.kind]), m.amount],
            }
            for n, m in enumerate(m for m in found if m.on.replace(day=1) == month)
        ]
        columns = [
            {"key": "contract", "title": _("Contract"), "kind": "key", "lead": True},
            {"key": "customer", "title": _("Customer")},
            {"key": "on", "title": _("Date"), "kind": "date"},
            {"key": "kind", "title": _("Movement")},
            {"key": "amount", "title": _("A month"), **money, "sum": True},
        ]
        totals = [None, None, None, None, sum((r["cells"][4] for r in rows), ZERO)]
        context |= {"title": title, "tiles": [], "trail": [{"title": _("Recurring revenue"), "url": REVENUE}, {"title": title}]}
        context["tables"] = [{"caption": _("Movements"), "columns": columns, "rows": rows, "totals": totals, "plain": True}]
        return page(request, "web/spending.html", context)
    stand = sum((m.amount for m in found if m.on < begin), ZERO)
    rows, bars = [], []
    for n in range(MONTHS):
        first = months_after(begin, n)
        moved = {kind: sum((m.amount for m in lately if m.kind == kind and m.on.replace(day=1) == first), ZERO) for kind in MOVES}
        opening, stand = stand, stand + sum(moved.values(), ZERO)
        url = f"{REVENUE}?month={first:%Y-%m}"
        rows.append(
            {
                "id": n,
                "url": url,
                "cells": [f"{formats.month(first.month)} {first.year}", opening, *(moved[k] or None for k in MOVES), stand],
            }
        )
        bars.append({"label": formats.month(first.month)[:3], "value": stand, "shown": formats.amount(stand, 0), "url": url})
    columns = [
        {"key": "month", "title": _("Month"), "kind": "key", "lead": True},
        {"key": "opening", "title": _("Opening"), **money},
        *({"key": kind, "title": title, **money} for kind, title in MOVES.items()),
        {"key": "closing", "title": _("Closing"), **money, "sum": True},
    ]
    story = _("Each bar is what contracts bring a month, at the end of that month, in {currency}.").format(currency=currency)
    context["tables"] = [{"caption": _("Movements"), "columns": columns, "rows": rows if found else [], "plain": True}]
    context["chart"] = {"title": _("Recurring revenue"), "story": story, "bars": bars} if found else None
    return page(request, "web/spending.html", context)


@door(VIEW, "GET")
def renewals(request: HttpRequest) -> HttpResponse:
    """The contracts that end within some days: which renew by themselves, and until when notice counts."""
    company, today = _company(request), today_of(request)
    asked = whole(request.GET.get("days", ""))
    days = 90 if asked is None else min(asked, 3660)
    found = queries.ending(request.actor, company, today=today, days=days)  # type: ignore[attr-defined]
    columns = [
        {"key": "contract", "title": _("Contract"), "kind": "key", "lead": True},
        {"key": "customer", "title": _("Customer")},
        {"key": "ends", "title": _("Ends on"), "kind": "date"},
        {"key": "days", "title": _("In days"), "kind": "number"},
        {"key": "brings", "title": _("A month"), "kind": "amount", "decimals": 2, "sum": True},
        {"key": "currency", "title": _("Currency")},
        {"key": "then", "title": _("Then")},
        {"key": "notice", "title": _("Notice until"), "kind": "date"},
    ]
    rows = [
        {
            "id": e.contract.pk, "url": f"/contracts/{e.contract.pk}",
            "cells": [
                str(e.contract), e.contract.customer.name, e.contract.ends_on, ((e.contract.ends_on or today) - today) // timedelta(days=1), e.brings,
                e.contract.currency_id, _then(e.contract), e.notice_until,
            ],
        }
        for e in found
    ]  # fmt: skip
    context = {
        "title": _("Renewals"), "action": RENEWALS, "hidden": [],
        "fields": [{"name": "days", "label": _("Ends within days"), "kind": "number", "value": days}],
        "tables": [{"caption": _("Ends soon"), "columns": columns, "rows": rows, "plain": True}],
        "nothing": _("No contract ends in these days."),
        "explained": _("A contract that renews by itself does so on the day after its last one; notice counts until the day named here."),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _then(contract: Contract) -> str:
    if not contract.renews:
        return _("ends")
    months = contract.renewal_months
    if contract.rise_percent:
        return _("renews for {months} months, dearer by {percent}%").format(months=months, percent=f"{contract.rise_percent.normalize():f}")
    return _("renews for {months} months").format(months=months)
