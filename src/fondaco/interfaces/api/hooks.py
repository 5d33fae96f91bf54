"""What providers bring us, signed: notices about e-invoices, and the e-invoices of vendors (FONDACO_EINVOICE_SECRET); where parcels are
(FONDACO_CARRIER_SECRET); what customers paid online (FONDACO_STRIPE_WEBHOOK_SECRET, FONDACO_TEST_PAYMENTS). Without a secret there is no such address.

A file comes as SdI or the vendor wrote it (named by ``X-File-Name``); a notice may also be JSON: ``file``, ``status``, ``id``, ``text``, ``at``. ``X-Moment`` is the
time in Unix seconds, ``X-Signature`` the HMAC-SHA256 of moment, a dot and body. The same notice again changes nothing.

How often is not limited: what is rightly signed comes from the provider, who would only tell it again, and is kept once; what is not is refused after one
look at a bounded body, before anything is written, which costs less than counting it would.
"""

import os
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fondaco.finance.einvoicing.channels import secret
from fondaco.finance.einvoicing.noticing import note
from fondaco.finance.einvoicing.receiving import bring
from fondaco.finance.onlinepayments.providers import stripe, trying
from fondaco.finance.onlinepayments.providers.declared import NotSigned
from fondaco.finance.onlinepayments.taking import take
from fondaco.interfaces.api.problems import problem
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED, BadBody, door
from fondaco.operations.shipping.following import take_notice
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import invalid
from fondaco.platform.events.signing import is_signed
from fondaco.platform.resources.strict_json import NotStrict, loads

#: Of an e-invoice with its attachments, of what is told of one consignment.
LARGEST, LARGEST_CONSIGNMENT = 10 * 1024 * 1024, 1024 * 1024
STATUSES = {
    "sent": "sent", "delivered": "RC", "rejected": "NS", "undeliverable": "MC", "attested": "AT", "accepted": "NE1", "refused": "NE2", "expired": "DT",
}  # fmt: skip


class WrongSignature(UserError):
    code, status = "doors.wrong_signature", 401
    message = _("The notice was not taken: its signature or its time is wrong. Check the secret and the clock on both sides.")


class NoticeTooLarge(UserError):
    code, status = "doors.notice_too_large", 413
    message = _("The notice was not taken: it has more than {limit} bytes.")


class _Notice(BaseModel):
    model_config = ConfigDict(extra="ignore")

    file: str = Field(max_length=200, pattern=r"^[^\x00-\x1f/\\]+$")
    status: str = Field(pattern="^(" + "|".join(STATUSES) + ")$")
    id: str = Field(default="", max_length=200, pattern=r"^[^\x00-\x1f]*$")
    text: str = Field(default="", max_length=4000, pattern=r"^[^\x00]*$")
    at: str = Field(default="", max_length=40, pattern=r"^[^\x00-\x1f]*$")


@door(PUBLIC, "POST", channel=SIGNED, refuse=problem)
def einvoice_notice(request: HttpRequest) -> JsonResponse:
    """Take one notice about an e-invoice, or one e-invoice of a vendor."""
    if not secret():
        raise Http404
    body = _signed_body(request, secret())
    with unit_of_work("program.einvoicing", "einvoicing.notice"):
        if (request.content_type or "").endswith("json"):
            said = _said(body)
            taken = note(said["file"], body, said, media_name=f"{said['file']}.{said['kind']}.json")
            return JsonResponse({"einvoice": str(taken.einvoice.pk), "state": taken.einvoice.state, "new": taken.is_new})
        done = bring(request.headers.get("X-File-Name", "file.xml"), body)
    return JsonResponse({"received": [str(key) for key in done.received], "new": done.is_new})


@door(PUBLIC, "POST", channel=SIGNED, refuse=problem)
def carrier_notice(request: HttpRequest) -> JsonResponse:
    """Take what another program says of one consignment: its numbers, and what happened to it on its way."""
    by = os.environ.get("FONDACO_CARRIER_SECRET", "").encode()
    if not by:
        raise Http404
    body = _signed_body(request, by, LARGEST_CONSIGNMENT)
    with unit_of_work("program.shipping", "shipping.notice"):
        return JsonResponse({"new": take_notice("notice.json", body)})


#: The secret with which each kind of payment provider signs.
PAYMENT_SECRETS = {"stripe": stripe.secret, "test": trying.secret}
#: A notice about one payment has a few thousand bytes.
LARGEST_PAYMENT = 256 * 1024


@door(PUBLIC, "POST", channel=SIGNED, refuse=problem)
def payment_notice(request: HttpRequest, kind: str) -> JsonResponse:
    """Take what a payment provider tells of a payment, signed as he signs; it is written down before it is answered."""
    if kind not in PAYMENT_SECRETS or not PAYMENT_SECRETS[kind]():
        raise Http404
    check_size(request, LARGEST_PAYMENT)
    try:
        return JsonResponse({"new": take(kind, request.body, request.headers)})
    except NotSigned as error:
        raise WrongSignature() from error


def check_size(request: HttpRequest, largest: int) -> None:
    """Refuse what says that it is larger, or says no size that can be read, before a byte of it is. Raises NoticeTooLarge."""
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdigit()) or int(length[:20]) > largest:
        raise NoticeTooLarge(limit=largest)


def _signed_body(request: HttpRequest, by: bytes, largest: int = LARGEST) -> bytes:
    check_size(request, largest)
    body = request.body
    if not is_signed(by, body, request.headers.get("X-Moment", ""), request.headers.get("X-Signature", "")):
        raise WrongSignature()
    return body


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        found = _Notice.model_validate(loads(body))
    except NotStrict as error:
        raise BadBody(why=str(error)) from error
    except ValidationError as error:
        raise invalid(str(_("Notice")), error) from error
    return {"file": found.file, "kind": STATUSES[found.status], "provider_id": found.id, "text": found.text, "at": found.at}
