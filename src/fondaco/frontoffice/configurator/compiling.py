"""From a shape to what a solver works on: variables with values by place, clauses over them, and sums. Pure.

A variable is an attribute whose values are bits of a mask, the last of those of a component being *not asked*; or a helper of ours. A clause
is a list of (variable, mask) of which one must hold. Each clause and sum belongs to a rule, or to none where it is the product itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fondaco.frontoffice.configurator.shapes import Flat, Placed, choice_asked, keys_of
from fondaco.operations.engineering.language import All, Compared, Condition, Not, Some, Sum, Table, Within

#: The number of the rule to which belongs what is no rule.
NATURE = -1
Literal = tuple[int, int]


@dataclass(frozen=True)
class Clause:
    rule: int
    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class Limit:
    """While ``when`` holds, the sum of ``times`` the measure of each variable is at most ``most``."""

    rule: int
    when: Literal | None
    terms: tuple[tuple[int, int], ...]
    most: int


@dataclass
class Program:
    flat: Flat
    keys: list[str] = field(default_factory=list)
    codes: list[list[str]] = field(default_factory=list)
    measures: list[list[int]] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    clauses: list[Clause] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    #: So many of the variables are attributes; the rest are helpers.
    asked: int = 0

    @property
    def full(self) -> list[int]:
        """All values of every variable."""
        return [(1 << len(m)) - 1 for m in self.measures]

    def literal(self, key: str, codes: Sequence[str]) -> Literal:
        variable = self.index[key]
        places = self.place[variable]
        mask = 0
        for code in codes:
            if code in places:
                mask |= 1 << places[code]
        return variable, mask

    def __post_init__(self) -> None:
        self.place: list[dict[str, int]] = []

    def variable(self, key: str, codes: list[str], measures: list[int]) -> int:
        self.keys.append(key)
        self.codes.append(codes)
        self.measures.append(measures)
        self.place.append({code: n for n, code in enumerate(codes)})
        self.index[key] = len(self.keys) - 1
        return self.index[key]

    def helper(self, values: int = 2) -> int:
        return self.variable(f"#{len(self.keys)}", [str(n) for n in range(values)], list(range(values)))

    def not_(self, literal: Literal) -> Literal:
        variable, mask = literal
        return variable, ((1 << len(self.measures[variable])) - 1) & ~mask


def compile_shape(flat: Flat) -> Program:
    """The program of a shape; rules are numbered as they stand in it."""
    program = Program(flat)
    for key, place in flat.places.items():
        absent = [""] if place.slot else []
        program.variable(key, place.item.codes + absent, place.item.measures() + [0] * len(absent))
    program.asked = len(program.keys)
    for key, place in flat.places.items():
        if place.slot:
            asked, given = program.literal(place.slot, [place.option]), program.not_(program.literal(key, [""]))
            program.clauses += [Clause(NATURE, (program.not_(asked), given)), Clause(NATURE, (asked, program.not_(given)))]
    for number, placed in enumerate(flat.rules):
        unless = [program.not_(program.literal(placed.slot, [placed.option]))] if placed.slot else []
        _Writer(program, placed, number).must(placed.rule.condition, unless)
    return program


@dataclass
class _Writer:
    program: Program
    placed: Placed
    number: int

    def must(self, condition: Condition, unless: list[Literal], positive: bool = True) -> None:
        """Write that a condition holds (or does not), unless one of some literals does."""
        if isinstance(condition, Not):
            self.must(condition.part, unless, not positive)
        elif isinstance(condition, Table):
            self.table(condition, unless)
        elif isinstance(condition, All if positive else Some):
            for part in condition.parts:  # type: ignore[union-attr]
                self.must(part, unless, positive)
        elif isinstance(condition, All | Some):
            self.clause([*unless, *(lit for part in condition.parts for lit in self.one_of(part, positive))])
        else:
            for group in self.atom(condition, positive):
                self.clause([*unless, *group])

    def one_of(self, condition: Condition, positive: bool) -> list[Literal]:
        """Literals of which one holds only where the condition does."""
        if isinstance(condition, Not):
            return self.one_of(condition.part, not positive)
        if isinstance(condition, Some if positive else All):
            return [lit for part in condition.parts for lit in self.one_of(part, positive)]  # type: ignore[union-attr]
        if not isinstance(condition, All | Some | Table):
            groups = self.atom(condition, positive)
            if len(groups) == 1:
                return groups[0]
            switch = self.program.helper()
            for group in groups:
                self.clause([(switch, 1), *group])
            return [(switch, 2)]
        switch = self.program.helper()
        self.must(condition, [(switch, 1)], positive)
        return [(switch, 2)]

    def clause(self, literals: list[Literal]) -> None:
        """Of one variable its values together; what holds always is not written."""
        merged: dict[int, int] = {}
        for variable, mask in literals:
            merged[variable] = merged.get(variable, 0) | mask
        full = self.program.full
        if all(mask != full[variable] for variable, mask in merged.items()):
            self.program.clauses.append(Clause(self.number, tuple((v, m) for v, m in merged.items() if m)))

    def atom(self, condition: Compared | Within, positive: bool) -> list[list[Literal]]:
        """A comparison as groups of literals: of each group one holds."""
        if isinstance(condition, Within):
            return self.values(condition.name, condition.values, positive)
        asked = choice_asked(self.program.flat, self.placed, condition)
        if asked is not None:
            return self.values(asked[0], (asked[1],), positive is (condition.sign == "="))
        sign = condition.sign if positive else {"=": "!=", "!=": "=", "<=": ">", ">": "<=", "<": ">=", ">=": "<"}[condition.sign]
        terms: dict[int, int] = {}
        for side, factor in ((condition.left, 1), (condition.right, -1)):
            for variable, times in self.terms(side):
                terms[variable] = terms.get(variable, 0) + factor * times
        terms = {v: t for v, t in terms.items() if t}
        bound = condition.right.constant - condition.left.constant
        down, up = (1, bound - (sign == "<")), (-1, -bound - (sign == ">"))
        if sign in ("<=", "<"):
            return [self.limited(terms, *down)]
        if sign in (">=", ">"):
            return [self.limited(terms, *up)]
        if sign == "=":
            return [self.limited(terms, *down), self.limited(terms, *up)]
        return [[*self.limited(terms, 1, bound - 1), *self.limited(terms, -1, -bound - 1)]]

    def terms(self, asked: Sum) -> list[tuple[int, int]]:
        return [
            (self.program.index[key], times)
            for times, name in asked.terms
            for key in keys_of(self.program.flat, self.placed, name)
        ]  # fmt: skip

    def values(self, name: str, values: Sequence[str], positive: bool) -> list[list[Literal]]:
        literals = [self.program.literal(key, values) for key in keys_of(self.program.flat, self.placed, name)]
        return [literals] if positive else [[self.program.not_(lit)] for lit in literals]

    def limited(self, terms: dict[int, int], sign: int, most: int) -> list[Literal]:
        """Literals of which one holds only where the sum, so many times, is at most ``most``."""
        signed = tuple((v, sign * t) for v, t in terms.items())
        if not signed:
            return [(0, self.program.full[0])] if most >= 0 else []
        if len(signed) == 1:
            # Of one variable the sum is a set of its values.
            ((variable, times),) = signed
            measures = self.program.measures[variable]
            return [(variable, sum(1 << n for n, m in enumerate(measures) if times * m <= most))]
        switch = self.program.helper()
        self.program.limits.append(Limit(self.number, (switch, 2), signed, most))
        return [(switch, 2)]

    def table(self, table: Table, unless: list[Literal]) -> None:
        """One of the rows holds: a helper says which; a value is there only in the rows that have it."""
        program = self.program
        row_of = program.helper(len(table.rows))
        every = (1 << len(table.rows)) - 1
        for column, name in enumerate(table.names):
            keys = keys_of(program.flat, self.placed, name)
            for n, row in enumerate(table.rows):
                cell = row[column]
                if cell is not None:
                    self.clause([*unless, (row_of, every & ~(1 << n)), *(program.literal(k, cell) for k in keys)])
            if len(keys) == 1:
                variable = program.index[keys[0]]
                for n, code in enumerate(program.codes[variable]):
                    rows = sum(1 << r for r, row in enumerate(table.rows) if row[column] is None or code in (row[column] or ()))
                    self.clause([*unless, program.not_((variable, 1 << n)), (row_of, rows)])
