"""What bills and credit notes do to received goods: which receipt each bills, at which price, and what waits for goods or for credit.

Everything is a row of ``Billed``. A bill is laid on the receipts of its order line, the oldest first; what finds none waits. Goods that go
back take what was billed of them off their receipt: it waits again, for other goods or for the vendor's credit note. A credit note takes off
what waits, else what was billed; what it gives back less or more than that is a purchase price variance. So *goods received, not invoiced* is
what came and is not billed, less what is billed and waits, of every order line.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from fondaco.finance.ledger.queries import first_open_days
from fondaco.finance.payables.models import Bill, BillLine, BillMatch
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.models import StockMove, StockValue
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.inventory.posting import entry_of
from fondaco.operations.inventory.revaluing import SUBLEDGER, Change, amounts, book, value_changes
from fondaco.operations.purchasing.models import Billed, PurchaseOrderLine, VendorReturn, VendorReturnLine
from fondaco.operations.purchasing.queries import AGAIN, DEMAND, cleared, receipts_of
from fondaco.operations.purchasing.refusals import BillCredited, CreditedTooMuch
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure, rounded, spread

#: Order line, stock move (none: it waits), bill, line of a return to the vendor.
Key = tuple[int, int | None, int, int | None]


@dataclass(slots=True)
class Sum3:
    """Quantity, what the receipt had booked for it, what the bill says."""

    quantity: Decimal = ZERO
    booked: Decimal = ZERO
    billed: Decimal = ZERO

    def share(self, part: Decimal, places: int) -> tuple[Decimal, Decimal]:
        """What was booked and billed of a part; rounded half away from zero, all of it takes what is left."""
        if part == self.quantity:
            return self.booked, self.billed
        return rounded(self.booked * part / self.quantity, places), rounded(self.billed * part / self.quantity, places)


class Ledger:
    """What of order lines came, went back and is billed, as it stands under the locks of their products; and the rows that change it.
    Statements: six, and one a company."""

    def __init__(self, lines: Collection[int]) -> None:
        found = list(PurchaseOrderLine.objects.filter(pk__in=list(lines)).select_related("order__company__currency", "product"))
        self.lines = {ln.pk: ln for ln in found}
        self.places = {ln.pk: ln.order.company.currency.decimals for ln in found}
        self.goods = {ln.pk for ln in found if ln.product is not None and ln.product.kind == "goods"}
        for company in sorted({ln.order.company_id for ln in found}):
            lock_costs(company, {ln.product_id for ln in found if ln.pk in self.goods and ln.order.company_id == company and ln.product_id})
        self.receipts = receipts_of(self.lines)
        self.moves = {move.pk: move for rows in self.receipts.values() for move, _cost in rows}
        self.sums: dict[Key, Sum3] = {}
        self.keys: dict[int, list[Key]] = defaultdict(list)
        self.on: dict[int, Sum3] = defaultdict(Sum3)
        rows = Billed.objects.filter(line__in=self.lines).order_by().values_list("line_id", "move_id", "bill_id", "return_line_id")
        for line, move, bill, back, quantity, booked, billed in rows.annotate(Sum("quantity"), Sum("booked"), Sum("billed")).order_by(
            "bill_id", "move_id", "return_line_id"
        ):
            if quantity or billed or booked:
                self.count((line, move, bill, back), quantity, booked, billed)
        #: What of a receipt's move is with its vendor again, and what the receipt had booked for it.
        self.back: dict[int, Sum3] = defaultdict(Sum3)
        self.returns: dict[int, list[VendorReturnLine]] = defaultdict(list)
        by_line = {m.source_line: m.pk for m in self.moves.values()}
        gone = VendorReturnLine.objects.filter(demand_table=DEMAND, demand_line__in=self.lines, vendor_return__state__in=VendorReturn.GONE)
        for row in gone.select_related("vendor_return").order_by("vendor_return__on", "pk"):
            self.returns[row.demand_line or 0].append(row)
            held = self.back[by_line[row.receipt_line_id]]
            held.quantity, held.booked = held.quantity + row.quantity, held.booked + row.booked
        self.assigned: dict[int, Decimal] = defaultdict(lambda: ZERO)
        of_returns = Billed.objects.filter(return_line__in=[r.pk for rows in self.returns.values() for r in rows], note=None).order_by()
        for back, quantity in of_returns.values_list("return_line_id").annotate(Sum("quantity")):
            self.assigned[back] = quantity
        self.rows: list[Billed] = []

    def taken(self, move: int) -> Sum3:
        """What of a receipt is billed, or with its vendor again."""
        billed, back = self.on[move], self.back[move]
        return Sum3(billed.quantity + back.quantity, billed.booked + back.booked)

    def count(self, key: Key, quantity: Decimal, booked: Decimal, billed: Decimal) -> None:
        """Count what a row says."""
        if key not in self.sums:
            self.keys[key[0]].append(key)
        held = self.sums.setdefault(key, Sum3())
        held.quantity, held.booked, held.billed = held.quantity + quantity, held.booked + booked, held.billed + billed
        if key[1] is not None:
            total = self.on[key[1]]
            total.quantity, total.booked = total.quantity + quantity, total.booked + booked

    def booked_share(self, move: StockMove, cost: Decimal, part: Decimal, line: int) -> Decimal:
        """What a receipt had booked for a part of it that is free; the last part takes what is left."""
        whole, taken = rounded(cost, self.places[line]), self.taken(move.pk)
        return whole - taken.booked if part == move.quantity - taken.quantity else rounded(cost * part / move.quantity, self.places[line])

    def add(
        self,
        key: Key,
        quantity: Decimal,
        booked: Decimal,
        billed: Decimal,
        *,
        note: int | None = None,
        variance: Decimal = ZERO,
        explanation: str = "",
    ) -> None:
        """A row, counted at once."""
        line, move, bill, back = key
        self.count(key, quantity, booked, billed)
        if back is not None and note is None:
            self.assigned[back] += quantity
        if quantity or booked or billed or variance:
            self.rows.append(
                Billed(
                    line_id=line, move_id=move, bill_id=bill, return_line_id=back, note_id=note, quantity=quantity, booked=booked, billed=billed,
                    variance=variance, explanation=explanation,
                )
            )  # fmt: skip

    def of(self, line: int, *, waiting: bool) -> list[tuple[Key, Sum3]]:
        """What is billed of a line: what waits, or what lies on receipts; the oldest bill first."""
        return [(key, self.sums[key]) for key in self.keys[line] if (key[1] is None) == waiting and self.sums[key].quantity > 0]

    def write(self) -> None:
        insert_rows(Billed, self.rows)
        self.rows = []


@dataclass(slots=True)
class _Due:
    """A part of a bill's line that bills an order line; ``waits``: it did so already, and waits for goods."""

    bill: Bill
    line: int
    quantity: Decimal
    billed: Decimal
    waits: Key | None = None


def bill_goods(bills: Sequence[Bill], actor: Actor) -> set[int]:
    """Give what was received the price that bills say: what is in stock takes its part, what has left bears the rest as cost. The order lines."""
    due = [_Due(bill, match.order_line, match.quantity, amount) for bill, match, amount in _matched(bills)]
    _settle(due, actor)
    return {d.line for d in due}


def _matched(bills: Sequence[Bill]) -> list[tuple[Bill, BillMatch, Decimal]]:
    """What bills match of order lines, each with what it cleared of received and not invoiced, in company currency."""
    own = {b.pk: b for b in bills}
    by_line: dict[int, list[BillMatch]] = defaultdict(list)
    rows = BillMatch.objects.filter(line__bill__in=own, order_table=DEMAND, line__account=None).select_related("line") if own else ()
    for match in sorted(rows, key=lambda m: (m.line_id, m.pk)):
        by_line[match.line_id].append(match)
    if not by_line:
        return []
    cleared_by = _billed_amounts(list({ms[0].line.bill_id: own[ms[0].line.bill_id] for ms in by_line.values()}.values()))
    decimals = _decimals({b.company_id for b in bills})
    found = []
    for key, matches in by_line.items():
        line = matches[0].line
        bill = own[line.bill_id]
        rest = line.quantity - sum((m.quantity for m in matches), ZERO)
        shares = spread(cleared_by[key], [*(m.quantity for m in matches), max(rest, ZERO)], decimals[bill.company_id])
        if any(m.lowers_price for m in matches):
            shares = spread(cleared_by[key], [m.quantity for m in matches], decimals[bill.company_id])
        found += [(bill, match, share) for match, share in zip(matches, shares, strict=False)]
    return found


def _billed_amounts(bills: Sequence[Bill]) -> dict[int, Decimal]:
    """What each line of goods on bills cleared of received and not invoiced, in company currency; shared by net, to the cent."""
    total = cleared([b.entry_id for b in bills if b.entry_id])
    goods: dict[int, list[BillLine]] = defaultdict(list)
    for line in BillLine.objects.filter(bill__in=bills, account=None).order_by("bill_id", "position", "id"):
        goods[line.bill_id].append(line)
    decimals = _decimals({b.company_id for b in bills})
    found = {}
    for bill in bills:
        shares = spread(total.get(bill.entry_id or 0, ZERO), [ln.net for ln in goods[bill.pk]], decimals[bill.company_id])
        found |= {ln.pk: share for ln, share in zip(goods[bill.pk], shares, strict=True)}
    return found


def settle_waiting(lines: Iterable[int], actor: Actor) -> None:
    """Give bills that wait for goods what came now. What waits for the vendor's credit goes on waiting."""
    waiting = Billed.objects.filter(line__in=list(lines), move=None).exclude(return_line__vendor_return__wanted=VendorReturn.CREDIT)
    rows = waiting.order_by().values_list("line_id", "bill_id", "return_line_id").annotate(quantity=Sum("quantity"), billed=Sum("billed"))
    found = [row for row in rows.order_by("line_id", "bill_id", "return_line_id") if row[3] > 0]
    if not found:
        return
    bills = Bill.objects.in_bulk({row[1] for row in found})
    _settle([_Due(bills[bill], line, q, b, (line, None, bill, back)) for line, bill, back, q, b in found], actor)


def _settle(due: Sequence[_Due], actor: Actor) -> None:
    """Lay what is billed on the receipts of the lines, the oldest first; what finds none waits: first for the credit of what was sent back.
    Products are locked first."""
    if not due:
        return
    books = Ledger({d.line for d in due})
    changes: dict[int, list[Change]] = defaultdict(list)
    for d in due:
        if d.line not in books.goods:
            continue
        places = books.places[d.line]
        parts: list[tuple[Key, Decimal, Decimal]] = []
        left = d.quantity
        for move, cost in books.receipts.get(d.line, ()):
            free = move.quantity - books.taken(move.pk).quantity
            if left > 0 and free > 0:
                part = min(left, free)
                booked = books.booked_share(move, cost, part, d.line)
                key: Key = (d.line, move.pk, d.bill.pk, None)
                books.count(key, part, booked, ZERO)
                parts.append((key, part, booked))
                left -= part
        if d.waits is None:
            for back in books.returns[d.line]:
                room = back.quantity - books.assigned[back.pk]
                if back.vendor_return.wanted == VendorReturn.CREDIT and not back.vendor_return.closed_because and left > 0 and room > 0:
                    parts.append(((d.line, None, d.bill.pk, back.pk), min(left, room), ZERO))
                    left -= min(left, room)
        shares = spread(d.billed, [*(part for _k, part, _b in parts), left], places)
        for (key, part, booked), billed in zip(parts, shares, strict=False):
            if key[1] is None:
                books.add(key, part, ZERO, billed)
                continue
            books.sums[key].billed += billed
            books.rows.append(Billed(line_id=key[0], move_id=key[1], bill=d.bill, quantity=part, booked=booked, billed=billed))
            if d.waits is not None:
                books.add(d.waits, -part, ZERO, -billed)
            if billed != booked:
                text = _("{bill} bills {quantity} at {billed}, received at {booked}.").format(
                    bill=d.bill, quantity=shown(part), billed=f"{rounded(billed, places):f}", booked=f"{rounded(booked, places):f}"
                )
                changes[d.bill.pk].append(_change(books, key[1], billed - booked, d.bill.pk, text))
        if left > 0 and d.waits is None:
            books.add((d.line, None, d.bill.pk, None), left, ZERO, shares[-1])
    books.write()
    _book({d.bill.pk: d.bill for d in due}, changes, {}, actor)


def _change(books: Ledger, move: int, amount: Decimal, source: int, text: str = "") -> Change:
    return Change(move, amount, StockValue.PRICE, (Bill._meta.db_table, source, None), text, books.back[move].quantity)


# ------------------------------------------------------------------ goods that go back


def unbill_returned(lines: Sequence[VendorReturnLine], receipts: Mapping[int, StockMove]) -> None:
    """Settle what goods that leave for their vendor had cost, on the lines themselves (``booked``, ``cost``): of what is not billed, what
    their receipt booked; of the rest, what its bills say, which wait from now on."""
    books = Ledger({ln.demand_line or 0 for ln in lines})
    for row in lines:
        line, move = row.demand_line or 0, receipts[row.pk]
        cost = next(c for m, c in books.receipts[line] if m.pk == move.pk)
        unbilled = min(row.quantity, move.quantity - books.taken(move.pk).quantity)
        row.booked = row.cost = books.booked_share(move, cost, unbilled, line) if unbilled > 0 else ZERO
        left = row.quantity - max(unbilled, ZERO)
        for key, held in reversed(books.of(line, waiting=False)):
            if key[1] != move.pk or left <= 0:
                continue
            part = min(left, held.quantity)
            booked, billed = held.share(part, books.places[line])
            books.add(key, -part, -booked, -billed)
            books.add((line, None, key[2], row.pk), part, ZERO, billed)
            row.booked, row.cost = row.booked + booked, row.cost + billed
            left -= part
        held = books.back[move.pk]
        held.quantity, held.booked = held.quantity + row.quantity, held.booked + row.booked
    books.write()


def forgo(returns: Sequence[VendorReturn], because: str) -> dict[int, Decimal]:
    """Give up what still waits for the vendor's credit or goods: rows that make it a purchase variance. The amount by return."""
    owner = dict(VendorReturnLine.objects.filter(vendor_return__in=returns).values_list("pk", "vendor_return_id"))
    rows = Billed.objects.filter(return_line__in=owner, move=None).order_by().values_list("line_id", "bill_id", "return_line_id")
    given: dict[int, Decimal] = defaultdict(lambda: ZERO)
    made = []
    for line, bill, back, quantity, billed in rows.annotate(Sum("quantity"), Sum("billed")).order_by(
        "line_id", "bill_id", "return_line_id"
    ):
        if quantity or billed:
            given[owner[back]] += billed
            made.append(
                Billed(
                    line_id=line, bill_id=bill, return_line_id=back, quantity=-quantity, booked=ZERO, billed=-billed, variance=billed,
                    explanation=because,
                )
            )  # fmt: skip
    insert_rows(Billed, made)
    return given


# ------------------------------------------------------------------ credit notes


def credit_goods(notes: Sequence[Bill], actor: Actor) -> set[int]:
    """Let credit notes give back what they are matched to: what waits, what was sent back longest ago first; else what was billed, which is
    received and not billed again. Those that lower a price change what received goods cost. The order lines."""
    found = _matched(notes)
    if not found:
        return set()
    books = Ledger({match.order_line for _n, match, _a in found})
    changes: dict[int, list[Change]] = defaultdict(list)
    variances: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for note, match, cleared_amount in found:
        if match.order_line not in books.goods:
            continue
        if match.lowers_price:
            _lower(books, note, match, -cleared_amount, changes)
        else:
            variances[note.pk] += _give_back(books, note, match, -cleared_amount, changes)
    books.write()
    _book({n.pk: n for n in notes}, changes, variances, actor)
    return {match.order_line for _n, match, _a in found}


def _give_back(books: Ledger, note: Bill, match: BillMatch, amount: Decimal, changes: dict[int, list[Change]]) -> Decimal:
    """Take off what a credit note gives back; how much less (more) it gives than was billed."""
    line = match.order_line
    back = {r.pk: place for place, r in enumerate(books.returns[line])}
    wanted = {r.pk: r.vendor_return.wanted for r in books.returns[line]}
    # What went back for credit, the oldest first; what never came; what the vendor owes goods for.
    waiting = sorted(
        books.of(line, waiting=True), key=lambda x: (wanted.get(x[0][3] or 0) in AGAIN, x[0][3] is None, back.get(x[0][3] or 0, 0))
    )
    lying = sorted(books.of(line, waiting=False), key=lambda x: (x[0][2] != note.credits_id, -x[0][2], -(x[0][1] or 0)))
    left, parts = match.quantity, []
    for key, held in [*waiting, *lying]:
        part = min(left, held.quantity)
        if part > 0:
            parts.append((key, part, *held.share(part, books.places[line])))
            left -= part
    if left > 0:
        of = books.lines[line]
        raise CreditedTooMuch(
            document=note, line=match.line.position, product=of.product, asked=figure(match.quantity), order=of.order,
            billed=figure(match.quantity - left), rows=rows_json([note]),
        )  # fmt: skip
    total = ZERO
    shares = spread(amount, [part for _k, part, _x, _y in parts], books.places[line])
    for (key, part, booked, billed), given in zip(parts, shares, strict=True):
        text = ""
        if billed != given:
            text = _("{note} gives back {quantity} at {given}, billed at {billed}.").format(
                note=note, quantity=shown(part), given=f"{given:f}", billed=f"{rounded(billed, books.places[line]):f}"
            )
        books.add(key, -part, -booked, -billed, note=note.pk, variance=billed - given, explanation=text)
        total += billed - given
        if key[1] is not None and billed != booked:
            text = _("{note} takes back what was billed of {quantity}: they are worth what their receipt said.").format(
                note=note, quantity=shown(part)
            )
            changes[note.pk].append(_change(books, key[1], booked - billed, note.pk, text))
    return total


def _lower(books: Ledger, note: Bill, match: BillMatch, amount: Decimal, changes: dict[int, list[Change]]) -> None:
    """Lower the price of what is billed by what a credit note gives."""
    line = match.order_line
    rows = [*books.of(line, waiting=False), *books.of(line, waiting=True)]
    if sum((held.billed for _k, held in rows), ZERO) < amount:
        of = books.lines[line]
        raise CreditedTooMuch(
            document=note, line=match.line.position, product=of.product, asked=f"{amount:f}", order=of.order,
            billed=f"{sum((held.billed for _k, held in rows), ZERO):f}", rows=rows_json([note]),
        )  # fmt: skip
    for (key, _held), share in zip(rows, spread(amount, [held.billed for _k, held in rows], books.places[line]), strict=True):
        text = _("{note} lowers the price by {amount}.").format(note=note, amount=f"{share:f}")
        books.add(key, ZERO, ZERO, -share, note=note.pk, explanation=text)
        if key[1] is not None and share:
            changes[note.pk].append(_change(books, key[1], -share, note.pk, text))


# ------------------------------------------------------------------ reversing


def take_back(bills: Sequence[Bill], actor: Actor) -> set[int]:
    """Take back what reversed bills and credit notes changed: goods are valued as received again, and wait for another bill; what was credited
    waits again. A bill of which something is credited is not reversed. The order lines."""
    keys = {b.pk: b for b in bills}
    rows = list(
        Billed.objects.filter(Q(bill__in=keys, note=None) | Q(note__in=keys)).select_related("line__order", "move", "note").order_by("id")
    )
    if not rows:
        return set()
    notes = Billed.objects.filter(bill__in=keys, note__isnull=False, note__state="posted").exclude(note__in=keys)
    if (credited := notes.select_related("note", "bill").order_by("bill_id", "note_id").first()) is not None:
        raise BillCredited(document=credited.bill, note=credited.note, rows=rows_json([credited.bill]))
    lines = {r.line_id for r in rows}
    books = Ledger(lines)
    sums: dict[tuple[Key, int | None], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO, ZERO])
    for row in rows:
        for place, value in enumerate((row.quantity, row.booked, row.billed, row.variance)):
            sums[(row.line_id, row.move_id, row.bill_id, row.return_line_id), row.note_id][place] += value
    changes: dict[int, list[Change]] = defaultdict(list)
    variances: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for (key, note), (quantity, booked, billed, variance) in sums.items():
        books.add(key, -quantity, -booked, -billed, note=note, variance=-variance)
        variances[note or key[2]] -= variance
        if key[1] is not None and billed != booked:
            changes[note or key[2]].append(_change(books, key[1], booked - billed, note or key[2]))
    books.write()
    _book(keys, changes, variances, actor)
    return lines


def _book(bills: Mapping[int, Bill], changes: Mapping[int, list[Change]], variances: Mapping[int, Decimal], actor: Actor) -> None:
    """The differences of bills as changes of stock value and as variances, an entry a bill, on its day or the first open one after."""
    wanted = []
    concerned = {pk for pk in bills if changes.get(pk) or variances.get(pk)}
    for company in sorted({bills[pk].company_id for pk in concerned}):
        own = sorted(pk for pk in concerned if bills[pk].company_id == company)
        days = first_open_days(company, SUBLEDGER, {bills[pk].on for pk in own})
        own_changes = [c for pk in own for c in changes.get(pk, ())]
        found = value_changes(company, own_changes, min(days.values())) if own_changes else []
        costing = dict(Product.objects.filter(pk__in={r.product_id for r in found}).values_list("id", "costing"))
        for pk in own:
            rows = [r for r in found if r.source_id == pk]
            for row in rows:
                row.booked_on = days[bills[pk].on]
            sums = amounts(rows, costing)
            sums["purchase_price_variance"] += variances.get(pk, ZERO)
            sums["goods_received_not_invoiced"] -= sum((r.value + r.expensed for r in rows), ZERO) + variances.get(pk, ZERO)
            memo = _("price of received goods") if rows else _("credit differs from what was billed")
            wanted.append((rows, entry_of(bills[pk], sums, days[bills[pk].on], memo)))
    book(wanted, actor=actor)


def _decimals(companies: Iterable[int]) -> dict[int, int]:
    return dict(Company.objects.filter(pk__in=set(companies)).values_list("id", "currency__decimals"))


def shown(quantity: Decimal) -> str:
    return figure(quantity.quantize(Decimal("0.000001")))
