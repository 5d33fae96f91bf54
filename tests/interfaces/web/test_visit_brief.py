"""SA-06: what a salesperson reads before a visit, on one page, on paper, and on a phone without network."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from fondaco.finance.receivables.models import Promise
from fondaco.frontoffice.crm.models import Activity, Opportunity
from fondaco.frontoffice.crm.queries import customer_360, visit_brief
from fondaco.frontoffice.crm.resources import OpportunityResource
from fondaco.frontoffice.service.resources import TicketResource
from fondaco.masterdata.parties.models import Party, Relationship
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.browser import AXE, PICTURES, Visitor
from tests.frontoffice.crm.test_crm import person
from tests.frontoffice.sales.shop import Shop

PHONE = {"width": 390, "height": 844}


def filled(shop):
    """A customer of whom every room knows something."""
    books, customer, today = shop.books, shop.customer, timezone.localdate()
    with patch("fondaco.frontoffice.sales.promising.timezone", SimpleNamespace(localdate=lambda: today - timedelta(days=9))):
        order = shop.order((shop.machine, "3"), (shop.cup, "40"))
    shop.quote((shop.machine, "1"))
    for months in (3, 2, 1, 0):
        on = str(max(today - timedelta(days=30 * months), today.replace(month=1, day=1)))
        books.invoice(customer, [{"product": shop.cup.pk, "quantity": "10", "unit_price": "3.10"}], on)
    create(ACTOR, OpportunityResource, [{"company": books.company.pk, "party": customer.pk, "name": "New bar", "amount": "9000"}])
    create(ACTOR, TicketResource, [{"company": books.company.pk, "party": customer.pk, "subject": "Leaks"}])
    with unit_of_work("test", "test"):
        anna = Party.objects.create(kind="person", name="Anna Neri", sort_name="anna neri", phone="+390212345", email="anna@example.com")
        Relationship.objects.create(person=anna, organisation=customer, role="Buyer")
        Promise.objects.create(
            company=books.company,
            party=customer,
            on=today,
            pay_by=today + timedelta(days=3),
            currency=books.company.currency,
            amount=Decimal(25),
        )
    return order


def test_SA_06_every_room_says_its_part_in_at_most_fifteen_statements(shop):
    order = filled(shop)
    with CaptureQueriesContext(connection) as queries:
        found = visit_brief(shop.books.actor, shop.books.company, shop.customer.pk)
    assert len(queries) <= 15, [q["sql"][:90] for q in queries]
    with CaptureQueriesContext(connection) as queries:
        customer_360(shop.books.actor, shop.books.company, shop.customer.pk)
    assert len(queries) <= 15, [q["sql"][:90] for q in queries]
    content = {str(f.panel.title): f.content for f in found.panels}
    assert found.people == [{**found.people[0], "name": "Anna Neri", "role": "Buyer", "phone": "+390212345"}]
    (late,) = [r for r in content["Open quotes, orders and returns"].rows if r["late_since"]]
    assert (late["number"], late["late_goods"]) == (order.number, "M1 Espresso machine, CUP Cup")
    assert [(str(f.title), f.value) for f in content["Open quotes, orders and returns"].figures] == [
        ("Late deliveries", 1), ("Longest late, days", 9),
    ]  # fmt: skip
    (usual,) = content["Usual goods in stock"].rows
    assert (usual["price"], usual["on"], usual["quantity"]) == (Decimal("3.10"), timezone.localdate(), Decimal(40))
    assert [(r["amount"], r["standing"]) for r in content["Promises to pay"].rows] == [(Decimal(25), "open")]
    assert "(100.0%) of the revenue" in content["Value of the customer"].bars.story
    assert [r["subject"] for r in content["Open tickets"].rows] == ["Leaks"]
    assert [r["name"] for r in content["Opportunities"].rows] == ["New bar"]


def test_SA_06_figures_that_the_reader_may_not_see_are_not_there(shop):
    filled(shop)
    _user, seller = person("seller", ("parties.view_party", "company"), ("invoicing.view_invoice", "company"))
    found = visit_brief(seller, shop.books.company, shop.customer.pk)
    assert {str(f.panel.title) for f in found.panels} == {"Owed and overdue", "Sales of twelve months"}
    paths = {c.path for f in found.panels for c in f.content.columns}
    assert not paths & {"cost", "margin", "percent", "free", "on_hand"}


@pytest.fixture(scope="module")
def visited(house, django_db_blocker):
    """The shop, with a visit of Sara's today and one tomorrow."""
    shop, address = house
    with django_db_blocker.unblock():
        filled(shop)
        sara, zone = User.objects.get(username="sara"), ZoneInfo(shop.books.company.time_zone)
        other = shop.books.customer("Caffè Verdi", city="Torino", salesperson=sara)
        with unit_of_work("test", "test"):
            Opportunity.objects.update(salesperson=sara)
            for party, days, hour in ((shop.customer, 0, 15), (other, 1, 10)):
                due = datetime.combine(timezone.localdate(timezone=zone) + timedelta(days=days), time(hour), zone)
                Activity.objects.create(
                    company=shop.books.company, party=party, kind="visit", subject="Show the grinder", due_at=due, assignee=sara
                )
    return shop, address, other


@pytest.fixture
def visitor(visited, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, visited[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.context.close()
        assert not [c for c in one.complaints if "ERR_INTERNET_DISCONNECTED" not in c and "ERR_FAILED" not in c]
    with django_db_blocker.unblock():
        connections.close_all()


def looked_at(page, name):
    page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)
    page.evaluate(AXE.read_text())
    serious = page.evaluate(
        "axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ' ' + v.nodes[0].html))"
    )
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def kept(page):
    return page.evaluate("caches.open('fondaco-briefs-1').then(c => c.keys()).then(keys => keys.map(k => new URL(k.url).pathname))")


def test_SA_06_visits_of_two_days_are_read_without_network_and_gone_at_sign_out(visited, visitor):
    shop, _address, other = visited
    sara = visitor("sara", has_touch=True)
    sara.page.set_viewport_size(PHONE)
    page = sara.go("/customers/visits").page
    expect(page.locator("#brief[data-done]")).to_be_attached()
    looked_at(page, "visits-phone")
    sara.context.set_offline(True)
    sara.go(f"/customers/{shop.customer.pk}/brief")
    expect(page.locator(".brief-state")).to_contain_text("No network")
    for words in ("Anna Neri", "New bar", "Leaks", "Late deliveries", "CUP Cup"):
        expect(page.locator("#brief")).to_contain_text(words)
    expect(page.locator("#brief")).not_to_contain_text("Margin")
    looked_at(page, "brief-phone-offline")
    sara.go(f"/customers/{other.pk}/brief")
    expect(page.locator("h1")).to_contain_text("Caffè Verdi")
    sara.go("/customers/visits")
    expect(page.locator("#brief")).to_contain_text("Show the grinder")
    sara.context.set_offline(False)
    sara.go(f"/customers/{shop.customer.pk}/brief")
    expect(page.locator(".brief-state")).to_contain_text("As it stands")
    page.evaluate("document.querySelector('form[action=\"/-/sign-out\"] button').click()")
    page.wait_for_selector("[name=password]")
    page.wait_for_function("caches.has('fondaco-briefs-1').then(found => !found)")


def test_SA_06_a_device_keeps_nothing_of_somebody_else_or_of_nobody(visited, visitor):
    shop, address, other = visited
    sara = visitor("sara")
    sara.page.set_viewport_size(PHONE)
    page = sara.go("/customers/visits").page
    expect(page.locator("#brief[data-done]")).to_be_attached()
    assert f"/customers/{other.pk}/brief" in kept(page)
    # The session ends on the server, and somebody else signs in on the same device.
    sara.context.clear_cookies()
    sara.go(f"/customers/{shop.customer.pk}/brief")
    page.wait_for_selector("[name=password]")
    page.wait_for_function("caches.has('fondaco-briefs-1').then(found => !found)")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", "ada")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("nav.bar")
    sara.go(f"/customers/{shop.customer.pk}/brief")
    page.wait_for_function("caches.has('fondaco-briefs-1')")
    page.wait_for_timeout(300)
    assert not [path for path in kept(page) if path in {f"/customers/{other.pk}/brief", "/customers/visits"}]
    sara.context.set_offline(True)
    try:
        page.goto(f"{address}/customers/{other.pk}/brief")
    except Exception as nothing:
        assert "ERR_" in str(nothing)
    expect(page.locator("body")).not_to_contain_text("Caffè Verdi")


def test_SA_06_the_brief_wide_dark_italian_and_on_paper(visited, visitor):
    shop, _address, _other = visited
    ada = visitor("ada")
    page = ada.go(f"/customers/{shop.customer.pk}/brief").page
    expect(page.locator("figure.chart")).to_be_visible()
    looked_at(page, "brief-wide")
    page.emulate_media(color_scheme="dark")
    looked_at(page, "brief-wide-dark")
    page.emulate_media(media="print", color_scheme="light")
    page.set_viewport_size({"width": 720, "height": 1018})
    page.screenshot(path=str(PICTURES / "brief-paper.png"), full_page=True)
    for hidden in (".rail", ".verbs", ".top"):
        for one in page.locator(hidden).all():
            expect(one).to_be_hidden()
    page.emulate_media(media="screen")
    ada.go(f"/customers/{shop.customer.pk}")
    page.set_viewport_size({"width": 1440, "height": 900})
    looked_at(page, "customer-wide")
    carla = visitor("carla")
    carla.go(f"/customers/{shop.customer.pk}/brief")
    for words in ("Promesse di pagamento", "Ultimo prezzo", "In ritardo dal", "Situazione del"):
        expect(carla.page.locator("#brief")).to_contain_text(words)
    looked_at(carla.page, "brief-wide-italian")
    # Somebody who does not see costs has the picture of what was sold instead.
    sara = visitor("sara")
    sara.go(f"/customers/{shop.customer.pk}/brief")
    expect(sara.page.locator("#brief")).to_contain_text("Sales of twelve months")
    expect(sara.page.locator("#brief")).not_to_contain_text("Margin")


@pytest.fixture
def shop(books):
    made = Shop(books)
    made.receive(made.machine, "20", "800.00")
    made.receive(made.cup, "500", "1.20")
    return made
