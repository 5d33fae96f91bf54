"""What is agreed with customers in a browser: blanket orders and call-offs (OM-07); wide, on a phone, dark, Italian."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from fondaco.frontoffice.sales.models import Order
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import Visitor
from tests.frontoffice.sales.test_blankets import Agreeing
from tests.interfaces.web.test_buying_screens import on_phone, reads_well

TODAY = date.today()  # noqa: DTZ011  the pages propose today


@pytest.fixture(scope="module")
def market(live_address, django_db_blocker):
    """A bar with a blanket order on cups, of which 910 of 1000 are called off, and two clerks."""
    with django_db_blocker.unblock():
        shop = Agreeing(open_books(years=(2025, 2026, *({TODAY.year} - {2025, 2026}))))
        with unit_of_work("test", "people"):
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            for name, language in (("ada", "en"), ("ida", "it")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=everything)
        shop.receive(shop.cup, "500", "1.00")
        days = {"on": str(TODAY), "valid_from": str(TODAY), "valid_to": str(TODAY + timedelta(days=300))}
        shop.agreed = shop.blanket("1000", value="2600", **days)
        shop.calls("910", on=str(TODAY))
    return shop, live_address


def test_OM_07_a_clerk_calls_off_three_deliveries_and_sees_what_is_left(chromium, market):
    shop, address = market
    ada = Visitor(chromium, address).signed_in("ada").go(f"/blanket-orders/{shop.agreed}")
    expect(ada.page.locator("main")).to_contain_text("910 of 1000 called off")
    reads_well(ada.picture("blanket-order"))
    ada.press("Call off")
    sheet = ada.page.locator("dialog#sheet[open]")
    sheet.get_by_label("Deliveries").fill("3")
    sheet.get_by_label("Repeated").select_option("week")
    sheet.get_by_label("Now: CUP Cup").fill("40")
    ada.picture("blanket-call-off")
    ada.confirm_sheet("Call off")
    expect(ada.page.locator("main")).to_contain_text("120, and 90 of 1,000 are left")
    reads_well(ada.picture("blanket-call-off-refused"))
    ada.page.get_by_label("Now: CUP Cup").fill("30")
    ada.page.locator("main").get_by_role("button", name="Call off", exact=True).click()
    ada.page.wait_for_load_state("networkidle")
    with unit_of_work("test", "test"):
        drafted = list(Order.objects.filter(state="draft").order_by("requested_on"))
        assert [o.requested_on for o in drafted] == [TODAY + timedelta(days=7 * n) for n in range(3)]
    for name, path in (
        ("blanket-orders", "/blanket-orders"),
        ("blanket-customer", f"/customers/{shop.customer.pk}"),
        ("blanket-item", f"/products/{shop.cup.pk}"),
        ("blanket-call", f"/orders/{drafted[0].pk}"),
        ("blanket-call-edit", f"/orders/{drafted[0].pk}/edit"),
        ("blanket-amend", f"/blanket-orders/{shop.agreed}/edit"),
        ("blanket-lines", "/blanket-order-lines"),
    ):
        reads_well(ada.go(path).picture(name))
    ida = on_phone(chromium, address, "ida")
    for name, path in (
        ("blanket-order-phone-dark-it", f"/blanket-orders/{shop.agreed}"),
        ("blanket-customer-phone-dark-it", f"/customers/{shop.customer.pk}"),
    ):
        ida.go(path).picture(name)
    ida.go(f"/blanket-orders/{shop.agreed}").press("Richiama")
    ida.page.locator("dialog#sheet[open]").wait_for()
    ida.picture("blanket-sheet-phone-dark-it")
    assert ada.complaints == ida.complaints == []
