"""The payment run in a browser: what is due by vendor, taken out and in by keyboard, submitted, released by another, its file fetched (AP-06, BK-08)."""

import hashlib
import os
from datetime import date, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.finance.remittance.models import PaymentRun
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import Visitor
from tests.finance.remittance.house import House
from tests.owed import owe

TODAY = date.today()  # noqa: DTZ011  the browser's forms propose today
PICTURES = os.environ.get("FONDACO_PICTURES", "")


@pytest.fixture(scope="module")
def house(live_address, django_db_blocker):
    """Three vendors with bills, one of them with an account on hold; Anna who prepares and Bea who releases."""
    with django_db_blocker.unblock():
        books = open_books(years=(TODAY.year - 1, TODAY.year, TODAY.year + 1))
        with unit_of_work("test", "people"):
            for name, role in (("anna", "accountant"), ("bea", "cashier"), ("eva", "auditor")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name))
                Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=books.company.pk)
        made = House(books)
        alba, bra = made.vendors("Torrefazione Alba", "Cartiera Bra")
        (cuneo,) = made.vendors("Cuneo Macchine", confirmed=False)
        day = str(TODAY - timedelta(days=3))
        for vendor, amount in ((alba, "122.00"), (alba, "50.00"), (bra, "80.00"), (cuneo, "1000.00")):
            owe(books, vendor, amount, on=day, due_on=day)
        yield made, live_address


@pytest.fixture
def visit(house, chromium, django_db_blocker):
    open_visits = []

    def as_(name, **options):
        visitor = Visitor(chromium, house[1], accept_downloads=True, **options).signed_in(name)
        open_visits.append(visitor)
        return visitor

    yield as_
    for visitor in open_visits:
        visitor.done()
    with django_db_blocker.unblock():
        connections.close_all()


def picture(visitor, name):
    if PICTURES:
        visitor.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def test_a_run_from_proposal_to_file(house, visit, django_db_blocker):
    made, _address = house
    with django_db_blocker.unblock():
        run = made.run(on=str(TODAY), due_until=str(TODAY), propose=False)
    anna = visit("anna")
    page = anna.page
    page.goto(f"{house[1]}/payment-runs/{run.pk}")
    page.get_by_role("button", name="Propose").click()
    paid, left_out = page.get_by_role("region", name="To pay, by vendor"), page.get_by_role("region", name="Left out")
    expect(paid.locator("tr[data-url]")).to_have_count(3)
    expect(paid).to_contain_text("Torrefazione Alba – 172.00 EUR")
    expect(left_out).to_contain_text("the bank account is on hold")
    expect(page.locator(".tile").first).to_contain_text("252.00")
    picture(anna, "draft")
    # By keyboard: the first line is taken out.
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("o")
    expect(paid.locator("tr[data-url]")).to_have_count(2)
    expect(left_out).to_contain_text("taken out by hand")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".document-head")).to_contain_text("to release")
    bea = visit("bea")
    bea.page.goto(f"{house[1]}/payment-runs/{run.pk}")
    expect(bea.page.get_by_text("What this does")).to_be_visible()
    picture(bea, "submitted")
    bea.page.once("dialog", lambda dialog: dialog.accept())
    bea.page.get_by_role("button", name="Release payment").first.click()
    confirm = bea.page.get_by_role("dialog").get_by_role("button", name="Release payment")
    if confirm.count():
        confirm.click()
    expect(bea.page.locator(".document-head")).to_contain_text("released")
    picture(bea, "released")
    with bea.page.expect_download() as fetched:
        bea.page.get_by_role("link", name="File for the bank").click()
    content = fetched.value.path().read_bytes()
    with django_db_blocker.unblock():
        kept = PaymentRun.objects.get(pk=run.pk)
    assert hashlib.sha256(content).hexdigest() == kept.fingerprint
    assert (kept.prepared_by, kept.released_by) == (["anna"], "bea")
    eva = visit("eva")
    eva.page.goto(f"{house[1]}/payment-runs/{run.pk}")
    expect(eva.page.get_by_role("link", name="File for the bank")).to_have_count(0)
    assert eva.page.request.get(f"{house[1]}/payment-runs/{run.pk}/file").status == 403
    if PICTURES:
        phone = visit("bea")
        phone.page.set_viewport_size({"width": 390, "height": 844})
        phone.page.goto(f"{house[1]}/payment-runs/{run.pk}")
        picture(phone, "phone")
        phone.page.emulate_media(color_scheme="dark")
        picture(phone, "dark")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits(house, visit, django_db_blocker, width):
    made, _address = house
    with django_db_blocker.unblock():
        run = made.run(on=str(TODAY), due_until=str(TODAY))
    visitor = visit("anna")
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.page.goto(f"{house[1]}/payment-runs/{run.pk}")
    wide = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
