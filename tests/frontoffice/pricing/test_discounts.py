"""PR-02: discounts by rule that add up, stand alone, are capped and keep a margin floor; each line says which rules won, which lost, and why.

Scenarios by hand, and random rules against a clerk who reads them aloud. FONDACO_PRICES says how many sets of rules are tried.
"""

import os
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.frontoffice.pricing.discounts import DiscountRequest, discounts
from fondaco.frontoffice.pricing.models import DiscountLimit, DiscountRule, DiscountStep
from fondaco.frontoffice.pricing.refusals import DiscountsConflict, DiscountUnclear, LimitUnclear, StepTwice
from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.masterdata.catalog.models import Category, Product
from fondaco.masterdata.parties.models import CustomerGroup, CustomerGroupMember
from fondaco.masterdata.parties.refusals import GroupAlready
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR

TRIES = int(os.environ.get("FONDACO_PRICES", "40"))


class Desk:
    """A sales manager who keeps the discounts of a shop."""

    def __init__(self, shop):
        self.shop = shop

    def step(self, position, name, kind="stack", basis="running"):
        given = {"company": self.shop.books.company.pk, "code": name, "name": name, "position": position, "kind": kind, "basis": basis}
        return create(ACTOR, RESOURCES["discount-steps"], [given]).ids[0]

    def rule(self, step, name, percent, **values):
        return create(ACTOR, RESOURCES["discount-rules"], [{"step": step, "name": name, "percent": percent, **values}]).ids[0]

    def limit(self, **values):
        return create(ACTOR, RESOURCES["discount-limits"], [{"company": self.shop.books.company.pk, **values}]).ids[0]

    def group(self, name, *members):
        given = {"code": name, "name": name, "members": [{"party": m.pk} for m in members]}
        return create(ACTOR, RESOURCES["customer-groups"], [given]).ids[0]


@pytest.fixture
def desk(shop):
    return Desk(shop)


def reasons(line):
    return [(r["rule"], r["won"], r["why"]) for r in line.price_explanation["discounts"]]


def test_PR_02_steps_follow_one_another_and_the_line_says_why(desk, shop):
    trade, promotion = desk.step(10, "Trade"), desk.step(20, "Promotion", basis="list")
    bars = desk.group("Bars", shop.customer)
    desk.rule(trade, "Everybody", "5")
    desk.rule(trade, "Bars", "10", group=bars)
    desk.rule(trade, "Bars, by the dozen", "15", group=bars, from_quantity="12")
    desk.rule(promotion, "Spring", "2.5", product=shop.cup.pk, valid_from="2026-02-01", valid_to="2026-03-31")
    desk.rule(promotion, "Autumn", "4", product=shop.cup.pk, valid_from="2026-09-01")
    order = shop.order((shop.cup, 12), (shop.machine, 1), confirm=False)
    cups, machine = order.lines.order_by("position")
    assert (cups.unit_price, cups.discount_percent, cups.net) == (Decimal("3.33"), Decimal("17.5"), Decimal("32.97"))
    assert cups.price_explanation["sentence"] == "List price of CUP; Bars, by the dozen 15%, Spring 2.5%: together 17.5%"
    assert reasons(cups) == [
        ("Bars, by the dozen 15%", True, "the closest rule of Trade"),
        ("Spring 2.5%", True, "the closest rule of Promotion"),
        ("Bars 10%", False, "Bars, by the dozen is closer"),
        ("Everybody 5%", False, "Bars, by the dozen is closer"),
        ("Autumn 4%", False, "not valid on 2 Feb 2026"),
    ]
    assert (machine.discount_percent, machine.net) == (10, 1080)
    assert reasons(machine)[1] == ("Bars, by the dozen 15%", False, "needs a quantity of 12")


def test_PR_02_on_the_running_price_or_on_that_of_the_lists(desk, shop):
    first, second = desk.step(10, "First"), desk.step(20, "Second")
    desk.rule(first, "Ten", "10")
    desk.rule(second, "Twenty", "20")
    assert shop.order((shop.machine, 1), confirm=False).lines.get().discount_percent == 28
    edit(ACTOR, RESOURCES["discount-steps"], {second: {"basis": "list"}})
    assert shop.order((shop.machine, 1), confirm=False).lines.get().discount_percent == 30


def test_PR_02_a_value_of_the_document_counts_all_its_lines(desk, shop):
    desk.rule(desk.step(10, "Volume"), "From 2,000", "3", from_value="2000")
    order = shop.order((shop.machine, 1), (shop.cup, 10), confirm=False)
    assert [ln.discount_percent for ln in order.lines.order_by("position")] == [0, 0]
    assert reasons(order.lines.get(position=1)) == [("From 2,000 3%", False, "needs a document of 2000")]
    edit(
        ACTOR,
        RESOURCES["orders"],
        {order.pk: {"lines": [{"product": shop.machine.pk, "quantity": "2"}, {"product": shop.cup.pk, "quantity": "1"}]}},
    )
    assert [ln.discount_percent for ln in order.lines.order_by("position")] == [3, 3]


def test_PR_02_what_stands_alone(desk, shop):
    trade, sale, outlet = desk.step(10, "Trade"), desk.step(20, "Sale", "best"), desk.step(30, "Outlet", "alone")
    desk.rule(trade, "Trade", "10")
    desk.rule(sale, "Sale", "8", product=shop.cup.pk)
    desk.rule(sale, "Sale of machines", "25", product=shop.machine.pk)
    order = shop.order((shop.cup, 1), (shop.machine, 1), confirm=False)
    cup, machine = order.lines.order_by("position")
    assert (cup.discount_percent, reasons(cup)) == (
        10,
        [("Trade 10%", True, "the closest rule of Trade"), ("Sale 8%", False, "less than the others together")],
    )
    assert (machine.discount_percent, reasons(machine)) == (
        25,
        [("Sale of machines 25%", True, "the closest rule of Sale"), ("Trade 10%", False, "Sale of machines gives more, and stands alone")],
    )
    desk.rule(outlet, "Last pieces", "5", product=shop.machine.pk)
    machine = shop.order((shop.machine, 1), confirm=False).lines.get()
    assert (machine.discount_percent, reasons(machine)[1]) == (5, ("Trade 10%", False, "Last pieces stands alone"))


def test_PR_02_a_cap_and_a_floor_cut_off_and_say_so_but_not_what_goods_cost(desk, shop):
    shop.receive(shop.machine, "2", "1000.00")
    desk.rule(desk.step(10, "Trade"), "Trade", "40")
    desk.limit(cap_percent="30")
    cup = shop.order((shop.cup, 100), confirm=False).lines.get()
    assert cup.discount_percent == 30
    assert cup.price_explanation["sentence"] == "List price of CUP; Trade 40%; the highest total discount cut 40 to 30 percent"
    with unit_of_work("test", "test"):
        machines = Category.objects.create(code="M", name="Machines")
        Product.objects.filter(pk=shop.machine.pk).update(category=machines)
    shop.machine.refresh_from_db()
    desk.limit(category=machines.pk, floor_percent="8")
    machine = shop.order((shop.machine, 1), confirm=False).lines.get()
    assert (machine.discount_percent, machine.net) == (10, Decimal(1080))
    cut = "the highest total discount cut 40 to 30 percent; the margin floor (Machines) cut 30 to 10 percent"
    assert machine.price_explanation["sentence"].endswith(cut)
    assert "1000" not in str(machine.price_explanation) and "1080" not in str(machine.price_explanation)
    gross = shop.order((shop.machine, 1, {"unit_price": None}), confirm=False, prices_include_tax=True).lines.get()
    assert (gross.discount_percent, gross.net) == (10, Decimal(1080)), "the floor counts without tax"
    edit(ACTOR, RESOURCES["discount-limits"], {DiscountLimit.objects.get(category=machines).pk: {"floor_percent": "50"}})
    assert shop.order((shop.machine, 1), confirm=False).lines.get().discount_percent == 0, "no discount, and no dearer than the list"


def test_PR_02_conflicts_are_refused_when_the_rule_is_saved_and_name_the_other(desk, shop):
    step = desk.step(10, "Trade")
    desk.rule(step, "Spring", "5", product=shop.cup.pk, valid_from="2026-03-01", valid_to="2026-05-31")
    desk.rule(step, "Summer", "6", product=shop.cup.pk, valid_from="2026-06-01")
    desk.rule(step, "By the dozen", "7", product=shop.cup.pk, from_quantity="12")
    with pytest.raises(DiscountsConflict, match="rule Spring of the same step"):
        desk.rule(step, "Easter", "9", product=shop.cup.pk, valid_from="2026-04-01", valid_to="2026-04-15")
    with pytest.raises(DiscountsConflict, match="rule Spring of the same step"):
        edit(ACTOR, RESOURCES["discount-rules"], {DiscountRule.objects.get(name="Summer").pk: {"valid_from": "2026-05-31"}})
    with pytest.raises(DiscountsConflict, match="rule New of the same step"):
        create(
            ACTOR,
            RESOURCES["discount-rules"],
            [{"step": step, "name": n, "percent": "1", "product": shop.machine.pk} for n in ("New", "Newer")],
        )
    with pytest.raises(DiscountUnclear):
        desk.rule(step, "Too much", "101")
    with pytest.raises(DiscountUnclear):
        desk.rule(step, "Backwards", "1", valid_from="2026-04-02", valid_to="2026-04-01")
    with pytest.raises(DiscountUnclear):
        desk.rule(step, "Both", "1", customer=shop.customer.pk, group=desk.group("G"))
    with pytest.raises(StepTwice):
        desk.step(10, "Another")
    with pytest.raises(LimitUnclear):
        desk.limit()
    assert DiscountRule.objects.count() == 3


def test_PR_02_the_index_refuses_what_the_guard_did_not_see(desk, shop):
    """Two clerks who save at the same moment do not see each other's rule: the exclusion constraint stands behind the trigger."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_constraint where conname = 'discounts_do_not_conflict' and contype = 'x'")
        assert cursor.fetchone() == (1,)


def test_a_customer_is_in_one_group_and_the_refusal_names_it(desk, shop):
    desk.group("Bars", shop.customer)
    with pytest.raises(GroupAlready, match="Bar Duomo belongs to Bars already"):
        desk.group("Wholesale", shop.customer)
    assert not CustomerGroup.objects.filter(code="Wholesale").exists()


def test_PR_02_what_a_clerk_enters_stays_and_the_rules_are_told_beside_it(desk, shop):
    desk.rule(desk.step(10, "Trade"), "Trade", "10")
    order = shop.order(
        (shop.machine, 1, {"discount_percent": "12"}),
        (shop.machine, 1, {"discount_percent": "0"}),
        (shop.machine, 1, {"unit_price": "1100"}),
        confirm=False,
    )
    twelve, none, price = order.lines.order_by("position")
    assert [ln.discount_percent for ln in (twelve, none, price)] == [12, 0, 0]
    assert twelve.price_explanation["sentence"] == "List price of M1; discount entered by hand, the rules give 10%"
    assert reasons(twelve) == [("Trade 10%", False, "another discount was entered by hand")]
    assert reasons(price) == [("Trade 10%", False, "the price was entered by hand")]
    with unit_of_work("test", "test"):
        DiscountRule.objects.update(percent=20)
    edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": [{"id": ln.pk, "quantity": "2"} for ln in (twelve, none, price)]}})
    assert list(order.lines.order_by("position").values_list("discount_percent", flat=True)) == [12, 0, 0]


def test_PR_02_a_discount_follows_the_rules_while_nobody_enters_another(desk, shop):
    desk.rule(desk.step(10, "Trade"), "Dozen", "10", from_quantity="12")
    order = shop.order((shop.cup, 1), confirm=False)
    line = order.lines.get()
    for quantity, percent in (("12", 10), ("24", 10), ("3", 0)):
        # What a form shows comes back with it.
        back = {"id": line.pk, "quantity": quantity, "unit_price": "3.33", "discount_percent": str(line.discount_percent)}
        edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": [back]}})
        line.refresh_from_db()
        assert line.discount_percent == percent


def test_PR_02_an_order_in_force_keeps_what_was_agreed(desk, shop):
    shop.receive(shop.cup, "50", "1.00")
    rule = desk.rule(desk.step(10, "Trade"), "Trade", "10")
    order = shop.order((shop.cup, 7))
    edit(ACTOR, RESOURCES["discount-rules"], {rule: {"percent": "20"}})
    lines = [{"id": order.lines.get().pk, "quantity": "8"}, {"product": shop.cup.pk, "quantity": "1"}]
    edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": lines}}, reason="One more")
    assert list(order.lines.order_by("position").values_list("discount_percent", flat=True)) == [10, 20]


def test_PR_02_quote_order_and_invoice_come_to_the_same_cent(desk, shop):
    shop.receive(shop.cup, "50", "1.00")
    rule = desk.rule(desk.step(10, "Trade"), "Trade", "7.77")
    quote = shop.quote((shop.cup, 7), (shop.machine, 1))
    edit(ACTOR, RESOURCES["discount-rules"], {rule: {"percent": "20"}})
    shop.receive(shop.machine, "1", "700.00")
    shop.books.do("sales.accept", quote.pk, reason="Mail", name="Anna", on="2026-02-03")
    order = Order.objects.get(quote=quote)
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-11", post=True)
    (invoice,) = shop.invoices(order)
    assert (invoice.net, invoice.tax, invoice.gross) == (order.net, order.tax, order.gross) == (quote.net, quote.tax, quote.gross)
    assert {ln.discount_percent for ln in invoice.lines.all()} == {Decimal("7.77")}
    shop.books.assert_checks_hold()


def test_PR_02_rules_speak_the_readers_language(desk, shop):
    step = desk.step(10, "Trade")
    desk.rule(step, "Trade", "10", name_it="Rivenditori")
    with translation.override("it"):
        order = shop.order((shop.machine, 1), confirm=False)
    assert "Rivenditori 10%" in order.lines.get().price_explanation["sentence"]


def test_PR_02_a_foreign_document_is_measured_in_company_currency(desk, shop):
    shop.books.rate("USD", "0.50", "2026-01-01")
    shop.receive(shop.machine, "1", "1000.00")
    american = shop.books.customer("Diner", "US", currency_id="USD")
    desk.rule(desk.step(10, "Volume"), "Volume", "30", from_value="1200")
    desk.limit(floor_percent="8")
    line = shop.quote((shop.machine, 1), customer=american.pk).lines.get()
    assert (line.unit_price, line.discount_percent) == (2400, 10)


def test_PR_02_many_lines_cost_the_statements_of_one(desk, shop):
    shop.receive(shop.machine, "1", "1000.00")
    step = desk.step(10, "Trade")
    desk.rule(step, "Trade", "10", group=desk.group("Bars", shop.customer))
    desk.limit(floor_percent="8")

    def counted(lines):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            shop.order(*[(shop.machine, n + 1) for n in range(lines)], confirm=False)
        return len(seen)

    counted(1)
    assert counted(1) == counted(60)
    assert OrderLine.objects.exclude(discount_percent=10).count() == 0


# ------------------------------------------------------------------ any rules


@dataclass(frozen=True)
class Rule:
    """``whom``: customer, group, or all; ``what``: product, one of three nested categories (0 the widest), or all (-1)."""

    step: int
    whom: str
    what: int
    least: int
    value: int
    percent: Decimal
    days: tuple[int, int]


PRODUCT, ALL = 9, -1
percents = some.sampled_from(["0.5", "3.3333", "10", "12.5", "40", "75", "100"]).map(Decimal)
stretches = some.tuples(some.integers(1, 4), some.integers(1, 4)).map(lambda d: (min(d), max(d)))
steps = some.lists(
    some.tuples(some.sampled_from(["stack", "stack", "alone", "best"]), some.sampled_from(["running", "list"])), min_size=1, max_size=4
)
written = some.builds(
    Rule, some.integers(0, 3), some.sampled_from(["customer", "group", "all"]), some.sampled_from([PRODUCT, 2, 1, 0, ALL]), some.sampled_from([0, 10, 50]),
    some.sampled_from([0, 0, 500]), percents, stretches,
)  # fmt: skip
limits = some.dictionaries(
    some.sampled_from([2, 1, 0, ALL]), some.tuples(some.one_of(some.none(), percents), some.one_of(some.none(), percents)), max_size=3
)
asked = some.lists(
    some.tuples(some.booleans(), some.sampled_from([1, 10, 60]), some.integers(1, 4), some.sampled_from([5, 20, 300])),
    min_size=1,
    max_size=4,
)


def without_conflict(rules, count):
    kept = []
    for rule in rules:
        twins = [k for k in kept if replace(k, percent=rule.percent, days=rule.days) == rule]
        if rule.step < count and not any(k.days[0] <= rule.days[1] and rule.days[0] <= k.days[1] for k in twins):
            kept.append(rule)
    return kept


def cut(exact):
    return Decimal(floor(exact * 10_000)) / 10_000


def clerk(steps, rules, limits, cost, known, quantity, month, price):
    """The discount that a clerk reads from the rules, in fractions; ``known``: whether the customer is the one the rules name."""
    value, winners = quantity * price, []
    for n in range(len(steps)):
        fitting = [
            r for r in rules
            if r.step == n and (known or r.whom == "all") and r.least <= quantity and r.value <= value and r.days[0] <= month <= r.days[1]
        ]  # fmt: skip
        if fitting:
            winners.append((n, max(fitting, key=lambda r: (["all", "group", "customer"].index(r.whom), r.what, r.least, r.value))))
    first = next((w for w in winners if steps[w[0]][0] == "alone"), None)
    if first:
        found = Fraction(first[1].percent)
    else:
        left = Fraction(100)
        for n, r in winners:
            if steps[n][0] == "stack":
                left = left - Fraction(r.percent) if steps[n][1] == "list" else left * (100 - Fraction(r.percent)) / 100
        found = max([100 - max(left, Fraction(0)), *(Fraction(r.percent) for n, r in winners if steps[n][0] == "best")])
    found = cut(found)
    cap = next((limits[c][0] for c in (2, 1, 0, ALL) if c in limits and limits[c][0] is not None), None)
    above = next((limits[c][1] for c in (2, 1, 0, ALL) if c in limits and limits[c][1] is not None), None)
    if cap is not None:
        found = min(found, cap)
    if above is not None and found > 0:
        found = max(min(found, cut(100 * (1 - Fraction(cost) * (100 + Fraction(above)) / 100 / price))), Decimal(0))
    return found, cap, above


@settings(max_examples=TRIES, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck))
@given(steps, some.lists(written, max_size=8), limits, asked, some.randoms(use_true_random=False))
def test_PR_02_caps_and_floors_hold_order_of_entry_does_not_matter_and_a_set_is_priced_as_each_alone(
    shop, steps, rules, limits, questions, chance
):
    rules = without_conflict(rules, len(steps))
    limits = {c: x for c, x in limits.items() if x != (None, None)}
    point = transaction.savepoint()
    try:
        stranger = shop.books.customer("Stranger")
        if not shop.machine.category_id:
            shop.receive(shop.machine, "1", "8.00")
        with unit_of_work("test", "test"):
            chain: list[Category] = []
            for n in range(3):
                chain.append(Category.objects.create(code=f"K{n}", name=f"K{n}", parent=chain[-1] if chain else None))
            Product.objects.filter(pk=shop.machine.pk).update(category=chain[2])
            group = CustomerGroup.objects.create(code="G", name="G")
            CustomerGroupMember.objects.create(group=group, party=shop.customer)
        company = shop.books.company
        product = Product.objects.get(pk=shop.machine.pk)
        requests = [
            DiscountRequest(
                company.pk, shop.customer.pk if known else stranger.pk, product.pk, Decimal(quantity), Decimal(price), "EUR", date(2026, month, 15), Decimal(quantity * price)
            )
            for known, quantity, month, price in questions
        ]  # fmt: skip
        found = []
        for shuffled in (rules, chance.sample(rules, len(rules))):
            inner = transaction.savepoint()
            with unit_of_work("test", "test"):
                made = [
                    DiscountStep.objects.create(company=company, code=str(n), name=f"S{n}", position=n, kind=kind, basis=basis)
                    for n, (kind, basis) in enumerate(steps)
                ]
                for r in shuffled:
                    DiscountRule.objects.create(
                        step=made[r.step], name=str(r), percent=r.percent, from_quantity=r.least, from_value=r.value,
                        customer=shop.customer if r.whom == "customer" else None, group=group if r.whom == "group" else None,
                        product=product if r.what == PRODUCT else None, category=chain[r.what] if 0 <= r.what <= 2 else None,
                        valid_from=date(2026, r.days[0], 1), valid_to=date(2026, r.days[1], 28),
                    )  # fmt: skip
                for c, (cap, above) in limits.items():
                    DiscountLimit.objects.create(
                        company=company, category=chain[c] if c >= 0 else None, cap_percent=cap, floor_percent=above
                    )
            answers = discounts(requests, {company.pk: company}, {product.pk: product})
            assert answers == [discounts([r], {company.pk: company}, {product.pk: product})[0] for r in requests], (
                "a set is priced as each alone"
            )
            found.append(answers)
            transaction.savepoint_rollback(inner)
        assert found[0] == found[1], "the order of entry does not matter"
        for (known, quantity, month, price), answer in zip(questions, found[0], strict=True):
            percent, cap, above = clerk(steps, rules, limits, Decimal(8), known, quantity, month, price)
            assert answer.percent == percent
            assert cap is None or answer.percent <= cap
            if above is not None and answer.percent > 0:
                assert price * (100 - answer.percent) >= 8 * (100 + above)
    finally:
        transaction.savepoint_rollback(point)
