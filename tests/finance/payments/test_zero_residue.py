"""MC-03: a foreign invoice that is settled leaves zero in both currencies, whatever sequence of payments brought it there.

FONDACO_SETTLEMENTS says how many lives of an invoice are tried; Hypothesis prints the line that repeats one.
"""

import os
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.finance.ledger.models import JournalLine, OpenItem
from fondaco.finance.payments.models import Payment
from fondaco.platform.money import rounded
from tests.books import open_books

SETTLEMENTS = int(os.environ.get("FONDACO_SETTLEMENTS", "25"))
#: Decimals, and about what one of it is worth in euro; of the dong, a hundred are less than a cent.
CURRENCIES = {
    "EUR": (2, "1"),
    "JPY": (0, "0.0061"),
    "VND": (0, "0.000036"),
    "USD": (2, "0.91"),
    "GBP": (2, "1.17"),
    "KWD": (3, "2.97"),
    "TND": (3, "0.294"),
}
FIRST = date(2026, 1, 10)
DAYS = 20

PICK = some.integers(0, 99)
STEPS = some.one_of(
    some.tuples(some.just("pay"), PICK, some.sampled_from(["0.1", "0.3333", "0.5", "0.9", "1", "1.3"])),
    some.tuples(some.just("on account"), PICK, some.sampled_from(["0.01", "0.4", "1"])),
    some.tuples(some.just("apply oldest"), PICK, some.none()),
    some.tuples(some.just("unapply"), PICK, some.none()),
    some.tuples(some.just("reverse"), PICK, some.none()),
)


@some.composite
def lives(draw, home):
    """A currency, its rate on each of the days, the invoices in minor units, what people do, and how it ends."""
    currency = draw(some.sampled_from([c for c in CURRENCIES if c != home]))
    usual = Decimal(CURRENCIES[currency][1]) / Decimal(CURRENCIES[home][1])
    swings = draw(some.lists(some.integers(700, 1400), min_size=DAYS, max_size=DAYS))
    rates = [rounded(usual * swing / 1000, 8) for swing in swings]
    invoices = draw(some.lists(some.one_of(some.integers(1, 40), some.integers(1, 5_000_000)), min_size=1, max_size=2))
    return currency, rates, invoices, draw(some.lists(STEPS, max_size=8)), draw(some.sampled_from(["pay", "write off"]))


class Life:
    """What happens to the invoices of one customer, a day a step."""

    def __init__(self, books, currency, rates, invoices):
        self.books, self.currency, self.day = books, currency, FIRST
        self.unit = Decimal(1).scaleb(-CURRENCIES[currency][0])
        self.customer = books.customer("Cafe Union", "US", currency_id=currency)
        for n, rate in enumerate(rates):
            books.rate(currency, str(rate), str(FIRST + timedelta(days=n)))
        self.invoices = [
            books.invoice(self.customer, [{"quantity": "1", "unit_price": str(n * self.unit)}], str(FIRST), currency=currency)
            for n in invoices
        ]

    def open(self):
        return OpenItem.objects.filter(party=self.customer, open_amount__gt=0).order_by("pk")

    def do(self, verb, pick, share):
        self.day = min(self.day + timedelta(days=1), FIRST + timedelta(days=DAYS - 1))
        if verb in ("pay", "on account"):
            owed = list(self.open())
            item = owed[pick % len(owed)] if owed else self.books.item(self.invoices[0])
            amount = max(rounded(abs(item.open_amount or item.amount) * Decimal(share), CURRENCIES[self.currency][0]), self.unit)
            parts = {item.pk: str(min(amount, item.open_amount))} if verb == "pay" and owed else {}
            self.books.pay(self.customer, str(amount), str(self.day), parts, currency=self.currency)
        elif payments := list(Payment.objects.filter(party=self.customer, state="posted").order_by("pk")):
            payment = payments[pick % len(payments)]
            reason = "" if verb == "apply oldest" else "Wrong"
            self.books.do(f"payments.{verb.replace(' ', '_')}", payment.pk, reason, on=str(self.day))

    def end(self, how):
        """Use up what lies on account, then let the customer pay the rest, or give it up."""
        for payment in Payment.objects.filter(party=self.customer, state="posted").order_by("pk"):
            self.books.do("payments.apply_oldest", payment.pk, on=str(self.day))
        rest = {i.pk: str(i.open_amount) for i in self.open()}
        if rest and how == "pay":
            self.books.pay(self.customer, str(sum(map(Decimal, rest.values()))), str(self.day), rest, currency=self.currency)
        elif rest:
            self.books.do("ledger.write_off", list(rest), "Bankrupt", on=str(self.day))


@pytest.mark.parametrize(("home", "share"), [("EUR", 3), ("JPY", 1), ("TND", 1)])
def test_MC_03_a_settled_foreign_invoice_is_zero_in_both_currencies(db, home, share):
    books = open_books(currency=home)

    @settings(
        max_examples=max(1, SETTLEMENTS * share // 5),
        deadline=None,
        print_blob=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(life=lives(home))
    def lived(life):
        point = transaction.savepoint()
        try:
            live(books, CURRENCIES[home][0], *life)
            books.assert_checks_hold()
        finally:
            transaction.savepoint_rollback(point)

    lived()


def live(books, decimals, currency, rates, invoices, steps, how):
    company = Life(books, currency, rates, invoices)
    for step in steps:
        company.do(*step)
    company.end(how)

    for invoice in company.invoices:
        item = books.item(invoice)
        assert (item.open_amount, item.open_base_amount) == (0, 0)
        assert item.closed_on is not None
    lines = JournalLine.objects.filter(company=books.company)
    owed = lines.filter(account=books.account("receivable")).aggregate(base=Sum("amount"), foreign=Sum("currency_amount"))
    left = OpenItem.objects.filter(party=company.customer).aggregate(base=Sum("open_base_amount"), foreign=Sum("open_amount"))
    assert (owed["base"], owed["foreign"]) == (left["base"], left["foreign"]), "only what was overpaid is left, as a credit"
    assert left["foreign"] <= 0
    if not left["foreign"]:
        # All is settled: what came in, less or more than was booked, is the gain or loss.
        assert left["base"] == 0
        booked = books.balance("exchange_gain") + books.balance("exchange_loss")
        worth = sum(rounded(i.gross * rates[0], decimals) for i in company.invoices)
        assert booked == worth - books.balance("bank") - books.balance("write_off")
