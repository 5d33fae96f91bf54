"""Clerks at the same time: the last unit is promised once, a quote is accepted once (OM-04, PR-08)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from fondaco.frontoffice.sales.answering import accept_by_link
from fondaco.frontoffice.sales.links import token_of
from fondaco.frontoffice.sales.models import Order
from fondaco.operations.inventory.refusals import NotEnoughStock
from fondaco.platform.database.unit import retrying, unit_of_work
from tests.books import open_books
from tests.frontoffice.sales.shop import Shop

CLERKS = 8


@pytest.fixture(scope="module")
def shop(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Shop(open_books())


def at_once(work, items):
    """Run ``work`` on every item from several threads; results and refusals."""

    def done(item):
        try:
            return retrying(lambda: work(item))
        except Exception as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(CLERKS) as pool:
        return list(pool.map(done, items))


def test_the_last_units_are_promised_once(shop):
    shop.receive(shop.machine, "10", "800.00")
    orders = [shop.order((shop.machine, 1), confirm=False) for _n in range(24)]
    answers = at_once(lambda order: shop.did("confirm", order), orders)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 14 and all(isinstance(r, NotEnoughStock) for r in refused)
    with unit_of_work("test", "test"):
        assert Order.objects.filter(state="confirmed").count() == 10
        assert shop.stock(shop.machine) == (10, 10)
    shop.books.assert_checks_hold()


def test_a_quote_accepted_by_many_at_once_is_one_order(shop):
    quote = shop.quote((shop.machine, 1))
    token = token_of(quote.link_seed)
    answers = at_once(lambda n: accept_by_link(token, f"Person {n}"), range(16))
    assert {a["accepted"]["by"] for a in answers} == {answers[0]["accepted"]["by"]}
    assert Order.objects.filter(quote=quote).count() == 1
    shop.books.assert_checks_hold()
