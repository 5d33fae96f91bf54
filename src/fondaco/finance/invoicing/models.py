"""Customer invoices and credit notes, their lines and taxes, and payment terms."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}


class PaymentTerm(Row):
    """When an invoice falls due; several instalments share it by percent. ``instrument`` says who moves the money: nothing, that the
    customer pays; ``riba``, that we present bank receipts by which his bank asks him."""

    company_path = None
    INSTRUMENTS = (("", _("transfer of the customer")), ("riba", _("bank receipt (RiBa)")))

    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    instrument = models.TextField(_("paid by"), choices=INSTRUMENTS, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("payment term"), _("payment terms")
        constraints = [models.CheckConstraint(name="payment_term_instrument", condition=Q(instrument__in=["", "riba"]))]

    label_paths = ("name",)

    def __str__(self) -> str:
        return self.name


class Instalment(Row):
    """A share of the amount, due so many days after the invoice date (then at the end of that month, if so agreed)."""

    company_path = None

    term = models.ForeignKey(PaymentTerm, models.CASCADE, related_name="instalments")
    position = models.BigIntegerField(default=1)
    percent = models.DecimalField(_("percent"), max_digits=7, decimal_places=4, default=100)
    days = models.BigIntegerField(_("days"), default=0)
    end_of_month = models.BooleanField(_("end of month"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("instalment"), _("instalments")
        constraints = [
            models.CheckConstraint(name="instalment_percent", condition=Q(percent__gt=0, percent__lte=100)),
            models.CheckConstraint(name="instalment_days", condition=Q(days__gte=0, days__lte=730)),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % / {self.days}"


class DiscountStep(Row):
    """Cash discount of a term: so many percent of what is paid within so many days of the invoice date."""

    company_path = None

    term = models.ForeignKey(PaymentTerm, models.CASCADE, related_name="discounts")
    position = models.BigIntegerField(default=1)
    percent = models.DecimalField(_("discount %"), max_digits=7, decimal_places=4)
    days = models.BigIntegerField(_("within days"))

    class Meta:
        verbose_name, verbose_name_plural = _("cash discount"), _("cash discounts")
        constraints = [
            models.CheckConstraint(name="discount_step_percent", condition=Q(percent__gt=0, percent__lt=100)),
            models.CheckConstraint(name="discount_step_days", condition=Q(days__gte=0, days__lte=730)),
            models.UniqueConstraint(fields=["term", "days"], name="discount_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % / {self.days}"


class CustomerTerms(Row):
    """What a company agreed with a customer on paying."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", verbose_name=_("customer"))
    payment_term = models.ForeignKey(PaymentTerm, models.PROTECT, related_name="+", verbose_name=_("payment term"))

    class Meta:
        verbose_name, verbose_name_plural = _("customer terms"), _("customer terms")
        constraints = [models.UniqueConstraint(fields=["company", "party"], name="customer_terms_once")]

    def __str__(self) -> str:
        return f"{self.party_id} {self.payment_term_id}"


class Invoice(Document):
    """A customer invoice, or a credit note (``kind``), in the customer's currency. Amounts are positive on both.

    ``net + tax = gross``. Paid and overdue are derived from its open items.
    """

    INVOICE, CREDIT_NOTE = "invoice", "credit_note"
    KINDS = ((INVOICE, _("invoice")), (CREDIT_NOTE, _("credit note")))
    STATES = (("draft", _("draft")), ("posted", _("posted")), ("reversed", _("reversed")))
    owner_path = "salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind"), choices=KINDS, default=INVOICE)
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    on = models.DateField(_("date"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    payment_term = models.ForeignKey(PaymentTerm, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("payment term"))
    prices_include_tax = models.BooleanField(_("prices include tax"), default=False)
    ship_from = models.ForeignKey(
        "companies.Country", models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("shipped from")
    )
    ship_to = models.ForeignKey(
        "companies.Country", models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("shipped to")
    )
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    reference = models.TextField(_("customer's reference"), blank=True)
    memo = models.TextField(_("memo"), blank=True)
    credits = models.ForeignKey("self", models.PROTECT, related_name="credit_notes", null=True, blank=True, verbose_name=_("credits"))
    source_table = models.TextField(blank=True, editable=False)
    source_id = models.BigIntegerField(null=True, editable=False)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)
    tax = models.DecimalField(_("tax"), default=0, editable=False, **AMOUNT)
    gross = models.DecimalField(_("total"), default=0, editable=False, **AMOUNT)
    due_on = models.DateField(_("due on"), null=True, editable=False)
    entry = models.OneToOneField(
        "ledger.JournalEntry", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("journal entry")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("invoice"), _("invoices")
        constraints = [
            models.CheckConstraint(
                name="posted_invoice_has_number_and_entry", condition=Q(state="draft") | Q(number__isnull=False, entry__isnull=False)
            ),
            models.CheckConstraint(name="invoice_adds_up", condition=Q(gross=models.F("net") + models.F("tax"))),
            models.UniqueConstraint(fields=["company", "number"], name="invoice_number_once"),
        ]
        indexes = [
            models.Index(fields=["company", "-on", "-id"], name="invoice_by_date"),
            models.Index(fields=["customer", "-on"], name="invoice_of_customer"),
            models.Index(fields=["source_table", "source_id"], name="invoice_by_source"),
        ]

    @property
    def series(self) -> str:  # type: ignore[override]
        return "CN" if self.kind == self.CREDIT_NOTE else "INV"

    @property
    def sign(self) -> int:
        """+1 for an invoice, -1 for a credit note: the sign of what the customer owes."""
        return -1 if self.kind == self.CREDIT_NOTE else 1


class InvoiceLine(Row):
    """A line: quantity times price less discount; ``tax_explanation`` is the sentence of the rule that chose the code.

    ``is_down_payment``: money asked for what comes later, or taken off again for ``down_payment``, the line that asked for it.
    ``booked`` is what such a line stands at in the books once posted, in company currency, signed as ``net``.
    """

    company_path = "invoice__company"

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=6, default=1)
    unit_price = models.DecimalField(_("unit price"), null=True, blank=True, **PRICE)
    discount_percent = models.DecimalField(_("discount %"), max_digits=7, decimal_places=4, default=0)
    tax_code = models.ForeignKey("tax.TaxCode", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("tax code"))
    account = models.ForeignKey(
        "ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("revenue account")
    )
    tax_rate = models.DecimalField(_("tax %"), max_digits=7, decimal_places=4, default=0, editable=False)
    tax_explanation = models.TextField(_("why this tax"), blank=True, editable=False)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)
    tax = models.DecimalField(_("tax"), default=0, editable=False, **AMOUNT)
    source_table = models.TextField(blank=True, editable=False)
    source_id = models.BigIntegerField(null=True, editable=False)
    is_down_payment = models.BooleanField(_("down payment"), default=False, editable=False)
    down_payment = models.ForeignKey(
        "self", models.PROTECT, related_name="deductions", null=True, editable=False, db_index=False, verbose_name=_("taken off")
    )
    booked = models.DecimalField(_("booked"), null=True, editable=False, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="invoice_line_discount", condition=Q(discount_percent__gte=0, discount_percent__lte=100)),
            models.CheckConstraint(name="down_payment_says_so", condition=Q(down_payment__isnull=True) | Q(is_down_payment=True)),
        ]
        indexes = [
            models.Index(fields=["source_table", "source_id"], name="invoice_line_by_source"),
            models.Index(fields=["product"], name="invoice_line_product"),
            models.Index(fields=["down_payment"], name="taken_off_down_payment", condition=Q(down_payment__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position}"


class InvoiceTax(Row):
    """Taxable base and tax of one code and rate on an invoice."""

    company_path = "invoice__company"

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="taxes")
    tax_code = models.ForeignKey("tax.TaxCode", models.PROTECT, related_name="+", verbose_name=_("tax code"))
    rate = models.DecimalField(_("rate %"), max_digits=7, decimal_places=4)
    base = models.DecimalField(_("taxable"), **AMOUNT)
    tax = models.DecimalField(_("tax"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("tax"), _("taxes")
        constraints = [models.UniqueConstraint(fields=["invoice", "tax_code", "rate"], name="invoice_tax_once")]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.tax_code_id}"
