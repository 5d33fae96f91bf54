"""The verbs of the warehouse: receive, deliver, take back, transfer, adjust. Goods, costs and books move in one transaction (IV-01)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.receivables.credit import Paper, refuse_stopped, release
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.models import (
    GoodsIssue,
    GoodsIssueLine,
    GoodsReceipt,
    GoodsReceiptLine,
    GoodsReturn,
    GoodsReturnLine,
    Location,
    StockAdjustment,
    StockAdjustmentLine,
    StockMove,
    StockTransfer,
    StockTransferLine,
    Warehouse,
)
from fondaco.operations.inventory.moving import MoveDraft, lock_costs, move, outside, stock_locations
from fondaco.operations.inventory.posting import entry_of
from fondaco.operations.inventory.refusals import NoLines, NotGoods, ReturnedTooMuch
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Draft

POSTED = {"draft": "posted"}
#: A delivery has no price: any release of its order, or of itself, lets it go.
SMALLEST = Decimal("0.0001")


@action(GoodsReceipt, moves=POSTED, permission="inventory.post_receipt", name="post_receipt", title=_("Post"), done=_("Goods received"))
def post_receipt(receipts: DocumentSet[GoodsReceipt]) -> None:
    """Take goods in: they lie in the warehouse, valued at the cost on the receipt, and are owed until the bill comes."""
    vendors = outside({r.company_id for r in receipts}, "vendor")
    openings = outside({r.company_id for r in receipts}, "opening")
    decimals = _decimals(receipts)

    def draft(receipt: GoodsReceipt, line: GoodsReceiptLine, place: int) -> MoveDraft:
        origin = openings if receipt.kind == "opening" else vendors
        return MoveDraft(
            receipt.company_id, line.product_id, line.quantity, origin[receipt.company_id], place, receipt.on, _source(receipt, line),
            value=rounded(line.quantity * line.unit_cost, decimals[receipt.company_id]),
        )  # fmt: skip

    _post(
        receipts,
        GoodsReceiptLine,
        "receipt",
        draft,
        lambda r: "opening_balance" if r.kind == "opening" else "goods_received_not_invoiced",
        1,
    )


@action(GoodsIssue, moves=POSTED, permission="inventory.post_issue", name="post_issue", title=_("Ship"), done=_("Shipped"))
def post_issue(issues: DocumentSet[GoodsIssue]) -> None:
    """Ship deliveries: the goods leave at their moving average, which becomes cost of goods sold in the same moment."""
    refuse_stopped([paper_of(i) for i in issues if i.customer_id], stage="shipment", on=max(i.on for i in issues))
    customers = outside({i.company_id for i in issues}, "customer")

    def draft(issue: GoodsIssue, line: GoodsIssueLine, place: int) -> MoveDraft:
        return MoveDraft(
            issue.company_id, line.product_id, line.quantity, place, customers[issue.company_id], issue.on, _source(issue, line),
            demand=(line.demand_table, line.demand_line) if line.demand_line else None,
        )  # fmt: skip

    _post(issues, GoodsIssueLine, "issue", draft, lambda _issue: "cost_of_goods_sold", -1)
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


@action(GoodsReturn, moves=POSTED, permission="inventory.post_return", name="post_return", title=_("Take back"), done=_("Goods taken back"))
def post_return(returns: DocumentSet[GoodsReturn]) -> None:
    """Take goods back from customers, at what they cost when they left; never more than was delivered."""
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
    back: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for returned, quantity, value in StockMove.objects.filter(returns__in=issued.values()).values_list("returns_id", "quantity", "value"):
        back[returned][0] += quantity
        back[returned][1] += value
    decimals = _decimals(returns)

    def draft(document: GoodsReturn, line: GoodsReturnLine, place: int) -> MoveDraft:
        original = issued[line.issue_line_id]
        gone = back[original.pk]
        if original.quantity - gone[0] < line.quantity or original.product_id != line.product_id:
            raise ReturnedTooMuch(
                product=Product.objects.get(pk=line.product_id),
                asked=f"{line.quantity.normalize():f}",
                issued=f"{original.quantity.normalize():f}",
                returned=f"{gone[0].normalize():f}",
            )
        whole = line.quantity == original.quantity - gone[0]
        value = (
            original.value - gone[1]
            if whole
            else rounded(original.value * line.quantity / original.quantity, decimals[document.company_id])
        )
        gone[0] += line.quantity
        gone[1] += value
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
        )

    _post(returns, GoodsReturnLine, "goods_return", draft, lambda _r: "cost_of_goods_sold", 1)
    record([_told(r, r.customer_id, "return", "in", returns.actor) for r in returns])


@action(StockTransfer, moves=POSTED, permission="inventory.post_transfer", name="post_transfer", title=_("Transfer"), done=_("Transferred"))
def post_transfer(transfers: DocumentSet[StockTransfer]) -> None:
    """Move goods to another warehouse; value and books stay as they are."""
    targets = stock_locations({t.to_warehouse_id for t in transfers})

    def draft(transfer: StockTransfer, line: StockTransferLine, place: int) -> MoveDraft:
        return MoveDraft(
            transfer.company_id,
            line.product_id,
            line.quantity,
            place,
            targets[transfer.to_warehouse_id],
            transfer.on,
            _source(transfer, line),
        )

    _post(transfers, StockTransferLine, "transfer", draft, None, 0)


@action(
    StockAdjustment, moves=POSTED, permission="inventory.post_adjustment", name="post_adjustment", title=_("Post"), done=_("Stock adjusted")
)
def post_adjustment(adjustments: DocumentSet[StockAdjustment]) -> None:
    """Bring the books to what was counted: more comes in at the moving average, less goes out at it."""
    losses = outside({a.company_id for a in adjustments}, "loss")
    lines = _lines(adjustments, StockAdjustmentLine, "adjustment")
    costs = {
        company: lock_costs(company, {ln.product_id for a in adjustments if a.company_id == company for ln in lines[a.pk]})
        for company in sorted({a.company_id for a in adjustments})
    }
    decimals = _decimals(adjustments)

    def draft(adjustment: StockAdjustment, line: StockAdjustmentLine, place: int) -> MoveDraft:
        loss = losses[adjustment.company_id]
        if line.quantity < 0:
            return MoveDraft(adjustment.company_id, line.product_id, -line.quantity, place, loss, adjustment.on, _source(adjustment, line))
        value = rounded(line.quantity * costs[adjustment.company_id][line.product_id].last_cost, decimals[adjustment.company_id])
        return MoveDraft(
            adjustment.company_id, line.product_id, line.quantity, loss, place, adjustment.on, _source(adjustment, line), value=value
        )

    _post(adjustments, StockAdjustmentLine, "adjustment", draft, lambda _a: "inventory_adjustment", 1)


def _post(
    documents: DocumentSet[Any],
    model: Any,
    parent: str,
    draft: Callable[[Any, Any, int], MoveDraft],
    against: Callable[[Any], str] | None,
    sign: int,
) -> None:
    """Number the papers, move their goods, write their entries. ``sign``: +1 when the goods of a plain line come in."""
    lines = _lines(documents, model, parent)
    places = stock_locations({d.warehouse_id for d in documents})
    services = {p.pk: p for p in Product.objects.filter(pk__in={ln.product_id for rows in lines.values() for ln in rows}, kind="service")}
    for document in documents:
        if not lines[document.pk]:
            raise NoLines(document=str(document), rows=[{"id": str(document.pk)}])
        for line in lines[document.pk]:
            if line.product_id in services:
                raise NotGoods(product=services[line.product_id], rows=[{"id": str(document.pk)}])
    documents.number()
    drafts = [draft(d, line, places[d.warehouse_id]) for d in documents for line in lines[d.pk]]
    values: dict[int, Decimal] = defaultdict(lambda: ZERO)
    inside = set(places.values())
    for done in move(drafts):
        values[done.source_id] += done.value if done.to_location_id in inside else -done.value
    if against is None:
        return
    wanted = [(d, entry_of(d, values[d.pk], against=against(d), late_reason=documents.reason)) for d in documents]
    posted = iter(ledger.post([e for _d, e in wanted if e is not None], actor=documents.actor))
    for document, entry in wanted:
        document.entry = next(posted) if entry is not None else None
    documents.save("entry")


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
        ):
            if (company, kind) not in known:
                rows.append(Location(company_id=company, code=kind.upper(), name=name, kind=kind))
    insert_rows(Location, rows)
