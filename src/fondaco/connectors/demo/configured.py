"""The demo's configured products: an espresso machine built as its buyer wants it, with a grinder that is configured itself (PR-04)."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fondaco.connectors.demo.founding import ACTOR, document
from fondaco.connectors.demo.life import Life
from fondaco.connectors.demo.making import equip
from fondaco.frontoffice.configurator.actions import release
from fondaco.frontoffice.configurator.resources import ProductModelResource
from fondaco.frontoffice.sales.actions.configuring import configure_quote
from fondaco.frontoffice.sales.actions.quotes import send
from fondaco.frontoffice.sales.resources import QuoteResource
from fondaco.masterdata.catalog.resources import ProductResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create

#: SKU, names, list price, kilograms.
PRODUCTS = (
    ("GRN-CFG", "Naviglio grinder, made to order", "Macinacaffè Naviglio su misura", "690.00", "11"),
    ("LAG-CFG", "Laguna espresso machine, made to order", "Macchina per espresso Laguna su misura", "3490.00", "41"),
)
SELLS = "luca.ferrari"
#: Who makes the parts; the last of them also coats.
MAKERS = ("S3001", "S3003", "S3005", "S3002")
BAR = {
    "groups": "2", "boiler": "dual", "power": "v400", "dosing": "volumetric", "body": "copper", "handles": "walnut", "wand": "two", "tray": "heated",
    "telemetry": "wifi", "grinder": "own", "grinder.own.burrs": "conical68", "grinder.own.hopper": "kg2",
}  # fmt: skip
OFFICE = {
    "groups": "1", "boiler": "single", "power": "v230", "dosing": "lever", "body": "black", "handles": "olive", "wand": "one", "tray": "passive",
    "telemetry": "without", "grinder": "without",
}  # fmt: skip


def offer(actor: Actor = ACTOR, category: Mapping[str, str] = {}) -> dict[str, int]:
    """The products with their released models; their keys by SKU."""
    given = [
        {
            "sku": sku, "name": name, "name_it": name_it, "kind": "goods", "unit": "H87", "sale_price": Decimal(price), "currency": "EUR",
            "weight_kg": Decimal(kg), **({"category": category[sku]} if sku in category else {}),
        }
        for sku, name, name_it, price, kg in PRODUCTS
    ]  # fmt: skip
    products = dict(zip([p[0] for p in PRODUCTS], create(actor, ProductResource, given).ids, strict=True))
    # The component first: a machine is judged with what can be chosen of it.
    for model in document("product_models")["model"]:
        perform(actor, release, create(actor, ProductModelResource, [payload(model, products)]).ids)
    return products


def payload(model: Mapping[str, Any], products: Mapping[str, int]) -> dict[str, Any]:
    """A model of the data file as the resource takes it."""
    attributes = [{k: v for k, v in a.items() if k != "values"} for a in model["attribute"]]
    values = [
        {"attribute": a["code"], **{k: products[v] if k == "component" else v for k, v in value.items()}}
        for a in model["attribute"]
        for value in a.get("values", ())
    ]
    return {"product": products[model["product"]], "attributes": attributes, "values": values, "rules": model["rule"]}


def quotes(life: Life, last: date) -> None:
    """One quote with two of them that waits for its answer, and one still being written."""
    products = offer(ACTOR, {"GRN-CFG": "grinders", "LAG-CFG": "professional_machines"})
    makers = [life.house.parties[c] for c in MAKERS]
    equip(life.house.company.pk, makers, products, last.replace(month=1, day=1), category="spare_parts")
    actor = life.people[SELLS]
    customers = [life.house.parties[c] for c in sorted(c for c in life.house.parties if c.startswith("C"))[:2]]
    given = [
        {
            "company": life.house.company.pk,
            "customer": customer,
            "salesperson": life.house.users[SELLS],
            "on": last - timedelta(days=days),
            "valid_until": last + timedelta(days=40),
        }
        for customer, days in zip(customers, (3, 0), strict=True)
    ]
    sent, open_ = create(actor, QuoteResource, given).ids
    for quote, choices, quantity in ((sent, BAR, 2), (sent, OFFICE, 1), (open_, BAR, 1)):
        perform(actor, configure_quote, [quote], {"product": products["LAG-CFG"], "choices": choices, "quantity": quantity})
    perform(actor, send, [sent], {"on": last - timedelta(days=3)})
