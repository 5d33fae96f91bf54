"""SS-02, WH-05: the label by which goods come back is booked with the carrier, once, and reaches the customer; the delivery that left stays what it is."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.sales.models import ReturnAuthorisation
from fondaco.masterdata.parties.models import Address, Party
from fondaco.operations.inventory.models import GoodsIssue
from fondaco.operations.shipping.following import collect
from fondaco.operations.shipping.models import Carrier, Consignment, ConsignmentParcel, Package
from fondaco.operations.shipping.refusals import BookOneCompany, ComesBackAlready, NoLabelOfCarrier, NotBookable
from fondaco.operations.shipping.resources import ConsignmentResource
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import mail_of, send_due
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.operations.shipping import dhl as desk
from tests.operations.shipping.house import abroad, booked, express, service
from tests.operations.shipping.test_booking import files

BOX = {"gross_kg": "13.5", "length_cm": "60", "width_cm": "50", "height_cm": "50"}


def coming(shop, *lines, **values):
    """An authorised return of everything that a delivery of an order brought; its key and the delivery's."""
    order = shop.order(*(lines or [(shop.machine, "1")]), **values)
    (issue,) = shop.did("deliver", order, on="2026-02-04").made["deliveries"]
    (key,) = shop.books.do("sales.ask_return", order.pk, reason_code="defective", wanted="refund").made["return-authorisations"]
    shop.books.do("sales.authorise", key)
    return key, issue


def labelled(shop, returns, carrier, **given):
    given = {"service": service(carrier) if Carrier.objects.get(pk=carrier).way == "dhl_express" else None, **BOX, **given}
    return shop.books.do("sales.book_label", returns, carrier=carrier, **given).made["consignments"]


def test_SS_02_a_label_is_booked_the_other_way_round_and_mailed(rialto, dhl):
    carrier = express(rialto)
    with unit_of_work("test", "test"):
        Party.objects.filter(pk=rialto.customer.pk).update(email="bar@centrale.example", language="en")
    key, issue = coming(rialto)
    (pk,) = labelled(rialto, key, carrier, on="2026-02-09")
    row = Consignment.objects.get(pk=pk)
    assert (row.state, row.comes_back, row.about, row.issue_id) == ("to_book", True, str(ReturnAuthorisation.objects.get(pk=key)), issue)
    assert dhl.calls == [], "nobody is asked before the commit"
    send_due()
    assert dhl.wrong == []
    row.refresh_from_db()
    assert (row.state, row.tracking) == ("booked", "1234567801") and not ConsignmentParcel.objects.filter(consignment=row).exists()
    body = dhl.shipments[0]["body"]
    sender, receiver = body["customerDetails"]["shipperDetails"], body["customerDetails"]["receiverDetails"]
    assert (sender["postalAddress"]["addressLine1"], receiver["postalAddress"]["addressLine1"]) == ("Corso Buenos Aires 12", "Via Rialto 1")
    assert body["accounts"] == [{"typeCode": "payer", "number": "106012345"}], "it is at our cost"
    assert body["content"]["packages"][0]["weight"] == 13.5
    assert files(row) == {f"{row.number.replace('/', '-')}-label.pdf": desk.PDF} and ConsignmentResource.printed(row) == desk.PDF
    payload = OutboxMessage.objects.get(key=f"shipping.comes_back:{row.pk}").payload
    (attached,) = mail_of(payload).attachments
    assert attached[1] == desk.PDF and row.about in payload["subject"] and "id=1234567801" in payload["text"]

    # The delivery that left stays free: it is packed and booked as if nothing came back.
    rialto.books.do("inventory.propose_packages", issue)
    assert Package.objects.filter(issue=issue).exists()
    (out,) = booked(rialto, issue, carrier, on="2026-02-10")
    assert Consignment.objects.get(pk=out).comes_back is False
    seen = RESOURCES["deliveries"].queryset().get(pk=issue)
    assert GoodsIssue.objects.get(pk=issue).state == "posted" and seen is not None
    rialto.books.assert_checks_hold()


def test_SS_02_a_return_has_one_label_and_what_lacks_is_named(rialto, dhl):
    carrier = express(rialto)
    key, _issue = coming(rialto)
    with pytest.raises(NotBookable, match="asks for the measures of the parcel"):
        labelled(rialto, key, carrier, length_cm=None)
    with pytest.raises(NotFound):
        labelled(rialto, key, rialto.carrier)
    assert not Consignment.objects.exists()
    (first,) = labelled(rialto, key, carrier)
    with pytest.raises(ComesBackAlready):
        labelled(rialto, key, carrier)
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "test"):
        Consignment.objects.filter(pk=first).update(about_id=None)
    row = Consignment.objects.get(pk=first)
    with pytest.raises(NoLabelOfCarrier):
        ConsignmentResource.printed(row)
    rialto.books.do("shipping.cancel_booking", first, reason="He brings it himself")
    (second,) = labelled(rialto, key, carrier)
    dhl.instead.append((400, {"status": 400, "title": "Bad request", "detail": "Postcode not found", "message": "Bad request"}))
    send_due()
    refused = Consignment.objects.get(pk=second)
    assert refused.state == "refused" and refused.said
    assert ConsignmentResource.wrong(second, ACTOR)[0].text.startswith("DHL Express refuses it")
    # Over a customs border nothing is booked by itself.
    far, _issue = coming(rialto, customer=abroad(rialto).pk)
    with pytest.raises(NotBookable, match="customs border"):
        labelled(rialto, far, carrier)
    rialto.books.assert_checks_hold()


def test_SS_02_a_carrier_by_files_has_the_number_and_labels_cost_the_same_for_many(rialto, home):
    given = {"code": "FIL", "name": "Files", "way": "folder", "tracking_url": "https://files.example/{tracking}"}
    (carrier,) = create(ACTOR, RESOURCES["carriers"], [{"company": rialto.books.company.pk, **given}]).ids
    returns = [coming(rialto, (rialto.cup, "2"))[0] for _n in range(4)]
    order = rialto.order((rialto.cup, "2"))
    rialto.did("deliver", order, on="2026-02-04")
    for _n in range(2):  # two papers about one delivery are two parcels
        asked = {"reason_code": "defective", "wanted": "refund", "quantities": {order.lines.get().pk: "1"}}
        returns += rialto.books.do("sales.ask_return", order.pk, **asked).made["return-authorisations"]
    rialto.books.do("sales.authorise", returns[-2:])
    counts = []
    for part in (returns[:1], returns[1:]):
        with CaptureQueriesContext(connection) as queries:
            labelled(rialto, part, carrier)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    send_due()
    assert set(Consignment.objects.values_list("state", flat=True)) == {"booked"}
    row = Consignment.objects.order_by("pk").first()
    (home / "carriers" / "in").mkdir(parents=True, exist_ok=True)
    (home / "carriers" / "in" / "one.json").write_text(f'{{"reference": "{row.reference}", "tracking": "F-1", "events": [{{"at": "2026-02-10T10:00:00+01:00", "kind": "delivered"}}]}}')  # fmt: skip
    collect()
    row.refresh_from_db()
    assert (row.tracking, row.state) == ("F-1", "delivered")
    rialto.books.assert_checks_hold()


def test_another_companys_carrier_books_nothing(rialto, dhl):
    from tests.books import open_books

    carrier = express(rialto)
    other = open_books(code="OTHER")
    with unit_of_work("test", "test"):
        Carrier.objects.filter(pk=carrier).update(company=other.company)
    key, _issue = coming(rialto)
    with pytest.raises(BookOneCompany):
        labelled(rialto, key, carrier)
    assert Address.objects.exists()
