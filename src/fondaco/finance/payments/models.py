"""The company's bank accounts; payments from customers and to vendors (and refunds), and what each of them settles."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class BankAccount(Row):
    """An account that the company holds at a bank, and the account of its books that stands for it.

    One active bank account to a ledger account, so that the books can be compared with the bank's statement.
    """

    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    iban = models.TextField("IBAN", blank=True, default="")
    account_number = models.TextField(_("account number (where there is no IBAN)"), blank=True, default="")
    bic = models.TextField("BIC", blank=True, default="")
    bank_name = models.TextField(_("bank"), blank=True, default="")
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", verbose_name=_("ledger account"))
    #: Always "bank": with account and company it refers to the ledger's account, whose control must be the same.
    control = models.TextField(default="bank", editable=False)
    is_default = models.BooleanField(_("default for its currency"), default=False, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    creditor_identifier = models.TextField(_("SEPA creditor identifier"), blank=True, default="")
    sia_code = models.TextField(_("SIA code"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("bank account"), _("bank accounts")
        constraints = [
            models.CheckConstraint(name="bank_account_has_a_number", condition=~Q(iban="") | ~Q(account_number="")),
            models.CheckConstraint(name="bank_account_has_a_currency", condition=Q(currency__isnull=False)),
            models.CheckConstraint(name="bank_account_control", condition=Q(control="bank")),
            models.CheckConstraint(name="bank_account_default_is_active", condition=Q(is_default=False) | Q(is_active=True)),
            models.CheckConstraint(name="bank_account_sia_code", condition=Q(sia_code="") | Q(sia_code__regex="^[A-Z0-9]{5}$")),
            models.UniqueConstraint(fields=["company", "iban", "currency"], name="bank_account_iban_once", condition=~Q(iban="")),
            models.UniqueConstraint(fields=["company", "currency"], name="bank_account_one_default", condition=Q(is_default=True)),
            models.UniqueConstraint(fields=["account"], name="bank_account_one_to_an_account", condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.name


class OfKinds(models.Manager["Payment"]):
    """The payments of some kinds: who may write receipts reaches no payment to a vendor by it, and the other way round."""

    def __init__(self, *kinds: str) -> None:
        super().__init__()
        self.kinds = kinds

    def get_queryset(self) -> models.QuerySet["Payment"]:
        return super().get_queryset().filter(kind__in=self.kinds)


class Payment(Document):
    """Money between the company and a party, in its own currency, on a bank or cash account. The model itself holds what
    customers pay (``received``) and get back (``refund``); ``Disbursement`` holds what vendors are paid and give back.

    What its allocations do not use stays open on the party's account (on-account payment, over-payment).
    """

    RECEIVED, REFUND, PAID, REFUNDED = "received", "refund", "paid", "refunded"
    KINDS = ((RECEIVED, _("received")), (REFUND, _("refund")), (PAID, _("paid")), (REFUNDED, _("refund received")))
    narrowed_choices = {"kind": KINDS[:2]}
    #: The purposes of the account that explains what is owed, and of the journal.
    control, journal = "receivable", "receipts"
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
    #: Where what it settles lies on another account than the usual one, such as advances.
    control_account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, editable=False)

    objects = OfKinds(RECEIVED, REFUND)

    class Meta:
        verbose_name, verbose_name_plural = _("payment"), _("payments")
        constraints = [
            models.CheckConstraint(name="payment_kind", condition=Q(kind__in=["received", "refund", "paid", "refunded"])),
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
        return 1 if self.kind in (self.RECEIVED, self.REFUNDED) else -1


class Disbursement(Payment):
    """Money paid to a vendor (``paid``), or given back by one (``refunded``): a payment with rights of its own."""

    narrowed_choices = {"kind": Payment.KINDS[2:]}
    control, journal = "payable", "payments"
    series = "DIS"

    objects = OfKinds(Payment.PAID, Payment.REFUNDED)

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("payment to a vendor"), _("payments to vendors")


class Allocation(Row):
    """How much of a payment goes to one invoice (or other open item), in the payment's currency; negative what a credit note takes off it."""

    company_path = "payment__company"

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="allocations")
    position = models.BigIntegerField(default=0)
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    discount = models.DecimalField(_("cash discount"), default=0, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("allocation"), _("allocations")
        constraints = [
            models.CheckConstraint(name="allocation_moves_something", condition=~Q(amount=0)),
            models.CheckConstraint(name="allocation_of_credit_without_discount", condition=Q(amount__gt=0) | Q(discount=0)),
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
