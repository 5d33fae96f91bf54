"""What is agreed with customers in a browser: blanket orders and call-offs (OM-07), returns (OM-08); wide, on a phone, dark, Italian."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.operations.inventory.models import Location
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
        shop.receive(shop.machine, "8", "700.00")
        shop.sold = shop.order((shop.machine, "5"), on="2026-02-02")
        shop.did("deliver", shop.sold, on="2026-02-04")
        shop.did("invoice", shop.sold, on="2026-02-05", post=True)
        with unit_of_work("test", "places"):
            Location.objects.create(company=shop.books.company, warehouse=shop.warehouse, code="Q", name="Quarantine", kind="quarantine")
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


def test_OM_08_goods_come_back_are_inspected_by_keyboard_and_settled(chromium, market):
    shop, address = market
    ada = Visitor(chromium, address).signed_in("ada").go(f"/orders/{shop.sold.pk}")
    ada.page.keyboard.press("m")
    ada.press("Return")
    sheet = ada.page.locator("dialog#sheet[open]")
    sheet.get_by_label("Why they come back").select_option("damaged")
    sheet.get_by_label("Now: M1 Espresso machine").fill("4")
    ada.picture("return-ask")
    ada.confirm_sheet("Return")
    expect(ada.page.locator("h1")).to_contain_text("draft")
    ada.press("Authorise")
    expect(ada.page.locator("h1")).to_contain_text("RMA/")
    reads_well(ada.picture("return-authorised"))
    ada.press("Receive")
    ada.confirm_sheet("Receive")
    with unit_of_work("test", "test"):
        (row,) = ReturnAuthorisation.objects.all()
    reads_well(ada.go(f"/return-authorisations/{row.pk}").picture("return-received"))
    ada.page.keyboard.press("p")  # the next step is the primary verb: inspect
    sheet = ada.page.locator("dialog#sheet[open]")
    sheet.wait_for()
    sheet.get_by_label("Restock: M1 Espresso machine").fill("2")
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.type("1")
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.type("1")
    ada.picture("return-inspect")
    ada.page.keyboard.press("Control+s")
    ada.page.wait_for_load_state("networkidle")
    expect(ada.page.locator("main")).to_contain_text("RMA/")
    ada.go(f"/return-authorisations/{row.pk}").press("Credit the customer")
    ada.picture("return-credit")
    ada.confirm_sheet("Credit the customer")
    ada.go(f"/return-authorisations/{row.pk}").press("Settle return")
    ada.page.wait_for_load_state("networkidle")
    reads_well(ada.go(f"/return-authorisations/{row.pk}").picture("return-settled"))
    with unit_of_work("test", "test"):
        assert ReturnAuthorisation.objects.get(pk=row.pk).state == "settled"
    for name, path in (
        ("returns", "/return-authorisations"),
        ("return-new", "/return-authorisations/new"),
        ("return-inspections", "/return-inspections"),
        ("order-lines", "/order-lines"),
        ("return-customer", f"/customers/{shop.customer.pk}"),
    ):
        reads_well(ada.go(path).picture(name))
    second = shop.did("ask_return", shop.sold, reason_code="late", wanted="replace").made["return-authorisations"]
    shop.books.do("sales.authorise", second)
    shop.books.do("sales.receive_return", second, on=str(TODAY))
    ida = on_phone(chromium, address, "ida").go(f"/return-authorisations/{second[0]}")
    reads_well(ida.picture("return-phone-dark-it"))
    ida.press("Controlla")
    ida.page.locator("dialog#sheet[open]").wait_for()
    ida.picture("return-inspect-phone-dark-it")
    assert ada.complaints == ida.complaints == []
