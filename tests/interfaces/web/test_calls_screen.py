"""SV-02 as an agent meets it: the telephone rings while he is on some other page; two customers have the number, and he says who it is."""

from playwright.sync_api import expect

from fondaco.frontoffice.routing.models import Agent, AgentBeat
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.telephony.models import Call
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.browser import AXE, Visitor

NUMBER = "+390458009999"


def test_SV_02_the_call_is_shown_on_whatever_page_the_agent_is(house, chromium, django_db_blocker):
    shop, address = house
    books, company = shop.books, shop.books.company.pk
    with django_db_blocker.unblock():
        nina = User.objects.get(username="nina")
        (agent,) = create(ACTOR, RESOURCES["agents"], [{"company": company, "user": nina.pk, "skills": []}]).ids
        (line,) = create(ACTOR, RESOURCES["phone-lines"], [{"company": company, "name": "Service", "number": "+390458001234"}]).ids
        books.do("telephony.make_secret", line)
        books.do(
            "routing.activate",
            create(ACTOR, RESOURCES["routing-policies"], [{"company": company, "name": "P", "rules": [{"name": "All"}]}]).ids,
        )
        books.customer("Bar Sole", phone=NUMBER)
        hotel = books.customer("Hotel Sole", phone=NUMBER)
        books.do("routing.be_available", agent)
        with unit_of_work("t", "t"):
            AgentBeat.objects.all().delete()
    visitor = Visitor(chromium, address).signed_in("nina")
    page = visitor.go("/parties").page
    # Her browser alone says that she is there.
    page.wait_for_timeout(500)
    with django_db_blocker.unblock():
        assert AgentBeat.objects.get().agent_id == Agent.objects.get().pk
        (call,) = books.do("telephony.simulate", line, caller=NUMBER).made["calls"]
    shown = page.locator("#calls .call")
    expect(shown).to_contain_text(NUMBER, timeout=8000)
    expect(shown.get_by_role("button")).to_have_text(["Bar Sole", "Hotel Sole"])
    page.evaluate(AXE.read_text())
    assert not page.evaluate("axe.run('#calls').then(found => found.violations.map(v => v.id))")
    shown.get_by_role("button", name="Hotel Sole").click()
    with django_db_blocker.unblock():
        ticket = Ticket.objects.get(pk=Call.objects.get(pk=call).ticket_id)
    expect(page).to_have_url(f"{address}/desk/{ticket.pk}")
    assert ticket.party_id == hotel.pk
    # The door for whoever is in no list, from the page of the call.
    with django_db_blocker.unblock():
        (unknown,) = books.do("telephony.simulate", line, caller="+390458007777", ends="abandoned").made["calls"]
    visitor.go(f"/calls/{unknown}")
    page.locator(f"[hx-get='/calls/sheet/identify?ids={unknown}']").first.dispatch_event("click")  # the other call's card may lie on it
    visitor.pick("p-party", "Bar Sole")
    page.locator("#sheet button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("Bar Sole")
    with django_db_blocker.unblock():
        assert Call.objects.get(pk=unknown).party.name == "Bar Sole"
    # On her way elsewhere the call goes with her, and 1 leads back to it.
    visitor.go("/parties")
    expect(shown).to_contain_text("Hotel Sole", timeout=8000)
    page.keyboard.press("1")
    expect(page).to_have_url(f"{address}/desk/{ticket.pk}")
    with django_db_blocker.unblock():
        for event in ("answered", "ended"):
            books.do("telephony.simulate_next", call, event=event)
    visitor.go("/parties")
    expect(page.locator("#calls")).to_be_hidden()
    visitor.done()
