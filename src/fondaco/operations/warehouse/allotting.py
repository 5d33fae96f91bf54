"""Which bins a delivery takes its goods from: picking bins in their order, then storage; of lots the first expiring. No piece twice."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, F, IntegerField, Sum, Value, When

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.lots import parse
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, Lot
from fondaco.operations.warehouse.models import Bin, BinCount, BinStock, Task
from fondaco.platform.money import ZERO


@dataclass(frozen=True, slots=True)
class Need:
    """What a line of a delivery still needs; ``lots`` as its line names them. ``instead_of`` is a bin that had too few, for ``task``."""

    company: int
    warehouse: int
    place: int
    issue: int
    line: int
    product: int
    quantity: Decimal
    lots: str
    on: date
    pick_list: int | None = None
    slot: int | None = None
    to_bin: int | None = None
    instead_of: int | None = None
    task: int | None = None


def needs_of(issues: Sequence[GoodsIssue], places: dict[int, int]) -> list[Need]:
    """What draft deliveries need and no task brings; by the place of their warehouse. Two statements."""
    own = {i.pk: i for i in issues}
    brought = Task.objects.filter(issue__in=own).exclude(state=Task.CANCELLED).order_by().values_list("issue_line")
    has: dict[int | None, Decimal] = dict(
        brought.annotate(total=Sum(Case(When(state=Task.OPEN, then=F("quantity")), default=F("done_quantity"))))
    )
    found = []
    for line in GoodsIssueLine.objects.filter(issue__in=own, product__kind="goods").order_by("issue_id", "position", "pk"):
        issue = own[line.issue_id]
        left = line.quantity - has.get(line.pk, ZERO)
        if left > 0:
            found.append(
                Need(
                    issue.company_id,
                    issue.warehouse_id,
                    places[issue.warehouse_id],
                    issue.pk,
                    line.pk,
                    line.product_id,
                    left,
                    line.lots,
                    issue.on,
                )
            )
    return found


def allot(needs: Sequence[Need]) -> tuple[list[Task], list[tuple[Need, Decimal]]]:
    """Pick tasks for needs, in the order given, and what is missing. Their products are locked. Three statements at most.

    Goods of bins that are to be counted are not taken, nor those of another task, nor lots that may not leave on the delivery's day.
    """
    free = _free({n.place for n in needs}, {n.product for n in needs})
    named = _named(needs)
    tasks: list[Task] = []
    missing: list[tuple[Need, Decimal]] = []
    for need in needs:
        left, pieces = need.quantity, 0
        wanted = named.get((need.line, need.task))
        for row in free[need.place, need.product]:
            if left <= 0:
                break
            there = row.on_hand - row.allotted
            if there <= 0 or row.bin_id == need.instead_of or not _fit(row.lot, need.on):
                continue
            # A piece of catch weight with a number of its own leaves its bin whole, whatever it weighs; so many are taken as were asked for.
            whole = row.product.second_factor if row.product.tracking == Product.SERIAL else None
            part = min(left, there) if whole is None else there
            if wanted is not None and row.lot is not None:
                named_part = wanted.get(row.lot.number, ZERO)
                if named_part <= 0:
                    continue
                part = min(part, named_part) if whole is None else part
                wanted[row.lot.number] -= part
            row.allotted += part
            pieces += 1
            left = left - part if whole is None else need.quantity - whole * pieces
            if whole is not None and left < whole / 2:
                left = ZERO
            task = Task(
                company_id=need.company, warehouse_id=need.warehouse, location_id=need.place, kind=Task.PICK, product_id=need.product, lot_id=row.lot_id, quantity=part,
                from_bin=row.bin, to_bin_id=need.to_bin, pick_list_id=need.pick_list, slot=need.slot, issue_id=need.issue, issue_line=need.line,
            )  # fmt: skip
            tasks.append(task)
        if left > 0:
            missing.append((need, left))
    return tasks, missing


def _free(places: Collection[int], products: Collection[int]) -> dict[tuple[int, int], list[BinStock]]:
    """What lies in bins to pick from, in the order in which it is taken."""
    counted = set(BinCount.objects.filter(state=BinCount.OPEN, bin__location__in=places).values_list("bin_id", "product_id", "lot_id"))
    kinds = Case(When(bin__kind=Bin.PICKING, then=Value(0)), default=Value(1), output_field=IntegerField())
    stock = (
        BinStock.objects.filter(
            location__in=places,
            product__in=products,
            on_hand__gt=F("allotted"),
            bin__kind__in=[Bin.PICKING, Bin.STORAGE],
            bin__is_active=True,
        )
        .select_related("bin", "lot", "product")
        .order_by(F("lot__expires_on").asc(nulls_last=True), kinds, "bin__sequence", "bin_id", "pk")
    )
    found: dict[tuple[int, int], list[BinStock]] = defaultdict(list)
    for row in stock:
        if (row.bin_id, row.product_id, row.lot_id) not in counted:
            found[row.location_id, row.product_id].append(row)
    return found


def _fit(lot: Lot | None, on: date) -> bool:
    return lot is None or (lot.state != Lot.BLOCKED and (lot.expires_on is None or lot.expires_on >= on))


def _named(needs: Sequence[Need]) -> dict[tuple[int, int | None], dict[str, Decimal]]:
    """Of lines that name their lots, how much of which; by line and task."""
    asked = [n for n in needs if n.lots]
    if not asked:
        return {}
    products = Product.objects.in_bulk({n.product for n in asked})
    lines = GoodsIssueLine.objects.in_bulk({n.line for n in asked})
    return {
        (n.line, n.task): {
            p.number: p.quantity or lines[n.line].quantity for p in parse(n.lots, lines[n.line].quantity, products[n.product], {})
        }
        for n in asked
    }
