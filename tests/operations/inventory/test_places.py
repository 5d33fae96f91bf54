"""Goods that lie there and are not for everybody: quarantine, consignments both ways, in transit, each with its own value rule (IV-09)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.operations.inventory.models import Location, Lot, LotHolding, ProductCost, StockLevel, StockTransfer
from fondaco.operations.inventory.moving import ReservationRequest, reserve
from fondaco.operations.inventory.queries import availability
from fondaco.operations.inventory.refusals import (
    NameVendor,
    NoSuchPlace,
    NotEnoughStock,
    NothingConsigned,
    OwnerDiffers,
    PlaceIncomplete,
    PlaceStays,
    PostedStock,
)
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.documents.refusals import NotEditable
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.inventory.test_lots import Cellar


class Yard(Cellar):
    """A store with places of its own."""

    def place(self, kind, code, **values):
        given = {"company": self.books.company.pk, "code": code, "name": code.title(), "kind": kind, **values}
        if kind != "at_customer":
            given["warehouse"] = self.warehouse.pk
        return create(ACTOR, RESOURCES["locations"], [given]).ids[0]

    def lay(self, quantity, verb="post_transfer", lots="", **values):
        lines = [{"product": self.bolt.pk, "quantity": quantity, "lots": lots}]
        return self.paper("transfers", verb, lines, **{"to_warehouse": self.warehouse.pk, **values})

    def free(self):
        return availability(self.books.company.pk, [self.bolt.pk])[self.bolt.pk].free

    def lies(self):
        rows = StockLevel.objects.filter(product=self.bolt).exclude(on_hand=0).order_by("location__name")
        return {name: f"{q.normalize():f}" for name, q in rows.values_list("location__name", "on_hand")}


@pytest.fixture
def yard(books):
    return Yard(books)


def test_iv09_goods_in_quarantine_are_ours_and_promised_to_nobody(books, yard):
    yard.receive("10", "10")
    hold = yard.place("quarantine", "HOLD")
    before = books.journal()
    yard.lay("4", to_place=hold)
    assert books.journal() == before
    assert (yard.free(), yard.owned(), yard.lies()) == (6, (10, 100), {"Hold": "4", "Milano": "6"})
    with pytest.raises(NotEnoughStock, match="only 6 are free"), unit_of_work("test", "test"):
        reserve([ReservationRequest(books.company.pk, yard.bolt.pk, yard.warehouse.pk, Decimal(7), ("sales_orderline", 1))])
    yard.receive("5", "10", place=hold)
    yard.lay("9", place=hold)
    assert yard.lies() == {"Milano": "15"}
    books.assert_checks_hold()


def test_iv09_what_is_on_the_way_is_ours_and_arrives_whole(books, yard):
    yard.tracked("lot", "specific")
    yard.take_in("A=5 B=5", "10")
    (trieste,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    before = books.journal()
    sent = yard.lay("7", "send_transfer", to_warehouse=trieste)
    assert (yard.free(), yard.owned(), yard.lies()) == (3, (10, 100), {"In transit": "7", "Milano": "3"})
    with pytest.raises(NotEditable, match="is in transit"):
        edit(ACTOR, RESOURCES["transfers"], {sent: {"on": "2026-03-11"}})
    with pytest.raises(PostedStock), unit_of_work("x", "y"), refusals_translated():
        StockTransfer.objects.filter(pk=sent).update(to_warehouse=yard.warehouse, state="posted")
    books.do("inventory.arrive_transfer", sent, on="2026-03-15")
    assert (yard.free(), yard.lies()) == (10, {"Milano": "3", "Trieste": "7"})
    assert books.journal() == before
    books.assert_checks_hold()


def test_iv09_a_vendors_consignment_is_his_until_it_is_taken_over(books, yard):
    yard.tracked("serial", "specific")
    vendor = books.vendor()
    lines = [{"product": yard.bolt.pk, "quantity": "3", "unit_cost": "40", "lots": "S1..S3"}]
    with pytest.raises(NameVendor):
        yard.paper("goods-receipts", "post_receipt", lines, kind="consignment")
    with pytest.raises(NothingConsigned, match="has no consignment in Milano"):
        yard.paper("goods-receipts", "post_receipt", lines, kind="takeover", vendor=vendor.pk)
    before = books.journal()
    yard.paper("goods-receipts", "post_receipt", lines, kind="consignment", vendor=vendor.pk)
    assert books.journal() == before
    assert (yard.free(), yard.owned(), yard.there()) == (0, (0, 0), {"S1": "1", "S2": "1", "S3": "1"})
    his = Location.objects.get(kind="consigned")
    for paper, verb, more in (
        ("deliveries", "post_issue", {"customer": yard.customer.pk}),
        ("transfers", "post_transfer", {"to_warehouse": yard.warehouse.pk}),
    ):
        with pytest.raises(OwnerDiffers, match="are his until they are taken over"):
            yard.paper(paper, verb, [{"product": yard.bolt.pk, "quantity": "1", "lots": "S1"}], place=his.pk, **more)
    taken = [{"product": yard.bolt.pk, "quantity": "2", "unit_cost": "40", "lots": "S1 S3"}]
    yard.paper("goods-receipts", "post_receipt", taken, kind="takeover", vendor=vendor.pk)
    books.assert_journal("""
        2026-03-10 goods receipt GR/2026/00002
          inventory                          80.00
          goods_received_not_invoiced       -80.00
    """)
    assert (yard.free(), yard.owned()) == (2, (2, 80))
    yard.ship("1", "S3")
    # A count finds that his third piece is gone: nothing of ours changes.
    yard.paper("adjustments", "post_adjustment", [{"product": yard.bolt.pk, "quantity": "-1", "lots": "S2"}], place=his.pk)
    assert (yard.owned(), yard.there()) == ((1, 40), {"S1": "1"})
    books.assert_checks_hold()


def test_iv09_goods_consigned_to_a_customer_stay_ours_until_they_are_delivered(books, yard):
    yard.receive("10", "10")
    shop = yard.place("at_customer", "SHOP", party=yard.customer.pk)
    yard.lay("6", to_place=shop)
    assert (yard.free(), yard.owned(), yard.lies()) == (4, (10, 100), {"Milano": "4", "Shop": "6"})
    yard.paper("deliveries", "post_issue", [{"product": yard.bolt.pk, "quantity": "2"}], customer=yard.customer.pk, place=shop)
    books.assert_journal("""
        2026-03-10 delivery DN/2026/00001
          inventory                         -20.00
          cost_of_goods_sold                 20.00
    """)
    yard.lay("4", place=shop)
    assert (yard.owned(), yard.lies()) == ((8, 80), {"Milano": "8"})
    books.assert_checks_hold()


def test_statements_do_not_grow_with_transfers(books, yard):
    yard.tracked("lot", "average")
    yard.take_in("A=50 B=50", "100")
    hold = yard.place("quarantine", "HOLD")

    def counted(verb, keys, **given):
        with CaptureQueriesContext(connection) as statements:
            perform(ACTOR, ACTIONS[f"inventory.{verb}"], keys, given)
        return len(statements)

    drafts = [yard.lay("1", verb="", to_place=hold) for _n in range(12)]
    counted("send_transfer", drafts[:1])
    counted("arrive_transfer", drafts[:1], on="2026-03-12")
    assert counted("send_transfer", drafts[1:2]) == counted("send_transfer", drafts[2:])
    assert counted("arrive_transfer", drafts[1:2], on="2026-03-12") == counted("arrive_transfer", drafts[2:], on="2026-03-12")
    assert yard.lies() == {"Hold": "12", "Milano": "88"}
    books.assert_checks_hold()


def test_places_are_what_they_are(books, yard):
    yard.receive("1", "10")
    hold = yard.place("quarantine", "HOLD")
    yard.lay("1", to_place=hold)
    with pytest.raises(PlaceStays):
        edit(ACTOR, RESOURCES["locations"], {hold: {"kind": "transit"}})
    with pytest.raises(PlaceIncomplete):
        yard.place("consigned", "NOBODY")
    (trieste,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "TS", "name": "Trieste"}]).ids
    with pytest.raises(NoSuchPlace, match="Hold is no place of Trieste"):
        yard.lay("1", place=hold, warehouse=trieste, to_place=None)
    with pytest.raises(NoSuchPlace):
        yard.paper(
            "adjustments", "post_adjustment", [{"product": yard.bolt.pk, "quantity": "1"}], place=Location.objects.get(kind="vendor").pk
        )
    assert (Lot.objects.count(), ProductCost.objects.get(product=yard.bolt).quantity) == (0, 1)
    books.assert_checks_hold()


def test_iv06_a_piece_that_a_vendor_lays_at_ours_is_with_no_customer_any_more(books, yard):
    yard.tracked("serial", "specific")
    yard.take_in("SN1", "1", "4.00")
    yard.ship("1", "SN1")
    lines = [{"product": yard.bolt.pk, "quantity": "1", "unit_cost": "3.00", "lots": "SN1"}]
    yard.paper("goods-receipts", "post_receipt", lines, kind="consignment", vendor=books.vendor().pk)
    assert not LotHolding.objects.filter(lot__number="SN1", quantity__gt=0).exists()
    books.assert_checks_hold()
