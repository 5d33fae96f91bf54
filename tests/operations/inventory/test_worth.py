"""IV-05: what the stock was worth at the end of any day, per product and place, is the balance of the inventory account of that day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.ledger.models import JournalLine
from fondaco.masterdata.catalog import item_panels
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import Location
from fondaco.operations.inventory.queries import owned_at_month_ends, stock_values
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop


@pytest.fixture
def shop(books):
    return Shop(books)


def day(text: str) -> date:
    return date.fromisoformat(text)


def balance(books, on: date) -> Decimal:
    lines = JournalLine.objects.filter(account=books.account("inventory"), on__lte=on)
    return sum(lines.values_list("amount", flat=True), Decimal(0))


def lived(shop):
    """A quarter of a year: receipts at several prices, a transfer, a delivery, a late receipt and freight."""
    (key,) = create(ACTOR, RESOURCES["warehouses"], [{"company": shop.books.company.pk, "code": "RM", "name": "Roma"}]).ids
    shop.receive(shop.cup, "7", "1.43")
    shop.receive(shop.machine, "3", "700.10")

    def paper(resource, verb, on, lines, **values):
        given = {"company": shop.books.company.pk, "warehouse": shop.warehouse.pk, "on": on, "lines": lines, **values}
        (made,) = create(ACTOR, RESOURCES[resource], [given]).ids
        shop.books.do(f"inventory.{verb}", made)
        return made

    paper("transfers", "post_transfer", "2026-01-20", [{"product": shop.cup.pk, "quantity": "2"}], to_warehouse=key)
    paper("deliveries", "post_issue", "2026-02-10", [{"product": shop.machine.pk, "quantity": "1"}], customer=shop.customer.pk)
    late = paper("goods-receipts", "post_receipt", "2026-01-10", [{"product": shop.machine.pk, "quantity": "2", "unit_cost": "655.55"}])
    freight = {"lines": [{"description": "Freight", "amount": "33.33", "by": "value"}], "receipts": [{"receipt": late}]}
    (cost,) = create(ACTOR, RESOURCES["landed-costs"], [{"company": shop.books.company.pk, "on": "2026-03-01", **freight}]).ids
    shop.books.do("inventory.post_landed_cost", cost)
    return key


def test_every_day_equals_the_account_and_places_share_to_the_cent(shop):
    rome = lived(shop)
    on, last = day("2026-01-01"), day("2026-03-10")
    while on <= last:
        found = stock_values(shop.books.company.pk, on=on, decimals=2)
        assert sum((r.value for r in found), Decimal(0)) == balance(shop.books, on), on
        on += timedelta(days=1)
    there = Location.objects.get(warehouse=rome).pk
    cups = {
        r.place == there: (r.quantity, r.value)
        for r in stock_values(shop.books.company.pk, on=last, decimals=2)
        if r.product == shop.cup.pk
    }
    # 7 cups at 1.43 are 10.01; two sevenths of it are 2.86.
    assert cups == {False: (Decimal(5), Decimal("7.15")), True: (Decimal(2), Decimal("2.86"))}
    with CaptureQueriesContext(connection) as asked:
        stock_values(shop.books.company.pk, on=last, decimals=2)
    assert len(asked) == 1
    shop.books.assert_checks_hold()


def test_stock_over_a_year_ends_with_what_is_there(shop):
    lived(shop)
    ends = owned_at_month_ends(shop.books.company.pk, shop.machine.pk, day("2026-03-10"), 3)
    assert ends == [(day("2025-12-31"), 0), (day("2026-01-31"), 5), (day("2026-02-28"), 4), (day("2026-03-10"), 4)]


def test_the_page_of_a_product_shows_what_its_reader_may_see(shop):
    """Places, value and layers, promises, what is to come, prices; a reader without the right sees no cost."""
    lived(shop)
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=shop.cup.pk).update(name_it="Tazza")
    order = shop.order((shop.cup, "3"))
    vendor = shop.books.vendor()
    lines = [{"product": shop.cup.pk, "quantity": "12", "unit_price": "1.10"}]
    given = {"company": shop.books.company.pk, "vendor": vendor.pk, "on": "2026-02-01", "warehouse": shop.warehouse.pk, "lines": lines}
    (purchase,) = create(ACTOR, RESOURCES["purchase-orders"], [given]).ids
    shop.books.do("purchasing.confirm", purchase)
    shop.did("deliver", order, on="2026-02-12", quantities={order.lines.get().pk: "1"})
    shop.did("invoice", order, on="2026-02-12", post=True)

    def seen(actor):
        shown = item_panels.filled(actor, shop.books.company, shop.cup)
        return {str(f.panel.title): f.content for f in shown}

    panels = seen(ACTOR)
    assert list(panels) == [
        "Stock by place",
        "Value and cost",
        "Incoming",
        "Promised to customers",
        "What it was bought at",
        "What it was sold at",
    ]
    assert [(r["place"], r["on_hand"], r["reserved"], r["free"]) for r in panels["Stock by place"].rows] == [
        ("Milano", 4, 2, 2),
        ("Roma", 2, 0, 2),
    ]
    assert [(str(f.title), f.value) for f in panels["Value and cost"].figures][1:3] == [("Owned", 6), ("Value", Decimal("8.58"))]
    assert [(r["open"], r["vendor"]) for r in panels["Incoming"].rows] == [(12, "Torrefazione Levante")]
    assert [(r["open"], r["reserved"], r["number"]) for r in panels["Promised to customers"].rows] == [(2, 2, order.number)]
    assert [(r["unit_cost"], r["paper"]) for r in panels["What it was bought at"].rows] == [(Decimal("1.43"), "GR/2026/00001")]
    assert [r["price"] for r in panels["What it was sold at"].rows] == [Decimal("3.33")]
    with CaptureQueriesContext(connection) as asked:
        seen(ACTOR)
    assert len(asked) <= 10
    assert seen(Actor(username="nobody", name="Nobody")) == {}
