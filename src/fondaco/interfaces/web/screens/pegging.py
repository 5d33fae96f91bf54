"""What an order waits for and what a purchase is for, both ways (SP-05): beside the document, computed when it is looked at."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.presenting import page_of
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.models import StockTransfer, StockTransferLine
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.supply.netting import Tie
from fondaco.operations.supply.queries import pegging
from fondaco.operations.supply.sources import Open
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import label_values, one

VIEW = "supply.view_tie"
#: The documents whose page shows it: their lines, and the states in which something of them is open.
SHOWN: dict[type, tuple[Any, str, frozenset[str]]] = {
    PurchaseOrder: (PurchaseOrderLine, "order", frozenset({"draft", "confirmed"})),
    StockTransfer: (StockTransferLine, "transfer", frozenset({"draft", "sent"})),
    Order: (OrderLine, "order", frozenset({"held", "confirmed"})),
}


def pegging_url(model: type, state: Any, actor: Actor, url: str) -> str:
    """Where the page of a record fetches it; empty where there is nothing to say."""
    return f"{url}/pegging" if model in SHOWN and state in SHOWN[model][2] and actor.may(VIEW) else ""


@door(VIEW, "GET")
def panel(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The section of one document: a row for each part of a line, with what it serves or what serves it."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    one(resource, actor, pk)
    if resource.model not in SHOWN:
        return HttpResponse()
    model, parent, _states = SHOWN[resource.model]
    items = set(model.objects.filter(**{parent: pk, "product__kind": "goods"}).values_list(f"{parent}__company", "product"))
    table = model._meta.db_table
    wants = resource.model is Order
    ties = [
        t for t in pegging(items) if (end := t.demand if wants else t.supply) is not None and end.key[0] == table and end.document == pk
    ]
    rows = _wants(ties, actor) if wants else _brings(ties, actor)
    context = {"title": _("What it waits for") if wants else _("What it is for"), "rows": rows, "wants": wants}
    return page(request, "web/pegging.html", context)


def _names(ties: Sequence[Tie]) -> tuple[dict[int, str], dict[int, str]]:
    ends = [end for t in ties for end in (t.demand, t.supply) if end is not None]
    products = {pk: " ".join(words) for pk, *words in label_values(Product.objects.filter(pk__in={e.product for e in ends}))}
    parties = dict(Party.objects.filter(pk__in={e.party for e in ends if e.party}).values_list("pk", "name"))
    return products, parties


def _document(end: Open, actor: Actor) -> dict[str, Any]:
    resource = RESOURCES.get(end.url.split("/")[1])
    name = f"{end.source.title} {end.number}".strip() if end.number else _("{document} (draft)").format(document=end.source.title)
    return {"text": name, "url": page_of(resource, end.document, actor) if resource else ""}


def _brings(ties: Sequence[Tie], actor: Actor) -> list[dict[str, Any]]:
    products, parties = _names(ties)
    rows = []
    for tie in ties:
        supply, demand = tie.supply, tie.demand
        assert supply is not None
        rows.append(
            {
                "product": products.get(supply.product, ""), "quantity": tie.quantity, "expected": supply.on, "firm": tie.firm,
                "other": _document(demand, actor) if demand else None, "party": parties.get(demand.party or 0, "") if demand else "",
                "wanted": demand.on if demand else None, "late": tie.days_late,
                "spare": (demand.on - supply.on).days if demand and demand.on and supply.on else None,
            }
        )  # fmt: skip
    return rows


def _wants(ties: Sequence[Tie], actor: Actor) -> list[dict[str, Any]]:
    products, parties = _names(ties)
    may = actor.may("purchasing.view_order")
    rows = []
    for tie in ties:
        supply, demand = tie.supply, tie.demand
        assert demand is not None
        rows.append(
            {
                "product": products.get(demand.product, ""), "quantity": tie.quantity, "wanted": demand.on, "firm": tie.firm, "short": tie.short,
                "other": _document(supply, actor) if supply else None, "party": parties.get(supply.party or 0, "") if supply and may else "",
                "expected": supply.on if supply else None, "late": tie.days_late,
                "spare": (demand.on - supply.on).days if supply and demand.on and supply.on else None,
            }
        )  # fmt: skip
    return rows
