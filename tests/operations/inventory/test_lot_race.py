"""Storekeepers at the same time: a piece leaves once, first expiring lots are shared out, and a lot is not blocked half (IV-06, IV-07)."""

from decimal import Decimal

import pytest

from fondaco.operations.inventory.models import Lot, LotStock, MoveLot, StockLevel
from fondaco.operations.inventory.moving import ReservationRequest, reserve
from fondaco.operations.inventory.refusals import LotBlocked, LotShort, NotEnoughLots, NotEnoughStock, SerialInStock
from fondaco.platform.database.unit import retrying, unit_of_work
from tests.books import open_books
from tests.clerks import at_once
from tests.operations.inventory.test_lots import Cellar


@pytest.fixture(scope="module")
def cellar(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        yield Cellar(open_books()).tracked("serial", "specific")


def test_a_piece_leaves_once_and_comes_in_once(cellar):
    cellar.take_in("S1..S6", "6")
    drafts = [cellar.ship("1", "S1", verb="") for _n in range(12)]
    answers = at_once(lambda draft: cellar.books.do("inventory.post_issue", draft), drafts)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 11 and all(isinstance(r, LotShort) for r in refused), refused
    lines = [{"product": cellar.bolt.pk, "quantity": "1", "unit_cost": "5", "lots": "NEW"}]
    receipts = [cellar.paper("goods-receipts", "", lines) for _n in range(12)]
    answers = at_once(lambda draft: cellar.books.do("inventory.post_receipt", draft), receipts)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 11 and all(isinstance(r, SerialInStock) for r in refused), refused
    cellar.books.assert_checks_hold()


def test_what_expires_first_is_shared_out_and_a_blocked_lot_goes_to_nobody(cellar):
    drafts = [cellar.ship("1", verb="") for _n in range(12)]
    answers = at_once(lambda draft: cellar.books.do("inventory.post_issue", draft), drafts)
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 6 and all(isinstance(r, NotEnoughLots) for r in refused), refused
    cellar.take_in("T1..T20", "20")
    with unit_of_work("test", "test"):
        keys = {t.number: t.pk for t in Lot.objects.filter(number__startswith="T")}
    shipping = [("inventory.post_issue", cellar.ship("1", f"T{n}", verb="")) for n in range(1, 11)]
    blocking = [("inventory.block", keys[f"T{n}"]) for n in range(1, 11)]
    answers = at_once(
        lambda work: cellar.books.do(work[0], work[1], reason="Recall"), [w for pair in zip(shipping, blocking, strict=True) for w in pair]
    )
    refused = [a for a in answers if isinstance(a, Exception)]
    assert all(isinstance(r, LotBlocked) for r in refused), refused
    with unit_of_work("test", "test"):
        gone = MoveLot.objects.filter(lot__number__in=[f"T{n}" for n in range(1, 11)], sign=-1).count()
        there = LotStock.objects.filter(lot__number__in=[f"T{n}" for n in range(1, 11)], on_hand__gt=0, is_blocked=True).count()
    assert (gone, there) == (10 - len(refused), len(refused))
    cellar.books.assert_checks_hold()


def test_pieces_that_are_usable_are_promised_once(cellar):
    company = cellar.books.company.pk

    def promise(n):
        def work():
            with unit_of_work("test", "test"):
                return reserve([ReservationRequest(company, cellar.bolt.pk, cellar.warehouse.pk, Decimal(1), ("test_line", n))])

        return retrying(work)

    with unit_of_work("test", "test"):
        usable = LotStock.objects.filter(on_hand__gt=0, is_blocked=False).count()
    assert usable
    answers = at_once(promise, range(usable + 7))
    refused = [a for a in answers if isinstance(a, Exception)]
    assert len(refused) == 7 and all(isinstance(r, NotEnoughStock) for r in refused), refused
    with unit_of_work("test", "test"):
        assert StockLevel.objects.get(product=cellar.bolt).reserved == usable
