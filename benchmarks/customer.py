"""A customer of whom every room knows much: his page and the brief before a visit with 10,000 interactions, and his timeline, filtered and far below."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House, do
from benchmarks.reading import timed
from fondaco.frontoffice.crm.queries import customer_360, visit_brief
from fondaco.masterdata.parties.kinds import KINDS
from fondaco.masterdata.parties.models import Interaction, Party, Relationship
from fondaco.masterdata.parties.queries import Asked, events, facets
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

SIZE, STATEMENTS = 10_000, 15
BY = ("sara", "nina", "walter")
WORDS = ("grinder", "machine", "delivery", "price", "visit", "invoice", "offer")


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """The pages are read with everything on them; their statements are counted, not only timed."""
    customer = house.customers[0]
    say(f"a customer with papers and {SIZE:,} interactions, among {len(house.customers):,}")
    _papers(house, customer)
    _interactions(house, customer)
    floor.tidy()
    promise = Promise(f"< 150 ms, {STATEMENTS} statements", value=150)
    for what, show in (("customer page", customer_360), ("visit brief", visit_brief)):
        work = lambda show=show: show(ACTOR, house.company, customer)  # noqa: E731
        sent = len(floor.statements_of(work))
        if sent > STATEMENTS:
            raise AssertionError(f"{what}: {sent} statements, {STATEMENTS} were promised")
        yield timed(f"{what}, {SIZE:,} interactions", work, promise)
    companies, first = [house.company.pk], Asked()
    last = events(customer, companies, limit=9_000)[-1]
    below = Asked(before=(last.on, last.pk))
    asked: dict[str, Callable[[], Any]] = {
        "newest 50": lambda: events(customer, companies, first),
        "of one kind": lambda: events(customer, companies, Asked(kinds=["call"])),
        "with two words": lambda: events(customer, companies, Asked(words="grinder offer")),
        "with a word that is nowhere": lambda: events(customer, companies, Asked(words="wxyzzy")),
        "9,000 below": lambda: events(customer, companies, below),
        "what may be asked": lambda: facets(customer, companies),
    }
    for what, read in asked.items():
        yield timed(f"timeline of {SIZE:,}, {what}", read, Promise("< 150 ms", value=150))


def _papers(house: House, customer: int) -> None:
    """Sixty posted invoices over a year, an order, quotes, deals, activities, tickets, an agreement."""
    today = date(2026, 11, 20)
    given = []
    for values in house.invoices(60):
        given.append({**values, "customer": customer, "on": (today - timedelta(days=6 * len(given))).isoformat()})
    do("invoicing.post", create(ACTOR, RESOURCES["invoices"], given).ids)
    company = house.company.pk
    lines = [{"product": house.products[n], "quantity": "2", "unit_price": "10"} for n in range(3)]
    for key in ("quotes", "orders"):
        base = {"company": company, "customer": customer, "on": today.isoformat(), "lines": lines}
        create(ACTOR, RESOURCES[key], [base | ({"valid_until": "2099-12-31"} if key == "quotes" else {}) for _n in range(8)])
    create(
        ACTOR,
        RESOURCES["opportunities"],
        [{"company": company, "party": customer, "name": f"Deal {n}", "amount": "1000"} for n in range(12)],
    )
    create(ACTOR, RESOURCES["activities"], [{"company": company, "party": customer, "subject": f"Call {n}"} for n in range(12)])
    create(ACTOR, RESOURCES["tickets"], [{"company": company, "party": customer, "subject": f"Question {n}"} for n in range(12)])


def _interactions(house: House, customer: int) -> None:
    """Ten thousand of this customer and his five people, and a hundred each of two hundred others."""
    kinds, chance = sorted(KINDS), house.chance
    with unit_of_work(ACTOR.username, "setup.bench"):
        people = [Party(kind="person", name=f"Person {n}", sort_name=f"person {n}", code=f"BP{n}") for n in range(5)]
        insert_rows(Party, people)
        insert_rows(Relationship, [Relationship(person=p, organisation_id=customer, role="Buyer") for p in people])
        whose = (
            [customer] * (SIZE - 500)
            + [p.pk for p in people for _n in range(100)]
            + [c for c in house.customers[1:201] for _n in range(100)]
        )
        rows = [
            Interaction(
                party_id=party, company=house.company, on=house.day(chance.choice((2025, 2026))), kind=kind, direction="out", by=chance.choice(BY),
                title=f"{kind} {n}", body=" ".join(chance.sample(WORDS, 3)), source_table="", source_id=n,
            )
            for n, party in enumerate(whose) for kind in (chance.choice(kinds),)
        ]  # fmt: skip
        for n, row in enumerate(rows):
            if row.kind == "web":
                row.source_table = f"page {n}"
        insert_rows(Interaction, rows)
