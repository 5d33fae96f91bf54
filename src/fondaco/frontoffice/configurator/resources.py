"""How product models and configurations are shown, written and served."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.configurator import actions, making  # noqa: F401  verbs, and what engineering asks, are declared on import
from fondaco.frontoffice.configurator.actions import judge, named
from fondaco.frontoffice.configurator.choosing import Advisor
from fondaco.frontoffice.configurator.models import Attribute, AttributeValue, Configuration, ProductModel, Rule
from fondaco.frontoffice.configurator.queries import Shapes
from fondaco.frontoffice.configurator.refusals import ComponentMissing, NoValues, RuleUnreadable, UnknownWords, ValueOfNothing
from fondaco.frontoffice.configurator.shapes import Item, Option, Placed, RuleOf, Shape, flatten, unknown_words
from fondaco.operations.engineering.language import Unreadable, read
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.rows import related
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, Wrong, register
from fondaco.platform.resources.schema import lines_name

ATTRIBUTE = ["code", "name", "name_it", "kind", "unit", "least", "most", "step", "included", "surcharge", "weight_kg"]
VALUE = ["attribute", "code", "name", "name_it", "surcharge", "factor", "measure", "weight_kg", "component", "quantity"]


@register
class ProductModelResource(Resource):
    model, key, natural_key = ProductModel, "product-models", "number"
    title, title_one, job, icon = _("Product models"), _("Product model"), "sell", "note"
    group, place = "set_up", 60
    view_permission, write_permission = "configurator.view_model", "configurator.write_model"
    columns = ["number", "product", "model_version", "state", "released_at"]
    fields = ["number", "product", "model_version", "state", "released_at", "notes"]
    writable = ["product", "notes"]
    filters, search = ["product", "state"], ["number", "product"]
    lines = [
        Lines(
            Attribute, "model", [*ATTRIBUTE[:5], Column("least", kind="number", rare=True), Column("most", kind="number", rare=True), Column("step", kind="number", rare=True), Column("included", kind="number", rare=True), Column("surcharge", kind="quantity"), Column("weight_kg", kind="quantity", rare=True)],
            writable=ATTRIBUTE, title=_("Attributes"),
        ),
        Lines(
            AttributeValue, "model", [*VALUE[:3], Column("name_it", rare=True), Column("surcharge", kind="quantity"), Column("factor", kind="quantity"), Column("measure", kind="number", rare=True), Column("weight_kg", kind="quantity", rare=True), Column("component", rare=True), Column("quantity", rare=True)],
            writable=VALUE, title=_("Values"),
        ),
        Lines(Rule, "model", ["name", "rule"], writable=["name", "name_it", "rule"], title=_("Rules")),
    ]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Name new models by product and version, and read every rule: what cannot be read or names what is not there is refused where it is written."""
        products = related([d.row for d in drafts], "product")
        latest = dict(
            ProductModel.objects.filter(product__in=products).values_list("product_id").annotate(latest=Max("model_version")).order_by()
        )
        components = _components(drafts)
        for draft in drafts:
            row = draft.row
            if row.pk is None:
                row.model_version = latest.get(row.product_id, 0) + 1
            row.number = named(products[row.product_id].sku, row.model_version)
            _read_rules(draft, components)

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        """What would keep a draft from being released."""
        model = ProductModel.objects.filter(pk=pk, state="draft").first()
        if model is None:
            return []
        try:
            judge(model, Advisor(Shapes([pk]).shape(pk, get_language() or "en")))
        except UserError as refusal:
            return [Wrong(refusal.sentence())]
        return []


def _components(drafts: Sequence[Draft]) -> dict[int, Shape]:
    """What can be chosen of the components that drafts name, by product."""
    products = {ln.component_id for d in drafts for ln in d.lines if isinstance(ln, AttributeValue) and ln.component_id}
    if not products:
        return {}
    keys = list(ProductModel.objects.filter(product__in=products, state="released").values_list("pk", flat=True))
    shapes = Shapes(keys)
    return {shapes.models[k].product_id: shapes.shape(k, "en") for k in keys}


def _read_rules(draft: Draft, components: dict[int, Shape]) -> None:
    attributes = [ln for ln in draft.lines if isinstance(ln, Attribute)]
    values = [ln for ln in draft.lines if isinstance(ln, AttributeValue)]
    by_code = {a.code: a for a in attributes}
    for place, value in enumerate(values):
        attribute = by_code.get(value.attribute)
        where = {f"{_name(AttributeValue)}.{place}.attribute": str(_("Name an attribute by its code."))}
        if attribute is None or attribute.kind == Attribute.NUMBER:
            raise ValueOfNothing(value=value.name, document=draft.row.number, attribute=value.attribute, fields=where)
        if attribute.kind == Attribute.COMPONENT and value.component_id == draft.row.product_id:
            raise ComponentMissing(value=value.name, document=draft.row.number)
    counted = Counter(v.attribute for v in values)
    for attribute in attributes:
        if attribute.kind != Attribute.NUMBER and not counted[attribute.code]:
            raise NoValues(attribute=attribute.name, document=draft.row.number)
    flat = flatten(Shape(tuple(_item(a, values, components) for a in attributes)))
    for place, rule in enumerate(ln for ln in draft.lines if isinstance(ln, Rule)):
        at = f"{_name(Rule)}.{place}.rule"
        try:
            condition = read(rule.rule)
        except Unreadable as error:
            refusal = RuleUnreadable(rule=rule.rule, document=draft.row.number, found=error.found, expected=error.expected)
            refusal.fields = {at: refusal.sentence()}
            raise refusal from error
        strange = unknown_words(flat, Placed(RuleOf(rule.name, rule.rule, condition)))
        if strange:
            unknown = UnknownWords(rule=rule.rule, document=draft.row.number, words=", ".join(dict.fromkeys(strange)))
            unknown.fields = {at: unknown.sentence()}
            raise unknown


def _name(model: Any) -> str:
    lines = next(ln for ln in ProductModelResource.lines if ln.model is model)
    return lines_name(lines)


def _item(attribute: Attribute, values: Sequence[AttributeValue], components: dict[int, Shape]) -> Item:
    if attribute.kind == Attribute.NUMBER:
        return Item(attribute.code, attribute.name, (), "", attribute.least or 0, attribute.most or 0, attribute.step or 1)
    options = [
        Option(v.code, v.name, v.measure, shape=components.get(v.component_id) if v.component_id else None)
        for v in values
        if v.attribute == attribute.code
    ]
    return Item(attribute.code, attribute.name, tuple(options))


@register
class ConfigurationResource(Resource):
    model, key, natural_key = Configuration, "configurations", "fingerprint"
    title, title_one, icon = _("Configurations"), _("Configuration"), "note"
    view_permission = "configurator.view_model"
    columns = ["product", "model", "fingerprint", Column("created_at", _("When")), Column("created_by", _("by"))]
    fields = [*columns, "choices"]
    filters = ["product", "model"]
