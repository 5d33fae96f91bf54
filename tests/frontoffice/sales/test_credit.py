"""AR-03: exposure against the limit at quote, order and shipment; hold, release by another person, both logged; no race slips through."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.receivables.credit import standings
from fondaco.finance.receivables.models import CreditDecision, CreditLimit
from fondaco.finance.receivables.panels import credit
from fondaco.finance.receivables.refusals import NotBySameHand, OnCreditHold, ReleasedTooLittle
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.resources import OrderResource
from fondaco.operations.inventory.models import GoodsIssue
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import open_books
from tests.clerks import Slow
from tests.frontoffice.sales.shop import Shop

MANAGER = Actor(username="manager", name="The manager", everything=True)


@pytest.fixture
def shop(books):
    shop = Shop(books)
    shop.receive(shop.machine, "20", "800.00")
    return shop


def limit(shop, amount="5000.00", **values):
    with unit_of_work("test", "test"):
        CreditLimit.objects.filter(party=shop.customer).delete()
        return CreditLimit.objects.create(company=shop.books.company, party=shop.customer, amount=Decimal(amount), **values)


def parts(shop):
    (standing,) = standings(CreditLimit.objects.filter(party=shop.customer)).values()
    return {name: amount for name, amount in standing.parts.items() if amount}


def log():
    return list(CreditDecision.objects.order_by("pk").values_list("document", "stage", "decision", "amount", "exposure"))


def test_exposure_follows_the_deal_from_order_to_payment(shop):
    limit(shop, insured=Decimal("1000"))
    order = shop.order((shop.machine, "2"), (shop.course, "1"))  # 2,928.00 + 183.00
    assert parts(shop) == {"ordered": 3111}
    shop.did("deliver", order, on="2026-02-05", quantities={order.lines.first().pk: "1"})
    assert parts(shop) == {"ordered": 1647, "delivered": 1464}
    shop.did("invoice", order, on="2026-02-06")
    assert parts(shop) == {"ordered": 1647, "delivered": 1464}, "a draft is not owed yet"
    shop.books.do("invoicing.post", shop.invoices(order)[0].pk)
    assert parts(shop) == {"ordered": 1464, "owed": 1647}
    shop.books.pay(shop.customer, "2000.00", "2026-02-10")
    assert parts(shop) == {"ordered": 1464, "owed": 1647, "unapplied": -2000}
    (standing,) = standings(CreditLimit.objects.all()).values()
    assert (standing.exposure, standing.left) == (111, 4889)
    shop.did("take_back", order, "Broken", on="2026-02-12", post=True)
    assert parts(shop)["ordered"] == 1464
    shop.did("close", order)
    assert "ordered" not in parts(shop)
    panel = credit(MANAGER, shop.books.company, shop.customer)
    assert [str(f.title) for f in panel.figures[:3]] == ["Credit left", "Credit limit", "Exposure"]
    shop.books.assert_checks_hold()


def test_an_order_over_the_limit_is_held_and_released_by_somebody_else(shop):
    limit(shop)
    first = shop.order((shop.machine, "3"))
    second = shop.order((shop.machine, "1"))  # 4,392.00 + 1,464.00
    assert (first.state, second.state) == ("confirmed", "held")
    assert shop.stock(shop.machine) == (20, 3), "nothing is reserved for what is on hold"
    assert log() == [(second.number, "order", "held", 1464, 4392)]
    assert OrderResource.wrong(second.pk, MANAGER) == []
    with pytest.raises(NotBySameHand, match=f"{second.number} was entered or changed by"):
        shop.did("approve_credit", second, "He always pays")
    assert Order.objects.get(pk=second.pk).state == "held"
    perform(MANAGER, ACTIONS["sales.approve_credit"], [second.pk], reason="He always pays")
    second.refresh_from_db()
    assert (second.state, shop.stock(shop.machine)) == ("confirmed", (20, 4))
    assert log()[-1] == (second.number, "order", "released", 1464, 4392)
    assert CreditDecision.objects.last().created_by == "manager"
    assert "over the credit limit by 856.00 EUR" in OrderResource.wrong(second.pk, MANAGER)[0].text
    shop.did("deliver", second, on="2026-02-05")
    with pytest.raises(OnCreditHold, match=r"exposure of 5,856.00 with a limit of 5,000.00"):
        shop.did("deliver", first, on="2026-02-05")
    assert not GoodsIssue.objects.filter(source_id=first.pk).exists()
    perform(MANAGER, ACTIONS["sales.approve_credit"], [first.pk], reason="Ship it")
    shop.did("deliver", first, on="2026-02-05")
    shop.books.assert_checks_hold()


def test_a_release_is_for_an_amount_and_a_customer(shop):
    limit(shop, "0")
    order = shop.order((shop.machine, "1"))
    with pytest.raises(NotBySameHand):
        shop.did("approve_credit", order, "Fine")
    shop.did("withdraw", order)
    perform(MANAGER, ACTIONS["sales.confirm"], [order.pk])
    assert Order.objects.get(pk=order.pk).state == "held"
    with pytest.raises(NotBySameHand, match="The manager"):
        perform(MANAGER, ACTIONS["sales.approve_credit"], [order.pk], reason="Fine")
    boss = Actor(username="boss", everything=True)
    with pytest.raises(ReleasedTooLittle, match=r"comes to 1,464.00.* released up to 1,000.00"):
        perform(boss, ACTIONS["sales.approve_credit"], [order.pk], {"amount": "1000.00"}, reason="Up to a thousand")
    perform(boss, ACTIONS["sales.approve_credit"], [order.pk], {"amount": "1500.00"}, reason="All of it")
    shop.did("deliver", order, on="2026-02-05")


def test_who_is_overdue_too_long_or_blocked_is_held_whatever_the_limit(shop):
    limit(shop, "100000", days_overdue=30)
    shop.books.invoice(shop.customer, [{"quantity": "1", "unit_price": "10"}], "2026-01-01")
    assert shop.order((shop.machine, "1")).state == "held", "33 days late on 3 February"
    limit(shop, "100000", days_overdue=40)
    assert shop.order((shop.machine, "1")).state == "confirmed"
    limit(shop, "100000", is_blocked=True)
    assert shop.order((shop.machine, "1")).state == "held"


def test_an_accepted_quote_becomes_an_order_on_hold_and_the_quote_was_noted(shop):
    limit(shop, "1000")
    quote = shop.quote((shop.machine, "1"))
    assert log() == [(quote.number, "quote", "noted", 1464, 0)]
    shop.books.do("sales.accept", quote.pk, "By telephone", name="Mario", on="2026-02-03")
    order = Order.objects.get(quote=quote)
    assert order.state == "held"
    shop.did("cancel", order, "Changed his mind")
    shop.books.assert_checks_hold()


def test_orders_of_one_set_share_the_limit(shop):
    limit(shop, "3000")
    orders = [shop.order((shop.machine, "1"), confirm=False) for _ in range(3)]
    shop.books.do("sales.confirm", [o.pk for o in orders], on="2026-02-03")
    assert [Order.objects.get(pk=o.pk).state for o in orders] == ["confirmed", "confirmed", "held"]


def test_a_delivery_without_an_order_is_checked_and_released_too(shop):
    limit(shop, "0", is_blocked=True)

    given = {
        "company": shop.books.company.pk, "warehouse": shop.warehouse.pk, "customer": shop.customer.pk, "on": "2026-02-03",
        "lines": [{"product": shop.machine.pk, "quantity": "1"}],
    }  # fmt: skip
    (key,) = create(shop.books.actor, RESOURCES["deliveries"], [given]).ids
    with pytest.raises(OnCreditHold):
        shop.books.do("inventory.post_issue", key)
    with pytest.raises(NotBySameHand):
        shop.books.do("inventory.approve_credit", key, "Sample")
    perform(MANAGER, ACTIONS["inventory.approve_credit"], [key], reason="Sample")
    shop.books.do("inventory.post_issue", key)


def test_held_orders_keep_their_content_and_the_log_is_for_ever(shop):
    limit(shop, "0")
    order = shop.order((shop.machine, "1"))
    for statement in (
        "update sales_order set gross = 1, net = 1, tax = 0 where id = %s",
        "update sales_orderline set quantity = 2 where order_id = %s",
        "delete from sales_order where id = %s",
    ):
        with pytest.raises(DatabaseError, match=r"never changes|stays"), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement, [order.pk])
    for statement in ("update receivables_creditdecision set amount = 0", "delete from receivables_creditdecision"):
        with pytest.raises(DatabaseError, match="permission denied"), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_statements_do_not_grow_with_the_orders(shop):
    limit(shop, "1000000")
    counts = []
    for many in (1, 15):
        keys = [shop.order((shop.machine, "1"), confirm=False).pk for _ in range(many)]
        with CaptureQueriesContext(connection) as confirming:
            shop.books.do("sales.confirm", keys, on="2026-02-03")
        with CaptureQueriesContext(connection) as releasing:
            perform(MANAGER, ACTIONS["sales.approve_credit"], keys, reason="Fine")
        with CaptureQueriesContext(connection) as delivering:
            shop.books.do("sales.deliver", keys, on="2026-02-04")
        counts.append((len(confirming), len(releasing), len(delivering)))
    assert counts[0] == counts[1]


@pytest.fixture(scope="module")
def live_shop(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        shop = Shop(open_books())
        shop.receive(shop.machine, "20", "800.00")
        limit(shop, "2000.00")
        yield shop


def test_two_orders_at_once_cannot_both_slip_under_the_limit(live_shop):
    orders = [live_shop.order((live_shop.machine, "1"), confirm=False) for _ in range(2)]
    first, second = orders
    slow = Slow(lambda: unit_of_work("slow", "test"), lambda: live_shop.books.do("sales.confirm", first.pk, on=str(date(2026, 2, 3))))
    late = Slow.begun(lambda: live_shop.books.do("sales.confirm", second.pk, on="2026-02-03"))
    slow.somebody_waits()
    slow.end()
    late()
    assert [Order.objects.get(pk=o.pk).state for o in orders] == ["confirmed", "held"]
