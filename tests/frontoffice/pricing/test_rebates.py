"""PR-03: year-end rebates accrue with every invoice, are taken back with credit notes, stand in the margin, and are settled by credit note."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.pricing.models import RebateAccrual, RebateAgreement, RebateTier
from fondaco.frontoffice.pricing.queries import stands
from fondaco.frontoffice.pricing.refusals import CreditNoteStands, NoRebateTiers, NotOverYet, OneRebateAtATime, SettlementDiffers
from fondaco.frontoffice.sales.margins import waterfalls
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.refusals import NotEditable
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop
from tests.reliability.test_machines import LIFE

TIERS = (("0", "1"), ("10000", "2"), ("50000", "3"))


class Year:
    """A customer who is given back 1% of his turnover, 2% from 10,000 and 3% from 50,000 on."""

    def __init__(self, books):
        self.books = books
        self.customer = books.customer()

    def agree(self, *, sign=True, tiers=TIERS, customer=None, **values):
        given = {
            "company": self.books.company.pk, "customer": (customer or self.customer).pk, "valid_from": "2026-01-01", "valid_to": "2026-10-31",
            "tiers": [{"from_turnover": least, "percent": percent} for least, percent in tiers], **values,
        }  # fmt: skip
        (key,) = create(ACTOR, RESOURCES["rebate-agreements"], [given]).ids
        if sign:
            self.books.do("pricing.sign", key, on="2026-01-01")
        return RebateAgreement.objects.get(pk=key)

    def bill(self, amount, on="2026-03-01", **values):
        return self.books.invoice(self.customer, [{"description": "Coffee", "quantity": "1", "unit_price": amount}], on, **values)

    def credit(self, invoice, on="2026-04-01", *, post=True):
        (key,) = self.books.do("invoicing.credit", invoice.pk, reason="Bad", on=on).made["invoices"]
        if post:
            self.books.do("invoicing.post", key)
        return Invoice.objects.get(pk=key)

    def stand(self, agreement):
        stand = stands([agreement])[agreement.pk]
        return stand.turnover, stand.accrued, stand.open


@pytest.fixture
def year(books):
    return Year(books)


def test_PR_03_a_year_from_the_first_invoice_to_the_credit_note(year):
    books = year.books
    agreement = year.agree()
    first = year.bill("8000.00")
    books.assert_journal(f"""
        2026-03-01 Rebate {agreement}: {first.number}
          rebates_given                      80.00
          rebates_accrued                   -80.00
        """)
    second = year.bill("4000.00")
    books.assert_journal(
        f"""
        2026-03-01 Rebate {agreement}: {second.number}
          rebates_given                      80.00
          rebates_accrued                   -80.00
        2026-03-01 Rebate {agreement}: caught up at 2%
          rebates_given                      80.00
          rebates_accrued                   -80.00
        """,
        last=2,
    )
    assert year.stand(agreement) == (12000, 240, 240)
    year.credit(second)
    assert year.stand(agreement) == (8000, 80, 80), "back at the first tier"
    assert list(agreement.accruals.order_by("pk").values_list("kind", "turnover", "amount")) == [
        ("invoice", 8000, 80), ("invoice", 4000, 80), ("catch_up", 0, 80), ("credit_note", -4000, -40), ("catch_up", 0, -120),
    ]  # fmt: skip
    with pytest.raises(NotOverYet, match="its last day is 31 Oct 2026"):
        books.do("pricing.settle", agreement.pk, on="2026-10-31")
    (key,) = books.do("pricing.settle", agreement.pk, on="2026-11-02").made["invoices"]
    books.do("invoicing.post", key)
    note = Invoice.objects.get(pk=key)
    assert (note.kind, note.net, note.tax, note.gross) == ("credit_note", 80, Decimal("17.60"), Decimal("97.60"))
    books.assert_journal(f"""
        2026-11-02 credit note {note.number}
          receivable                        -97.60
          rebates_accrued                    80.00
          vat_output                         17.60
        """)
    assert (year.stand(agreement), books.balance("rebates_accrued"), books.balance("rebates_given")) == ((8000, 80, 0), 0, 80)
    books.assert_checks_hold()


def test_PR_03_at_the_tier_that_is_expected_until_it_is_known_better(year):
    agreement = year.agree(expected_turnover="50000")
    year.bill("1000.00")
    assert year.stand(agreement) == (1000, 30, 30)
    year.books.assert_checks_hold()
    (key,) = year.books.do("pricing.settle", agreement.pk, on="2026-11-02").made["invoices"]
    assert year.stand(agreement) == (1000, 10, 10), "settled at the tier that was reached"
    with pytest.raises(CreditNoteStands):
        year.books.do("pricing.reopen", agreement.pk, reason="Too early", on="2026-11-03")
    year.books.do("invoicing.post", key)
    year.books.do("invoicing.reverse", key, reason="Too early", on="2026-11-03")
    assert year.stand(agreement) == (1000, 10, 10), "owed again"
    year.books.do("pricing.reopen", agreement.pk, reason="Too early", on="2026-11-03")
    assert year.stand(agreement) == (1000, 30, 30)
    year.books.assert_checks_hold()


def test_PR_03_what_was_posted_before_is_caught_up_when_it_comes_into_force(year):
    year.bill("6000.00", "2026-02-01")
    year.bill("6000.00", "2025-12-31")
    late = year.agree(sign=False)
    assert RebateAccrual.objects.count() == 0
    year.books.do("pricing.sign", late.pk, on="2026-05-01")
    late.refresh_from_db()
    assert year.stand(late) == (6000, 60, 60)
    assert late.accruals.get().on == date(2026, 5, 1)
    year.books.assert_checks_hold()


def test_PR_03_what_is_reversed_counts_no_more_and_down_payments_never_do(year):
    agreement = year.agree()
    invoice = year.bill("12000.00")
    year.books.do("invoicing.reverse", invoice.pk, reason="Wrong customer", on="2026-03-05")
    assert year.stand(agreement) == (0, 0, 0)
    assert year.books.balance("rebates_accrued") == 0
    year.books.assert_checks_hold()


def test_PR_03_foreign_turnover_counts_in_company_currency(year):
    year.books.rate("USD", "0.50", "2026-01-01")
    agreement = year.agree()
    year.bill("1000.00", currency="USD")
    assert year.stand(agreement) == (500, 5, 5)
    year.books.assert_checks_hold()


def test_PR_03_the_rebate_stands_in_the_margin_of_a_quote(books):
    shop = Shop(books)
    shop.receive(shop.machine, "1", "800.00")
    year = Year.__new__(Year)
    year.books, year.customer = books, shop.customer
    year.agree(expected_turnover="10000")
    quote = shop.quote((shop.machine, 1), send=False)
    ((machine,),) = waterfalls([(quote, list(quote.lines.all()))])
    assert (machine.rebate, machine.margin) == (24, 376)
    later = shop.quote((shop.machine, 1), send=False, on="2026-12-01")
    ((machine,),) = waterfalls([(later, list(later.lines.all()))])
    assert machine.rebate == 0


def test_PR_03_agreements_say_nothing_twice_and_stay_as_they_were_signed(year):
    agreement = year.agree()
    with pytest.raises(NoRebateTiers):
        year.agree(tiers=(), valid_from="2026-11-01", valid_to="2026-12-31")
    with pytest.raises(OneRebateAtATime):
        year.agree(valid_from="2026-10-31", valid_to="2026-12-31")
    with pytest.raises(NotEditable):
        edit(ACTOR, RESOURCES["rebate-agreements"], {agreement.pk: {"expected_turnover": "1"}})
    for attack in (
        lambda: RebateTier.objects.filter(agreement=agreement).update(percent=50),
        lambda: RebateTier.objects.create(agreement=agreement, from_turnover=1, percent=50),
        lambda: RebateTier.objects.filter(agreement=agreement).delete(),
        lambda: RebateAgreement.objects.filter(pk=agreement.pk).update(expected_turnover=1),
        lambda: RebateAccrual.objects.all().update(amount=1),
    ):
        year.bill("100.00")
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("mallory", "attack"):
            attack()
    assert year.stand(agreement) == (500, 5, 5)


def test_PR_03_a_settlement_gives_what_is_owed_and_from_what_was_accrued(year):
    agreement = year.agree()
    year.bill("1000.00")
    (key,) = year.books.do("pricing.settle", agreement.pk, on="2026-11-02").made["invoices"]
    note = Invoice.objects.get(pk=key)
    edit(ACTOR, RESOURCES["invoices"], {key: {"lines": [{"id": note.lines.get().pk, "unit_price": "500.00"}]}})
    with pytest.raises(SettlementDiffers, match=r"for which 10.00 EUR without tax are owed"):
        year.books.do("invoicing.post", key)
    assert year.stand(agreement) == (1000, 10, 10)


def test_PR_03_many_invoices_and_agreements_cost_the_statements_of_one(year):
    others = [year.books.customer(f"Bar {n}") for n in range(12)]

    def counted(customers):
        agreements = [year.agree(sign=False, customer=c) for c in customers]
        with CaptureQueriesContext(connection) as signing:
            year.books.do("pricing.sign", [a.pk for a in agreements], on="2026-01-01")
        line = [{"description": "Coffee", "quantity": "1", "unit_price": "6000.00"}]
        invoices = [year.books.invoice(c, line, "2026-03-01", post=False).pk for c in customers for _n in range(2)]
        with CaptureQueriesContext(connection) as posting:
            year.books.do("invoicing.post", invoices)
        with CaptureQueriesContext(connection) as settling:
            year.books.do("pricing.settle", [a.pk for a in agreements], on="2026-11-02")
        Invoice.objects.filter(source_table="pricing_rebateagreement").delete()
        with CaptureQueriesContext(connection) as reopening:
            year.books.do("pricing.reopen", [a.pk for a in agreements], reason="Again", on="2026-11-03")
        drafts = [year.agree(sign=False, customer=c, valid_from="2027-01-01", valid_to="2027-12-31").pk for c in customers]
        with CaptureQueriesContext(connection) as cancelling:
            year.books.do("pricing.cancel_rebate", drafts)
        return [len(x) for x in (signing, posting, settling, reopening, cancelling)]

    assert counted(others[:1]) == counted(others[1:])
    assert RebateAccrual.objects.filter(kind="catch_up").exists()
    year.books.assert_checks_hold()


# ------------------------------------------------------------------ whatever people do

PICK = st.integers(0, 10_000)
AMOUNT = st.sampled_from(["0.33", "4999.99", "5000.01", "12345.67", "40000"])


class Life(RuleBasedStateMachine):
    """Invoices, credit notes, reversals and settlements of two customers, in whatever order."""

    year: Year

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()
        self.other = self.year.books.customer("Bar Centrale")
        self.year.agree(expected_turnover="10000")
        self.year.agree(customer=self.other, tiers=(("0", "0"), ("5000", "1.3333")))

    def teardown(self):
        try:
            self.year.books.assert_checks_hold()
        finally:
            transaction.savepoint_rollback(self.point)

    def tries(self, key, pk, reason="Because", **parameters):
        try:
            with transaction.atomic():
                return self.year.books.do(key, pk, reason=reason, **parameters)
        except UserError:
            return None

    def one(self, rows, pick):
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        return keys[pick % len(keys)] if keys else None

    @rule(amount=AMOUNT, other=st.booleans(), on=st.sampled_from(["2026-02-01", "2026-10-31", "2026-11-01"]))
    def bill(self, amount, other, on):
        self.year.books.invoice(
            self.other if other else self.year.customer,
            [{"description": "Coffee", "quantity": "3", "unit_price": amount, "discount_percent": "7"}],
            on,
        )

    @rule(pick=PICK, post=st.booleans())
    def credit(self, pick, post):
        key = self.one(Invoice.objects.filter(state="posted", kind="invoice"), pick)
        made = self.tries("invoicing.credit", key, on="2026-11-03") if key else None
        if made and post:
            self.tries("invoicing.post", made.made["invoices"])

    @rule(pick=PICK)
    def reverse(self, pick):
        key = self.one(Invoice.objects.filter(state="posted"), pick)
        if key:
            self.tries("invoicing.reverse", key, on="2026-11-04")

    @rule(pick=PICK, post=st.booleans())
    def settle(self, pick, post):
        key = self.one(RebateAgreement.objects.filter(state="in_force"), pick)
        made = self.tries("pricing.settle", key, on="2026-11-05") if key else None
        if made and post and made.made["invoices"]:
            self.tries("invoicing.post", made.made["invoices"])

    @rule(pick=PICK)
    def post_drafts(self, pick):
        key = self.one(Invoice.objects.filter(state="draft"), pick)
        if key:
            self.tries("invoicing.post", key)

    @rule(pick=PICK)
    def reopen(self, pick):
        key = self.one(RebateAgreement.objects.filter(state="settled"), pick)
        if key:
            self.tries("pricing.reopen", key, on="2026-11-06")


def test_PR_03_whatever_people_do_the_account_is_what_is_owed(year):
    class Own(Life):
        pass

    Own.year = year
    run_state_machine_as_test(Own, settings=LIFE)
