"""WH-05: where parcels are, asked for or brought, in any order and twice; on consignment, delivery and order."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.operations.shipping import following
from fondaco.operations.shipping.carriers.declared import Event
from fondaco.operations.shipping.following import follow, take
from fondaco.operations.shipping.models import Consignment, TrackingEvent
from fondaco.operations.shipping.resources import ConsignmentResource
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.sending import send_due
from fondaco.platform.events.signing import signature
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import KINDS, ask_for_daily
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, page
from tests.books import ACTOR
from tests.operations.shipping.dhl import event
from tests.operations.shipping.house import again, booked, consigned, express, packed

START = datetime(2026, 2, 5, 8, 0, tzinfo=UTC)


def at(hours, kind, tracking, **more):
    return Event(START + timedelta(hours=hours), kind, tracking=tracking, **more)


def fetched():
    """What the worker does once an hour."""
    with unit_of_work("test", "test"):
        return KINDS["shipping.follow"].work(ACTOR, None)


@pytest.fixture
def sent(rialto, dhl):
    """A consignment of two parcels on its way, and its carrier."""
    carrier = express(rialto)
    (issue,) = packed(rialto, (rialto.machine, "3"))
    booked(rialto, issue, carrier)
    again()
    return consigned(issue)


def taken(*events):
    with unit_of_work("test", "test"):
        return take(events)


def test_dhl_is_asked_where_parcels_are(rialto, sent, dhl):
    """WH-05: once an hour while something is on its way; picked up, held up, delivered, in the carrier's words and at the hour of the place."""
    dhl.events[sent.tracking] = [
        event("PU", "2026-02-05", "18:10:00", "Shipment picked up", GMTOffset="+01:00"),
        event("OH", "2026-02-06", "09:00:00", "Shipment is on hold", GMTOffset="+01:00"),
    ]
    ask_for_daily()
    assert Job.objects.filter(kind="shipping.follow").count() == 1
    assert fetched()["new"] == 2
    sent.refresh_from_db()
    assert (sent.state, sent.progress) == ("booked", "exception")
    assert "Shipment is on hold" in ConsignmentResource.wrong(sent.pk, ACTOR)[0].text
    assert TrackingEvent.objects.earliest("at").at == datetime(2026, 2, 5, 17, 10, tzinfo=UTC)
    ask_for_daily()
    assert Job.objects.filter(kind="shipping.follow").count() == 1, "once an hour"
    dhl.events[sent.tracking] += [
        event("ZZ", "2026-02-06", "11:00:00", "Something new"),
        event("OK", "2026-02-06", "15:30:00", "Delivered", signedBy="ROSSI"),
    ]
    (key,) = rialto.books.do("shipping.follow_parcels", sent.carrier_id).made["jobs"]
    assert Job.objects.get(pk=key).state == Job.WAITING
    assert fetched()["new"] == 2
    sent.refresh_from_db()
    assert (sent.state, sent.progress, str(sent.delivered_at)) == ("delivered", "delivered", "2026-02-06 14:30:00+00:00")
    assert TrackingEvent.objects.latest("at").text == "Delivered (ROSSI)"
    order = RESOURCES["orders"].queryset().get(pk=sent.issue.source_id)
    assert (order.carried, order.tracked_as) == ("delivered", sent.tracking)
    shown = page(RESOURCES["deliveries"], ACTOR, Query()).rows[0]
    assert shown["carried"] == "delivered"
    calls = len(dhl.calls)
    assert not following.is_wanted() and follow()["asked"] == 0 and len(dhl.calls) == calls, "what is there is asked for no more"
    rialto.books.assert_checks_hold()


def test_events_come_in_any_order_and_twice(rialto, sent):
    """WH-05: the newest by its own hour counts; the same again says nothing; what was delivered stays so."""
    t = sent.tracking
    first, second, third = at(1, "picked_up", t), at(5, "in_transit", t, place="Bologna"), at(9, "out", t)
    assert taken(second, second) == 1
    assert taken(third, first, second) == 2
    sent.refresh_from_db()
    assert sent.progress == "out"
    assert taken(at(12, "delivered", t)) == 1
    assert taken(at(11, "exception", t), at(13, "in_transit", t)) == 2
    sent.refresh_from_db()
    assert (sent.state, sent.progress, sent.delivered_at) == ("delivered", "delivered", START + timedelta(hours=12))
    assert taken(first, second, third) == 0
    assert list(TrackingEvent.objects.order_by("at").values_list("kind", flat=True)) == [
        "picked_up", "in_transit", "out", "exception", "delivered", "in_transit",
    ]  # fmt: skip
    assert taken(at(1, "picked_up", "NOBODYS")) == 0
    for attack in (
        lambda: TrackingEvent.objects.update(kind="out"),
        lambda: TrackingEvent.objects.all().delete(),
        lambda: Consignment.objects.filter(pk=sent.pk).update(delivered_at=START),
        lambda: Consignment.objects.filter(pk=sent.pk).update(state="booked"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
            attack()
    rialto.books.assert_checks_hold()


def test_the_whole_is_delivered_with_its_last_parcel(rialto, sent):
    """WH-05: one of two parcels there is not a delivery."""
    one, two = sent.parcels.order_by("package").values_list("tracking", flat=True)
    taken(at(1, "delivered", sent.tracking, parcel=one))
    sent.refresh_from_db()
    assert (sent.state, sent.progress) == ("booked", "out")
    taken(at(3, "delivered", sent.tracking, parcel=two))
    sent.refresh_from_db()
    assert (sent.state, sent.delivered_at) == ("delivered", START + timedelta(hours=3))
    rialto.books.assert_checks_hold()


def test_a_silent_carrier_is_said_and_stops_nobody(rialto, sent, dhl):
    """WH-05, G14: pages, wrong days, lists that are none: nothing is written of it."""
    for answer in (
        (200, b"<html>"),
        (200, {"shipments": "x"}),
        (500, {}),
        (200, {"shipments": [{"shipmentTrackingNumber": sent.tracking, "events": [{"date": "soon", "typeCode": "OK"}]}]}),
    ):
        dhl.instead = [answer]
        with unit_of_work("test", "test"):
            told = follow()
        assert told["new"] == 0 and "DHL" in told["silent"]
    assert not TrackingEvent.objects.exists()


def test_fifty_consignments_cost_the_statements_of_one(rialto, dhl):
    """STYLE 9: what fifty parcels tell is written in the statements of one."""
    carrier = express(rialto)
    booked(rialto, packed(rialto, (rialto.cup, "1"), count=51), carrier)
    send_due(limit=100)
    numbers = list(Consignment.objects.order_by("pk").values_list("tracking", flat=True))
    counts = []
    for some in (numbers[:1], numbers[1:]):
        with unit_of_work("test", "test"), CaptureQueriesContext(connection) as found:
            assert take([at(h, kind, t) for t in some for h, kind in ((1, "picked_up"), (2, "delivered"))]) == 2 * len(some)
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert Consignment.objects.filter(state="delivered").count() == 51


def told(body, secret=b"s3cret", *, moment=None, by=None):
    moment = moment or str(int(time.time()))
    given = {"HTTP_X_MOMENT": moment, "HTTP_X_SIGNATURE": signature(secret, body, moment) if by is None else by}
    return Client(enforce_csrf_checks=True).post("/api/hooks/carriers", body, content_type="application/json", **given)


def test_the_hook_listens_to_who_has_the_secret(rialto, sent, monkeypatch):
    """WH-05, G8: no secret, no address; forged, stale and repeated notices change nothing; what is wrong is said."""
    body = json.dumps(
        {"tracking": sent.tracking, "events": [{"at": "2026-02-06T15:30:00+01:00", "kind": "delivered", "text": "at the door"}]}
    ).encode()
    monkeypatch.delenv("FONDACO_CARRIER_SECRET", raising=False)
    assert told(body).status_code == 404
    monkeypatch.setenv("FONDACO_CARRIER_SECRET", "s3cret")
    for forged in (
        told(body, by=""),
        told(body, b"other"),
        told(body, moment=str(int(time.time()) - 3600)),
        told(body + b" ", by=signature(b"s3cret", body, "1")),
    ):
        assert forged.status_code == 401
    assert not TrackingEvent.objects.exists()
    assert told(body).json() == {"new": True}
    assert told(body).json() == {"new": False}
    sent.refresh_from_db()
    assert sent.state == "delivered"
    for wrong, status in (
        (b"{", 422),
        (b'{"tracking": "NOBODY", "events": []}', 404),
        (json.dumps({"tracking": sent.tracking, "events": [{"at": "2026-02-06T15:30:00", "kind": "delivered"}]}).encode(), 422),
        (json.dumps({"tracking": sent.tracking, "events": [{"at": "2026-02-06T15:30:00Z", "kind": "eaten"}]}).encode(), 422),
        (b'{"tracking": "' + b"x" * 300_000 + b'"}', 422),
    ):
        assert told(wrong).status_code == status
    assert TrackingEvent.objects.count() == 1
    rialto.books.assert_checks_hold()
