"""The demo's workshop: parts with their vendors, work centres, and how the configured products are made (PR-05)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fondaco.connectors.demo.founding import ACTOR, document
from fondaco.masterdata.catalog.resources import ProductResource
from fondaco.operations.engineering.resources import BillResource, RoutingResource, WorkCentreResource
from fondaco.operations.supply.resources import VendorItemResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.writing import create

RATES = ("setup_rate", "labour_rate", "machine_rate")


def equip(
    company: int, vendors: Sequence[int], products: Mapping[str, int], since: date, actor: Actor = ACTOR, category: str = ""
) -> dict[str, int]:
    """Parts, work centres, bills and routings of what is made to order; the keys of all products by SKU."""
    told = document("manufacturing")
    more = {"category": category} if category else {}
    parts = told["part"]
    given = [
        {"sku": p["sku"], "name": p["name"], "name_it": p["name_it"], "kind": "goods", "unit": p.get("unit", "H87"), **more} for p in parts
    ]
    keys = dict(products) | dict(zip([p["sku"] for p in parts], create(actor, ProductResource, given).ids, strict=True))
    bought = [
        {
            "company": company,
            "vendor": vendors[n % len(vendors)],
            "product": keys[p["sku"]],
            "lead_days": p["days"],
            "unit_price": p["price"],
            "currency": "EUR",
        }
        for n, p in enumerate(parts)
        if "price" in p
    ]
    create(actor, VendorItemResource, bought)
    centres = _centres(told["centre"], company, since, actor)
    head = lambda row: {"company": company, "product": keys[row["product"]], "valid_from": since}  # noqa: E731
    # What goes into others comes first, so that each is judged with all that it holds.
    bills = [
        {**head(b), "is_phantom": b.get("is_phantom", False), "lines": [_keyed(ln, {"item": keys}) for ln in b["lines"]]}
        for b in told["bom"]
    ]
    create(actor, BillResource, bills)
    known = {"work_centre": centres}
    routings = [
        {**head(r), "operations": [_keyed(o, known) | ({} if "work_centre" in o else {"vendor": vendors[-1]}) for o in r["operations"]]}
        for r in told["routing"]
    ]
    create(actor, RoutingResource, routings)
    return keys


def _centres(told: list[dict[str, Any]], company: int, since: date, actor: Actor) -> dict[str, int]:
    given = [
        {
            **{k: v for k, v in c.items() if k not in RATES},
            "company": company,
            "rates": [{"valid_from": since, **{rate: c[rate] for rate in RATES}}],
        }
        for c in told
    ]
    return dict(zip([c["code"] for c in told], create(actor, WorkCentreResource, given).ids, strict=True))


def _keyed(row: Mapping[str, Any], keys: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    return {name: keys[name][value] if name in keys else value for name, value in row.items()}
