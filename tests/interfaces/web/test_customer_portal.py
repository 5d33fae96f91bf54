"""SS-01, SS-02, SS-04, SS-07: a customer with a phone in his hand signs in, pays an invoice, orders again and asks for help; no page is wider than the phone."""

import re
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.frontoffice.forms.models import Form, Submission
from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.users.models import OutsideUser
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.sending import send_due
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.browser import AXE, PICTURES, Visitor
from tests.frontoffice.portal.house import PASSWORD, House, home

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def desk(live_address, django_db_blocker):
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("FONDACO_TEST_PAYMENTS", "ein Geheimnis")
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


SHOWN_FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return ['', true];
  const name = (at.getAttribute('aria-label') || at.labels?.[0]?.innerText || at.innerText || '').trim();
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  return [name, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && box.width > 0 && box.bottom > 0 && box.top < innerHeight];
}"""


class Keys:
    """Somebody without a mouse: Tab leads to what is named, and wherever it stops it is seen."""

    def __init__(self, page):
        self.page = page

    def to(self, name, *, most=60):
        """Tab until what is named has the focus; every stop on the way is seen."""
        for _n in range(most):
            self.page.keyboard.press("Tab")
            at, seen = self.page.evaluate(SHOWN_FOCUS)
            assert seen, (self.page.url, at, "has the focus, and nobody sees it")
            if at.startswith(name):
                return
        raise AssertionError(f"{name} is not reached by Tab on {self.page.url}")

    def press(self, name):
        """Follow a link, or press a button: another page comes."""
        self.to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.page.wait_for_load_state("networkidle")

    def write(self, name, text):
        self.to(name)
        self.page.keyboard.type(text)


def test_SS_07_by_keyboard_alone(desk, chromium, django_db_blocker):
    """Sign in, accept a quote, send goods back, pay, write a ticket, and fill in a public form: no step needs a mouse."""
    house, _invoice, address = desk
    with django_db_blocker.unblock():
        ordered = house.order((house.cup, 9))
        invoice = house.delivered(ordered)
        quote = house.quote((house.cup, 3))
        asked = {"company": house.books.company.pk, "name": "Ask", "title": "Ask us", "least_seconds": 0, "fields": [{"kind": "name"}, {"kind": "email"}, {"kind": "message"}]}  # fmt: skip
        form = Form.objects.get(pk=create(ACTOR, RESOURCES["forms"], [asked]).ids[0])
        connections.close_all()
    anna = Visitor(chromium, address)
    page, keys = anna.page, Keys(anna.page)
    anna.go("/portal/sign-in")
    expect(page.locator("[name=email]")).to_be_focused()
    page.keyboard.type(house.anna.email)
    keys.write("Password", PASSWORD)
    keys.press("Sign in")
    expect(page).to_have_url(re.compile(rf"{home(house.anna)}$"))
    keys.press("Quotes to answer")
    keys.press(quote.number)
    keys.write("Your order number", "K-1")
    keys.press("Accept quote")
    expect(page.get_by_text("Accepted: we have your order.")).to_be_visible()
    keys.press("Invoices")
    keys.to(f"Pay {invoice.number}")
    page.keyboard.press("Space")
    keys.press("Pay the chosen ones")
    expect(page).to_have_url(re.compile(r"/pay/test/"))
    keys.press("Pay")
    expect(page.get_by_text("payment on its way")).to_be_visible()
    keys.press("Orders")
    keys.press(ordered.number)
    keys.press("Send something back")
    keys.write("Send back of CUP", "2")
    keys.to("Why")
    page.keyboard.press("ArrowDown")
    keys.press("Ask to send back")
    expect(page.get_by_text("we look at it")).to_be_visible()
    keys.press("Help")
    keys.write("What is it about?", "Cups")
    keys.write("What happened, or what do you need?", "Two are chipped.")
    keys.press("Send")
    expect(page.get_by_text("Two are chipped.")).to_be_visible()
    keys.press("Sign out")
    expect(page).to_have_url(re.compile(r"/portal/sign-in$"))
    anna.go(form.path)
    keys.write("Name", "Anna")
    keys.write("E-mail", "anna@else.example")
    keys.write("Message", "A grinder, please.")
    keys.press("Send")
    expect(page.get_by_text("Thank you")).to_be_visible()
    with django_db_blocker.unblock():
        quote.refresh_from_db()
        assert (OnlinePayment.objects.order_by("-pk").first().state, quote.state, quote.order.reference) == ("paid", "accepted", "K-1")
        assert ReturnAuthorisation.objects.get().state == "draft" and Ticket.objects.filter(subject="Cups").exists()
        assert Submission.objects.get(form=form).verdict == "taken"
        connections.close_all()
    anna.done()
