"""The page of a lot or serial number: where it is, who holds it, where it came from and where it went (IV-06)."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import facts_of
from fondaco.interfaces.web.screens.attachments import shown_files
from fondaco.interfaces.web.screens.record_head import head_of, name_of, state_now
from fondaco.interfaces.web.screens.stream import stream_of
from fondaco.operations.inventory.models import Location, LotHolding, LotStock, MoveLot
from fondaco.operations.inventory.queries import PAPERS
from fondaco.operations.inventory.resources import VIEW, LotHoldingResource, LotResource, MoveLotResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import columns_for, one

#: So many customers and moves are shown; the lists show all.
SHOWN = 200
IN_HEAD = {"number", "state", "on_hand"}


@door(VIEW, "GET")
def lot(request: HttpRequest, pk: int) -> HttpResponse:
    """A lot: how much came, lies where, is with which customers; and every paper of its way, the first on top."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = one(LotResource, actor, pk)
    row["_state"] = state_now(LotResource, pk)
    columns = columns_for(LotResource.detail(), actor)
    places = list(
        visible(LotStock.objects.filter(lot=pk, on_hand__gt=0), actor, VIEW).select_related("location").order_by("location__name")
    )
    holders = list(
        visible(LotHolding.objects.filter(lot=pk, quantity__gt=0), actor, VIEW)
        .select_related("customer")
        .order_by("-last_on", "pk")[: SHOWN + 1]
    )
    way = list(
        visible(MoveLotResource.queryset().filter(lot=pk), actor, VIEW)
        .select_related("move__from_location", "move__to_location")
        .order_by("on", "move_id")[: SHOWN + 1]
    )
    facts = facts_of(LotResource, [c for c in columns if c.path not in IN_HEAD], row, actor, formats_of(request))
    context = {
        "title": name_of(request, LotResource, row),
        "document": head_of(request, LotResource, row, columns),
        "tiles": _tiles(pk, sum((p.on_hand for p in places), ZERO), actor, formats_of(request)),
        "places": _places(places),
        "holders": _holders(holders[:SHOWN], actor),
        "holders_url": f"{LotHoldingResource.url()}?{urlencode({'lot': pk, 'held': 1})}",
        "way": _way(way[:SHOWN], actor),
        "way_url": f"{MoveLotResource.url()}?{urlencode({'lot': pk, 'sort': 'on'})}",
        "facts": [f for f in facts if f[1] not in (None, "")],
        "files": shown_files(actor, LotResource, pk),
        "stream": stream_of(request, LotResource, pk),
    }
    return page(request, "web/lot.html", context)


def _tiles(lot: int, there: Decimal, actor: Actor, formats: Any) -> list[dict[str, Any]]:
    """What came, is in stock, is at customers, and what counts found more or less; two statements."""
    moves = visible(MoveLot.objects.filter(lot=lot), actor, VIEW)
    counts = Q(move__from_location__kind="loss") | Q(move__to_location__kind="loss")
    sums = moves.aggregate(
        came=Sum("quantity", filter=Q(move__from_location__kind__in=["vendor", "opening"])),
        counted=Sum(F("sign") * F("quantity"), filter=counts),
    )
    held = visible(LotHolding.objects.filter(lot=lot), actor, VIEW).aggregate(q=Sum("quantity"))["q"]
    figures = [(_("Came"), sums["came"] or ZERO), (_("In stock"), there), (_("At customers"), held or ZERO)]
    if sums["counted"]:
        figures.append((_("Count differences"), sums["counted"]))
    return [{"title": title, "figure": formats.quantity(figure)} for title, figure in figures]


def _places(rows: list[LotStock]) -> dict[str, Any]:
    columns = [
        {"key": "place", "title": _("Place"), "lead": True},
        {"key": "on_hand", "title": _("On hand"), "kind": "quantity", "sum": True},
    ]
    cells = [{"id": r.pk, "cells": [r.location.name, r.on_hand]} for r in rows]
    return {"table": {"caption": _("Where it lies"), "columns": columns, "rows": cells, "plain": True}}


def _holders(rows: list[LotHolding], actor: Actor) -> dict[str, Any]:
    columns = [
        {"key": "customer", "title": _("Customer"), "kind": "key", "lead": True},
        {"key": "quantity", "title": _("Holds"), "kind": "quantity", "sum": True},
        {"key": "last_on", "title": _("Last delivery"), "kind": "date"},
        {"key": "email", "title": _("Mail")},
        {"key": "phone", "title": _("Phone")},
    ]
    opens = actor.may("parties.view_party")
    cells = [
        {
            "id": r.pk,
            "url": f"/customers/{r.customer_id}" if opens else None,
            "cells": [r.customer.name, r.quantity, r.last_on, *([r.customer.email, r.customer.phone] if opens else ["", ""])],
        }
        for r in rows
    ]
    return {"table": {"caption": _("Who holds it"), "columns": columns, "rows": cells, "plain": True}}


def _way(rows: list[MoveLot], actor: Actor) -> dict[str, Any]:
    """Every move of the lot, with what was in stock after it."""
    columns = [
        {"key": "paper", "title": _("Paper"), "kind": "key", "lead": True},
        {"key": "on", "title": _("Date"), "kind": "date"},
        {"key": "kind", "title": _("Kind")},
        {"key": "party", "title": _("Partner"), "kind": "party"},
        {"key": "from", "title": _("From")},
        {"key": "to", "title": _("To")},
        {"key": "quantity", "title": _("Quantity"), "kind": "quantity", "sum": True},
        {"key": "after", "title": _("In stock after"), "kind": "quantity"},
    ]
    papers = {model._meta.db_table: resource for model, _party in PAPERS if (resource := _resource_of(model))}
    cells, after = [], ZERO
    for row in rows:
        after += row.sign * row.quantity
        resource = papers.get(row.move.source_table)
        opens = resource is not None and actor.may(resource.view_permission)
        cells.append(
            {
                "id": row.pk,
                "url": resource.url(row.move.source_id) if resource is not None and opens else None,
                "cells": [
                    row.paper or "–", row.on, capfirst(resource.model._meta.verbose_name) if resource else "", row.party, _place(row.move.from_location),  # type: ignore[attr-defined]
                    _place(row.move.to_location), row.quantity, after,
                ],
            }
        )  # fmt: skip
    return {"table": {"caption": _("Where it came from and where it went"), "columns": columns, "rows": cells, "plain": True}}


def _resource_of(model: Any) -> Any:
    return next((r for r in RESOURCES.values() if r.model is model), None)


def _place(location: Location) -> str:
    return location.name if location.kind in Location.PLACES else str(location.get_kind_display())
