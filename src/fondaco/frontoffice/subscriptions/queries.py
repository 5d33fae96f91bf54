"""What contracts bring in a month and how that moved, what will be invoiced, and which end soon: limited to what the asker may see."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from fondaco.frontoffice.subscriptions.charging import Book, charges, falls_due, in_force, read, tariff_of
from fondaco.frontoffice.subscriptions.models import Contract, ContractLine, ContractPause
from fondaco.frontoffice.subscriptions.pricing import DAY, Terms, months_after, parts, periods
from fondaco.frontoffice.subscriptions.rating import rate
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import RateTable, rate_table
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.money import ZERO

VIEW = "subscriptions.view_contract"
NEW, EXPANSION, REACTIVATION, CONTRACTION, PAUSE, CHURN = "new", "expansion", "reactivation", "contraction", "pause", "churn"
KINDS = (NEW, EXPANSION, REACTIVATION, CONTRACTION, PAUSE, CHURN)
#: What was used of the last periods so long is the guess for the next ones.
LOOKED_BACK = timedelta(days=92)


@dataclass(frozen=True)
class Movement:
    """On a day a contract brought so much more or less a month; in the company's currency at today's rate."""

    contract: int
    on: date
    kind: str
    amount: Decimal


def seen(actor: Actor, company: Company) -> QuerySet[Contract]:
    """The contracts of a company that were ever in force, as far as the actor may see them."""
    return visible(Contract.objects.filter(company=company, number__isnull=False), actor, VIEW)


def movements(actor: Actor, company: Company, *, until: date, today: date) -> list[Movement]:
    """Every movement of monthly recurring revenue up to a day, in order: they add up to what contracts bring on it. Three statements.

    A contract's first revenue is *new*, its last going *churn*, its coming back after a pause *reactivation*; what it brings more or less
    between is *expansion* and *contraction*. The end of a term that renews by itself is no movement before it has come.
    """
    rows = seen(actor, company).values_list("pk", "currency_id")
    currencies: dict[int, str] = {pk: currency or company.currency_id for pk, currency in rows}
    rates = rate_table(company, set(currencies.values()))
    found: dict[int, dict[date, Decimal]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            "select contract_id, day, brings from subscriptions_brings(%s::bigint[]) where day <= %s order by contract_id, day",
            [list(currencies), until],
        )
        for contract, day, brings in cursor.fetchall():
            found[contract][day] = brings
    paused = _paused_on(found)
    made = [m for contract, days in found.items() for m in _moves(contract, currencies[contract], days, paused[contract], rates, today)]
    return sorted(made, key=lambda m: (m.on, m.contract))


def _paused_on(contracts: Iterable[int]) -> dict[int, set[date]]:
    found: dict[int, set[date]] = defaultdict(set)
    for contract, first in ContractPause.objects.filter(contract__in=list(contracts)).values_list("contract_id", "first"):
        found[contract].add(first)
    return found


def _moves(contract: int, currency: str, days: dict[date, Decimal], paused: set[date], rates: RateTable, today: date) -> list[Movement]:
    made, before, began = [], ZERO, False
    for day, brings in days.items():
        # Amounts are turned, not differences: so the movements add up to what is brought, to the cent.
        now = rates.to_base(brings, currency, today)
        if now != before:
            if not before:
                kind = REACTIVATION if began else NEW
            elif not now:
                kind = PAUSE if day in paused else CHURN
            else:
                kind = EXPANSION if now > before else CONTRACTION
            made.append(Movement(contract, day, kind, now - before))
            began, before = True, now
    return made


@dataclass(frozen=True)
class Expected:
    """What will be invoiced of a contract: the day, of which kind, and how much without tax, in the contract's currency."""

    contract: int
    on: date
    kind: str
    amount: Decimal


RAMP, LATE = "ramp", "made_good"


def calendar(actor: Actor, company: Company, *, first: date, months: int = 12) -> tuple[dict[int, Contract], list[Expected]]:
    """What will be invoiced in the months from a day on: what is due already on that day, and what falls due later. Eleven statements at most.

    *Recurring* is at the price of the first step, *ramp* what later steps make of it; use is a guess by the last three months; what recurs in a
    term that renews by itself goes on at today's prices.
    """
    last = months_after(first.replace(day=1), months) - DAY
    contracts = list(seen(actor, company).filter(Q(next_on__isnull=False) | Q(state="active")).select_related("customer").order_by("pk"))
    book = read(contracts)
    found = []
    for key, due in charges(book, first).items():
        found += [Expected(key, first, charge.line.kind if charge.kind == "charge" else LATE, charge.amount) for charge in due]
    for c in contracts:
        found += _later(book, c, first, last)
    return {c.pk: c for c in contracts}, found


def _later(book: Book, contract: Contract, first: date, last: date) -> list[Expected]:
    terms = book.terms(contract)
    if contract.state == "active" and contract.renews:
        terms = Terms(terms.starts_on, None, terms.every_months, terms.by_calendar, terms.pauses)
    decimals = book.decimals[contract.currency_id or ""]
    found = []
    for line in book.lines.get(contract.pk, ()):
        if line.kind == ContractLine.ONE_OFF:
            found += [
                Expected(contract.pk, s.from_on, line.kind, s.quantity * s.unit_price)
                for s in book.steps_of(line)
                if first < s.from_on <= last
            ]
        if line.kind not in (ContractLine.RECURRING, ContractLine.USAGE):
            continue
        guess = _a_day(book, line, first) if line.kind == ContractLine.USAGE else ZERO
        for period in periods(terms, last):
            begin, end = in_force(period, terms)
            on = falls_due(contract, line, begin, end)
            if begin > end or not first < on <= last:
                continue
            if line.kind == ContractLine.USAGE:
                days = (end - begin).days + 1
                # Of days that were reported what was counted, of the others what is counted on average.
                told = book.use_between(line.meter_id, begin, min(end, first))
                used = told + guess * max((end - max(begin, first + DAY if told else begin)).days + 1, 0)
                amount = rate(used, tariff_of(book, line), days=days, of_days=period.days, decimals=decimals).amount
                found.append(Expected(contract.pk, on, line.kind, amount))
                continue
            steps = book.steps_of(line)
            priced = {"per_months": line.per_months, "discount": line.discount_percent, "decimals": decimals}
            now = sum((p.amount for p in parts([s for s in steps if s.from_on <= first], period, terms, **priced)), ZERO)  # type: ignore[arg-type]
            whole = sum((p.amount for p in parts(steps, period, terms, **priced)), ZERO)  # type: ignore[arg-type]
            found += [Expected(contract.pk, on, kind, amount) for kind, amount in ((line.kind, now), (RAMP, whole - now)) if amount]
    return [e for e in found if e.amount]


def _a_day(book: Book, line: ContractLine, today: date) -> Decimal:
    """What a meter counted a day on average, of the last three months or since it counts."""
    since = max(today - LOOKED_BACK, min((on for on, _q in book.used.get(line.meter_id or 0, ())), default=today))
    days = (today - since).days + 1
    return book.use_between(line.meter_id, since, today) / days


@dataclass(frozen=True)
class Ending:
    """A contract whose term ends soon, what it brings a month, and the last day on which notice counts."""

    contract: Contract
    brings: Decimal
    notice_until: date | None


def ending(actor: Actor, company: Company, *, today: date, days: int = 90) -> list[Ending]:
    """The contracts in force that end within so many days, the first to end on top. Three statements."""
    rows = (
        seen(actor, company)
        .filter(state="active", ends_on__lte=today + timedelta(days=days))
        .select_related("customer")
        .order_by("ends_on", "pk")
    )
    found = list(rows)
    brings = brought({c.pk: min(today, c.ends_on or today) for c in found})
    return [Ending(c, brings.get(c.pk, ZERO), c.ends_on - timedelta(days=c.notice_days) if c.ends_on and c.renews else None) for c in found]


def brought(days: dict[int, date]) -> dict[int, Decimal]:
    """What each contract brings a month on its day; one statement."""
    if not days:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct on (b.contract_id) b.contract_id, b.brings from unnest(%s::bigint[], %s::date[]) as g(id, day)"
            " join subscriptions_brings(%s::bigint[]) b on b.contract_id = g.id and b.day <= g.day order by b.contract_id, b.day desc",
            [list(days), list(days.values()), list(days)],
        )
        return dict(cursor.fetchall())


__all__ = [
    "CHURN",
    "CONTRACTION",
    "EXPANSION",
    "KINDS",
    "LATE",
    "NEW",
    "PAUSE",
    "RAMP",
    "REACTIVATION",
    "VIEW",
    "Ending",
    "Expected",
    "Movement",
    "brought",
    "calendar",
    "ending",
    "movements",
    "seen",
]
