"""Payments of one set for one invoice: the set is judged as if they came one after the other, and all or nothing is done (AR-01)."""

from decimal import Decimal

import pytest

from fondaco.finance.payments.models import Payment
from fondaco.finance.payments.refusals import LessIsOpen

ON = "2026-02-10"


@pytest.fixture
def owed(books):
    customer = books.customer()
    return customer, books.item(books.invoice(customer, [{"quantity": "1", "unit_price": "100"}], "2026-01-10"))


def test_two_payments_of_one_set_share_an_invoice(books, owed):
    customer, item = owed
    payments = [books.pay(customer, amount, ON, {item.pk: amount}, post=False) for amount in ("80", "42")]
    books.do("payments.post", [p.pk for p in payments])
    item.refresh_from_db()
    assert (item.open_amount, item.open_base_amount) == (0, 0)
    books.assert_checks_hold()


def test_a_set_that_settles_too_much_names_the_payment_and_what_is_left_for_it(books, owed):
    customer, item = owed
    first, second = (books.pay(customer, "80", ON, {item.pk: "80"}, post=False) for _n in range(2))
    with pytest.raises(LessIsOpen, match=r"42\.00 EUR") as refusal:
        books.do("payments.post", [first.pk, second.pk])
    assert [row["id"] for row in refusal.value.rows] == [str(second.pk)]
    item.refresh_from_db()
    assert item.open_amount == 122
    assert set(Payment.objects.values_list("state", "number")) == {("draft", None)}
    books.assert_checks_hold()


def test_several_payments_spread_over_the_oldest_do_not_claim_the_same_money(books, owed):
    customer, item = owed
    later = books.item(books.invoice(customer, [{"quantity": "1", "unit_price": "10"}], "2026-01-20"))
    payments = [books.pay(customer, "61", ON) for _n in range(3)]
    books.do("payments.apply_oldest", [p.pk for p in payments])
    for settled in (item, later):
        settled.refresh_from_db()
        assert (settled.open_amount, settled.closed_on is not None) == (0, True)
    assert [abs(books.item(p).open_amount) for p in payments] == [0, 0, Decimal("48.80")]
    books.assert_checks_hold()
