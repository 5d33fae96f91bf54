"""How e-invoicing is set up, and how its files are shown and served."""

from collections.abc import Sequence
from functools import partial

from django.db.models import Case, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from fondaco.finance.einvoicing import actions  # noqa: F401  verbs are declared on import
from fondaco.finance.einvoicing.formats import cii, ubl  # noqa: F401  formats are declared on import
from fondaco.finance.einvoicing.models import Capture, EInvoice, InvoiceDetails, Notice, Received, Recipient, Sender
from fondaco.finance.einvoicing.printing import received_pdf
from fondaco.finance.einvoicing.refusals import DOUBTS, PaperOnly
from fondaco.finance.invoicing.resources import InvoiceResource
from fondaco.finance.payables.models import Bill
from fondaco.finance.payables.resources import BillResource
from fondaco.finance.tax.models import TaxEntry
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, also_shows, register


def _state_of(document: str) -> Subquery:
    """How far the document's newest e-invoice is, in words."""
    newest = EInvoice.objects.filter(**{document: OuterRef("pk")}).order_by("-id")
    words = Case(
        *(When(state=state, then=Value(label, output_field=TextField())) for state, label in EInvoice.STATES), output_field=TextField()
    )
    return Subquery(newest.values(word=words)[:1])


def _with_state(*states: str) -> Q:
    return Q(pk__in=EInvoice.objects.filter(state__in=states, invoice__isnull=False).values("invoice"))


def _on_its_way(document: str) -> Q:
    """Those with an e-invoice that was not rejected. A ``not in`` over nulls would find nothing."""
    sent = EInvoice.objects.exclude(state__in=EInvoice.FAILED).filter(**{f"{document}__isnull": False})
    return Q(pk__in=sent.values(document))


def _self_invoiced() -> Q:
    """Posted bills whose tax we account for ourselves, by a type that the exchange system knows."""
    due = TaxEntry.objects.filter(source_table=Bill._meta.db_table, kind=TaxEntry.SALE).exclude(document_type="")
    return Q(state="posted", pk__in=due.values("source_id"))


also_shows(
    InvoiceResource,
    columns=[Column("einvoice_state", _("e-invoice"))],
    annotations={"einvoice_state": partial(_state_of, "invoice")},
    conditions={
        "einvoice_rejected": (
            _("e-invoice rejected"),
            lambda: _with_state(*EInvoice.FAILED) & ~_on_its_way("invoice"),
        ),
        "einvoice_to_send": (
            _("e-invoice to be sent"),
            lambda: Q(state="posted") & ~_on_its_way("invoice"),
        ),
    },
)
also_shows(
    BillResource,
    columns=[Column("self_invoice_state", _("self-invoice"))],
    annotations={"self_invoice_state": partial(_state_of, "bill")},
    conditions={"self_invoice_to_send": (_("self-invoice to be sent"), lambda: _self_invoiced() & ~_on_its_way("bill"))},
)


@register
class EInvoiceResource(Resource):
    model, key = EInvoice, "einvoices"
    title, title_one, job, icon = _("Sent e-invoices"), _("E-invoice"), "books", "note"
    group, place = "customers", 12
    view_permission = "einvoicing.view_einvoice"
    columns = [
        "number",
        "invoice",
        Column("invoice__customer", _("customer")),
        "bill",
        "self_invoice",
        "on",
        "state",
        "format",
        "hub_id",
        "sent_at",
    ]
    fields = [
        *columns,
        Column("invoice__gross", _("total"), currency="invoice__currency__code"),
        "channel",
        "provider_id",
        "size",
        "digest",
        "kept_until",
        "company",
    ]
    filters = ["company", "state", "format", "channel", "on", "invoice", "bill", "self_invoice"]
    conditions = {
        "failed": (_("rejected or refused"), lambda: Q(state__in=EInvoice.FAILED)),
        "unanswered": (_("without answer"), lambda: Q(state__in=["queued", "sent"])),
    }
    search = ["number", "hub_id", "invoice", "bill"]
    lines = [Lines(Notice, "einvoice", ["kind", "at", "text", "cure", "name"], title=_("Notices"), order=("id",))]


@register
class SenderResource(Resource):
    model, key = Sender, "einvoice-senders"
    title, title_one, job, icon = _("E-invoicing"), _("E-invoicing of a company"), "set_up", "building"
    view_permission, write_permission = "einvoicing.view_sender", "einvoicing.write_sender"
    columns = ["company", "format", "channel", "tax_code", "regime"]
    fields = [
        *columns, "province", "register_office", "register_number", Column("share_capital", currency="company__currency__code"), "sole_member", "in_liquidation",
        "virtual_stamp", "declarant_tax_code", "file_prefix", "endpoint_scheme", "endpoint",
    ]  # fmt: skip
    writable = [
        "company", "format", "channel", "tax_code", "regime", "province", "register_office", "register_number", "share_capital", "sole_member", "in_liquidation",
        "virtual_stamp", "declarant_tax_code", "file_prefix", "endpoint_scheme", "endpoint",
    ]  # fmt: skip
    filters, sort = ["company", "format", "channel"], "company"


@register
class RecipientResource(Resource):
    model, key = Recipient, "einvoice-recipients"
    title, title_one, job, icon = _("E-invoice addresses"), _("E-invoice address"), "sell", "link"
    group, place = "set_up", 60
    view_permission, write_permission = "einvoicing.view_recipient", "einvoicing.write_recipient"
    columns = ["party", "format", "code", "certified_mail", "endpoint"]
    fields = [*columns, "endpoint_scheme", "buyer_reference"]
    writable = ["party", "format", "code", "certified_mail", "buyer_reference", "endpoint_scheme", "endpoint"]
    filters, search, sort = ["party", "format"], ["code", "certified_mail", "endpoint"], "-id"


@register
class InvoiceDetailsResource(Resource):
    model, key = InvoiceDetails, "einvoice-details"
    title, title_one, job, icon = _("E-invoice details"), _("E-invoice details"), "books", "note"
    group, place = "set_up", 70
    view_permission, write_permission = "einvoicing.view_details", "einvoicing.write_details"
    columns = ["invoice", "document_type", "order_number", "contract", "cup", "cig", "delivery_number"]
    fields = [
        *columns, "order_on", "delivered_on", "withholding_kind", Column("withholding_rate", kind="percent"), Column("withholding_amount", currency="invoice__currency__code"),
        "withholding_reason", "fund_kind", Column("fund_rate", kind="percent"), "fund_line",
    ]  # fmt: skip
    writable = [
        "invoice", "document_type", "order_number", "order_on", "contract", "cup", "cig", "delivery_number", "delivered_on", "withholding_kind", "withholding_rate",
        "withholding_amount", "withholding_reason", "fund_kind", "fund_rate", "fund_line",
    ]  # fmt: skip
    filters, search = ["invoice", "document_type"], ["order_number", "contract", "cup", "cig"]


def _in_words() -> Concat:
    """What is to be looked at, in the reader's language."""
    words = [
        Case(When(doubts__contains=word, then=Value(f"{sentence} ")), default=Value(""), output_field=TextField())
        for word, sentence in DOUBTS.items()
    ]
    return Concat(*words, output_field=TextField())


@register
class ReceivedResource(Resource):
    model, key = Received, "received-einvoices"
    title, title_one, job, icon = _("Received e-invoices"), _("Received e-invoice"), "books", "note"
    group, place = "vendors", 28
    view_permission = "einvoicing.view_received"
    columns = [
        "number", "kind", "seller_name", "vendor", "on", Column("gross", currency="currency__code"), "currency", "state", Column("to_look_at", _("to be looked at"), "text"), "received_on",
    ]  # fmt: skip
    fields = [
        *columns, Column("net", currency="currency__code"), Column("tax", currency="currency__code"), "seller_vat", "format", "bill", "file_name", "position", "size", "digest",
        "kept_until", "company",
    ]  # fmt: skip
    filters = ["company", "state", "kind", "vendor", "on", "received_on", "format", "seller_vat"]
    conditions = {
        "waiting": (_("waiting for a bill"), lambda: Q(state="received")),
        "doubtful": (_("to be looked at"), lambda: ~Q(doubts="")),
        "repeated": (_("perhaps a copy"), lambda: Q(doubts__contains="repeated")),
    }
    search = ["number", "seller_name", "seller_vat", "file_name"]
    annotations = {"to_look_at": _in_words}
    printed = staticmethod(received_pdf)


@register
class CaptureResource(Resource):
    model, key = Capture, "bills-on-paper"
    title, title_one, job, icon = _("Bills on paper"), _("Bill on paper"), "books", "note"
    group, place = "vendors", 29
    view_permission, write_permission = "einvoicing.view_received", "einvoicing.draft_bill"
    columns = [
        "file_name", "vendor", "vendor_number", "vendor_date", Column("gross", currency="currency__code"), "currency", "state", "received_on",
    ]  # fmt: skip
    fields = ["kind", *columns, "seller_vat", "iban", "bill", "size", "digest", "kept_until", "company"]
    writable = ["kind", "vendor", "vendor_number", "vendor_date", "gross", "currency", "seller_vat", "iban"]
    filters = ["company", "state", "vendor", "vendor_date", "received_on"]
    conditions = {"waiting": (_("waiting for a bill"), lambda: Q(state="captured"))}
    search = ["file_name", "vendor_number", "seller_vat"]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        if any(not d.row.digest for d in drafts):
            raise PaperOnly()
