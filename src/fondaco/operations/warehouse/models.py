"""Bins below the place where a warehouse's stock lies, what lies in them, and how it was moved between them.

The laws stand in ``migrations/laws.sql``: what lies in bins is never more than what is on hand, a bin takes what it has room and class
for, and goods that leave leave their bins too. Bins have no account: their moves never touch the books.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

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
            models.UniqueConstraint(fields=["id", "warehouse"], name="bin_of_warehouse"),
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
        constraints = [models.UniqueConstraint(fields=["warehouse", "company"], name="floor_of_company")]

    def __str__(self) -> str:
        return str(self.warehouse)


class BinStock(models.Model):
    """What of a product, or of a lot of it, lies in a bin, and how much of it open tasks are to take. Kept by trigger; never below zero,
    and no piece is for two tasks."""

    written_by_triggers = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    location = models.ForeignKey("inventory.Location", models.PROTECT, related_name="+", db_index=False, verbose_name=_("place"))
    bin = models.ForeignKey(Bin, models.PROTECT, related_name="stock", db_index=False, verbose_name=_("bin"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product"))
    lot = models.ForeignKey("inventory.Lot", models.PROTECT, related_name="+", null=True, verbose_name=_("lot"))
    on_hand = models.DecimalField(_("on hand"), default=0, **QUANTITY)
    allotted = models.DecimalField(_("for tasks"), default=0, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("stock in a bin"), _("stock in bins")
        constraints = [
            models.UniqueConstraint(fields=["bin", "product", "lot"], name="bin_stock_once", nulls_distinct=False),
            models.CheckConstraint(name="bin_stock_not_negative", condition=Q(on_hand__gte=0)),
            models.CheckConstraint(name="bin_allotted_not_negative", condition=Q(allotted__gte=0)),
        ]
        indexes = [models.Index(fields=["product", "location"], name="bins_of_product", condition=Q(on_hand__gt=0))]

    def __str__(self) -> str:
        return f"{self.bin_id} {self.product_id}"


class BinMove(Row):
    """Goods that went from one bin to another, or between a bin and the dock, which is no bin. Never changes, and has no value.

    ``stock_move`` is the move that took them out of the place. ``why`` is the reason in words.
    """

    append_only = True

    PUT_AWAY, REPLENISH, MOVE, PICK, CROSS_DOCK, COUNT, LEFT = "put_away", "replenish", "move", "pick", "cross_dock", "count", "left"
    KINDS = (
        (PUT_AWAY, _("put away")), (REPLENISH, _("replenished")), (MOVE, _("moved")), (PICK, _("picked")), (CROSS_DOCK, _("across the dock")),
        (COUNT, _("counted")), (LEFT, _("left the warehouse")),
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
            models.CheckConstraint(
                name="bin_move_kind", condition=Q(kind__in=["put_away", "replenish", "move", "pick", "cross_dock", "count", "left"])
            ),
            models.CheckConstraint(
                name="what_left_names_its_move",
                condition=Q(kind="left", stock_move__isnull=False) | ~Q(kind="left") & Q(stock_move__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.product_id}"


class BinRule(Row):
    """Where goods belong: a product, or a category and those below it, into a bin or a zone. The first that fits and has room is taken.

    A bin of a product may have a minimum, below which it is filled up to its maximum from storage.
    """

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("product"))
    category = models.ForeignKey("catalog.Category", models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("category"))
    bin = models.ForeignKey(Bin, models.CASCADE, related_name="rules", null=True, blank=True, verbose_name=_("bin"))
    zone = models.TextField(_("zone"), blank=True)
    minimum = models.DecimalField(_("minimum"), null=True, blank=True, **QUANTITY)
    maximum = models.DecimalField(_("maximum"), null=True, blank=True, **QUANTITY)
    place = models.BigIntegerField(_("order"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("rule for bins"), _("rules for bins")
        constraints = [
            models.CheckConstraint(
                name="bin_rule_has_one_target", condition=Q(bin__isnull=False, zone="") | (Q(bin__isnull=True) & ~Q(zone=""))
            ),
            models.CheckConstraint(name="bin_rule_for_product_or_category", condition=Q(product__isnull=True) | Q(category__isnull=True)),
            models.CheckConstraint(
                name="bin_rule_limits",
                condition=Q(minimum__isnull=True, maximum__isnull=True)
                | Q(minimum__gte=0, maximum__gt=F("minimum"), bin__isnull=False, product__isnull=False),
            ),
            models.UniqueConstraint(fields=["bin", "product"], name="bin_rule_once", condition=Q(bin__isnull=False, product__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.bin or self.zone}"


class Wave(Document):
    """Deliveries that are picked together, by pick lists: one an order, many orders together (batch), sorted into totes while picking
    (cluster), or one a zone."""

    series = "WV"
    DRAFT, RELEASED, DONE, CANCELLED = "draft", "released", "done", "cancelled"
    ORDER, BATCH, CLUSTER, ZONE = "order", "batch", "cluster", "zone"
    METHODS = (
        (BATCH, _("together, sorted afterwards")),
        (CLUSTER, _("together, sorted into totes")),
        (ZONE, _("by zone")),
        (ORDER, _("one by one")),
    )

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(
        _("state"),
        choices=((DRAFT, _("draft")), (RELEASED, _("being picked")), (DONE, _("picked")), (CANCELLED, _("cancelled"))),
        default=DRAFT,
        editable=False,
    )
    on = models.DateField(_("date"))
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    method = models.TextField(_("picked"), choices=METHODS, default=BATCH)
    most_deliveries = models.BigIntegerField(_("deliveries on a list, at most"), default=12)
    released_at = models.DateTimeField(_("released"), null=True, editable=False)
    memo = models.TextField(_("memo"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("wave"), _("waves")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="wave_number_once"),
            models.CheckConstraint(name="wave_state", condition=Q(state__in=["draft", "released", "done", "cancelled"])),
            models.CheckConstraint(name="wave_method", condition=Q(method__in=["order", "batch", "cluster", "zone"])),
            models.CheckConstraint(name="wave_list_not_empty", condition=Q(most_deliveries__gt=0)),
            models.CheckConstraint(
                name="released_wave_has_number",
                condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False, released_at__isnull=False),
            ),
        ]


class WaveDelivery(Row):
    """A delivery in a wave; in one at a time. ``slot`` is its tote on the cart where goods are sorted while picking."""

    company_path = "wave__company"

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="deliveries")
    position = models.BigIntegerField(_("line"), default=0)
    issue = models.ForeignKey("inventory.GoodsIssue", models.PROTECT, related_name="waves", verbose_name=_("delivery"))
    slot = models.BigIntegerField(_("tote"), null=True, editable=False)
    is_open = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["issue"], name="delivery_in_one_wave", condition=Q(is_open=True)),
        ]

    def __str__(self) -> str:
        return str(self.issue)


class PickList(Row):
    """What one person picks on one way through the warehouse. ``distance_m`` is how long that way is, from the dock and back."""

    company_path = "wave__company"
    label_paths = ("wave__number", "position")

    wave = models.ForeignKey(Wave, models.PROTECT, related_name="lists", verbose_name=_("wave"))
    position = models.BigIntegerField(_("list"))
    zone = models.TextField(_("zone"), blank=True)
    worker = models.TextField(_("picked by"), blank=True)
    distance_m = models.DecimalField(_("way in m"), **METRES)

    class Meta:
        verbose_name, verbose_name_plural = _("pick list"), _("pick lists")
        constraints = [models.UniqueConstraint(fields=["wave", "position"], name="pick_list_once")]

    def __str__(self) -> str:
        return f"{self.wave} / {self.position}"


class Task(Row):
    """Something to be carried: from a bin, or the dock (no bin), to another, for the reason that it says.

    ``quantity`` is what is asked, ``done_quantity`` what was carried. Goods of an open task lie in their bin for it, those that were
    picked lie at the dock out for their delivery, until it is *shipped*.
    """

    PUT_AWAY, REPLENISH, PICK, CROSS_DOCK = "put_away", "replenish", "pick", "cross_dock"
    KINDS = ((PICK, _("pick")), (PUT_AWAY, _("put away")), (REPLENISH, _("replenish")), (CROSS_DOCK, _("across the dock")))
    OPEN, DONE, SHIPPED, CANCELLED = "open", "done", "shipped", "cancelled"
    STATES = ((OPEN, _("to do")), (DONE, _("done")), (SHIPPED, _("shipped")), (CANCELLED, _("cancelled")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    warehouse = models.ForeignKey("inventory.Warehouse", models.PROTECT, related_name="+", db_index=False, verbose_name=_("warehouse"))
    location = models.ForeignKey("inventory.Location", models.PROTECT, related_name="+", db_index=False, verbose_name=_("place"))
    kind = models.TextField(_("kind"), choices=KINDS)
    state = models.TextField(_("state"), choices=STATES, default=OPEN, editable=False)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    lot = models.ForeignKey("inventory.Lot", models.PROTECT, related_name="+", null=True, verbose_name=_("lot"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    done_quantity = models.DecimalField(_("carried"), default=0, **QUANTITY)
    from_bin = models.ForeignKey(Bin, models.PROTECT, related_name="+", null=True, verbose_name=_("from"))
    to_bin = models.ForeignKey(Bin, models.PROTECT, related_name="+", verbose_name=_("to"))
    why = models.TextField(_("why"), blank=True)
    pick_list = models.ForeignKey(PickList, models.PROTECT, related_name="tasks", null=True, verbose_name=_("pick list"))
    position = models.BigIntegerField(_("stop"), default=0)
    slot = models.BigIntegerField(_("tote"), null=True)
    issue = models.ForeignKey(
        "inventory.GoodsIssue", models.PROTECT, related_name="+", db_index=False, null=True, verbose_name=_("delivery")
    )
    issue_line = models.BigIntegerField(null=True)
    done_at = models.DateTimeField(_("done at"), null=True)
    done_by = models.TextField(_("done by"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("task"), _("tasks")
        constraints = [
            models.CheckConstraint(
                name="task_quantity", condition=Q(quantity__gt=0, done_quantity__gte=0, done_quantity__lte=F("quantity"))
            ),
            models.CheckConstraint(name="task_kind", condition=Q(kind__in=["put_away", "replenish", "pick", "cross_dock"])),
            models.CheckConstraint(name="task_state", condition=Q(state__in=["open", "done", "shipped", "cancelled"])),
            models.CheckConstraint(name="task_goes_elsewhere", condition=Q(from_bin__isnull=True) | ~Q(from_bin=F("to_bin"))),
            models.CheckConstraint(
                name="task_for_delivery",
                condition=Q(kind__in=["pick", "cross_dock"], issue__isnull=False, issue_line__isnull=False)
                | Q(kind__in=["put_away", "replenish"], issue__isnull=True, issue_line__isnull=True),
            ),
            models.CheckConstraint(
                name="pick_is_on_a_list", condition=~Q(kind="pick") | Q(pick_list__isnull=False, from_bin__isnull=False)
            ),
            models.CheckConstraint(
                name="task_done_says_by_whom", condition=Q(state__in=["open", "cancelled"]) | (Q(done_at__isnull=False) & ~Q(done_by=""))
            ),
        ]
        indexes = [
            models.Index(fields=["location", "kind", "product"], name="task_open", condition=Q(state="open")),
            models.Index(fields=["issue", "product"], name="task_of_delivery", condition=Q(issue__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity.normalize():f} (#{self.pk})"


class Shortage(Row):
    """What a delivery asked for and did not find: when its wave was released, or at the bin. Whoever sold it is told; never changes."""

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    issue = models.ForeignKey("inventory.GoodsIssue", models.PROTECT, related_name="shortages", verbose_name=_("delivery"))
    issue_line = models.BigIntegerField()
    demand_table = models.TextField(blank=True)
    demand_line = models.BigIntegerField(null=True)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("missing"), **QUANTITY)
    bin = models.ForeignKey(Bin, models.PROTECT, related_name="+", null=True, verbose_name=_("bin"))
    task = models.ForeignKey(Task, models.PROTECT, related_name="shortages", null=True, verbose_name=_("task"))
    why = models.TextField(_("why"))

    class Meta:
        verbose_name, verbose_name_plural = _("shortage"), _("shortages")
        constraints = [models.CheckConstraint(name="shortage_quantity", condition=Q(quantity__gt=0))]
        indexes = [models.Index(fields=["demand_table", "demand_line"], name="shortage_by_demand")]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.product_id}"


class BinCount(Row):
    """A bin to be counted, because a picker did not find what should lie there, or by turn. What differs goes to the dock, or comes from
    there: it lies in no bin until it is found, or a count sheet of the warehouse writes it off."""

    OPEN, DONE = "open", "done"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    bin = models.ForeignKey(Bin, models.PROTECT, related_name="counts", verbose_name=_("bin"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    lot = models.ForeignKey("inventory.Lot", models.PROTECT, related_name="+", null=True, verbose_name=_("lot"))
    state = models.TextField(_("state"), choices=((OPEN, _("to do")), (DONE, _("done"))), default=OPEN, editable=False)
    expected = models.DecimalField(_("in the books"), **QUANTITY)
    counted = models.DecimalField(_("counted"), null=True, **QUANTITY)
    counted_by = models.TextField(_("counted by"), blank=True)
    why = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("count of a bin"), _("counts of bins")
        constraints = [
            models.UniqueConstraint(
                fields=["bin", "product", "lot"], name="bin_counted_once_a_time", condition=Q(state="open"), nulls_distinct=False
            ),
            models.CheckConstraint(name="bin_count_state", condition=Q(state__in=["open", "done"])),
            models.CheckConstraint(
                name="bin_count_whole",
                condition=Q(state="open", counted__isnull=True) | (Q(state="done", counted__gte=0) & ~Q(counted_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bin} {self.product_id}"


class Steps(Row):
    """In how many steps goods come into a warehouse with bins and leave it, and whether they may go straight across the dock.

    In: received (1), then put away as proposed at once (2), inspected before (3). Out: shipped (1), picked before (2), packed before (3).
    """

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    warehouse = models.OneToOneField("inventory.Warehouse", models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    receipt_steps = models.BigIntegerField(
        _("goods come in"), choices=((1, _("received")), (2, _("received, put away")), (3, _("received, inspected, put away"))), default=1
    )
    delivery_steps = models.BigIntegerField(
        _("goods leave"), choices=((1, _("shipped")), (2, _("picked, shipped")), (3, _("picked, packed, shipped"))), default=1
    )
    cross_dock = models.BooleanField(_("straight to waiting deliveries"), default=False)
    inspected_since = models.DateTimeField(_("inspected since"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("steps of a warehouse"), _("steps of warehouses")
        constraints = [
            models.CheckConstraint(name="receipt_steps", condition=Q(receipt_steps__in=[1, 2, 3])),
            models.CheckConstraint(name="delivery_steps", condition=Q(delivery_steps__in=[1, 2, 3])),
            models.CheckConstraint(name="inspection_has_a_beginning", condition=~Q(receipt_steps=3) | Q(inspected_since__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.warehouse)


class Inspection(Row):
    """A receipt whose goods were looked at: what was good may be put away, what was not went to quarantine by ``transfer``."""

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    receipt = models.OneToOneField("inventory.GoodsReceipt", models.PROTECT, related_name="inspection", verbose_name=_("goods receipt"))
    transfer = models.OneToOneField("inventory.StockTransfer", models.PROTECT, related_name="+", null=True, verbose_name=_("rejected by"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("inspection"), _("inspections")

    def __str__(self) -> str:
        return str(self.receipt)


class Packed(Row):
    """A delivery whose picked goods were packed, and by whom; never changes."""

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    issue = models.OneToOneField("inventory.GoodsIssue", models.PROTECT, related_name="packed", verbose_name=_("delivery"))

    class Meta:
        verbose_name, verbose_name_plural = _("packed delivery"), _("packed deliveries")

    def __str__(self) -> str:
        return str(self.issue)
