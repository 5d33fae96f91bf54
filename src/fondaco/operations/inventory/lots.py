"""Which lots a move takes: as people type, paste and scan them, or by first expiring first out. Settled under the products' locks."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from stdnum import gs1_128
from stdnum.exceptions import ValidationError

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import Location, Lot, LotHolding, LotStock
from fondaco.operations.inventory.refusals import (
    LotBlocked,
    LotExpired,
    LotExpiryDiffers,
    LotOfOtherProduct,
    LotsDiffer,
    LotShort,
    LotsUnclear,
    NameLots,
    NoSuchLot,
    NotEnoughLots,
    NotTracked,
    SerialHeld,
    SerialInStock,
    SerialTwice,
)
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.money import ZERO, figure, rounded

ONE = Decimal(1)
#: A line names at most so many serial numbers.
MOST = 100_000
#: What ends a variable field in a string that a scanner reads (GS1 General Specifications 7.8).
FNC1 = "\x1d"
#: How such a string begins: a bracket, or the name of the symbology that scanners put before it.
LABELS = ("(", "]C1", "]d2", "]Q3")
BETWEEN = re.compile(r"[ \t\r\n;,]+")
COUNTED = re.compile(r"(.*?)(\d+)\Z")
NUMBER = re.compile(r"[^\s;,=@*()]+\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """A lot by its number and how much of it; ``value`` (company currency) only where it is known, as with goods that come back.

    ``second`` is its quantity in the second unit, of goods that have one; there ``quantity`` zero says that nobody weighed it.
    """

    number: str
    quantity: Decimal
    expires_on: date | None = None
    value: Decimal | None = None
    second: Decimal | None = None


@dataclass(slots=True)
class Taken:
    """A lot of a move, how much of it, and its value where goods cost what their lot cost."""

    lot: Lot
    quantity: Decimal
    value: Decimal | None = None
    second: Decimal | None = None

    @property
    def measure(self) -> Decimal:
        """How much of it is promised: pieces, of goods with a second unit."""
        return self.quantity if self.second is None else self.second

    def unfit_on(self, on: date) -> bool:
        """Whether it may be neither promised nor delivered on a day."""
        return self.lot.state == Lot.BLOCKED or (self.lot.expires_on is not None and self.lot.expires_on < on)


# ------------------------------------------------------------------ what people type


def parse(text: str, quantity: Decimal, product: Product, where: Mapping[str, Any]) -> tuple[Part, ...]:
    """The lots that ``text`` names, with the quantities they make up; none for an empty text.

    Separated by spaces, commas, semicolons or lines: ``A12=5`` (five of lot A12), ``A12=5@2027-01-31`` (which expires then), ``SN001``,
    ``SN001..SN100``, ``SN001*100`` (a hundred from SN001 on), or what a scanner reads of a GS1 label. One lot without a quantity takes the
    rest of the line. ``where`` are the rows and fields that a refusal names. Goods with a second unit: see ``parse_pairs``.
    """
    if product.second_unit_id is not None:
        return tuple(parse_pairs(text, product, where))
    serial = product.tracking == Product.SERIAL
    read = [part for word in BETWEEN.split(text.strip()) if word for part in _read(word, serial, product, where)]
    if not read:
        return ()
    if product.tracking == Product.UNTRACKED:
        raise NotTracked(product=product, **where)
    if serial:
        parts = [replace(p, quantity=p.quantity or ONE) for p in read]
        seen: set[str] = set()
        for part in parts:
            if part.quantity != ONE or part.number in seen:
                raise SerialTwice(product=product, number=part.number, **where)
            seen.add(part.number)
    else:
        parts = _merged(read, quantity, product, where)
    named = sum((p.quantity for p in parts), ZERO)
    if named != quantity:
        raise LotsDiffer(product=product, named=figure(named), quantity=figure(quantity), **where)
    return tuple(parts)


def _merged(read: Sequence[Part], quantity: Decimal, product: Product, where: Mapping[str, Any]) -> list[Part]:
    """Each lot once; the one without a quantity takes the rest."""
    open_ones = [p for p in read if not p.quantity]
    rest = quantity - sum((p.quantity for p in read), ZERO)
    if len(open_ones) > 1 or (open_ones and rest <= 0):
        raise LotsUnclear(product=product, text=open_ones[0].number, **where)
    found: dict[str, Part] = {}
    for part in read:
        held = found.get(part.number)
        more = part.quantity or rest
        found[part.number] = replace(held, quantity=held.quantity + more) if held else replace(part, quantity=more)
    return list(found.values())


def _read(word: str, serial: bool, product: Product, where: Mapping[str, Any]) -> Iterator[Part]:
    if word.startswith(LABELS) or FNC1 in word:
        yield scanned(word, product, where)
        return
    body, _at, day = word.partition("@")
    body, equals, amount = body.partition("=")
    slash, pieces = "", ""
    if product.second_unit_id is not None:
        amount, slash, pieces = amount.partition("/")
    try:
        expires_on = date.fromisoformat(day) if day else None
        quantity = Decimal(amount) if equals and (amount or not slash) else ZERO
        second = Decimal(pieces) if slash else None
    except (ValueError, InvalidOperation):
        raise LotsUnclear(product=product, text=word, **where) from None
    # What a count corrects may be pieces alone, or one more and the other less.
    if equals and not (quantity.is_finite() and (quantity > 0 or (quantity == 0 and second)) and (second is None or second.is_finite())):
        raise LotsUnclear(product=product, text=word, **where)
    numbers: Iterable[str] = (body,)
    if serial and (".." in body or "*" in body):
        numbers = _range(body, product, where)
    for number in numbers:
        if not NUMBER.match(number) or ".." in number:
            raise LotsUnclear(product=product, text=word, **where)
        yield Part(number, quantity, expires_on, second=second)


def _range(body: str, product: Product, where: Mapping[str, Any]) -> list[str]:
    """``SN001..SN100`` or ``SN001*100``: numbers that count up in their last digits."""
    first, dots, last = body.partition("..")
    count = ""
    if not dots:
        first, _star, count = body.partition("*")
    begin, end = COUNTED.match(first), COUNTED.match(last) if dots else None
    if begin is None or (dots and (end is None or end[1] != begin[1])) or (not dots and not count.isdecimal()):
        raise LotsUnclear(product=product, text=body, **where)
    start = int(begin[2])
    stop = int(end[2]) + 1 if end is not None else start + int(count)
    if not 0 < stop - start <= MOST:
        raise LotsUnclear(product=product, text=body, **where)
    width = len(begin[2])
    return [f"{begin[1]}{n:0{width}d}" for n in range(start, stop)]


def scanned(word: str, product: Product, where: Mapping[str, Any]) -> Part:
    """A GS1 element string, in brackets as under the bars or with FNC1 as scanners send it: (01) GTIN, (10) lot, (17) expiry, (21) serial,
    (30) or (37) count, (310n) net weight in kilograms of goods with a second unit."""
    found = label(word)
    if found is None:
        raise LotsUnclear(product=product, text=word, **where)
    item = item_of(found)
    if item and product.barcode and product.barcode.zfill(14) != item:
        raise LotOfOtherProduct(product=product, number=item, **where)
    number = found.get("21" if product.tracking == Product.SERIAL else "10")
    if not number or not NUMBER.match(str(number)):
        raise LotsUnclear(product=product, text=word, **where)
    if product.second_unit_id is not None:
        serial = product.tracking == Product.SERIAL
        return Part(str(number), weight_of(found), found.get("17"), second=ONE if serial else count_of(found) or ONE)
    return Part(str(number), count_of(found), found.get("17"))


def label(word: str) -> Mapping[str, Any] | None:
    """What a GS1 element string says, by application identifier; None where it is none."""
    if not (word.startswith(LABELS) or FNC1 in word):
        return None
    plain = re.sub(r"^\](C1|d2|Q3)", "", word)
    plain = plain.replace("(", FNC1).replace(")", "").lstrip(FNC1)
    try:
        found: Mapping[str, Any] = gs1_128.info(plain, separator=FNC1)
    except (ValidationError, ValueError):
        return None
    return found


def item_of(found: Mapping[str, Any]) -> str:
    """The GTIN of a label, in 14 digits; empty where it names none."""
    item = str(found.get("01") or found.get("02") or "")
    return item.zfill(14) if item else ""


def count_of(found: Mapping[str, Any]) -> Decimal:
    """How many pieces a label says, zero where it says none."""
    return Decimal(found.get("30") or found.get("37") or 0)


def weight_of(found: Mapping[str, Any]) -> Decimal:
    """The net weight in kilograms that a label says (AI 310n), zero where it says none."""
    return next((Decimal(str(value)) for key, value in found.items() if len(key) == 4 and key.startswith("310")), ZERO)


def written(parts: Sequence[tuple[str, Decimal]], serial: bool) -> str:
    """Lots as ``parse`` reads them; serial numbers that count up as a range."""
    if not serial:
        return "; ".join(f"{number}={figure(quantity)}" for number, quantity in sorted(parts))
    words: list[list[str]] = []
    counted: tuple[str, int, int] | None = None
    for number in sorted(number for number, _quantity in parts):
        match = COUNTED.match(number)
        now = (match[1], len(match[2]), int(match[2])) if match else None
        if now and counted and now == (counted[0], counted[1], counted[2] + 1):
            words[-1][1:] = [number]
        else:
            words.append([number])
        counted = now
    return "; ".join("..".join(w) for w in words)


def parse_pairs(text: str, product: Product, where: Mapping[str, Any]) -> list[Part]:
    """The lots that ``text`` names of goods with a second unit, each once: ``W001=30.2`` (a wheel and what it weighs), ``W001`` (not
    weighed), ``A12=296.4/10`` (ten pieces of lot A12 that weigh so much together), ``A12=/10``, or a GS1 label with its net weight."""
    serial = product.tracking == Product.SERIAL
    read = [part for word in BETWEEN.split(text.strip()) if word for part in _read(word, serial, product, where)]
    if read and product.tracking == Product.UNTRACKED:
        raise NotTracked(product=product, **where)
    found: dict[str, Part] = {}
    for part in read:
        held = found.get(part.number)
        if held is not None and serial:
            raise SerialTwice(product=product, number=part.number, **where)
        if held is None:
            found[part.number] = replace(part, second=ONE) if serial and part.second is None else part
        elif held.second is None or part.second is None:
            raise LotsUnclear(product=product, text=part.number, **where)
        else:
            found[part.number] = replace(held, quantity=held.quantity + part.quantity, second=held.second + part.second)
    return list(found.values())


def written_pairs(parts: Iterable[Part]) -> str:
    """Lots with both quantities as ``parse_pairs`` reads them."""
    return "; ".join(
        f"{p.number}={figure(p.quantity)}/{figure(p.second or ZERO)}" + (f"@{p.expires_on.isoformat()}" if p.expires_on else "")
        for p in sorted(parts, key=lambda p: p.number)
    )


def shared(
    text: str, product: Product, quantities: Sequence[Decimal], seconds: Sequence[Decimal | None], where: Mapping[str, Any]
) -> list[str]:
    """The lots that ``text`` names, in the order named, laid on several lines: each takes as much as it has, pieces of goods with a second
    unit; a lot that lies on two is told on both."""
    if not text.strip():
        return [""] * len(quantities)
    parts = list(parse(text, sum(quantities, ZERO), product, where))
    texts = []
    for quantity, second in zip(quantities, seconds, strict=True):
        left, words = quantity if second is None else second, []
        while left > 0 and parts:
            part = parts.pop(0)
            there = part.quantity if second is None else part.second or left
            took = min(left, there)
            weight = part.quantity if took == there else rounded(part.quantity * took / there, 6)
            words.append(_word(replace(part, quantity=weight, second=None if second is None else took)))
            if took < there:
                parts.insert(0, replace(part, quantity=part.quantity - weight, second=None if second is None else there - took))
            left -= took
        texts.append("; ".join(words))
    return texts


def _word(part: Part) -> str:
    pieces = "" if part.second is None else f"/{figure(part.second)}"
    weight = figure(part.quantity) if part.quantity or part.second is None else ""
    return f"{part.number}={weight}{pieces}" + (f"@{part.expires_on.isoformat()}" if part.expires_on else "")


# ------------------------------------------------------------------ which ones a move takes

#: The lots of a product in a place that expire first and cover what is wanted there, and nothing that moved after the day. Of serial
#: numbers as many as are wanted, so that an index finds them among any number.
FIRST_EXPIRING = """
select w.product_id, w.location_id, x.lot_id, x.on_hand, x.second_on_hand
from unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::date[], %s::boolean[], %s::boolean[]) as w (product_id, location_id, wanted, "on", expired_too, serial)
cross join lateral (
  select y.*, sum(y.measure) over (order by y.expires_on nulls last, y.lot_id) - y.measure as before from (
    select s.lot_id, s.on_hand, s.second_on_hand, coalesce(s.second_on_hand, s.on_hand) as measure, s.expires_on from inventory_lotstock s
    where s.product_id = w.product_id and s.location_id = w.location_id and s.company_id = %s and s.on_hand > 0 and s.last_on <= w."on" and not s.is_blocked
      and (s.expires_on is null or s.expires_on >= w."on" or w.expired_too)
    order by s.expires_on nulls last, s.lot_id limit case when w.serial then ceil(w.wanted) end) y) x
where x.before < w.wanted order by w.product_id, w.location_id, x.expires_on nulls last, x.lot_id
"""


def choose(company: int, drafts: Sequence[Any], products: Mapping[int, Product], inside: Collection[int]) -> list[list[Taken]]:
    """The lots of moves of tracked products, in the order given: those named, else for goods that leave a place the first expiring ones.

    Lots that come from outside and are not known yet are made. Expired and blocked lots go to customers only where the draft says so.
    Raises what is wrong, naming the lot. Constant statements.
    """
    named = {(d.product, p.number) for d in drafts for p in d.lots}
    known = _known(company, named)
    _make(company, drafts, known, inside)
    there: dict[tuple[int, int], Decimal] = {}
    pieces: dict[tuple[int, int], Decimal] = {}
    rows = LotStock.objects.filter(lot__in=[t.pk for t in known.values()], on_hand__gt=0)
    for lot, place, on_hand, second in rows.values_list("lot_id", "location_id", "on_hand", "second_on_hand"):
        there[lot, place] = on_hand
        if second is not None:
            pieces[lot, place] = second
    waiting = _first_expiring(company, drafts, products, inside, there)
    _refuse_held(company, drafts, products, inside, known)
    chosen = []
    for draft in drafts:
        product = products[draft.product]
        parts = [Taken(known[draft.product, p.number], p.quantity, p.value, p.second) for p in draft.lots]
        if not parts:
            if draft.from_location not in inside or draft.lots_by_name:
                raise NameLots(product=product, quantity=figure(draft.quantity), rows=[{"id": str(draft.source[1])}])
            parts = _take(draft, product, waiting[draft.product, draft.from_location], there)
        _settle(draft, product, parts, there, inside, pieces)
        chosen.append(parts)
    return chosen


def _passes(draft: Any, inside: Collection[int]) -> bool:
    """Whether a move brings what a vendor sends straight to a customer: from outside to the place it goes through."""
    return draft.from_location not in inside and draft.to_location not in inside and not draft.to_customer


def _refuse_held(
    company: int, drafts: Sequence[Any], products: Mapping[int, Product], inside: Collection[int], known: Mapping[tuple[int, str], Lot]
) -> None:
    """No vendor sends a piece that a customer has; one statement, none where nothing is sent straight to customers."""
    passing = [d for d in drafts if products[d.product].tracking == Product.SERIAL and _passes(d, inside)]
    lots = {known[d.product, p.number].pk: d for d in passing for p in d.lots}
    if not lots:
        return
    held = (
        LotHolding.objects.filter(company=company, lot__in=lots, quantity__gt=0)
        .select_related("lot", "customer")
        .order_by("lot_id")
        .first()
    )
    if held is not None:
        draft = lots[held.lot_id]
        raise SerialHeld(
            product=products[draft.product], number=held.lot.number, customer=held.customer, rows=[{"id": str(draft.source[1])}]
        )


def _known(company: int, named: Collection[tuple[int, str]]) -> dict[tuple[int, str], Lot]:
    rows = Lot.objects.filter(company=company, product__in={p for p, _n in named}, number__in=[n for _p, n in named]) if named else []
    return {(row.product_id, row.number): row for row in rows}


def _make(company: int, drafts: Sequence[Any], known: dict[tuple[int, str], Lot], inside: Collection[int]) -> None:
    """Lots that come in and are not known yet; one COPY. A known one that expires on another day is refused."""
    fresh: dict[tuple[int, str], Lot] = {}
    for draft in drafts:
        for part in draft.lots:
            key = (draft.product, part.number)
            held = known.get(key) or fresh.get(key)
            if held is None:
                if draft.from_location in inside:
                    product = Product.objects.get(pk=draft.product)
                    raise NoSuchLot(product=product, number=part.number, rows=[{"id": str(draft.source[1])}])
                fresh[key] = Lot(company_id=company, product_id=draft.product, number=part.number, expires_on=part.expires_on)
            elif part.expires_on and part.expires_on != held.expires_on:
                raise LotExpiryDiffers(
                    number=part.number, expiry=held.expires_on.isoformat() if held.expires_on else "-", given=part.expires_on.isoformat(),
                    rows=[{"id": str(draft.source[1])}],
                )  # fmt: skip
    insert_rows(Lot, list(fresh.values()))
    known |= fresh


def first_expiring(
    company: int,
    wanted: Mapping[tuple[int, int], Decimal],
    days: Mapping[tuple[int, int], date],
    expired_too: Mapping[tuple[int, int], bool],
    serial: Collection[int],
) -> list[tuple[int, int, int, Decimal, Decimal | None]]:
    """Product, place, lot and what of it lies there, by ``FIRST_EXPIRING``; wanted by product and place, pieces of goods with a second unit."""
    places = list(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            FIRST_EXPIRING,
            [
                [p for p, _place in places], [place for _p, place in places], [wanted[k] for k in places], [days[k] for k in places],
                [expired_too[k] for k in places], [p in serial for p, _place in places], company,
            ],
        )  # fmt: skip
        return cursor.fetchall()


def _first_expiring(
    company: int, drafts: Sequence[Any], products: Mapping[int, Product], inside: Collection[int], there: dict[tuple[int, int], Decimal]
) -> dict[tuple[int, int], list[Lot]]:
    """Candidates of moves that name no lots, by product and place; ``there`` learns what lies there of them. Two statements at most."""
    wanted: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    days: dict[tuple[int, int], date] = {}
    expired_too: dict[tuple[int, int], bool] = {}
    blind = {(d.product, d.from_location) for d in drafts if not d.lots and d.from_location in inside and not d.lots_by_name}
    for draft in drafts:
        key = (draft.product, draft.from_location)
        if key in blind:
            wanted[key] += draft.quantity
            days[key] = min(draft.on, days.get(key, draft.on))
            expired_too[key] = expired_too.get(key, True) and draft.expired_too
    waiting: dict[tuple[int, int], list[Lot]] = defaultdict(list)
    if not wanted:
        return waiting
    rows = first_expiring(company, wanted, days, expired_too, {p for p, _place in wanted if products[p].tracking == Product.SERIAL})
    lots = Lot.objects.in_bulk({lot for _p, _place, lot, _q, _second in rows})
    for product, place, lot, on_hand, _second in rows:
        waiting[product, place].append(lots[lot])
        there.setdefault((lot, place), on_hand)
    return waiting


def _take(draft: Any, product: Product, waiting: Sequence[Lot], there: Mapping[tuple[int, int], Decimal]) -> list[Taken]:
    left, taken = draft.quantity, []
    for lot in waiting:
        part = min(left, there.get((lot.pk, draft.from_location), ZERO))
        if part > 0:
            taken.append(Taken(lot, part))
            left -= part
        if not left:
            return taken
    raise NotEnoughLots(
        product=product, asked=figure(draft.quantity), place=Location.objects.get(pk=draft.from_location), found=figure(draft.quantity - left),
        on=draft.on.isoformat(), rows=[{"id": str(draft.source[1])}],
    )  # fmt: skip


def _settle(
    draft: Any,
    product: Product,
    parts: Sequence[Taken],
    there: dict[tuple[int, int], Decimal],
    inside: Collection[int],
    pieces: dict[tuple[int, int], Decimal],
) -> None:
    """Refuse what is not there, not fit to leave, or in stock already; then ``there`` and ``pieces`` are as after the move."""
    rows = [{"id": str(draft.source[1])}]
    leaves = draft.from_location in inside
    for part in parts:
        lot = part.lot
        if leaves:
            on_hand = there.get((lot.pk, draft.from_location), ZERO)
            if part.quantity > on_hand:
                place = Location.objects.get(pk=draft.from_location)
                raise LotShort(
                    product=product, number=lot.number, asked=figure(part.quantity), place=place, found=figure(on_hand), rows=rows
                )
            if draft.to_customer and part.unfit_on(draft.on):
                if lot.state == Lot.BLOCKED:
                    raise LotBlocked(product=product, number=lot.number, rows=rows)
                if not draft.expired_too:
                    raise LotExpired(product=product, number=lot.number, on=lot.expires_on.isoformat() if lot.expires_on else "", rows=rows)
            there[lot.pk, draft.from_location] = on_hand - part.quantity
            if part.second is not None:
                pieces[lot.pk, draft.from_location] = pieces.get((lot.pk, draft.from_location), ZERO) - part.second
    if draft.to_location in inside or _passes(draft, inside):
        for part in parts:
            there[part.lot.pk, draft.to_location] = there.get((part.lot.pk, draft.to_location), ZERO) + part.quantity
            if part.second is not None:
                pieces[part.lot.pk, draft.to_location] = pieces.get((part.lot.pk, draft.to_location), ZERO) + part.second
        if product.tracking == Product.SERIAL:
            _refuse_doubles(product, parts, pieces if product.second_unit_id is not None else there, rows)


def _refuse_doubles(product: Product, parts: Sequence[Taken], there: Mapping[tuple[int, int], Decimal], rows: list[dict[str, str]]) -> None:
    own = {p.lot.pk: p.lot for p in parts}
    count: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for (lot, _place), on_hand in there.items():
        if lot in own:
            count[lot] += on_hand
    for lot, on_hand in count.items():
        if on_hand > ONE:
            raise SerialInStock(product=product, number=own[lot].number, rows=rows)


#: What lies in places and may be neither promised nor delivered, by the day on which it expires (null: blocked); of goods with a second
#: unit the pieces.
UNFIT = """
select product_id, location_id, null::date, sum(coalesce(second_on_hand, on_hand)) from inventory_lotstock
where company_id = %s and product_id = any(%s) and location_id = any(%s) and on_hand > 0 and is_blocked group by 1, 2
union all
select product_id, location_id, expires_on, sum(coalesce(second_on_hand, on_hand)) from inventory_lotstock
where company_id = %s and product_id = any(%s) and location_id = any(%s) and on_hand > 0 and expires_on < %s and not is_blocked group by 1, 2, 3
"""


def unfit(
    company: int, products: Collection[int], places: Collection[int], until: date
) -> dict[tuple[int, int], list[tuple[date | None, Decimal]]]:
    """By product and place, what is blocked (no day) or expires before ``until``; one statement."""
    found: dict[tuple[int, int], list[tuple[date | None, Decimal]]] = defaultdict(list)
    if products and places:
        with connection.cursor() as cursor:
            asked = [company, sorted(products), sorted(places)]
            cursor.execute(UNFIT, [*asked, *asked, until])
            for product, place, expires_on, quantity in cursor.fetchall():
                found[product, place].append((expires_on, quantity))
    return found


def unfit_on(found: Sequence[tuple[date | None, Decimal]], on: date) -> Decimal:
    """How much of that may not leave on a day."""
    return sum((q for expires_on, q in found if expires_on is None or expires_on < on), ZERO)
