"""How a company and its customers exchange e-invoices, and every file that went out or came in."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}
FORMATS = (
    ("fatturapa", "FatturaPA"),
    ("ubl", "EN 16931 UBL"),
    ("cii", "EN 16931 CII"),
    ("facturx", "Factur-X PDF"),
)
REGIMES = tuple((f"RF{n:02d}", f"RF{n:02d}") for n in (1, 2, *range(4, 20)))


class Sender(Row):
    """What a company must say of itself in e-invoices, and by which channel they leave. One a company.

    ``tax_code`` (codice fiscale), ``regime``, province and business register are asked for by FatturaPA alone.
    """

    CHANNELS = (("folder", _("folder")), ("http", _("provider (HTTP)")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    format = models.TextField(_("usual format"), choices=FORMATS, default="fatturapa")
    channel = models.TextField(_("channel"), choices=CHANNELS, default="folder")
    tax_code = models.TextField(_("tax code"), blank=True)
    regime = models.TextField(_("tax regime (FatturaPA)"), choices=REGIMES, default="RF01")
    province = models.TextField(_("province"), blank=True)
    register_office = models.TextField(_("business register: office"), blank=True)
    register_number = models.TextField(_("business register: number"), blank=True)
    share_capital = models.DecimalField(_("share capital"), null=True, blank=True, **AMOUNT)
    sole_member = models.TextField(
        _("members"), blank=True, choices=[("", _("not said")), ("SU", _("sole member")), ("SM", _("several members"))]
    )
    in_liquidation = models.BooleanField(_("in liquidation"), default=False)
    file_prefix = models.TextField(_("file names begin with"), blank=True)
    declarant_tax_code = models.TextField(_("tax code of the legal representative"), blank=True)
    virtual_stamp = models.BooleanField(_("stamp duty is paid virtually"), default=True)
    endpoint_scheme = models.TextField(_("electronic address: scheme"), blank=True)
    endpoint = models.TextField(_("electronic address"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("e-invoicing of a company"), _("e-invoicing of companies")
        constraints = [
            models.UniqueConstraint(fields=["company"], name="einvoice_sender_once"),
            models.CheckConstraint(name="einvoice_file_prefix", condition=Q(file_prefix__regex="^[A-Z]{0,2}$")),
            models.CheckConstraint(name="einvoice_province", condition=Q(province__regex="^([A-Z]{2})?$")),
        ]

    label_paths = ("company__name",)

    def __str__(self) -> str:
        return f"{self.company_id}"


class Recipient(Row):
    """Where a customer wants his e-invoices. ``code`` is the Codice Destinatario: seven letters and figures, six of a public office."""

    company_path = None

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", verbose_name=_("customer"))
    format = models.TextField(_("format"), choices=(("", _("the company's usual one")), *FORMATS), blank=True, default="")
    code = models.TextField(_("recipient code (Codice Destinatario)"), blank=True)
    certified_mail = models.TextField(_("certified mail (PEC)"), blank=True)
    buyer_reference = models.TextField(_("buyer reference"), blank=True)
    endpoint_scheme = models.TextField(_("electronic address: scheme"), blank=True)
    endpoint = models.TextField(_("electronic address"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("e-invoice address"), _("e-invoice addresses")
        constraints = [
            models.UniqueConstraint(fields=["party"], name="einvoice_recipient_once"),
            models.CheckConstraint(name="einvoice_recipient_code", condition=Q(code__regex="^([A-Z0-9]{6,7})?$")),
        ]

    label_paths = ("party__name",)

    def __str__(self) -> str:
        return self.code or self.certified_mail or f"{self.party_id}"


class InvoiceDetails(Row):
    """What the e-invoice of one invoice says beyond the invoice: document type, order and contract, CUP and CIG, withholding, fund.

    ``fund_line`` is the number of the line that is the pension fund's contribution. Fixed once the e-invoice has gone.
    """

    company_path = "invoice__company"

    invoice = models.OneToOneField("invoicing.Invoice", models.CASCADE, related_name="+", verbose_name=_("invoice"))
    document_type = models.TextField(_("document type (FatturaPA)"), blank=True)
    order_number = models.TextField(_("order"), blank=True)
    order_on = models.DateField(_("order of"), null=True, blank=True)
    contract = models.TextField(_("contract"), blank=True)
    cup = models.TextField(_("CUP"), blank=True)
    cig = models.TextField(_("CIG"), blank=True)
    delivery_number = models.TextField(_("delivery note"), blank=True)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    withholding_kind = models.TextField(_("withholding: kind"), blank=True)
    withholding_rate = models.DecimalField(_("withholding %"), default=0, **PERCENT)
    withholding_amount = models.DecimalField(_("withholding"), default=0, **AMOUNT)
    withholding_reason = models.TextField(_("withholding: reason"), blank=True)
    fund_kind = models.TextField(_("pension fund: kind"), blank=True)
    fund_rate = models.DecimalField(_("pension fund %"), default=0, **PERCENT)
    fund_line = models.BigIntegerField(_("pension fund: line"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("e-invoice details"), _("e-invoice details")
        constraints = [
            models.CheckConstraint(name="einvoice_document_type", condition=Q(document_type__regex="^(TD[0-9]{2})?$")),
            models.CheckConstraint(
                name="einvoice_withholding_whole",
                condition=Q(withholding_kind="", withholding_amount=0)
                | (Q(withholding_amount__gt=0, withholding_rate__gt=0) & ~Q(withholding_kind="") & ~Q(withholding_reason="")),
            ),
            models.CheckConstraint(
                name="einvoice_fund_whole",
                condition=Q(fund_kind="", fund_line__isnull=True) | (Q(fund_line__isnull=False) & ~Q(fund_kind="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}"


class EInvoice(Document):
    """One file of one invoice as it left, or of a bill's self-invoice of type ``self_invoice`` (TD16 to TD19): what it was called, its digest, and what became of it. ``number`` is the file's name.

    ``progressive`` counts the files of the company; ``hub_id`` is the number that the exchange system (SdI) gave it, ``provider_id``
    that of the provider. The bytes lie among the files, under ``digest``, at least until ``kept_until``.
    """

    initial_state, editable_states = "queued", ()
    STATES = (
        ("queued", _("waits to be sent")),
        ("sent", _("sent")),
        ("delivered", _("delivered")),
        ("undeliverable", _("issued, not deliverable")),
        ("accepted", _("accepted")),
        ("expired", _("time to answer over")),
        ("rejected", _("rejected")),
        ("refused", _("refused by the customer")),
    )
    #: After these the invoice may be sent again, under another name.
    FAILED = ("rejected", "refused")
    label_paths = ("number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+", null=True, verbose_name=_("invoice"))
    bill = models.ForeignKey("payables.Bill", models.PROTECT, related_name="+", null=True, verbose_name=_("bill"))
    self_invoice = models.TextField(_("type of the self-invoice"), blank=True)
    on = models.DateField(_("date"))
    state = models.TextField(_("state"), choices=STATES, default="queued", editable=False)
    format = models.TextField(_("format"), choices=FORMATS)
    channel = models.TextField(_("channel"), choices=Sender.CHANNELS)
    progressive = models.TextField(_("progressive number"))
    digest = models.TextField(_("SHA-256"))
    size = models.BigIntegerField(_("size"))
    kept_until = models.DateField(_("kept until"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    hub_id = models.TextField(_("number at SdI"), blank=True)
    provider_id = models.TextField(_("number at the provider"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("e-invoice"), _("e-invoices")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="einvoice_file_name_once"),
            models.UniqueConstraint(fields=["company", "progressive"], name="einvoice_progressive_once"),
            models.UniqueConstraint(fields=["invoice"], name="einvoice_on_its_way_once", condition=~Q(state__in=["rejected", "refused"])),
            models.UniqueConstraint(
                fields=["bill", "self_invoice"], name="self_invoice_on_its_way_once", condition=~Q(state__in=["rejected", "refused"])
            ),
            models.CheckConstraint(
                name="einvoice_of_one_document",
                condition=Q(invoice__isnull=False, bill__isnull=True, self_invoice="")
                | Q(invoice__isnull=True, bill__isnull=False, self_invoice__regex="^TD1[6-9]$"),
            ),
            models.CheckConstraint(name="einvoice_digest", condition=Q(digest__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(name="einvoice_number", condition=Q(number__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["company", "-id"], name="einvoice_of_company"),
            models.Index(fields=["digest"], name="einvoice_by_digest"),
            models.Index(fields=["bill"], name="einvoice_of_bill", condition=Q(bill__isnull=False)),
            models.Index(fields=["provider_id"], name="einvoice_at_provider", condition=~Q(provider_id="")),
        ]


class Notice(Row):
    """What the exchange system or the provider said about an e-invoice; the same words twice are said once (``digest``)."""

    append_only = True
    company_path = "einvoice__company"
    KINDS = (
        ("sent", _("taken by the provider")),
        ("RC", _("RC: delivered")),
        ("NS", _("NS: rejected by SdI")),
        ("MC", _("MC: could not be delivered")),
        ("AT", _("AT: issued, delivery impossible")),
        ("NE1", _("NE: accepted by the office")),
        ("NE2", _("NE: refused by the office")),
        ("DT", _("DT: time to answer over")),
    )
    CURES = (
        ("sent", _("Nothing to do: the answer of SdI comes by itself.")),
        ("RC", _("Nothing to do: the customer has it.")),
        (
            "NS",
            _(
                "The invoice counts as not issued. Correct what is named, then send it again within five days with the same number and date."
            ),
        ),
        ("MC", _("The invoice is issued and lies in the customer's tax drawer. Tell him so, and ask for his recipient code.")),
        ("AT", _("The invoice is issued. Send this attestation to the office by another way.")),
        ("NE1", _("Nothing to do: the office accepts it.")),
        ("NE2", _("Ask the office why; correct what is wrong and send it again, or write a credit note.")),
        ("DT", _("Nothing to do: the office let its fifteen days pass and can no longer refuse it.")),
    )

    einvoice = models.ForeignKey(EInvoice, models.PROTECT, related_name="notices", verbose_name=_("e-invoice"))
    kind = models.TextField(_("notice"), choices=KINDS)
    cure = models.TextField(_("what to do"), choices=CURES)
    at = models.TextField(_("said at"), blank=True)
    text = models.TextField(_("words"), blank=True)
    name = models.TextField(_("file"), blank=True)
    digest = models.TextField(_("SHA-256"))

    class Meta:
        verbose_name, verbose_name_plural = _("notice"), _("notices")
        constraints = [
            models.UniqueConstraint(fields=["einvoice", "digest"], name="einvoice_notice_once"),
            models.CheckConstraint(name="einvoice_notice_digest", condition=Q(digest__regex="^[0-9a-f]{64}$")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}"


class Received(Document):
    """One invoice that a vendor sent as a file. ``number`` is the vendor's own; ``position`` counts the invoices of one file.

    ``meaning`` is what the file says (``semantic.Invoice`` as JSON), for showing; the file itself lies among the files, under
    ``digest``. It is *drafted* while there is a bill made of it.
    """

    initial_state, editable_states = "received", ()
    STATES = (("received", _("received")), ("drafted", _("bill drafted")), ("set_aside", _("set aside")))
    KINDS = (("invoice", _("invoice")), ("credit_note", _("credit note")))
    label_paths = ("number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="received", editable=False)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("vendor"))
    bill = models.ForeignKey("payables.Bill", models.PROTECT, related_name="+", null=True, verbose_name=_("bill"))
    format = models.TextField(_("format"), choices=FORMATS)
    kind = models.TextField(_("kind"), choices=KINDS)
    seller_name = models.TextField(_("seller"))
    seller_vat = models.TextField(_("seller's VAT number"), blank=True)
    on = models.DateField(_("vendor's date"))
    received_on = models.DateField(_("received on"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    net = models.DecimalField(_("net"), **AMOUNT)
    tax = models.DecimalField(_("tax"), **AMOUNT)
    gross = models.DecimalField(_("total"), **AMOUNT)
    doubts = models.TextField(_("to be looked at"), blank=True)
    file_name = models.TextField(_("file"))
    position = models.BigIntegerField(_("invoice of the file"), default=1)
    digest = models.TextField(_("SHA-256"))
    size = models.BigIntegerField(_("size"))
    kept_until = models.DateField(_("kept until"))
    meaning = models.JSONField()

    class Meta:
        verbose_name, verbose_name_plural = _("received e-invoice"), _("received e-invoices")
        constraints = [
            models.UniqueConstraint(fields=["company", "digest", "position"], name="einvoice_received_once"),
            models.CheckConstraint(name="received_digest", condition=Q(digest__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="drafted_has_bill", condition=Q(state="drafted", bill__isnull=False) | (~Q(state="drafted") & Q(bill__isnull=True))
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-id"], name="received_of_company"),
            models.Index(fields=["seller_vat", "number"], name="received_by_number"),
            models.Index(fields=["digest"], name="received_by_digest"),
        ]


class Capture(Document):
    """A bill that came as a PDF without data (AP-04). What its text says for sure is proposed and may be corrected; ``found`` keeps each
    value as it was read, with the words around it and its page, and never changes, nor does the file under ``digest``."""

    initial_state, editable_states = "captured", ("captured",)
    STATES = (("captured", _("received")), ("drafted", _("bill drafted")), ("set_aside", _("set aside")))
    KINDS = (("bill", _("bill")), ("credit_note", _("vendor credit note")))
    #: What is proposed, in the order of the paper.
    PROPOSED = ("kind", "seller_vat", "vendor_number", "vendor_date", "gross", "currency", "iban")
    label_paths = ("file_name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="captured", editable=False)
    kind = models.TextField(_("kind"), choices=KINDS, default="bill")
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("vendor"))
    seller_vat = models.TextField(_("seller's VAT number"), blank=True)
    vendor_number = models.TextField(_("vendor's number"), blank=True)
    vendor_date = models.DateField(_("vendor's date"), null=True, blank=True)
    gross = models.DecimalField(_("total"), null=True, blank=True, **AMOUNT)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    iban = models.TextField(_("IBAN"), blank=True)
    bill = models.ForeignKey("payables.Bill", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("bill"))
    received_on = models.DateField(_("received on"), editable=False)
    file_name = models.TextField(_("file"), editable=False)
    digest = models.TextField(_("SHA-256"), editable=False)
    size = models.BigIntegerField(_("size"), editable=False)
    kept_until = models.DateField(_("kept until"), editable=False)
    found = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("bill on paper"), _("bills on paper")
        constraints = [
            models.UniqueConstraint(fields=["company", "digest"], name="einvoice_capture_once"),
            models.CheckConstraint(name="capture_digest", condition=Q(digest__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="captured_draft_has_bill",
                condition=Q(state="drafted", bill__isnull=False) | (~Q(state="drafted") & Q(bill__isnull=True)),
            ),
            models.CheckConstraint(name="capture_gross", condition=Q(gross__isnull=True) | Q(gross__gt=0)),
        ]
        indexes = [
            models.Index(fields=["company", "-id"], name="capture_of_company"),
            models.Index(fields=["digest"], name="capture_by_digest"),
        ]

    def __str__(self) -> str:
        return self.vendor_number or self.file_name
