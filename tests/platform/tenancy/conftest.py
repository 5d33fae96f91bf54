"""An installation of two tenants, each with the same business, told apart by the names in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from fondaco.frontoffice.sales.links import path_of
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.platform.access.actors import Actor
from fondaco.platform.database import configuration
from fondaco.platform.database.tenancy import Tenant, serving
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from fondaco.platform.tenants import directory
from tests import databases
from tests.books import ACTOR, Books, open_books
from tests.frontoffice.sales.shop import Shop
from tests.interfaces.conftest import Caller, caller

HOSTS = {"acme": "acme.example", "bora": "bora.example"}
PASSWORD = "a password of this test"


@dataclass
class House:
    """One tenant: who may come in, and what lies in it. Everything it holds of its own says ``mark`` somewhere."""

    tenant: Tenant
    mark: str
    keys: dict[str, int] = field(default_factory=dict)
    token: str = ""
    quote_path: str = ""

    @property
    def host(self) -> str:
        return self.tenant.hosts[0]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Serve this tenant in one unit of work."""
        with serving(self.tenant), unit_of_work(ACTOR.username, "test"):
            yield

    def api(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Any:
        return Caller(self.token if token is None else token, None).call(method, path, body, host=self.host, **headers)

    def browser(self) -> Client:
        """Somebody who signed in at this tenant's pages."""
        client = Client(HTTP_HOST=self.host, raise_request_exception=False)
        answer = client.post("/-/sign-in", {"username": "anna", "password": PASSWORD})
        assert answer.status_code == 302, answer.content
        return client


@pytest.fixture(scope="package")
def houses(worker: str, own_databases: Any, django_db_blocker: Any) -> Iterator[dict[str, House]]:
    """Both tenants, with business in them, on a database of their own."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(settings, "TENANCY", "schema")
        patch.setattr(settings, "ALLOWED_HOSTS", ["*"])
        stack.enter_context(databases.copied(databases.tenants_template(HOSTS), f"test_{worker}_tenants"))
        directory.prepare()  # what a copy of a database does not take along
        found = {name: lived_in(directory.tenant_named(name)) for name in HOSTS}
        yield found
        connections.close_all()


@pytest.fixture
def acme(houses: dict[str, House]) -> House:
    return houses["acme"]


@pytest.fixture
def bora(houses: dict[str, House]) -> House:
    return houses["bora"]


@pytest.fixture
def owner(houses: dict[str, House]) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs a statement as the owner, and returns its rows; on a connection of now, for migrating begins a new one."""

    def run_statement(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with connections["owner"].cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    return run_statement


def lived_in(tenant: Tenant) -> House:
    """A tenant with books, a customer, an offer, an order, an invoice, a ticket, a mail that waits, and one who signs in.

    Bora has lived twice as much: its latest records have keys that nothing has in Acme.
    """
    house = House(tenant, f"Zz{tenant.name}")
    with house.at_work():
        books = open_books(code=tenant.name.upper())
        shop = Shop(books)
        for round_number in range(2 if tenant.name == "bora" else 1):
            _business(house, books, shop, round_number)
        books.assert_checks_hold()
        who = caller("anna", "*")
        house.token = who.token
        who.user.set_password(PASSWORD)
        who.user.save()
    assert configuration.test_mode()
    return house


def _business(house: House, books: Books, shop: Shop, round_number: int) -> None:
    customer = shop.customer = books.customer(
        f"{house.mark} customer {round_number}", email=f"{house.mark}{round_number}@mail.example".lower()
    )
    shop.receive(shop.cup, "100", "1.00")
    quote = shop.quote((shop.cup, 10))
    order = shop.order((shop.cup, 5), reference=f"{house.mark} reference")
    books.do("sales.deliver", order.pk, on="2026-02-04")
    invoice = books.invoice(customer, [{"quantity": "1", "unit_price": "100.00", "description": f"{house.mark} goods"}], on="2026-03-02")
    payment = books.pay(customer, "50.00", "2026-03-05")
    program = Actor.program("test")
    lead = create(
        program,
        RESOURCES["leads"],
        [{"company": books.company.pk, "party": customer.pk, "source": "web", "interest": f"{house.mark} machines"}],
    ).ids[0]
    leaks = {"company": books.company.pk, "subject": f"{house.mark} leaks", "party": customer.pk}
    ticket = open_tickets(program, [Opening(leaks, house.mark)]).ids[0]
    OutboxMessage.objects.create(
        key=f"the same effect {round_number}", channel="mail",
        payload={"from_name": "", "from_address": "a@x.example", "to": [f"{house.mark}@mail.example"], "subject": house.mark, "text": house.mark},
    )  # fmt: skip
    house.quote_path = path_of(quote)
    house.keys |= {
        "parties": customer.pk, "quotes": quote.pk, "orders": order.pk, "invoices": invoice.pk, "payments": payment.pk, "leads": lead, "tickets": ticket,
    }  # fmt: skip
