"""SA-04 on the screen: the whole timeline of a customer, filtered, going on below, with a door to each document."""

import html

from django.db import connections
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from fondaco.frontoffice.sales.links import path_of
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.database.unit import unit_of_work
from tests.browser import Visitor
from tests.frontoffice.sales.shop import Shop
from tests.interfaces.web.test_today import signed_in
from tests.interfaces.web.test_visit_brief import looked_at


def test_SA_04_filters_and_doors_of_the_page(books):
    shop = Shop(books)
    client, _user = signed_in(books, "sara", "sales_representative")
    quote = shop.quote((shop.course, "1"))
    with unit_of_work("test", "test"):
        record([Interaction(party=shop.customer, on=timezone.localdate(), kind="call", title="<script>alert(1)</script>", by="nina")])
    page = html.unescape(client.get(path := f"/customers/{shop.customer.pk}/timeline").content.decode())
    assert f'href="/quotes/{quote.pk}"' in page
    raw = client.get(f"{path}?kind=call&by=nina&q=alert").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in raw
    assert "<script>alert" not in raw
    assert f"/quotes/{quote.pk}" not in raw
    assert "Nothing happened that fits" in client.get(f"{path}?q=nowhere").content.decode()
    for nonsense in ("?before=x_y", "?since=2026-99-99", "?before=2026-01-01_99999999999999999999", "?kind=%00"):
        assert client.get(path + nonsense).status_code in {200, 422}, nonsense
    assert client.get("/customers/999999/timeline").status_code == 404


def test_SA_04_a_customer_who_opens_his_quote_is_seen_once_and_we_are_not(books):
    shop = Shop(books)
    quote = shop.quote((shop.course, "1"))
    link = path_of(quote)
    client, _user = signed_in(books, "sara", "sales_representative")
    assert client.get(link).status_code == 200
    opened = Interaction.objects.filter(party=shop.customer, kind="web")
    assert not opened.exists()
    for _time in range(2):
        assert Client().get(link).status_code == 200
    assert [(o.title, o.source_id) for o in opened] == [(f"Quote {quote.number} opened", quote.pk)]


def test_SA_04_it_goes_on_below_on_a_phone_and_wide(house, chromium, django_db_blocker):
    shop, address = house
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        record([Interaction(party=shop.customer, on=timezone.localdate(), kind="note", title=f"Note {n}", by="nina") for n in range(120)])
    sara = Visitor(chromium, address).signed_in("sara")
    page = sara.page
    sara.go(f"/customers/{shop.customer.pk}")
    page.get_by_role("link", name="All of it, to filter").click()
    expect(page.locator(".timeline li.event")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".timeline li.event")).to_have_count(100)
    looked_at(page, "timeline-wide")
    page.select_option("[name=by]", "nina")
    page.fill("[name=q]", "Note 11")
    page.press("[name=q]", "Enter")
    expect(page.locator(".timeline li.event")).to_have_count(11)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    looked_at(page, "timeline-phone-dark")
    sara.done()
    carla = Visitor(chromium, address).signed_in("carla")
    carla.go(f"/customers/{shop.customer.pk}/timeline?kind=note")
    looked_at(carla.page, "timeline-italian")
    carla.done()
    with django_db_blocker.unblock():
        connections.close_all()
