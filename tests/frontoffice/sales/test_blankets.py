"""OM-07: blanket orders of customers: agreed quantity and value, prices by quantity, call-offs, what is left, alerts before they end."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.sales.blankets import tell_salespeople
from fondaco.frontoffice.sales.models import BlanketLine, BlanketOrder, Order, OrderLine
from fondaco.frontoffice.sales.refusals import (
    BlanketEnds,
    BlanketOfOthers,
    BlanketOverdrawn,
    BlanketStands,
    BlanketUsedUp,
    BlanketValueUsedUp,
    CalledOffAlready,
    NothingAgreed,
    NothingToCallOff,
    ScheduleTooLong,
    TierOfNothing,
)
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.models import Amendment
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, filtered, lines_of
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop

BLANKETS, ORDERS = RESOURCES["blanket-orders"], RESOURCES["orders"]
BULK = [("100", "2.20"), ("500", "2.00")]


class Agreeing(Shop):
    """A bar that agreed on 1000 cups at 2.50, cheaper from 100 and from 500 on; the list says 3.33."""

    def blanket(self, quantity="1000", price="2.50", tiers=BULK, sign=True, product=None, value=None, **values):
        product = product or self.cup
        given = {
            "company": self.books.company.pk, "customer": self.customer.pk, "on": "2026-01-01", "valid_from": "2026-01-01", "valid_to": "2026-12-31",
            "lines": [{"product": product.pk, "agreed_quantity": quantity, "agreed_value": value, "unit_price": price}],
            "tiers": [{"product": product.pk, "from_quantity": q, "unit_price": p} for q, p in tiers], **values,
        }  # fmt: skip
        (pk,) = create(ACTOR, BLANKETS, [given]).ids
        if sign:
            self.books.do("sales.sign", pk)
        return pk

    def calls(self, quantity, confirm=True, on="2026-03-01", **line):
        return self.order((self.cup, quantity, line), confirm=confirm, on=on, reserve_partly=True)

    def left(self, blanket):
        (line,) = lines_of(BLANKETS.lines[0], ACTOR, [blanket])[blanket]
        return line["called"], line["drafted"], line["left"]


@pytest.fixture
def shop(books):
    return Agreeing(books)


def line_of(order):
    return OrderLine.objects.get(order=order)


def test_OM_07_a_call_off_takes_the_price_of_its_quantity_and_says_why(shop):
    blanket = BlanketOrder.objects.get(pk=shop.blanket())
    for quantity, price, said in (
        ("99", "2.5", "agreed price"),
        ("100", "2.2", "price from 100 on"),
        ("700", "2", "price from 500 on"),
    ):
        line = line_of(shop.calls(quantity, confirm=False))
        assert (line.unit_price, line.price_explanation["sentence"]) == (Decimal(price), f"Blanket order {blanket.number}: {said}")
        assert line.blanket_line.blanket_id == blanket.pk
    order = shop.calls("10", confirm=False)
    line = line_of(order)
    change = {"id": line.pk, "quantity": "120"}
    edit(ACTOR, ORDERS, {order.pk: {"lines": [change | {"unit_price": "2.5"}]}})
    assert line_of(order).unit_price == Decimal("2.2"), "nobody typed a price: it follows the quantity"
    edit(ACTOR, ORDERS, {order.pk: {"lines": [change | {"unit_price": "2.4"}]}})
    line = line_of(order)
    assert (line.unit_price, line.price_explanation["source"]) == (Decimal("2.4"), "hand")
    assert line.price_explanation["sentence"] == f"Entered by hand. Blanket order {blanket.number}: price from 100 on: 2.2"
    edit(ACTOR, ORDERS, {order.pk: {"lines": [{"id": line.pk, "quantity": "20", "unit_price": None, "blanket_line": None}]}})
    line = line_of(order)
    assert (line.blanket_line, line.unit_price) == (None, Decimal("3.33")), "who takes it off the blanket order pays the list price"
    dear = line_of(shop.calls("10", confirm=False, unit_price="3"))
    assert dear.blanket_line is None, "who enters another price calls nothing off by accident"
    too_much = line_of(shop.calls("1001", confirm=False))
    assert (too_much.blanket_line, too_much.unit_price) == (None, Decimal("3.33")), "what is not left is not called off by itself"
    late = line_of(shop.calls("10", confirm=False, on="2027-01-01"))
    assert late.blanket_line is None
    shop.books.assert_checks_hold()


def test_OM_07_prices_are_agreed_without_tax_and_turned_where_the_order_counts_it(shop):
    blanket = shop.blanket()
    order = shop.order((shop.cup, "100"), confirm=False, prices_include_tax=True)
    line = line_of(order)
    assert (line.unit_price, line.net, line.tax_rate) == (Decimal("2.684"), Decimal("220"), 22)
    edit(ACTOR, ORDERS, {order.pk: {"lines": [{"id": line.pk, "quantity": "500", "unit_price": str(line.unit_price)}]}})
    assert line_of(order).net == 1000, "the price shown is the agreed one: it follows the quantity"
    assert line_of(order).blanket_line.blanket_id == blanket


def test_OM_07_what_is_left_of_quantity_and_value_stands_right(books, shop):
    blanket = shop.blanket("100", tiers=[], value="245")
    shop.receive(shop.cup, "200", "1.00")
    first = shop.calls("60")
    draft = shop.calls("5", confirm=False)
    assert shop.left(blanket) == (60, 5, 40)
    named = BlanketLine.objects.get(blanket=blanket).pk
    with pytest.raises(BlanketUsedUp, match=r"calls off 41, and 40 of 100 are left on BO/2026/00001"):
        shop.calls("41", blanket_line=named)
    with pytest.raises(BlanketValueUsedUp, match=r"calls off 100 EUR, and 95 of 245 EUR are left"):
        shop.calls("40")  # both stay as drafts
    shop.did("deliver", first, on="2026-03-02", quantities={line_of(first).pk: "20"})
    shop.did("close", first)
    assert shop.left(blanket) == (20, 86, 80), "a closed order counts with what came of it"
    shop.did("take_back", first, reason="Chipped", on="2026-03-03", quantities={line_of(first).pk: "8"})
    assert shop.left(blanket) == (12, 86, 88), "what came back is called off no more"
    second = shop.calls("70")
    with pytest.raises(BlanketUsedUp):
        edit(ACTOR, ORDERS, {second.pk: {"lines": [{"id": line_of(second).pk, "quantity": "89"}]}}, reason="More")
    edit(ACTOR, ORDERS, {second.pk: {"lines": [{"id": line_of(second).pk, "quantity": "85"}]}}, reason="A little more")
    with pytest.raises(BlanketUsedUp, match="calls off 60, and 15 of 100 are left"):
        shop.did("reopen", first)
    edit(ACTOR, ORDERS, {second.pk: {"lines": [{"id": line_of(second).pk, "quantity": "30"}]}}, reason="Less")
    assert shop.left(blanket) == (42, 86, 58)
    shop.did("cancel", second, reason="Off")
    shop.did("hold", draft, reason="Look at it", kind="other")
    shop.did("confirm", draft)
    assert (Order.objects.get(pk=draft.pk).state, shop.left(blanket)) == ("held", (17, 81, 83)), "what is on hold is counted"
    shop.did("withdraw", draft)
    assert shop.left(blanket) == (12, 86, 88)
    books.assert_checks_hold()


def test_OM_07_a_service_counts_as_ordered_and_of_a_closed_order_as_invoiced(books, shop):
    blanket = shop.blanket("10", "100", tiers=[], product=shop.course)
    order = shop.order((shop.course, "4"), on="2026-03-01")
    assert shop.left(blanket) == (4, 0, 6)
    shop.did("close", order)
    assert shop.left(blanket) == (0, 0, 10)
    shop.did("reopen", order)
    shop.did("invoice", order, on="2026-03-02", post=True)
    shop.did("close", order)
    assert shop.left(blanket) == (4, 0, 6)
    books.assert_checks_hold()


def test_OM_07_a_schedule_drafts_an_order_a_delivery(books, shop):
    blanket = shop.blanket("1000", valid_to="2099-12-31", valid_from="2000-01-01", reference="Frame 7")
    key = BlanketLine.objects.get(blanket=blanket).pk
    asked = {"quantities": {key: "120"}, "on": "2099-01-31", "every": "month", "deliveries": 4}
    orders = books.do("sales.call_off", blanket, **asked).made["orders"]
    rows = Order.objects.filter(pk__in=orders).order_by("pk")
    assert [str(o.requested_on) for o in rows] == ["2099-01-31", "2099-02-28", "2099-03-31", "2099-04-30"]
    assert {(o.state, o.reference, o.net) for o in rows} == {("draft", "Frame 7", Decimal("264"))}
    assert shop.left(blanket) == (0, 480, 1000), "drafts are shown, not counted"
    with pytest.raises(BlanketUsedUp, match=r"Line 1 of BO/2026/00001 .* calls off 1,200, and 1,000 of 1,000 are left"):
        books.do("sales.call_off", blanket, **asked | {"deliveries": 10})
    with pytest.raises(ScheduleTooLong, match="would be on 31 Jan 2100, after its last day 31 Dec 2099"):
        books.do("sales.call_off", blanket, **asked | {"on": "2099-12-31", "deliveries": 2})
    with pytest.raises(NothingToCallOff):
        books.do("sales.call_off", blanket, on="2099-01-31")


def test_OM_07_only_the_customers_own_goods_in_its_time(books, shop):
    blanket = shop.blanket()
    named = BlanketLine.objects.get(blanket=blanket).pk
    other = books.customer("Other", email="o@example.com")
    with pytest.raises(BlanketOfOthers):
        shop.order((shop.cup, "1", {"blanket_line": named}), customer=other.pk, reserve_partly=True)
    with pytest.raises(BlanketOfOthers):
        shop.order((shop.machine, "1", {"blanket_line": named}), reserve_partly=True)
    with pytest.raises(BlanketEnds, match="valid from 1 Jan 2026 to 31 Dec 2026; the order is of 2 Jan 2027"):
        shop.calls("1", on="2027-01-02", blanket_line=named)
    books.do("sales.end", blanket, reason="Gone elsewhere")
    with pytest.raises(BlanketEnds, match="is ended"):
        shop.calls("1", blanket_line=named)
    with pytest.raises(NothingAgreed):
        books.do("sales.sign", shop.blanket(sign=False, lines=[], tiers=[]))
    with pytest.raises(TierOfNothing):
        shop.blanket(sign=False, lines=[{"product": shop.machine.pk, "unit_price": "5"}])


def test_OM_07_in_force_it_is_amended_to_no_less_than_was_called_off(books, shop):
    blanket = shop.blanket("100", tiers=[])
    shop.calls("60")
    line = BlanketLine.objects.get(blanket=blanket)
    same = {"id": line.pk, "product": shop.cup.pk, "unit_price": "2.50"}
    for change, said in (
        ({"lines": [same | {"agreed_quantity": "59"}]}, "60 of CUP Cup were called off"),
        ({"lines": [same | {"agreed_value": "149.99"}]}, "150 EUR of CUP Cup"),
        ({"agreed_value": "149"}, "150 EUR"),
    ):
        with pytest.raises(CalledOffAlready, match=said):
            edit(ACTOR, BLANKETS, {blanket: change}, reason="Less")
    amending = (
        "insert into documents_amendment (version, table_name, row_id, version_number, content, reason) "
        f"values (1, 'sales_blanketorder', {blanket}, 9, '{{}}', 'x'); "
    )
    for statement, refusal in (
        (f"update sales_blanketline set agreed_quantity = 1 where id = {line.pk}", BlanketStands),
        (f"update sales_blanketline set id = id + 1000000 where blanket_id = {blanket}", Exception),
        (f"delete from sales_blanketline where blanket_id = {blanket}", Exception),
        (f"update sales_blanketorder set valid_to = '2030-01-01' where id = {blanket}", BlanketStands),
        (f"update sales_blanketorder set customer_id = customer_id + 0, valid_from = '2025-01-01' where id = {blanket}", BlanketStands),
        (f"insert into sales_blankettier (version, blanket_id, position, product_id, from_quantity, unit_price) values (1, {blanket}, 1, {shop.cup.pk}, 1, 0)", BlanketStands),
        (f"{amending} update sales_blanketline set agreed_quantity = 1 where id = {line.pk}", BlanketOverdrawn),
        (f"{amending} update sales_blanketline set agreed_value = 1 where id = {line.pk}", BlanketOverdrawn),
        (f"{amending} update sales_blanketorder set agreed_value = 1 where id = {blanket}", BlanketOverdrawn),
        (f"{amending} update sales_blanketorder set currency_id = 'USD' where id = {blanket}", BlanketStands),
    ):  # fmt: skip
        with pytest.raises(refusal), refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)
    change = {"valid_to": "2027-06-30", "lines": [same | {"agreed_quantity": "80", "unit_price": "2"}]}
    edit(ACTOR, BLANKETS, {blanket: change}, reason="Longer and cheaper")
    assert Amendment.objects.get(row_id=blanket, table_name="sales_blanketorder").reason == "Longer and cheaper"
    assert line_of(shop.calls("20")).unit_price == 2
    big = shop.calls("90", confirm=False, blanket_line=line.pk)
    with pytest.raises(BlanketOverdrawn), refusals_translated(), unit_of_work("attacker", "attack"):
        Order.objects.filter(pk=big.pk).update(state="confirmed", number="X", confirmed_on="2026-03-01")


def test_OM_07_the_salesperson_is_told_before_it_ends_and_when_it_is_nearly_used_up(books, shop):
    with unit_of_work("test", "test"):
        seller = User.objects.create(username="bea", name="Bea", email="bea@example.com")
    blanket = shop.blanket("100", tiers=[], salesperson=seller.pk)
    assert tell_salespeople(ACTOR, date(2026, 6, 1)) == []
    shop.calls("90")
    assert tell_salespeople(ACTOR, date(2026, 6, 1)) == [blanket]
    tell_salespeople(ACTOR, date(2026, 6, 2))
    (mail,) = OutboxMessage.objects.filter(key__startswith="blanket-order")
    assert mail.payload["to"] == ["bea@example.com"]
    assert mail.payload["text"].startswith("CUP Cup: 90 of 100 called off.")
    tell_salespeople(ACTOR, date(2026, 12, 10))
    assert "Ends on 31 Dec 2026, in 21 days." in OutboxMessage.objects.filter(key__endswith=":eu").get().payload["text"]
    for condition, found in (("nearly_used", 1), ("to_look_at", 1), ("in_force", 1)):
        assert filtered(BLANKETS, ACTOR, Query({condition: "1"})).count() == found


def test_OM_07_statements_do_not_grow(books, shop):
    shop.blanket("100000", valid_to="2099-12-31")
    rows = [{"product": shop.cup.pk, "quantity": "5"}]
    given = {"company": books.company.pk, "customer": shop.customer.pk, "on": "2026-03-01", "reserve_partly": True, "lines": rows}

    def counted(orders):
        with CaptureQueriesContext(connection) as asked:
            made = create(ACTOR, ORDERS, [given] * orders).ids
            books.do("sales.confirm", made, on="2026-03-01")
            edit(ACTOR, ORDERS, {o: {"lines": [{"id": line_of(o).pk, "quantity": "6"}]} for o in made[:1]}, reason="x")
        return len(asked)

    counted(1)
    assert counted(1) == counted(20)
