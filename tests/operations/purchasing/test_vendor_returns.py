"""PC-05, PC-04: what came is sent back to its vendor at its original cost, and waits for his credit note or for other goods."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payables.models import Bill, PaymentBlock
from fondaco.finance.payables.queries import blocked_items
from fondaco.finance.payables.refusals import CreditUnmatched
from fondaco.finance.remittance.models import PaymentRunLine
from fondaco.finance.remittance.queries import disputed
from fondaco.operations.inventory.models import GoodsReceiptLine, StockMove
from fondaco.operations.inventory.refusals import LotNotReceived, NameLots, NotEnoughStock
from fondaco.operations.purchasing.models import (
    Billed,
    PurchaseOrder,
    PurchaseOrderLine,
    VendorReturn,
    VendorReturnLine,
    VendorReturnReason,
)
from fondaco.operations.purchasing.refusals import (
    BillCredited,
    CreditedTooMuch,
    NothingToSendBack,
    OrderInUse,
    ReturnStands,
    SentBackTooMuch,
    SentBackTwice,
)
from fondaco.operations.shipping.models import TransportDocument
from fondaco.operations.sourcing.scoring import scores
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import lines_of
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR
from tests.finance.einvoicing.test_receiving import brought, file_of, home, invoiced, mill, vendor
from tests.finance.remittance.house import House
from tests.operations.purchasing.test_amending import amend
from tests.operations.purchasing.test_orders import Buying
from tests.operations.purchasing.test_weights import Dairy

__all__ = ["home", "mill"]


class Returning(Buying):
    """A depot that sends bolts back, with the papers of buyer, storekeeper and clerk."""

    def reason(self, code="DEFECT"):
        return VendorReturnReason.objects.get(code=code).pk

    def ask(self, order, quantity=None, wanted="credit", **given):
        line = PurchaseOrderLine.objects.get(order=order).pk
        asked = {"quantities": {line: quantity}} if quantity else {}
        if "lots" in given:
            given["lots"] = {line: given["lots"]}
        if "pieces" in given:
            asked["second_quantities"] = {line: given.pop("pieces")}
        made = self.books.do("purchasing.ask_vendor_return", order, reason_code=self.reason(), wanted=wanted, **asked, **given).made
        (pk,) = made["vendor-returns"]
        return pk

    def send_back(self, order, quantity=None, wanted="credit", on="2026-03-12", **given):
        pk = self.ask(order, quantity, wanted, **given)
        self.books.do("purchasing.authorise_vendor_return", pk)
        self.books.do("purchasing.send_vendor_return", pk, on=on)
        return pk

    def credit(self, *lines, on="2026-03-20", post=True, match=True, **values):
        given = [{"product": self.bolt.pk, "quantity": q, "unit_price": p} for q, p in lines]
        note = self.books.bill(self.vendor, given, on, post=False, kind="credit_note", duplicate_reason="Another one", **values)
        if match:
            self.books.do("payables.match", note.pk)
        if post:
            self.books.do("payables.post", note.pk)
        return note

    def grni(self):
        return self.books.balance("goods_received_not_invoiced")

    def of(self, pk):
        return VendorReturn.objects.get(pk=pk).state

    def line(self, order):
        (line,) = lines_of(RESOURCES["purchase-orders"].lines[0], ACTOR, [order])[order]
        return line


@pytest.fixture
def buying(books):
    return Returning(books)


def test_pc05_billed_goods_go_back_wait_for_credit_and_are_credited(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.receive("10", "14.00", on="2026-03-06")
    bill = Bill.objects.get(pk=buying.bill(("10", "10.00")).pk)
    back = buying.send_back(order, "2")
    books.assert_journal("""
        2026-03-12 return to vendor RTV/2026/00001
          goods_received_not_invoiced        20.00
          inventory                         -24.00
          purchase_price_variance             4.00
    """)
    assert (buying.of(back), buying.state(order)) == ("sent", "closed"), "credit does not open the order again"
    line = VendorReturnLine.objects.get()
    assert (line.booked, line.cost, line.variance) == (20, 20, -4)
    assert line.explanation == "2 came with GR/2026/00001 at 20.00; by their costing they are worth 24.00 now."
    shown = buying.line(order)
    assert (shown["received"], shown["sent_back"], shown["billed_quantity"], shown["credited"]) == (8, 2, 10, 0)
    (block,) = PaymentBlock.objects.filter(bill=bill, ended_at=None)
    assert block.reason == "Line 1: 10 are billed of PO/2026/00001, but 8 came of 10 ordered."
    item = OpenItem.objects.get(entry=bill.entry_id)
    assert (blocked_items([item.pk]), disputed([item.pk])) == ({}, {item.pk: (Decimal("24.40"), block.reason)})
    note = buying.credit(("2", "10.00"))
    assert (buying.grni(), buying.of(back)) == (Decimal(-140), "credited")
    assert not PaymentBlock.objects.filter(ended_at=None).exists(), "the credit note is there: what is left may be paid"
    assert buying.line(order)["credited"] == 2
    books.do("payables.reverse", note.pk, reason="Wrong number", on="2026-03-21")
    assert (buying.grni(), buying.of(back)) == (Decimal(-120), "sent")
    buying.credit(("2", "10.00"), on="2026-03-22")
    assert (buying.grni(), buying.of(back)) == (Decimal(-140), "credited")
    books.assert_checks_hold()


def test_what_goes_back_before_the_bill_is_not_billed(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    back = buying.send_back(order, "3", on="2026-03-06")
    assert (buying.grni(), buying.of(back)) == (Decimal(-70), "sent")
    bill = buying.bill(("7", "11.00"))
    assert (buying.grni(), buying.of(back)) == (0, "closed")
    assert not PaymentBlock.objects.filter(bill=bill, kind="quantity").exists()
    assert buying.owned() == (7, 77), "nothing of the price is a cost: what went back was neither sold nor is it here"
    assert books.balance("cost_of_goods_sold") == 0
    books.assert_checks_hold()


def test_a_bill_of_all_that_came_waits_for_the_credit_of_what_went_back_before(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    back = buying.send_back(order, "3", on="2026-03-06")
    bill = buying.bill(("10", "11.00"))
    assert (buying.grni(), buying.of(back)) == (Decimal(33), "sent")
    assert (
        PaymentBlock.objects.get(bill=bill, kind="quantity").reason == "Line 1: 10 are billed of PO/2026/00001, but 7 came of 10 ordered."
    )
    (due,) = RESOURCES["vendor-credits-due"].model.objects.filter(RESOURCES["vendor-credits-due"].conditions["waiting"][1]())
    assert due.vendor_return_id == back
    buying.credit(("3", "10.50"))
    books.assert_journal("""
        2026-03-20 bill VCN/2026/00001: credit differs from what was billed
          purchase_price_variance             1.50
          goods_received_not_invoiced        -1.50
    """)
    assert (buying.grni(), buying.of(back)) == (0, "credited")
    row = Billed.objects.get(note__isnull=False)
    assert (row.quantity, row.billed, row.variance) == (-3, -33, Decimal("1.5"))
    assert row.explanation == "VCN/2026/00001 gives back 3 at 31.50, billed at 33.00."
    books.assert_checks_hold()


def test_pc04_a_replacement_opens_the_order_again_and_a_credit_does_not(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.bill(("10", "11.00"))
    back = buying.send_back(order, "4", wanted="replacement")
    assert (buying.state(order), buying.of(back), buying.grni()) == ("confirmed", "sent", Decimal(44))
    receipt = buying.take_in(order, "2026-03-25")
    assert GoodsReceiptLine.objects.get(receipt=receipt).quantity == 4
    assert (buying.state(order), buying.of(back), buying.grni()) == ("closed", "closed", 0)
    assert buying.owned() == (10, 110)
    assert (buying.line(order)["received"], buying.line(order)["sent_back"]) == (10, 4)
    books.assert_checks_hold()


def test_the_vendor_credits_what_he_was_to_replace(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.bill(("10", "10.00"))
    back = buying.send_back(order, "4", wanted="repair")
    books.do("purchasing.want_otherwise", back, wanted="credit")
    buying.credit(("4", "10.00"))
    assert (buying.of(back), buying.grni()) == ("credited", 0)
    assert buying.line(order)["received"] == 6
    books.assert_checks_hold()


def test_a_return_that_the_vendor_refuses_is_closed_for_a_reason(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.bill(("10", "10.00"))
    back = buying.send_back(order, "1")
    books.do("purchasing.close_vendor_return", back, reason="Their fault cannot be shown")
    assert (buying.of(back), buying.grni()) == ("closed", 0)
    assert books.balance("purchase_price_variance") == 10
    with pytest.raises(CreditedTooMuch, match="gives back 10 of BOLT Bolt on PO/2026/00001, and 9 of it are billed"):
        note = buying.credit(("10", "10.00"), post=False, match=False)
        books.do(
            "payables.match_line", note.pk, line=1, order_table="purchasing_purchaseorderline", quantities={buying.line(order)["pk"]: "10"}
        )
        books.do("payables.post", note.pk)
    books.assert_checks_hold()


def test_a_credit_note_for_goods_that_stay(books, buying):
    """Credit and bill anew, and a part of the price given back: received goods are never left on the account."""
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    bill = buying.bill(("10", "12.00"))
    buying.ship("5", "2026-03-11")
    (note,) = books.do("payables.credit", bill.pk, vendor_number="NC 1", on="2026-03-12").made["bills"]
    books.do("payables.post", note)
    assert (buying.grni(), buying.owned()) == (Decimal(-100), (5, 50))
    with pytest.raises(BillCredited, match="cannot be reversed: VCN/2026/00001 gives back what it billed"):
        books.do("payables.reverse", bill.pk, reason="Wrong", on="2026-03-13")
    again = buying.bill(("10", "11.00"), on="2026-03-14")
    assert (buying.grni(), buying.owned()) == (0, (5, 55))
    lower = buying.credit(("10", "1.00"), on="2026-03-15")
    assert lower.lines.get().matches.get().lowers_price
    assert (buying.grni(), buying.owned()) == (0, (5, 50))
    assert buying.line(order)["credited"] == 10, "the price fell, and as much is billed as before"
    books.do("payables.reverse", lower.pk, reason="Wrong", on="2026-03-16")
    assert (buying.grni(), buying.owned()) == (0, (5, 55))
    back = buying.send_back(order, "5", on="2026-03-17")
    assert (buying.grni(), buying.of(back)) == (Decimal(55), "sent")
    buying.credit(("5", "11.00"), credits=again.pk)
    assert buying.grni() == 0
    books.assert_checks_hold()


def test_a_credit_note_says_what_it_gives_back(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.bill(("10", "10.00"))
    note = buying.credit(("2", "10.00"), post=False, match=False)
    with pytest.raises(CreditUnmatched, match="gives back 2, and says of 0 what that is"):
        books.do("payables.post", note.pk)
    assert Bill.objects.get(pk=note.pk).state == "draft"


def test_never_more_than_came(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    first, second = buying.ask(order, "6"), buying.ask(order, "6")
    books.do("purchasing.authorise_vendor_return", first)
    with pytest.raises(
        SentBackTooMuch, match=r"6 of BOLT Bolt cannot go back\. 10 came with GR/2026/00001, 0 of it went back and 6 may go back"
    ):
        books.do("purchasing.authorise_vendor_return", second)
    books.do("purchasing.cancel_vendor_return", first, reason="Kept after all")
    buying.ship("7", "2026-03-11")
    books.do("purchasing.authorise_vendor_return", second)
    with pytest.raises(NotEnoughStock):
        books.do("purchasing.send_vendor_return", second, on="2026-03-12")
    books.do("purchasing.cancel_vendor_return", second, reason="Sold")
    buying.send_back(order, "3")
    with pytest.raises(NothingToSendBack):
        other = buying.order(("1", "1"))
        buying.ask(other)
    books.assert_checks_hold()


def test_the_database_lets_nobody_round_its_laws(books, buying):
    order = buying.order(("10", "10.00"))
    receipt = buying.take_in(order)
    buying.bill(("10", "10.00"))
    back = buying.send_back(order, "2")
    line = VendorReturnLine.objects.get()
    came = StockMove.objects.get(source_id=receipt, source_table="inventory_goodsreceipt")
    attacks = (
        (ReturnStands, lambda: VendorReturn.objects.filter(pk=back).update(vendor=books.vendor("Other").pk)),
        (ReturnStands, lambda: VendorReturnLine.objects.filter(pk=line.pk).update(cost=1)),
        (ReturnStands, lambda: VendorReturn.objects.filter(pk=back).update(state="cancelled")),
    )
    for error, attack in attacks:
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("test", "test"):
            attack()
        assert isinstance(translated(refused.value), error)
    with pytest.raises(DatabaseError, match="more would be billed or given back"), unit_of_work("test", "test"):
        Billed.objects.create(line_id=line.demand_line, bill=Bill.objects.get(), return_line=line, quantity=-3, booked=0, billed=0)
    with pytest.raises(DatabaseError) as refused, unit_of_work("test", "test"):
        StockMove.objects.create(
            company=books.company, product=buying.bolt, quantity=1, value=10, from_location=came.to_location, to_location=came.from_location, sign=-1,
            on="2026-03-12", booked_on="2026-03-12", source_table="x", source_id=1, source_line=1, returns=came,
        )  # fmt: skip
    assert isinstance(translated(refused.value), SentBackTwice)
    more = buying.ask(order, "1")
    with unit_of_work("test", "test"):
        VendorReturnLine.objects.filter(vendor_return=more).update(quantity=9)
    with pytest.raises(DatabaseError) as refused, unit_of_work("test", "test"):
        VendorReturn.objects.filter(pk=more).update(state="authorised", number="RTV/X")
    assert isinstance(translated(refused.value), SentBackTwice)
    books.assert_checks_hold()


def test_an_italian_paper_goes_with_them(books, buying):
    order = buying.order(("10", "10.00"))
    receipt = buying.take_in(order)
    (line,) = GoodsReceiptLine.objects.filter(receipt=receipt).values_list("pk", flat=True)
    made = books.do(
        "inventory.ask_vendor_return",
        receipt,
        reason_code=buying.reason(),
        quantities={line: "2"},
        wanted="repair",
        vendor_reference="RMA 7",
    )
    (back,) = made.made["vendor-returns"]
    assert RESOURCES["vendor-returns"].printed(VendorReturn.objects.get(pk=back))[:4] == b"%PDF"
    books.do("purchasing.authorise_vendor_return", back)
    books.do("purchasing.send_vendor_return", back, on="2026-03-12", carrier="Bartolini")
    found = TransportDocument.objects.get(source_table="purchasing_vendorreturn", source_id=back)
    assert (found.reason, found.party_id, found.carrier) == ("repair", buying.vendor.pk, "Bartolini")
    assert RESOURCES["vendor-returns"].printed(VendorReturn.objects.get(pk=back))[:4] == b"%PDF"


@pytest.mark.parametrize(
    ("costing", "worth", "variance"),
    [("average", "24.00", "-4.00"), ("fifo", "20.00", "0.00"), ("standard", "25.00", "-5.00")],
)
def test_each_costing_leaves_at_its_own_value(books, buying, costing, worth, variance):
    buying.costed(costing)
    if costing == "standard":
        buying.standard("12.50")
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.receive("10", "14.00", on="2026-03-06")
    buying.bill(("10", "10.00"))
    buying.send_back(order, "2")
    line = VendorReturnLine.objects.get()
    assert (line.cost, line.variance) == (20, Decimal(variance))
    assert StockMove.objects.get(source_table="purchasing_vendorreturn").value == Decimal(worth)
    buying.credit(("2", "10.00"))
    assert buying.grni() == -140
    books.assert_checks_hold()


def test_partly_sold_since_and_in_another_currency(books, buying):
    books.rate("USD", "0.9137", "2026-01-01")
    books.rate("USD", "0.9511", "2026-03-08")
    books.rate("USD", "0.8800", "2026-03-18")
    order = buying.order(("7", "3.33"), currency="USD")
    buying.take_in(order)
    given = [{"product": buying.bolt.pk, "quantity": "7", "unit_price": "3.33"}]
    bill = books.bill(buying.vendor, given, "2026-03-10", post=False, currency="USD", duplicate_reason="Weekly")
    books.do("payables.match", bill.pk)
    books.do("payables.post", bill.pk)
    buying.ship("4", "2026-03-11")
    buying.send_back(order, "3")
    buying.credit(("3", "3.33"), currency="USD")
    assert (buying.grni(), buying.owned()) == (0, (0, 0))
    row = Billed.objects.get(note__isnull=False)
    assert row.variance == Decimal("9.50") - Decimal("8.79"), "the rate fell between bill and credit note"
    books.assert_checks_hold()


def test_serial_numbers_go_back_from_quarantine(books, buying):
    edit(ACTOR, RESOURCES["products"], {buying.bolt.pk: {"tracking": "serial", "costing": "specific"}})
    order = buying.order(("4", "100"))
    line = PurchaseOrderLine.objects.get(order=order).pk
    (receipt,) = books.do("purchasing.receive", order, on="2026-03-05", lots={line: "A1..A4"}).made["goods-receipts"]
    books.do("inventory.post_receipt", receipt)
    buying.bill(("4", "110"))
    buying.ship("1", "2026-03-06")
    with pytest.raises(NameLots):
        buying.send_back(order, "1")
    with pytest.raises(LotNotReceived, match="B7"):
        buying.paper(
            "goods-receipts",
            "post_receipt",
            [{"product": buying.bolt.pk, "quantity": "1", "unit_cost": "90", "lots": "B7"}],
            on="2026-03-05",
        )
        buying.send_back(order, "1", lots="B7")
    back = buying.send_back(order, "2", lots="A3, A4")
    assert buying.grni() == 220 - 90
    assert VendorReturnLine.objects.get(vendor_return=back).cost == 220
    buying.credit(("2", "110"))
    assert buying.grni() == -90
    books.assert_checks_hold()


def test_pc05_what_went_back_is_bad_quality(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.send_back(order, "2")

    def quality():
        (score,) = scores(books.company.pk, first=date(2026, 1, 1), last=date(2026, 12, 31))
        return score.quality_percent, score.quantity_percent

    assert quality() == (80, 100)
    pk = buying.ask(order, "1")
    with unit_of_work("test", "test"):
        VendorReturnLine.objects.filter(vendor_return=pk).update(reason=buying.reason("UNWANTED"))
    books.do("purchasing.authorise_vendor_return", pk)
    books.do("purchasing.send_vendor_return", pk, on="2026-03-12")
    assert quality() == (80, 100), "what nobody needs any more is not the vendor's fault"


def test_catch_weight_goes_back_by_the_piece(books):
    dairy = Dairy(books)
    order = dairy.by_piece("10")
    receipt = dairy.weighed(order, kg="301")
    books.do("inventory.post_receipt", receipt)
    line = PurchaseOrderLine.objects.get(order=order).pk
    bill = books.bill(
        dairy.vendor,
        [{"product": dairy.bolt.pk, "quantity": "301", "unit_price": "10"}],
        "2026-03-10",
        post=False,
        duplicate_reason="Weekly",
    )
    books.do("payables.match", bill.pk)
    books.do("payables.post", bill.pk)
    reason = VendorReturnReason.objects.get(code="DEFECT").pk
    given = {"reason_code": reason, "second_quantities": {line: "2"}, "wanted": "replacement"}
    (back,) = books.do("purchasing.ask_vendor_return", order, **given).made["vendor-returns"]
    books.do("purchasing.authorise_vendor_return", back)
    books.do("purchasing.send_vendor_return", back, on="2026-03-12")
    gone = VendorReturnLine.objects.get(vendor_return=back)
    assert (gone.quantity, gone.second_quantity, gone.cost) == (Decimal("60.2"), 2, 602)
    assert (dairy.open_of(order), dairy.there()) == (60, (Decimal("240.8"), 8, 2408))
    again = dairy.weighed(order, kg="59.8", on="2026-03-20")
    books.do("inventory.post_receipt", again)
    assert VendorReturn.objects.get(pk=back).state == "sent", "0.4 kg that were billed did not come again"
    books.do("purchasing.want_otherwise", back, wanted="credit")
    note = books.bill(
        dairy.vendor, [{"product": dairy.bolt.pk, "quantity": "0.4", "unit_price": "10"}], "2026-03-21", post=False, kind="credit_note"
    )
    books.do("payables.match", note.pk)
    books.do("payables.post", note.pk)
    assert (books.balance("goods_received_not_invoiced"), VendorReturn.objects.get(pk=back).state) == (0, "credited")
    books.assert_checks_hold()


def test_amending_and_cancelling_know_what_went_back(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order, first="8")
    buying.send_back(order, "3")
    with pytest.raises(OrderInUse, match="8 of BOLT Bolt came already"):
        books.do("purchasing.cancel", order, reason="Wrong vendor")
    line = buying.line(order)["pk"]
    amend(order, lines=[{"id": line, "quantity": "5"}])
    assert (buying.line(order)["received"], buying.state(order)) == (5, "closed")
    books.assert_checks_hold()


def test_a_late_return_changes_nothing_of_the_past(books, buying):
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    buying.receive("10", "16.00", on="2026-03-20")
    buying.bill(("10", "10.00"))
    buying.send_back(order, "5", on="2026-03-10")
    assert buying.owned() == (15, 210), "five at ten are gone: ten at sixteen and five at ten are left"
    buying.credit(("5", "10.00"))
    books.assert_checks_hold()


@pytest.mark.parametrize(("format", "names"), [("fatturapa", "order"), ("ubl", "bill"), ("fatturapa", "")])
def test_an_e_invoice_credit_note_is_matched_to_what_waits(books, home, mill, format, names):
    """AP-03, PC-05: TD04 and UBL CreditNote, naming the order, the bill, or nothing at all."""
    buying = Returning(books)
    buying.vendor = vendor(books)
    order, other = buying.order(("10", "12.00")), buying.order(("10", "15.00"))
    for key in (order, other):
        buying.take_in(key)
    theirs = invoiced(mill, [{"description": "Bulloni", "quantity": "10", "unit_price": "12"}], on="2026-03-09")
    for number, price in ((theirs.number, "12.00"), ("F/99", "15.00")):
        given = [{"product": buying.bolt.pk, "quantity": "10", "unit_price": price}]
        bill = books.bill(buying.vendor, given, "2026-03-10", post=False, vendor_number=number, duplicate_reason="Another one")
        books.do("payables.match", bill.pk)
        books.do("payables.post", bill.pk)
    back = buying.send_back(order, "2")
    named = {"order": {"reference": str(PurchaseOrder.objects.get(pk=order))}, "bill": {"credits": theirs.pk}, "": {}}[names]
    lines = [{"description": "Bulloni resi", "quantity": "2", "unit_price": "12"}]
    (key,) = brought(file_of(invoiced(mill, lines, on="2026-03-15", kind="credit_note", **named), format)).received
    (note,) = books.do("einvoicing.draft_bill", key, on="2026-03-20").made["bills"]
    found = Bill.objects.get(pk=note)
    (line,) = found.lines.all()
    assert (found.kind, line.product_id, line.account_id) == ("credit_note", buying.bolt.pk, None)
    assert line.booking_reason == "It gives back goods of order PO/2026/00001/1."
    assert bool(found.credits_id) == (names == "bill")
    books.do("payables.post", note)
    assert (buying.grni(), buying.of(back)) == (0, "credited")
    books.assert_checks_hold()


def test_a_payment_run_pays_what_is_not_in_dispute(books, buying):
    """PC-05, BK: of a bill whose goods went back in part the rest is paid; more that goes back raises what is held back, a credit lowers it."""
    house = House(books)
    (buying.vendor,) = house.vendors("Viti Lecco")
    order = buying.order(("10", "10.00"))
    buying.take_in(order)
    bill = Bill.objects.get(pk=buying.bill(("10", "10.00")).pk)
    item = OpenItem.objects.get(entry=bill.entry_id).pk
    for quantity, held in (("2", "24.40"), ("1", "36.60")):
        buying.send_back(order, quantity)
        assert disputed([item])[item][0] == Decimal(held)
    run = house.run(on="2026-04-01", due_until="2026-05-31")
    line = PaymentRunLine.objects.get(run=run, item=item)
    assert (line.state, line.amount) == ("proposed", Decimal("85.40"))
    assert line.note == "Line 1: 10 are billed of PO/2026/00001, but 7 came of 10 ordered."
    buying.credit(("1", "10.00"))
    assert disputed([item])[item][0] == Decimal("24.40")
    buying.send_back(order, "7")
    buying.credit(("9", "10.00"))
    assert disputed([item]) == {}
    assert PaymentBlock.objects.filter(bill=bill).count() == 4 and not PaymentBlock.objects.filter(ended_at=None).exists()
    books.assert_checks_hold()
