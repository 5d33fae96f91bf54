"""SA-07 and CO-08 as the sales manager sees them: forecast and team, each figure a door to its deals."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from fondaco.frontoffice.crm.actions import move, win
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.frontoffice.crm.test_forecast import deal, do, snap
from tests.frontoffice.crm.test_performance import quota


@pytest.fixture
def roberta(books):
    with unit_of_work("test", "test"):
        user = User.objects.create(username="roberta", name="Roberta Galli", password=make_password("roberta"), language="it")
        role = Role.objects.create(key="manager", name="Manager")
        RolePermission.objects.bulk_create(
            [RolePermission(role=role, pattern=p, scope="company") for p in ("crm.*", "parties.*", "companies.*", "access.view_user")]
        )
        Membership.objects.create(user=user, role=role)
    client = Client()
    client.post("/-/sign-in", {"username": "roberta", "password": "roberta"})
    return user, client


def text(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_SA_07_the_sheet_says_what_comes_and_why_it_moved(books, roberta):
    user, client = roberta
    today = timezone.localdate()
    sure = deal(books, "1000.00", close=str(today), salesperson=user.pk, on=str(today - timedelta(days=40)))
    snap(books, today - timedelta(days=7))
    do(books, move, sure, stage="Negotiation")
    deal(books, "250.00", close=str(today), salesperson=user.pk, on=str(today))
    sheet = client.get("/sell/forecast")
    shown = text(sheet)
    for words in (
        "Con gli impegni 1.000 EUR",
        "Con tutte le trattative 1.250 EUR",
        "Roberta Galli",
        "Trattative nuove 250,00",
        "Previsione aperta ora 1.250,00",
    ):
        assert words in shown, (words, shown)
    doors = set(re.findall(r'href="(/opportunities\?[^"]*forecast=commit[^"]*)"', sheet.content.decode()))
    assert doors
    for door in doors:
        assert "1.000,00" in text(client.get(door.replace("&amp;", "&")))
    deal(books, "77.00", close=str(today), on=str(today))
    (nobodys,) = set(
        re.findall(
            r'href="(/opportunities\?[^"]*forecast=pipeline[^"]*salesperson__isnull=1)"', client.get("/sell/forecast").content.decode()
        )
    )
    behind = text(client.get(nobodys.replace("&amp;", "&")))
    assert "77,00" in behind and "250,00" not in behind
    assert client.get("/sell/forecast?format=xlsx").content[:2] == b"PK"
    for nonsense in ("?period=x", "?since=-1", "?since=99999999999999999999", "?period=%00"):
        assert client.get(f"/sell/forecast{nonsense}").status_code == 200


def test_CO_08_the_team_page_ranks_and_shows_how_deals_pass(books, roberta):
    user, client = roberta
    today = timezone.localdate()
    first = today.replace(day=1)
    quota(books, user, "2000.00", str(first), str(today + timedelta(days=40)))
    d = deal(books, "500.00", close=str(today), salesperson=user.pk, on=str(today - timedelta(days=12)))
    do(books, move, d, stage="Proposal")
    do(books, win, d)
    shown = text(client.get("/sell/team"))
    for words in ("Squadra di vendita", "Classifica", "Roberta Galli", "500,00", "Offerta", "Vinta 500 EUR"):
        assert words in shown, (words, shown)
    with unit_of_work("test", "test"):
        RolePermission.objects.filter(pattern="crm.*").delete()
    assert client.get("/sell/team").status_code in {403, 404} and client.get("/sell/forecast").status_code in {403, 404}
