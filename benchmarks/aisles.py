"""The shortest way through parallel aisles with a crossing at either end, exactly: what planned ways are measured against.

After H. D. Ratliff and A. S. Rosenthal, "Order-picking in a rectangular warehouse", Operations Research 31 (1983). Aisle by aisle, the
cheapest way to have walked so far is kept for each state at its ends: how often the front and the back end were passed (not, evenly,
oddly), and in how many pieces the way hangs together.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

from fondaco.operations.warehouse.planning import Spot

NONE, ODD, EVEN = 0, 1, 2
State = tuple[int, int, int]


def shortest(spots: Sequence[Spot], front: int, back: int) -> int:
    """The length of the shortest round through all spots; each aisle has one x, and aisles are crossed at front and back."""
    aisles: dict[int, list[int]] = defaultdict(list)
    for s in spots:
        aisles[s.x].append(s.y - front)
    best: dict[State, int] = {(NONE, NONE, 0): 0}
    at = min(aisles)
    for x in sorted(aisles):
        if x != at:
            best = _cross(best, x - at)
        best = _walk(best, sorted(set(aisles[x])), back - front)
        at = x
    return min(cost for (f, b, pieces), cost in best.items() if pieces == 1 and ODD not in (f, b))


def _add(degree: int, more: int) -> int:
    return NONE if degree + more == 0 else (EVEN if (degree + more) % 2 == 0 else ODD)


def _walk(best: dict[State, int], stops: Sequence[int], length: int) -> dict[State, int]:
    gap = max((b - a for a, b in itertools.pairwise(stops)), default=0)
    found: dict[State, int] = {}
    for (f, b, pieces), cost in best.items():
        closed = f == b == NONE and pieces == 1
        for down, up, joined, more in (
            (1, 1, True, length), (2, 2, True, 2 * length), (2, 0, False, 2 * stops[-1]), (0, 2, False, 2 * (length - stops[0])),
            (2, 2, False, 2 * (length - gap)),
        ):  # fmt: skip
            if closed:
                continue
            ends = (_add(f, down), _add(b, up))
            if joined or NONE in ends:
                now = 1
            elif f != NONE and b != NONE:
                now = pieces
            else:
                now = 2
            _keep(found, (*ends, now), cost + more)
    return found


def _cross(best: dict[State, int], width: int) -> dict[State, int]:
    found: dict[State, int] = {}
    for (f, b, pieces), cost in best.items():
        for state, times in _crossings(f, b, pieces):
            _keep(found, state, cost + times * width)
    return found


def _crossings(f: int, b: int, pieces: int) -> Iterator[tuple[State, int]]:
    if f == b == ODD:
        yield (ODD, ODD, 1), 2
        return
    if f != NONE and not (b != NONE and pieces == 2):
        yield (EVEN, NONE, 1), 2
    if b != NONE and not (f != NONE and pieces == 2):
        yield (NONE, EVEN, 1), 2
    yield (EVEN, EVEN, pieces if NONE not in (f, b) else 2), 4


def _keep(found: dict[State, int], state: State, cost: int) -> None:
    if cost < found.get(state, cost + 1):
        found[state] = cost
