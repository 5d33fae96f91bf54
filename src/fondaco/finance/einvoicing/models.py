"""How a company and its customers exchange e-invoices, and every file that went out or came in."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

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
    TAX_DUE = (("", _("at once")), ("D", _("when paid")), ("S", _("split payment")))

    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", verbose_name=_("customer"))
    format = models.TextField(_("format"), choices=(("", _("the company's usual one")), *FORMATS), blank=True, default="")
    code = models.TextField(_("recipient code (Codice Destinatario)"), blank=True)
    certified_mail = models.TextField(_("certified mail (PEC)"), blank=True)
    tax_due = models.TextField(_("tax is due"), choices=TAX_DUE, blank=True, default="")
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
