"""Why we win and lose (SA-09): closed deals by reason, competitor, source, stage, salesperson, worth or month; each row opens its deals."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.frontoffice.crm import reasons
from fondaco.frontoffice.crm.models import CloseReason, Lead, Stage
from fondaco.frontoffice.crm.reasons import BANDS, BY, VIEW, Row
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.spending import days_asked, days_fields
from fondaco.interfaces.web.screens.team import tenth
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.models import User
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.resources.reading import label_values

PATH = "/sell/why"
SCREENS.append(Screen("sell", "reports", 3, gettext_lazy("Why we win and lose"), PATH, VIEW))
TITLES = {
    "reason": gettext_lazy("Reason"), "competitor": gettext_lazy("Competitor"), "source": gettext_lazy("Source"), "stage": gettext_lazy("Closed from stage"),
    "salesperson": gettext_lazy("Salesperson"), "worth": gettext_lazy("Value"), "month": gettext_lazy("Month"),
}  # fmt: skip
NONE = {
    "reason": gettext_lazy("no reason given"), "competitor": gettext_lazy("without competitor"), "source": gettext_lazy("without lead"),
    "salesperson": gettext_lazy("nobody's"), "worth": gettext_lazy("without rate"), "stage": gettext_lazy("not known"),
}  # fmt: skip
#: What the list behind a row shows: the figures that it adds up to among them.
SHOWN = ("number", "name", "party", "state", "closed_on", "closed_amount", "close_reason", "lost_reason", "lost_to", "salesperson")
FIELDS = {"reason": "close_reason", "source": "lead__source", "stage": "closed_from", "salesperson": "salesperson"}


@door(VIEW, "GET")
def why(request: HttpRequest) -> HttpResponse:
    """Won and lost deals of some days, by one of their sides."""
    actor = request.actor  # type: ignore[attr-defined]
    company = company_of(request)
    if company is None or not actor.may(VIEW, company.pk):
        raise NotFound(what=_("Company"))
    first, last = days_asked(request)
    by = request.GET.get("by", "")
    by = by if by in BY else "reason"
    total, found = reasons.why(actor, company, by, first=first, last=last)
    formats, currency = formats_of(request), company.currency_id
    names = _names(by, [k for k in found if k is not None], formats, currency)
    said = {key: names.get(key) or str(NONE.get(by, "")) for key in found}
    order = (
        sorted(found, key=lambda k: (k is None, k)) if by in {"worth", "month"} else sorted(found, key=lambda k: _rank(found[k], said[k]))
    )
    rows = [(said[key], found[key], lambda state, key=key: deals_url(by, key, first, last, state)) for key in order]
    lost = [
        {"label": name, "value": r.lost_amount, "shown": formats.amount(r.lost_amount, 0), "url": url("lost")} for name, r, url in rows if r.lost_amount
    ]  # fmt: skip
    story = _("Each bar is what was lost, in {currency}, at the rate of the day; it opens the deals.").format(currency=currency)
    context = {
        "title": _("Why we win and lose"), "action": PATH, "hidden": [], "tiles": _tiles(total, formats, currency),
        "fields": [
            {"name": "by", "label": _("By"), "kind": "select", "value": by, "options": [(k, str(TITLES[k])) for k in BY]}, *days_fields(first, last),
        ],
        "chart": {"title": _("Lost"), "story": story, "bars": lost, "named": by not in {"worth", "month"}} if lost else None,
        "tables": [_table(by, rows, total, currency, DECIMALS.get(currency, 2))],
        "nothing": _("No deal was closed in these days."),
        "explained": _explained(by, total),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _rank(row: Row, name: str) -> Any:
    return -(row.won + row.lost), name


def _explained(by: str, total: Row) -> str:
    said = [
        _(
            "Deals by the day on which they were won or lost, in company currency at the rate of that day. Days run from opening to closing. "
            "A row opens the deals that it is made of."
        )
    ]
    if by == "competitor":
        said.append(_("A deal for which several offered stands in the row of each, and once in the sum."))
    if total.without_rate:
        said.append(
            ngettext(
                "{n} deal in a currency without a rate on its day is counted, and in no amount.",
                "{n} deals in currencies without a rate on their day are counted, and in no amount.",
                total.without_rate,
            ).format(n=total.without_rate)
        )
    return " ".join(said)


def _names(by: str, keys: list[Any], formats: Formatting, currency: str) -> dict[Any, str]:
    """What the keys of rows are called in the reader's language; at most one statement."""
    if by == "source":
        words = {code: str(word) for code, word in Lead.SOURCES}
        return {k: words.get(k, k) for k in keys}
    if by == "month":
        return {k: f"{formats.month(k.month)} {k.year}" for k in keys}
    if by == "worth":
        return {k: _band(k, formats, currency) for k in keys}
    model: Any = {"reason": CloseReason, "competitor": Party, "stage": Stage, "salesperson": User}[by]
    if model is User:
        return dict(User.objects.filter(pk__in=keys).values_list("pk", "name"))
    return {pk: " ".join(str(w) for w in words if w) for pk, *words in label_values(model.objects.filter(pk__in=keys))}


def _next_band(begin: Decimal) -> Decimal | None:
    return next((b for b in BANDS if b > begin), None)


def _band(begin: Decimal, formats: Formatting, currency: str) -> str:
    end = _next_band(begin)
    if end is None:
        return _("from {amount} {currency}").format(amount=formats.amount(begin, 0), currency=currency)
    return _("from {amount} to under {end} {currency}").format(
        amount=formats.amount(begin, 0), end=formats.amount(end, 0), currency=currency
    )


def deals_url(by: str, key: Any, first: date, last: date, state: str = "") -> str:
    """The list of the deals behind a figure: those won, lost, or both."""
    states = {"state": state} if state else {"state__in": "won,lost"}
    if by == "competitor" and key is not None:
        asked = {f"opportunity__{k}": v for k, v in (states | {"closed_on__gte": str(first), "closed_on__lte": str(last)}).items()}
        return f"/deal-competitors?{urlencode({'competitor': key, **asked})}"
    query: dict[str, Any] = {**states, "closed_on__gte": first, "closed_on__lte": last}
    if by == "competitor":
        query["without_competitor"] = 1
    elif by == "source" and key is None:
        query["lead__isnull"] = 1
    elif by in FIELDS:
        query |= {f"{FIELDS[by]}__isnull": 1} if key is None else {FIELDS[by]: key}
    elif by == "worth" and key is None:
        query["closed_amount__isnull"] = 1
    elif by == "worth":
        end = _next_band(key)
        query |= {"closed_amount__gte": key} | ({"closed_amount__lt": end} if end is not None else {})
    else:
        month_end = date(key.year + key.month // 12, key.month % 12 + 1, 1) - timedelta(days=1)
        query |= {"closed_on__gte": max(first, key), "closed_on__lte": min(last, month_end)}
    return f"/opportunities?{urlencode([*query.items(), *(('columns', c) for c in SHOWN)])}"


def _tiles(total: Row, formats: Formatting, currency: str) -> list[dict[str, Any]]:
    tiles = [
        {"title": _("Won"), "figure": formats.amount(total.won_amount, 0), "unit": currency, "story": ngettext("{n} deal", "{n} deals", total.won).format(n=total.won)},
        {"title": _("Lost"), "figure": formats.amount(total.lost_amount, 0), "unit": currency, "story": ngettext("{n} deal", "{n} deals", total.lost).format(n=total.lost)},
    ]  # fmt: skip
    for title, rate in ((_("Won of closed, by number"), total.rate), (_("Won of closed, by amount"), total.amount_rate)):
        if rate is not None:
            tiles.append({"title": title, "figure": formats.percent(rate, 0), "unit": "", "story": ""})
    return tiles


def _table(by: str, rows: list[tuple[str, Row, Any]], total: Row, currency: str, decimals: int) -> dict[str, Any]:
    money = {"kind": "amount", "decimals": decimals, "unit": currency}
    columns = [
        {"key": "what", "title": str(TITLES[by]), "kind": "key", "lead": True},
        {"key": "won", "title": _("Deals won"), "kind": "number"},
        {"key": "lost", "title": _("Deals lost"), "kind": "number"},
        {"key": "rate", "title": _("Won by number"), "kind": "percent"},
        {"key": "won_amount", "title": _("Won"), **money},
        {"key": "lost_amount", "title": _("Lost"), **money},
        {"key": "amount_rate", "title": _("Won by amount"), "kind": "percent"},
        {"key": "won_days", "title": _("Days to win"), "kind": "quantity"},
        {"key": "lost_days", "title": _("Days to lose"), "kind": "quantity"},
    ]
    shown = [{"id": n, "url": url(""), "cells": [name, *_cells(r)]} for n, (name, r, url) in enumerate(rows)]
    if len(rows) > 1:
        shown.append({"id": len(rows), "url": None, "cells": [_("Together"), *_cells(total)]})
    return {"caption": _("By {what}").format(what=str(TITLES[by]).lower()), "columns": columns, "rows": shown, "plain": True}


def _cells(r: Row) -> list[Any]:
    return [r.won, r.lost, r.rate, r.won_amount, r.lost_amount, r.amount_rate, tenth(r.mean_won_days), tenth(r.mean_lost_days)]
