"""From a product, what was chosen of it and a quantity to all that goes into it and is done to it, with what that costs. Pure.

Quantities are rounded up to six decimals, so that nothing is short; minutes half away from zero to two decimals; every cost half away from zero
to the decimals of the company's currency, so that the whole is the sum of what is shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Decimal
from typing import Any

from fondaco.operations.engineering.choosing import Chosen, meets, read_condition
from fondaco.operations.engineering.formulas import GREATEST, Unreckonable, read_formula, reckon
from fondaco.platform.money import ZERO, figure, rounded

HUNDRED, SIXTY, ONE = Decimal(100), Decimal(60), Decimal(1)
PIECE = Decimal("0.000001")
MINUTE_DECIMALS = 2
#: Products stand in each other so deep at most; no bill written by people comes near.
DEEPEST = 30
AVERAGE, LAST, STANDARD, VENDOR, UNKNOWN = "average", "last", "standard", "vendor", ""
NO_COST, NO_RATE, NOT_CHOSEN, NO_FIGURE, IN_ITSELF = "no_cost", "no_rate", "not_chosen", "no_figure", "in_itself"


@dataclass(frozen=True, slots=True)
class Item:
    """A product as it goes into others: ``unit_cost`` of a stock unit in company currency, unrounded, and where that is from."""

    sku: str
    name: str
    unit: str
    unit_cost: Decimal = ZERO
    source: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill; ``factor`` turns its unit into the item's stock unit."""

    item: int | None
    quantity: Decimal
    chosen_at: str = ""
    formula: str = ""
    factor: Decimal = ONE
    scrap: Decimal = ZERO
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    version: int
    quantity: Decimal
    is_phantom: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour costs in company currency."""

    setup: Decimal = ZERO
    labour: Decimal = ZERO
    machine: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Step:
    """An operation of a routing. ``rate`` is nothing where its work centre has none on the day."""

    position: int
    name: str
    place: str
    centre: int | None = None
    vendor: int | None = None
    setup: Decimal = ZERO
    minutes: Decimal = ZERO
    per: Decimal = ONE
    formula: str = ""
    overlap: Decimal = ZERO
    price: Decimal = ZERO
    days: int = 0
    condition: str = ""
    hours: Decimal = Decimal(8)
    efficiency: Decimal = HUNDRED
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """All that explosions of one company on one day ask for."""

    items: Mapping[int, Item]
    bills: Mapping[int, Bill]
    routings: Mapping[int, Sequence[Step]]
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class Work:
    """An operation for a quantity: minutes at the work centre as they pass there, and what they cost; or days outside and their price."""

    position: int
    name: str
    place: str
    centre: int | None
    vendor: int | None
    setup: Decimal
    run: Decimal
    overlap: Decimal
    days: int
    hours: Decimal
    setup_cost: Decimal = ZERO
    labour: Decimal = ZERO
    machine: Decimal = ZERO
    outside: Decimal = ZERO

    @property
    def cost(self) -> Decimal:
        return self.setup_cost + self.labour + self.machine + self.outside


@dataclass(frozen=True, slots=True)
class Gap:
    """What could not be reckoned: of which kind, and of what."""

    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a product in its stock unit, scrap included; what is made has ``parts`` and ``works``, what is bought has ``material``."""

    product: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    version: int | None = None
    is_phantom: bool = False
    unit_cost: Decimal = ZERO
    source: str = UNKNOWN
    material: Decimal = ZERO
    parts: tuple["Part", ...] = ()
    works: tuple[Work, ...] = ()

    @property
    def is_made(self) -> bool:
        return self.version is not None

    @property
    def cost(self) -> Decimal:
        """What it costs with all that goes into it."""
        return self.material + sum((w.cost for w in self.works), ZERO) + sum((p.cost for p in self.parts), ZERO)


@dataclass(frozen=True, slots=True)
class Costs:
    """What something costs, in company currency."""

    material: Decimal = ZERO
    labour: Decimal = ZERO
    machine: Decimal = ZERO
    outside: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.material + self.labour + self.machine + self.outside


@dataclass(frozen=True, slots=True)
class Explosion:
    """All that goes into a quantity of a product, and what could not be reckoned of it."""

    whole: Part
    gaps: tuple[Gap, ...] = ()

    @property
    def costs(self) -> Costs:
        parts = [p for _level, p in walked(self.whole)]
        works = [w for p in parts for w in p.works]
        return Costs(
            sum((p.material for p in parts), ZERO),
            sum((w.setup_cost + w.labour for w in works), ZERO),
            sum((w.machine for w in works), ZERO),
            sum((w.outside for w in works), ZERO),
        )


def walked(part: Part, level: int = 0) -> Iterator[tuple[int, Part]]:
    """A part and all below it, each with its level, as a bill is read."""
    yield level, part
    for below in part.parts:
        yield from walked(below, level + 1)


def explode(book: Book, product: int, quantity: Decimal, chosen: Chosen | None = None) -> Explosion:
    """All that goes into so much of a product, level by level."""
    gaps: dict[Gap, None] = {}
    whole = _part(book, product, quantity, chosen, (), gaps)
    return Explosion(whole, tuple(gaps))


def _part(book: Book, product: int, quantity: Decimal, chosen: Chosen | None, above: tuple[int, ...], gaps: dict[Gap, None]) -> Part:
    item, bill = book.items[product], book.bills.get(product)
    if bill is not None and (product in above or len(above) >= DEEPEST):
        gaps[Gap(IN_ITSELF, item.sku)] = None
        bill = None
    if bill is None:
        if item.source == UNKNOWN:
            gaps[Gap(NO_COST, item.sku)] = None
        material = rounded(item.unit_cost * quantity, book.decimals)
        return Part(product, item.sku, item.name, item.unit, quantity, unit_cost=item.unit_cost, source=item.source, material=material)
    parts = []
    for line in bill.lines:
        found = _needed(line, bill, quantity, chosen, item.sku, gaps)
        if found is not None:
            parts.append(_part(book, *found, (*above, product), gaps))
    steps = [s for s in book.routings.get(product, ()) if _holds(s.condition, chosen, item.sku, gaps)]
    works = [_work(s, quantity, chosen, book.decimals, item.sku, gaps) for s in steps]
    return Part(
        product, item.sku, item.name, item.unit, quantity, bill.version, bill.is_phantom, parts=tuple(parts), works=tuple(works)
    )  # fmt: skip


def _needed(
    line: Line, bill: Bill, quantity: Decimal, chosen: Chosen | None, sku: str, gaps: dict[Gap, None]
) -> tuple[int, Decimal, Chosen | None] | None:
    """The item of a line, how much of it is needed, and what was chosen of it; nothing where it does not go in."""
    if not _holds(line.condition, chosen, sku, gaps):
        return None
    each = _reckoned(line.formula, line.quantity, chosen, sku, gaps) * line.factor
    inner: Chosen | None = None
    product = line.item
    if line.chosen_at:
        if chosen is None:
            gaps[Gap(NOT_CHOSEN, sku)] = None
            return None
        built = chosen.parts.get(line.chosen_at)
        if built is None:
            return None
        product, inner = built.product, built.chosen
        each *= built.quantity
    exact = each * quantity / bill.quantity * (HUNDRED + line.scrap) / HUNDRED
    if exact > GREATEST:
        gaps[Gap(NO_FIGURE, f"{sku}: {line.formula or figure(line.quantity)}")] = None
        return None
    return (product, exact.quantize(PIECE, ROUND_UP), inner) if product is not None and exact > 0 else None


def _holds(condition: str, chosen: Chosen | None, sku: str, gaps: dict[Gap, None]) -> bool:
    if not condition:
        return True
    if chosen is None:
        gaps[Gap(NOT_CHOSEN, sku)] = None
        return False
    return meets(read_condition(condition), chosen)


def _reckoned(formula: str, otherwise: Decimal, chosen: Chosen | None, sku: str, gaps: dict[Gap, None]) -> Decimal:
    if not formula:
        return otherwise
    try:
        return reckon(read_formula(formula), chosen.figures if chosen is not None else {})
    except Unreckonable:
        gaps[Gap(NO_FIGURE, f"{sku}: {formula}")] = None
        return ZERO


def _work(step: Step, quantity: Decimal, chosen: Chosen | None, decimals: int, sku: str, gaps: dict[Gap, None]) -> Work:
    if step.centre is None:
        outside = rounded(step.price * quantity, decimals)
        return Work(
            step.position, step.name, step.place, None, step.vendor, ZERO, ZERO, step.overlap, step.days, step.hours, outside=outside
        )
    pace = HUNDRED / step.efficiency
    each = max(_reckoned(step.formula, step.minutes, chosen, sku, gaps), ZERO)
    setup = rounded(step.setup * pace, MINUTE_DECIMALS)
    run = rounded(each * quantity / step.per * pace, MINUTE_DECIMALS)
    if step.rate is None:
        gaps[Gap(NO_RATE, step.place)] = None
    rate = step.rate or Rate()
    cost = lambda minutes, an_hour: rounded(minutes * an_hour / SIXTY, decimals)  # noqa: E731
    return Work(
        step.position, step.name, step.place, step.centre, None, setup, run, step.overlap, 0, step.hours,
        cost(setup, rate.setup), cost(run, rate.labour), cost(run, rate.machine),
    )  # fmt: skip


# ------------------------------------------------------------------ as it is kept


def kept(part: Part) -> list[Any]:
    """A part with all below it as JSON: arrays, because a document has thousands of them."""
    head = [part.product, part.sku, part.name, part.unit, figure(part.quantity)]
    if part.is_made:
        return [*head, part.version, int(part.is_phantom), [kept(p) for p in part.parts], [_kept_work(w) for w in part.works]]
    return [*head, figure(part.unit_cost), part.source, figure(part.material)]


def _kept_work(work: Work) -> list[Any]:
    plain = [work.position, work.name, work.place, work.centre, work.vendor, work.days]
    return [*plain, *(figure(getattr(work, name)) for name in WORK_FIGURES)]


WORK_FIGURES = ("setup", "run", "overlap", "hours", "setup_cost", "labour", "machine", "outside")


def restored(given: Sequence[Any]) -> Part:
    """What ``kept`` has kept."""
    product, sku, name, unit, quantity, *rest = given
    if len(rest) == 3:
        return Part(product, sku, name, unit, Decimal(quantity), None, False, Decimal(rest[0]), rest[1], Decimal(rest[2]))
    version, is_phantom, parts, works = rest
    return Part(
        product, sku, name, unit, Decimal(quantity), version, bool(is_phantom), parts=tuple(restored(p) for p in parts), works=tuple(_restored_work(w) for w in works)
    )  # fmt: skip


def _restored_work(given: Sequence[Any]) -> Work:
    position, name, place, centre, vendor, days, *figures = given
    return Work(
        position=position, name=name, place=place, centre=centre, vendor=vendor, days=days,
        **{n: Decimal(value) for n, value in zip(WORK_FIGURES, figures, strict=True)},
    )  # fmt: skip


def scaled(part: Part, share: Decimal) -> Part:
    """A share of a part with all below it, for as much as is still to be made; setting up stays whole. Costs are not scaled."""
    if share == ONE:
        return part
    return replace(
        part,
        quantity=(part.quantity * share).quantize(PIECE, ROUND_UP),
        parts=tuple(scaled(p, share) for p in part.parts),
        works=tuple(replace(w, run=rounded(w.run * share, MINUTE_DECIMALS)) for w in part.works),
    )
