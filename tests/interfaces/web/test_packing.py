"""WH-05: the packing bench by scanner and keyboard, wide and on a phone, until the packages are handed over."""

from datetime import date

import pytest
from django.db import connections
from playwright.sync_api import expect

from fondaco.operations.shipping.following import follow
from fondaco.operations.shipping.models import Consignment, Package
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.sending import send_due
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.browser import AXE, Visitor
from tests.operations.shipping import dhl as desk
from tests.operations.shipping.house import addressed, express

TODAY = date.today()  # noqa: DTZ011  the browser's forms propose today


@pytest.fixture
def visitor(house, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, house[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def serious(page):
    page.evaluate(AXE.read_text())
    return page.evaluate("axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id))")


def test_a_delivery_is_packed_weighed_and_handed_over(house, visitor, django_db_blocker):
    shop = house[0]
    with django_db_blocker.unblock():
        (issue,) = shop.did("deliver", shop.order((shop.machine, "2"), (shop.cup, "12")), on=TODAY).made["deliveries"]
        carrier = {"code": "ADR", "name": "Corriere Adriatico", "tracking_url": "https://tracking.example/{tracking}"}
        create(ACTOR, RESOURCES["carriers"], [{"company": shop.books.company.pk, **carrier}])
    one = visitor("walter").go(f"/deliveries/{issue}")
    one.page.get_by_role("button", name="Packing bench").or_(one.page.get_by_role("link", name="Packing bench")).first.click()
    code = one.page.locator("#pack-code")
    expect(code).to_be_focused()
    code.fill("M1")
    code.press("Enter")
    expect(one.page.locator("main")).to_contain_text("Package 1 is open.")
    expect(code).to_be_focused()  # the scanner goes on without a touch
    code.fill("M1")
    code.press("Enter")
    expect(one.page.get_by_role("region", name="Package 1")).to_contain_text("2")
    code.fill("NOPE")
    code.press("Enter")
    expect(one.page.locator("body")).to_contain_text("nothing that is still to be packed")
    assert serious(one.page) == []
    one.picture("packing")
    one.page.set_viewport_size({"width": 390, "height": 844})
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    one.picture("packing-phone")
    one.press("Propose packages")
    expect(one.page.locator("main")).to_contain_text("Everything is packed.")
    one.page.locator("[name=gross_kg]").first.fill("27.4")
    one.page.locator("[name=gross_kg]").first.press("Enter")
    expect(one.page.locator("[name=gross_kg]").first).to_have_value("27.4")
    one.page.set_viewport_size({"width": 1440, "height": 900})
    one.go(f"/deliveries/{issue}")
    one.press("Hand over")
    one.pick("p-carrier", "Adria")
    one.page.locator("dialog#sheet[open] [name=p-tracking]").fill("XY1")
    one.confirm_sheet("Hand over")
    with django_db_blocker.unblock():
        assert Consignment.objects.get(issue=issue).tracking == "XY1"
        assert str(Package.objects.get(issue=issue, position=1).gross_kg) == "27.400"
        shop.books.assert_checks_hold()
    one.go(f"/deliveries/{issue}/pack")
    expect(one.page.locator("main")).to_contain_text("Handed over to Corriere Adriatico")
    two = visitor("ada", color_scheme="dark", locale="it-IT").go(f"/deliveries/{issue}")
    expect(two.page.locator("main")).to_contain_text("XY1")


def test_one_key_books_the_carrier_and_his_label_follows(house, visitor, django_db_blocker, monkeypatch, tmp_path):
    """WH-05: B books; the bench says that the carrier is asked, then his number and the label; a refusal in his words, and the way out."""
    shop = house[0]
    dhl = desk.Dhl()
    monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
    monkeypatch.setenv("FONDACO_DHL_USER", desk.USER)
    monkeypatch.setenv("FONDACO_DHL_PASSWORD", desk.PASSWORD)
    with desk.serving(dhl) as address:
        monkeypatch.setenv("FONDACO_DHL_URL", address)
        with django_db_blocker.unblock():
            addressed(shop)
            express(shop, services=[{"code": "N", "name": "Domestic Express"}])
            issues = [shop.did("deliver", shop.order((shop.cup, "1")), on=TODAY).made["deliveries"][0] for _n in range(2)]
            shop.books.do("inventory.propose_packages", issues)
            for package in Package.objects.filter(issue__in=issues):
                shop.books.do("shipping.weigh", package.pk, gross_kg="1.5", length_cm="30", width_cm="20", height_cm="20")
        one = visitor("walter").go(f"/deliveries/{issues[0]}/pack")
        expect(one.page.get_by_label("Carrier and service")).to_be_focused()
        one.page.get_by_label("Carrier and service").select_option(label="DHL Express · Domestic Express")
        assert serious(one.page) == []
        one.picture("packing-book")
        one.page.locator("h1").click()
        one.page.keyboard.press("b")
        expect(one.page.locator("#consigned")).to_contain_text("DHL Express is being asked.")
        with django_db_blocker.unblock():
            send_due()
            row = Consignment.objects.get(issue=issues[0])
        assert (row.state, dhl.wrong) == ("booked", [])
        expect(one.page.locator("#consigned")).to_contain_text(row.tracking)
        labels = one.page.get_by_role("link", name="Labels")
        assert one.page.request.get(f"{house[1]}{labels.get_attribute('href')}").body() == desk.PDF
        assert serious(one.page) == []
        one.picture("packing-booked")
        one.page.set_viewport_size({"width": 390, "height": 844})
        assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        one.picture("packing-booked-phone")
        one.page.set_viewport_size({"width": 1440, "height": 900})
        with django_db_blocker.unblock():
            dhl.events[row.tracking] = [
                desk.event("PU", f"{TODAY}", "18:10:00", "Shipment picked up", "VENICE-ITA"),
                desk.event("OH", f"{TODAY}", "21:00:00", "Shipment is on hold", "BOLOGNA-ITA"),
            ]
            with unit_of_work("test", "test"):
                assert follow()["new"] == 2
        one.go(f"/consignments/{row.pk}")
        expect(one.page.locator("main")).to_contain_text("Shipment is on hold")
        expect(one.page.get_by_role("link", name="www.dhl.example").first).to_have_attribute(
            "href", f"https://www.dhl.example/track?id={row.tracking}"
        )
        assert serious(one.page) == []
        one.picture("consignment")
        one.go(f"/deliveries/{issues[0]}")
        one.picture("delivery-consigned")
        dhl.instead = [(422, desk.problem("Validation failed", ["receiver phone is invalid"]))]
        one.go(f"/deliveries/{issues[1]}/pack")
        one.page.get_by_label("Carrier and service").select_option(label="DHL Express · Domestic Express")
        one.page.locator("h1").click()
        one.page.keyboard.press("b")
        expect(one.page.locator("#consigned")).to_contain_text("DHL Express is being asked.")
        with django_db_blocker.unblock():
            send_due()
        expect(one.page.locator("#consigned")).to_contain_text("receiver phone is invalid")
        one.page.get_by_role("link", name="Load again").click()
        expect(one.page.get_by_label("Another address than on the delivery")).to_be_visible()
        one.picture("packing-refused")
