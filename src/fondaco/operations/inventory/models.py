"""Stock is double entry too: a move takes a quantity from one location to another; levels, costs and reservations follow.

The laws stand in ``migrations/laws.sql``: done moves never change, nothing is promised twice, quantity zero means value zero.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
STATES = (("draft", _("draft")), ("posted", _("posted")))
# Of goods with a second unit (catch weight) every quantity has another beside it, `second_quantity`; of all others that stays empty.


def both_or_none(first: str, second: str) -> Q:
    """Of goods with a second unit neither figure is below zero, and one is zero exactly when the other is."""
    return (
        Q(**{f"{second}__isnull": True})
        | Q(**{first: 0, f"{second}__isnull": False, second: 0})
        | Q(**{f"{first}__gt": 0, f"{second}__isnull": False, f"{second}__gt": 0})
    )


def not_below(second: str) -> Q:
    return Q(**{f"{second}__isnull": True}) | Q(**{f"{second}__gt": 0})


def moves_something() -> Q:
    """A quantity; or pieces alone, where a count found the weight as it is in the books."""
    return Q(quantity__gt=0) | Q(quantity=0, second_quantity__isnull=False, second_quantity__gt=0)


class Warehouse(Row):
    """A house of goods. Its stock lies in its location of kind internal."""

    seldom_changes = True
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    address = models.TextField(_("address"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("warehouse"), _("warehouses")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="warehouse_code_once")]

    def __str__(self) -> str:
        return self.name


class Location(Row):
    """A place where goods are, or the outside they come from and go to.

    Our goods lie in places that are internal (promised and delivered from), in quarantine, in transit or with a customer; a place of
    consignment holds a vendor's goods, which are not ours until they are taken over. ``party`` is that vendor, or that customer.
    """

    INTERNAL, TRANSIT, QUARANTINE, CONSIGNED, AT_CUSTOMER = "internal", "transit", "quarantine", "consigned", "at_customer"
    #: Goods that the house took for its own use: cost, and in stock nowhere any more.
    OWN_USE = "own_use"
    #: Goods on their way from a vendor straight to a customer: never ours to lie anywhere.
    DIRECT = "direct"
    KINDS = (
        (INTERNAL, _("internal")), (QUARANTINE, _("quarantine")), (TRANSIT, _("transit")), (CONSIGNED, _("consigned by a vendor")),
        (AT_CUSTOMER, _("consigned to a customer")), ("vendor", _("vendor")), ("customer", _("customer")), ("production", _("production")),
        ("loss", _("loss")), ("opening", _("opening")), (DIRECT, _("from vendor to customer")), (OWN_USE, _("own use")),
    )  # fmt: skip
    #: Where goods of ours lie, and where goods lie at all.
    OWNED = (INTERNAL, TRANSIT, QUARANTINE, AT_CUSTOMER)
    PLACES = (*OWNED, CONSIGNED)
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="locations", null=True, blank=True, verbose_name=_("warehouse"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    kind = models.TextField(_("kind"), choices=KINDS, default="internal")
    party = models.ForeignKey(
        "parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("vendor or customer")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("location"), _("locations")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="location_code_once"),
            models.UniqueConstraint(fields=["id", "company"], name="location_of_company"),
            models.UniqueConstraint(fields=["warehouse"], name="one_stock_location", condition=Q(kind="internal")),
            models.UniqueConstraint(fields=["warehouse", "party"], name="one_place_of_consignment", condition=Q(kind="consigned")),
            models.CheckConstraint(
                name="consignment_names_party",
                condition=Q(kind__in=["consigned", "at_customer"], party__isnull=False)
                | (~Q(kind__in=["consigned", "at_customer"]) & Q(party__isnull=True)),
            ),
            models.CheckConstraint(
                name="place_lies_in_warehouse", condition=~Q(kind__in=["internal", "quarantine", "consigned"]) | Q(warehouse__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProductCost(models.Model):
    """Quantity and value of a product that a company owns, whatever its costing. Kept by trigger.

    ``standard_cost`` in company currency per stock unit counts where the product is valued at standard cost. ``second_quantity`` is the
    sum of what lies in our places, as the quantity is.
    """

    written_by_triggers = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), default=0, **QUANTITY)
    value = models.DecimalField(_("value"), default=0, **AMOUNT)
    last_cost = models.DecimalField(_("last unit cost"), default=0, max_digits=20, decimal_places=10)
    standard_cost = models.DecimalField(_("standard cost"), null=True, max_digits=20, decimal_places=6)
    second_quantity = models.DecimalField(_("second quantity"), null=True, blank=True, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("product cost"), _("product costs")
        constraints = [
            models.UniqueConstraint(fields=["company", "product"], name="product_cost_once"),
            models.CheckConstraint(name="no_quantity_no_value", condition=~Q(quantity=0) | Q(value=0)),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.product_id}"


class StockLevel(models.Model):
    """What lies in a place and how much of it is promised. Kept by trigger; never below zero unless the company allows it.

    Goods with a second unit are promised in that, and never below zero.
    """

    written_by_triggers = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("place"))
    on_hand = models.DecimalField(_("on hand"), default=0, **QUANTITY)
    reserved = models.DecimalField(_("reserved"), default=0, **QUANTITY)
    may_be_negative = models.BooleanField(default=False)
    second_on_hand = models.DecimalField(_("on hand, second unit"), null=True, blank=True, **QUANTITY)
    second_reserved = models.DecimalField(_("reserved, second unit"), null=True, blank=True, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("stock level"), _("stock levels")
        constraints = [
            models.UniqueConstraint(fields=["company", "product", "location"], name="stock_level_once"),
            models.CheckConstraint(
                name="stock_not_promised_twice",
                condition=Q(may_be_negative=True)
                | Q(second_on_hand__isnull=True, on_hand__gte=F("reserved"))
                | Q(second_on_hand__isnull=False, second_reserved__isnull=False, second_on_hand__gte=F("second_reserved")),
            ),
            models.CheckConstraint(
                name="second_never_negative",
                condition=Q(second_on_hand__isnull=True, second_reserved__isnull=True)
                | Q(may_be_negative=False, second_on_hand__isnull=False, second_reserved__isnull=False, second_reserved__gte=0),
            ),
            models.CheckConstraint(name="level_both_or_none", condition=both_or_none("on_hand", "second_on_hand")),
            models.CheckConstraint(name="stock_reserved_not_negative", condition=Q(reserved__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.location_id}"


class StockMove(Row):
    """A quantity that went from one place to another, in the product's stock unit, with the value it carried.

    ``value`` is in company currency, positive; ``sign`` says whether it adds to what the company owns (1), takes from it (-1) or
    neither (0). It happened ``on`` a day and stands in the books ``booked_on``: later only where the day's period was closed
    already. ``returns`` points at the issue whose goods came back, at its cost. ``tracked``: its lots make up its quantity.
    ``second_quantity`` of goods with a second unit; only what a count or a scale corrected may move one without the other.
    """

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    value = models.DecimalField(_("value"), **AMOUNT)
    from_location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False, verbose_name=_("from"))
    to_location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False, verbose_name=_("to"))
    sign = models.BigIntegerField()
    on = models.DateField(_("date"))
    booked_on = models.DateField(_("booked on"))
    source_table = models.TextField()
    source_id = models.BigIntegerField()
    source_line = models.BigIntegerField()
    demand_table = models.TextField(blank=True)
    demand_line = models.BigIntegerField(null=True)
    returns = models.ForeignKey("self", models.PROTECT, related_name="returned_by", null=True, verbose_name=_("returns"))
    tracked = models.BooleanField(_("with lots"), default=False)
    second_quantity = models.DecimalField(_("second quantity"), null=True, blank=True, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("stock move"), _("stock moves")
        constraints = [
            models.CheckConstraint(name="move_quantity_positive", condition=moves_something()),
            models.CheckConstraint(name="move_value_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(name="move_goes_somewhere", condition=~Q(from_location=F("to_location"))),
            models.CheckConstraint(name="move_not_booked_before", condition=Q(booked_on__gte=F("on"))),
            models.UniqueConstraint(fields=["source_table", "source_line", "from_location", "to_location"], name="line_moves_once"),
        ]
        indexes = [
            models.Index(fields=["company", "product", "on", "id"], name="stock_card"),
            models.Index(fields=["source_table", "source_id"], name="move_by_source"),
            models.Index(fields=["demand_table", "demand_line"], name="move_by_demand", condition=~Q(demand_table="")),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.product_id}"


class StockValue(Row):
    """What changed the value of goods without moving any, and why: a bill at another price, freight, a move that came late, a new standard.

    ``value`` was added to the stock of the product and ``expensed`` to the cost of what had left it (both in company currency, signed).
    ``move`` is the receipt, or the late move, that it is about, and ``lot`` the lot where goods are valued at the cost of theirs.
    """

    append_only = True

    PRICE, LANDED, LATE, STANDARD, SHORTAGE = "price", "landed_cost", "late", "standard", "shortage"
    KINDS = (
        (PRICE, _("bill at another price")), (LANDED, _("landed cost")), (LATE, _("late move")), (STANDARD, _("new standard cost")),
        (SHORTAGE, _("cost of a shortage")),
    )  # fmt: skip

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product"))
    kind = models.TextField(_("kind"), choices=KINDS)
    move = models.ForeignKey(StockMove, models.PROTECT, related_name="corrections", null=True, verbose_name=_("stock move"))
    lot = models.ForeignKey("Lot", models.PROTECT, related_name="corrections", null=True, verbose_name=_("lot"))
    value = models.DecimalField(_("added to stock"), **AMOUNT)
    expensed = models.DecimalField(_("added to costs"), **AMOUNT)
    booked_on = models.DateField(_("booked on"))
    entry = models.ForeignKey("ledger.JournalEntry", models.PROTECT, related_name="+", null=True, verbose_name=_("journal entry"))
    source_table = models.TextField()
    source_id = models.BigIntegerField()
    source_line = models.BigIntegerField(null=True)
    explanation = models.TextField(_("explanation"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("change of stock value"), _("changes of stock value")
        constraints = [
            models.CheckConstraint(name="stock_value_changes", condition=~Q(value=0) | ~Q(expensed=0)),
            models.CheckConstraint(name="stock_value_kind", condition=Q(kind__in=["price", "landed_cost", "late", "standard", "shortage"])),
        ]
        indexes = [
            models.Index(fields=["company", "product", "booked_on"], name="stock_value_of_product"),
            models.Index(fields=["source_table", "source_id"], name="stock_value_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.value}"


class CostLayer(models.Model):
    """What is left of a receipt of goods that leave first in, first out. Kept by trigger from moves and layer uses."""

    written_by_triggers = True

    move = models.OneToOneField(StockMove, models.PROTECT, primary_key=True, related_name="layer", verbose_name=_("stock move"))
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product"))
    on = models.DateField(_("date"))
    quantity = models.DecimalField(_("quantity left"), **QUANTITY)
    value = models.DecimalField(_("value left"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("cost layer"), _("cost layers")
        constraints = [
            models.CheckConstraint(name="layer_not_overdrawn", condition=Q(quantity__gte=0)),
            models.CheckConstraint(name="empty_layer_no_value", condition=~Q(quantity=0) | Q(value=0)),
        ]
        indexes = [models.Index(fields=["company", "product", "on", "move"], name="layers_in_order", condition=Q(quantity__gt=0))]

    def __str__(self) -> str:
        return f"{self.product_id} {self.quantity}"


class LayerUse(models.Model):
    """What a move took from the layer of a receipt; negative where a late move gave it back. Never changes."""

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    move = models.ForeignKey(StockMove, models.PROTECT, related_name="layers_used", verbose_name=_("stock move"))
    layer = models.ForeignKey(StockMove, models.PROTECT, related_name="used_by", verbose_name=_("receipt"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    value = models.DecimalField(_("value"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("use of a layer"), _("uses of layers")

    def __str__(self) -> str:
        return f"{self.move_id} {self.quantity}"


class Lot(Row):
    """Goods of a product that stay together under a number: a lot, or with serial numbers a single piece.

    The number is that of the product in the company. A blocked lot stays where it is: it is neither promised nor delivered.
    """

    label_paths = ("number",)
    RELEASED, BLOCKED = "released", "blocked"
    LOT_STATES = ((RELEASED, _("usable")), (BLOCKED, _("blocked")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product"))
    number = models.TextField(_("lot or serial number"))
    state = models.TextField(_("state"), choices=LOT_STATES, default=RELEASED, editable=False)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    vendor_number = models.TextField(_("vendor's number"), blank=True)
    memo = models.TextField(_("memo"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("lot"), _("lots")
        constraints = [
            models.UniqueConstraint(fields=["company", "product", "number"], name="lot_number_once"),
            # What separates lots, quantities and dates where they are typed is no part of a number.
            models.CheckConstraint(name="lot_number_is_plain", condition=Q(number__regex=r"^[^\s;,=@*()]+$") & ~Q(number__contains="..")),
            models.CheckConstraint(name="lot_state", condition=Q(state__in=["released", "blocked"])),
        ]
        indexes = [
            models.Index(fields=["number"], name="lot_by_number"),
            models.Index(fields=["company", "expires_on"], name="lot_by_expiry", condition=Q(expires_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class MoveLot(models.Model):
    """How much of a move is of which lot. Those of a move add up to its quantity, and never change.

    ``value`` in company currency where goods are valued at the cost of their lot: those of a move add up to its value. ``on`` and
    ``sign`` are the move's.
    """

    append_only = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product"))
    move = models.ForeignKey(StockMove, models.PROTECT, related_name="lots", db_index=False, verbose_name=_("stock move"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="moves", db_index=False, verbose_name=_("lot"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    value = models.DecimalField(_("value"), default=0, **AMOUNT)
    sign = models.BigIntegerField()
    on = models.DateField(_("date"))
    second_quantity = models.DecimalField(_("second quantity"), null=True, blank=True, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("move of a lot"), _("moves of lots")
        constraints = [
            models.UniqueConstraint(fields=["move", "lot"], name="move_lot_once"),
            models.CheckConstraint(name="move_lot_quantity", condition=moves_something()),
            models.CheckConstraint(name="move_lot_value", condition=Q(value__gte=0)),
        ]
        indexes = [models.Index(fields=["lot", "on", "move"], name="lot_card")]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.quantity}"


class LotStock(models.Model):
    """What of a lot lies in a place. Kept by trigger; never below zero, and a serial number lies in one place at most.

    ``last_on``: the last day on which any of it came or went there. ``expires_on`` and ``is_blocked`` are the lot's, so that what
    expires first is found by an index among any number of lots.
    """

    written_by_triggers = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", db_index=False, verbose_name=_("product"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="stock", db_index=False, verbose_name=_("lot"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False, verbose_name=_("place"))
    on_hand = models.DecimalField(_("on hand"), default=0, **QUANTITY)
    is_serial = models.BooleanField(default=False)
    last_on = models.DateField(_("last move"))
    expires_on = models.DateField(_("expires on"), null=True)
    is_blocked = models.BooleanField(_("blocked"), default=False)
    second_on_hand = models.DecimalField(_("on hand, second unit"), null=True, blank=True, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("stock of a lot"), _("stock of lots")
        constraints = [
            models.UniqueConstraint(fields=["lot", "location"], name="lot_stock_once"),
            models.UniqueConstraint(fields=["lot"], name="serial_in_stock_once", condition=Q(is_serial=True, on_hand__gt=0)),
            models.CheckConstraint(name="lot_stock_not_negative", condition=Q(on_hand__gte=0)),
            models.CheckConstraint(
                name="serial_in_stock_is_one",
                condition=Q(is_serial=False)
                | Q(second_on_hand__isnull=True, on_hand__lte=1)
                | Q(second_on_hand__isnull=False, second_on_hand__in=[0, 1]),
            ),
            models.CheckConstraint(name="lot_both_or_none", condition=both_or_none("on_hand", "second_on_hand")),
        ]
        indexes = [
            models.Index(fields=["product", "location", "expires_on", "lot"], name="lots_in_place", condition=Q(on_hand__gt=0)),
            models.Index(fields=["product", "location"], name="blocked_in_place", condition=Q(on_hand__gt=0, is_blocked=True)),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.location_id}"


class LotCost(models.Model):
    """Quantity and value owned of a lot whose goods are valued at the cost of their lot. Kept by trigger."""

    written_by_triggers = True

    lot = models.OneToOneField(Lot, models.PROTECT, primary_key=True, related_name="cost", verbose_name=_("lot"))
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), default=0, **QUANTITY)
    value = models.DecimalField(_("value"), default=0, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("cost of a lot"), _("costs of lots")
        constraints = [
            models.CheckConstraint(name="lot_cost_not_negative", condition=Q(quantity__gte=0)),
            models.CheckConstraint(name="empty_lot_no_value", condition=~Q(quantity=0) | Q(value=0)),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.quantity}"


class LotHolding(models.Model):
    """What of a lot a customer holds: delivered to him and not come back. Kept by trigger; whom a recall must reach.

    A serial number that comes in again from elsewhere is held by nobody any more.
    """

    written_by_triggers = True

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", db_index=False, verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="holdings", db_index=False, verbose_name=_("lot"))
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    quantity = models.DecimalField(_("quantity"), default=0, **QUANTITY)
    last_on = models.DateField(_("last delivery"))
    second_quantity = models.DecimalField(_("second quantity"), null=True, blank=True, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("lot at a customer"), _("lots at customers")
        constraints = [
            models.UniqueConstraint(fields=["lot", "customer"], name="lot_holding_once"),
            models.CheckConstraint(name="lot_holding_not_negative", condition=Q(quantity__gte=0)),
            models.CheckConstraint(name="holding_both_or_none", condition=both_or_none("quantity", "second_quantity")),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.customer_id}"


class Reservation(Row):
    """A promise: so much of a product in a place is kept for a demand (a line of an order).

    Of goods with a second unit pieces are kept, and ``quantity`` is what they weigh by the nominal factor.
    """

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("place"))
    quantity = models.DecimalField(_("still reserved"), **QUANTITY)
    second_quantity = models.DecimalField(_("second quantity"), null=True, blank=True, **QUANTITY)
    demand_table = models.TextField()
    demand_line = models.BigIntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("reservation"), _("reservations")
        constraints = [
            models.CheckConstraint(name="reservation_both_or_none", condition=both_or_none("quantity", "second_quantity")),
            models.CheckConstraint(name="reservation_not_negative", condition=Q(quantity__gte=0)),
            models.UniqueConstraint(fields=["demand_table", "demand_line", "location"], name="reservation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.product_id}"


class StockPaper(Document):
    """What all papers on goods and their value share."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    on = models.DateField(_("date"))
    booked_on = models.DateField(_("booked on"), null=True, editable=False)
    memo = models.TextField(_("memo"), blank=True)
    entry = models.OneToOneField(
        "ledger.JournalEntry", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("journal entry")
    )

    class Meta:
        abstract = True


class StockDocument(StockPaper):
    """What all papers that move goods share. ``place`` is another place than the one where the warehouse's stock lies."""

    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    place = models.ForeignKey(Location, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("other place"))
    source_table = models.TextField(blank=True, editable=False)
    source_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        abstract = True


class StockLine(Row):
    """A product and its quantity in the stock unit; ``demand`` names the line of an order it serves.

    ``lots`` names lots or serial numbers as people type, paste and scan them (``lots.parse``); those that were chosen when none
    were named stand there once the paper is posted. Goods with a second unit say both quantities; ``is_estimated``: nobody has weighed
    these pieces, and when they are moved they weigh what the books say of them.
    """

    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    second_quantity = models.DecimalField(_("second quantity"), null=True, blank=True, **QUANTITY)
    is_estimated = models.BooleanField(_("weight estimated"), default=False, editable=False)
    lots = models.TextField(_("lots or serial numbers"), blank=True)
    demand_table = models.TextField(blank=True, editable=False)
    demand_line = models.BigIntegerField(null=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.product_id} {self.quantity}"


class GoodsReceipt(StockDocument):
    """Goods that came: from a vendor (not yet invoiced), or found in the house when the books were opened.

    A vendor's consignment lies in a place of its own and stays his; taking over makes it ours, at the agreed cost. What a vendor sends
    straight to a customer is received direct: it is cost of goods sold at once and never lies in our stock.
    """

    series = "GR"
    PURCHASE, OPENING, CONSIGNMENT, TAKEOVER, DIRECT = "purchase", "opening", "consignment", "takeover", "direct"

    kind = models.TextField(
        _("kind"),
        choices=[
            (PURCHASE, _("purchase")), (OPENING, _("opening stock")), (CONSIGNMENT, _("consignment of the vendor")),
            (TAKEOVER, _("taken over from consignment")), (DIRECT, _("sent straight to the customer")),
        ],
        default=PURCHASE,
    )  # fmt: skip
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("vendor"))

    class Meta:
        verbose_name, verbose_name_plural = _("goods receipt"), _("goods receipts")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="receipt_number_once"),
            models.CheckConstraint(name="posted_receipt_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
        ]


class GoodsReceiptLine(StockLine):
    """A received product; ``unit_cost`` in company currency per stock unit."""

    company_path = "receipt__company"

    receipt = models.ForeignKey(GoodsReceipt, models.CASCADE, related_name="lines")
    unit_cost = models.DecimalField(_("unit cost"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="receipt_line_quantity", condition=Q(quantity__gt=0) & not_below("second_quantity")),
            models.CheckConstraint(name="receipt_line_cost", condition=Q(unit_cost__gte=0)),
        ]


class GoodsIssue(StockDocument):
    """A delivery: goods that leave for a customer. ``leaves_as`` says why: what is not for sale is not invoiced."""

    series = "DN"
    SALE, REPLACEMENT, SENT_BACK = "sale", "replacement", "sent_back"

    leaves_as = models.TextField(
        _("leaves as"),
        choices=[(SALE, _("sale")), (REPLACEMENT, _("replacement under warranty")), (SENT_BACK, _("sent back to the customer"))],
        default=SALE,
        editable=False,
    )

    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    ship_to = models.TextField(_("ship to"), blank=True)
    carrier = models.TextField(_("carrier"), blank=True)
    tracking = models.TextField(_("tracking"), blank=True)
    expired_because = models.TextField(_("expired goods leave because"), blank=True, editable=False)
    direct_receipt = models.OneToOneField(
        GoodsReceipt, models.PROTECT, related_name="direct_delivery", null=True, editable=False, verbose_name=_("sent by the vendor")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="delivery_number_once"),
            models.CheckConstraint(name="posted_delivery_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
            models.CheckConstraint(name="delivery_leaves_as", condition=Q(leaves_as__in=["sale", "replacement", "sent_back"])),
        ]
        indexes = [
            models.Index(fields=["customer", "-on"], name="delivery_of_customer"),
            models.Index(fields=["source_table", "source_id"], name="delivery_by_source"),
        ]


class GoodsIssueLine(StockLine):
    company_path = "issue__company"

    issue = models.ForeignKey(GoodsIssue, models.CASCADE, related_name="lines")

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [models.CheckConstraint(name="issue_line_quantity", condition=Q(quantity__gt=0) & not_below("second_quantity"))]


class GoodsReturn(StockDocument):
    """Goods that a customer sends back, valued at what they cost when they left."""

    series = "RT"

    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    delivery = models.ForeignKey(GoodsIssue, models.PROTECT, related_name="returned", verbose_name=_("delivery"))
    reason_code = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("return"), _("returns")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="return_number_once"),
            models.CheckConstraint(name="posted_return_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
        ]


class GoodsReturnLine(StockLine):
    company_path = "goods_return__company"

    goods_return = models.ForeignKey(GoodsReturn, models.CASCADE, related_name="lines")
    issue_line = models.ForeignKey(GoodsIssueLine, models.PROTECT, related_name="returned", verbose_name=_("delivery line"))

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [models.CheckConstraint(name="return_line_quantity", condition=Q(quantity__gt=0) & not_below("second_quantity"))]


class StockTransfer(StockDocument):
    """Goods that go from one warehouse, or place, to another; their value stays. Sent and not yet arrived, they are in transit."""

    series = "TR"

    state = models.TextField(
        _("state"), choices=(("draft", _("draft")), ("sent", _("in transit")), ("posted", _("posted"))), default="draft", editable=False
    )
    arrived_on = models.DateField(_("arrived on"), null=True, editable=False)
    to_place = models.ForeignKey(Location, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("to other place"))
    to_warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("to warehouse"))

    class Meta:
        verbose_name, verbose_name_plural = _("transfer"), _("transfers")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="transfer_number_once"),
            models.CheckConstraint(
                name="transfer_goes_elsewhere",
                condition=~Q(to_warehouse=F("warehouse")) | Q(place__isnull=False) | Q(to_place__isnull=False),
            ),
        ]


class StockTransferLine(StockLine):
    company_path = "transfer__company"

    transfer = models.ForeignKey(StockTransfer, models.CASCADE, related_name="lines")

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [models.CheckConstraint(name="transfer_line_quantity", condition=Q(quantity__gt=0) & not_below("second_quantity"))]


class StockAdjustment(StockDocument):
    """What a count found: more (positive) or less (negative) than the books; or what was scrapped, which is booked to an account of its own."""

    series = "AD"
    COUNT, SCRAP = "count", "scrap"

    kind = models.TextField(_("kind"), choices=[(COUNT, _("count")), (SCRAP, _("scrapped"))], default=COUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("stock adjustment"), _("stock adjustments")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="adjustment_number_once"),
            models.CheckConstraint(name="adjustment_kind", condition=Q(kind__in=["count", "scrap"])),
        ]
        indexes = [models.Index(fields=["source_table", "source_id"], name="adjustment_by_source", condition=Q(source_id__isnull=False))]


class StockAdjustmentLine(StockLine):
    company_path = "adjustment__company"

    adjustment = models.ForeignKey(StockAdjustment, models.CASCADE, related_name="lines")

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(
                name="adjustment_line_quantity",
                condition=~Q(quantity=0) | (Q(second_quantity__isnull=False) & (Q(second_quantity__gt=0) | Q(second_quantity__lt=0))),
            )
        ]


class StockUse(StockDocument):
    """Goods that the house takes from stock for itself: their cost goes to an account, with a cost centre, instead of a sale."""

    series = "OU"

    purpose = models.TextField(_("what for"))
    account = models.ForeignKey(
        "ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("charged to account")
    )
    dimension_value = models.ForeignKey(
        "ledger.DimensionValue", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("cost centre")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("goods for own use"), _("goods for own use")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="stock_use_number_once"),
            models.CheckConstraint(name="posted_stock_use_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
            models.CheckConstraint(name="stock_use_says_what_for", condition=~Q(purpose="")),
        ]
        indexes = [models.Index(fields=["source_table", "source_id"], name="stock_use_by_source")]


class StockUseLine(StockLine):
    company_path = "use__company"

    use = models.ForeignKey(StockUse, models.CASCADE, related_name="lines")

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [models.CheckConstraint(name="stock_use_quantity", condition=Q(quantity__gt=0) & not_below("second_quantity"))]
        indexes = [models.Index(fields=["demand_table", "demand_line"], name="stock_use_by_demand", condition=~Q(demand_table=""))]


class StockCount(Document):
    """A sheet of what is to be counted in a place, while work there goes on.

    Each line keeps what the books had of it at the moment it was counted, so that moves before and after change no difference. A
    blind sheet does not tell what the books expect.
    """

    series = "SC"
    secret_columns = ("last_move",)
    DRAFT, COUNTING, COUNTED, POSTED = "draft", "counting", "counted", "posted"
    CLASSES = (("A", _("A: the first 80 percent of the value")), ("B", _("B: the next 15 percent")), ("C", _("C: the last 5 percent")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(
        _("state"),
        choices=((DRAFT, _("draft")), (COUNTING, _("being counted")), (COUNTED, _("counted")), (POSTED, _("posted"))),
        default=DRAFT,
        editable=False,
    )
    on = models.DateField(_("date"))
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    place = models.ForeignKey(Location, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("other place"))
    category = models.ForeignKey(
        "catalog.Category", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("only category")
    )
    abc_class = models.TextField(_("only class"), choices=CLASSES, blank=True)
    is_blind = models.BooleanField(_("blind"), default=True)
    memo = models.TextField(_("memo"), blank=True)
    approved_by = models.TextField(_("approved by"), blank=True, editable=False)
    started_at = models.DateTimeField(_("begun"), null=True, editable=False)
    last_move = models.BigIntegerField(default=0, editable=False)
    adjustment = models.OneToOneField(
        StockAdjustment, models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("stock adjustment")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("count sheet"), _("count sheets")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="count_number_once"),
            models.CheckConstraint(name="count_state", condition=Q(state__in=["draft", "counting", "counted", "posted"])),
            models.CheckConstraint(name="count_class", condition=Q(abc_class__in=["", "A", "B", "C"])),
            models.CheckConstraint(name="started_count_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
        ]


class StockCountLine(Row):
    """A product, or a lot of it, to be counted. ``book`` is what the books had at ``counted_at``; ``expected`` when the sheet was made."""

    company_path = "count__company"

    count = models.ForeignKey(StockCount, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    lot = models.TextField(_("lot or serial number"), blank=True)
    expected = models.DecimalField(_("expected"), default=0, **QUANTITY)
    counted = models.DecimalField(_("counted"), null=True, **QUANTITY)
    book = models.DecimalField(_("in the books then"), null=True, **QUANTITY)
    second_expected = models.DecimalField(_("expected, second unit"), null=True, blank=True, **QUANTITY)
    second_counted = models.DecimalField(_("counted, second unit"), null=True, blank=True, **QUANTITY)
    second_book = models.DecimalField(_("in the books then, second unit"), null=True, blank=True, **QUANTITY)
    counted_at = models.DateTimeField(_("counted at"), null=True)
    counted_by = models.TextField(_("counted by"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.UniqueConstraint(fields=["count", "product", "lot"], name="count_line_once"),
            models.CheckConstraint(name="counted_not_negative", condition=Q(counted__isnull=True) | Q(counted__gte=0)),
            models.CheckConstraint(
                name="counted_both_or_none", condition=Q(counted__isnull=True) | both_or_none("counted", "second_counted")
            ),
            models.CheckConstraint(
                name="counted_whole",
                condition=Q(counted__isnull=True, book__isnull=True, counted_at__isnull=True, counted_by="")
                | (Q(counted__isnull=False, book__isnull=False, counted_at__isnull=False) & ~Q(counted_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.lot}".strip()


class CountRules(Row):
    """Up to which value the differences of a count are posted without a second person."""

    company = models.OneToOneField("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    limit = models.DecimalField(_("differences without approval up to"), default=0, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("rules for counts"), _("rules for counts")
        constraints = [models.CheckConstraint(name="count_limit_not_negative", condition=Q(limit__gte=0))]

    def __str__(self) -> str:
        return str(self.company)


class LandedCost(StockPaper):
    """Freight, duty and whatever else came on top of receipts, shared by their goods; what has left already bears its part as cost."""

    series = "LC"
    BY = (
        ("value", _("value")), ("quantity", _("quantity")), ("weight", _("weight")), ("volume", _("volume")), ("equal", _("equal parts")),
    )  # fmt: skip

    class Meta:
        verbose_name, verbose_name_plural = _("landed cost"), _("landed costs")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="landed_cost_number_once"),
            models.CheckConstraint(name="posted_landed_cost_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
        ]


class LandedCostLine(Row):
    """A cost in company currency and how it is shared."""

    company_path = "landed_cost__company"

    landed_cost = models.ForeignKey(LandedCost, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    description = models.TextField(_("description"))
    amount = models.DecimalField(_("amount"), **AMOUNT)
    by = models.TextField(_("shared by"), choices=LandedCost.BY, default="value")

    class Meta:
        verbose_name, verbose_name_plural = _("cost"), _("costs")
        constraints = [
            models.CheckConstraint(name="landed_cost_amount", condition=~Q(amount=0)),
            models.CheckConstraint(name="landed_cost_by", condition=Q(by__in=["value", "quantity", "weight", "volume", "equal"])),
        ]

    def __str__(self) -> str:
        return self.description


class LandedCostReceipt(Row):
    """A receipt whose goods bear the cost."""

    company_path = "landed_cost__company"

    landed_cost = models.ForeignKey(LandedCost, models.CASCADE, related_name="receipts")
    position = models.BigIntegerField(_("line"), default=0)
    receipt = models.ForeignKey(GoodsReceipt, models.PROTECT, related_name="landed_costs", verbose_name=_("goods receipt"))

    class Meta:
        verbose_name, verbose_name_plural = _("receipt"), _("receipts")
        constraints = [models.UniqueConstraint(fields=["landed_cost", "receipt"], name="landed_cost_receipt_once")]

    def __str__(self) -> str:
        return str(self.receipt)


class CostRevision(StockPaper):
    """New standard costs: what is in stock takes the new value at once, the difference is booked."""

    series = "CR"

    class Meta:
        verbose_name, verbose_name_plural = _("cost revision"), _("cost revisions")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="cost_revision_number_once"),
            models.CheckConstraint(name="posted_cost_revision_has_number", condition=Q(state="draft") | Q(number__isnull=False)),
        ]


class CostRevisionLine(Row):
    company_path = "revision__company"

    revision = models.ForeignKey(CostRevision, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    unit_cost = models.DecimalField(_("standard cost"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="standard_cost_not_negative", condition=Q(unit_cost__gte=0)),
            models.UniqueConstraint(fields=["revision", "product"], name="cost_revision_product_once"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.unit_cost}"
