"""What ties a quantity of a line that brings goods to a quantity of a line that wants them.

Most of what is needed is tied to nothing: which customer order a purchase serves is computed anew each time it is asked
(``netting.py``). A peg is the exception: goods that were bought for this line and no other.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}


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
