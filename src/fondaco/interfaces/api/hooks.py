"""What providers bring us, signed: notices about e-invoices, and the e-invoices of vendors. Without a secret (FONDACO_EINVOICE_SECRET) there is no such address.

A file comes as SdI or the vendor wrote it (named by ``X-File-Name``); a notice may also be JSON: ``file``, ``status``, ``id``, ``text``, ``at``. ``X-Moment`` is the
time in Unix seconds, ``X-Signature`` the HMAC-SHA256 of moment, a dot and body. The same notice again changes nothing.
"""

import hmac
import time
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fondaco.finance.einvoicing.channels import secret, signature
from fondaco.finance.einvoicing.noticing import note
from fondaco.finance.einvoicing.receiving import bring
from fondaco.interfaces.api.problems import problem
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED, BadBody, door
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import invalid
from fondaco.platform.resources.strict_json import NotStrict, loads

#: A signature older or younger than so many seconds is not taken.
SLACK = 300
LARGEST = 10 * 1024 * 1024
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
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        raise NoticeTooLarge(limit=LARGEST)
    body = request.body
    _refuse_forged(body, request.headers.get("X-Moment", ""), request.headers.get("X-Signature", ""))
    with unit_of_work("program.einvoicing", "einvoicing.notice"):
        if (request.content_type or "").endswith("json"):
            said = _said(body)
            taken = note(said["file"], body, said, media_name=f"{said['file']}.{said['kind']}.json")
            return JsonResponse({"einvoice": str(taken.einvoice.pk), "state": taken.einvoice.state, "new": taken.is_new})
        done = bring(request.headers.get("X-File-Name", "file.xml"), body)
    return JsonResponse({"received": [str(key) for key in done.received], "new": done.is_new})


def _refuse_forged(body: bytes, moment: str, given: str) -> None:
    """Time first, so that a message once overheard is worth nothing later; compared in constant time."""
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12 and abs(time.time() - int(moment)) <= SLACK):
        raise WrongSignature()
    if not hmac.compare_digest(signature(body, moment).encode(), given.encode()):
        raise WrongSignature()


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        found = _Notice.model_validate(loads(body))
    except NotStrict as error:
        raise BadBody(why=str(error)) from error
    except ValidationError as error:
        raise invalid(str(_("Notice")), error) from error
    return {"file": found.file, "kind": STATUSES[found.status], "provider_id": found.id, "text": found.text, "at": found.at}
