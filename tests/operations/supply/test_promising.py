"""A day for every line, with its reason: from stock, from what comes and nobody waits for, from the vendor's lead time (OM-03)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.sales.models import OrderLine, PromiseOutlook, QuoteLine
from fondaco.operations.inventory.models import Lot
from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.operations.supply.calendars import Calendar
from fondaco.operations.supply.promising import Ask, promise
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events import bus
from fondaco.platform.jobs.working import KINDS
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit, preview
from tests.books import ACTOR


def day(number):
    return timezone.localdate() + timedelta(days=number)


def on(number):
    return day(number).isoformat()


def said(order_or_line):
    line = order_or_line if isinstance(order_or_line, OrderLine | QuoteLine) else order_or_line.lines.get()
    days = None if line.promised_on is None else (line.promised_on - timezone.localdate()).days
    return days, line.promise_explanation


def draft(trade, quantity, product=None, **values):
    given = {"company": trade.books.company.pk, "customer": trade.customer.pk, "on": on(0), **values}
    return preview(ACTOR, RESOURCES["orders"], {**given, "lines": [{"product": (product or trade.cup).pk, "quantity": quantity}]}).lines[0]


def test_a_line_is_promised_from_stock_then_from_what_comes_then_from_the_vendor(books, trade):
    trade.receive(trade.cup, "10", "1.00")
    purchase = trade.buy("5", on(7))
    with unit_of_work("test", "test"):
        RESOURCES["vendor-items"].model.objects.create(company=books.company, vendor=trade.vendor, product=trade.cup, lead_days=20)
    shown = f"{day(7).day} "
    assert said(draft(trade, "8")) == (0, "8 from stock")
    days, why = said(draft(trade, "15"))
    assert days == 7 and why.startswith(f"10 from stock, 5 from {purchase.number} expected {shown}")
    days, why = said(draft(trade, "18"))
    assert days == 20 and ", 3 to be bought of Torrefazione Levante, who takes 20 days: " in why
    assert said(draft(trade, "1", trade.machine)) == (None, "1 from nowhere: nothing is coming, and no vendor's lead time is known")


def test_nobody_who_waits_longer_loses_what_comes_for_him(books, trade):
    trade.receive(trade.cup, "10", "1.00")
    first, second = trade.buy("10", on(10)), trade.buy("6", on(20))
    waiting = trade.sell("16", on(12))  # ten are reserved, six of the first purchase are his
    assert said(waiting)[0] == 12, "the day asked for, which is later than the first possible one"
    assert said(draft(trade, "4"))[0] == 10
    days, why = said(draft(trade, "7"))
    assert days == 20 and why.startswith(f"4 from {first.number}") and f"3 from {second.number}" in why
    # Stock that is free today but promised for a later day is not given away: a demand of ten in 15 days needs it.
    trade.receive(trade.machine, "3", "800")
    with unit_of_work("test", "test"):
        asks = [Ask(books.company.pk, trade.machine.pk, None, Decimal(2)), Ask(books.company.pk, trade.machine.pk, None, Decimal(2))]
        one, two = promise(asks, timezone.localdate())
    assert (one.on, two.on) == (day(0), None), "what one line takes the next of the same paper has not"


def test_blocked_goods_and_drafts_of_purchases_are_not_promised(books, trade):
    beans = trade.product("BEANS", "Beans", "9.00", tracking="lot")
    lines = [{"product": beans.pk, "quantity": "5", "unit_cost": "4", "lots": "L1=3,L2=2"}]
    given = {"company": books.company.pk, "warehouse": trade.warehouse.pk, "on": "2026-01-05", "lines": lines}
    books.do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [given]).ids)
    books.do("inventory.block", Lot.objects.get(number="L1").pk, reason="Smells")
    trade.buy("9", on(3), beans, confirm=False)
    assert said(draft(trade, "2", beans)) == (0, "2 from stock")
    assert said(draft(trade, "3", beans))[0] is None


def test_what_should_have_come_already_is_not_counted_on_today(books, trade):
    late = trade.buy("5", on(-4))
    days, why = said(draft(trade, "5"))
    assert days == 1 and why.startswith(f"5 from {late.number}, expected") and why.endswith("and overdue")


def test_the_promise_is_kept_with_the_order_and_a_broken_one_is_told(books, trade, monkeypatch):
    heard = []
    monkeypatch.setitem(bus._reactions, "sales.promise_broken", [lambda orders: heard.append([o.number for o in orders])])
    purchase = trade.buy("5", on(7))
    order = trade.sell("5")
    kept = said(order)
    assert kept[0] == 7
    assert trade.ties() == [f"{order.number} <- {purchase.number} 5"]
    # The vendor calls: ten days later.
    edit_expected(purchase, 17)
    outlook = PromiseOutlook.objects.get()
    assert (outlook.is_broken, outlook.expected_on, outlook.broken_since) == (True, day(17), day(0))
    assert said(OrderLine.objects.get()) == kept, "what was promised stays as it was promised"
    assert trade.ties() == [f"{order.number} <- {purchase.number} 5, 10 days late"]
    assert heard == [[order.number]]
    orders = RESOURCES["orders"]
    assert [w.tone for w in orders.wrong(order.pk, ACTOR)] == ["bad"]
    assert list(orders.model.objects.filter(orders.conditions["promise_broken"][1]())) == [order]
    books.do("sales.review_promises", order.pk)
    assert heard == [[order.number]], "told once"
    edit_expected(purchase, 5)
    assert not PromiseOutlook.objects.get().is_broken
    books.do("purchasing.cancel", purchase.pk, reason="Sold out")
    assert PromiseOutlook.objects.get().expected_on is None
    assert heard == [[order.number]] * 2
    trade.receive(trade.cup, "5", "1.00")
    KINDS["sales.review_promises"].work(ACTOR, None, on=on(0))
    assert not PromiseOutlook.objects.get().is_broken
    books.assert_checks_hold()


def edit_expected(purchase, days):
    """The day is moved as a door would: written, and told."""
    with unit_of_work("test", "test"):
        PurchaseOrder.objects.filter(pk=purchase.pk).update(expected_on=day(days))
        bus.emit("purchasing.write", DocumentSet(PurchaseOrder, [PurchaseOrder.objects.get(pk=purchase.pk)], ACTOR).rows, ACTOR)


def test_an_amended_line_is_promised_anew_and_the_others_keep_theirs(books, trade):
    trade.receive(trade.cup, "10", "1.00")
    order = trade.order((trade.cup, "4"), (trade.machine, "1"), reserve_partly=True)
    cups, machine = order.lines.order_by("position")
    trade.buy("2", on(9), trade.machine)
    lines = [
        {"id": cups.pk, "product": trade.cup.pk, "quantity": "12"},
        {"id": machine.pk, "product": trade.machine.pk, "quantity": "1"},
    ]
    trade.buy("5", on(6))
    edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": lines}}, reason="More cups")
    days, why = said(OrderLine.objects.get(pk=cups.pk))
    assert days == 6 and why.startswith("4 reserved in stock, 6 from stock, 2 from PO/")
    books.assert_checks_hold()


def test_working_days_and_the_road_to_the_customer_count(books, trade):
    given = {"company": books.company.pk, "handling_days": 1, "transport_days": 2, "closed_days": [{"on": on(1), "name": "Saint Ambrose"}]}
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), True)
    create(ACTOR, RESOURCES["working-calendars"], [{**given, **week}])
    trade.receive(trade.cup, "10", "1.00")
    assert said(draft(trade, "1"))[0] == 4, "packed on the day after tomorrow, which is closed; two days on the road"
    calendar = Calendar((True,) * 5 + (False,) * 2, frozenset({date(2026, 12, 8)}), 1, 2)
    assert calendar.arrives(date(2026, 12, 4)) == date(2026, 12, 9)  # Friday; packed on Monday, there on Wednesday
    assert calendar.arrives(date(2026, 12, 7)) == date(2026, 12, 11)  # the 8th is closed: packed on the 9th
    for n in range(60):
        arrival = date(2026, 12, 1) + timedelta(days=n)
        ready = calendar.needed(arrival)
        assert calendar.arrives(ready) <= arrival or not calendar.is_open(arrival)


def test_lines_of_quotes_are_promised_and_forms_say_so(books, trade):
    trade.receive(trade.cup, "10", "1.00")
    quote = trade.quote((trade.cup, "4"), (trade.course, "1"))
    cups, course = quote.lines.order_by("position")
    assert said(cups) == (0, "4 from stock")
    assert said(course) == (None, "")


def test_500_lines_are_promised_by_as_many_statements_as_one(books, trade):
    def statements(count):
        products = [trade.product(f"P{count}-{n}", f"Thing {n}", "2.00") for n in range(count)]
        for product in products:
            trade.buy("2", on(3), product)
        asks = [Ask(books.company.pk, p.pk, None, Decimal(3)) for p in products]
        with CaptureQueriesContext(connection) as told:
            promise(asks, timezone.localdate())
        return len(told)

    assert statements(1) == statements(20)


@pytest.mark.parametrize("count", [1, 8])
def test_reviewing_costs_the_same_for_one_order_and_for_many(books, trade, count):
    purchase = trade.buy("100", on(3))
    orders = [trade.sell("2").pk for _n in range(count)]
    edit_expected(purchase, 9)
    with CaptureQueriesContext(connection) as told:
        books.do("sales.review_promises", orders)
    assert len(told) <= 26, len(told)
