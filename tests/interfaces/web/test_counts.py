"""IV-08: a storekeeper counts blind by scanner and keyboard; his chief sees the differences and approves them."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.operations.inventory.models import ProductCost, StockCountLine
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import AXE, PICTURES, Visitor
from tests.operations.inventory.test_counting import Hall


@pytest.fixture(scope="module")
def hall(live_address, django_db_blocker):
    with django_db_blocker.unblock():
        made = Hall(open_books(code="HALL"))
        made.tracked("lot")
        made.take_in("A12=5@2099-01-31 B7=3", "8")
        made.count_sheet = made.sheet()
        with unit_of_work("test", "people"):
            for name, role, language in (("walter", "warehouse_worker", "en"), ("ugo", "warehouse_manager", "it")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=Role.objects.get(key=role))
        yield made, live_address


@pytest.fixture
def visitor(hall, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, hall[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def test_a_sheet_is_counted_by_scanner_and_keyboard_and_approved(hall, visitor, django_db_blocker):
    made = hall[0]
    worker = visitor("walter", color_scheme="dark")
    worker.page.set_viewport_size({"width": 400, "height": 800})
    page = worker.go(f"/stock-counts/{made.count_sheet.pk}").page
    expect(page.locator("main")).not_to_contain_text("In the books")
    for code in ("A12", "A12", "GHOST"):
        expect(page.locator("#scan-code")).to_be_focused()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
    expect(page.locator("body")).to_contain_text("“GHOST” is no product, lot or serial number")
    expect(page.locator("main")).to_contain_text("1 of 2 lines are counted.")
    page.get_by_label("Counted of BOLT B7").fill("3")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("1 lines are written down")
    assert page.evaluate("document.documentElement.scrollWidth <= 400")
    page.screenshot(path=str(PICTURES / "count-phone-dark.png"), full_page=True)
    page.evaluate(AXE.read_text())
    serious = page.evaluate("axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id))")
    assert serious == []
    worker.press("Finish")
    worker.confirm_sheet("Finish")
    chief = visitor("ugo").go(f"/stock-counts/{made.count_sheet.pk}")
    expect(chief.page.locator("main")).to_contain_text("−3")
    chief.page.screenshot(path=str(PICTURES / "count-wide-it.png"), full_page=True)
    chief.press("Approva")
    chief.page.locator("dialog#sheet[open] [name=reason]").fill("Rotte")
    chief.page.locator("dialog#sheet[open] [name=p-on]").fill("2026-03-20")
    chief.confirm_sheet("Approva")
    with django_db_blocker.unblock():
        assert ProductCost.objects.get(product=made.bolt).quantity == 5
        assert set(StockCountLine.objects.values_list("counted_by", flat=True)) == {"walter"}
        made.books.assert_checks_hold()
