"""WH-05, G7: a worker killed between the carrier's answer and our commit books nothing twice, whatever the carrier makes of a repeated reference."""

import os
import signal
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections
from django.utils import timezone

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.shipping import booking
from fondaco.operations.shipping.models import Consignment, ConsignmentParcel
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.frontoffice.sales.shop import Shop
from tests.operations.shipping import dhl as desk
from tests.operations.shipping.house import addressed, express, packed, service


@pytest.fixture(scope="module")
def founded(live_database, django_db_blocker):
    """One shop for all of it, in a database where workers commit."""
    with django_db_blocker.unblock():
        made = Shop(open_books())
        with unit_of_work("test", "test"):
            Product.objects.filter(pk=made.cup.pk).update(weight_kg="0.3", volume_m3="0.0008")
        made.receive(made.cup, "200", "1")
        box = {"code": "S", "name": "Small", "length_cm": "30", "width_cm": "20", "height_cm": "20", "tare_kg": "0.2"}
        create(ACTOR, RESOURCES["packagings"], [{"company": made.books.company.pk, **box}])
        addressed(made)
        made.express = express(made)
        yield made
        connections.close_all()


@pytest.fixture
def shop(founded, django_db_blocker, monkeypatch, tmp_path):
    monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
    monkeypatch.delenv("FONDACO_SMTP_URL", raising=False)
    monkeypatch.setenv("FONDACO_DHL_USER", desk.USER)
    monkeypatch.setenv("FONDACO_DHL_PASSWORD", desk.PASSWORD)
    with django_db_blocker.unblock():
        yield founded


def worker(prepare=lambda: None):
    """A worker of its own that sends what is due."""
    connections.close_all()
    made = os.fork()
    if made == 0:
        try:
            prepare()
            send_due()
        finally:
            os._exit(3)  # it must not come so far
    return made


def was_killed(made):
    _pid, status = os.waitpid(made, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def die_with_the_answer_on_disk():
    remember = booking._remember

    def dying(reference, found):
        remember(reference, found)
        os.kill(os.getpid(), signal.SIGKILL)

    booking._remember = dying


@pytest.mark.parametrize("forgets", [True, False], ids=["a repeated reference is another shipment", "a repeated reference is the same"])
def test_killed_before_the_answer_arrives(shop, monkeypatch, forgets):
    """He has it and we do not know: found by our reference, one shipment, its number in the books."""
    dhl = desk.Dhl(forgets_references=forgets)
    carrier = shop.express
    issues = packed(shop, (shop.cup, "5"))
    (key,) = shop.books.do("inventory.book_carrier", issues, carrier=carrier, service=service(carrier)).made["consignments"]
    with desk.serving(dhl) as address:
        monkeypatch.setenv("FONDACO_DHL_URL", address)
        started: list[int] = []
        dhl.afterwards.append(lambda: os.kill(started[0], signal.SIGKILL))
        started.append(worker())
        assert was_killed(started[0])
        row = Consignment.objects.get(pk=key)
        assert (row.state, len(dhl.shipments), row.asked_at is not None) == ("to_book", 1, True)
        assert send_due().sent == 0, "the dead worker's claim still stands"
        with unit_of_work("test", "test"):
            OutboxMessage.objects.filter(channel="carrier", sent_at=None).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        assert send_due().sent == 1
    row.refresh_from_db()
    assert (row.state, row.tracking, len(dhl.shipments)) == ("booked", dhl.shipments[0]["number"], 1)
    assert dhl.calls == ["POST /shipments", "GET /tracking"]
    shop.books.assert_checks_hold()


def test_killed_before_the_commit(shop, monkeypatch):
    """The answer lies on disk and nothing is in the books: the next worker takes it from there, with its label, and asks nobody."""
    dhl = desk.Dhl()
    carrier = shop.express
    issues = packed(shop, (shop.cup, "5"))
    (key,) = shop.books.do("inventory.book_carrier", issues, carrier=carrier, service=service(carrier)).made["consignments"]
    with desk.serving(dhl) as address:
        monkeypatch.setenv("FONDACO_DHL_URL", address)
        assert was_killed(worker(die_with_the_answer_on_disk))
        assert Consignment.objects.get(pk=key).state == "to_book"
        with unit_of_work("test", "test"):
            OutboxMessage.objects.filter(channel="carrier", sent_at=None).update(next_attempt_at=None)
        assert send_due().sent == 1
    row = Consignment.objects.get(pk=key)
    assert (row.state, row.said, len(dhl.shipments)) == ("booked", "", 1)
    assert dhl.calls == ["POST /shipments"]
    assert ConsignmentParcel.objects.filter(consignment=row).count() == 1
    shop.books.assert_checks_hold()


def test_two_workers_book_fifty_once_each(shop, monkeypatch):
    """G7: each booking is one worker's; no shipment twice, none forgotten."""
    dhl = desk.Dhl()
    carrier = shop.express
    issues = packed(shop, (shop.cup, "1"), count=50)
    shop.books.do("inventory.book_carrier", issues, carrier=carrier, service=service(carrier))
    with desk.serving(dhl) as address:
        monkeypatch.setenv("FONDACO_DHL_URL", address)

        def work():
            try:
                send_due(limit=60)
            finally:
                connections.close_all()

        workers = [Thread(target=work) for _n in range(2)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()
    assert len(dhl.shipments) == len({s["reference"] for s in dhl.shipments}) == 50
    assert Consignment.objects.filter(reference__in={s["reference"] for s in dhl.shipments}, state="booked").count() == 50
    shop.books.assert_checks_hold()
