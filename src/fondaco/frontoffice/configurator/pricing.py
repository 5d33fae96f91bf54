"""What a configuration costs and weighs, step by step. Pure.

The price of the bare product (from the price lists, or its list price) and what is added come first, then factors multiply it; components
with choices of their own are priced the same way and added. One rounding at the end, to the decimals of the currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fondaco.frontoffice.configurator.shapes import ONE, ZERO, Item, Option, Shape
from fondaco.platform.money import rounded

#: Of steps, which are only shown; the price itself is rounded once.
STEP_DECIMALS = 4


@dataclass(frozen=True)
class Step:
    """One step of the price: the attribute and value it comes from (none for the bare product), and what it adds or takes away."""

    key: str
    text: str
    amount: Decimal


@dataclass(frozen=True)
class Priced:
    """``price`` is that of one piece; the steps add up to it. ``weight`` in kilograms."""

    price: Decimal
    weight: Decimal
    steps: tuple[Step, ...]


def price(shape: Shape, choices: Mapping[str, str], *, base: Decimal | None = None, rate: Decimal = ONE, decimals: int = 2) -> Priced:
    """The price of what is chosen so far. ``base`` is the price of the bare product in the currency asked for; ``rate`` turns surcharges into it."""
    bare = shape.base * rate if base is None else base
    steps = [Step("", shape.name, rounded(bare, STEP_DECIMALS))]
    total, weight = _priced(shape, choices, "", bare, rate, steps)
    final = rounded(total, decimals)
    rest = final - sum((s.amount for s in steps), ZERO)
    if rest:
        steps.append(Step("#", "", rest))
    return Priced(final, rounded(weight, 6), tuple(steps))


def _priced(
    shape: Shape, choices: Mapping[str, str], prefix: str, bare: Decimal, rate: Decimal, steps: list[Step]
) -> tuple[Decimal, Decimal]:
    total, weight = bare, ZERO
    chosen = [(item, choices[prefix + item.code]) for item in shape.items if prefix + item.code in choices]
    for item, code in chosen:
        option = item.option(code)
        if option is not None and option.shape is not None:
            continue
        added = _added(item, option, code) * rate
        weight += item.weight * int(code) if option is None else option.weight
        if added:
            total += added
            steps.append(Step(prefix + item.code, said(item, code), rounded(added, STEP_DECIMALS)))
    for item, code in chosen:
        option = item.option(code)
        if option is not None and option.factor != ONE:
            more = total * option.factor - total
            total += more
            steps.append(Step(prefix + item.code, said(item, code), rounded(more, STEP_DECIMALS)))
    for item, code in chosen:
        option = item.option(code)
        if option is not None and option.shape is not None:
            inner: list[Step] = []
            # The value of a component brings the price of the bare component with it.
            part, heavy = _priced(
                option.shape, choices, f"{prefix}{item.code}.{code}.", option.surcharge * rate / option.quantity, rate, inner
            )
            total += part * option.quantity
            weight += option.weight + heavy * option.quantity
            if option.surcharge:
                steps.append(Step(prefix + item.code, said(item, code), rounded(option.surcharge * rate, STEP_DECIMALS)))
            steps += [Step(s.key, s.text, rounded(s.amount * option.quantity, STEP_DECIMALS)) for s in inner]
    return total, weight


def _added(item: Item, option: Option | None, code: str) -> Decimal:
    if option is not None:
        return option.surcharge
    return item.surcharge * max(0, int(code) - item.included)


def said(item: Item, code: str) -> str:
    """A choice in words."""
    option = item.option(code)
    value = option.name if option is not None else f"{code} {item.unit}".strip()
    return f"{item.name}: {value}"


def described(shape: Shape, choices: Mapping[str, str], prefix: str = "") -> list[tuple[str, str, int]]:
    """What was chosen as attribute and value in words, those of components behind them and one deeper."""
    found = []
    for item in shape.items:
        code = choices.get(prefix + item.code)
        if code is None:
            continue
        option = item.option(code)
        found.append((item.name, option.name if option is not None else f"{code} {item.unit}".strip(), prefix.count(".") // 2))
        if option is not None and option.shape is not None:
            found += described(option.shape, choices, f"{prefix}{item.code}.{code}.")
    return found
