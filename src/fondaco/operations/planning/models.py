"""When what is bought or fetched again, and what is proposed to be."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PURCHASE, TRANSFER = "purchase", "transfer"
SOURCES = ((PURCHASE, _("buy")), (TRANSFER, _("fetch from another warehouse")))


class ReorderRule(Row):
    """When a product is ordered again for a warehouse, and up to how much.

    *Reorder point*: when what is there and coming, less what is wanted within the lead time, falls to the point, ``order_quantity`` is ordered,
    or what is used in ``cover_days``. *Minimum and maximum*: below the minimum it is filled up to the maximum. Figures that nobody enters
    are computed from what was really used and how long vendors really took (``measuring.py``); they stand here as they were computed last, with
    the reason.
    """

    POINT, MIN_MAX = "point", "min_max"
    METHODS = ((POINT, _("reorder point")), (MIN_MAX, _("minimum and maximum")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    method = models.TextField(_("method"), choices=METHODS, default=POINT)
    source = models.TextField(_("how"), choices=SOURCES, default=PURCHASE)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("vendor"))
    from_warehouse = models.ForeignKey(
        "inventory.Warehouse", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("from warehouse")
    )
    minimum = models.DecimalField(_("minimum"), null=True, blank=True, **QUANTITY)
    maximum = models.DecimalField(_("maximum"), null=True, blank=True, **QUANTITY)
    order_quantity = models.DecimalField(_("quantity of an order"), null=True, blank=True, **QUANTITY)
    cover_days = models.BigIntegerField(_("days that an order covers"), default=14)
    service_percent = models.DecimalField(_("service level %"), default=95, max_digits=6, decimal_places=3)
    safety_stock = models.DecimalField(_("safety stock, by hand"), null=True, blank=True, **QUANTITY)
    is_active = models.BooleanField(_("active"), default=True)
    demand_per_day = models.DecimalField(_("used in a day"), null=True, editable=False, max_digits=20, decimal_places=6)
    demand_spread = models.DecimalField(_("spread of use in a day"), null=True, editable=False, max_digits=20, decimal_places=6)
    lead_days = models.DecimalField(_("lead time in days"), null=True, editable=False, max_digits=10, decimal_places=2)
    lead_spread = models.DecimalField(_("spread of the lead time in days"), null=True, editable=False, max_digits=10, decimal_places=2)
    safety = models.DecimalField(_("safety stock"), default=0, editable=False, **QUANTITY)
    reorder_point = models.DecimalField(_("reorder point"), default=0, editable=False, **QUANTITY)
    explanation = models.TextField(_("why so much"), blank=True, editable=False)
    computed_on = models.DateField(_("computed on"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("reorder rule"), _("reorder rules")
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="reorder_rule_once"),
            models.CheckConstraint(name="reorder_method", condition=Q(method__in=["point", "min_max"])),
            models.CheckConstraint(
                name="reorder_source",
                condition=Q(source="purchase", from_warehouse__isnull=True)
                | (Q(source="transfer", from_warehouse__isnull=False, vendor__isnull=True) & ~Q(from_warehouse=F("warehouse"))),
            ),
            models.CheckConstraint(
                name="reorder_maximum",
                condition=Q(method="point") | Q(maximum__isnull=False, minimum__isnull=False, maximum__gte=F("minimum"), minimum__gte=0),
            ),
            models.CheckConstraint(
                name="reorder_figures",
                condition=(Q(safety_stock__isnull=True) | Q(safety_stock__gte=0))
                & (Q(order_quantity__isnull=True) | Q(order_quantity__gt=0))
                & Q(cover_days__gte=1, cover_days__lte=366, service_percent__gte=50, service_percent__lt=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.warehouse_id}"


class Proposal(Document):
    """What a reorder rule proposes to buy or to fetch, why, and for when. One stands open for a rule at most."""

    OPEN, ACCEPTED, SKIPPED = "open", "accepted", "skipped"
    STATES = ((OPEN, _("open")), (ACCEPTED, _("accepted")), (SKIPPED, _("skipped")))
    initial_state = OPEN
    editable_states = ()

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default=OPEN, editable=False)
    on = models.DateField(_("date"))
    rule = models.ForeignKey(ReorderRule, models.CASCADE, related_name="proposals", verbose_name=_("reorder rule"))
    source = models.TextField(_("how"), choices=SOURCES)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("for warehouse"))
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("vendor"))
    from_warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", null=True, verbose_name=_("from warehouse"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    needed_on = models.DateField(_("expected on"))
    unit_price = models.DecimalField(_("unit price"), null=True, max_digits=20, decimal_places=6)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, verbose_name=_("currency"))
    why = models.TextField(_("why"))
    skipped_until = models.DateField(_("not before"), null=True)
    made_table = models.TextField(blank=True)
    made_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("proposal"), _("proposals")
        constraints = [
            models.UniqueConstraint(fields=["rule"], name="one_open_proposal", condition=Q(state="open")),
            models.CheckConstraint(name="proposal_state", condition=Q(state__in=["open", "accepted", "skipped"])),
            models.CheckConstraint(name="proposal_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="proposal_source", condition=Q(source="purchase") | Q(source="transfer", from_warehouse__isnull=False)
            ),
            models.CheckConstraint(name="accepted_proposal_made", condition=~Q(state="accepted") | Q(made_id__isnull=False)),
        ]
        indexes = [models.Index(fields=["company", "needed_on"], name="proposals_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
