"""Orders of 500 lines: new totals while one quantity is typed (OM-10)."""

import statistics
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any

from django.test import Client

from benchmarks import floor
from benchmarks.figures import Figure, Promise, each, percentile
from benchmarks.house import ACTOR, House, do
from fondaco.frontoffice.sales.models import OrderLine
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

LINES = 500
PROMISE = Promise("< 200 ms", value=200)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """As the browser asks: the whole form as JSON, through every door, answered with the lines and totals."""
    times = 10 if quick else 30
    say(f"an order of {LINES} lines")
    orders = RESOURCES["orders"]
    products = list(islice(cycle(house.products), LINES))
    given = {
        "company": house.company.pk,
        "customer": house.customers[0],
        "on": "2026-06-01",
        "reserve_partly": True,
        "lines": [{"product": key, "quantity": "2"} for key in products],
    }
    (key,) = create(ACTOR, orders, [given]).ids
    do("sales.confirm", [key])
    client = signed_in()
    form = _form(key)

    def typed(number: int) -> None:
        answer = client.post("/orders/preview", form | {"lines-7-quantity": str(number + 3)}, content_type="application/json")
        if answer.status_code != 200 or len(answer.json()["totals"]) < 3:
            raise RuntimeError(answer.content[:500])

    yield _timed(f"order of {LINES} lines, new totals after one quantity", typed, times)


def _form(key: int) -> dict[str, str]:
    form = {"record": str(key), "lines-TOTAL_FORMS": str(LINES), "lines-INITIAL_FORMS": str(LINES)}
    for n, line in enumerate(OrderLine.objects.filter(order=key).order_by("position")):
        said = {
            "id": line.pk,
            "product": line.product_id,
            "description": line.description,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
        }
        form |= {f"lines-{n}-{name}": str(value) for name, value in said.items()}
        form |= {f"lines-{n}-discount_percent": "0", f"lines-{n}-tax_code": str(line.tax_code_id), f"lines-{n}-DELETE": ""}
    return form


def signed_in(name: str = "clerk") -> Client:
    """A browser of somebody new who may do everything."""
    with unit_of_work("bench", "setup.bench"):
        user = User(username=name, name=name.title(), language="en")
        user.set_password(name)
        user.save()
        role = Role.objects.create(key=name, name=name.title())
        RolePermission.objects.create(role=role, pattern="*")
        Membership.objects.create(user=user, role=role)
    client = Client(HTTP_HOST="127.0.0.1")
    answer = client.post("/-/sign-in", {"username": name, "password": name})
    if answer.status_code != 302:
        raise RuntimeError(f"signing in: {answer.status_code}")
    return client


def _timed(what: str, work: Callable[[int], Any], times: int) -> Figure:
    statements = floor.statements_of(lambda: work(0))
    taken = each(work, range(times))
    plain = 1000 * statistics.median(floor.reading_floor(statements, times))
    return Figure(f"{what} ({len(statements)} statements)", "ms p95", percentile(taken, 95), plain, PROMISE)
