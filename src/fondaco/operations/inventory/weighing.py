"""Goods with a second unit (catch weight, IV-10): how many pieces are moved, and what these weigh.

Goods are valued and priced by their stock unit (kilograms) and handled by the second (wheels, hams, rolls). A paper says both. Where
nobody has weighed its pieces, they weigh what the books say of them; where somebody has and the last pieces leave, what the books had
more or less than the scale is an adjustment of its own, so that nothing is left over without a piece. Before anything is moved, for a
whole set, under the products' locks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.lots import ONE, Part, first_expiring, parse_pairs, written_pairs
from fondaco.operations.inventory.models import Location, LotStock, StockLevel
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.inventory.refusals import (
    LotsDiffer,
    LotShort,
    NoSecondUnit,
    NotEnoughLots,
    NotEnoughPieces,
    SayPieces,
    WeighEach,
    WeightLeft,
    WeightOff,
)
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.money import ZERO, figure, rounded, spread
from fondaco.platform.resources.declare import Draft

DECIMALS = 6
HUNDRED = Decimal(100)


@dataclass(slots=True)
class Weighed:
    """A line of goods with a second unit, and where it leaves from (None: it comes in). ``judged``: it comes from, or goes to, somebody else,
    and must weigh about what it should. ``corrects``: a count, whose figures are differences. ``held``: what of goods that come back is with
    the customer, weight and pieces, by lot (untracked: one without a number)."""

    document: Any
    line: Any
    origin: int | None = None
    judged: bool = True
    corrects: bool = False
    expired_too: bool = False
    held: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """What the scale said more (less) of goods than the books, in a place, before their last pieces left it."""

    document: Any
    product: int
    place: int
    lot: str
    quantity: Decimal


def whole(product: Product, quantity: Decimal) -> Decimal:
    """The whole pieces that come nearest to a quantity by the nominal factor; of less than half a piece the part that it is."""
    exact = quantity / (product.second_factor or ONE)
    return rounded(exact, 0) or rounded(exact, DECIMALS)


def estimated(product: Product | None, quantity: Decimal) -> dict[str, Any]:
    """What a line of a paper says of pieces that nobody counted or weighed; nothing for goods with one unit."""
    if product is None or product.second_factor is None:
        return {}
    return {"second_quantity": whole(product, quantity), "is_estimated": True}


def weigh_pieces(drafts: Sequence[Draft], products: Mapping[int, Product] | None = None) -> None:
    """Lines of orders by the piece weigh what their pieces do by the nominal factor, as it was when they were entered. No statement where
    none is, one where ``products`` are not read already."""
    lines = [ln for d in drafts for ln in d.lines if ln.second_quantity is not None]
    if not lines:
        return
    known = products if products is not None else Product.objects.in_bulk({ln.product_id for ln in lines if ln.product_id})
    for line in lines:
        product = known.get(line.product_id)
        if product is None or product.second_factor is None:
            raise NoSecondUnit(
                product=product or line.description,
                quantity=figure(line.second_quantity),
                fields={f"lines.{line.position}.second_quantity": figure(line.second_quantity)},
            )
        stored = getattr(line, "stored", None)
        if stored and (stored["product_id"], stored["second_quantity"]) == (line.product_id, line.second_quantity):
            line.quantity = stored["quantity"]
        else:
            line.quantity = rounded(line.second_quantity * product.second_factor, DECIMALS)


def refuse_strange(line: Any, product: Product | None, where: Mapping[str, Any]) -> None:
    """A second quantity only where the product has a second unit."""
    if line.second_quantity is not None and (product is None or product.second_unit_id is None):
        raise NoSecondUnit(product=product or line.product, quantity=figure(line.second_quantity), **where)


def judge(product: Product, quantity: Decimal, second: Decimal, what: str, where: Mapping[str, Any]) -> None:
    """Raises WeightOff where pieces weigh more or less than their tolerance allows."""
    nominal = second * (product.second_factor or ONE)
    most = nominal * (product.second_tolerance or ZERO) / HUNDRED
    if abs(quantity - nominal) > most:
        raise WeightOff(
            product=product, what=what, quantity=figure(quantity), unit=product.unit, second=figure(second), second_unit=product.second_unit,
            least=figure(nominal - most), most=figure(nominal + most), **where,
        )  # fmt: skip


def weigh(rows: Sequence[Weighed], products: Mapping[int, Product], company: int) -> list[Difference]:
    """Settle pieces, weights and lots of lines, in the order given, on the lines themselves; what the scale corrected is returned.

    Raises what is missing, not there, or out of tolerance, naming product and figures. Four statements at most, and one for their lines.
    """
    lock_costs(company, {r.line.product_id for r in rows})
    before = {id(r): _said(r.line) for r in rows}
    for row in rows:
        row.parts = parse_pairs(row.line.lots, products[row.line.product_id], _where(row)) if row.line.lots else []
        if not row.corrects:
            _complete(row, products[row.line.product_id])
    books = _Books(company, rows, products)
    differences: list[Difference] = []
    for row in rows:
        product = products[row.line.product_id]
        if row.corrects:
            _correct(row, product)
        else:
            if row.origin is None:
                _come(row, product)
            elif product.tracking == Product.UNTRACKED:
                differences += _leave(row, product, books)
            else:
                differences += _lots_leave(row, product, books)
            if row.judged:
                judge(product, row.line.quantity, row.line.second_quantity, str(row.document), _where(row))
                for part in row.parts:
                    judge(product, part.quantity, part.second or ZERO, part.number, _where(row))
        if row.parts:
            row.line.lots = written_pairs(row.parts)
        row.line.is_estimated = False
    changed = [r.line for r in rows if _said(r.line) != before[id(r)]]
    if changed:
        update_rows(
            type(changed[0]),
            {
                "id": [ln.pk for ln in changed],
                "quantity": [ln.quantity for ln in changed],
                "second_quantity": [ln.second_quantity for ln in changed],
                "is_estimated": [False] * len(changed),
                "lots": [ln.lots for ln in changed],
            },
        )
    return differences


def _said(line: Any) -> tuple[Any, ...]:
    return (line.quantity, line.second_quantity, line.is_estimated, line.lots)


def _where(row: Weighed) -> dict[str, Any]:
    return {"rows": [{"id": str(row.document.pk)}]}


def _complete(row: Weighed, product: Product) -> None:
    """How many pieces: as the line says, or its lots; the lot that says nothing takes the rest of the line."""
    line = row.line
    open_ones = [p for p in row.parts if p.second is None]
    if len(open_ones) == 1 and line.second_quantity is not None:
        rest = line.second_quantity - sum((p.second for p in row.parts if p.second is not None), ZERO)
        row.parts = [replace(p, second=rest) if p.second is None else p for p in row.parts]
    elif open_ones:
        raise SayPieces(product=product, what=open_ones[0].number, unit=product.second_unit, **_where(row))
    if row.parts:
        named = sum((p.second or ZERO for p in row.parts), ZERO)
        if line.second_quantity is None:
            line.second_quantity = named
        if named != line.second_quantity or any((p.second or ZERO) <= 0 for p in row.parts):
            raise LotsDiffer(product=product, named=figure(named), quantity=figure(line.second_quantity), **_where(row))
    if line.second_quantity is None and not row.judged:
        # Within the house a weight alone is moved by the pieces that come nearest; nobody pays for the difference.
        line.second_quantity, line.is_estimated = whole(product, line.quantity), True
    if line.second_quantity is None or line.second_quantity <= 0:
        raise SayPieces(product=product, what=str(row.document), unit=product.second_unit, **_where(row))


def _correct(row: Weighed, product: Product) -> None:
    """The differences of a count: more (less) weight, and how many pieces more (fewer) in the same direction."""
    line = row.line
    if line.second_quantity is None:
        raise SayPieces(product=product, what=str(row.document), unit=product.second_unit, **_where(row))
    quantity, second = corrected(line)
    if len(row.parts) == 1 and not row.parts[0].quantity:
        row.parts = [replace(row.parts[0], quantity=quantity, second=second)]
    found = (sum((p.quantity for p in row.parts), ZERO), sum((p.second or ZERO for p in row.parts), ZERO))
    if row.parts and found != (quantity, second):
        raise LotsDiffer(
            product=product, named=f"{figure(found[0])}/{figure(found[1])}", quantity=f"{figure(quantity)}/{figure(second)}", **_where(row)
        )


def is_more(line: Any) -> bool:
    """Whether a count found more: weight or, where that is right, pieces."""
    return line.quantity > 0 or (line.quantity == 0 and (line.second_quantity or ZERO) > 0)


def corrected(line: Any) -> tuple[Decimal, Decimal | None]:
    """The difference of a count as a move carries it: weight, and pieces in its direction."""
    second = line.second_quantity
    return abs(line.quantity), second if second is None or is_more(line) else -second


def _come(row: Weighed, product: Product) -> None:
    """What comes in weighs what its line and lots say; of several lots one at most takes the rest. What comes back weighs what it weighed."""
    if row.held:
        _come_back(row, product)
    unweighed = [p for p in row.parts if not p.quantity]
    if len(unweighed) == 1 and not row.line.is_estimated:
        rest = row.line.quantity - sum((p.quantity for p in row.parts), ZERO)
        row.parts = [replace(p, quantity=rest) if not p.quantity else p for p in row.parts]
    elif unweighed and row.line.is_estimated:
        row.parts = [replace(p, quantity=_nominal(product, p.second or ZERO)) if not p.quantity else p for p in row.parts]
    elif unweighed:
        raise WeighEach(product=product, number=unweighed[0].number, unit=product.unit, **_where(row))
    if row.parts:
        _agree(row, product)


def _come_back(row: Weighed, product: Product) -> None:
    line = row.line
    if product.tracking != Product.UNTRACKED:
        left = {number: held for number, held in row.held.items() if held[1]}
        if not row.parts and (len(left) == 1 or sum((held[1] for held in left.values()), ZERO) == line.second_quantity):
            row.parts = [Part(number, ZERO, second=min(held[1], line.second_quantity)) for number, held in left.items()]
        row.parts = [
            p
            if p.quantity or p.number not in left or (p.second or ZERO) > left[p.number][1]
            else replace(p, quantity=_share(left[p.number], p.second or ZERO))
            for p in row.parts
        ]
    elif line.is_estimated and line.second_quantity <= row.held[""][1]:
        line.quantity = _share(row.held[""], line.second_quantity)


def _nominal(product: Product, second: Decimal) -> Decimal:
    return rounded(second * (product.second_factor or ONE), DECIMALS)


def _agree(row: Weighed, product: Product) -> None:
    """The line weighs what its lots weigh together; it follows them where it was estimated only."""
    total = sum((p.quantity for p in row.parts), ZERO)
    if row.line.is_estimated:
        row.line.quantity = total
    elif total != row.line.quantity or any(p.quantity <= 0 for p in row.parts):
        raise LotsDiffer(product=product, named=figure(total), quantity=figure(row.line.quantity), **_where(row))


def _leave(row: Weighed, product: Product, books: "_Books") -> list[Difference]:
    """Untracked pieces leave a place: of a weight that was estimated only they take their share of what lies there."""
    line, origin = row.line, row.origin or 0
    held = books.levels[line.product_id, origin]
    if line.second_quantity > held[1]:
        raise NotEnoughPieces(
            product=product, asked=figure(line.second_quantity), unit=product.second_unit, place=Location.objects.get(pk=origin),
            available=figure(held[1]), **_where(row),
        )  # fmt: skip
    if line.is_estimated:
        line.quantity = _share(held, line.second_quantity)
    return _take(row, product, held, line.quantity, line.second_quantity, "")


def _share(held: Sequence[Decimal], second: Decimal) -> Decimal:
    """What pieces weigh by the books: their share of what lies there, the last ones all that is left."""
    return held[0] if second == held[1] else rounded(held[0] * second / held[1], DECIMALS)


def _take(row: Weighed, product: Product, held: list[Decimal], quantity: Decimal, second: Decimal, lot: str) -> list[Difference]:
    """Take pieces from what is held; the last ones leave nothing behind, and the scale corrects the books."""
    found = []
    if second == held[1] and quantity != held[0]:
        found.append(Difference(row.document, row.line.product_id, row.origin or 0, lot, quantity - held[0]))
        held[0] = quantity
    elif second < held[1] and quantity >= held[0]:
        raise WeightLeft(
            product=product, what=lot or Location.objects.get(pk=row.origin), quantity=figure(quantity), unit=product.unit, second=figure(second),
            second_unit=product.second_unit, held=figure(held[0]), pieces=figure(held[1]), **_where(row),
        )  # fmt: skip
    held[0] -= quantity
    held[1] -= second
    return found


def _lots_leave(row: Weighed, product: Product, books: "_Books") -> list[Difference]:
    """Lots leave a place: those named, else the first expiring ones; what was weighed as a whole is shared by what the books say of each."""
    line, origin = row.line, row.origin or 0
    if not row.parts:
        row.parts = books.first(row, product)
    for part in row.parts:
        held = books.lots[line.product_id, origin, part.number]
        if (part.second or ZERO) > held[1]:
            raise LotShort(
                product=product, number=part.number, asked=figure(part.second or ZERO), place=Location.objects.get(pk=origin),
                found=figure(held[1]), **_where(row),
            )  # fmt: skip
    by_books = {p.number: _share(books.lots[line.product_id, origin, p.number], p.second or ZERO) for p in row.parts if not p.quantity}
    if by_books and not line.is_estimated:
        rest = line.quantity - sum((p.quantity for p in row.parts), ZERO)
        by_books = dict(zip(by_books, spread(rest, list(by_books.values()), DECIMALS), strict=True))
    row.parts = [replace(p, quantity=by_books[p.number]) if p.number in by_books else p for p in row.parts]
    _agree(row, product)
    found = []
    for part in row.parts:
        held = books.lots[line.product_id, origin, part.number]
        found += _take(row, product, held, part.quantity, part.second or ZERO, part.number)
    return found


class _Books:
    """What the books have of goods and lots in the places that they leave, weight and pieces, as it becomes while lines are settled."""

    def __init__(self, company: int, rows: Sequence[Weighed], products: Mapping[int, Product]) -> None:
        self.company = company
        self.levels: dict[tuple[int, int], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        self.lots: dict[tuple[int, int, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        self.waiting: dict[tuple[int, int], list[str]] = defaultdict(list)
        leaving = [r for r in rows if r.origin is not None and not r.corrects]
        tracked = [r for r in leaving if products[r.line.product_id].tracking != Product.UNTRACKED]
        places = {r.origin for r in leaving}
        if len(tracked) < len(leaving):
            for product, place, weight, second in StockLevel.objects.filter(
                company=company, product__in={r.line.product_id for r in leaving}, location__in=places, second_on_hand__isnull=False
            ).values_list("product_id", "location_id", "on_hand", "second_on_hand"):
                self.levels[product, place] = [weight, second or ZERO]
        named = [(r.line.product_id, p.number) for r in tracked for p in r.parts]
        if named:
            self._learn(product__in={p for p, _n in named}, lot__number__in={n for _p, n in named}, location__in=places)
        self._first(rows, [r for r in tracked if not r.parts], products)

    def _learn(self, **which: Any) -> dict[int, str]:
        numbers = {}
        for lot, product, place, number, weight, second in LotStock.objects.filter(
            company=self.company, on_hand__gt=0, second_on_hand__isnull=False, **which
        ).values_list("lot_id", "product_id", "location_id", "lot__number", "on_hand", "second_on_hand"):
            self.lots.setdefault((product, place, number), [weight, second or ZERO])
            numbers[lot] = number
        return numbers

    def _first(self, rows: Sequence[Weighed], blind: Sequence[Weighed], products: Mapping[int, Product]) -> None:
        if not blind:
            return
        wanted: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
        days: dict[tuple[int, int], Any] = {}
        expired_too: dict[tuple[int, int], bool] = {}
        keys = {(r.line.product_id, r.origin or 0) for r in blind}
        for row in rows:  # what others take by name may be among the first: so many more are looked at
            key = (row.line.product_id, row.origin or 0)
            if key in keys and not row.corrects:
                wanted[key] += row.line.second_quantity
                days[key] = min(row.document.on, days.get(key, row.document.on))
                expired_too[key] = expired_too.get(key, True) and row.expired_too
        serial = {p for p, _place in wanted if products[p].tracking == Product.SERIAL}
        found = first_expiring(self.company, wanted, days, expired_too, serial)
        numbers = self._learn(lot__in={lot for _p, _place, lot, _q, _s in found}, location__in={place for _p, place in wanted})
        for product, place, lot, _quantity, _second in found:
            self.waiting[product, place].append(numbers[lot])

    def first(self, row: Weighed, product: Product) -> list[Part]:
        """The first expiring lots that have as many pieces as a line; raises NotEnoughLots."""
        origin = row.origin or 0
        left, parts = row.line.second_quantity, []
        for number in self.waiting[product.pk, origin]:
            take = min(left, self.lots[product.pk, origin, number][1])
            if take > 0:
                parts.append(Part(number, ZERO, second=take))
                left -= take
            if not left:
                return parts
        raise NotEnoughLots(
            product=product, asked=figure(row.line.second_quantity), place=Location.objects.get(pk=origin),
            found=figure(row.line.second_quantity - left), on=row.document.on.isoformat(), **_where(row),
        )  # fmt: skip
