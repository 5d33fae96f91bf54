"""How bins and their stock are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.moving import stock_locations
from fondaco.operations.inventory.resources import EXPECTED, StockLevelResource
from fondaco.operations.warehouse import actions, putting_away, reactions, refusals, stepping, waving, working  # noqa: F401  verbs and sentences are declared on import
from fondaco.operations.warehouse.models import (
    Bin,
    BinCount,
    BinMove,
    BinRule,
    BinStock,
    Floor,
    Inspection,
    PickList,
    Shortage,
    Steps,
    Task,
    Wave,
    WaveDelivery,
)
from fondaco.operations.warehouse.queries import in_bins, no_bin
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, also_shows, register

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
    group, place = "bins", 9
    view_permission = VIEW
    columns, filters, sort = ["warehouse", "location", "company"], ["company", "warehouse"], "warehouse"


@register
class BinStockResource(Resource):
    model, key = BinStock, "bin-stock"
    title, title_one, job, icon = _("Stock in bins"), _("Stock in a bin"), "deliver", "deliver"
    group, place = "bins", 5
    view_permission = VIEW
    columns = [
        "bin",
        "product",
        "lot",
        Column("on_hand", kind="quantity"),
        Column("allotted", kind="quantity"),
        "bin__kind",
        "bin__zone",
        "lot__expires_on",
        "location",
    ]
    filters, search = ["company", "location", "bin", "bin__zone", "bin__kind", "product", "lot"], ["bin", "product", "lot"]
    sort = "bin__sequence"
    conditions = {"there": (_("in stock"), lambda: Q(on_hand__gt=0))}


@register
class BinMoveResource(Resource):
    model, key = BinMove, "bin-moves"
    title, title_one, job, icon = _("Moves between bins"), _("Move between bins"), "deliver", "undo"
    group, place = "bins", 6
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


@register
class BinRuleResource(Resource):
    model, key = BinRule, "bin-rules"
    title, title_one, job, icon = _("Rules for bins"), _("Rule for bins"), "set_up", "books"
    view_permission, write_permission = VIEW, "warehouse.write_bin"
    columns = [
        "warehouse",
        "product",
        "category",
        "bin",
        "zone",
        Column("minimum", kind="quantity"),
        Column("maximum", kind="quantity"),
        "place",
    ]
    fields = [*columns, "company"]
    writable = ["company", "warehouse", "product", "category", "bin", "zone", "minimum", "maximum", "place"]
    filters, search, sort = ["company", "warehouse", "product", "category", "bin", "zone"], ["product", "bin"], "place"


@register
class WaveResource(Resource):
    model, key, natural_key = Wave, "waves", "number"
    title, title_one, job, icon = _("Waves"), _("Wave"), "deliver", "deliver"
    group, place = "bins", 1
    view_permission, write_permission = VIEW, "warehouse.direct_work"
    columns = ["number", "on", "warehouse", "method", "most_deliveries", "state"]
    fields = [*columns, "released_at", "memo", "company"]
    writable = ["company", "warehouse", "on", "method", "most_deliveries", "memo"]
    filters, search, sort = ["company", "warehouse", "state", "on", "method"], ["number", "memo"], "-id"
    lines = [
        Lines(
            WaveDelivery,
            "wave",
            ["position", "issue", "issue__customer", "issue__state", "slot"],
            writable=["issue"],
            title=_("Deliveries"),
        )
    ]


@register
class PickListResource(Resource):
    model, key = PickList, "pick-lists"
    title, title_one, job, icon = _("Pick lists"), _("Pick list"), "deliver", "check"
    group, place = "bins", 2
    view_permission = VIEW
    columns = ["wave", "position", "zone", "worker", Column("distance_m", kind="quantity"), Column("left", _("left to pick"), "number")]
    filters, sort = ["wave", "wave__warehouse", "wave__state", "worker", "zone"], "-id"
    annotations = {"left": lambda: Count("tasks", filter=Q(tasks__state="open"))}
    conditions = {"open": (_("to be picked"), lambda: Q(Exists(Task.objects.filter(pick_list=OuterRef("pk"), state="open"))))}
    lines = [
        Lines(
            Task, "pick_list",
            ["position", "from_bin", "product", "lot", Column("quantity", kind="quantity"), Column("done_quantity", kind="quantity"), "slot", "issue", "state"],
            title=_("Tasks"),
        )
    ]  # fmt: skip


@register
class TaskResource(Resource):
    model, key = Task, "tasks"
    title, title_one, job, icon = _("Tasks of the warehouse"), _("Task of the warehouse"), "deliver", "check"
    group, place = "bins", 3
    view_permission = VIEW
    columns = ["kind", "product", "lot", Column("quantity", kind="quantity"), "from_bin", "to_bin", "state", "why", "pick_list", "issue"]
    fields = [*columns, Column("done_quantity", kind="quantity"), "done_at", "done_by", "warehouse", "company"]
    filters, search = (
        ["company", "warehouse", "kind", "state", "product", "lot", "from_bin", "to_bin", "pick_list", "issue", "done_at", "done_by"],
        ["product", "lot"],
    )
    sort = "-id"
    conditions = {"open": (_("to do"), lambda: Q(state="open"))}


@register
class ShortageResource(Resource):
    model, key = Shortage, "shortages"
    title, title_one, job, icon = _("Shortages"), _("Shortage"), "deliver", "bell"
    group, place = "bins", 4
    view_permission = VIEW
    columns = [Column("created_at", _("when")), "product", Column("quantity", kind="quantity"), "bin", "issue", "why"]
    filters, search, sort = ["company", "product", "issue", "issue__on", "bin"], ["product", "issue"], "-id"


@register
class BinCountResource(Resource):
    model, key = BinCount, "bin-counts"
    title, title_one, job, icon = _("Counts of bins"), _("Count of a bin"), "deliver", "check"
    group, place = "bins", 7
    view_permission = VIEW
    columns = [
        "bin",
        "product",
        "lot",
        "state",
        Column("expected", kind="quantity", right=EXPECTED),
        Column("counted", kind="quantity"),
        "counted_by",
        "why",
    ]
    filters, search, sort = ["company", "bin", "bin__warehouse", "product", "state"], ["bin", "product", "lot"], "-id"
    conditions = {"open": (_("to do"), lambda: Q(state="open"))}


@register
class StepsResource(Resource):
    model, key = Steps, "warehouse-steps"
    title, title_one, job, icon = _("Steps of warehouses"), _("Steps of a warehouse"), "set_up", "building"
    view_permission, write_permission = VIEW, "warehouse.write_bin"
    columns = ["warehouse", "receipt_steps", "delivery_steps", "cross_dock"]
    fields = [*columns, "inspected_since", "company"]
    writable, filters, sort = (
        ["company", "warehouse", "receipt_steps", "delivery_steps", "cross_dock"],
        ["company", "warehouse"],
        "warehouse",
    )

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """What comes from now on is inspected."""
        for d in drafts:
            if d.row.receipt_steps == 3 and d.row.inspected_since is None:
                d.row.inspected_since = timezone.now()
            elif d.row.receipt_steps != 3:
                d.row.inspected_since = None


@register
class InspectionResource(Resource):
    model, key = Inspection, "inspections"
    title, title_one, job, icon = _("Inspections"), _("Inspection"), "deliver", "check"
    group, place = "bins", 8
    view_permission = VIEW
    columns = [Column("created_at", _("when")), "receipt", "receipt__vendor", "transfer", "note", Column("created_by", _("by"))]
    filters, search, sort = ["company", "receipt"], ["receipt", "note"], "-id"
