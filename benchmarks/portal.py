"""A customer's portal with a thousand invoices and orders of his: each of its pages as his browser asks for it, beside its own statements."""

from collections.abc import Callable, Iterator

from django.contrib.auth.hashers import make_password
from django.test import Client

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House, do
from benchmarks.reading import timed
from fondaco.frontoffice.portal.models import CustomerAccess
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.users.models import OutsideUser
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

PASSWORD = "drei graue Kutter"
PAGES = {
    "start": "", "orders": "/orders", "invoices": "/invoices", "statement": "/statement", "order goods": "/buy", "tickets": "/tickets", "colleagues": "/people",
}  # fmt: skip


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Whole requests: session, page and all; what is promised is their 95th percentile."""
    count = 100 if quick else 1_000
    customer = house.customers[1]
    say(f"a customer's portal with {count:,} invoices, {count // 2:,} orders and {count // 10:,} tickets")
    _papers(house, customer, count)
    access, client = _person(house, customer)
    floor.tidy()
    for what, path in PAGES.items():
        address = f"/portal/customer/{access.pk}{path}"
        if client.get(address).status_code != 200:
            raise AssertionError(f"{address} is not there")
        yield timed(f"portal, {what}", lambda address=address: client.get(address), Promise("< 150 ms", value=150, scaled=quick))


def _papers(house: House, customer: int, count: int) -> None:
    given = [{**values, "customer": customer} for values in house.invoices(count)]
    do("invoicing.post", create(ACTOR, RESOURCES["invoices"], given).ids)
    company = house.company.pk
    lines = [{"product": house.products[n], "quantity": "1", "unit_price": "10"} for n in range(3)]
    orders = [
        {"company": company, "customer": customer, "on": house.day().isoformat(), "reserve_partly": True, "lines": lines}
        for _n in range(count // 2)
    ]
    do("sales.confirm", create(ACTOR, RESOURCES["orders"], orders).ids)
    create(ACTOR, RESOURCES["tickets"], [{"company": company, "party": customer, "subject": f"Question {n}"} for n in range(count // 10)])


def _person(house: House, customer: int) -> tuple[CustomerAccess, Client]:
    given = {
        "company": house.company.pk, "customer": customer, "person": "Anna", "email": "anna@portal.example", "on": "2026-01-01", "is_buyer": True,
        "is_approver": True, "is_accounts": True, "is_administrator": True,
    }  # fmt: skip
    (key,) = create(ACTOR, RESOURCES["customer-accesses"], [given]).ids
    do("portal.open_access", [key])
    with unit_of_work(ACTOR.username, "setup.bench"):
        OutsideUser.objects.filter(email="anna@portal.example").update(password=make_password(PASSWORD))
        Party.objects.filter(pk=customer).exclude(currency_id="EUR").update(currency="EUR")
    client = Client()
    client.post("/portal/sign-in", {"email": "anna@portal.example", "password": PASSWORD})
    return CustomerAccess.objects.get(pk=key), client
