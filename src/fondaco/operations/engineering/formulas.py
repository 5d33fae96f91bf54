"""Quantities and minutes reckoned from what was chosen: read once, worked out exactly. Pure.

    2 * groups + 1
    ceil(width * height / 1000000)
    max(1, min(doors, 4)) * 0.35

Of a whole number its value counts, of another choice its measure; what does not belong to what was chosen counts as nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, DivisionByZero, InvalidOperation
from functools import lru_cache

from django.utils.translation import gettext as _

from fondaco.operations.engineering.language import Unreadable
from fondaco.platform.money import ZERO

WORD = re.compile(r"\s*(?:([0-9]+(?:\.[0-9]+)?)|([A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_0-9]+)*)|([-+*/(),]))", re.ASCII)
LONGEST, DEEPEST = 2_000, 30
#: Beyond it no quantity is meant.
GREATEST = Decimal(10) ** 12


def _whole(rounding: str) -> Callable[[Sequence[Decimal]], Decimal]:
    return lambda given: given[0].to_integral_value(rounding)


FUNCTIONS: dict[str, tuple[int, Callable[[Sequence[Decimal]], Decimal]]] = {
    "min": (2, min), "max": (2, max), "ceil": (1, _whole(ROUND_CEILING)), "floor": (1, _whole(ROUND_FLOOR)),
}  # fmt: skip


class Unreckonable(Exception):
    """A formula that has no figure here: it divides by nothing, or grows beyond all quantities."""


@dataclass(frozen=True, slots=True)
class Figure:
    value: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """``sign`` is one of + - * /, or a function, of its parts in their order."""

    sign: str
    parts: tuple["Formula", ...]


Formula = Figure | Name | Reckoned


@lru_cache(4096)
def read_formula(text: str) -> Formula:
    """A formula, read. Raises Unreadable."""
    return _Reader(text).whole()


def reckon(formula: Formula, figures: Mapping[str, Decimal]) -> Decimal:
    """The figure of a formula, unrounded. Raises Unreckonable."""
    if isinstance(formula, Figure):
        return formula.value
    if isinstance(formula, Name):
        return figures.get(formula.name, ZERO)
    given = [reckon(part, figures) for part in formula.parts]
    try:
        found = _done(formula.sign, given)
    except (DivisionByZero, InvalidOperation) as error:
        raise Unreckonable from error
    if abs(found) > GREATEST:
        raise Unreckonable
    return found


def _done(sign: str, given: Sequence[Decimal]) -> Decimal:
    if sign in FUNCTIONS:
        return FUNCTIONS[sign][1](given)
    first, second = given
    if sign == "+":
        return first + second
    if sign == "-":
        return first - second
    return first * second if sign == "*" else first / second


def names_of(formula: Formula) -> set[str]:
    """The attributes that a formula asks for."""
    if isinstance(formula, Name):
        return {formula.name}
    return {n for part in formula.parts for n in names_of(part)} if isinstance(formula, Reckoned) else set()


class _Reader:
    def __init__(self, text: str) -> None:
        self.words: list[tuple[str, str]] = []
        place, text = 0, text.strip()
        if len(text) > LONGEST:
            raise Unreadable(_("at most {count} characters").format(count=LONGEST), text[:20])
        while place < len(text):
            match = WORD.match(text, place)
            if match is None:
                raise Unreadable(_("a name, a number or a sign"), text[place : place + 20].strip())
            self.words.append(("figure" if match[1] else "name" if match[2] else "sign", match[match.lastindex or 0]))
            place = match.end()
        self.at = self.depth = 0

    def next(self) -> str:
        return self.words[self.at][1] if self.at < len(self.words) else ""

    def take(self, wanted: str) -> None:
        if self.next() != wanted:
            raise Unreadable(wanted, self.next() or "…")
        self.at += 1

    def whole(self) -> Formula:
        made = self.sum()
        if self.next():
            raise Unreadable(_("the end of the formula"), self.next())
        return made

    def sum(self) -> Formula:
        made = self.product()
        while self.next() in ("+", "-"):
            sign = self.next()
            self.at += 1
            made = Reckoned(sign, (made, self.product()))
        return made

    def product(self) -> Formula:
        made = self.one()
        while self.next() in ("*", "/"):
            sign = self.next()
            self.at += 1
            made = Reckoned(sign, (made, self.one()))
        return made

    def one(self) -> Formula:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(_("fewer brackets"), self.next() or "…")
        made = self._one()
        self.depth -= 1
        return made

    def _one(self) -> Formula:
        kind, word = self.words[self.at] if self.at < len(self.words) else ("", "")
        if word == "-":
            self.at += 1
            return Reckoned("-", (Figure(ZERO), self.one()))
        if word == "(":
            self.at += 1
            made = self.sum()
            self.take(")")
            return made
        if kind == "figure" and len(word) <= 20:
            self.at += 1
            return Figure(Decimal(word))
        if kind != "name":
            raise Unreadable(_("a name, a number or a bracket"), word or "…")
        self.at += 1
        if word not in FUNCTIONS or self.next() != "(":
            return Name(word)
        self.take("(")
        parts = [self.sum()]
        while self.next() == ",":
            self.take(",")
            parts.append(self.sum())
        self.take(")")
        if len(parts) < FUNCTIONS[word][0] or (FUNCTIONS[word][0] == 1 and len(parts) > 1):
            raise Unreadable(_("{count} figures in the brackets").format(count=FUNCTIONS[word][0]), word)
        return Reckoned(word, tuple(parts))
