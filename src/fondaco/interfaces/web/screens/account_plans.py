"""An account plan on one page (SA-09): goals against what was invoiced, objectives and actions, people, white space, risks, reviews."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from fondaco.frontoffice.accountplans.models import AccountPlan, PlanAction
from fondaco.frontoffice.accountplans.queries import VIEW, Progress, Space, customers_of, progress, white_space
from fondaco.frontoffice.accountplans.resources import AccountPlanResource
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, state_of
from fondaco.interfaces.web.screens.panelled import short
from fondaco.interfaces.web.screens.records import lines_tables
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import ZERO

PATH = "/sell/plans"
#: White space is looked for in so many days, and so many rows of it are shown.
YEAR, SHOWN = 365, 12


@door(VIEW, "GET")
def account_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about a plan, live, on one printable page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = visible(AccountPlan.objects.filter(pk=pk), actor, VIEW).select_related("party", "owner", "company__currency").first()
    if found is None:
        raise NotFound(what=f"{AccountPlan._meta.verbose_name} {pk}")
    formats, today, company = formats_of(request), today_of(request), found.company
    customers = customers_of(found)
    reached = progress(actor, company, found, customers, today=today)
    last = min(today, found.last_on)
    spaces = white_space(actor, company, customers, first=last - timedelta(days=YEAR), last=last)
    objectives, companies, people, risks, reviews = lines_tables(AccountPlanResource, actor, pk)
    decimals = DECIMALS.get(company.currency_id, 2)
    tables = [
        objectives, _actions(found), people | {"note": ""},
        *([_white(spaces, company.currency_id, decimals)] if spaces else []),
        risks, reviews, *([companies] if companies["table"]["rows"] else []),
    ]  # fmt: skip
    context = {
        "title": found.name,
        "document": {
            "kind": _("Account plan"), "number": found.name, "list_url": AccountPlanResource.url(), "list_title": AccountPlanResource.title,
            "state": state_of(AccountPlan, "state", found.state), "party": {"name": found.party.name, "url": f"/customers/{found.party_id}"},
            "facts": [
                (_("Number"), found.number), (_("Days"), f"{formats.date(found.first_on)} – {formats.date(found.last_on)}"),
                (_("Owner"), found.owner.name if found.owner else ""),
            ],
            "verbs": [{"label": _("Open the plan"), "url": AccountPlanResource.url(pk), "method": "get", "key": "o"}],
        },
        "tiles": _tiles(found, reached, formats),
        "said": [(t, w) for t, w in ((_("Where we stand and what we want"), found.description), (_("What came of it"), found.outcome)) if w],
        "chart": _chart(found, reached, today, formats),
        "tables": tables,
    }  # fmt: skip
    return page(request, "web/account_plan.html", context)


def _tiles(plan: AccountPlan, reached: Progress | None, formats: Formatting) -> list[dict[str, Any]]:
    """Figures against goals; whoever sees no invoices has the goals alone."""
    unit = plan.company.currency_id
    goals = [(_("Revenue"), plan.revenue_goal, reached.revenue if reached else None)]
    if plan.margin_goal is not None:
        goals.append((_("Margin"), plan.margin_goal, reached.margin if reached else None))
    tiles = []
    for title, goal, now in goals:
        if now is None:
            tiles.append({"title": _("{what} to reach").format(what=title), "figure": formats.amount(goal, 0), "unit": unit, "story": ""})
            continue
        story = _("{share} of {goal} {currency}").format(share=formats.percent(now / goal, 0), goal=formats.amount(goal, 0), currency=unit)
        tiles.append({"title": title, "figure": formats.amount(now, 0), "unit": unit, "story": story})
    if reached is not None:
        expected = plan.revenue_goal * reached.elapsed
        story = _("would be {amount} {currency} of the revenue to reach").format(amount=formats.amount(expected, 0), currency=unit)
        tiles.append({"title": _("Time that is over"), "figure": formats.percent(reached.elapsed, 0), "unit": "", "story": story})
    return tiles


def _chart(plan: AccountPlan, reached: Progress | None, today: date, formats: Formatting) -> dict[str, Any] | None:
    if reached is None or not reached.months:
        return None
    revenue = {m.first: m.revenue for m in reached.months}
    months, month = [], plan.first_on.replace(day=1)
    while month <= max(min(today, plan.last_on), *revenue):
        months.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    # The last two years of a longer plan: more bars are no picture.
    bars = [
        {"label": f"{m:%m/%y}", "value": revenue.get(m, ZERO), "shown": short(revenue[m], formats) if revenue.get(m) else ""}
        for m in months[-24:]
    ]
    story = _("Each bar is what was invoiced in a month, without tax, in {currency}, as it stands in the books.").format(
        currency=plan.company.currency_id
    )
    return {"title": _("Invoiced"), "story": story, "bars": bars, "height": 130}


def _actions(plan: AccountPlan) -> dict[str, Any]:
    rows = (
        PlanAction.objects.filter(objective__plan=plan)
        .select_related("objective", "activity__assignee")
        .order_by("objective__position", "objective_id", "activity__due_at", "pk")
    )
    zone = ZoneInfo(plan.company.time_zone)
    columns = [
        {"key": "action", "title": _("Action"), "kind": "key", "lead": True},
        {"key": "kind", "title": _("Kind"), "kind": "text"},
        {"key": "objective", "title": _("Objective"), "kind": "text"},
        {"key": "due", "title": _("Due"), "kind": "date"},
        {"key": "who", "title": _("Assigned to"), "kind": "text"},
        {"key": "done", "title": _("Done"), "kind": "date"},
    ]
    made = [
        {
            "id": r.pk, "url": f"/activities/{r.activity_id}",
            "cells": [
                r.activity.subject, str(r.activity.get_kind_display()), r.objective.title, _day(r.activity.due_at, zone),
                r.activity.assignee.name if r.activity.assignee else "", _day(r.activity.done_at, zone),
            ],
        }
        for r in rows
    ]  # fmt: skip
    nothing = _("No action is planned. Open an objective and plan one.")
    return {"title": _("Actions"), "table": {"caption": _("Actions"), "columns": columns, "rows": made, "plain": True}, "nothing": nothing}


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def _white(spaces: Sequence[Space], currency: str, decimals: int) -> dict[str, Any]:
    money = {"kind": "amount", "decimals": decimals, "unit": currency}
    columns = [
        {"key": "category", "title": _("Category"), "kind": "key", "lead": True},
        {"key": "bought", "title": _("He bought"), **money},
        {"key": "buyers", "title": _("Similar customers who buy it"), "kind": "number"},
        {"key": "share", "title": _("Share of them"), "kind": "percent"},
        {"key": "mean", "title": _("Each of them on average"), **money},
        {"key": "white", "title": _("White space"), "kind": "text"},
    ]
    italian = get_language() == "it"
    rows = [
        {
            "id": s.category, "url": None,
            "cells": [(s.name_it if italian else "") or s.name, s.bought, s.buyers, s.share, s.mean if s.buyers else None, _("yes") if s.is_white else ""],
        }
        for s in spaces[:SHOWN]
    ]  # fmt: skip
    number = spaces[0].similar
    note = ngettext(
        "Invoiced in twelve months. Similar: {n} customer of the same group, or without a group of the same country, as far as you see the invoices.",
        "Invoiced in twelve months. Similar: {n} customers of the same group, or without a group of the same country, as far as you see the invoices.",
        number,
    ).format(n=number)
    return {"title": _("What he buys, and what similar customers buy"), "table": {"caption": _("White space"), "columns": columns, "rows": rows, "plain": True}, "note": note}  # fmt: skip
