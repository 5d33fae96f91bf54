"""Clerks at the same time: the last unit is promised once, a quote is accepted once (OM-04, PR-08)."""

import pytest

from fondaco.frontoffice.sales.answering import accept_by_link
from fondaco.frontoffice.sales.links import token_of
from fondaco.frontoffice.sales.models import Order
from fondaco.operations.inventory.refusals import NotEnoughStock
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.clerks import at_once
from tests.frontoffice.sales.shop import Shop


@pytest.fixture(scope="module")
def shop(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Shop(open_books())


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
