"""Who calls, and the agent's desk: a customer with 10,000 interactions, papers of every kind and a long conversation, read as a page."""

from collections.abc import Callable, Iterator

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from benchmarks import floor
from benchmarks.customer import SIZE, _interactions, _papers
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House
from benchmarks.reading import timed
from fondaco.frontoffice.service.caller import caller
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

STATEMENTS, MESSAGES, WAITING = 15, 80, 2_000


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """The pop as the queries behind it, and the whole page as it is sent; its statements are counted, not only timed."""
    customer = house.customers[0]
    say(f"a customer with papers and {SIZE:,} interactions, {WAITING:,} tickets that wait")
    _papers(house, customer)
    _interactions(house, customer)
    rows = [{"company": house.company.pk, "party": house.customers[n % 300], "subject": f"Question {n}"} for n in range(WAITING)]
    create(ACTOR, RESOURCES["tickets"], rows)
    with unit_of_work(ACTOR.username, "setup.bench"):
        ticket = Ticket.objects.filter(party=customer).order_by("pk")[0]
        now = timezone.now()
        insert_rows(
            TicketMessage,
            [
                TicketMessage(
                    ticket=ticket, at=now, direction=("in", "out", "internal")[n % 3], author="Anna", body="It does not grind. " * 10
                )
                for n in range(MESSAGES)
            ],
        )
        user = User.objects.create(username="bench.agent", name="Agent", password=make_password("bench"))
        Membership.objects.create(user=user, role=Role.objects.get(key="service_supervisor"), company_id=house.company.pk)
    floor.tidy()
    sent = len(floor.statements_of(lambda: caller(ACTOR, house.company, customer)))
    if sent > STATEMENTS:
        raise AssertionError(f"who calls: {sent} statements, {STATEMENTS} were promised")
    yield timed(f"who calls, {SIZE:,} interactions", lambda: caller(ACTOR, house.company, customer), Promise("< 300 ms", value=300))
    client = Client()
    client.post("/-/sign-in", {"username": "bench.agent", "password": "bench"})

    def page() -> None:
        if client.get(f"/desk/{ticket.pk}").status_code != 200:
            raise AssertionError("the desk did not answer")

    page()
    yield timed(f"agent's desk, {MESSAGES} messages, {WAITING:,} waiting", page, Promise("< 150 ms", value=150))
