"""The customer on one page, and the brief before a visit (SA-04, SA-06): what every room knows, live, in one query budget."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.crm.queries import CustomerPage, customer_360, visit_brief
from fondaco.frontoffice.crm.queries import visits as own_visits
from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, page_of
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.panelled import panel, tile
from fondaco.interfaces.web.screens.verbs import today_of, verb_of
from fondaco.masterdata.parties.kinds import word
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.masterdata.parties.queries import Asked, events, facets
from fondaco.masterdata.parties.resources import PartyResource
from fondaco.operations.sourcing.scoring import VIEW as SCORE
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.resources.declare import RESOURCES

PATH = "/customers"
VIEW, VISITS, WRITE = "parties.view_party", "crm.view_activity", "crm.write_activity"
WORKER = Path(__file__).resolve().parents[1] / "static" / "brief-worker.js"
#: So many events are shown at a time.
SHOWN = 50
ICONS = {
    "quote": "edit", "order": "sell", "delivery": "deliver", "return": "undo", "invoice": "books", "bill": "buy", "receipt": "download",
    "disbursement": "upload", "ticket": "serve", "dispute": "warning", "reminder": "bell", "web": "link", "meeting": "group", "visit": "calendar", "chat": "note",
    "lead": "party", "opportunity": "arrow", "promise": "clock",
}  # fmt: skip
SCREENS.append(Screen("sell", "daily", 1, gettext_lazy("My visits"), f"{PATH}/visits", VISITS))


@door(VIEW, "GET")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about a party: figures, open papers and tickets, agreements, and the timeline of every interaction."""
    return _draw(request, pk, brief=False)


@door(VIEW, "GET")
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    """What a salesperson reads before a visit, on one printable page; his phone keeps it for when there is no network."""
    return _kept(request, _draw(request, pk, brief=True))


@door(VIEW, "GET")
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that happened with a party, from every room, newest first: by kind, day, person and words; it goes on below."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    company, asked = company_of(request), _asked(request)
    party = visible(Party.objects.filter(pk=pk), actor, VIEW).first()
    if company is None or party is None:
        raise NotFound(what=_("Customer"))
    formats, path = formats_of(request), f"{PATH}/{pk}/timeline"
    found = events(pk, [company.pk], asked, limit=SHOWN + 1)
    older = None
    if len(found) > SHOWN:
        last = found[SHOWN - 1]
        given = {k: v for k, v in request.GET.items() if v and k != "before"} | {"before": f"{last.on}_{last.pk}"}
        older = f"{path}?{urlencode(given)}"
    context: dict[str, Any] = {"items": [_event(i, actor, formats) for i in found[:SHOWN]], "older_url": older}
    if request.headers.get("HX-Request") and asked.before:
        return page(request, "web/timeline_rows.html", context)
    kinds, people = facets(pk, [company.pk])
    fields = [
        {
            "name": "kind",
            "label": _("Kind"),
            "kind": "select",
            "empty": _("All"),
            "options": sorted(((k, word(k)) for k in kinds), key=lambda k: k[1]),
        },
        {"name": "by", "label": _("By"), "kind": "select", "empty": _("Everybody"), "options": [(p, p) for p in people]},
        {"name": "since", "label": _("From"), "kind": "date"},
        {"name": "until", "label": _("To"), "kind": "date"},
        {"name": "q", "label": _("Words"), "kind": "search"},
    ]
    for field in fields:
        field["value"] = request.GET.get(str(field["name"]), "")
    is_filtered = any(field["value"] for field in fields)
    context |= {
        "title": _("Timeline of {party}").format(party=party.name),
        "party": party,
        "path": path,
        "fields": fields,
        "is_filtered": is_filtered,
    }
    return page(request, "web/timeline.html", context)


def _asked(request: HttpRequest) -> Asked:
    """What the address asks for; nonsense asks for nothing."""
    given = request.GET
    day, _underscore, key = given.get("before", "").partition("_")
    last, number = _day(day), whole(key)
    return Asked(
        kinds=[given["kind"][:50]] if given.get("kind") else [], since=_day(given.get("since", "")), until=_day(given.get("until", "")),
        by=given.get("by", "")[:200], words=given.get("q", "")[:200], before=(last, number) if last and number is not None else None,
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@door(VISITS, "GET")
def visits(request: HttpRequest) -> HttpResponse:
    """The reader's visits and meetings of today and tomorrow, with the door to the brief of each; his phone keeps them all."""
    company = company_of(request)
    if company is None:
        raise NotFound(what=_("Company"))
    zone, formats = ZoneInfo(company.time_zone), formats_of(request)
    today = today_of(request)
    first = datetime.combine(today, time(), zone)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = own_visits(actor, company, first, first + timedelta(days=2))
    days = []
    for day, title in ((today, _("Today")), (today + timedelta(days=1), _("Tomorrow"))):
        shown = [
            {
                "at": f"{a.due_at.astimezone(zone):%H:%M}", "name": a.party.name, "where": " ".join(filter(None, (a.party.city, a.party.country_id))),
                "subject": a.subject, "kind": str(a.get_kind_display()), "url": f"{PATH}/{a.party_id}/brief",
            }
            for a in found if a.due_at and a.due_at.astimezone(zone).date() == day
        ]  # fmt: skip
        days.append({"title": f"{title}, {formats.date(day)}", "visits": shown})
    keep = sorted({f"{PATH}/{a.party_id}/brief" for a in found})
    verbs = (
        [{"label": _("Plan a visit"), "url": "/activities/new?kind=visit", "method": "get", "primary": True}] if actor.may(WRITE) else []
    )
    return _kept(
        request,
        page(request, "web/visits.html", {"title": _("My visits"), "days": days, "keep": keep, "at": timezone.now(), "verbs": verbs}),
    )


@door(PUBLIC, "GET")
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps briefs for when there is no network; it holds nothing of anybody."""
    answer = HttpResponse(WORKER.read_bytes(), content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


def _kept(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Say whose page it is, so that a device forgets what it kept for somebody else."""
    answer["X-Fondaco-Reader"] = str(request.actor.user_id)  # type: ignore[attr-defined]
    return answer


def _draw(request: HttpRequest, pk: int, *, brief: bool) -> HttpResponse:
    company = company_of(request)
    actor = request.actor  # type: ignore[attr-defined]
    if company is None:
        raise NotFound(what=_("Company"))
    found: CustomerPage = (visit_brief if brief else customer_360)(actor, company, pk)
    party = found.party
    formats = formats_of(request)
    facts = [(_("Phone"), _call(party.phone)), (_("Email"), _mail(party.email)), (_("Salesperson"), str(party.salesperson or ""))]
    verbs: list[dict[str, Any]] = []
    for key, label in (
        ("quotes", _("New quote")),
        ("opportunities", _("New opportunity")),
        ("tickets", _("New ticket")),
        ("payments", _("New payment")),
    ):
        resource = RESOURCES.get(key)
        if resource is not None and resource.write_permission and actor.may(resource.write_permission):
            field = "customer" if "customer" in resource.writable else "party"
            verbs.append({"label": label, "url": f"{resource.url()}/new?{field}={pk}", "method": "get"})
    if verbs:
        verbs[0]["primary"] = True
    row = {"pk": pk, "state": None, "_state": None}
    more = [verb_of(PartyResource, a, actor, row=row) for a in PartyResource.actions() if not a.hidden and actor.may(a.permission)]
    verbs.append(
        {"label": _("Customer page"), "url": f"/customers/{pk}", "method": "get"}
        if brief
        else {"label": _("Visit brief"), "url": f"/customers/{pk}/brief", "method": "get", "icon": "note"}
    )
    if party.is_vendor and actor.may(SCORE, company.pk):
        verbs.append({"label": _("Scorecard"), "url": f"/buy/scorecards/{pk}", "method": "get"})
    verbs.append({"label": _("Master data"), "url": f"/parties/{pk}", "method": "get"})
    context = {
        "title": party.name,
        "document": {
            "kind": _("Customer"), "number": party.name, "list_url": "/parties?customers=1", "list_title": _("Customers"), "verbs": verbs, "more": more,
            "facts": [(label, text) for label, text in [(_("Code"), party.code), (_("Where"), f"{party.city} {party.country_id or ''}".strip()), *facts] if text], "warnings": _warnings(party),
        },
        "tiles": [tile(f, formats) for p in found.panels for f in p.content.figures if f.kind == "amount"][:4],
        "panels": [panel(p, actor, formats) for p in found.panels if p.content.rows or any(f.value not in (None, "", 0) for f in p.content.figures)],
        "facts": [],
        "people": [
            {"name": p["name"], "role": p["role"], "url": f"{PATH}/{p['pk']}", "ways": [w for w in (_call(p["phone"]), _mail(p["email"])) if w]}
            for p in found.people
        ],
        "at": timezone.now(), "score_url": f"{PATH}/{pk}/score",
        "stream": {"title": _("Timeline"), "items": [_event(i, actor, formats) for i in found.timeline], "id": "timeline", "more_url": f"{PATH}/{pk}/timeline", "more_label": _("All of it, to filter")},
    }  # fmt: skip
    return page(request, "web/brief.html" if brief else "web/customer.html", context)


def _call(number: str) -> Any:
    return {"text": number, "url": f"tel:{number}"} if number else ""


def _mail(address: str) -> Any:
    return {"text": address, "url": f"mailto:{address}"} if address else ""


def _warnings(party: Any) -> list[dict[str, Any]]:
    if party.merged_into_id is None:
        return []
    return [
        {
            "text": _("This party was merged into another one."),
            "cure": {"label": _("Open that one"), "url": f"/customers/{party.merged_into_id}"},
        }
    ]


def _event(item: Interaction, actor: Actor, formats: Formatting) -> dict[str, Any]:
    of_table = [r for r in RESOURCES.values() if item.source_table and r.model._meta.db_table == item.source_table]
    # Several kinds of document may share a table; their events are then called by the kind.
    resource = next((r for r in of_table if r.model._meta.model_name == item.kind), of_table[0] if of_table else None)
    told = item.title or (_("Private mail") if item.kind == "mail" else "")
    amount = (
        f" {formats.amount(item.amount, DECIMALS.get(item.currency_id or '', 2))} {item.currency_id}" if item.amount is not None else ""
    )
    title = (
        f"{told}{amount}"
        if item.kind == "mail" or not told[:1].isupper() or " " in told
        else f"{resource.title_one if resource else item.kind.capitalize()} {told}{amount}"
    )
    return {
        "kind": {"call": "call", "mail": "mail", "meeting": "call", "chat": "mail", "visit": "call", "note": "note"}.get(item.kind, "state"),
        "icon": ICONS.get(item.kind), "word": word(item.kind), "who": item.by or item.created_by, "when": item.at, "title": f"{formats.date(item.on)}: {title}",
        "text": item.body or None, "url": page_of(resource, item.source_id, actor) or None,
    }  # fmt: skip
