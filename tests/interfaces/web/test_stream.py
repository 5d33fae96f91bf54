"""The history beside a record reads as the reader speaks: names, words, days and figures, in his language."""

import html
import re

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR


@pytest.fixture
def deal(books):
    given = {"company": books.company.pk, "party": books.customer().pk, "on": "2026-02-02", "name": "Counter", "amount": "1000"}
    (pk,) = create(ACTOR, RESOURCES["opportunities"], [given]).ids
    return pk


def reader(books, language):
    with unit_of_work("test", "test"):
        user = User.objects.create(username="olga", name="Olga Neri", password=make_password("olga"), language=language)
        Membership.objects.create(user=user, role=Role.objects.get(key="sales_manager"), company_id=books.company.pk)
    client = Client()
    client.post("/-/sign-in", {"username": "olga", "password": "olga"})
    return client, user


def changes(client, pk):
    page = html.unescape(client.get(f"/opportunities/{pk}").content.decode())
    return {re.sub(r"<[^>]+>", "", found) for found in re.findall(r"<li>([^<]+: (?:<del>.*?</del>[^<]*)?<ins>.*?</ins>)</li>", page)}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", {"amount: 1,000 became 2,500.5", "next step on: 24 Nov 2026", "salesperson: Olga Neri"}),
        ("it", {"importo: 1.000 è diventato 2.500,5", "prossimo passo il: 24 nov 2026", "venditore: Olga Neri"}),
    ],
)
def test_values_are_said_as_the_reader_writes_them(books, deal, language, said):
    client, user = reader(books, language)
    edit(ACTOR, RESOURCES["opportunities"], {deal: {"amount": "2500.5", "next_step_on": "2026-11-24", "salesperson": user.pk}})
    assert changes(client, deal) >= said


def test_statements_do_not_grow_with_the_history(books, deal):
    client, user = reader(books, "en")
    numbers = []
    for amounts in (range(2, 3), range(3, 30)):
        for amount in amounts:
            edit(ACTOR, RESOURCES["opportunities"], {deal: {"amount": str(amount), "salesperson": user.pk if amount % 2 else None}})
        client.get(f"/opportunities/{deal}")
        with CaptureQueriesContext(connection) as statements:
            client.get(f"/opportunities/{deal}")
        numbers.append(len(statements))
    # One more at most: the names of the salespeople who came in between.
    assert numbers[1] - numbers[0] <= 1
