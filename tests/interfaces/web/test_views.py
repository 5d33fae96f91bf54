"""Saved views in the head of a list: kept, opened, written over, shared, set as default; and through REST."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from fondaco.platform.views.models import DefaultView, SavedView
from tests.interfaces.conftest import caller


def signed_in(books, username, role):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title(), password=make_password(username))
        Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=books.company.pk)
    client = Client()
    assert client.post("/-/sign-in", {"username": username, "password": username}).status_code == 302
    return client


@pytest.fixture
def olga(books):
    return signed_in(books, "olga", "sales_manager")


@pytest.fixture
def sara(books):
    return signed_in(books, "sara", "sales_representative")


def keep(client, name, query, kind="list", key="opportunities"):
    answer = client.post(f"/{key}/views", {"name": name, "query": query, "kind": kind})
    assert answer.status_code == 302
    return answer.headers["Location"]


def text_of(response):
    return html.unescape(response.content.decode())


def share(client, view, verb="share"):
    assert client.post(f"/saved-views/do/{verb}", {"ids": view.pk}).status_code == 302


QUERY = "state=open&q=milk&sort=-amount&columns=number&columns=amount&after=x"


def test_the_state_of_a_list_is_kept_and_opens_again(olga):
    address = keep(olga, "Milk", QUERY)
    view = SavedView.objects.get()
    assert (view.filters, view.search, view.sort, view.columns) == ({"state": "open"}, "milk", "-amount", ["number", "amount"])
    assert parse_qs(urlsplit(address).query) == {
        "state": ["open"], "q": ["milk"], "sort": ["-amount"], "columns": ["number", "amount"], "saved": [str(view.pk)],
    }  # fmt: skip
    assert "state: open" in text_of(olga.get(f"/saved-views/{view.pk}"))
    assert "Milk" in text_of(olga.get("/saved-views?resource=opportunities"))
    page = text_of(olga.get(address))
    assert f'href="{address}" aria-current="true"' in page
    assert "Save the changes" not in page
    # Another order: the view is marked as changed, and may keep what is seen now.
    changed = address.replace("sort=-amount", "sort=name")
    assert "Save the changes" in text_of(olga.get(changed))
    again = olga.post(f"/opportunities/views/{view.pk}", {"query": urlsplit(changed).query, "kind": "list", "version": view.version})
    assert again.headers["Location"] == changed
    renamed = olga.post(f"/opportunities/views/{view.pk}/name", {"name": "Milk and cream", "query": "", "kind": "list"})
    assert renamed.headers["Location"] == changed
    assert "Milk and cream" in text_of(olga.get("/opportunities"))
    assert olga.post(f"/opportunities/views/{view.pk}/delete").headers["Location"] == "/opportunities"
    assert "Milk and cream" not in re.sub(r'id="flashes".*', "", text_of(olga.get("/opportunities")))


def test_a_name_that_is_taken_is_said_on_the_list_and_nothing_is_lost(olga):
    keep(olga, "Milk", QUERY)
    assert keep(olga, "Milk", "state=won") == "/opportunities?state=won"
    assert "you have another view of this name" in text_of(olga.get("/opportunities?state=won"))
    assert SavedView.objects.count() == 1


def test_a_list_opens_with_its_default_and_all_rows_stay_one_click_away(olga):
    address = keep(olga, "Milk", "state=open")
    view = SavedView.objects.get()
    share(olga, view, "make_default")
    assert olga.get("/opportunities").headers["Location"] == address
    page = text_of(olga.get(address))
    assert 'href="/opportunities?saved=0"' in page
    assert olga.get("/opportunities?saved=0").status_code == 200
    assert olga.get("/opportunities?sort=name").status_code == 200
    share(olga, view, "drop_default")
    assert olga.get("/opportunities").status_code == 200


def test_a_board_is_kept_as_a_board_and_leads_back_to_the_list(olga):
    address = keep(olga, "My board", "next_step_late=1", kind="board")
    assert address.startswith("/opportunities/board?next_step_late=1&saved=")
    share(olga, SavedView.objects.get(), "make_default")
    assert olga.get("/opportunities").headers["Location"] == address
    page = text_of(olga.get("/opportunities/board"))
    assert 'href="/opportunities?saved=0"' in page
    assert "My board" in text_of(olga.get(address))


def test_everybody_opens_a_shared_view_but_sees_only_his_own_rows(books, olga, sara):
    customer = books.customer()
    given = {"company": books.company.pk, "party": customer.pk, "on": "2026-02-02", "amount": "100"}
    users = {u.username: u.pk for u in User.objects.filter(username__in=["olga", "sara"])}
    rows = [{**given, "name": f"Deal of {n}", "salesperson": pk} for n, pk in users.items()]
    create(books.actor, RESOURCES["opportunities"], rows)
    address = keep(olga, "Open deals", "state=open")
    assert "Open deals" not in text_of(sara.get("/opportunities"))
    share(olga, SavedView.objects.get())
    assert "Open deals" in text_of(sara.get("/opportunities"))
    seen = text_of(sara.get(address))
    assert "Deal of sara" in seen
    assert "Deal of olga" not in seen
    assert "Rename the view" not in seen
    assert "Deal of olga" in text_of(olga.get(address))
    share(sara, SavedView.objects.get(), "make_default")
    assert sara.get("/opportunities").headers["Location"] == address
    share(olga, SavedView.objects.get(), "unshare")
    assert not DefaultView.objects.exists()
    assert sara.get("/opportunities").status_code == 200


@pytest.mark.parametrize("stale", [{"filters": {"colour": "red"}}, {"sort": "colour"}, {"columns": ["colour"]}])
@pytest.mark.parametrize("kind", ["list", "board"])
def test_a_view_that_the_list_no_longer_understands_says_so_and_shows_all_rows(olga, stale, kind):
    keep(olga, "Old", "state=open", kind=kind)
    with unit_of_work("test", "an older release"):
        SavedView.objects.update(**stale)
    share(olga, SavedView.objects.get(), "make_default")
    page = olga.get("/opportunities", follow=True)
    assert page.status_code == 200
    assert re.search("The view “Old” cannot be shown as it was saved: this list does not know “[^”]*colour[^”]*”", text_of(page))
    assert "All rows are shown." in text_of(page)
    view = SavedView.objects.get()
    olga.post(f"/opportunities/views/{view.pk}", {"query": f"saved={view.pk}", "kind": kind, "version": view.version})
    assert "cannot be shown" not in text_of(olga.get("/opportunities", follow=True))


def test_columns_and_filters_stay_together_and_the_export_has_both(books, olga):
    customer = books.customer()
    given = {"company": books.company.pk, "party": customer.pk, "on": "2026-02-02", "amount": "100"}
    create(books.actor, RESOURCES["opportunities"], [{**given, "name": "First"}, {**given, "name": "Second"}])
    page = text_of(olga.get("/opportunities?q=first&columns=name&columns=amount"))
    assert "columns=name&columns=amount&sort=" in page
    assert re.search(r'<input type="hidden" name="q" value="first">\s*<hr><button class="leaf-item strong">', page)
    file = b"".join(olga.get("/opportunities/export?q=first&columns=name&columns=amount&format=csv").streaming_content).decode("utf-8-sig")
    head, *lines = file.splitlines()
    assert head.startswith("id,Name,Amount")
    assert [line.split(",")[1] for line in lines] == ["First"]


def test_views_through_rest(books):
    boss = caller("boss", "crm.view_opportunity", "views.*")
    made = boss.post("/api/v1/saved-views", {"resource": "opportunities", "name": "Open", "filters": {"state": "open"}})
    assert made.status_code == 201
    assert made.json()["state"] == "personal"
    key = made.json()["id"]
    refused = boss.post("/api/v1/saved-views", {"resource": "opportunities", "name": "Odd", "filters": {"colour": "red"}})
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("resources.bad_query")
    assert "“colour” cannot be used on Opportunities" in refused.json()["detail"]
    assert boss.post("/api/v1/saved-views/share", {"ids": [key]}).status_code == 200
    assert boss.patch(f"/api/v1/saved-views/{key}", {"name": "All open"}).json()["name"] == "All open"
    assert boss.post("/api/v1/saved-views/make_default", {"ids": [key]}).status_code == 200
    moved = boss.patch(f"/api/v1/saved-views/{key}", {"resource": "leads"})
    assert (moved.status_code, moved.json()["detail"][:10]) == (409, "“All open”")
    assert [v["name"] for v in boss.get("/api/v1/saved-views?resource=opportunities&fields=name").json()["data"]] == ["All open"]
    assert boss.delete(f"/api/v1/saved-views/{key}").status_code == 204
    clerk = caller("clerk", "crm.view_opportunity")
    assert clerk.get("/api/v1/saved-views").status_code == 403
