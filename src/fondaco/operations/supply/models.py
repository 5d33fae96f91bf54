"""What ties a quantity of a line that brings goods to a quantity of a line that wants them, from whom goods come, and on which days.

Most of what is needed is tied to nothing: which customer order a purchase serves is computed anew each time it is asked
(``netting.py``). A peg is the exception: goods that were bought for this line and no other.
"""

from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
#: From so many receipts on what was measured counts, and not what was agreed.
ENOUGH_RECEIPTS = 3


class Peg(Row):
    """So much of a line that brings goods belongs to a line that wants them, firmly: nobody else is promised it.

    ``handed_over`` is what has come of it and was reserved for the line that wants it, or went straight to its customer. The laws
    stand in ``migrations/laws.sql``: both lines exist and are of one product, and neither is tied beyond its quantity.
    """

    BACK_TO_BACK, DIRECT = "back_to_back", "direct"
    KINDS = ((BACK_TO_BACK, _("bought for the order")), (DIRECT, _("from the vendor to the customer")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.TextField(_("kind"), choices=KINDS)
    supply_table = models.TextField(_("kind of supply"))
    supply_line = models.BigIntegerField(_("line of supply"))
    demand_table = models.TextField(_("kind of demand"))
    demand_line = models.BigIntegerField(_("line of demand"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    handed_over = models.DecimalField(_("handed over"), default=0, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("tie of supply to demand"), _("ties of supply to demand")
        constraints = [
            models.UniqueConstraint(fields=["supply_table", "supply_line", "demand_table", "demand_line"], name="peg_once"),
            models.CheckConstraint(name="peg_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="peg_handed_over", condition=Q(handed_over__gte=0, handed_over__lte=F("quantity"))),
            models.CheckConstraint(name="peg_kind", condition=Q(kind__in=["back_to_back", "direct"])),
        ]
        indexes = [models.Index(fields=["demand_table", "demand_line"], name="peg_by_demand")]

    def __str__(self) -> str:
        return f"{self.supply_line} {self.demand_line} {self.quantity}"


class VendorItem(Row):
    """What a vendor sells us: for how much, in which packs, in how many days. ``rank`` 1 is asked first.

    ``lead_days`` is what was agreed. What receipts really took is measured by planning and stands beside it: mean and standard deviation in
    days, over so many receipts.
    """

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    rank = models.BigIntegerField(_("rank"), default=1)
    vendor_code = models.TextField(_("vendor's code"), blank=True)
    lead_days = models.BigIntegerField(_("lead time in days, agreed"), null=True, blank=True)
    measured_days = models.DecimalField(_("lead time in days, measured"), null=True, editable=False, max_digits=10, decimal_places=2)
    measured_spread = models.DecimalField(_("spread of the lead time in days"), null=True, editable=False, max_digits=10, decimal_places=2)
    measured_receipts = models.BigIntegerField(_("receipts measured"), default=0, editable=False)
    minimum = models.DecimalField(_("minimum quantity"), default=0, **QUANTITY)
    pack = models.DecimalField(_("sold in packs of"), default=0, **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), null=True, blank=True, max_digits=20, decimal_places=6)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("item of a vendor"), _("items of vendors")
        constraints = [
            models.UniqueConstraint(fields=["company", "vendor", "product"], name="vendor_item_once"),
            models.CheckConstraint(name="vendor_item_lead", condition=Q(lead_days__isnull=True) | Q(lead_days__gte=0, lead_days__lte=3650)),
            models.CheckConstraint(name="vendor_item_quantities", condition=Q(minimum__gte=0, pack__gte=0)),
            models.CheckConstraint(name="vendor_item_price", condition=Q(unit_price__isnull=True) | Q(unit_price__gte=0)),
            models.CheckConstraint(name="vendor_item_rank", condition=Q(rank__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.vendor_id} {self.product_id}"

    @property
    def takes(self) -> Decimal | None:
        """Days from order to receipt: measured where enough receipts were, else as agreed; None where nobody knows."""
        if self.measured_days is not None and self.measured_receipts >= ENOUGH_RECEIPTS:
            return self.measured_days
        return None if self.lead_days is None else Decimal(self.lead_days)

    def packed(self, quantity: Decimal) -> Decimal:
        """A quantity as the vendor sells it: his minimum at least, in whole packs, rounded up."""
        wanted = max(quantity, self.minimum)
        return wanted if not self.pack else (wanted / self.pack).to_integral_value(ROUND_CEILING) * self.pack


class WorkCalendar(Row):
    """On which days a company ships and receives, and how long that takes: so many working days to pick and pack, so many days on the road
    to customers. A company without one works on all days, and what is there is there at once."""

    seldom_changes = True
    company = models.OneToOneField("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    monday = models.BooleanField(_("Monday"), default=True)
    tuesday = models.BooleanField(_("Tuesday"), default=True)
    wednesday = models.BooleanField(_("Wednesday"), default=True)
    thursday = models.BooleanField(_("Thursday"), default=True)
    friday = models.BooleanField(_("Friday"), default=True)
    saturday = models.BooleanField(_("Saturday"), default=False)
    sunday = models.BooleanField(_("Sunday"), default=False)
    handling_days = models.BigIntegerField(_("working days to pick and pack"), default=0)
    transport_days = models.BigIntegerField(_("days on the road to customers"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("working calendar"), _("working calendars")
        constraints = [
            models.CheckConstraint(
                name="calendar_works_some_day",
                condition=Q(monday=True) | Q(tuesday=True) | Q(wednesday=True) | Q(thursday=True) | Q(friday=True) | Q(saturday=True) | Q(sunday=True),
            ),
            models.CheckConstraint(
                name="calendar_days", condition=Q(handling_days__gte=0, handling_days__lte=60, transport_days__gte=0, transport_days__lte=180)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.company)


class ClosedDay(Row):
    """A day on which a company does not work, although it would: a holiday, stocktaking."""

    seldom_changes = True
    company_path = "calendar__company"

    calendar = models.ForeignKey(WorkCalendar, models.CASCADE, related_name="closed_days")
    position = models.BigIntegerField(_("line"), default=0)
    on = models.DateField(_("date"))
    name = models.TextField(_("name"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("closed day"), _("closed days")
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="closed_day_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}".strip()


class TransportRoute(Row):
    """A way from one warehouse to another: on which days it departs, and how many days it takes. Departures fall on working days."""

    seldom_changes = True
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    from_warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("from warehouse"))
    to_warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("to warehouse"))
    transport_days = models.BigIntegerField(_("days on the road"), default=1)
    monday = models.BooleanField(_("Monday"), default=True)
    tuesday = models.BooleanField(_("Tuesday"), default=True)
    wednesday = models.BooleanField(_("Wednesday"), default=True)
    thursday = models.BooleanField(_("Thursday"), default=True)
    friday = models.BooleanField(_("Friday"), default=True)
    saturday = models.BooleanField(_("Saturday"), default=False)
    sunday = models.BooleanField(_("Sunday"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("route between warehouses"), _("routes between warehouses")
        constraints = [
            models.UniqueConstraint(fields=["from_warehouse", "to_warehouse"], name="route_once"),
            models.CheckConstraint(name="route_goes_elsewhere", condition=~Q(from_warehouse=F("to_warehouse"))),
            models.CheckConstraint(name="route_days", condition=Q(transport_days__gte=0, transport_days__lte=365)),
            models.CheckConstraint(
                name="route_departs_some_day",
                condition=Q(monday=True) | Q(tuesday=True) | Q(wednesday=True) | Q(thursday=True) | Q(friday=True) | Q(saturday=True) | Q(sunday=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.from_warehouse_id} {self.to_warehouse_id}"


class GivenBack(Row):
    """What an order gave back of goods that were bought for it: it was amended or called off. The buyer sees it until he has."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    supply_name = models.TextField(_("bought with"))
    demand_name = models.TextField(_("for order"))
    quantity = models.DecimalField(_("not wanted any more"), **QUANTITY)
    reason = models.TextField(_("reason"), blank=True)
    is_seen = models.BooleanField(_("seen"), default=False)
    supply_table = models.TextField(_("kind of supply"))
    supply_line = models.BigIntegerField(_("line of supply"))

    class Meta:
        verbose_name, verbose_name_plural = _("given back by an order"), _("given back by orders")
        constraints = [models.CheckConstraint(name="given_back_quantity", condition=Q(quantity__gt=0))]
        indexes = [models.Index(fields=["company", "id"], name="given_back_unseen", condition=Q(is_seen=False))]

    def __str__(self) -> str:
        return f"{self.demand_name} {self.quantity}"
