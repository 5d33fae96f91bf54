"""The verbs of the warehouse: receive, deliver, take back, transfer, adjust. Goods, costs and books move in one transaction (IV-01)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.queries import first_open_days
from fondaco.finance.receivables.credit import Paper, refuse_stopped, release
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.lots import Part, parse, parse_pairs, written
from fondaco.operations.inventory.models import (
    CostRevision,
    CostRevisionLine,
    GoodsIssue,
    GoodsIssueLine,
    GoodsReceipt,
    GoodsReceiptLine,
    GoodsReturn,
    GoodsReturnLine,
    LandedCost,
    LandedCostLine,
    LandedCostReceipt,
    Location,
    Lot,
    MoveLot,
    StockAdjustment,
    StockAdjustmentLine,
    StockCount,
    StockMove,
    StockTransfer,
    StockTransferLine,
    StockUse,
    StockUseLine,
    StockValue,
    Warehouse,
)
from fondaco.operations.inventory.moving import Moved, MoveDraft, lock_costs, move, outside, stock_locations
from fondaco.operations.inventory.posting import entry_of
from fondaco.operations.inventory.refusals import (
    ChargedElsewhere,
    DirectByHand,
    LotNotDelivered,
    LotNotReceived,
    NameLots,
    NameVendor,
    NoLines,
    NoSuchPlace,
    NoSuchReceiptLine,
    NotAtStandard,
    NotGoods,
    NothingBears,
    NothingConsigned,
    OwnerDiffers,
    ReturnedTooMuch,
)
from fondaco.operations.inventory.revaluing import SUBLEDGER, Change, amounts, book, late_values, value_changes
from fondaco.operations.inventory.weighing import Difference, Weighed, corrected, is_more, refuse_strange, weigh
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.permissions import standalone
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.money import ZERO, figure, rounded, spread
from fondaco.platform.resources.declare import Draft

POSTED = {"draft": "posted"}
Counted = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
#: A delivery has no price: any release of its order, or of itself, lets it go.
SMALLEST = Decimal("0.0001")
#: The right to record what happened in a closed period; the books take it on their first open day.
BACK_DATE = standalone("inventory.back_date_paper")


@action(GoodsReceipt, moves=POSTED, permission="inventory.post_receipt", name="post_receipt", title=_("Post"), done=_("Goods received"))
def post_receipt(receipts: DocumentSet[GoodsReceipt]) -> None:
    """Take goods in: they lie in the warehouse, valued at the cost on the receipt, and are owed until the bill comes.

    A vendor's consignment lies there and is his; taken over from it, goods are ours at the cost on the receipt, and owed. What he sent straight
    to a customer is cost of goods sold.
    """
    vendors = outside({r.company_id for r in receipts}, "vendor")
    openings = outside({r.company_id for r in receipts}, "opening")
    consigned = _places_of_consignment(receipts)
    directs = _direct_places(receipts)
    decimals = _decimals(receipts)

    def draft(receipt: GoodsReceipt, line: GoodsReceiptLine, place: int) -> MoveDraft:
        origin = (openings if receipt.kind == GoodsReceipt.OPENING else vendors)[receipt.company_id]
        if receipt.kind == GoodsReceipt.CONSIGNMENT:
            place = consigned[receipt.warehouse_id, receipt.vendor_id]
        elif receipt.kind == GoodsReceipt.TAKEOVER:
            origin = consigned[receipt.warehouse_id, receipt.vendor_id]
        elif receipt.kind == GoodsReceipt.DIRECT:
            place = directs[receipt.company_id]
        return MoveDraft(
            receipt.company_id, line.product_id, line.quantity, origin, place, receipt.on, _source(receipt, line),
            value=rounded(line.quantity * line.unit_cost, decimals[receipt.company_id]),
            demand=(line.demand_table, line.demand_line) if line.demand_line else None, carries_value=receipt.kind == GoodsReceipt.DIRECT,
            second=line.second_quantity,
        )  # fmt: skip

    def weighed(receipt: GoodsReceipt, line: GoodsReceiptLine, _place: int) -> Weighed:
        ours = receipt.kind == GoodsReceipt.TAKEOVER
        return Weighed(receipt, line, consigned[receipt.warehouse_id, receipt.vendor_id] if ours else None, judged=not ours)

    _post(
        receipts,
        GoodsReceiptLine,
        "receipt",
        draft,
        lambda r: "opening_balance" if r.kind == GoodsReceipt.OPENING else "goods_received_not_invoiced",
        weighed,
    )


@action(
    GoodsReceipt,
    moves=POSTED,
    permission="inventory.post_receipt",
    name="receive_counted",
    title=_("Receive what was counted"),
    done=_("Goods received"),
)
def receive_counted(
    receipts: DocumentSet[GoodsReceipt],
    *,
    quantities: dict[int, Counted],
    second_quantities: dict[int, Counted] = {},  # noqa: B006  never changed
    lots: dict[int, str] = {},  # noqa: B006  never changed
) -> None:
    """Bring the lines of receipts to what was counted at the dock, by line, with their lots; then take the goods in.

    A line of which nothing came goes; lines that are not named stay as they are. Of goods with a second unit the weight is said in
    ``quantities``, the pieces in ``second_quantities``.
    """
    lines = [ln for rows in _lines(receipts, GoodsReceiptLine, "receipt").values() for ln in rows]
    if strange := (set(quantities) | set(second_quantities) | set(lots)) - {ln.pk for ln in lines}:
        raise NoSuchReceiptLine(line=min(strange), document=", ".join(str(r) for r in receipts.rows[:20]))
    came = [ln for ln in lines if quantities.get(ln.pk, ln.quantity)]
    for line in came:
        line.is_estimated = line.is_estimated and line.pk not in quantities
        line.quantity, line.lots = quantities.get(line.pk, line.quantity), lots.get(line.pk, line.lots)
        line.second_quantity = second_quantities.get(line.pk, line.second_quantity)
    values = {"id": [ln.pk for ln in came], "quantity": [ln.quantity for ln in came], "lots": [ln.lots for ln in came]}
    if any(ln.second_quantity is not None for ln in came):
        values |= {"second_quantity": [ln.second_quantity for ln in came], "is_estimated": [ln.is_estimated for ln in came]}
    update_rows(GoodsReceiptLine, values)
    if nothing := [ln.pk for ln in lines if ln not in came]:
        GoodsReceiptLine.objects.filter(pk__in=nothing).delete()
    post_receipt(receipts)


def _direct_places(receipts: DocumentSet[GoodsReceipt]) -> dict[int, int]:
    """Where what vendors send straight to customers goes through, by company; made where it is missing. Such receipts are drawn up with
    their delivery, never by hand: the database refuses one whose goods, lots included, do not go on to a customer."""
    direct = [r for r in receipts if r.kind == GoodsReceipt.DIRECT]
    if not direct:
        return {}
    if by_hand := next((r for r in direct if not r.source_id), None):
        raise DirectByHand(document=str(by_hand), rows=[{"id": str(by_hand.pk)}])
    companies = {r.company_id for r in direct}
    found = outside(companies, Location.DIRECT)
    if missing := companies - set(found):
        places_for(list(Warehouse.objects.filter(company__in=missing)))
        found = outside(companies, Location.DIRECT)
    return found


def _direct_costs(issues: DocumentSet[GoodsIssue]) -> dict[tuple[int, int], tuple[int, Decimal]]:
    """Of deliveries that vendors made: by delivery and line, the place the goods went through and what they cost; one statement."""
    receipts = {i.direct_receipt_id: i.pk for i in issues if i.direct_receipt_id}
    if not receipts:
        return {}
    positions = dict(GoodsReceiptLine.objects.filter(receipt__in=receipts).values_list("pk", "position"))
    rows = StockMove.objects.filter(source_table=GoodsReceipt._meta.db_table, source_id__in=receipts)
    return {
        (receipts[receipt], positions[line]): (place, value)
        for receipt, line, place, value in rows.values_list("source_id", "source_line", "to_location_id", "value")
    }


def _places_of_consignment(receipts: DocumentSet[GoodsReceipt]) -> dict[tuple[int, int | None], int]:
    """The places of vendors' consignments, by warehouse and vendor; the first consignment makes its place. Two statements."""
    concerned = [r for r in receipts if r.kind in (GoodsReceipt.CONSIGNMENT, GoodsReceipt.TAKEOVER)]
    if nameless := next((r for r in concerned if r.vendor_id is None), None):
        raise NameVendor(document=nameless, rows=[{"id": str(nameless.pk)}])
    if not concerned:
        return {}
    rows = Location.objects.filter(kind=Location.CONSIGNED, warehouse__in={r.warehouse_id for r in concerned})
    found: dict[tuple[int, int | None], int] = {(w or 0, party): pk for w, party, pk in rows.values_list("warehouse_id", "party_id", "id")}
    fresh: dict[tuple[int, int | None], Location] = {}
    for receipt in concerned:
        key = (receipt.warehouse_id, receipt.vendor_id)
        if key in found or key in fresh:
            continue
        if receipt.kind == GoodsReceipt.TAKEOVER:
            raise NothingConsigned(document=receipt, vendor=receipt.vendor, warehouse=receipt.warehouse, rows=[{"id": str(receipt.pk)}])
        fresh[key] = Location(
            company_id=receipt.company_id, warehouse_id=receipt.warehouse_id, party_id=receipt.vendor_id, kind=Location.CONSIGNED,
            code=f"{receipt.warehouse.code}-C{receipt.vendor_id}", name=f"{receipt.warehouse.name}: {receipt.vendor}",
        )  # fmt: skip
    insert_rows(Location, list(fresh.values()))
    return found | {key: place.pk for key, place in fresh.items()}


@action(GoodsIssue, moves=POSTED, permission="inventory.post_issue", name="post_issue", title=_("Ship"), done=_("Shipped"))
def post_issue(issues: DocumentSet[GoodsIssue]) -> None:
    """Ship deliveries: the goods leave at what they cost by their costing, which becomes cost of goods sold in the same moment.

    Of tracked goods those lots leave that the lines name, else the first expiring ones; no blocked ones, and no expired ones unless that
    was allowed.
    """
    refuse_stopped([paper_of(i) for i in issues if i.customer_id], stage="shipment", on=max(i.on for i in issues))
    customers = outside({i.company_id for i in issues}, "customer")
    directs = _direct_costs(issues)

    def draft(issue: GoodsIssue, line: GoodsIssueLine, place: int) -> MoveDraft:
        origin, value = directs.get((issue.pk, line.position), (place, None))
        return MoveDraft(
            issue.company_id, line.product_id, line.quantity, origin, customers[issue.company_id], issue.on, _source(issue, line),
            demand=(line.demand_table, line.demand_line) if line.demand_line else None,
            to_customer=True, expired_too=bool(issue.expired_because), value=value, carries_value=value is not None, second=line.second_quantity,
        )  # fmt: skip

    def weighed(issue: GoodsIssue, line: GoodsIssueLine, place: int) -> Weighed:
        direct = (issue.pk, line.position) in directs
        return Weighed(issue, line, None if direct else place, expired_too=bool(issue.expired_because))

    _post(issues, GoodsIssueLine, "issue", draft, lambda _issue: "cost_of_goods_sold", weighed)
    record([_told(i, i.customer_id, "delivery", "out", issues.actor) for i in issues])


def paper_of(issue: GoodsIssue) -> Paper:
    """A delivery as credit sees it: it goes on with the order it is for, whose amount is in the exposure already."""
    source = (issue.source_table, issue.source_id) if issue.source_id else (GoodsIssue._meta.db_table, issue.pk)
    return Paper(issue.company_id, issue.customer_id, source, str(issue), SMALLEST, "", adds=False)


@action(
    GoodsIssue,
    moves={"draft": "draft"},
    permission="inventory.approve_credit",
    title=_("Release credit"),
    needs_reason=True,
    done=_("Released"),
)
def approve_credit(issues: DocumentSet[GoodsIssue]) -> None:
    """Let deliveries be shipped although credit stops them, for a reason. Who entered or changed a delivery cannot release it."""
    papers = [paper_of(i) for i in issues if i.customer_id]
    entered = {p.source[1]: {i.created_by} for i, p in zip([i for i in issues if i.customer_id], papers, strict=True)}
    release(papers, stage="shipment", on=max(i.on for i in issues), reason=issues.reason, actor=issues.actor, entered_by=entered)


@action(
    GoodsIssue,
    moves={"draft": "draft"},
    permission="inventory.allow_expired",
    name="allow_expired",
    title=_("Allow expired goods"),
    needs_reason=True,
    dangerous=True,
    done=_("Expired goods may leave"),
)
def allow_expired(issues: DocumentSet[GoodsIssue]) -> None:
    """Let deliveries take expired lots, for a reason. A delivery that is changed afterwards needs it again."""
    for issue in issues:
        issue.expired_because = issues.reason
    issues.save("expired_because")


@action(
    Lot,
    moves={"released": "blocked"},
    permission="inventory.block_lot",
    name="block",
    title=_("Block"),
    needs_reason=True,
    done=_("Blocked"),
)
def block(lots: DocumentSet[Lot]) -> None:
    """Keep lots where they are: nothing of them is promised or delivered until they are released."""
    _lock_lots(lots)


@action(
    Lot,
    moves={"blocked": "released"},
    permission="inventory.block_lot",
    name="unblock",
    title=_("Unblock"),
    needs_reason=True,
    done=_("Unblocked"),
)
def unblock(lots: DocumentSet[Lot]) -> None:
    """Let blocked lots be promised and delivered again."""
    _lock_lots(lots)


def _lock_lots(lots: DocumentSet[Lot]) -> None:
    # Whoever is promising or moving goods of these products ends first.
    for company in sorted({t.company_id for t in lots}):
        lock_costs(company, {t.product_id for t in lots if t.company_id == company})


@action(GoodsReturn, moves=POSTED, permission="inventory.post_return", name="post_return", title=_("Take back"), done=_("Goods taken back"))
def post_return(returns: DocumentSet[GoodsReturn]) -> None:
    """Take goods back from customers, at what they cost when they left; never more than was delivered.

    Of tracked goods the very lots come back that left: all of them, the only one, or those that the lines name.
    """
    customers = outside({r.company_id for r in returns}, "customer")
    lines = _lines(returns, GoodsReturnLine, "goods_return")
    for company in sorted({r.company_id for r in returns}):
        lock_costs(company, {ln.product_id for r in returns if r.company_id == company for ln in lines[r.pk]})
    issued = {
        m.source_line: m
        for m in StockMove.objects.filter(
            source_table=GoodsIssue._meta.db_table, source_line__in=[ln.issue_line_id for rows in lines.values() for ln in rows]
        )
    }
    back: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for returned, quantity, value, second in StockMove.objects.filter(returns__in=issued.values()).values_list(
        "returns_id", "quantity", "value", "second_quantity"
    ):
        back[returned][0] += quantity
        back[returned][1] += value
        back[returned][2] += second or ZERO
    decimals = _decimals(returns)
    with_customers = _lots_with_customers(list(issued.values()))
    tracked = Product.objects.in_bulk({m.product_id for m in issued.values() if m.tracked})

    def draft(document: GoodsReturn, line: GoodsReturnLine, place: int) -> MoveDraft:
        original = issued[line.issue_line_id]
        gone = back[original.pk]
        fewer = line.second_quantity is not None and (original.second_quantity or ZERO) - gone[2] < line.second_quantity
        if fewer or original.quantity - gone[0] < line.quantity or original.product_id != line.product_id:
            raise ReturnedTooMuch(
                product=Product.objects.get(pk=line.product_id),
                asked=figure(line.quantity),
                issued=figure(original.quantity),
                returned=figure(gone[0]),
            )
        whole = line.quantity == original.quantity - gone[0]
        value = (
            original.value - gone[1]
            if whole
            else rounded(original.value * line.quantity / original.quantity, decimals[document.company_id])
        )
        gone[0] += line.quantity
        gone[1] += value
        gone[2] += line.second_quantity or ZERO
        return MoveDraft(
            document.company_id,
            line.product_id,
            line.quantity,
            customers[document.company_id],
            place,
            document.on,
            _source(document, line),
            value=value,
            returns=original.pk,
            lots=(
                _coming_back(line, tracked[original.product_id], with_customers[original.pk], decimals[document.company_id])
                if original.tracked
                else ()
            ),
            second=line.second_quantity,
        )

    def weighed(document: GoodsReturn, line: GoodsReturnLine, _place: int) -> Weighed:
        original = issued[line.issue_line_id]
        whole, gone = original.second_quantity or ZERO, back[original.pk]
        held = {number: (h.quantity, h.second or ZERO) for number, h in with_customers[original.pk].items()}
        return Weighed(document, line, held=held if original.tracked else {"": (original.quantity - gone[0], whole - gone[2])})

    _post(returns, GoodsReturnLine, "goods_return", draft, lambda _r: "cost_of_goods_sold", weighed)
    record([_told(r, r.customer_id, "return", "in", returns.actor) for r in returns])


def send_to_vendors(papers: DocumentSet[Any], model: Any, parent: str, receipts: Mapping[int, StockMove]) -> Moved:
    """Move the goods of papers of a room above out to the vendors they came from, at what they cost by their costing now; the entries are the
    caller's. ``receipts``: by line, the move with which its goods came.

    Of tracked goods lots of that very receipt leave: those the lines name, else all that are left of it.
    """
    vendors = outside({p.company_id for p in papers}, "vendor")
    lines = _lines(papers, model, parent)
    for company in sorted({p.company_id for p in papers}):
        lock_costs(company, {ln.product_id for p in papers if p.company_id == company for ln in lines[p.pk]})
    _name_lots_of_receipts(papers, model, parent, lines, receipts)

    def draft(paper: Any, line: Any, place: int) -> MoveDraft:
        return MoveDraft(
            paper.company_id, line.product_id, line.quantity, place, vendors[paper.company_id], paper.on, _source(paper, line),
            returns=receipts[line.pk].pk, lots_by_name=True, second=line.second_quantity,
        )  # fmt: skip

    return _post(papers, model, parent, draft, None, Weighed)


def _name_lots_of_receipts(
    papers: DocumentSet[Any], model: Any, parent: str, lines: Mapping[int, Sequence[Any]], receipts: Mapping[int, StockMove]
) -> None:
    """Lines of tracked goods name lots of their receipt: those that nobody named are all that are left of it. Four statements at most."""
    tracked = [ln for p in papers for ln in lines[p.pk] if receipts[ln.pk].tracked]
    if not tracked:
        return
    products = Product.objects.select_related("second_unit").in_bulk({ln.product_id for ln in tracked})
    held = _lots_of_receipts([receipts[ln.pk] for ln in tracked])
    named = []
    for line in tracked:
        product, left = products[line.product_id], held[receipts[line.pk].pk]
        where = {"rows": [{"id": str(getattr(line, f"{parent}_id"))}], "fields": {f"lines.{line.position}.lots": line.lots}}
        in_pieces = product.second_unit_id is not None
        wanted = line.second_quantity if in_pieces else line.quantity
        if not line.lots:
            there = {number: q for number, q in left.items() if q > 0}
            if len(there) != 1 and sum(there.values(), ZERO) != wanted:
                raise NameLots(product=product, quantity=figure(line.quantity), **where)
            parts = [(number, min(q, wanted)) for number, q in there.items()]
            line.lots = " ".join(f"{n}=/{figure(q)}" for n, q in parts) if in_pieces else written(parts, product.tracking == Product.SERIAL)
            named.append(line)
        else:
            parts = [
                (p.number, (p.second or wanted) if in_pieces else p.quantity)
                for p in (parse_pairs(line.lots, product, where) if in_pieces else parse(line.lots, line.quantity, product, where))
            ]
        for number, quantity in parts:
            if quantity > left.get(number, ZERO):
                raise LotNotReceived(
                    product=product, number=number, asked=figure(quantity), received=figure(left.get(number, ZERO)), **where
                )
            left[number] -= quantity
    update_rows(model, {"id": [ln.pk for ln in named], "lots": [ln.lots for ln in named]})


def _lots_of_receipts(moves: Sequence[StockMove]) -> dict[int, dict[str, Decimal]]:
    """By receipt move and lot, what of it was not sent back: pieces, of goods with a second unit. Two statements."""
    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    keys = [m.pk for m in moves]
    measure = Coalesce("second_quantity", "quantity")
    for key, number, quantity in MoveLot.objects.filter(move__in=keys).order_by("id").values_list("move_id", "lot__number", measure):
        found[key][number] += quantity
    for key, number, quantity in MoveLot.objects.filter(move__returns__in=keys).values_list("move__returns_id", "lot__number", measure):
        found[key or 0][number] -= quantity
    return found


@dataclass(slots=True)
class _WithCustomer:
    """What of a lot of a delivery is with the customer still, and what it cost when it left."""

    quantity: Decimal
    value: Decimal
    issued: Decimal
    cost: Decimal
    second: Decimal | None = None


def _lots_with_customers(issued: Sequence[StockMove]) -> dict[int, dict[str, _WithCustomer]]:
    """By delivery move and lot number; two statements, none where nothing is tracked."""
    found: dict[int, dict[str, _WithCustomer]] = defaultdict(dict)
    tracked = [m.pk for m in issued if m.tracked]
    if not tracked:
        return found
    rows = (
        MoveLot.objects.filter(move__in=tracked)
        .order_by("lot__number")
        .values_list("move_id", "lot__number", "quantity", "value", "second_quantity")
    )
    for key, number, quantity, value, second in rows:
        found[key][number] = _WithCustomer(quantity, value, quantity, value, second)
    returned = MoveLot.objects.filter(move__returns__in=tracked).values_list(
        "move__returns_id", "lot__number", "quantity", "value", "second_quantity"
    )
    for original, number, quantity, value, second in returned:
        held = found[original or 0][number]
        held.quantity -= quantity
        held.value -= value
        if held.second is not None and second is not None:
            held.second -= second
    return found


def _coming_back(line: GoodsReturnLine, product: Product, held: dict[str, _WithCustomer], decimals: int) -> tuple[Part, ...]:
    """The lots of a return line, each at what it cost when it left; ``held`` is less by them afterwards."""
    left = {number: h for number, h in held.items() if h.quantity}
    where = {"rows": [{"id": str(line.goods_return_id)}]}
    if product.second_unit_id is not None:
        parts = tuple(parse_pairs(line.lots, product, where))
        if not parts:
            raise NameLots(product=product, quantity=figure(line.quantity), **where)
    elif line.lots:
        parts = parse(line.lots, line.quantity, product, where)
    elif len(left) == 1 or sum((h.quantity for h in left.values()), ZERO) == line.quantity:
        parts = tuple(Part(number, min(h.quantity, line.quantity)) for number, h in left.items())
    else:
        raise NameLots(product=product, quantity=figure(line.quantity), **where)
    coming = []
    # What left before the product was valued at the cost of its lots comes back at its share of what the whole cost.
    priced = any(h.cost for h in held.values())
    for part in parts:
        h = left.get(part.number)
        if h is None or part.quantity > h.quantity or (part.second or ZERO) > (h.second or ZERO):
            raise LotNotDelivered(
                product=product, number=part.number, asked=figure(part.quantity), delivered=figure(h.quantity) if h else "0", **where,
            )  # fmt: skip
        value = h.value if part.quantity == h.quantity else rounded(h.cost * part.quantity / h.issued, decimals)
        h.quantity -= part.quantity
        h.value -= value
        if h.second is not None:
            h.second -= part.second or ZERO
        coming.append(replace(part, value=value if priced else None))
    return tuple(coming)


@action(
    StockTransfer,
    moves={"draft": "posted"},
    permission="inventory.post_transfer",
    name="post_transfer",
    title=_("Transfer"),
    done=_("Transferred"),
)
def post_transfer(transfers: DocumentSet[StockTransfer]) -> None:
    """Move goods to another warehouse or place, in one go; value and books stay as they are."""
    _transfer(transfers, _targets(transfers))


@action(
    StockTransfer,
    moves={"draft": "sent"},
    permission="inventory.post_transfer",
    name="send_transfer",
    title=_("Send"),
    done=_("On the way"),
)
def send_transfer(transfers: DocumentSet[StockTransfer]) -> None:
    """Send goods on their way: they are ours, in transit, and promised to nobody until they arrive."""
    _targets(transfers)
    transit = _transit(transfers)
    _transfer(transfers, {t.pk: transit[t.company_id] for t in transfers})


@action(
    StockTransfer,
    moves={"sent": "posted"},
    permission="inventory.post_transfer",
    name="arrive_transfer",
    title=_("Arrived"),
    done=_("Arrived"),
)
def arrive_transfer(transfers: DocumentSet[StockTransfer], *, on: date) -> None:
    """Take in what was sent: the very lots, whole."""
    targets = _targets(transfers)
    transit = _transit(transfers)
    lines = _lines(transfers, StockTransferLine, "transfer")
    tracked = Product.objects.exclude(tracking=Product.UNTRACKED).in_bulk({ln.product_id for rows in lines.values() for ln in rows})
    drafts = []
    for transfer in transfers:
        for line in lines[transfer.pk]:
            parts = _parts(transfer, line, tracked[line.product_id]) if line.product_id in tracked else ()
            drafts.append(
                MoveDraft(
                    transfer.company_id, line.product_id, line.quantity, transit[transfer.company_id], targets[transfer.pk],
                    max(on, transfer.on), _source(transfer, line), lots=parts, second=line.second_quantity,
                )
            )  # fmt: skip
    for transfer in transfers:
        transfer.arrived_on = max(on, transfer.on)
    move(drafts)
    transfers.save_with_state("arrived_on")


def _transit(transfers: DocumentSet[StockTransfer]) -> dict[int, int]:
    """Where goods on the way are, by company; made where it is missing."""
    companies = {t.company_id for t in transfers}
    found = outside(companies, Location.TRANSIT)
    if missing := companies - set(found):
        places_for(list(Warehouse.objects.filter(company__in=missing)))
        found = outside(companies, Location.TRANSIT)
    return found


def _transfer(transfers: DocumentSet[StockTransfer], targets: dict[int, int]) -> None:
    def draft(transfer: StockTransfer, line: StockTransferLine, place: int) -> MoveDraft:
        return MoveDraft(
            transfer.company_id, line.product_id, line.quantity, place, targets[transfer.pk], transfer.on, _source(transfer, line),
            second=line.second_quantity,
        )  # fmt: skip

    _post(transfers, StockTransferLine, "transfer", draft, None, lambda t, line, place: Weighed(t, line, place, judged=False))


def _targets(transfers: DocumentSet[StockTransfer]) -> dict[int, int]:
    """Where the goods of each transfer go. Raises where that is no place of the warehouse, or is another owner's."""
    houses = stock_locations({t.to_warehouse_id for t in transfers})
    places = Location.objects.in_bulk({p for t in transfers for p in (t.place_id, t.to_place_id) if p})
    found = {}
    for transfer in transfers:
        target = places[transfer.to_place_id] if transfer.to_place_id else None
        if target is not None:
            _refuse_strange_place(transfer, target, transfer.to_warehouse_id)
        origin = places[transfer.place_id] if transfer.place_id else None
        owners = {place.party_id if place is not None and place.kind == Location.CONSIGNED else None for place in (origin, target)}
        if len(owners) > 1:
            raise OwnerDiffers(document=transfer, rows=[{"id": str(transfer.pk)}])
        found[transfer.pk] = target.pk if target is not None else houses[transfer.to_warehouse_id]
    return found


def _refuse_strange_place(document: Any, place: Location, warehouse: int) -> None:
    fits = place.company_id == document.company_id and place.kind in Location.PLACES and place.kind != Location.TRANSIT
    if not fits or (place.warehouse_id is not None and place.warehouse_id != warehouse):
        raise NoSuchPlace(document=document, place=place, warehouse=Warehouse.objects.get(pk=warehouse), rows=[{"id": str(document.pk)}])


@action(
    StockAdjustment, moves=POSTED, permission="inventory.post_adjustment", name="post_adjustment", title=_("Post"), done=_("Stock adjusted")
)
def post_adjustment(adjustments: DocumentSet[StockAdjustment]) -> None:
    """Bring the books to what was counted: more comes in at the unit cost, less goes out at what it costs by its costing.

    What is scrapped is booked as such. Of tracked goods the lines name the lots that are more or less.
    """
    losses = outside({a.company_id for a in adjustments}, "loss")

    def draft(adjustment: StockAdjustment, line: StockAdjustmentLine, place: int) -> MoveDraft:
        loss = losses[adjustment.company_id]
        here, there = (loss, place) if is_more(line) else (place, loss)
        quantity, second = corrected(line)
        return MoveDraft(
            adjustment.company_id,
            line.product_id,
            quantity,
            here,
            there,
            adjustment.on,
            _source(adjustment, line),
            lots_by_name=True,
            second=second,
        )

    _post(
        adjustments,
        StockAdjustmentLine,
        "adjustment",
        draft,
        lambda a: "scrapped_goods" if a.kind == StockAdjustment.SCRAP else "inventory_adjustment",
        lambda a, line, _place: Weighed(a, line, judged=False, corrects=True),
    )


@action(StockUse, moves=POSTED, permission="inventory.post_use", name="post_use", title=_("Hand out"), done=_("Handed out"))
def post_use(uses: DocumentSet[StockUse]) -> None:
    """Take goods from stock for the house itself, at what they cost by their costing: to the account and cost centre that the paper names.

    Of tracked goods those lots go that the lines name, else the first expiring ones.
    """
    _refuse_strange_charge(uses)
    places = _own_use_places(uses)

    def draft(use: StockUse, line: StockUseLine, place: int) -> MoveDraft:
        return MoveDraft(
            use.company_id, line.product_id, line.quantity, place, places[use.company_id], use.on, _source(use, line),
            demand=(line.demand_table, line.demand_line) if line.demand_line else None, second=line.second_quantity,
        )  # fmt: skip

    _post(
        uses,
        StockUseLine,
        "use",
        draft,
        lambda u: u.account_id or "expense",
        Weighed,
        lambda u: (u.dimension_value_id,) if u.dimension_value_id else (),
    )


def _refuse_strange_charge(uses: DocumentSet[StockUse]) -> None:
    """Account and cost centre are the company's own; one statement."""
    for row in StockUse.objects.filter(pk__in=uses.ids).select_related("account", "dimension_value__dimension", "company").order_by("pk"):
        strange = [
            named
            for named, company in (
                (row.account, row.account.company_id if row.account else None),
                (row.dimension_value, row.dimension_value.dimension.company_id if row.dimension_value else None),
            )
            if company not in (None, row.company_id)
        ]
        if strange:
            raise ChargedElsewhere(document=row, what=strange[0], company=row.company, rows=[{"id": str(row.pk)}])


def _own_use_places(uses: DocumentSet[StockUse]) -> dict[int, int]:
    """Where goods for own use go, by company; made where it is missing."""
    companies = {u.company_id for u in uses}
    found = outside(companies, Location.OWN_USE)
    if missing := companies - set(found):
        places_for(list(Warehouse.objects.filter(company__in=missing)))
        found = outside(companies, Location.OWN_USE)
    return found


@action(
    LandedCost,
    moves=POSTED,
    permission="inventory.post_landed_cost",
    name="post_landed_cost",
    title=_("Post"),
    done=_("Landed cost posted"),
)
def post_landed_cost(costs: DocumentSet[LandedCost]) -> None:
    """Share costs over the goods of receipts: what is still in stock is worth more, what has left already costs more."""
    lines = _lines(costs, LandedCostLine, "landed_cost")
    receipts = _lines(costs, LandedCostReceipt, "landed_cost")
    moves: dict[int, list[StockMove]] = defaultdict(list)
    wanted = {r.receipt_id for rows in receipts.values() for r in rows}
    for row in StockMove.objects.filter(source_table=GoodsReceipt._meta.db_table, source_id__in=wanted, sign=1).order_by("id"):
        moves[row.source_id].append(row)
    products = Product.objects.in_bulk({m.product_id for rows in moves.values() for m in rows})
    decimals = _decimals(costs)
    changes: dict[int, list[Change]] = defaultdict(list)
    for cost in costs:
        if not lines[cost.pk]:
            raise NoLines(document=str(cost), rows=[{"id": str(cost.pk)}])
        bearing = [m for r in receipts[cost.pk] for m in moves[r.receipt_id] if m.company_id == cost.company_id]
        for line in lines[cost.pk]:
            weights = [_weight(m, products[m.product_id], line.by) for m in bearing]
            if not any(weights):
                raise NothingBears(document=str(cost), cost=line.description, by=line.get_by_display(), rows=[{"id": str(cost.pk)}])
            for m, share in zip(bearing, spread(line.amount, weights, decimals[cost.company_id]), strict=True):
                if share:
                    changes[cost.pk].append(
                        Change(m.pk, share, StockValue.LANDED, (LandedCost._meta.db_table, cost.pk, line.pk), line.description)
                    )
    costs.number()
    _set_days(costs)
    rows: list[StockValue] = []
    for company in sorted({c.company_id for c in costs}):
        own = [c for c in costs if c.company_id == company]
        found = value_changes(company, [x for c in own for x in changes[c.pk]], own[0].booked_on or own[0].on)
        days = {c.pk: c.booked_on or c.on for c in own}
        for change in found:
            change.booked_on = days[change.source_id]
        rows += found
    costing = {pk: p.costing for pk, p in products.items()}
    drafts = []
    for cost in costs:
        sums = amounts([r for r in rows if r.source_id == cost.pk], costing)
        sums["freight_in"] -= sum((ln.amount for ln in lines[cost.pk]), ZERO)
        drafts.append(entry_of(cost, sums, cost.booked_on, late_reason=costs.reason))
    entries = book([([r for r in rows if r.source_id == c.pk], d) for c, d in zip(costs, drafts, strict=True)], actor=costs.actor)
    for cost, entry in zip(costs, entries, strict=True):
        cost.entry = entry
    costs.save("entry", "booked_on")


def _weight(row: StockMove, product: Product, by: str) -> Decimal:
    if by == "value":
        return row.value
    if by == "equal":
        return Decimal(1)
    each = {"quantity": Decimal(1), "weight": product.weight_kg, "volume": product.volume_m3}[by]
    return row.quantity * (each or ZERO)


@action(
    CostRevision,
    moves=POSTED,
    permission="inventory.post_cost_revision",
    name="post_cost_revision",
    title=_("Post"),
    done=_("Standard costs set"),
)
def post_cost_revision(revisions: DocumentSet[CostRevision]) -> None:
    """Set new standard costs: what is in stock takes the new value, the difference is an entry of the day."""
    lines = _lines(revisions, CostRevisionLine, "revision")
    decimals = _decimals(revisions)
    revisions.number()
    rows: dict[int, list[StockValue]] = defaultdict(list)
    costs = {
        company: lock_costs(company, {ln.product_id for r in revisions if r.company_id == company for ln in lines[r.pk]})
        for company in sorted({r.company_id for r in revisions})
    }
    for revision in revisions:
        if not lines[revision.pk]:
            raise NoLines(document=str(revision), rows=[{"id": str(revision.pk)}])
        for line in lines[revision.pk]:
            cost = costs[revision.company_id][line.product_id]
            if cost.costing != Product.STANDARD:
                raise NotAtStandard(product=Product.objects.get(pk=line.product_id), rows=[{"id": str(revision.pk)}])
            change = rounded(cost.quantity * line.unit_cost, decimals[revision.company_id]) - cost.value
            cost.value += change
            if change:
                rows[revision.pk].append(
                    StockValue(
                        company_id=revision.company_id, product_id=line.product_id, kind=StockValue.STANDARD, value=change, expensed=-change, booked_on=revision.on,
                        source_table=CostRevision._meta.db_table, source_id=revision.pk, source_line=line.pk,
                    )
                )  # fmt: skip
    wanted = []
    for revision in revisions:
        change = sum((r.value for r in rows[revision.pk]), ZERO)
        wanted.append(entry_of(revision, {"inventory": change, "inventory_adjustment": -change}, revision.on, late_reason=revisions.reason))
    entries = book([(rows[r.pk], d) for r, d in zip(revisions, wanted, strict=True)], actor=revisions.actor)
    for revision, entry in zip(revisions, entries, strict=True):
        revision.entry = entry
    revisions.save("entry")


def _post(
    documents: DocumentSet[Any],
    model: Any,
    parent: str,
    draft: Callable[[Any, Any, int], MoveDraft],
    against: Callable[[Any], int | str] | None,
    weighed: Callable[[Any, Any, int], Weighed],
    charged: Callable[[Any], tuple[int, ...]] | None = None,
) -> Moved:
    """Number the papers, move their goods, write their entries; then what late ones change, each in an entry of its own.

    Goods with a second unit are weighed before, and what the scale corrects is an adjustment of its own.
    """
    lines = _lines(documents, model, parent)
    places = own_places(documents)
    special = Product.objects.filter(~Q(kind="goods", tracking=Product.UNTRACKED, second_unit=None)).in_bulk(
        {ln.product_id for rows in lines.values() for ln in rows}
    )
    for document in documents:
        if not lines[document.pk]:
            raise NoLines(document=str(document), rows=[{"id": str(document.pk)}])
        for line in lines[document.pk]:
            if (product := special.get(line.product_id)) is not None and product.kind == "service":
                raise NotGoods(product=product, rows=[{"id": str(document.pk)}])
            refuse_strange(line, product, {"rows": [{"id": str(document.pk)}]})
    _weigh(documents, lines, places, special, weighed)
    documents.number()
    _set_days(documents)
    drafts = []
    for document in documents:
        for line in lines[document.pk]:
            drafted = draft(document, line, places[document.pk])
            drafted.booked_on = document.booked_on
            if line.lots and not drafted.lots:
                drafted.lots = _parts(document, line, special.get(line.product_id))
            drafts.append(drafted)
    moved = move(drafts)
    _write_down_lots(model, lines, special, moved)
    if against is not None:
        sums: dict[int, dict[int | str, Decimal]] = {d.pk: defaultdict(lambda: ZERO) for d in documents}
        by_key = {d.pk: d for d in documents}
        for done in moved.moves:
            own, variance = sums[done.source_id], moved.variances.get(done.pk, ZERO)
            own["inventory"] += done.sign * done.value
            own[against(by_key[done.source_id])] -= done.sign * done.value + variance
            own["purchase_price_variance"] += variance
            if not done.sign and done.value:  # from the vendor straight to the customer: owed, and cost; its delivery only passes it on
                own["cost_of_goods_sold"] += done.value
                own[against(by_key[done.source_id])] -= done.value
        for row in moved.shortages:
            sums[row.source_id]["inventory"] += row.value
            sums[row.source_id]["cost_of_goods_sold"] += row.expensed
        marked = {d.pk: {against(d): charged(d)} if charged else {} for d in documents}
        wanted = [(d, entry_of(d, sums[d.pk], d.booked_on, late_reason=documents.reason, dimensions=marked[d.pk])) for d in documents]
        posted = iter(ledger.post([e for _d, e in wanted if e is not None], actor=documents.actor))
        for document, entry in wanted:
            document.entry = next(posted) if entry is not None else None
    documents.save("entry", "booked_on")
    for company in sorted({m.company_id for m in moved.late}):
        _book_late(late_values(company, [m for m in moved.late if m.company_id == company]), documents)
    return moved


def _weigh(
    documents: DocumentSet[Any],
    lines: Mapping[int, Sequence[Any]],
    places: Mapping[int, int],
    special: Mapping[int, Product],
    weighed: Callable[[Any, Any, int], Weighed],
) -> None:
    """Settle the lines of goods with a second unit; what their scale corrected is posted as stock adjustments, one a paper and place."""
    rows = [
        weighed(d, line, places[d.pk])
        for d in documents
        for line in lines[d.pk]
        if line.product_id in special and special[line.product_id].second_unit_id is not None
    ]
    found: list[Difference] = []
    for company in sorted({r.document.company_id for r in rows}):
        found += weigh([r for r in rows if r.document.company_id == company], special, company)
    if not found:
        return
    groups: dict[tuple[int, int], list[Difference]] = defaultdict(list)
    for difference in found:
        groups[difference.document.pk, difference.place].append(difference)
    drafts = []
    for (_key, place), group in groups.items():
        document = group[0].document
        row = StockAdjustment(
            company_id=document.company_id, warehouse_id=document.warehouse_id, place_id=None if place == places[document.pk] and document.place_id is None else place,
            on=document.on, memo=gettext("Weighed otherwise than in the books"), source_table=document._meta.db_table, source_id=document.pk,
        )  # fmt: skip
        adjusted = [
            StockAdjustmentLine(
                product_id=d.product,
                quantity=d.quantity,
                second_quantity=ZERO,
                lots=f"{d.lot}={figure(abs(d.quantity))}/0" if d.lot else "",
            )
            for d in group
        ]
        drafts.append(Draft(row, adjusted))
    post_adjustment(DocumentSet(StockAdjustment, write(drafts, "adjustment"), documents.actor, documents.reason))


def own_places(documents: DocumentSet[Any]) -> dict[int, int]:
    """The place of our side of each paper: the one it names, else where its warehouse's stock lies. What a vendor consigned is only
    received, counted and moved within his."""
    houses = stock_locations({d.warehouse_id for d in documents})
    named = Location.objects.in_bulk({d.place_id for d in documents if d.place_id})
    found = {}
    for document in documents:
        place = named[document.place_id] if document.place_id else None
        if place is not None:
            _refuse_strange_place(document, place, document.warehouse_id)
            if place.kind == Location.CONSIGNED and not isinstance(document, StockTransfer | StockAdjustment | StockCount):
                raise OwnerDiffers(document=document, rows=[{"id": str(document.pk)}])
        found[document.pk] = place.pk if place is not None else houses[document.warehouse_id]
    return found


def _parts(document: Any, line: Any, product: Product | None) -> Sequence[Part]:
    where = {"rows": [{"id": str(document.pk)}], "fields": {f"lines.{line.position}.lots": line.lots}}
    return parse(line.lots, abs(line.quantity), product or Product.objects.get(pk=line.product_id), where)


def _write_down_lots(model: Any, lines: dict[int, list[Any]], special: dict[int, Product], moved: Moved) -> None:
    """The lots that were chosen, on the lines that name none; one statement."""
    if not moved.lots:
        return
    taken = {m.source_line: moved.lots[m.pk] for m in moved.moves if m.pk in moved.lots}
    blank = [ln for rows in lines.values() for ln in rows if not ln.lots and ln.pk in taken]
    for line in blank:
        serial = special[line.product_id].tracking == Product.SERIAL
        line.lots = written([(t.lot.number, t.quantity) for t in taken[line.pk]], serial)
    update_rows(model, {"id": [ln.pk for ln in blank], "lots": [ln.lots for ln in blank]})


def _set_days(documents: DocumentSet[Any]) -> None:
    """The day of each paper in the books: its own, or the first open one where its period is closed and who posts may book so."""
    for company in sorted({d.company_id for d in documents}):
        own = [d for d in documents if d.company_id == company]
        days = first_open_days(company, SUBLEDGER, {d.on for d in own}) if documents.actor.may(BACK_DATE, company) else {}
        for document in own:
            document.booked_on = days.get(document.on, document.on)


def _book_late(rows: Sequence[StockValue], documents: DocumentSet[Any]) -> None:
    """What late papers change: an entry for each paper and day."""
    by_key = {d.pk: d for d in documents}
    costing = dict(Product.objects.filter(pk__in={r.product_id for r in rows}).values_list("id", "costing"))
    groups: dict[tuple[int, date], list[StockValue]] = defaultdict(list)
    for row in rows:
        groups[row.source_id, row.booked_on].append(row)
    memo, reason = gettext("what left later costs otherwise"), documents.reason
    book(
        [
            (group, entry_of(by_key[key], amounts(group, costing), on, memo, late_reason=reason))
            for (key, on), group in sorted(groups.items())
        ],
        actor=documents.actor,
    )


def _lines(documents: DocumentSet[Any], model: Any, parent: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {d.pk: [] for d in documents}
    for line in model._default_manager.filter(**{f"{parent}__in": documents.ids}).order_by(parent, "position", "id"):
        found[getattr(line, f"{parent}_id")].append(line)
    return found


def _source(document: Any, line: Any) -> tuple[str, int, int]:
    return (document._meta.db_table, document.pk, line.pk)


def _decimals(documents: DocumentSet[Any]) -> dict[int, int]:
    return dict(Company.objects.filter(pk__in={d.company_id for d in documents}).values_list("id", "currency__decimals"))


def _told(document: Any, party: int, kind: str, direction: str, actor: Actor) -> Interaction:
    return Interaction(
        party_id=party, company_id=document.company_id, on=document.on, kind=kind, direction=direction, title=str(document.number), source_table=document._meta.db_table,
        source_id=document.pk, by=actor.username,
    )  # fmt: skip


def write(drafts: Sequence[Draft], parent: str) -> list[Any]:
    """Write papers another room drew up (deliveries of orders, returns), with their lines, in two statements."""
    rows = [d.row for d in drafts]
    if not rows:
        return []
    insert_rows(type(rows[0]), rows)
    lines = []
    for d in drafts:
        for position, line in enumerate(d.lines, start=1):
            setattr(line, parent, d.row)
            line.position = position
            lines.append(line)
    if lines:
        insert_rows(type(lines[0]), lines)
    return rows


def _pieces_picked(line: GoodsIssueLine, quantity: Decimal) -> Decimal | None:
    """How many pieces were picked of a line of goods of catch weight: the part of those asked for that comes nearest to the weight."""
    if line.second_quantity is None:
        return None
    return max(rounded(line.second_quantity * quantity / line.quantity, 0), min(line.second_quantity, Decimal(1)))


def as_picked(picked: Mapping[int, tuple[Decimal, str]]) -> None:
    """Bring lines of draft deliveries to what was picked for them: quantity and lots. A line of which nothing was found goes, and the
    order still owes it. Three statements at most."""
    known = GoodsIssueLine.objects.in_bulk(picked)
    changed = {pk: picked[pk] for pk, row in known.items() if picked[pk][0] and (row.quantity, row.lots) != picked[pk]}
    values: dict[str, list[Any]] = {
        "id": list(changed), "quantity": [q for q, _lots in changed.values()], "lots": [lots for _q, lots in changed.values()],
    }  # fmt: skip
    if any(known[pk].second_quantity is not None for pk in changed):
        values["second_quantity"] = [_pieces_picked(known[pk], quantity) for pk, (quantity, _lots) in changed.items()]
    update_rows(GoodsIssueLine, values)
    if nothing := [pk for pk in known if not picked[pk][0]]:
        GoodsIssueLine.objects.filter(pk__in=nothing).delete()


@action(Warehouse, permission="inventory.write_warehouse", name="make_places", title=_("Make places"), hidden=True)
def make_places(warehouses: DocumentSet[Warehouse]) -> None:
    """Give warehouses their stock location, and their companies the outside locations, where they are missing."""
    places_for(warehouses.rows)


def places_for(warehouses: Sequence[Warehouse]) -> None:
    """The stock location of each warehouse and the outside ones of its company; what is there already stays."""
    held = set(Location.objects.filter(warehouse__in=[w.pk for w in warehouses], kind="internal").values_list("warehouse_id", flat=True))
    rows = [
        Location(company_id=w.company_id, warehouse=w, code=w.code, name=w.name, kind="internal") for w in warehouses if w.pk not in held
    ]
    known = set(
        Location.objects.filter(company__in={w.company_id for w in warehouses}, warehouse__isnull=True).values_list("company_id", "kind")
    )
    for company in sorted({w.company_id for w in warehouses}):
        for kind, name in (
            ("vendor", "Vendors"),
            ("customer", "Customers"),
            ("loss", "Count differences"),
            ("opening", "Opening"),
            ("production", "Production"),
            (Location.TRANSIT, "In transit"),
            (Location.DIRECT, "From vendor to customer"),
            (Location.OWN_USE, "Own use"),
        ):
            if (company, kind) not in known:
                rows.append(Location(company_id=company, code=kind.upper(), name=name, kind=kind))
    insert_rows(Location, rows)
