"""The verbs of returns to vendors (PC-05): ask, authorise, send, ask for something else, close."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.ledger import entries as ledger
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.actions import send_to_vendors
from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.inventory.models import GoodsReceipt, GoodsReceiptLine, StockMove
from fondaco.operations.inventory.posting import entry_of
from fondaco.operations.inventory.refusals import NoSecondUnit
from fondaco.operations.inventory.weighing import whole
from fondaco.operations.purchasing.billing import forgo, settle_waiting, shown, unbill_returned
from fondaco.operations.purchasing.contracts import call_off
from fondaco.operations.purchasing.following import follow_returns, stop_bills
from fondaco.operations.purchasing.models import (
    Billed,
    PurchaseOrder,
    PurchaseOrderLine,
    VendorReturn,
    VendorReturnLine,
    VendorReturnReason,
)
from fondaco.operations.purchasing.queries import AGAIN, DEMAND, is_goods, measured_lines, to_receive
from fondaco.operations.purchasing.refusals import (
    NoSuchReceived,
    NothingToSendBack,
    ReturnsWithoutLines,
    SentBackTooMuch,
    WantedAlready,
)
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.bus import reacts_to
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Draft

Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
Wanted = Literal["credit", "replacement", "repair"]
WORDS = {"words": "purchasing.VendorReturn.wanted", "label": "vendor_wanted"}
Wanting = Annotated[Wanted, Field(json_schema_extra=WORDS)]
Reason = Annotated[int, Field(json_schema_extra={"resource": "vendor-return-reasons", "label": "why_sent_back"})]
Place = Annotated[int | None, Field(json_schema_extra={"resource": "locations", "label": "other_place"})]
OfOrder = Annotated[dict[int, Quantity], Field(json_schema_extra={"by_line": "quantity", "beside": ["received", "sent_back"]})]
OfReceipt = Annotated[dict[int, Quantity], Field(json_schema_extra={"by_line": "quantity", "beside": ["quantity", "went_back"]})]
Pieces = Annotated[dict[int, Quantity], Field(json_schema_extra={"by_line": "second"})]
Lots = Annotated[dict[int, str], Field(json_schema_extra={"by_line": "lots"})]


#: Lines of posted receipts of an order.
CAME_OF_ORDER = GoodsReceiptLine.objects.filter(
    demand_table=DEMAND,
    receipt__state="posted",
    demand_line__in=PurchaseOrderLine.objects.filter(order=OuterRef(OuterRef("pk"))).values("pk"),
)


# ------------------------------------------------------------------ asking


@action(
    PurchaseOrder,
    moves={"confirmed": "confirmed", "closed": "closed"},
    permission="purchasing.write_vendor_return",
    name="ask_vendor_return",
    title=_("Return to vendor"),
    done=_("Return drafted: check and authorise it"),
    only_when=Q(Exists(CAME_OF_ORDER)),
)
def ask_return(
    orders: DocumentSet[PurchaseOrder],
    *,
    reason_code: Reason,
    wanted: Wanting = "credit",
    place: Place = None,
    vendor_reference: str = "",
    quantities: OfOrder = {},  # noqa: B006  a default for the doors, never changed
    second_quantities: Pieces = {},  # noqa: B006  a default for the doors, never changed
    lots: Lots = {},  # noqa: B006  a default for the doors, never changed
    note: str = "",
) -> None:
    """Draft the paper on which goods of an order go back to its vendor: all that came and did not go back, or the quantities given by line; of
    several receipts the latest first.

    ``place``: where they lie, if not where the stock of the warehouse does. ``vendor_reference`` is the number under which the vendor takes
    them back.
    """
    lines = {ln.pk: ln for rows in measured_lines(orders.ids).values() for ln in rows if is_goods(ln)}
    asked = {*quantities, *second_quantities, *lots}
    if strange := asked - set(lines):
        raise NoSuchReceived(line=min(strange), document=", ".join(map(str, orders)))
    receipts = _receipts(demand_line__in=lines)
    wants = _Wants(reason_code, wanted, place, vendor_reference, note)
    drafts = []
    for order in orders:
        own = [r for r in reversed(receipts) if lines[r.demand_line].order_id == order.pk]
        drafts += _drafts(order, own, lambda r: r.demand_line, quantities, second_quantities, lots, wants)
    orders.made["vendor-returns"] = [r.pk for r in write_papers(drafts, "vendor_return")]


@action(
    GoodsReceipt,
    moves={"posted": "posted"},
    permission="purchasing.write_vendor_return",
    name="ask_vendor_return",
    title=_("Return to vendor"),
    done=_("Return drafted: check and authorise it"),
    only_when=Q(Exists(GoodsReceiptLine.objects.filter(receipt=OuterRef("pk"), demand_table=DEMAND))),
)
def ask_return_of_receipt(
    receipts: DocumentSet[GoodsReceipt],
    *,
    reason_code: Reason,
    wanted: Wanting = "credit",
    place: Place = None,
    vendor_reference: str = "",
    quantities: OfReceipt = {},  # noqa: B006  a default for the doors, never changed
    second_quantities: Pieces = {},  # noqa: B006  a default for the doors, never changed
    lots: Lots = {},  # noqa: B006  a default for the doors, never changed
    note: str = "",
) -> None:
    """Draft the paper on which goods of a receipt go back to their vendor: all of it that did not go back, or the quantities given by line.

    Only goods that came for a purchase order. ``place``: where they lie, if not where they were received.
    """
    lines = _receipts(receipt__in=receipts.ids)
    asked = {*quantities, *second_quantities, *lots}
    if strange := asked - {ln.pk for ln in lines}:
        raise NoSuchReceived(line=min(strange), document=", ".join(map(str, receipts)))
    wants = _Wants(reason_code, wanted, place, vendor_reference, note)
    drafts = []
    for receipt in receipts:
        own = [ln for ln in lines if ln.receipt_id == receipt.pk]
        drafts += _drafts(receipt, own, lambda ln: ln.pk, quantities, second_quantities, lots, wants)
    receipts.made["vendor-returns"] = [r.pk for r in write_papers(drafts, "vendor_return")]


class _Wants:
    """What is said of a return as a whole."""

    def __init__(self, reason: int, wanted: str, place: int | None, reference: str, note: str) -> None:
        self.reason, self.wanted, self.place, self.reference, self.note = reason, wanted, place, reference, note
        VendorReturnReason.objects.get(pk=reason)


def _receipts(**wanted: Any) -> list[Any]:
    """Posted lines of receipts for purchase orders, the oldest first; two statements (``left_of`` is the other)."""
    rows = GoodsReceiptLine.objects.filter(demand_table=DEMAND, receipt__state="posted", product__kind="goods", **wanted)
    rows = rows.exclude(receipt__kind=GoodsReceipt.DIRECT)
    found = list(rows.select_related("receipt", "product").order_by("receipt__on", "pk"))
    gone = sent_back_of([r.pk for r in found])
    for row in found:
        row.left = row.quantity - gone[row.pk][0] - gone[row.pk][1]
        row.second_left = None if row.second_quantity is None else row.second_quantity - gone[row.pk][2]
    return found


def sent_back_of(lines: Collection[int], without: Collection[int] = ()) -> dict[int, list[Decimal]]:
    """Of lines of receipts, what went back, what is authorised to, and the pieces of both; one statement."""
    found: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    rows = VendorReturnLine.objects.filter(receipt_line__in=list(lines), vendor_return__state__in=["authorised", *VendorReturn.GONE])
    for line, state, quantity, second in (
        rows.exclude(vendor_return__in=list(without))
        .order_by()
        .values_list("receipt_line_id", "vendor_return__state")
        .annotate(Sum("quantity"), Sum("second_quantity"))
    ):
        found[line][1 if state == "authorised" else 0] += quantity
        found[line][2] += second or ZERO
    return found


def _drafts(
    document: Any,
    receipts: Sequence[Any],
    key_of: Any,
    quantities: Mapping[int, Decimal],
    pieces: Mapping[int, Decimal],
    lots: Mapping[int, str],
    wants: _Wants,
) -> list[Draft]:
    """A paper for each warehouse and place that the goods of a document came to."""
    asked = {*quantities, *pieces, *lots}
    by_key: dict[int, list[Any]] = defaultdict(list)
    for row in receipts:
        if not asked or key_of(row) in asked:
            by_key[key_of(row)].append(row)
    papers: dict[tuple[int, int | None], Draft] = {}
    for key, rows in by_key.items():
        for row, quantity, second in _parts(rows, key, quantities, pieces):
            place = (row.receipt.warehouse_id, wants.place or row.receipt.place_id)
            if place not in papers:
                papers[place] = Draft(_paper(document, *place, wants), [])
            papers[place].lines.append(
                VendorReturnLine(
                    receipt_line=row, product_id=row.product_id, quantity=quantity, second_quantity=second,
                    is_estimated=second is not None and key not in quantities, reason_id=wants.reason, lots=lots.get(key, ""),
                    demand_table=DEMAND, demand_line=row.demand_line,
                )
            )  # fmt: skip
    if not papers:
        raise NothingToSendBack(document=document, rows=rows_json([document]))
    return list(papers.values())


def _paper(document: Any, warehouse: int, place: int | None, wants: _Wants) -> VendorReturn:
    return VendorReturn(
        company_id=document.company_id, vendor_id=document.vendor_id, warehouse_id=warehouse, place_id=place, on=timezone.localdate(), wanted=wants.wanted,
        vendor_reference=wants.reference, memo=wants.note, source_table=document._meta.db_table, source_id=document.pk,
    )  # fmt: skip


def _parts(
    rows: Sequence[Any], key: int, quantities: Mapping[int, Decimal], pieces: Mapping[int, Decimal]
) -> list[tuple[Any, Decimal, Decimal | None]]:
    """What of receipts goes back, quantity and pieces: all that is left of them, or what was asked for, which the last one takes the rest of."""
    product = rows[0].product
    by_piece = product.second_factor is not None and rows[0].second_quantity is not None
    if key in pieces and not by_piece:
        raise NoSecondUnit(product=product, quantity=figure(pieces[key]), fields={f"second_quantities.{key}": pieces[key]})
    there = [max(r.second_left if by_piece else r.left, ZERO) for r in rows]
    wanted = quantities.get(key, sum(there, ZERO))
    if by_piece:
        wanted = pieces.get(key) or (whole(product, quantities[key]) if key in quantities else sum(there, ZERO))
    found: list[tuple[Any, Decimal, Decimal | None]] = []
    for place, (row, held) in enumerate(zip(rows, there, strict=True)):
        part = wanted if place == len(rows) - 1 else min(wanted, held)
        wanted -= part
        if part <= 0:
            continue
        if not by_piece:
            found.append((row, part, None))
        elif key in quantities and len(rows) == 1:
            found.append((row, quantities[key], part))
        else:
            found.append((row, rounded(row.quantity * part / row.second_quantity, 6), part))
    return found


# ------------------------------------------------------------------ authorising, sending


@action(
    VendorReturn,
    moves={"draft": "authorised"},
    permission="purchasing.authorise_vendor_return",
    name="authorise_vendor_return",
    title=_("Authorise"),
    done=_("Authorised: the goods may leave"),
)
def authorise(returns: DocumentSet[VendorReturn]) -> None:
    """Let goods go back: number the papers; no more than came with each receipt and neither went back nor may on another paper."""
    lines = _lines(returns)
    list(
        GoodsReceiptLine.objects.select_for_update(no_key=True)
        .filter(pk__in=[ln.receipt_line_id for r in lines.values() for ln in r])
        .order_by("pk")
    )
    _judge(returns, lines)
    returns.number()


def _lines(returns: DocumentSet[VendorReturn]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {r.pk: [] for r in returns}
    rows = VendorReturnLine.objects.filter(vendor_return__in=returns.ids).select_related("product", "receipt_line__receipt")
    for line in rows.order_by("vendor_return_id", "position", "pk"):
        found[line.vendor_return_id].append(line)
    return found


def _judge(returns: DocumentSet[VendorReturn], lines: Mapping[int, Sequence[Any]]) -> None:
    gone = sent_back_of([ln.receipt_line_id for rows in lines.values() for ln in rows], returns.ids)
    for row in returns:
        if not lines[row.pk]:
            raise ReturnsWithoutLines(document=row, rows=rows_json([row]))
        for line in lines[row.pk]:
            came, (back, may, second) = line.receipt_line, gone[line.receipt_line_id]
            fewer = line.second_quantity is not None and line.second_quantity > (came.second_quantity or ZERO) - second
            if fewer or (line.second_quantity is None and line.quantity > came.quantity - back - may):
                raise SentBackTooMuch(
                    line=line.position, document=row, asked=figure(line.quantity if line.second_quantity is None else line.second_quantity),
                    product=line.product, receipt=came.receipt, received=figure(came.quantity if line.second_quantity is None else came.second_quantity),
                    returned=figure(back if line.second_quantity is None else second), authorised=figure(may), rows=rows_json([row]),
                )  # fmt: skip
            gone[line.receipt_line_id][1] += line.quantity
            gone[line.receipt_line_id][2] += line.second_quantity or ZERO


@action(
    VendorReturn,
    moves={"draft": "cancelled", "authorised": "cancelled"},
    permission="purchasing.authorise_vendor_return",
    name="cancel_vendor_return",
    title=_("Cancel"),
    needs_reason=True,
    dangerous=True,
    done=_("Cancelled"),
)
def cancel(returns: DocumentSet[VendorReturn]) -> None:
    """Call returns off whose goods have not left."""


@action(
    VendorReturn,
    moves={"authorised": "sent"},
    permission="purchasing.send_vendor_return",
    name="send_vendor_return",
    title=_("Send"),
    done=_("Sent back to the vendor"),
)
def send(returns: DocumentSet[VendorReturn], *, on: date, carrier: str = "") -> None:
    """Send goods back: they leave at what they cost by their costing. What their receipt had booked, or its bill says, is taken off goods
    received and not invoiced; the difference is a purchase price variance, explained on each line.

    What was billed of them waits for the vendor: for his credit note, or for other goods, which the order expects again.
    """
    for row in returns:
        row.on, row.carrier = on, carrier.strip() or row.carrier
    returns.save("on", "carrier")
    lines = _lines(returns)
    _judge(returns, lines)
    receipts = _moves(lines)
    moved = send_to_vendors(returns, VendorReturnLine, "vendor_return", receipts)
    lines = _lines(returns)  # what the scale and the lots say stands on them now
    all_lines = [ln for row in returns for ln in lines[row.pk]]
    unbill_returned(all_lines, receipts)
    worth = {m.source_line: m.value for m in moved.moves}
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for line in all_lines:
        value = worth[line.pk]
        line.variance = line.cost - value
        line.explanation = _now("{quantity} came with {receipt} at {cost}; by their costing they are worth {value} now.").format(
            quantity=shown(line.quantity), receipt=line.receipt_line.receipt, cost=f"{line.cost:f}", value=f"{value:f}"
        )
        own = sums[line.vendor_return_id]
        own["goods_received_not_invoiced"] += line.cost
        own["inventory"] -= value
        own["purchase_price_variance"] -= line.variance
    update_rows(
        VendorReturnLine,
        {"id": [ln.pk for ln in all_lines]}
        | {name: [getattr(ln, name) for ln in all_lines] for name in ("booked", "cost", "variance", "explanation")},
    )
    wanted = [(r, entry_of(r, sums[r.pk], r.booked_on or r.on, late_reason=returns.reason)) for r in returns]
    posted = iter(ledger.post([e for _r, e in wanted if e is not None], actor=returns.actor))
    for row, entry in wanted:
        row.entry = next(posted) if entry is not None else None
    returns.save("entry")
    record([_told(r, returns.actor) for r in returns])


def _moves(lines: Mapping[int, Sequence[Any]]) -> dict[int, StockMove]:
    """By line of a return, the move with which its goods came; one statement."""
    wanted = {ln.receipt_line_id for rows in lines.values() for ln in rows}
    moves = StockMove.objects.filter(source_table=GoodsReceipt._meta.db_table, source_line__in=wanted, sign=1)
    by_line = {m.source_line: m for m in moves}
    return {ln.pk: by_line[ln.receipt_line_id] for rows in lines.values() for ln in rows}


def _told(row: VendorReturn, actor: Actor) -> Interaction:
    return Interaction(
        party_id=row.vendor_id, company_id=row.company_id, on=row.on, kind="return", direction="out", title=str(row.number), source_table=row._meta.db_table,
        source_id=row.pk, by=actor.username,
    )  # fmt: skip


@reacts_to("purchasing.send_vendor_return")
def goods_went_back(returns: DocumentSet[VendorReturn]) -> None:
    """Orders whose goods are to come again are open again, bills of what is not in the house any more are stopped, returns of which nothing
    waits are closed."""
    lines = set(VendorReturnLine.objects.filter(vendor_return__in=returns.ids).values_list("demand_line", flat=True))
    _expect_again([r.pk for r in returns if r.wanted in AGAIN], returns.actor)
    stop_bills(Billed.objects.filter(return_line__vendor_return__in=returns.ids).values_list("bill_id", flat=True))
    follow_returns({ln for ln in lines if ln}, returns.actor)


def _expect_again(returns: Collection[int], actor: Actor) -> None:
    """Open closed orders of which something is to come again."""
    if not returns:
        return
    keys = VendorReturnLine.objects.filter(vendor_return__in=list(returns)).values("demand_line")
    concerned = PurchaseOrderLine.objects.filter(pk__in=keys).values("order")
    orders = list(PurchaseOrder.objects.select_for_update(no_key=True).filter(pk__in=concerned, state="closed").order_by("pk"))
    lines = measured_lines(o.pk for o in orders)
    orders = [o for o in orders if any(to_receive(ln) > 0 for ln in lines[o.pk])]
    if orders:
        call_off(orders, {o.pk: lines[o.pk] for o in orders})
        for order in orders:
            order.state = "confirmed"
        DocumentSet(PurchaseOrder, orders, actor).save("state")


# ------------------------------------------------------------------ what the vendor does about it


@action(
    VendorReturn,
    moves={"sent": "sent"},
    permission="purchasing.authorise_vendor_return",
    name="want_otherwise",
    title=_("Ask for something else"),
    done=_("Noted"),
)
def want_otherwise(returns: DocumentSet[VendorReturn], *, wanted: Wanting) -> None:
    """The vendor does something else about goods that went back: what is replaced or repaired is expected again, what is credited is not."""
    for row in returns:
        if row.wanted == wanted:
            raise WantedAlready(document=row, rows=rows_json([row]))
        row.wanted = wanted
    returns.save("wanted")
    lines = {ln for ln in VendorReturnLine.objects.filter(vendor_return__in=returns.ids).values_list("demand_line", flat=True) if ln}
    if wanted in AGAIN:
        _expect_again(returns.ids, returns.actor)
        settle_waiting(lines, returns.actor)


@reacts_to("purchasing.want_otherwise")
def wanted_otherwise(returns: DocumentSet[VendorReturn]) -> None:
    """Returns of which nothing waits any more are closed."""
    lines = VendorReturnLine.objects.filter(vendor_return__in=returns.ids).values_list("demand_line", flat=True)
    follow_returns({ln for ln in lines if ln}, returns.actor)


@action(
    VendorReturn,
    moves={"sent": "closed", "credited": "closed"},
    permission="purchasing.close_vendor_return",
    name="close_vendor_return",
    title=_("Close"),
    needs_reason=True,
    dangerous=True,
    done=_("Closed: nothing more is expected of the vendor"),
)
def close(returns: DocumentSet[VendorReturn]) -> None:
    """Expect nothing more of the vendor: what still waits for his credit note becomes a purchase price variance, for a reason."""
    lines = {ln for ln in VendorReturnLine.objects.filter(vendor_return__in=returns.ids).values_list("demand_line", flat=True) if ln}
    given_up = forgo(returns.rows, returns.reason)
    day = timezone.localdate()
    wanted = []
    for row in returns:
        row.closed_because = returns.reason
        amount = given_up[row.pk]
        sums = {"purchase_price_variance": amount, "goods_received_not_invoiced": -amount}
        wanted.append(entry_of(row, sums, max(day, row.on), returns.reason))
    ledger.post([e for e in wanted if e is not None], actor=returns.actor)
    returns.save("closed_because")
    follow_returns(lines, returns.actor)
