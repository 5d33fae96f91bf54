"""DHL Express as it answers, on the loopback: bodies are judged by its schema (MyDHL API 3.2.2, as far as it is public), and so are headers.

``forgets_references`` is the worst that may be true of it: that a shipment with a repeated Message-Reference is another shipment.
"""

import base64
import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator

USER, PASSWORD = "fondaco", "s3cret"
PDF = b"%PDF-1.4\n% a label\n%%EOF\n"
ZPL = b"^XA^FO50,50^FDLabel^FS^XZ"


def text(most: int, least: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def thing(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


REFERENCES = {"type": "array", "minItems": 1, "items": thing(["value"], value=text(35), typeCode={"enum": ["CU", "AAO", "CO"]})}
WEIGHT = {"type": "number", "minimum": 0.001, "maximum": 999999999999, "multipleOf": Decimal("0.001")}
SIDE = {"type": "number", "minimum": 1, "maximum": 9999999}
PARTY = thing(
    ["postalAddress", "contactInformation"],
    postalAddress=thing(
        ["postalCode", "cityName", "countryCode", "addressLine1"],
        postalCode=text(12, 0), cityName=text(45), countryCode=text(2, 2, pattern="^[A-Z]{2}$"), addressLine1=text(45), addressLine2=text(45), addressLine3=text(45),
    ),
    contactInformation=thing(["phone", "companyName", "fullName"], phone=text(70), companyName=text(100), fullName=text(255), email=text(70)),
    registrationNumbers={"type": "array", "items": thing(["typeCode", "number", "issuerCountryCode"], typeCode={"enum": ["VAT", "EOR"]}, number=text(35), issuerCountryCode=text(2, 2))},
)  # fmt: skip
LINE = thing(
    ["number", "description", "price", "quantity", "manufacturerCountry", "weight"],
    number={"type": "integer", "minimum": 1, "maximum": 1000}, description=text(512), price={"type": "number", "minimum": 0, "multipleOf": Decimal("0.001")},
    quantity=thing(["value", "unitOfMeasurement"], value={"type": "integer", "minimum": 1, "maximum": 1_000_000_000}, unitOfMeasurement={"enum": ["PCS", "BOX", "KG"]}),
    commodityCodes={"type": "array", "maxItems": 2, "items": thing(["typeCode", "value"], typeCode={"enum": ["outbound", "inbound"]}, value=text(18))},
    exportReasonType={"enum": ["permanent", "temporary", "return"]}, manufacturerCountry=text(2, 2), weight=thing(["netValue", "grossValue"], netValue=WEIGHT, grossValue=WEIGHT),
)  # fmt: skip
SHIPMENT = thing(
    ["plannedShippingDateAndTime", "pickup", "productCode", "accounts", "customerDetails", "content"],
    plannedShippingDateAndTime=text(40, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dGMT[+-]\d\d:\d\d$"),
    pickup=thing(["isRequested"], isRequested={"type": "boolean"}),
    productCode=text(6),
    accounts={"type": "array", "minItems": 1, "maxItems": 3, "items": thing(["typeCode", "number"], typeCode={"enum": ["shipper", "payer", "duties-taxes"]}, number=text(12))},
    customerReferences=REFERENCES,
    customerDetails=thing(["shipperDetails", "receiverDetails"], shipperDetails=PARTY, receiverDetails=PARTY),
    valueAddedServices={"type": "array", "items": thing(["serviceCode"], serviceCode=text(3), value={"type": "number"}, currency=text(3, 3))},
    content=thing(
        ["packages", "isCustomsDeclarable", "description", "incoterm", "unitOfMeasurement"],
        packages={
            "type": "array", "minItems": 1, "maxItems": 999,
            "items": thing(
                ["weight", "dimensions"], weight=WEIGHT, dimensions=thing(["length", "width", "height"], length=SIDE, width=SIDE, height=SIDE),
                referenceNumber={"type": "integer", "minimum": 1, "maximum": 999}, customerReferences=REFERENCES,
            ),
        },
        isCustomsDeclarable={"type": "boolean"}, description=text(70), unitOfMeasurement={"enum": ["metric", "imperial"]},
        incoterm={"enum": ["EXW", "FCA", "CPT", "CIP", "DPU", "DAP", "DDP"]}, declaredValue={"type": "number", "minimum": 0}, declaredValueCurrency=text(3, 3),
        exportDeclaration=thing(
            ["lineItems"], lineItems={"type": "array", "minItems": 1, "maxItems": 1000, "items": LINE},
            invoice=thing(["number", "date"], number=text(35), date=text(10, 10)), exportReasonType={"enum": ["permanent", "temporary", "return"]},
            shipmentType={"enum": ["personal", "commercial"]},
        ),
    ),
    outputImageProperties=thing(
        [], encodingFormat={"enum": ["pdf", "zpl", "lp2", "epl"]},
        imageOptions={
            "type": "array",
            "items": thing(["typeCode"], typeCode={"enum": ["label", "waybillDoc", "invoice"]}, templateName=text(50), isRequested={"type": "boolean"}, invoiceType={"enum": ["commercial", "proforma", "returns"]}),
        },
    ),
)  # fmt: skip
JUDGE = Draft202012Validator(SHIPMENT)

Answer = tuple[int, Any]


class Dhl:
    """What the server keeps. ``before`` is asked first, once a call while it lasts: a status with a body, bytes to be sent raw, or what runs
    after the shipment was made and before it is answered."""

    def __init__(self, *, forgets_references: bool = True) -> None:
        self.forgets_references = forgets_references
        self.shipments: list[dict[str, Any]] = []
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.pickups: dict[str, str] = {}
        self.calls: list[str] = []
        self.wrong: list[str] = []
        self.instead: list[Answer | bytes] = []
        self.afterwards: list[Callable[[], Any]] = []
        self.address = ""

    def post(self, reference: str, body: Any) -> Answer:
        faults = [
            f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
            for e in JUDGE.iter_errors(json.loads(json.dumps(body), parse_float=Decimal))
        ]
        if faults:
            self.wrong += faults
            return 422, problem("Validation failed", faults)
        content, details = body["content"], body["customerDetails"]
        crosses = len({details[d]["postalAddress"]["countryCode"] for d in ("shipperDetails", "receiverDetails")} & {"CH", "US", "GB"}) == 1
        if content["isCustomsDeclarable"] != ("exportDeclaration" in content) or (crosses and not content["isCustomsDeclarable"]):
            return 422, problem("1001: goods that cross customs need an export declaration")
        if content["isCustomsDeclarable"]:
            lines = content["exportDeclaration"]["lineItems"]
            if abs(sum(ln["price"] * ln["quantity"]["value"] for ln in lines) - content["declaredValue"]) > 0.01:
                return 422, problem("1002: the declared value is not that of the lines")
        if details["receiverDetails"]["postalAddress"]["postalCode"] == "00000":
            return 400, problem("Bad request", ["420504: The destination location is invalid. Please check postal code."])
        known = next((s for s in self.shipments if s["message"] == reference), None)
        if known is None or self.forgets_references:
            number = len(self.shipments) + 1
            known = {
                "message": reference, "body": body, "reference": body["customerReferences"][0]["value"], "number": f"{1234567800 + number}",
                "parcels": [f"JD0146{number:04}{p['referenceNumber']:06}" for p in content["packages"]],
                "pickup": f"PRG{number:012}" if body["pickup"]["isRequested"] else "",
            }  # fmt: skip
            self.shipments.append(known)
            if known["pickup"]:
                self.pickups[known["pickup"]] = "ordered"
        form = body["outputImageProperties"]["encodingFormat"]
        asked = {o["typeCode"] for o in body["outputImageProperties"]["imageOptions"] if o.get("isRequested")}
        papers = [
            ("label", form, PDF if form == "pdf" else ZPL),
            *[(code, "pdf", PDF + code.encode() + b"\n%%EOF") for code in sorted(asked)],
        ]
        made = {
            "shipmentTrackingNumber": known["number"], "trackingUrl": f"https://express.api.dhl.com/mydhlapi/shipments/{known['number']}/tracking",
            "packages": [{"referenceNumber": p["referenceNumber"], "trackingNumber": t} for p, t in zip(content["packages"], known["parcels"], strict=True)],
            "documents": [{"imageFormat": f.upper(), "content": base64.b64encode(given).decode(), "typeCode": code} for code, f, given in papers],
        }  # fmt: skip
        return 201, made | ({"dispatchConfirmationNumber": known["pickup"]} if known["pickup"] else {})

    def tracking(self, asked: dict[str, list[str]]) -> Answer:
        if "shipmentReference" in asked:
            if not all(asked.get(k) for k in ("dateRangeFrom", "dateRangeTo", "shipperAccountNumber")):
                return 400, problem("A reference needs an account and the days around it")
            found = [s for s in self.shipments if s["reference"] == asked["shipmentReference"][0]]
        else:
            numbers = asked.get("shipmentTrackingNumber", [])
            if not 1 <= len(numbers) <= 200:
                return 400, problem("Between 1 and 200 numbers")
            found = [s for s in self.shipments if s["number"] in numbers]
        if not found:
            return 404, problem("No data found")
        return 200, {
            "shipments": [
                {
                    "shipmentTrackingNumber": s["number"], "status": "Success", "events": self.events.get(s["number"], []),
                    "pieces": [{"number": n, "trackingNumber": t, "events": []} for n, t in enumerate(s["parcels"], start=1)],
                }
                for s in found
            ]
        }  # fmt: skip

    def cancel(self, number: str, asked: dict[str, list[str]]) -> Answer:
        if not (asked.get("requestorName") and asked.get("reason")):
            return 400, problem("requestorName and reason are required")
        if number not in self.pickups or self.pickups[number] == "cancelled":
            return 404, problem("No pickup found")
        if self.pickups[number] == "underway":
            return 400, problem("8002: The courier is on his way, the pickup can no longer be cancelled")
        self.pickups[number] = "cancelled"
        return 200, {}


def problem(detail: str, more: list[str] | None = None) -> dict[str, Any]:
    return {
        "instance": "/expressapi",
        "detail": detail,
        "title": "Bad request",
        "message": "Bad request",
        "additionalDetails": more or [],
        "status": "400",
    }


def event(code: str, day: str, hour: str, words: str, place: str = "MILAN-ITA", **more: str) -> dict[str, Any]:
    return {
        "date": day,
        "time": hour,
        "typeCode": code,
        "description": words,
        "serviceArea": [{"code": "MIL", "description": place}],
        **more,
    }


@contextlib.contextmanager
def serving(dhl: Dhl) -> Iterator[str]:
    """The address at which DHL answers."""

    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            self._answer(None)

        do_DELETE = do_GET

        def _answer(self, body: Any) -> None:
            parts = urlsplit(self.path)
            path, asked = parts.path.removeprefix("/mydhlapi"), parse_qs(parts.query)
            dhl.calls.append(f"{self.command} {path}")
            given = dhl.instead.pop(0) if dhl.instead else self._done(path, asked, body)
            if isinstance(given, bytes):
                self.wfile.write(given)
                self.close_connection = True
                return
            if dhl.afterwards:
                dhl.afterwards.pop(0)()
            said = json.dumps(given[1]).encode() if not isinstance(given[1], bytes) else given[1]
            with contextlib.suppress(BrokenPipeError):
                self.send_response(given[0])
                self.send_header("Content-Type", "application/json;charset=utf-8" if not isinstance(given[1], bytes) else "text/html")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        def _done(self, path: str, asked: dict[str, list[str]], body: Any) -> Answer:
            proof = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {proof}":
                return 401, {"reasons": [{"msg": "Unauthorized"}]}
            reference = self.headers.get("Message-Reference", "")
            if not 28 <= len(reference) <= 36 or not self.headers.get("x-version"):
                return 400, problem("Message-Reference has 28 to 36 characters")
            if self.command == "POST" and path == "/shipments":
                return dhl.post(reference, body)
            if self.command == "GET" and path == "/tracking":
                return dhl.tracking(asked)
            if self.command == "DELETE" and (number := re.fullmatch("/pickups/([A-Z0-9]+)", path)):
                return dhl.cancel(number[1], asked)
            return 404, problem("Not found")

        def log_message(self, *_given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    dhl.address = f"http://127.0.0.1:{server.server_port}/mydhlapi"
    try:
        yield dhl.address
    finally:
        server.shutdown()
        server.server_close()
