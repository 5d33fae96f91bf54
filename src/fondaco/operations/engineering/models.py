"""How products are made: work centres and what an hour of them costs, bills of materials, and routings.

Of a product that is configured, lines and operations may hang on what was chosen (``condition``) and be reckoned from it (``formula``), in the
language of the rules (``language.py``, ``formulas.py``).
"""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
MINUTES: dict[str, Any] = {"max_digits": 12, "decimal_places": 4}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


def _days() -> Any:
    return Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField())


class WorkCentre(Row):
    """Where work is done, for so many hours of each working day of the company. ``efficiency`` divides the minutes that routings ask for."""

    label_paths = ("code", "name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    hours_per_day = models.DecimalField(_("hours of a working day"), default=8, max_digits=6, decimal_places=2)
    efficiency = models.DecimalField(_("efficiency %"), default=100, **PERCENT)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("work centre"), _("work centres")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="work_centre_code_once"),
            models.CheckConstraint(name="work_centre_hours", condition=Q(hours_per_day__gt=0, hours_per_day__lte=24)),
            models.CheckConstraint(name="work_centre_efficiency", condition=Q(efficiency__gt=0, efficiency__lte=400)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class WorkCentreRate(Row):
    """What an hour of a work centre costs in company currency, from a day on: of the people while it is set up, of people and machine while it runs."""

    company_path = "work_centre__company"

    work_centre = models.ForeignKey(WorkCentre, models.CASCADE, related_name="rates", verbose_name=_("work centre"))
    position = models.BigIntegerField(_("line"), default=0)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    setup_rate = models.DecimalField(_("hour of setting up"), default=0, **QUANTITY)
    labour_rate = models.DecimalField(_("hour of labour"), default=0, **QUANTITY)
    machine_rate = models.DecimalField(_("hour of the machine"), default=0, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("hourly rate"), _("hourly rates")
        constraints = [
            models.CheckConstraint(name="centre_rate_runs_forward", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))),
            models.CheckConstraint(name="centre_rate_positive", condition=Q(setup_rate__gte=0, labour_rate__gte=0, machine_rate__gte=0)),
            ExclusionConstraint(
                name="centre_rate_once_a_day",
                expressions=[("work_centre", RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_centre_id} {self.valid_from}"


class BillOfMaterials(Row):
    """What goes into so much (``quantity``) of a product, in one version, from a day on; of a product one version holds on a day. ``number`` is the SKU
    with the version.

    A phantom is never put in stock: what goes into it goes into what it is part of.
    """

    label_paths = ("number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    number = models.TextField(_("number"), editable=False)
    version_number = models.BigIntegerField(_("version"), default=1, editable=False)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    quantity = models.DecimalField(_("for a quantity of"), default=1, **QUANTITY)
    is_phantom = models.BooleanField(_("phantom"), default=False)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("bill of materials"), _("bills of materials")
        constraints = [
            models.UniqueConstraint(fields=["company", "product", "version_number"], name="bom_version_once"),
            models.CheckConstraint(name="bom_runs_forward", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))),
            models.CheckConstraint(name="bom_quantity", condition=Q(quantity__gt=0)),
            ExclusionConstraint(
                name="bom_once_a_day",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("product", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.number


class BomLine(Row):
    """A part: an item, or what was chosen at an attribute of the product (``chosen_at``), which names one.

    ``quantity`` in ``unit`` (the item's stock unit when empty) goes into the quantity of the bill; a ``formula`` takes its place. ``scrap_percent``
    is needed on top of it. With a ``condition`` the part goes in only where what was chosen meets it.
    """

    company_path = "bom__company"
    label_paths = ("bom__number", "position")

    bom = models.ForeignKey(BillOfMaterials, models.CASCADE, related_name="lines", verbose_name=_("bill of materials"))
    position = models.BigIntegerField(_("line"), default=0)
    item = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("item"))
    chosen_at = models.TextField(_("or what is chosen at"), blank=True)
    quantity = models.DecimalField(_("quantity"), default=1, **QUANTITY)
    formula = models.TextField(_("quantity reckoned as"), blank=True)
    unit = models.ForeignKey("catalog.Unit", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("unit"))
    scrap_percent = models.DecimalField(_("scrap %"), default=0, **PERCENT)
    condition = models.TextField(_("only when"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("part"), _("parts")
        constraints = [
            models.CheckConstraint(
                name="bom_line_names_one_thing", condition=Q(item__isnull=False, chosen_at="") | Q(item__isnull=True) & ~Q(chosen_at="")
            ),
            models.CheckConstraint(name="bom_line_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="bom_line_scrap", condition=Q(scrap_percent__gte=0, scrap_percent__lte=100)),
            models.CheckConstraint(name="bom_line_unit_of_its_item", condition=Q(unit__isnull=True) | Q(item__isnull=False)),
        ]
        indexes = [models.Index(fields=["item"], name="bom_line_used")]

    def __str__(self) -> str:
        return f"{self.bom_id}/{self.position}"


class Routing(Row):
    """By which operations a product is made, in one version, from a day on; of a product one version holds on a day."""

    label_paths = ("number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    number = models.TextField(_("number"), editable=False)
    version_number = models.BigIntegerField(_("version"), default=1, editable=False)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("routing"), _("routings")
        constraints = [
            models.UniqueConstraint(fields=["company", "product", "version_number"], name="routing_version_once"),
            models.CheckConstraint(name="routing_runs_forward", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))),
            ExclusionConstraint(
                name="routing_once_a_day",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("product", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RoutingOperation(Row):
    """A step: at a work centre, or outside at a vendor, who asks ``outside_price`` for a piece in company currency and takes ``outside_days``.

    At a work centre ``setup_minutes`` come once, ``minutes`` with every ``per_quantity`` pieces, or as a ``formula`` has it. ``overlap_percent`` of it
    runs beside the operation that follows.
    """

    company_path = "routing__company"
    label_paths = ("routing__number", "position")

    routing = models.ForeignKey(Routing, models.CASCADE, related_name="operations", verbose_name=_("routing"))
    position = models.BigIntegerField(_("line"), default=0)
    name = models.TextField(_("operation"))
    name_it = models.TextField(_("in Italian"), blank=True)
    work_centre = models.ForeignKey(WorkCentre, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("work centre"))
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("or outside at"))
    setup_minutes = models.DecimalField(_("minutes to set up"), default=0, **MINUTES)
    minutes = models.DecimalField(_("minutes"), default=0, **MINUTES)
    per_quantity = models.DecimalField(_("for so many pieces"), default=1, **QUANTITY)
    formula = models.TextField(_("minutes reckoned as"), blank=True)
    overlap_percent = models.DecimalField(_("overlap %"), default=0, **PERCENT)
    outside_price = models.DecimalField(_("outside, for a piece"), default=0, **QUANTITY)
    outside_days = models.BigIntegerField(_("outside, days"), default=0)
    condition = models.TextField(_("only when"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("operation"), _("operations")
        constraints = [
            models.CheckConstraint(
                name="operation_inside_or_outside",
                condition=Q(work_centre__isnull=False, vendor__isnull=True, outside_price=0, outside_days=0)
                | Q(work_centre__isnull=True, vendor__isnull=False, setup_minutes=0, minutes=0, formula=""),
            ),
            models.CheckConstraint(name="operation_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="operation_figures",
                condition=Q(setup_minutes__gte=0, minutes__gte=0, per_quantity__gt=0, outside_price__gte=0)
                & Q(outside_days__gte=0, outside_days__lte=3650, overlap_percent__gte=0, overlap_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return self.name
