"""Work that is disturbed, in a real browser: two people at one form, a double click, a session that ends, the Back button (DESIGN.md, When things go wrong)."""

import re
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import JournalEntry
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import AXE, Visitor


@pytest.fixture(scope="module")
def house(live_address, django_db_blocker):
    """A company with one customer; Ada and Bruno, who may do everything."""
    with django_db_blocker.unblock():
        books = open_books(years=(date.today().year,))  # noqa: DTZ011  the browser's forms propose today
        with unit_of_work("test", "people"):
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            for name in ("ada", "bruno"):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name))
                Membership.objects.create(user=user, role=everything)
        yield books, books.customer(), live_address


def draft(house, django_db_blocker):
    books, customer, _address = house
    with django_db_blocker.unblock():
        return books.invoice(customer, [{"quantity": 1, "unit_price": "100"}], f"{date.today().year}-02-02", post=False)  # noqa: DTZ011


def fresh(invoice, django_db_blocker):
    with django_db_blocker.unblock():
        return Invoice.objects.get(pk=invoice.pk)


def test_the_second_at_one_form_is_told_and_loses_nothing(house, chromium, django_db_blocker):
    invoice, address = draft(house, django_db_blocker), house[2]
    ada, bruno = Visitor(chromium, address).signed_in("ada"), Visitor(chromium, address).signed_in("bruno")
    for visitor in (ada, bruno):
        visitor.go(f"/invoices/{invoice.pk}/edit")
    ada.page.fill("[name=reference]", "Ada's order 7")
    ada.page.get_by_role("button", name=re.compile("^Save")).first.click()
    ada.page.wait_for_url(re.compile(rf"/invoices/{invoice.pk}$"))

    bruno.page.fill("[name=reference]", "Bruno's order 9")
    bruno.page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(bruno.page.locator(".errors")).to_contain_text("was changed by ada")
    expect(bruno.page.locator(".errors")).to_contain_text("Stored now: Ada's order 7")
    expect(bruno.page.locator("[name=reference]")).to_have_value("Bruno's order 9")
    assert fresh(invoice, django_db_blocker).reference == "Ada's order 7"
    bruno.page.get_by_role("button", name=re.compile("^Save")).first.click()
    bruno.page.wait_for_url(re.compile(rf"/invoices/{invoice.pk}$"))
    assert fresh(invoice, django_db_blocker).reference == "Bruno's order 9"
    for visitor in (ada, bruno):
        visitor.done()


def test_a_double_click_posts_once_and_back_does_not_post_again(house, chromium, django_db_blocker):
    invoice = draft(house, django_db_blocker)
    ada = Visitor(chromium, house[2]).signed_in("ada").go(f"/invoices/{invoice.pk}")
    with django_db_blocker.unblock():
        before = JournalEntry.objects.count()
    ada.page.get_by_role("button", name=re.compile("^Post")).first.dblclick()
    expect(ada.page.locator(".document-head .state")).to_contain_text("posted")
    ada.page.wait_for_load_state("networkidle")
    with django_db_blocker.unblock():
        assert JournalEntry.objects.count() == before + 1
    number = fresh(invoice, django_db_blocker).number
    assert number

    # Back shows the page as it was before or as it is now; posting from it is refused in words and changes nothing.
    ada.page.go_back()
    ada.page.wait_for_load_state("networkidle")
    again = ada.page.get_by_role("button", name=re.compile("^Post"))
    if again.count() and f"/invoices/{invoice.pk}" in ada.page.url:
        again.first.click()
        ada.page.wait_for_load_state("networkidle")
    with django_db_blocker.unblock():
        assert JournalEntry.objects.count() == before + 1
    assert fresh(invoice, django_db_blocker).number == number
    ada.done()


def test_what_was_typed_outlives_a_session_that_ends(house, chromium, django_db_blocker):
    ada = Visitor(chromium, house[2]).signed_in("ada").go("/invoices/new")
    ada.pick("customer", "Bar Duomo")
    ada.page.fill("[name=reference]", "Typed in vain?")
    ada.page.fill("[name=lines-0-description]", "Grinder")
    kept = "() => Object.keys(localStorage).some((k) => k.includes('invoices-new') && localStorage[k].includes('Grinder'))"
    while not ada.page.evaluate(kept):
        ada.page.wait_for_timeout(50)
    with django_db_blocker.unblock():
        cookie = next(c for c in ada.context.cookies() if c["name"] != "csrftoken" and SessionStore().exists(c["value"]))
        SessionStore(cookie["value"]).delete()
    ada.page.get_by_role("button", name=re.compile("^Save")).first.click()
    ada.page.wait_for_selector("[name=password]")
    expect(ada.page.locator("main")).to_contain_text("what you typed in a form is kept")
    ada.page.fill("[name=username]", "ada")
    ada.page.fill("[name=password]", "ada")
    ada.page.press("[name=password]", "Enter")
    ada.page.wait_for_url(re.compile(r"/invoices/new$"))
    ada.page.locator("[data-draft-restore]").click()
    expect(ada.page.locator("[name=reference]")).to_have_value("Typed in vain?")
    expect(ada.page.locator("[name=lines-0-description]")).to_have_value("Grinder")
    expect(ada.page.locator("input[type=hidden][name=customer]")).to_have_value(str(house[1].pk))
    ada.done()


def test_a_list_is_filtered_and_grouped_by_keyboard_alone(house, chromium, django_db_blocker):
    draft(house, django_db_blocker)
    ada = Visitor(chromium, house[2]).signed_in("ada").go("/invoices")
    ada.page.wait_for_load_state("networkidle")
    keys = ada.page.keyboard
    keys.press("f")
    ada.page.wait_for_selector("dialog#sheet[open]")
    ada.page.evaluate(AXE.read_text())
    found = ada.page.evaluate("axe.run(document.querySelector('#sheet'))")
    assert [v["id"] for v in found["violations"] if v["impact"] in {"serious", "critical"}] == []
    ada.page.locator("#filter_on__within").focus()
    keys.type("This year")
    ada.page.locator("#filter_gross__gte").focus()
    keys.type("50")
    keys.press("Enter")
    ada.page.wait_for_url(re.compile(r"on__within=this_year"))
    assert "gross__gte=50" in ada.page.url
    expect(ada.page.locator(".chip").first).to_contain_text("this year")
    ada.go("/invoices?group=state")
    ada.page.wait_for_load_state("networkidle")
    keys.press("j")
    expect(ada.page.locator("[data-folds]").first).to_be_focused()
    keys.press("Enter")
    expect(ada.page.locator("tbody:not([hidden]) tr[data-url]").first).to_be_visible()
    ada.page.evaluate(AXE.read_text())
    found = ada.page.evaluate("axe.run(document.querySelector('main'))")
    assert [v["id"] for v in found["violations"] if v["impact"] in {"serious", "critical"}] == []
    ada.done()
