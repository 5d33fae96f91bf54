"""Questions to supply and demand that several callers ask. Statements do not grow with products or lines."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from fondaco.operations.inventory.models import StockLevel
from fondaco.operations.inventory.queries import unfit_there
from fondaco.operations.supply.models import Peg
from fondaco.operations.supply.netting import Pair, Tie, tied
from fondaco.operations.supply.sources import DEMAND, SUPPLY, Item, Open, open_lines
from fondaco.platform.money import ZERO

#: A product of a company in a warehouse.
Spot = tuple[int, int, int | None]


def free_stock(items: Collection[Item]) -> dict[Spot, Decimal]:
    """What is on hand of products, less what is reserved, blocked or expired, by warehouse; one statement."""
    rows = StockLevel.objects.filter(
        company__in={c for c, _p in items}, product__in={p for _c, p in items}, location__kind="internal"
    ).values_list("company_id", "product_id", "location__warehouse", "on_hand", "reserved", unfit_there())
    found: dict[Spot, Decimal] = defaultdict(lambda: ZERO)
    for company, product, warehouse, on_hand, reserved, unfit in rows:
        found[company, product, warehouse] += on_hand - reserved - unfit
    return found


def pegs_of(lines: Iterable[Open]) -> dict[Pair, Decimal]:
    """What is still to come of the ties of demands among ``lines``; one statement."""
    wanted = [(o.source.table, o.line) for o in lines if o.source.side == DEMAND]
    rows = Peg.objects.filter(demand_table__in={t for t, _k in wanted}, demand_line__in={k for _t, k in wanted})
    return {
        ((st, s), (dt, d)): quantity - handed
        for st, s, dt, d, quantity, handed in rows.values_list(
            "supply_table", "supply_line", "demand_table", "demand_line", "quantity", "handed_over"
        )
    }


def pegging(items: Collection[Item]) -> list[Tie]:
    """Who is served by what, of products, in all warehouses; three statements.

    What never comes into the house (no warehouse) only serves what it is tied to.
    """
    if not items:
        return []
    lines = open_lines(items)
    stock, pegs = free_stock(items), pegs_of(lines)
    spots: dict[Spot, tuple[list[Open], list[Open]]] = defaultdict(lambda: ([], []))
    direct = {(o.company, o.product): [] for o in lines if o.warehouse is None}  # type: dict[Item, list[Open]]
    for line in lines:
        if line.warehouse is None and line.source.side == SUPPLY:
            direct[line.company, line.product].append(line)
        else:
            spots[line.company, line.product, line.warehouse][line.source.side == SUPPLY].append(line)
    found: list[Tie] = []
    for (company, product, warehouse), (demands, supplies) in spots.items():
        own = {key for pair in pegs for key in pair}
        beside = [s for s in direct.get((company, product), ()) if s.key in own]
        ties = tied(stock.get((company, product, warehouse), ZERO), demands, [*supplies, *beside], pegs)
        found += [t for t in ties if not (t.supply in beside and not t.firm)]
    return found


def items_of(lines: Sequence[Open]) -> set[Item]:
    """The products of lines."""
    return {(o.company, o.product) for o in lines}
