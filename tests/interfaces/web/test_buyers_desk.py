"""SP-02 at the desk, by keyboard and on a phone; OM-03 and SP-05 on the pages of an order."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections
from django.utils import timezone
from playwright.sync_api import expect

from fondaco.operations.planning.models import Proposal
from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import AXE, Visitor
from tests.operations.planning.test_reordering import rule, sells
from tests.operations.supply.trade import Trade


@pytest.fixture(scope="module")
def trade(live_address, django_db_blocker):
    with django_db_blocker.unblock():
        made = Trade(open_books(code="DESK"))
        with unit_of_work("test", "people"):
            for name, role, language in (
                ("bruna", "buyer", "en"),
                ("ugo", "buyer", "it"),
                ("sara", "sales_representative", "en"),
                ("vera", "cashier", "en"),
            ):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=Role.objects.get(key=role))
        made.sara = User.objects.get(username="sara").pk
        yield made, live_address


@pytest.fixture
def visitor(trade, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, trade[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def test_a_morning_at_the_buyers_desk_by_keyboard(trade, visitor, django_db_blocker):
    with django_db_blocker.unblock():
        place = trade[0]
        today = timezone.localdate()
        sells(place, lead_days=5, unit_price="1.50", pack="12")
        rule(place, method="min_max", minimum="10", maximum="50")
        rule(place, place.machine, method="min_max", minimum="1", maximum="3", safety_stock="2")
        late = place.buy("4", (today - timedelta(days=3)).isoformat(), place.product("SPOON", "Spoon", "1.00"))
    buyer = visitor("bruna").go("/buy/desk")
    expect(buyer.page.locator("main")).to_contain_text("Nothing to buy")
    buyer.page.keyboard.press("p")  # compute anew
    expect(buyer.page.locator("main tbody").first).to_contain_text("50 become 60, as the vendor sells it")
    expect(buyer.page.locator("main")).to_contain_text(late.number)
    expect(buyer.page.locator("main")).to_contain_text("Below safety stock")
    buyer.page.evaluate(AXE.read_text())
    serious = buyer.page.evaluate(
        "axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id))"
    )
    assert serious == []
    buyer.picture("buyers-desk-wide")
    row = buyer.page.locator("main tbody tr", has_text="Cup").first
    row.get_by_role("checkbox").check()
    buyer.page.keyboard.press("a")
    expect(buyer.page.locator("body")).to_contain_text("Drafted")
    with django_db_blocker.unblock():
        draft = PurchaseOrder.objects.get(state="draft", company=place.books.company)
        assert (draft.vendor, draft.lines.get().quantity) == (place.vendor, 60)
    buyer.go("/buy/desk")
    buyer.page.locator("main tbody tr", has_text="Espresso machine").first.get_by_role("checkbox").check()
    buyer.page.keyboard.press("s")
    buyer.confirm_sheet("Skip")
    expect(buyer.page.locator("main")).to_contain_text("Nothing to buy")
    with django_db_blocker.unblock():
        assert set(Proposal.objects.values_list("state", flat=True)) == {"accepted", "skipped"}


def test_on_a_phone_in_italian(trade, visitor, django_db_blocker):
    with django_db_blocker.unblock():
        place = trade[0]
        tea = place.product("TEA", "Tea", "4.00")
        sells(place, tea, lead_days=3, unit_price="2.00")
        place.books.do("planning.propose", rule(place, tea, method="min_max", minimum="5", maximum="9").pk)
    phone = visitor("ugo", color_scheme="dark")
    phone.page.set_viewport_size({"width": 400, "height": 800})
    phone.go("/buy/desk")
    expect(phone.page.locator("h1")).to_have_text("Scrivania dell'acquirente")
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"
    phone.picture("buyers-desk-phone-dark-it")


def test_a_line_says_when_while_it_is_typed_and_the_order_what_it_waits_for(trade, visitor, django_db_blocker):
    with django_db_blocker.unblock():
        place = trade[0]
        day = timezone.localdate() + timedelta(days=6)
        mug = place.product("MUG", "Mug", "6.00")
        place.receive(mug, "3", "2.00")
        purchase = place.buy("5", day.isoformat(), mug)
    clerk = visitor("sara").go(f"/orders/new?customer={place.customer.pk}")
    clerk.pick("lines-0-product", "Mug")
    clerk.page.fill("[name='lines-0-quantity']", "5")
    clerk.page.keyboard.press("Tab")
    expect(clerk.page.locator("[data-lines]")).to_contain_text(f"3 from stock, 2 from {purchase.number} expected")
    clerk.picture("order-form-promise")
    with django_db_blocker.unblock():
        order = place.sell("5", None, mug, salesperson=place.sara)
    clerk.go(f"/orders/{order.pk}")
    expect(clerk.page.locator("#pegging")).to_contain_text(purchase.number)
    expect(clerk.page.locator("main")).to_contain_text("3 from stock, 2 from")
    clerk.picture("order-pegging")


def test_who_does_not_buy_has_no_desk(trade, visitor):
    cashier = visitor("vera").go("/buy/desk")
    expect(cashier.page.locator("body")).not_to_contain_text("Compute anew")
