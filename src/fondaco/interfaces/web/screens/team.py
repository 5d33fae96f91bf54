"""The team page: who won what against which quota, how deals pass through the stages, what was done for it, and how right the forecast was."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fondaco.frontoffice.crediting.queries import VIEW as VIEW_CREDIT
from fondaco.frontoffice.crediting.queries import credited
from fondaco.frontoffice.crm import performance
from fondaco.frontoffice.crm.forecasting import VIEW, WON
from fondaco.frontoffice.crm.models import Activity, Stage
from fondaco.frontoffice.crm.performance import Result, Step
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.forecast import asked_for, deals_url
from fondaco.platform.access.models import User

PATH = "/sell/team"
SCREENS.append(Screen("sell", "reports", 2, gettext_lazy("Sales team"), PATH, VIEW))


@door(VIEW, "GET")
def team_page(request: HttpRequest) -> HttpResponse:
    """The results of a quarter or a month, of everybody whose deals the reader may see."""
    actor = request.actor  # type: ignore[attr-defined]
    company, today, offered, period = asked_for(request)
    _title, first, last = offered[period]
    stretch = {"first": first, "last": last}
    found = performance.results(actor, company, **stretch, today=today)
    ranked = sorted(found.items(), key=lambda each: (-each[1].won, -each[1].deals_won, each[0] or 0))
    credits = credited(actor, company, **stretch) if actor.may(VIEW_CREDIT, company.pk) else {}
    ranked += [(key, Result()) for key in sorted(set(credits) - set(found))]
    names = dict(User.objects.filter(pk__in=[k for k, _result in ranked if k]).values_list("pk", "name"))
    people = [(names.get(key or 0) or _("nobody's"), key, r) for key, r in ranked]
    total = _together([r for _name, _key, r in people])
    formats, currency = formats_of(request), company.currency_id
    decimals = DECIMALS.get(currency, 2)
    tiles = [{"title": _("Won"), "figure": formats.amount(total.won, 0), "unit": currency, "url": deals_url(first, last, WON), "story": ""}]
    if total.attained is not None:
        story = _("of {quota} {currency}").format(quota=formats.amount(total.quota, 0), currency=currency)
        tiles.append({"title": _("Quota attained"), "figure": formats.percent(total.attained, 0), "unit": "", "story": story})
    if total.win_rate is not None:
        story = _("{won} won, {lost} lost").format(won=total.deals_won, lost=total.deals_lost)
        tiles.append({"title": _("Deals won of those closed"), "figure": formats.percent(total.win_rate, 0), "unit": "", "story": story})
    right = performance.accuracy(actor, company, total.won, **stretch)
    if right is not None:
        story = _("were sure on {day}: won and commit").format(day=formats.date(right.week))
        tiles.append({"title": _("Forecast at the beginning"), "figure": formats.amount(right.sure, 0), "unit": currency, "story": story})
    bars = [
        {"label": name, "value": r.won, "shown": formats.amount(r.won, 0), "url": deals_url(first, last, WON, key)}
        for name, key, r in people
        if r.won
    ]
    context = {
        "title": _("Sales team"), "action": PATH, "hidden": [], "tiles": tiles,
        "fields": [{"name": "period", "label": _("Period"), "kind": "select", "value": period, "options": [(k, p[0]) for k, p in offered.items()]}],
        "chart": {"title": _("Won"), "story": _("Each bar is what one salesperson won, in {currency}.").format(currency=currency), "bars": bars, "named": True} if bars else None,
        "tables": [
            _ranking(people, credits, currency, decimals, lambda key: deals_url(first, last, WON, key)),
            _stages(performance.funnel(actor, company, **stretch)),
            _done(people),
        ],
        "nothing": _("Nothing happened in this time."),
        "explained": _(
            "Won: deals by the day on which they were won, at today's rates, as in the forecast. A quota that runs longer counts by its share of days. "
            "Days to win run from opening to winning. Of a stage: deals that came in, left it onwards, were lost from it, and their days in it on average. "
            "Credited of invoices: the net of what was invoiced, shared by the credit rules of its day, what comes on top included."
        ),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _together(rows: list[Result]) -> Result:
    total = Result()
    for r in rows:
        total.won, total.quota = total.won + r.won, total.quota + r.quota
        total.deals_won, total.deals_lost = total.deals_won + r.deals_won, total.deals_lost + r.deals_lost
    return total


def _ranking(
    people: list[tuple[str, int | None, Result]], credits: dict[int, Decimal], currency: str, decimals: int, url: Any
) -> dict[str, Any]:
    money = {"kind": "amount", "decimals": decimals, "unit": currency}
    columns = [
        {"key": "who", "title": _("Salesperson"), "kind": "key", "lead": True},
        {"key": "won", "title": _("Won"), **money, "sum": True},
        {"key": "quota", "title": _("Quota"), **money},
        {"key": "attained", "title": _("Attained"), "kind": "percent"},
        {"key": "deals", "title": _("Deals won"), "kind": "number"},
        {"key": "lost", "title": _("Deals lost"), "kind": "number"},
        {"key": "rate", "title": _("Won of closed"), "kind": "percent"},
        {"key": "days", "title": _("Days to win"), "kind": "quantity"},
        {"key": "mean", "title": _("Worth on average"), **money},
        *([{"key": "credited", "title": _("Credited of invoices"), **money}] if credits else []),
    ]
    rows = [
        {
            "id": key or 0, "url": url(key),
            "cells": [
                name, r.won, r.quota or None, r.attained, r.deals_won, r.deals_lost, r.win_rate, tenth(r.mean_days), r.mean_won,
                *([credits.get(key or 0)] if credits else []),
            ],
        }
        for name, key, r in people
        if r.won or r.quota or r.deals_won or r.deals_lost or key in credits
    ]  # fmt: skip
    return {"caption": _("Ranking"), "columns": columns, "rows": rows, "plain": True}


def _stages(steps: list[Step]) -> dict[str, Any]:
    columns = [
        {"key": "stage", "title": _("Stage"), "kind": "key", "lead": True},
        {"key": "entered", "title": _("Came in"), "kind": "number", "sum": True},
        {"key": "onwards", "title": _("Went on"), "kind": "number"},
        {"key": "lost", "title": _("Lost"), "kind": "number"},
        {"key": "share", "title": _("Went on of those that left"), "kind": "percent"},
        {"key": "days", "title": _("Days in it"), "kind": "quantity"},
    ]
    rows = []
    for s in steps:
        gone = s.onwards + s.lost
        share = Decimal(s.onwards) / gone if gone else None
        if s.entered or gone:
            cells = [_name(s.stage), s.entered, s.onwards, s.lost, share, tenth(s.days)]
            rows.append({"id": s.stage.pk, "url": f"/opportunities?state=open&stage={s.stage.pk}", "cells": cells})
    return {"caption": _("Stages"), "columns": columns, "rows": rows, "plain": True}


def _name(stage: Stage) -> str:
    return stage.name_it if get_language() == "it" and stage.name_it else stage.name


def _done(people: list[tuple[str, int | None, Result]]) -> dict[str, Any]:
    kinds = Activity.KINDS
    columns = [
        {"key": "who", "title": _("Salesperson"), "kind": "key", "lead": True},
        *({"key": kind, "title": str(word)[:1].upper() + str(word)[1:], "kind": "number"} for kind, word in kinds),
        {"key": "leads", "title": _("New leads"), "kind": "number", "sum": True},
        {"key": "converted", "title": _("Converted"), "kind": "number"},
        {"key": "won", "title": _("Deals won"), "kind": "number"},
    ]
    rows = [
        {
            "id": key or 0, "url": f"/activities?assignee={key}" if key else "/activities",
            "cells": [name, *(r.activities[kind] for kind, _word in kinds), r.leads, r.converted, r.deals_won],
        }
        for name, key, r in people
        if r.activities or r.leads
    ]  # fmt: skip
    return {"caption": _("What was done"), "columns": columns, "rows": rows, "plain": True}


def tenth(days: Decimal | None) -> Decimal | None:
    """Days to one decimal, rounded half to even: a mean for the eye."""
    return None if days is None else days.quantize(Decimal("0.1"))
