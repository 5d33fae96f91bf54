"""SV-02 and SV-08 at the agent's desk: a few statements, no figure without the right, a ticket answered and solved by keys, on a phone one pane at a time."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from fondaco.frontoffice.quality.models import ReasonCode, TicketReason
from fondaco.frontoffice.service.models import AnswerTemplate, Concession, Macro, Ticket, TicketMessage, TicketPresence
from fondaco.frontoffice.service.queries import arrive
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import AXE, Visitor
from tests.frontoffice.service.test_desk import Desk


@pytest.fixture(scope="module")
def desk(live_address, django_db_blocker):
    with django_db_blocker.unblock():
        made = Desk(open_books(code="DESK"))
        with unit_of_work("test", "people"):
            for user in made.people.values():
                user.password, user.language = make_password(user.username), "it" if user.username == "walter" else "en"
                user.save()
            template = AnswerTemplate.objects.create(
                company=made.books.company, name="First answer", body_en="Dear {contact}, we look at {number}."
            )
            Macro.objects.create(company=made.books.company, name="Take", to_me=True, priority="high")
            made.template = template
        yield made, live_address


@pytest.fixture
def visitor(desk, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, desk[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def test_SV_02_the_desk_in_few_statements_each_part_by_its_right(desk, django_db_blocker):
    with django_db_blocker.unblock():
        place, _address = desk
        order, invoice = place.sold()
        ticket = place.ticket(contact_name="Anna")

        def page_for(name):
            client = Client()
            client.post("/-/sign-in", {"username": name, "password": name})
            with CaptureQueriesContext(connection) as asked:
                client.get(f"/desk/{ticket.pk}")  # what seldom changes is in memory from the second page on
                before = len(asked)
                answer = client.get(f"/desk/{ticket.pk}")
                counted = [
                    q["sql"]
                    for q in asked.captured_queries[before:]
                    if q["sql"].lstrip().startswith(("select ", "SELECT", "with", "("))
                    and "set_config" not in q["sql"]
                    and "flush_constraints" not in q["sql"]
                ]
            assert answer.status_code == 200
            return answer.content.decode(), counted

        text, counted = page_for("sole")
        assert order.number in text and "Value of the customer" in text and "Overdue" in text
        assert len(counted) <= 15, [q.strip()[:120] for q in counted]
        agent, _counted = page_for("vera")
        assert order.number in agent and "Value of the customer" not in agent, "an agent sees no margin"
        assert invoice.number in agent, "what happened is told"


def test_SV_09_whoever_solves_is_asked_why_it_came_where_the_company_keeps_reasons(desk, django_db_blocker):
    with django_db_blocker.unblock():
        place, _address = desk
        ticket, client = place.ticket(contact_name="Anna"), Client()
        client.post("/-/sign-in", {"username": "sole", "password": "sole"})
        plain = client.get(f"/desk/{ticket.pk}").content.decode()
        assert f"/desk/{ticket.pk}/do/solve_with_reason" not in plain
        with unit_of_work("test", "test"):
            reason = ReasonCode.objects.create(company=place.books.company, code="LEAK", name="Leaks")
        asked = client.get(f"/desk/{ticket.pk}").content.decode()
        assert f'"/desk/{ticket.pk}/do/solve_with_reason"' in asked and f'/desk/{ticket.pk}/do/solve"' not in asked
        for address in ("/tickets", f"/tickets/{ticket.pk}"):
            shown = client.get(address).content.decode()
            assert "/tickets/sheet/solve_with_reason" in shown and not re.search(r"/tickets/(sheet|do)/solve[?\"]", shown), address
        sheet = client.get(f"/desk/{ticket.pk}/do/solve_with_reason").content.decode()
        assert "/ticket-reasons/pick" in sheet and 'name="p-minutes"' in sheet
        refused = client.post(f"/desk/{ticket.pk}/do/solve_with_reason", {"p-reason": "NONE"})
        assert refused.status_code == 404 and refused.content.decode().count('name="reason"') == 0
        client.post(f"/desk/{ticket.pk}/do/solve_with_reason", {"p-reason": str(reason.pk), "p-minutes": "5", "p-resolution": "Tightened"})
        with unit_of_work("test", "test"):
            done = Ticket.objects.get(pk=ticket.pk)
            assert (done.state, done.resolution, TicketReason.objects.get(ticket=done).reason) == ("solved", "Tightened", reason)
            ReasonCode.objects.update(is_active=False)


def test_SV_08_a_ticket_by_keys(desk, visitor, django_db_blocker):
    with django_db_blocker.unblock():
        place, _address = desk
        with unit_of_work("test", "test"):
            Ticket.objects.update(state="closed")
        place.policy()
        _order, invoice = place.sold("20")
        first, second = place.ticket(contact_name="Anna", subject="Leaks"), place.ticket(contact_name="Bruno", subject="Too dear")
        with unit_of_work("test", "test"):
            arrive(first.pk, place.people["walter"].pk, writing=True)
    agent = visitor("vera").go("/desk")
    page = agent.page
    expect(page.locator("h1")).to_contain_text("Leaks")
    expect(page.locator("[data-here-said]")).to_contain_text("Walter")
    page.evaluate(AXE.read_text())
    serious = page.evaluate("axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id))")
    assert serious == []
    agent.picture("agent-desk-wide")
    page.keyboard.press("a")
    expect(page.locator("body")).to_contain_text("Assigned")
    page.keyboard.press("g")
    expect(page.locator("#sheet [name='p-user']")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.locator("#agent-template").select_option(label="First answer")
    expect(page.locator("#agent-body")).to_have_value(f"Dear Anna, we look at {first.number}.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".agent-message.out")).to_contain_text("Dear Anna")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("He is a regular")
    page.keyboard.press("Alt+Enter")
    expect(page.locator(".agent-message.internal")).to_contain_text("He is a regular")
    # A colleague answers meanwhile: nothing goes out before it is read, and no word is lost.
    with django_db_blocker.unblock():
        place.acts("walter", "service.reply", first.pk, body="I am coming")
    page.locator("#agent-body").fill("We come tomorrow")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#agent-talk [role=alert]")).to_contain_text("Walter wrote")
    expect(page.locator("#agent-body")).to_have_value("We come tomorrow")
    expect(page.locator(".agent-message.out").last).to_contain_text("I am coming")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".agent-message.out").last).to_contain_text("We come tomorrow")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text("Too dear")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("c")
    page.locator("#sheet .agent-pick").first.press("Enter")
    page.locator("#sheet [name^='q-']").fill("2")
    page.locator("#sheet [name=reason]").fill("Two are broken")
    page.locator("#sheet [name=reason]").press("Control+s")
    expect(page.locator(".agent-done")).to_contain_text("granted")
    # Beyond her limit somebody is asked; once he agreed, she grants it from where she is.
    page.wait_for_load_state("networkidle")
    page.keyboard.press("c")
    page.locator("#sheet .agent-pick").first.press("Enter")
    page.locator("#sheet [name^='q-']").fill("18")
    page.locator("#sheet [name=reason]").fill("The rest too")
    page.locator("#sheet [name=reason]").press("Control+s")
    expect(page.locator(".agent-done")).to_contain_text("waits for approval")
    with django_db_blocker.unblock():
        place.acts("sole", "approvals.approve", ApprovalRequest.objects.get(state="waiting").pk)
    page.reload()
    expect(page.locator(".agent-message.internal").last).to_contain_text("it can be granted now")
    page.keyboard.press("y")
    expect(page.locator(".agent-done li")).to_have_count(2)
    expect(page.locator(".agent-done")).not_to_contain_text("approved")
    page.keyboard.press("s")
    expect(page.locator("body")).to_contain_text("Solved")
    with django_db_blocker.unblock():
        price = invoice.lines.get().unit_price
        assert [c.credit_note.net for c in Concession.objects.filter(ticket=second).order_by("pk")] == [2 * price, 18 * price]
        assert Ticket.objects.get(pk=second.pk).state == "solved"
        assert TicketMessage.objects.filter(ticket=first, direction="out").count() == 3
        assert TicketPresence.objects.filter(user=place.people["vera"]).exists()


def test_SV_08_on_a_phone_in_italian(desk, visitor, django_db_blocker):
    with django_db_blocker.unblock():
        place, _address = desk
        ticket = place.ticket(subject="Non macina")
    phone = visitor("walter", color_scheme="dark")
    phone.page.set_viewport_size({"width": 390, "height": 844})
    phone.go(f"/desk/{ticket.pk}")
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"
    phone.picture("agent-desk-phone-dark-it")
    expect(phone.page.locator(".agent-who")).to_be_hidden()
    phone.page.get_by_role("button", name="Cliente", exact=True).click()
    expect(phone.page.locator(".agent-who")).to_contain_text(place.customer.name)
    expect(phone.page.locator("#agent-body")).to_be_hidden()
