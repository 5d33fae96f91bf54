"""What vendors are paid: entries, settlement in both currencies, and rights apart from those on receipts (AP-06, MC-03).

The Hypothesis test prints the blob of a failing life.
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payments.models import Disbursement, Payment
from fondaco.finance.payments.refusals import ItemOfOther, LessIsOpen
from fondaco.platform.database.refusals import InvalidInput, NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.refusals import NotEditable
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.owed import disburse, owe, vendors


@pytest.fixture
def vendor(books):
    return vendors(books, "Torrefazione Alba")[0]


def test_a_bill_is_paid_and_the_vendor_s_account_is_clear(books, vendor):
    bill = owe(books, vendor, "122.00")
    payment = disburse(books, vendor, "122.00", "2026-02-10", {bill.pk: "122.00"}, reference="RF 12")
    assert payment.number == "DIS/2026/00001"
    books.assert_journal("""
        2026-02-10 paid DIS/2026/00001 RF 12
          bank                             -122.00
          payable                           122.00
    """)
    assert payment.entry.journal.purpose == "payments"
    assert payment.entry.subledger == "payables"
    bill.refresh_from_db()
    assert (bill.open_amount, bill.open_base_amount) == (0, 0)
    books.assert_checks_hold()


def test_what_a_vendor_gives_back_comes_in(books, vendor):
    note = owe(books, vendor, "-30.00")
    disburse(books, vendor, "30.00", "2026-02-10", {note.pk: "30.00"}, kind="refunded")
    books.assert_journal("""
        2026-02-10 refund received DIS/2026/00001
          bank                               30.00
          payable                           -30.00
    """)
    note.refresh_from_db()
    assert note.open_amount == 0
    books.assert_checks_hold()


def test_a_foreign_bill_paid_in_parts_leaves_nothing_in_either_currency(books, vendor):
    for on, rate in (("2026-01-01", "0.91"), ("2026-02-01", "0.87"), ("2026-03-01", "0.95")):
        books.rate("USD", rate, on)
    bill = owe(books, vendor, "100.00", currency="USD")
    disburse(books, vendor, "40.00", "2026-02-10", {bill.pk: "40.00"}, currency="USD")
    books.assert_journal(
        """
        2026-02-10 paid DIS/2026/00001
          bank                              -34.80  -40.00 USD
          payable                            34.80  40.00 USD
        2026-02-10 Exchange difference DIS/2026/00001
          payable                             1.60  0.00 USD
          exchange_gain                      -1.60
        """,
        last=2,
    )
    last = disburse(books, vendor, "70.00", "2026-03-10", currency="USD")
    books.do("payments.apply_disbursement_oldest", last.pk)
    bill.refresh_from_db()
    assert (bill.open_amount, bill.open_base_amount) == (0, 0)
    advance = OpenItem.objects.get(entry=last.entry_id)
    assert (advance.open_amount, advance.open_base_amount) == (10, Decimal("9.50"))
    books.do("payments.reverse_disbursement", last.pk, "Returned by the bank", on="2026-03-12")
    bill.refresh_from_db()
    assert (bill.open_amount, bill.open_base_amount) == (-60, Decimal("-54.60"))
    books.assert_checks_hold()


def test_payments_to_vendors_and_receipts_are_two_duties(books, vendor):
    """Who records receipts can neither see, write nor post what vendors are paid, by any key; and the other way round (erpnext#9464)."""
    customer = books.customer()
    receipt = books.pay(customer, "10", "2026-02-10", post=False)
    payment = disburse(books, vendor, "10", "2026-02-10", post=False)
    for verb, key in (("payments.post", payment.pk), ("payments.post_disbursement", receipt.pk)):
        with pytest.raises(NotFound):
            books.do(verb, key)
    assert not RESOURCES["payments"].queryset().filter(pk=payment.pk).exists()
    assert not RESOURCES["disbursements"].queryset().filter(pk=receipt.pk).exists()
    assert {a.permission for a in ACTIONS.values() if a.model is Disbursement}.isdisjoint(
        a.permission for a in ACTIONS.values() if a.model is Payment
    )
    given = {"company": books.company.pk, "party": vendor.pk, "amount": "10", "on": "2026-02-10"}
    for resource, kind in (("payments", "paid"), ("disbursements", "received")):
        with pytest.raises(InvalidInput), transaction.atomic():
            create(ACTOR, RESOURCES[resource], [{**given, "kind": kind}])
    with pytest.raises(NotFound), transaction.atomic():
        edit(ACTOR, RESOURCES["payments"], {payment.pk: {"amount": "1000"}})


@pytest.mark.parametrize(
    ("attack", "constraint"),
    [
        ("update payments_payment set kind = 'received' where kind = 'paid' and state = 'draft'", "payment_keeps_its_side"),
        (
            'insert into payments_payment (version, created_by, kind, state, "on", amount, reference, memo, company_id, party_id)'
            " select 1, 'x', 'gift', state, \"on\", amount, reference, memo, company_id, party_id from payments_payment limit 1",
            "payment_kind",
        ),
        ("update payments_payment set amount = 1 where state = 'posted'", "posted_payment_never_changes"),
        ("delete from payments_payment where state = 'posted'", "posted_payment_never_changes"),
    ],
)
def test_the_database_keeps_the_sides_apart(books, vendor, attack, constraint):
    disburse(books, vendor, "10", "2026-02-10", post=False)
    disburse(books, vendor, "10", "2026-02-10")
    with pytest.raises(IntegrityError) as refusal, unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute(attack)
    assert refusal.value.__cause__.diag.constraint_name == constraint


def test_only_what_is_open_with_this_vendor_is_settled(books, vendor):
    (other,) = vendors(books, "Altro")
    bill, theirs = owe(books, vendor, "50.00"), owe(books, other, "50.00")
    with pytest.raises(ItemOfOther), transaction.atomic():
        disburse(books, vendor, "50.00", "2026-02-10", {theirs.pk: "50.00"})
    with pytest.raises(LessIsOpen), transaction.atomic():
        disburse(books, vendor, "60.00", "2026-02-10", {bill.pk: "60.00"})
    note = owe(books, vendor, "-50.00")
    with pytest.raises(LessIsOpen), transaction.atomic():
        disburse(books, vendor, "50.00", "2026-02-10", {note.pk: "50.00"})
    posted = disburse(books, vendor, "50.00", "2026-02-10", {bill.pk: "50.00"})
    with pytest.raises(NotEditable), transaction.atomic():
        edit(ACTOR, RESOURCES["disbursements"], {posted.pk: {"amount": "1"}})
    books.assert_checks_hold()


DAYS = 20
STEPS = some.lists(
    some.tuples(some.sampled_from(["pay", "on account", "apply", "unapply", "reverse"]), some.integers(0, 99), some.integers(1, 130)),
    max_size=8,
)


@some.composite
def lives(draw):
    rates = draw(some.lists(some.integers(7000, 14000), min_size=DAYS, max_size=DAYS))
    return [Decimal(r) / 10000 for r in rates], draw(some.lists(some.integers(1, 5_000_000), min_size=1, max_size=2)), draw(STEPS)


def test_MC_03_whatever_pays_foreign_bills_nothing_is_left_in_either_currency(db):
    books = open_books()

    @settings(max_examples=25, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck))
    @given(life=lives())
    def lived(life):
        point = transaction.savepoint()
        try:
            live(books, *life)
            books.assert_checks_hold()
        finally:
            transaction.savepoint_rollback(point)

    lived()


def live(books, rates, cents, steps):
    day = date(2026, 1, 10)
    for n, rate in enumerate(rates):
        books.rate("USD", str(rate), str(day + timedelta(days=n)))
    (vendor,) = vendors(books, "Cafe Union", country="US")
    bills = [owe(books, vendor, str(Decimal(c) / 100), str(day), currency="USD") for c in cents]
    for verb, pick, percent in steps:
        day = min(day + timedelta(days=1), date(2026, 1, 10) + timedelta(days=DAYS - 1))
        owed = list(OpenItem.objects.filter(party=vendor, open_amount__lt=0).order_by("pk"))
        posted = list(Disbursement.objects.filter(party=vendor, state="posted").order_by("pk"))
        if verb in ("pay", "on account"):
            item = owed[pick % len(owed)] if owed else bills[0]
            amount = max((abs(item.open_amount or item.amount) * percent / 100).quantize(Decimal("0.01")), Decimal("0.01"))
            parts = {item.pk: str(min(amount, -item.open_amount))} if verb == "pay" and owed else {}
            disburse(books, vendor, str(amount), str(day), parts, currency="USD")
        elif posted:
            payment = posted[pick % len(posted)]
            name = {"apply": "apply_disbursement_oldest"}.get(verb, f"{verb}_disbursement")
            books.do(f"payments.{name}", payment.pk, "" if verb == "apply" else "Wrong", on=str(day))
    for payment in Disbursement.objects.filter(party=vendor, state="posted").order_by("pk"):
        books.do("payments.apply_disbursement_oldest", payment.pk, on=str(day))
    rest = {i.pk: str(-i.open_amount) for i in OpenItem.objects.filter(party=vendor, open_amount__lt=0)}
    if rest:
        disburse(books, vendor, str(sum(map(Decimal, rest.values()))), str(day), rest, currency="USD")
    for bill in bills:
        bill.refresh_from_db()
        assert (bill.open_amount, bill.open_base_amount) == (0, 0)
