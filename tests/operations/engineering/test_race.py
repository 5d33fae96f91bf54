"""PR-05: two people who would close a circle together: one is let, the other is told."""

import pytest

from fondaco.operations.engineering.models import BomLine
from fondaco.operations.engineering.refusals import GoesIntoItself
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.clerks import at_once
from tests.operations.supply.trade import Trade


@pytest.fixture(scope="module")
def trade(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Trade(open_books())


def test_of_many_who_close_a_circle_at_once_one_is_refused(trade):
    ring = [trade.product(f"R{n}", f"Ring {n}", "1") for n in range(8)]

    def write(n):
        lines = [{"item": ring[(n + 1) % len(ring)].pk}]
        given = {"company": trade.books.company.pk, "product": ring[n].pk, "valid_from": "2026-01-01", "lines": lines}
        return create(ACTOR, RESOURCES["bills-of-materials"], [given]).ids[0]

    answers = at_once(write, range(len(ring)))
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 1, refused
    assert isinstance(refused[0], GoesIntoItself)
    assert BomLine.objects.filter(item__in=ring).count() == len(ring) - 1
    trade.books.assert_checks_hold()
