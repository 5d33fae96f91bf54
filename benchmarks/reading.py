"""The books in sight while the ledger grows: statements, open items and long lists, beside the same statements through plain psycopg."""

import statistics
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from benchmarks import floor
from benchmarks.figures import Figure, Promise, each, percentile
from benchmarks.house import ACTOR, House, do, settle_town
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import JournalLine
from fondaco.finance.tax.models import TaxEntry, TaxReturn
from fondaco.finance.tax.queries import declarations
from fondaco.frontoffice.crm.queries import customer_360
from fondaco.insight.statements import queries
from fondaco.masterdata.parties.models import Party
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, count, filtered, page
from fondaco.platform.search.finding import search

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
TIMES = 20
SET = 10_000
TOWN_OF = 100_000
STATEMENT_AT, AGED_AT, LIST_AT, RETURN_AT = 10_000_000, 1_000_000, 1_000_000, 1_000_000


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Everything that is read, at 10,000, 100,000 and (not ``quick``) 1,000,000 ledger lines."""
    for lines in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000):
        if JournalLine.objects.count() > 2 * lines:
            continue  # an earlier part has written more
        grow(house, lines, say)
        floor.tidy()
        yield from _statements(house, lines)
        yield from _lists(house, lines)
        yield _return(house)
    yield _customer(house)
    settle_town(house, TOWN_OF // 10 if quick else TOWN_OF)
    floor.tidy()
    yield from _searches()


def grow(house: House, lines: int, say: Callable[[str], None]) -> None:
    """Post invoices until the ledger has so many lines."""
    while (there := JournalLine.objects.count()) < lines:
        say(f"growing the ledger: {there:,} of {lines:,} lines")
        # At most five lines come of an invoice of three: revenue by line, VAT, receivable.
        do("invoicing.post", house.draft_invoices(min(SET, max(1, (lines - there) // 3))))


def _promise(milliseconds: int, asked: int, lines: int) -> Promise:
    return Promise(f"< {milliseconds} ms at {asked:,}", value=milliseconds, scaled=lines < asked)


def _statements(house: House, lines: int) -> Iterator[Figure]:
    company = house.company.pk
    at = f"{lines:,} lines"
    promised = _promise(100, STATEMENT_AT, lines)
    yield timed(f"trial balance, {at}", lambda: queries.trial_balance(company, first=FIRST, last=LAST, year_start=FIRST), promised)
    yield timed(f"balance sheet, {at}", lambda: queries.balance_sheet(company, on=LAST, year_start=FIRST), promised)
    yield timed(f"profit and loss, {at}", lambda: queries.profit_and_loss(company, first=FIRST, last=LAST), promised)
    items = _promise(300, AGED_AT, lines // 5)
    yield timed(f"aged receivables, {at}", lambda: queries.aged(company, on=LAST), items)
    yield timed(f"aged receivables as of June, {at}", lambda: queries.aged(company, on=date(2026, 6, 30)), items)


def _lists(house: House, lines: int) -> Iterator[Figure]:
    resource = RESOURCES["journal-lines"]
    columns = [c.path for c in resource.shown()]
    account = str(JournalLine.objects.values_list("account", flat=True).order_by("-pk").first())
    asked = {
        "newest page": Query(),
        "filtered by account": Query(filters={"account": account}),
        "sorted by date": Query(sort="entry__on" if "entry__on" in columns else ""),
    }
    for what, query in asked.items():
        yield timed(f"journal lines, {what}, {lines:,}", lambda query=query: _list(resource, query), _promise(150, LIST_AT, lines))
    deep = _deep(resource)
    yield timed(f"journal lines, 20 pages on, {lines:,}", lambda: _list(resource, deep), _promise(150, LIST_AT, lines))


def _return(house: House) -> Figure:
    entries = TaxEntry.objects.count()
    if not TaxReturn.objects.exists():
        do("companies.prepare_returns", [house.company.pk], year=2026)
    march = TaxReturn.objects.get(starts_on=date(2026, 3, 1))
    return timed(f"VAT return of a month, {entries:,} tax entries", lambda: declarations([march]), _promise(1000, RETURN_AT, entries))


def _list(resource: Any, query: Query) -> None:
    """What a list screen asks: the page, and how many there are as far as anybody counts."""
    page(resource, ACTOR, query)
    count(filtered(resource, ACTOR, query))


def _deep(resource: Any) -> Query:
    after = ""
    for _ in range(20):
        after = page(resource, ACTOR, Query(after=after)).next
    return Query(after=after)


def _searches() -> Iterator[Figure]:
    parties = Party.objects.count()
    number = str(Invoice.objects.order_by("-pk").values_list("number", flat=True).first())
    typed = {"two words": "lombardi brera", "a mistyped word": "lomabrdi", "a number": number, "nothing there": "wxyzzy"}
    for what, text in typed.items():
        yield timed(
            f"search over everything, {what}, {parties:,} parties", lambda text=text: search(ACTOR, text), Promise("< 150 ms", value=150)
        )
    for key, text in (("parties", "lombardi brera"), ("invoices", "lombardi brera"), ("invoices", number)):
        what = f"search in {key}, “{text}”, of {RESOURCES[key].model.objects.count():,}"  # type: ignore[attr-defined]
        yield timed(what, lambda key=key, text=text: _list(RESOURCES[key], Query(search=text)), Promise("< 500 ms", value=500))


def _customer(house: House) -> Figure:
    key = house.customers[0]
    return timed("customer 360", lambda: customer_360(ACTOR, house.company, key), Promise("< 150 ms, 15 statements", value=150))


def timed(what: str, work: Callable[[], Any], promise: Promise) -> Figure:
    """The 95th percentile of ``work`` beside the median of its own statements sent plainly."""
    statements = floor.statements_of(work)
    times = each(lambda _: work(), range(TIMES))
    plain = 1000 * statistics.median(floor.reading_floor(statements, TIMES))
    return Figure(f"{what} ({len(statements)} statements)", "ms p95", percentile(times, 95), plain, promise)
