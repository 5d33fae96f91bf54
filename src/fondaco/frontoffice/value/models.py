"""What customers are worth: the margin of what was posted, the model that predicts what comes, and the service that is due for it (KP-01, KP-02)."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}
PARAMETER: dict[str, Any] = {"max_digits": 24, "decimal_places": 10}


class CustomerMargin(models.Model):
    """What one journal entry added to the contribution margin of one customer, in company currency; ``revenue - cost - other`` is the margin.

    ``revenue`` comes from invoices and credit notes, ``cost`` from deliveries and returns, ``other`` is what else was booked for him: rebates, cash
    discounts, write-offs, fees (costs positive). Whose an entry is stands in ``migrations/margins.sql``. ``purchases`` is 1 for an invoice bought on
    ``purchased_on`` and -1 for its reversal. Rows only ever come; their sums are what counts, so that nobody waits for anybody.
    """

    written_by_triggers = True
    owner_path = "party__salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    entry = models.ForeignKey("ledger.JournalEntry", models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    on = models.DateField(_("date"))
    revenue = models.DecimalField(_("revenue"), **AMOUNT)
    cost = models.DecimalField(_("cost of sales"), **AMOUNT)
    other = models.DecimalField(_("other costs"), **AMOUNT)
    purchases = models.BigIntegerField()
    purchased_on = models.DateField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("customer margin"), _("customer margins")
        constraints = [
            models.UniqueConstraint(fields=["entry", "party"], name="margin_of_entry_once"),
            models.CheckConstraint(
                name="purchase_has_a_day",
                condition=Q(purchases=0, purchased_on__isnull=True) | ~Q(purchases=0) & Q(purchased_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "party", "on"],
                name="margins_of_customer",
                include=["revenue", "cost", "other", "purchases", "purchased_on"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.entry_id}"


class ValueModel(Row):
    """How the customers of a company buy, fitted to all of them on a day: BG/NBD says when and until when, gamma-gamma for how much.

    Time is in weeks, money in company currency; ``errors`` are the standard errors of the parameters, by name. ``margin_share`` is the contribution
    margin as a share of revenue over all customers, ``mean_revenue`` what one purchase brings on average. ``first_year`` is what customers brought in
    their first twelve months on average, by country, and ``conversion`` the share of closed leads that became deals, by source; under "" of all.
    Kept for ever: the newest one counts.
    """

    append_only, seldom_changes = True, True
    label_paths = ("on",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    on = models.DateField(_("as of"))
    customers = models.BigIntegerField(_("customers"))
    repeaters = models.BigIntegerField(_("who bought again"))
    r = models.DecimalField("r", **PARAMETER)
    alpha = models.DecimalField("α", **PARAMETER)
    a = models.DecimalField("a", **PARAMETER)
    b = models.DecimalField("b", **PARAMETER)
    log_likelihood = models.DecimalField(_("log-likelihood"), **PARAMETER)
    p = models.DecimalField("p", **PARAMETER)
    q = models.DecimalField("q", **PARAMETER)
    gamma = models.DecimalField("γ", **PARAMETER)
    spend_customers = models.BigIntegerField(_("customers with positive revenue"))
    spend_log_likelihood = models.DecimalField(_("log-likelihood of the amounts"), **PARAMETER)
    errors = models.JSONField(_("standard errors"), default=dict)
    margin_share = models.DecimalField(_("margin share"), max_digits=12, decimal_places=8)
    mean_revenue = models.DecimalField(_("revenue of a purchase"), **AMOUNT)
    first_year = models.JSONField(_("margin of a customer's first 12 months"), default=dict)
    conversion = models.JSONField(_("leads that became deals"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("value model"), _("value models")
        constraints = [
            models.CheckConstraint(
                name="value_model_parameters", condition=Q(r__gt=0, alpha__gt=0, a__gt=0, b__gt=0, p__gt=0, q__gt=1, gamma__gt=0)
            ),
        ]
        indexes = [models.Index(fields=["company", "-id"], name="value_model_newest")]

    def __str__(self) -> str:
        return str(self.on)


class ServiceLevel(Row):
    """A level of service and who earns it: customers whose value reaches an amount, or who are among the best so many percent.

    The first level by ``rank`` that is reached counts. For a percentage, ``reached_from`` is the amount it came to when the model was fitted.
    """

    seldom_changes = True
    label_paths = ("name",)
    EXPECTED, YEAR, TOTAL = "expected", "year", "total"
    BASES = (
        (EXPECTED, _("margin expected in the coming 12 months")), (YEAR, _("margin of the last 12 months")), (TOTAL, _("margin of all time")),
    )  # fmt: skip

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    rank = models.BigIntegerField(_("rank"), default=1)
    basis = models.TextField(_("measured by"), choices=BASES, default=EXPECTED)
    from_amount = models.DecimalField(_("from an amount of"), null=True, blank=True, **AMOUNT)
    top_percent = models.DecimalField(_("the best, %"), null=True, blank=True, **PERCENT)
    reached_from = models.DecimalField(_("reached from"), null=True, editable=False, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("service level"), _("service levels")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="service_level_code_once"),
            models.UniqueConstraint(fields=["company", "rank"], name="service_level_rank_once"),
            models.UniqueConstraint(fields=["id", "company"], name="service_level_of_company"),
            models.CheckConstraint(
                name="service_level_one_threshold",
                condition=Q(from_amount__isnull=False, top_percent__isnull=True)
                | Q(from_amount__isnull=True, top_percent__gt=0, top_percent__lte=100),
            ),
            models.CheckConstraint(name="service_level_basis", condition=Q(basis__in=["expected", "year", "total"])),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def threshold(self) -> Any:
        """The amount from which it is earned; none while a percentage has not been computed yet."""
        return self.reached_from if self.from_amount is None else self.from_amount


class LevelOverride(Row):
    """The service level of a customer as somebody set it by hand, why, and until when."""

    owner_path = "party__salesperson"
    label_paths = ("party__name", "level__name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", verbose_name=_("customer"))
    level = models.ForeignKey(ServiceLevel, models.PROTECT, related_name="+", verbose_name=_("service level"))
    reason = models.TextField(_("reason"))
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    valid_to = models.DateField(_("valid to"))

    class Meta:
        verbose_name, verbose_name_plural = _("service level by hand"), _("service levels by hand")
        constraints = [
            models.CheckConstraint(name="level_override_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="level_override_runs_forward", condition=Q(valid_to__gte=F("valid_from"))),
            ExclusionConstraint(
                name="level_override_once_a_day",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("party", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.valid_to}"


class AcquisitionAccount(Row):
    """An expense account whose costs are spent on winning customers (sales, marketing): what acquisition cost is made of."""

    label_paths = ("account__name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", verbose_name=_("account"))

    class Meta:
        verbose_name, verbose_name_plural = _("account of acquisition cost"), _("accounts of acquisition cost")
        constraints = [models.UniqueConstraint(fields=["account"], name="acquisition_account_once")]

    def __str__(self) -> str:
        return str(self.account_id)
