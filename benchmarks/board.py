"""The pipeline board with 5,000 open deals, as the browser asks for it, and a card that is carried over (SA-03)."""

import statistics
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from benchmarks import floor
from benchmarks.figures import Figure, Promise, each, percentile
from benchmarks.house import ACTOR, House
from benchmarks.orders import signed_in
from fondaco.frontoffice.crm.models import Opportunity, Stage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

SIZE = 5_000
PROMISE = Promise("< 300 ms", value=300)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Through every door: session, rights, lanes with their sums, forty cards of each, the drawn page."""
    say(f"{SIZE:,} open deals")
    company, chance, today = house.company.pk, house.chance, timezone.localdate()
    create(ACTOR, RESOURCES["opportunities"], [_deal(house, company, chance, today, None)])
    stages = list(Stage.objects.filter(company=company, is_won=False, is_lost=False).values_list("pk", flat=True))
    for _set in range(5):
        create(ACTOR, RESOURCES["opportunities"], [_deal(house, company, chance, today, chance.choice(stages)) for _n in range(SIZE // 5)])
    floor.tidy()
    client, times = signed_in("seller"), 10 if quick else 30

    def board() -> None:
        answer = client.get("/opportunities/board")
        if answer.status_code != 200 or answer.content.count(b'class="card') < 160:
            raise RuntimeError(answer.content[:500])

    yield _timed(f"pipeline board, {SIZE:,} open deals", board, times)
    deal = Opportunity.objects.filter(state="open").order_by("-pk").values_list("pk", flat=True)[0]
    turn = iter(range(10_000))

    def carried() -> None:
        answer = client.post("/opportunities/board/move", {"id": deal, "to": stages[next(turn) % len(stages)], "before": "", "version": ""})
        if answer.status_code != 200:
            raise RuntimeError(answer.content[:500])

    spent = percentile(each(lambda _: carried(), range(times)), 95)
    plain = 1000 * statistics.median(floor.reading_floor([s for s in floor.statements_of(board) if s.startswith("SELECT")], times))
    yield Figure(f"a card carried over, {SIZE:,} open deals (floor: reading the board)", "ms p95", spent, plain)


def _deal(house: House, company: int, chance: Any, today: Any, stage: int | None) -> dict[str, Any]:
    return {
        "company": company, "party": chance.choice(house.customers), "name": f"Deal {chance.randrange(10**6)}", "amount": house.amount(), "stage": stage,
        "next_step": "Ring", "next_step_on": (today + timedelta(days=chance.randrange(-20, 40))).isoformat(), "on": (today - timedelta(days=chance.randrange(90))).isoformat(),
    }  # fmt: skip


def _timed(what: str, work: Callable[[], Any], times: int) -> Figure:
    """The 95th percentile of a request beside the median of its reading statements sent plainly."""
    statements = [s for s in floor.statements_of(work) if s.lstrip("( ").lower().startswith("select")]
    spent = each(lambda _: work(), range(times))
    plain = 1000 * statistics.median(floor.reading_floor(statements, times))
    return Figure(f"{what} ({len(statements)} statements)", "ms p95", percentile(spent, 95), plain, PROMISE)
