"""PC-08: what was paid for this and for similar things in the last 24 months stands beside a line while it is typed."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.catalog.models import Category, Product
from fondaco.operations.purchasing.memory import paid_for, told_beside
from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.operations.purchasing.test_orders import Buying

TODAY = date(2026, 6, 1)


@pytest.fixture
def buying(books):
    made = Buying(books)
    with unit_of_work("test", "test"):
        kind = Category.objects.create(code="FIX", name="Fixings")
        Product.objects.filter(pk=made.bolt.pk).update(category=kind)
        common = {"unit_id": made.bolt.unit_id, "tax_class": "standard"}
        made.screw = Product.objects.create(sku="SCREW", name="Wood screw", category=kind, **common)
        made.nut = Product.objects.create(sku="BOLT-L", name="Bolt long", **common)
        made.lamp = Product.objects.create(sku="LAMP", name="Lamp", **common)
    return made


def bought(buying, product, quantity, price, on, **values):
    lines = [
        {"product": product, "quantity": quantity, "unit_price": price}
        if product
        else {"quantity": quantity, "unit_price": price, **values.pop("line")}
    ]
    given = {"company": buying.books.company.pk, "vendor": buying.vendor.pk, "on": on, "lines": lines, **values}
    (pk,) = create(ACTOR, RESOURCES["purchase-orders"], [given]).ids
    buying.books.do("purchasing.confirm", pk)
    return pk


def test_pc08_same_and_similar_things_by_vendor_in_company_currency(books, buying):
    books.rate("USD", "0.90", "2026-01-01")
    other = books.vendor("Bolts Inc.", "US")
    bought(buying, buying.bolt.pk, "10", "2.50", "2026-03-01")
    buying.take_in(bought(buying, buying.bolt.pk, "10", "2.00", "2026-04-01"), on="2026-04-02")
    buying.bill(("10", "2.10"), on="2026-04-10")
    bought(buying, buying.bolt.pk, "5", "3.00", "2026-05-01", vendor=other.pk, currency="USD")
    bought(buying, buying.bolt.pk, "5", "9.00", "2024-05-01")
    bought(buying, buying.screw.pk, "5", "0.10", "2026-05-01")
    bought(buying, buying.nut.pk, "5", "4.00", "2026-05-01")
    bought(buying, buying.lamp.pk, "5", "50", "2026-05-01")
    (told,) = paid_for(books.company.pk, [(buying.bolt.pk, "")], on=TODAY)
    assert [(p.is_same, p.vendor, p.what, p.times, p.lowest, p.last, p.highest) for p in told[:2]] == [
        (True, "Bolts Inc.", "BOLT Bolt", 1, Decimal("2.7"), Decimal("2.7"), Decimal("2.7")),
        (True, "Torrefazione Levante", "BOLT Bolt", 3, Decimal(2), Decimal("2.1"), Decimal("2.5")),
    ]
    assert {p.what for p in told[2:]} == {"SCREW Wood screw", "BOLT-L Bolt long"}, "of its category, and of a like name"
    assert told[1].url.startswith("/bills/")


def test_pc08_a_line_in_words_remembers_like_words(books, buying):
    bought(buying, None, "1", "80", "2026-05-01", line={"description": "Repair of the forklift truck"})
    (told, none) = paid_for(books.company.pk, [(None, "repair forklift"), (None, "Cleaning")], on=TODAY)
    assert ([(p.what, p.last) for p in told], none) == ([("Repair of the forklift truck", Decimal(80))], [])


def test_pc08_one_statement_however_many_lines(books, buying):
    bought(buying, buying.bolt.pk, "10", "2.50", "2026-03-01")
    with CaptureQueriesContext(connection) as asked:
        told = paid_for(books.company.pk, [(buying.bolt.pk, "")] * 50, on=TODAY)
    assert (len(asked), len(told), len(told[49])) == (1, 50, 1)


def test_pc08_who_may_not_see_prices_is_told_nothing(books, buying):
    bought(buying, buying.bolt.pk, "10", "2.50", "2026-03-01")
    with unit_of_work("test", "test"):
        people = {}
        for role in ("warehouse_worker", "buyer"):
            people[role] = User.objects.create(username=role, name=role)
            Membership.objects.create(user=people[role], role=Role.objects.get(key=role), company_id=books.company.pk)
    values, lines = {"company": str(books.company.pk)}, [{"product": str(buying.bolt.pk)}]
    assert told_beside(values, lines, actor_of(people["warehouse_worker"], channel="web"), str) == []
    assert len(told_beside(values, lines, actor_of(people["buyer"], channel="web"), str)) == 1
    assert told_beside({"company": "0"}, lines, actor_of(people["buyer"], channel="web"), str) == []
