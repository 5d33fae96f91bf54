"""Three-way match (AP-01): bill against order and receipt, many to many, within the vendor's tolerances.

Orders and receipts belong to rooms above. They register a ``Provider``, which tells of each of their lines what was ordered, at which
price, and what came; this room never learns of them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, DecimalField, ExpressionWrapper, F, Sum, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import override

from fondaco.finance.payables.models import Bill, BillLine, BillMatch, BillRules, VendorTerms
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.money import ZERO, figure

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Ordered:
    """A line that can be billed: what was ordered of which product, what of it came, at which net price.

    ``received`` is None for what never comes through a warehouse (services): then what was ordered counts. Quantities are in the
    product's unit, returns taken off. ``position`` is the line of its order, as the vendor knows it; ``given_up``: so much of it went back and
    is not expected again.
    """

    key: int
    number: str
    company: int
    vendor: int
    product: int | None
    ordered: Decimal
    received: Decimal | None
    unit_price: Decimal
    currency: str
    position: str = ""
    given_up: Decimal = ZERO

    @property
    def may_be_billed(self) -> Decimal:
        return self.ordered if self.received is None else self.received


@dataclass(frozen=True)
class Creditable:
    """A line of which something was billed and not credited; ``waits`` of that was billed, and is not (or not any more) in the house: the
    vendor owes a credit note for it. ``since``: the day on which the first of it was sent back."""

    order: Ordered
    waits: Decimal
    since: date | None = None


@dataclass(frozen=True)
class Provider:
    """How a room above tells of its lines in ``table``: those with given keys, and those of vendors that are not billed in full,
    the oldest first; and those that a vendor's credit note may be about, what waits longest first. Few statements, however many are asked for."""

    table: str
    lines: Callable[[Collection[int]], Sequence[Ordered]]
    open_lines: Callable[[int, Collection[int]], Sequence[Ordered]]
    credit_lines: Callable[[int, Collection[int]], Sequence[Creditable]] | None = None


PROVIDERS: dict[str, Provider] = {}


def register(provider: Provider) -> None:
    """Make the lines of a table billable."""
    if provider.table in PROVIDERS:
        raise ValueError(f"{provider.table} is provided twice")
    PROVIDERS[provider.table] = provider


Key = tuple[str, int]


def ordered_lines(wanted: Iterable[Key]) -> dict[Key, Ordered]:
    """Lines by table and key."""
    by_table: dict[str, set[int]] = defaultdict(set)
    for table, key in wanted:
        by_table[table].add(key)
    return {(table, o.key): o for table, keys in by_table.items() if table in PROVIDERS for o in PROVIDERS[table].lines(keys)}


def billed(wanted: Collection[Key], *, without: Collection[int] = ()) -> dict[Key, Decimal]:
    """What posted bills have billed of lines so far, credit notes taken off, by table and key; one statement."""
    if not wanted:
        return {}
    signed = Case(When(line__bill__kind=Bill.CREDIT_NOTE, then=-F("quantity")), default=F("quantity"))
    rows = (
        BillMatch.objects.filter(
            order_table__in={t for t, _k in wanted}, order_line__in={k for _t, k in wanted}, line__bill__state="posted", lowers_price=False
        )
        .exclude(line__bill__in=list(without))
        .order_by()
        .values_list("order_table", "order_line")
        .annotate(total=Sum(signed, output_field=DecimalField(max_digits=30, decimal_places=6), default=Value(ZERO)))
    )
    return {(table, key): total for table, key, total in rows}


def propose(bills: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]) -> list[BillMatch]:
    """Match lines with a product, and no match yet, to what was ordered of it and is not billed, the oldest first; lines of credit notes to
    what waits for the vendor's credit.

    What of a line finds no order stays unmatched; the last order takes more than is open, so that the excess shows.
    """
    notes = [b for b in bills if b.kind == Bill.CREDIT_NOTE]
    return [*_propose_bills([b for b in bills if b.kind == Bill.BILL], lines), *(propose_credits(notes, lines) if notes else ())]


def _propose_bills(bills: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]) -> list[BillMatch]:
    matched = set(BillMatch.objects.filter(line__bill__in=bills).values_list("line_id", flat=True))
    open_lines: dict[tuple[int, int, int], list[tuple[Key, Ordered]]] = defaultdict(list)
    for company in sorted({b.company_id for b in bills}):
        vendors = {b.vendor_id for b in bills if b.company_id == company}
        for provider in PROVIDERS.values():
            for o in provider.open_lines(company, vendors):
                if o.product is not None:
                    open_lines[o.company, o.vendor, o.product].append(((provider.table, o.key), o))
    taken = billed([key for found in open_lines.values() for key, _o in found])
    made = []
    for bill in bills:
        for line in lines[bill.pk]:
            if line.product_id is None or line.pk in matched or line.quantity <= 0:
                continue
            candidates = open_lines[bill.company_id, bill.vendor_id, line.product_id]
            left = line.quantity
            parts: dict[Key, Decimal] = {}
            for key, o in candidates:
                free = max(ZERO, o.ordered - o.given_up - taken.get(key, ZERO))
                part = min(left, free)
                if part > 0:
                    parts[key] = part
                    taken[key] = taken.get(key, ZERO) + part
                    left -= part
            if left > 0 and candidates:
                key = next(reversed(parts), candidates[-1][0])
                parts[key] = parts.get(key, ZERO) + left
                taken[key] = taken.get(key, ZERO) + left
            made += [BillMatch(line=line, order_table=t, order_line=k, quantity=q) for (t, k), q in parts.items()]
    return made


Found = tuple[Key, Creditable]


def creditable(company: int, vendors: Collection[int]) -> list[Found]:
    """What credit notes of vendors may be about, what waits longest first."""
    found = [((p.table, c.order.key), c) for p in PROVIDERS.values() if p.credit_lines for c in p.credit_lines(company, vendors)]
    return sorted(found, key=lambda f: (f[1].waits <= 0, f[1].since or date.max))


def billed_prices(wanted: Collection[Key]) -> dict[tuple[Key, str], Decimal]:
    """At which net price of one (the mean) lines were billed, by line and currency; one statement."""
    if not wanted:
        return {}
    worth = ExpressionWrapper(
        F("line__net") * F("quantity") / F("line__quantity"), output_field=DecimalField(max_digits=40, decimal_places=12)
    )
    rows = (
        BillMatch.objects.filter(
            order_table__in={t for t, _k in wanted}, order_line__in={k for _t, k in wanted}, line__bill__state="posted",
            line__bill__kind=Bill.BILL, line__quantity__gt=0,
        )
        .order_by()
        .values_list("order_table", "order_line", "line__bill__currency")
        .annotate(net=Sum(worth), quantity=Sum("quantity"))
    )  # fmt: skip
    return {((table, key), currency): net / quantity for table, key, currency, net, quantity in rows}


def propose_credits(notes: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]) -> list[BillMatch]:
    """Match lines of credit notes with a product, and no match yet: to what was sent back and waits for credit, the longest first; what is
    more than that, to what the credited bill billed, then to what was billed last.

    A line at less than the billed price, of goods of which nothing (or less) waits, lowers their price. What finds nothing stays unmatched.
    """
    matched = set(BillMatch.objects.filter(line__bill__in=notes).values_list("line_id", flat=True))
    found: dict[tuple[int, int, int], list[Found]] = defaultdict(list)
    for company in sorted({n.company_id for n in notes}):
        for key, c in creditable(company, {n.vendor_id for n in notes if n.company_id == company}):
            if c.order.product is not None:
                found[company, c.order.vendor, c.order.product].append((key, c))
    keys = [key for rows in found.values() for key, _c in rows]
    left, prices, tolerated = billed(keys), billed_prices(keys), tolerances(notes)
    waits = {key: c.waits for rows in found.values() for key, c in rows}
    credited = _of_bills({n.credits_id for n in notes if n.credits_id})
    made = []
    for note in notes:
        tolerance = tolerated[note.company_id, note.vendor_id].price
        for line in lines[note.pk]:
            if line.product_id is None or line.pk in matched or line.quantity <= 0:
                continue
            rows = found[note.company_id, note.vendor_id, line.product_id]
            own = credited.get(note.credits_id or 0, set())
            last = [*(k for k, _c in rows if k in own), *(k for k, _c in reversed(rows) if k not in own)]
            price = net_price(note, line)
            cheaper = [
                k for k in last if (was := prices.get((k, note.currency_id or ""))) and price < was * (HUNDRED - tolerance) / HUNDRED
            ]
            if line.quantity > sum((waits[k] for k, _c in rows), ZERO) and cheaper and left.get(cheaper[0], ZERO) > 0:
                part = min(line.quantity, left[cheaper[0]])
                made.append(BillMatch(line=line, order_table=cheaper[0][0], order_line=cheaper[0][1], quantity=part, lowers_price=True))
                continue
            parts: dict[Key, Decimal] = defaultdict(lambda: ZERO)
            rest = line.quantity
            for pool, order in ((waits, [k for k, _c in rows]), (left, last)):
                for key in order:
                    part = min(rest, pool.get(key, ZERO), left.get(key, ZERO))
                    if part > 0:
                        parts[key] += part
                        left[key] -= part
                        waits[key] = max(waits[key] - part, ZERO)
                        rest -= part
            made += [BillMatch(line=line, order_table=t, order_line=k, quantity=q) for (t, k), q in parts.items()]
    return made


def _of_bills(bills: Collection[int]) -> dict[int, set[Key]]:
    """Which lines bills have billed; one statement."""
    found: dict[int, set[Key]] = defaultdict(set)
    for bill, table, key in BillMatch.objects.filter(line__bill__in=list(bills)).values_list("line__bill", "order_table", "order_line"):
        found[bill].add((table, key))
    return found


def unmatched_credits(notes: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]) -> tuple[Bill, BillLine, Decimal] | None:
    """The first line of goods on credit notes that does not say what it gives back although something of its product was billed, with how
    much of it is matched. A line that mirrors a bill's line which was matched to nothing is matched to nothing too."""
    goods = [ln for n in notes for ln in lines[n.pk] if ln.account_id is None and ln.quantity > 0]
    if not goods:
        return None
    said: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for key, quantity, lowers in BillMatch.objects.filter(line__in=goods).values_list("line_id", "quantity", "lowers_price"):
        said[key] += quantity if not lowers else Decimal("Infinity")
    open_ones = [ln for ln in goods if said[ln.pk] < ln.quantity]
    if not open_ones:
        return None
    copied = {ln.source_id for ln in open_ones if ln.source_table == BillLine._meta.db_table}
    mirrored = copied - set(BillMatch.objects.filter(line__in=list(copied)).values_list("line_id", flat=True))
    by_key = {n.pk: n for n in notes}
    known = {
        (company, c.order.vendor, c.order.product)
        for company in sorted({n.company_id for n in notes})
        for _key, c in creditable(company, {n.vendor_id for n in notes if n.company_id == company})
    }
    for line in open_ones:
        note = by_key[line.bill_id]
        if line.source_id not in mirrored and (note.company_id, note.vendor_id, line.product_id) in known:
            return note, line, said[line.pk]
    return None


def remarks(note: Bill, lines: Sequence[BillLine]) -> list[str]:
    """What of a credit note does not fit what waits for it, in whole sentences: another price than was billed, more than was sent back, or
    lines that say nothing. Five statements at most."""
    matches = list(BillMatch.objects.filter(line__bill=note).order_by("line_id", "id"))
    found = dict(creditable(note.company_id, [note.vendor_id]))
    prices = billed_prices([(m.order_table, m.order_line) for m in matches])
    tolerance = tolerances([note])[note.company_id, note.vendor_id].price
    said = []
    for line in lines:
        own = [m for m in matches if m.line_id == line.pk]
        price = net_price(note, line)
        if line.account_id is None and not own and any(c.order.product == line.product_id for c in found.values()):
            said.append(_("Line {line} does not say what it gives back.").format(line=line.position))
        for match in own:
            key = (match.order_table, match.order_line)
            was = prices.get((key, note.currency_id or ""))
            waits = found[key].waits if key in found else ZERO
            order = found[key].order.number if key in found else ""
            if match.lowers_price:
                sentence = _("Line {line} lowers the price of {quantity} of {order}; they stay billed.")
                said.append(sentence.format(line=line.position, quantity=_plain(match.quantity), order=order))
                continue
            if was is not None and abs(price - was) > was * tolerance / HUNDRED:
                sentence = _(
                    "Line {line} gives back {given} for one, {billed} were billed: the difference becomes a purchase price variance."
                )
                said.append(sentence.format(line=line.position, given=_plain(price), billed=_plain(was)))
            if note.state == "draft" and match.quantity > waits:
                sentence = _(
                    "Line {line} gives back {quantity} of {order}, and {waits} of it wait for credit: the rest counts as not billed any more."
                )
                said.append(sentence.format(line=line.position, quantity=_plain(match.quantity), order=order, waits=_plain(waits)))
    return said


@dataclass(frozen=True)
class Named:
    """What a vendor's own document says of a line: the order by its number, perhaps the line of it, and his net price."""

    company: int
    vendor: int
    order: str
    position: str
    unit_price: Decimal
    currency: str
    bill: str = ""
    quantity: Decimal = ZERO


def _compared(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum())


def find_named(wanted: Sequence[Named]) -> list[tuple[Key, Ordered] | None]:
    """The order line that each means, in their order; None where none or more than one may be meant.

    It is the line of the order by position; else the only one at the price; else the only one. No line is given twice to one document's
    lines while another would do. Statements grow with companies and providers, not with lines.
    """
    vendors: dict[int, set[int]] = defaultdict(set)
    for one in wanted:
        if one.order:
            vendors[one.company].add(one.vendor)
    there: dict[tuple[int, int, str], list[tuple[Key, Ordered]]] = defaultdict(list)
    for company, keys in sorted(vendors.items()):
        for provider in PROVIDERS.values():
            for o in provider.open_lines(company, keys):
                there[o.company, o.vendor, _compared(o.number)].append(((provider.table, o.key), o))
    taken: set[Key] = set()
    found: list[tuple[Key, Ordered] | None] = []
    for one in wanted:
        candidates = there.get((one.company, one.vendor, _compared(one.order)), []) if one.order else []
        chosen = _meant(one, [c for c in candidates if c[0] not in taken]) or _meant(one, candidates)
        if chosen:
            taken.add(chosen[0])
        found.append(chosen)
    return found


def find_credited(wanted: Sequence[Named]) -> list[tuple[Key, Ordered] | None]:
    """The order line that each line of a vendor's credit note gives back, in their order; None where none or more than one may be meant.

    Among those of the order, or of the bill, that it names, else of all that wait for credit: the line by position, the only one of that
    quantity, the only one at that price, the only one. Statements grow with companies and providers, not with lines.
    """
    there: dict[tuple[int, int], list[Found]] = defaultdict(list)
    for company in sorted({one.company for one in wanted}):
        for key, c in creditable(company, {one.vendor for one in wanted if one.company == company}):
            there[company, c.order.vendor].append((key, c))
    keys = [key for rows in there.values() for key, _c in rows]
    prices = billed_prices(keys)
    numbers: dict[Key, set[tuple[int, str]]] = defaultdict(set)
    rows = BillMatch.objects.filter(order_table__in={t for t, _k in keys}, order_line__in={k for _t, k in keys}, line__bill__state="posted")
    for table, line, vendor, number in rows.values_list("order_table", "order_line", "line__bill__vendor", "line__bill__vendor_number"):
        numbers[table, line].add((vendor, _compared(number)))
    taken: set[Key] = set()
    found: list[tuple[Key, Ordered] | None] = []
    for one in wanted:
        own = there[one.company, one.vendor]
        if one.order:
            own = [f for f in own if _compared(f[1].order.number) == _compared(one.order)]
        elif one.bill:
            own = [f for f in own if (one.vendor, _compared(one.bill)) in numbers[f[0]]]
        else:
            own = [f for f in own if f[1].waits > 0]
        own = [f for f in own if f[0] not in taken] or own
        if one.position:
            own = [f for f in own if f[1].order.position == one.position] or own
        for fits in (
            lambda f, one=one: prices.get((f[0], one.currency)) == one.unit_price,
            lambda f, one=one: f[1].waits == one.quantity,
            lambda f, one=one: f[1].waits >= one.quantity,
        ):
            if len(own) > 1:
                own = [f for f in own if fits(f)] or own
        chosen = (own[0][0], own[0][1].order) if len(own) == 1 else None
        if chosen:
            taken.add(chosen[0])
        found.append(chosen)
    return found


def _meant(one: Named, candidates: Sequence[tuple[Key, Ordered]]) -> tuple[Key, Ordered] | None:
    if one.position:
        candidates = [c for c in candidates if c[1].position == one.position] or candidates
    if len(candidates) > 1:
        candidates = [c for c in candidates if c[1].currency == one.currency and c[1].unit_price == one.unit_price]
    return candidates[0] if len(candidates) == 1 else None


@dataclass(frozen=True)
class Side:
    """A line that could be billed, beside a bill's line: what is billed of it elsewhere, what this line bills of it now, and what it
    costs as ordered, in the bill's currency. Beside a credit note's line: ``waits`` of it wait for the vendor's credit."""

    table: str
    order: Ordered
    elsewhere: Decimal
    here: Decimal
    agreed: Decimal
    waits: Decimal | None = None
    lowers_price: bool = False

    @property
    def left(self) -> Decimal:
        """What came, or was ordered, and nobody has billed; what waits for the vendor's credit."""
        return self.order.may_be_billed - self.elsewhere if self.waits is None else self.waits

    @property
    def over(self) -> Decimal:
        """What is billed more than came; what is given back more than was billed."""
        if self.waits is not None:
            return self.here - self.elsewhere
        return self.elsewhere + self.here - self.order.may_be_billed


@dataclass(frozen=True)
class Laid:
    """A bill's line with what it could bill: matched lines first, then those of its product (of any, where it names none)."""

    line: BillLine
    price: Decimal
    sides: Sequence[Side]

    @property
    def matched(self) -> Decimal:
        return sum((s.here for s in self.sides), ZERO)

    @property
    def unmatched(self) -> Decimal:
        return self.line.quantity - self.matched


def laid_out(bill: Bill, lines: Sequence[BillLine]) -> list[Laid]:
    """The lines of a bill beside everything of its vendor that they could bill; few statements, however many there are."""
    matches: dict[int, dict[Key, Decimal]] = defaultdict(dict)
    lowering: set[tuple[int, Key]] = set()
    for match in BillMatch.objects.filter(line__bill=bill).order_by("line_id", "id"):
        key = (match.order_table, match.order_line)
        matches[match.line_id][key] = matches[match.line_id].get(key, ZERO) + match.quantity
        if match.lowers_price:
            lowering.add((match.line_id, key))
    waits: dict[Key, Decimal] = {}
    if is_note := bill.kind == Bill.CREDIT_NOTE:
        known = creditable(bill.company_id, [bill.vendor_id])
        found, waits = {key: c.order for key, c in known}, {key: c.waits for key, c in known}
    else:
        found = {(p.table, o.key): o for p in PROVIDERS.values() for o in p.open_lines(bill.company_id, [bill.vendor_id])}
    found |= ordered_lines({key for own in matches.values() for key in own} - set(found))
    taken = billed(list(found), without=[bill.pk])
    rates = rate_table(Company.objects.get(pk=bill.company_id), {bill.currency_id, *(o.currency for o in found.values())})
    made = []
    for line in lines:
        own = matches[line.pk]
        sides = [
            Side(
                key[0],
                o,
                taken.get(key, ZERO),
                own.get(key, ZERO),
                _agreed(o, bill, rates),
                waits.get(key, ZERO) if is_note else None,
                (line.pk, key) in lowering,
            )
            for key, o in found.items()
            if key in own or line.product_id is None or o.product == line.product_id
        ]
        made.append(Laid(line, net_price(bill, line), sorted(sides, key=lambda s: (not s.here, s.left <= 0))))
    return made


def net_price(bill: Bill, line: BillLine) -> Decimal:
    """What a bill's line charges for one, without discount and tax."""
    price = (line.unit_price or ZERO) * (HUNDRED - line.discount_percent) / HUNDRED
    return price * HUNDRED / (HUNDRED + line.tax_rate) if bill.prices_include_tax else price


def _agreed(order: Ordered, bill: Bill, rates) -> Decimal:  # type: ignore[no-untyped-def]
    if order.currency == bill.currency_id:
        return order.unit_price
    return order.unit_price * rates.rate(order.currency, bill.on) / rates.rate(bill.currency_id, bill.on)


@dataclass(frozen=True)
class Tolerance:
    """By how many percent price and quantity may exceed order and receipt; whether every line must be ordered."""

    price: Decimal
    quantity: Decimal
    needs_order: bool


@dataclass(frozen=True)
class Deviation:
    """A line outside the tolerances, with the sentence that says so."""

    bill: int
    line: int
    kind: str
    reason: str
    #: What is billed more than came.
    excess: Decimal = ZERO


def tolerances(bills: Sequence[Bill]) -> dict[tuple[int, int], Tolerance]:
    """What is tolerated, by company and vendor; two statements."""
    rules = {r.company_id: r for r in BillRules.objects.filter(company__in={b.company_id for b in bills})}
    terms = {(t.company_id, t.vendor_id): t for t in VendorTerms.objects.filter(vendor__in={b.vendor_id for b in bills})}
    found = {}
    for key in {(b.company_id, b.vendor_id) for b in bills}:
        rule, own = rules.get(key[0]), terms.get(key)

        def chosen(name: str, rule: BillRules | None = rule, own: VendorTerms | None = own) -> Decimal:
            agreed = getattr(own, name, None)
            return agreed if agreed is not None else getattr(rule, name, ZERO)

        found[key] = Tolerance(chosen("price_tolerance_percent"), chosen("quantity_tolerance_percent"), bool(own and own.needs_order))
    return found


def deviations(bills: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]) -> list[Deviation]:
    """Lines of bills outside the tolerances: the price above the order's, more billed than came, or not ordered.

    The bills count as billed, whatever their state. Credit notes never deviate. Cheaper or less is nobody's harm.
    """
    bills = [b for b in bills if b.kind == Bill.BILL]
    matches: dict[int, list[BillMatch]] = defaultdict(list)
    for match in BillMatch.objects.filter(line__bill__in=bills).order_by("line_id", "id"):
        matches[match.line_id].append(match)
    wanted = {(m.order_table, m.order_line) for ms in matches.values() for m in ms}
    ordered = ordered_lines(wanted)
    so_far = defaultdict(lambda: ZERO, billed(wanted, without=[b.pk for b in bills]))
    companies = Company.objects.in_bulk({b.company_id for b in bills})
    currencies = {b.currency_id for b in bills} | {o.currency for o in ordered.values()}
    rates = {pk: rate_table(c, currencies) for pk, c in companies.items()} if ordered else {}
    tolerated = tolerances(bills)
    found = []
    for bill in bills:
        tolerance = tolerated[bill.company_id, bill.vendor_id]
        with override(companies[bill.company_id].language):
            for line in lines[bill.pk]:
                own = [(m, ordered[m.order_table, m.order_line]) for m in matches[line.pk] if (m.order_table, m.order_line) in ordered]
                if line.quantity <= 0:
                    continue
                if not own:
                    if tolerance.needs_order:
                        found.append(
                            Deviation(bill.pk, line.pk, "not_ordered", _("Line {line} was not ordered.").format(line=line.position))
                        )
                    continue
                for match, _order in own:
                    so_far[match.order_table, match.order_line] += match.quantity
                found += _of_line(bill, line, own, so_far, tolerance, rates[bill.company_id])
    return found


def _of_line(
    bill: Bill, line: BillLine, own: Sequence[tuple[BillMatch, Ordered]], so_far: Mapping[Key, Decimal], tolerance: Tolerance, rates
) -> list[Deviation]:  # type: ignore[no-untyped-def]
    found = []
    price = net_price(bill, line)
    for _match, order in own:
        agreed = _agreed(order, bill, rates)
        if price > agreed * (HUNDRED + tolerance.price) / HUNDRED:
            sentence = _("Line {line}: the price is {billed}, {order} says {agreed}.")
            figures = {"line": line.position, "billed": _plain(price), "order": order.number, "agreed": _plain(agreed)}
            found.append(Deviation(bill.pk, line.pk, "price", sentence.format(**figures)))
            break
    for match, order in own:
        total = so_far[match.order_table, match.order_line]
        if total > order.may_be_billed * (HUNDRED + tolerance.quantity) / HUNDRED:
            sentence = _("Line {line}: {billed} are billed of {order}, but {received} came of {ordered} ordered.")
            figures = {
                "line": line.position, "billed": _plain(total), "order": order.number, "received": _plain(order.may_be_billed), "ordered": _plain(order.ordered),
            }  # fmt: skip
            excess = min(total - order.may_be_billed, match.quantity)
            found.append(Deviation(bill.pk, line.pk, "quantity", sentence.format(**figures), excess))
            break
    return found


def _plain(value: Decimal) -> str:
    """A figure in a sentence, to four places, without noughts at the end."""
    return figure(value.quantize(Decimal("0.0001")))
