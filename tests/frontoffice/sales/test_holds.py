"""Holds by rule and by hand, with rights to release each kind, and a log that stays (OM-06)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from fondaco.finance.receivables.models import CreditLimit
from fondaco.finance.receivables.refusals import NotBySameHand
from fondaco.frontoffice.sales.models import HoldRule, Order, OrderHold
from fondaco.frontoffice.sales.refusals import NotHeld, OnHold
from fondaco.masterdata.catalog.models import Category
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR

D = Decimal


def clerk(*patterns: str, username: str) -> Actor:
    return Actor(username=username, name=username, patterns=tuple((p, None, Scope.COMPANY) for p in patterns))


def rule(shop, name: str, kind: str = "price", **conditions) -> HoldRule:
    (key,) = create(ACTOR, RESOURCES["hold-rules"], [{"company": shop.books.company.pk, "name": name, "kind": kind, **conditions}]).ids
    return HoldRule.objects.get(pk=key)


def release(order: Order, kind: str, who=None, reason: str = "Looked at") -> Order:
    perform(
        who or clerk("sales.*", "receivables.*", username="chief"), ACTIONS["sales.release_hold"], [order.pk], {"kind": kind}, reason=reason
    )
    return Order.objects.get(pk=order.pk)


def why(order: Order) -> list[str]:
    return list(OrderHold.objects.filter(order=order).order_by("pk").values_list("why", flat=True))


def test_OM_06_each_condition_fires_with_its_figures(shop):
    shop.receive(shop.machine, "50", "800.00")
    with unit_of_work("test", "test"):
        goods = Category.objects.create(code="G", name="Goods")
        machines = Category.objects.create(code="M", name="Machines", parent=goods)
        shop.machine.category = machines
        shop.machine.save()
    rule(shop, "Deep discount", discount_over="10")
    rule(shop, "Thin margin", margin_under="20")
    rule(shop, "Large first order", "fraud", new_customer=True, least_total="5000")
    rule(shop, "Machines to Italy", "export", country="IT", category=goods.pk)
    rule(shop, "Machines to Turkey", "export", country="TR", category=goods.pk)
    rule(shop, "Switched off", "other", country="IT", is_active=False)
    order = shop.order((shop.machine, 5, {"discount_percent": "20"}))
    assert order.state == "held"
    assert why(order) == [
        "Deep discount: 20% below the list, allowed 10%",
        "Thin margin: margin 16.67%, at least 20%",
        "Large first order: it comes to 5856.00, limit 5000.00; the customer was never invoiced",
        "Machines to Italy: goods go to IT; goods of the category are ordered",
    ]
    fair = shop.order((shop.cup, 1, {"unit_price": "3.20"}), reserve_partly=True)
    assert fair.state == "confirmed"
    cheap = shop.order((shop.machine, 1, {"unit_price": "1000.00"}))
    assert why(cheap)[0] == "Deep discount: 16.67% below the list, allowed 10%"


def test_OM_06_an_order_goes_on_when_the_last_hold_is_released(shop):
    shop.receive(shop.machine, "5", "800.00")
    rule(shop, "Thin margin", margin_under="90")
    rule(shop, "Export", "export", country="IT")
    order = shop.order((shop.machine, 5))
    assert (order.state, shop.stock(shop.machine)) == ("held", (D(5), D(0)))
    with pytest.raises(NotHeld, match=r"suspicion of fraud.*price, export control"):
        release(order, "fraud")
    with pytest.raises(NotAllowed):
        release(order, "export", clerk("sales.view_order", "sales.release_hold", "sales.release_price_hold", username="other"))
    assert release(order, "price").state == "held"
    order = release(order, "export", reason="Licence 123")
    assert (order.state, shop.stock(shop.machine)) == ("confirmed", (D(5), D(5)))
    log = OrderHold.objects.filter(order=order).order_by("pk").values_list("kind", "released_by", "released_because")
    assert list(log) == [("price", "chief", "Looked at"), ("export", "chief", "Licence 123")]


def test_OM_06_credit_and_holds_stop_each_on_its_own(shop):
    shop.receive(shop.machine, "50", "800.00")
    with unit_of_work("test", "test"):
        CreditLimit.objects.create(company=shop.books.company, party=shop.customer, amount=D(100))
    rule(shop, "Thin margin", margin_under="90")
    order = shop.order((shop.machine, 5))
    chief = clerk("sales.*", "receivables.*", username="chief")
    perform(chief, ACTIONS["sales.approve_credit"], [order.pk], {}, reason="Good customer")
    order.refresh_from_db()
    assert order.state == "held"
    assert release(order, "price", chief).state == "confirmed"

    second = shop.order((shop.machine, 1))
    assert release(second, "price", chief).state == "held"
    perform(chief, ACTIONS["sales.approve_credit"], [second.pk], {}, reason="Good customer")
    second.refresh_from_db()
    assert second.state == "confirmed"


def test_OM_06_by_hand_goods_of_a_confirmed_order_stay_here(shop):
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 5))
    assert not ACTIONS["sales.release_hold"].serves(order.pk)  # no button where nothing is held
    shop.did("hold", order, reason="Card stolen", kind="fraud")
    assert ACTIONS["sales.release_hold"].serves(order.pk)
    with pytest.raises(OnHold, match="Card stolen"):
        shop.did("deliver", order, on="2026-02-10")
    with pytest.raises(NotBySameHand):
        release(order, "fraud", ACTOR)
    release(order, "fraud")
    shop.did("deliver", order, on="2026-02-10")
    shop.did("hold", order, reason="Again", kind="fraud")
    shop.did("take_back", order, reason="Broken", on="2026-02-11")
    shop.books.assert_checks_hold()


def test_OM_06_a_rule_released_once_does_not_fire_again(shop):
    shop.receive(shop.machine, "5", "800.00")
    rule(shop, "Thin margin", margin_under="90")
    order = shop.order((shop.machine, 1))
    release(order, "price")
    order = shop.order((shop.machine, 1))
    shop.did("withdraw", order)
    shop.did("confirm", order, on="2026-02-05")
    assert OrderHold.objects.filter(order=order).count() == 1


def test_OM_06_an_amendment_does_not_slip_under_a_rule(shop):
    """Sold at the list and confirmed, then amended to less: the goods stay here, and what was released for 10% is not released for 20%."""
    shop.receive(shop.machine, "5", "800.00")
    rule(shop, "Deep discount", discount_over="5")
    order = shop.order((shop.machine, 2))
    assert order.state == "confirmed"

    def amended(percent: str) -> None:
        given = [{"id": order.lines.get().pk, "product": shop.machine.pk, "quantity": "2", "discount_percent": percent}]
        edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": given}}, reason="He insists")

    amended("10")
    with pytest.raises(OnHold, match="10% below the list"):
        shop.did("deliver", order, on="2026-02-10")
    release(order, "price")
    with translation.override("it"):  # told in another language, it is the same rule with the same figures
        amended("10")
    assert len(why(order)) == 1
    amended("20")
    with pytest.raises(OnHold, match="20% below the list"):
        shop.did("deliver", order, on="2026-02-10")


def test_OM_06_the_database_keeps_holds_and_their_log(shop):
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 5), confirm=False)
    shop.did("hold", order, reason="Wait", kind="other")
    with pytest.raises(IntegrityError), transaction.atomic(), unit_of_work("test", "test"):
        Order.objects.filter(pk=order.pk).update(state="confirmed", number="SO/X", confirmed_on="2026-02-03")
    held = OrderHold.objects.get()
    for change in (
        held.delete,
        lambda: OrderHold.objects.update(why="Nothing"),
        lambda: OrderHold.objects.update(released_by="me"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), unit_of_work("test", "test"):
            change()
    release(order, "other")
    with pytest.raises(IntegrityError), transaction.atomic(), unit_of_work("test", "test"):
        OrderHold.objects.update(released_because="Because")


def test_OM_06_statements_do_not_grow_with_the_orders(shop):
    shop.receive(shop.machine, "100", "800.00")
    rule(shop, "Thin margin", margin_under="90")
    chief = clerk("sales.*", "receivables.*", username="chief")

    def gone_on(count: int) -> int:
        orders = [shop.order((shop.machine, 1), confirm=False).pk for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            shop.books.do("sales.confirm", orders, on="2026-02-03")
            shop.books.do("sales.hold", orders, reason="Wait", kind="other")
            perform(chief, ACTIONS["sales.release_hold"], orders, {"kind": "price"}, reason="Yes")
            perform(chief, ACTIONS["sales.release_hold"], orders, {"kind": "other"}, reason="Yes")
        assert Order.objects.filter(pk__in=orders, state="confirmed").count() == count
        return len(seen)

    gone_on(1)
    assert gone_on(2) == gone_on(12)
