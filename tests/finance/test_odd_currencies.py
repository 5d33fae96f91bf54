"""AP-06, BK-03, MC-02, MC-03: currencies without and with three decimals, from bill and invoice through run, bank, settlement, revaluation and reversal:
nothing is rounded away, no currency gets decimals that it has not, and what is settled leaves zero in both currencies.

The Hypothesis test prints the blob of a failing life.
"""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from lxml import etree

from fondaco.finance.ledger.models import Account, JournalLine, OpenItem
from fondaco.finance.payments.models import BankAccount, Disbursement
from fondaco.finance.remittance.bank_files import minor_units
from fondaco.finance.remittance.models import PaymentFile
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.finance.ledger.test_revaluation import revalue
from tests.finance.remittance.house import House
from tests.owed import disburse

DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}
RATES = {("EUR", "JPY"): "0.00617283", ("EUR", "KWD"): "2.9876543", ("JPY", "KWD"): "484.123457", ("KWD", "JPY"): "0.00206561"}
PAIRS = sorted(RATES)


def house(base, currency):
    books = open_books(currency=base, code=f"{base}{currency}")
    for day, factor in (("2026-01-01", "1"), ("2026-02-01", "1.0317"), ("2026-03-01", "0.9713"), ("2026-04-01", "1.1")):
        books.rate(currency, str((Decimal(RATES[base, currency]) * Decimal(factor)).quantize(Decimal("1e-8"))), day)
    return books


def unit(currency, amount):
    """So many smallest units of a currency."""
    return Decimal(amount).scaleb(-DECIMALS[currency])


def whole_units(books):
    """Every line in the smallest units of its currencies, and nothing beyond."""
    base = books.company.currency_id
    for amount, currency, foreign in JournalLine.objects.filter(company=books.company).values_list(
        "amount", "currency_id", "currency_amount"
    ):
        minor_units(amount, DECIMALS[base])
        minor_units(foreign, DECIMALS[currency])


def settled(books):
    assert not OpenItem.objects.filter(company=books.company, open_amount=0).exclude(open_base_amount=0).exists()
    assert not OpenItem.objects.filter(company=books.company, open_base_amount=0).exclude(open_amount=0).exists()


@pytest.mark.parametrize(("base", "currency"), PAIRS)
def test_a_bill_is_paid_in_parts_taken_back_revalued_and_reversed(db, base, currency):
    books = house(base, currency)
    vendor = books.vendor("Far away", "JP")
    bill = books.bill(vendor, [{"account": "cost_of_services", "quantity": "3", "unit_price": str(unit(currency, 33337)), "tax_code": "IT-P-N22"}], "2026-01-10", currency=currency)  # fmt: skip
    item = books.item(bill)
    assert item.amount == -unit(currency, 100011)
    revalue(books, "2026-01-31", "kept")
    first = disburse(books, vendor, str(unit(currency, 33331)), "2026-02-10", {item.pk: str(unit(currency, 33331))}, currency=currency)
    revalue(books, "2026-02-28")
    books.do("payments.unapply_disbursement", first.pk, reason="Wrong bill", on="2026-03-02")
    rest = -OpenItem.objects.get(pk=item.pk).open_amount
    last = disburse(books, vendor, str(rest), "2026-04-10", {item.pk: str(rest)}, currency=currency)
    settled(books)
    books.do("payments.reverse_disbursement", last.pk, reason="Bounced", on="2026-04-12")
    assert OpenItem.objects.get(pk=item.pk).open_amount == -rest
    disburse(books, vendor, str(rest), "2026-04-15", {item.pk: str(rest)}, currency=currency)
    item.refresh_from_db()
    assert (item.open_amount, item.open_base_amount) == (0, 0)
    settled(books)
    whole_units(books)
    books.assert_checks_hold()


@pytest.mark.parametrize(
    ("currency", "amount", "written"), [("JPY", "1500", "1500"), ("KWD", "10.005", "10.005"), ("EUR", "10.05", "10.05")]
)
def test_the_payment_file_has_the_decimals_of_its_currency(books, currency, amount, written):
    """AP-06, BK-08: the bank reads the very amount, and the control sums are their sum."""
    if currency != "EUR":
        books.rate(currency, "0.5", "2026-01-01")
    home = House(books)
    if currency != "EUR":
        with unit_of_work("test", "test"):
            account = Account.objects.create(company=books.company, number="BANK9", name="Far", kind="asset", control="bank")
        given = {
            "company": books.company.pk,
            "name": "Far",
            "iban": "GB33BUKB20201555555555",
            "bic": "BUKBGB22",
            "account": account.pk,
            "currency": currency,
        }
        (key,) = create(ACTOR, RESOURCES["bank-accounts"], [given]).ids
        home.bank = BankAccount.objects.get(pk=key)
    (vendor,) = home.vendors("Far away")
    line = {"account": "cost_of_services", "unit_price": amount, "tax_code": "IT-P-N22"}
    for day in ("2026-01-10", "2026-01-11"):
        books.bill(vendor, [line], day, currency=currency, duplicate_reason="Each day")
    run = home.released(home.run())
    root = etree.fromstring(PaymentFile.objects.get(run=run).content.encode())
    space = {"p": root.nsmap[None]}
    told = [(n.get("Ccy"), n.text) for n in root.iterfind(".//p:InstdAmt", space)]
    total = str(2 * Decimal(written))
    assert told == [(currency, total)]
    assert {n.text for n in root.iterfind(".//p:CtrlSum", space)} == {total}
    assert Disbursement.objects.get().amount == Decimal(total)
    books.assert_checks_hold()


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "10.5"), ("KWD", "10.0005"), ("EUR", "10.005")])
def test_no_door_takes_more_decimals_than_a_currency_has(books, currency, amount):
    if currency != "EUR":
        books.rate(currency, "0.5", "2026-01-01")
    customer = books.customer()
    item = books.item(books.invoice(customer, [{"quantity": "1", "unit_price": "100"}], "2026-01-10", currency=currency))
    with pytest.raises(UserError):
        books.pay(customer, amount, "2026-02-10", {item.pk: amount}, currency=currency)
    whole_units(books)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=some.data())
def test_any_life_of_an_invoice_in_an_odd_currency_leaves_zero(django_db_blocker, homes, data):
    """MC-03: invoices of random amounts, paid in random parts, revalued between, payments reversed: settled is zero in both currencies."""
    books, currency = homes[data.draw(some.sampled_from(PAIRS))]
    customer = books.customer(f"C{OpenItem.objects.count()}")
    total = data.draw(some.integers(3, 10**6))
    item = books.item(
        books.invoice(
            customer, [{"quantity": "1", "unit_price": str(unit(currency, total)), "tax_code": None}], "2026-01-10", currency=currency
        )
    )
    owed = item.amount
    for day in data.draw(some.lists(some.sampled_from(["2026-02-10", "2026-03-10", "2026-04-10"]), max_size=3)):
        left = OpenItem.objects.get(pk=item.pk).open_amount
        units = int(left.scaleb(DECIMALS[currency]))
        if units < 2:
            break
        part = str(unit(currency, data.draw(some.integers(1, units - 1))))
        payment = books.pay(customer, part, day, {item.pk: part}, currency=currency)
        if data.draw(some.booleans()):
            books.do("payments.reverse", payment.pk, reason="Bounced", on="2026-04-20")
    left = OpenItem.objects.get(pk=item.pk).open_amount
    assert 0 < left <= owed
    books.pay(customer, str(left), "2026-04-21", {item.pk: str(left)}, currency=currency)
    item.refresh_from_db()
    assert (item.open_amount, item.open_base_amount) == (0, 0)
    settled(books)
    whole_units(books)
    books.assert_checks_hold()


@pytest.fixture
def homes(db):
    return {pair: (house(*pair), pair[1]) for pair in PAIRS}
