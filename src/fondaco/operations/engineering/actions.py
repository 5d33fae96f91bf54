"""The verbs of engineering: the next version of a bill or a routing."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from fondaco.operations.engineering.models import BillOfMaterials, BomLine, Routing, RoutingOperation
from fondaco.operations.engineering.refusals import VersionTooEarly
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.rows import related
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

LINE = ("position", "item_id", "chosen_at", "quantity", "formula", "unit_id", "scrap_percent", "condition")
OPERATION = (
    "position", "name", "name_it", "work_centre_id", "vendor_id", "setup_minutes", "minutes", "per_quantity", "formula", "overlap_percent", "outside_price",
    "outside_days", "condition",
)  # fmt: skip


@action(
    BillOfMaterials, permission="engineering.write_bom", name="new_bom_version", title=_("Next version"), done=_("Next version drafted")
)
def new_bom_version(boms: DocumentSet[BillOfMaterials], *, valid_from: date) -> None:
    """Begin the next version of bills of materials on a day, with the same parts; the version before ends the day before."""
    boms.made["bills-of-materials"] = _next(
        BillOfMaterials, BomLine, "bom", boms.rows, valid_from, ("company_id", "product_id", "quantity", "is_phantom", "notes"), LINE
    )


@action(
    Routing, permission="engineering.write_routing", name="new_routing_version", title=_("Next version"), done=_("Next version drafted")
)
def new_routing_version(routings: DocumentSet[Routing], *, valid_from: date) -> None:
    """Begin the next version of routings on a day, with the same operations; the version before ends the day before."""
    routings.made["routings"] = _next(
        Routing, RoutingOperation, "routing", routings.rows, valid_from, ("company_id", "product_id", "notes"), OPERATION
    )


def _next(
    model: Any, line_model: Any, parent: str, rows: Sequence[Any], valid_from: date, head: Sequence[str], fields: Sequence[str]
) -> list[int]:
    """Statements do not grow with the rows. Raises VersionTooEarly."""
    early = [r for r in rows if r.valid_from >= valid_from]
    if early:
        raise VersionTooEarly(document=early[0], valid_from=early[0].valid_from, rows=rows_json(early))
    latest = latest_versions(model, rows)
    # What ended before keeps its end; days that two versions would hold are refused by the database.
    update_rows(
        model,
        {"id": [r.pk for r in rows], "valid_to": [min(r.valid_to or date.max, valid_from - timedelta(days=1)) for r in rows]},
    )
    products = related(rows, "product")
    fresh = []
    for row in rows:
        latest[row.company_id, row.product_id] += 1
        until = row.valid_to if row.valid_to is not None and row.valid_to >= valid_from else None
        values = {name: getattr(row, name) for name in head}
        version = latest[row.company_id, row.product_id]
        number = named(products[row.product_id].sku, version)
        fresh.append(model(**values, number=number, version_number=version, valid_from=valid_from, valid_to=until))
    insert_rows(model, fresh)
    made = {old.pk: new for old, new in zip(rows, fresh, strict=True)}
    lines = line_model.objects.filter(**{f"{parent}__in": list(made)}).order_by(parent, "position", "pk")
    insert_rows(
        line_model,
        [line_model(**{parent: made[getattr(ln, f"{parent}_id")]}, **{name: getattr(ln, name) for name in fields}) for ln in lines],
    )
    return [new.pk for new in fresh]


def named(sku: str, version: int) -> str:
    """What a version of a bill or a routing is called."""
    return f"{sku} v{version}"


def latest_versions(model: Any, rows: Sequence[Any]) -> dict[tuple[int, int], int]:
    """The last version there is of the products of rows, by company and product; one statement."""
    found = dict.fromkeys(((r.company_id, r.product_id) for r in rows), 0)
    counted = model.objects.filter(company__in={c for c, _p in found}, product__in={p for _c, p in found})
    for company, product, latest in counted.values_list("company_id", "product_id").annotate(latest=Max("version_number")).order_by():
        found[company, product] = latest
    return found
