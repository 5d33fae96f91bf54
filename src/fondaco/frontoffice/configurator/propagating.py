"""A small search of our own over a program: fast where a configuration is easily found or refuted, which is nearly always. Pure.

What it cannot decide within its steps is asked of CP-SAT (``solving``). Domains are masks; a state is the list of them.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable

from fondaco.frontoffice.configurator.compiling import Literal, Program

State = list[int]


class Undecided(Exception):
    """The search has used up its steps."""


class Engine:
    """The program, made ready for propagation. ``without`` are rules that shall not hold."""

    def __init__(self, program: Program, without: Collection[int] = ()) -> None:
        self.program, self.full = program, program.full
        self.clauses = [c.literals for c in program.clauses if c.rule not in without]
        self.limits = [_Sum(program, limit.terms, limit.most, limit.when) for limit in program.limits if limit.rule not in without]
        self.of: list[list[int]] = [[] for _ in self.full]
        self.sums_of: list[list[_Sum]] = [[] for _ in self.full]
        for n, literals in enumerate(self.clauses):
            for variable, _mask in literals:
                self.of[variable].append(n)
        for limit in self.limits:
            for variable, *_rest in limit.terms:
                self.sums_of[variable].append(limit)
            if limit.when:
                self.sums_of[limit.when[0]].append(limit)
        self.root = self._root()

    def _root(self) -> State | None:
        state = list(self.full)
        if any(not literals for literals in self.clauses):
            return None
        return state if self._settle(state, set(range(len(state)))) else None

    def narrowed(self, literals: Iterable[Literal], start: State | None = None) -> State | None:
        """The state in which all the literals hold, as far as propagation tells; nothing where that cannot be."""
        start = self.root if start is None else start
        if start is None:
            return None
        state, changed = list(start), set()
        for variable, mask in literals:
            now = state[variable] & mask
            if not now:
                return None
            if now != state[variable]:
                state[variable] = now
                changed.add(variable)
        return state if self._settle(state, changed) else None

    def _settle(self, state: State, changed: set[int]) -> bool:
        clauses = self.clauses
        while changed:
            variable = changed.pop()
            for n in self.of[variable]:
                free = -1
                for v, mask in clauses[n]:
                    domain = state[v]
                    meet = domain & mask
                    if meet == domain or (meet and free >= 0):
                        break
                    if meet:
                        free, wanted = v, meet
                else:
                    if free < 0:
                        return False
                    state[free] = wanted
                    changed.add(free)
            for limit in self.sums_of[variable]:
                if not limit.settle(state, changed):
                    return False
        return True

    def search(self, state: State, steps: int, wanted: list[int]) -> State | None:
        """A whole solution within ``state``, with values in the masks ``wanted`` where it can; nothing where there is none. Raises Undecided."""
        self._left = steps
        return self._search(state, wanted)

    def _search(self, state: State, wanted: list[int]) -> State | None:
        variable = self._next(state)
        if variable < 0:
            return state
        self._left -= 1
        if self._left < 0:
            raise Undecided
        domain = state[variable]
        preferred = (domain & wanted[variable]) or domain
        # Values of helpers from the last, which lets their clause hold by itself; of attributes the standard one first.
        bit = 1 << (domain.bit_length() - 1) if variable >= self.program.asked else preferred & -preferred
        for mask in (bit, domain & ~bit):
            if mask:
                tried = self.narrowed([(variable, mask)], state)
                if tried is not None:
                    found = self._search(tried, wanted)
                    if found is not None:
                        return found
        return None

    def _next(self, state: State) -> int:
        best, size = -1, 1 << 30
        for variable in range(self.program.asked):
            domain = state[variable]
            if domain & (domain - 1):
                count = domain.bit_count()
                if count < size:
                    best, size = variable, count
                    if count == 2:
                        return best
        if best < 0:
            for variable in range(self.program.asked, len(state)):
                if state[variable] & (state[variable] - 1):
                    return variable
        return best


class _Sum:
    """A limit with the values of each of its variables in the order of what they add."""

    def __init__(self, program: Program, terms: Iterable[tuple[int, int]], most: int, when: Literal | None) -> None:
        self.most, self.when = most, when
        self.terms = []
        for variable, times in terms:
            added = [times * m for m in program.measures[variable]]
            order = sorted(range(len(added)), key=lambda n: added[n])
            mask, masks = 0, [0]
            for n in order:
                mask |= 1 << n
                masks.append(mask)
            rising = order == sorted(order)
            falling = order == sorted(order, reverse=True)
            self.terms.append((variable, added, order, [added[n] for n in order], masks, rising, falling))

    @staticmethod
    def _least(term, domain: int) -> int:  # type: ignore[no-untyped-def]
        _v, added, order, _sorted, _masks, rising, falling = term
        if rising:
            return int(added[(domain & -domain).bit_length() - 1])
        if falling:
            return int(added[domain.bit_length() - 1])
        return int(next(added[n] for n in order if domain >> n & 1))

    def settle(self, state: State, changed: set[int]) -> bool:
        held = True
        if self.when is not None:
            variable, mask = self.when
            if not state[variable] & mask:
                return True
            held = state[variable] & mask == state[variable]
        leasts = [self._least(t, state[t[0]]) for t in self.terms]
        slack = self.most - sum(leasts)
        if slack < 0:
            if held or self.when is None:
                return False
            state[self.when[0]] &= ~self.when[1]
            changed.add(self.when[0])
            return True
        if held:
            for term, least in zip(self.terms, leasts, strict=True):
                variable = term[0]
                allowed = term[4][bisect_right(term[3], least + slack)]
                now = state[variable] & allowed
                if now != state[variable]:
                    if not now:
                        return False
                    state[variable] = now
                    changed.add(variable)
        return True
