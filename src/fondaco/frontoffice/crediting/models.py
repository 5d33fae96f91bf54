"""Sales credit: by which rule, and to whom, what was invoiced counts (CO-08)."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


class CreditRule(Row):
    """Whose sales the lines of invoices are, from a day on: those to a customer, of a salesperson, in a country, of a category, or all.

    Every condition that is named must be met. Of several rules that fit, the one of the highest priority counts, then the older one. Two rules
    of the same conditions and priority never hold on the same day: the database refuses the second when it is saved.
    """

    seldom_changes = True
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    priority = models.BigIntegerField(_("priority"), default=0)
    customer = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("customer"))
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    country = models.ForeignKey("companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("country"))
    category = models.ForeignKey("catalog.Category", models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("category"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("credit rule"), _("credit rules")
        constraints = [
            models.CheckConstraint(name="credit_rule_runs_forward", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))),
            models.CheckConstraint(name="credit_rule_has_a_name", condition=~Q(name="")),
            ExclusionConstraint(
                name="credit_rule_once_a_day",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("priority", RangeOperators.EQUAL),
                    (Coalesce(F("customer"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("salesperson"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("country"), Value("")), RangeOperators.EQUAL),
                    (Coalesce(F("category"), 0), RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CreditShare(Row):
    """What part of the credit a salesperson has; without one, the salesperson of the invoice. Shares of a rule make 100%; what is on top
    (a manager, a specialist) does not count to them."""

    seldom_changes = True
    company_path = "rule__company"

    rule = models.ForeignKey(CreditRule, models.CASCADE, related_name="shares")
    position = models.BigIntegerField(default=0)
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson"),
        help_text=_("Empty: the salesperson of the invoice"),
    )  # fmt: skip
    percent = models.DecimalField(_("share %"), **PERCENT)
    on_top = models.BooleanField(_("on top"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("share"), _("shares")
        constraints = [
            models.CheckConstraint(name="credit_share_percent", condition=Q(percent__gt=0, percent__lte=100)),
            models.UniqueConstraint(fields=["rule", "salesperson", "on_top"], name="credit_share_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.salesperson_id or ''} {self.percent}"


class SalesCredit(Row):
    """What of the net of an invoice line counts for a salesperson, in company currency, negative for a credit note. Never altered: what is
    taken back is written again with the opposite sign (``takes_back``).

    ``rule`` is the one that said so; without one the line counts wholly for the salesperson of its invoice.
    """

    append_only = True
    owner_path = "salesperson"
    label_paths = ("invoice__number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+", verbose_name=_("invoice"))
    line = models.ForeignKey("invoicing.InvoiceLine", models.PROTECT, related_name="+", verbose_name=_("line"))
    on = models.DateField(_("date"))
    salesperson = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("salesperson"))
    percent = models.DecimalField(_("share %"), **PERCENT)
    on_top = models.BooleanField(_("on top"), default=False)
    amount = models.DecimalField(_("credited amount"), **AMOUNT)
    rule = models.ForeignKey(CreditRule, models.PROTECT, related_name="+", null=True, verbose_name=_("credit rule"))
    takes_back = models.OneToOneField("self", models.PROTECT, related_name="taken_back_by", null=True, verbose_name=_("takes back"))

    class Meta:
        verbose_name, verbose_name_plural = _("sales credit"), _("sales credits")
        indexes = [
            models.Index(fields=["line"], name="sales_credit_of_line"),
            models.Index(fields=["invoice"], name="sales_credit_of_invoice"),
            models.Index(fields=["company", "salesperson", "on"], name="sales_credit_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.salesperson_id} {self.percent}"
