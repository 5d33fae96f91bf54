"""Scores on the pages of leads and deals, and whether they were borne out (SA-10)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.crm.models import Lead, Opportunity
from fondaco.frontoffice.scoring.models import ScoringModel
from fondaco.frontoffice.scoring.queries import VIEW, score_now, validation
from fondaco.frontoffice.scoring.telling import rows_of
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.screens.asked import resource_called, whole
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.resources.reading import one

PATH, SEE = "/sell/score-check", "scoring.view_model"
SCREENS.append(Screen("sell", "reports", 5, gettext_lazy("Are scores right?"), PATH, SEE))
AGES = (0, 7, 14, 30)
DAYS = (90, 365, 1095)


def score_url(model: type, url: str) -> str:
    """Where the page of a record fetches its score; empty where it has none."""
    return f"{url}/score" if model in (Lead, Opportunity) else ""


@door(SIGNED_IN, "GET")
def panel(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The score of a lead's or deal's party today, signal by signal."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    one(resource, actor, pk)
    row = resource.model._default_manager.filter(pk=pk).first() if resource.model in (Lead, Opportunity) else None
    return HttpResponse() if row is None else _told(request, row.company_id, row.party_id)


@door("parties.view_party", "GET")
def customer_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The score of a customer today, signal by signal; fetched by his page, whose statements are counted without it."""
    company = company_of(request)
    party = visible(Party.objects.filter(pk=pk), request.actor, "parties.view_party").first()  # type: ignore[attr-defined]
    return HttpResponse() if company is None or party is None else _told(request, company.pk, party.pk)


def _told(request: HttpRequest, company: int, party: int) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    told = score_now(company, party, timezone.localdate()) if actor.may(VIEW, company) else None
    if told is None:
        return HttpResponse()
    score, model = told
    context = {
        "title": _("Score"), "score": score.value, "base": score.base, "rows": rows_of(score, actor, company),
        "model": {"text": model, "url": "/scoring-models?state=in_force" if actor.may(SEE, company) else ""},
    }  # fmt: skip
    return page(request, "web/score.html", context)


@door(SEE, "GET")
def score_check(request: HttpRequest) -> HttpResponse:
    """How many leads of each band of scores were converted and won."""
    company, actor, today = company_of(request), request.actor, today_of(request)  # type: ignore[attr-defined]
    if company is None or not actor.may(SEE, company.pk):
        raise NotFound(what=_("Company"))
    models = list(visible(ScoringModel.objects.filter(company=company), actor, SEE).order_by("-model_version"))
    asked = whole(request.GET.get("model", ""))
    model = (
        next((m for m in models if m.pk == asked), None)
        or next((m for m in models if m.state == "in_force"), None)
        or (models[0] if models else None)
    )
    age = next((a for a in AGES if str(a) == request.GET.get("age")), 7)
    days = next((d for d in DAYS if str(d) == request.GET.get("days")), 365)
    context: dict[str, Any] = {
        "title": _("Are scores right?"), "action": PATH, "hidden": [], "tiles": [], "tables": [], "chart": None, "nothing": "",
        "fields": [
            {"name": "model", "label": _("Scoring model"), "kind": "select", "options": [(str(m.pk), f"{m} ({m.get_state_display()})") for m in models], "value": str(model.pk) if model else ""},
            {"name": "age", "label": _("Score as it stood"), "kind": "select", "options": [(str(a), _("{days} days after they came").format(days=a) if a else _("on the day they came")) for a in AGES], "value": str(age)},
            {"name": "days", "label": _("Leads of"), "kind": "select", "options": [(str(d), _("the last {days} days").format(days=d)) for d in DAYS], "value": str(days)},
        ],
        "explained": _("No scoring model is written yet. Write one, and see here what it would have said of the leads you had."),
    }  # fmt: skip
    if model is not None:
        context |= _checked(
            request, validation(actor, company, model, first=today - timedelta(days=days), last=today, age=age, today=today)
        )
    return page(request, "web/spending.html", context)


def _checked(request: HttpRequest, found: Any) -> dict[str, Any]:
    formats = formats_of(request)
    bands = [(f"{b.least}–{b.most}", b, _share(b.converted, b.leads - b.open), _share(b.won, b.leads - b.open)) for b in found.bands]
    leads, still, converted = (sum(getattr(b, name) for b in found.bands) for name in ("leads", "open", "converted"))
    tiles = [
        {
            "title": _("Leads"),
            "figure": formats.quantity(leads),
            "unit": "",
            "story": _("{decided} decided, {converted} of them converted").format(decided=leads - still, converted=converted),
        }
    ]
    if found.order is not None:
        story = _("of pairs the converted lead had a higher score than the disqualified one; 50% would be chance")
        tiles.append({"title": _("Told apart"), "figure": formats.percent(found.order, 0), "unit": "", "story": story})
    bars = [
        {"label": label, "value": round(share * 100), "shown": formats.percent(share, 0)}
        for label, b, share, _won in bands
        if share is not None
    ]
    columns = [
        {"key": "band", "title": _("Score"), "kind": "key", "lead": True},
        *({"key": k, "title": t, "kind": "number", "sum": True} for k, t in (("leads", _("Leads")), ("open", _("Still open")), ("converted", _("Converted")), ("won", _("Won")))),
        {"key": "share", "title": _("Converted of those decided"), "kind": "percent"},
        {"key": "won_share", "title": _("Won of those decided"), "kind": "percent"},
    ]  # fmt: skip
    rows = [
        {"id": n, "url": "", "cells": [label, b.leads, b.open, b.converted, b.won, share, won]}
        for n, (label, b, share, won) in enumerate(bands)
    ]
    return {
        "tiles": tiles if leads else [],
        "chart": {"title": _("Converted of those decided"), "story": _("Each bar is a band of scores: how many of its leads that are decided became opportunities."), "bars": bars} if bars else None,
        "tables": [{"caption": _("Bands"), "columns": columns, "rows": rows, "plain": True}] if leads else [],
        "explained": _(
            "A good model has more converted leads in each band than in the one below. Scores are made again as they stood then; who was decided sooner counts as he stood on the day before, "
            "so that nothing the decision itself wrote speaks for it. Leads still open speak neither for nor against."
        )
        if leads
        else _("No leads came in these days."),
    }  # fmt: skip


def _share(part: int, whole_: int) -> Decimal | None:
    return Decimal(part) / whole_ if whole_ else None
