"""Bins below the place where a warehouse's stock lies, what lies in them, and how it was moved between them.

The laws stand in ``migrations/laws.sql``: what lies in bins is never more than what is on hand, a bin takes what it has room and class
for, and goods that leave leave their bins too. Bins have no account: their moves never touch the books.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
METRES: dict[str, Any] = {"max_digits": 10, "decimal_places": 3}


class Bin(Row):
    """A named spot of a warehouse's stock: a shelf, a floor space, a place at the dock.

    ``x_m`` and ``y_m`` are metres on the floor, aisles run along y; ``sequence`` is the order in which goods are taken. A capacity that
    is not given is no limit; a class admits goods of that category and of those below it only.
    """

    DOCK_IN, DOCK_OUT, STORAGE, PICKING = "dock_in", "dock_out", "storage", "picking"
    KINDS = ((PICKING, _("picking")), (STORAGE, _("storage")), (DOCK_IN, _("dock in")), (DOCK_OUT, _("dock out")))
    label_paths = ("code",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="bins", verbose_name=_("warehouse"))
    location = models.ForeignKey("inventory.Location", models.PROTECT, related_name="bins", editable=False, verbose_name=_("place"))
    code = models.TextField(_("code"))
    kind = models.TextField(_("kind"), choices=KINDS, default=PICKING)
    zone = models.TextField(_("zone"), blank=True)
    aisle = models.TextField(_("aisle"), blank=True)
    rack = models.TextField(_("rack"), blank=True)
    level = models.TextField(_("level"), blank=True)
    x_m = models.DecimalField(_("x in m"), default=0, **METRES)
    y_m = models.DecimalField(_("y in m"), default=0, **METRES)
    sequence = models.BigIntegerField(_("pick sequence"), default=0)
    category = models.ForeignKey(
        "catalog.Category", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("only goods of")
    )
    most_pieces = models.DecimalField(_("most pieces"), null=True, blank=True, **QUANTITY)
    most_weight_kg = models.DecimalField(_("most weight in kg"), null=True, blank=True, **QUANTITY)
    most_volume_m3 = models.DecimalField(_("most volume in m³"), null=True, blank=True, **QUANTITY)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("bin"), _("bins")
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "code"], name="bin_code_once"),
            models.CheckConstraint(name="bin_code_is_plain", condition=Q(code__regex=r"^\S+$")),
            models.CheckConstraint(name="bin_kind", condition=Q(kind__in=["dock_in", "dock_out", "storage", "picking"])),
            models.CheckConstraint(
                name="bin_capacity_positive",
                condition=(Q(most_pieces__isnull=True) | Q(most_pieces__gt=0))
                & (Q(most_weight_kg__isnull=True) | Q(most_weight_kg__gt=0))
                & (Q(most_volume_m3__isnull=True) | Q(most_volume_m3__gt=0)),
            ),
        ]
        indexes = [models.Index(fields=["location", "sequence", "id"], name="bins_in_order")]

    def __str__(self) -> str:
        return self.code


class Floor(models.Model):
    """A warehouse with bins, as the one whom verbs on all of them are asked for. Made by trigger with its first bin, and never locked,
    so that nobody's work waits for another's."""

    written_by_triggers = True
    label_paths = ("warehouse__name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    warehouse = models.OneToOneField("inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    location = models.OneToOneField("inventory.Location", models.PROTECT, related_name="floor", verbose_name=_("place"))

    class Meta:
        verbose_name, verbose_name_plural = _("warehouse with bins"), _("warehouses with bins")

    def __str__(self) -> str:
        return str(self.warehouse)


class BinStock(models.Model):
    """What of a product, or of a lot of it, lies in a bin. Kept by trigger; never below zero."""

    written_by_triggers = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    location = models.ForeignKey("inventory.Location", models.PROTECT, related_name="+", db_index=False, verbose_name=_("place"))
    bin = models.ForeignKey(Bin, models.PROTECT, related_name="stock", db_index=False, verbose_name=_("bin"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product"))
    lot = models.ForeignKey("inventory.Lot", models.PROTECT, related_name="+", null=True, verbose_name=_("lot"))
    on_hand = models.DecimalField(_("on hand"), default=0, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("stock in a bin"), _("stock in bins")
        constraints = [
            models.UniqueConstraint(fields=["bin", "product", "lot"], name="bin_stock_once", nulls_distinct=False),
            models.CheckConstraint(name="bin_stock_not_negative", condition=Q(on_hand__gte=0)),
        ]
        indexes = [models.Index(fields=["product", "location"], name="bins_of_product", condition=Q(on_hand__gt=0))]

    def __str__(self) -> str:
        return f"{self.bin_id} {self.product_id}"


class BinMove(Row):
    """Goods that went from one bin to another, or between a bin and the dock, which is no bin. Never changes, and has no value.

    ``stock_move`` is the move that took them out of the place. ``why`` is the reason in words.
    """

    append_only = True

    PUT_AWAY, REPLENISH, MOVE, LEFT = "put_away", "replenish", "move", "left"
    KINDS = (
        (PUT_AWAY, _("put away")), (REPLENISH, _("replenished")), (MOVE, _("moved")), (LEFT, _("left the warehouse")),
    )  # fmt: skip

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    location = models.ForeignKey("inventory.Location", models.PROTECT, related_name="+", db_index=False, verbose_name=_("place"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    lot = models.ForeignKey("inventory.Lot", models.PROTECT, related_name="+", null=True, verbose_name=_("lot"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    from_bin = models.ForeignKey(Bin, models.PROTECT, related_name="+", null=True, verbose_name=_("from"))
    to_bin = models.ForeignKey(Bin, models.PROTECT, related_name="+", null=True, verbose_name=_("to"))
    kind = models.TextField(_("kind"), choices=KINDS)
    why = models.TextField(_("why"), blank=True)
    stock_move = models.ForeignKey("inventory.StockMove", models.PROTECT, related_name="+", null=True, verbose_name=_("stock move"))

    class Meta:
        verbose_name, verbose_name_plural = _("move between bins"), _("moves between bins")
        constraints = [
            models.CheckConstraint(name="bin_move_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="bin_move_goes_somewhere",
                condition=Q(from_bin__isnull=False, to_bin__isnull=True)
                | Q(from_bin__isnull=True, to_bin__isnull=False)
                | Q(from_bin__isnull=False, to_bin__isnull=False) & ~Q(from_bin=F("to_bin")),
            ),
            models.CheckConstraint(name="bin_move_kind", condition=Q(kind__in=["put_away", "replenish", "move", "left"])),
            models.CheckConstraint(
                name="what_left_names_its_move",
                condition=Q(kind="left", stock_move__isnull=False) | ~Q(kind="left") & Q(stock_move__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.product_id}"
