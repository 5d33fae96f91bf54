"""A confirmed order is amended at its page, with totals while typing and the versions in its stream (OM-02)."""

import re

import pytest
from playwright.sync_api import expect

from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import Visitor
from tests.frontoffice.sales.shop import Shop


@pytest.fixture(scope="module")
def shop(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        shop = Shop(open_books())
        shop.receive(shop.cup, "100", "1.00")
        with unit_of_work("test", "people"):
            role = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=role, pattern="*")
            user = User(username="ada", name="Ada")
            user.set_password("ada")
            user.save()
            Membership.objects.create(user=user, role=role)
        yield shop


def test_OM_02_at_the_page_of_the_order(shop, live_address, chromium, django_db_blocker):
    with django_db_blocker.unblock():
        order = shop.order((shop.cup, 4), shipping_address="Via Roma 1\n20100 Milano")
    visitor = Visitor(chromium, live_address).signed_in("ada")
    page = visitor.page
    visitor.go(f"/orders/{order.pk}")
    page.keyboard.press("e")
    page.wait_for_url(re.compile(rf"/orders/{order.pk}/edit$"))
    expect(page.locator("h1")).to_have_text(f"Amend {order.number}")
    expect(page.locator("[name=customer], [name=currency]")).to_have_count(0)
    expect(page.locator("[data-total=gross]")).to_have_text("16.25 EUR")
    quantity = page.locator("input[name$='-quantity']").first
    quantity.fill("10")
    quantity.press("Tab")
    expect(page.locator("[data-total=gross]")).to_have_text("40.63 EUR")
    save = page.get_by_role("button", name=re.compile("^Save")).first
    save.click()
    expect(page.locator(".errors")).to_contain_text("needs a reason")
    expect(quantity).to_have_value("10")
    page.fill("[name=reason]", "He rang: ten, not four")
    save.click()
    page.wait_for_url(re.compile(rf"/orders/{order.pk}$"))
    event = page.locator(".stream .event").first
    expect(event).to_contain_text("Version 2")
    expect(event).to_contain_text("He rang: ten, not four")
    expect(event).to_contain_text(re.compile(r"Line 1, quantity: 4\s*became\s*10"))
    expect(event).not_to_contain_text("Ship to")
    with django_db_blocker.unblock():
        assert shop.state(order) == ["10 10 0 0 0 0"]
        order.refresh_from_db()
        assert order.shipping_address == "Via Roma 1\n20100 Milano"
