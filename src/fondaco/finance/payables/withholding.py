"""Tax kept back from vendors (AP-08): how much, what of it is due with a payment, and what is certified. The pure part of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from fondaco.finance.payables.models import BillWithholding, WithholdingKind
from fondaco.finance.payables.refusals import WithholdingNotOfTheDay
from fondaco.platform.money import ZERO, rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Kept:
    """What one kind keeps back of a bill, in the bill's currency, positive on bill and credit note alike."""

    kind: WithholdingKind
    net: Decimal
    base: Decimal
    amount: Decimal


def withholding_kinds(companies: Collection[int]) -> dict[int, WithholdingKind]:
    """The kinds of several companies by key; one statement."""
    return {k.pk: k for k in WithholdingKind.objects.filter(company__in=list(companies))}


def withheld_of(lines: Sequence[Any], kinds: Mapping[int, WithholdingKind], decimals: int, on: date) -> list[Kept]:
    """What is kept back of the lines of a bill of ``on``: per kind, the base is the share of the net and the tax the rate of the base,
    each rounded once half away from zero. Raises WithholdingNotOfTheDay for a kind whose figures are not those of the day."""
    net: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.withholding_id:
            net[line.withholding_id] += line.net
    found = []
    for key, total in net.items():
        kind = kinds[key]
        if (kind.valid_from and on < kind.valid_from) or (kind.valid_to and kind.valid_to < on):
            raise WithholdingNotOfTheDay(kind=kind.code, on=on, first=kind.valid_from or "…", last=kind.valid_to or "…")
        base = rounded(total * kind.base_percent / HUNDRED, decimals)
        found.append(Kept(kind, total, base, rounded(base * kind.rate / HUNDRED, decimals)))
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """Net, base and tax that became due of a withholding."""

    net: Decimal
    base: Decimal
    amount: Decimal

    def __bool__(self) -> bool:
        return bool(self.net or self.base or self.amount)


def due_part(whole: BillWithholding, so_far: Part, settled: Decimal, total: Decimal, decimals: int) -> Part:
    """What becomes due once ``settled`` of ``total`` is paid: the share in proportion, rounded, less what was due before.

    What was paid in parts and in full comes to the whole, to the cent; taken back, it is negative.
    """

    def part(amount: Decimal, before: Decimal) -> Decimal:
        return (amount if settled == total else rounded(amount * settled / total, decimals)) - before

    return Part(part(whole.net, so_far.net), part(whole.base, so_far.base), part(whole.amount, so_far.amount))


NOTHING = Part(ZERO, ZERO, ZERO)
