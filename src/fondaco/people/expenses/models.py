"""What people spent for the company: claims with their receipts, and what the company allows (AP-09)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}


class ExpenseKind(Row):
    """A kind of expense and what is allowed: by receipt up to a limit a line, or so much a day or kilometre whatever it cost.

    ``limit`` and ``rate`` are in company currency. A line above the limit says why. From ``receipt_from`` on a receipt is needed.
    """

    PAID = (("receipt", _("by receipt")), ("day", _("so much a day")), ("kilometre", _("so much a kilometre")))
    label_paths = ("code", "name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    paid = models.TextField(_("paid"), choices=PAID, default="receipt")
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", verbose_name=_("cost account"))
    tax_code = models.ForeignKey("tax.TaxCode", models.PROTECT, related_name="+", verbose_name=_("tax code"))
    limit = models.DecimalField(_("limit"), null=True, blank=True, **AMOUNT)
    rate = models.DecimalField(_("rate"), null=True, blank=True, **AMOUNT)
    receipt_from = models.DecimalField(_("receipt from"), default=0, **AMOUNT)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("kind of expense"), _("kinds of expense")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="expense_kind_once"),
            models.CheckConstraint(
                name="expense_kind_has_its_rate",
                condition=Q(paid="receipt", rate__isnull=True) | Q(paid__in=["day", "kilometre"], rate__gt=0, limit__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ExpenseClaim(Document):
    """What somebody spent for the company and wants back, in company currency. ``claimant`` sees and writes it, ``employee`` is paid.

    Booked, it becomes a bill of the employee, through which he is paid as vendors are.
    """

    STATES = (("draft", _("draft")), ("booked", _("booked")))
    series = "EXP"
    owner_path = "claimant"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    employee = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("employee"))
    claimant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("claimed by")
    )
    on = models.DateField(_("date"))
    purpose = models.TextField(_("what for"))
    last_edited_by = models.TextField(_("last edited by"), blank=True, editable=False)
    gross = models.DecimalField(_("total"), default=0, editable=False, **AMOUNT)
    bill = models.OneToOneField("payables.Bill", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("bill"))

    class Meta:
        verbose_name, verbose_name_plural = _("expense claim"), _("expense claims")
        constraints = [
            models.CheckConstraint(
                name="booked_claim_has_number_and_bill", condition=Q(state="draft") | Q(number__isnull=False, bill__isnull=False)
            ),
            models.CheckConstraint(name="claim_says_what_for", condition=~Q(purpose="")),
            models.UniqueConstraint(fields=["company", "number"], name="claim_number_once"),
        ]
        indexes = [models.Index(fields=["employee", "-on"], name="claim_of_employee")]


class ExpenseLine(Row):
    """One expense: what a receipt says, or days or kilometres at the rate of its kind, which then gives the amount."""

    company_path = "claim__company"

    claim = models.ForeignKey(ExpenseClaim, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    on = models.DateField(_("date"))
    kind = models.ForeignKey(ExpenseKind, models.PROTECT, related_name="+", verbose_name=_("kind"))
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("days or kilometres"), default=1, **QUANTITY)
    amount = models.DecimalField(_("amount"), null=True, blank=True, **AMOUNT)
    over_limit_reason = models.TextField(_("why above the limit"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [models.CheckConstraint(name="expense_line_positive", condition=Q(amount__gt=0, quantity__gt=0))]

    def __str__(self) -> str:
        return f"{self.claim_id}/{self.position}"
