"""Ten thousand contracts invoiced in one run, and a hundred thousand records of use taken in and rated (PR-09), beside plain psycopg writing the same rows."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House, do, settle_town
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.frontoffice.subscriptions.refusals import NothingDue
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

CONTRACTS, RECORDS, METERS, SET = 10_000, 100_000, 1_000, 1_000
FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """The first invoices, use taken in, and the invoices of that use; the same run and the same records once more do nothing."""
    contracts, records, meters = (n // 10 for n in (CONTRACTS, RECORDS, METERS)) if quick else (CONTRACTS, RECORDS, METERS)
    say(f"{contracts:,} contracts, {meters:,} of them by use")
    keys = _sign(house, contracts, meters)
    floor.tidy()
    say("invoicing")
    promise = Promise("< 60 s for 10,000 contracts", value=60, scaled=quick)
    took, written = floor.written_by(lambda: [do("subscriptions.bill", some, on=FIRST) for some in _sets(keys)])
    plain = floor.floor_of(written)
    yield Figure(f"{contracts:,} contracts invoiced, as drafts", "s", took, plain[0], promise, bulk=plain[1])
    for some in _sets(keys):
        _nothing(some)
    rows = [
        {"key": str(n), "meter": f"B{n % meters}", "on": FIRST + timedelta(days=n % 31), "quantity": str(n % 9 + 1)} for n in range(records)
    ]
    say(f"{records:,} records of use")
    company = [house.company.pk]
    took, written = floor.written_by(lambda: do("companies.take_usage", company, source="bench", records=rows))
    plain = floor.floor_of(written)
    yield Figure(f"{records:,} records of use taken in", "s", took, plain[0], bulk=plain[1])
    _took, again = floor.written_by(lambda: do("companies.take_usage", company, source="bench", records=rows))
    if again.rows:
        raise RuntimeError("use was taken in twice")
    took, written = floor.written_by(lambda: do("subscriptions.bill", keys[:meters], on=LAST))
    plain = floor.floor_of(written)
    yield Figure(f"{records:,} records rated and invoiced on {meters:,} contracts", "s", took, plain[0], bulk=plain[1])


def _sets(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + SET] for start in range(0, len(keys), SET)]


def _nothing(keys: list[int]) -> None:
    try:
        do("subscriptions.bill", keys, on=FIRST)
    except NothingDue:
        return
    raise RuntimeError("something was due twice")


def _sign(house: House, contracts: int, meters: int) -> list[int]:
    settle_town(house, contracts + CONTRACTS // 10)
    with unit_of_work(ACTOR.username, "setup.bench"):
        unit = Unit.objects.get(code="MON")
        care, use = (
            Product.objects.create(sku=f"BENCH-{n}", name=f"Service {n}", kind="service", unit=unit, tax_class="service") for n in "CU"
        )
    customers = list(Party.objects.filter(is_customer=True).order_by("pk").values_list("pk", flat=True)[:contracts])
    given = [
        {"company": house.company.pk, "code": f"B{n}", "name": f"Counter {n}", "customer": customers[n], "unit": "C62"}
        for n in range(meters)
    ]
    counters = create(ACTOR, RESOURCES["meters"], given).ids
    keys: list[int] = []
    for some in _sets(list(range(contracts))):
        drafts: list[dict[str, Any]] = []
        for n in some:
            lines: list[dict[str, Any]] = [{"product": care.pk, "quantity": str(n % 5 + 1), "unit_price": f"{n % 90 + 10}.90"}]
            tiers = []
            if n < meters:
                lines.append({"product": use.pk, "kind": "usage", "unit_price": "0.12", "meter": counters[n], "included_quantity": "50"})
                tiers = [{"product": use.pk, "from_quantity": "200", "unit_price": "0.09"}]
            drafts.append(
                {
                    "company": house.company.pk, "customer": customers[n], "starts_on": FIRST.isoformat(), "term_months": 12, "currency": "EUR",
                    "lines": lines, "tiers": tiers,
                }
            )  # fmt: skip
        keys += create(ACTOR, RESOURCES["contracts"], drafts).ids
    for some in _sets(keys):
        do("subscriptions.activate", some)
    return list(Contract.objects.filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))
