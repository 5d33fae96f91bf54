"""The chat in a browser: what is written and answered is seen without a new page, by keyboard, on a phone; without script it goes by forms."""

import pytest
from django.db import connections
from playwright.sync_api import expect

from fondaco.frontoffice.messaging.models import ChatLine
from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.browser import AXE, Visitor

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def line(live_address, django_db_blocker):
    with django_db_blocker.unblock():
        books = open_books(code="CHAT")
        (key,) = create(ACTOR, RESOURCES["chat-lines"], [{"company": books.company.pk, "name": "Help", "greeting": "Ciao"}]).ids
        yield f"/chat/{ChatLine.objects.get(pk=key).token}", live_address
        connections.close_all()


def begin(page, text):
    page.get_by_label("Name", exact=True).fill("Anna")
    page.get_by_label("Mail address").fill("anna@bar.example")
    page.get_by_label("What is it about?").fill(text)
    page.get_by_role("button", name="Begin chat").press("Enter")


def answer(ticket, body, django_db_blocker):
    with django_db_blocker.unblock():
        perform(ACTOR, ACTIONS["service.reply"], [ticket], {"body": body})


def newest(django_db_blocker):
    with django_db_blocker.unblock():
        return Ticket.objects.latest("pk").pk


def test_a_visitor_talks_on_a_phone_without_leaving_the_page(line, chromium, django_db_blocker):
    anna = Visitor(chromium, line[1], has_touch=True, locale="en-GB")
    page = anna.page
    page.set_viewport_size(PHONE)
    anna.go(line[0])
    begin(page, "My grinder is loud")
    log = page.get_by_role("log")
    expect(log.locator("li")).to_have_count(1)
    expect(page.get_by_text("You are next.")).to_be_visible()
    expect(page.get_by_role("link", name="Look for an answer")).to_be_hidden()
    here = page.url
    page.evaluate("window.sameDocument = true")
    answer(newest(django_db_blocker), "<b>Which</b> model?", django_db_blocker)
    expect(log.locator("li").nth(1)).to_contain_text("<b>Which</b> model?")
    page.get_by_label("Your message").fill("The MK2")
    page.keyboard.press("Enter")
    expect(log.locator("li.own").nth(1)).to_contain_text("The MK2")
    expect(page.get_by_label("Your message")).to_have_value("")
    assert page.url == here and page.evaluate("window.sameDocument") and log.locator("li").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html).slice(0, 3)]))")
    assert not found, found
    # Ended by us, the page says so by itself.
    with django_db_blocker.unblock():
        perform(ACTOR, ACTIONS["service.solve"], [newest(django_db_blocker)], {"resolution": "new burrs"})
    expect(page.get_by_text("This chat has ended.")).to_be_visible()
    expect(page.get_by_role("link", name="Begin anew")).to_be_visible()
    anna.context.close()
    assert not anna.complaints


def test_a_visitor_without_script_uses_forms(line, chromium, django_db_blocker):
    bruno = Visitor(chromium, line[1], java_script_enabled=False, locale="en-GB")
    page = bruno.page
    page.goto(line[1] + line[0])
    begin(page, "No script here")
    answer(newest(django_db_blocker), "No need", django_db_blocker)
    page.get_by_role("link", name="Look for an answer").click()
    expect(page.get_by_role("log").locator("li")).to_have_count(2)
    page.get_by_label("Your message").fill("Good")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log").locator("li")).to_have_count(3)
    page.get_by_role("button", name="End chat").click()
    expect(page.get_by_text("This chat has ended.")).to_be_visible()
    bruno.context.close()
    assert not bruno.complaints
