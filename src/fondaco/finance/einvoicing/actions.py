"""The verbs of e-invoicing: send, send again after a rejection."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fondaco.finance.einvoicing import archiving
from fondaco.finance.einvoicing.billing import bill_drafts, matches_of
from fondaco.finance.einvoicing.capturing import missing_of, paper_drafts
from fondaco.finance.einvoicing.channels import provider_address
from fondaco.finance.einvoicing.collecting import collect
from fondaco.finance.einvoicing.formats.declared import FORMATS, Naming, Unwritable
from fondaco.finance.einvoicing.models import Capture, EInvoice, Received, Sender
from fondaco.finance.einvoicing.queries import Drawn, drawn
from fondaco.finance.einvoicing.refusals import (
    AlreadySent,
    ChannelMissing,
    NoFormat,
    NotReady,
    NotSelfInvoiced,
    NotValid,
    PaperIncomplete,
    VendorMissing,
)
from fondaco.finance.einvoicing.self_invoicing import SelfDrawn, self_drawn
from fondaco.finance.einvoicing.vendors import vendors_of
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.invoicing.printing import invoice_pdf
from fondaco.finance.payables import actions as payables
from fondaco.finance.payables.models import Bill, BillMatch
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.documents.series import take_numbers
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.files.storing import Kept

CHANNEL = "einvoice"
SERIES = "einvoice-file"
FIGURES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PROGRESSIVE = 5


@action(
    Invoice,
    moves={"posted": "posted"},
    permission="einvoicing.send_einvoice",
    name="send_einvoice",
    title=_("Send e-invoice"),
    done=_("E-invoice on its way"),
)
def send_einvoice(invoices: DocumentSet[Invoice]) -> None:
    """Write posted invoices as e-invoices, each in its customer's format, keep the files, and hand them to the company's channel.

    Everything that would make a file invalid is named before anything is written.
    """
    invoices.made["einvoices"] = send(invoices.ids)


@action(
    EInvoice,
    moves={"rejected": "rejected", "refused": "refused"},
    permission="einvoicing.send_einvoice",
    title=_("Send again"),
    done=_("Sent again under a new name"),
)
def resend(einvoices: DocumentSet[EInvoice]) -> None:
    """Send invoices again whose e-invoice was rejected: written anew, with what was corrected since, under a new file name."""
    # Key order: two clerks who send the same invoices queue, and the second is told that they have gone.
    invoices = (
        Invoice.objects.filter(pk__in=[e.invoice_id for e in einvoices if e.invoice_id]).order_by("pk").select_for_update(of=("self",))
    )
    made = send([i.pk for i in invoices]) if any(e.invoice_id for e in einvoices) else []
    types = {(e.bill_id, e.self_invoice) for e in einvoices if e.bill_id}
    if types:
        bills = Bill.objects.filter(pk__in=[b for b, _type in types]).order_by("pk").select_for_update(of=("self",))
        made += dispatch([one for one in self_drawn([b.pk for b in bills]) if (one.row.pk, one.document_type) in types])
    einvoices.made["einvoices"] = made


@action(
    Bill,
    moves={"posted": "posted"},
    permission="einvoicing.send_einvoice",
    name="send_self_invoice",
    title=_("Send self-invoice"),
    done=_("Self-invoice on its way"),
)
def send_self_invoice(bills: DocumentSet[Bill]) -> None:
    """Write the self-invoices of posted bills whose tax we account for ourselves (TD16 to TD19), keep the files, and hand them to the channel."""
    found = self_drawn(bills.ids)
    without = set(bills.ids) - {one.row.pk for one in found}
    if without:
        rows = [b for b in bills if b.pk in without]
        raise NotSelfInvoiced(document=", ".join(map(str, rows[:5])), rows=rows_json(rows))
    bills.made["einvoices"] = dispatch(found)


@action(Sender, permission="einvoicing.fetch", title=_("Fetch now"), done=_("Fetched"))
def fetch(senders: DocumentSet[Sender]) -> None:
    """Take the notices and e-invoices that lie in the folder now, instead of waiting for the worker's daily round."""
    done = collect()
    senders.told["new"], senders.told["known"], senders.told["refused"] = str(done.new), str(done.known), str(done.refused)


@action(
    Received,
    moves={"received": "drafted"},
    permission="einvoicing.draft_bill",
    name="draft_bill",
    title=_("Draft bill"),
    done=_("Bill drafted"),
)
def draft_bill(received: DocumentSet[Received], *, on: date) -> None:
    """Draft a vendor bill of each received e-invoice, booked on ``on``: its lines at the vendor's amounts, on the accounts his bills usually go to."""
    _find_vendors(received)
    nameless = [r for r in received if r.vendor_id is None]
    if nameless:
        first = nameless[0]
        raise VendorMissing(document=str(first), seller=first.seller_name, number=first.seller_vat or "–", rows=rows_json(nameless))
    drafts = bill_drafts(received.rows, on)
    keys = payables.draft(drafts, actor=received.actor)
    insert_rows(BillMatch, matches_of([line for draft in drafts for line in draft.lines]))
    for row, key in zip(received, keys, strict=True):
        row.bill_id = key
    archiving.attach_again([(row, draft.row) for row, draft in zip(received, drafts, strict=True)])
    received.save_with_state("bill", "vendor")
    received.made["bills"] = keys


@action(Received, permission="parties.write_vendor", name="make_vendor", title=_("Make vendor"), done=_("Vendor made"))
def make_vendor(received: DocumentSet[Received]) -> None:
    """Make the vendors that received e-invoices name and nobody knows yet: name, VAT number and address as they stand in the file."""
    _find_vendors(received)
    made = vendors_of([r for r in received if r.vendor_id is None], received.actor)
    _find_vendors(received, made)
    received.save("vendor")
    received.made["parties"] = sorted(made.values())


@action(
    Received,
    moves={"received": "set_aside"},
    permission="einvoicing.draft_bill",
    name="set_aside",
    title=_("Set aside"),
    needs_reason=True,
    done=_("Set aside"),
)
def set_aside(received: DocumentSet[Received]) -> None:
    """Set received e-invoices aside that become no bill here: a copy, an error of the vendor's. They stay among the files."""


@action(
    Received,
    moves={"set_aside": "received"},
    permission="einvoicing.draft_bill",
    name="take_back",
    title=pgettext_lazy("what was set aside", "Take back"),
    done=_("Waits again"),
)
def take_back(received: DocumentSet[Received]) -> None:
    """Let e-invoices wait again that were set aside."""


@action(
    Capture,
    moves={"captured": "drafted"},
    permission="einvoicing.draft_bill",
    name="draft_paper",
    title=_("Draft bill"),
    done=_("Bill drafted"),
)
def draft_paper(captures: DocumentSet[Capture], *, on: date) -> None:
    """Draft a vendor bill of each bill on paper, booked on ``on``: the total as one line, its tax as the rules for purchases have it."""
    for row in captures:
        lacking = missing_of(row)
        if lacking:
            raise PaperIncomplete(document=str(row), missing=", ".join(lacking), rows=rows_json([row]))
    drafts = paper_drafts(captures.rows, on)
    keys = payables.draft(drafts, actor=captures.actor)
    for row, key in zip(captures, keys, strict=True):
        row.bill_id = key
    archiving.attach_again([(row, draft.row) for row, draft in zip(captures, drafts, strict=True)])
    captures.save_with_state("bill")
    captures.made["bills"] = keys


@action(
    Capture,
    moves={"captured": "set_aside"},
    permission="einvoicing.draft_bill",
    name="set_paper_aside",
    title=_("Set aside"),
    needs_reason=True,
    done=_("Set aside"),
)
def set_paper_aside(captures: DocumentSet[Capture]) -> None:
    """Set files aside that become no bill here: a copy, a letter. They stay among the files."""


@action(
    Capture,
    moves={"set_aside": "captured"},
    permission="einvoicing.draft_bill",
    name="take_paper_back",
    title=pgettext_lazy("what was set aside", "Take back"),
    done=_("Waits again"),
)
def take_paper_back(captures: DocumentSet[Capture]) -> None:
    """Let files wait again that were set aside."""


def _find_vendors(received: DocumentSet[Received], made: Mapping[str, int] | None = None) -> None:
    """Name the vendors who became known since the files came in, by VAT number; one statement."""
    wanted = {r.seller_vat for r in received if r.vendor_id is None and r.seller_vat}
    known = dict(made or {})
    for number, key in (
        Party.objects.filter(vat_number__in=wanted, merged_into=None).order_by("is_vendor", "-pk").values_list("vat_number", "pk")
    ):
        known[number] = key
    for row in received:
        row.vendor_id = row.vendor_id or known.get(row.seller_vat or row.seller_name)


def send(keys: Sequence[int]) -> list[int]:
    """Write the e-invoices of locked, posted invoices; the keys of the e-invoices."""
    return dispatch(drawn(keys))


def dispatch(found: Sequence[Drawn]) -> list[int]:
    """Write e-invoices, keep them and hand them over; their keys. Statements do not grow with their number."""
    _refuse_unready(found)
    written = [(one, progressive, *_written(one, progressive)) for one, progressive in zip(found, _progressives(found), strict=True)]
    rows = [_row(one, progressive, kept) for one, progressive, kept, _media in written]
    insert_rows(EInvoice, rows)
    archiving.attach([(row, kept) for row, (_one, _p, kept, _m) in zip(rows, written, strict=True)])
    OutboxMessage.objects.bulk_create([_message(row, one) for row, (one, *_rest) in zip(rows, written, strict=True)])
    record([_told(one) for one, *_rest in written if isinstance(one.row, Invoice)])
    return [row.pk for row in rows]


def _told(one: Drawn) -> Interaction:
    row = one.row
    return Interaction(
        party_id=row.customer_id, company_id=row.company_id, on=timezone.localdate(), kind="invoice", channel="einvoice", direction="out",
        title=_now("E-invoice {number} sent").format(number=row.number), source_table=row._meta.db_table, source_id=row.pk,
    )  # fmt: skip


def _type(one: Drawn) -> str:
    return one.document_type if isinstance(one, SelfDrawn) else ""


def _refuse_unready(found: Sequence[Drawn]) -> None:
    for one in found:
        if not one.format or one.sender is None or one.format not in FORMATS:
            raise NoFormat(company=one.row.company.name, document=str(one.row), rows=rows_json([one.row]))
        if one.sender.channel == "http" and not provider_address():
            raise ChannelMissing(document=str(one.row), rows=rows_json([one.row]))
    own = Q(invoice__in=[one.row.pk for one in found if not _type(one)]) | Q(bill__in=[one.row.pk for one in found if _type(one)])
    gone = list(EInvoice.objects.filter(own).exclude(state__in=EInvoice.FAILED).select_related("invoice", "bill").order_by("pk"))
    asked = {(one.row.pk, _type(one)) for one in found}
    gone = [e for e in gone if (e.invoice_id or e.bill_id, e.self_invoice) in asked]
    if gone:
        raise AlreadySent(
            document=", ".join(str(e.invoice or e.bill) for e in gone[:5]),
            file=", ".join(str(e.number) for e in gone[:5]),
            rows=rows_json([e.invoice or e.bill for e in gone]),
        )
    said = [(one, FORMATS[one.format].problems(one.meaning)) for one in found]
    wrong = [(one, problems) for one, problems in said if problems]
    if wrong:
        first, problems = wrong[0]
        raise NotReady(
            document=str(first.row),
            problems="; ".join(p.sentence for p in problems),
            fields={p.field: p.sentence for p in problems} if len(found) == 1 else None,
            rows=[{"id": str(o.row.pk), "document": str(o.row), "problems": "; ".join(p.sentence for p in ps)} for o, ps in wrong],
        )


def _progressives(found: Sequence[Drawn]) -> list[str]:
    """A progressive number for each: its company's prefix, then figures and letters. Drawn company by company, in key order."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(found):
        groups[one.row.company_id].append(place)
    progressives = [""] * len(found)
    for company, places in sorted(groups.items()):
        for place, number in zip(places, take_numbers(company, SERIES, 0, len(places)), strict=True):
            sender = found[place].sender
            prefix = sender.file_prefix if sender else ""
            progressives[place] = prefix + in_signs(int(number.rpartition("-")[2]), PROGRESSIVE - len(prefix))
    return progressives


def in_signs(number: int, places: int) -> str:
    """A number in figures and letters (base 36), filled up with noughts."""
    signs = ""
    while number:
        number, rest = divmod(number, len(FIGURES))
        signs = FIGURES[rest] + signs
    if len(signs) > places:
        raise OverflowError(f"No file names of {places} signs are left")
    return signs.rjust(places, "0")


def _written(one: Drawn, progressive: str) -> tuple[Kept, str]:
    format = FORMATS[one.format]
    try:
        content = format.write(one.meaning, Naming(progressive, partial(invoice_pdf, one.row)))
    except Unwritable as fault:
        raise NotValid(document=str(one.row), format=format.title, reason=str(fault), rows=rows_json([one.row])) from fault
    return archiving.stored(format.name(one.meaning, progressive), content), format.media_type


def _row(one: Drawn, progressive: str, kept: Kept) -> EInvoice:
    return EInvoice(
        company_id=one.row.company_id,
        invoice=None if _type(one) else one.row,
        bill=one.row if _type(one) else None,
        self_invoice=_type(one),
        on=one.row.on,
        number=kept.name,
        format=one.format,
        channel=one.sender.channel if one.sender else "folder",
        progressive=progressive,
        digest=kept.digest,
        size=kept.size,
        kept_until=archiving.kept_until(one.row.on),
    )


def _message(row: EInvoice, one: Drawn) -> OutboxMessage:
    return OutboxMessage(
        key=f"einvoice:{row.pk}",
        channel=CHANNEL,
        payload={
            "einvoice": row.pk,
            "through": row.channel,
            "company": one.row.company.code,
            "name": row.number,
            "digest": row.digest,
            "format": row.format,
            "media_type": FORMATS[row.format].media_type,
        },
    )
