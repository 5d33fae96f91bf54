"""Ways through a warehouse: how far it is along the aisles, and in which order bins are visited. Pure, in decimetres.

The order is found by fast-tsp (docs/decisions/0016-pick-paths.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import fast_tsp

#: The solver's distances are whole numbers up to this.
FARTHEST = 65_535
#: Seconds for all ways planned at once, and the least for one of them.
SECONDS, LEAST_SECONDS = 0.8, 0.004


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the floor from which bins are reached; aisles run along y."""

    aisle: str
    x: int
    y: int


def spot(aisle: str, x_m: Decimal, y_m: Decimal) -> Spot:
    """The spot of a bin; bins without the name of an aisle share one where they share x."""
    x, y = int(x_m * 10), int(y_m * 10)
    return Spot(aisle or f"x{x}", x, y)


def walk(a: Spot, b: Spot, crossings: Sequence[int]) -> int:
    """How far it is from one spot to another: along the aisle, or by the nearest of the aisles that cross (at these y)."""
    if a.aisle == b.aisle:
        return abs(a.y - b.y) + abs(a.x - b.x)
    return abs(a.x - b.x) + min(abs(a.y - c) + abs(c - b.y) for c in crossings)


def distances(spots: Sequence[Spot], crossings: Sequence[int]) -> list[list[int]]:
    """All distances between spots; half of them are walked, the others mirrored."""
    rows: list[list[int]] = []
    reach = [[abs(s.y - c) for c in crossings] for s in spots]
    two = len(crossings) == 2
    for i, a in enumerate(spots):
        aisle, x, y, near = a.aisle, a.x, a.y, reach[i]
        if two:
            front, back = near
            row = [
                abs(y - b.y) + abs(x - b.x)
                if b.aisle == aisle
                else abs(x - b.x) + (front + r[0] if front + r[0] < back + r[1] else back + r[1])
                for b, r in zip(spots[:i], reach, strict=False)
            ]
        else:
            row = [walk(a, b, crossings) for b in spots[:i]]
        rows.append([*row, 0])
    for i, row in enumerate(rows):
        row.extend(rows[j][i] for j in range(i + 1, len(rows)))
    return rows


def way(start: Spot, spots: Sequence[Spot], crossings: Sequence[int], seconds: float = SECONDS) -> tuple[list[Spot], int]:
    """The order in which to visit spots from the start and back to it, and how long that way is."""
    stops = [s for s in dict.fromkeys(spots) if s != start]
    if not stops:
        return list(dict.fromkeys(spots)), 0
    nodes = [start, *stops]
    matrix = distances(nodes, crossings)
    length = max(max(row) for row in matrix)
    scaled = matrix if length <= FARTHEST else [[d * FARTHEST // length for d in row] for row in matrix]
    tour = list(range(len(nodes))) if len(nodes) <= 3 else fast_tsp.find_tour(scaled, duration_seconds=seconds)
    begin = tour.index(0)
    tour = [*tour[begin:], *tour[:begin]]
    whole = sum(matrix[i][j] for i, j in zip(tour, [*tour[1:], tour[0]], strict=True))
    order = [nodes[i] for i in tour]
    return (order if start in spots else order[1:]), whole


def ways(start: Spot, lists: Sequence[Sequence[Spot]], crossings: Sequence[int], seconds: float = SECONDS) -> list[tuple[list[Spot], int]]:
    """The ways of several lists; the longer ones are thought about longer."""
    total = sum(len(spots) for spots in lists) or 1
    return [way(start, spots, crossings, max(LEAST_SECONDS, seconds * len(spots) / total)) for spots in lists]
