"""Which of several rules is closest to a customer and a product: his own before his group's before everybody's; of these the product's before its
nearest category's before everything."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

#: What a rule belongs to, then whom it is for and what on: ("customer", 5), ("group", 2) or ("", 0), and the same of products.
Key = tuple[Any, str, int, str, int]


def key_of(owner: Any, rule: Any) -> Key:
    """Where a rule with customer or group, product or category stands."""
    kind, who = ("customer", rule.customer_id) if rule.customer_id else ("group", rule.group_id) if rule.group_id else ("", 0)
    sort, which = ("product", rule.product_id) if rule.product_id else ("category", rule.category_id) if rule.category_id else ("", 0)
    return owner, kind, who, sort, which


def keys_by_closeness(owner: Any, customer: int, group: int | None, product: int | None, chain: Sequence[int]) -> Iterator[Key]:
    """Where rules for a customer and a product may stand, the closest first; ``chain`` are the product's categories, the nearest first."""
    what = [*([("product", product)] if product else []), *(("category", c) for c in chain), ("", 0)]
    for kind, who in (("customer", customer), *([("group", group)] if group else []), ("", 0)):
        for sort, which in what:
            yield owner, kind, who, sort, which


def chain_of(category: int | None, parents: Mapping[int, int | None]) -> list[int]:
    """A category and those above it."""
    chain: list[int] = []
    while category is not None and category not in chain:
        chain.append(category)
        category = parents.get(category)
    return chain


def holds(rule: Any, on: date) -> bool:
    """Whether a rule is in force on a day."""
    return (rule.valid_from is None or rule.valid_from <= on) and (rule.valid_to is None or on <= rule.valid_to)
