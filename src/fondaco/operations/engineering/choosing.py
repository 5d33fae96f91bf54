"""What was chosen of a product, as bills of materials and routings ask for it, and whether it meets a condition. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from fondaco.operations.engineering.language import All, Compared, Condition, Not, Some, Sum, Table, Within, read
from fondaco.platform.money import ZERO


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What can be chosen of a product, by the names that rules use: the values of each choice, the numbers, and where a component is chosen."""

    choices: Mapping[str, Collection[str]]
    numbers: Collection[str]
    slots: Collection[str] = ()

    def knows(self, name: str) -> bool:
        return name in self.choices or name in self.numbers


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen of one piece: the value of each name, its figure (of a number itself, else the measure), and the component at each slot."""

    words: Vocabulary
    values: Mapping[str, str]
    figures: Mapping[str, Decimal]
    parts: Mapping[str, "Built"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Built:
    """A component that was chosen: so many of a product, with what was chosen of it in turn."""

    product: int
    quantity: Decimal
    chosen: Chosen | None = None


@lru_cache(4096)
def read_condition(text: str) -> Condition:
    """A condition, read. Raises Unreadable."""
    return read(text)


def meets(condition: Condition, chosen: Chosen) -> bool:
    """Whether what was chosen meets a condition; what does not belong to it has no value and counts as nothing in sums."""
    if isinstance(condition, Not):
        return not meets(condition.part, chosen)
    if isinstance(condition, All):
        return all(meets(part, chosen) for part in condition.parts)
    if isinstance(condition, Some):
        return any(meets(part, chosen) for part in condition.parts)
    if isinstance(condition, Within):
        return chosen.values.get(condition.name) in condition.values
    if isinstance(condition, Table):
        values = [chosen.values.get(name) for name in condition.names]
        return any(all(cell is None or value in cell for cell, value in zip(row, values, strict=True)) for row in condition.rows)
    asked = choice_in(condition, chosen.words)
    if asked is not None:
        return (chosen.values.get(asked[0]) == asked[1]) is (condition.sign == "=")
    left, right = _summed(condition.left, chosen), _summed(condition.right, chosen)
    return {
        "=": left == right, "!=": left != right, "<=": left <= right, ">=": left >= right, "<": left < right, ">": left > right,
    }[condition.sign]  # fmt: skip


def _summed(asked: Sum, chosen: Chosen) -> Decimal:
    return sum((times * chosen.figures.get(name, ZERO) for times, name in asked.terms), Decimal(asked.constant))


def choice_in(compared: Compared, words: Vocabulary) -> tuple[str, str] | None:
    """The attribute and value of ``colour = red``, where the left side is one choice; nothing where figures are compared."""
    left, right = compared.left, compared.right
    if (
        compared.sign not in ("=", "!=")
        or len(left.terms) != 1
        or left.constant
        or left.terms[0][0] != 1
        or left.terms[0][1] not in words.choices
    ):
        return None
    if len(right.terms) == 1 and not right.constant and right.terms[0][0] == 1:
        return left.terms[0][1], right.terms[0][1]
    return None if right.terms else (left.terms[0][1], str(right.constant))


def strange_words(condition: Condition, words: Vocabulary) -> list[str]:
    """Names and values in a condition that the product does not have."""
    if isinstance(condition, Not):
        return strange_words(condition.part, words)
    if isinstance(condition, All | Some):
        return [w for part in condition.parts for w in strange_words(part, words)]
    if isinstance(condition, Within):
        return _strange(condition.name, condition.values, words)
    if isinstance(condition, Table):
        cells = [[v for row in condition.rows for v in row[place] or ()] for place in range(len(condition.names))]
        return [w for name, values in zip(condition.names, cells, strict=True) for w in _strange(name, values, words)]
    asked = choice_in(condition, words)
    if asked is not None:
        return _strange(asked[0], [asked[1]], words)
    return [name for _times, name in (*condition.left.terms, *condition.right.terms) if not words.knows(name)]


def _strange(name: str, values: Collection[str], words: Vocabulary) -> list[str]:
    if name in words.choices:
        return [f"{name} = {v}" for v in dict.fromkeys(values) if v not in words.choices[name]]
    return [] if name in words.numbers else [name]
