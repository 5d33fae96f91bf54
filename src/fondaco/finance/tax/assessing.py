"""Assessing tax: net, tax and gross of a document's lines, so that they always add up. Pure: no query, no clock."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fondaco.platform.money import ZERO, apportioned, rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class TaxableLine:
    """``extension`` is quantity times price less discount, unrounded; ``rate`` in percent; ``code`` keeps kinds of tax apart."""

    extension: Decimal
    rate: Decimal
    code: Hashable


@dataclass(frozen=True, slots=True)
class AssessedLine:
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Assessment:
    """Per line, and per (code, rate): taxable base and tax. ``net + tax = gross`` on every line, tax and document."""

    lines: tuple[AssessedLine, ...]
    taxes: dict[tuple[Hashable, Decimal], tuple[Decimal, Decimal]]

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), ZERO)

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def assess(lines: Sequence[TaxableLine], *, prices_include_tax: bool, per_line: bool, decimals: int) -> Assessment:
    """Assess tax on a document (TX-02).

    Each line's extension is rounded half away from zero to the currency's minor unit. Without ``per_line`` the tax of
    each (code, rate) is rounded once for the document and spread over its lines by largest remainder; with it, every
    line is rounded on its own. With ``prices_include_tax`` the extensions are gross and the net is what remains.
    """
    assessed: list[AssessedLine] = [AssessedLine(ZERO, ZERO)] * len(lines)
    groups: dict[tuple[Hashable, Decimal], list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        groups[line.code, line.rate].append(index)
    taxes: dict[tuple[Hashable, Decimal], tuple[Decimal, Decimal]] = {}
    for (code, rate), places in groups.items():
        amounts = [rounded(lines[i].extension, decimals) for i in places]
        parts = (
            _tax_of_lines(amounts, rate, decimals, prices_include_tax)
            if per_line
            else _tax_of_group(amounts, rate, decimals, prices_include_tax)
        )
        for place, amount, tax in zip(places, amounts, parts, strict=True):
            assessed[place] = AssessedLine(amount - tax if prices_include_tax else amount, tax)
        taxes[code, rate] = (sum((assessed[i].net for i in places), ZERO), sum(parts, ZERO))
    return Assessment(tuple(assessed), taxes)


def _tax_of(amount: Decimal, rate: Decimal, decimals: int, included: bool) -> Decimal:
    if included:
        return amount - rounded(amount * HUNDRED / (HUNDRED + rate), decimals)
    return rounded(amount * rate / HUNDRED, decimals)


def _tax_of_lines(amounts: Sequence[Decimal], rate: Decimal, decimals: int, included: bool) -> list[Decimal]:
    return [_tax_of(amount, rate, decimals, included) for amount in amounts]


def _tax_of_group(amounts: Sequence[Decimal], rate: Decimal, decimals: int, included: bool) -> list[Decimal]:
    """The tax of the sum, parted so that no line is a whole minor unit away from its own unrounded tax, whatever the signs."""
    tax = _tax_of(sum(amounts, ZERO), rate, decimals, included)
    divisor = HUNDRED + rate if included else HUNDRED
    return apportioned(tax, [amount * rate / divisor for amount in amounts], decimals)
