"""When goods can be promised: available to promise, and where nothing is left, capable to promise (OM-03).

What is free on a day is what is there and what is agreed to come until then, less what others were promised until then; what can be promised
is the least of that from the day on, so that no demand that comes later loses its goods (cumulative available to promise). What is missing is
fetched from another warehouse by a route, or bought: it is there after the vendor's lead time, measured or agreed.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from fondaco.operations.inventory.models import Warehouse
from fondaco.operations.supply.calendars import Calendar, calendars_of, routes_of
from fondaco.operations.supply.models import VendorItem
from fondaco.operations.supply.netting import Pair
from fondaco.operations.supply.queries import Spot, free_stock, pegs_of
from fondaco.operations.supply.sources import DEMAND, FIRM, SUPPLY, Item, Open, open_lines
from fondaco.platform.database.knowing import known
from fondaco.platform.money import ZERO

RESERVED, STOCK, COMING, MOVED, BOUGHT, NOTHING = "reserved", "stock", "coming", "moved", "bought", "nothing"


@dataclass(frozen=True, slots=True)
class Ask:
    """So much of a product from a warehouse (the company's first one when nobody said). ``key`` is the line that asks, when it is stored:
    what is reserved and tied for it is its own. ``bought``: nothing of it comes from stock, whatever lies there."""

    company: int
    product: int
    warehouse: int | None
    quantity: Decimal
    key: tuple[str, int] | None = None
    bought: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part of it comes from, and when it is ready in the house. ``supply`` is what comes; ``vendor`` who is asked; ``warehouse``
    where it lies and is fetched from."""

    kind: str
    quantity: Decimal
    ready: date | None = None
    supply: Open | None = None
    vendor: int | None = None
    days: Decimal | None = None
    warehouse: int | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """The first day on which all of it is with the customer, and why; no day where a part can come from nowhere."""

    on: date | None
    parts: tuple[Part, ...] = ()


@dataclass(slots=True)
class Ladder:
    """What can be promised of a product in a warehouse, day by day."""

    today: date
    free: Decimal
    coming: list[tuple[date, Open, Decimal]]
    wanted: list[tuple[date, Decimal]]
    days: list[date] = field(default_factory=list)
    promisable: list[Decimal] = field(default_factory=list)

    def settle(self) -> None:
        """Sum up, and take the least from each day on."""
        change: dict[date, Decimal] = defaultdict(lambda: ZERO)
        change[self.today] += self.free
        for day, _supply, quantity in self.coming:
            change[day] += quantity
        for day, quantity in self.wanted:
            change[day] -= quantity
        self.days = sorted(change)
        net, sums = ZERO, []
        for day in self.days:
            net += change[day]
            sums.append(net)
        least = sums[-1]
        for place in range(len(sums) - 1, -1, -1):
            least = min(least, sums[place])
            sums[place] = max(least, ZERO)
        self.promisable = sums

    def take(self, quantity: Decimal) -> list[Part]:
        """Promise up to ``quantity`` as early as it goes; the parts say from what. It is gone for those who ask next."""
        parts: list[Part] = []
        taken = ZERO
        for day, can in zip(self.days, self.promisable, strict=True):
            more = min(quantity, can) - taken
            if more <= 0:
                continue
            for part in self._parts_of(day, more, bool(parts)):
                parts.append(part)
            taken += more
            if taken >= quantity:
                break
        if taken:
            last = max((p.ready for p in parts if p.ready), default=self.today)
            # All of it leaves together, on the day on which the last part is there: until then nobody else's goods are touched.
            self.wanted.append((last, taken))
            self.settle()
        return parts

    def _parts_of(self, day: date, quantity: Decimal, is_more: bool) -> list[Part]:
        """What becomes free on a day: stock on the first, else what comes then; the later of it serves who asks now."""
        parts: list[Part] = []
        if day == self.today and not is_more and self.free > 0:
            part = min(quantity, self.free)
            parts.append(Part(STOCK, part, day))
            quantity -= part
        last = bisect_left(self.coming, day + timedelta(days=1), key=lambda c: c[0])
        for place in range(last - 1, -1, -1):
            if quantity <= 0:
                break
            on, supply, brings = self.coming[place]
            part = min(quantity, brings)
            parts.append(Part(COMING, part, max(on, day) if on < day else on, supply))
            quantity -= part
        if quantity > 0:
            parts.append(Part(STOCK, quantity, day))
        return parts


def promise(asks: Sequence[Ask], today: date) -> list[Promise]:
    """When each can be promised, in the order given: what one takes the next has not. Six statements, however many are asked."""
    if not asks:
        return []
    found = promising({(a.company, a.product) for a in asks}, today, {a.key for a in asks if a.key})
    return [found.promise(ask) for ask in asks]


def promising(items: Collection[Item], today: date, asking: Collection[tuple[str, int]] = ()) -> "Promising":
    """All that promises of products need, read once: who asks takes it from the others. ``asking`` are the stored lines that ask. Six statements."""
    return Promising(items, open_lines(items), today, asking)


@known
def _first_houses() -> dict[int, int]:
    """The first warehouse of each company that is in use."""
    return dict(Warehouse.objects.filter(is_active=True).order_by("-pk").values_list("company_id", "pk"))


class Promising:
    """What of products is there and comes, as far as nobody else was promised it."""

    def __init__(self, items: Collection[Item], lines: Sequence[Open], today: date, asking: Collection[tuple[str, int]]) -> None:
        self.today = today
        companies = {c for c, _p in items}
        self.calendars = calendars_of(companies)
        self.stock, self.pegs = free_stock(items), pegs_of(lines)
        self.houses = _first_houses()
        self.vendors = vendor_items(items)
        self.routes = routes_of(self.calendars)
        self.own = {o.key: o for o in lines if o.source.side == DEMAND and o.key in asking}
        self.by_key = {o.key: o for o in lines if o.source.side == SUPPLY}
        self.spots: dict[Spot, list[Open]] = defaultdict(list)
        for line in lines:
            self.spots[line.company, line.product, line.warehouse].append(line)
        self.pegged: dict[tuple[str, int], Decimal] = defaultdict(lambda: ZERO)
        self.own_pegs: dict[tuple[str, int], list[tuple[tuple[str, int], Decimal]]] = defaultdict(list)
        for (supply, demand), quantity in self.pegs.items():
            for key in (supply, demand):
                self.pegged[key] += quantity
            self.own_pegs[demand].append((supply, quantity))
        self.ladders: dict[Spot, Ladder] = {}

    def ladder(self, spot: Spot) -> Ladder:
        made = self.ladders.get(spot)
        if made is None:
            made = self.ladders[spot] = ladder_of(
                self.spots.get(spot, ()), self.stock.get(spot, ZERO), self.pegged, self.own, self.calendars[spot[0]], self.today
            )
        return made

    def promise(self, ask: Ask) -> Promise:
        """When all of it is with the customer, and where it comes from."""
        parts, left = self.there(ask)
        if left > 0:
            parts += self.fetched(ask, left)
        days = [p.ready for p in parts]
        if any(day is None for day in days):
            return Promise(None, tuple(parts))
        ready = max((d for d in days if d is not None), default=self.today)
        return Promise(self.calendars[ask.company].arrives(ready), tuple(parts))

    def there(self, ask: Ask) -> tuple[list[Part], Decimal]:
        """What is reserved and tied for who asks, in stock and agreed to come; and how much is missing then."""
        parts: list[Part] = []
        left = ask.quantity
        own = self.own.get(ask.key) if ask.key else None
        if own is not None and own.reserved > 0:
            parts.append(Part(RESERVED, min(own.reserved, left), self.today))
            left -= parts[-1].quantity
        for key, quantity in self.own_pegs.get(ask.key, ()) if ask.key else ():
            supply = self.by_key.get(key)
            part = min(quantity, left)
            if supply is not None and part > 0:
                ready = None if supply.on is None else expected(supply.on, self.today)
                parts.append(Part(COMING, part, ready, supply))
                left -= part
        if left > 0 and not ask.bought:
            found = self.ladder((ask.company, ask.product, self._house(ask))).take(left)
            parts += found
            left -= sum((p.quantity for p in found), ZERO)
        return parts, left

    def fetched(self, ask: Ask, left: Decimal) -> list[Part]:
        """What is missing: from another warehouse where that is no later than buying it, else bought."""
        bought = self._bought(ask, left, self.calendars[ask.company])
        parts = self._moved(ask, self._house(ask), left, bought.ready) if not ask.bought else []
        left -= sum((p.quantity for p in parts), ZERO)
        return [*parts, replace(bought, quantity=left)] if left > 0 else parts

    def _house(self, ask: Ask) -> int | None:
        return ask.warehouse or self.houses.get(ask.company)

    def _moved(self, ask: Ask, warehouse: int | None, quantity: Decimal, before: date | None) -> list[Part]:
        """What is free in other warehouses and comes over by their routes, no later than it could be bought."""
        parts: list[Part] = []
        for route in self.routes.get(warehouse or 0, ()):
            arrival = route.arrival(self.today)
            there = self.ladder((ask.company, ask.product, route.source))
            can = min(quantity, there.promisable[0])
            if can > 0 and (before is None or arrival <= before):
                there.take(can)
                parts.append(Part(MOVED, can, arrival, warehouse=route.source))
                quantity -= can
        return parts

    def _bought(self, ask: Ask, quantity: Decimal, calendar: Calendar) -> Part:
        item = next((v for v in self.vendors.get((ask.company, ask.product), ()) if v.takes is not None), None)
        if item is None or item.takes is None:
            return Part(NOTHING, quantity)
        ready = calendar.open_from(self.today + timedelta(days=whole_days(item.takes)))
        return Part(BOUGHT, quantity, ready, vendor=item.vendor_id, days=item.takes)


def ladder_of(
    lines: Sequence[Open],
    free: Decimal,
    pegged: Mapping[tuple[str, int], Decimal],
    own: Mapping[tuple[str, int], Open],
    calendar: Calendar,
    today: date,
) -> Ladder:
    """The ladder of one product in one warehouse. What is tied is neither on offer nor wanted of it; those who ask are not others."""
    coming, wanted = [], []
    for line in lines:
        if line.source.side == SUPPLY:
            left = line.quantity - pegged.get(line.key, ZERO)
            if left > 0 and line.certainty == FIRM and line.on is not None:
                coming.append((expected(line.on, today), line, left))
        elif line.key not in own:
            left = line.quantity - line.reserved - pegged.get(line.key, ZERO)
            if left > 0:
                day = today if line.on is None else calendar.needed(line.on) if line.source.to_customer else line.on
                wanted.append((max(day, today), left))
    coming.sort(key=lambda c: (c[0], c[1].line))
    made = Ladder(today, free, coming, wanted)
    made.settle()
    return made


def expected(on: date, today: date) -> date:
    """When a supply is there that is expected on a day: what should have come already is not counted on before tomorrow."""
    return on if on >= today else today + timedelta(days=1)


def whole_days(days: Decimal) -> int:
    """Days rounded up: goods that take 4.2 days are there on the fifth."""
    return int(-(-days // 1))


def vendor_items(items: Collection[Item]) -> dict[Item, list[VendorItem]]:
    """Who sells products to companies, the first choice first; one statement."""
    found: dict[Item, list[VendorItem]] = defaultdict(list)
    rows = VendorItem.objects.filter(company__in={c for c, _p in items}, product__in={p for _c, p in items}, is_active=True)
    for row in rows.order_by("rank", "lead_days", "pk"):
        found[row.company_id, row.product_id].append(row)
    return found


__all__ = ["Ask", "Pair", "Part", "Promise", "promise"]
