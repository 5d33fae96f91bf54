"""OM-08: one paper for a return: authorised, received, inspected, restocked, scrapped, repaired, sent back, credited, replaced, settled."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.receivables.credit import standing_of
from fondaco.frontoffice.sales.actions.returns import expire_due
from fondaco.frontoffice.sales.models import Order, OrderLine, ReturnAuthorisation, ReturnLine
from fondaco.frontoffice.sales.refusals import (
    AuthorisationExpired,
    ComesBackAuthorised,
    LotNotWaiting,
    MoreThanAuthorised,
    MoreThanReceived,
    MoreThanToRefund,
    MoreThanToReplace,
    MoreThanWithCustomer,
    NoQuarantine,
    NothingInspected,
    NothingToRefund,
    NothingToReturn,
    NotInspectedYet,
    NotSettledYet,
    OneOutcomeOfLots,
    ReturnBegan,
    ReturnDiffers,
    ReturnedMoreThanLeft,
    ReturnOfOthers,
    ReturnStands,
    StillHolds,
)
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import Location, Lot, StockLevel
from fondaco.operations.shipping.models import TransportDocument
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, filtered, lines_of
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop
from tests.frontoffice.sales.test_credit import limit

RETURNS = RESOURCES["return-authorisations"]


class Returning(Shop):
    """Cups that cost 1.00 and are sold at 3.33; what comes back waits in quarantine."""

    def __init__(self, books, quarantine=True):
        super().__init__(books)
        if quarantine:
            with unit_of_work("test", "test"):
                self.quarantine = Location.objects.create(
                    company=books.company, warehouse=self.warehouse, code="Q", name="Quarantine", kind="quarantine"
                )

    def later(self, quantity, cost):
        """More cups, bought after the first were sold."""
        lines = [{"product": self.cup.pk, "quantity": quantity, "unit_cost": cost}]
        given = {"company": self.books.company.pk, "warehouse": self.warehouse.pk, "on": "2026-02-08", "lines": lines}
        (key,) = create(ACTOR, RESOURCES["goods-receipts"], [given]).ids
        self.books.do("inventory.post_receipt", key)

    def sold(self, quantity="10", product=None, cost="1.00", invoiced=True):
        product = product or self.cup
        self.receive(product, quantity, cost)
        order = self.order((product, quantity))
        self.did("deliver", order, on="2026-02-05")
        if invoiced:
            self.did("invoice", order, on="2026-02-06", post=True)
        return order

    def asks(self, order, quantity=None, wanted="refund", authorise=True, **values):
        quantities = {} if quantity is None else {order.lines.get().pk: quantity}
        given = {"reason_code": "defective", "wanted": wanted, "quantities": quantities}
        (key,) = self.did("ask_return", order, **given).made["return-authorisations"]
        if values:
            edit(ACTOR, RETURNS, {key: values})
        if authorise:
            self.books.do("sales.authorise", key)
        return ReturnAuthorisation.objects.get(pk=key)

    def back(self, row, verb, reason="", **parameters):
        return self.books.do(f"sales.{verb}", row.pk, reason=reason, **parameters)

    def stands(self, row):
        """Each line as ``asked received waiting restocked scrapped in_repair sent_back credited replaced``."""
        names = ("quantity", "received", "waiting", "restocked", "scrapped", "in_repair", "sent_back", "credited", "replaced")
        return [" ".join(f"{ln[n].normalize():f}" for n in names) for ln in lines_of(RETURNS.lines[0], ACTOR, [row.pk])[row.pk]]

    def lies(self, product):
        levels = StockLevel.objects.filter(product=product, on_hand__gt=0)
        return {level.location.kind: level.on_hand for level in levels.select_related("location")}


@pytest.fixture
def shop(books):
    return Returning(books)


def today(days=0):
    return timezone.localdate() + timedelta(days=days)


def test_OM_08_a_return_from_authorisation_to_credit_note_at_original_cost(books, shop):
    order = shop.sold("10")
    shop.later("10", "3.00")  # what is in stock now costs three times as much
    row = shop.asks(order, "6", restocking_percent="10", expires_on="2026-12-31", on="2026-02-10")
    (line,) = row.lines.all()
    assert (str(row), row.state, shop.stands(row)) == ("RMA/2026/00001", "authorised", ["6 0 0 0 0 0 0 0 0"])
    shop.back(row, "receive_return", on="2026-02-12", quantities={line.pk: "5"})
    assert shop.lies(shop.cup) == {"internal": 10, "quarantine": 5}
    books.assert_journal("""
        2026-02-12 return RT/2026/00001
          inventory                           5.00
          cost_of_goods_sold                 -5.00
    """)
    shop.back(
        row, "inspect_return", on="2026-02-13", restock={line.pk: "3"}, scrap={line.pk: "1"}, repair={line.pk: "1"}, note="One cracked"
    )
    assert shop.stands(row) == ["6 5 0 3 1 1 0 0 0"]
    assert shop.lies(shop.cup) == {"internal": 13, "quarantine": 1}
    books.assert_journal("""
        2026-02-13 stock adjustment AD/2026/00001
          inventory                          -2.33
          scrapped_goods                      2.33
    """)
    shop.back(row, "inspect_return", on="2026-02-14", restock={line.pk: "1"}, from_repair=True)
    assert shop.stands(row) == ["6 5 0 4 1 0 0 0 0"]
    shop.back(row, "refund_return", on="2026-02-15", post=True)
    note = Invoice.objects.get(kind="credit_note")
    fee = Invoice.objects.get(source_table="sales_returnauthorisation", source_id=row.pk)
    assert (note.net, note.tax, fee.net, fee.tax) == (Decimal("16.65"), Decimal("3.67"), Decimal("1.67"), Decimal("0.37"))
    assert fee.lines.get().description == "Restocking fee (10%) of return RMA/2026/00001"
    assert shop.stands(row) == ["6 5 0 4 1 0 0 5 0"]
    assert shop.state(order) == ["10 0 10 5 10 5"]
    shop.back(row, "settle_return")
    assert ReturnAuthorisation.objects.get(pk=row.pk).state == "settled"
    shop.did("take_back", order, reason="The last", on="2026-02-16", post=True)
    assert shop.state(order) == ["10 0 10 10 10 10"], "settled, the sixth is authorised no more, and the rest comes back by hand"
    assert books.balance("cost_of_goods_sold") == 0
    books.assert_checks_hold()


def test_OM_08_what_is_replaced_stays_invoiced_and_costs(books, shop):
    order = shop.sold("4")
    row = shop.asks(order, "2", wanted="replace")
    shop.later("5", "1.50")
    (key,) = shop.back(row, "replace_return", on="2026-02-11").made["orders"]
    new = Order.objects.get(pk=key)
    line = new.lines.get()
    assert (new.state, new.authorisation, new.gross, line.quantity) == ("confirmed", row, 0, 2)
    assert line.price_explanation["sentence"] == "Replacement at no charge for return RMA/2026/00001"
    with pytest.raises(MoreThanToReplace, match="of 2 authorised 0 were credited, 2 replaced and 0 sent back"):
        shop.back(row, "replace_return", on="2026-02-11", quantities={row.lines.get().pk: "1"})
    with pytest.raises(ReturnBegan):
        shop.back(row, "cancel_return", reason="No")
    shop.did("deliver", new, on="2026-02-12")
    paper = TransportDocument.objects.order_by("-pk")[0]
    assert (paper.reason, paper.invoice_by) == ("replacement", None)
    books.assert_journal("""
        2026-02-12 delivery DN/2026/00002
          inventory                          -3.00
          cost_of_goods_sold                  3.00
    """)
    uninvoiced = filtered(RESOURCES["orders"], ACTOR, Query({"to_invoice": "1"}))
    assert list(uninvoiced) == []
    shop.back(row, "receive_return", on=str(today()))
    (own,) = row.lines.all()
    shop.back(row, "inspect_return", on=str(today()), scrap={own.pk: "2"})
    with pytest.raises(MoreThanToRefund, match="of 2 authorised 2 came, 0 were credited, 2 replaced"):
        shop.back(row, "refund_return", on=str(today()), quantities={own.pk: "1"})
    assert shop.state(order) == ["4 0 4 2 4 0"], "the original stays invoiced"
    assert list(filtered(RESOURCES["orders"], ACTOR, Query({"to_invoice": "1"}))) == []
    shop.back(row, "settle_return")
    books.assert_checks_hold()


def test_OM_08_a_delivery_whose_goods_were_replaced_is_still_to_be_invoiced(books, shop):
    """The paper of the original stays among *to invoice* until its invoice, whatever came back and was replaced; what only came back leaves it."""

    def to_invoice():
        return list(
            filtered(RESOURCES["transport-documents"], ACTOR, Query({"to_invoice": "1"})).order_by("-pk").values_list("number", flat=True)
        )

    order, other = shop.sold("2", invoiced=False), shop.sold("2", invoiced=False)
    papers = [p.number for p in TransportDocument.objects.order_by("-pk")[:2]]
    row = shop.asks(order, "2", wanted="replace")
    shop.later("2", "1.00")
    shop.back(row, "receive_return", on=str(today()))
    assert to_invoice() == papers[:1], "nothing of the first is with the customer"
    shop.back(row, "inspect_return", on=str(today()), restock={row.lines.get().pk: "2"})
    (key,) = shop.back(row, "replace_return", on=str(today())).made["orders"]
    assert to_invoice() == papers
    shop.did("deliver", Order.objects.get(pk=key), on=str(today()))
    assert to_invoice() == papers, "the replacement itself is never invoiced"
    shop.did("invoice", order, on=str(today()), post=True)
    shop.did("invoice", other, on=str(today()), post=True)
    assert to_invoice() == []
    books.assert_checks_hold()


def test_OM_08_what_was_not_invoiced_before_it_was_replaced_is_invoiced_then(books, shop):
    order = shop.sold("4", invoiced=False)
    row = shop.asks(order, "1", wanted="replace")
    shop.later("1", "1.00")
    shop.back(row, "receive_return", on=str(today()))
    shop.back(row, "inspect_return", on=str(today()), restock={row.lines.get().pk: "1"})
    limit(shop, "1000")
    assert standing_of(books.company.pk, shop.customer.pk).exposure == Decimal("12.19"), "three are with the customer"
    shop.back(row, "replace_return", on=str(today()))
    assert standing_of(books.company.pk, shop.customer.pk).exposure == Decimal("16.25")
    shop.did("invoice", order, on=str(today()), post=True)
    assert shop.state(order) == ["4 0 4 1 4 0"], "all four are owed: the customer has four"
    with pytest.raises(NothingToRefund):
        shop.back(row, "refund_return", on=str(today()))
    shop.back(row, "settle_return")
    books.assert_checks_hold()


def test_OM_08_what_is_sent_back_to_the_customer_stays_his(books, shop):
    order = shop.sold("3")
    row = shop.asks(order, "2", wanted="repair")
    shop.back(row, "receive_return", on=str(today()))
    (line,) = row.lines.all()
    shop.back(row, "inspect_return", on=str(today()), repair={line.pk: "2"})
    with pytest.raises(NotInspectedYet, match="0 wait for their inspection and 2 are kept for repair"):
        shop.back(row, "settle_return")
    with pytest.raises(MoreThanReceived, match=r"1 of CUP Cup cannot be inspected on .*: 0 wait"):
        shop.back(row, "inspect_return", on=str(today()), restock={line.pk: "1"})
    shop.back(row, "inspect_return", on=str(today()), send_back={line.pk: "1"}, scrap={line.pk: "1"}, from_repair=True)
    assert shop.stands(row) == ["2 2 0 0 1 0 1 0 0"]
    with pytest.raises(NotSettledYet, match=r"1 of line 1 .* came and were neither credited, replaced nor sent back"):
        shop.back(row, "settle_return")
    shop.back(row, "refund_return", on=str(today()), quantities={line.pk: "1"}, restocking_percent="100", post=True)
    assert books.balance("receivable") == Decimal("12.19"), "three were invoiced at 3.33 and 22%; a fee of all of it gives nothing back"
    with pytest.raises(NothingToRefund):
        shop.back(row, "refund_return", on=str(today()))
    shop.back(row, "settle_return")
    assert shop.state(order) == ["3 0 3 2 3 1"]
    books.assert_checks_hold()


def test_OM_08_no_more_is_authorised_than_is_with_the_customer(books, shop):
    order = shop.sold("5")
    first = shop.asks(order, "3")
    with pytest.raises(
        ReturnedMoreThanLeft, match="cannot let 3 come back: 5 were delivered on SO/2026/00001, 0 came back and 3 are authorised"
    ):
        shop.asks(order, "3")
    with pytest.raises(ComesBackAuthorised, match="5 are with the customer, and 3 of them come back on a return authorisation"):
        shop.did("take_back", order, reason="By hand", on="2026-02-10", quantities={order.lines.get().pk: "3"})
    shop.did("take_back", order, reason="By hand", on="2026-02-10", post=True)
    assert shop.state(order) == ["5 0 5 2 5 2"], "without quantities, what is not authorised"
    with pytest.raises(NothingToReturn):
        shop.asks(order)
    (line,) = first.lines.all()
    with pytest.raises(MoreThanAuthorised, match="4 of CUP Cup cannot be received on RMA/2026/00001: 3 were authorised and 0 came"):
        shop.back(first, "receive_return", on=str(today()), quantities={line.pk: "4"})
    with pytest.raises(AuthorisationExpired):
        shop.back(first, "receive_return", on=str(today(31)))
    shop.back(first, "extend_return", expires_on=str(today(40)))
    with pytest.raises(NothingInspected):
        shop.back(first, "receive_return", on=str(today()), quantities={line.pk: "1"})
        shop.back(first, "inspect_return", on=str(today()))
    other = books.customer("Other", email="o@example.com")
    lines = [{"order_line": order.lines.get().pk, "quantity": "1"}]
    with pytest.raises(ReturnOfOthers):
        create(ACTOR, RETURNS, [{"company": books.company.pk, "customer": other.pk, "lines": lines}])
    books.assert_checks_hold()


def test_OM_08_an_authorisation_ends_by_itself_and_gives_back(books, shop):
    order = shop.sold("5")
    row = shop.asks(order, "5")
    with pytest.raises(StillHolds):
        shop.back(row, "expire_return")
    assert expire_due(ACTOR, today(30)) == []
    assert expire_due(ACTOR, today(31)) == [row.pk]
    again = shop.asks(order, "5")
    shop.back(again, "cancel_return", reason="Keeps it")
    shop.asks(order, "5")
    books.assert_checks_hold()


def test_OM_08_without_a_place_of_quarantine_nothing_is_received(books):
    shop = Returning(books, quarantine=False)
    row = shop.asks(shop.sold("1"))
    with pytest.raises(NoQuarantine, match="Milano has no place of quarantine"):
        shop.back(row, "receive_return", on=str(today()))


def test_OM_08_the_very_serial_numbers_come_back_and_are_inspected(books, shop):
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=shop.machine.pk).update(tracking="serial", costing="specific")
    lines = [{"product": shop.machine.pk, "quantity": "1", "unit_cost": f"{n}00", "lots": f"M{n}"} for n in range(1, 5)]
    given = {"company": books.company.pk, "warehouse": shop.warehouse.pk, "on": "2026-02-01", "lines": lines}
    (key,) = create(ACTOR, RESOURCES["goods-receipts"], [given]).ids
    books.do("inventory.post_receipt", key)
    order = shop.order((shop.machine, "4"))
    shop.did("deliver", order, on="2026-02-05")
    row = shop.asks(order, "3")
    (line,) = row.lines.all()
    shop.back(row, "receive_return", on=str(today()), lots={line.pk: "M1 M2 M4"})
    with pytest.raises(OneOutcomeOfLots):
        shop.back(row, "inspect_return", on=str(today()), restock={line.pk: "1"}, scrap={line.pk: "1"}, lots={line.pk: "M1"})
    with pytest.raises(LotNotWaiting, match=r"1 of M3 .* 0 of it wait. Waiting are: M1\.\.M2; M4"):
        shop.back(row, "inspect_return", on=str(today()), scrap={line.pk: "1"}, lots={line.pk: "M3"})
    shop.back(row, "inspect_return", on=str(today()), scrap={line.pk: "1"}, lots={line.pk: "M4"})
    assert books.balance("scrapped_goods") == 400, "at what this very machine cost"
    shop.back(row, "inspect_return", on=str(today()), repair={line.pk: "1"}, lots={line.pk: "M2"})
    shop.back(row, "inspect_return", on=str(today()), restock={line.pk: "1"})
    shop.back(row, "inspect_return", on=str(today()), send_back={line.pk: "1"}, from_repair=True)
    assert shop.stands(row) == ["3 3 0 1 1 0 1 0 0"]
    there = Lot.objects.filter(product=shop.machine, stock__on_hand__gt=0, stock__location__kind="internal")
    assert [t.number for t in there] == ["M1"]
    assert TransportDocument.objects.order_by("-pk")[0].invoice_by is None
    books.assert_checks_hold()


def test_OM_08_the_database_keeps_the_paper_and_its_quantities(books, shop):
    order = shop.sold("5")
    row = shop.asks(order, "3")
    (line,) = row.lines.all()
    shop.back(row, "receive_return", on=str(today()), quantities={line.pk: "2"})
    second = shop.asks(order, "2", authorise=False)
    raw = 'insert into sales_returninspection (version, line_id, "on", outcome, quantity, of_repair, lots, note, paper_table, paper_line) values'
    for statement, refusal in (
        (f"update sales_returnline set quantity = 5 where id = {line.pk}", ReturnStands),
        (f"delete from sales_returnauthorisation where id = {row.pk}", Exception),
        (f"update sales_returnauthorisation set state = 'authorised' where id = {row.pk}", ReturnStands),
        (f"{raw} (1, {line.pk}, '2026-02-20', 'restock', 3, false, '', '', 'x', 1)", ReturnDiffers),
        (f"{raw} (1, {line.pk}, '2026-02-20', 'scrap', 1, true, '', '', 'x', 1)", ReturnDiffers),
        (f"update sales_orderline set return_line_id = {line.pk} where order_id = {order.pk}", Exception),
        (
            f"insert into sales_returnline (version, authorisation_id, position, order_line_id, product_id, quantity, reason_code, wanted, note) "
            f"select 1, {second.pk}, 9, l.id, l.product_id, 9, 'other', 'refund', '' from sales_orderline l where l.order_id = {order.pk}", Exception,
        ),
    ):  # fmt: skip
        with pytest.raises(refusal), refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)
    with unit_of_work("test", "test"):
        ReturnLine.objects.filter(authorisation=second).update(quantity=3)
    with pytest.raises(MoreThanWithCustomer), refusals_translated(), unit_of_work("attacker", "attack"):
        ReturnAuthorisation.objects.filter(pk=second.pk).update(state="authorised", number="X")
    assert OrderLine.objects.filter(return_line=line).count() == 0
    books.assert_checks_hold()


def test_OM_08_lists_say_what_waits(books, shop):
    order = shop.sold("5")
    row = shop.asks(order, "2")

    def found(condition):
        return filtered(RETURNS, ACTOR, Query({condition: "1"})).count()

    assert (found("to_receive"), found("to_inspect"), found("to_settle")) == (1, 0, 0)
    shop.back(row, "receive_return", on=str(today()))
    assert (found("to_receive"), found("to_inspect"), found("to_settle")) == (0, 1, 0)
    shop.back(row, "inspect_return", on=str(today()), restock={row.lines.get().pk: "2"})
    assert (found("open"), found("to_inspect"), found("to_settle")) == (1, 0, 1)
    assert row.expires_on == date.fromisoformat(str(today(30)))
