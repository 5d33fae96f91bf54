"""Runs of payments to vendors: what is proposed, what two people released, the file for the bank and its answers (AP-06, BK-08)."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class PaymentRun(Document):
    """Payments to vendors of one day from one bank account. The database keeps who prepared it, and lets none of them release it;
    once released nothing of it changes."""

    DRAFT, SUBMITTED, RELEASED, CANCELLED = "draft", "submitted", "released", "cancelled"
    STATES = ((DRAFT, _("draft")), (SUBMITTED, _("to release")), (RELEASED, _("released")), (CANCELLED, _("cancelled")))
    series = "RUN"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default=DRAFT, editable=False)
    bank_account = models.ForeignKey("payments.BankAccount", models.PROTECT, related_name="+", verbose_name=_("bank account"))
    on = models.DateField(_("payment date"))
    due_until = models.DateField(_("due until"))
    take_discounts = models.BooleanField(_("take cash discounts"), default=True)
    most = models.DecimalField(_("at most"), null=True, blank=True, **AMOUNT)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("only this vendor"))
    memo = models.TextField(_("memo"), blank=True)
    #: Kept by trigger: everybody who wrote or changed the run or its lines.
    prepared_by = models.JSONField(_("prepared by"), default=list, editable=False)
    released_by = models.TextField(_("released by"), blank=True, default="", editable=False)
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)
    fingerprint = models.TextField(_("fingerprint of the file (SHA-256)"), blank=True, default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("payment run"), _("payment runs")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="payment_run_number_once"),
            models.CheckConstraint(name="payment_run_most_positive", condition=Q(most__isnull=True) | Q(most__gt=0)),
            models.CheckConstraint(
                name="released_run_is_signed",
                condition=~Q(state="released")
                | (Q(number__isnull=False, released_at__isnull=False) & ~Q(released_by="") & Q(fingerprint__regex="^[0-9a-f]{64}$")),
            ),
        ]
        indexes = [models.Index(fields=["company", "-on", "-id"], name="payment_run_by_date")]


class PaymentRunLine(Row):
    """An open item in a run: paid wholly or in part, or left out with the reason. An item stands in one open run only."""

    PROPOSED, LEFT_OUT, RELEASED, CANCELLED = "proposed", "left_out", "released", "cancelled"
    STATES = ((PROPOSED, _("to pay")), (LEFT_OUT, _("left out")), (RELEASED, _("released")), (CANCELLED, _("cancelled")))
    NO_ACCOUNT, ACCOUNT_HELD, ITEM_HELD, OVER, TAKEN_OUT, OTHER_RUN, NO_IBAN = (
        "no_account", "account_held", "item_held", "over_limit", "taken_out", "other_run", "no_iban",
    )  # fmt: skip
    REASONS = (
        (NO_ACCOUNT, _("the vendor has no bank account")),
        (NO_IBAN, _("the account has no IBAN")),
        (ACCOUNT_HELD, _("the bank account is on hold")),
        (ITEM_HELD, _("on hold or in dispute")),
        (OVER, _("over the limit of the run")),
        (TAKEN_OUT, _("taken out by hand")),
        (OTHER_RUN, _("in another run")),
    )
    company_path = "run__company"
    label_paths = ("item__entry__number",)

    run = models.ForeignKey(PaymentRun, models.CASCADE, related_name="lines", verbose_name=_("payment run"))
    position = models.BigIntegerField(default=0)
    state = models.TextField(_("state"), choices=STATES, default=PROPOSED)
    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    payee = models.ForeignKey("parties.PartyBankAccount", models.PROTECT, related_name="+", null=True, verbose_name=_("paid to"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    discount = models.DecimalField(_("cash discount"), default=0, **AMOUNT)
    reason = models.TextField(_("why left out"), choices=REASONS, blank=True, default="")
    note = models.TextField(_("note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("line of a payment run"), _("lines of payment runs")
        constraints = [
            models.CheckConstraint(name="run_line_positive", condition=Q(amount__gt=0, discount__gte=0)),
            models.CheckConstraint(name="run_line_has_payee", condition=Q(state="left_out") | Q(payee__isnull=False)),
            models.CheckConstraint(name="run_line_left_out_has_reason", condition=Q(state="left_out") & ~Q(reason="") | ~Q(state="left_out") & Q(reason="")),
            models.UniqueConstraint(fields=["run", "item"], name="run_line_item_once"),
            models.UniqueConstraint(fields=["item"], name="run_line_in_one_open_run", condition=Q(state="proposed")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.run_id}/{self.position}"


class Transfer(Row):
    """One payment of a released run, as the bank is told: written at release, never changed but for the bank's answer."""

    STATES = (("released", _("released")), ("executed", _("executed")), ("rejected", _("rejected")))
    company_path = "run__company"
    label_paths = ("end_to_end",)

    run = models.ForeignKey(PaymentRun, models.PROTECT, related_name="transfers", verbose_name=_("payment run"))
    state = models.TextField(_("state"), choices=STATES, default="released", editable=False)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    payee = models.ForeignKey("parties.PartyBankAccount", models.PROTECT, related_name="+", verbose_name=_("paid to"))
    name = models.TextField(_("account holder"))
    iban = models.TextField("IBAN")
    bic = models.TextField("BIC", blank=True, default="")
    amount = models.DecimalField(_("amount"), **AMOUNT)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    disbursement = models.OneToOneField("payments.Disbursement", models.PROTECT, related_name="+", verbose_name=_("payment to a vendor"))
    end_to_end = models.TextField(_("reference for the bank"), unique=True)
    text = models.TextField(_("text"), blank=True, default="")
    answered_on = models.DateField(_("answered on"), null=True)
    answer = models.TextField(_("answer of the bank"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("transfer"), _("transfers")
        constraints = [
            models.CheckConstraint(name="transfer_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="transfer_state", condition=Q(state__in=["released", "executed", "rejected"])),
        ]

    def __str__(self) -> str:
        return self.end_to_end


class PaymentFile(Row):
    """The file of a released run, whole, with its SHA-256, which the database itself compares with the content."""

    append_only = True
    company_path = "run__company"

    run = models.OneToOneField(PaymentRun, models.PROTECT, related_name="file")
    format = models.TextField(_("format"))
    content = models.TextField(_("content"))
    digest = models.TextField(_("fingerprint (SHA-256)"))

    def __str__(self) -> str:
        return self.digest


class ItemHold(Row):
    """An open item that is not to be paid for the time being, and why."""

    company_path = "item__company"

    item = models.ForeignKey("ledger.OpenItem", models.PROTECT, related_name="+", verbose_name=_("open item"))
    reason = models.TextField(_("reason"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True)
    lifted_by = models.TextField(_("lifted by"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("hold"), _("holds")
        constraints = [
            models.CheckConstraint(name="hold_has_reason", condition=~Q(reason="")),
            models.UniqueConstraint(fields=["item"], name="hold_once", condition=Q(lifted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.reason
