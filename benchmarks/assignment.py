"""Leads given out by rules in one set (SA-08), and scores of many parties and of a page of a list (SA-10)."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House, do
from benchmarks.reading import timed
from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.crm.resources import LeadResource
from fondaco.frontoffice.scoring.models import ScoringModel
from fondaco.frontoffice.scoring.queries import explained
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.models import User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create

MANY, PEOPLE, RULES, EVENTS = 1_000, 20, 12, 30
KINDS = (("mail", "in"), ("call", "out"), ("visit", ""), ("web", "in"), ("lead", "in"), ("invoice", "out"))


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """The last of the rules fits, and the model asks every signal."""
    say(f"{MANY:,} leads, {RULES} rules, {PEOPLE} people, {EVENTS} events a party")
    leads = _leads(house)
    _rules(house)
    spent, written = floor.written_by(lambda: do("crm.assign_lead", leads))
    rows, copied = floor.floor_of(written)
    yield Figure(f"{MANY:,} leads assigned by {RULES} rules in one set", "s", spent, rows, Promise("< 3 s", value=3), copied)
    _history(house)
    (key,) = create(ACTOR, RESOURCES["scoring-models"], [{"company": house.company.pk}]).ids
    do("scoring.put_in_force", [key])
    floor.tidy()
    model, today = ScoringModel.objects.get(pk=key), date(2026, 11, 20)
    asked = [(party, today) for party in house.customers[:MANY]]
    yield timed(f"scores of {MANY:,} parties, every signal told", lambda: explained(model, asked), Promise("< 1 s", value=1_000))
    yield timed(
        f"leads list with scores, newest page of {MANY:,}", lambda: page(LeadResource, ACTOR, Query()), Promise("< 150 ms", value=150)
    )
    yield timed(
        f"leads list sorted by score, {MANY:,}", lambda: page(LeadResource, ACTOR, Query(sort="-score")), Promise("< 1 s", value=1_000)
    )


def _leads(house: House) -> list[int]:
    rows = [{"company": house.company.pk, "party": party, "source": "web", "estimated_amount": "1000"} for party in house.customers[:MANY]]
    return create(ACTOR, RESOURCES["leads"], rows).ids


def _rules(house: House) -> None:
    """Territories that do not fit, but for the last."""
    company = house.company.pk
    with unit_of_work(ACTOR.username, "setup.bench"):
        users = [User(username=f"seller{n}", name=f"Seller {n}") for n in range(PEOPLE)]
        insert_rows(User, users)
    members = [{"salesperson": u.pk, "capacity": 50 + 50 * (n % 2)} for n, u in enumerate(users)]
    parts = [{"country": "IT", "postal_from": f"{n:02}", "postal_to": f"{n:02}"} for n in range(RULES - 1)] + [{"country": "IT"}]
    grounds = create(
        ACTOR, RESOURCES["territories"], [{"company": company, "name": f"T{n}", "members": members, "parts": [part]} for n, part in enumerate(parts)]
    ).ids  # fmt: skip
    rules = [{"company": company, "position": n, "name": f"R{n}", "territory": t} for n, t in enumerate(grounds)]
    do("assignment.put_in_force", create(ACTOR, RESOURCES["assignment-rules"], rules).ids)


def _history(house: House) -> None:
    """What every lead's party said and did in two years, and posted invoices of some."""
    today, chance = date(2026, 11, 20), house.chance
    parties = list(Lead.objects.values_list("party_id", flat=True))
    with unit_of_work(ACTOR.username, "setup.bench"):
        rows = []
        for party in parties:
            for _n in range(EVENTS):
                kind, direction = chance.choice(KINDS)
                on = today - timedelta(days=chance.randrange(700))
                rows.append(Interaction(party_id=party, company=house.company, on=on, kind=kind, direction=direction, title=kind))
        insert_rows(Interaction, rows)
    given = [{**v, "on": (today - timedelta(days=chance.randrange(350))).isoformat()} for v in house.invoices(MANY)]
    do("invoicing.post", create(ACTOR, RESOURCES["invoices"], given).ids)
