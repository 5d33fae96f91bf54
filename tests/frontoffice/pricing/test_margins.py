"""PR-06: the margin of quotes and orders from live cost, expected freight and commission, as a waterfall from the price of the lists."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.pricing.models import SellingCost
from fondaco.frontoffice.pricing.refusals import SellingCostsConflict, SellingCostUnclear
from fondaco.frontoffice.sales.margins import Waterfall, waterfalls, whole
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, preview
from tests.books import ACTOR
from tests.frontoffice.pricing.test_discounts import Desk


@pytest.fixture
def desk(shop):
    return Desk(shop)


def selling(shop, kind, percent="0", **values):
    given = {"company": shop.books.company.pk, "kind": kind, "percent": percent, **values}
    return create(ACTOR, RESOURCES["selling-costs"], [given]).ids[0]


def falls(document):
    (parts,) = waterfalls([(document, list(document.lines.order_by("position")))])
    return parts


def amounts(w):
    return [f"{x.normalize():f}" for x in (w.listed, w.discounts, w.net, w.rebate, w.freight, w.commission, w.cost, w.margin)]


def test_PR_06_from_the_price_of_the_lists_to_the_margin(desk, shop):
    """By hand: two machines at 1,200 less 10% are 2,160; 20 kg of freight at 1.50 and 2%, 3% commission, and they cost 800 each."""
    shop.receive(shop.machine, "4", "800.00")
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=shop.machine.pk).update(weight_kg=10)
    desk.rule(desk.step(10, "Trade"), "Trade", "10", product=shop.machine.pk)
    selling(shop, "freight", "2", per_kg="1.5")
    selling(shop, "commission", "5")
    selling(shop, "commission", "3", customer=shop.customer.pk)
    quote = shop.quote((shop.machine, 2), (shop.course, 1), send=False)
    machine, course = falls(quote)
    assert amounts(machine) == ["2400", "240", "2160", "0", "73.2", "64.8", "1600", "422"]
    assert amounts(course) == ["150", "0", "150", "0", "0", "4.5", "0", "145.5"], "a service is not carried"
    assert whole([machine, course]).margin == Decimal("567.5")
    assert machine.share == Decimal(422) / 2160
    shop.receive(shop.machine, "4", "1000.00")
    assert falls(quote)[0].cost == 1800, "the cost is that of now"


def test_PR_06_goods_without_a_known_cost_are_said_to_have_none(shop):
    (cup,) = falls(shop.quote((shop.cup, 10), send=False))
    assert (cup.is_known, cup.margin) == (False, Decimal("33.3"))


def test_PR_06_a_foreign_quote_is_measured_in_company_currency(shop):
    shop.books.rate("USD", "0.50", "2026-01-01")
    shop.receive(shop.machine, "1", "800.00")
    american = shop.books.customer("Diner", "US", currency_id="USD")
    (machine,) = falls(shop.quote((shop.machine, 1, {"discount_percent": "25"}), customer=american.pk, send=False))
    assert amounts(machine) == ["1200", "300", "900", "0", "0", "0", "800", "100"]


def test_PR_06_prices_with_tax_leave_the_same_margin(shop):
    shop.receive(shop.machine, "1", "800.00")
    plain = falls(shop.quote((shop.machine, 1), send=False))
    assert falls(shop.quote((shop.machine, 1), send=False, prices_include_tax=True)) == plain


def test_PR_06_the_same_while_typing_as_stored(desk, shop):
    shop.receive(shop.machine, "1", "800.00")
    desk.rule(desk.step(10, "Trade"), "Trade", "10")
    line = {"product": shop.machine.pk, "quantity": "1"}
    given = {"company": shop.books.company.pk, "customer": shop.customer.pk, "on": "2026-02-02", "lines": [line]}
    lines, total, currency = RESOURCES["quotes"].reckoned(preview(ACTOR, RESOURCES["quotes"], given))
    assert ([f.amount for f in lines], total.amount, currency) == ([280], 280, "EUR")
    (stored,) = falls(Quote.objects.get(pk=create(ACTOR, RESOURCES["quotes"], [given]).ids[0]))
    assert stored.margin == 280


def test_PR_06_expectations_that_conflict_or_say_nonsense_are_refused(shop):
    selling(shop, "freight", "2")
    with pytest.raises(SellingCostsConflict):
        selling(shop, "freight", "3", valid_from="2026-05-01")
    with pytest.raises(SellingCostUnclear):
        selling(shop, "commission", "3", per_kg="1")
    with pytest.raises(SellingCostUnclear):
        selling(shop, "commission", "101")
    assert SellingCost.objects.count() == 1


def test_PR_06_many_lines_and_documents_cost_the_statements_of_one(shop):
    shop.receive(shop.machine, "1", "800.00")
    selling(shop, "freight", "2")

    def counted(*sizes):
        orders = [shop.order(*[(shop.machine, 1)] * n, confirm=False) for n in sizes]
        documents = [(o, list(o.lines.order_by("position"))) for o in Order.objects.filter(pk__in=[o.pk for o in orders])]
        with CaptureQueriesContext(connection) as seen:
            parts = waterfalls(documents)
        assert [len(p) for p in parts] == sorted(sizes)
        return len(seen)

    assert counted(1) == counted(3, 30)


def test_PR_06_every_waterfall_adds_up(desk, shop):
    shop.receive(shop.cup, "5", "1.1111")
    desk.rule(desk.step(10, "Trade"), "Trade", "7.77")
    selling(shop, "freight", "3.3333")
    selling(shop, "commission", "1.7")
    for w in [*falls(shop.quote((shop.cup, 7), (shop.cup, 1), (shop.cup, 13), send=False)), Waterfall()]:
        assert w.listed - w.discounts == w.net
        assert w.net - w.rebate - w.freight - w.commission - w.cost == w.margin
