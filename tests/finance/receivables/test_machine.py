"""The subledger as a state machine: whatever clerks do in whatever order, every check holds after every step (AR-01, AR-05, MC-02, MC-03).

FONDACO_SUBLEDGERS says how many lives are tried; Hypothesis prints the line that repeats one.
"""

import contextlib
import os
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from fondaco.finance.invoicing.models import Invoice, PaymentTerm
from fondaco.finance.ledger.models import OpenItem, Revaluation, RevaluedItem
from fondaco.finance.payments.models import Difference, Payment
from fondaco.finance.receivables.models import Dispute
from fondaco.platform.database.refusals import UserError
from fondaco.platform.money import rounded
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books

LIVES = int(os.environ.get("FONDACO_SUBLEDGERS", "4"))
FIRST, DAYS = date(2026, 1, 10), 60
PICK = some.integers(0, 99)
SHARE = some.sampled_from(["0.01", "0.3333", "0.5", "1", "1.2"])


def machine(books):
    class Subledger(RuleBasedStateMachine):
        """One customer, his invoices and payments in one currency, a day a step."""

        def __init__(self):
            super().__init__()
            self.point = transaction.savepoint()
            self.day = FIRST

        def teardown(self):
            transaction.savepoint_rollback(self.point)

        @initialize(
            currency=some.sampled_from(["EUR", "USD", "JPY", "KWD"]), swings=some.lists(some.integers(700, 1400), min_size=6, max_size=6)
        )
        def begin(self, currency, swings):
            self.currency = currency
            self.decimals = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}[currency]
            usual = {"EUR": "1", "USD": "0.91", "JPY": "0.0061", "KWD": "2.97"}[currency]
            if currency != "EUR":
                for n, swing in enumerate(swings):
                    books.rate(currency, str(rounded(Decimal(usual) * swing / 1000, 8)), str(FIRST + timedelta(days=n * 10)))
            self.customer = books.customer("Cafe Union", "US", currency_id=currency)
            self.term = PaymentTerm.objects.get(code="NET30-2-10").pk

        def next_day(self):
            self.day = min(self.day + timedelta(days=1), FIRST + timedelta(days=DAYS))
            return str(self.day)

        def pick(self, rows, number):
            rows = list(rows.order_by("pk"))
            return rows[number % len(rows)] if rows else None

        def owed(self):
            return OpenItem.objects.filter(party=self.customer, open_amount__gt=0)

        def do(self, key, row, reason="Machine", **parameters):
            """What is refused changes nothing; which is judged by the checks that follow."""
            if row is None:
                return
            with contextlib.suppress(UserError):
                books.do(key, row.pk, reason, **parameters)

        @rule(cents=some.integers(1, 400_000))
        def post(self, cents):
            price = str(Decimal(cents).scaleb(-self.decimals))
            books.invoice(
                self.customer, [{"quantity": "1", "unit_price": price}], self.next_day(), currency=self.currency, payment_term=self.term
            )

        @rule(number=PICK, share=SHARE, discounted=some.booleans())
        def pay(self, number, share, discounted):
            item = self.pick(self.owed(), number)
            if item is None:
                return
            unit = Decimal(1).scaleb(-self.decimals)
            whole = item.open_amount - (rounded(item.open_amount * Decimal("0.02"), self.decimals) if discounted else 0)
            amount = max(rounded(whole * Decimal(share), self.decimals), unit)
            used = min(amount, item.open_amount)
            books.pay(self.customer, str(amount), self.next_day(), {item.pk: str(used)}, currency=self.currency)

        @rule(number=PICK)
        def settle(self, number):
            self.do(
                "payments.apply_oldest", self.pick(Payment.objects.filter(party=self.customer, state="posted"), number), on=self.next_day()
            )

        @rule(number=PICK)
        def unsettle(self, number):
            self.do("payments.unapply", self.pick(Payment.objects.filter(party=self.customer, state="posted"), number), on=self.next_day())

        @rule(number=PICK)
        def reverse_payment(self, number):
            self.do("payments.reverse", self.pick(Payment.objects.filter(party=self.customer, state="posted"), number), on=self.next_day())

        @rule(number=PICK)
        def reverse_invoice(self, number):
            self.do(
                "invoicing.reverse", self.pick(Invoice.objects.filter(customer=self.customer, state="posted"), number), on=self.next_day()
            )

        @precondition(lambda self: self.currency != "EUR")
        @rule(method=some.sampled_from(["kept", "reversed"]), back=some.integers(0, 5))
        def revalue(self, method, back):
            self.next_day()
            on = max(self.day - timedelta(days=back), FIRST)
            (key,) = create(ACTOR, RESOURCES["revaluations"], [{"company": books.company.pk, "on": str(on), "method": method}]).ids
            books.do("ledger.post_revaluation", key)

        @precondition(lambda self: self.currency != "EUR")
        @rule(number=PICK)
        def reverse_revaluation(self, number):
            mine = RevaluedItem.objects.filter(item__party=self.customer).values("revaluation")
            self.do(
                "ledger.reverse_revaluation", self.pick(Revaluation.objects.filter(pk__in=mine, state="posted"), number), on=self.next_day()
            )

        @rule(number=PICK)
        def dispute(self, number):
            self.do(
                "invoicing.dispute",
                self.pick(Invoice.objects.filter(customer=self.customer, state="posted", kind="invoice"), number),
                on=self.next_day(),
            )

        @rule(number=PICK, right=some.booleans())
        def end_dispute(self, number, right):
            row = self.pick(Dispute.objects.filter(party=self.customer, state="open"), number)
            self.do("receivables.credit_dispute" if right else "receivables.reject", row, on=self.next_day())

        @rule(number=PICK)
        def write_off(self, number):
            self.do("ledger.write_off", self.pick(self.owed(), number), on=self.next_day())

        @rule(number=PICK)
        def take_back(self, number):
            self.do(
                "payments.take_back",
                self.pick(Difference.objects.filter(party=self.customer, kind="write_off"), number),
                on=self.next_day(),
            )

        @invariant()
        def the_books_hold(self):
            if hasattr(self, "customer"):
                books.assert_checks_hold()
                closed = OpenItem.objects.filter(party=self.customer, open_amount=0).exclude(amount=0).exclude(open_base_amount=0)
                assert not closed.exists(), "zero in both currencies, or in neither"

    return Subledger


def test_the_subledger_holds_whatever_is_done(db):
    books = open_books()
    run_state_machine_as_test(
        machine(books),
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=14,
            deadline=None,
            print_blob=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
