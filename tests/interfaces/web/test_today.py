"""Today: what waits for each role, nothing of others, every count a door to exactly its rows; statements do not grow with rows."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.jobs.models import Job
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop
from tests.operations.inventory.test_counting import Hall


@pytest.fixture
def shop(books):
    made = Shop(books)
    made.receive(made.cup, "500", "1.20")
    return made


def signed_in(books, username, role):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title(), password=make_password(username))
        Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=books.company.pk)
    client = Client()
    client.post("/-/sign-in", {"username": username, "password": username})
    return client, user


def made(resource, *rows):
    return create(ACTOR, RESOURCES[resource], rows).ids


def panels(client):
    """Title -> (count, address) of what Today shows; and the titles of what is empty."""
    page = html.unescape(client.get("/").content.decode())
    found = re.findall(r'<h2 id="waits-\d+"><a href="([^"]*)">([^<]*)</a></h2><span class="count">([\d,+]*)', page)
    empty = re.search(r"Nothing to do:(.*?)</p>", page)
    return {title: (int(number), url) for url, title, number in found}, re.findall(r">([^<]+)</a>", empty[1]) if empty else []


def listed(client, url):
    page = client.get(url)
    assert page.status_code == 200, page.content[:3000]
    return page.content.decode().count("<tr data-url=")


def sales_day(shop, user, other, count=1):
    """Work of two salespeople that is due, and some that is not."""
    base = {"company": shop.books.company.pk, "party": shop.customer.pk}
    today = timezone.localdate()
    for who in (user, other):
        late, far = (f"{timezone.now() + timedelta(days=d):%Y-%m-%dT%H:%M:00Z}" for d in (-2, 20))
        made(
            "activities",
            *[
                {**base, "subject": f"Call {n}", "kind": "call", "due_at": when, "assignee": who.pk}
                for n in range(count)
                for when in (late, far)
            ],
        )
        steps = [f"{today - timedelta(days=1)}", f"{today + timedelta(days=9)}"]
        deal = {**base, "on": "2026-01-02", "amount": "100", "salesperson": who.pk, "next_step": "Call"}
        made("opportunities", *[{**deal, "name": f"Deal {n}", "next_step_on": day} for n in range(count) for day in steps])
        made("tickets", *[{**base, "subject": f"Leak {n}", "assignee": None} for n in range(count)])
        for _n in range(count):
            for days in (3, 60):
                shop.quote((shop.cup, "10"), salesperson=who.pk, valid_until=f"{today + timedelta(days=days)}")


def test_a_salesperson_sees_what_is_due_of_his_own(shop):
    sara, user = signed_in(shop.books, "sara", "sales_representative")
    _peer, other = signed_in(shop.books, "piero", "sales_representative")
    with unit_of_work("test", "test"):
        shop.customer.salesperson = user
        shop.customer.save()
    assert panels(sara)[0] == {}
    assert "Nothing waits for you" in sara.get("/").content.decode()
    sales_day(shop, user, other)
    found, empty = panels(sara)
    assert {title: number for title, (number, _url) in found.items()} == {
        "Activities due today or late": 1, "Next steps due today or late": 1, "Quotes about to expire": 1, "Tickets of my customers": 2, "Open opportunities": 2,
    }  # fmt: skip
    assert empty == ["Promises that cannot be kept", "Returns to settle", "Blanket orders that end or are nearly used up"]
    for title, (number, url) in found.items():
        assert listed(sara, url) == number, title
    assert "Next step on" in sara.get(found["Next steps due today or late"][1]).content.decode()


def test_a_sales_manager_sees_the_whole_company_but_only_his_own_activities(shop):
    olga, _user = signed_in(shop.books, "olga", "sales_manager")
    _s, user = signed_in(shop.books, "sara", "sales_representative")
    _p, other = signed_in(shop.books, "piero", "sales_representative")
    sales_day(shop, user, other)
    found, empty = panels(olga)
    assert (found["Open opportunities"][0], found["Quotes about to expire"][0]) == (4, 2)
    assert "Activities due today or late" in empty


def test_an_agent_sees_his_own_tickets_and_nobodys_by_the_time_they_are_due(shop):
    nina, user = signed_in(shop.books, "nina", "service_agent")
    _n, other = signed_in(shop.books, "nora", "service_agent")
    base = {"company": shop.books.company.pk, "party": shop.customer.pk}
    when = [f"{timezone.now() + timedelta(hours=h):%Y-%m-%dT%H:%M:00Z}" for h in (5, 1, 3)]
    made("tickets", *[{**base, "subject": f"Mine {n}", "assignee": user.pk, "answer_due_at": w} for n, w in enumerate(when)])
    made("tickets", {**base, "subject": "Hers", "assignee": other.pk}, {**base, "subject": "Nobody's"})
    found, _empty = panels(nina)
    assert {t: n for t, (n, _u) in found.items()} == {"My tickets": 3, "Tickets that nobody has taken": 1}
    page = nina.get("/").content.decode()
    assert re.findall(r"Mine \d", page) == ["Mine 1", "Mine 2", "Mine 0"]
    assert "Hers" not in page
    for number, url in found.values():
        assert listed(nina, url) == number


def test_the_warehouse_sees_what_to_ship_and_what_is_late_without_prices(shop):
    walter, _user = signed_in(shop.books, "walter", "warehouse_worker")
    shop.order((shop.cup, "10"), requested_on="2026-01-10")
    shop.order((shop.cup, "10"), requested_on="2099-01-10")
    shop.order((shop.cup, "10"), confirm=False)
    draft = {"company": shop.books.company.pk, "warehouse": shop.warehouse.pk, "customer": shop.customer.pk, "on": "2026-02-02"}
    made("deliveries", {**draft, "lines": [{"product": shop.cup.pk, "quantity": "1"}]})
    found, _empty = panels(walter)
    assert {t: n for t, (n, _u) in found.items()} == {"Late deliveries": 1, "Orders to ship": 2, "Deliveries to post": 1}
    for number, url in found.values():
        assert listed(walter, url) == number
    assert 'class="late"' in walter.get("/").content.decode()


def test_accountants_see_what_to_post_what_is_overdue_and_what_failed(shop):
    bea, user = signed_in(shop.books, "bea", "accountant")
    carla, _carla = signed_in(shop.books, "carla", "receivables_clerk")
    paolo, _paolo = signed_in(shop.books, "paolo", "cashier")
    lines = [{"unit_price": "100", "quantity": "1"}]
    shop.books.invoice(shop.customer, lines, "2026-01-10")
    shop.books.invoice(shop.customer, lines, "2026-01-11", post=False)
    shop.books.pay(shop.customer, "5", "2026-01-12", post=False)
    made(
        "vouchers",
        {
            "company": shop.books.company.pk,
            "journal": general(shop),
            "on": "2026-01-12",
            "memo": "Rent",
            "lines": [],
        },
    )
    with unit_of_work("test", "test"):
        Job.objects.create(kind="x", title="Import of parties", user=user, actor="bea", state=Job.FAILED, message="The disk was full")
        Job.objects.create(kind="x", title="Somebody's", user=_carla, actor="carla", state=Job.FAILED)
    found, _empty = panels(bea)
    assert {t: n for t, (n, _u) in found.items()} == {"Manual entries to post": 1, "Overdue receivables": 1, "My failed jobs": 1}
    assert "The disk was full" in bea.get("/").content.decode()
    assert "Somebody" not in bea.get("/").content.decode()
    assert {t: n for t, (n, _u) in panels(carla)[0].items()} == {"Invoices to post": 1, "Overdue receivables": 1, "My failed jobs": 1}
    assert {t: n for t, (n, _u) in panels(paolo)[0].items()} == {"Receipts to post": 1, "Overdue receivables": 1}
    for client in (bea, carla, paolo):
        for title, (number, url) in panels(client)[0].items():
            if title != "My failed jobs":
                assert listed(client, url) == number, title
    page = html.unescape(bea.get(panels(bea)[0]["Overdue receivables"][1]).content.decode())
    assert "before <b>" in page.replace("</span>", "")
    assert "<b>empty</b>" in page


def general(shop):
    return RESOURCES["journals"].model.objects.filter(company=shop.books.company).order_by("id").values_list("pk", flat=True)[0]


def test_the_statements_of_today_do_not_grow_with_rows(shop):
    olga, _user = signed_in(shop.books, "olga", "sales_manager")
    _s, user = signed_in(shop.books, "sara", "sales_representative")
    _p, other = signed_in(shop.books, "piero", "sales_representative")
    sales_day(shop, user, other)
    numbers = []
    for _time in range(2):
        olga.get("/")
        with CaptureQueriesContext(connection) as statements:
            olga.get("/")
        numbers.append(len(statements))
        sales_day(shop, user, other, count=8)
    assert numbers[0] == numbers[1]
    assert numbers[0] < 60


def test_the_warehouse_manager_is_told_of_counts_and_of_lots_that_expire(books):
    hall = Hall(books)
    hall.tracked("lot")
    today = timezone.localdate()
    hall.take_in(f"OLD=1@{today - timedelta(days=1)} SOON=2@{today + timedelta(days=9)} LATE=3@2099-01-01", "6", on="2026-03-02")
    count = hall.sheet()
    client, _user = signed_in(books, "ugo", "warehouse_manager")
    found = {title: number for title, (number, _url) in panels(client)[0].items()}
    assert (found["Lots that expired in stock"], found["Lots that expire soon"], found["Counts to finish"]) == (1, 1, 1)
    for title, (number, url) in panels(client)[0].items():
        assert listed(client, url) == number, title
    books.do("inventory.finish_count", count.pk, leave_out=True)
    assert panels(client)[0]["Counts to approve"][0] == 1
