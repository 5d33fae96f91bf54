"""What happens to purchase orders when goods come and bills are posted: tolerances, orders that close themselves, the final price."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from fondaco.finance.ledger.queries import first_open_days
from fondaco.finance.payables.models import Bill, BillLine, BillMatch
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.models import GoodsReceipt, StockMove, StockValue
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.inventory.posting import entry_of
from fondaco.operations.inventory.revaluing import SUBLEDGER, Change, amounts, book, value_changes
from fondaco.operations.purchasing.approving import require_asked
from fondaco.operations.purchasing.models import Billed, PurchaseOrder, PurchaseOrderLine, PurchaseRules
from fondaco.operations.purchasing.queries import DEMAND, HUNDRED, all_came, came_of, cleared, measured_lines, receipts_of, tolerance_of
from fondaco.operations.purchasing.refusals import ReceivedTooMuch
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to
from fondaco.platform.money import ZERO, figure, rounded, spread


@reacts_to("inventory.post_receipt")
def goods_came(receipts: DocumentSet[GoodsReceipt]) -> None:
    """Refuse what exceeds the tolerance, close orders of which little enough is missing, and give bills that waited their goods."""
    keys = [r.pk for r in receipts]
    lines = set(
        StockMove.objects.filter(source_table=GoodsReceipt._meta.db_table, source_id__in=keys, demand_table=DEMAND).values_list(
            "demand_line", flat=True
        )
    )
    if not lines:
        return
    orders = PurchaseOrder.objects.filter(lines__in=lines).distinct().order_by("pk").in_bulk()
    require_asked(list(orders))
    rules = {r.company_id: r for r in PurchaseRules.objects.filter(company__in={o.company_id for o in orders.values()})}
    done = []
    for pk, rows in measured_lines(orders).items():
        order, rule = orders[pk], rules.get(orders[pk].company_id)
        over, under = (rule.over_percent, rule.under_percent) if rule else (ZERO, ZERO)
        for line in rows:
            came, ordered = came_of(line)
            allowed = ordered * (HUNDRED + over + (tolerance_of(line) if line.second_quantity is None else ZERO)) / HUNDRED
            if line.pk in lines and came > allowed:
                raise ReceivedTooMuch(
                    product=line.product,
                    order=order,
                    received=_shown(came),
                    ordered=_shown(ordered),
                    allowed=_shown(allowed),
                )
        if order.state == "confirmed" and all_came(rows, under):
            order.state = "closed"
            done.append(order)
    if done:
        DocumentSet(PurchaseOrder, done, receipts.actor).save("state")
    _settle_waiting(lines, receipts.actor)


@dataclass(slots=True)
class _Due:
    """A part of a bill's line that bills an order line."""

    bill: Bill
    line: int
    quantity: Decimal
    billed: Decimal


@reacts_to("payables.post")
def bills_came(bills: DocumentSet[Bill]) -> None:
    """Give what was received the price that the bill says: what is in stock takes its part, what has left bears the rest as cost."""
    own = {b.pk: b for b in bills if b.kind == Bill.BILL and b.entry_id}
    matches = list(
        BillMatch.objects.filter(line__bill__in=own, order_table=DEMAND, line__account=None)
        .select_related("line")
        .order_by("line_id", "id")
    )
    if not matches:
        return
    amounts_of = _billed_amounts(list({m.line.bill_id: own[m.line.bill_id] for m in matches}.values()))
    due = []
    by_line: dict[int, list[BillMatch]] = defaultdict(list)
    for match in matches:
        by_line[match.line_id].append(match)
    decimals = _decimals({b.company_id for b in own.values()})
    for line_key, found in by_line.items():
        line = found[0].line
        bill = own[line.bill_id]
        rest = line.quantity - sum((m.quantity for m in found), ZERO)
        shares = spread(amounts_of[line_key], [*(m.quantity for m in found), max(rest, ZERO)], decimals[bill.company_id])
        due += [_Due(bill, m.order_line, m.quantity, share) for m, share in zip(found, shares, strict=False)]
    _settle(due, bills.actor)


@reacts_to("payables.reverse")
def bills_were_taken_back(bills: DocumentSet[Bill]) -> None:
    """Take back what reversed bills changed: the goods are valued as received again, and wait for another bill."""
    rows = list(Billed.objects.filter(bill__in=bills.ids).select_related("line__order", "move", "bill").order_by("id"))
    sums: dict[tuple[int, int | None, int], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    first: dict[tuple[int, int | None, int], Billed] = {}
    for row in rows:
        key = (row.line_id, row.move_id, row.bill_id)
        first.setdefault(key, row)
        for place, value in enumerate((row.quantity, row.booked, row.billed)):
            sums[key][place] += value
    back, changes = [], defaultdict(list)
    for key, (quantity, booked, billed) in sums.items():
        if not quantity:
            continue
        row = first[key]
        back.append(Billed(line_id=key[0], move_id=key[1], bill_id=key[2], quantity=-quantity, booked=-booked, billed=-billed))
        if row.move_id and billed != booked:
            changes[row.bill_id].append(Change(row.move_id, booked - billed, StockValue.PRICE, (Bill._meta.db_table, row.bill_id, None)))
    insert_rows(Billed, back)
    _book({b.pk: b for b in bills}, changes, bills.actor)


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


def _settle_waiting(lines: Iterable[int], actor: Actor) -> None:
    """Give bills that came before the goods what came now."""
    waiting = (
        Billed.objects.filter(line__in=list(lines), move=None)
        .order_by()
        .values_list("line_id", "bill_id")
        .annotate(quantity=Sum("quantity"), billed=Sum("billed"))
    )
    rows = [row for row in waiting if row[2] > 0]
    if not rows:
        return
    bills = Bill.objects.in_bulk({bill for _line, bill, _q, _b in rows})
    insert_rows(Billed, [Billed(line_id=ln, bill_id=bill, quantity=-q, booked=ZERO, billed=-b) for ln, bill, q, b in rows])
    _settle([_Due(bills[bill], ln, q, b) for ln, bill, q, b in rows], actor)


def _settle(due: Sequence[_Due], actor: Actor) -> None:
    """Lay what is billed on the receipts of the lines, the oldest first; what finds none waits. Products are locked first."""
    lines = {d.line for d in due}
    for company in sorted({d.bill.company_id for d in due}):
        own = {d.line for d in due if d.bill.company_id == company}
        lock_costs(company, PurchaseOrderLine.objects.filter(pk__in=own, product__isnull=False).values_list("product_id", flat=True))
    receipts = receipts_of(lines)
    taken: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for move, quantity, booked in (
        Billed.objects.filter(line__in=lines, move__isnull=False)
        .order_by()
        .values_list("move_id")
        .annotate(quantity=Sum("quantity"), booked=Sum("booked"))
    ):
        taken[move] = [quantity, booked]
    decimals = _decimals({d.bill.company_id for d in due})
    goods = set(PurchaseOrderLine.objects.filter(pk__in=lines, product__kind="goods").values_list("id", flat=True))
    rows, changes = [], defaultdict(list)
    for d in due:
        if d.line not in goods:
            continue
        places = decimals[d.bill.company_id]
        parts, left = [], d.quantity
        for move, cost in receipts.get(d.line, ()):
            free = move.quantity - taken[move.pk][0]
            if left > 0 and free > 0:
                part = min(left, free)
                whole = rounded(cost, places)
                booked = whole - taken[move.pk][1] if part == free else rounded(cost * part / move.quantity, places)
                taken[move.pk][0] += part
                taken[move.pk][1] += booked
                parts.append((move, part, booked))
                left -= part
        shares = spread(d.billed, [*(part for _m, part, _b in parts), left], places)
        for (move, part, booked), billed in zip(parts, shares, strict=False):
            rows.append(Billed(line_id=d.line, move=move, bill=d.bill, quantity=part, booked=booked, billed=billed))
            if billed != booked:
                changes[d.bill.pk].append(
                    Change(
                        move.pk, billed - booked, StockValue.PRICE, (Bill._meta.db_table, d.bill.pk, None),
                        _("{bill} bills {quantity} at {billed}, received at {booked}.").format(
                            bill=d.bill, quantity=_shown(part), billed=f"{billed:f}", booked=f"{booked:f}"
                        ),
                    )
                )  # fmt: skip
        if left > 0:
            rows.append(Billed(line_id=d.line, move=None, bill=d.bill, quantity=left, booked=ZERO, billed=shares[-1]))
    insert_rows(Billed, rows)
    _book({d.bill.pk: d.bill for d in due}, changes, actor)


def _book(bills: dict[int, Bill], changes: dict[int, list[Change]], actor: Actor) -> None:
    """The differences of bills as changes of stock value, an entry a bill, on its day or the first open one after."""
    wanted = []
    for company in sorted({bills[pk].company_id for pk in changes}):
        own = sorted(pk for pk in changes if bills[pk].company_id == company)
        days = first_open_days(company, SUBLEDGER, {bills[pk].on for pk in own})
        found = value_changes(company, [c for pk in own for c in changes[pk]], min(days.values()))
        costing = dict(Product.objects.filter(pk__in={r.product_id for r in found}).values_list("id", "costing"))
        for pk in own:
            rows = [r for r in found if r.source_id == pk]
            for row in rows:
                row.booked_on = days[bills[pk].on]
            sums = amounts(rows, costing)
            sums["goods_received_not_invoiced"] -= sum((r.value + r.expensed for r in rows), ZERO)
            wanted.append((rows, entry_of(bills[pk], sums, days[bills[pk].on], _("price of received goods"))))
    book(wanted, actor=actor)


def _decimals(companies: Iterable[int]) -> dict[int, int]:
    return dict(Company.objects.filter(pk__in=set(companies)).values_list("id", "currency__decimals"))


def _shown(quantity: Decimal) -> str:
    return figure(quantity.quantize(Decimal("0.000001")))
