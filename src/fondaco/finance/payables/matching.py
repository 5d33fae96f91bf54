"""Three-way match (AP-01): bill against order and receipt, many to many, within the vendor's tolerances.

Orders and receipts belong to rooms above. They register a ``Provider``, which tells of each of their lines what was ordered, at which
price, and what came; this room never learns of them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Sum, Value, When
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
    product's unit, returns taken off. ``position`` is the line of its order, as the vendor knows it.
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

    @property
    def may_be_billed(self) -> Decimal:
        return self.ordered if self.received is None else self.received


@dataclass(frozen=True)
class Provider:
    """How a room above tells of its lines in ``table``: those with given keys, and those of vendors that are not billed in full,
    the oldest first. Few statements, however many are asked for."""

    table: str
    lines: Callable[[Collection[int]], Sequence[Ordered]]
    open_lines: Callable[[int, Collection[int]], Sequence[Ordered]]


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
            order_table__in={t for t, _k in wanted}, order_line__in={k for _t, k in wanted}, line__bill__state="posted"
        )
        .exclude(line__bill__in=list(without))
        .order_by()
        .values_list("order_table", "order_line")
        .annotate(total=Sum(signed, output_field=DecimalField(max_digits=30, decimal_places=6), default=Value(ZERO)))
    )
    return {(table, key): total for table, key, total in rows}


def propose(bills: Sequence[Bill], lines: Mapping[int, Sequence[BillLine]]) -> list[BillMatch]:
    """Match lines with a product, and no match yet, to what was ordered of it and is not billed, the oldest first.

    What of a line finds no order stays unmatched; the last order takes more than is open, so that the excess shows.
    """
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
                free = max(ZERO, o.ordered - taken.get(key, ZERO))
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


@dataclass(frozen=True)
class Named:
    """What a vendor's own document says of a line: the order by its number, perhaps the line of it, and his net price."""

    company: int
    vendor: int
    order: str
    position: str
    unit_price: Decimal
    currency: str


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


def _meant(one: Named, candidates: Sequence[tuple[Key, Ordered]]) -> tuple[Key, Ordered] | None:
    if one.position:
        candidates = [c for c in candidates if c[1].position == one.position] or candidates
    if len(candidates) > 1:
        candidates = [c for c in candidates if c[1].currency == one.currency and c[1].unit_price == one.unit_price]
    return candidates[0] if len(candidates) == 1 else None


@dataclass(frozen=True)
class Side:
    """A line that could be billed, beside a bill's line: what is billed of it elsewhere, what this line bills of it now, and what it
    costs as ordered, in the bill's currency."""

    table: str
    order: Ordered
    elsewhere: Decimal
    here: Decimal
    agreed: Decimal

    @property
    def left(self) -> Decimal:
        """What came, or was ordered, and nobody has billed."""
        return self.order.may_be_billed - self.elsewhere


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
    for match in BillMatch.objects.filter(line__bill=bill).order_by("line_id", "id"):
        key = (match.order_table, match.order_line)
        matches[match.line_id][key] = matches[match.line_id].get(key, ZERO) + match.quantity
    found = {(p.table, o.key): o for p in PROVIDERS.values() for o in p.open_lines(bill.company_id, [bill.vendor_id])}
    found |= ordered_lines({key for own in matches.values() for key in own} - set(found))
    taken = billed(list(found), without=[bill.pk])
    rates = rate_table(Company.objects.get(pk=bill.company_id), {bill.currency_id, *(o.currency for o in found.values())})
    made = []
    for line in lines:
        own = matches[line.pk]
        sides = [
            Side(table, o, taken.get((table, key), ZERO), own.get((table, key), ZERO), _agreed(o, bill, rates))
            for (table, key), o in found.items()
            if (table, key) in own or line.product_id is None or o.product == line.product_id
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
            found.append(Deviation(bill.pk, line.pk, "quantity", sentence.format(**figures)))
            break
    return found


def _plain(value: Decimal) -> str:
    """A figure in a sentence, to four places, without noughts at the end."""
    return figure(value.quantize(Decimal("0.0001")))
