"""A quote of 1,000 lines priced (PR-01, PR-02): price lists, discounts of three steps with a cap and a margin floor, tax, totals, promises."""

import statistics
from collections.abc import Callable, Iterator
from decimal import Decimal

from benchmarks import floor
from benchmarks.figures import Figure, Promise, each, percentile
from benchmarks.house import ACTOR, House
from fondaco.frontoffice.pricing.models import DiscountLimit, DiscountRule, DiscountStep
from fondaco.frontoffice.sales.models import Quote
from fondaco.masterdata.catalog.models import Category, PriceList, PriceRule, Product, Unit
from fondaco.masterdata.parties.models import CustomerGroup, CustomerGroupMember
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import preview

LINES = 1_000
PROMISE = Promise("< 1 s", value=1_000)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """As the form asks: a whole document is completed, nothing is written."""
    say(f"{LINES} products, each with prices and discounts of its own")
    products = _assortment(house)
    given = {
        "company": house.company.pk,
        "customer": house.customers[0],
        "on": "2026-06-01",
        "lines": [{"product": key, "quantity": str(n % 30 + 1)} for n, key in enumerate(products)],
    }

    def priced(_n: int) -> None:
        draft = preview(ACTOR, RESOURCES["quotes"], given)
        if not isinstance(draft.row, Quote) or any(not ln.discount_percent for ln in draft.lines):
            raise RuntimeError("a line has no discount")

    statements = floor.statements_of(lambda: priced(0))
    taken = each(priced, range(5 if quick else 20))
    plain = 1000 * statistics.median(floor.reading_floor(statements, 5 if quick else 20))
    yield Figure(f"quote of {LINES:,} lines priced ({len(statements)} statements)", "ms p95", percentile(taken, 95), plain, PROMISE)


def _assortment(house: House) -> list[int]:
    """Products with two prices by quantity and a discount each, in ten categories with discounts and limits, for a customer of a group."""
    with unit_of_work(ACTOR.username, "setup.bench"):
        unit = Unit.objects.get(code="C62")
        categories = [Category(code=f"B{n}", name=f"Branch {n}") for n in range(10)]
        insert_rows(Category, categories)
        rows = [
            Product(
                sku=f"W{n:05}", name=f"Ware {n}", unit=unit, category=categories[n % 10], sale_price=Decimal("25.00"), currency_id="EUR"
            )
            for n in range(LINES)
        ]
        insert_rows(Product, rows)
        group = CustomerGroup.objects.create(code="BENCH", name="Bench")
        CustomerGroupMember.objects.create(group=group, party_id=house.customers[0])
        general = PriceList.objects.create(code="BENCH", name="General", currency_id="EUR")
        own = PriceList.objects.create(code="GROUP", name="Group", currency_id="EUR", group=group, priority=1)
        insert_rows(
            PriceRule,
            [
                PriceRule(price_list=pl, product=p, price=Decimal(price), min_quantity=least)
                for p in rows
                for pl, price, least in ((general, "22.00", 0), (general, "21.00", 10), (own, "20.00", 20))
            ],
        )
        steps = [DiscountStep(company=house.company, code=f"S{n}", name=f"Step {n}", position=n) for n in range(3)]
        insert_rows(DiscountStep, steps)
        insert_rows(
            DiscountRule,
            [
                DiscountRule(step=steps[0], name="Trade", percent=Decimal(10), group=group),
                *(DiscountRule(step=steps[1], name=f"Branch {n}", percent=Decimal(n + 1), category=c) for n, c in enumerate(categories)),
                *(DiscountRule(step=steps[2], name="Ten", percent=Decimal(3), product=p, from_quantity=10) for p in rows),
            ],
        )
        insert_rows(DiscountLimit, [DiscountLimit(company=house.company, cap_percent=Decimal(20), floor_percent=Decimal(5))])
    return [p.pk for p in rows]
