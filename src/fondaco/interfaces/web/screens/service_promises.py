"""How promises to customers are kept (SV-04): results with the way to their tickets, what will be broken in the next hours, and the clocks of one ticket."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.sla.models import KINDS, Clock
from fondaco.frontoffice.sla.panels import of_ticket
from fondaco.frontoffice.sla.queries import VIEW, Kept, foreseen, results
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.screens.asked import resource_called, whole
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import one

PATH, BREACHES = "/serve/promises", "/serve/breaches"
SCREENS.append(Screen("serve", "reports", 2, gettext_lazy("Promises kept"), PATH, VIEW))
SCREENS.append(Screen("serve", "team", 2, gettext_lazy("Promises at risk"), BREACHES, VIEW))
MONTHS, HOURS = 6, (4, 8, 24, 72)
BY = {
    "month": gettext_lazy("Month"),
    "customer": gettext_lazy("Customer"),
    "contract": gettext_lazy("Contract"),
    "queue": gettext_lazy("Queue"),
}


def reader(request: HttpRequest, right: str) -> Company:
    """The company that the reader works in, where he holds the right."""
    company = company_of(request)
    if company is None or not request.actor.may(right, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    return company


def span_of(request: HttpRequest, months: int) -> tuple[date, date]:
    """The days asked for; without, so many months up to today."""
    today = today_of(request)
    first = today.replace(day=1)
    for _n in range(months - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    last = today
    with suppress(ValueError):
        first = date.fromisoformat(request.GET.get("from", ""))
    with suppress(ValueError):
        last = date.fromisoformat(request.GET.get("to", ""))
    return (first, last) if first <= last else (last, first)


@door(VIEW, "GET")
def kept(request: HttpRequest) -> HttpResponse:
    """Promises that ended in some months, and how many were kept, by month, customer, contract or queue."""
    company, actor = reader(request, VIEW), request.actor  # type: ignore[attr-defined]
    by = request.GET.get("by", "") if request.GET.get("by", "") in BY else "month"
    first, last = span_of(request, MONTHS)
    found = results(company, visible(Clock.objects.all(), actor, VIEW), by=by, first=first, last=last)
    keys = list(dict.fromkeys(k.key for k in found))
    if by != "month":
        broken = Counter({key: sum(k.ended - k.kept for k in found if k.key == key) for key in keys})
        keys.sort(key=lambda key: -broken[key])
    names = _names(by, keys)
    by_key = {(k.key, k.kind): k for k in found}
    columns: list[dict[str, Any]] = [{"key": "key", "title": str(BY[by]), "kind": "key", "lead": True}]
    for kind, word in KINDS:
        columns += [
            {"key": kind, "title": str(word)[:1].upper() + str(word)[1:], "kind": "number"},
            {"key": f"{kind}_kept", "title": _("kept"), "kind": "percent"},
        ]
    rows = [
        {
            "id": n, "url": _tickets(by, key, first, last),
            "cells": [names[key], *(cell for kind, _word in KINDS for cell in _cells(by_key.get((key, kind))))],
        }
        for n, key in enumerate(reversed(keys) if by == "month" else keys)
    ]  # fmt: skip
    bars = []
    for key in keys[:12] if by != "month" else keys:
        ended = sum(k.ended for k in found if k.key == key)
        good = sum(k.kept for k in found if k.key == key)
        share = Decimal(good * 100) / ended
        bars.append({"label": f"{key:%m/%y}" if by == "month" else names[key], "value": share, "shown": f"{share:.0f}%"})
    context = {
        "title": _("Promises kept"), "action": PATH, "hidden": [],
        "fields": [
            {"name": "by", "label": _("By"), "kind": "select", "value": by, "options": [(k, str(w)) for k, w in BY.items()]},
            {"name": "from", "label": _("From"), "kind": "date", "value": first.isoformat()}, {"name": "to", "label": _("Until"), "kind": "date", "value": last.isoformat()},
        ],
        "chart": {"title": _("Promises kept"), "story": _("Of all promised times that ended, the share that was kept."), "bars": bars, "named": by != "month"} if bars else None,
        "tables": [{"caption": _("Promised times"), "columns": columns, "rows": rows, "plain": True}],
        "nothing": _("No promised time ended in these days. Promises are written under Service promises."),
        "explained": _(
            "A promise is broken when it took more business time than was promised; time in which a ticket waits for the customer does not count. "
            "Each line leads to its promised times, and from there to the tickets."
        ),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def _cells(found: Kept | None) -> list[Any]:
    return [None, None] if found is None else [found.ended, Decimal(found.kept) / found.ended]


def _names(by: str, keys: list[Any]) -> dict[Any, str]:
    if by == "month":
        return {key: f"{key:%m/%Y}" for key in keys}
    if by == "queue":
        return {key: key or _("without a queue") for key in keys}
    model: type[Model] = Party if by == "customer" else Contract
    found = {row.pk: str(row) for row in model._default_manager.filter(pk__in=[k for k in keys if k])}
    return {key: found.get(key, "") if key else (_("unknown contact") if by == "customer" else _("without a contract")) for key in keys}


def _tickets(by: str, key: Any, first: date, last: date) -> str:
    """The promised times behind a line."""
    if by == "month":
        first, last = key, (key + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    asked: dict[str, Any] = {"state": "ended", "ended_at__gte": first.isoformat(), "ended_at__lte": last.isoformat()}
    path = {"customer": "ticket__party", "contract": "line__contract", "queue": "ticket__queue"}.get(by)
    if path is not None:
        asked |= {path: key} if key else {f"{path}__isnull": "1"} if by != "queue" else {path: ""}
    return f"/clocks?{urlencode(asked)}"


@door(VIEW, "GET")
def breaches(request: HttpRequest) -> HttpResponse:
    """Which open tickets are late, and which will be in the next hours at the speed of their queue."""
    company, actor = reader(request, VIEW), request.actor  # type: ignore[attr-defined]
    asked = whole(request.GET.get("hours", "")) or HOURS[1]
    hours = min(max(asked, 1), 24 * 14)
    now, zone, formats = timezone.now(), ZoneInfo(company.time_zone), formats_of(request)
    rows = foreseen(company, actor, now=now, hours=hours)
    late, coming = [r for r in rows if r.late], [r for r in rows if not r.late]
    words = dict(KINDS)
    names = {row.pk: str(row) for row in Party.objects.filter(pk__in=[r.party for r in rows if r.party])}
    columns = [
        {"key": "number", "title": _("Ticket"), "kind": "key", "lead": True}, {"key": "subject", "title": _("Subject"), "kind": "text"}, {"key": "party", "title": _("Customer"), "kind": "text"},
        {"key": "queue", "title": _("Queue"), "kind": "text"}, {"key": "kind", "title": _("Promise"), "kind": "text"}, {"key": "due", "title": _("Due"), "kind": "moment"},
        {"key": "place", "title": _("Place in the queue"), "kind": "number"}, {"key": "turn", "title": _("Its turn comes"), "kind": "moment"},
    ]  # fmt: skip

    def table(caption: str, found: list[Any]) -> dict[str, Any]:
        shown = [
            {
                "id": f"{r.ticket}-{r.kind}", "url": RESOURCES["tickets"].url(r.ticket),
                "cells": [r.number, r.subject, names.get(r.party, ""), r.queue, str(words[r.kind]), r.due_at, r.place, r.expected_at],
            }
            for r in found
        ]  # fmt: skip
        return {"caption": caption, "columns": columns, "rows": shown, "plain": True}

    step = max(hours // 8, 1)
    bars = []
    for n in range(0, hours, step):
        begins, ends = now + timedelta(hours=n), now + timedelta(hours=n + step)
        count = sum(1 for r in coming if begins <= r.due_at < ends)
        bars.append({"label": f"{begins.astimezone(zone):{'%H:%M' if hours <= 24 else '%d/%m %H'}}", "value": count, "shown": str(count)})
    context = {
        "title": _("Promises at risk"), "action": BREACHES, "hidden": [],
        "fields": [{"name": "hours", "label": _("In the next hours"), "kind": "select", "value": str(hours), "options": [(str(h), str(h)) for h in sorted({*HOURS, hours})]}],
        "tiles": [
            {"title": _("Late now"), "figure": formats.quantity(Decimal(len(late))), "unit": "", **({"tone": "bad"} if late else {})},
            {"title": _("Will be late"), "figure": formats.quantity(Decimal(len(coming))), "unit": "", **({"tone": "wait"} if coming else {})},
        ],
        "chart": {
            "title": _("When they run out"), "bars": bars,
            "story": ngettext("Promised times that run out before their turn comes, by hour.", "Promised times that run out before their turn comes, by stretches of {n} hours.", step).format(n=step),
        } if coming else None,
        "tables": [table(_("Will be late"), coming), table(_("Late now"), late)],
        "nothing": _("None."),
        "explained": _(
            "A queue works off what is due first, at the speed of its last 28 days. A ticket will be late when its turn comes after it is due; where nobody worked on a queue in these days, "
            "everything due is shown."
        ),
    }  # fmt: skip
    return page(request, "web/spending.html", context)


def clocks_url(model: type, url: str) -> str:
    """Where the page of a record fetches its promised times; empty where it has none."""
    return f"{url}/clocks" if model is Ticket else ""


@door(SIGNED_IN, "GET")
def clocks(request: HttpRequest, pk: int) -> HttpResponse:
    """The promised times of a ticket: what is due when and why, and what happened."""
    resource = resource_called("tickets", request)
    one(resource, request.actor, pk)  # type: ignore[attr-defined]
    found = of_ticket(request.actor, Ticket.objects.get(pk=pk), now=timezone.now())  # type: ignore[attr-defined]
    return HttpResponse() if found is None else page(request, "web/components/clocks.html", found | {"brief": "brief" in request.GET})
