"""SA-02 on the screen: suspected pairs are worked off by keyboard, wide and on a phone."""

from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.masterdata.parties.models import NotTheSame, Party
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.browser import Visitor
from tests.interfaces.web.test_visit_brief import looked_at
from tests.masterdata.parties.test_duplicates import party


def test_SA_02_pairs_are_worked_off_by_single_keys(house, chromium, django_db_blocker):
    _shop, address = house
    with django_db_blocker.unblock():
        keys = [
            party(f"{name} {suffix}", email=f"{name.lower()}@x.example", city="Milano")
            for name in ("Brera", "Navigli")
            for suffix in ("S.r.l.", "srl")
        ]
        with unit_of_work("test", "test"):
            user = User.objects.create(username="rita", name="Rita", password=make_password("rita"), language="it")
            Membership.objects.create(user=user, role=Role.objects.get(key="receivables_clerk"))
    rita = Visitor(chromium, address).signed_in("rita")
    page = rita.go("/sell/duplicates").page
    expect(page.locator(".compared")).to_contain_text("Brera S.r.l.")
    looked_at(page, "duplicates-italian")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    looked_at(page, "duplicates-phone-dark")
    page.keyboard.press("n")
    expect(page.locator(".compared")).to_contain_text("Navigli S.r.l.")
    page.keyboard.press("1")
    expect(page.locator(".compared")).to_have_count(0)
    with django_db_blocker.unblock():
        assert NotTheSame.objects.filter(first=keys[0], second=keys[1]).exists()
        assert Party.objects.get(pk=keys[3]).merged_into_id == keys[2]
        connections.close_all()
    rita.done()
