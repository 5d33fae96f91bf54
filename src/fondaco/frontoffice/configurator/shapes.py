"""A product model as the solver takes it: attributes with their values, rules that were read, components with models of their own. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fondaco.operations.engineering.language import All, Compared, Condition, Not, Some, Table, Within

ZERO, ONE = Decimal(0), Decimal(1)
#: So deep may components with choices of their own stand in each other.
DEEPEST = 4


@dataclass(frozen=True)
class Option:
    """A value of an attribute. ``product`` is the component it builds in, ``shape`` what can be chosen of that."""

    code: str
    name: str = ""
    measure: int = 0
    surcharge: Decimal = ZERO
    factor: Decimal = ONE
    weight: Decimal = ZERO
    product: int | None = None
    quantity: Decimal = ONE
    shape: "Shape | None" = None


@dataclass(frozen=True)
class Item:
    """An attribute: with options, or a whole number from ``least`` to ``most`` in steps."""

    code: str
    name: str = ""
    options: tuple[Option, ...] = ()
    unit: str = ""
    least: int = 0
    most: int = 0
    step: int = 1
    included: int = 0
    surcharge: Decimal = ZERO
    weight: Decimal = ZERO

    @property
    def is_number(self) -> bool:
        return not self.options

    @property
    def codes(self) -> list[str]:
        """The values, in their order, as they stand in choices."""
        if self.options:
            return [o.code for o in self.options]
        return [str(n) for n in range(self.least, self.most + 1, self.step)]

    def option(self, code: str) -> Option | None:
        return next((o for o in self.options if o.code == code), None)

    def measures(self) -> list[int]:
        if self.options:
            return [o.measure for o in self.options]
        return list(range(self.least, self.most + 1, self.step))


@dataclass(frozen=True)
class RuleOf:
    """A rule that was read, and what is said where it closes a choice."""

    name: str
    text: str
    condition: Condition


@dataclass(frozen=True)
class Shape:
    """What can be chosen of a product, in one version of its model."""

    items: tuple[Item, ...]
    rules: tuple[RuleOf, ...] = ()
    model: int = 0
    product: int = 0
    name: str = ""
    base: Decimal = ZERO


@dataclass(frozen=True)
class Place:
    """An attribute where it stands: under its key, asked only while ``slot`` has the value ``option`` (of a component)."""

    key: str
    item: Item
    slot: str = ""
    option: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Placed:
    """A rule of the product itself or of a component, which holds while that is chosen; names in it begin behind ``prefix``."""

    rule: RuleOf
    prefix: str = ""
    slot: str = ""
    option: str = ""


@dataclass
class Flat:
    """A shape with all components that may be chosen, beside each other."""

    places: dict[str, Place] = field(default_factory=dict)
    rules: list[Placed] = field(default_factory=list)
    #: By the name that a rule may use, from the root: the keys of the attributes it may mean.
    names: dict[str, list[str]] = field(default_factory=dict)


def flatten(shape: Shape) -> Flat:
    """All attributes and rules, those of components under ``slot.value.``, the standard ones first."""
    flat = Flat()
    for prefix, said, part, slot, option, depth in _parts(shape, "", "", "", "", 0):
        for item in part.items:
            flat.places[prefix + item.code] = Place(prefix + item.code, item, slot, option, depth)
            flat.names.setdefault(said + item.code, []).append(prefix + item.code)
        flat.rules += [Placed(rule, prefix, slot, option) for rule in part.rules]
    flat.places = _ordered(shape, flat.places)
    return flat


def _parts(shape: Shape, prefix: str, said: str, slot: str, option: str, depth: int) -> Iterator[tuple[str, str, Shape, str, str, int]]:
    yield prefix, said, shape, slot, option, depth
    for item in shape.items:
        for value in item.options:
            if value.shape is not None and depth < DEEPEST:
                key = prefix + item.code
                yield from _parts(value.shape, f"{key}.{value.code}.", f"{said}{item.code}.", key, value.code, depth + 1)


def _ordered(shape: Shape, places: Mapping[str, Place], prefix: str = "") -> dict[str, Place]:
    """Attributes in the order in which they are asked: those of a component behind the slot."""
    found: dict[str, Place] = {}
    for item in shape.items:
        key = prefix + item.code
        if key not in places:
            continue
        found[key] = places[key]
        for value in item.options:
            if value.shape is not None:
                found |= _ordered(value.shape, places, f"{key}.{value.code}.")
    return found


def keys_of(flat: Flat, placed: Placed, name: str) -> list[str]:
    """The attributes that a name of a rule may mean: its own, or those of the components that may stand in a slot."""
    own = placed.prefix + name
    if own in flat.places:
        return [own]
    first, _point, rest = name.partition(".")
    slot = flat.places.get(placed.prefix + first)
    if slot is None or not rest:
        return []
    return [
        key
        for option in slot.item.options
        if option.shape is not None
        for key in keys_of(flat, Placed(placed.rule, f"{slot.key}.{option.code}."), rest)
    ]


def choice_asked(flat: Flat, placed: Placed, compared: Compared) -> tuple[str, str] | None:
    """The attribute and value of ``colour = red``, where the left side is one choice; nothing where figures are compared."""
    if compared.sign not in ("=", "!=") or len(compared.left.terms) != 1 or compared.left.constant or compared.left.terms[0][0] != 1:
        return None
    name = compared.left.terms[0][1]
    keys = keys_of(flat, placed, name)
    if not keys or any(flat.places[k].item.is_number for k in keys):
        return None
    right = compared.right
    if len(right.terms) == 1 and not right.constant and right.terms[0][0] == 1:
        return name, right.terms[0][1]
    if not right.terms:
        return name, str(right.constant)
    return None


def unknown_words(flat: Flat, placed: Placed, condition: Condition | None = None) -> list[str]:
    """Names and values in a rule that the product does not have."""
    condition = placed.rule.condition if condition is None else condition
    if isinstance(condition, Not):
        return unknown_words(flat, placed, condition.part)
    if isinstance(condition, All | Some):
        return [w for part in condition.parts for w in unknown_words(flat, placed, part)]
    if isinstance(condition, Within):
        return _unknown(flat, placed, condition.name, condition.values)
    if isinstance(condition, Table):
        return [
            w
            for place, name in enumerate(condition.names)
            for w in _unknown(flat, placed, name, [v for row in condition.rows for v in row[place] or ()])
        ]
    asked = choice_asked(flat, placed, condition)
    if asked is not None:
        return _unknown(flat, placed, asked[0], [asked[1]])
    return [n for _t, n in (*condition.left.terms, *condition.right.terms) if not keys_of(flat, placed, n)]


def _unknown(flat: Flat, placed: Placed, name: str, values: list[str] | tuple[str, ...]) -> list[str]:
    keys = keys_of(flat, placed, name)
    if not keys:
        return [name]
    known = {code for k in keys for code in flat.places[k].item.codes}
    return [f"{name} = {v}" for v in dict.fromkeys(values) if v not in known]
