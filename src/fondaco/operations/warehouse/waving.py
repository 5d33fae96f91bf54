"""Waves: deliveries picked together, goods allotted bin by bin, lists with the shortest way (WH-03)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Literal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.inventory.moving import lock_costs
from fondaco.operations.warehouse.allotting import allot, needs_of
from fondaco.operations.warehouse.models import Bin, Floor, PickList, Shortage, Task, Wave, WaveDelivery
from fondaco.operations.warehouse.planning import Spot, spot, ways
from fondaco.operations.warehouse.queries import crossings_of
from fondaco.operations.warehouse.refusals import EmptyWave, InWaveAlready, NoFloor, NoStaging, NothingToPick, OtherPlace, WavePicked
from fondaco.operations.warehouse.working import complete, shortages_of
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

Method = Literal["batch", "cluster", "zone", "order"]
Most = Annotated[int, Field(ge=1, le=1000)]


@action(
    GoodsIssue,
    moves={"draft": "draft"},
    permission="warehouse.direct_work",
    name="plan_wave",
    title=_("Pick in a wave"),
    done=_("In a wave"),
)
def plan_wave(issues: DocumentSet[GoodsIssue], *, method: Method = "batch", most_deliveries: Most = 12) -> None:
    """Pick draft deliveries together: one wave a warehouse, whose pick lists are made when it is released."""
    floors = {f.warehouse_id: f for f in Floor.objects.filter(warehouse__in={i.warehouse_id for i in issues})}
    for issue in issues:
        if issue.warehouse_id not in floors:
            raise NoFloor(document=issue, warehouse=issue.warehouse, rows=rows_json([issue]))
        if issue.place_id is not None and issue.place_id != floors[issue.warehouse_id].location_id:
            raise OtherPlace(document=issue, place=issue.place, rows=rows_json([issue]))
    for held in WaveDelivery.objects.filter(issue__in=issues.ids, is_open=True).select_related("wave", "issue").order_by("pk")[:1]:
        raise InWaveAlready(document=held.issue, wave=held.wave, rows=rows_json([held.issue]))
    waves = {
        house: Wave(
            company_id=floors[house].company_id, warehouse_id=house, on=timezone.localdate(), method=method, most_deliveries=most_deliveries
        )
        for house in sorted({i.warehouse_id for i in issues})
    }
    insert_rows(Wave, list(waves.values()))
    insert_rows(WaveDelivery, [WaveDelivery(wave=waves[i.warehouse_id], position=n, issue=i) for n, i in enumerate(issues, start=1)])
    issues.made["waves"] = [w.pk for w in waves.values()]


@action(Wave, moves={"draft": "released"}, permission="warehouse.direct_work", title=_("Release"), done=_("Pick lists are made"))
def release(waves: DocumentSet[Wave]) -> None:
    """Make pick lists: allot goods to deliveries bin by bin, and plan each list the shortest way from the dock and back.

    What no bin has is told to whoever sold it; the delivery goes without it.
    """
    deliveries: dict[int, list[WaveDelivery]] = {w.pk: [] for w in waves}
    for row in (
        WaveDelivery.objects.filter(wave__in=waves.ids, issue__state="draft").select_related("issue").order_by("wave_id", "position", "pk")
    ):
        deliveries[row.wave_id].append(row)
    floors = {f.warehouse_id: f for f in Floor.objects.filter(warehouse__in={w.warehouse_id for w in waves})}
    docks = _docks(floors.values())
    for wave in waves:
        if not deliveries[wave.pk]:
            raise EmptyWave(document=wave, rows=rows_json([wave]))
        if wave.warehouse_id not in docks:
            raise NoStaging(document=wave, warehouse=wave.warehouse, rows=rows_json([wave]))
        for d in deliveries[wave.pk]:
            if d.issue.warehouse_id != wave.warehouse_id:
                raise OtherPlace(document=d.issue, place=d.issue.warehouse, rows=rows_json([wave]))
    issues = [d.issue for w in waves for d in deliveries[w.pk]]
    for company in sorted({w.company_id for w in waves}):
        products = GoodsIssueLine.objects.filter(issue__in=[i.pk for i in issues if i.company_id == company])
        lock_costs(company, products.values_list("product_id", flat=True))
    tasks, missing = allot(needs_of(issues, {house: f.location_id for house, f in floors.items()}))
    waves.draw_numbers()
    by_issue = defaultdict(list)
    for task in tasks:
        by_issue[task.issue_id].append(task)
    crossings = crossings_of({f.location_id for f in floors.values()})
    lists: list[PickList] = []
    for wave in waves:
        own = [t for d in deliveries[wave.pk] for t in by_issue[d.issue_id]]
        if not own:
            raise NothingToPick(document=wave, rows=rows_json([wave]))
        for task in own:
            task.to_bin = docks[wave.warehouse_id]
        lists += _lists(wave, deliveries[wave.pk], own, crossings[floors[wave.warehouse_id].location_id])
        wave.released_at = timezone.now()
    insert_rows(PickList, lists)
    for task in tasks:
        task.pick_list_id = task.pick_list.pk if task.pick_list is not None else None
    insert_rows(Task, tasks)
    insert_rows(Shortage, shortages_of(missing))
    slots = [d for w in waves for d in deliveries[w.pk] if d.slot is not None]
    update_rows(WaveDelivery, {"id": [d.pk for d in slots], "slot": [d.slot for d in slots]})
    waves.save_with_state("number", "released_at")
    waves.made["pick-lists"] = [row.pk for row in lists]


def _docks(floors: Sequence[Floor] | object) -> dict[int, Bin]:
    """Where picked goods are brought, by warehouse: the first bin of its dock out."""
    found: dict[int, Bin] = {}
    for row in Bin.objects.filter(location__in=[f.location_id for f in floors], kind=Bin.DOCK_OUT, is_active=True).order_by(
        "sequence", "pk"
    ):  # type: ignore[attr-defined]
        found.setdefault(row.warehouse_id, row)
    return found


def _spot(row: Bin) -> Spot:
    return spot(row.aisle, row.x_m, row.y_m)


def _lists(wave: Wave, deliveries: Sequence[WaveDelivery], tasks: Sequence[Task], crossings: Sequence[int]) -> list[PickList]:
    """The lists of a wave, each with its tasks in the order of its way."""
    groups = _groups(wave, deliveries, tasks)
    start = _spot(tasks[0].to_bin)
    planned = ways(start, [[_spot(t.from_bin) for t in own] for _zone, own in groups], crossings)
    lists = []
    for position, ((zone, own), (order, length)) in enumerate(zip(groups, planned, strict=True), start=1):
        row = PickList(wave=wave, position=position, zone=zone, distance_m=length / 10)
        at = {s: n for n, s in enumerate(order)}
        own.sort(key=lambda t: (at[_spot(t.from_bin)], t.from_bin.sequence, t.from_bin_id, t.product_id, t.issue_id))
        for n, task in enumerate(own, start=1):
            task.pick_list, task.position = row, n
        lists.append(row)
    return lists


def _groups(wave: Wave, deliveries: Sequence[WaveDelivery], tasks: Sequence[Task]) -> list[tuple[str, list[Task]]]:
    """Which tasks go on one list: those of a zone, or of so many deliveries that begin near each other."""
    found: dict[object, list[Task]] = defaultdict(list)
    if wave.method == Wave.ZONE:
        for task in tasks:
            found[task.from_bin.zone].append(task)
        return [(str(zone), found[zone]) for zone in sorted(found, key=str)]
    by_issue: dict[int | None, list[Task]] = defaultdict(list)
    for task in tasks:
        by_issue[task.issue_id].append(task)
    most = 1 if wave.method == Wave.ORDER else wave.most_deliveries
    order = sorted(
        (d for d in deliveries if by_issue[d.issue_id]), key=lambda d: (min(t.from_bin.sequence for t in by_issue[d.issue_id]), d.pk)
    )
    for n, delivery in enumerate(order):
        if wave.method == Wave.CLUSTER:
            delivery.slot = n % most + 1
        for task in by_issue[delivery.issue_id]:
            task.slot = delivery.slot
            found[n // most].append(task)
    return [("", own) for own in found.values()]


@action(
    Wave, moves={"draft": "cancelled", "released": "cancelled"}, permission="warehouse.direct_work", name="cancel_wave", title=_("Cancel"), dangerous=True,
    done=_("Cancelled"),
)  # fmt: skip
def cancel_wave(waves: DocumentSet[Wave]) -> None:
    """Call waves off of which nothing was picked yet: their deliveries may be picked in another."""
    tasks = Task.objects.filter(pick_list__wave__in=waves.ids)
    for done in tasks.exclude(state__in=[Task.OPEN, Task.CANCELLED]).select_related("pick_list__wave").order_by("pk")[:1]:
        raise WavePicked(document=done.pick_list.wave if done.pick_list else "", rows=rows_json(waves.rows))
    left = list(tasks.filter(state=Task.OPEN).order_by("pk"))
    update_rows(Task, {"id": [t.pk for t in left], "state": [Task.CANCELLED] * len(left)})
    rows = list(WaveDelivery.objects.filter(wave__in=waves.ids).order_by("pk").values_list("pk", flat=True))
    update_rows(WaveDelivery, {"id": rows, "is_open": [False] * len(rows)})


@action(PickList, permission="warehouse.move_goods", name="take_list", title=_("Take over"), done=_("Yours"))
def take_list(lists: DocumentSet[PickList]) -> None:
    """Take pick lists over: who picks them is shown to the others."""
    for row in lists:
        row.worker = lists.actor.username
    lists.save("worker")


@action(PickList, permission="warehouse.move_goods", name="pick_list", title=_("All picked"), done=_("Picked"))
def pick_list(lists: DocumentSet[PickList]) -> None:
    """Pick everything that is left on lists, as asked: for lists of paper, and where no scanner is at hand."""
    rows = list(Task.objects.filter(pick_list__in=lists.ids, state=Task.OPEN).select_for_update(of=("self",)).order_by("pk"))
    if not rows:
        raise NothingToPick(document=lists[0], rows=rows_json(lists.rows))
    complete(DocumentSet(Task, rows, lists.actor, lists.reason))
