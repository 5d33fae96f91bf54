"""Goods come and go in steps: inspected, straight across the dock to a delivery that waits, packed (WH-07)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Annotated

from django.db.models import Q, Sum
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.operations.inventory.actions import post_transfer, write
from fondaco.operations.inventory.models import GoodsIssue, GoodsReceipt, GoodsReceiptLine, Location, StockTransfer, StockTransferLine
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.warehouse.allotting import Need, allot, needs_of
from fondaco.operations.warehouse.models import Bin, Floor, Inspection, Packed, Steps, Task, WaveDelivery
from fondaco.operations.warehouse.putting_away import put_away
from fondaco.operations.warehouse.queries import Key, usable_at_dock
from fondaco.operations.warehouse.refusals import (
    InspectedAlready,
    NoLineToReject,
    NoQuarantine,
    NotAllPicked,
    NotReceivedHere,
    PackedAlready,
)
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.declare import Draft

Rejected = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]


@action(Floor, permission="warehouse.direct_work", title=_("Propose across the dock"), done=_("Proposed"))
def propose_cross_dock(floors: DocumentSet[Floor]) -> None:
    """Propose to bring goods from the dock in straight to the dock out, for draft deliveries that need what no bin has."""
    floors.made["tasks"] = [t.pk for t in cross_dock(floors.rows)]


def cross_dock(floors: Sequence[Floor], products: Collection[int] | None = None) -> list[Task]:
    """Tasks across the dock for deliveries that wait, the oldest first; of some products, or of all. Constant statements."""
    own = {f.location_id: f for f in floors}
    waiting = usable_at_dock(own, products)
    for company in sorted({f.company_id for f in floors}):
        lock_costs(company, {key[1] for key in waiting if own[key[0]].company_id == company})
    docks: dict[int, Bin] = {}
    for row in Bin.objects.filter(location__in=own, kind=Bin.DOCK_OUT, is_active=True).order_by("sequence", "pk"):
        docks.setdefault(row.location_id, row)
    free = _free_at_dock(own, waiting)
    not_planned = Q(pk__in=WaveDelivery.objects.filter(is_open=True, wave__state="draft").values("issue"))
    issues = list(
        GoodsIssue.objects.filter(
            state="draft", warehouse__in={f.warehouse_id for f in floors}, lines__product__in={key[1] for key in free}
        )
        .exclude(not_planned)
        .select_related("customer")
        .distinct()
        .order_by("on", "pk")
    )
    named = {i.pk: i for i in issues}
    needs = [n for n in needs_of(issues, {f.warehouse_id: f.location_id for f in floors}) if not n.lots and n.place in docks]
    needs.sort(key=lambda n: (named[n.issue].on, n.issue, n.line))
    _in_bins, missing = allot(needs)
    tasks = []
    for need, left in missing:
        for key in [k for k in free if k[:2] == (need.place, need.product)]:
            part = min(left, free[key])
            if part > 0:
                free[key] -= part
                left -= part
                tasks.append(_across(need, key, part, docks[need.place], named[need.issue]))
    insert_rows(Task, tasks)
    return tasks


def _free_at_dock(own: dict[int, Floor], waiting: dict[Key, Decimal]) -> dict[Key, Decimal]:
    """What lies at docks and is for no task yet; one statement."""
    under_way = (
        Task.objects.filter(location__in=own, state=Task.OPEN, from_bin=None).order_by().values_list("location_id", "product_id", "lot_id")
    )
    free = dict(waiting)
    for place, product, lot, quantity in under_way.annotate(total=Sum("quantity")):
        if (place, product, lot) in free:
            free[place, product, lot] -= quantity
    return free


def _across(need: Need, key: Key, quantity: Decimal, dock: Bin, issue: GoodsIssue) -> Task:
    return Task(
        company_id=need.company, warehouse_id=need.warehouse, location_id=need.place, kind=Task.CROSS_DOCK, product_id=need.product, lot_id=key[2], quantity=quantity,
        to_bin=dock, issue_id=need.issue, issue_line=need.line,
        why=_now("{delivery} for {customer} waits for it.").format(delivery=issue, customer=issue.customer),
    )  # fmt: skip


def direct(floors: Sequence[Floor], products: Collection[int]) -> None:
    """What follows when goods may be put away: across the dock where a delivery waits, then into bins, as the steps of each warehouse say."""
    steps = {s.warehouse_id: s for s in Steps.objects.filter(warehouse__in={f.warehouse_id for f in floors})}
    across = [f for f in floors if f.warehouse_id in steps and steps[f.warehouse_id].cross_dock]
    into_bins = [f for f in floors if f.warehouse_id in steps and steps[f.warehouse_id].receipt_steps > 1]
    if across:
        cross_dock(across, products)
    if into_bins:
        put_away(into_bins, products)


@action(
    GoodsReceipt,
    moves={"posted": "posted"},
    permission="warehouse.inspect_receipt",
    name="inspect",
    title=_("Inspected"),
    done=_("Inspected"),
)
def inspect(
    receipts: DocumentSet[GoodsReceipt],
    *,
    rejected: Annotated[dict[int, Rejected], Field(json_schema_extra={"by_line": "quantity", "beside": ["quantity"]})] = {},  # noqa: B006  never changed
    lots: Annotated[dict[int, str], Field(json_schema_extra={"by_line": "lots"})] = {},  # noqa: B006  never changed
    note: str = "",
) -> None:
    """Let received goods be put away; what is rejected, by line, goes to quarantine: it stays ours, and is promised to nobody."""
    floors = {f.warehouse_id: f for f in Floor.objects.filter(warehouse__in={r.warehouse_id for r in receipts})}
    done = set(Inspection.objects.filter(receipt__in=receipts.ids).values_list("receipt_id", flat=True))
    lines: dict[int, list[GoodsReceiptLine]] = defaultdict(list)
    for line in GoodsReceiptLine.objects.filter(receipt__in=receipts.ids).order_by("receipt_id", "position", "pk"):
        lines[line.receipt_id].append(line)
    for receipt in receipts:
        if receipt.pk in done:
            raise InspectedAlready(document=receipt, rows=rows_json([receipt]))
        if receipt.warehouse_id not in floors or receipt.place_id not in (None, floors[receipt.warehouse_id].location_id):
            raise NotReceivedHere(document=receipt, rows=rows_json([receipt]))
    came = {ln.pk: ln.quantity for rows in lines.values() for ln in rows}
    if wrong := [pk for pk, q in rejected.items() if q > came.get(pk, ZERO)]:
        raise NoLineToReject(document=", ".join(map(str, receipts.rows[:20])), line=wrong[0], quantity=figure(rejected[wrong[0]]))
    transfers = _reject(receipts, lines, rejected, lots) if rejected else {}
    insert_rows(Inspection, [Inspection(company_id=r.company_id, receipt=r, transfer=transfers.get(r.pk), note=note) for r in receipts])
    direct(
        [floors[house] for house in sorted({r.warehouse_id for r in receipts})], {ln.product_id for rows in lines.values() for ln in rows}
    )


def _reject(
    receipts: DocumentSet[GoodsReceipt], lines: dict[int, list[GoodsReceiptLine]], rejected: dict[int, Decimal], lots: dict[int, str]
) -> dict[int, StockTransfer]:
    """A posted transfer to quarantine for each receipt of which something is rejected."""
    places: dict[int | None, int] = {}
    for house, place in (
        Location.objects.filter(kind=Location.QUARANTINE, warehouse__in={r.warehouse_id for r in receipts})
        .order_by("-pk")
        .values_list("warehouse_id", "pk")
    ):
        places[house] = place
    drafts = {}
    for receipt in receipts:
        bad = [ln for ln in lines[receipt.pk] if ln.pk in rejected]
        if not bad:
            continue
        if receipt.warehouse_id not in places:
            raise NoQuarantine(document=receipt, warehouse=receipt.warehouse, rows=rows_json([receipt]))
        row = StockTransfer(
            company_id=receipt.company_id, warehouse_id=receipt.warehouse_id, to_warehouse_id=receipt.warehouse_id, to_place_id=places[receipt.warehouse_id],
            on=receipt.on, memo=str(receipt), source_table=GoodsReceipt._meta.db_table, source_id=receipt.pk,
        )  # fmt: skip
        drafts[receipt.pk] = Draft(
            row,
            [
                StockTransferLine(
                    product_id=ln.product_id,
                    quantity=rejected[ln.pk],
                    lots=lots.get(ln.pk, ln.lots if rejected[ln.pk] == ln.quantity else ""),
                )
                for ln in bad
            ],
        )
    transfers = write(list(drafts.values()), "transfer")
    post_transfer(DocumentSet(StockTransfer, transfers, receipts.actor, receipts.reason))
    receipts.made["transfers"] = [t.pk for t in transfers]
    return dict(zip(drafts, transfers, strict=True))


@action(GoodsIssue, moves={"draft": "draft"}, permission="warehouse.move_goods", name="pack", title=_("Packed"), done=_("Packed"))
def pack(issues: DocumentSet[GoodsIssue]) -> None:
    """Say that picked deliveries are packed; refused while something of them is still to be picked."""
    for held in Packed.objects.filter(issue__in=issues.ids).select_related("issue").order_by("pk")[:1]:
        raise PackedAlready(document=held.issue, rows=rows_json([held.issue]))
    for task in Task.objects.filter(issue__in=issues.ids, state=Task.OPEN).select_related("issue", "product").order_by("pk")[:1]:
        raise NotAllPicked(document=task.issue, left=figure(task.quantity), product=task.product, rows=rows_json(issues.rows[:1]))
    houses = dict(Floor.objects.filter(warehouse__in={i.warehouse_id for i in issues}).values_list("warehouse_id", "location_id"))
    for need in needs_of([i for i in issues if i.warehouse_id in houses], houses)[:1]:
        line = next(i for i in issues if i.pk == need.issue)
        product = line.lines.select_related("product").get(pk=need.line).product
        raise NotAllPicked(document=line, left=figure(need.quantity), product=product, rows=rows_json([line]))
    insert_rows(Packed, [Packed(company_id=i.company_id, issue=i) for i in issues])
