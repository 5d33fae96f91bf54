"""Dunning and statements over a hundred thousand open items of ten thousand customers, beside plain psycopg writing the same rows."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from benchmarks import floor
from benchmarks.figures import Figure, Promise, each, percentile
from benchmarks.house import ACTOR, House, do, settle_town
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.receivables.collecting import worklist
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

ITEMS, CUSTOMERS, SET = 100_000, 10_000, 10_000
DUE, FIRST, SECOND = date(2026, 1, 15), date(2026, 4, 1), date(2026, 4, 20)


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Two levels of reminders (the second charges interest), the statements of everybody, and the collector's work list."""
    items, customers = (ITEMS // 10, CUSTOMERS // 10) if quick else (ITEMS, CUSTOMERS)
    settle_town(house, customers)
    owe(house, items, customers, say)
    floor.tidy()
    promise = Promise("< 20 s for 100,000 open items, proposed and sent", value=20, scaled=quick)
    for level, on in ((1, FIRST), (2, SECOND)):
        say(f"reminding of {items:,} open items, level {level}")
        (run,) = create(ACTOR, RESOURCES["dunning-runs"], [{"company": house.company.pk, "on": on.isoformat()}]).ids
        proposed, first = floor.written_by(lambda run=run: do("receivables.propose", [run]))
        sent, second = floor.written_by(lambda run=run: do("receivables.send", [run]))
        plain, more = floor.floor_of(first), floor.floor_of(second)
        what = f"dunning run over {items:,} open items, level {level}"
        yield Figure(f"{what}, proposed", "s", proposed, plain[0], bulk=plain[1])
        yield Figure(f"{what}, sent", "s", sent, more[0], bulk=more[1])
        yield Figure(f"{what}, both", "s", proposed + sent, plain[0] + more[0], promise, bulk=plain[1] + more[1])
    say("statements of every customer")
    (run,) = create(ACTOR, RESOURCES["statement-runs"], [{"company": house.company.pk, "on": FIRST.isoformat()}]).ids
    took, written = floor.written_by(lambda: do("receivables.prepare", [run]))
    plain = floor.floor_of(written)
    yield Figure(f"statements of {items:,} open items as of a past day", "s", took, plain[0], bulk=plain[1])
    statements = floor.statements_of(lambda: worklist(house.company.pk, SECOND))
    times = each(lambda _: worklist(house.company.pk, SECOND), range(10))
    reading = 1000 * sorted(floor.reading_floor(statements, 10))[5]
    yield Figure(f"collector's work list over {items:,} open items", "ms p95", percentile(times, 95), reading)


def owe(house: House, items: int, customers: int, say: Callable[[str], None]) -> None:
    """Open items of 12.20 to 1,220 euro, overdue for up to half a month at the first run, of businesses with a mail address."""
    with unit_of_work(ACTOR.username, "setup.bench"):
        keys = list(Party.objects.order_by("pk").values_list("pk", flat=True)[:customers])
        Party.objects.filter(pk__in=keys).update(vat_number="IT12345670785", email="conti@example.com")
    for start in range(0, items, SET):
        say(f"owing: {start:,} of {items:,} items")
        drafts = []
        for number in range(start, min(start + SET, items)):
            amount = Decimal(1220 + number % 1000 * 122) / 100
            due_on = DUE + timedelta(days=number % 50)
            lines = (LineDraft("receivable", amount, party=keys[number % customers], due_on=due_on), LineDraft("revenue", -amount))
            drafts.append(EntryDraft(house.company.pk, "sales", DUE, f"Invoice {number}", lines))
        with unit_of_work(ACTOR.username, "setup.bench"):
            post(drafts, actor=ACTOR)
