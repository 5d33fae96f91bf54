"""Amounts and their rounding. Every amount is a ``Decimal``; binary floats are refused."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

ZERO = Decimal(0)


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """Round half away from zero to ``decimals`` places: the commercial rule of VAT law and EN 16931."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"An amount must be a Decimal, not {type(amount).__name__}")
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def spread(total: Decimal, weights: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """Spread ``total`` over ``weights``; the shares are whole minor units and add up to it (largest remainder).

    ``total`` must itself be in whole minor units. With weights that add up to zero the whole goes to the first share.
    Raises ValueError when there is nothing to spread over.
    """
    if not weights:
        raise ValueError("There is nothing to spread over")
    whole = sum(weights, ZERO)
    if not whole:
        return [total, *[ZERO] * (len(weights) - 1)]
    return apportioned(total, [total * weight / whole for weight in weights], decimals)


def apportioned(total: Decimal, exact: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """Bring unrounded shares to whole minor units that add up to ``total``, their rounded sum (largest remainder).

    Every share stays less than one minor unit from its unrounded value. The shares of the negated figures are the
    negated shares, so that a credit note mirrors its invoice. Of equal remainders the first is rounded up.
    """
    unit = Decimal(1).scaleb(-decimals)
    sign = -1 if next((figure for figure in (total, *exact) if figure), ZERO) < 0 else 1
    shares = [(sign * figure).quantize(unit, rounding=ROUND_FLOOR) for figure in exact]
    missing = int((sign * total - sum(shares, ZERO)) / unit)
    by_remainder = sorted(range(len(exact)), key=lambda i: (shares[i] - sign * exact[i], i))
    for i in by_remainder[:missing]:
        shares[i] += unit
    return [sign * share for share in shares]


class Figure(str):
    """A number as text, in nobody's way of writing, that remembers its number: in the sentence of a refusal it is written as the reader
    writes it. ``places`` are the decimals it has at least, ``unit`` is what it counts in."""

    number: Decimal
    places: int
    unit: str

    def __new__(cls, number: Decimal, places: int = 0, unit: str = "") -> "Figure":
        plain = number.normalize()
        own = -int(plain.as_tuple().exponent)
        text = f"{plain:f}" if own >= places else f"{plain:.{places}f}"
        made = super().__new__(cls, f"{text} {unit}" if unit else text)
        made.number, made.places, made.unit = number, places, unit
        return made


def figure(number: Decimal) -> Figure:
    """A number in full, without noughts at its end and in nobody's way of writing: for keys and links, and for sentences of refusals, which
    write it as the reader does."""
    return Figure(number)


def priced(amount: Decimal, currency: str = "") -> Figure:
    """An amount for a sentence, with the decimals of its currency; without one it stands beside an amount that names it, with two."""
    return Figure(amount, get_currency_precision(currency) if currency else 2, currency)
