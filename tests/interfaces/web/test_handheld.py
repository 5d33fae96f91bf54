"""WH-04: a worker scans in one hand, with and without network; what he did happens once, and what is refused he is told."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.operations.inventory.models import GoodsReceipt, StockLevel
from fondaco.operations.warehouse.models import BinCount, BinMove, Task
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR, open_books
from tests.browser import AXE, PICTURES, Visitor
from tests.operations.warehouse.test_picking import Pickers

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def floor(live_address, django_db_blocker):
    with django_db_blocker.unblock():
        made = Pickers(open_books(code="SCAN"))
        edit(ACTOR, RESOURCES["products"], {made.bolt.pk: {"barcode": "4006381333931"}})
        made.receive("40", "1")
        made.aisles(A1="9", A2="9", B1="9")
        with unit_of_work("test", "people"):
            for name, role, language in (("walter", "warehouse_worker", "en"), ("ugo", "warehouse_worker", "it")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=Role.objects.get(key=role))
        yield made, live_address


@pytest.fixture
def visitor(floor, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, floor[1], has_touch=True, **options).signed_in(name))
        opened[-1].page.set_viewport_size(PHONE)
        return opened[-1]

    yield come
    for one in opened:
        one.context.close()
        complaints = [c for c in one.complaints if "ERR_INTERNET_DISCONNECTED" not in c and "ERR_FAILED" not in c]
        assert not complaints
    with django_db_blocker.unblock():
        connections.close_all()


def scan(page, *codes):
    for code in codes:
        expect(page.locator("#handheld-code")).to_be_focused()
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def asked(page, text):
    expect(page.locator("#handheld-ask")).to_contain_text(text)


def state(page, text):
    expect(page.locator("#handheld-state")).to_contain_text(text)


def all_sent(page):
    """Wait until nothing is kept on the phone that is still to be sent."""
    for _moment in range(400):
        if page.evaluate("JSON.parse(localStorage.getItem('fondaco:handheld:kept') ?? '[]').length") == 0:
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.evaluate("localStorage.getItem('fondaco:handheld:kept')"))


def looked_at(page, name):
    page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)
    page.evaluate(AXE.read_text())
    serious = page.evaluate(
        "axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ' ' + v.nodes[0].html))"
    )
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_wh04_a_pick_is_scanned_place_item_and_target_and_a_wrong_one_is_told(floor, visitor, django_db_blocker):
    made = floor[0]
    with django_db_blocker.unblock():
        wave = made.released([made.delivery("4")])
    page = visitor("walter").go("/deliver/handheld").page
    state(page, "Connected")
    asked(page, "Scan bin A1")
    looked_at(page, "handheld-phone-light")
    scan(page, "A2")
    expect(page.locator("#handheld-wrong")).to_have_text("This is A2, not bin A1.")
    scan(page, "A1")
    asked(page, "Scan BOLT Bolt")
    scan(page, "NUT")
    expect(page.locator("#handheld-wrong")).to_have_text("This is NUT, not BOLT Bolt.")
    scan(page, "(01)04006381333931")
    asked(page, "Bring it to OUT")
    scan(page, "OUT")
    expect(page.locator("#handheld-work")).to_contain_text("Nothing to carry.")
    all_sent(page)
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        (task,) = Task.objects.filter(pick_list__wave=wave)
        assert (task.state, task.done_by) == ("done", "walter")


def test_wh04_without_network_work_goes_on_survives_a_reload_and_is_replayed_once_with_conflicts_told(floor, visitor, django_db_blocker):
    made = floor[0]
    with django_db_blocker.unblock():
        waves = [made.released([made.delivery("1")]) for _n in range(3)]
    man = visitor("walter", color_scheme="dark")
    page = man.go("/deliver/handheld").page
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    state(page, "Connected")
    man.context.set_offline(True)
    for _turn in range(2):
        scan(page, "A1", "BOLT", "OUT")
    page.get_by_role("button", name="Move", exact=True).click()
    scan(page, "B1", "4006381333931")
    asked(page, "Quantity")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    scan(page, "A2")
    state(page, "No network: work goes on, and is sent later")
    state(page, "3 kept here, not sent yet")
    page.reload()
    state(page, "3 kept here, not sent yet")
    looked_at(page, "handheld-phone-dark-offline")
    # Meanwhile somebody else takes the first pick, and gives the wave up.
    with django_db_blocker.unblock():
        with unit_of_work("test", "test"):
            first = Task.objects.get(pick_list__wave=waves[0])
            assert Task.objects.filter(pick_list__wave__in=waves, state="open").count() == 3
        made.books.do("warehouse.give_up", first.pk)
    man.context.set_offline(False)
    expect(page.locator(".handheld-problem")).to_contain_text("This could not be booked")
    expect(page.locator(".handheld-problem")).to_contain_text("1 of BOLT from A1 to OUT")
    expect(page.locator(".handheld-problem")).to_contain_text("is cancelled")
    expect(page.locator("#handheld-state")).to_have_text("Connected")
    looked_at(page, "handheld-phone-dark-conflict")
    page.reload()
    expect(page.locator(".handheld-problem")).to_have_count(1)
    page.get_by_role("button", name="I have seen it").click()
    expect(page.locator(".handheld-problem")).to_have_count(0)
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        assert sorted(Task.objects.filter(pick_list__wave__in=waves).values_list("state", flat=True)) == ["cancelled", "done", "open"]
        assert list(BinMove.objects.filter(kind="move").values_list("from_bin__code", "to_bin__code", "quantity")) == [("B1", "A2", 2)]


def test_wh04_an_answer_that_is_lost_does_nothing_twice(floor, visitor, django_db_blocker):
    page = visitor("walter").go("/deliver/handheld").page
    state(page, "Connected")
    lost = []

    def drop(route):
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/do", drop)
    page.get_by_role("button", name="Move", exact=True).click()
    scan(page, "A2", "BOLT")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    scan(page, "B1")
    all_sent(page)
    assert lost == [200]
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        assert BinMove.objects.filter(kind="move", from_bin__code="A2", to_bin__code="B1").count() == 1


def test_wh04_goods_are_received_put_away_found_short_and_counted_in_italian(floor, visitor, django_db_blocker):
    made = floor[0]
    with django_db_blocker.unblock():
        with unit_of_work("test", "test"):
            left = list(Task.objects.filter(state="open").values_list("pk", flat=True))
        if left:
            made.books.do("warehouse.give_up", left)
        receipt = made.paper("goods-receipts", "", [{"product": made.bolt.pk, "quantity": "5", "unit_cost": "1"}])
        wave = made.released([made.delivery("2")])
    page = visitor("ugo").go("/deliver/handheld").page
    page.get_by_role("button", name="Ricevi").click()
    page.wait_for_load_state("networkidle")  # what comes is asked for anew, and drawn again, when the mode changes
    page.locator("#handheld-work button").first.click()
    scan(page, "BOLT", "(01)04006381333931(37)3")
    expect(page.locator(".handheld-lines")).to_contain_text("4 / 5")
    looked_at(page, "handheld-phone-it-receive")
    page.locator("#handheld-buttons button").first.click()
    all_sent(page)
    page.get_by_role("button", name="Da portare").click()
    page.get_by_role("button", name="Non c'è tutto").click()
    scan(page, "1")
    expect(page.locator("[data-count=counts]")).to_have_text("1")
    page.get_by_role("button", name="Conta", exact=False).last.click()
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        count = BinCount.objects.get(state="open")
        bin_code = count.bin.code
    scan(page, bin_code, "6")
    expect(page.locator("#handheld-work")).to_contain_text("Nessun vano da contare.")
    all_sent(page)
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        assert GoodsReceipt.objects.get(pk=receipt).state == "posted"
        assert StockLevel.objects.get(product=made.bolt).on_hand == 44
        assert BinCount.objects.get(pk=count.pk).counted == 6
        assert Task.objects.filter(pick_list__wave=wave).count() == 2
    with django_db_blocker.unblock():
        made.books.assert_checks_hold()
