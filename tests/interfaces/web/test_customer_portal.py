"""SS-01, SS-02, SS-04: a customer with a phone in his hand signs in, pays an invoice, orders again and asks for help; no page is wider than the phone."""

import re
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.users.models import OutsideUser
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.sending import send_due
from tests.books import open_books
from tests.browser import AXE, PICTURES, Visitor
from tests.frontoffice.portal.house import PASSWORD, House, home

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def desk(live_address, django_db_blocker, monkeypatch):
    monkeypatch.setenv("FONDACO_TEST_PAYMENTS", "ein Geheimnis")
    with django_db_blocker.unblock():
        house = House(open_books(code="PHONE", years=(2025, date.today().year)))  # noqa: DTZ011  the portal orders today
        house.paid_online()
        invoice = house.delivered(house.order((house.cup, 10)))
        with unit_of_work("test", "people"):
            OutsideUser.objects.filter(pk=house.anna.user_id).update(password=make_password(PASSWORD))
        yield house, invoice, live_address


def test_SS_01_a_customer_pays_orders_again_and_asks_on_his_phone(desk, chromium, django_db_blocker):
    house, invoice, address = desk
    anna = Visitor(chromium, address, viewport=PHONE, has_touch=True, is_mobile=True)
    page = anna.page
    seen = []

    def looked(name):
        """The page fits the phone, has no fault of accessibility, and is kept as a picture."""
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")["violations"]
        assert not found, (page.url, [(v["id"], v["nodes"][0]["html"], v["nodes"][0]["failureSummary"]) for v in found])
        page.screenshot(path=str(PICTURES / f"portal-{name}.png"), full_page=True)
        seen.append(name)

    anna.go("/portal")
    page.fill("[name=email]", house.anna.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page).to_have_url(re.compile(rf"{home(house.anna)}$"))
    looked("home")
    # She pays what is open, on the page of the test provider, and comes back.
    page.get_by_role("link", name="Invoices to pay").click()
    looked("invoices")
    page.get_by_label(f"Pay {invoice.number}").check()
    page.get_by_role("button", name="Pay the chosen ones").click()
    expect(page).to_have_url(re.compile(r"/pay/test/"))
    looked("provider")
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_text("payment on its way")).to_be_visible()
    # The same again as last time, and a few more from a list.
    page.get_by_role("link", name="Order goods").first.click()
    page.get_by_label("Quantity of CUP").fill("10")
    page.get_by_label("Article numbers and quantities").fill("M1 1")
    looked("buy")
    page.get_by_role("button", name="Look at prices and stock").click()
    expect(page.get_by_role("heading", name="Your order", exact=True)).to_be_visible()
    looked("look")
    page.get_by_role("button", name="Order now").click()
    expect(page.get_by_text("we have your order")).to_be_visible()
    looked("order")
    page.get_by_role("link", name="Ask about this order").click()
    page.get_by_label("What happened, or what do you need?").fill("When does it come?")
    looked("ask")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("When does it come?")).to_be_visible()
    looked("ticket")
    for name, path in (
        ("people", "/people"),
        ("statement", "/statement"),
        ("approvals", "/approvals"),
        ("warranty", "/warranty?serial=X"),
        ("quotes", "/quotes"),
        ("returns", "/returns"),
    ):
        anna.go(f"{home(house.anna)}{path}")
        looked(name)
    with django_db_blocker.unblock():
        send_due()
        assert OnlinePayment.objects.get().state == "booked"
        assert Order.objects.order_by("-pk").first().state == "confirmed" and Ticket.objects.get().channel == "portal"
        connections.close_all()
    anna.done()
