"""How work centres, bills of materials and routings are shown, written and served."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.engineering import actions, item_panels  # noqa: F401  verbs and panels are declared on import
from fondaco.operations.engineering.actions import latest_versions, named
from fondaco.operations.engineering.choices import Choices, choices_of
from fondaco.operations.engineering.choosing import read_condition, strange_words
from fondaco.operations.engineering.formulas import names_of, read_formula
from fondaco.operations.engineering.language import Unreadable
from fondaco.operations.engineering.models import BillOfMaterials, BomLine, Routing, RoutingOperation, WorkCentre, WorkCentreRate
from fondaco.operations.engineering.refusals import ConditionUnreadable, NoComponentThere, NothingIsChosen, UnknownWords
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.rows import related
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register
from fondaco.platform.resources.schema import lines_name

COST = "inventory.see_cost"
RATES = ["valid_from", "valid_to", "setup_rate", "labour_rate", "machine_rate"]
PARTS = ["item", "chosen_at", "quantity", "formula", "unit", "scrap_percent", "condition"]
OPERATIONS = [
    "name", "name_it", "work_centre", "setup_minutes", "minutes", "per_quantity", "formula", "overlap_percent", "vendor", "outside_price", "outside_days", "condition",
]  # fmt: skip


@register
class WorkCentreResource(Resource):
    model, key, natural_key = WorkCentre, "work-centres", "code"
    title, title_one, job, icon = _("Work centres"), _("Work centre"), "make", "note"
    group, place = "set_up", 10
    view_permission, write_permission = "engineering.view_work_centre", "engineering.write_work_centre"
    columns = ["code", "name", Column("hours_per_day", kind="number"), Column("efficiency", kind="number"), "is_active"]
    fields = [*columns, "name_it", "company"]
    writable = ["company", "code", "name", "name_it", "hours_per_day", "efficiency", "is_active"]
    filters, search, sort = ["company", "is_active"], ["code", "name"], "code"
    lines = [
        Lines(
            WorkCentreRate,
            "work_centre",
            [*RATES[:2], *(Column(rate, kind="quantity", right=COST) for rate in RATES[2:])],
            writable=RATES,
            title=_("Hourly rates"),
            order=("valid_from", "id"),
        )
    ]


@register
class BillResource(Resource):
    model, key = BillOfMaterials, "bills-of-materials"
    title, title_one, job, icon = _("Bills of materials"), _("Bill of materials"), "make", "note"
    group, place = "daily", 10
    view_permission, write_permission = "engineering.view_bom", "engineering.write_bom"
    columns = ["number", "product", "valid_from", "valid_to", Column("quantity", kind="quantity"), "is_phantom"]
    fields = [*columns, "company", "notes"]
    writable = ["company", "product", "valid_from", "valid_to", "quantity", "is_phantom", "notes"]
    filters, search, sort = ["company", "product", "valid_from", "valid_to", "is_phantom"], ["number", "product"], "number"
    lines = [
        Lines(
            BomLine,
            "bom",
            ["item", Column("chosen_at", rare=True), Column("quantity", kind="quantity"), Column("unit", rare=True), Column("formula", rare=True), Column("scrap_percent", kind="quantity", rare=True), Column("condition", rare=True)],
            writable=PARTS,
            title=_("Parts"),
        )
    ]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Count versions, and read every condition and formula: what cannot be read or names what is not there is refused where it is written."""
        _number(cls.model, drafts)
        _judge(drafts, lines_name(cls.lines[0]))


@register
class RoutingResource(Resource):
    model, key = Routing, "routings"
    title, title_one, job, icon = _("Routings"), _("Routing"), "make", "note"
    group, place = "daily", 20
    view_permission, write_permission = "engineering.view_routing", "engineering.write_routing"
    columns = ["number", "product", "valid_from", "valid_to"]
    fields = [*columns, "company", "notes"]
    writable = ["company", "product", "valid_from", "valid_to", "notes"]
    filters, search, sort = ["company", "product", "valid_from", "valid_to"], ["number", "product"], "number"
    lines = [
        Lines(
            RoutingOperation,
            "routing",
            ["name", Column("work_centre", rare=True), Column("setup_minutes", kind="quantity", rare=True), Column("minutes", kind="quantity", rare=True), Column("per_quantity", kind="quantity", rare=True), Column("formula", rare=True),
             Column("overlap_percent", kind="quantity", rare=True), Column("vendor", rare=True), Column("outside_price", kind="quantity", rare=True, right=COST), Column("outside_days", rare=True), Column("condition", rare=True)],
            writable=OPERATIONS,
            title=_("Operations"),
        )
    ]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """As with bills of materials."""
        _number(cls.model, drafts)
        _judge(drafts, lines_name(cls.lines[0]))


def _number(model: Any, drafts: Sequence[Draft]) -> None:
    fresh = [d.row for d in drafts if d.row.pk is None]
    latest = latest_versions(model, fresh) if fresh else {}
    for row in fresh:
        latest[row.company_id, row.product_id] += 1
        row.version_number = latest[row.company_id, row.product_id]
    products: dict[int, Product] = related([d.row for d in drafts], "product")
    for draft in drafts:
        draft.row.number = named(products[draft.row.product_id].sku, draft.row.version_number)


def _judge(drafts: Sequence[Draft], called: str) -> None:
    """Read what hangs on choices. Raises ConditionUnreadable, UnknownWords, NothingIsChosen, NoComponentThere."""
    hanging = [d for d in drafts if any(ln.condition or ln.formula or getattr(ln, "chosen_at", "") for ln in d.lines)]
    if not hanging:
        return
    products: dict[int, Product] = related([d.row for d in hanging], "product")
    known = choices_of(set(products))
    for draft in hanging:
        product = products[draft.row.product_id]
        for place, line in enumerate(draft.lines):
            for name in ("condition", "formula", "chosen_at"):
                text = getattr(line, name, "")
                if text:
                    _judge_text(name, text, product, known.get(product.pk), f"{called}.{place}.{name}", line.position or place + 1)


def _judge_text(name: str, text: str, product: Product, known: Choices | None, at: str, line: int) -> None:
    what = _("line {line}").format(line=line)
    if known is None:
        raise _at(NothingIsChosen(text=text, what=what, product=product), at)
    if name == "chosen_at":
        if text not in known.words.slots:
            raise _at(NoComponentThere(attribute=text, product=product), at)
        return
    try:
        if name == "condition":
            strange = strange_words(read_condition(text), known.words)
        else:
            strange = sorted(n for n in names_of(read_formula(text)) if not known.words.knows(n))
    except Unreadable as error:
        raise _at(ConditionUnreadable(text=text, what=what, found=error.found, expected=error.expected), at) from error
    if strange:
        raise _at(UnknownWords(text=text, what=what, product=product, words=", ".join(dict.fromkeys(strange))), at)


def _at(refusal: Any, field: str) -> Any:
    refusal.fields = {field: refusal.sentence()}
    return refusal
