"""Amounts and their rounding. Every amount is a ``Decimal``; binary floats are refused."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """Round half away from zero to ``decimals`` places: the commercial rule of VAT law and EN 16931."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"An amount must be a Decimal, not {type(amount).__name__}")
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def spread(total: Decimal, weights: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """Spread ``total`` over ``weights``; the shares are whole minor units and add up to it (largest remainder).

    ``total`` must itself be in whole minor units. With all weights zero the whole goes to the first share.
    Raises ValueError when there is nothing to spread over.
    """
    if not weights:
        raise ValueError("There is nothing to spread over")
    unit = Decimal(1).scaleb(-decimals)
    whole = sum(weights, ZERO)
    if not whole:
        return [total, *[ZERO] * (len(weights) - 1)]
    exact = [total * weight / whole for weight in weights]
    shares = [share.quantize(unit, rounding=ROUND_DOWN) for share in exact]
    missing = int((total - sum(shares, ZERO)) / unit)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-abs(exact[i] - shares[i]), i))
    for i in by_remainder[: abs(missing)]:
        shares[i] += unit if missing > 0 else -unit
    return shares
