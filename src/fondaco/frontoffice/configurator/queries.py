"""Product models as they are stored, read as shapes; the advisors of released ones, kept by each process."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import get_language

from fondaco.frontoffice.configurator.choosing import Advisor
from fondaco.frontoffice.configurator.models import Attribute, AttributeValue, Configuration, ProductModel, Rule
from fondaco.frontoffice.configurator.shapes import DEEPEST, Item, Option, RuleOf, Shape
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.engineering.language import Unreadable, read
from fondaco.platform.database import tenancy
from fondaco.platform.money import ZERO

#: Models that a process keeps ready; each holds a program and some hundred solutions.
KEPT = 200
_ready: OrderedDict[tuple[str, str, int], Advisor] = OrderedDict()
_stood: dict[tuple[Any, ...], tuple[Any, Advisor, frozenset[int]]] = {}
_lock = Lock()


def released_models(products: Iterable[int]) -> dict[int, int]:
    """The released model of each product that has one, by product; one statement."""
    return dict(ProductModel.objects.filter(product__in=list(products), state="released").values_list("product_id", "pk"))


class Shapes:
    """Stored models with all their components, as shapes. ``pinned`` says which model of a component a configuration was made with.

    Statements do not grow with models, but with how deep their components stand in each other (four at most).
    """

    def __init__(self, keys: Sequence[int], pinned: Mapping[int, int] | None = None) -> None:
        self.models: dict[int, ProductModel] = {}
        self.attributes: dict[int, list[Attribute]] = defaultdict(list)
        self.values: dict[tuple[int, str], list[AttributeValue]] = defaultdict(list)
        self.rules: dict[int, list[Rule]] = defaultdict(list)
        self.model_of: dict[int, int] = dict(pinned or {})
        wanted = set(keys)
        for _level in range(DEEPEST + 1):
            if not wanted:
                break
            self._read(wanted)
            products = {v.component_id for (m, _a), values in self.values.items() if m in wanted for v in values if v.component_id}
            unknown = products - set(self.model_of)
            self.model_of |= released_models(unknown) if unknown else {}
            wanted = {self.model_of[p] for p in products if p in self.model_of} - set(self.models)

    def _read(self, keys: set[int]) -> None:
        self.models |= ProductModel.objects.select_related("product").in_bulk(keys)
        for attribute in Attribute.objects.filter(model__in=keys).order_by("position", "pk"):
            self.attributes[attribute.model_id].append(attribute)
        for value in AttributeValue.objects.filter(model__in=keys).select_related("component").order_by("position", "pk"):
            self.values[value.model_id, value.attribute].append(value)
        for rule in Rule.objects.filter(model__in=keys).order_by("position", "pk"):
            self.rules[rule.model_id].append(rule)

    def shape(self, key: int, language: str, above: tuple[int, ...] = ()) -> Shape:
        """One of them; a product that would stand in itself is left as it is. Rules that cannot be read are left out: saving refuses them."""
        model = self.models[key]
        called = lambda row: (row.name_it if language == "it" else "") or row.name  # noqa: E731
        items = []
        for a in self.attributes[key]:
            options = []
            for v in self.values[key, a.code] if a.kind != Attribute.NUMBER else ():
                inner = self.model_of.get(v.component_id) if v.component_id else None
                nested = inner is not None and v.component_id not in (*above, model.product_id) and len(above) < DEEPEST
                base = (v.component.sale_price or ZERO) * v.quantity if v.component is not None and a.kind == Attribute.COMPONENT else ZERO
                weight = (v.component.weight_kg or ZERO) * v.quantity if v.component is not None and a.kind == Attribute.COMPONENT else ZERO
                options.append(
                    Option(
                        v.code, called(v), v.measure, v.surcharge + base, v.factor, v.weight_kg + weight, v.component_id, v.quantity,
                        self.shape(inner, language, (*above, model.product_id)) if nested and inner is not None else None,
                    )
                )  # fmt: skip
            if a.kind == Attribute.NUMBER:
                items.append(Item(a.code, called(a), (), a.unit, a.least or 0, a.most or 0, a.step, a.included, a.surcharge, a.weight_kg))
            elif options:
                items.append(Item(a.code, called(a), tuple(options), a.unit))
        rules = []
        for r in self.rules[key]:
            try:
                rules.append(RuleOf(called(r) or r.rule, r.rule, read(r.rule)))
            except Unreadable:
                continue
        return Shape(tuple(items), tuple(rules), key, model.product_id, called(model.product), model.product.sale_price or ZERO)


def components_of(shape: Shape) -> dict[int, int]:
    """The models of all components that may be chosen, by product."""
    found: dict[int, int] = {}
    for item in shape.items:
        for option in item.options:
            if option.shape is not None:
                found |= {option.shape.product: option.shape.model} | components_of(option.shape)
    return found


def advisor_of(model: int, language: str, pinned: Mapping[int, int] | None = None) -> Advisor:
    """The advisor of a model in a language. What a process has kept is good as long as the products in it are as they were: one statement says so."""
    address = (tenancy.key(), language, model, tuple(sorted((pinned or {}).items())))
    with _lock:
        kept = _stood.get(address)
    if kept is not None and kept[0] == _stamp(kept[2]):
        return kept[1]
    advisor = advisors([(model, pinned or {})], language)[0]
    products = frozenset({advisor.shape.product, *_products_in(advisor.shape)})
    with _lock:
        if len(_stood) >= KEPT:
            _stood.clear()
        _stood[address] = (_stamp(products), advisor, products)
    return advisor


def _stamp(products: frozenset[int]) -> tuple[tuple[Any, ...], ...]:
    """How products stand, with their released models: their prices, names and weights are part of a shape."""
    released = ProductModel.objects.filter(product=OuterRef("pk"), state="released").values("pk")
    return tuple(Product.objects.filter(pk__in=products).order_by("pk").values_list("pk", "version", Subquery(released)))


def _products_in(shape: Shape) -> set[int]:
    options = [o for item in shape.items for o in item.options if o.product is not None]
    inner = [p for o in options if o.shape is not None for p in _products_in(o.shape)]
    return {o.product for o in options if o.product is not None} | set(inner)


def advisors(asked: Sequence[tuple[int, Mapping[int, int]]], language: str) -> list[Advisor]:
    """Advisors of several configurations; statements as for one where they are pinned alike."""
    found = []
    by_pin: dict[tuple[tuple[int, int], ...], Shapes] = {}
    for _model, pinned in asked:
        pin = tuple(sorted(pinned.items()))
        if pin not in by_pin:
            by_pin[pin] = Shapes([m for m, p in asked if tuple(sorted(p.items())) == pin], pinned)
    for model, pinned in asked:
        found.append(_kept(by_pin[tuple(sorted(pinned.items()))].shape(model, language), language))
    return found


def _kept(shape: Shape, language: str) -> Advisor:
    address = (tenancy.key(), language, hash(shape))
    with _lock:
        kept = _ready.pop(address, None)
        if kept is None or kept.shape != shape:
            kept = Advisor(shape)
        _ready[address] = kept
        while len(_ready) > KEPT:
            _ready.popitem(last=False)
    return kept


def forget() -> None:
    """Let go of what this process has kept ready; what is asked next is worked out anew."""
    with _lock:
        _ready.clear()
        _stood.clear()


def advisors_of(configurations: Sequence[Configuration], language: str = "") -> dict[int, Advisor]:
    """The advisor of each configuration, with the models it was made with, by its key; its shape says what components cost now."""
    asked = [(c.model_id, {int(p): m for p, m in c.component_models.items()}) for c in configurations]
    return {c.pk: a for c, a in zip(configurations, advisors(asked, language or get_language() or "en"), strict=True)}
