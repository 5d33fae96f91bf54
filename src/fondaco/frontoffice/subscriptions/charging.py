"""What is to be charged of contracts up to a day: what each period comes to, less what stands charged of it, with the sentence that explains it.

One piece for the verb that invoices, the calendar of what will be invoiced, and previews. Reads in a fixed number of statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.frontoffice.subscriptions.models import (
    Contract,
    ContractCharge,
    ContractLine,
    ContractPause,
    ContractStep,
    MeterDay,
    UsageTier,
)
from fondaco.frontoffice.subscriptions.pricing import DAY, Part, Period, Step, Terms, parts, periods, step_on
from fondaco.frontoffice.subscriptions.rating import Rated, Tariff, rate
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.masterdata.parties.models import Party
from fondaco.platform.documents.printing import Formatter
from fondaco.platform.money import ZERO, rounded

RECURRING, USAGE, ONE_OFF = ContractLine.RECURRING, ContractLine.USAGE, ContractLine.ONE_OFF


@dataclass(frozen=True)
class Standing:
    """What stands charged of a line for a period: amount, quantity, the latest version by which it was priced, what the period came to by
    that, and the days of charges."""

    amount: Decimal = ZERO
    quantity: Decimal = ZERO
    version: int = 0
    due: Decimal = ZERO
    days: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True)
class Charge:
    """What is to be charged now: signed, whole minor units. ``shown`` are quantity, unit price and discount as the invoice line has them."""

    contract: Contract
    line: ContractLine
    kind: str
    period: Period
    first: date
    last: date
    quantity: Decimal
    amount: Decimal
    due: Decimal
    explanation: str
    shown: tuple[Decimal, Decimal, Decimal]


@dataclass
class Book:
    """All that the price functions need of a set of contracts, read once."""

    contracts: Sequence[Contract]
    lines: Mapping[int, Sequence[ContractLine]]
    steps: Mapping[tuple[int, int], Sequence[Step]]
    tiers: Mapping[tuple[int, int], Sequence[tuple[Decimal, Decimal]]]
    pauses: Mapping[int, tuple[tuple[date, date | None], ...]]
    decimals: Mapping[str, int]
    languages: Mapping[int, str]
    standing: Mapping[tuple[int, date], Standing] = field(default_factory=dict)
    used: Mapping[int, Sequence[tuple[date, Decimal]]] = field(default_factory=dict)

    def terms(self, contract: Contract) -> Terms:
        """When a contract runs."""
        by_calendar = contract.calendar == Contract.CALENDAR
        return Terms(contract.starts_on, contract.ends_on, contract.every_months, by_calendar, self.pauses.get(contract.pk, ()))

    def steps_of(self, line: ContractLine) -> Sequence[Step]:
        """The dated prices of a line."""
        return self.steps.get((line.contract_id, line.product_id), ())

    def use_between(self, meter: int | None, first: date, last: date) -> Decimal:
        """What a meter counted on these days."""
        return sum((quantity for on, quantity in self.used.get(meter or 0, ()) if first <= on <= last), ZERO)


def read(contracts: Sequence[Contract], *, charged: bool = True) -> Book:
    """Read contracts with what belongs to them; eight statements at most. ``charged``: with what stands charged and what was used."""
    keys = [c.pk for c in contracts]
    lines: dict[int, list[ContractLine]] = defaultdict(list)
    for line in ContractLine.objects.filter(contract__in=keys).order_by("contract_id", "position", "id"):
        lines[line.contract_id].append(line)
    steps: dict[tuple[int, int], list[Step]] = defaultdict(list)
    for contract, product, *values in ContractStep.objects.filter(contract__in=keys).values_list(
        "contract_id", "product_id", "from_on", "quantity", "unit_price", "version_number"
    ):
        steps[contract, product].append(Step(*values))
    tiers: dict[tuple[int, int], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for tier in UsageTier.objects.filter(contract__in=keys).order_by("from_quantity"):
        tiers[tier.contract_id, tier.product_id].append((tier.from_quantity, tier.unit_price))
    pauses: dict[int, tuple[tuple[date, date | None], ...]] = {}
    for contract, first, last in (
        ContractPause.objects.filter(contract__in=keys).order_by("first").values_list("contract_id", "first", "last")
    ):
        pauses[contract] = (*pauses.get(contract, ()), (first, last))
    book = Book(
        contracts, lines, steps, tiers, pauses, decimals_of({c.currency_id for c in contracts if c.currency_id}),
        dict(Party.objects.filter(pk__in={c.customer_id for c in contracts}).values_list("pk", "language")),
    )  # fmt: skip
    if charged:
        book.standing = _standing(keys)
        book.used = _used({ln.meter_id for rows in lines.values() for ln in rows if ln.meter_id}, contracts)
    return book


def _standing(contracts: Sequence[int]) -> dict[tuple[int, date], Standing]:
    rows = ContractCharge.objects.filter(contract__in=contracts, taken_back_by=None).order_by("pk")
    found: dict[tuple[int, date], Standing] = {}
    for line, period, amount, quantity, version, due, kind, first, last in rows.values_list(
        "line_id", "period_from", "amount", "quantity", "priced_version", "due", "kind", "first", "last"
    ):
        s = found.get((line, period), Standing())
        days = (*s.days, (first, last)) if kind == ContractCharge.CHARGE else s.days
        found[line, period] = Standing(s.amount + amount, s.quantity + quantity, max(s.version, version), due, days)
    return found


def _used(meters: Iterable[int], contracts: Sequence[Contract]) -> dict[int, list[tuple[date, Decimal]]]:
    keys = list(meters)
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    if keys:
        rows = MeterDay.objects.filter(meter__in=keys, on__gte=min(c.starts_on for c in contracts)).order_by("on")
        for meter, on, quantity in rows.values_list("meter_id", "on", "quantity"):
            found[meter].append((on, quantity))
    return found


def charges(book: Book, on: date) -> dict[int, list[Charge]]:
    """What is to be charged up to a day, by contract, in the order of lines and days. Sentences are in each customer's language."""
    found: dict[int, list[Charge]] = {}
    for contract in book.contracts:
        language = book.languages.get(contract.customer_id, "en")
        with translation.override(language):
            said = Said(Formatter(language), book.decimals[contract.currency_id or ""])
            found[contract.pk] = [c for line in book.lines.get(contract.pk, ()) for c in _of_line(book, contract, line, on, said)]
    return found


def _of_line(book: Book, contract: Contract, line: ContractLine, on: date, said: "Said") -> Iterator[Charge]:
    if contract.number is None or line.kind == ContractLine.FOR_ORDERS:
        return
    terms = book.terms(contract)
    if line.kind == ONE_OFF:
        yield from _once(book, contract, line, terms, on, said)
        return
    for period in periods(terms, on):
        first, last = in_force(period, terms)
        if first > last or (falls_due(contract, line, first, last) > on):
            continue
        standing = book.standing.get((line.pk, period.first), Standing())
        if line.kind == RECURRING:
            if standing.version >= contract.version_number and standing.amount == standing.due:
                continue
            yield from _recurring(book, contract, line, terms, period, standing, said)
        else:
            yield from _use(book, contract, line, period, (first, last), standing, said)


def in_force(period: Period, terms: Terms) -> tuple[date, date]:
    """The days of a period that are within the term."""
    return max(period.first, terms.starts_on), period.last if terms.ends_on is None else min(period.last, terms.ends_on)


def falls_due(contract: Contract, line: ContractLine, first: date, last: date) -> date:
    """When days of a line are invoiced: on the first of them where it is paid in advance, else on the last; use always on the last."""
    return first if contract.in_advance and line.kind == RECURRING else last


def _once(book: Book, contract: Contract, line: ContractLine, terms: Terms, on: date, said: "Said") -> Iterator[Charge]:
    step = step_on(book.steps_of(line), on)
    if step is None or (line.pk, step.from_on) in book.standing:
        return
    amount = said.rounded(step.quantity * step.unit_price * (100 - line.discount_percent) / 100)
    if amount and (terms.ends_on is None or step.from_on <= terms.ends_on):
        period, words = Period(step.from_on, step.from_on), said.once(step, line)
        shown = (step.quantity, step.unit_price, line.discount_percent)
        yield Charge(contract, line, "charge", period, step.from_on, step.from_on, step.quantity, amount, amount, words, shown)


def _recurring(
    book: Book, contract: Contract, line: ContractLine, terms: Terms, period: Period, standing: Standing, said: "Said"
) -> Iterator[Charge]:
    steps = book.steps_of(line)
    found = parts(steps, period, terms, per_months=line.per_months, discount=line.discount_percent, decimals=said.decimals)
    due = sum((p.amount for p in found), ZERO)
    so_far = standing.amount
    for part in found:
        if part.amount and not any(part.first <= end and begin <= part.last for begin, end in standing.days):
            so_far += part.amount
            words = said.recurring(part, steps, line, contract)
            shown = said.shown(part, line, contract)
            yield Charge(contract, line, "charge", period, part.first, part.last, part.quantity, part.amount, due, words, shown)
    if due != so_far:
        first, last = in_force(period, terms)
        words = said.adjusted(
            Period(first, last), due, so_far, contract.version_number, [said.recurring(p, steps, line, contract) for p in found]
        )
        change = due - so_far
        yield Charge(contract, line, "adjustment", period, first, last, ZERO, change, due, words, (Decimal(1), change, ZERO))


def tariff_of(book: Book, line: ContractLine) -> Tariff:
    """How a line by use is rated."""
    return Tariff(
        line.rating, line.unit_price or ZERO, tuple(book.tiers.get((line.contract_id, line.product_id), ())), line.included_quantity,
        line.package_size, line.minimum, line.cap, line.discount_percent,
    )  # fmt: skip


def _use(
    book: Book, contract: Contract, line: ContractLine, period: Period, days: tuple[date, date], standing: Standing, said: "Said"
) -> Iterator[Charge]:
    first, last = days
    used = book.use_between(line.meter_id, first, last)
    rated = rate(used, tariff_of(book, line), days=(last - first).days + 1, of_days=period.days, decimals=said.decimals)
    change = rated.amount - standing.amount
    if not change:
        return
    words = said.use(rated, Period(first, last), line)
    if standing.days or standing.amount:
        words = said.late(words, used - standing.quantity, standing.amount)
    kind = "adjustment" if standing.days else "charge"
    yield Charge(
        contract, line, kind, period, first, last, used - standing.quantity, change, rated.amount, words, (Decimal(1), change, ZERO)
    )


def next_due(book: Book, contract: Contract, after: date) -> date | None:
    """The next day after this one on which something of a contract falls due; none once it is over."""
    terms = book.terms(contract)
    lines = [ln for ln in book.lines.get(contract.pk, ()) if ln.kind in (RECURRING, USAGE)]
    days = [s.from_on for ln in book.lines.get(contract.pk, ()) if ln.kind == ONE_OFF for s in book.steps_of(ln) if s.from_on > after]
    if lines:
        until = (terms.ends_on or after) if terms.ends_on and terms.ends_on < after else after + 800 * DAY
        for period in periods(terms, until):
            first, last = in_force(period, terms)
            later = [day for ln in lines if (day := falls_due(contract, ln, first, last)) > after and first <= last]
            if later:
                days.append(min(later))
                break
    return min(days, default=None)


class Said:
    """The sentences of charges, in one language and currency."""

    def __init__(self, formats: Formatter, decimals: int) -> None:
        self.formats, self.decimals = formats, decimals

    def rounded(self, amount: Decimal) -> Decimal:
        """To the minor unit, half away from zero."""
        return rounded(amount, self.decimals)

    def days(self, first: date, last: date) -> str:
        """Two days as a stretch."""
        return self.formats.day(first) if first == last else f"{self.formats.day(first)} – {self.formats.day(last)}"

    def _less(self, line: ContractLine) -> str:
        return _(", less {percent}%").format(percent=self.formats.number(line.discount_percent)) if line.discount_percent else ""

    def once(self, step: Step, line: ContractLine) -> str:
        """A single fee."""
        words = _("once, on {day}: {quantity} × {price}")
        return words.format(
            day=self.formats.day(step.from_on),
            quantity=self.formats.number(step.quantity),
            price=self.formats.price(step.unit_price, self.decimals),
        ) + self._less(line)

    def recurring(self, part: Part, steps: Sequence[Step], line: ContractLine, contract: Contract) -> str:
        """Days at a quantity and price, how many of the period they are, and by which step."""
        per = {1: _("a month"), 3: _("a quarter"), 6: _("a half-year"), 12: _("a year")}[line.per_months]
        words = f"{self.days(part.first, part.last)}: {self.formats.number(part.quantity)} × {self.formats.price(part.unit_price, self.decimals)} {per}"
        if contract.every_months != line.per_months:
            words += _(", for {months} months").format(months=contract.every_months) if contract.every_months > 1 else _(", for a month")
        words += self._less(line)
        if part.days != part.of_days:
            words += _(", {days} of {of_days} days").format(days=part.days, of_days=part.of_days)
        step = step_on(steps, part.first)
        if step is not None and step.version > 1:
            words += _(", as amended from {day} (version {n})").format(day=self.formats.day(step.from_on), n=step.version)
        elif step is not None and step.from_on != contract.starts_on:
            words += _(", as agreed from {day}").format(day=self.formats.day(step.from_on))
        return words

    def shown(self, part: Part, line: ContractLine, contract: Contract) -> tuple[Decimal, Decimal, Decimal]:
        """How the invoice shows a part: quantity and price of a whole period, where they give the amount; else the amount as it is."""
        price = part.unit_price * contract.every_months / line.per_months
        exact = part.days == part.of_days and price == price.quantize(Decimal("0.000001"))
        if exact and self.rounded(part.quantity * price * (100 - line.discount_percent) / 100) == part.amount:
            return part.quantity, price, line.discount_percent
        return Decimal(1), part.amount, ZERO

    def adjusted(self, days: Period, due: Decimal, before: Decimal, version: int, made_of: Sequence[str]) -> str:
        """Why something is charged or given back for days that were charged."""
        words = _("{days}: {due} by version {n}, less {before} invoiced").format(
            days=self.days(days.first, days.last),
            due=self.formats.amount(due, self.decimals),
            n=version,
            before=self.formats.amount(before, self.decimals),
        )
        return f"{words} ({'; '.join(made_of)})" if made_of else words

    def use(self, rated: Rated, days: Period, line: ContractLine) -> str:
        """What was used, what of it is included, the tiers, and whether minimum or cap decided."""
        words = _("{days}: {used} used").format(days=self.days(days.first, days.last), used=self.formats.number(rated.used))
        if rated.included:
            words += _(", {included} of them included").format(included=self.formats.number(rated.included))
        steps = [f"{self.formats.number(s.quantity)} × {self.formats.price(s.unit_price, self.decimals)}" for s in rated.slices]
        if steps:
            made = " + ".join(steps)
            words += "; " + (_("packages: {made}").format(made=made) if line.rating == ContractLine.PACKAGE else made) + self._less(line)
        if rated.bound == "minimum":
            words += _("; at least {amount}").format(amount=self.formats.amount(rated.amount, self.decimals))
        if rated.bound == "cap":
            words += _("; at most {amount}").format(amount=self.formats.amount(rated.amount, self.decimals))
        return words

    def late(self, words: str, more: Decimal, before: Decimal) -> str:
        """Of use that was reported after its period was invoiced."""
        said = _("{words}; {more} of it reported later, less {before} invoiced")
        return said.format(words=words, more=self.formats.number(more), before=self.formats.amount(before, self.decimals))


__all__ = ["Book", "Charge", "Standing", "charges", "falls_due", "in_force", "next_due", "read", "tariff_of"]
