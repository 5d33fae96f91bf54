"""The first hour in a real browser, by keyboard alone: found the company, let a colleague in, give him a role, make a token.

Pictures of every screen are left in screenshots/; nothing serious for axe-core, nothing wider than the window.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.links import make_set_up_key
from fondaco.platform.access.models import Membership, User
from fondaco.platform.database.unit import unit_of_work
from tests.browser import AXE, Visitor

PASSWORD = "drei graue Kutter"


class Guest(Visitor):
    """A visitor who types and never points."""

    def type(self, *texts):
        """Type into the field that has the focus, then into each next one; ``None`` passes over a field."""
        for place, text in enumerate(texts):
            if place:
                self.page.keyboard.press("Tab")
            if text is not None:
                self.page.keyboard.type(text)
        return self

    def enter(self, until):
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile(until))
        return self

    def look(self, name):
        self.picture(name)
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), f"{name} is wider than the window"
        if AXE.is_file():
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
            found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            assert not [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in ("serious", "critical")], name
        return self


@pytest.fixture(scope="module")
def key(live_address, django_db_blocker):
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        return make_set_up_key()


def test_the_first_hour_by_keyboard(live_address, key, chromium, django_db_blocker):
    anna = Guest(chromium, live_address, locale="en-GB", color_scheme="light")
    anna.go("/").look("first-run-key")
    anna.type(key).enter("/you$").look("first-run-you")
    anna.type("Anna Rossi", "anna@example.com", None, None, PASSWORD, "something else")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator("#id_again-error")).to_contain_text("The two passwords differ")
    anna.look("first-run-you-wrong")
    anna.page.focus("[name=password]")
    anna.type(PASSWORD, PASSWORD).enter("/company$").look("first-run-company")
    anna.type("Officine Bruni S.r.l.", "Italy", "IT00743110157").enter("/books$").look("first-run-books")
    anna.page.keyboard.press("Tab")
    anna.page.focus("[name=first_year]")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_url(re.compile("/people$"))
    anna.look("first-run-people")
    anna.page.focus("[name=name-0]")
    anna.type("Bruno Neri", "bruno@example.com", "Accountant")
    anna.page.focus("[name=email-0]")
    anna.enter("/summary$").look("first-run-summary")
    anna.page.keyboard.press("Enter")  # the button to found has the focus
    anna.page.wait_for_selector(".secrets")
    anna.look("first-run-founded")
    link = anna.page.input_value(".secrets input")
    anna.page.focus("text=Go to Today")
    anna.enter(f"^{live_address}/$").picture("first-run-today")
    with django_db_blocker.unblock():
        assert Company.objects.get().vat_number == "IT00743110157"
        assert User.objects.count() == 2

    bruno = Guest(chromium, live_address, locale="it-IT", color_scheme="dark", viewport={"width": 390, "height": 800})
    bruno.go(link.removeprefix(live_address)).look("welcome-phone")
    bruno.type(PASSWORD, PASSWORD).enter(f"^{live_address}/$")
    bruno.go("/-/account/tokens").look("tokens-phone")
    bruno.page.focus("[name=name]")
    bruno.type("web shop").page.keyboard.press("Enter")
    bruno.page.wait_for_selector(".secrets")
    bruno.look("token-made-phone").done()

    anna.go("/users").look("users")
    anna.go("/users/new").look("invite")
    with django_db_blocker.unblock():
        key_of_bruno = User.objects.get(username="bruno.neri").pk
        role = Membership.objects.get(user=key_of_bruno).role_id
    anna.go(f"/users/{key_of_bruno}").look("user")
    anna.page.keyboard.press("p")  # the letter of the first verb
    anna.page.wait_for_selector("dialog#sheet[open]")
    anna.pick("p-role", "Cashier")
    anna.page.focus("[name=p-in_all_companies]")
    anna.page.keyboard.press("Space")
    anna.look("give-role")
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator("main")).to_contain_text("Cashier")
    anna.go(f"/roles/{role}").look("role")
    anna.go("/-/account").look("account")
    anna.go("/api-tokens").look("api-tokens")
    expect(anna.page.locator("main")).to_contain_text("web shop")
    anna.done()
    with django_db_blocker.unblock():
        assert timezone.now() - User.objects.get(username="bruno.neri").created_at < timedelta(minutes=10)
