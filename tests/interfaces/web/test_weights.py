"""IV-10 on the screen: pieces are asked for beside the weight where goods have a second unit, and nowhere else."""

from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.frontoffice.sales.models import Order
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.inventory.models import GoodsIssueLine, GoodsReceipt, LotStock, ProductCost, StockCountLine
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.browser import AXE, PICTURES, Visitor
from tests.interfaces.web.test_handheld import all_sent
from tests.operations.warehouse.test_picking import Pickers


def product(sku, tracking, barcode=""):
    with unit_of_work("test", "test"):
        return Product.objects.create(
            sku=sku, name="Grana", name_it="Grana", unit=Unit.objects.get(code="KGM"), second_unit=Unit.objects.get(code="H87"),
            second_factor=Decimal(30), second_tolerance=Decimal(10), tracking=tracking, barcode=barcode, sale_price=Decimal(20), currency_id="EUR",
        )  # fmt: skip


@pytest.fixture(scope="module")
def dairy(live_address, django_db_blocker):
    with django_db_blocker.unblock():
        made = Pickers(open_books(code="DAIRY"))
        made.receive("9", "1")
        made.aisles(A1="9")
        made.wheel, made.numbered = product("WHEEL", "none"), product("NUMBERED", "serial", "98012345678900")
        line = {"product": made.wheel.pk, "quantity": "296.4", "second_quantity": "10", "unit_cost": "10"}
        made.paper("goods-receipts", "post_receipt", [line])
        with unit_of_work("test", "people"):
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            for name, language in (("sara", "en"), ("ugo", "it")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=everything)
        yield made, live_address


@pytest.fixture
def visitor(dairy, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, dairy[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def looked_at(page, name):
    page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)
    page.evaluate(AXE.read_text())
    serious = page.evaluate(
        "axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ' ' + v.nodes[0].html))"
    )
    assert serious == []


def test_an_order_by_the_piece_is_delivered_with_what_the_scale_says(dairy, visitor, django_db_blocker):
    made = dairy[0]
    with django_db_blocker.unblock():
        values = {"company": made.books.company.pk, "customer": made.customer.pk, "on": "2026-03-11"}
        lines = [{"product": made.wheel.pk, "second_quantity": "4"}, {"product": made.bolt.pk, "quantity": "1", "unit_price": "1"}]
        made.receive("5", "1")
        (key,) = create(ACTOR, RESOURCES["orders"], [{**values, "lines": lines}]).ids
        made.books.do("sales.confirm", key)
        with unit_of_work("test", "test"):
            line = Order.objects.get(pk=key).lines.get(product=made.wheel)
    page = visitor("sara").go(f"/orders/{key}").page
    expect(page.locator("main")).to_contain_text("Second quantity")
    looked_at(page, "weights-order")
    main = page.locator("main")
    main.get_by_role("link", name="Deliver").or_(main.get_by_role("button", name="Deliver")).first.click()
    page.locator(f"[name='p-quantities-{line.pk}']").fill("118.2")
    page.locator(f"[name='p-second_quantities-{line.pk}']").fill("4")
    assert page.locator("[name^='p-second_quantities-']").count() == 1
    looked_at(page, "weights-deliver")
    page.locator("[name='p-on']").fill("2026-03-12")
    page.get_by_role("button", name="Deliver").last.click()
    page.wait_for_load_state("networkidle")
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        row = GoodsIssueLine.objects.get(product=made.wheel)
        assert (row.quantity, row.second_quantity) == (Decimal("118.2"), 4)


def test_the_item_page_and_the_form_of_a_delivery_show_both(dairy, visitor):
    made = dairy[0]
    visit = visitor("ugo", color_scheme="dark")
    page = visit.go(f"/products/{made.wheel.pk}").page
    expect(page.locator("main")).to_contain_text("Pezzo")
    looked_at(page, "weights-item-it-dark")
    page = visit.go("/deliveries/new").page
    expect(page.locator("main")).to_contain_text("Seconda quantità")
    page.set_viewport_size({"width": 400, "height": 850})
    looked_at(page, "weights-form-phone")


def test_a_count_asks_for_pieces(dairy, visitor, django_db_blocker):
    made = dairy[0]
    with django_db_blocker.unblock():
        values = {"company": made.books.company.pk, "warehouse": made.warehouse.pk, "on": "2026-03-13", "is_blind": False}
        (sheet,) = create(ACTOR, RESOURCES["stock-counts"], [values]).ids
        made.books.do("inventory.start_count", sheet)
        with unit_of_work("test", "test"):
            line = StockCountLine.objects.get(count=sheet, product=made.wheel)
            cost = ProductCost.objects.get(product=made.wheel)
    page = visitor("sara").go(f"/stock-counts/{sheet}").page
    assert page.locator("input[name^='s']").count() >= 1
    page.locator(f"[name=q{line.pk}]").fill(f"{cost.quantity - 1:f}")
    page.locator(f"[name=s{line.pk}]").fill(f"{cost.second_quantity:f}")
    page.get_by_role("button", name="Write down").click()
    page.wait_for_load_state("networkidle")
    looked_at(page, "weights-count")
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        line.refresh_from_db()
        assert (line.counted, line.second_counted) == (cost.quantity - 1, cost.second_quantity)


def test_wheels_are_received_by_phone_with_the_weight_of_their_label_or_of_the_scale(dairy, visitor, django_db_blocker):
    made = dairy[0]
    with django_db_blocker.unblock():
        line = {"product": made.numbered.pk, "quantity": "60", "second_quantity": "2", "unit_cost": "10"}
        receipt = made.paper("goods-receipts", "", [line])
    visit = visitor("sara", has_touch=True)
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.go("/deliver/handheld").page
    page.get_by_role("button", name="Receive").first.click()
    page.wait_for_load_state("networkidle")
    page.locator("#handheld-work button").first.click()
    for code in ("(01)98012345678900(3102)003025(21)W7", "(01)98012345678900(21)W8"):
        expect(page.locator("#handheld-code")).to_be_focused()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    expect(page.locator("#handheld-wrong")).to_contain_text("type what it weighs")
    page.keyboard.type("29.9")
    page.keyboard.press("Enter")
    expect(page.locator(".handheld-lines")).to_contain_text("60.15 / 60 (2 / 2)")
    looked_at(page, "weights-handheld")
    page.locator("#handheld-buttons button").first.click()
    expect(page.locator("#handheld-work")).to_contain_text("No receipt is expected")
    all_sent(page)
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        assert GoodsReceipt.objects.get(pk=receipt).state == "posted"
        found = (
            LotStock.objects.filter(product=made.numbered).order_by("lot__number").values_list("lot__number", "on_hand", "second_on_hand")
        )
        assert list(found) == [("W7", Decimal("30.25"), 1), ("W8", Decimal("29.9"), 1)]
    with django_db_blocker.unblock():
        made.books.assert_checks_hold()
