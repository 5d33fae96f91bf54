"""Product models for tests: small ones at random, and ways to count them through by hand."""

import random
from collections.abc import Iterator, Mapping
from itertools import product

from fondaco.frontoffice.configurator.evaluating import broken, is_asked
from fondaco.frontoffice.configurator.shapes import Flat, Item, Option, RuleOf, Shape
from fondaco.operations.engineering.language import read


def choice(code: str, *values: str, measures: Mapping[str, int] = {}) -> Item:
    return Item(code, code.title(), tuple(Option(v, v, measures.get(v, 0)) for v in values))


def number(code: str, least: int, most: int, step: int = 1) -> Item:
    return Item(code, code.title(), (), "mm", least, most, step)


def shape(items: list[Item], *rules: str) -> Shape:
    return Shape(tuple(items), tuple(RuleOf(r, r, read(r)) for r in rules))


def every(flat: Flat) -> Iterator[dict[str, str]]:
    """Every whole configuration that holds all rules, by trying all."""
    places = list(flat.places.values())
    for values in product(*([*p.item.codes, *([""] if p.slot else [])] for p in places)):
        choices = {p.key: v for p, v in zip(places, values, strict=True) if v}
        if all(is_asked(flat, choices, p.key) is (p.key in choices) for p in places) and not broken(flat, choices):
            yield choices


def at_random(seed: int, attributes: int = 4, values: int = 3, rules: int = 5, *, nested: bool = True) -> Shape:
    """A product model with rules of every kind, a number and a component with choices of its own."""
    pick = random.Random(seed)
    codes = [f"a{n}" for n in range(attributes)]
    items = [choice(c, *(f"v{n}" for n in range(values)), measures={f"v{n}": pick.randrange(6) for n in range(values)}) for c in codes]
    items.append(number("n", pick.randrange(3), 3 + pick.randrange(3)))
    inner = Shape(
        (choice("p", "x", "y", measures={"x": 2, "y": 5}), choice("q", "x", "y")), (RuleOf("inner", "p = x excludes q = y", read("p = x excludes q = y")),)
    )  # fmt: skip
    if nested:
        items.append(Item("slot", "Slot", (Option("without"), Option("plain", product=1), Option("rich", product=2, shape=inner))))
    words = [_rule(pick, codes, values, nested) for _ in range(rules)]
    return Shape(tuple(items), tuple(RuleOf(w, w, read(w)) for w in words))


def _rule(pick: random.Random, codes: list[str], values: int, nested: bool) -> str:
    def is_() -> str:
        kind = pick.randrange(8)
        if kind == 0:
            return f"n {pick.choice(['<=', '>=', '=', '!=', '<', '>'])} {pick.randrange(7)}"
        if kind == 1 and nested:
            return pick.choice(["slot = rich", "slot.p = x", "slot.q = y", "slot != without"])
        if kind == 2:
            return f"{pick.choice(codes)} in (v{pick.randrange(values)}, v{pick.randrange(values)})"
        return f"{pick.choice(codes)} {pick.choice(['=', '=', '!='])} v{pick.randrange(values)}"

    kind = pick.randrange(6)
    if kind == 0:
        return f"{is_()} excludes {is_()}"
    if kind == 1:
        return f"{is_()} requires {is_()}"
    if kind == 2:
        return f"if {is_()} and ({is_()} or {is_()}) then {is_()} or not {is_()}"
    if kind == 3:
        one, two = pick.sample(codes, 2)
        rows = ", ".join(
            f"(v{pick.randrange(values)}|v{pick.randrange(values)}, {pick.choice(['*', f'v{pick.randrange(values)}'])})" for _ in range(3)
        )
        return f"allow ({one}, {two}): {rows}"
    if kind == 4:
        more = " + slot.p" if nested else ""
        return f"{' + '.join(codes)} + 2 * n{more} <= {pick.randrange(8, 20)}"
    return f"{pick.choice(codes)} - {pick.choice(codes)} {pick.choice(['>=', '!='])} {pick.randrange(-4, 1)}".replace(">= -", ">= -")
