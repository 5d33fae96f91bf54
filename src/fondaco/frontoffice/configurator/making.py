"""What was chosen of a product, told to engineering, whose bills and routings hang on it (PR-05)."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.utils.translation import get_language

from fondaco.frontoffice.configurator.choosing import Advisor
from fondaco.frontoffice.configurator.evaluating import is_asked
from fondaco.frontoffice.configurator.models import Configuration, ProductModel
from fondaco.frontoffice.configurator.queries import advisors, advisors_of
from fondaco.frontoffice.configurator.shapes import Flat, Shape, flatten
from fondaco.operations.engineering.choices import Choices, register
from fondaco.operations.engineering.choosing import Built, Chosen, Vocabulary


def vocabulary(shape: Shape, flat: Flat) -> Vocabulary:
    """The names that rules, bills and routings may use of a product, and the values they have."""
    choices: dict[str, frozenset[str]] = {}
    numbers = set()
    for name, keys in flat.names.items():
        items = [flat.places[k].item for k in keys]
        if any(i.is_number for i in items):
            numbers.add(name)
        else:
            choices[name] = frozenset(code for i in items for code in i.codes)
    slots = frozenset(i.code for i in shape.items if any(o.product is not None for o in i.options))
    return Vocabulary(choices, frozenset(numbers), slots)


def chosen_of(shape: Shape, choices: Mapping[str, str], flat: Flat | None = None) -> Chosen:
    """Choices as engineering takes them, those of components under their slots."""
    flat = flat or flatten(shape)
    values, figures = {}, {}
    for name, keys in flat.names.items():
        key = next((k for k in keys if k in choices and is_asked(flat, choices, k)), None)
        if key is not None:
            option = flat.places[key].item.option(choices[key])
            values[name] = choices[key]
            figures[name] = Decimal(choices[key] if option is None else option.measure)
    parts = {}
    for item in shape.items:
        option = item.option(choices.get(item.code, ""))
        if option is not None and option.product is not None:
            prefix = f"{item.code}.{option.code}."
            inner = {k.removeprefix(prefix): v for k, v in choices.items() if k.startswith(prefix)}
            parts[item.code] = Built(option.product, option.quantity, chosen_of(option.shape, inner) if option.shape is not None else None)
    return Chosen(vocabulary(shape, flat), values, figures, parts)


def chosen_by(advisor: Advisor, choices: Mapping[str, str]) -> Chosen:
    """The same of a model whose advisor is at hand."""
    return chosen_of(advisor.shape, choices, advisor.flat)


def chosen_in(configurations: Sequence[Configuration]) -> dict[int, Chosen]:
    """What was chosen in configurations that are kept, by key; statements as for one."""
    found = advisors_of(configurations) if configurations else {}
    return {c.pk: chosen_by(found[c.pk], c.choices) for c in configurations}


@register
def told(products: Collection[int]) -> dict[int, Choices]:
    """What can be chosen of products with a released model, and the standard of each; statements do not grow with them."""
    models = list(ProductModel.objects.filter(product__in=list(products), state="released").values_list("product_id", "pk"))
    if not models:
        return {}
    found = advisors([(pk, {}) for _product, pk in models], get_language() or "en")
    return {product: _choices(advisor) for (product, _pk), advisor in zip(models, found, strict=True)}


def _choices(advisor: Advisor) -> Choices:
    standard = advisor.completed({})
    return Choices(vocabulary(advisor.shape, advisor.flat), chosen_by(advisor, standard) if standard is not None else None)
