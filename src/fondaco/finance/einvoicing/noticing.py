"""Taking what SdI or the provider says about an e-invoice: once, whoever brings it and how often, in any order."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from fondaco.finance.einvoicing import archiving
from fondaco.finance.einvoicing.models import EInvoice, Notice
from fondaco.finance.einvoicing.outside.asking import read, refusal
from fondaco.finance.einvoicing.refusals import NoticeUnknown
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import Kept

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


@dataclass(frozen=True)
class Words:
    """A notice as it came: its file's name and bytes, what they say, and under which name they are kept, where it is another."""

    name: str
    raw: bytes
    said: Mapping[str, Any]
    media_name: str = ""


def take(name: str, raw: bytes) -> Taken:
    """Take a notice file within the caller's transaction. Raises NotReadable or NoticeUnknown; the same file again changes nothing."""
    told = read(name, raw)
    if told.what != "notice":
        raise refusal(name, "unknown_kind", detail=told.format)
    return note(name, raw, told.notice)


def note(name: str, raw: bytes, said: Mapping[str, Any], *, media_name: str = "", companies: Sequence[Company] | None = None) -> Taken:
    """Write down what was said about the file ``said["file"]``, keep the words as they came, and move the e-invoice on."""
    (taken,) = note_all([Words(name, raw, said, media_name)], companies=companies)
    return taken


def note_all(given: Sequence[Words], *, companies: Sequence[Company] | None = None) -> list[Taken]:
    """Write down what was said in any number of notices, in their order; statements do not grow with them."""
    about = _spoken_of(given, companies)
    digests = [hashlib.sha256(words.raw).hexdigest() for words in given]
    there = set(Notice.objects.filter(einvoice__in={e.pk for e in about}, digest__in=digests).values_list("einvoice_id", "digest"))
    taken, fresh = [], []
    for words, found, digest in zip(given, about, digests, strict=True):
        is_new = (found.pk, digest) not in there
        there.add((found.pk, digest))
        taken.append(Taken(found, is_new))
        if is_new:
            fresh.append((words, found, digest, archiving.stored(words.media_name or words.name, words.raw)))
    insert_rows(
        Notice,
        [
            Notice(
                einvoice=found, kind=w.said["kind"], cure=w.said["kind"], at=w.said.get("at", ""), text=w.said.get("text", ""), name=kept.name, digest=digest
            )
            for w, found, digest, kept in fresh
        ],
    )  # fmt: skip
    _attach([(found, kept) for _w, found, _digest, kept in fresh])
    for words, found, _digest, _kept in fresh:
        state = LEADS_TO[words.said["kind"]]
        if FAR[state] > FAR[found.state]:
            found.state = state
        found.hub_id = found.hub_id or words.said.get("hub_id", "")
        found.provider_id = found.provider_id or words.said.get("provider_id", "")
    moved = list({found.pk: found for _w, found, _d, _k in fresh}.values())
    update_rows(EInvoice, {"id": [e.pk for e in moved], **{f: [getattr(e, f) for e in moved] for f in ("state", "hub_id", "provider_id")}})
    return taken


def _attach(files: Sequence[tuple[EInvoice, Kept]]) -> None:
    """Put the words on their e-invoices, each file once."""
    table = EInvoice._meta.db_table
    held = Attachment.objects.filter(table_name=table, row_id__in=[e.pk for e, _k in files], digest__in=[k.digest for _e, k in files])
    there = set(held.values_list("row_id", "digest", "name"))
    once = {(e.pk, k.digest, k.name): (e, k) for e, k in files}
    archiving.attach([pair for key, pair in once.items() if key not in there])


def _spoken_of(given: Sequence[Words], companies: Sequence[Company] | None) -> list[EInvoice]:
    """The e-invoices, locked in key order: by the names of their files (also of the signed ones), or by the provider's numbers."""
    files = {_file(words) for words in given}
    numbers = {words.said["provider_id"] for words in given if words.said.get("provider_id")}
    # The lock lets two copies of one notice queue, so that the second finds the first one's words.
    sent = EInvoice.objects.select_for_update(of=("self",)).filter(Q(number__in=files) | Q(provider_id__in=numbers))
    if companies is not None:
        sent = sent.filter(company__in=companies)
    by_file: dict[str | None, EInvoice] = {}
    by_number: dict[str | None, EInvoice] = {}
    for row in sent.order_by("pk"):
        by_file[row.number], by_number[row.provider_id] = row, row
    found = []
    for words in given:
        one = by_file.get(_file(words)) or by_number.get(words.said.get("provider_id") or None)
        if one is None:
            raise NoticeUnknown(file=words.name, about=words.said["file"] or words.said.get("provider_id", ""))
        found.append(one)
    return found


def _file(words: Words) -> str:
    return str(words.said["file"].removesuffix(".p7m"))
