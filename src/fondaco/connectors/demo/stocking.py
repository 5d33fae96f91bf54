"""What fills the demo's warehouses: the opening stock, a purchase order a maker each month, received when it comes; and what is on order at the end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F

from fondaco.connectors.demo.founding import ACTOR, document, prices_of_cost, table
from fondaco.connectors.demo.life import LINES, ORDERS_A_WEEK, Life
from fondaco.masterdata.companies.queries import rate_table
from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.actions import post_receipt
from fondaco.operations.inventory.models import StockLevel
from fondaco.operations.inventory.resources import GoodsReceiptResource
from fondaco.operations.purchasing.actions import confirm, receive
from fondaco.operations.purchasing.resources import PurchaseOrderResource
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import rounded
from fondaco.platform.resources.writing import create

#: Weeks of sales that a month's purchases bring the warehouses up to.
COVER = 10
#: What is missing for so many weeks more is on order when the demo is opened.
AHEAD = 13
OPENING = ""


def fill_up(life: Life, on: date, *, opening: bool) -> None:
    """Fill the warehouses up to what the coming weeks will sell: by the opening stock the first time, else by what was ordered some days before."""
    missing = _missing(life, on, COVER, opening=opening)
    if opening:
        given = [
            {"company": life.house.company.pk, "kind": "opening", "warehouse": warehouse, "on": on, "lines": lines}
            for (warehouse, _maker), lines in sorted(missing.items())
        ]
        perform(ACTOR, post_receipt, create(ACTOR, GoodsReceiptResource, given).ids)
        return
    orders = _order(life, missing, on, weeks=(1, 2))
    if orders:
        receipts = perform(ACTOR, receive, orders, {"on": on}).made["goods-receipts"]
        perform(ACTOR, post_receipt, receipts)
        life.to_bill += [(on + timedelta(days=life.makers.randint(2, 20)), key) for key in orders]


def on_order(life: Life, on: date) -> None:
    """What is ordered and has not come: most of it in time, the first order late."""
    orders = sorted(_missing(life, on, AHEAD, opening=False).items())
    _order(life, dict(orders[:1]), on - timedelta(days=2), weeks=(1, 1))
    _order(life, dict(orders[1:6]), on + timedelta(days=9), weeks=(2, 3))


def _order(life: Life, missing: Mapping[tuple[int, str], Sequence[Mapping[str, Any]]], comes: date, *, weeks: tuple[int, int]) -> list[int]:
    """Order from each maker, in his currency and some weeks before; it is promised for the day it comes, or up to three days earlier."""
    makers = {code: life.house.parties[code] for _warehouse, code in missing}
    currencies = dict(Party.objects.filter(pk__in=makers.values()).values_list("pk", "currency_id"))
    base = life.house.company.currency_id
    rates = rate_table(life.house.company, {c or base for c in currencies.values()})
    given = []
    for (warehouse, code), lines in sorted(missing.items()):
        on = comes - timedelta(weeks=life.makers.randint(*weeks), days=life.makers.randint(0, 2))
        currency = currencies[makers[code]] or base
        rate = rates.rate(currency, comes if comes < life.last else on)
        given.append(
            {
                "company": life.house.company.pk,
                "vendor": makers[code],
                "warehouse": warehouse,
                "currency": currency,
                "on": on,
                "expected_on": comes - timedelta(days=life.makers.choice((0, 0, 0, 1, 3))),
                "lines": [
                    {"product": line["product"], "quantity": line["quantity"], "unit_price": rounded(line["unit_cost"] / rate, 2)}
                    for line in lines
                ],
            }
        )
    if not given:
        return []
    keys = create(ACTOR, PurchaseOrderResource, given).ids
    perform(ACTOR, confirm, keys)
    return list(keys)


def _missing(life: Life, on: date, cover: int, *, opening: bool) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """What the warehouses lack for so many weeks of sales, by warehouse and maker (nobody, for the opening stock)."""
    costs, weights = prices_of_cost(), life.weights(on.month)
    lines_a_week = ORDERS_A_WEEK * life.scale * 1.2 * sum(LINES) / len(LINES)
    held = {
        (w, p): free
        for w, p, free in StockLevel.objects.filter(company=life.house.company, location__kind="internal").values_list(
            "location__warehouse_id", "product_id", F("on_hand") - F("reserved")
        )
    }
    found: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for w in document("company")["warehouse"]:
        warehouse = life.house.warehouses[w["code"]]
        for product, weight in zip(life.products, weights, strict=True):
            if product["sku"] not in costs:
                continue
            each = 1.5 if Decimal(product["sale_price"]) > 400 else 7
            target = round(lines_a_week * weight / sum(weights) * each * cover * float(w["share_of_stock"])) + 4
            key = life.house.products[product["sku"]]
            missing = target - int(held.get((warehouse, key), 0))
            if missing > 0:
                # Makers' prices drift by a few per cent, so that the moving average moves.
                drift = 1 if opening else Decimal(life.makers.randint(97, 104)) / 100
                maker = OPENING if opening else _maker(product)
                found[warehouse, maker].append(
                    {"product": key, "quantity": missing, "unit_cost": rounded(costs[product["sku"]] * drift, 2)}
                )
    return found


def _maker(product: dict[str, str]) -> str:
    """Who makes a product: of those who supply its category always the same one."""
    makers = [r["code"] for r in table("suppliers") if product["category"] in r["categories"].split()]
    return makers[sum(map(ord, product["sku"])) % len(makers)]
