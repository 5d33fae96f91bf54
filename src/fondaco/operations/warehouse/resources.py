"""How bins and their stock are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.moving import stock_locations
from fondaco.operations.inventory.resources import StockLevelResource
from fondaco.operations.warehouse import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.operations.warehouse.models import Bin, BinMove, BinStock, Floor
from fondaco.operations.warehouse.queries import in_bins, no_bin
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Resource, also_shows, register

VIEW = "inventory.view_stock"

also_shows(
    StockLevelResource,
    columns=[Column("in_bins", _("in bins"), "quantity"), Column("at_dock", _("at the dock"), "quantity")],
    annotations={"in_bins": in_bins, "at_dock": no_bin},
    conditions={"at_dock": (_("at the dock of a warehouse with bins"), lambda: Q(location__floor__isnull=False, on_hand__gt=in_bins()))},
)


@register
class BinResource(Resource):
    model, key, natural_key = Bin, "bins", "code"
    title, title_one, job, icon = _("Bins"), _("Bin"), "set_up", "building"
    view_permission, write_permission = VIEW, "warehouse.write_bin"
    columns = ["code", "warehouse", "kind", "zone", "aisle", "rack", "level", "sequence", "category", "is_active"]
    fields = [*columns, "x_m", "y_m", "most_pieces", "most_weight_kg", "most_volume_m3", "company"]
    writable = [
        "company", "warehouse", "code", "kind", "zone", "aisle", "rack", "level", "x_m", "y_m", "sequence", "category", "most_pieces", "most_weight_kg", "most_volume_m3", "is_active",
    ]  # fmt: skip
    filters, search, sort = ["company", "warehouse", "kind", "zone", "aisle", "category", "is_active"], ["code"], "sequence"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Bins lie in the place where the stock of their warehouse lies."""
        places = stock_locations({d.row.warehouse_id for d in drafts if d.row.warehouse_id})
        for d in drafts:
            if d.row.warehouse_id:
                d.row.location_id = places[d.row.warehouse_id]


@register
class FloorResource(Resource):
    model, key = Floor, "floors"
    title, title_one, job, icon = _("Warehouses with bins"), _("Warehouse with bins"), "deliver", "building"
    view_permission = VIEW
    columns, filters, sort = ["warehouse", "location", "company"], ["company", "warehouse"], "warehouse"


@register
class BinStockResource(Resource):
    model, key = BinStock, "bin-stock"
    title, title_one, job, icon = _("Stock in bins"), _("Stock in a bin"), "deliver", "deliver"
    view_permission = VIEW
    columns = ["bin", "product", "lot", Column("on_hand", kind="quantity"), "bin__kind", "bin__zone", "lot__expires_on", "location"]
    filters, search = ["company", "location", "bin", "bin__zone", "bin__kind", "product", "lot"], ["bin", "product", "lot"]
    sort = "bin__sequence"
    conditions = {"there": (_("in stock"), lambda: Q(on_hand__gt=0))}


@register
class BinMoveResource(Resource):
    model, key = BinMove, "bin-moves"
    title, title_one, job, icon = _("Moves between bins"), _("Move between bins"), "deliver", "undo"
    view_permission = VIEW
    columns = [
        Column("created_at", _("when")),
        "product",
        "lot",
        Column("quantity", kind="quantity"),
        "from_bin",
        "to_bin",
        "kind",
        "why",
        Column("created_by", _("by")),
    ]
    filters, search, sort = ["company", "location", "product", "lot", "from_bin", "to_bin", "kind"], ["product", "lot"], "-id"
