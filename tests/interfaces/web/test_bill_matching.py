"""AP-01: the clerk matches a bill's line by hand against two receipts, by keyboard, and sees the differences in figures."""

from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.finance.payables import matching
from fondaco.finance.payables.matching import Provider
from fondaco.finance.payables.models import BillMatch
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import AXE, Visitor
from tests.finance.payables.test_three_way_match import TABLE, Yard, _of_keys, _open


@pytest.fixture(scope="module")
def yard(live_address, django_db_blocker):
    matching.register(Provider(TABLE, _of_keys, _open))
    with django_db_blocker.unblock():
        made = Yard(open_books(code="YARD"))
        with unit_of_work("test", "people"):
            for name, role, language in (("marta", "accountant", "en"), ("ugo", "accountant", "it"), ("vera", "cashier", "en")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=Role.objects.get(key=role))
        yield made, live_address
    del matching.PROVIDERS[TABLE]


@pytest.fixture
def visitor(yard, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, yard[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def test_a_line_is_matched_by_hand_and_its_differences_stand_in_figures(yard, visitor, django_db_blocker):
    with django_db_blocker.unblock():
        place = yard[0]
        first, second = place.receive("10", "2.50"), place.receive("5", "2.50", "2026-03-02")
        lines = [
            {"product": place.beans.pk, "quantity": "14", "unit_price": "2.75"},
            {"description": "Freight", "quantity": "1", "unit_price": "9", "account": "expense"},
        ]
        bill = place.books.bill(place.vendor, lines, "2026-03-10", post=False, duplicate_reason="Weekly")
    clerk = visitor("marta").go(f"/bills/{bill.pk}/match")
    row = clerk.page.locator("#line-1 tbody tr").first
    expect(row).to_contain_text("0.25")  # dearer than agreed
    clerk.page.locator("#line-1 input[inputmode=decimal]").first.focus()
    for key in ("1", "2", "Tab", "2", "Enter"):
        clerk.page.keyboard.press(key)
    clerk.page.wait_for_url("**/match#line-2")
    expect(clerk.page.locator("main, body").first).to_contain_text("Line 1 is matched")
    with django_db_blocker.unblock():
        found = dict(BillMatch.objects.filter(line__bill=bill, line__position=1).values_list("order_line", "quantity"))
    assert found == {first: Decimal(12), second: Decimal(2)}
    expect(clerk.page.locator("#line-1 tbody tr").first).to_contain_text("2")  # more than came
    expect(clerk.page.locator("body")).to_contain_text("the price is 2.75, GR/2026/00001 says 2.5")
    clerk.page.locator("#line-1 input[inputmode=decimal]").first.fill("many")
    clerk.page.keyboard.press("Enter")
    expect(clerk.page.locator("body")).to_contain_text("“many” is no quantity")
    clerk.page.evaluate(AXE.read_text())
    serious = clerk.page.evaluate(
        "axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id))"
    )
    assert serious == []
    clerk.picture("bill-match-wide")
    phone = visitor("ugo", color_scheme="dark")
    phone.page.set_viewport_size({"width": 400, "height": 800})
    phone.go(f"/bills/{bill.pk}/match").picture("bill-match-phone-dark-it")


def test_who_may_not_write_bills_sees_and_changes_nothing(yard, visitor, django_db_blocker):
    with django_db_blocker.unblock():
        place = yard[0]
        bill = place.books.bill(
            place.vendor,
            [{"product": place.beans.pk, "quantity": "1", "unit_price": "2.75"}],
            "2026-03-11",
            post=False,
            duplicate_reason="Weekly",
        )
    cashier = visitor("vera").go(f"/bills/{bill.pk}/match")
    assert cashier.page.locator("#line-1 input[inputmode=decimal]").count() == 0
