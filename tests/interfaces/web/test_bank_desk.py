"""The bank's desk as its clerk uses it: a file comes in, lines are matched by keys alone, and the way back is there (BK-01, BK-02, BK-03, BK-06)."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from django.utils import timezone
from playwright.sync_api import expect

from fondaco.finance.banking.models import BankLine, BankMatch, PlannedFlow
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import PICTURES, Visitor
from tests.finance.banking import files
from tests.finance.banking.bank import open_account
from tests.finance.banking.test_matching import invoice


@pytest.fixture(scope="module")
def house(live_address, django_db_blocker):
    """A company with a bank account, three invoices, and Ada, who reconciles."""
    with django_db_blocker.unblock():
        books = open_books()
        with unit_of_work("test", "people"):
            role = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=role, pattern="*")
            for name, language in (("ada", "en"), ("ugo", "it")):
                user = User.objects.create(username=name, name=name.title() + " Rossi", password=make_password(name), language=language)
                Membership.objects.create(user=user, role=role)
        account = open_account(books)
        customer = books.customer("Bar Duomo S.r.l.", "IT")
        made = [invoice(books, customer, net) for net in ("100", "50", "200")]
        yield books, account, made, live_address


@pytest.fixture
def visitor(house, chromium, django_db_blocker):
    people = []

    def visit(name="ada", **values):
        people.append(Visitor(chromium, house[3], **values).signed_in(name))
        return people[-1]

    yield visit
    for person in people:
        person.done()
    with django_db_blocker.unblock():
        connections.close_all()


def test_a_statement_is_imported_and_matched_by_keys_alone(house, visitor, django_db_blocker):
    books, _account, made, _address = house
    one, _two, three = made
    entries = [
        files.entry("122.00", name="BAR DUOMO SRL", text=f"Saldo {one.number}", reference="R1"),
        files.entry("61.00", "2026-02-11", text="senza causale", reference="R2"),
        files.entry("-3.50", "2026-02-12", text="Canone mensile", reference="R3"),
        files.entry("244.00", "2026-02-13", name="BAR DUOMO SRL", text=f"{three.number}", reference="R4"),
    ]
    content = files.statement(entries, ["122.00", "61.00", "-3.50", "244.00"])
    ada = visitor()
    page = ada.page
    ada.go("/books/bank")
    page.get_by_label("Files").set_input_files({"name": "feb.xml", "mimeType": "text/xml", "buffer": content})
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("4 lines imported")).to_be_visible()
    expect(page.get_by_text("4 lines to match")).to_be_visible()
    page.screenshot(path=PICTURES / "bank-overview.png", full_page=True)
    page.get_by_role("link", name="Main account").first.click()
    expect(page.get_by_text("0 of 4 lines matched")).to_be_visible()
    expect(page.get_by_text(f"the text names invoice {one.number}").first).to_be_visible()
    page.screenshot(path=PICTURES / "bank-desk.png", full_page=True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 4 lines matched")).to_be_visible()
    # The next line stands there already. Nothing resembles it: its invoice is found by a part of its name.
    expect(page.locator("#desk-panel").get_by_text("senza causale")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("00002")
    expect(page.locator("#desk-found li")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("[data-left]")).to_have_text("0.00")
    page.screenshot(path=PICTURES / "bank-split.png", full_page=True)
    page.get_by_role("button", name="Match", exact=True).press("Enter")
    expect(page.get_by_text("2 of 4 lines matched")).to_be_visible()
    # J moves down, K back; Enter accepts the last one.
    expect(page.locator("#desk-panel").get_by_text("Canone mensile")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#desk-panel").get_by_text(three.number).first).to_be_visible()
    page.keyboard.press("k")
    expect(page.locator("#desk-panel").get_by_text("Canone mensile")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#desk-panel").get_by_text(three.number).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 of 4 lines matched")).to_be_visible()
    with django_db_blocker.unblock():
        assert BankMatch.objects.filter(how="person").count() == 3
        assert BankLine.objects.get(state="open").remittance == "Canone mensile"
        books.assert_checks_hold()
    page.get_by_role("link", name="Undo").first.click()
    page.get_by_label("Reason").fill("Wrong")
    page.get_by_role("button", name="Undo match").click()
    expect(page.get_by_text("2 of 4 lines matched")).to_be_visible()
    with django_db_blocker.unblock():
        books.assert_checks_hold()


def test_a_table_is_shown_with_its_format_and_kept(house, visitor):
    ada = visitor()
    page = ada.page
    ada.go("/books/bank")
    page.get_by_label("Files").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": b"Date;Text;Amount\n2026-03-01;Coffee;-1.50\n"}
    )
    page.get_by_label("Bank account").select_option(label="Main account")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="CSV format of Main account")).to_be_visible()
    expect(page.get_by_label("Column 3")).to_have_value("amount")
    page.screenshot(path=PICTURES / "bank-format.png", full_page=True)
    page.get_by_role("button", name="Keep format and import").click()
    expect(page.get_by_text("1 line imported")).to_be_visible()


def test_a_bad_file_is_told_beside_the_field(house, visitor):
    ada = visitor()
    ada.go("/books/bank")
    ada.page.get_by_label("Files").set_input_files({"name": "bad.xml", "mimeType": "text/xml", "buffer": files.BOMB})
    ada.page.get_by_role("button", name="Import").click()
    expect(ada.page.get_by_text("it declares a document type").first).to_be_visible()


def test_the_desk_on_a_phone_in_italian(house, visitor):
    ugo = visitor("ugo")
    ugo.page.set_viewport_size({"width": 390, "height": 844})
    ugo.go(f"/books/bank/{house[1].pk}")
    ugo.page.screenshot(path=PICTURES / "bank-phone.png", full_page=True)
    assert ugo.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_bar_of_the_forecast_opens_its_documents(house, visitor, django_db_blocker):
    books = house[0]
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        today = timezone.localdate()
        for name, amount, every in (("Wages", "-900", "month"), ("Rent", "-300", "month"), ("Till", "250", "week")):
            PlannedFlow.objects.create(
                company=books.company, name=name, amount=Decimal(amount), currency_id="EUR", every=every, starts_on=today
            )
    ada = visitor()
    ada.go("/books/cash-forecast")
    expect(ada.page.get_by_role("heading", name="Cash forecast")).to_be_visible()
    ada.page.screenshot(path=PICTURES / "cash-forecast.png", full_page=True)
    bar = ada.page.locator("svg a").first
    told = bar.get_attribute("aria-label").rsplit(" ", 1)[1]
    bar.press("Enter")
    expect(ada.page.get_by_role("row", name="Net")).to_contain_text(told)
    expect(ada.page.get_by_role("link", name=re.compile("Wages"))).to_be_visible()
    ada.page.screenshot(path=PICTURES / "cash-week.png", full_page=True)
    ada.go("/books/bank-reconciliation")
    ada.page.screenshot(path=PICTURES / "bank-reconciliation.png", full_page=True)
    ugo = visitor("ugo")
    ugo.page.set_viewport_size({"width": 390, "height": 844})
    ugo.page.emulate_media(color_scheme="dark")
    ugo.go(f"/books/bank/{house[1].pk}")
    ugo.page.screenshot(path=PICTURES / "bank-phone-dark.png", full_page=True)
    ugo.go("/books/cash-forecast")
    ugo.page.screenshot(path=PICTURES / "cash-phone.png", full_page=True)
    assert ugo.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
