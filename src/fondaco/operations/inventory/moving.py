"""Moving goods: the only writer of stock moves. Quantities and values are settled under the products' locks, for a whole set."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.lots import Part, Taken, choose, unfit, unfit_on
from fondaco.operations.inventory.models import (
    LayerUse,
    Location,
    LotCost,
    MoveLot,
    Reservation,
    StockLevel,
    StockMove,
    StockValue,
    Warehouse,
)
from fondaco.operations.inventory.refusals import NoStandardCost, NoStockLocation, NotEnoughStock
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.money import ZERO, figure, rounded, spread

HALF = Decimal("0.5")


@dataclass(slots=True)
class MoveDraft:
    """A move to be. ``value`` given (company currency): receipts and returns; left out: at what the goods cost by their costing.

    ``booked_on`` is the day in the books where the day itself is closed. ``demand`` is (table, line) of the order line whose
    reservation it uses up. ``lots`` of tracked goods: left out, the first expiring ones leave, unless ``lots_by_name``; to a customer
    no expired ones, unless ``expired_too``. ``carries_value``: the value given stands on the move although we own the goods at neither end.
    ``second`` is the quantity in the second unit, of goods that have one: weighed already, see ``weighing``.
    """

    company: int
    product: int
    quantity: Decimal
    from_location: int
    to_location: int
    on: date
    source: tuple[str, int, int]
    value: Decimal | None = None
    demand: tuple[str, int] | None = None
    returns: int | None = None
    booked_on: date | None = None
    lots: Sequence[Part] = ()
    lots_by_name: bool = False
    to_customer: bool = False
    expired_too: bool = False
    carries_value: bool = False
    second: Decimal | None = None

    @property
    def measure(self) -> Decimal:
        """What is promised of it: pieces, of goods with a second unit."""
        return self.quantity if self.second is None else self.second


@dataclass(slots=True)
class Moved:
    """Moves that were carried out, and what their valuation left for the books beside them.

    ``variances``: by move, what a receipt cost above (below) its standard. ``shortages``: rows of stock value for goods that had
    left before they came: the difference to what was assumed then. ``late``: the moves dated before others of their product.
    ``lots``: by move, the lots of tracked goods.
    """

    moves: list[StockMove]
    variances: dict[int, Decimal]
    shortages: list[StockValue]
    late: list[StockMove]
    lots: dict[int, list[Taken]]


@dataclass(slots=True)
class Cost:
    """Quantity and value owned, as they stand under the lock, and how the product is valued."""

    quantity: Decimal
    value: Decimal
    last_cost: Decimal
    standard_cost: Decimal | None
    costing: str
    tracking: str
    second_factor: Decimal | None
    layers: list["Layer"]

    def take(self, quantity: Decimal, decimals: int) -> Decimal:
        """Value of an issue at the moving average, rounded half away from zero; the last piece takes what is left, so that
        quantity zero means value zero. Beyond what is there (where a company allows it) the last known cost counts."""
        if quantity == self.quantity:
            return self.value
        if self.costing == Product.STANDARD:
            return self.at_standard(quantity, decimals)
        if self.quantity <= 0:
            return rounded(quantity * self.last_cost, decimals)
        if quantity < self.quantity:
            return rounded(self.value * quantity / self.quantity, decimals)
        return self.value + rounded((quantity - self.quantity) * self.last_cost, decimals)

    def at_standard(self, quantity: Decimal, decimals: int) -> Decimal:
        return rounded(quantity * (self.standard_cost or ZERO), decimals)

    def from_layers(self, quantity: Decimal, decimals: int) -> list[tuple["Layer", Decimal, Decimal]]:
        """The layers an issue takes from, the oldest first, with quantity and value; a layer's last piece takes what is left of it."""
        taken = []
        while quantity > 0 and self.layers:
            layer = self.layers[0]
            part = min(quantity, layer.quantity)
            value = layer.value if part == layer.quantity else rounded(layer.value * part / layer.quantity, decimals)
            layer.quantity -= part
            layer.value -= value
            quantity -= part
            taken.append((layer, part, value))
            if not layer.quantity:
                self.layers.pop(0)
        return taken


@dataclass(slots=True)
class Layer:
    """What is left of a receipt; ``move`` is its key, or the move itself while it is being carried out."""

    move: int | StockMove
    on: date
    quantity: Decimal
    value: Decimal


def lock_costs(company: int, products: Iterable[int]) -> dict[int, Cost]:
    """Lock the costs of products in key order, making missing ones; whoever moves or reserves them waits for this transaction."""
    wanted = sorted(set(products))
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.product_id, c.quantity, c.value, c.last_cost, c.standard_cost, p.costing, p.tracking, p.second_factor"
            " from inventory_lock_costs(%s, %s) c join catalog_product p on p.id = c.product_id order by 1",
            [company, wanted],
        )
        return {product: Cost(*figures, layers=[]) for product, *figures in cursor.fetchall()}


#: The oldest layers of each product that cover what is wanted of it.
LAYERS = """
select move_id, product_id, "on", quantity, value from (
  select l.*, w.wanted, sum(l.quantity) over (partition by l.product_id order by l."on", l.move_id) - l.quantity as before
  from inventory_costlayer l join unnest(%s::bigint[], %s::numeric[]) as w (product_id, wanted) using (product_id)
  where l.company_id = %s and l.quantity > 0
) x where before < wanted order by product_id, "on", move_id
"""


def move(drafts: Sequence[MoveDraft]) -> Moved:
    """Carry out moves in the order given: value them, check that the goods are there, use up reservations, write them.

    Raises NotEnoughStock naming product, place and figures, NoStandardCost. Constant statements per company.
    """
    by_company: dict[int, list[MoveDraft]] = defaultdict(list)
    for draft in drafts:
        by_company[draft.company].append(draft)
    done = Moved([], {}, [], [], {})
    for company, part in sorted(by_company.items()):
        _move(company, part, done)
    return done


def _move(company_id: int, drafts: Sequence[MoveDraft], done: Moved) -> None:
    company = Company.objects.select_related("currency").get(pk=company_id)
    decimals = company.currency.decimals
    costs = lock_costs(company_id, {d.product for d in drafts})
    kinds = dict(
        Location.objects.filter(pk__in={p for d in drafts for p in (d.from_location, d.to_location)}, kind__in=Location.PLACES).values_list(
            "id", "kind"
        )
    )
    inside, owned = set(kinds), {p for p, kind in kinds.items() if kind in Location.OWNED}
    reservations = _reservations(drafts)
    lots = _choose_lots(company_id, drafts, costs, inside)
    never_negative = drafts if not company.allow_negative_stock else [d for d in drafts if d.second is not None]
    if never_negative:
        _check_available(company_id, never_negative, inside, reservations, {id(d): t for d, t in zip(drafts, lots, strict=True)})
    _bring_layers(company_id, drafts, owned, costs)
    lot_costs = _lot_costs(drafts, lots, costs)
    moves: list[StockMove] = []
    given: list[tuple[StockMove, Decimal]] = []
    uses: list[tuple[StockMove, Layer, Decimal, Decimal]] = []
    shortages: list[StockValue] = []
    for draft, taken_lots in zip(drafts, lots, strict=True):
        cost = costs[draft.product]
        sign = (draft.to_location in owned) - (draft.from_location in owned)
        if cost.costing == Product.STANDARD and cost.standard_cost is None and sign:
            raise NoStandardCost(product=Product.objects.get(pk=draft.product), rows=[{"id": str(draft.source[1])}])
        table, document, line = draft.source
        row = StockMove(
            company_id=company_id,
            product_id=draft.product,
            quantity=draft.quantity,
            from_location_id=draft.from_location,
            to_location_id=draft.to_location,
            sign=sign,
            on=draft.on,
            booked_on=draft.booked_on or draft.on,
            source_table=table,
            source_id=document,
            source_line=line,
            demand_table=draft.demand[0] if draft.demand else "",
            demand_line=draft.demand[1] if draft.demand else None,
            returns_id=draft.returns,
            tracked=cost.tracking != Product.UNTRACKED,
            second_quantity=draft.second,
        )
        if sign and cost.costing == Product.SPECIFIC:
            row.value = _value_lots(draft, taken_lots, sign, cost, lot_costs, decimals)
        elif sign > 0:
            value = rounded(draft.quantity * cost.last_cost, decimals) if draft.value is None else draft.value
            row.value = cost.at_standard(draft.quantity, decimals) if cost.costing == Product.STANDARD else value
            if row.value != value:
                given.append((row, value - row.value))
            if cost.quantity < 0 and cost.costing == Product.AVERAGE and (more := _shortage(cost, draft.quantity, row.value, decimals)):
                cost.value -= more
                shortages.append(_correction(row, StockValue.SHORTAGE, -more, more))
            cost.layers.append(Layer(row, draft.on, draft.quantity, row.value))
        elif sign < 0 and cost.costing == Product.FIFO:
            taken = cost.from_layers(draft.quantity, decimals)
            if sum((q for _layer, q, _value in taken), ZERO) != draft.quantity:
                raise NotEnoughStock(
                    product=Product.objects.get(pk=draft.product), asked=figure(draft.quantity), place=Location.objects.get(pk=draft.from_location),
                    available=figure(max(cost.quantity, ZERO)), rows=[{"id": str(document)}],
                )  # fmt: skip
            row.value = sum((value for _layer, _q, value in taken), ZERO)
            uses += [(row, layer, quantity, value) for layer, quantity, value in taken]
        elif draft.carries_value and draft.value is not None and not sign:
            row.value = draft.value
        else:
            row.value = cost.take(draft.quantity, decimals) if draft.from_location in owned else ZERO
        cost.quantity += sign * draft.quantity
        cost.value += sign * row.value
        if cost.quantity > 0 and cost.value >= 0:
            cost.last_cost = cost.value / cost.quantity
        moves.append(row)
    _use_up(drafts, reservations)
    insert_rows(StockValue, shortages)
    insert_rows(StockMove, moves)
    insert_rows(
        LayerUse,
        [
            LayerUse(
                company_id=company_id,
                move=m,
                layer_id=layer.move.pk if isinstance(layer.move, StockMove) else layer.move,
                quantity=q,
                value=v,
            )
            for m, layer, q, v in uses
        ],
    )
    _write_lots(moves, lots, costs)
    done.lots |= {m.pk: taken for m, taken in zip(moves, lots, strict=True) if taken}
    done.moves += moves
    done.variances |= {m.pk: amount for m, amount in given}
    done.shortages += shortages
    done.late += _late(company_id, moves)


def _choose_lots(company: int, drafts: Sequence[MoveDraft], costs: Mapping[int, Cost], inside: set[int]) -> list[list[Taken]]:
    """The lots of each move; none of untracked goods, which cost no statement."""
    tracked = [d for d in drafts if costs[d.product].tracking != Product.UNTRACKED]
    if not tracked:
        return [[] for _d in drafts]
    chosen = iter(choose(company, tracked, Product.objects.in_bulk({d.product for d in tracked}), inside))
    return [next(chosen) if costs[d.product].tracking != Product.UNTRACKED else [] for d in drafts]


def _lot_costs(drafts: Sequence[MoveDraft], lots: Sequence[list[Taken]], costs: Mapping[int, Cost]) -> dict[int, list[Decimal]]:
    """Quantity and value of the lots whose goods cost what their lot cost; one statement."""
    wanted = {t.lot.pk for d, taken in zip(drafts, lots, strict=True) if costs[d.product].costing == Product.SPECIFIC for t in taken}
    rows = LotCost.objects.filter(lot__in=wanted).values_list("lot_id", "quantity", "value") if wanted else []
    found = {lot: [quantity, value] for lot, quantity, value in rows}
    return {lot: found.get(lot, [ZERO, ZERO]) for lot in wanted}


def _value_lots(draft: MoveDraft, taken: Sequence[Taken], sign: int, cost: Cost, held: dict[int, list[Decimal]], decimals: int) -> Decimal:
    """Value each lot of a move and return their sum. What leaves takes the lot's cost, rounded half away from zero, its last piece what is
    left; what comes in takes its share of the given value by quantity, or its own (returns), or what the lot costs now (found more)."""
    if sign < 0:
        for t in taken:
            quantity, value = held[t.lot.pk]
            t.value = value if t.quantity == quantity else rounded(value * t.quantity / quantity, decimals)
    elif draft.value is None:
        for t in taken:
            quantity, value = held[t.lot.pk]
            t.value = rounded(t.quantity * (value / quantity if quantity else cost.last_cost), decimals)
    elif any(t.value is None for t in taken):
        for t, share in zip(taken, spread(draft.value, [t.quantity for t in taken], decimals), strict=True):
            t.value = share
    for t in taken:
        held[t.lot.pk][0] += sign * t.quantity
        held[t.lot.pk][1] += sign * (t.value or ZERO)
    return sum((t.value or ZERO for t in taken), ZERO)


def _write_lots(moves: Sequence[StockMove], lots: Sequence[list[Taken]], costs: Mapping[int, Cost]) -> None:
    rows = []
    for row, taken in zip(moves, lots, strict=True):
        valued = bool(row.sign) and costs[row.product_id].costing == Product.SPECIFIC
        for t in taken:
            rows.append(
                MoveLot(
                    company_id=row.company_id, product_id=row.product_id, move=row, lot_id=t.lot.pk, quantity=t.quantity,
                    value=(t.value or ZERO) if valued else ZERO, sign=row.sign, on=row.on, second_quantity=t.second,
                )
            )  # fmt: skip
    insert_rows(MoveLot, rows)


def _bring_layers(company: int, drafts: Sequence[MoveDraft], owned: set[int], costs: Mapping[int, Cost]) -> None:
    wanted: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for draft in drafts:
        if draft.from_location in owned and draft.to_location not in owned and costs[draft.product].costing == Product.FIFO:
            wanted[draft.product] += draft.quantity
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(LAYERS, [list(wanted), list(wanted.values()), company])
        for key, product, on, quantity, value in cursor.fetchall():
            costs[product].layers.append(Layer(key, on, quantity, value))


def _shortage(cost: Cost, quantity: Decimal, value: Decimal, decimals: int) -> Decimal:
    """What goods that had left before they came cost more (less) than was assumed then."""
    covered = min(quantity, -cost.quantity)
    assumed = cost.value if covered == -cost.quantity else rounded(cost.value * covered / -cost.quantity, decimals)
    paid = value if covered == quantity else rounded(value * covered / quantity, decimals)
    return paid + assumed


def _correction(row: StockMove, kind: str, value: Decimal, expensed: Decimal) -> StockValue:
    return StockValue(
        company_id=row.company_id, product_id=row.product_id, kind=kind, value=value, expensed=expensed, booked_on=row.booked_on,
        source_table=row.source_table, source_id=row.source_id, source_line=row.source_line,
    )  # fmt: skip


#: The last day on which anything of a product was moved before these moves were written.
LAST = """
select p.product, (
  select m."on" from inventory_stockmove m where m.company_id = %s and m.product_id = p.product and m.sign <> 0 and m.id < p.first
  order by m."on" desc, m.id desc limit 1)
from unnest(%s::bigint[], %s::bigint[]) as p (product, first)
"""


def _late(company: int, moves: Sequence[StockMove]) -> list[StockMove]:
    """The moves that are dated before earlier ones of their product; one statement."""
    first: dict[int, int] = {}
    for row in moves:
        if row.sign:
            first[row.product_id] = min(row.pk, first.get(row.product_id, row.pk))
    if not first:
        return []
    with connection.cursor() as cursor:
        cursor.execute(LAST, [company, list(first), list(first.values())])
        last = dict(cursor.fetchall())
    return [row for row in moves if row.sign and (day := last[row.product_id]) is not None and row.on < day]


def _reservations(drafts: Sequence[MoveDraft]) -> dict[tuple[str, int, int], Reservation]:
    lines: dict[str, set[int]] = defaultdict(set)
    for draft in drafts:
        if draft.demand:
            lines[draft.demand[0]].add(draft.demand[1])
    found: dict[tuple[str, int, int], Reservation] = {}
    for table, keys in lines.items():
        for r in Reservation.objects.filter(demand_table=table, demand_line__in=keys, quantity__gt=0).order_by("pk"):
            found[table, r.demand_line, r.location_id] = r
    return found


def _check_available(
    company: int,
    drafts: Sequence[MoveDraft],
    inside: set[int],
    reservations: Mapping[tuple[str, int, int], Reservation],
    lots: Mapping[int, Sequence[Taken]],
) -> None:
    """Refuse what is not free: promised to others or, of tracked goods, expired or blocked. ``lots`` by ``id()`` of the draft."""
    levels = _free(company, {d.product for d in drafts}, inside)
    tracked = {d.product for d in drafts if lots[id(d)]}
    out = unfit(company, tracked, inside, max(d.on for d in drafts)) if tracked else {}
    own: dict[tuple[str, int, int], Decimal] = {key: measure_of(r) for key, r in reservations.items()}
    for draft in drafts:
        # Lots that nobody is promised leave without touching what is free.
        quantity = draft.measure - sum((t.measure for t in lots[id(draft)] if t.unfit_on(draft.on)), ZERO)
        if draft.to_location in inside:
            place = (draft.product, draft.to_location)
            levels[place] = levels.get(place, ZERO) + quantity
        if draft.from_location in inside:
            place = (draft.product, draft.from_location)
            key = (*draft.demand, draft.from_location) if draft.demand else None
            promised = min(own.get(key, ZERO), quantity) if key else ZERO
            free = levels.get(place, ZERO)
            usable = free - unfit_on(out.get(place, ()), draft.on)
            if quantity - promised > max(usable, ZERO):
                raise NotEnoughStock(
                    product=Product.objects.get(pk=draft.product), asked=figure(draft.measure), place=Location.objects.get(pk=draft.from_location),
                    available=figure(max(usable, ZERO) + promised), rows=[{"id": str(draft.source[1])}],
                )  # fmt: skip
            levels[place] = free - (quantity - promised)
            if key:
                own[key] = own.get(key, ZERO) - promised


def _free(company: int, products: Iterable[int], places: Iterable[int]) -> dict[tuple[int, int], Decimal]:
    """What is there and not promised, by product and place: pieces, of goods with a second unit. One statement."""
    rows = StockLevel.objects.filter(company=company, product__in=products, location__in=places).values_list(
        "product_id", "location_id", "on_hand", "reserved", "second_on_hand", "second_reserved"
    )
    return {
        (p, place): on_hand - kept if second is None else second - (second_kept or ZERO)
        for p, place, on_hand, kept, second, second_kept in rows
    }


def measure_of(held: Reservation) -> Decimal:
    """What of a reservation is promised: pieces, of goods with a second unit."""
    return held.quantity if held.second_quantity is None else held.second_quantity


def _lower(held: Reservation, left: Decimal) -> None:
    """Bring a reservation down to ``left`` of what is promised; of goods with a second unit the weight follows the pieces."""
    if held.second_quantity is None:
        held.quantity = left
    elif held.second_quantity:
        held.quantity = rounded(held.quantity * left / held.second_quantity, 6)
        held.second_quantity = left


def _write_back(changed: Iterable[Reservation]) -> None:
    """Write reservations that were changed; the second quantities where there are any."""
    rows = list({r.pk: r for r in changed}.values())
    values: dict[str, list[Any]] = {"id": [r.pk for r in rows], "quantity": [r.quantity for r in rows]}
    if any(r.second_quantity is not None for r in rows):
        values["second_quantity"] = [r.second_quantity for r in rows]
    update_rows(Reservation, values)


def _use_up(drafts: Sequence[MoveDraft], reservations: Mapping[tuple[str, int, int], Reservation]) -> None:
    changed: list[Reservation] = []
    for draft in drafts:
        held = reservations.get((*draft.demand, draft.from_location)) if draft.demand else None
        if held is not None and held.quantity > 0:
            left = measure_of(held) - min(measure_of(held), draft.measure)
            # Less than half a piece of goods with a second unit is not kept: pieces leave whole.
            _lower(held, ZERO if draft.second is not None and left < HALF else left)
            changed.append(held)
    _write_back(changed)


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """Keep ``quantity`` of a product in a warehouse for a demand: (table, key) of an order line."""

    company: int
    product: int
    warehouse: int
    quantity: Decimal
    demand: tuple[str, int]


def reserve(requests: Sequence[ReservationRequest], *, partly: bool = False) -> list[Decimal]:
    """Reserve goods, in the order given; returns how much of each was reserved.

    Cannot over-promise: the products are locked, and the database refuses what passes the lock (OM-04). Without ``partly``
    everything or nothing: raises NotEnoughStock naming the first that is short. Of tracked goods nothing is promised that is blocked
    or expired today. Of goods with a second unit pieces are kept: as many as the quantity is by the nominal factor. Constant statements
    per company.
    """
    places = stock_locations({r.warehouse for r in requests})
    free: dict[tuple[int, int, int], Decimal] = {}
    factors: dict[int, Decimal | None] = {}
    today = timezone.localdate()
    for company in sorted({r.company for r in requests}):
        products = {r.product for r in requests if r.company == company}
        costs = lock_costs(company, products)
        factors |= {key: cost.second_factor for key, cost in costs.items()}
        tracked = {key for key, cost in costs.items() if cost.tracking != Product.UNTRACKED}
        out = unfit(company, tracked, places.values(), today) if tracked else {}
        for (product, place), there in _free(company, products, places.values()).items():
            free[company, product, place] = there - unfit_on(out.get((product, place), ()), today)
    negative = dict(Company.objects.filter(pk__in={r.company for r in requests}).values_list("id", "allow_negative_stock"))
    given, rows = [], []
    for request in requests:
        place = places[request.warehouse]
        key = (request.company, request.product, place)
        available = free.get(key, ZERO)
        factor = factors[request.product]
        asked = request.quantity if factor is None else rounded(request.quantity / factor, 6)
        kept = asked if negative[request.company] and factor is None else min(asked, max(available, ZERO))
        if kept < asked and not partly:
            raise NotEnoughStock(
                product=Product.objects.get(pk=request.product),
                asked=figure(asked),
                place=Location.objects.get(pk=place),
                available=figure(max(available, ZERO)),
            )
        free[key] = available - kept
        quantity = kept if factor is None else request.quantity if kept == asked else rounded(kept * factor, 6)
        given.append(quantity)
        if quantity > 0:
            rows.append(
                Reservation(
                    company_id=request.company,
                    product_id=request.product,
                    location_id=place,
                    quantity=quantity,
                    second_quantity=None if factor is None else kept,
                    demand_table=request.demand[0],
                    demand_line=request.demand[1],
                )
            )
    _keep(rows)
    return given


def _keep(rows: Sequence[Reservation]) -> None:
    """Write reservations; one that is there already for the same demand and place grows."""
    existing: dict[tuple[str, int, int], Reservation] = {}
    tables = {r.demand_table for r in rows}
    for table in tables:
        for r in Reservation.objects.filter(demand_table=table, demand_line__in=[x.demand_line for x in rows if x.demand_table == table]):
            existing[table, r.demand_line, r.location_id] = r
    fresh, grown = [], []
    for row in rows:
        held = existing.get((row.demand_table, row.demand_line, row.location_id))
        if held is None:
            fresh.append(row)
        else:
            held.quantity += row.quantity
            if row.second_quantity is not None:
                held.second_quantity = (held.second_quantity or ZERO) + row.second_quantity
            grown.append(held)
    insert_rows(Reservation, fresh)
    _write_back(grown)


def release(demand_table: str, lines: Iterable[int]) -> None:
    """Give up what is still reserved for these order lines."""
    rows = list(
        Reservation.objects.filter(demand_table=demand_table, demand_line__in=list(lines), quantity__gt=0).order_by("product_id", "pk")
    )
    for company in sorted({r.company_id for r in rows}):
        lock_costs(company, {r.product_id for r in rows if r.company_id == company})
    for row in rows:
        _lower(row, ZERO)
    _write_back(rows)


def trim(demand_table: str, most: Mapping[int, Decimal]) -> None:
    """Give up what is reserved for order lines beyond ``most`` of each; the latest reservations go first. Their products are locked."""
    left, changed = dict(most), []
    for r in Reservation.objects.filter(demand_table=demand_table, demand_line__in=list(most), quantity__gt=0).order_by(
        "demand_line", "pk"
    ):
        kept = min(r.quantity, max(left[r.demand_line], ZERO))
        left[r.demand_line] -= kept
        if kept < r.quantity:
            _lower(r, kept if r.second_quantity is None else rounded(r.second_quantity * kept / r.quantity, 6))
            changed.append(r)
    _write_back(changed)


def stock_locations(warehouses: Iterable[int]) -> dict[int, int]:
    """The place of each warehouse where its stock lies; one statement."""
    wanted = set(warehouses)
    found = dict(Location.objects.filter(warehouse__in=wanted, kind="internal").values_list("warehouse_id", "id"))
    if missing := wanted - set(found):
        raise NoStockLocation(warehouse=Warehouse.objects.filter(pk=min(missing)).first() or min(missing))
    return found


def outside(company_ids: Iterable[int], kind: str) -> dict[int, int]:
    """The location of a kind of outside (vendor, customer, loss, opening) of each company; one statement."""
    return dict(
        Location.objects.filter(company__in=set(company_ids), kind=kind, warehouse__isnull=True)
        .order_by("-pk")
        .values_list("company_id", "id")
    )
