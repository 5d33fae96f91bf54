"""Which supply serves which demand: pure arithmetic over the open lines of one product in one warehouse.

What is reserved, and what is tied by a peg, comes first. Then stock that is free, and then what comes, the earliest first, goes to what is
wanted earliest: nobody who waits longer is passed over.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fondaco.operations.supply.sources import Open
from fondaco.platform.money import ZERO

#: Key of a supply line and of a demand line, each a table and a key of it.
Pair = tuple[tuple[str, int], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Tie:
    """So much of a demand is served by a supply (``None``: by stock). ``firm``: reserved or pegged; otherwise as things stand today.

    A demand without supply is short: ``short`` of it is served by nothing. A supply without demand is for nobody yet.
    """

    demand: Open | None
    supply: Open | None
    quantity: Decimal
    firm: bool = False
    short: bool = False

    @property
    def days_late(self) -> int:
        """By how many days the supply comes after it is wanted; 0 where it is in time, or either has no day."""
        if self.demand is None or self.supply is None or self.demand.on is None or self.supply.on is None:
            return 0
        return max((self.supply.on - self.demand.on).days, 0)


def tied(free: Decimal, demands: Sequence[Open], supplies: Sequence[Open], pegs: Mapping[Pair, Decimal]) -> list[Tie]:
    """Serve demands, which come in the order of their days, from ``free`` stock and supplies in the order of theirs.

    ``free`` is on hand less what is reserved and unfit. ``pegs`` are what is still to come of each pair.
    """
    ties: list[Tie] = []
    wants = {d.key: d.quantity - d.reserved for d in demands}
    brings = {s.key: s.quantity for s in supplies}
    by_demand: dict[tuple[str, int], list[tuple[tuple[str, int], Decimal]]] = defaultdict(list)
    for (bringing, wanting), quantity in pegs.items():
        by_demand[wanting].append((bringing, quantity))
    by_key = {s.key: s for s in supplies}
    for demand in demands:
        if demand.reserved > 0:
            ties.append(Tie(demand, None, demand.reserved, firm=True))
        for other, pegged in by_demand.get(demand.key, ()):
            part = min(pegged, wants[demand.key], brings.get(other, ZERO))
            if part > 0:
                ties.append(Tie(demand, by_key[other], part, firm=True))
                wants[demand.key] -= part
                brings[other] -= part
    coming = [s for s in supplies if brings[s.key] > 0]
    place = 0
    for demand in demands:
        left = wants[demand.key]
        if left > 0 and free > 0:
            part = min(left, free)
            ties.append(Tie(demand, None, part))
            free -= part
            left -= part
        while left > 0 and place < len(coming):
            supply = coming[place]
            part = min(left, brings[supply.key])
            if part > 0:
                ties.append(Tie(demand, supply, part))
                brings[supply.key] -= part
                left -= part
            if brings[supply.key] <= 0:
                place += 1
        if left > 0:
            ties.append(Tie(demand, None, left, short=True))
    ties += [Tie(None, s, brings[s.key]) for s in supplies if brings[s.key] > 0]
    return ties


__all__ = ["Tie", "tied"]
