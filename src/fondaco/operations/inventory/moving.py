"""Moving goods: the only writer of stock moves. Quantities and values are settled under the products' locks, for a whole set."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.models import Location, Reservation, StockLevel, StockMove, Warehouse
from fondaco.operations.inventory.refusals import NoStockLocation, NotEnoughStock
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.money import ZERO, rounded

INSIDE = ("internal", "transit")


@dataclass(slots=True)
class MoveDraft:
    """A move to be. ``value`` given (company currency): receipts and returns; left out: at the moving average.

    ``demand`` is (table, line) of the order line whose reservation it uses up.
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


@dataclass(slots=True)
class Cost:
    """Quantity and value owned, as they stand under the lock."""

    quantity: Decimal
    value: Decimal
    last_cost: Decimal

    def take(self, quantity: Decimal, decimals: int) -> Decimal:
        """Value of an issue at the moving average, rounded half away from zero; the last piece takes what is left, so that
        quantity zero means value zero. Beyond what is there (where a company allows it) the last known cost counts."""
        if quantity == self.quantity:
            value = self.value
        elif self.quantity > 0:
            value = (
                rounded(self.value * quantity / self.quantity, decimals)
                if quantity < self.quantity
                else self.value + rounded((quantity - self.quantity) * self.last_cost, decimals)
            )
        else:
            value = rounded(quantity * self.last_cost, decimals)
        return value


def lock_costs(company: int, products: Iterable[int]) -> dict[int, Cost]:
    """Lock the costs of products in key order, making missing ones; whoever moves or reserves them waits for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select product_id, quantity, value, last_cost from inventory_lock_costs(%s, %s)", [company, sorted(set(products))])
        return {row[0]: Cost(*row[1:]) for row in cursor.fetchall()}


def move(drafts: Sequence[MoveDraft]) -> list[StockMove]:
    """Carry out moves in the order given: value them, check that the goods are there, use up reservations, write them.

    Raises NotEnoughStock naming product, place and figures. Constant statements per company.
    """
    by_company: dict[int, list[MoveDraft]] = defaultdict(list)
    for draft in drafts:
        by_company[draft.company].append(draft)
    done: list[StockMove] = []
    for company, part in sorted(by_company.items()):
        done += _move(company, part)
    return done


def _move(company_id: int, drafts: Sequence[MoveDraft]) -> list[StockMove]:
    company = Company.objects.select_related("currency").get(pk=company_id)
    costs = lock_costs(company_id, {d.product for d in drafts})
    inside = set(
        Location.objects.filter(pk__in={p for d in drafts for p in (d.from_location, d.to_location)}, kind__in=INSIDE).values_list(
            "id", flat=True
        )
    )
    reservations = _reservations(drafts)
    if not company.allow_negative_stock:
        _check_available(company_id, drafts, inside, reservations)
    moves = []
    for draft in drafts:
        cost, value = costs[draft.product], draft.value
        leaves, comes = draft.from_location in inside, draft.to_location in inside
        if value is None:
            value = ZERO if not leaves else cost.take(draft.quantity, company.currency.decimals)
        if leaves and not comes:
            cost.quantity -= draft.quantity
            cost.value -= value
        elif comes and not leaves:
            cost.quantity += draft.quantity
            cost.value += value
        if cost.quantity > 0 and cost.value >= 0:
            cost.last_cost = cost.value / cost.quantity
        table, document, line = draft.source
        moves.append(
            StockMove(
                company_id=company_id,
                product_id=draft.product,
                quantity=draft.quantity,
                value=value,
                from_location_id=draft.from_location,
                to_location_id=draft.to_location,
                on=draft.on,
                source_table=table,
                source_id=document,
                source_line=line,
                demand_table=draft.demand[0] if draft.demand else "",
                demand_line=draft.demand[1] if draft.demand else None,
                returns_id=draft.returns,
            )
        )
    _use_up(drafts, reservations)
    insert_rows(StockMove, moves)
    return moves


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
    company: int, drafts: Sequence[MoveDraft], inside: set[int], reservations: Mapping[tuple[str, int, int], Reservation]
) -> None:
    levels = {
        (p, place): on_hand - reserved
        for p, place, on_hand, reserved in StockLevel.objects.filter(
            company=company, product__in={d.product for d in drafts}, location__in=inside
        ).values_list("product_id", "location_id", "on_hand", "reserved")
    }
    own: dict[tuple[str, int, int], Decimal] = {key: r.quantity for key, r in reservations.items()}
    for draft in drafts:
        if draft.to_location in inside:
            place = (draft.product, draft.to_location)
            levels[place] = levels.get(place, ZERO) + draft.quantity
        if draft.from_location in inside:
            place = (draft.product, draft.from_location)
            key = (*draft.demand, draft.from_location) if draft.demand else None
            promised = min(own.get(key, ZERO), draft.quantity) if key else ZERO
            free = levels.get(place, ZERO)
            if draft.quantity - promised > free:
                raise NotEnoughStock(
                    product=Product.objects.get(pk=draft.product), asked=f"{draft.quantity.normalize():f}", place=Location.objects.get(pk=draft.from_location),
                    available=f"{(free + promised).normalize():f}", rows=[{"id": str(draft.source[1])}],
                )  # fmt: skip
            levels[place] = free - (draft.quantity - promised)
            if key:
                own[key] = own.get(key, ZERO) - promised


def _use_up(drafts: Sequence[MoveDraft], reservations: Mapping[tuple[str, int, int], Reservation]) -> None:
    changed: dict[int, Reservation] = {}
    for draft in drafts:
        held = reservations.get((*draft.demand, draft.from_location)) if draft.demand else None
        if held is not None and held.quantity > 0:
            held.quantity -= min(held.quantity, draft.quantity)
            changed[held.pk] = held
    update_rows(Reservation, {"id": list(changed), "quantity": [r.quantity for r in changed.values()]})


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
    everything or nothing: raises NotEnoughStock naming the first that is short. Constant statements per company.
    """
    places = stock_locations({r.warehouse for r in requests})
    free: dict[tuple[int, int, int], Decimal] = {}
    for company in sorted({r.company for r in requests}):
        products = {r.product for r in requests if r.company == company}
        lock_costs(company, products)
        for product, place, on_hand, reserved in StockLevel.objects.filter(
            company=company, product__in=products, location__in=places.values()
        ).values_list("product_id", "location_id", "on_hand", "reserved"):
            free[company, product, place] = on_hand - reserved
    negative = dict(Company.objects.filter(pk__in={r.company for r in requests}).values_list("id", "allow_negative_stock"))
    given, rows = [], []
    for request in requests:
        place = places[request.warehouse]
        key = (request.company, request.product, place)
        available = free.get(key, ZERO)
        quantity = request.quantity if negative[request.company] else min(request.quantity, max(available, ZERO))
        if quantity < request.quantity and not partly:
            raise NotEnoughStock(
                product=Product.objects.get(pk=request.product),
                asked=f"{request.quantity.normalize():f}",
                place=Location.objects.get(pk=place),
                available=f"{max(available, ZERO).normalize():f}",
            )
        free[key] = available - quantity
        given.append(quantity)
        if quantity > 0:
            rows.append(
                Reservation(
                    company_id=request.company,
                    product_id=request.product,
                    location_id=place,
                    quantity=quantity,
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
    fresh, grown = [], {}
    for row in rows:
        held = existing.get((row.demand_table, row.demand_line, row.location_id))
        if held is None:
            fresh.append(row)
        else:
            held.quantity += row.quantity
            grown[held.pk] = held.quantity
    insert_rows(Reservation, fresh)
    update_rows(Reservation, {"id": list(grown), "quantity": list(grown.values())})


def release(demand_table: str, lines: Iterable[int]) -> None:
    """Give up what is still reserved for these order lines."""
    rows = list(
        Reservation.objects.filter(demand_table=demand_table, demand_line__in=list(lines), quantity__gt=0).order_by("product_id", "pk")
    )
    for company in sorted({r.company_id for r in rows}):
        lock_costs(company, {r.product_id for r in rows if r.company_id == company})
    update_rows(Reservation, {"id": [r.pk for r in rows], "quantity": [ZERO] * len(rows)})


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
