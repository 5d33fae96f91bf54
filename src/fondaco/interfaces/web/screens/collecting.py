"""The collector's desk (AR-06): the work list by amount x risk, and one customer after the other with what is owed, promised and said."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.receivables.collecting import Case, worklist
from fondaco.finance.receivables.models import Promise, ReminderItem
from fondaco.finance.receivables.queries import promise_state
from fondaco.finance.receivables.resources import PromiseResource, StatementRunResource
from fondaco.finance.receivables.statements import prepare, send_statements
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, flash, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, table_of
from fondaco.interfaces.web.screens.customers import _event
from fondaco.interfaces.web.screens.verbs import today_of, verb_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.queries import timeline
from fondaco.masterdata.parties.resources import PartyResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES, Column, Resource, column_of
from fondaco.platform.resources.reading import values
from fondaco.platform.resources.writing import create

VIEW = "receivables.view_collection"
HOME = "/books/collecting"
SCREENS.append(Screen("books", "customers", 1, gettext_lazy("Collecting"), HOME, VIEW))
SHOWN_BESIDE = 30
#: The verbs of the desk and the keys that press them.
KEYS = {"log_interaction": "c", "promise": "p", "follow_up": "l"}


def _company(request: HttpRequest) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(VIEW, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("Company"))
    return company


def _show(request: HttpRequest) -> str:
    return request.GET.get("show", "") if request.GET.get("show") in {"mine", "nobody", "all"} else ""


def _cases(request: HttpRequest, company: Company, show: str, on: date) -> list[Case]:
    actor = request.actor  # type: ignore[attr-defined]
    return worklist(company.pk, on, whose=actor.user_id if show == "mine" else None, unassigned=show == "nobody", everything=show == "all")


@door(VIEW, "GET")
def work_list(request: HttpRequest) -> HttpResponse:
    """Whom to call first, and why."""
    company, show, on = _company(request), _show(request), today_of(request)
    cases = _cases(request, company, show, on)
    views = [
        {"title": title, "url": f"{HOME}?show={key}" if key else HOME, "current": key == show}
        for key, title in (("", _("To do")), ("mine", _("Mine")), ("nobody", _("Nobody's")), ("all", _("All, also waiting")))
    ]
    context = {
        "title": _("Collecting"),
        "views": views,
        "table_of_cases": _table(cases, company, show, on, formats_of(request)),
        "first": f"{HOME}/{cases[0].party}?{urlencode({'show': show})}" if cases else "",
    }
    return page(request, "web/collecting.html", context)


def _table(cases: Sequence[Case], company: Company, show: str, on: date, formats: Formatting) -> dict[str, Any]:
    columns = [
        {"key": "name", "title": _("Customer"), "kind": "key", "lead": True},
        {"key": "amount", "title": _("Overdue"), "kind": "amount", "unit": company.currency_id, "decimals": DECIMALS.get(company.currency_id, 2), "sum": True},
        {"key": "days", "title": _("Oldest, days"), "kind": "number"},
        {"key": "items", "title": _("Items"), "kind": "number"},
        {"key": "risk", "title": _("Risk"), "kind": "number"},
        {"key": "why", "title": _("Why"), "kind": "text"},
        {"key": "promise", "title": _("Promise"), "kind": "text"},
        {"key": "contact", "title": _("Last contact"), "kind": "date"},
        {"key": "collector", "title": _("Collector"), "kind": "text"},
    ]  # fmt: skip
    rows = [
        {
            "id": c.party,
            "url": f"{HOME}/{c.party}?{urlencode({'show': show})}",
            "name": c.name,
            "cells": [c.name, c.amount, (on - c.oldest).days, c.items, round(c.risk, 1), ", ".join(c.why()), _promise_of(c, formats), c.last_contact_on, c.collector or ""],
        }
        for c in cases
    ]  # fmt: skip
    return {"caption": _("Customers to collect from"), "columns": columns, "rows": rows, "selectable": False}


def _promise_of(case: Case, formats: Formatting) -> str:
    if case.next_promise_on:
        return _("promised for {day}").format(day=formats.date(case.next_promise_on))
    return _("broken on {day}").format(day=formats.date(case.broken_on)) if case.broken_on else ""


@door(VIEW, "GET")
def desk(request: HttpRequest, pk: int) -> HttpResponse:
    """One customer: what is overdue, what he promised, what was said; the next one is a key away."""
    company, show, on = _company(request), _show(request), today_of(request)
    actor = request.actor  # type: ignore[attr-defined]
    party = visible(Party.objects.filter(pk=pk), actor, "parties.view_party").first()
    if party is None:
        raise NotFound(what=f"{_('Customer')} {pk}")
    cases = _cases(request, company, show, on)
    place = next((n for n, c in enumerate(cases) if c.party == pk), -1)
    case = (
        cases[place] if place >= 0 else next((c for c in worklist(company.pk, on, everything=True, limit=100_000) if c.party == pk), None)
    )
    row = {"pk": pk, "state": None, "_state": None}
    actions = {a.verb: a for a in PartyResource.actions() if actor.may(a.permission)}
    verbs: list[dict[str, Any]] = [
        verb_of(PartyResource, actions[v], actor, row=row) | {"key": key} for v, key in KEYS.items() if v in actions
    ]
    if verbs:
        verbs[0]["primary"] = True
    following = cases[place + 1] if place + 1 < len(cases) else None
    if following:
        verbs.append(
            {
                "label": _("Next"),
                "url": f"{HOME}/{following.party}?{urlencode({'show': show})}",
                "method": "get",
                "key": "n",
                "icon": "right",
            }
        )
    if actor.may(send_statements.permission, company.pk) and party.email:
        question = _("Send the statement of today to {address}?").format(address=party.email)
        verbs.append({"label": _("Mail statement"), "url": f"{HOME}/{pk}/mail", "key": "m", "icon": "mail", "confirm": question})
    if actor.may(prepare.permission, company.pk):
        verbs.append({"label": _("Letter"), "url": f"{HOME}/{pk}/letter", "icon": "download"})
    more = [verb_of(PartyResource, actions[v], actor, row=row) for v in ("assign_collector",) if v in actions]
    more.append({"label": _("Customer page"), "url": f"/customers/{pk}", "method": "get"})
    formats = formats_of(request)
    decimals = DECIMALS.get(company.currency_id, 2)
    facts = [(_("Phone"), party.phone), (_("Email"), party.email), (_("Collector"), (case.collector or "") if case else "")]
    context = {
        "title": party.name,
        "document": {
            "kind": _("Customer"), "number": party.name, "list_url": f"{HOME}?{urlencode({'show': show})}", "list_title": _("Collecting"),
            "facts": [(label, text) for label, text in facts if text], "verbs": verbs, "more": more,
            "amount": case.amount if case else None, "currency": company.currency_id, "decimals": decimals, "amount_label": _("Overdue"),
            "warnings": [{"text": _("Nothing is overdue here.")}] if case is None else [{"text": f"{_('Risk')} {formats.quantity(round(case.risk, 1))}: {', '.join(case.why())}.", "tone": "wait"}],
        },
        "panels": _panels(actor, company, pk, on),
        "beside": [
            {"name": c.name, "url": f"{HOME}/{c.party}?{urlencode({'show': show})}", "current": c.party == pk, "amount": formats.amount(c.amount, decimals)}
            for c in cases[max(place - 5, 0) : max(place - 5, 0) + SHOWN_BESIDE]
        ],
        "stream": {"title": _("Timeline"), "items": [_event(i, actor, formats) for i in timeline(actor, pk, limit=25)], "id": "timeline"},
    }  # fmt: skip
    return page(request, "web/collecting_desk.html", context)


def _panels(actor: Actor, company: Company, party: int, on: date) -> list[dict[str, Any]]:
    owed = OpenItem.objects.filter(company=company, party=party, control="receivable", closed_on__isnull=True).order_by("due_on", "pk")
    promises = Promise.objects.filter(company=company, party=party).order_by("-pay_by", "-pk").annotate(standing=promise_state(on))
    reminded = ReminderItem.objects.filter(reminder__company=company, reminder__party=party, is_sent=True).order_by("-pk")
    money = Column("open_amount", currency="currency__code")
    return [
        _panel(actor, _("Open items"), RESOURCES["open-items"], owed, [Column("entry__memo", _("Document")), "on", "due_on", money]),
        _panel(actor, _("Promises to pay"), PromiseResource, promises, ["pay_by", Column("amount", currency="currency__code"), Column("standing", _("state")), "note"]),
        _panel(actor, _("Reminders"), RESOURCES["reminder-items"], reminded, [Column("reminder__number", _("Number")), Column("reminder__on", _("Date")), "item", "level"]),
    ]  # fmt: skip


def _panel(actor: Actor, title: str, resource: type[Resource], rows: Any, shown: Sequence[str | Column]) -> dict[str, Any]:
    columns = [column_of(resource.model, c, {"standing": None}) for c in shown]
    found = list(values(rows, columns)[:SHOWN_BESIDE])
    for row in found:
        if "standing" in row:
            row["standing"] = STANDINGS[row["standing"]]
    return {
        "title": title,
        "table": table_of(resource, columns, found, actor, caption=title, sort="", url_with=lambda **_k: None, selectable=False)
        if found
        else None,
    }


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return key


STANDINGS = _Words(open=gettext_lazy("open"), kept=gettext_lazy("kept"), broken=gettext_lazy("broken"), withdrawn=gettext_lazy("withdrawn"))


def _statement(request: HttpRequest, pk: int) -> int:
    """Today's statement of the customer, prepared; asked for twice on a day it is the same one."""
    company, on = _company(request), today_of(request)
    actor = request.actor  # type: ignore[attr-defined]
    given = {"company": company.pk, "party": pk, "on": on.isoformat()}
    outcome = create(actor, StatementRunResource, [given], idempotency_key=f"collecting:{request.path}:{on}")
    (key,) = outcome.ids
    if not outcome.replayed:
        perform(actor, prepare, [key])
    return key


@door("receivables.send_statement", "POST")
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail the customer's statement of today; once a day."""
    try:
        key = _statement(request, pk)
        perform(request.actor, send_statements, [key])  # type: ignore[attr-defined]
        flash(request, _("The statement is on its way."), url=StatementRunResource.url(key), url_label=_("Open it"))
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
    return HttpResponseRedirect(f"{HOME}/{pk}")


@door("receivables.write_statement", "POST")
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer's statement of today as a letter to print."""
    try:
        key = _statement(request, pk)
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return HttpResponseRedirect(f"{HOME}/{pk}")
    return HttpResponseRedirect(f"{StatementRunResource.url(key)}/pdf")
