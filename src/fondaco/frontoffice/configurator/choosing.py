"""What can still be chosen, why something is closed, and what would open it: for one product model, whatever the choices so far."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from fondaco.frontoffice.configurator.compiling import Literal, Program, compile_shape
from fondaco.frontoffice.configurator.propagating import Engine, State, Undecided
from fondaco.frontoffice.configurator.shapes import Place, Placed, Shape, flatten
from fondaco.frontoffice.configurator.solving import Exact, TooHard

#: Decisions of the small search for one question, before CP-SAT is asked.
STEPS = 60
#: Solutions that are kept to answer the next question.
KEPT = 500
CHOSEN, FORCED, OPEN, CLOSED = "chosen", "forced", "open", "closed"


@dataclass(frozen=True)
class Seen:
    """An attribute as it stands: its value where it has one, what can be chosen (of a chosen one: instead), of a number the least and most there can be."""

    place: Place
    value: str = ""
    state: str = OPEN
    options: Mapping[str, str] = field(default_factory=dict)
    least: int = 0
    most: int = 0


def others(choices: Mapping[str, str], key: str) -> dict[str, str]:
    """The choices beside one attribute; what was chosen of its component goes with it."""
    return {k: v for k, v in choices.items() if k != key and not k.startswith(f"{key}.")}


@dataclass(frozen=True)
class Why:
    """A least conflict, each part of which is needed: choices (by key) and rules; and the fewest choices to give up instead.

    ``gives_up`` is empty where no choice stands against it, and None where no choice would open it.
    """

    choices: tuple[str, ...]
    rules: tuple[Placed, ...]
    gives_up: tuple[str, ...] | None


@dataclass(frozen=True)
class Faults:
    """What is wrong with a model: rules that cannot hold together; values that can never be chosen, each by attribute and code."""

    together: tuple[Placed, ...] = ()
    dead: tuple[tuple[str, str], ...] = ()


class Advisor:
    """Answers for one model. What it learns of it is kept; what it answers depends on the choices alone."""

    def __init__(self, shape: Shape) -> None:
        self.shape, self.flat = shape, flatten(shape)
        self.program: Program = compile_shape(self.flat)
        self.engine = Engine(self.program)
        self._exact: Exact | None = None
        self.found: dict[tuple[int, ...], None] = {}

    @property
    def exact(self) -> Exact:
        if self._exact is None:
            self._exact = Exact(self.program)
        return self._exact

    def literals(self, choices: Mapping[str, str]) -> dict[str, Literal]:
        return {k: self.program.literal(k, [v]) for k, v in choices.items() if k in self.program.index}

    def keep(self, solution: State) -> None:
        self.found[tuple(solution)] = None
        if len(self.found) > KEPT:
            self.found.pop(next(iter(self.found)))

    def solution(self, start: State | None, literals: Collection[Literal], wanted: list[int]) -> State | None:
        """A whole configuration within a state in which literals hold; nothing where there is none."""
        state = self.engine.narrowed(literals, start) if start is not None else None
        if state is None:
            return None
        try:
            solution = self.engine.search(state, STEPS, wanted)
        except Undecided:
            try:
                solution = self.exact.solution([(v, m) for v, m in enumerate(state[: self.program.asked])])
            except TooHard:
                # Not refuted, so not refused: what is chosen in the end is judged by the rules themselves.
                return state
        if solution is not None:
            self.keep(solution)
        return solution

    def look(self, choices: Mapping[str, str]) -> list[Seen] | None:
        """Every attribute that is asked, in order; nothing where the choices cannot stand together."""
        literals = self.literals(choices)
        state = self.engine.narrowed(literals.values())
        covered = [0] * len(self.program.full)
        fits = [s for s in self.found if all(s[v] & m for v, m in literals.values())] if state is not None else []
        if state is None:
            return None
        for solution in fits:
            for variable, value in enumerate(solution):
                covered[variable] |= value
        if not fits and self._cover(state, [], covered) is None:
            return None
        seen = []
        for key, place in self.flat.places.items():
            if place.slot and not self._is_asked(state, place):
                continue
            variable = self.program.index[key]
            seen.append(self._number(key, place, variable, state, covered, choices) if place.item.is_number else self._options(key, place, variable, state, covered, choices))  # fmt: skip
        return seen

    def _is_asked(self, state: State, place: Place) -> bool:
        """Whether the component that an attribute belongs to is chosen or forced."""
        variable, mask = self.program.literal(place.slot, [place.option])
        return state[variable] == mask

    def _cover(self, state: State, literals: Collection[Literal], covered: list[int]) -> State | None:
        wanted = [domain & ~seen for domain, seen in zip(state, covered, strict=True)]
        solution = self.solution(state, literals, wanted)
        if solution is not None:
            for variable, value in enumerate(solution):
                if not value & (value - 1):
                    covered[variable] |= value
        return solution

    def _apart(self, key: str, state: State, covered: list[int], choices: Mapping[str, str]) -> tuple[State, list[int]]:
        """The state and what is known of it for one attribute: of one that is chosen as if it were not, so that another value may be taken instead."""
        if key not in choices:
            return state, covered
        literals = self.literals(others(choices, key))
        free = self.engine.narrowed(literals.values()) or state
        known = [0] * len(self.program.full)
        for solution in self.found:
            if all(solution[v] & m for v, m in literals.values()):
                for variable, value in enumerate(solution):
                    known[variable] |= value
        return free, known

    def _options(self, key: str, place: Place, variable: int, state: State, covered: list[int], choices: Mapping[str, str]) -> Seen:
        state, covered = self._apart(key, state, covered, choices)
        open_, options = [], {}
        for n, code in enumerate(place.item.codes):
            bit = 1 << n
            possible = bool(state[variable] & bit) and (
                bool(covered[variable] & bit) or self._cover(state, [(variable, bit)], covered) is not None
            )
            if possible:
                open_.append(code)
            options[code] = OPEN if possible else CLOSED
        value, stands = choices.get(key, ""), OPEN
        if value:
            stands = CHOSEN
        elif len(open_) == 1:
            value, stands = open_[0], FORCED
        if value:
            options[value] = stands
        return Seen(place, value, stands, options)

    def _number(self, key: str, place: Place, variable: int, state: State, covered: list[int], choices: Mapping[str, str]) -> Seen:
        state, covered = self._apart(key, state, covered, choices)
        domain = state[variable]
        low = self._end(variable, domain, state, covered, lowest=True)
        high = self._end(variable, domain, state, covered, lowest=False)
        least, most = (place.item.least + place.item.step * n for n in (low, high))
        if key in choices:
            return Seen(place, choices[key], CHOSEN, {}, least, most)
        if low == high:
            return Seen(place, str(least), FORCED, {}, least, most)
        return Seen(place, "", OPEN, {}, least, most)

    def _end(self, variable: int, domain: int, state: State, covered: list[int], *, lowest: bool) -> int:
        """The place of the least (or greatest) value that can be: first the end of the domain, then by halves."""
        places = [n for n in range(domain.bit_length()) if domain >> n & 1]
        if not lowest:
            places.reverse()
        known = covered[variable]
        if known >> places[0] & 1 or self._cover(state, [(variable, 1 << places[0])], covered) is not None:
            return places[0]
        low, high = 1, next((i for i, n in enumerate(places) if known >> n & 1), len(places) - 1)
        while low < high:
            middle = (low + high) // 2
            mask = sum(1 << n for n in places[low : middle + 1])
            if covered[variable] & mask or self._cover(state, [(variable, mask)], covered) is not None:
                high = middle
            else:
                low = middle + 1
        return places[low]

    def is_possible(self, choices: Mapping[str, str], key: str, code: str) -> bool:
        """Whether a value can be chosen beside the other choices."""
        literals = self.literals({**others(choices, key), key: code})
        if key not in literals or not literals[key][1]:
            return False
        return self.solution(self.engine.root, list(literals.values()), self.program.full) is not None

    def why(self, choices: Mapping[str, str], key: str, code: str) -> Why | None:
        """Why a value cannot be chosen beside the other choices, and what would open it; nothing where it can be. Raises TooHard."""
        beside = self.literals(others(choices, key))
        wanted = self.program.literal(key, [code])
        found = self.exact.conflict({**beside, key: wanted})
        if found is None:
            return None
        names, rules = [n for n in found[0] if n != key], list(found[1])
        every = set(range(len(self.flat.rules)))

        def stands(kept: list[str], held: list[int]) -> bool:
            return self.exact.solution([wanted, *(beside[n] for n in kept)], every - set(held)) is not None

        for name in list(names):
            rest = [n for n in names if n != name]
            if not stands(rest, rules):
                names = rest
        for rule in list(rules):
            less = [r for r in rules if r != rule]
            if not stands(names, less):
                rules = less
        given_up = self.exact.given_up(wanted, beside)
        return Why(tuple(names), tuple(self.flat.rules[r] for r in rules), None if given_up is None else tuple(given_up))

    def completed(self, choices: Mapping[str, str]) -> dict[str, str] | None:
        """The choices with the rest filled in, by the standard value wherever it goes; nothing where they cannot stand together."""
        literals = self.literals(choices)
        state = self.engine.narrowed(literals.values())
        solution = None if state is None else self.solution(state, [], [1] * len(self.program.full))
        if solution is None or any(value & (value - 1) for value in solution[: self.program.asked]):
            return None
        chosen = {key: self.program.codes[n][solution[n].bit_length() - 1] for n, key in enumerate(self.program.keys[: self.program.asked])}
        return {key: code for key, code in chosen.items() if code}

    def faults(self) -> Faults:
        """What is wrong with the model itself, by name. Raises TooHard."""
        found = self.exact.conflict({}) if self.solution(self.engine.root, [], self.program.full) is None else None
        if found is not None:
            rules = list(found[1])
            every = set(range(len(self.flat.rules)))
            for rule in list(rules):
                less = [r for r in rules if r != rule]
                if self.exact.solution([], every - set(less)) is None:
                    rules = less
            return Faults(tuple(self.flat.rules[r] for r in rules))
        dead = []
        for key, place in self.flat.places.items():
            if place.depth or place.item.is_number:
                continue
            variable = self.program.index[key]
            for n, code in enumerate(place.item.codes):
                if self.solution(self.engine.root, [(variable, 1 << n)], self.program.full) is None:
                    dead.append((key, code))
        return Faults((), tuple(dead))
