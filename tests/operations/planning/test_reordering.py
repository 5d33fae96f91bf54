"""What is bought again, when and how much, from what was really used and how long it really took (SP-02), and what is fetched (SP-06)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.operations.inventory.models import StockTransfer, StockTransferLine
from fondaco.operations.planning.measuring import Lead, Use, quantile, safety_stock
from fondaco.operations.planning.models import Proposal, ReorderRule
from fondaco.operations.planning.refusals import NoVendor, RuleIncomplete
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.supply.models import TransportRoute, VendorItem
from fondaco.operations.supply.promising import Ask, promise
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.jobs.working import KINDS
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books


def day(number):
    return timezone.localdate() + timedelta(days=number)


def on(number):
    return day(number).isoformat()


def rule(trade, product=None, **values):
    given = {"company": trade.books.company.pk, "product": (product or trade.cup).pk, "warehouse": trade.warehouse.pk, **values}
    (key,) = create(ACTOR, RESOURCES["reorder-rules"], [given]).ids
    return ReorderRule.objects.get(pk=key)


def sells(trade, product=None, **values):
    with unit_of_work("test", "test"):
        return VendorItem.objects.create(company=trade.books.company, vendor=trade.vendor, product=product or trade.cup, **values)


def proposed(trade, *rules):
    trade.books.do("planning.propose", [r.pk for r in rules])
    return list(Proposal.objects.filter(state="open").order_by("pk"))


def stocked(trade, quantity, product=None, house=None, when=-100):
    lines = [{"product": (product or trade.cup).pk, "quantity": quantity, "unit_cost": "1.00"}]
    given = {"company": trade.books.company.pk, "warehouse": (house or trade.warehouse).pk, "on": on(when), "lines": lines}
    trade.books.do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [given]).ids)


def shipped(trade, quantity, when):
    given = {"company": trade.books.company.pk, "warehouse": trade.warehouse.pk, "customer": trade.customer.pk, "on": on(when)}
    lines = [{"product": trade.cup.pk, "quantity": quantity}]
    trade.books.do("inventory.post_issue", create(ACTOR, RESOURCES["deliveries"], [{**given, "lines": lines}]).ids)


def test_the_formula_of_the_safety_stock():
    assert quantile(Decimal(95)) == Decimal("1.6449")
    # 10 a day (spread 3), 9 days (spread 2): 1.6449 * sqrt(9 * 9 + 100 * 4) = 36.07
    assert safety_stock(Use(Decimal(10), Decimal(3)), Lead(Decimal(9), Decimal(2)), Decimal(95)) == 37
    assert safety_stock(Use(Decimal(10), Decimal(3)), Lead(Decimal(9), Decimal(2)), Decimal(50)) == 0


def test_a_reorder_point_from_what_was_used_and_how_long_it_took(books, trade):
    stocked(trade, "400")
    for back in range(20, 0, -1):
        shipped(trade, "10", -back)
    for back, took in ((60, 8), (50, 10), (40, 12)):
        order = trade.buy("10", on=on(-back))
        trade.came(order, on(took - back))
    item = sells(trade, lead_days=30, pack="12", unit_price="1.25")
    r = rule(trade)
    assert proposed(trade, r) == []
    r.refresh_from_db()
    item.refresh_from_db()
    assert (r.demand_per_day, r.lead_days, r.lead_spread) == (Decimal("9.52"), 10, 2)  # 200 in 21 days; 8, 10 and 12 days
    assert (item.measured_days, item.measured_spread, item.measured_receipts) == (10, 2, 3)
    assert "measured over 3 receipts" in r.explanation and "service level of 95%" in r.explanation
    assert r.reorder_point == 96 + r.safety and 30 < r.safety < 40
    shipped(trade, "100", 0)  # 130 are left: the use of a day rises, and the point with it
    (p,) = proposed(trade, r)
    assert p.vendor == trade.vendor and p.needed_on == day(10) and p.unit_price == Decimal("1.25")
    assert p.quantity % 12 == 0, "whole packs"
    assert "There are 130 free, 0 on the way and 0 wanted within 10 days" in p.why and "as the vendor sells it" in p.why
    books.assert_checks_hold()


def test_nothing_is_proposed_twice(books, trade):
    sells(trade, lead_days=5, unit_price="1.50")
    r = rule(trade, method="min_max", minimum="10", maximum="50")
    (p,) = proposed(trade, r)
    assert p.quantity == 50
    (again,) = proposed(trade, r)
    assert again.quantity == 50 and Proposal.objects.count() == 1
    books.do("planning.accept", again.pk)
    order = PurchaseOrder.objects.get()
    line = PurchaseOrderLine.objects.get()
    assert (order.state, order.net, line.quantity, line.expected_on) == ("draft", 75, 50, day(5))
    assert proposed(trade, r) == [], "the draft is on the way"
    books.do("purchasing.confirm", order.pk)
    assert proposed(trade, r) == []
    trade.sell("45")
    (more,) = proposed(trade, r)
    assert more.quantity == 45
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "test"):
        Proposal.objects.create(
            company=books.company, on=day(0), rule=r, source="purchase", product=trade.cup, warehouse=trade.warehouse, quantity=1, needed_on=day(1), why="Again",
        )  # fmt: skip
    books.assert_checks_hold()


def test_proposals_are_changed_skipped_and_accepted_in_sets(books, trade):
    other = books.vendor("Altro")
    sells(trade, lead_days=5, unit_price="1.50")
    spoon = trade.product("SPOON", "Spoon", "1.00")
    saucer = trade.product("SAUCER", "Saucer", "1.00")
    sells(trade, spoon, lead_days=9)
    rules = [rule(trade, product, method="min_max", minimum="1", maximum="5") for product in (trade.cup, spoon, saucer, trade.machine)]
    cup, spoons, saucers, machines = proposed(trade, *rules)
    with pytest.raises(NoVendor, match="Nobody sells SAUCER Saucer for Milano yet"):
        books.do("planning.accept", [cup.pk, saucers.pk])
    books.do("planning.change", saucers.pk, vendor=str(other.pk), quantity="7")
    books.do("planning.skip", machines.pk)
    books.do("planning.accept", [cup.pk, spoons.pk, saucers.pk])
    orders = {o.vendor_id: o.lines.count() for o in PurchaseOrder.objects.all()}
    assert orders == {trade.vendor.pk: 2, other.pk: 1}, "one order a vendor"
    assert PurchaseOrderLine.objects.get(product=saucer).quantity == 7
    assert proposed(trade, *rules) == [], "what was skipped is left alone for a week"
    with unit_of_work("test", "test"):
        Proposal.objects.filter(pk=machines.pk).update(skipped_until=day(-1))
    KINDS["planning.propose"].work(ACTOR, None, on=on(0))
    assert Proposal.objects.get(state="open").product == trade.machine


def test_what_another_warehouse_has_is_fetched_and_what_it_lacks_is_bought_there(books, trade):
    """SP-06: departures on two days of the week, three days on the road; the promise of an order sees it too (OM-03)."""
    roma = trade.house("RM")
    today = timezone.localdate()
    departs = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), False)
    leaves = (today + timedelta(days=2)).strftime("%A").lower()
    route = {"company": books.company.pk, "from_warehouse": trade.warehouse.pk, "to_warehouse": roma.pk, "transport_days": 3}
    create(ACTOR, RESOURCES["routes"], [{**route, **departs, leaves: True}])
    stocked(trade, "30")
    sells(trade, lead_days=10, unit_price="1.00")
    with unit_of_work("test", "test"):
        near = promise([Ask(books.company.pk, trade.cup.pk, roma.pk, Decimal(4))], today)[0]
    assert near.on == day(5) and [p.kind for p in near.parts] == ["moved"]
    there = rule(
        trade, warehouse=roma.pk, method="min_max", minimum="5", maximum="40", source="transfer", from_warehouse=trade.warehouse.pk
    )
    here = rule(trade, method="min_max", minimum="5", maximum="20")
    fetch, buy = proposed(trade, there, here)
    assert (fetch.source, fetch.quantity, fetch.needed_on) == ("transfer", 30, day(5))
    assert "Only 30 of 40 can be spared" in fetch.why
    assert (buy.source, buy.quantity, buy.needed_on) == ("purchase", 30, day(10)), "30 are there, 40 are asked for: up to 20"
    books.do("planning.accept", [fetch.pk, buy.pk])
    transfer = StockTransfer.objects.get()
    assert (transfer.state, transfer.to_warehouse, StockTransferLine.objects.get().quantity) == ("draft", roma, 30)
    assert proposed(trade, there, here) == [], "drafts count as coming, and as wanted where they leave"
    books.do("inventory.send_transfer", transfer.pk)
    with unit_of_work("test", "test"):
        coming = promise([Ask(books.company.pk, trade.cup.pk, roma.pk, Decimal(30))], today)[0]
    assert coming.on == day(3) and coming.parts[0].kind == "coming", "sent today, three days on the road"
    books.assert_checks_hold()


def test_a_rule_says_what_it_needs(books, trade):
    for wrong in ({"method": "min_max", "minimum": "5", "maximum": "4"}, {"source": "transfer"}):
        with pytest.raises(RuleIncomplete), transaction.atomic():
            rule(trade, **wrong)


def test_proposing_and_accepting_cost_the_same_for_one_and_for_many(books, trade):
    def statements(count):
        rules = []
        for n in range(count):
            product = trade.product(f"R{count}-{n}", f"Thing {n}", "1.00")
            sells(trade, product, lead_days=4, unit_price="1.00")
            rules.append(rule(trade, product, method="min_max", minimum="1", maximum="5"))
        with CaptureQueriesContext(connection) as one:
            made = proposed(trade, *rules)
        with CaptureQueriesContext(connection) as two:
            books.do("planning.accept", [p.pk for p in made])
        return len(one), len(two)

    assert statements(1) == statements(12)


def test_routes_go_elsewhere(books, trade):
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "test"):
        TransportRoute.objects.create(company=books.company, from_warehouse=trade.warehouse, to_warehouse=trade.warehouse)


def test_a_rule_that_is_changed_proposes_nothing_old_and_stays_in_its_company(books, trade):
    sells(trade, lead_days=3, unit_price="1")
    r = rule(trade, method="min_max", minimum="5", maximum="9")
    assert len(proposed(trade, r)) == 1
    edit(ACTOR, RESOURCES["reorder-rules"], {r.pk: {"cover_days": "20"}})
    assert Proposal.objects.filter(state="open").count() == 1
    edit(ACTOR, RESOURCES["reorder-rules"], {r.pk: {"product": trade.machine.pk}})
    assert not Proposal.objects.exists(), "nobody wants cups ordered again any more"
    elsewhere = open_books(code="ELSE")
    (house,) = create(ACTOR, RESOURCES["warehouses"], [{"company": elsewhere.company.pk, "code": "X", "name": "Elsewhere"}]).ids
    with pytest.raises(NotFound, match="belongs to a company"):
        rule(trade, warehouse=house)
    books.assert_checks_hold()
