"""How the warehouse is shown, written and served."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import DecimalField as Decimals
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory import actions, counting, item_panels, panels, refusals  # noqa: F401  verbs, panels and sentences are declared on import
from fondaco.operations.inventory.models import (
    QUANTITY,
    CostLayer,
    CostRevision,
    CostRevisionLine,
    CountRules,
    GoodsIssue,
    GoodsIssueLine,
    GoodsReceipt,
    GoodsReceiptLine,
    GoodsReturn,
    GoodsReturnLine,
    LandedCost,
    LandedCostLine,
    LandedCostReceipt,
    Location,
    Lot,
    LotCost,
    LotHolding,
    LotStock,
    MoveLot,
    ProductCost,
    Reservation,
    StockAdjustment,
    StockAdjustmentLine,
    StockCount,
    StockCountLine,
    StockLevel,
    StockMove,
    StockTransfer,
    StockTransferLine,
    StockValue,
    Warehouse,
)
from fondaco.operations.inventory.queries import paper_number, paper_party, unfit_there
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.permissions import standalone
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register

COST = "inventory.see_cost"
VIEW = "inventory.view_stock"
#: What the books expect of a count; who counts blind does not see it.
EXPECTED = standalone("inventory.see_expected")
#: Lots that expire within so many days are shown as expiring.
SOON = 30


@register
class WarehouseResource(Resource):
    model, key, natural_key = Warehouse, "warehouses", "code"
    title, title_one, job, icon = _("Warehouses"), _("Warehouse"), "set_up", "building"
    view_permission, write_permission = VIEW, "inventory.write_warehouse"
    columns, writable, search, sort = (
        ["code", "name", "address", "is_active", "company"],
        ["company", "code", "name", "address", "is_active"],
        ["code", "name"],
        "code",
    )

    @classmethod
    def written(cls, rows: Sequence[Any], actor: Actor) -> None:
        actions.places_for(rows)


@register
class LocationResource(Resource):
    model, key, natural_key = Location, "locations", "code"
    title, title_one, job, icon = _("Locations"), _("Location"), "set_up", "books"
    view_permission, write_permission = VIEW, "inventory.write_warehouse"
    columns, filters, search, sort = (
        ["code", "name", "kind", "warehouse", "party", "company"],
        ["company", "kind", "warehouse", "party"],
        ["code", "name"],
        "code",
    )
    writable = ["company", "warehouse", "code", "name", "kind", "party"]


@register
class StockLevelResource(Resource):
    model, key = StockLevel, "stock"
    title, title_one, job, icon = _("Stock"), _("Stock level"), "deliver", "deliver"
    group, place = "stock", 1
    view_permission = VIEW
    columns = [
        "product",
        "location",
        Column("on_hand", kind="quantity"),
        Column("reserved", kind="quantity"),
        Column("free", _("free"), "quantity"),
    ]
    fields = [*columns, Column("second_on_hand", kind="quantity"), Column("second_reserved", kind="quantity"), "product__second_unit"]
    filters, search, sort = ["company", "product", "location", "location__warehouse"], ["product"], "product"
    annotations = {
        "free": lambda: ExpressionWrapper(
            F("on_hand") - F("reserved") - unfit_there(), output_field=Decimals(max_digits=20, decimal_places=6)
        )
    }


@register
class ProductCostResource(Resource):
    model, key = ProductCost, "stock-values"
    title, title_one, job, icon = _("Stock values"), _("Stock value"), "deliver", "insight"
    group, place = "costs", 2
    view_permission = COST
    columns = [
        "product",
        Column("quantity", kind="quantity"),
        Column("value", currency="company__currency__code"),
        Column("last_cost", _("unit cost"), "amount", "company__currency__code"),
    ]
    fields = [*columns, Column("second_quantity", kind="quantity")]
    filters, search, sort = ["company", "product"], ["product"], "product"


@register
class StockMoveResource(Resource):
    model, key = StockMove, "stock-moves"
    title, title_one, job, icon = _("Stock moves"), _("Stock move"), "deliver", "undo"
    group, place = "stock", 2
    view_permission = VIEW
    columns = [
        "on",
        "product",
        Column("quantity", kind="quantity"),
        "from_location",
        "to_location",
        Column("value", currency="company__currency__code", right=COST),
    ]
    fields = [*columns, Column("second_quantity", kind="quantity")]
    filters, sort = ["company", "product", "on", "booked_on", "from_location", "to_location", "source_table", "source_id"], "-id"


@register
class LotResource(Resource):
    model, key = Lot, "lots"
    title, title_one, job, icon = _("Lots and serial numbers"), _("Lot"), "deliver", "books"
    group, place = "stock", 3
    view_permission, write_permission = VIEW, "inventory.write_lot"
    columns = ["number", "product", "expires_on", "state", Column("on_hand", _("on hand"), "quantity"), "vendor_number"]
    fields = [*columns, "memo", "company"]
    writable = ["company", "product", "number", "expires_on", "vendor_number", "memo"]
    filters, search, sort = ["company", "product", "state", "expires_on"], ["number", "vendor_number", "product"], "-id"
    conditions = {
        "in_stock": (_("in stock"), lambda: Q(Exists(_in_stock()))),
        "expired": (_("expired, in stock"), lambda: Q(Exists(_in_stock()), expires_on__lt=timezone.localdate())),
        "expiring": (
            _("expiring in 30 days, in stock"),
            lambda: Q(
                Exists(_in_stock()), expires_on__gte=timezone.localdate(), expires_on__lte=timezone.localdate() + timedelta(days=SOON)
            ),
        ),
    }
    annotations = {
        "on_hand": lambda: Coalesce(
            Subquery(
                _in_stock().order_by().values("lot").annotate(total=Sum("on_hand")).values("total"), output_field=Decimals(**QUANTITY)
            ),
            Value(ZERO),
            output_field=Decimals(**QUANTITY),
        )
    }


def _in_stock() -> Any:
    return LotStock.objects.filter(lot=OuterRef("pk"), on_hand__gt=0)


@register
class LotStockResource(Resource):
    model, key = LotStock, "lot-stock"
    title, title_one, job, icon = _("Stock by lot"), _("Stock of a lot"), "deliver", "books"
    group, place = "stock", 4
    view_permission = VIEW
    columns = ["product", "lot", "location", Column("on_hand", kind="quantity"), "expires_on", "is_blocked"]
    fields = [*columns, Column("second_on_hand", kind="quantity")]
    filters, search, sort = (
        ["company", "product", "lot", "location", "location__warehouse", "expires_on", "is_blocked"],
        ["lot", "product"],
        "product",
    )


@register
class MoveLotResource(Resource):
    model, key = MoveLot, "lot-moves"
    title, title_one, icon = _("Moves of lots"), _("Move of a lot"), "undo"
    view_permission = VIEW
    columns = [
        "on",
        "product",
        "lot",
        Column("quantity", kind="quantity"),
        "move__from_location",
        "move__to_location",
        Column("paper", _("paper")),
        Column("party", _("partner")),
        Column("value", currency="company__currency__code", right=COST),
    ]
    fields = [*columns, Column("second_quantity", kind="quantity")]
    filters, sort = ["company", "product", "lot", "move", "on", "move__source_table", "move__source_id"], "-id"
    annotations = {"paper": paper_number, "party": paper_party}


@register
class LotHoldingResource(Resource):
    model, key = LotHolding, "lot-holdings"
    title, title_one, job, icon = _("Lots at customers"), _("Lot at a customer"), "deliver", "deliver"
    group, place = "stock", 6
    view_permission = VIEW
    columns = ["customer", "product", "lot", Column("quantity", kind="quantity"), "last_on", "lot__expires_on", "lot__state"]
    fields = [*columns, Column("second_quantity", kind="quantity")]
    filters, search, sort = ["company", "product", "lot", "customer", "last_on", "lot__state"], ["lot", "product", "customer"], "customer"
    conditions = {"held": (_("still there"), lambda: Q(quantity__gt=0))}


@register
class LotCostResource(Resource):
    model, key = LotCost, "lot-costs"
    title, title_one, job, icon = _("Costs of lots"), _("Cost of a lot"), "deliver", "insight"
    group, place = "costs", 6
    view_permission = COST
    columns = ["product", "lot", Column("quantity", kind="quantity"), Column("value", currency="company__currency__code")]
    filters, search, sort = ["company", "product", "lot"], ["lot", "product"], "product"


@register
class ReservationResource(Resource):
    model, key = Reservation, "reservations"
    title, title_one, job, icon = _("Reservations"), _("Reservation"), "deliver", "lock"
    group, place = "stock", 5
    view_permission = VIEW
    columns, filters = ["product", "location", Column("quantity", kind="quantity")], ["company", "product", "location"]
    fields = [*columns, Column("second_quantity", kind="quantity")]


class _Paper(Resource):
    filters = ["company", "state", "warehouse", "on"]
    search = ["number", "memo"]
    sort = "-id"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Quantities are in stock units, values come when the paper is posted; a weight that somebody changes is estimated no longer."""
        for draft in drafts:
            for line in draft.lines:
                before = getattr(line, "stored", None)
                if before and (before["quantity"], before["product_id"]) != (line.quantity, line.product_id):
                    line.is_estimated = False


LINE = ["position", "product", Column("quantity", kind="quantity"), Column("second_quantity", kind="quantity"), "lots"]
WRITABLE = ["product", "quantity", "second_quantity", "lots"]


@register
class GoodsReceiptResource(_Paper):
    model, key, natural_key = GoodsReceipt, "goods-receipts", "number"
    title, title_one, job, icon = _("Goods receipts"), _("Goods receipt"), "deliver", "download"
    group, place = "daily", 1
    view_permission, write_permission = VIEW, "inventory.write_receipt"
    columns = ["number", "on", "kind", "vendor", "warehouse", "state"]
    fields = [*columns, "place", "memo", "entry", "company"]
    writable = ["company", "kind", "vendor", "warehouse", "place", "on", "memo"]
    lines = [
        Lines(
            GoodsReceiptLine,
            "receipt",
            [*LINE, Column("unit_cost", currency="receipt__company__currency__code", right=COST)],
            writable=["product", "quantity", "second_quantity", "unit_cost", "lots"],
        )
    ]


@register
class GoodsIssueResource(_Paper):
    model, key, natural_key = GoodsIssue, "deliveries", "number"
    title, title_one, job, icon = _("Deliveries"), _("Delivery"), "deliver", "deliver"
    group, place = "daily", 3
    view_permission, write_permission = VIEW, "inventory.write_issue"
    columns = ["number", "on", "customer", "warehouse", "state", "carrier", "tracking"]
    fields = [*columns, "place", "ship_to", "memo", "expired_because", "entry", "company"]
    writable = ["company", "customer", "warehouse", "place", "on", "ship_to", "carrier", "tracking", "memo"]
    filters = [*_Paper.filters, "customer", "source_table", "source_id"]
    search = ["number", "tracking", "customer"]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """A delivery that is changed needs another word before expired goods may leave with it."""
        super().prepare(drafts, actor)
        for draft in drafts:
            draft.row.expired_because = ""

    lines = [Lines(GoodsIssueLine, "issue", LINE, writable=WRITABLE)]


@register
class GoodsReturnResource(_Paper):
    model, key, natural_key = GoodsReturn, "returns", "number"
    title, title_one, job, icon = _("Returns"), _("Return"), "deliver", "history"
    group, place = "daily", 4
    view_permission, write_permission = VIEW, "inventory.write_return"
    columns = ["number", "on", "customer", "delivery", "warehouse", "state", "reason_code"]
    fields = [*columns, "place", "memo", "entry", "company"]
    writable = ["company", "customer", "delivery", "warehouse", "place", "on", "reason_code", "memo"]
    lines = [
        Lines(
            GoodsReturnLine,
            "goods_return",
            [*LINE, "issue_line"],
            writable=["product", "quantity", "second_quantity", "issue_line", "lots"],
        )
    ]


@register
class StockTransferResource(_Paper):
    model, key, natural_key = StockTransfer, "transfers", "number"
    title, title_one, job, icon = _("Transfers"), _("Stock transfer"), "deliver", "undo"
    group, place = "daily", 5
    view_permission, write_permission = VIEW, "inventory.write_transfer"
    columns = ["number", "on", "warehouse", "place", "to_warehouse", "to_place", "state"]
    fields = [*columns, "arrived_on", "memo", "company"]
    writable = ["company", "warehouse", "place", "to_warehouse", "to_place", "on", "memo"]
    lines = [Lines(StockTransferLine, "transfer", LINE, writable=WRITABLE)]


@register
class StockAdjustmentResource(_Paper):
    model, key, natural_key = StockAdjustment, "adjustments", "number"
    title, title_one, job, icon = _("Stock adjustments"), _("Stock adjustment"), "deliver", "edit"
    group, place = "daily", 7
    view_permission, write_permission = VIEW, "inventory.write_adjustment"
    columns = ["number", "on", "warehouse", "kind", "state", "memo"]
    fields = [*columns, "place", "entry", "company"]
    writable = ["company", "warehouse", "place", "kind", "on", "memo"]
    lines = [Lines(StockAdjustmentLine, "adjustment", LINE, writable=WRITABLE)]


@register
class StockCountResource(_Paper):
    model, key, natural_key = StockCount, "stock-counts", "number"
    title, title_one, job, icon = _("Count sheets"), _("Count sheet"), "deliver", "check"
    group, place = "daily", 6
    view_permission, write_permission = VIEW, "inventory.create_count"
    columns = ["number", "on", "warehouse", "place", "category", "abc_class", "state"]
    fields = [*columns, "is_blind", "memo", "approved_by", "adjustment", "company"]
    writable = ["company", "warehouse", "place", "category", "abc_class", "on", "is_blind", "memo"]
    filters = [*_Paper.filters, "place", "category", "abc_class"]
    lines = [
        Lines(
            StockCountLine,
            "count",
            [
                "position",
                "product",
                "lot",
                Column("expected", kind="quantity", right=EXPECTED),
                Column("counted", kind="quantity"),
                Column("book", kind="quantity", right=EXPECTED),
                Column("second_expected", kind="quantity", right=EXPECTED),
                Column("second_counted", kind="quantity"),
                Column("second_book", kind="quantity", right=EXPECTED),
                "counted_at",
                "counted_by",
            ],
        )
    ]


@register
class CountRulesResource(Resource):
    model, key = CountRules, "count-rules"
    title, title_one, job, icon = _("Rules for counts"), _("Rules for counts"), "set_up", "books"
    view_permission, write_permission = VIEW, "inventory.write_count_rules"
    columns = ["company", Column("limit", currency="company__currency__code")]
    writable, filters, sort = ["company", "limit"], ["company"], "company"


@register
class StockValueResource(Resource):
    model, key = StockValue, "stock-value-changes"
    title, title_one, job, icon = _("Changes of stock value"), _("Change of stock value"), "deliver", "history"
    group, place = "costs", 3
    view_permission = COST
    columns = [
        "booked_on",
        "kind",
        "product",
        Column("value", currency="company__currency__code"),
        Column("expensed", currency="company__currency__code"),
        "explanation",
        "entry",
    ]
    fields = [*columns, "move", "lot", "company"]
    filters, search, sort = ["company", "product", "kind", "booked_on", "entry", "source_table", "source_id"], ["product"], "-id"


@register
class CostLayerResource(Resource):
    model, key = CostLayer, "cost-layers"
    title, title_one, job, icon = _("Cost layers"), _("Cost layer"), "deliver", "books"
    group, place = "costs", 4
    view_permission = COST
    columns = ["on", "product", Column("quantity", kind="quantity"), Column("value", currency="company__currency__code"), "move"]
    filters, sort = ["company", "product", "on"], "on"


@register
class LandedCostResource(Resource):
    model, key, natural_key = LandedCost, "landed-costs", "number"
    title, title_one, job, icon = _("Landed costs"), _("Landed cost"), "deliver", "deliver"
    group, place = "costs", 1
    view_permission, write_permission = COST, "inventory.write_landed_cost"
    columns = ["number", "on", "memo", "state"]
    fields = [*columns, "booked_on", "entry", "company"]
    writable = ["company", "on", "memo"]
    filters, search, sort = ["company", "state", "on"], ["number", "memo"], "-id"
    lines = [
        Lines(
            LandedCostLine,
            "landed_cost",
            ["position", "description", Column("amount", currency="landed_cost__company__currency__code"), "by"],
            writable=["description", "amount", "by"],
        ),
        Lines(LandedCostReceipt, "landed_cost", ["position", "receipt"], writable=["receipt"], title=_("Goods receipts")),
    ]


@register
class CostRevisionResource(Resource):
    model, key, natural_key = CostRevision, "cost-revisions", "number"
    title, title_one, job, icon = _("Cost revisions"), _("Cost revision"), "deliver", "edit"
    group, place = "costs", 5
    view_permission, write_permission = COST, "inventory.write_cost_revision"
    columns = ["number", "on", "memo", "state"]
    fields = [*columns, "entry", "company"]
    writable = ["company", "on", "memo"]
    filters, search, sort = ["company", "state", "on"], ["number", "memo"], "-id"
    lines = [
        Lines(
            CostRevisionLine,
            "revision",
            ["position", "product", Column("unit_cost", currency="revision__company__currency__code")],
            writable=["product", "unit_cost"],
        )
    ]
