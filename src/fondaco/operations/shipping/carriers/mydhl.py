"""DHL Express by its MyDHL API (JSON): book, find by our reference, cancel the collection, follow.

FONDACO_DHL_USER and FONDACO_DHL_PASSWORD prove who we are; without them nothing is asked. FONDACO_DHL_URL is the address, DHL's own
unless it is set (their test server is ``https://express.api.dhl.com/mydhlapi/test``). Written after the published schema 3.2.2; that
DHL takes a repeated ``Message-Reference`` once is said nowhere, so who may have been booked already is looked for by our reference first.
"""

import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_UP, Decimal
from textwrap import wrap
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from fondaco.operations.shipping.carriers.declared import Booked, Booking, Declared, Event, NotCarried, Parcel, Place, Refused, way
from fondaco.operations.shipping.carriers.papers import paper
from fondaco.platform.events.calling import Answer, NoAnswer, call, is_address
from fondaco.platform.money import rounded

OWN_ADDRESS = "https://express.api.dhl.com/mydhlapi"
VERSION = "3.2.2"
SECONDS = 60
LARGEST = 8 * 1024 * 1024
#: How many numbers one question about consignments may name.
AT_ONCE = 200
#: DHL wants the goods to be ready in the future; nobody answers faster.
SOON = timedelta(minutes=15)
#: By which a shipment is found again: the days around its own.
AROUND = timedelta(days=15)
ANY_HOUR = time(17, 0)
NUMBER = re.compile(r"[A-Za-z0-9]{8,35}")
PICKUP = re.compile(r"[A-Za-z0-9-]{4,35}")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
#: What stands on the label where more than one paper comes; what else is kept beside it.
PAPERS = {"label": "label", "waybillDoc": "waybill", "invoice": "customs-invoice"}
#: DHL's codes of what happened; those that stand here not are steps on the way, and say so in their own words.
KINDS = {
    "SD": "announced", "PU": "picked_up", "SA": "picked_up", "WC": "out", "OK": "delivered", "DD": "delivered", "RT": "returned",
    **dict.fromkeys(
        ["AD", "BA", "CA", "CD", "CM", "DM", "HP", "MC", "MD", "MS", "NA", "ND", "NH", "OH", "PD", "RD", "SS", "TD", "UD"], "exception"
    ),
}  # fmt: skip
#: An answer that judges the booking; every other one judges us, the moment or the server, and is tried again.
JUDGED = {400, 404, 409, 422}


@way("dhl_express")
class MyDhl:
    """DHL Express."""

    needs = frozenset({"measures", "account"})
    has_labels = True

    def off_because(self) -> str:
        if not (os.environ.get("FONDACO_DHL_USER") and os.environ.get("FONDACO_DHL_PASSWORD")):
            return "FONDACO_DHL_USER, FONDACO_DHL_PASSWORD"
        return "" if _address() else "FONDACO_DHL_URL"

    def book(self, booking: Booking) -> Booked:
        answer = _ask("POST", "/shipments", booking.reference, body=shipment(booking))
        if answer.status in JUDGED:
            raise Refused(_reason(answer))
        said = _object(answer)
        parcels = {}
        for row in _rows(said, "packages"):
            parcels[_whole(row.get("referenceNumber"))] = _text(row, "trackingNumber", NUMBER)
        if set(parcels) != {p.number for p in booking.parcels}:
            raise NotCarried("the answer does not name each parcel once")
        papers = [
            paper(PAPERS[str(row["typeCode"])], booking.label_format if row["typeCode"] == "label" else "pdf", row.get("content"))
            for row in _rows(said, "documents")
            if row.get("typeCode") in PAPERS
        ]
        if not any(p.name.startswith("label.") for p in papers):
            raise NotCarried("the answer holds no label")
        pickup = _text(said, "dispatchConfirmationNumber", PICKUP) if booking.collects else ""
        return Booked(_text(said, "shipmentTrackingNumber", NUMBER), parcels, pickup, papers)

    def find(self, booking: Booking) -> Booked | None:
        asked = {
            "shipmentReference": booking.reference, "shipmentReferenceType": "CU", "shipperAccountNumber": booking.account,
            "dateRangeFrom": booking.on - AROUND, "dateRangeTo": booking.on + AROUND, "trackingView": "shipment-details-only", "levelOfDetail": "all",
        }  # fmt: skip
        answer = _ask("GET", f"/tracking?{urlencode(asked)}", booking.reference)
        if answer.status == 404:
            return None
        found = _rows(_object(answer), "shipments")
        if not found:
            return None
        parcels = {
            _whole(row.get("number")): _text(row, "trackingNumber", NUMBER)
            for row in _rows(found[0], "pieces")
            if row.get("number") is not None
        }
        own = {p.number for p in booking.parcels}
        return Booked(_text(found[0], "shipmentTrackingNumber", NUMBER), {n: t for n, t in parcels.items() if n in own})

    def cancel(self, booking: Booking, booked: Booked, reason: str) -> None:
        """DHL knows no taking back of a shipment: what never comes is not charged. The collection is called off."""
        if not booked.pickup:
            return
        words = urlencode({"requestorName": booking.ship_from.person[:40], "reason": reason[:80]})
        answer = _ask("DELETE", f"/pickups/{quote(booked.pickup, safe='')}?{words}", booking.reference)
        # 404: it was called off already.
        if answer.status in JUDGED - {404}:
            raise Refused(_reason(answer))
        if answer.status != 404 and not answer.is_success:
            raise NotCarried(f"HTTP {answer.status} {answer.beginning()}")

    def follow(self, trackings: Sequence[str], time_zone: str) -> Sequence[Event]:
        found = []
        for start in range(0, len(trackings), AT_ONCE):
            asked = [("shipmentTrackingNumber", t) for t in trackings[start : start + AT_ONCE]]
            words = urlencode([*asked, ("trackingView", "all-checkpoints"), ("levelOfDetail", "shipment")])
            answer = _ask("GET", f"/tracking?{words}", f"{'follow':-<28}")
            if answer.status == 404:
                continue
            for row in _rows(_object(answer), "shipments"):
                found += _events(row, ZoneInfo(time_zone))
        return found


def shipment(booking: Booking) -> dict[str, Any]:
    """A booking in DHL's words."""
    declarable = bool(booking.customs)
    content: dict[str, Any] = {
        "packages": [_package(p, booking) for p in booking.parcels],
        "isCustomsDeclarable": declarable,
        "description": booking.description[:70],
        "incoterm": booking.incoterm,
        "unitOfMeasurement": "metric",
    }
    if declarable:
        lines = [_declared(n, d) for n, d in enumerate(booking.customs, start=1)]
        content |= {
            "declaredValue": _number(sum((price * quantity for _line, price, quantity in lines), Decimal(0))), "declaredValueCurrency": booking.currency,
            "exportDeclaration": {
                "lineItems": [line for line, _price, _quantity in lines], "invoice": {"number": booking.delivery[:35], "date": booking.on.isoformat()},
                "exportReasonType": "permanent", "shipmentType": "commercial",
            },
        }  # fmt: skip
    made: dict[str, Any] = {
        "plannedShippingDateAndTime": _planned(booking),
        "pickup": {"isRequested": booking.collects},
        "productCode": booking.service,
        "accounts": [{"typeCode": "payer" if booking.comes_back else "shipper", "number": booking.account}],
        "customerReferences": [{"typeCode": "CU", "value": booking.reference}],
        "customerDetails": {"shipperDetails": _party(booking.ship_from), "receiverDetails": _party(booking.ship_to)},
        "content": content,
        "outputImageProperties": {
            "encodingFormat": booking.label_format,
            "imageOptions": [
                {"typeCode": "label", "templateName": "ECOM26_84_001"},
                {"typeCode": "waybillDoc", "isRequested": False},
                *([{"typeCode": "invoice", "isRequested": True, "invoiceType": "commercial"}] if declarable and booking.label_format == "pdf" else []),
            ],
        },
    }  # fmt: skip
    if booking.insured and booking.value is not None:
        made["valueAddedServices"] = [{"serviceCode": "II", "value": _number(booking.value), "currency": booking.currency}]
    return made


def _declared(number: int, goods: Declared) -> tuple[dict[str, Any], Decimal, int]:
    """A line of goods with its price and how many of it: DHL counts in whole pieces, so what is weighed or measured is one of all of it."""
    is_whole = goods.quantity == goods.quantity.to_integral_value()
    quantity, price = (int(goods.quantity), goods.unit_price) if is_whole else (1, rounded(goods.value, 3))
    return {
        "number": number, "description": goods.description[:512], "price": _number(price), "exportReasonType": "permanent",
        "quantity": {"value": quantity, "unitOfMeasurement": "PCS"}, "manufacturerCountry": goods.origin,
        "commodityCodes": [{"typeCode": "outbound", "value": goods.commodity_code}],
        "weight": {"netValue": _number(goods.net_kg), "grossValue": _number(goods.gross_kg)},
    }, price, quantity  # fmt: skip


def address_lines(street: str) -> list[str]:
    """A street in lines as DHL has them: three of 45 letters at most are taken."""
    return wrap(" ".join(street.split()), 45)


def _planned(booking: Booking) -> str:
    """When the goods are ready, by the sender's clock; never in the past, however late the message goes."""
    zone = ZoneInfo(booking.time_zone)
    ready = datetime.combine(booking.on, time.fromisoformat(booking.leaves_at) if booking.leaves_at else ANY_HOUR, zone)
    ready = max(ready, datetime.now(zone).replace(microsecond=0) + SOON)
    offset = ready.strftime("%z")
    return f"{ready:%Y-%m-%dT%H:%M:%S}GMT{offset[:3]}:{offset[3:5]}"


def _package(parcel: Parcel, booking: Booking) -> dict[str, Any]:
    sides = {"length": parcel.length_cm, "width": parcel.width_cm, "height": parcel.height_cm}
    return {
        "weight": _number(parcel.kg), "referenceNumber": parcel.number, "customerReferences": [{"typeCode": "CU", "value": booking.delivery[:35]}],
        # Whole centimetres, and never smaller than it is.
        "dimensions": {side: int(cm.to_integral_value(ROUND_UP)) for side, cm in sides.items() if cm is not None},
    }  # fmt: skip


def _party(place: Place) -> dict[str, Any]:
    lines = address_lines(place.street)
    address = {"postalCode": place.postal_code[:12], "cityName": place.city[:45], "countryCode": place.country}
    address |= {f"addressLine{n}": line for n, line in enumerate(lines[:3], start=1)}
    contact = {"phone": place.phone[:70], "companyName": place.company[:100], "fullName": place.person[:255]}
    made: dict[str, Any] = {"postalAddress": address, "contactInformation": contact | ({"email": place.email[:70]} if place.email else {})}
    if place.vat_number:
        made["registrationNumbers"] = [{"typeCode": "VAT", "number": place.vat_number[:35], "issuerCountryCode": place.country}]
    return made


def _number(figure: Decimal) -> float | int:
    """A figure of three decimals at most, as JSON has it; the nearest float prints as the figure."""
    return int(figure) if figure == figure.to_integral_value() else float(round(figure, 3))


def _address() -> str:
    """The address without a slash at the end; empty where it is none, or where what proves us would travel openly."""
    address = os.environ.get("FONDACO_DHL_URL", "").rstrip("/") or OWN_ADDRESS
    parts = urlsplit(address)
    return address if is_address(address) and (parts.scheme == "https" or parts.hostname in LOOPBACK) else ""


def _ask(method: str, path: str, reference: str, *, body: Mapping[str, Any] | None = None) -> Answer:
    if missing := MyDhl().off_because():
        raise NotCarried(f"not set: {missing}")
    proof = base64.b64encode(f"{os.environ['FONDACO_DHL_USER']}:{os.environ['FONDACO_DHL_PASSWORD']}".encode()).decode()
    headers = {
        "Authorization": f"Basic {proof}", "Accept": "application/json", "Message-Reference": reference, "x-version": VERSION,
        "Message-Reference-Date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }  # fmt: skip
    given = None
    if body is not None:
        given = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        headers["Content-Type"] = "application/json"
    try:
        answer = call(method, _address() + path, headers=headers, body=given, seconds=SECONDS, largest=LARGEST)
    except NoAnswer as error:
        raise NotCarried(str(error)) from error
    if answer.status not in JUDGED and not answer.is_success:
        raise NotCarried(f"HTTP {answer.status} {answer.beginning()}")
    return answer


def _object(answer: Answer) -> Mapping[str, Any]:
    if not answer.is_success:
        raise NotCarried(f"HTTP {answer.status} {answer.beginning()}")
    if not answer.media_type.endswith("json"):
        raise NotCarried(f"the answer is {answer.media_type}, no JSON")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise NotCarried("the answer is no JSON") from error
    if not isinstance(found, dict):
        raise NotCarried("the answer is no JSON object")
    return found


def _reason(answer: Answer) -> str:
    """Why DHL refuses, in DHL's words. A page of somebody between us is no word of DHL's."""
    try:
        found = json.loads(answer.body) if answer.media_type.endswith("json") else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotCarried(f"HTTP {answer.status} {answer.beginning()}")
    more = found.get("additionalDetails")
    words = [found.get(key) for key in ("detail", "title", "message")][:1] + (more if isinstance(more, list) else [])
    said = [" ".join(w.split()) for w in words if isinstance(w, str) and w.strip()]
    if not said:
        said = [str(w) for w in (found.get("title"), found.get("message"), f"HTTP {answer.status}") if w][:1]
    return "; ".join(dict.fromkeys(said)).replace("\x00", "")[:1000]


def _rows(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise NotCarried(f"{name} of the answer is no list")
    return found


def _text(said: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not form.fullmatch(found):
        raise NotCarried(f"the answer holds no {name}")
    return found


def _whole(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float) or given != int(given):
        raise NotCarried("a parcel of the answer has no number")
    return int(given)


def _events(row: Mapping[str, Any], zone: ZoneInfo) -> list[Event]:
    """What happened to one shipment. Days and hours are those of the place, by its offset where it is told, else by our own clock."""
    tracking = row.get("shipmentTrackingNumber")
    found = []
    for event in _rows(row, "events"):
        code, text = str(event.get("typeCode", ""))[:10], str(event.get("description", ""))[:500]
        areas = event.get("serviceArea")
        area = areas[0].get("description", "") if isinstance(areas, list) and areas and isinstance(areas[0], dict) else ""
        try:
            on, hour = date.fromisoformat(str(event["date"])), time.fromisoformat(str(event["time"]))
            offset = str(event.get("GMTOffset", ""))
            at = datetime.fromisoformat(f"{on}T{hour:%H:%M:%S}{offset}") if offset else datetime.combine(on, hour, zone)
            at = at if at.tzinfo else at.replace(tzinfo=zone)
        except (KeyError, ValueError) as error:
            raise NotCarried("an event of the answer has no day and hour") from error
        signed = f" ({event['signedBy']})" if isinstance(event.get("signedBy"), str) and event["signedBy"] else ""
        found.append(
            Event(at, KINDS.get(code, "in_transit"), tracking=str(tracking), code=code, place=str(area)[:200], text=f"{text}{signed}"[:500])
        )
    return found


__all__ = ["MyDhl", "address_lines", "shipment"]
