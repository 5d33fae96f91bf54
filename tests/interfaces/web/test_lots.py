"""IV-06: the page of a lot: where it is, who holds it, where it came from and went; the recall as a list and by REST."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.operations.inventory.models import Lot, LotStock
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.browser import AXE, PICTURES, Visitor
from tests.interfaces.conftest import caller
from tests.operations.inventory.test_lots import Cellar


@pytest.fixture(scope="module")
def cellar(live_address, django_db_blocker):
    with django_db_blocker.unblock():
        made = Cellar(open_books(code="CELLAR"))
        made.tracked("lot")
        vendor = made.books.vendor(name="Tostatura Adriatica")
        lines = [{"product": made.bolt.pk, "quantity": "20", "unit_cost": "10", "lots": "L-0417=20@2099-06-30"}]
        made.paper("goods-receipts", "post_receipt", lines, vendor=vendor.pk, on="2026-03-02")
        made.lot = Lot.objects.get(number="L-0417")
        made.bars = [
            made.books.customer(name=name, email=f"{n}@example.com", phone=f"+39 041 55{n}")
            for n, name in enumerate(["Bar Rialto", "Caffè Florian"])
        ]
        for bar, quantity in zip(made.bars, ("6", "4"), strict=True):
            made.customer = bar
            delivery = made.ship(quantity, on="2026-03-09")
        made.back(delivery, "1", on="2026-03-12")
        (trieste,) = create(ACTOR, RESOURCES["warehouses"], [{"company": made.books.company.pk, "code": "TS", "name": "Trieste"}]).ids
        made.paper("transfers", "post_transfer", [{"product": made.bolt.pk, "quantity": "3"}], to_warehouse=trieste, on="2026-03-13")
        made.count("-1", "L-0417", on="2026-03-14")
        with unit_of_work("test", "people"):
            for name, role, language in (
                ("walter", "warehouse_worker", "en"),
                ("ugo", "warehouse_manager", "it"),
                ("vera", "cashier", "en"),
            ):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=Role.objects.get(key=role))
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            Membership.objects.create(user=User.objects.create(username="ada", name="Ada", password=make_password("ada")), role=everything)
        yield made, live_address


@pytest.fixture
def visitor(cellar, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, cellar[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def test_a_lot_tells_its_whole_way(cellar, visitor):
    made = cellar[0]
    page = visitor("walter").go(f"/lots/{made.lot.pk}").page
    tiles = [t.inner_text().replace("−", "-").split("\n") for t in page.locator(".tile").all()]
    assert tiles == [["Came", "20"], ["In stock", "10"], ["At customers", "9"], ["Count differences", "-1"]]
    body = page.locator("main")
    for words in ("Tostatura Adriatica", "Bar Rialto", "0@example.com", "Trieste", "GR/2026/00001", "RT/2026/", "TR/2026/", "AD/2026/"):
        expect(body).to_contain_text(words)
    page.evaluate(AXE.read_text())
    serious = page.evaluate("axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id))")
    assert serious == []
    page.screenshot(path=str(PICTURES / "lot-wide.png"), full_page=True)
    page.get_by_role("link", name="As a list, to filter").click()
    expect(page.locator("main")).to_contain_text("Caffè Florian")
    phone = visitor("ugo", color_scheme="dark")
    phone.page.set_viewport_size({"width": 400, "height": 800})
    phone.go(f"/lots/{made.lot.pk}")
    assert phone.page.evaluate("document.documentElement.scrollWidth <= 400")
    phone.page.screenshot(path=str(PICTURES / "lot-phone-dark-it.png"), full_page=True)


def test_a_list_is_pasted_into_the_line_of_a_receipt_and_posted(cellar, visitor, django_db_blocker):
    ada = visitor("ada").go("/goods-receipts/new")
    page = ada.page
    ada.pick("warehouse", "Milano")
    ada.pick("lines-0-product", "BOLT")
    page.fill("[name='lines-0-quantity']", "3")
    page.fill("[name='lines-0-unit_cost']", "7")
    page.locator("[name='lines-0-lots']").focus()
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData("text/plain", "P1=1\\nP2=1\\nP3=1\\n");
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }"""
    )
    expect(page.locator("[name='lines-0-lots']")).to_have_value("P1=1 P2=1 P3=1")
    ada.press("Save")
    page.wait_for_url(re.compile(r"/goods-receipts/\d+$"))
    ada.press("Post")
    expect(page.locator("main")).to_contain_text("posted")
    with django_db_blocker.unblock():
        assert LotStock.objects.filter(lot__number__in=["P1", "P2", "P3"], on_hand=1).count() == 3


def test_who_may_not_see_stock_sees_no_lot(cellar, visitor):
    page = visitor("vera").go(f"/lots/{cellar[0].lot.pk}").page
    expect(page.locator("body")).not_to_contain_text("L-0417")


def test_the_recall_by_rest(cellar, django_db_blocker):
    """What a program asks in a recall: who holds the lot, and by which papers it went there."""
    made = cellar[0]
    with django_db_blocker.unblock():
        asker = caller("recall", "inventory.view_stock", "parties.view_party")
        holders = asker.get(f"/api/v1/lot-holdings?lot={made.lot.pk}&held=1").json()["data"]
        assert {(h["customer"]["label"], h["quantity"]) for h in holders} == {("Bar Rialto", "6.000000"), ("Caffè Florian", "3.000000")}
        moves = asker.get(f"/api/v1/lot-moves?lot={made.lot.pk}&sort=on").json()["data"]
        assert [(m["paper"][:2], m["party"]) for m in moves] == [
            ("GR", "Tostatura Adriatica"), ("DN", "Bar Rialto"), ("DN", "Caffè Florian"), ("RT", "Caffè Florian"), ("TR", ""), ("AD", "")
        ]  # fmt: skip
        made.books.assert_checks_hold()
