"""Goods with lots, serial numbers or catch weight that a vendor sends straight to the customer, and what comes back of them (OM-05, OM-08, IV-06, IV-10)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.frontoffice.sales.queries import announced_by_vendor, measured_lines, to_deliver
from fondaco.frontoffice.sales.refusals import MoreThanOrdered
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, GoodsReceipt, Lot, LotHolding, LotStock, MoveLot, StockMove
from fondaco.operations.inventory.refusals import (
    DirectByHand,
    LotExpiryDiffers,
    LotsDiffer,
    NameLots,
    SerialHeld,
    SerialInStock,
    SerialSentTwice,
)
from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.operations.shipping.models import TransportDocument
from fondaco.operations.sourcing.links import access_token
from fondaco.operations.sourcing.models import OrderAnswer, VendorAccess
from fondaco.operations.sourcing.portal import announce, order_page, say
from fondaco.operations.sourcing.refusals import AnnounceApart
from fondaco.operations.supply.models import Peg, VendorItem
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.supply.trade import Trade


@pytest.fixture
def trade(books):
    made = Trade(books)
    made.beans = sold(made, "BEANS", "Beans", "9.00", "4", tracking="lot")
    made.press = sold(made, "PRESS", "Press", "900.00", "400", tracking="serial")
    made.wheel = sold(
        made, "WHEEL", "Grana", "20", "10", tracking="lot", second_unit=Unit.objects.get(code="H87"), second_factor=Decimal(30), second_tolerance=Decimal(10),
    )  # fmt: skip
    return made


def sold(trade, sku, name, price, cost, **values):
    product = trade.product(sku, name, price, **values)
    with unit_of_work("test", "test"):
        VendorItem.objects.create(
            company=trade.books.company, vendor=trade.vendor, product=product, lead_days=5, unit_price=cost, currency_id="EUR"
        )
    return product


def ordered(trade, *lines, **values):
    """An order whose goods the vendor sends, and its confirmed purchase."""
    order = trade.order(*[(product, quantity, {"procured": "direct", **(more[0] if more else {})}) for product, quantity, *more in lines], reserve_partly=True, **values)  # fmt: skip
    keys = list(Peg.objects.filter(demand_line__in=order.lines.values("pk")).values_list("supply_line", flat=True))
    purchase = PurchaseOrder.objects.filter(lines__in=keys).distinct().get()
    trade.books.do("purchasing.confirm", purchase.pk)
    return order, purchase


def way(number):
    """The way of a lot through the house's papers, as on its page."""
    rows = MoveLot.objects.filter(lot__number=number).select_related("move__from_location", "move__to_location").order_by("pk")
    return [(r.move.from_location.kind, r.move.to_location.kind, r.quantity) for r in rows]


def held():
    return {(h.lot.number, h.customer_id): h.quantity for h in LotHolding.objects.filter(quantity__gt=0).select_related("lot")}


def test_om05_lots_go_from_vendor_to_customer_and_come_back_at_what_they_cost(books, trade):
    order, _purchase = ordered(trade, (trade.beans, "10"))
    line = trade.line(order)
    with pytest.raises(NameLots):
        trade.did("sent_by_vendor", order, on="2026-02-10", quantities={line: Decimal(6)})
    with pytest.raises(LotsDiffer):
        trade.did("sent_by_vendor", order, on="2026-02-10", quantities={line: Decimal(6)}, lots={line: "A1=5"})
    trade.did("sent_by_vendor", order, on="2026-02-10", quantities={line: Decimal(6)}, lots={line: "A1=4@2027-01-31 A2=2"})
    books.assert_journal("""
        2026-02-10 goods receipt GR/2026/00001
          goods_received_not_invoiced       -24.00
          cost_of_goods_sold                 24.00
    """)
    assert str(Lot.objects.get(number="A1").expires_on) == "2027-01-31"
    assert way("A1") == [("vendor", "direct", 4), ("direct", "customer", 4)]
    assert held() == {("A1", trade.customer.pk): 4, ("A2", trade.customer.pk): 2}
    assert not LotStock.objects.filter(on_hand__gt=0).exists()
    with pytest.raises(LotExpiryDiffers):
        trade.did("sent_by_vendor", order, on="2026-02-11", lots={line: "A1@2028-01-31"})
    trade.did("sent_by_vendor", order, on="2026-02-11", lots={line: "A3"})
    assert trade.state(order) == ["10 0 10 0 0 0"]
    trade.did("take_back", order, "Stale", on="2026-02-20", quantities={line: Decimal(3)}, lots={line: "A1=2 A3=1"}, credit=False)
    assert (books.balance("inventory"), books.balance("cost_of_goods_sold")) == (12, 28)
    assert held() == {("A1", trade.customer.pk): 2, ("A2", trade.customer.pk): 2, ("A3", trade.customer.pk): 3}
    assert way("A1")[-1] == ("customer", "internal", 2)
    assert dict(LotStock.objects.filter(on_hand__gt=0).values_list("lot__number", "on_hand")) == {"A1": 2, "A3": 1}
    # What came back is ours like anything else, and is sold again.
    again = trade.order((trade.beans, "3"))
    trade.did("deliver", again, on="2026-02-25")
    assert books.balance("inventory") == 0
    books.assert_checks_hold()


@pytest.mark.parametrize("costing", ["average", "fifo", "standard", "specific"])
def test_om08_a_serial_number_sent_by_the_vendor_is_returned_inspected_and_replaced(books, trade, costing):
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=trade.press.pk).update(costing=costing)
    if costing == "standard":
        given = {"company": books.company.pk, "on": "2026-01-02", "lines": [{"product": trade.press.pk, "unit_cost": "380"}]}
        (key,) = create(ACTOR, RESOURCES["cost-revisions"], [given]).ids
        books.do("inventory.post_cost_revision", key)
    place = {"company": books.company.pk, "warehouse": trade.warehouse.pk, "code": "MI-Q", "name": "Quarantine", "kind": "quarantine"}
    create(ACTOR, RESOURCES["locations"], [place])
    order, _purchase = ordered(trade, (trade.press, "3"))
    trade.did("sent_by_vendor", order, on="2026-02-10", lots={trade.line(order): "P1..P3"})
    trade.did("invoice", order, on="2026-02-11", post=True)
    quantities = {trade.line(order): "2"}
    asked = trade.did("ask_return", order, reason_code="defective", wanted="replace", quantities=quantities)
    (key,) = asked.made["return-authorisations"]
    books.do("sales.authorise", key)
    row = ReturnAuthorisation.objects.get(pk=key)
    (line,) = row.lines.all()
    books.do("sales.receive_return", key, on="2026-02-15", lots={line.pk: "P1 P3"})
    value = 760 if costing == "standard" else 800
    assert books.balance("inventory") == value, "at what these pieces cost, although they never were here"
    assert books.balance("cost_of_goods_sold") == 400
    books.do("sales.inspect_return", key, on="2026-02-16", scrap={line.pk: "1"}, lots={line.pk: "P1"})
    books.do("sales.inspect_return", key, on="2026-02-16", restock={line.pk: "1"})
    assert books.balance("inventory") == value / 2
    assert held() == {("P2", trade.customer.pk): 1}
    # One of them replaces the other: it leaves from here now, and its customer holds it again.
    made = books.do("sales.replace_return", key, on="2026-02-17", quantities={line.pk: "1"}).made["orders"]
    replacement = Order.objects.get(pk=made[0])
    trade.did("deliver", replacement, on="2026-02-18")
    assert GoodsIssue.objects.order_by("-pk")[0].leaves_as == GoodsIssue.REPLACEMENT
    assert held() == {(f"P{n}", trade.customer.pk): 1 for n in (2, 3)}
    assert way("P3")[-2:] == [("quarantine", "internal", 1), ("internal", "customer", 1)]
    books.assert_checks_hold()


def test_om05_no_piece_is_in_two_places(books, trade):
    order, _purchase = ordered(trade, (trade.press, "3"))
    line = trade.line(order)
    here = [{"product": trade.press.pk, "quantity": "1", "unit_cost": "400", "lots": "P9"}]
    given = {"company": books.company.pk, "warehouse": trade.warehouse.pk, "on": "2026-02-01", "lines": here}
    books.do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [given]).ids[0])
    with pytest.raises(SerialInStock, match="P9 is in stock already"):
        trade.did("sent_by_vendor", order, on="2026-02-10", quantities={line: Decimal(1)}, lots={line: "P9"})
    trade.did("sent_by_vendor", order, on="2026-02-10", quantities={line: Decimal(1)}, lots={line: "P1"})
    with pytest.raises(SerialHeld, match=f"P1 is with {trade.customer}"):
        trade.did("sent_by_vendor", order, on="2026-02-11", quantities={line: Decimal(1)}, lots={line: "P1"})
    second, _purchase = ordered(trade, (trade.press, "1"))
    both = {line: Decimal(1), trade.line(second): Decimal(1)}
    with pytest.raises(SerialInStock):
        books.do("sales.sent_by_vendor", [order.pk, second.pk], on="2026-02-11", quantities=both, lots=dict.fromkeys(both, "P5"))
    assert held() == {("P1", trade.customer.pk): 1}
    # Past all verbs: the database says the same.
    receipt = GoodsReceipt.objects.get(kind="direct")
    move = StockMove.objects.get(source_table="inventory_goodsreceipt", source_id=receipt.pk)
    with pytest.raises(SerialSentTwice), refusals_translated(), unit_of_work("attacker", "attack"):
        fresh = StockMove.objects.create(
            company_id=move.company_id, product_id=move.product_id, quantity=1, value=400, from_location_id=move.from_location_id, to_location_id=move.to_location_id, sign=0,
            on=move.on, booked_on=move.on, source_table="x", source_id=1, source_line=1, tracked=True,
        )  # fmt: skip
        lot = Lot.objects.get(number="P1")
        MoveLot.objects.create(
            company_id=move.company_id, product_id=move.product_id, move=fresh, lot=lot, quantity=1, value=0, sign=0, on=move.on
        )
    books.assert_checks_hold()


def test_om05_what_came_is_what_went_to_the_customer(books, trade):
    """Attack: a receipt of what a vendor sent, without the delivery; or with other lots, or other goods in it."""
    order, _purchase = ordered(trade, (trade.beans, "4"))
    trade.did("sent_by_vendor", order, on="2026-02-10", quantities={trade.line(order): Decimal(2)}, lots={trade.line(order): "A1"})
    say_as_vendor(books, trade, _purchase, {str(_purchase.lines.get().pk): ("2", "A2")})
    draft = GoodsReceipt.objects.get(state="draft")
    with pytest.raises(DirectByHand):
        books.do("inventory.post_receipt", draft.pk)
    posted = GoodsReceipt.objects.get(state="posted")
    issue = posted.direct_delivery
    move = StockMove.objects.get(source_table="inventory_goodsissue", source_id=issue.pk)
    with pytest.raises(DirectByHand), refusals_translated(), unit_of_work("attacker", "attack"):
        other = GoodsIssue.objects.create(
            company_id=issue.company_id, warehouse_id=issue.warehouse_id, customer_id=issue.customer_id, on=issue.on, state="posted", number="DN/X",
            direct_receipt_id=GoodsReceipt.objects.create(
                company_id=issue.company_id, warehouse_id=issue.warehouse_id, vendor_id=posted.vendor_id, on=issue.on, kind="direct", state="posted", number="GR/X", source_table="x", source_id=1
            ).pk,
        )  # fmt: skip
        StockMove.objects.create(
            company_id=move.company_id, product_id=trade.cup.pk, quantity=1, value=5, from_location_id=move.from_location_id, to_location_id=move.to_location_id, sign=0,
            on=move.on, booked_on=move.on, source_table="inventory_goodsissue", source_id=other.pk, source_line=1,
        )  # fmt: skip
    books.assert_checks_hold()


def say_as_vendor(books, trade, purchase, lines, on="2026-02-12", **more):
    access = VendorAccess.objects.filter(state="open").first()
    if access is None:
        given = {"company": books.company.pk, "vendor": trade.vendor.pk, "on": "2026-02-01"}
        (key,) = create(ACTOR, RESOURCES["vendor-links"], [given]).ids
        books.do("sourcing.open_access", key)
        access = VendorAccess.objects.get(pk=key)
    token = access_token(access.link_seed)
    given = {
        "order": purchase.pk,
        "on": on,
        "quantities": {k: q for k, (q, _lots) in lines.items()},
        "lots": {k: t for k, (_q, t) in lines.items() if t},
    }
    say(token, announce, given | more)
    return token


def test_om05_the_vendor_announces_lots_and_we_book_what_he_announced(books, trade):
    order, purchase = ordered(trade, (trade.beans, "10"), (trade.press, "1"))
    beans, press = (str(pk) for pk in purchase.lines.order_by("position").values_list("pk", flat=True))
    with pytest.raises(NameLots):
        say_as_vendor(books, trade, purchase, {beans: ("6", "")})
    token = say_as_vendor(books, trade, purchase, {beans: ("6", "A1=6@2027-01-31"), press: ("1", "P1")}, reference="DDT 7")
    draft = GoodsReceipt.objects.get()
    assert (draft.kind, draft.state) == ("direct", "draft")
    assert [left for _ln, _goods, left in order_page(token, purchase.pk)["lines"]] == [4, 0]
    assert list(Order.objects.filter(announced_by_vendor())) == [order]
    assert "A1=6@2027-01-31" in Interaction.objects.get(title__contains="announced").body
    trade.did("sent_by_vendor", order, on="2026-02-13")
    draft.refresh_from_db()
    assert (draft.state, str(draft.on)) == ("posted", "2026-02-13"), "the very receipt that he announced"
    assert OrderAnswer.objects.get(kind="shipped").receipt_id == draft.pk
    assert trade.state(order) == ["10 0 6 0 0 0", "1 0 1 0 0 0"]
    assert held() == {("A1", trade.customer.pk): 6, ("P1", trade.customer.pk): 1}
    # He announces again, and it turns out that less was sent, of another lot.
    say_as_vendor(books, trade, purchase, {beans: ("4", "A1=4")})
    line = order.lines.order_by("position")[0].pk
    trade.did("sent_by_vendor", order, on="2026-02-14", quantities={line: Decimal(1)}, lots={line: "A2"})
    assert not GoodsReceipt.objects.filter(state="draft").exists(), "what was announced and is booked otherwise is forgotten"
    assert trade.state(order)[0] == "10 0 7 0 0 0"
    books.assert_checks_hold()


def test_om05_an_order_of_less_refuses_what_was_announced_of_more(books, trade):
    order, purchase = ordered(trade, (trade.beans, "10"))
    say_as_vendor(books, trade, purchase, {str(purchase.lines.get().pk): ("8", "A1")})
    line = {"id": trade.line(order), "product": trade.beans.pk, "quantity": "5", "procured": "direct"}
    edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": [line]}}, reason="Half")
    with pytest.raises(MoreThanOrdered, match="8 of BEANS Beans"):
        trade.did("sent_by_vendor", order, on="2026-02-13")
    trade.did("sent_by_vendor", order, on="2026-02-13", quantities={line["id"]: Decimal(5)}, lots={line["id"]: "A1"})
    with pytest.raises(AnnounceApart):  # what is left of the purchase comes here
        extra = trade.order((trade.beans, "3", {"procured": "direct"}), reserve_partly=True)
        other = PurchaseOrder.objects.get(lines__in=Peg.objects.filter(demand_line=trade.line(extra)).values("supply_line"))
        books.do("purchasing.confirm", other.pk)
        edit(ACTOR, RESOURCES["orders"], {extra.pk: {"lines": [{**line, "id": trade.line(extra), "quantity": "1"}]}}, reason="One")
        say_as_vendor(books, trade, other, {str(other.lines.get().pk): ("2", "A1")})
    books.assert_checks_hold()


def test_iv10_wheels_go_straight_with_their_weight(books, trade):
    order, purchase = ordered(trade, (trade.wheel, "0", {"second_quantity": "4"}))
    line, bought = trade.line(order), purchase.lines.get()
    assert (bought.quantity, bought.second_quantity) == (120, 4)
    with pytest.raises(MoreThanOrdered):
        trade.did("sent_by_vendor", order, on="2026-02-10", second_quantities={line: Decimal(5)}, lots={line: "W1=150/5"})
    trade.did(
        "sent_by_vendor",
        order,
        on="2026-02-10",
        quantities={line: Decimal("62.4")},
        second_quantities={line: Decimal(2)},
        lots={line: "W1=62.4/2"},
    )
    assert Peg.objects.get().handed_over == 60, "of the tie it is what two wheels were to weigh"
    issued = GoodsIssueLine.objects.get()
    assert (issued.quantity, issued.second_quantity, issued.is_estimated) == (Decimal("62.4"), 2, False)
    say_as_vendor(books, trade, purchase, {str(bought.pk): ("58.1", "W2=58.1/2")}, second_quantities={str(bought.pk): "2"})
    trade.did("sent_by_vendor", order, on="2026-02-12")
    assert Peg.objects.get().handed_over == 120
    assert to_deliver(measured_lines([order.pk])[order.pk][0]) == 0
    assert books.balance("cost_of_goods_sold") == 1205
    trade.did("invoice", order, on="2026-02-13", post=True)
    trade.did(
        "take_back",
        order,
        "Cracked",
        on="2026-02-20",
        quantities={line: Decimal("31.2")},
        second_quantities={line: Decimal(1)},
        lots={line: "W1"},
        credit=False,
    )
    assert books.balance("inventory") == 312
    assert sorted(h.second_quantity for h in LotHolding.objects.filter(quantity__gt=0)) == [1, 2]
    books.assert_checks_hold()


def test_iv10_lighter_wheels_are_all_that_was_tied(books, trade):
    order, _purchase = ordered(trade, (trade.wheel, "0", {"second_quantity": "4"}))
    line = trade.line(order)
    trade.did("sent_by_vendor", order, on="2026-02-10", second_quantities={line: Decimal(4)}, lots={line: "W1=110.5/4"})
    assert Peg.objects.get().handed_over == 120
    assert books.balance("cost_of_goods_sold") == 1105
    by_weight, _purchase = ordered(trade, (trade.wheel, "60"))
    key = trade.line(by_weight)
    trade.did(
        "sent_by_vendor",
        by_weight,
        on="2026-02-11",
        quantities={key: Decimal("56.5")},
        second_quantities={key: Decimal(2)},
        lots={key: "W2"},
    )
    assert Peg.objects.get(demand_line=key).handed_over == 60
    assert to_deliver(measured_lines([by_weight.pk])[by_weight.pk][0]) == 0
    books.assert_checks_hold()


def test_om05_lots_of_an_order_bought_twice_are_shared(books, trade):
    order, _first = ordered(trade, (trade.beans, "6"))
    line = {"id": trade.line(order), "product": trade.beans.pk, "quantity": "9", "procured": "direct"}
    edit(ACTOR, RESOURCES["orders"], {order.pk: {"lines": [line]}}, reason="Three more")
    if not PurchaseOrder.objects.filter(state="draft").exists():
        trade.did("procure", order)
    books.do("purchasing.confirm", PurchaseOrder.objects.get(state="draft").pk)
    trade.did("sent_by_vendor", order, on="2026-02-10", lots={line["id"]: "A1=7@2027-01-31 A2=2"})
    assert GoodsReceipt.objects.filter(state="posted").count() == 2
    assert held() == {("A1", trade.customer.pk): 7, ("A2", trade.customer.pk): 2}
    books.assert_checks_hold()


def test_om05_the_transport_document_says_that_the_goods_left_from_the_vendor(books, trade):
    order, _purchase = ordered(trade, (trade.beans, "1"))
    trade.did("sent_by_vendor", order, on="2026-02-10", lots={trade.line(order): "A1"})
    assert TransportDocument.objects.get().from_place.startswith(trade.vendor.name)


def test_om05_statements_do_not_grow_with_lots(books, trade):
    def statements(count):
        orders, lots = [], {}
        for number in range(count):
            order, _purchase = ordered(trade, (trade.beans, "2"), (trade.press, "1"))
            beans, press = order.lines.order_by("position").values_list("pk", flat=True)
            orders.append(order.pk)
            lots |= {beans: f"L{order.pk}", press: f"S{order.pk}-{number}"}
        with CaptureQueriesContext(connection) as told:
            books.do("sales.sent_by_vendor", orders, on="2026-02-10", lots=lots)
        return len(told)

    statements(1)
    assert statements(1) == statements(7)
