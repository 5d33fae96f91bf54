"""The whole trip in a real browser, as different users: lead to cash to ticket, and down into the books.

Pictures of every screen are left in screenshots/ (wide, phone, dark, Italian). A message of the content security policy, a request
that leaves the server, or a fault of ours fails the test.
"""

import re

import pytest
from playwright.sync_api import expect

from fondaco.frontoffice.sales.links import path_of
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from tests.browser import AXE, Visitor


def test_the_whole_trip(house, chromium, django_db_blocker):
    shop, address = house
    sara = Visitor(chromium, address).signed_in("sara")
    sara.picture("sara-today")

    # A quote, written by keyboard: customer, two lines, save.
    sara.go("/quotes/new")
    sara.pick("customer", "Bar Duomo")
    sara.pick("lines-0-product", "M1")
    sara.page.fill("[name=lines-0-quantity]", "2")
    sara.page.keyboard.press("Tab")
    expect(sara.page.locator("[data-total=gross]")).to_contain_text("2,928.00")
    sara.picture("quote-form")
    sara.page.get_by_role("button", name="Save", exact=False).first.click()
    sara.page.wait_for_url(re.compile(r"/quotes/\d+$"))
    sara.press("Send")
    sara.confirm_sheet("Send")
    sara.picture("quote-sent")
    with django_db_blocker.unblock():
        quote = Quote.objects.get()
        assert quote.state == "sent"
        link = path_of(quote)

    # The customer, with nothing but the link, on a phone.
    customer = Visitor(chromium, address, is_mobile=True, has_touch=True)
    customer.page.set_viewport_size({"width": 390, "height": 844})
    customer.go(link).picture("acceptance-phone")
    customer.page.fill("[name=name]", "Mario Rossi")
    customer.page.get_by_role("button", name="Accept quote").click()
    customer.page.wait_for_selector("text=Mario Rossi")
    customer.picture("acceptance-done-phone")
    customer.done()
    with django_db_blocker.unblock():
        order = Order.objects.get()
        assert (order.state, order.gross) == ("confirmed", quote.gross)

    sara.go(f"/orders/{order.pk}").picture("order")
    sara.done()

    # The warehouse ships; the clerk invoices, in Italian; the cashier takes the money.
    walter = Visitor(chromium, address).signed_in("walter")
    walter.go(f"/orders/{order.pk}")
    walter.press("Deliver")
    walter.confirm_sheet("Deliver")
    walter.picture("order-delivered")
    walter.done()

    carla = Visitor(chromium, address).signed_in("carla")
    carla.go(f"/orders/{order.pk}")
    carla.page.locator("button[hx-get*='/sheet/invoice'], button[hx-post*='/sheet/invoice']").first.click()
    carla.page.locator("dialog#sheet[open] [name=p-post]").check()
    carla.page.locator("dialog#sheet[open] form button.primary").click()
    carla.page.wait_for_url(re.compile(r"/(invoices|orders)/\d+"))
    with django_db_blocker.unblock():
        invoice = shop.invoices(order)[0]
        assert (invoice.state, invoice.gross) == ("posted", quote.gross)
    carla.go(f"/invoices/{invoice.pk}").picture("fattura-it")
    carla.go("/invoices").picture("fatture-it")
    carla.done()

    paolo = Visitor(chromium, address).signed_in("paolo")
    paolo.go(f"/payments/new?party={shop.customer.pk}")
    paolo.page.fill("[name=amount]", "2928.00")
    paolo.page.get_by_role("button", name="Save and post").click()
    paolo.page.wait_for_url(re.compile(r"/payments/\d+$"))
    paolo.press("Apply to oldest")
    if paolo.page.locator("dialog#sheet[open]").count() or paolo.page.wait_for_selector("dialog#sheet[open]"):
        paolo.confirm_sheet("Apply to oldest")
    paolo.picture("payment")
    with django_db_blocker.unblock():
        assert shop.books.item(invoice).open_amount == 0
    paolo.done()

    # The customer asks for help; the agent answers.
    nina = Visitor(chromium, address).signed_in("nina")
    nina.go(f"/tickets/new?party={shop.customer.pk}")
    nina.page.fill("[name=subject]", "Machine leaks")
    nina.page.fill("[name=contact_email]", "bar@example.com")
    nina.page.get_by_role("button", name="Save").first.click()
    nina.page.wait_for_url(re.compile(r"/tickets/\d+$"))
    nina.page.fill("[name=p-body]", "We send a gasket today.")
    nina.page.get_by_role("button", name="Send answer").click()
    nina.page.wait_for_selector("text=We send a gasket today.")
    nina.picture("ticket")
    nina.go(f"/customers/{shop.customer.pk}").picture("customer-360")
    assert "Machine leaks" in nina.page.content() or "TCK/" in nina.page.content()
    nina.done()

    # The controller goes from the trial balance to the document in four clicks, filters kept.
    otto = Visitor(chromium, address).signed_in("otto")
    otto.go("/books/trial-balance").picture("trial-balance")
    otto.page.locator("tr:has-text('Ricavi'), tr:has-text('revenue'), tr:has-text('Sales')").locator("td a").last.click()  # 1: the figure
    otto.page.wait_for_url(re.compile(r"/journal-lines\?.*account=\d+"))
    otto.picture("drill-lines")
    otto.page.locator("td a[href^='/entries/']").first.click()  # 2: the entry
    otto.page.wait_for_url(re.compile(r"/entries/\d+"))
    otto.picture("drill-entry")
    otto.page.locator("nav.flow a[href^='/invoices/']").first.click()  # 3: the document
    otto.page.wait_for_url(re.compile(r"/invoices/\d+"))
    for name, path in (
        ("balance-sheet", "/books/balance-sheet"),
        ("profit-and-loss", "/books/profit-and-loss"),
        ("aged", "/books/aged-receivables"),
        ("today", "/"),
    ):
        otto.go(path).picture(name)
    otto.done()
    with django_db_blocker.unblock():
        shop.books.assert_checks_hold()


SCREENS = [
    "/",
    "/quotes",
    "/orders",
    "/invoices",
    "/invoices/new",
    "/parties",
    "/products",
    "/stock",
    "/deliveries",
    "/tickets",
    "/opportunities/board",
    "/accounts",
    "/periods",
    "/entries",
    "/books/trial-balance",
]


@pytest.mark.parametrize(("look", "width", "language"), [("light", 1440, "en"), ("dark", 1440, "it"), ("light", 390, "it")])
def test_every_screen_as_a_picture(house, chromium, django_db_blocker, look, width, language):
    _shop, address = house
    with django_db_blocker.unblock(), unit_of_work("test", "look"):
        User.objects.filter(username="ada").update(theme=look, language=language)
    ada = Visitor(chromium, address).signed_in("ada")
    ada.page.set_viewport_size({"width": width, "height": 900})
    found = []
    for path in SCREENS:
        ada.go(path).picture(f"{path.strip('/').replace('/', '-') or 'home'}-{look}-{width}-{language}")
        assert ada.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), f"{path} is wider than the window"
        if AXE.is_file():
            ada.page.evaluate(AXE.read_text(encoding="utf-8"))
            result = ada.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            found += [(path, v["id"], v["nodes"][0]["html"][:120]) for v in result["violations"] if v["impact"] in ("serious", "critical")]
    ada.done()
    assert not found, sorted({(rule, html) for _path, rule, html in found})


def test_the_palette_and_the_lists_answer_to_the_keyboard(house, chromium, django_db_blocker):
    _shop, address = house
    with django_db_blocker.unblock(), unit_of_work("test", "look"):
        User.objects.filter(username="ada").update(theme="light", language="en")
    ada = Visitor(chromium, address).signed_in("ada")
    ada.page.wait_for_load_state("networkidle")
    ada.page.keyboard.press("Control+k")
    ada.page.locator("#palette input").fill("trial")
    expect(ada.page.locator("#palette [role=option]").first).to_contain_text("Trial balance")
    ada.page.keyboard.press("Enter")
    ada.page.wait_for_url(re.compile("/books/trial-balance"))
    ada.go("/parties")
    ada.page.wait_for_load_state("networkidle")
    ada.page.keyboard.press("j")
    ada.page.keyboard.press("Enter")
    ada.page.wait_for_url(re.compile(r"/parties/\d+"))
    ada.done()


def test_a_stale_form_is_told_and_loses_nothing(house, chromium, django_db_blocker):
    shop, address = house
    first, second = Visitor(chromium, address).signed_in("ada"), Visitor(chromium, address).signed_in("ada")
    for visitor, city in ((first, "Lodi"), (second, "Pavia")):
        visitor.go(f"/parties/{shop.customer.pk}/edit")
        visitor.page.fill("[name=vat_number]", "")
        visitor.page.fill("[name=city]", city)
    first.page.get_by_role("button", name="Save").first.click()
    first.page.wait_for_url(re.compile(r"/parties/\d+$"))
    second.page.get_by_role("button", name="Save").first.click()
    second.page.wait_for_selector("[role=alert]")
    assert "was changed by ada" in second.page.inner_text("[role=alert]")
    assert second.page.input_value("[name=city]") == "Pavia"
    second.picture("stale-form")
    first.done()
    second.done()
