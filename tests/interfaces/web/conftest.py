"""The browser that the tests of the pages share, and a shop with its people for those who walk through a whole deal."""

import os
import shutil
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import sync_playwright

from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import FLAGS, PICTURES
from tests.frontoffice.sales.shop import Shop

PEOPLE = {
    "sara": ["sales_representative"],
    "walter": ["warehouse_worker"],
    "carla": ["receivables_clerk"],
    "paolo": ["cashier"],
    "nina": ["service_agent"],
    "otto": ["controller"],
}


@pytest.fixture(scope="module")
def chromium():
    path = (
        os.environ.get("FONDACO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )
    assert path, "No Chromium on this machine: ./fondaco test installs it, or set FONDACO_CHROMIUM"
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
        # While Playwright's event loop runs, Django keeps the connections of this thread apart from those without a loop. What is
        # left open here would be met again, dead, by the next module that has a browser.
        connections.close_all()


@pytest.fixture(scope="module")
def house(live_address, django_db_blocker):
    """A shop with goods, and one user for every job; the address of its pages."""
    with django_db_blocker.unblock():
        shop = Shop(open_books(years=(2025, date.today().year)))  # noqa: DTZ011  the browser's forms propose today
        shop.receive(shop.machine, "20", "800.00")
        shop.receive(shop.cup, "500", "1.20")
        with unit_of_work("test", "people"):
            for name, roles in PEOPLE.items():
                user = User.objects.create(
                    username=name, name=name.title(), password=make_password(name), language="it" if name == "carla" else "en"
                )
                for role in roles:
                    Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=shop.books.company.pk)
            shop.customer.salesperson = User.objects.get(username="sara")
            shop.customer.save()
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            Membership.objects.create(user=User.objects.create(username="ada", name="Ada", password=make_password("ada")), role=everything)
        yield shop, live_address
