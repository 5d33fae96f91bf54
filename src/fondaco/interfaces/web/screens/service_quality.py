"""How good service is and what it costs (SV-09): the customer's answer, and reports by reason, product, agent and month."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.quality.asking import answer_by_link, view_by_link
from fondaco.frontoffice.quality.models import SCORES
from fondaco.frontoffice.quality.queries import VIEW, VIEW_COST, Quality, cost_accounts, months, quality
from fondaco.frontoffice.service.models import Ticket
from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.service_promises import reader, span_of
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import UserError
from fondaco.platform.money import ZERO

PATH, COST_PATH = "/serve/quality", "/serve/service-cost"
SCREENS.append(Screen("serve", "reports", 1, gettext_lazy("Quality of service"), PATH, VIEW))
SCREENS.append(Screen("serve", "reports", 2, gettext_lazy("Cost of service"), COST_PATH, VIEW_COST))
MONTHS = 6
BY = {
    "reason": gettext_lazy("Reason"), "detail": gettext_lazy("Reason in detail"), "product": gettext_lazy("Product"), "agent": gettext_lazy("Agent"), "month": gettext_lazy("Month"),
}  # fmt: skip
#: What is drawn: title, figure of a row, whether it is a cost.
MEASURES: dict[str, tuple[Any, Any]] = {
    "solved": (gettext_lazy("Solved tickets"), lambda q: Decimal(q.solved)),
    "first": (gettext_lazy("Solved at first contact"), lambda q: q.first_percent),
    "satisfaction": (gettext_lazy("Satisfaction, 1 to 5"), lambda q: q.satisfaction),
    "minutes": (gettext_lazy("Minutes a ticket"), lambda q: q.minutes_each),
    "cost": (gettext_lazy("Cost of a ticket"), lambda q: q.cost_each),
}


@door(VIEW, "GET")
def report(request: HttpRequest) -> HttpResponse:
    """Solved tickets by reason, product, agent or month: first contact, satisfaction, handling time and cost."""
    company, actor = reader(request, VIEW), request.actor  # type: ignore[attr-defined]
    by = request.GET.get("by", "") if request.GET.get("by", "") in BY else "reason"
    sees_cost = actor.may(VIEW_COST, company.pk)
    measures = {key: value for key, value in MEASURES.items() if key != "cost" or sees_cost}
    measure = request.GET.get("measure", "") if request.GET.get("measure", "") in measures else "solved"
    first, last = span_of(request, MONTHS)
    tickets = visible(Ticket.objects.all(), actor, "service.view_ticket")
    rows = quality(company, tickets, by=by, first=first, last=last, italian=translation.get_language() == "it")
    if by != "month":
        rows.sort(key=lambda q: (q.key is None, -q.solved))
    formats, decimals = formats_of(request), DECIMALS.get(company.currency_id, 2)
    title, of = measures[measure]
    bars = [{"label": _label(by, q), "value": value, "shown": formats.quantity(value)} for q in rows[:24] if (value := of(q)) is not None]
    columns = [
        {"key": "key", "title": str(BY[by]), "kind": "key", "lead": True}, {"key": "solved", "title": _("Solved"), "kind": "number", "sum": True},
        {"key": "first", "title": _("At first contact"), "kind": "percent"}, {"key": "answered", "title": _("Answers"), "kind": "number", "sum": True},
        {"key": "satisfaction", "title": _("Satisfaction, 1 to 5"), "kind": "quantity"}, {"key": "each", "title": _("Minutes a ticket"), "kind": "quantity"},
        *([{"key": "cost", "title": _("Cost of a ticket"), "kind": "amount", "decimals": decimals, "unit": company.currency_id},
           {"key": "total", "title": _("Cost"), "kind": "amount", "decimals": decimals, "unit": company.currency_id, "sum": True}] if sees_cost else []),
    ]  # fmt: skip
    shown = [
        {
            "id": n, "url": _tickets(by, q),
            "cells": [
                _label(by, q), q.solved, None if q.first_percent is None else q.first_percent / 100, q.answered, q.satisfaction, q.minutes_each,
                *([q.cost_each, q.cost] if sees_cost else []),
            ],
        }
        for n, q in enumerate(rows)
    ]  # fmt: skip
    context = {
        "title": _("Quality of service"), "action": PATH, "hidden": [], "tiles": _tiles(rows, formats, company.currency_id if sees_cost else ""),
        "fields": [
            {"name": "by", "label": _("By"), "kind": "select", "value": by, "options": [(k, str(w)) for k, w in BY.items()]},
            {"name": "measure", "label": _("Picture of"), "kind": "select", "value": measure, "options": [(k, str(w)) for k, (w, _of) in measures.items()]},
            {"name": "from", "label": _("Solved from"), "kind": "date", "value": first.isoformat()}, {"name": "to", "label": _("Until"), "kind": "date", "value": last.isoformat()},
        ],
        "chart": {"title": str(title), "story": _("{what}, by {by}.").format(what=title, by=str(BY[by]).lower()), "bars": bars, "named": by != "month"} if bars else None,
        "tables": [{"caption": _("Solved tickets"), "columns": columns, "rows": shown, "plain": True}],
        "nothing": _("No ticket was solved in these days."),
        "explained": _(
            "At first contact: at most one answer was sent, the customer wrote no more than once, and the ticket was not opened again. "
            "Minutes and cost: of tickets on which time was entered, at the rate of its day. Satisfaction: the mean of the answers."
        ),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _label(by: str, row: Quality) -> str:
    if row.label:
        return row.label
    return {"product": _("no product"), "agent": _("nobody")}.get(by, _("no reason given"))


def _tickets(by: str, row: Quality) -> str | None:
    """The tickets behind a line, where the list can ask for them."""
    path = {"product": "product", "agent": "assignee"}.get(by)
    return f"/tickets?{urlencode({path: row.key})}" if path and row.key else None


def _tiles(rows: list[Quality], formats: Formatting, currency: str) -> list[dict[str, Any]]:
    whole = Quality(
        None, "", sum(q.solved for q in rows), sum(q.first for q in rows), sum(q.answered for q in rows), sum(q.score for q in rows),
        sum(q.minutes for q in rows), sum(q.timed for q in rows), sum((q.cost for q in rows), ZERO),
    )  # fmt: skip
    figures = [
        (_("Solved"), Decimal(whole.solved), ""), (_("At first contact"), whole.first_percent, "%"), (_("Satisfaction, 1 to 5"), whole.satisfaction, ""),
        (_("Minutes a ticket"), whole.minutes_each, ""), *([(_("Cost of a ticket"), whole.cost_each, currency)] if currency else []),
    ]  # fmt: skip
    return [{"title": title, "figure": formats.quantity(value), "unit": unit} for title, value, unit in figures if value is not None]


@door(VIEW_COST, "GET")
def cost(request: HttpRequest) -> HttpResponse:
    """What service cost by the ledger, how much of it stands on tickets, and what a solved ticket cost with everything."""
    company = reader(request, VIEW_COST)
    first, last = span_of(request, MONTHS)
    rows, accounts, formats = months(company, first=first, last=last), cost_accounts(company), formats_of(request)
    money = {"kind": "amount", "decimals": DECIMALS.get(company.currency_id, 2), "unit": company.currency_id}
    columns = [
        {"key": "month", "title": _("Month"), "kind": "key", "lead": True}, {"key": "spent", "title": _("Booked"), **money, "sum": True},
        {"key": "on_tickets", "title": _("On tickets, by time"), **money, "sum": True}, {"key": "rest", "title": _("On no ticket"), **money, "sum": True},
        {"key": "minutes", "title": _("Minutes"), "kind": "number", "sum": True}, {"key": "solved", "title": _("Solved"), "kind": "number", "sum": True},
        {"key": "each", "title": _("Cost of a ticket"), **money},
    ]  # fmt: skip
    shown = [
        {
            "id": n, "url": f"/books/profit-and-loss?{urlencode({'from': m.first.isoformat(), 'to': last.isoformat()})}",
            "cells": [f"{m.first:%m/%Y}", m.spent, m.on_tickets, m.rest, m.minutes, m.solved, m.cost_each],
        }
        for n, m in enumerate(reversed(rows))
    ]  # fmt: skip
    bars = [
        {"label": f"{m.first:%m/%y}", "values": [max(m.on_tickets, ZERO), max(m.rest, ZERO)], "shown": formats.amount(m.spent, 0)}
        for m in rows
    ]
    context = {
        "title": _("Cost of service"), "action": COST_PATH, "hidden": [],
        "fields": [{"name": "from", "label": _("From"), "kind": "date", "value": first.isoformat()}, {"name": "to", "label": _("Until"), "kind": "date", "value": last.isoformat()}],
        "chart": {
            "title": _("Cost of service"), "series": [_("On tickets, by time"), _("On no ticket")], "bars": bars, "story": _("What was booked for service, in {currency}, and how much of it stands on tickets.").format(currency=company.currency_id),
        } if accounts and any(m.spent or m.on_tickets for m in rows) else None,
        "tables": [{"caption": _("By month"), "columns": columns, "rows": shown if accounts else [], "plain": True}],
        "nothing": _("No account is named yet. Name the expense accounts of service under Accounts of service cost."),
        "explained": _(
            "Booked: the movement of the named accounts, as it stands in the profit and loss. On tickets: time entered, at the rate of its day. On no ticket: waiting, training, rent, or time that "
            "nobody entered; below zero the rate is too high. Cost of a ticket: everything booked, by tickets solved in the month."
        ),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


@door(PUBLIC, "GET", "POST")
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The question behind a link; POST answers it, or changes the answer while that is open."""
    errors: list[dict[str, Any]] = []
    status = 200
    if request.method == "POST":
        try:
            answer_by_link(token, request.POST.get("score", ""), request.POST.get("comment", ""))
            return HttpResponseRedirect(f"/s/{token}")
        except UserError as refusal:
            if not refusal.fields:
                raise
            errors, status = [{"text": refusal.sentence(), "field": "score-5"}], refusal.status
    seen = view_by_link(token)
    with translation.override(seen["language"]):
        context = {
            "title": _("How was our service?"), "survey": seen, "scores": [(value, str(word)) for value, word in SCORES], "url": f"/s/{token}", "errors": errors,
            "sender": {"name": seen["company"], "lines": []}, "comment": request.POST.get("comment", seen["comment"]),
        }  # fmt: skip
        return page(request, "web/survey.html", context, status=status)
