"""Two who set out to pay the same invoice in the same moment: one payment is begun, and the other takes it up or is refused (SS-01)."""

from collections import Counter

import pytest

from fondaco.finance.onlinepayments.actions import begin
from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.finance.onlinepayments.refusals import PaymentBegun
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from tests.books import ACTOR, open_books
from tests.clerks import Slow, at_once
from tests.finance.onlinepayments.test_onlinepayments import SECRET, Till


@pytest.fixture(scope="module")
def till(live_database, django_db_blocker):
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("FONDACO_TEST_PAYMENTS", SECRET)
        yield Till(open_books())


def test_SS_01_of_many_who_set_out_to_pay_one_invoice_at_once_one_payment_is_begun(till):
    item, other = till.owes("80.00"), till.owes("20.00")
    found = at_once(lambda _n: till.begins(item).pk, range(8))
    assert len(set(found)) == 1 and OnlinePayment.objects.count() == 1, found
    # Some pay one, some both: whoever comes later ends what is begun, so that one is left for each.
    at_once(lambda n: till.begins(*((item, other) if n % 2 else (item,))).pk, range(8))
    assert Counter(OnlinePayment.objects.values_list("state", flat=True))["open"] == 1


def test_SS_01_who_does_not_ask_before_is_refused_by_the_database(till):
    """Past ``set_out``: the second waits for the first to commit, and is refused."""
    item = till.owes("80.00")

    def begins():
        with refusals_translated(), unit_of_work("customer", "test"):
            return begin(till.provider, till.customer.pk, {item.pk: item.open_amount}, "EUR", ACTOR)

    slow = Slow(lambda: unit_of_work("slow", "test"), begins)
    late = Slow.begun(begins)
    slow.somebody_waits()
    first = slow.end()
    with pytest.raises(PaymentBegun, match=first.number):
        late()
