"""SA-03: the pipeline board: stages with probability and exit criteria, age, stale deals, the next step and whether it is late."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.crm.resources import OpportunityResource, StageResource
from fondaco.platform.access.models import User
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.browser import Visitor
from tests.frontoffice.crm.test_crm import opportunity, stage
from tests.interfaces.web.test_today import signed_in
from tests.interfaces.web.test_visit_brief import looked_at


def aged(deal, days):
    with unit_of_work("test", "test"):
        Opportunity.objects.filter(pk=deal.pk).update(stage_since=timezone.localdate() - timedelta(days=days))


def shown(client, path="/opportunities/board"):
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_SA_03_a_deal_is_stale_the_day_after_its_stage_allows(books):
    fresh, stale, elsewhere = (opportunity(books, books.customer(n), name=n) for n in ("Fresh", "Old", "Won"))
    aged(fresh, 14)
    aged(stale, 15)
    books.do("crm.win", elsewhere.pk)
    aged(elsewhere, 400)
    rows = page(OpportunityResource, books.actor, Query(filters={"stale": "1"})).rows
    assert [r["name"] for r in rows] == ["Old"]
    edit(ACTOR, StageResource, {fresh.stage_id: {"stale_days": None}})
    assert page(OpportunityResource, books.actor, Query(filters={"stale": "1"})).rows == []
    with pytest.raises(UserError):
        edit(ACTOR, StageResource, {fresh.stage_id: {"stale_days": 0}})


def test_SA_03_the_board_says_chance_criteria_age_and_what_is_late_first(books):
    client, user = signed_in(books, "sara", "sales_representative")
    today = timezone.localdate()
    made = {}
    for name, days in (("Later", 5), ("Late", -3), ("Without", None)):
        step = {"next_step": "Ring", "next_step_on": str(today + timedelta(days=days))} if days is not None else {}
        made[name] = opportunity(books, books.customer(name), name=name, salesperson=user.pk, amount="1000", **step)
    aged(made["Without"], 30)
    seen = shown(client)
    titles = re.findall(r'<a class="card-title"[^>]*>([^<]*)<', seen)
    assert titles == ["Late", "Later", "Without"]
    assert re.search(r'<li class="card stale"[^>]*>\s*<a class="card-title"[^>]*>Without', seen)
    assert seen.count('class="card-next bad"') == 1
    for words in ("10% · stale after 14 days", "Before a deal leaves:", "Need is understood", "30 days", "· 10%"):
        assert words in seen, words


def test_SA_03_the_board_costs_the_same_for_three_and_three_hundred(books):
    client, user = signed_in(books, "sara", "sales_representative")
    party, counts = books.customer(), []
    for number in (3, 300):
        create(
            ACTOR,
            OpportunityResource,
            [{"company": books.company.pk, "party": party.pk, "name": f"D{n}", "salesperson": user.pk} for n in range(number)],
        )
        shown(client)
        with CaptureQueriesContext(connection) as queries:
            shown(client)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def test_SA_03_whoever_carries_a_card_is_told_what_was_left_open(books):
    client, user = signed_in(books, "sara", "sales_representative")
    deal = opportunity(books, salesperson=user.pk)
    given = {"id": deal.pk, "to": stage(books, "Proposal").pk, "before": "", "version": ""}
    answer = client.post("/opportunities/board/move", given)
    assert answer.json()["toast"] == {"text": "Left open in Qualification: Need is understood, Budget is plausible.", "tone": "wait"}
    assert client.post("/opportunities/board/move", given | {"to": stage(books, "Lost").pk}).status_code == 422
    assert Opportunity.objects.get(pk=deal.pk).stage.name == "Proposal"


def test_SA_03_by_keyboard_on_a_phone_and_in_italian(house, chromium, django_db_blocker):
    shop, address = house
    with django_db_blocker.unblock():
        books, sara = shop.books, User.objects.get(username="sara")
        today = timezone.localdate()
        for n, name in enumerate(("New bar", "Second roaster", "Hotel Brera")):
            deal = opportunity(
                books,
                shop.customer,
                name=name,
                salesperson=sara.pk,
                amount=str(1000 * (n + 1)),
                next_step="Ring",
                next_step_on=str(today + timedelta(days=n - 1)),
            )
            aged(deal, 10 * n)
        with unit_of_work("test", "test"):
            User.objects.filter(username="ada").update(language="it")
    visitor = Visitor(chromium, address).signed_in("sara")
    page_ = visitor.go("/opportunities/board").page
    looked_at(page_, "board-wide")
    page_.locator(".card-title", has_text="New bar").focus()
    page_.keyboard.press("Alt+ArrowRight")
    expect(page_.locator('.lane[data-title="Analysis"] .card-title')).to_have_text("New bar")
    expect(page_.locator(".toasts")).to_contain_text("Left open in Qualification")
    expect(page_.locator(".card-title", has_text="New bar")).to_be_focused()
    page_.set_viewport_size({"width": 390, "height": 844})
    page_.emulate_media(color_scheme="dark")
    looked_at(page_, "board-phone-dark")
    visitor.done()
    ada = Visitor(chromium, address).signed_in("ada")
    ada.go("/opportunities/board")
    expect(ada.page.locator(".lane h2").first).to_have_text("Qualifica")
    looked_at(ada.page, "board-italian")
    ada.done()
    with django_db_blocker.unblock():
        connections.close_all()
