"""Taking what SdI or the provider says about an e-invoice: once, whoever brings it and how often, in any order."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fondaco.finance.einvoicing import archiving
from fondaco.finance.einvoicing.models import EInvoice, Notice
from fondaco.finance.einvoicing.outside.asking import read, refusal
from fondaco.finance.einvoicing.refusals import NoticeUnknown
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.files.models import Attachment

#: What each notice makes of an e-invoice.
LEADS_TO = {
    "sent": "sent", "RC": "delivered", "NS": "rejected", "MC": "undeliverable", "AT": "undeliverable", "NE1": "accepted", "NE2": "refused", "DT": "expired",
}  # fmt: skip
#: How far each state is on the way: a notice that arrives late leads nothing back. Rejected and refused are the end.
FAR = {"queued": 0, "sent": 1, "undeliverable": 2, "delivered": 3, "expired": 4, "accepted": 5, "rejected": 9, "refused": 9}


@dataclass(frozen=True)
class Taken:
    """The e-invoice a notice spoke of, and whether it was new."""

    einvoice: EInvoice
    is_new: bool


def take(name: str, raw: bytes) -> Taken:
    """Take a notice file within the caller's transaction. Raises NotReadable or NoticeUnknown; the same file again changes nothing."""
    told = read(name, raw)
    if told.what != "notice":
        raise refusal(name, "unknown_kind", detail=told.format)
    return note(name, raw, told.notice)


def note(name: str, raw: bytes, said: Mapping[str, Any], *, media_name: str = "", companies: Sequence[Company] | None = None) -> Taken:
    """Write down what was said about the file ``said["file"]``, keep the words as they came, and move the e-invoice on."""
    found = _spoken_of(name, said, companies)
    digest = hashlib.sha256(raw).hexdigest()
    if Notice.objects.filter(einvoice=found, digest=digest).exists():
        return Taken(found, False)
    kept = archiving.stored(media_name or name, raw)
    kind = said["kind"]
    insert_rows(
        Notice,
        [Notice(einvoice=found, kind=kind, cure=kind, at=said.get("at", ""), text=said.get("text", ""), name=kept.name, digest=digest)],
    )
    if not Attachment.objects.filter(table_name=EInvoice._meta.db_table, row_id=found.pk, digest=digest, name=kept.name).exists():
        archiving.attach([(found, kept)])
    state = LEADS_TO[kind]
    if FAR[state] > FAR[found.state]:
        found.state = state
    found.hub_id = found.hub_id or said.get("hub_id", "")
    found.provider_id = found.provider_id or said.get("provider_id", "")
    found.save(update_fields=["state", "hub_id", "provider_id"])
    return Taken(found, True)


def _spoken_of(name: str, said: Mapping[str, Any], companies: Sequence[Company] | None) -> EInvoice:
    """The e-invoice, locked: by its file's name (also of the signed file), or by the provider's number."""
    file = said["file"].removesuffix(".p7m")
    # The lock lets two copies of one notice queue, so that the second finds the first one's words.
    sent = EInvoice.objects.select_for_update(of=("self",))
    if companies is not None:
        sent = sent.filter(company__in=companies)
    found = sent.filter(number=file).order_by("-pk").first()
    if found is None and said.get("provider_id"):
        found = sent.filter(provider_id=said["provider_id"]).order_by("-pk").first()
    if found is None:
        raise NoticeUnknown(file=name, about=said["file"] or said.get("provider_id", ""))
    return found
