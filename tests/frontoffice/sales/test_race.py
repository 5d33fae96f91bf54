"""Clerks at the same time: the last unit is promised once, a quote is accepted once (OM-04, PR-08)."""

import pytest
from django.db import DatabaseError, connection

from fondaco.frontoffice.sales.answering import accept_by_link
from fondaco.frontoffice.sales.links import token_of
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.refusals import ConfirmedOrder
from fondaco.operations.inventory.refusals import NotEnoughStock
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.models import Amendment
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.documents.refusals import StaleDocument
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR, open_books
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


def test_a_version_opens_its_order_in_no_later_transaction(shop):
    """OM-02: what was kept for one amendment lets nothing else pass, and is never changed itself."""
    shop.receive(shop.cup, "10", "1.00")
    order = shop.order((shop.cup, 2))
    edit(ACTOR, RESOURCES["orders"], {order.pk: {"reference": "once"}}, reason="Asked for")
    for statement, refusal in (
        (f"update sales_orderline set quantity = 1 where order_id = {order.pk}", ConfirmedOrder),
        ("update documents_amendment set transaction = txid_current()", DatabaseError),
        ("delete from documents_amendment", DatabaseError),
    ):
        with pytest.raises(refusal), refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_two_who_amend_one_order_wait_for_each_other_and_the_second_is_told(shop):
    """OM-02: both opened the same form; one change is kept, the other person reads who was faster, and no unit is lost."""
    shop.receive(shop.cup, "100", "1.00")
    order = shop.order((shop.cup, 2))
    (line,) = order.lines.values_list("pk", flat=True)
    version = Order.objects.get(pk=order.pk).version
    change = {"version": version, "lines": [{"id": line, "quantity": "7"}]}
    answers = at_once(lambda n: edit(ACTOR, RESOURCES["orders"], {order.pk: change}, reason=f"Call {n}"), range(8))
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 7 and all(isinstance(r, StaleDocument) for r in refused)
    assert Amendment.objects.filter(row_id=order.pk).count() == 1
    assert shop.state(order) == ["7 7 0 0 0 0"]
    shop.books.assert_checks_hold()
