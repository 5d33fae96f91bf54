"""What customers are worth, the dearest first (KP-01), and what winning them cost (KP-02); every figure leads to what it is made of."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.value.explaining import level_name
from fondaco.frontoffice.value.models import CustomerMargin
from fondaco.frontoffice.value.panels import VIEW
from fondaco.frontoffice.value.queries import Cohort, acquisition, acquisition_accounts, first_of_month, names_of
from fondaco.frontoffice.value.standing import Standing, everybody, levels_of, model_of
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import ZERO

PATH, COST_PATH, VIEW_COST = "/sell/customer-value", "/sell/acquisition", "value.view_acquisition"
SCREENS.append(Screen("sell", "reports", 4, gettext_lazy("Customer value"), PATH, VIEW))
SCREENS.append(Screen("sell", "reports", 5, gettext_lazy("Acquisition cost"), COST_PATH, VIEW_COST))
SHOWN = 200
ORDERS: dict[str, tuple[Any, Any]] = {
    "expected": (gettext_lazy("Expected in 12 months"), lambda row: row.expected if row.expected is not None else row.margin_year),
    "year": (gettext_lazy("Margin of the last 12 months"), lambda row: row.margin_year),
    "total": (gettext_lazy("Margin of all time"), lambda row: row.margin),
    "leaving": (
        gettext_lazy("Worth most and most likely gone"),
        lambda row: row.margin * (1 - (row.alive or ZERO)) if row.alive is not None else ZERO,
    ),
}
#: Months and quarters that the cost of winning customers is told for.
MONTHS, QUARTERS = 12, 8


def _company(request: HttpRequest, right: str) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(right, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    return company


def _seen(actor: Actor, company: Company, rows: list[Standing]) -> list[Standing]:
    """Those of the customers that the reader may see figures of."""
    if actor.everything or any(scope == Scope.COMPANY and key in (None, company.pk) for key, scope in actor.grants(VIEW)):
        return rows
    own = set(visible(CustomerMargin.objects.filter(company=company), actor, VIEW).values_list("party_id", flat=True).distinct())
    return [row for row in rows if row.party in own]


@door(VIEW, "GET")
def ranking(request: HttpRequest) -> HttpResponse:
    """Customers by what they brought and what is expected of them, as of now."""
    company, actor, today = _company(request, VIEW), request.actor, today_of(request)  # type: ignore[attr-defined]
    asked, level = request.GET.get("by", ""), request.GET.get("level", "")
    by = asked if asked in ORDERS else "expected"
    everyone = [row for row in _seen(actor, company, everybody(company, today=today)) if row.purchases]
    rows = sorted(
        (r for r in everyone if not level or (r.level is not None and r.level.code == level)), key=lambda r: (-ORDERS[by][1](r), r.party)
    )
    formats, currency, model = formats_of(request), company.currency_id, model_of(company.pk)
    context = {
        "title": _("Customer value"), "action": PATH, "hidden": [], "tiles": _tiles(rows, company, formats),
        "fields": [
            {"name": "by", "label": _("Order"), "kind": "select", "value": by, "options": [(k, str(title)) for k, (title, _key) in ORDERS.items()]},
            {"name": "level", "label": _("Service level"), "kind": "select", "empty": _("All"), "value": level, "options": [(lv.code, level_name(lv)) for lv in levels_of(company.pk)]},
        ],
        "tables": [_table(rows[:SHOWN], currency)],
        "nothing": _("No customer has bought yet."),
        "explained": " ".join(
            [
                _("Margin: what was invoiced, less credit notes, cost of sales, rebates, discounts and whatever else was booked for the customer, up to this moment."),
                _("Expected: by the model of {day}, fitted to {count} customers, with the papers of this moment.").format(day=formats.date(model.on), count=formats.quantity(Decimal(model.customers)))
                if model is not None else _("No model is fitted yet: what is expected is the margin of the last 12 months. The model is fitted every month, or at Set up > Companies > Fit customer value."),
                _("The first {count} are shown.").format(count=SHOWN) if len(rows) > SHOWN else "",
            ]
        ).strip(),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _tiles(rows: list[Standing], company: Company, formats: Formatting) -> list[dict[str, Any]]:
    currency = company.currency_id
    tiles = [
        {"title": _("Customers"), "figure": formats.quantity(Decimal(len(rows))), "unit": ""},
        {
            "title": _("Margin of the last 12 months"),
            "figure": formats.amount(sum((r.margin_year for r in rows), ZERO), 0),
            "unit": currency,
        },
    ]
    expected = [r.expected for r in rows if r.expected is not None]
    if expected:
        tiles.append({"title": _("Expected in 12 months"), "figure": formats.amount(sum(expected, ZERO), 0), "unit": currency})
        gone = sum((1 - (r.alive or ZERO) for r in rows if r.alive is not None), ZERO)
        tiles.append({"title": _("Probably gone for good"), "figure": formats.quantity(gone.quantize(Decimal(1))), "unit": ""})
    return tiles


def _table(rows: list[Standing], currency: str) -> dict[str, Any]:
    money = {"kind": "amount", "decimals": DECIMALS.get(currency, 2), "unit": currency}
    columns = [
        {"key": "name", "title": _("Customer"), "kind": "key", "lead": True},
        {"key": "level", "title": _("Service level"), "kind": "text"},
        {"key": "expected", "title": _("Expected in 12 months"), **money},
        {"key": "alive", "title": _("Still a customer"), "kind": "percent"},
        {"key": "year", "title": _("Margin of the last 12 months"), **money},
        {"key": "margin", "title": _("Margin of all time"), **money},
        {"key": "revenue", "title": _("Revenue of all time"), **money},
        {"key": "days", "title": _("Days bought on"), "kind": "number"},
        {"key": "last", "title": _("Last time"), "kind": "date"},
    ]
    names = names_of(row.party for row in rows)
    shown = [
        {
            "id": row.party, "url": f"/customers/{row.party}",
            "cells": [names[row.party][0], level_name(row.level), row.expected, row.alive, row.margin_year, row.margin, row.revenue, row.purchases, row.last_on],
        }
        for row in rows
    ]  # fmt: skip
    return {"caption": _("Customers by value"), "columns": columns, "rows": shown, "plain": True}


@door(VIEW_COST, "GET")
def acquisition_cost(request: HttpRequest) -> HttpResponse:
    """What winning a customer cost, month by month or quarter by quarter, and after how many months he had brought it."""
    company, today = _company(request, VIEW_COST), today_of(request)
    by = "month" if request.GET.get("by") == "month" else "quarter"
    months, count = (1, MONTHS) if by == "month" else (3, QUARTERS)
    quarter = date(today.year, (today.month - 1) // months * months + 1, 1)
    first = first_of_month(quarter, months * (1 - count))
    cohorts = acquisition(company, first=first, last=today, months=months, today=today)
    formats, currency, accounts = formats_of(request), company.currency_id, acquisition_accounts(company)
    decimals = DECIMALS.get(currency, 2)
    money = {"kind": "amount", "decimals": decimals, "unit": currency}
    columns = [
        {"key": "when", "title": _("Month") if by == "month" else _("Quarter"), "kind": "key", "lead": True},
        {"key": "spent", "title": _("Spent"), **money, "sum": True},
        {"key": "customers", "title": _("New customers"), "kind": "number", "sum": True},
        {"key": "cost", "title": _("Acquisition cost"), **money},
        {"key": "margin", "title": _("Margin since"), **money},
        {"key": "each", "title": _("Margin since, of each"), **money},
        {"key": "payback", "title": _("Paid back after months"), "kind": "text"},
    ]
    rows = [
        {
            "id": n, "url": _ledger(accounts[0].pk, c) if len(accounts) == 1 else f"/books/profit-and-loss?{urlencode({'from': c.first.isoformat(), 'to': c.last.isoformat()})}",
            "cells": [
                _when(c, by, formats), c.spent, c.customers, _rounded(c.cost, decimals), c.margin, _rounded(c.margin / c.customers if c.customers else None, decimals),
                _payback(c, today),
            ],
        }
        for n, c in reversed(list(enumerate(cohorts, start=1)))
    ]  # fmt: skip
    by_account = [
        {"id": a.pk, "url": _ledger(a.pk, Cohort(cohorts[0].first, cohorts[-1].last)), "cells": [str(a), sum((c.by_account.get(a.pk, ZERO) for c in cohorts), ZERO)]}
        for a in accounts
    ]  # fmt: skip
    bars = [
        {"label": _when(c, by, formats, short=True), "value": c.cost or ZERO, "shown": formats.amount(c.cost or ZERO, 0)} for c in cohorts
    ]
    story = _("What winning one customer cost, in {currency}.").format(currency=currency)
    context = {
        "title": _("Acquisition cost"), "action": COST_PATH, "hidden": [],
        "fields": [{"name": "by", "label": _("By"), "kind": "select", "value": by, "options": [("month", _("Month")), ("quarter", _("Quarter"))]}],
        "chart": {"title": _("Acquisition cost"), "story": story, "bars": bars} if any(bar["value"] for bar in bars) else None,
        "tables": [
            {"caption": _("Customers won and what it cost"), "columns": columns, "rows": rows if accounts else [], "plain": True},
            {"caption": _("Accounts"), "columns": [{"key": "account", "title": _("Account"), "kind": "key", "lead": True}, {"key": "spent", "title": _("Spent"), **money, "sum": True}], "rows": by_account, "plain": True},
        ],
        "nothing": _("No account is named yet. Name the expense accounts of sales and marketing under Accounts of acquisition cost."),
        "explained": _(
            "Spent: the movement of the named accounts, as it stands in the profit and loss. New: customers whose first invoice is of that time. "
            "Margin since: what they have brought until today. Paid back: months after which the customers together had brought what was spent to win them."
        ),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _ledger(account: int, cohort: Cohort) -> str:
    return f"/books/general-ledger?{urlencode({'account': account, 'from': cohort.first.isoformat(), 'to': cohort.last.isoformat()})}"


def _when(cohort: Cohort, by: str, formats: Formatting, *, short: bool = False) -> str:
    if by == "month":
        return f"{cohort.first:%m/%y}" if short else f"{formats.month(cohort.first.month)} {cohort.first.year}"
    number = cohort.first.month // 3 + 1
    return f"{number}/{cohort.first:%y}" if short else _("Quarter {n} of {year}").format(n=number, year=cohort.first.year)


def _rounded(value: Decimal | None, decimals: int) -> Decimal | None:
    """A mean for the eye, rounded half to even."""
    return None if value is None else value.quantize(Decimal(1).scaleb(-decimals))


def _payback(cohort: Cohort, today: date) -> str:
    if not cohort.customers:
        return ""
    seen = max((today.year - cohort.first.year) * 12 + today.month - cohort.first.month, 0)
    found = cohort.payback_months(seen=seen)
    return _("not yet") if found is None else str(found)
