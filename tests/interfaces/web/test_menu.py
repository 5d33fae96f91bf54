"""The rail: what somebody may open, daily work first, set-up and rare screens last."""

import html
import re

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from fondaco.interfaces.web.frame import GROUPS
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES


def signed_in(books, username, role):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title(), password=make_password(username))
        Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=books.company.pk)
    client = Client()
    client.post("/-/sign-in", {"username": username, "password": username})
    return client


def menu(client, address):
    """Heads and screens of the current job, in order."""
    page = html.unescape(client.get(address).content.decode())
    rail = re.search(r'<nav class="rail".*?</nav>', page, re.S)[0]
    return re.findall(r'(?:screens-head"|class="screen" href="[^"]*"(?: aria-current="page")?)>([^<]+)<', rail)


def test_the_books_begin_with_daily_work_and_end_with_what_is_rare(books):
    bea = signed_in(books, "bea", "accountant")
    shown = menu(bea, "/invoices")
    wanted = [
        "Daily work", "Customer invoices", "Payments received", "Open items", "Manual entries",
        "Customers", "Vendors", "Bank", "Taxes",
        "Reports", "Trial balance", "Balance sheet", "Profit and loss", "Aged receivables", "Journal entries",
        "Set-up", "Periods", "Chart of accounts", "Journals", "Dimensions", "Fiscal years",
    ]  # fmt: skip
    assert [title for title in dict.fromkeys(reversed(shown)) if title in wanted][::-1] == wanted
    page = bea.get("/").content.decode()
    first = re.search(r'class="screen" href="([^"]*)"', bea.get("/invoices").content.decode())[1]
    assert f'<a class="job" href="{first}">' in page


def test_a_menu_of_one_group_has_no_heads(books):
    sara = signed_in(books, "sara", "sales_representative")
    assert "Daily work" not in menu(sara, "/tickets")
    assert "Tickets" in menu(sara, "/tickets")


@pytest.mark.parametrize("key", sorted(RESOURCES))
def test_every_resource_stands_in_a_known_group(key):
    assert RESOURCES[key].group in GROUPS
