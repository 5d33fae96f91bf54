"""OM-08: clerks who authorise, receive and take back the same goods at once never bring back more than left."""

import pytest

from fondaco.frontoffice.sales.models import ReturnAuthorisation
from fondaco.frontoffice.sales.queries import coming_back, measured
from fondaco.frontoffice.sales.refusals import ReturnedMoreThanLeft
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.clerks import at_once
from tests.frontoffice.sales.test_returns import Returning, today


@pytest.fixture(scope="module")
def shop(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Returning(open_books())


def test_OM_08_the_same_goods_are_authorised_once(shop):
    order = shop.sold("10")
    rows = [shop.asks(order, "2", authorise=False) for _n in range(12)]
    answers = at_once(lambda row: shop.books.do("sales.authorise", row.pk), rows)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 7 and all(isinstance(r, ReturnedMoreThanLeft) for r in refused), refused
    shop.books.assert_checks_hold()


def test_OM_08_by_hand_and_on_papers_at_once_no_more_comes_back_than_left(shop):
    order = shop.sold("10")
    (line,) = order.lines.values_list("pk", flat=True)
    papers = [shop.asks(order, "1", authorise=False) for _n in range(8)]

    def work(n):
        if n % 2:
            return shop.did("take_back", order, reason="By hand", on="2026-03-01", quantities={line: "1"}, credit=False)
        shop.books.do("sales.authorise", papers[n // 2].pk)
        return shop.back(papers[n // 2], "receive_return", on=str(today()))

    answers = at_once(work, range(16))
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 6 and all(isinstance(r, UserError) for r in refused), refused
    with unit_of_work("test", "test"):
        stands = measured().get(pk=line)
        assert stands.returned == 10
        assert coming_back([line])[line] == 0 or ReturnAuthorisation.objects.filter(state="authorised").exists()
    shop.books.assert_checks_hold()
