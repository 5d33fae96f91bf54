"""PC-05, PC-04: whatever is received, billed, sent back, replaced and credited, in whatever order, books and stock agree, and when all is
settled nothing stays on goods received and not invoiced.

Hypothesis chooses the steps, shrinks what fails, and prints the blob that repeats it. Each life runs in a savepoint that is rolled back.
"""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from fondaco.finance.payables.models import Bill
from fondaco.operations.purchasing.models import Billed, PurchaseOrderLine, VendorReturn
from fondaco.operations.purchasing.queries import measured
from fondaco.platform.database.refusals import UserError
from fondaco.platform.money import ZERO
from tests.operations.purchasing.test_vendor_returns import Returning
from tests.reliability.test_machines import LIFE

COUNT = st.sampled_from(["1", "2", "3", "7"])
PRICE = st.sampled_from(["9.99", "10.00", "11.37"])
PICK = st.integers(0, 10_000)
TABLE = PurchaseOrderLine._meta.db_table


class Life(RuleBasedStateMachine):
    """Two orders of bolts; what came of them, was billed, went back, was credited."""

    buying: Returning

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()
        self.day = 1
        self.orders = [self.buying.order(("10", "10.00")), self.buying.order(("7", "3.33"))]

    def teardown(self):
        try:
            self.settle()
        finally:
            transaction.savepoint_rollback(self.point)

    def on(self):
        self.day += 1
        return f"2026-03-{min(5 + self.day // 3, 28):02d}"

    def tries(self, verb, key, reason="", **parameters):
        """People may be refused; they may not break anything, nor see a fault of the program."""
        try:
            with transaction.atomic():
                return self.buying.books.do(verb, key, reason=reason, **parameters)
        except UserError:
            return None

    def one(self, rows, pick):
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        return keys[pick % len(keys)] if keys else None

    def order(self, pick):
        return self.orders[pick % 2]

    def line(self, order):
        return PurchaseOrderLine.objects.get(order=order).pk

    @rule(pick=PICK, quantity=COUNT)
    def receive(self, pick, quantity):
        order = self.order(pick)
        made = self.tries("purchasing.receive", order, on=self.on(), quantities={self.line(order): quantity})
        if made:
            self.tries("inventory.post_receipt", made.made["goods-receipts"])

    @rule(pick=PICK, quantity=COUNT, price=PRICE, note=st.booleans(), lowers=st.booleans())
    def bill(self, pick, quantity, price, note, lowers):
        """A bill, or a credit note, of one order's line, matched by hand."""
        buying = self.buying
        given = [{"product": buying.bolt.pk, "quantity": quantity, "unit_price": price}]
        values = {"kind": "credit_note"} if note else {}
        row = buying.books.bill(buying.vendor, given, self.on(), post=False, duplicate_reason="Weekly", **values)
        self.tries(
            "payables.match_line",
            row.pk,
            line=1,
            order_table=TABLE,
            quantities={self.line(self.order(pick)): quantity},
            lowers_price=lowers and note,
        )
        self.tries("payables.post", row.pk)

    @rule(quantity=COUNT, price=PRICE, note=st.booleans())
    def bill_as_proposed(self, quantity, price, note):
        buying = self.buying
        given = [{"product": buying.bolt.pk, "quantity": quantity, "unit_price": price}]
        values = {"kind": "credit_note"} if note else {}
        row = buying.books.bill(buying.vendor, given, self.on(), post=False, duplicate_reason="Weekly", **values)
        self.tries("payables.match", row.pk)
        if row.lines.get().matches.exists():
            self.tries("payables.post", row.pk)

    @rule(pick=PICK)
    def reverse(self, pick):
        if key := self.one(Bill.objects.filter(state="posted"), pick):
            self.tries("payables.reverse", key, reason="Wrong", on=self.on())

    @rule(pick=PICK)
    def credit_whole(self, pick):
        if key := self.one(Bill.objects.filter(state="posted", kind="bill"), pick):
            made = self.tries("payables.credit", key, vendor_number=f"NC {self.day}", on=self.on())
            if made:
                self.tries("payables.post", made.made["bills"])

    @rule(pick=PICK, quantity=COUNT, wanted=st.sampled_from(["credit", "replacement", "repair"]))
    def send_back(self, pick, quantity, wanted):
        order = self.order(pick)
        made = self.tries(
            "purchasing.ask_vendor_return", order, reason_code=self.buying.reason(), wanted=wanted, quantities={self.line(order): quantity}
        )
        if made and self.tries("purchasing.authorise_vendor_return", made.made["vendor-returns"]):
            self.tries("purchasing.send_vendor_return", made.made["vendor-returns"], on=self.on())

    @rule(pick=PICK, wanted=st.sampled_from(["credit", "replacement"]))
    def want_otherwise(self, pick, wanted):
        if key := self.one(VendorReturn.objects.filter(state="sent"), pick):
            self.tries("purchasing.want_otherwise", key, wanted=wanted)

    @rule(pick=PICK)
    def close(self, pick):
        if key := self.one(VendorReturn.objects.filter(state__in=["sent", "credited"]), pick):
            self.tries("purchasing.close_vendor_return", key, reason="Enough")

    @rule(pick=PICK, quantity=COUNT)
    def sell(self, pick, quantity):
        try:
            with transaction.atomic():
                self.buying.ship(quantity, self.on())
        except UserError:
            pass

    def settle(self):
        """Bill what is in the house and not billed, have credited what is billed and not in the house: nothing may stay."""
        books = self.buying.books
        books.assert_checks_hold()
        others = VendorReturn.objects.filter(state="sent").exclude(wanted="credit").order_by("pk")
        while (other := others.first()) is not None:  # one that is credited now may end another of the same line
            books.do("purchasing.want_otherwise", other.pk, wanted="credit")
        for line in measured().filter(order__in=self.orders).order_by("pk"):
            rows = Billed.objects.filter(line=line)
            waits = sum(rows.filter(move=None).values_list("quantity", flat=True), ZERO)
            unbilled = line.received - sum(rows.exclude(move=None).values_list("quantity", flat=True), ZERO)
            for quantity, values in ((unbilled, {}), (waits, {"kind": "credit_note"})):
                if quantity:
                    given = [{"product": self.buying.bolt.pk, "quantity": str(quantity), "unit_price": "10.01"}]
                    row = books.bill(self.buying.vendor, given, "2026-03-30", post=False, duplicate_reason="Weekly", **values)
                    books.do("payables.match_line", row.pk, line=1, order_table=TABLE, quantities={line.pk: str(quantity)})
                    books.do("payables.post", row.pk)
        books.assert_checks_hold()
        waiting = sum(Billed.objects.filter(move=None).values_list("billed", flat=True), ZERO)
        assert (waiting, self.buying.grni()) == (0, Decimal(0)), f"{waiting} wait, {self.buying.grni()} stay"


@pytest.mark.parametrize("costing", ["average", "fifo", "standard"])
def test_pc05_every_order_of_steps_leaves_nothing_behind(books, costing):
    buying = Returning(books).costed(costing)
    if costing == "standard":
        buying.standard("9.50")

    class Own(Life):
        pass

    Own.buying = buying
    run_state_machine_as_test(Own, settings=LIFE)
