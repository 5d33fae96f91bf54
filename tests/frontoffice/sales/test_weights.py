"""Goods of catch weight are ordered by the piece or by weight, and what they weighed is delivered, invoiced and credited (IV-10, OM-01)."""

from decimal import Decimal

import pytest

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.sales.models import Order, ReturnLine
from fondaco.frontoffice.sales.queries import measured_lines, owing, to_deliver
from fondaco.frontoffice.sales.refusals import AmendedBelow, MoreThanDelivered, MoreThanOrdered, NothingToDeliver
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.inventory.models import GoodsIssueLine, GoodsReturnLine, Location, Reservation, StockLevel
from fondaco.operations.inventory.refusals import NoSecondUnit, WeightOff
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR


@pytest.fixture
def dairy(shop):
    """Ten wheels of cheese, about 30 kg each, at 20.00 a kilogram; they cost 10.00."""
    with unit_of_work("test", "test"):
        shop.wheel = Product.objects.create(
            sku="WHEEL", name="Grana", unit=Unit.objects.get(code="KGM"), second_unit=Unit.objects.get(code="H87"), second_factor=Decimal(30),
            second_tolerance=Decimal(10), sale_price=Decimal(20), currency_id="EUR",
        )  # fmt: skip
    shop.came = lambda kg, pieces, lots="": receive(shop, kg, pieces, lots)
    return shop


def receive(shop, kg, pieces, lots):
    line = {"product": shop.wheel.pk, "quantity": kg, "second_quantity": pieces, "unit_cost": "10", "lots": lots}
    values = {"company": shop.books.company.pk, "warehouse": shop.warehouse.pk, "on": "2026-02-01", "lines": [line]}
    (key,) = create(ACTOR, RESOURCES["goods-receipts"], [values]).ids
    shop.books.do("inventory.post_receipt", key)


def order_of(shop, confirm=True, **line):
    values = {"company": shop.books.company.pk, "customer": shop.customer.pk, "on": "2026-02-02", "reserve_partly": True}
    (key,) = create(ACTOR, RESOURCES["orders"], [{**values, "lines": [{"product": shop.wheel.pk, **line}]}]).ids
    order = Order.objects.get(pk=key)
    if confirm:
        shop.did("confirm", order)
        order.refresh_from_db()
    return order


def measured_line(order):
    return measured_lines([order.pk])[order.pk][0]


def owed(order):
    return Order.objects.filter(owing(), pk=order.pk).exists()


def test_iv10_ordered_by_the_piece_delivered_and_billed_by_weight(dairy):
    dairy.came("296.4", "10")
    order = order_of(dairy, second_quantity="4")
    line = order.lines.get()
    assert (line.quantity, line.second_quantity, line.net) == (120, 4, 2400)
    assert list(Reservation.objects.values_list("quantity", "second_quantity")) == [(120, 4)]
    with pytest.raises(MoreThanOrdered, match=r"5 .*4"):
        dairy.did("deliver", order, on="2026-02-05", second_quantities={line.pk: Decimal(5)})
    with pytest.raises(WeightOff):
        dairy.did("deliver", order, on="2026-02-05", quantities={line.pk: Decimal(40)}, second_quantities={line.pk: Decimal(1)})
    dairy.did("deliver", order, on="2026-02-05", quantities={line.pk: Decimal("91.3")}, second_quantities={line.pk: Decimal(3)})
    assert (to_deliver(measured_line(order)), owed(order)) == (30, True)
    dairy.did("deliver", order, on="2026-02-06")  # not weighed: what the books say of one piece
    assert GoodsIssueLine.objects.order_by("pk").last().quantity == Decimal("29.3")
    assert (to_deliver(measured_line(order)), owed(order)) == (0, False)
    dairy.did("invoice", order, on="2026-02-07", post=True)
    billed = InvoiceLine.objects.get()
    assert (billed.quantity, billed.unit_price, billed.net) == (Decimal("120.6"), 20, 2412)
    assert not Reservation.objects.filter(quantity__gt=0).exists()
    dairy.books.assert_checks_hold()


def test_iv10_ordered_by_weight_and_done_within_the_tolerance(dairy):
    dairy.came("296.4", "10")
    order = order_of(dairy, quantity="100")
    line = order.lines.get()
    assert line.second_quantity is None
    dairy.did("deliver", order, on="2026-02-05", quantities={line.pk: Decimal("60.2")}, second_quantities={line.pk: Decimal(2)})
    assert (to_deliver(measured_line(order)), owed(order)) == (Decimal("39.8"), True)
    with pytest.raises(MoreThanOrdered, match="60 "):
        dairy.did("deliver", order, on="2026-02-05", quantities={line.pk: Decimal(60)}, second_quantities={line.pk: Decimal(2)})
    dairy.did("deliver", order, on="2026-02-06")
    assert measured_line(order).second_delivered == 3
    assert (to_deliver(measured_line(order)), owed(order)) == (Decimal("10.275"), True)
    with pytest.raises(NothingToDeliver):  # a third of a wheel is not sent by itself
        dairy.did("deliver", order, on="2026-02-06")
    dairy.did("close", order)
    dairy.did("invoice", order, on="2026-02-07", post=True)
    dairy.books.assert_checks_hold()


def test_iv10_wheels_by_number_are_billed_with_their_own_weight_and_credited_with_what_came_back(dairy):
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=dairy.wheel.pk).update(tracking="serial", costing="specific")
    dairy.came("90.3", "3", "W1=30.2 W2=29.8 W3=30.3")
    order = order_of(dairy, second_quantity="2")
    line = order.lines.get()
    dairy.did("deliver", order, on="2026-02-05", second_quantities={line.pk: Decimal(2)}, lots={line.pk: "W3 W1"})
    assert GoodsIssueLine.objects.get().lots == "W1=30.2/1; W3=30.3/1"
    dairy.did("invoice", order, on="2026-02-06", post=True)
    assert InvoiceLine.objects.get().quantity == Decimal("60.5")
    with pytest.raises(MoreThanDelivered):
        dairy.did("take_back", order, reason="Cracked", on="2026-02-09", second_quantities={line.pk: Decimal(3)})
    dairy.did(
        "take_back", order, reason="Cracked", on="2026-02-09", second_quantities={line.pk: Decimal(1)}, lots={line.pk: "W3"}, post=True
    )
    assert GoodsReturnLine.objects.get().lots == "W3=30.3/1"
    note = Invoice.objects.get(kind="credit_note")
    assert (note.state, note.lines.get().quantity, note.net) == ("posted", Decimal("30.3"), 606)
    dairy.did("take_back", order, reason="The other too", on="2026-02-10", post=True)
    assert dairy.books.balance("cost_of_goods_sold") == 0
    assert sum(n.net for n in Invoice.objects.filter(kind="credit_note")) == 1210
    dairy.books.assert_checks_hold()


def test_iv10_the_warehouse_weighs_what_it_was_handed(dairy):
    dairy.came("296.4", "10")
    order = order_of(dairy, second_quantity="2")
    dairy.did("draft_delivery", order, on="2026-02-05")
    row = GoodsIssueLine.objects.get()
    assert (row.quantity, row.second_quantity, row.is_estimated) == (60, 2, True)
    edit(ACTOR, RESOURCES["deliveries"], {row.issue_id: {"lines": [{"id": row.pk, "product": dairy.wheel.pk, "quantity": "59.1"}]}})
    dairy.books.do("inventory.post_issue", row.issue_id)
    assert (measured_line(order).delivered, to_deliver(measured_line(order))) == (Decimal("59.1"), 0)
    dairy.books.assert_checks_hold()


def test_iv10_amended_in_pieces(dairy):
    dairy.came("310", "10")
    order = order_of(dairy, second_quantity="4")
    line = order.lines.get()
    dairy.did("deliver", order, on="2026-02-05", quantities={line.pk: Decimal(93)}, second_quantities={line.pk: Decimal(3)})

    def amend(pieces):
        values = {"lines": [{"id": line.pk, "product": dairy.wheel.pk, "second_quantity": pieces}]}
        edit(ACTOR, RESOURCES["orders"], {order.pk: values}, reason="Asked for it")

    with pytest.raises(AmendedBelow):
        amend("2")
    amend("3")  # 90 kg by the factor, 93 kg delivered: it is three pieces
    assert to_deliver(measured_line(order)) == 0
    amend("6")
    assert to_deliver(measured_line(order)) == 90
    dairy.books.assert_checks_hold()


def test_iv10_a_quote_by_the_piece_becomes_an_order_by_the_piece(dairy):
    dairy.came("296.4", "10")
    values = {"company": dairy.books.company.pk, "customer": dairy.customer.pk, "on": "2026-02-02", "valid_until": "2099-12-31"}
    (key,) = create(ACTOR, RESOURCES["quotes"], [{**values, "lines": [{"product": dairy.wheel.pk, "second_quantity": "2"}]}]).ids
    dairy.books.do("sales.send", key)
    dairy.books.do("sales.accept", key, name="Anna Bianchi", reason="By telephone")
    line = Order.objects.get(quote=key).lines.get()
    assert (line.quantity, line.second_quantity) == (60, 2)
    dairy.books.assert_checks_hold()


def test_other_goods_are_not_ordered_by_a_second_unit(dairy):
    with pytest.raises(NoSecondUnit):
        values = {"company": dairy.books.company.pk, "customer": dairy.customer.pk, "on": "2026-02-02"}
        create(ACTOR, RESOURCES["orders"], [{**values, "lines": [{"product": dairy.machine.pk, "second_quantity": "2"}]}])


def test_iv10_a_return_on_one_paper_comes_back_is_restocked_and_scrapped_by_weight(books, dairy):
    with unit_of_work("test", "test"):
        Location.objects.create(company=books.company, warehouse=dairy.warehouse, code="Q", name="Quarantine", kind="quarantine")
    dairy.came("300", "10")
    order = order_of(dairy, second_quantity="4")
    dairy.did("deliver", order, on="2026-02-05")
    (key,) = dairy.did("ask_return", order, reason_code="defective", wanted="nothing", quantities={order.lines.get().pk: "90"}).made[
        "return-authorisations"
    ]
    books.do("sales.authorise", key)
    (line,) = ReturnLine.objects.filter(authorisation=key)
    books.do("sales.receive_return", key, on="2026-02-12")
    assert StockLevel.objects.get(location__code="Q").second_on_hand == 3
    books.do("sales.inspect_return", key, on="2026-02-13", restock={line.pk: "60"}, scrap={line.pk: "30"})
    assert [(lv.on_hand, lv.second_on_hand) for lv in StockLevel.objects.filter(on_hand__gt=0)] == [(240, 8)]
    books.assert_checks_hold()
