"""Contracts that are invoiced by period: what was agreed, what it costs on which day, what was used, and what was charged (PR-09)."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sales.models import LENGTHS, MONTHS
from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


class Contract(Document):
    """What a customer pays by period, from a day on: lines at dated prices and quantities, metered usage, single fees, and prices for what he
    orders meanwhile. Prices are without tax, in the contract's currency.

    ``ends_on`` is its last day: of the term, moved by each renewal; empty, it runs until it is cancelled. ``version_number`` counts
    amendments. ``next_on`` is the next day on which something falls due, kept by the verbs.
    """

    series, date_field, owner_path = "SUB", "starts_on", "salesperson"
    #: Follows from what is invoiced, which tells its own story.
    secret_columns = ("next_on",)
    STATES = (("draft", _("draft")), ("active", _("active")), ("ended", _("ended")), ("cancelled", _("cancelled")))
    ANNIVERSARY, CALENDAR = "anniversary", "calendar"
    CALENDARS = ((ANNIVERSARY, _("from the first day of the contract")), (CALENDAR, _("by the calendar")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    reference = models.TextField(_("customer's reference"), blank=True)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    starts_on = models.DateField(_("begins on"))
    term_months = models.BigIntegerField(_("term, months"), null=True, blank=True, help_text=_("Empty: until it is cancelled"))
    notice_days = models.BigIntegerField(_("notice, days"), default=60)
    renews = models.BooleanField(_("renews by itself"), default=True)
    renewal_months = models.BigIntegerField(_("renewed for, months"), default=12)
    rise_percent = models.DecimalField(_("dearer with each renewal by %"), default=0, **PERCENT)
    every_months = models.BigIntegerField(_("invoiced every"), choices=MONTHS, default=1)
    calendar = models.TextField(_("periods run"), choices=CALENDARS, default=CALENDAR)
    in_advance = models.BooleanField(_("in advance"), default=True)
    payment_term = models.ForeignKey(
        "invoicing.PaymentTerm", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("payment term")
    )
    posts_at_once = models.BooleanField(_("post its invoices at once"), default=False)
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    conditions = models.TextField(_("conditions"), blank=True)
    quote = models.OneToOneField("sales.Quote", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("quote"))
    ends_on = models.DateField(_("ends on"), null=True, editable=False)
    version_number = models.BigIntegerField(_("version of the contract"), default=1, editable=False)
    next_on = models.DateField(_("next invoice"), null=True, editable=False)
    price_list = models.OneToOneField(
        "catalog.PriceList", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("price list")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("contract"), _("contracts")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="subscription_number_once"),
            models.CheckConstraint(name="subscription_has_number", condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False)),
            models.CheckConstraint(name="subscription_state", condition=Q(state__in=["draft", "active", "ended", "cancelled"])),
            models.CheckConstraint(
                name="subscription_ends_after_beginning", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="subscription_terms",
                condition=(Q(term_months__isnull=True) | Q(term_months__gte=1, term_months__lte=240))
                & Q(notice_days__gte=0, notice_days__lte=730, renewal_months__gte=1, renewal_months__lte=120)
                & Q(rise_percent__gt=-100, rise_percent__lte=100, every_months__in=LENGTHS, calendar__in=["anniversary", "calendar"])
                & Q(version_number__gte=1),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "state"], name="subscription_of_customer"),
            models.Index(fields=["next_on"], name="subscription_due", condition=Q(next_on__isnull=False)),
        ]


class Meter(Row):
    """What counts a customer's use: a machine's counter, hours of service, calls. Each record of use names one."""

    label_paths = ("code", "name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    unit = models.ForeignKey("catalog.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))

    class Meta:
        verbose_name, verbose_name_plural = _("meter"), _("meters")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="meter_code_once"),
            models.CheckConstraint(name="meter_has_a_name", condition=~Q(code="") & ~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ContractLine(Row):
    """A product of a contract. *Recurring*: quantity at a price a month, quarter or year, dated by the steps. *Usage*: so much a unit of what a
    meter counted in a period. *One-off*: once, with the first invoice. *Price*: agreed for what is ordered while the contract lasts.
    """

    company_path, owner_path = "contract__company", "contract__salesperson"
    RECURRING, USAGE, ONE_OFF, FOR_ORDERS = "recurring", "usage", "one_off", "price"
    KINDS = ((RECURRING, _("recurring")), (USAGE, _("by use")), (ONE_OFF, _("once")), (FOR_ORDERS, _("price for orders")))
    GRADUATED, VOLUME, PACKAGE = "graduated", "volume", "package"
    RATINGS = (
        (GRADUATED, _("each tier at its own price")), (VOLUME, _("everything at the price of the tier reached")), (PACKAGE, _("by whole packages")),
    )  # fmt: skip

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="lines", verbose_name=_("contract"))
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    kind = models.TextField(_("kind"), choices=KINDS, default=RECURRING)
    quantity = models.DecimalField(_("quantity"), default=1, **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), null=True, blank=True, help_text=_("Empty: as the price lists say"), **PRICE)
    per_months = models.BigIntegerField(_("price for a"), choices=MONTHS, default=1)
    discount_percent = models.DecimalField(_("discount %"), default=0, **PERCENT)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("meter"))
    rating = models.TextField(_("rated"), choices=RATINGS, default=GRADUATED)
    included_quantity = models.DecimalField(_("included in a period"), default=0, **QUANTITY)
    package_size = models.DecimalField(_("size of a package"), null=True, blank=True, **QUANTITY)
    minimum = models.DecimalField(_("at least, a period"), null=True, blank=True, **AMOUNT)
    cap = models.DecimalField(_("at most, a period"), null=True, blank=True, **AMOUNT)
    added_in = models.BigIntegerField(_("since version"), default=1, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.UniqueConstraint(fields=["contract", "product"], name="subscription_product_once"),
            models.CheckConstraint(
                name="subscription_line_figures",
                condition=Q(
                    quantity__gte=0,
                    unit_price__isnull=False,
                    unit_price__gte=0,
                    discount_percent__gte=0,
                    discount_percent__lte=100,
                    included_quantity__gte=0,
                )
                & Q(
                    kind__in=["recurring", "usage", "one_off", "price"],
                    rating__in=["graduated", "volume", "package"],
                    per_months__in=LENGTHS,
                )
                & (Q(minimum__isnull=True) | Q(minimum__gte=0))
                & (Q(cap__isnull=True) | Q(cap__gte=0))
                & (Q(minimum__isnull=True) | Q(cap__isnull=True) | Q(cap__gte=F("minimum"))),
            ),
            models.CheckConstraint(
                name="subscription_use_is_metered",
                condition=Q(kind="usage", meter__isnull=False) | (~Q(kind="usage") & Q(meter__isnull=True)),
            ),
            models.CheckConstraint(
                name="subscription_package_has_a_size",
                condition=Q(package_size__gt=0, rating="package") | (~Q(rating="package") & Q(package_size__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["meter"], name="subscription_line_of_meter", condition=Q(meter__isnull=False))]

    label_paths = ("description",)

    def __str__(self) -> str:
        return self.description or f"{self.contract_id}/{self.position}"


class ContractStep(Row):
    """From a day on a recurring product has this quantity and price. Those agreed at signing have version 1; each amendment adds its own, and
    of two of one day the later version holds. Written once.
    """

    company_path = "contract__company"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="steps", verbose_name=_("contract"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    from_on = models.DateField(_("from"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), **PRICE)
    version_number = models.BigIntegerField(_("version of the contract"), default=1, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("step"), _("steps")
        constraints = [
            models.UniqueConstraint(fields=["contract", "product", "from_on", "version_number"], name="subscription_step_once"),
            models.CheckConstraint(
                name="subscription_step_figures", condition=Q(quantity__gte=0, unit_price__gte=0, version_number__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.from_on}"


class UsageTier(Row):
    """From a quantity of a period on, a unit of a product by use costs so much; below the first tier, the price of the line."""

    company_path = "contract__company"

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="tiers", verbose_name=_("contract"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    from_quantity = models.DecimalField(_("from quantity"), **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), **PRICE)

    class Meta:
        verbose_name, verbose_name_plural = _("tier"), _("tiers")
        constraints = [
            models.UniqueConstraint(fields=["contract", "product", "from_quantity"], name="subscription_tier_once"),
            models.CheckConstraint(name="subscription_tier_figures", condition=Q(from_quantity__gt=0, unit_price__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.from_quantity}"


class ContractPause(Row):
    """Days on which a contract rests: nothing of what recurs is charged for them. Open, it lasts until the contract is resumed."""

    company_path = "contract__company"

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="pauses", verbose_name=_("contract"))
    first = models.DateField(_("from"))
    last = models.DateField(_("to"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("pause"), _("pauses")
        constraints = [
            models.CheckConstraint(name="subscription_pause_days", condition=Q(last__isnull=True) | Q(last__gte=F("first"))),
            ExclusionConstraint(
                name="subscription_paused_once",
                expressions=[
                    ("contract", RangeOperators.EQUAL),
                    (
                        Func(F("first"), F("last"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.first}"


class ContractAmendment(Row):
    """What was changed of a contract in force, from which day, and why; and what it brings in a month before and after, on that day."""

    append_only = True
    company_path = "contract__company"
    SIGNED, CHANGED, ADDED, PAUSED, RESUMED, NOTICE, CANCELLED, RENEWED = (
        "signed", "changed", "added", "paused", "resumed", "notice", "cancelled", "renewed",
    )  # fmt: skip
    KINDS = (
        (SIGNED, _("signed")), (CHANGED, _("changed")), (ADDED, _("product added")), (PAUSED, _("paused")), (RESUMED, _("resumed")),
        (NOTICE, _("notice given")), (CANCELLED, _("cancelled")), (RENEWED, _("renewed")),
    )  # fmt: skip

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="amendments", verbose_name=_("contract"))
    version_number = models.BigIntegerField(_("version of the contract"))
    kind = models.TextField(_("kind"), choices=KINDS)
    on = models.DateField(_("from"))
    reason = models.TextField(_("reason"), blank=True)
    said = models.TextField(_("what was changed"), blank=True)
    before = models.DecimalField(_("a month before"), **AMOUNT)
    after = models.DecimalField(_("a month after"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("amendment"), _("amendments")
        constraints = [models.UniqueConstraint(fields=["contract", "version_number"], name="subscription_version_once")]

    def __str__(self) -> str:
        return f"{self.contract_id} v{self.version_number}"


class UsageRecord(Row):
    """What a meter counted on a day. Its source names each by a key, so that one sent twice is one. Never altered: a wrong one is reversed."""

    append_only = True
    label_paths = ("meter__code", "key")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+", verbose_name=_("meter"))
    on = models.DateField(_("date"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    source = models.TextField(_("source"))
    key = models.TextField(_("key at the source"))
    note = models.TextField(_("note"), blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, related_name="reversed_by", null=True, verbose_name=_("reverses"))

    class Meta:
        verbose_name, verbose_name_plural = _("record of use"), _("records of use")
        constraints = [
            models.UniqueConstraint(fields=["company", "source", "key"], name="usage_once"),
            models.CheckConstraint(name="usage_has_a_key", condition=~Q(source="") & ~Q(key="")),
            models.CheckConstraint(name="usage_counts_up", condition=Q(quantity__gt=0) | Q(reverses__isnull=False)),
        ]
        indexes = [models.Index(fields=["meter", "on"], name="usage_of_meter")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class MeterDay(models.Model):
    """What a meter counted on a day in all, kept by trigger with its records."""

    written_by_triggers = True
    company_path = "meter__company"

    meter = models.ForeignKey(Meter, models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    quantity = models.DecimalField(**QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("use of a day"), _("use by day")
        constraints = [models.UniqueConstraint(fields=["meter", "on"], name="meter_day_once")]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.on}"


class ContractCharge(Row):
    """What was invoiced of a line for some days of a period, with the sentence that explains it.

    A *charge* is the first of its days: no two that stand share a day, so nothing is invoiced twice. An *adjustment* is the difference that
    an amendment or late use makes afterwards. ``due`` is what the period comes to in all, with this row. ``taken_back_by`` is the
    document that took it back: a credit note of the whole line, or the invoice itself once reversed; its days are open again then.
    """

    company_path, owner_path = "contract__company", "contract__salesperson"
    CHARGE, ADJUSTMENT = "charge", "adjustment"
    KINDS = ((CHARGE, _("charge")), (ADJUSTMENT, _("adjustment")))

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="charges", verbose_name=_("contract"))
    line = models.ForeignKey(ContractLine, models.PROTECT, related_name="+", verbose_name=_("line"))
    kind = models.TextField(_("kind"), choices=KINDS)
    period_from = models.DateField(_("period from"))
    period_to = models.DateField(_("period to"))
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    quantity = models.DecimalField(_("quantity"), default=0, **QUANTITY)
    amount = models.DecimalField(_("net"), **AMOUNT)
    due = models.DecimalField(_("of the period in all"), **AMOUNT)
    explanation = models.TextField(_("how it was reckoned"))
    priced_version = models.BigIntegerField(_("version of the contract"))
    invoice_line = models.OneToOneField("invoicing.InvoiceLine", models.PROTECT, related_name="+", verbose_name=_("invoice line"))
    taken_back_by = models.ForeignKey(
        "invoicing.Invoice", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("taken back by")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("charge"), _("charges")
        constraints = [
            models.CheckConstraint(name="subscription_charge_kind", condition=Q(kind__in=["charge", "adjustment"])),
            models.CheckConstraint(
                name="subscription_charge_days", condition=Q(last__gte=F("first"), first__gte=F("period_from"), last__lte=F("period_to"))
            ),
            ExclusionConstraint(
                name="subscription_charged_once",
                expressions=[
                    ("line", RangeOperators.EQUAL),
                    (
                        Func(F("first"), F("last"), Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(kind="charge", taken_back_by__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "period_from"], name="subscription_charge_by_period"),
            models.Index(fields=["line"], name="subscription_charge_of_line"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.first}"
