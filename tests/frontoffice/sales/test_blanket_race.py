"""OM-07: clerks who call off the last of a blanket order at once never call off more than was agreed."""

import pytest

from fondaco.frontoffice.sales.blankets import used
from fondaco.frontoffice.sales.models import BlanketLine
from fondaco.frontoffice.sales.refusals import BlanketUsedUp
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.clerks import at_once
from tests.frontoffice.sales.test_blankets import Agreeing


@pytest.fixture(scope="module")
def shop(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Agreeing(open_books())


def test_OM_07_the_last_of_a_blanket_order_is_called_off_once(shop):
    blanket = shop.blanket("100")
    shop.receive(shop.cup, "50", "1.00")
    orders = [shop.calls("10", confirm=False) for _n in range(24)]
    answers = at_once(lambda order: shop.did("confirm", order), orders)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 14 and all(isinstance(r, BlanketUsedUp) for r in refused), refused
    with unit_of_work("test", "test"):
        (line,) = BlanketLine.objects.filter(blanket=blanket)
        assert used([line.pk])[line.pk].quantity == 100
    shop.books.assert_checks_hold()
