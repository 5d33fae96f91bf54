"""AR-01: cash discount with its VAT, write-off by reason, small differences by rule; undone without a trace lost."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.invoicing.models import DiscountStep, PaymentTerm
from fondaco.finance.ledger.models import OpenItem, Settlement
from fondaco.finance.payments.models import Difference, Payment, SettlingRule, WriteOffReason
from fondaco.finance.payments.refusals import DiscountTooMuch, GoesWithItsPayment, ReasonOfOther, TakenBackAlready
from fondaco.finance.tax.models import TaxCode
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books


@pytest.fixture
def term(books):
    """3 % within 7 days, 2 % within 14, the whole at 30."""
    term = PaymentTerm.objects.get(code="NET30-2-10")
    with unit_of_work("test", "test"):
        term.discounts.all().delete()
        for percent, days in (("3", 7), ("2", 14)):
            DiscountStep.objects.create(term=term, percent=Decimal(percent), days=days)
    return term


def bill(books, customer, term, net="1000.00", on="2026-03-01", **values):
    return books.invoice(customer, [{"quantity": "1", "unit_price": net}], on, payment_term=term.pk, **values)


def rule(books, **values):
    with unit_of_work("test", "test"):
        SettlingRule.objects.filter(company=books.company).update(**values)


def test_terms_of_the_data_have_their_discount(books):
    assert list(DiscountStep.objects.values_list("term__code", "percent", "days")) == [("NET30-2-10", 2, 10)]


def test_instalments_of_a_term_are_open_items_of_their_own(books):
    term = PaymentTerm.objects.get(code="SPLIT30-60-90")
    bill(books, books.customer(), term, "100.00")
    due = [(str(i.due_on), str(i.amount.quantize(Decimal("0.01")))) for i in OpenItem.objects.order_by("due_on")]
    assert due == [("2026-03-31", "40.66"), ("2026-04-30", "40.66"), ("2026-05-30", "40.68")]


def test_a_discount_in_italy_leaves_vat_to_a_credit_note(books, term):
    customer = books.customer()
    item = books.item(bill(books, customer, term))
    payment = books.pay(customer, "1183.40", "2026-03-08", {item.pk: "1183.40"})  # 3 % of 1220.00, on the seventh day
    books.assert_journal(
        f"""
        2026-03-08 received {payment.number}
          bank                             1183.40
          receivable                      -1183.40
        2026-03-08 Cash discount {payment.number}
          discount_given                     36.60
          receivable                        -36.60
        """,
        last=2,
    )
    item.refresh_from_db()
    assert (item.open_amount, str(item.closed_on)) == (0, "2026-03-08")
    kept = Difference.objects.get()
    assert (kept.kind, kept.amount, kept.tax, kept.item_id) == ("discount", Decimal("36.60"), 0, item.pk)
    books.assert_checks_hold()


def test_elsewhere_the_vat_goes_with_the_discount_code_by_code(db):
    books = open_books("DE", code="BERLIN")
    term = PaymentTerm.objects.get(code="NET30-2-10")
    customer = books.customer("Kiosk", "DE")
    rule(books, discount_tax="pro_rata")
    item = books.item(bill(books, customer, term))
    due = item.open_amount
    discount = (due * Decimal("0.02")).quantize(Decimal("0.01"))
    payment = books.pay(customer, str(due - discount), "2026-03-11", {item.pk: str(due - discount)})
    kept = Difference.objects.get()
    rate = bill_rate(due)
    assert kept.amount == discount
    assert kept.tax == (discount * rate / (100 + rate)).quantize(Decimal("0.01"))
    lines = books.journal(1).splitlines()
    assert lines[0] == f"2026-03-11 Cash discount {payment.number}"
    assert [ln.split()[0] for ln in lines[1:]] == (
        ["discount_given", "vat_output", "receivable"] if rate else ["discount_given", "receivable"]
    )
    books.assert_checks_hold()


def bill_rate(due):
    return (due / 10 - 100).quantize(Decimal("0.01"))


def test_vat_of_two_rates_is_corrected_in_proportion(books, term):
    rule(books, discount_tax="pro_rata")
    customer = books.customer()
    reduced = TaxCode.objects.filter(company=books.company, kind="sale", rates__rate=10, rates__valid_to=None).first()
    invoice = books.invoice(
        customer,
        [{"quantity": "1", "unit_price": "100.00"}, {"quantity": "1", "unit_price": "100.00", "tax_code": reduced.pk}],
        "2026-03-01",
        payment_term=term.pk,
    )
    item = books.item(invoice)
    assert item.amount == 232
    payment = books.pay(customer, "225.04", "2026-03-02", {item.pk: "225.04"})
    books.assert_journal(
        f"""
        2026-03-02 Cash discount {payment.number}
          discount_given                      6.00
          vat_output                          0.96
          receivable                         -6.96
        """
    )
    books.assert_checks_hold()


@pytest.mark.parametrize(
    ("on", "pays", "left"), [("2026-03-09", "1195.60", "0"), ("2026-03-16", "1195.60", "24.40"), ("2026-03-10", "1183.40", "36.60")]
)
def test_the_step_is_that_of_the_day_of_the_payment(books, term, on, pays, left):
    customer = books.customer()
    item = books.item(bill(books, customer, term))
    books.pay(customer, pays, on, {item.pk: pays})
    item.refresh_from_db()
    assert item.open_amount == Decimal(left)


def test_part_of_an_invoice_is_paid_with_its_part_of_the_discount(books, term):
    customer = books.customer()
    item = books.item(bill(books, customer, term))
    payment = books.pay(customer, "582.00", "2026-03-05")
    books.do("payments.apply", payment.pk, items={item.pk: "582.00"}, discounts={item.pk: "18.00"})
    item.refresh_from_db()
    assert item.open_amount == 620
    books.assert_checks_hold()


def test_more_discount_than_agreed_needs_the_right_to_write_off(books, term):
    customer = books.customer()
    item = books.item(bill(books, customer, term))
    payment = books.pay(customer, "1100.00", "2026-03-05")
    cashier = Actor("cashier", patterns=(("payments.settle_receipt", books.company.pk, "company"),))
    books.actor, owner = cashier, books.actor
    with pytest.raises(
        DiscountTooMuch, match=r"120.00 was asked for on SAL/2026/00001; its terms allow 36.60 EUR for what is paid on 5 Mar 2026"
    ):
        books.do("payments.apply", payment.pk, items={item.pk: "1100.00"}, discounts={item.pk: "120.00"})
    item.refresh_from_db()
    assert item.open_amount == 1220
    books.actor = owner
    books.do("payments.apply", payment.pk, items={item.pk: "1100.00"}, discounts={item.pk: "120.00"})
    item.refresh_from_db()
    assert item.open_amount == 0


def test_unapplying_takes_the_discount_back_and_both_traces_stay(books, term):
    customer = books.customer()
    item = books.item(bill(books, customer, term))
    payment = books.pay(customer, "1183.40", "2026-03-08", {item.pk: "1183.40"})
    books.do("payments.unapply", payment.pk, "Paid another invoice", on="2026-03-20")
    item.refresh_from_db()
    assert item.open_amount == 1220
    assert books.balance("discount_given") == 0
    assert books.journal(1).splitlines()[1:] == [
        "  discount_given                    -36.60",
        "  receivable                         36.60",
    ]
    assert Settlement.objects.filter(reverses__isnull=False).count() == 1
    assert Difference.objects.count() == 1
    left = OpenItem.objects.filter(party=customer).exclude(open_amount=0).order_by("pk")
    assert [(i.pk, i.open_amount) for i in left] == [(item.pk, 1220), (books.item(payment).pk, Decimal("-1183.40"))]
    # Applied again late: the day of the payment decides, so that the discount is the customer's again.
    books.do("payments.apply_oldest", payment.pk, on="2026-03-21")
    item.refresh_from_db()
    assert item.open_amount == 0
    books.assert_checks_hold()


def test_a_discount_abroad_closes_the_item_in_both_currencies(books, term):
    books.rate("USD", "0.90", "2026-03-01")
    books.rate("USD", "0.80", "2026-03-08")
    customer = books.customer("Cafe Union", "US", currency_id="USD")
    item = books.item(bill(books, customer, term, "1000.00"))
    books.pay(customer, "970.00", "2026-03-08", {item.pk: "970.00"}, currency="USD")
    item.refresh_from_db()
    assert (item.open_amount, item.open_base_amount) == (0, 0)
    assert books.balance("exchange_loss") == 97  # 970 USD at ten cents less
    assert books.balance("discount_given") == 27  # 30 USD at the rate of the invoice
    books.assert_checks_hold()


def test_small_differences_are_given_up_by_rule_both_ways(books, term):
    rule(books, tolerance=Decimal("0.05"), tolerance_percent=Decimal("1"))
    customer = books.customer()
    less, more, large, tiny = (books.item(bill(books, customer, term, net)) for net in ("100.00", "100.00", "100.00", "1.00"))
    books.pay(customer, "121.96", "2026-04-01", {less.pk: "121.96"})
    books.pay(customer, "122.03", "2026-04-01", {more.pk: "122.00"})
    books.pay(customer, "121.90", "2026-04-01", {large.pk: "121.90"})
    books.pay(customer, "1.18", "2026-04-01", {tiny.pk: "1.18"})
    found = {i.pk: i.open_amount for i in OpenItem.objects.filter(pk__in=[less.pk, more.pk, large.pk, tiny.pk])}
    assert found == {less.pk: 0, more.pk: 0, large.pk: Decimal("0.10"), tiny.pk: Decimal("0.04")}
    small = WriteOffReason.objects.get(company=books.company, for_small_differences=True)
    assert list(Difference.objects.order_by("pk").values_list("kind", "amount", "reason")) == [
        ("small_difference", Decimal("0.04"), small.pk),
        ("small_difference", Decimal("-0.03"), small.pk),
    ]
    assert OpenItem.objects.filter(party=customer, open_amount__lt=0).count() == 0, "what was paid too much is small as well"
    assert books.balance("discount_given") == Decimal("0.01")
    books.assert_checks_hold()


def test_discount_and_small_difference_go_together(books, term):
    rule(books, tolerance=Decimal("0.10"))
    customer = books.customer()
    item = books.item(bill(books, customer, term))
    payment = books.pay(customer, "1183.35", "2026-03-08")
    books.do("payments.apply", payment.pk, items={item.pk: "1183.35"}, discounts={item.pk: "36.60"})
    assert sorted(Difference.objects.values_list("kind", "amount")) == [
        ("discount", Decimal("36.60")),
        ("small_difference", Decimal("0.05")),
    ]
    books.do("payments.unapply", payment.pk, "Wrong", on="2026-03-09")
    item.refresh_from_db()
    assert item.open_amount == 1220
    books.assert_checks_hold()


def test_an_over_payment_stays_on_account_and_settles_the_next_invoice(books, term):
    customer = books.customer()
    first = books.item(bill(books, customer, term, "100.00"))
    payment = books.pay(customer, "150.00", "2026-04-01", {first.pk: "122.00"})
    assert books.item(payment).open_amount == -28
    second = books.item(bill(books, customer, term, "100.00", "2026-04-02"))
    books.do("payments.apply_oldest", payment.pk, on="2026-04-03")
    second.refresh_from_db()
    assert second.open_amount == 94
    assert books.item(payment).open_amount == 0
    books.assert_checks_hold()


def test_a_write_off_has_a_reason_of_the_data_and_is_taken_back(books, term):
    customer = books.customer()
    item = books.item(bill(books, customer, term))
    goodwill = WriteOffReason.objects.get(company=books.company, code="GOODWILL")
    books.do("ledger.write_off", item.pk, "Scratched, as agreed with Anna", on="2026-05-02", code=goodwill.pk, amount="20.00")
    books.assert_journal(
        """
        2026-05-02 Write-off: Scratched, as agreed with Anna
          discount_given                     20.00
          receivable                        -20.00
        """
    )
    books.do("ledger.write_off", item.pk, "Bankrupt", on="2026-05-03")
    books.assert_journal(
        """
        2026-05-03 Write-off: Bankrupt
          write_off                        1200.00
          receivable                      -1200.00
        """
    )
    item.refresh_from_db()
    assert item.open_amount == 0
    bankrupt = Difference.objects.get(reason__code="BADDEBT")
    books.do("payments.take_back", bankrupt.pk, "The receiver paid", on="2026-08-01")
    item.refresh_from_db()
    assert item.open_amount == 1200
    books.assert_journal(
        """
        2026-08-01 The receiver paid GEN/2026/00002
          write_off                       -1200.00
          receivable                       1200.00
        """
    )
    with pytest.raises(TakenBackAlready):
        books.do("payments.take_back", bankrupt.pk, "Again", on="2026-08-02")
    books.assert_checks_hold()


def test_what_is_refused(books, term):
    customer = books.customer()
    item = books.item(bill(books, customer, term))
    other = open_books(code="OTHER")
    stranger = WriteOffReason.objects.get(company=other.company, is_default=True)
    with pytest.raises(ReasonOfOther, match="not an active one of TEST"):
        books.do("ledger.write_off", item.pk, "Bankrupt", on="2026-05-02", code=stranger.pk)
    books.pay(customer, "1183.40", "2026-03-08", {item.pk: "1183.40"})
    with pytest.raises(GoesWithItsPayment):
        books.do("payments.take_back", Difference.objects.get().pk, "Wrong", on="2026-08-02")
    assert Payment.objects.get().state == "posted"


def test_statements_do_not_grow_with_the_payments(books, term):
    customer = books.customer()
    counts = []
    for many in (1, 20):
        items = [books.item(bill(books, customer, term)) for _ in range(many)]
        drafts = [books.pay(customer, "1183.40", "2026-03-08", {i.pk: "1183.40"}, post=False).pk for i in items]
        with CaptureQueriesContext(connection) as caught:
            books.do("payments.post", drafts)
        counts.append(len(caught))
    assert counts[0] == counts[1]
    assert not OpenItem.objects.filter(party=customer).exclude(open_amount=0).exists()
