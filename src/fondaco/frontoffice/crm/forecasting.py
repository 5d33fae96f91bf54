"""The forecast (SA-07): what deals of a stretch of time come to, how sure each is, how that stood in past weeks, and what changed since.

A deal counts in the stretch in which it is expected to close, a won one in that in which it was won. Amounts are in company currency, each
deal rounded by itself half away from zero at the rate of the day, so that every figure is the sum of the deals behind it. Deals without a
rate or without an expected day are in no sum; they are counted and told.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from fondaco.frontoffice.crm.models import BEST_CASE, COMMIT, OMITTED, PIPELINE, ForecastSnapshot, Opportunity, SnapshotDeal
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import RateMissing, RateTable, rate_table
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.money import ZERO, rounded

VIEW = "crm.view_opportunity"
WON = "won"
#: What is forecast, the surest first.
KINDS = (WON, COMMIT, BEST_CASE, PIPELINE)
#: How many weeks back history is shown.
WEEKS = 13


@dataclass(frozen=True)
class Deal:
    """A deal as it stands or stood; ``base`` is None where no rate reached its currency."""

    key: int
    state: str
    forecast: str
    expected_close: date | None
    closed_on: date | None
    probability: Decimal
    base: Decimal | None
    name: str = ""
    party: tuple[int, str] = (0, "")
    salesperson: int | None = None
    #: The day on which it was opened; known of deals as they stand.
    opened_on: date = date.min

    def kind(self, first: date, last: date) -> str:
        """How it counts between two days: won, or how it is forecast; empty where it does not."""
        if self.state == WON:
            return WON if self.closed_on is not None and first <= self.closed_on <= last else ""
        if self.state != "open" or self.forecast == OMITTED or self.expected_close is None:
            return ""
        return self.forecast if first <= self.expected_close <= last else ""


@dataclass
class Sums:
    """Amounts by kind, and what of the open ones may be expected by probability."""

    parts: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(KINDS, ZERO))
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    weighted: Decimal = ZERO

    def add(self, kind: str, deal: Deal, decimals: int) -> None:
        base = deal.base or ZERO
        self.parts[kind] += base
        self.counts[kind] += 1
        self.weighted += base if kind == WON else rounded(base * deal.probability / 100, decimals)

    def up_to(self, kind: str) -> Decimal:
        """What comes if all that is as sure as ``kind``, or surer, is won."""
        return sum((self.parts[k] for k in KINDS[: KINDS.index(kind) + 1]), ZERO)


@dataclass
class Forecast:
    """The forecast of a stretch of time: all of it and by salesperson (None: nobody's); what is in no sum is counted."""

    deals: list[Deal]
    total: Sums
    by_salesperson: dict[int | None, Sums]
    without_day: int = 0
    without_rate: int = 0
    late: int = 0


@dataclass(frozen=True)
class Change:
    """Why an open forecast moved: ``kind`` is new, in, out, won, lost, omitted, amount; ``amount`` is what it adds."""

    kind: str
    deal: Deal
    amount: Decimal


CHANGES = ("new", "in", "amount", "out", "won", "lost")


def forecast(actor: Actor, company: Company, *, first: date, last: date, today: date) -> Forecast:
    """How deals stand that ``actor`` may see and that count between two days. Four statements, whatever their number."""
    found = deals_now(actor, company, today=today, closed_since=first)
    decimals = company.currency.decimals
    result = Forecast([], Sums(), defaultdict(Sums))
    for deal in found:
        if deal.state == "open" and deal.forecast != OMITTED:
            result.without_day += deal.expected_close is None
            result.late += deal.expected_close is not None and deal.expected_close < today
        kind = deal.kind(first, last)
        if not kind:
            continue
        result.without_rate += deal.base is None
        result.deals.append(deal)
        result.total.add(kind, deal, decimals)
        result.by_salesperson[deal.salesperson].add(kind, deal, decimals)
    return result


def deals_now(actor: Actor, company: Company, *, today: date, closed_since: date) -> list[Deal]:
    """The open deals of the company that ``actor`` may see, and those closed since a day, at today's rates. Three statements."""
    if not actor.may(VIEW, company.pk):
        raise NotAllowed(verb="see", what=Opportunity._meta.verbose_name_plural, permission=VIEW)
    rows = list(
        visible(Opportunity.objects.filter(Q(state="open") | Q(closed_on__gte=closed_since), company=company), actor, VIEW)
        .order_by("expected_close", "pk")
        .values_list(
            "pk", "state", "forecast", "expected_close", "closed_on", "probability", "amount", "currency_id", "name", "party_id", "party__name",
            "salesperson_id", "on",
        )
    )  # fmt: skip
    rates = rate_table(company, {r[7] for r in rows})
    base: dict[str, bool] = {}
    found = []
    for key, state, kind, expected, closed, probability, amount, currency, name, party, party_name, salesperson, opened in rows:
        if currency not in base:
            base[currency] = _has_rate(rates, currency, today)
        worth = rates.to_base(amount, currency, today) if base[currency] else None
        found.append(Deal(key, state, kind, expected, closed, probability, worth, name, (party, party_name), salesperson, opened))
    return found


def _has_rate(rates: RateTable, currency: str, on: date) -> bool:
    try:
        rates.rate(currency, on)
    except RateMissing:
        return False
    return True


TAKE = """
insert into crm_snapshotdeal
  (snapshot_id, opportunity_id, state, forecast, stage_id, expected_close, closed_on, probability, amount, currency_id, base_amount)
select s.id, o.id, o.state, o.forecast, o.stage_id, o.expected_close, o.closed_on, o.probability, o.amount, o.currency_id,
  case when o.currency_id = c.currency_id then o.amount else round(o.amount * (select x.rate from companies_exchangerate x
    where x.base_id = c.currency_id and x.currency_id = o.currency_id and x.on <= s.on order by x.on desc limit 1), u.decimals::int) end
from crm_forecastsnapshot s join companies_company c on c.id = s.company_id join companies_currency u on u.code = c.currency_id
join crm_opportunity o on o.company_id = s.company_id and (o.state = 'open' or o.closed_on >= date_trunc('year', s.on)::date)
where s.id = any (%s) order by o.id
"""


def week_of(day: date) -> date:
    """The Monday of its week (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def take_snapshots(companies: Iterable[int], on: date) -> list[int]:
    """Keep how the deals of companies stand, once a week; those that have this week's snapshot are left. Four statements."""
    week = week_of(on)
    wanted = set(companies)
    # Two who take it at once: the second waits here, and finds it taken.
    locked = set(Company.objects.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    taken = set(ForecastSnapshot.objects.filter(company__in=locked, week=week).values_list("company_id", flat=True))
    fresh = [ForecastSnapshot(company_id=c, week=week, on=on) for c in sorted(locked - taken)]
    insert_rows(ForecastSnapshot, fresh)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [[s.pk for s in fresh]])
    return [s.pk for s in fresh]


def deals_then(actor: Actor, snapshots: Sequence[int]) -> dict[int, list[Deal]]:
    """The deals of snapshots that ``actor`` may see, as they stood; one statement."""
    found: dict[int, list[Deal]] = {key: [] for key in snapshots}
    rows = visible(SnapshotDeal.objects.filter(snapshot__in=snapshots), actor, VIEW).order_by("opportunity")
    for snapshot, key, state, kind, expected, closed, probability, base, name, party, party_name, salesperson in rows.values_list(
        "snapshot_id", "opportunity_id", "state", "forecast", "expected_close", "closed_on", "probability", "base_amount", "opportunity__name",
        "opportunity__party_id", "opportunity__party__name", "opportunity__salesperson_id",
    ):  # fmt: skip
        found[snapshot].append(Deal(key, state, kind, expected, closed, probability, base, name, (party, party_name), salesperson))
    return found


def history(actor: Actor, company: Company, *, first: date, last: date) -> list[tuple[ForecastSnapshot, Sums]]:
    """The forecast of a stretch of time as it stood week after week, the oldest first. Two statements."""
    weeks = list(ForecastSnapshot.objects.filter(company=company, week__lte=last).order_by("-week")[:WEEKS])[::-1]
    deals = deals_then(actor, [s.pk for s in weeks])
    found = []
    for snapshot in weeks:
        sums = Sums()
        for deal in deals[snapshot.pk]:
            if kind := deal.kind(first, last):
                sums.add(kind, deal, company.currency.decimals)
        found.append((snapshot, sums))
    return found


def changes(then: Sequence[Deal], now: Sequence[Deal], *, first: date, last: date) -> tuple[Decimal, list[Change], Decimal]:
    """What the open forecast of a stretch was, why it moved, and what it is: the first and the changes add up to the last.

    A deal is new where the snapshot had none; it came in or went out where its day moved, or where it was left out of the forecast;
    it was won or lost; else its amount, or the rate of its currency, changed.
    """
    before, after = {d.key: d for d in then}, {d.key: d for d in now}
    found: list[Change] = []
    start = end = ZERO
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        was, is_ = _open_worth(old, first, last), _open_worth(new, first, last)
        start, end = start + was, end + is_
        deal = new or old
        assert deal is not None
        counted, counts = old is not None and _is_open(old, first, last), new is not None and _is_open(new, first, last)
        if counts and not counted:
            found.append(Change("new" if old is None else "in", deal, is_))
        elif counted and not counts:
            found.append(Change(new.state if new is not None and new.state in {"won", "lost"} else "out", deal, -was))
        elif counts and is_ != was:
            found.append(Change("amount", deal, is_ - was))
    return start, found, end


def _is_open(deal: Deal, first: date, last: date) -> bool:
    return deal.kind(first, last) not in {"", WON}


def _open_worth(deal: Deal | None, first: date, last: date) -> Decimal:
    return (deal.base or ZERO) if deal is not None and _is_open(deal, first, last) else ZERO
