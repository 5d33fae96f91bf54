"""Boxes of a return from sums of tax entries. Pure: no query, no clock."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase

from fondaco.finance.tax.models import ReturnBox, ReturnDefinition
from fondaco.platform.money import ZERO, rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Group:
    """Tax entries that a return counts alike, summed up. ``kind`` tells tax due on purchases (*self_assessed*) from that on sales."""

    kind: str
    code: str
    tax_code: int | None
    rate: Decimal
    chargeable: str
    base: Decimal
    tax: Decimal
    non_deductible: Decimal
    amount: Decimal
    entries: int
    late: int

    def measured(self, measure: str) -> Decimal:
        """The sum a box asks for."""
        return self.tax - self.non_deductible if measure == "deductible" else getattr(self, measure)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a return needs beside its entries: what the last one left (a debt positive, a credit negative), the interest in percent,
    the advance paid, the company's decimals, and what else is taken off: paid apart before, credits of other laws."""

    brought_forward: Decimal
    from_last_year: bool
    interest_percent: Decimal
    advance: Decimal
    decimals: int
    paid_otherwise: Decimal = ZERO
    credits_used: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Box:
    """A box with its figure and the groups it is made of."""

    box: ReturnBox
    amount: Decimal
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """A return worked out: its boxes in order; ``payable`` is what is left to pay, negative a credit."""

    boxes: tuple[Box, ...]
    due: Decimal
    interest: Decimal
    payable: Decimal

    def carried(self, minimum: Decimal) -> Decimal:
        """What goes to the next return: a credit, or a debt too small to be paid."""
        return self.payable if self.payable <= minimum else ZERO


def fits(code: str, patterns: str) -> bool:
    """Whether a tax code is among ``IT-* !OSS-*``: fits one pattern, or there are only exclusions, and none of these."""
    words = patterns.split()
    included = [w for w in words if not w.startswith("!")]
    return (not included or any(fnmatchcase(code, w) for w in included)) and not any(
        fnmatchcase(code, w[1:]) for w in words if w.startswith("!")
    )


def declare(definition: ReturnDefinition, boxes: Sequence[ReturnBox], groups: Sequence[Group], given: Circumstances) -> Declaration:
    """Work out a return.

    *due* is the tax of the period (the box of that role). Interest is a share of what is due after debts and credits carried and what is
    taken off, rounded half away from zero, and only on a debt. *payable* is due, plus what was carried, plus interest, less the advance.
    """
    counted = [g for g in groups if fits(g.code, definition.codes)]
    amounts: dict[str, Decimal] = {}
    made_of: dict[str, tuple[Group, ...]] = {}
    for box in boxes:
        if box.measure not in ("total", "role"):
            own = tuple(g for g in counted if _counts(box, g))
            made_of[box.code] = own
            amounts[box.code] = sum((g.measured(box.measure) for g in own), ZERO)
    for box in boxes:
        if box.measure == "total":
            amounts[box.code] = sum((_signed(word, amounts) for word in box.adds.split()), ZERO)
    due = sum((amounts[b.code] for b in boxes if b.role == "due"), ZERO)
    owed = due + given.brought_forward - given.paid_otherwise - given.credits_used
    interest = rounded(owed * given.interest_percent / HUNDRED, given.decimals) if owed > 0 else ZERO
    payable = owed + interest - given.advance
    roles = _roles(given, interest, payable)
    return Declaration(
        tuple(Box(b, roles[b.role] if b.measure == "role" else amounts[b.code], made_of.get(b.code, ())) for b in boxes),
        due,
        interest,
        payable,
    )


def _counts(box: ReturnBox, group: Group) -> bool:
    return group.kind in box.kinds.split() and box.chargeable in ("", group.chargeable) and fits(group.code, box.codes)


def _signed(word: str, amounts: Mapping[str, Decimal]) -> Decimal:
    return -amounts.get(word[1:], ZERO) if word.startswith("-") else amounts.get(word, ZERO)


def _roles(given: Circumstances, interest: Decimal, payable: Decimal) -> dict[str, Decimal]:
    credit = max(-given.brought_forward, ZERO)
    return {
        "": ZERO,
        "debt_before": max(given.brought_forward, ZERO),
        "credit_before": ZERO if given.from_last_year else credit,
        "credit_last_year": credit if given.from_last_year else ZERO,
        "interest": interest,
        "advance": given.advance,
        "paid_otherwise": given.paid_otherwise,
        "credits_used": given.credits_used,
        "payable": payable,
    }


def periods(year: int, frequency: str) -> list[tuple[date, date]]:
    """The months or quarters of a calendar year, first and last day."""
    step = 3 if frequency == "quarterly" else 1
    starts = [date(year, month, 1) for month in range(1, 13, step)]
    ends = [*(date.fromordinal(start.toordinal() - 1) for start in starts[1:]), date(year, 12, 31)]
    return list(zip(starts, ends, strict=True))


def deadline(ends_on: date, months: int, day: int | None) -> date:
    """A day (the last where none is given) of the month that comes ``months`` after that of ``ends_on``; from a Saturday or Sunday it moves to Monday."""
    month = ends_on.year * 12 + ends_on.month - 1 + months
    year, month = divmod(month, 12)
    found = date(year, month + 1, min(day or 31, monthrange(year, month + 1)[1]))
    return found + timedelta(days=max(7 - found.weekday(), 0) if found.weekday() > 4 else 0)


def due_on(definition: ReturnDefinition, starts_on: date, ends_on: date) -> date:
    """When the return of a period is paid."""
    months = definition.due_months
    if starts_on.month != ends_on.month:
        months = definition.due_months_last_quarter if ends_on.month == 12 else definition.due_months_quarter
    return deadline(ends_on, months, definition.due_day)


def interest_of(frequency: str, percent: Decimal, starts_on: date) -> Decimal:
    """The interest on quarterly payment: of the first three quarters; that of the last is paid with the return of the year."""
    return percent if frequency == "quarterly" and starts_on.month < 10 else ZERO
