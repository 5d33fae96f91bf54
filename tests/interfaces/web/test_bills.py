"""Vendor bills in a real browser: ten lines by keyboard alone (UX-02), the duplicate told while typing (AP-02), approvals by one key (AP-05)."""

from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.finance.payables.models import Bill, VendorTerms
from fondaco.finance.tax.models import TaxCode
from fondaco.masterdata.approvals.models import ApprovalPolicy, ApprovalRequest, ApprovalStep
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import Visitor

#: What a trained clerk types in a second; ten lines are to be entered within a minute.
KEYS_PER_SECOND = 5


@pytest.fixture(scope="module")
def house(live_address, django_db_blocker):
    """A company whose bills from 500 are approved; Carlo enters bills, Carla approves them, the vendor's terms are known."""
    with django_db_blocker.unblock():
        books = open_books(years=(date.today().year,))  # noqa: DTZ011  the browser's forms propose today
        vendor = books.vendor()
        with unit_of_work("test", "people"):
            for name, role, language in (("carlo", "accountant", "en"), ("carla", "controller", "en"), ("dario", "controller", "it")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=Role.objects.get(key=role))
            code = TaxCode.objects.get(company=books.company, code="IT-P-S")
            VendorTerms.objects.create(company=books.company, vendor=vendor, account=books.account("expense"), tax_code=code)
            policy = ApprovalPolicy.objects.create(
                company=books.company, kind="payables.bill", priority=1, name="Bills from 500", amount_from=500
            )
            ApprovalStep.objects.create(policy=policy, role=Role.objects.get(key="controller"))
        yield books, vendor, live_address


@pytest.fixture
def visitor(house, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, house[2], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


#: The name of the field that has the focus: a picker and a day send what they mean through an input beside it.
FOCUSED = """(() => {
  const it = document.activeElement;
  return it.name || it.closest('[data-picker]')?.querySelector('input[type=hidden]').name || it.closest('.date')?.querySelector('.native').name;
})()"""


class Keys:
    """Somebody who only has a keyboard; every key is counted."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def write(self, text):
        self.page.keyboard.type(text)
        self.count += len(text)

    def tab_to(self, name):
        """Tab on until the field is reached."""
        for _step in range(12):
            if self.page.evaluate(FOCUSED) == name:
                return
            self.press("Tab")
        raise AssertionError(f"{name} is not reached by Tab")


def test_a_bill_of_ten_lines_is_entered_by_keyboard_within_a_minute(house, visitor, django_db_blocker):
    """UX-02: the keys that ten lines cost, at five a second, fit in sixty seconds; the duplicate is told while typing."""
    _books, vendor, _address = house
    clerk = visitor("carlo").go("/bills/new")
    keys = Keys(clerk.page)
    clerk.page.locator("[data-picker]:has(input[name=vendor]) [role=combobox]").focus()
    keys.write("Torre")
    clerk.page.wait_for_selector(".choices:not([hidden]) [role=option]:not(.none)")
    keys.press("Enter")
    keys.tab_to("vendor_number")
    keys.write("2026/0417")
    keys.tab_to("vendor_date")
    keys.write(f"{date.today():%d%m%Y}")  # noqa: DTZ011
    clerk.page.locator("[name='lines-0-description']").focus()
    for line in range(10):
        keys.tab_to(f"lines-{line}-description")
        keys.write(f"Coffee {line}")
        keys.tab_to(f"lines-{line}-unit_price")
        keys.write(f"1{line}.50")
        if line < 9:
            keys.press("Control+Enter")
    expect(clerk.page.locator("[data-total=gross]")).to_contain_text("183.00")
    clerk.picture("bill-entry")
    keys.press("Control+Enter")
    clerk.page.get_by_role("button", name="Save", exact=False).first.click()
    clerk.page.wait_for_url("**/bills/*")
    assert keys.count / KEYS_PER_SECOND < 60, keys.count
    with django_db_blocker.unblock():
        bill = Bill.objects.get(vendor=vendor, vendor_number="2026/0417")
        assert (bill.lines.count(), f"{bill.gross:.2f}") == (10, "183.00")
    clerk.press("Post")
    expect(clerk.page.locator(".document-head")).to_contain_text("BILL/")
    clerk.picture("bill-posted")
    clerk.go("/bills/new")
    clerk.pick("vendor", "Torre")
    clerk.page.fill("[name=vendor_number]", "2026-417")
    clerk.page.fill("[name=vendor_date]", f"{date.today():%Y-%m-%d}")  # noqa: DTZ011
    clerk.page.fill("[name='lines-0-description']", "Coffee")
    clerk.page.fill("[name='lines-0-unit_price']", "5")
    expect(clerk.page.locator("[data-doubt]")).to_contain_text("looks like BILL/")
    clerk.picture("bill-duplicate")
    clerk.page.get_by_role("button", name="Save", exact=False).first.click()
    expect(clerk.page.locator("body")).to_contain_text("Looks like BILL/")
    clerk.picture("bill-duplicate-refused")


def test_the_approver_answers_by_one_key_and_on_a_phone(house, visitor, django_db_blocker):
    books, vendor, _address = house
    with django_db_blocker.unblock():
        line = [{"account": "expense", "unit_price": "1000"}]
        first = books.bill(vendor, line, f"{date.today()}", post=False, vendor_number="A1", duplicate_reason="Monthly")  # noqa: DTZ011
        second = books.bill(vendor, line, f"{date.today()}", post=False, vendor_number="A2", duplicate_reason="Monthly")  # noqa: DTZ011
        for bill in (first, second):
            books.do("payables.ask_approval", bill.pk)
    carla = visitor("carla")
    expect(carla.page.locator("main")).to_contain_text("Waiting for my approval")
    carla.go("/approvals").picture("approvals")
    cards = carla.page.locator(".approvals article")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("Bills from 500")
    carla.page.keyboard.press("a")
    expect(cards).to_have_count(1)
    carla.page.keyboard.press("r")
    sheet = carla.page.locator("dialog#sheet[open]")
    sheet.wait_for()
    sheet.locator("[name=reason]").fill("Not ordered")
    sheet.get_by_role("button", name="Reject", exact=True).click()
    expect(carla.page.locator("main")).to_contain_text("Nothing waits for your approval")
    with django_db_blocker.unblock():
        assert [r.state for r in ApprovalRequest.objects.order_by("id")] == ["approved", "rejected"]
        books.do("payables.ask_approval", second.pk)
    dario = visitor("dario", color_scheme="dark")
    dario.page.set_viewport_size({"width": 390, "height": 844})
    dario.go("/approvals").picture("approvals-phone-dark-it")
    dario.page.get_by_role("button", name="Approva").first.click()
    expect(dario.page.locator("main")).to_contain_text("Nulla attende la tua approvazione")
    dario.go(f"/bills/{second.pk}").picture("bill-approved-phone")
