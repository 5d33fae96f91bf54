"""Stock is worth the same in store and books on every day, whatever comes late (IV-02, IV-03, IV-04, IV-05)."""

from decimal import Decimal

import pytest

from fondaco.finance.ledger.models import JournalEntry, PeriodState
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import CostLayer, ProductCost, StockMove, StockValue
from fondaco.operations.inventory.refusals import CostingStays, NoStandardCost, NothingBears
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.inventory.test_goods import Store


class Depot(Store):
    """A store whose goods have a costing, and papers have days."""

    def costed(self, costing):
        with unit_of_work("test", "test"):
            Product.objects.filter(pk=self.bolt.pk).update(costing=costing)
        return self

    def receive(self, quantity, cost, on="2026-03-10", **values):
        return super().receive(quantity, cost, on=on, **values)

    def ship(self, quantity, on="2026-03-10"):
        return self.paper("deliveries", "post_issue", [{"product": self.bolt.pk, "quantity": quantity}], customer=self.customer.pk, on=on)

    def land(self, amount, *receipts, by="value", on="2026-03-31"):
        given = {"company": self.books.company.pk, "on": on, "lines": [{"description": "Freight", "amount": amount, "by": by}]}
        (pk,) = create(ACTOR, RESOURCES["landed-costs"], [{**given, "receipts": [{"receipt": r} for r in receipts]}]).ids
        self.books.do("inventory.post_landed_cost", pk)
        return pk

    def standard(self, cost, on="2026-03-01"):
        given = {"company": self.books.company.pk, "on": on, "lines": [{"product": self.bolt.pk, "unit_cost": cost}]}
        (pk,) = create(ACTOR, RESOURCES["cost-revisions"], [given]).ids
        self.books.do("inventory.post_cost_revision", pk)

    def close(self, until):
        with unit_of_work("test", "test"):
            PeriodState.objects.filter(period__company=self.books.company, subledger="stock", period__ends_on__lte=until).update(
                state="closed"
            )


@pytest.fixture
def depot(books):
    return Depot(books)


# ------------------------------------------------------------------ methods (IV-02)


def test_iv02_first_in_first_out(books, depot):
    depot.costed("fifo")
    depot.receive("10", "10")
    depot.receive("10", "13")
    depot.ship("15")
    books.assert_journal("""
        2026-03-10 delivery DN/2026/00001
          inventory                        -165.00
          cost_of_goods_sold                165.00
    """)
    assert list(CostLayer.objects.filter(quantity__gt=0).values_list("quantity", "value")) == [(5, 65)]
    depot.ship("5")
    assert depot.owned() == (0, 0)
    books.assert_checks_hold()


def test_iv02_standard_cost_and_the_variance_of_the_price(books, depot):
    depot.costed("standard")
    with pytest.raises(NoStandardCost, match=r"BOLT Bolt is valued at standard cost, but has none yet"):
        depot.receive("1", "1")
    depot.standard("10")
    depot.receive("4", "11.50")
    books.assert_journal("""
        2026-03-10 goods receipt GR/2026/00001
          inventory                          40.00
          goods_received_not_invoiced       -46.00
          purchase_price_variance             6.00
    """)
    depot.standard("12", on="2026-03-11")
    books.assert_journal("""
        2026-03-11 cost revision CR/2026/00002
          inventory                           8.00
          inventory_adjustment               -8.00
    """)
    depot.ship("3", on="2026-03-12")
    assert depot.owned() == (1, 12)
    books.assert_checks_hold()


def test_the_costing_of_goods_in_stock_stays(books, depot):
    depot.receive("1", "1")
    with pytest.raises(CostingStays, match="only when nothing of it is left"):
        edit(ACTOR, RESOURCES["products"], {depot.bolt.pk: {"costing": "fifo"}})


def test_goods_that_left_before_they_came_cost_what_was_paid(books, depot):
    with unit_of_work("test", "test"):
        type(books.company).objects.filter(pk=books.company.pk).update(allow_negative_stock=True)
    depot.receive("1", "10")
    depot.ship("6")
    assert depot.owned() == (-5, -50)
    depot.receive("5", "12")
    books.assert_journal("""
        2026-03-10 goods receipt GR/2026/00002
          inventory                          50.00
          goods_received_not_invoiced       -60.00
          cost_of_goods_sold                 10.00
    """)
    assert depot.owned() == (0, 0)
    books.assert_checks_hold()


# ------------------------------------------------------------------ late moves (IV-03)


def test_iv03_a_receipt_that_comes_late_at_moving_average(books, depot):
    depot.receive("10", "10", "2026-03-01")
    depot.ship("10", "2026-03-20")
    depot.receive("10", "20", "2026-03-25")
    entries = set(JournalEntry.objects.values_list("pk", flat=True))
    # In the order of days 10 of 20 at 12 would have left: 120 instead of 100.
    depot.receive("10", "14", "2026-03-10")
    books.assert_journal(
        """
        2026-03-10 goods receipt GR/2026/00003
          inventory                         140.00
          goods_received_not_invoiced      -140.00
        2026-03-25 goods receipt GR/2026/00003 of 2026-03-10: what left later costs otherwise
          inventory                         -20.00
          cost_of_goods_sold                 20.00
    """,
        last=2,
    )
    assert depot.owned() == (20, 320)
    change = StockValue.objects.get()
    assert (change.kind, change.value, change.expensed) == ("late", -20, 20)
    assert "Dated 2026-03-10, recorded after moves up to 2026-03-25" in change.explanation
    assert JournalEntry.objects.exclude(pk__in=entries).count() == 2
    books.assert_checks_hold()


def test_iv03_a_receipt_that_comes_late_first_in_first_out(books, depot):
    depot.costed("fifo")
    depot.receive("10", "10", "2026-03-01")
    depot.receive("10", "20", "2026-03-05")
    depot.ship("15", "2026-03-20")
    depot.receive("10", "14", "2026-03-03")
    # The five sold of the receipt at 20 should have been of the late one at 14: five of those are left with all ten at 20.
    assert depot.owned() == (15, 270)
    assert list(CostLayer.objects.filter(quantity__gt=0).order_by("on").values_list("quantity", "value")) == [(5, 70), (10, 200)]
    books.assert_checks_hold()


def test_iv03_a_closed_period_stays_and_the_difference_lies_in_the_first_open_one(books, depot):
    depot.receive("10", "10", "2026-01-10")
    depot.ship("5", "2026-01-20")
    depot.close("2026-02-28")
    before = list(JournalEntry.objects.filter(on__lt="2026-03-01").order_by("pk").values())
    depot.receive("10", "16", "2026-01-15")
    books.assert_journal(
        """
        2026-03-01 goods receipt GR/2026/00002 of 2026-01-15
          inventory                         160.00
          goods_received_not_invoiced      -160.00
        2026-03-01 goods receipt GR/2026/00002 of 2026-01-15: what left later costs otherwise
          inventory                         -15.00
          cost_of_goods_sold                 15.00
    """,
        last=2,
    )
    assert list(JournalEntry.objects.filter(on__lt="2026-03-01").order_by("pk").values()) == before
    move = StockMove.objects.latest("pk")
    assert (str(move.on), str(move.booked_on)) == ("2026-01-15", "2026-03-01")
    books.assert_checks_hold()


def test_iv03_an_issue_that_comes_late(books, depot):
    depot.receive("10", "10", "2026-03-01")
    depot.receive("10", "20", "2026-03-10")
    depot.ship("5", "2026-03-05")  # leaves at 15 now, but would have left at 10
    assert depot.owned() == (15, 250)
    books.assert_checks_hold()


# ------------------------------------------------------------------ what a receipt cost in the end (IV-04)


def test_iv04_freight_for_goods_partly_sold(books, depot):
    receipt = depot.receive("10", "10", "2026-03-01")
    depot.ship("4", "2026-03-05")
    depot.land("50", receipt)
    books.assert_journal("""
        2026-03-31 landed cost LC/2026/00001
          inventory                          30.00
          cost_of_goods_sold                 20.00
          freight_in                        -50.00
    """)
    assert depot.owned() == (6, 90)
    books.assert_checks_hold()


def test_iv04_freight_shared_by_weight_and_refused_where_nothing_weighs(books, depot):
    receipt = depot.receive("10", "10")
    with pytest.raises(NothingBears, match="nothing on its receipts bears Freight by weight"):
        depot.land("50", receipt, by="weight")
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=depot.bolt.pk).update(weight_kg=2)
    depot.land("50", receipt, by="weight")
    assert depot.owned() == (10, 150)
    books.assert_checks_hold()


def test_iv04_freight_on_a_layer_and_at_standard(books, depot):
    depot.costed("fifo")
    receipt = depot.receive("10", "10", "2026-03-01")
    depot.receive("10", "20", "2026-03-02")
    depot.ship("5", "2026-03-05")
    depot.land("10", receipt)
    assert list(CostLayer.objects.filter(quantity__gt=0).order_by("on").values_list("value", flat=True)) == [55, 200]
    depot.ship("15", "2026-04-01")
    depot.costed("standard").standard("10", on="2026-04-02")
    late = depot.receive("2", "11", "2026-04-03")
    depot.land("3", late, on="2026-04-04")
    books.assert_journal("""
        2026-04-04 landed cost LC/2026/00002
          purchase_price_variance             3.00
          freight_in                         -3.00
    """)
    books.assert_checks_hold()


def test_what_a_pool_is_worth_needs_no_second_product(books, depot):
    """A late paper of one product leaves the others alone."""
    with unit_of_work("test", "test"):
        nut = Product.objects.create(sku="NUT", name="Nut", unit=depot.bolt.unit)
    depot.receive("10", "10", "2026-03-01")
    depot.ship("1", "2026-03-20")
    lines = [{"product": depot.bolt.pk, "quantity": "10", "unit_cost": "12"}, {"product": nut.pk, "quantity": "3", "unit_cost": "1"}]
    depot.paper("goods-receipts", "post_receipt", lines, on="2026-03-05")
    assert StockValue.objects.get().product == depot.bolt
    assert ProductCost.objects.get(product=nut).value == Decimal(3)
    books.assert_checks_hold()
