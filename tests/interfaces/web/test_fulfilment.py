"""WH-09: order-to-ship time, fill rate and pick accuracy by day, with pictures and the rows behind them."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from django.utils import timezone
from playwright.sync_api import expect

from fondaco.frontoffice.sales.fulfilment import days_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import AXE, PICTURES, Visitor
from tests.operations.warehouse.test_picking import Pickers


@pytest.fixture(scope="module")
def floor(live_address, django_db_blocker):
    with django_db_blocker.unblock():
        today = timezone.localdate()
        made = Pickers(open_books(code="FILL", years=(2025, today.year)))
        made.receive("10", "1")
        made.aisles(A1="4", A2="2")
        lines = [{"product": made.bolt.pk, "quantity": "5"}]
        deliveries = [made.paper("deliveries", "", lines, customer=made.customer.pk, on=today.isoformat()) for _n in range(2)]
        wave = made.released(deliveries)
        with unit_of_work("test", "test"):
            keys = made.keys(wave)
        made.books.do("warehouse.complete", keys)
        made.books.do("inventory.post_issue", deliveries[:1])
        with unit_of_work("test", "people"):
            for name, language in (("ugo", "it"), ("wanda", "en")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=Role.objects.get(key="warehouse_manager"))
        yield made, live_address, today


def test_wh09_figures_are_those_of_deliveries_shortages_and_picks(floor, django_db_blocker):
    made, _address, today = floor
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        (day,) = days_of(made.books.company.pk, "Europe/Rome", today, today)
    assert (day.deliveries, day.shipped, day.short, day.fill_rate) == (1, 5, 0, 1)
    assert (day.picks, day.as_asked, day.accuracy) == (3, 3, 1)
    assert day.hours is not None and 0 <= day.hours < 1
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.mark.parametrize(
    ("name", "width", "scheme", "head"), [("wanda", 1440, "light", "Fulfilment by day"), ("ugo", 390, "dark", "Evasione per giorno")]
)
def test_wh09_the_page_draws_the_days_and_leads_to_their_rows(floor, chromium, django_db_blocker, name, width, scheme, head):
    one = Visitor(chromium, floor[1], color_scheme=scheme).signed_in(name)
    page = one.page
    page.set_viewport_size({"width": width, "height": 900})
    one.go("/deliver/fulfilment")
    expect(page.locator("h1")).to_have_text(head)
    expect(page.locator("figure.chart")).to_have_count(3)
    page.screenshot(path=str(PICTURES / f"fulfilment-{name}.png"), full_page=True)
    page.evaluate(AXE.read_text())
    serious = page.evaluate(
        "axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + v.nodes[0].html))"
    )
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for place, rows in ((0, 1), (2, 3)):
        one.go("/deliver/fulfilment")
        address = page.locator("figure.chart").nth(place).locator("a").first.get_attribute("href")
        one.go(address)
        expect(page.locator("tbody tr")).to_have_count(rows)
    one.done()
    with django_db_blocker.unblock():
        connections.close_all()
