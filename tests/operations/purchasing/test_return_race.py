"""PC-05: clerks who authorise and send the same goods back at once never send back more than came."""

import pytest

from fondaco.operations.purchasing.models import VendorReturn
from fondaco.operations.purchasing.refusals import SentBackTooMuch
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.clerks import at_once
from tests.operations.purchasing.test_vendor_returns import Returning


@pytest.fixture(scope="module")
def buying(live_database, django_db_blocker):
    with django_db_blocker.unblock(), unit_of_work("test", "test"):
        made = Returning(open_books())
    with django_db_blocker.unblock():
        yield made


def test_pc05_two_at_once_never_send_back_more_than_came(buying):
    with unit_of_work("test", "test"):
        order = buying.order(("10", "10.00"))
        buying.take_in(order)
        buying.bill(("6", "10.00"))
        papers = [buying.ask(order, "2") for _n in range(8)]

    def work(key):
        buying.books.do("purchasing.authorise_vendor_return", key)
        return buying.books.do("purchasing.send_vendor_return", key, on="2026-03-12")

    answers = at_once(work, papers)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 3 and all(isinstance(r, SentBackTooMuch) for r in refused), refused
    with unit_of_work("test", "test"):
        assert VendorReturn.objects.filter(state__in=VendorReturn.GONE).count() == 5
        assert buying.owned() == (0, 0)
        assert buying.grni() == 60, "what was not billed goes back first in no order of clerks: six are billed and not here"
        buying.credit(("6", "10.00"))
        assert buying.grni() == 0
    buying.books.assert_checks_hold()


def test_two_credit_notes_at_once_give_back_once(buying):
    with unit_of_work("test", "test"):
        order = buying.order(("10", "10.00"))
        buying.take_in(order)
        buying.bill(("10", "10.00"))
        buying.send_back(order, "3")
        line = buying.line(order)["pk"]
        notes = [buying.credit(("6", "10.00"), post=False, match=False).pk for _n in range(3)]
        for note in notes:
            given = {"line": 1, "order_table": "purchasing_purchaseorderline", "quantities": {line: "6"}}
            buying.books.do("payables.match_line", note, **given)
    answers = at_once(lambda key: buying.books.do("payables.post", key), notes)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 2 and all(isinstance(r, UserError) for r in refused), refused
    buying.books.assert_checks_hold()
