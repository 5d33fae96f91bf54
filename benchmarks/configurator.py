"""The configurator: ten attributes of ten values with rules of every kind, opened and clicked through (PR-04)."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from benchmarks import floor
from benchmarks.figures import Figure, Promise, percentile
from benchmarks.house import ACTOR, House, do
from benchmarks.orders import signed_in
from fondaco.frontoffice.configurator import queries
from fondaco.frontoffice.configurator.choosing import CLOSED, OPEN, Advisor
from fondaco.frontoffice.configurator.making import chosen_by
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.parties.models import Party
from fondaco.operations.engineering.queries import Wanted, made
from fondaco.operations.supply.models import VendorItem
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

OPENS, CLICKS, HUNDRED_LINES = Promise("< 1 s", value=1000), Promise("< 100 ms", value=100), Promise("< 1 s", value=1000)
SIZE = 10


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """As the browser asks, through every door; beside it the same statements alone."""
    times = 3 if quick else 10
    say(f"a product of {SIZE} attributes with {SIZE} values each")
    with unit_of_work("bench", "setup.bench"):
        unit = Product.objects.get(pk=house.products[0]).unit
        product = Product.objects.create(sku="CONFIGURED", name="Configured", unit=unit, sale_price=1000, currency_id="EUR")
    do("configurator.release", list(create(ACTOR, RESOURCES["product-models"], [_model(product.pk)]).ids))
    _made(house, product.pk, unit.pk)
    client = signed_in("configurer")
    address = f"/configure/{product.pk}"

    def opened(_number: int) -> None:
        queries.forget()
        _checked(client.get(address))

    yield _figure("configurator of 10 x 10 opened, nothing kept", opened, OPENS, times)
    model = queries.released_models([product.pk])[product.pk]
    advisor = queries.advisor_of(model, "en")
    clicks, whys = [], []
    pick = random.Random(10)
    for _round in range(times):
        choices: dict[str, str] = {}
        for _click in range(SIZE):
            seen = advisor.look(choices) or []
            options = [(s.place.key, c) for s in seen if not s.value for c, state in s.options.items() if state == OPEN]
            if not options:
                break
            key, code = pick.choice(options)
            clicks.append({"chosen": [f"{k}={v}" for k, v in choices.items()], "set": f"{key}={code}"})
            closed = [(s.place.key, c) for s in seen if not s.value for c, state in s.options.items() if state == CLOSED]
            if closed:
                key_, code_ = pick.choice(closed)
                whys.append({"chosen": clicks[-1]["chosen"], "about": f"{key_}={code_}"})
            choices[key] = code
    queries.forget()
    client.get(address)
    yield _figure(
        "a click in it, with price, cost, parts and promise date",
        lambda n: _checked(client.post(address, clicks[n], headers={"X-Part": "1"})),
        CLICKS,
        len(clicks),
    )
    wanted = _hundred(house, product.pk, advisor)
    yield _figure("cost and promise of 100 configured lines", lambda _n: _all_made(wanted), HUNDRED_LINES, times)
    yield _figure("why a value is closed, and what opens it", lambda n: _checked(client.post(f"{address}/why", whys[n])), None, len(whys))


def _made(house: House, product: int, unit: int) -> None:
    """A bill with a part for every value, each with a vendor, and a routing whose minutes hang on what was chosen."""
    company = house.company.pk
    with unit_of_work("bench", "setup.bench"):
        vendor = Party.objects.create(name="Parts", is_vendor=True)
        parts = [Product.objects.create(sku=f"PART{n}", name=f"Part {n}", unit_id=unit) for n in range(SIZE * SIZE)]
        for n, part in enumerate(parts):
            VendorItem.objects.create(
                company_id=company, vendor=vendor, product=part, lead_days=n % 30, unit_price=10 + n, currency_id="EUR"
            )
    lines = [{"item": p.pk, "formula": f"1 + a{n // SIZE} / 10", "condition": f"a{n // SIZE} = v{n % SIZE}"} for n, p in enumerate(parts)]
    create(ACTOR, RESOURCES["bills-of-materials"], [{"company": company, "product": product, "valid_from": "2020-01-01", "lines": lines}])
    rates = [{"valid_from": "2020-01-01", "setup_rate": 30, "labour_rate": 32, "machine_rate": 12}]
    centres = [{"company": company, "code": f"W{n}", "name": f"Centre {n}", "rates": rates} for n in range(5)]
    keys = create(ACTOR, RESOURCES["work-centres"], centres).ids
    steps = [{"name": f"Step {n}", "work_centre": k, "setup_minutes": 10, "formula": f"20 + a{n}"} for n, k in enumerate(keys)]
    create(ACTOR, RESOURCES["routings"], [{"company": company, "product": product, "valid_from": "2020-01-01", "operations": steps}])


def _hundred(house: House, product: int, advisor: Advisor) -> list[Wanted]:
    pick = random.Random(100)
    found = []
    for _n in range(100):
        choices = advisor.completed({f"a{pick.randrange(SIZE)}": f"v{pick.randrange(SIZE)}"}) or advisor.completed({}) or {}
        found.append(Wanted(house.company.pk, product, Decimal(pick.randrange(1, 9)), chosen_by(advisor, choices)))
    return found


def _all_made(wanted: list[Wanted]) -> None:
    with unit_of_work("bench", "bench.made"):
        if not all(m is not None and m.costs.total for m in made(wanted, date(2026, 11, 27))):
            raise RuntimeError("nothing was made")


def _checked(answer: Any) -> None:
    if answer.status_code != 200:
        raise RuntimeError(answer.content[:500])


def _figure(what: str, work: Callable[[int], Any], promise: Promise | None, times: int) -> Figure:
    statements = floor.statements_of(lambda: work(0))
    taken = []
    for number in range(times):
        began = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - began)
    plain = 1000 * statistics.median(floor.reading_floor(statements, min(times, 20)))
    return Figure(f"{what} ({len(statements)} statements)", "ms p95", percentile(taken, 95), plain, promise)


def _model(product: int) -> dict[str, Any]:
    pick = random.Random(1)
    codes = [f"a{n}" for n in range(SIZE)]
    attributes = [{"code": c, "name": c.upper()} for c in codes]
    values = [
        {"attribute": c, "code": f"v{n}", "name": f"Value {n}", "measure": pick.randrange(20), "surcharge": pick.randrange(100)}
        for c in codes
        for n in range(SIZE)
    ]
    rules = []
    for _n in range(50):
        one, two = pick.sample(codes, 2)
        rules.append(f"{one} = v{pick.randrange(SIZE)} excludes {two} in (v{pick.randrange(SIZE)}, v{pick.randrange(SIZE)})")
    one, two, three = pick.sample(codes, 3)
    rows = ", ".join(f"(v{n}, v{pick.randrange(SIZE)}|v{pick.randrange(SIZE)}|v{n}, *)" for n in range(SIZE))
    rules += [f"{' + '.join(codes)} <= 110", f"allow ({one}, {two}, {three}): {rows}"]
    return {"product": product, "attributes": attributes, "values": values, "rules": [{"name": r, "rule": r} for r in rules]}
