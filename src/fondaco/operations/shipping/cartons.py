"""Which cartons, and what goes into each: a proposal by volume and weight. Pure.

Not a packing in three dimensions: a carton is filled to ``FILL`` of its volume, which leaves room for what does not stack. The largest pieces are
packed first (first fit decreasing); what is left over goes into the smallest carton that takes it whole.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
#: How much of a carton's volume is used at most.
FILL = Decimal("0.85")
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True)
class Item(Generic[K]):
    """So many pieces of one kind; ``kg`` and ``m3`` of one piece, zero where unknown."""

    key: K
    quantity: Decimal
    kg: Decimal = ZERO
    m3: Decimal = ZERO


@dataclass(frozen=True)
class Carton:
    """A kind of carton. ``max_kg`` is what it bears, None: anything."""

    key: int
    m3: Decimal
    max_kg: Decimal | None = None

    def takes(self, items: Sequence[Item]) -> bool:
        """Whether all of it goes in."""
        return sum((i.quantity * i.m3 for i in items), ZERO) <= self.m3 * FILL and (
            self.max_kg is None or sum((i.quantity * i.kg for i in items), ZERO) <= self.max_kg
        )

    def room_for(self, item: Item, m3: Decimal, kg: Decimal) -> Decimal:
        """How many pieces still go in beside what fills ``m3`` and weighs ``kg``; whole ones, unless the rest is less than one."""
        most = item.quantity
        if item.m3:
            most = min(most, (self.m3 * FILL - m3) / item.m3)
        if item.kg and self.max_kg is not None:
            most = min(most, (self.max_kg - kg) / item.kg)
        return item.quantity if most >= item.quantity else max(most.to_integral_value(ROUND_FLOOR), ZERO)


@dataclass(frozen=True)
class Filled(Generic[K]):
    """A carton (None: none of the kinds there are) with its content."""

    carton: int | None
    content: tuple[tuple[K, Decimal], ...]


def propose(items: Sequence[Item[K]], cartons: Sequence[Carton]) -> list[Filled[K]]:
    """Cartons that take everything. Pieces that go into none are each a package of their own; without any kind of carton all is one."""
    if not cartons:
        return [Filled(None, tuple((i.key, i.quantity) for i in items))] if items else []
    by_size = sorted(cartons, key=lambda c: (c.m3, c.key))
    largest = by_size[-1]
    left = sorted(items, key=lambda i: (-i.m3, -i.kg))
    found: list[Filled[K]] = []
    for item in [i for i in left if not any(c.takes([Item(i.key, min(i.quantity, ONE), i.kg, i.m3)]) for c in by_size)]:
        left.remove(item)
        whole = item.quantity
        while whole > 0:
            found.append(Filled(None, ((item.key, min(whole, ONE)),)))
            whole -= ONE
    while left:
        fitting = next((c for c in by_size if c.takes(left)), None)
        if fitting is not None:
            return [*found, Filled(fitting.key, tuple((i.key, i.quantity) for i in left))]
        # Into the largest; a piece that it does not bear goes into one that does.
        box = largest if largest.takes([Item(left[0].key, min(left[0].quantity, ONE), left[0].kg, left[0].m3)]) else next(
            c for c in reversed(by_size) if c.takes([Item(left[0].key, min(left[0].quantity, ONE), left[0].kg, left[0].m3)])
        )  # fmt: skip
        content, rest, m3, kg = [], [], ZERO, ZERO
        for item in left:
            taken = box.room_for(item, m3, kg)
            if taken:
                content.append((item.key, taken))
                m3, kg = m3 + taken * item.m3, kg + taken * item.kg
            if taken < item.quantity:
                rest.append(Item(item.key, item.quantity - taken, item.kg, item.m3))
        found.append(Filled(box.key, tuple(content)))
        left = rest
    return found
