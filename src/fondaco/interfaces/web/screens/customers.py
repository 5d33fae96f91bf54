"""The customer on one page, and the brief before a visit (SA-04, SA-06): what every room knows, live, in one query budget."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fondaco.frontoffice.crm.queries import CustomerPage, customer_360, visit_brief
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, page_of
from fondaco.interfaces.web.screens.panelled import panel, tile
from fondaco.interfaces.web.screens.verbs import verb_of
from fondaco.masterdata.parties.models import Interaction
from fondaco.masterdata.parties.resources import PartyResource
from fondaco.operations.sourcing.scoring import VIEW as SCORE
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.resources.declare import RESOURCES

VIEW = "parties.view_party"


@door(VIEW, "GET")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about a party: figures, open papers and tickets, agreements, and the timeline of every interaction."""
    return _draw(request, pk, brief=False)


@door(VIEW, "GET")
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    """What a salesperson reads before a visit, on one printable page."""
    return _draw(request, pk, brief=True)


def _draw(request: HttpRequest, pk: int, *, brief: bool) -> HttpResponse:
    company = company_of(request)
    actor = request.actor  # type: ignore[attr-defined]
    if company is None:
        raise NotFound(what=_("Company"))
    found: CustomerPage = (visit_brief if brief else customer_360)(actor, company, pk)
    party = found.party
    formats = formats_of(request)
    facts = [(_("Phone"), party.phone), (_("Email"), party.email), (_("Salesperson"), str(party.salesperson or ""))]
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
        "stream": {"title": _("Timeline"), "items": [_event(i, actor, formats) for i in found.timeline], "id": "timeline"},
    }  # fmt: skip
    return page(request, "web/customer.html", context)


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
        "kind": {"call": "call", "mail": "mail", "note": "note"}.get(item.kind, "state"), "who": item.by or item.created_by, "when": item.at, "title": f"{formats.date(item.on)}: {title}",
        "text": item.body or None, "url": page_of(resource, item.source_id, actor) or None,
    }  # fmt: skip
