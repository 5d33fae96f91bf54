"""Where goods at the dock go, and which picking bins are filled up from storage: proposals, each with its reason (WH-02)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.catalog.models import Category, Product
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.warehouse.models import Bin, BinRule, BinStock, Floor, Task
from fondaco.operations.warehouse.planning import Spot, spot, walk
from fondaco.operations.warehouse.queries import crossings_of, usable_at_dock
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.money import ZERO, figure

SMALLEST = Decimal("0.000001")


@dataclass(slots=True)
class Room:
    """A bin with what there is room for, tasks on their way to it counted as there."""

    bin: Bin
    far: int
    pieces: Decimal = ZERO
    weight: Decimal = ZERO
    volume: Decimal = ZERO
    products: set[int] = field(default_factory=set)
    lots: set[tuple[int, int | None]] = field(default_factory=set)

    def takes(self, product: Product, quantity: Decimal) -> Decimal:
        """How much of a product fits; whole pieces where whole ones are asked."""
        most = [quantity]
        for limit, held, each in (
            (self.bin.most_pieces, self.pieces, Decimal(1)),
            (self.bin.most_weight_kg, self.weight, product.weight_kg or ZERO),
            (self.bin.most_volume_m3, self.volume, product.volume_m3 or ZERO),
        ):
            if limit is not None and each:
                most.append(max(limit - held, ZERO) / each)
        unit = Decimal(1) if quantity == quantity.to_integral_value() else SMALLEST
        return min(most).quantize(unit, rounding=ROUND_DOWN)

    def add(self, product: Product, lot: int | None, quantity: Decimal) -> None:
        self.pieces += quantity
        self.weight += quantity * (product.weight_kg or ZERO)
        self.volume += quantity * (product.volume_m3 or ZERO)
        self.products.add(product.pk)
        self.lots.add((product.pk, lot))


@action(Floor, permission="warehouse.direct_work", title=_("Propose put-away"), done=_("Proposed"))
def propose_put_away(floors: DocumentSet[Floor]) -> None:
    """Propose a bin for everything at the dock for which nothing is proposed yet: by rule, beside the same goods, or the nearest with room.

    What no bin has room or class for stays at the dock.
    """
    floors.made["tasks"] = [t.pk for t in put_away(floors.rows)]


def put_away(floors: Sequence[Floor], products: Collection[int] | None = None) -> list[Task]:
    """Tasks for what lies at the dock and is inspected; of some products, or of all. Constant statements."""
    own = {f.location_id: f for f in floors}
    waiting = usable_at_dock(own, products)
    for company in sorted({f.company_id for f in floors}):
        lock_costs(company, {key[1] for key in waiting if own[key[0]].company_id == company})
    waiting = usable_at_dock(own, products)
    under_way = Task.objects.filter(location__in=own, state=Task.OPEN, from_bin=None).values_list("location_id", "product_id", "lot_id")
    for place, product, lot, quantity in under_way.annotate(total=Sum("quantity")).order_by():
        if (place, product, lot) in waiting:
            waiting[place, product, lot] -= quantity
    known = Product.objects.in_bulk({key[1] for key in waiting})
    rooms, branches = rooms_of(own), branches_of()
    rules = _rules(own)
    tasks: list[Task] = []
    for key, there in waiting.items():
        place, number, lot = key
        product, left = known[number], there
        for room, why in _candidates(product, lot, rooms[place], rules[place], branches):
            if left <= 0:
                break
            part = room.takes(product, left)
            if part > 0:
                room.add(product, lot, part)
                left -= part
                tasks.append(
                    Task(
                        company_id=own[place].company_id, warehouse_id=own[place].warehouse_id, location_id=place, kind=Task.PUT_AWAY, product=product, lot_id=lot,
                        quantity=part, to_bin=room.bin, why=why,
                    )
                )  # fmt: skip
    insert_rows(Task, tasks)
    return tasks


def rooms_of(places: Mapping[int, Floor]) -> dict[int, list[Room]]:
    """Bins in which goods are kept, by place, the nearest to the dock first; three statements."""
    found: dict[int, list[Room]] = {place: [] for place in places}
    by_bin: dict[int, Room] = {}
    crossings = crossings_of(places)
    bins = list(Bin.objects.filter(location__in=places, is_active=True).order_by("sequence", "pk"))
    docks: dict[int, Spot] = {}
    for b in bins:
        if b.kind == Bin.DOCK_IN:
            docks.setdefault(b.location_id, spot(b.aisle, b.x_m, b.y_m))
    for b in bins:
        if b.kind in (Bin.STORAGE, Bin.PICKING):
            far = walk(docks.get(b.location_id, Spot("", 0, 0)), spot(b.aisle, b.x_m, b.y_m), crossings[b.location_id])
            by_bin[b.pk] = Room(b, far)
            found[b.location_id].append(by_bin[b.pk])
    rows = BinStock.objects.filter(bin__in=by_bin, on_hand__gt=0).values_list("bin_id", "product_id", "lot_id", "on_hand")
    coming = Task.objects.filter(to_bin__in=by_bin, state=Task.OPEN).values_list("to_bin_id", "product_id", "lot_id", "quantity")
    held = [*rows, *coming]
    products = Product.objects.in_bulk({p for _b, p, _lot, _q in held})
    for bin_key, product, lot, quantity in held:
        by_bin[bin_key].add(products[product], lot, quantity)
    for rooms in found.values():
        rooms.sort(key=lambda r: (r.far, r.bin.sequence, r.bin.pk))
    return found


def branches_of() -> dict[int | None, set[int]]:
    """Of each category, itself and those above it; one statement."""
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    found: dict[int | None, set[int]] = {None: set()}
    for key in parents:
        up: int | None = key
        found[key] = set()
        while up is not None and up not in found[key]:
            found[key].add(up)
            up = parents[up]
    return found


def _rules(places: Mapping[int, Floor]) -> dict[int, list[BinRule]]:
    found: dict[int, list[BinRule]] = {place: [] for place in places}
    houses = {f.warehouse_id: place for place, f in places.items()}
    for rule in (
        BinRule.objects.filter(warehouse__in=houses).select_related("category").order_by(F("product").asc(nulls_last=True), "place", "pk")
    ):
        found[houses[rule.warehouse_id]].append(rule)
    return found


def _candidates(
    product: Product, lot: int | None, rooms: Sequence[Room], rules: Sequence[BinRule], branches: Mapping[int | None, set[int]]
) -> Iterator[tuple[Room, str]]:
    """Bins for goods, each with its reason, the best first; a bin kept for another class is none."""
    above = branches.get(product.category_id, set())
    fit = [r for r in rooms if r.bin.category_id is None or r.bin.category_id in above]
    for rule in rules:
        if rule.product_id not in (None, product.pk) or (rule.category_id is not None and rule.category_id not in above):
            continue
        for room in fit:
            if rule.bin_id == room.bin.pk:
                yield room, _now("Fixed bin of the product.") if rule.product_id else _now("Fixed bin of its category.")
            elif rule.zone and rule.zone == room.bin.zone:
                yield (
                    room,
                    _now("Zone {zone} is for such goods; nearest bin with room, {metres} m from the dock.").format(
                        zone=rule.zone, metres=_metres(room)
                    ),
                )
    for room in fit:
        if (product.pk, lot) in room.lots and lot is not None:
            yield room, _now("The same lot lies there.")
    for room in fit:
        if product.pk in room.products:
            yield room, _now("The same product lies there.")
    for room in fit:
        if not room.products:
            kept = _now("Kept for its category; ") if room.bin.category_id else ""
            yield room, kept + _now("nearest empty bin with room, {metres} m from the dock.").format(metres=_metres(room))
    for room in fit:
        if room.bin.most_pieces is not None or room.bin.most_weight_kg is not None or room.bin.most_volume_m3 is not None:
            yield room, _now("Nearest bin with room beside other goods, {metres} m from the dock.").format(metres=_metres(room))


def _metres(room: Room) -> str:
    return f"{Decimal(room.far) / 10:.1f}"


@action(Floor, permission="warehouse.direct_work", title=_("Propose replenishment"), done=_("Proposed"))
def propose_replenishment(floors: DocumentSet[Floor]) -> None:
    """Propose to fill picking bins that are below their minimum up to their maximum, from storage: the first expiring goods first."""
    own = {f.location_id: f for f in floors}
    houses = {f.warehouse_id: f for f in floors}
    rules = list(
        BinRule.objects.filter(warehouse__in=houses, minimum__isnull=False, bin__is_active=True)
        .select_related("bin", "product")
        .order_by("bin__sequence", "pk")
    )
    for company in sorted({f.company_id for f in floors}):
        lock_costs(company, {r.product_id for r in rules if r.company_id == company and r.product_id})
    there: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    free: dict[tuple[int, int], list[BinStock]] = defaultdict(list)
    stock = BinStock.objects.filter(location__in=own, product__in={r.product_id for r in rules}, on_hand__gt=0).select_related("bin", "lot")
    for row in stock.order_by(F("lot__expires_on").asc(nulls_last=True), "bin__sequence", "pk"):
        there[row.bin_id, row.product_id] += row.on_hand - row.allotted
        if row.bin.kind == Bin.STORAGE and row.on_hand > row.allotted:
            free[row.location_id, row.product_id].append(row)
    coming = Task.objects.filter(location__in=own, state=Task.OPEN).order_by().values_list("to_bin_id", "product_id")
    for bin_key, product, quantity in coming.annotate(total=Sum("quantity")):
        there[bin_key, product] += quantity
    rooms = {r.bin.pk: r for held in rooms_of(own).values() for r in held}
    tasks: list[Task] = []
    for rule in rules:
        has, minimum, maximum = there[rule.bin_id, rule.product_id], rule.minimum or ZERO, rule.maximum or ZERO
        if rule.bin_id not in rooms or has >= minimum:
            continue
        left = rooms[rule.bin_id].takes(rule.product, maximum - has)
        for source in free[rule.bin.location_id, rule.product_id]:
            part = min(left, source.on_hand - source.allotted)
            if part <= 0 or source.bin_id == rule.bin_id:
                continue
            source.allotted += part
            left -= part
            rooms[rule.bin_id].add(rule.product, source.lot_id, part)
            why = _now("{bin} has {has} and should never have less than {minimum}; filled up to {maximum} from {source}").format(
                bin=rule.bin, has=figure(has), minimum=figure(minimum), maximum=figure(maximum), source=source.bin
            )
            if source.lot is not None and source.lot.expires_on:
                why += _now(", which expires first ({day})").format(day=source.lot.expires_on.isoformat())
            tasks.append(
                Task(
                    company_id=rule.company_id, warehouse_id=rule.warehouse_id, location_id=rule.bin.location_id, kind=Task.REPLENISH, product=rule.product,
                    lot_id=source.lot_id, quantity=part, from_bin=source.bin, to_bin=rule.bin, why=f"{why}.",
                )
            )  # fmt: skip
    insert_rows(Task, tasks)
    floors.made["tasks"] = [t.pk for t in tasks]
