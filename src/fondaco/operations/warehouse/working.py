"""What workers do with tasks: carry them out, report a pick short, give one up, count a bin (WH-02, WH-03, WH-06)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Annotated

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.actions import as_picked
from fondaco.operations.inventory.lots import written
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.warehouse.allotting import Need, allot
from fondaco.operations.warehouse.models import Bin, BinCount, BinMove, BinStock, Shortage, Task, Wave, WaveDelivery
from fondaco.operations.warehouse.moving import BinDraft, carry
from fondaco.operations.warehouse.refusals import FoundMore, FoundMoreThanAsked, NoSuchBin, NothingLies, OnlyPicks, PickedLess, ToOwnPlace
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.money import ZERO, figure

Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
Found = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]


@action(Task, moves={"open": "done"}, permission="warehouse.move_goods", title=_("Done"), done=_("Carried"))
def complete(tasks: DocumentSet[Task], *, quantity: Quantity | None = None, to_bin: str = "") -> None:
    """Carry out tasks as they are asked; less of it where a quantity is given, and elsewhere where a bin is, but not when picking."""
    targets = _other_bins(tasks, to_bin.strip())
    for task in tasks:
        if quantity is not None and quantity > task.quantity:
            raise FoundMoreThanAsked(product=task.product, asked=figure(task.quantity), quantity=figure(quantity))
        if quantity is not None and quantity < task.quantity and task.issue_id:
            raise PickedLess(
                product=task.product, asked=figure(task.quantity), quantity=figure(quantity), bin=task.from_bin or _now("the dock")
            )
        task.done_quantity = task.quantity if quantity is None else quantity
        if targets:
            task.to_bin_id = targets[task.location_id]
    _carry(tasks)
    tasks.save_with_state("done_quantity", "done_at", "done_by", "to_bin")
    _finish([t for t in tasks if t.issue_id], closed={t.pk for t in tasks})


def _other_bins(tasks: DocumentSet[Task], code: str) -> dict[int, int]:
    if not code:
        return {}
    found = dict(
        Bin.objects.filter(code=code, location__in={t.location_id for t in tasks}, is_active=True).values_list("location_id", "pk")
    )
    for task in tasks:
        if task.issue_id:
            raise ToOwnPlace(bin=task.to_bin)
        if task.location_id not in found:
            raise NoSuchBin(warehouse=task.warehouse, code=code)
    return found


def _carry(tasks: Sequence[Task] | DocumentSet[Task]) -> None:
    """Move what was done of tasks, and note by whom. One COPY."""
    actor = tasks.actor.username if isinstance(tasks, DocumentSet) else ""
    carry(
        [
            BinDraft(t.company_id, t.location_id, t.product_id, t.lot_id, t.done_quantity, t.from_bin_id, t.to_bin_id, t.kind, t.why)
            for t in tasks
            if t.done_quantity
        ]
    )
    now = timezone.now()
    for task in tasks:
        task.done_at, task.done_by = now, actor


@action(Task, moves={"open": "cancelled"}, permission="warehouse.direct_work", name="give_up", title=_("Give up"), done=_("Given up"))
def give_up(tasks: DocumentSet[Task]) -> None:
    """Give tasks up: their goods stay where they are, and are free for others. Deliveries may be picked in another wave."""
    lock_products_of(tasks.rows)
    closed = set(tasks.ids)
    issues = {t.issue_id for t in tasks if t.issue_id}
    still = set(Task.objects.filter(issue__in=issues, state=Task.OPEN).exclude(pk__in=closed).values_list("issue_id", flat=True))
    _end_waves(issues - still, closed)
    left = list(WaveDelivery.objects.filter(issue__in=issues - still, is_open=True).order_by("pk").values_list("pk", flat=True))
    update_rows(WaveDelivery, {"id": left, "is_open": [False] * len(left)})


def lock_products_of(tasks: Sequence[Task]) -> None:
    """Lock the products of tasks in key order."""
    for company in sorted({t.company_id for t in tasks}):
        lock_costs(company, {t.product_id for t in tasks if t.company_id == company})


@action(Task, moves={"open": "done"}, permission="warehouse.move_goods", name="report_short", title=_("Not all there"), done=_("Reported"))
def report_short(tasks: DocumentSet[Task], *, found: Found = ZERO) -> None:
    """Report that a bin had less than a pick asks for: what was found is picked, the rest is looked for in other bins.

    The bin is to be counted. What no bin has is told to whoever sold it, and stays owed by the order.
    """
    for task in tasks:
        if not task.issue_id or task.from_bin_id is None:
            raise OnlyPicks()
        if found >= task.quantity:
            raise FoundMore(product=task.product, asked=figure(task.quantity), found=figure(found))
        task.done_quantity = found
    lock_products_of(tasks.rows)
    _carry(tasks)
    _open_counts(tasks)
    rest = _still_needed(tasks)
    tasks.save("done_quantity", "done_at", "done_by")
    nothing = [t for t in tasks if not t.done_quantity]
    update_rows(Task, {"id": [t.pk for t in nothing], "state": [Task.CANCELLED] * len(nothing)})
    for task in nothing:
        task.state = Task.CANCELLED
    more, missing = allot(rest)
    last: dict[int, int] = defaultdict(int)
    for list_key, position in Task.objects.filter(pick_list__in={t.pick_list_id for t in more}).values_list("pick_list_id", "position"):
        last[list_key or 0] = max(last[list_key or 0], position)
    for task in more:
        last[task.pick_list_id or 0] += 1
        task.position = last[task.pick_list_id or 0]
        task.why = _now("Instead of a bin that had too few.")
    insert_rows(Task, more)
    insert_rows(Shortage, shortages_of(missing))
    tasks.made["tasks"] = [t.pk for t in more]
    _finish(list(tasks), closed={t.pk for t in tasks})


def _still_needed(tasks: DocumentSet[Task]) -> list[Need]:
    """What picks did not find, as their deliveries need it; two statements."""
    lines = GoodsIssueLine.objects.in_bulk({t.issue_line for t in tasks})
    days = dict(GoodsIssue.objects.filter(pk__in={t.issue_id for t in tasks}).values_list("pk", "on"))
    return [
        Need(
            t.company_id, t.warehouse_id, t.location_id, t.issue_id or 0, t.issue_line or 0, t.product_id, t.quantity - t.done_quantity,
            lines[t.issue_line].lots if t.issue_line in lines else "", days[t.issue_id], t.pick_list_id, t.slot, t.to_bin_id, t.from_bin_id, t.pk,
        )
        for t in tasks
    ]  # fmt: skip


def shortages_of(missing: Sequence[tuple[Need, Decimal]]) -> list[Shortage]:
    """What deliveries miss, with the order lines that they serve; one statement."""
    lines = GoodsIssueLine.objects.in_bulk({n.line for n, _q in missing})
    return [
        Shortage(
            company_id=n.company, issue_id=n.issue, issue_line=n.line, demand_table=lines[n.line].demand_table if n.line in lines else "",
            demand_line=lines[n.line].demand_line if n.line in lines else None, product_id=n.product, quantity=quantity, bin_id=n.instead_of, task_id=n.task,
            why=_now("The bin had too few, and no other bin has more.") if n.task else _now("No bin has more of it that is free and fit to leave."),
        )
        for n, quantity in missing
    ]  # fmt: skip


def _open_counts(tasks: DocumentSet[Task]) -> None:
    """A count of each bin where something was missing, unless it is to be counted already."""
    wanted = {(t.from_bin_id, t.product_id, t.lot_id): t for t in tasks}
    bins = {key[0] for key in wanted}
    for held in BinCount.objects.filter(bin__in=bins, state=BinCount.OPEN).values_list("bin_id", "product_id", "lot_id"):
        wanted.pop(held, None)
    there = {
        (b, p, lot): q for b, p, lot, q in BinStock.objects.filter(bin__in=bins).values_list("bin_id", "product_id", "lot_id", "on_hand")
    }
    names = GoodsIssue.objects.in_bulk({t.issue_id for t in tasks})
    counts = [
        BinCount(
            company_id=t.company_id, bin_id=key[0], product_id=key[1], lot_id=key[2], expected=there.get(key, ZERO),
            why=_now("{delivery}: {asked} were to be picked, {found} were found.").format(
                delivery=names[t.issue_id or 0], asked=figure(t.quantity), found=figure(t.done_quantity)
            ),
        )
        for key, t in wanted.items()
    ]  # fmt: skip
    insert_rows(BinCount, counts)


def _finish(tasks: Sequence[Task], closed: Collection[int]) -> None:
    """Deliveries of which nothing is to be picked any more say what was picked, lot by lot; then their waves are done.

    ``closed`` are tasks that this verb ends and whose state is moved when it has ended. Constant statements.
    """
    issues = {t.issue_id for t in tasks}
    if not issues:
        return
    still = set(Task.objects.filter(issue__in=issues, state=Task.OPEN).exclude(pk__in=closed).values_list("issue_id", flat=True))
    ended = _brought(issues - still, {t.pk: t.done_quantity for t in tasks if t.pk in closed})
    if not ended:
        return
    picked: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    serial: set[int] = set()
    rows = Task.objects.filter(issue__in=ended).exclude(state=Task.CANCELLED).select_related("lot", "product")
    own = {t.pk: t for t in tasks}
    for row in rows:
        done = own[row.pk].done_quantity if row.pk in own and row.pk in closed else row.done_quantity
        picked[row.issue_line or 0][row.lot.number if row.lot else ""] += done
        if row.product.tracking == Product.SERIAL:
            serial.add(row.issue_line or 0)
    for line in Shortage.objects.filter(issue__in=ended).values_list("issue_line", flat=True):
        picked[line]  # a line of which nothing was found is picked too: nothing of it
    as_picked(
        {
            line: (
                sum(parts.values(), ZERO),
                written([(number, q) for number, q in parts.items() if number and q], line in serial),
            )
            for line, parts in picked.items()
        }
    )
    _end_waves(ended, closed)


def _brought(issues: Collection[int], done: Mapping[int, Decimal]) -> set[int]:
    """Those of deliveries that need no more: in a wave that is being picked, or brought whole. Others wait for what is missing."""
    if not issues:
        return set()
    waved = set(WaveDelivery.objects.filter(issue__in=issues, is_open=True, wave__state=Wave.RELEASED).values_list("issue_id", flat=True))
    rest = set(issues) - waved
    if not rest:
        return waved
    left: dict[tuple[int | None, int | None], Decimal] = {}
    for own_line, own_issue, quantity in GoodsIssueLine.objects.filter(issue__in=rest, product__kind="goods").values_list(
        "pk", "issue_id", "quantity"
    ):
        left[own_issue, own_line] = quantity
    for key, issue, line, quantity in (
        Task.objects.filter(issue__in=rest).exclude(state=Task.CANCELLED).values_list("pk", "issue_id", "issue_line", "done_quantity")
    ):
        if (issue, line) in left:
            left[issue, line] -= done.get(key, quantity)
    return waved | (rest - {missing for (missing, _line), quantity in left.items() if quantity > 0 and missing is not None})


def _end_waves(ended: Collection[int], closed: Collection[int]) -> None:
    waves = set(WaveDelivery.objects.filter(issue__in=ended, is_open=True).values_list("wave_id", flat=True))
    open_tasks = Task.objects.filter(pick_list__wave=OuterRef("pk"), state=Task.OPEN).exclude(pk__in=closed)
    done = list(Wave.objects.filter(pk__in=waves, state=Wave.RELEASED).filter(~Exists(open_tasks)).order_by("pk"))
    update_rows(Wave, {"id": [w.pk for w in done], "state": [Wave.DONE] * len(done)})


@action(Bin, permission="warehouse.direct_work", name="count", title=_("To be counted"), done=_("To be counted"))
def count(bins: DocumentSet[Bin]) -> None:
    """Let bins be counted: everything that lies in them."""
    held = set(BinCount.objects.filter(bin__in=bins.ids, state=BinCount.OPEN).values_list("bin_id", "product_id", "lot_id"))
    stock = BinStock.objects.filter(bin__in=bins.ids, on_hand__gt=0).order_by("bin_id", "pk")
    counts = [
        BinCount(company_id=s.company_id, bin_id=s.bin_id, product_id=s.product_id, lot_id=s.lot_id, expected=s.on_hand)
        for s in stock
        if (s.bin_id, s.product_id, s.lot_id) not in held
    ]
    if not counts and not held:
        raise NothingLies(bin=", ".join(str(b) for b in bins.rows[:20]))
    insert_rows(BinCount, counts)
    bins.made["bin-counts"] = [c.pk for c in counts]


@action(
    BinCount, moves={"open": "done"}, permission="inventory.record_count", name="record_bin", title=_("Record"), done=_("Counted"),
)  # fmt: skip
def record_bin(counts: DocumentSet[BinCount], *, counted: Found) -> None:
    """Write down what lies in bins. What is missing goes to the dock, which is no bin; what is more comes from there."""
    for company in sorted({c.company_id for c in counts}):
        lock_costs(company, {c.product_id for c in counts if c.company_id == company})
    there, bins = _lying(counts), Bin.objects.in_bulk({c.bin_id for c in counts})
    drafts = []
    for row in counts:
        difference = counted - there.get((row.bin_id, row.product_id, row.lot_id), ZERO)
        row.counted, row.counted_by = counted, counts.actor.username
        if difference:
            lost = difference < 0
            drafts.append(
                BinDraft(
                    row.company_id, bins[row.bin_id].location_id, row.product_id, row.lot_id, abs(difference), row.bin_id if lost else None,
                    None if lost else row.bin_id, BinMove.COUNT, _now("{bin}: {counted} counted.").format(bin=bins[row.bin_id], counted=figure(counted)),
                )
            )  # fmt: skip
    carry(drafts)
    counts.save_with_state("counted", "counted_by")


def _lying(counts: DocumentSet[BinCount]) -> Mapping[tuple[int, int, int | None], Decimal]:
    rows = BinStock.objects.filter(bin__in={c.bin_id for c in counts}).values_list("bin_id", "product_id", "lot_id", "on_hand")
    return {(b, p, lot): q for b, p, lot, q in rows}
