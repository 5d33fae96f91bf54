"""PC-03: framework contracts with validity, agreed quantity and value, prices by quantity, call-offs, and alerts before they end."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.operations.purchasing.contracts import tell_buyers
from fondaco.operations.purchasing.models import ContractLine, PurchaseContract, PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.refusals import (
    CalledOffAlready,
    ContractEnds,
    ContractOfOthers,
    ContractOverdrawn,
    ContractStands,
    ContractUsedUp,
    ContractValueUsedUp,
    NothingAgreed,
    TierOfNothing,
)
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, filtered, lines_of
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.purchasing.test_orders import Buying

CONTRACTS, ORDERS = RESOURCES["purchase-contracts"], RESOURCES["purchase-orders"]
BULK = [("100", "2.20"), ("500", "2.00")]


class Agreeing(Buying):
    """A buyer who agrees on 1000 bolts at 2.50, cheaper from 100 and from 500 on."""

    def contract(self, quantity="1000", price="2.50", tiers=BULK, sign=True, product=None, **values):
        product = product or self.bolt.pk
        given = {
            "company": self.books.company.pk, "vendor": self.vendor.pk, "on": "2026-01-01", "valid_from": "2026-01-01", "valid_to": "2026-12-31",
            "lines": [{"product": product, "agreed_quantity": quantity, "unit_price": price}],
            "tiers": [{"product": product, "from_quantity": q, "unit_price": p} for q, p in tiers], **values,
        }  # fmt: skip
        (pk,) = create(ACTOR, CONTRACTS, [given]).ids
        if sign:
            self.books.do("purchasing.sign", pk)
        return pk

    def call(self, quantity, *, confirm=True, on="2026-03-01", **line):
        (pk,) = create(ACTOR, ORDERS, [self.asked(quantity, on=on, **line)]).ids
        if confirm:
            self.books.do("purchasing.confirm", pk)
        return pk

    def asked(self, quantity, *, on="2026-03-01", **line):
        lines = [{"product": self.bolt.pk, "quantity": quantity, **line}]
        return {"company": self.books.company.pk, "vendor": self.vendor.pk, "on": on, "lines": lines}

    def called(self, contract):
        (line,) = lines_of(CONTRACTS.lines[0], ACTOR, [contract])[contract]
        return line["called"]


@pytest.fixture
def agreeing(books):
    return Agreeing(books)


def line_of(order):
    return PurchaseOrderLine.objects.get(order=order)


def test_pc03_a_call_off_takes_the_price_of_its_quantity_and_says_why(agreeing):
    contract = agreeing.contract()
    number = PurchaseContract.objects.get(pk=contract).number
    for quantity, price, said in (
        ("99", "2.5", f"Contract {number}: agreed price"),
        ("100", "2.2", f"Contract {number}: price from 100 on"),
        ("700", "2", f"Contract {number}: price from 500 on"),
    ):
        line = line_of(agreeing.call(quantity, confirm=False))
        assert (line.unit_price, line.price_explanation["sentence"]) == (Decimal(price), said)
        assert line.contract_line.contract_id == contract
    order = agreeing.call("10", confirm=False)
    line = line_of(order)
    edit(ACTOR, ORDERS, {order: {"lines": [{"id": line.pk, "quantity": "120", "unit_price": "2.5"}]}})
    assert line_of(order).unit_price == Decimal("2.2"), "nobody typed a price: it follows the quantity"
    edit(ACTOR, ORDERS, {order: {"lines": [{"id": line.pk, "quantity": "120", "unit_price": "2.4"}]}})
    line = line_of(order)
    assert (line.unit_price, line.price_explanation["source"]) == (Decimal("2.4"), "hand")
    assert line.price_explanation["sentence"] == f"Entered by hand. Contract {number}: price from 100 on: 2.2"
    dear = agreeing.call("10", confirm=False, unit_price="3")
    assert line_of(dear).contract_line is None, "who enters another price calls nothing off by accident"
    same = line_of(agreeing.call("600", confirm=False, unit_price="2"))
    assert same.contract_line is not None, "the form filled the agreed price in"
    late = agreeing.call("10", confirm=False, on="2027-01-01", unit_price="3")
    assert line_of(late).contract_line is None, "who enters a price calls nothing off by accident"


def test_pc03_what_is_left_of_quantity_and_value_stands_right(books, agreeing):
    contract = agreeing.contract("100", tiers=[], agreed_value="240")
    first = agreeing.call("60")
    assert agreeing.called(contract) == 60
    with pytest.raises(ContractUsedUp, match="calls off 41, and 40 of 100 are left on PC/2026/00001"):
        agreeing.call("41")
    with pytest.raises(ContractValueUsedUp, match="calls off 100 EUR, and 90 of 240 EUR are left"):
        agreeing.call("40")
    agreeing.take_in_line(first, line_of(first).pk, "20")
    books.do("purchasing.close", first)
    assert agreeing.called(contract) == 20, "a closed order counts with what came"
    second = agreeing.call("70")
    with pytest.raises(ContractUsedUp):
        books.do("purchasing.reopen", first)
    with pytest.raises(ContractUsedUp):
        edit(ACTOR, ORDERS, {second: {"lines": [{"id": line_of(second).pk, "quantity": "81"}]}}, reason="More")
    edit(ACTOR, ORDERS, {second: {"lines": [{"id": line_of(second).pk, "quantity": "30", "unit_price": "2.5"}]}}, reason="Less")
    assert agreeing.called(contract) == 50
    books.do("purchasing.cancel", second, reason="Off")
    assert agreeing.called(contract) == 20
    books.assert_checks_hold()


def test_pc03_only_the_vendors_own_goods_in_its_time(books, agreeing):
    contract = agreeing.contract()
    named = ContractLine.objects.get(contract=contract).pk
    other = books.vendor("Other")
    given = agreeing.asked("1", contract_line=named)
    (order,) = create(ACTOR, ORDERS, [{**given, "vendor": other.pk}]).ids
    with pytest.raises(ContractOfOthers):
        books.do("purchasing.confirm", order)
    with pytest.raises(ContractEnds, match="valid from 1 Jan 2026 to 31 Dec 2026; the order is of 2 Jan 2027"):
        agreeing.call("1", on="2027-01-02", contract_line=named)
    books.do("purchasing.end", contract, reason="Gone elsewhere")
    with pytest.raises(ContractEnds, match="is ended"):
        agreeing.call("1", contract_line=named)
    with pytest.raises(NothingAgreed):
        books.do("purchasing.sign", agreeing.contract(sign=False, lines=[], tiers=[]))
    with pytest.raises(TierOfNothing):
        agreeing.contract(sign=False, lines=[{"description": "Carriage", "unit_price": "5"}])


def test_pc03_in_force_a_contract_is_amended_to_no_less_than_was_called_off(books, agreeing):
    contract = agreeing.contract("100", tiers=[])
    agreeing.call("60")
    key = ContractLine.objects.get(contract=contract).pk
    with pytest.raises(CalledOffAlready, match="60 of BOLT Bolt were called off"):
        edit(ACTOR, CONTRACTS, {contract: {"lines": [{"id": key, "agreed_quantity": "59", "unit_price": "2"}]}}, reason="Less")
    with pytest.raises(CalledOffAlready, match="150 EUR"):
        edit(ACTOR, CONTRACTS, {contract: {"agreed_value": "149"}}, reason="Less")
    attacks = (
        (f"update purchasing_contractline set agreed_quantity = 1 where id = {key}", ContractStands),
        (f"update purchasing_purchasecontract set valid_to = '2030-01-01' where id = {contract}", ContractStands),
        (f"delete from purchasing_contracttier where contract_id = {contract}; insert into purchasing_contracttier (version, contract_id, position, product_id, from_quantity, unit_price) values (1, {contract}, 1, {agreeing.bolt.pk}, 1, 0)", ContractStands),
        ("update purchasing_purchaseorder set state = 'closed'; insert into documents_amendment (version, table_name, row_id, version_number, content, reason) "
         f"values (1, 'purchasing_purchasecontract', {contract}, 9, '{{}}', 'x'); update purchasing_purchaseorder set state = 'confirmed'; "
         f"update purchasing_contractline set agreed_quantity = 1 where id = {key}", ContractOverdrawn),
    )  # fmt: skip
    for statement, refusal in attacks:
        with pytest.raises(refusal), refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)
    edit(
        ACTOR,
        CONTRACTS,
        {contract: {"valid_to": "2027-06-30", "lines": [{"id": key, "agreed_quantity": "80", "unit_price": "2"}]}},
        reason="Longer",
    )
    assert line_of(agreeing.call("20")).unit_price == 2
    big = agreeing.call("90", confirm=False)
    with pytest.raises(ContractOverdrawn), refusals_translated(), unit_of_work("attacker", "attack"):
        PurchaseOrder.objects.filter(pk=big).update(state="confirmed", number="X")


def test_pc03_the_buyer_is_told_before_it_ends_and_when_it_is_nearly_used_up(books, agreeing):
    with unit_of_work("test", "test"):
        buyer = User.objects.create(username="bea", name="Bea", email="bea@example.com")
    contract = agreeing.contract("100", tiers=[], buyer=buyer.pk)
    assert tell_buyers(ACTOR, date(2026, 6, 1)) == []
    agreeing.call("90")
    assert tell_buyers(ACTOR, date(2026, 6, 1)) == [contract]
    tell_buyers(ACTOR, date(2026, 6, 2))
    (mail,) = OutboxMessage.objects.filter(key__startswith="purchase-contract")
    assert mail.payload["to"] == ["bea@example.com"]
    assert mail.payload["text"].startswith("BOLT Bolt: 90 of 100 called off.")
    tell_buyers(ACTOR, date(2026, 12, 10))
    assert "Ends on 2026-12-31, in 21 days." in OutboxMessage.objects.filter(key__endswith=":eu").get().payload["text"]
    for condition, found in (("nearly_used", 1), ("to_look_at", 1), ("in_force", 1)):
        assert filtered(CONTRACTS, ACTOR, Query({condition: "1"})).count() == found


def test_pc03_statements_do_not_grow(books, agreeing):
    agreeing.contract("100000")

    def counted(orders):
        with CaptureQueriesContext(connection) as asked:
            made = create(ACTOR, ORDERS, [agreeing.asked("5") for _ in range(orders)]).ids
            books.do("purchasing.confirm", made)
            edit(ACTOR, ORDERS, {o: {"memo": "soon", "lines": [{"id": line_of(o).pk, "quantity": "6"}]} for o in made[:1]}, reason="x")
        return len(asked)

    counted(1)
    assert counted(1) == counted(20)
