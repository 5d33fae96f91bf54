"""The page of a product: where it lies, what is promised and to come, what it is worth, its lots, prices and moves (IV-05)."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import company_of, formats_of, page
from fondaco.interfaces.web.presenting import facts_of
from fondaco.interfaces.web.screens.attachments import shown_files
from fondaco.interfaces.web.screens.panelled import panel, short
from fondaco.interfaces.web.screens.record_head import head_of, name_of, state_now
from fondaco.interfaces.web.screens.records import lines_tables
from fondaco.interfaces.web.screens.stream import stream_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.catalog import item_panels
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.catalog.resources import ProductResource
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.models import Location, StockMove
from fondaco.operations.inventory.queries import PAPERS, availability, owned_at_month_ends, paper_number, paper_party
from fondaco.operations.inventory.resources import VIEW as VIEW_STOCK
from fondaco.operations.inventory.resources import StockMoveResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import resource_of
from fondaco.platform.resources.reading import columns_for, one

VIEW = "catalog.view_product"
#: So many moves are shown; the list shows all.
SHOWN = 20
MONTHS = 12
IN_HEAD = {"sku", "name"}


@door(VIEW, "GET")
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """A product with everything the rooms know of it: master data for all, stock and prices for those who may see them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = one(ProductResource, actor, pk)
    row["_state"] = state_now(ProductResource, pk)
    columns = columns_for(ProductResource.detail(), actor)
    formats = formats_of(request)
    company = company_of(request)
    product = Product.objects.select_related("unit").get(pk=pk)
    facts = facts_of(ProductResource, [c for c in columns if c.path not in IN_HEAD], row, actor, formats)
    context = {
        "title": name_of(request, ProductResource, row),
        "document": head_of(request, ProductResource, row, columns)
        | {"facts": [(_("Name"), product.name_it if actor.language == "it" and product.name_it else product.name)]},
        "facts": [f for f in facts if f[1] not in (None, "")],
        "tables": [t for t in lines_tables(ProductResource, actor, pk) if t["table"]["rows"]],
        "files": shown_files(actor, ProductResource, pk),
        "stream": stream_of(request, ProductResource, pk),
        "panels": [],
    }
    if company is not None:
        context["panels"] = [panel(p, actor, formats) for p in item_panels.filled(actor, company, product)]
        if product.kind == "goods" and actor.may(VIEW_STOCK, company.pk):
            context |= {
                "tiles": _tiles(company, product, request),
                "chart": _chart(company, product, request),
                "moves": _moves(company, product, actor),
                "moves_url": f"{StockMoveResource.url()}?{urlencode({'product': pk, 'sort': '-on'})}",
            }
    return page(request, "web/item.html", context)


def _tiles(company: Company, product: Product, request: HttpRequest) -> list[dict[str, Any]]:
    formats, there = formats_of(request), availability(company.pk, [product.pk])[product.pk]
    italian = request.actor.language == "it"  # type: ignore[attr-defined]
    unit = product.unit.name_it if italian and product.unit.name_it else product.unit.name
    figures = [(_("On hand"), there.on_hand), (_("Reserved"), there.reserved), (_("Free"), there.free)]
    return [{"title": title, "figure": formats.quantity(figure), "unit": unit} for title, figure in figures]


def _chart(company: Company, product: Product, request: HttpRequest) -> dict[str, Any] | None:
    """What we owned at the end of each of twelve months, and today; nothing where there never was any."""
    formats = formats_of(request)
    ends = owned_at_month_ends(company.pk, product.pk, today_of(request), MONTHS)
    if not any(quantity for _end, quantity in ends):
        return None
    story = _("From {first} on {begin} to {last} today; most was {most} on {day}.")
    top = max(ends, key=lambda end: end[1])
    return {
        "title": _("Stock over a year"),
        "story": story.format(
            first=formats.quantity(ends[0][1]), begin=formats.date(ends[0][0]), last=formats.quantity(ends[-1][1]), most=formats.quantity(top[1]), day=formats.date(top[0]),
        ),
        "bars": [
            {"label": f"{end:%m/%y}", "value": quantity, "shown": short(quantity, formats), "past": place < len(ends) - 1}
            for place, (end, quantity) in enumerate(ends)
        ],
    }  # fmt: skip


def _moves(company: Company, product: Product, actor: Actor) -> dict[str, Any]:
    columns = [
        {"key": "paper", "title": _("Paper"), "kind": "key", "lead": True},
        {"key": "on", "title": _("Date"), "kind": "date"},
        {"key": "kind", "title": _("Kind")},
        {"key": "party", "title": _("Partner"), "kind": "party"},
        {"key": "from", "title": _("From")},
        {"key": "to", "title": _("To")},
        {"key": "quantity", "title": _("Quantity"), "kind": "quantity", "sum": True},
    ]
    found = (
        visible(StockMove.objects.filter(company=company, product=product), actor, VIEW_STOCK)
        .annotate(paper=paper_number(""), party=paper_party(""))
        .select_related("from_location", "to_location")
        .order_by("-on", "-id")[:SHOWN]
    )
    papers = {model._meta.db_table: resource for model, _party in PAPERS if (resource := resource_of(model))}
    cells = []
    for move in found:
        resource = papers.get(move.source_table)
        opens = resource is not None and actor.may(resource.view_permission)
        cells.append(
            {
                "id": move.pk,
                "url": resource.url(move.source_id) if resource is not None and opens else StockMoveResource.url(move.pk),
                "cells": [
                    move.paper or "–", move.on, capfirst(resource.model._meta.verbose_name) if resource else "", move.party, _place(move.from_location),
                    _place(move.to_location), move.quantity,
                ],
            }
        )  # fmt: skip
    return {"table": {"caption": _("Last moves"), "columns": columns, "rows": cells, "plain": True}}


def _place(location: Location) -> str:
    return location.name if location.kind in Location.PLACES else str(location.get_kind_display())  # type: ignore[attr-defined]
