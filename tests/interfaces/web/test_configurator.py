"""PR-04: the configurator in a browser, by keys, with a mouse, on a phone, dark and in Italian; what is chosen goes onto the quote."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connections
from playwright.sync_api import expect

from fondaco.connectors.demo.configured import offer
from fondaco.frontoffice.sales.links import path_of
from fondaco.frontoffice.sales.models import Quote, QuoteLine
from tests.browser import Visitor
from tests.interfaces.web.test_packing import serious

TODAY = date.today()  # noqa: DTZ011  the browser's forms propose today


@pytest.fixture(scope="module")
def machine(house, django_db_blocker):
    with django_db_blocker.unblock():
        return offer()["LAG-CFG"]


@pytest.fixture
def visitor(house, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, house[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def test_a_machine_is_configured_by_keys_and_goes_onto_the_quote(house, machine, visitor, django_db_blocker):
    shop = house[0]
    with django_db_blocker.unblock():
        quote = shop.quote((shop.cup, 1), send=False, on=str(TODAY), salesperson=shop.customer.salesperson_id)
    sara = visitor("sara").go(f"/quotes/{quote.pk}")
    sara.page.get_by_role("link", name="Configure a product").click()
    sara.page.get_by_role("link", name="Laguna espresso machine").click()
    price = sara.page.locator(".choice-price")
    expect(price).to_contain_text("3,490.00")
    sara.page.locator("#t-groups-1").focus()
    for key in ("ArrowRight", "Enter"):
        sara.page.keyboard.press(key)
    expect(price).to_contain_text("5,170.00")
    expect(sara.page.locator("#t-groups-2")).to_be_focused()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Enter"):  # one boiler a group
        sara.page.keyboard.press(key)
    expect(price).to_contain_text("6,242.20")  # 5170 + 120 of three phases, which follow, times 1.18
    expect(sara.page.locator("#g-power")).to_contain_text("follows from the rest")
    closed = sara.page.locator("#t-dosing-lever")
    closed.focus()
    why = sara.page.locator("#why-dosing")
    expect(why).to_contain_text("Lever machines have at most three groups and no boiler of their own a group")
    expect(why).to_contain_text("Chosen so far: Boiler: one boiler a group")
    sara.picture("configurator-why")
    assert not serious(sara.page)
    why.get_by_role("button").click()
    expect(sara.page.locator("#t-dosing-lever")).to_have_attribute("aria-pressed", "true")
    expect(sara.page.locator("#t-boiler-multi")).to_have_attribute("aria-pressed", "false")
    sara.page.locator("#t-grinder-own").click()
    expect(sara.page.locator("#g-grinder-own-burrs")).to_be_visible()
    sara.page.locator("#t-grinder-own-burrs-conical68").click()
    expect(sara.page.locator("#t-grinder-own-hopper-kg2")).to_have_attribute("aria-pressed", "true")
    sara.page.get_by_role("button", name="Put on the quote").click()
    expect(sara.page.locator(".error-summary, [role=alert]").first).to_contain_text("is not configured yet: choose Boiler")
    sara.page.get_by_role("button", name="Fill in the rest").click()
    expect(sara.page.locator(".choice .tag.open")).to_have_count(0)
    sara.page.get_by_label("Quantity").fill("2")
    sara.page.get_by_label("Quantity").press("Tab")
    expect(sara.page.locator(".choice-side")).to_contain_text("all together")
    sara.picture("configurator-whole")
    sara.page.get_by_role("button", name="Put on the quote").click()
    sara.page.wait_for_url(f"**/quotes/{quote.pk}")
    with django_db_blocker.unblock():
        line = QuoteLine.objects.select_related("configuration").get(quote=quote, product=machine)
        assert line.quantity == 2
        assert line.configuration.choices["dosing"] == "lever"
        assert line.configuration.choices["grinder.own.burrs"] == "conical68"
        assert Quote.objects.get(pk=quote.pk).net == line.net + Decimal("3.33")
    sara.picture("configurator-quote")
    sara.go(f"/configure?for=quotes:{quote.pk}").page.locator(".configurables a").first.click()
    expect(sara.page.locator("#t-dosing-lever")).to_have_attribute("aria-pressed", "true")
    sara.page.locator("#t-body-white").click()
    sara.page.get_by_role("button", name="Take over").click()
    sara.page.wait_for_url(f"**/quotes/{quote.pk}")
    expect(sara.page.locator("main")).to_contain_text("Body: white")


def test_on_a_phone_in_the_dark_and_who_may_not(house, machine, visitor):
    phone = visitor("sara", color_scheme="dark", has_touch=True)
    phone.page.set_viewport_size({"width": 390, "height": 844})
    phone.go(f"/configure/{machine}")
    phone.page.locator("#t-body-copper").tap()
    expect(phone.page.locator("#t-handles-bakelite")).to_have_attribute("data-closed", "")
    phone.page.locator("#t-handles-bakelite").tap()
    expect(phone.page.locator("#why-handles")).to_contain_text("Copper goes with wooden handles")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.picture("configurator-phone-dark")
    assert not serious(phone.page)
    carla = visitor("otto").go(f"/products/{machine}")
    assert carla.page.get_by_role("link", name="Configure").count() == 0, "a controller configures nothing"


def test_without_scripts_every_click_is_a_page(house, machine, visitor, chromium):
    plain = visitor("sara")
    state = plain.context.storage_state()
    bare = chromium.new_context(java_script_enabled=False, storage_state=state).new_page()
    bare.goto(f"{house[1]}/configure/{machine}")
    bare.locator("#t-groups-3").click()
    assert bare.locator("#t-groups-3").get_attribute("aria-pressed") == "true"
    bare.locator("#t-dosing-gravimetric").click()
    bare.locator("#t-telemetry-without").click()
    assert "Dosing by weight is read by telemetry" in (bare.locator("#why-telemetry").text_content() or "")
    bare.context.close()


def test_PR_08_a_customer_draws_his_signature(house, chromium, django_db_blocker):
    shop = house[0]
    with django_db_blocker.unblock():
        quote = shop.quote((shop.cup, 3), send=False, on=str(TODAY))
        shop.books.do("sales.send", quote.pk)
        path = path_of(Quote.objects.get(pk=quote.pk))
        connections.close_all()
    guest = Visitor(chromium, house[1]).go(path)
    guest.page.locator("#id_name").fill("Anna Bianchi")
    box = guest.page.locator(".signs svg").bounding_box()
    assert box is not None
    guest.page.mouse.move(box["x"] + 40, box["y"] + 90)
    guest.page.mouse.down()
    for x, y in ((70, 50), (110, 120), (180, 60), (260, 100)):
        guest.page.mouse.move(box["x"] + x, box["y"] + y)
    guest.page.mouse.up()
    guest.picture("quote-signature")
    assert not serious(guest.page)
    guest.page.get_by_role("button", name="Accept quote").click()
    expect(guest.page.locator("svg.signed path")).to_have_count(1)
    with django_db_blocker.unblock():
        kept = Quote.objects.get(pk=quote.pk).accepted_signature
        connections.close_all()
    assert kept.count("L") == 4
    guest.done()
