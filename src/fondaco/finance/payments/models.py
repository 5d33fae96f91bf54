"""Payments received from customers (and refunds to them), and what each of them settles."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class Payment(Document):
    """Money received (``received``) or given back (``refund``), in its own currency, on a bank or cash account.

    What its allocations do not use stays open on the customer's account (on-account payment, over-payment).
    """

    RECEIVED, REFUND = "received", "refund"
    KINDS = ((RECEIVED, _("received")), (REFUND, _("refund")))
    STATES = (("draft", _("draft")), ("posted", _("posted")), ("reversed", _("reversed")))
    series = "PAY"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind"), choices=KINDS, default=RECEIVED)
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    on = models.DateField(_("date"))
    account = models.ForeignKey(
        "ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("bank or cash account")
    )
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    reference = models.TextField(_("reference"), blank=True)
    memo = models.TextField(_("memo"), blank=True)
    entry = models.OneToOneField(
        "ledger.JournalEntry", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("journal entry")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("payment"), _("payments")
        constraints = [
            models.CheckConstraint(name="payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="posted_payment_has_number_and_entry", condition=Q(state="draft") | Q(number__isnull=False, entry__isnull=False)
            ),
            models.UniqueConstraint(fields=["company", "number"], name="payment_number_once"),
        ]
        indexes = [
            models.Index(fields=["party", "-on"], name="payment_of_party"),
            models.Index(fields=["company", "-on", "-id"], name="payment_by_date"),
        ]

    @property
    def sign(self) -> int:
        """+1 when money comes in."""
        return 1 if self.kind == self.RECEIVED else -1


class Allocation(Row):
    """How much of a payment goes to one invoice (or other open item), in the payment's currency."""

    company_path = "payment__company"

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="allocations")
    position = models.BigIntegerField(default=0)
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    discount = models.DecimalField(_("cash discount"), default=0, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("allocation"), _("allocations")
        constraints = [
            models.CheckConstraint(name="allocation_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="allocation_discount_not_negative", condition=Q(discount__gte=0)),
            models.UniqueConstraint(fields=["payment", "item"], name="allocation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}/{self.position}"


class SettlingRule(Row):
    """How a company settles what is not paid to the cent: VAT of cash discounts, and differences too small to be chased.

    A difference is small when it is at most ``tolerance`` (company currency) and at most ``tolerance_percent`` of the item.
    """

    PRO_RATA, CREDIT_NOTE = "pro_rata", "credit_note"
    DISCOUNT_TAX = ((PRO_RATA, _("corrected with the discount")), (CREDIT_NOTE, _("corrected by credit note only")))

    company = models.OneToOneField("companies.Company", models.CASCADE, related_name="+", verbose_name=_("company"))
    discount_tax = models.TextField(_("VAT of cash discounts"), choices=DISCOUNT_TAX, default=PRO_RATA)
    tolerance = models.DecimalField(_("small difference up to"), default=0, **AMOUNT)
    tolerance_percent = models.DecimalField(_("largest share of the item, %"), max_digits=7, decimal_places=4, default=100)

    label_paths = ("company__name",)

    class Meta:
        verbose_name, verbose_name_plural = _("settling rule"), _("settling rules")
        constraints = [
            models.CheckConstraint(name="settling_rule_discount_tax", condition=Q(discount_tax__in=["pro_rata", "credit_note"])),
            models.CheckConstraint(
                name="settling_rule_tolerance", condition=Q(tolerance__gte=0, tolerance_percent__gte=0, tolerance_percent__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id}"


class WriteOffReason(Row):
    """Why a claim is given up, and the account that bears it (the company's *write_off* account when empty).

    The default one is taken where nobody chooses; ``for_small_differences`` names the one of the tolerance.
    """

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("account"))
    is_default = models.BooleanField(_("default"), default=False)
    for_small_differences = models.BooleanField(_("for small differences"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    label_paths = ("code", "name")

    class Meta:
        verbose_name, verbose_name_plural = _("write-off reason"), _("write-off reasons")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="write_off_reason_once"),
            models.UniqueConstraint(fields=["company"], condition=Q(is_default=True), name="write_off_reason_one_default"),
            models.UniqueConstraint(fields=["company"], condition=Q(for_small_differences=True), name="write_off_reason_one_for_small"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Difference(Row):
    """What was not paid of an item and given up in a settlement: cash discount, small difference or write-off.

    ``amount`` is in the item's currency, positive when it lowers what the customer owes. Undone with its settlement.
    """

    append_only = True
    DISCOUNT, SMALL, WRITE_OFF = "discount", "small_difference", "write_off"
    KINDS = ((DISCOUNT, _("cash discount")), (SMALL, _("small difference")), (WRITE_OFF, _("write-off")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    settlement = models.ForeignKey("ledger.Settlement", models.PROTECT, related_name="+", verbose_name=_("settlement"))
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    kind = models.TextField(_("kind"), choices=KINDS)
    reason = models.ForeignKey(WriteOffReason, models.PROTECT, related_name="+", null=True, verbose_name=_("reason"))
    on = models.DateField(_("date"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    tax = models.DecimalField(_("VAT in it"), default=0, **AMOUNT)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    memo = models.TextField(_("memo"), blank=True)

    label_paths = ("kind", "on")

    class Meta:
        verbose_name, verbose_name_plural = _("settled without payment"), _("settled without payment")
        constraints = [
            models.CheckConstraint(name="difference_kind", condition=Q(kind__in=["discount", "small_difference", "write_off"])),
            models.CheckConstraint(name="difference_not_zero", condition=~Q(amount=0)),
            models.CheckConstraint(name="write_off_has_a_reason", condition=Q(kind="discount") | Q(reason__isnull=False)),
        ]
        indexes = [models.Index(fields=["company", "-on", "-id"], name="difference_by_date")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}"


class Application(Row):
    """The settlement that a payment's money made, kept so that it can be unapplied."""

    append_only = True
    company_path = "payment__company"

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="applications")
    settlement = models.OneToOneField("ledger.Settlement", models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.payment_id} {self.settlement_id}"
