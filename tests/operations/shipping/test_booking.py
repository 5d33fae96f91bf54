"""WH-05: a carrier is booked after commit, once, and what he says comes back: numbers, labels, refusals, his silence."""

import io
import json
import time
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Address, Party
from fondaco.operations.inventory.models import GoodsIssue, Warehouse
from fondaco.operations.shipping.booking import _answer_of, carry
from fondaco.operations.shipping.carriers import mydhl
from fondaco.operations.shipping.carriers.folder import folder
from fondaco.operations.shipping.drawing import address_of
from fondaco.operations.shipping.following import collect
from fondaco.operations.shipping.models import Carrier, Consignment, ConsignmentParcel, Package, TransportDocument
from fondaco.operations.shipping.resources import ConsignmentResource
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.flow import flow_of
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.files.attaching import kept_files
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import read
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.operations.shipping import dhl as desk
from tests.operations.shipping.house import abroad, again, booked, consigned, express, packages, packed, service

D = Decimal


def files(row):
    return {a.name: read(a.digest, a.name).read() for a in Attachment.objects.filter(table_name="shipping_consignment", row_id=row.pk)}


def test_a_delivery_is_booked_with_dhl_and_comes_back_with_numbers_and_label(rialto, dhl):
    """WH-05: asked after commit only; tracking number on consignment, delivery, order and every package; the label is kept; the customer is told."""
    carrier = express(rialto)
    (issue,) = packed(rialto, (rialto.machine, "3"))
    booked(rialto, issue, carrier, on="2026-02-04")
    row = consigned(issue)
    assert (row.state, row.number, row.on, row.price) == ("to_book", "CN/2026/00001", date(2026, 2, 4), D("48.8000"))
    assert dhl.calls == [], "nobody is asked before the commit"
    assert TransportDocument.objects.get(source_id=issue).carrier == "DHL Express"
    assert send_due().sent == 1
    assert dhl.wrong == []
    row.refresh_from_db()
    assert (row.state, row.tracking, row.said) == ("booked", "1234567801", "")
    assert list(ConsignmentParcel.objects.filter(consignment=row).order_by("package").values_list("package", "tracking")) == [
        (p.pk, f"JD01460001{p.position:06}") for p in packages(issue)
    ]
    assert files(row) == {"CN-2026-00001-label.pdf": desk.PDF}
    assert kept_files(Attachment.objects.filter(table_name="shipping_consignment"))
    assert ConsignmentResource.printed(row) == desk.PDF
    body = dhl.shipments[0]["body"]
    assert body["content"]["packages"][0] == {
        "weight": 25.9, "referenceNumber": 1, "customerReferences": [{"typeCode": "CU", "value": str(GoodsIssue.objects.get(pk=issue))}],
        "dimensions": {"length": 60, "width": 50, "height": 50},
    }  # fmt: skip
    assert body["customerDetails"]["receiverDetails"]["postalAddress"] == {
        "postalCode": "20124", "cityName": "Milano", "countryCode": "IT", "addressLine1": "Corso Buenos Aires 12",
    }  # fmt: skip
    assert (body["productCode"], body["accounts"][0]["number"]) == ("N", "106012345")
    assert body["customerReferences"] == [{"typeCode": "CU", "value": row.reference}] and dhl.shipments[0]["message"] == row.reference
    mail = OutboxMessage.objects.get(key=f"shipping.handed_over:{row.pk}").payload
    assert "https://www.dhl.example/track?id=1234567801" in mail["text"]
    delivery = RESOURCES["deliveries"].queryset().get(pk=issue)
    order = RESOURCES["orders"].queryset().get(pk=delivery.source_id)
    for seen in (delivery, order):
        assert (seen.tracked_as, seen.tracked_at, seen.carried) == ("1234567801", "https://www.dhl.example/track?id=1234567801", "booked")
    assert row.number in [step.number for step in flow_of(ACTOR, GoodsIssue, issue)]
    assert again().sent == 0 and len(dhl.shipments) == 1
    rialto.books.assert_checks_hold()


def test_what_a_delivery_lacks_is_named_before_anything_is_booked(rialto, dhl):
    """WH-05: all of it at once, each with where it belongs; nothing is written, nobody asked."""
    carrier = express(rialto)
    (issue, other) = packed(rialto, count=2)
    with unit_of_work("test", "test"):
        Party.objects.filter(pk=rialto.customer.pk).update(phone="")
        Package.objects.filter(issue=issue).update(gross_kg=None, length_cm=None)
        Company.objects.filter(pk=rialto.books.company.pk).update(street="")
    with pytest.raises(UserError) as refused:
        booked(rialto, [issue, other], carrier)
    said = refused.value.sentence()
    for words in ("lacks street", "lacks telephone", "nobody weighed package 1", "nobody measured package 1", "Nothing was booked"):
        assert words in said, said
    assert len(refused.value.rows) == 2
    loose = rialto.did("deliver", rialto.order((rialto.cup, "1")), on=date(2026, 2, 4)).made["deliveries"][0]
    with pytest.raises(UserError, match="no packages: pack it first"):
        booked(rialto, loose, carrier)
    assert not Consignment.objects.exists() and dhl.calls == []
    with pytest.raises(UserError, match="offers Domestic Express, Express Worldwide"):
        rialto.books.do("inventory.book_carrier", issue, carrier=carrier)


def test_a_carrier_without_its_secret_is_off(rialto, monkeypatch):
    """WH-05, G8: without user and password nothing is booked, and it is said what is missing; nor where they would travel openly."""
    carrier = express(rialto)
    (issue,) = packed(rialto)
    with pytest.raises(UserError, match="FONDACO_DHL_USER, FONDACO_DHL_PASSWORD"):
        booked(rialto, issue, carrier)
    assert "FONDACO_DHL_USER" in str(RESOURCES["carriers"].wrong(carrier, ACTOR)[0].text)
    monkeypatch.setenv("FONDACO_DHL_USER", "u")
    monkeypatch.setenv("FONDACO_DHL_PASSWORD", "p")
    assert mydhl.MyDhl().off_because() == ""
    monkeypatch.setenv("FONDACO_DHL_URL", "http://carrier.example/mydhlapi")
    with pytest.raises(UserError, match="FONDACO_DHL_URL"):
        booked(rialto, issue, carrier)
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
        Carrier.objects.filter(pk=carrier).update(account="")


def test_a_refusal_is_told_in_the_carriers_own_words_and_the_delivery_may_be_booked_again(rialto, dhl):
    """WH-05: refused for good, not tried again; packages may be changed, what was wrong is corrected, and another booking has another name."""
    carrier = express(rialto)
    (issue,) = packed(rialto)
    booked(rialto, issue, carrier, to_address="Corso Buenos Aires 12\n00000 Milano")
    assert send_due().sent == 1
    first = consigned(issue)
    assert first.state == "refused"
    assert first.said == "Bad request; 420504: The destination location is invalid. Please check postal code."
    (told,) = ConsignmentResource.wrong(first.pk, ACTOR)
    assert "420504" in told.text and "book the delivery again" in told.text and told.url.endswith(f"/deliveries/{issue}/pack")
    assert ConsignmentResource.queryset().filter(ConsignmentResource.conditions["refused"][1]()).get().pk == first.pk
    assert OutboxMessage.objects.filter(channel="mail").count() == 0, "the customer hears nothing of it"
    rialto.books.do("shipping.weigh", packages(issue)[0].pk, gross_kg="2.5")
    booked(rialto, issue, carrier)
    again()
    second = consigned(issue)
    assert (second.state, second.tracking) == ("booked", "1234567801")
    assert second.reference != first.reference
    assert not ConsignmentResource.queryset().filter(ConsignmentResource.conditions["refused"][1]()).exists()
    rialto.books.assert_checks_hold()


HTML = b"<html>login</html>"


def labelled(content, **more):
    made = {
        "shipmentTrackingNumber": "1234567899", "packages": [{"referenceNumber": 1, "trackingNumber": "JD014600001"}],
        "documents": [{"imageFormat": "PDF", "typeCode": "label", "content": content}],
    }  # fmt: skip
    return 201, made | more


HOSTILE = {
    "a page": (200, HTML),
    "a page that forbids": (403, HTML),
    "a page that refuses": (400, HTML),
    "overloaded": (429, {}),
    "broken": (500, {"detail": "oops"}),
    "nothing": b"",
    "cut off": b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{",
    "elsewhere": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "huge": b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n" + b" " * (mydhl.LARGEST + 10),
    "a list": (201, []),
    "another object": (201, {"ok": True}),
    "no number": labelled("JVBERi0=", shipmentTrackingNumber="<script>"),
    "no label": labelled("", documents=[]),
    "a label that is no PDF": labelled("PGh0bWw+PC9odG1sPg=="),
    "a label in no base64": labelled("%%%"),
    "a label that is a number": labelled(5),
    "other parcels": labelled("JVBERi0xLjQKJSVFT0Y=", packages=[{"referenceNumber": 7, "trackingNumber": "JD014600001"}]),
    "no parcels": labelled("JVBERi0xLjQKJSVFT0Y=", packages="x"),
    "deep": b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n" + b"[" * 200_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_answer_changes_nothing_and_is_tried_again(rialto, dhl, what):
    """WH-05, G14: pages, too much, wrong JSON, a label that is none: nothing is written but why, and the next attempt looks before it books."""
    carrier = express(rialto)
    (issue,) = packed(rialto)
    booked(rialto, issue, carrier)
    dhl.instead = [HOSTILE[what]]
    assert send_due().failed == 1
    row = consigned(issue)
    assert (row.state, row.tracking, row.said) == ("to_book", "", "")
    assert not files(row) and not ConsignmentParcel.objects.exists()
    assert ConsignmentResource.queryset().get(pk=row.pk).waits_because.startswith("NotCarried"), "whoever looks sees why it waits"
    assert again().sent == 1
    row.refresh_from_db()
    assert (row.state, row.tracking) == ("booked", "1234567801")
    assert dhl.calls == ["POST /shipments", "GET /tracking", "POST /shipments"] and len(dhl.shipments) == 1
    rialto.books.assert_checks_hold()


def test_silence_is_bounded_and_who_has_it_already_is_not_asked_twice(rialto, dhl, monkeypatch):
    """WH-05: DHL made the shipment and its answer came too late; found by our reference it is taken over, though without its label."""
    carrier = express(rialto)
    (issue,) = packed(rialto)
    booked(rialto, issue, carrier)
    monkeypatch.setattr(mydhl, "SECONDS", 0.3)
    dhl.afterwards = [lambda: time.sleep(1)]
    assert send_due().failed == 1
    assert len(dhl.shipments) == 1
    monkeypatch.setattr(mydhl, "SECONDS", 60)
    assert again().sent == 1
    row = consigned(issue)
    assert (row.state, row.tracking, len(dhl.shipments)) == ("booked", "1234567801", 1)
    assert "label did not arrive" in row.said
    assert ConsignmentParcel.objects.get(consignment=row).tracking == "JD01460001000001"


def test_an_answer_that_could_not_be_written_is_not_asked_for_again(rialto, dhl):
    """WH-05: the answer lies on disk until it is in the books; the next attempt takes it from there, label and all."""
    carrier = express(rialto)
    (issue,) = packed(rialto)
    (key,) = booked(rialto, issue, carrier)
    message = OutboxMessage.objects.get(channel="carrier")
    assert carry(message.key, message.payload) is not None  # and dies before it notes anything
    assert _answer_of(consigned(issue).reference).exists()
    assert send_due().sent == 1
    row = Consignment.objects.get(pk=key)
    assert (row.state, row.tracking, row.said) == ("booked", "1234567801", "")
    assert dhl.calls == ["POST /shipments"] and files(row)
    rialto.books.assert_checks_hold()


def test_a_carrier_who_is_down_does_not_hold_up_the_mail(rialto, dhl):
    """WH-05: after three silences in a row the others have their turn; the rest is asked in the next round."""
    carrier = express(rialto)
    booked(rialto, packed(rialto, count=5), carrier)
    dhl.instead = [(503, {})] * 3
    assert send_due().failed == 3 and len(dhl.calls) == 3
    assert send_due().sent == 2
    assert again().sent == 3 and len(dhl.shipments) == 5


def test_a_wrong_password_is_nobodys_refusal(rialto, dhl, monkeypatch):
    """WH-05: what judges us and not the parcel is tried again; with the right password it goes."""
    carrier = express(rialto)
    (issue,) = packed(rialto)
    booked(rialto, issue, carrier)
    monkeypatch.setenv("FONDACO_DHL_PASSWORD", "old")
    assert send_due().failed == 1
    assert consigned(issue).state == "to_book"
    assert "old" not in OutboxMessage.objects.get(channel="carrier").last_error
    monkeypatch.setenv("FONDACO_DHL_PASSWORD", desk.PASSWORD)
    assert again().sent == 1


def test_goods_that_cross_the_customs_are_declared(rialto, dhl):
    """WH-05: commodity code, origin, weight and the price they were ordered at; without one of them nothing is booked."""
    carrier = express(rialto)
    party = abroad(rialto, origin_id=None)
    (issue,) = packed(rialto, (rialto.machine, "2", {"unit_price": "1000", "discount_percent": "10"}), customer=party.pk)
    with pytest.raises(UserError, match="country of origin of M1"):
        booked(rialto, issue, carrier, service=service(carrier, "P"))
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=rialto.machine.pk).update(origin_id="IT")
    booked(rialto, issue, carrier, service=service(carrier, "P"), insured=True, collects=True)
    assert send_due().sent == 1
    assert dhl.wrong == []
    content = dhl.shipments[0]["body"]["content"]
    assert (content["isCustomsDeclarable"], content["declaredValue"], content["declaredValueCurrency"], content["incoterm"]) == (
        True,
        1800,
        "EUR",
        "DAP",
    )
    (line,) = content["exportDeclaration"]["lineItems"]
    assert (line["price"], line["quantity"], line["commodityCodes"], line["manufacturerCountry"]) == (
        900, {"value": 2, "unitOfMeasurement": "PCS"}, [{"typeCode": "outbound", "value": "85167100"}], "IT",
    )  # fmt: skip
    assert line["weight"] == {"netValue": 25, "grossValue": 25.9}
    assert dhl.shipments[0]["body"]["valueAddedServices"] == [{"serviceCode": "II", "value": 1800, "currency": "EUR"}]
    row = consigned(issue)
    assert row.pickup == "PRG000000000001"
    assert sorted(files(row)) == ["CN-2026-00001-customs-invoice.pdf", "CN-2026-00001-label.pdf"]


def test_within_the_union_nothing_is_declared_unless_somebody_says_so(rialto, dhl):
    """WH-05: one customs area; the Canaries or Livigno lie outside of it though in the same country, and are said."""
    carrier = express(rialto)
    party = abroad(rialto, country="FR")
    first, second = packed(rialto, (rialto.machine, "1"), count=2, customer=party.pk)
    booked(rialto, first, carrier)
    booked(rialto, second, carrier, declare_customs=True)
    send_due()
    assert [s["body"]["content"]["isCustomsDeclarable"] for s in dhl.shipments] == [False, True]


def test_labels_for_a_printer_are_kept_as_they_came(rialto, dhl):
    """WH-05: ZPL is saved, never drawn here."""
    carrier = express(rialto, label_format="zpl")
    (issue,) = packed(rialto)
    booked(rialto, issue, carrier)
    send_due()
    row = consigned(issue)
    assert files(row) == {"CN-2026-00001-label.zpl": desk.ZPL}
    with pytest.raises(UserError, match="for a label printer"):
        ConsignmentResource.printed(row)


def test_a_booking_is_cancelled_with_the_carrier_and_made_anew(rialto, dhl):
    """WH-05: nobody asked yet: cancelled at once, and never asked; booked: the collection is called off after commit; then it may be packed anew."""
    carrier = express(rialto)
    (issue,) = packed(rialto)
    (first,) = booked(rialto, issue, carrier, collects=True)
    rialto.books.do("shipping.cancel_booking", first, reason="wrong carton")
    assert Consignment.objects.get(pk=first).state == "cancelled"
    send_due()
    assert dhl.calls == []
    rialto.books.do("shipping.weigh", packages(issue)[0].pk, gross_kg="2.5")
    (second,) = booked(rialto, issue, carrier, collects=True)
    send_due()
    rialto.books.do("shipping.cancel_booking", second, reason="customer called")
    assert Consignment.objects.get(pk=second).state == "to_cancel"
    with pytest.raises(UserError, match="was handed over"):
        booked(rialto, issue, carrier)
    again()
    assert Consignment.objects.get(pk=second).state == "cancelled"
    assert dhl.pickups == {"PRG000000000001": "cancelled"}
    (third,) = booked(rialto, issue, carrier, collects=True)
    send_due()
    dhl.pickups["PRG000000000002"] = "underway"
    rialto.books.do("shipping.cancel_booking", third, reason="too late")
    again()
    row = Consignment.objects.get(pk=third)
    assert (row.state, "on his way" in row.said) == ("booked", True), "the carrier keeps it, and says why"
    rialto.books.assert_checks_hold()


def test_what_is_cancelled_while_the_carrier_is_silent_is_looked_for_and_called_off(rialto, dhl):
    """WH-05: he may have it or not: the answer was lost. Found, it is called off; nothing is booked any more."""
    carrier = express(rialto)
    (issue,) = packed(rialto)
    (key,) = booked(rialto, issue, carrier, collects=True)
    made = dhl.post
    dhl.post = lambda reference, body: (made(reference, body), (500, {"detail": "gateway"}))[1]
    assert send_due().failed == 1 and len(dhl.shipments) == 1
    rialto.books.do("shipping.cancel_booking", key, reason="changed his mind")
    assert Consignment.objects.get(pk=key).state == "to_cancel"
    again()
    again()
    row = Consignment.objects.get(pk=key)
    assert (row.state, row.tracking, len(dhl.shipments)) == ("cancelled", "1234567801", 1)


def test_a_carrier_told_by_hand_is_booked_at_once_and_his_number_typed_later(rialto, home):
    """WH-05: our own labels, all packages in one PDF; the number once, and with it the mail says where to look."""
    (issue,) = packed(rialto, (rialto.machine, "3"))
    (key,) = booked(rialto, issue, rialto.carrier)
    row = Consignment.objects.get(pk=key)
    assert (row.state, row.tracking) == ("booked", "")
    assert len(PdfReader(io.BytesIO(ConsignmentResource.printed(row))).pages) == 2
    rialto.books.do("shipping.note_number", key, tracking=" XY 1 ")
    assert Consignment.objects.get(pk=key).tracking == "XY 1"
    with pytest.raises(UserError, match="goes under the number XY 1"):
        rialto.books.do("shipping.note_number", key, tracking="XY2")
    rialto.books.do("shipping.cancel_booking", key, reason="not picked up")
    assert Consignment.objects.get(pk=key).state == "cancelled"
    rialto.books.assert_checks_hold()


def test_a_carrier_told_by_files_gets_one_and_brings_the_number(rialto, home, django_capture_on_commit_callbacks):
    """WH-05: the booking lies in the folder once, whole; number and parcels come back by file, the same file again says nothing new."""
    (carrier,) = create(
        ACTOR, RESOURCES["carriers"], [{"company": rialto.books.company.pk, "code": "BRT", "name": "BRT", "way": "folder"}]
    ).ids
    (issue,) = packed(rialto, (rialto.machine, "3"))
    (key,) = booked(rialto, issue, carrier)
    assert send_due().sent == 1
    row = Consignment.objects.get(pk=key)
    lying = folder("out", f"{row.reference}.json")
    said = json.loads(lying.read_text())
    assert (said["carrier"], said["delivery"], [p["kg"] for p in said["parcels"]]) == ("BRT", str(row.issue), ["25.900", "13.400"])
    assert row.state == "booked" and [p.name for p in lying.parent.iterdir()] == [lying.name]
    with unit_of_work("test", "test"):
        OutboxMessage.objects.filter(channel="carrier").update(sent_at=None)
    assert send_due().sent == 1, "a worker that died before it could say so hands over again, and nothing is there twice"
    folder("in").mkdir(parents=True)
    notice = {"reference": row.reference, "tracking": "BRT77", "parcels": {"1": "BRT77-1", "2": "BRT77-2"}}
    (folder("in") / "1.json").write_text(json.dumps(notice))
    (folder("in") / "2.json").write_text(json.dumps(notice))
    (folder("in") / "3.json").write_text(json.dumps({**notice, "tracking": "OTHER"}))
    (folder("in") / "4.json").write_text(json.dumps({"reference": "0" * 32, "tracking": "X"}))
    (folder("in") / "5.json").write_text("<html>")
    with django_capture_on_commit_callbacks(execute=True):
        done = collect()
    assert (done.new, done.known, done.refused) == (1, 1, 3)
    assert "has the number BRT77" in (folder("in") / "refused" / "3.json.txt").read_text()
    row.refresh_from_db()
    assert row.tracking == "BRT77"
    assert list(row.parcels.order_by("package").values_list("tracking", flat=True)) == ["BRT77-1", "BRT77-2"]
    rialto.books.do("shipping.cancel_booking", key, reason="late")
    assert again().sent >= 1
    assert folder("out", f"{row.reference}.cancelled.json").exists()
    rialto.books.assert_checks_hold()


def test_fifty_consignments_cost_the_statements_of_one(rialto, dhl):
    """STYLE 9, WH-05: booking is set-based; only the carrier is asked one by one."""
    carrier = express(rialto)
    counts = []
    for count in (1, 50):
        issues = packed(rialto, (rialto.cup, "1"), count=count)
        with CaptureQueriesContext(connection) as found:
            keys = booked(rialto, issues, carrier)
        counts.append(len(found))
        assert len(keys) == count
    assert counts[0] == counts[1]
    by_hand = booked(rialto, packed(rialto, (rialto.cup, "1"), count=21), rialto.carrier)
    noted = []
    for some in (by_hand[:1], by_hand[1:]):
        with CaptureQueriesContext(connection) as found:
            rialto.books.do("shipping.note_number", some, tracking="X")
        noted.append(len(found))
    assert noted[0] == noted[1]
    with CaptureQueriesContext(connection) as one:
        rialto.books.do("shipping.cancel_booking", keys[:1], reason="x")
    with CaptureQueriesContext(connection) as many:
        rialto.books.do("shipping.cancel_booking", keys[1:], reason="x")
    assert len(one) == len(many)


def test_the_database_keeps_consignments_as_they_were_booked(rialto, dhl):
    """WH-05: nobody changes of whom and what it is, takes a number back, books twice, or consigns with another company's carrier."""
    carrier = express(rialto)
    first, second = packed(rialto, count=2)
    (key,) = booked(rialto, first, carrier)
    send_due()
    row = Consignment.objects.get(pk=key)
    for attack in (
        lambda: Consignment.objects.filter(pk=key).update(tracking="OTHER"),
        lambda: Consignment.objects.filter(pk=key).update(state="to_book"),
        lambda: Consignment.objects.filter(pk=key).update(state="refused"),
        lambda: Consignment.objects.filter(pk=key).update(issue=second),
        lambda: Consignment.objects.filter(pk=key).update(reference="0" * 32),
        lambda: Consignment.objects.filter(pk=key).update(asked_at=timezone.now()),
        lambda: Consignment.objects.filter(pk=key).delete(),
        lambda: Consignment.objects.create(company=row.company, issue_id=first, carrier_id=carrier, on=row.on, number="X"),
        lambda: Consignment.objects.create(
            company=row.company, issue_id=second, carrier_id=rialto.carrier, service_id=service(carrier), on=row.on, number="X"
        ),
        lambda: ConsignmentParcel.objects.create(consignment=row, package=packages(second)[0], tracking="X"),
        lambda: ConsignmentParcel.objects.filter(consignment=row).update(tracking="X"),
        lambda: Package.objects.filter(issue=first).update(gross_kg="1"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
            attack()


def test_the_address_that_is_meant_is_found(rialto):
    """WH-05: what stands on the delivery is compared with the customer's addresses; the longer street wins, and none is guessed."""
    short, long = (
        Address(street=s, postal_code="20124", city="Milano", country_id="IT", kind="billing") for s in ("Via Po 1", "Via Po 12")
    )
    assert address_of("Via Po 12\n20124 Milano\nItaly", [short, long]) is long
    assert address_of("VIA PO 1, 20124 MILANO", [short, long]) is short
    assert address_of("Via Po 3\n20124 Milano", [short, long]) is None
    assert address_of("", [short, long]) is short
    assert address_of("", []) is None
    (issue,) = packed(rialto, shipping_address="Via Nuova 9\n20100 Milano")
    with pytest.raises(UserError, match="none of the addresses of Bar Duomo"):
        booked(rialto, issue, rialto.carrier)
    with pytest.raises(UserError, match="no line with postal code"):
        booked(rialto, issue, rialto.carrier, to_address="Via Nuova 9")
    booked(rialto, issue, rialto.carrier, to_address="Via Nuova 9\n20100 Milano")


def test_the_warehouse_sends_and_the_carriers_hour_counts(rialto, dhl):
    """WH-05: goods leave where the warehouse is; after the carrier's hour on the next working day."""
    with unit_of_work("test", "test"):
        Warehouse.objects.filter(pk=rialto.warehouse.pk).update(address="Via Mecenate 90\n20138 Milano\nItalia")
    carrier = express(rialto, cut_off="00:00")
    (issue,) = packed(rialto)
    booked(rialto, issue, carrier)
    assert consigned(issue).on > timezone.localdate()
    send_due()
    shipper = dhl.shipments[0]["body"]["customerDetails"]["shipperDetails"]
    assert shipper["postalAddress"] == {"postalCode": "20138", "cityName": "Milano", "countryCode": "IT", "addressLine1": "Via Mecenate 90"}
    with unit_of_work("test", "test"):
        Warehouse.objects.filter(pk=rialto.warehouse.pk).update(address="somewhere")
    (other,) = packed(rialto)
    with pytest.raises(UserError, match="address of the warehouse"):
        booked(rialto, other, carrier)
