"""Whether a whole configuration holds all rules, judged by the rules as they are written: no solver has a say here. Pure."""

from collections.abc import Mapping

from fondaco.frontoffice.configurator.shapes import Flat, Placed, choice_asked, keys_of
from fondaco.operations.engineering.language import All, Condition, Some, Sum, Table, Within
from fondaco.operations.engineering.language import Not as Opposite


def is_asked(flat: Flat, choices: Mapping[str, str], key: str) -> bool:
    """Whether an attribute belongs to what was chosen: those of a component only with it."""
    place = flat.places[key]
    if not place.slot:
        return True
    return choices.get(place.slot) == place.option and is_asked(flat, choices, place.slot)


def missing(flat: Flat, choices: Mapping[str, str]) -> list[str]:
    """Attributes without a value they have, in their order."""
    return [k for k, p in flat.places.items() if is_asked(flat, choices, k) and not _is_value(p.item, choices.get(k))]


def strange(flat: Flat, choices: Mapping[str, str]) -> list[str]:
    """What was chosen and is nothing of the product, or not a value of it."""
    return [
        k for k, v in choices.items() if k not in flat.places or not _is_value(flat.places[k].item, v) or not is_asked(flat, choices, k)
    ]


def _is_value(item, code: str | None) -> bool:  # type: ignore[no-untyped-def]
    if code is None:
        return False
    if item.options:
        return item.option(code) is not None
    return (
        code.isascii()
        and code.lstrip("-").isdecimal()
        and str(int(code)) == code
        and item.least <= int(code) <= item.most
        and (int(code) - item.least) % item.step == 0
    )


def broken(flat: Flat, choices: Mapping[str, str]) -> list[Placed]:
    """The rules that a whole configuration breaks."""
    live = {k: v for k, v in choices.items() if k in flat.places and is_asked(flat, choices, k)}
    holds = lambda p: not p.slot or (live.get(p.slot) == p.option)  # noqa: E731
    return [p for p in flat.rules if holds(p) and not _holds(flat, p, p.rule.condition, live)]


def _holds(flat: Flat, placed: Placed, condition: Condition, live: Mapping[str, str]) -> bool:
    if isinstance(condition, Opposite):
        return not _holds(flat, placed, condition.part, live)
    if isinstance(condition, All):
        return all(_holds(flat, placed, part, live) for part in condition.parts)
    if isinstance(condition, Some):
        return any(_holds(flat, placed, part, live) for part in condition.parts)
    if isinstance(condition, Within):
        return _value(flat, placed, condition.name, live) in condition.values
    if isinstance(condition, Table):
        values = [_value(flat, placed, name, live) for name in condition.names]
        return any(all(cell is None or value in cell for cell, value in zip(row, values, strict=True)) for row in condition.rows)
    asked = choice_asked(flat, placed, condition)
    if asked is not None:
        return (_value(flat, placed, asked[0], live) == asked[1]) is (condition.sign == "=")
    left, right = _sum(flat, placed, condition.left, live), _sum(flat, placed, condition.right, live)
    return {
        "=": left == right, "!=": left != right, "<=": left <= right, ">=": left >= right, "<": left < right, ">": left > right,
    }[condition.sign]  # fmt: skip


def _value(flat: Flat, placed: Placed, name: str, live: Mapping[str, str]) -> str | None:
    return next((live[k] for k in keys_of(flat, placed, name) if k in live), None)


def _sum(flat: Flat, placed: Placed, asked: Sum, live: Mapping[str, str]) -> int:
    return asked.constant + sum(times * _figure(flat, key, live) for times, name in asked.terms for key in keys_of(flat, placed, name))


def _figure(flat: Flat, key: str, live: Mapping[str, str]) -> int:
    if key not in live:
        return 0
    item = flat.places[key].item
    option = item.option(live[key])
    return int(live[key]) if option is None else option.measure
