"""The language of rules: read, and nothing else. What the names in it are, is known to whoever uses it.

    if material = oak and width > 1200 then hinges in (heavy, double)
    lock = smart requires power = battery
    glass = none excludes handle = glass_pull
    allow (material, finish): (oak, oil), (oak, varnish), (pine, *)
    2 * width + height <= 6000
    motor.power >= 3

A sum adds up numbers, and of choices the measure of what was chosen; attributes of a component stand behind a point.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

WORD = re.compile(r"\s*(?:([A-Za-z_0-9]+(?:\.[A-Za-z_0-9]+)*)|(<=|>=|!=|=|<|>)|([-+*(),:|]))")
KEYWORDS = {"if", "then", "requires", "excludes", "and", "or", "not", "in", "allow"}
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Sum:
    """``constant`` and each name so many times."""

    terms: tuple[tuple[int, str], ...]
    constant: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sums beside each other; ``colour = red`` is one as well, until somebody knows that colour is a choice."""

    left: Sum
    sign: str
    right: Sum


@dataclass(frozen=True, slots=True)
class Within:
    """An attribute that has one of some values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that are allowed of some attributes together; ``None`` stands for any value."""

    names: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...] | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Condition", ...]


Condition = Compared | Within | Table | Not | All | Some


class Unreadable(Exception):
    """A rule that cannot be read: what was expected, and where."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(expected, found)
        self.expected, self.found = expected, found


def read(text: str) -> Condition:
    """A rule as what must hold. Raises Unreadable."""
    return _Reader(text).rule()


class _Reader:
    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        place, text = 0, text.strip()[:LONGEST]
        while place < len(text):
            match = WORD.match(text, place)
            if match is None:
                raise Unreadable(_("a name, a number or a sign"), text[place : place + 20].strip())
            self.words.append(match[match.lastindex or 0])
            place = match.end()
        self.at, self.depth = 0, 0

    def next(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, *wanted: str) -> str:
        word = self.next()
        if word not in wanted:
            raise Unreadable(" / ".join(wanted), word or "…")
        self.at += 1
        return word

    def name(self) -> str:
        word = self.next()
        if not word or not re.match(r"[A-Za-z_0-9]", word) or word in KEYWORDS:
            raise Unreadable(_("a name"), word or "…")
        self.at += 1
        return word

    def rule(self) -> Condition:
        if self.next() == "allow":
            made: Condition = self.table()
        elif self.next() == "if":
            self.take("if")
            given = self.some()
            self.take("then")
            made = Some((Not(given), self.some()))
        else:
            made = self.some()
            if self.next() == "requires":
                self.take("requires")
                made = Some((Not(made), self.some()))
            elif self.next() == "excludes":
                self.take("excludes")
                made = Some((Not(made), Not(self.some())))
        if self.next():
            raise Unreadable(_("the end of the rule"), self.next())
        return made

    def table(self) -> Table:
        self.take("allow")
        self.take("(")
        names = [self.name()]
        while self.next() == ",":
            self.take(",")
            names.append(self.name())
        self.take(")")
        self.take(":")
        rows = [self.row(len(names))]
        while self.next() == ",":
            self.take(",")
            rows.append(self.row(len(names)))
        return Table(tuple(names), tuple(rows))

    def row(self, width: int) -> tuple[tuple[str, ...] | None, ...]:
        self.take("(")
        cells = [self.cell()]
        while self.next() == ",":
            self.take(",")
            cells.append(self.cell())
        if len(cells) != width:
            raise Unreadable(_("{width} values in each row").format(width=width), f"{len(cells)}")
        self.take(")")
        return tuple(cells)

    def cell(self) -> tuple[str, ...] | None:
        if self.next() == "*":
            self.take("*")
            return None
        values = [self.name()]
        while self.next() == "|":
            self.take("|")
            values.append(self.name())
        return tuple(values)

    def some(self) -> Condition:
        parts = [self.all()]
        while self.next() == "or":
            self.take("or")
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def all(self) -> Condition:
        parts = [self.one()]
        while self.next() == "and":
            self.take("and")
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self) -> Condition:
        if self.next() == "not":
            self.take("not")
            self.deeper()
            return Not(self.one())
        if self.next() == "(":
            self.take("(")
            self.deeper()
            made = self.some()
            self.take(")")
            return made
        left = self.sum()
        if self.next() in ("in", "not"):
            positive = self.take("in", "not") == "in"
            if not positive:
                self.take("in")
            if len(left.terms) != 1 or left.terms[0][0] != 1 or left.constant:
                raise Unreadable(_("one attribute before “in”"), "in")
            self.take("(")
            values = [self.name()]
            while self.next() == ",":
                self.take(",")
                values.append(self.name())
            self.take(")")
            within = Within(left.terms[0][1], tuple(values))
            return within if positive else Not(within)
        sign = self.take("=", "!=", "<=", ">=", "<", ">")
        return Compared(left, sign, self.sum())

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > 50:
            raise Unreadable(_("fewer brackets"), "(")

    def sum(self) -> Sum:
        terms: list[tuple[int, str]] = []
        constant, sign = 0, 1
        if self.next() == "-":
            self.take("-")
            sign = -1
        while True:
            word = self.name()
            times = sign
            if word.isdecimal() and self.next() == "*":
                self.take("*")
                times, word = sign * int(word[:12]), self.name()
            if word.isdecimal():
                constant += times * int(word[:12])
            else:
                terms.append((times, word))
            if self.next() not in ("+", "-"):
                return Sum(tuple(terms), constant)
            sign = 1 if self.take("+", "-") == "+" else -1


def names_in(condition: Condition) -> set[str]:
    """The words that stand where an attribute may stand; of ``colour = red`` both, for who knows only the language."""
    if isinstance(condition, Compared):
        return {name for _times, name in (*condition.left.terms, *condition.right.terms)}
    if isinstance(condition, Within):
        return {condition.name}
    if isinstance(condition, Table):
        return set(condition.names)
    if isinstance(condition, Not):
        return names_in(condition.part)
    return {name for part in condition.parts for name in names_in(part)}
