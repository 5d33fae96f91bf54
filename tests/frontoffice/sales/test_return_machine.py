"""OM-08: whatever people do with returns, in whatever order, their quantities reconcile, and books and stock agree.

Hypothesis chooses the steps, shrinks what fails, and prints the blob that repeats it. Each life runs in a savepoint that is rolled back.
"""

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.platform.database.refusals import UserError
from tests.frontoffice.sales.test_returns import Returning
from tests.reliability.test_machines import LIFE

COUNT = st.sampled_from(["0.5", "1", "2", "3"])
PICK = st.integers(0, 10_000)
ON = "2026-03-01"


class Life(RuleBasedStateMachine):
    """Orders of cups, and what comes back of them, by paper and by hand."""

    shop: Returning

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()
        self.shop.receive(self.shop.cup, "100", "1.37")

    def teardown(self):
        try:
            self.shop.books.assert_checks_hold()
        finally:
            transaction.savepoint_rollback(self.point)

    def tries(self, verb, row, reason="", **parameters):
        """People may be refused; they may not break anything, nor see a fault of the program."""
        if row is not None:
            try:
                with transaction.atomic():
                    return self.shop.books.do(f"sales.{verb}", row.pk, reason=reason, **parameters)
            except UserError:
                return None
        return None

    def one(self, rows, pick):
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        return rows.model.objects.get(pk=keys[pick % len(keys)]) if keys else None

    def order_of(self, pick, **given):
        return self.one(Order.objects.filter(state__in=["confirmed", "closed"], **given), pick)

    def return_of(self, pick, *states):
        return self.one(ReturnAuthorisation.objects.filter(state__in=states), pick)

    @rule(quantity=st.sampled_from(["2", "4"]), invoiced=st.booleans())
    def sell(self, quantity, invoiced):
        order = self.shop.order((self.shop.cup, quantity))
        self.shop.did("deliver", order, on="2026-02-05")
        if invoiced:
            self.shop.did("invoice", order, on="2026-02-06", post=True)

    @rule(pick=PICK, quantity=COUNT, wanted=st.sampled_from(["refund", "replace", "repair", "nothing"]))
    def ask(self, pick, quantity, wanted):
        if order := self.order_of(pick):
            made = self.tries("ask_return", order, reason_code="other", wanted=wanted, quantities={order.lines.get().pk: quantity})
            row = ReturnAuthorisation.objects.get(pk=made.made["return-authorisations"][0]) if made else None
            self.tries("authorise", row)

    @rule(pick=PICK, quantity=COUNT)
    def receive(self, pick, quantity):
        if row := self.return_of(pick, "authorised", "received"):
            self.tries("receive_return", row, on=ON, quantities={row.lines.get().pk: quantity})

    @rule(pick=PICK, quantity=COUNT, outcome=st.sampled_from(["restock", "scrap", "repair", "send_back"]), mended=st.booleans())
    def inspect(self, pick, quantity, outcome, mended):
        if row := self.return_of(pick, "received"):
            self.tries("inspect_return", row, on=ON, from_repair=mended, **{outcome: {row.lines.get().pk: quantity}})

    @rule(pick=PICK, quantity=COUNT, post=st.booleans())
    def refund(self, pick, quantity, post):
        if row := self.return_of(pick, "received"):
            self.tries("refund_return", row, on=ON, quantities={row.lines.get().pk: quantity}, restocking_percent="7.5", post=post)

    @rule(pick=PICK, quantity=COUNT)
    def replace(self, pick, quantity):
        if row := self.return_of(pick, "authorised", "received"):
            self.tries("replace_return", row, on=ON, quantities={row.lines.get().pk: quantity})
            self.tries("deliver", self.order_of(0, authorisation=row), on=ON)

    @rule(pick=PICK)
    def cancel_replacement(self, pick):
        self.tries("cancel", self.order_of(pick, authorisation__isnull=False), reason="Not needed")

    @rule(pick=PICK, quantity=COUNT)
    def by_hand(self, pick, quantity):
        if order := self.order_of(pick):
            self.tries("take_back", order, reason="By hand", on=ON, quantities={order.lines.get().pk: quantity}, post=True)

    @rule(pick=PICK)
    def invoice(self, pick):
        self.tries("invoice", self.order_of(pick), on=ON, post=True)

    @rule(pick=PICK, why=st.sampled_from(["", "Agreed"]))
    def settle(self, pick, why):
        self.tries("settle_return", self.return_of(pick, "received"), reason=why)

    @rule(pick=PICK)
    def cancel(self, pick):
        self.tries("cancel_return", self.return_of(pick, "draft", "authorised"), reason="Keeps it")


def test_OM_08_whatever_people_do_returns_reconcile(books):
    class Own(Life):
        shop = Returning(books)

    run_state_machine_as_test(Own, settings=LIFE)
