"""Discounts on top of what the price lists give: steps that follow one another, their rules, and the limits of the whole (PR-02); what selling is
expected to cost (PR-06); and what customers are given back at the end of the year (PR-03)."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


class DiscountStep(Row):
    """One step on the way from the price of the lists to the net price: of its rules the closest counts, and steps follow by position.

    A step *stacks* with the others, on the price that the steps before left or on that of the lists; or it stands *alone*, before all others,
    or only where it gives most.
    """

    label_paths = ("name",)
    STACK, ALONE, BEST = "stack", "alone", "best"
    KINDS = (
        (STACK, _("adds to other steps")),
        (ALONE, _("stands alone, before all others")),
        (BEST, _("stands alone where it gives most")),
    )
    RUNNING, LIST = "running", "list"
    BASES = ((RUNNING, _("the price that the steps before left")), (LIST, _("the price of the lists")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    position = models.BigIntegerField(_("position"))
    kind = models.TextField(_("kind"), choices=KINDS, default=STACK)
    basis = models.TextField(_("percent of"), choices=BASES, default=RUNNING)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("discount step"), _("discount steps")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="discount_step_code_once"),
            models.UniqueConstraint(fields=["company", "position"], name="discount_step_position_once"),
            models.CheckConstraint(name="discount_step_kind", condition=Q(kind__in=["stack", "alone", "best"])),
            models.CheckConstraint(name="discount_step_basis", condition=Q(basis__in=["running", "list"])),
        ]

    def __str__(self) -> str:
        return self.name


class DiscountRule(Row):
    """A discount in percent: for a customer, a group or everybody; a product, a category with all below it or everything; within days,
    from a quantity of the line and a value of the document on (of all its lines at the prices of the lists, without tax, in company currency).

    Two rules of one step never claim the same line: the database refuses the second when it is saved, not when the clerk sells.
    """

    company_path = "step__company"
    label_paths = ("name",)

    step = models.ForeignKey(DiscountStep, models.PROTECT, related_name="rules", verbose_name=_("step"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("customer"))
    group = models.ForeignKey(
        "parties.CustomerGroup", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("customer group")
    )
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    category = models.ForeignKey("catalog.Category", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("category"))
    from_quantity = models.DecimalField(_("from quantity"), default=0, **QUANTITY)
    from_value = models.DecimalField(_("from value of the document"), default=0, **AMOUNT)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    percent = models.DecimalField(_("discount %"), **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("discount rule"), _("discount rules")
        constraints = [
            models.CheckConstraint(name="discount_for_one_at_most", condition=Q(customer__isnull=True) | Q(group__isnull=True)),
            models.CheckConstraint(name="discount_on_one_at_most", condition=Q(product__isnull=True) | Q(category__isnull=True)),
            models.CheckConstraint(name="discount_percent", condition=Q(percent__gt=0, percent__lte=100)),
            models.CheckConstraint(name="discount_from_not_negative", condition=Q(from_quantity__gte=0, from_value__gte=0)),
            models.CheckConstraint(
                name="discount_runs_forward",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
            ExclusionConstraint(
                name="discounts_do_not_conflict",
                expressions=[
                    ("step", RangeOperators.EQUAL),
                    (Coalesce(F("customer"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("group"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("product"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("category"), 0), RangeOperators.EQUAL),
                    ("from_quantity", RangeOperators.EQUAL),
                    ("from_value", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["product"], name="discount_by_product"),
            models.Index(fields=["customer"], name="discount_by_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class DiscountLimit(Row):
    """How far discounts by rule may go: at most so many percent in all, and never below what the goods cost at present and so many percent more.

    For a category with all below it, or for everything; what the nearest category does not say, the next one above does.
    """

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    category = models.ForeignKey("catalog.Category", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("category"))
    cap_percent = models.DecimalField(_("discounts of at most %"), null=True, blank=True, **PERCENT)
    floor_percent = models.DecimalField(_("never below cost and %"), null=True, blank=True, **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("limit of discounts"), _("limits of discounts")
        constraints = [
            models.UniqueConstraint(fields=["company", "category"], name="discount_limit_once", nulls_distinct=False),
            models.CheckConstraint(
                name="discount_limit_says_something", condition=Q(cap_percent__isnull=False) | Q(floor_percent__isnull=False)
            ),
            models.CheckConstraint(
                name="discount_limit_percent",
                condition=(Q(cap_percent__isnull=True) | Q(cap_percent__gte=0, cap_percent__lte=100))
                & (Q(floor_percent__isnull=True) | Q(floor_percent__gte=0, floor_percent__lte=999)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.category_id or ''}".strip()


class SellingCost(Row):
    """What selling is expected to cost beside the goods, until it is known: freight or commission, in percent of the net and (of freight) for
    each kilogram, in company currency. Of several the closest counts, as of discounts.

    It is an expectation for the margin of quotes and orders, posted nowhere; commissions themselves belong to payroll.
    """

    FREIGHT, COMMISSION = "freight", "commission"
    KINDS = ((FREIGHT, _("freight")), (COMMISSION, _("commission")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind"), choices=KINDS, default=FREIGHT)
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("customer"))
    group = models.ForeignKey(
        "parties.CustomerGroup", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("customer group")
    )
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    category = models.ForeignKey("catalog.Category", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("category"))
    percent = models.DecimalField(_("percent of the net"), default=0, **PERCENT)
    per_kg = models.DecimalField(_("for each kg"), default=0, max_digits=20, decimal_places=6)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("expected cost of selling"), _("expected costs of selling")
        constraints = [
            models.CheckConstraint(name="selling_cost_for_one_at_most", condition=Q(customer__isnull=True) | Q(group__isnull=True)),
            models.CheckConstraint(name="selling_cost_on_one_at_most", condition=Q(product__isnull=True) | Q(category__isnull=True)),
            models.CheckConstraint(
                name="selling_cost_figures",
                condition=Q(kind__in=["freight", "commission"], percent__gte=0, percent__lte=100, per_kg__gte=0)
                & (Q(kind="freight") | Q(per_kg=0)),
            ),
            models.CheckConstraint(
                name="selling_cost_runs_forward",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
            ExclusionConstraint(
                name="selling_costs_do_not_conflict",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (Coalesce(F("customer"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("group"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("product"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("category"), 0), RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class RebateAgreement(Document):
    """What a customer is given back on his turnover of some time (PR-03): net of tax, in company currency, the whole of it at the tier reached.

    While it is in force, what is owed is accrued with every posted invoice and taken back with every credit note: at the tier reached, or
    at that of ``expected_turnover`` where it is higher. Settled, the customer has his credit note, at the tier that was reached.
    """

    STATES = (("draft", _("draft")), ("in_force", _("in force")), ("settled", _("settled by credit note")), ("cancelled", _("cancelled")))
    series, date_field = "REB", "valid_from"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    expected_turnover = models.DecimalField(_("expected turnover"), default=0, **AMOUNT)
    conditions = models.TextField(_("conditions"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rebate agreement"), _("rebate agreements")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="rebate_number_once"),
            models.CheckConstraint(name="rebate_has_number", condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False)),
            models.CheckConstraint(name="rebate_figures", condition=Q(valid_to__gte=F("valid_from"), expected_turnover__gte=0)),
            ExclusionConstraint(
                name="one_rebate_at_a_time",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("customer", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state__in=["in_force", "settled"]),
            ),
        ]
        indexes = [models.Index(fields=["customer"], name="rebate_of_customer")]


class RebateTier(Row):
    """From a turnover on, the whole of it earns so many percent."""

    company_path = "agreement__company"

    agreement = models.ForeignKey(RebateAgreement, models.CASCADE, related_name="tiers", verbose_name=_("rebate agreement"))
    from_turnover = models.DecimalField(_("from turnover"), default=0, **AMOUNT)
    percent = models.DecimalField(_("rebate %"), **PERCENT)

    class Meta:
        verbose_name, verbose_name_plural = _("tier"), _("tiers")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "from_turnover"], name="rebate_tier_once"),
            models.CheckConstraint(name="rebate_tier_figures", condition=Q(from_turnover__gte=0, percent__gte=0, percent__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.from_turnover}"


class RebateAccrual(Row):
    """What a document did to an agreement: turnover, and what is owed more or less with it (company currency); written once.

    *Catching up* brings what was accrued before to the tier that holds now. Settling takes off what the credit note gave.
    """

    append_only = True
    company_path = "agreement__company"
    INVOICE, CREDIT_NOTE, REVERSAL, CATCH_UP, SETTLEMENT = "invoice", "credit_note", "reversal", "catch_up", "settlement"
    KINDS = (
        (INVOICE, _("invoice")), (CREDIT_NOTE, _("credit note")), (REVERSAL, _("reversal")), (CATCH_UP, _("catching up")), (SETTLEMENT, _("settlement")),
    )  # fmt: skip

    agreement = models.ForeignKey(RebateAgreement, models.PROTECT, related_name="accruals", verbose_name=_("rebate agreement"))
    kind = models.TextField(_("kind"), choices=KINDS)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+", null=True, verbose_name=_("invoice"))
    entry = models.ForeignKey("ledger.JournalEntry", models.PROTECT, related_name="+", null=True, verbose_name=_("journal entry"))
    on = models.DateField(_("date"))
    turnover = models.DecimalField(_("turnover"), default=0, **AMOUNT)
    percent = models.DecimalField(_("rebate %"), default=0, **PERCENT)
    amount = models.DecimalField(_("accrued"), default=0, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("accrued rebate"), _("accrued rebates")
        constraints = [
            models.CheckConstraint(
                name="accrual_kind", condition=Q(kind__in=["invoice", "credit_note", "reversal", "catch_up", "settlement"])
            ),
            models.CheckConstraint(name="accrual_has_entry", condition=Q(amount=0) | Q(entry__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.kind} {self.pk}"
