"""Random lives of a small company: whatever people do in whatever order, every invariant holds after every step (GL, AR-01, IV-01, OM-01, OM-04, MC-03).

Hypothesis chooses the steps and shrinks what fails; it prints the steps and the blob that repeats them. Each life runs in a savepoint that
is rolled back, so that every one begins alike. FONDACO_EXAMPLES asks for more lives than CI has time for.
"""

import os
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import Account, JournalEntry, JournalLine, OpenItem, PeriodState
from fondaco.finance.payments.models import Payment
from fondaco.frontoffice.sales.models import Order
from fondaco.operations.inventory.models import StockLevel
from fondaco.platform.database.refusals import UserError
from tests.frontoffice.sales.shop import Shop

EXAMPLES = int(os.environ.get("FONDACO_EXAMPLES", "12"))
STEPS = int(os.environ.get("FONDACO_STEPS", "25"))
LIFE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    print_blob=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
FIRST = date(2026, 2, 2)
CENTS = st.integers(1, 200_000).map(lambda n: Decimal(n) / 100)
COUNT = st.integers(1, 6).map(Decimal)
PICK = st.integers(0, 10_000)


class Company(RuleBasedStateMachine):
    """What people do between an order and its money, in two currencies, beside a model that anybody can follow."""

    shop: Shop

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()
        self.books = self.shop.books
        self.day = FIRST
        self.stock = {self.shop.cup.pk: Decimal(0), self.shop.machine.pk: Decimal(0)}

    def teardown(self):
        transaction.savepoint_rollback(self.point)

    @initialize()
    def open_the_shop(self):
        self.euro = self.shop.customer
        self.dollar = self.books.customer("Cafe Union", "US", currency_id="USD")
        for days, rate in ((0, "1.0800"), (20, "1.1300"), (40, "0.9700")):
            self.books.rate("USD", rate, str(FIRST - timedelta(days=1) + timedelta(days=days)))

    def tries(self, work):
        """People may be refused; they may not break anything, nor see a fault of the program."""
        try:
            with transaction.atomic():
                return work()
        except UserError:
            return None

    def one(self, rows, pick):
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        return rows.model.objects.get(pk=keys[pick % len(keys)]) if keys else None

    def on(self):
        return str(self.day)

    @rule(days=st.integers(1, 9))
    def time_passes(self, days):
        self.day += timedelta(days=days)

    @rule(cups=COUNT, cost=CENTS)
    def receive(self, cups, cost):
        self.shop.receive(self.shop.cup, str(cups), str(cost))
        self.stock[self.shop.cup.pk] += cups

    @rule(quantity=COUNT, foreign=st.booleans(), service=st.booleans())
    def order(self, quantity, foreign, service):
        customer = self.dollar if foreign else self.euro
        product = self.shop.course if service else self.shop.cup
        prices = {"unit_price": "3.33"} if foreign else {}
        self.tries(lambda: self.shop.order((product, str(quantity), prices), customer=customer.pk, on=self.on()))

    @rule(pick=PICK, quantity=COUNT)
    def deliver(self, pick, quantity):
        if order := self.one(Order.objects.filter(state="confirmed"), pick):
            line = order.lines.get()
            if self.tries(lambda: self.shop.did("deliver", order, on=self.on(), quantities={line.pk: str(quantity)})):
                self.stock[line.product_id] = self.stock.get(line.product_id, Decimal(0)) - (
                    quantity if line.product_id in self.stock else 0
                )

    @rule(pick=PICK, quantity=COUNT)
    def take_back(self, pick, quantity):
        if order := self.one(Order.objects.filter(state="confirmed"), pick):
            line = order.lines.get()
            if self.tries(lambda: self.shop.did("take_back", order, "Broken", on=self.on(), quantities={line.pk: str(quantity)})):
                self.stock[line.product_id] += quantity

    @rule(pick=PICK)
    def invoice_order(self, pick):
        if order := self.one(Order.objects.filter(state="confirmed"), pick):
            self.tries(lambda: self.shop.did("invoice", order, on=self.on(), post=True))

    @rule(price=CENTS, foreign=st.booleans(), gross=st.booleans())
    def invoice_freely(self, price, foreign, gross):
        customer = self.dollar if foreign else self.euro
        lines = [{"quantity": "3", "unit_price": str(price)}]
        self.tries(lambda: self.books.invoice(customer, lines, self.on(), prices_include_tax=gross))

    @rule(pick=PICK)
    def credit(self, pick):
        if invoice := self.one(Invoice.objects.filter(state="posted", kind="invoice"), pick):
            made = self.tries(lambda: self.books.do("invoicing.credit", invoice.pk, on=self.on()))
            for key in [k for keys in made.made.values() for k in keys] if made else []:
                self.tries(lambda key=key: self.books.do("invoicing.post", key))

    @rule(pick=PICK)
    def reverse_invoice(self, pick):
        if invoice := self.one(Invoice.objects.filter(state="posted"), pick):
            self.tries(lambda: self.books.do("invoicing.reverse", invoice.pk, reason="Wrong", on=self.on()))

    @rule(pick=PICK, share=st.sampled_from(["0.5", "1", "1.5"]))
    def pay(self, pick, share):
        item = self.one(OpenItem.objects.filter(open_amount__gt=0, party__isnull=False), pick)
        if item is None:
            return
        amount = max((item.open_amount * Decimal(share)).quantize(Decimal("0.01")), Decimal("0.01"))
        self.tries(
            lambda: self.books.pay(
                item.party, str(amount), self.on(), {item.pk: str(min(amount, item.open_amount))}, currency=item.currency_id
            )
        )

    @rule(amount=CENTS, foreign=st.booleans())
    def pay_on_account(self, amount, foreign):
        customer = self.dollar if foreign else self.euro
        self.tries(lambda: self.books.pay(customer, str(amount), self.on(), currency="USD" if foreign else "EUR"))

    @rule(pick=PICK)
    def apply_oldest(self, pick):
        if payment := self.one(Payment.objects.filter(state="posted"), pick):
            self.tries(lambda: self.books.do("payments.apply_oldest", payment.pk, on=self.on()))

    @rule(pick=PICK)
    def unapply(self, pick):
        if payment := self.one(Payment.objects.filter(state="posted"), pick):
            self.tries(lambda: self.books.do("payments.unapply", payment.pk, "Wrong invoice", on=self.on()))

    @rule(pick=PICK)
    def reverse_payment(self, pick):
        if payment := self.one(Payment.objects.filter(state="posted"), pick):
            self.tries(lambda: self.books.do("payments.reverse", payment.pk, "Bounced", on=self.on()))

    @rule(pick=PICK)
    def write_off(self, pick):
        if item := self.one(OpenItem.objects.exclude(open_amount=0), pick):
            self.tries(lambda: self.books.do("ledger.write_off", item.pk, "Bankrupt", on=self.on()))

    @precondition(lambda self: self.day > FIRST + timedelta(days=30))
    @rule(pick=PICK, verb=st.sampled_from(["soft_close", "close", "reopen"]))
    def move_a_period(self, pick, verb):
        state = self.one(PeriodState.objects.filter(period__company=self.books.company, period__starts_on="2026-02-01"), pick)
        self.tries(lambda: self.books.do(f"ledger.{verb}", state.pk, "Month end"))

    @invariant()
    def every_check_holds(self):
        self.books.assert_checks_hold()

    @invariant()
    def the_books_are_what_the_documents_say(self):
        posted = JournalLine.objects.filter(company=self.books.company)
        assert (posted.aggregate(s=Sum("amount"))["s"] or 0) == 0
        control = posted.filter(account__control="receivable")
        items = OpenItem.objects.filter(company=self.books.company, account__control="receivable")
        assert (control.aggregate(s=Sum("amount"))["s"] or 0) == (items.aggregate(s=Sum("open_base_amount"))["s"] or 0)
        for currency in ("EUR", "USD"):
            owed = control.filter(currency=currency).aggregate(s=Sum("currency_amount"))["s"] or 0
            assert owed == (items.filter(currency=currency).aggregate(s=Sum("open_amount"))["s"] or 0)
        settled = items.filter(open_amount=0).exclude(open_base_amount=0)
        assert not settled.exists(), "MC-03: what is settled is zero in both currencies"

    @invariant()
    def the_shelf_holds_what_came_and_did_not_leave(self):
        held = dict(
            StockLevel.objects.filter(location__kind="internal", location__warehouse=self.shop.warehouse).values_list("product", "on_hand")
        )
        assert held.get(self.shop.cup.pk, Decimal(0)) == self.stock[self.shop.cup.pk]
        value = JournalLine.objects.filter(account__in=Account.objects.filter(company=self.books.company, purpose="inventory"))
        if not self.stock[self.shop.cup.pk]:
            assert (value.aggregate(s=Sum("amount"))["s"] or 0) == 0, "no goods, no value"

    @invariant()
    def numbers_have_no_gap(self):
        for journal in set(JournalEntry.objects.filter(company=self.books.company).values_list("journal", "fiscal_year")):
            found = sorted(
                JournalEntry.objects.filter(company=self.books.company, journal=journal[0], fiscal_year=journal[1]).values_list(
                    "sequence", flat=True
                )
            )
            assert found == list(range(1, len(found) + 1))


def test_any_life_of_the_company_keeps_every_invariant(books):
    Company.shop = Shop(books)
    run_state_machine_as_test(Company, settings=LIFE)
