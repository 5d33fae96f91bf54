"""Picking: the way of a wave of 1,000 picks beside the shortest there is, and orders reserved, waved, picked and shipped."""

from collections.abc import Callable, Iterator

from benchmarks import floor
from benchmarks.aisles import shortest
from benchmarks.figures import Figure, Promise, seconds
from benchmarks.house import ACTOR, House, do
from fondaco.operations.warehouse.models import Floor, PickList, Task
from fondaco.operations.warehouse.planning import Spot, distances, way
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

ON = "2026-06-30"
AISLES, DEEP, WIDE = 25, 60, 30
PICKS, TIMES = 1_000, 5
BINS = 10


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Ways through 25 aisles of 60 bins; then sets of orders of five lines through the whole warehouse."""
    yield from _ways(house, say)
    say("building bins and putting goods away")
    bins = _bins(house)
    _put_away(house, bins)
    _through(house, 20)
    count = 200 if quick else 1_000
    say(f"{count:,} orders of 5 lines, from draft to shipped")
    took, written = floor.written_by(lambda: _through(house, count))
    by_insert, by_copy = floor.floor_of(written)
    picks = Task.objects.filter(pick_list__in=PickList.objects.order_by("-pk")[: count // 12]).count()
    say(f"{picks:,} picks on the last lists")
    promise = Promise("< 30 s for 1,000", value=30, scaled=count < 1_000)
    yield Figure(f"{count:,} orders of 5 lines reserved, waved, picked, shipped", "s", took, by_insert, promise, bulk=by_copy)


def _ways(house: House, say: Callable[[str], None]) -> Iterator[Figure]:
    """Seconds to plan beside seconds for the distances alone; metres beside the shortest way that an exact method finds."""
    times, plain, lengths, best = [], [], [], []
    start, crossings = Spot("x0", 0, 0), [0, 10 * DEEP]
    say(f"ways through {PICKS:,} bins")
    for _turn in range(TIMES):
        spots = [
            Spot(f"x{x * WIDE}", x * WIDE, 10 * y)
            for x, y in house.chance.sample([(x, y) for x in range(AISLES) for y in range(DEEP + 1)], PICKS)
        ]
        found: list[int] = []
        times.append(seconds(lambda spots=spots, found=found: found.append(way(start, spots, crossings)[1])))
        plain.append(seconds(lambda spots=spots: distances([start, *spots], crossings)))
        lengths.append(found[0] / 10)
        best.append(shortest([start, *spots], *crossings) / 10)
    times.sort()
    yield Figure(
        f"way of {PICKS:,} picks planned (floor: distances alone)",
        "s",
        times[TIMES // 2],
        sorted(plain)[TIMES // 2],
        Promise("< 2 s", value=2),
    )
    yield Figure(
        f"way of {PICKS:,} picks (floor: the shortest there is)",
        "m",
        sum(lengths) / TIMES,
        sum(best) / TIMES,
        Promise("within 10%", ratio=1.1),
    )


def _bins(house: House) -> list[str]:
    made = [{"company": house.company.pk, "warehouse": house.warehouse, "code": "OUT", "kind": "dock_out"}]
    for n in range(len(house.products) * BINS):
        x, y = divmod(n, 2 * DEEP)
        made.append(
            {
                "company": house.company.pk, "warehouse": house.warehouse, "code": f"{x:02}-{y:03}", "aisle": f"{x:02}", "x_m": str(3 * x), "y_m": str(y // 2), "sequence": n,
                "most_pieces": "100000",
            }
        )  # fmt: skip
    create(ACTOR, RESOURCES["bins"], made)
    return [str(row["code"]) for row in made[1:]]


def _put_away(house: House, bins: list[str]) -> None:
    """All goods at the dock go to bins, as proposed."""
    tasks = do("warehouse.propose_put_away", [Floor.objects.get(warehouse=house.warehouse).pk]).made["tasks"]
    do("warehouse.complete", tasks)


def _through(house: House, count: int) -> None:
    orders = create(ACTOR, RESOURCES["orders"], [_order(house) for _ in range(count)]).ids
    do("sales.confirm", orders, on=ON)
    deliveries = do("sales.draft_delivery", orders, on=ON).made["deliveries"]
    waves = do("inventory.plan_wave", deliveries, method="cluster").made["waves"]
    lists = do("warehouse.release", waves).made["pick-lists"]
    do("warehouse.pick_list", lists)
    do("inventory.post_issue", deliveries)


def _order(house: House) -> dict[str, object]:
    lines = [{"product": key, "quantity": str(house.chance.randrange(1, 5))} for key in house.chance.sample(house.products, 5)]
    return {
        "company": house.company.pk,
        "customer": house.chance.choice(house.customers),
        "warehouse": house.warehouse,
        "on": ON,
        "lines": lines,
    }
