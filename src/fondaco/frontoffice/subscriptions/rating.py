"""What the use of a period costs: by tiers, by volume or by packages, above what is included, within a minimum and a cap; pure (PR-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from fondaco.platform.money import ZERO, apportioned, rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Tariff:
    """How a line by use is rated. ``tiers`` are (from quantity, price), the lowest first; below the first, ``unit_price``."""

    rating: str
    unit_price: Decimal
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    included: Decimal = ZERO
    package_size: Decimal | None = None
    minimum: Decimal | None = None
    cap: Decimal | None = None
    discount: Decimal = ZERO


@dataclass(frozen=True)
class Slice:
    """Some units, or packages, at one price."""

    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Rated:
    """What was used comes to: of ``used``, ``included`` cost nothing; ``bound`` says whether the minimum or the cap decided."""

    used: Decimal
    included: Decimal
    slices: tuple[Slice, ...]
    amount: Decimal
    bound: str = ""


def rate(used: Decimal, tariff: Tariff, *, days: int, of_days: int, decimals: int) -> Rated:
    """Rate what was used in a period, of which ``days`` of ``of_days`` are in force: what is included, the minimum and the cap are their share.

    Rounded once, half away from zero; the slices add up to it (largest remainder) unless the minimum or the cap decides. Use that was
    reversed beyond what was counted costs nothing.
    """
    share = Decimal(days) / Decimal(of_days)
    free = rounded(tariff.included * share, 6)
    charged = max(used - free, ZERO)
    exact = [(q, p, q * p * (HUNDRED - tariff.discount) / HUNDRED) for q, p in _slices(charged, tariff)]
    total = rounded(sum((amount for _q, _p, amount in exact), ZERO), decimals)
    shares = apportioned(total, [amount for _q, _p, amount in exact], decimals) if exact else []
    slices = tuple(Slice(q, p, amount) for (q, p, _exact), amount in zip(exact, shares, strict=True))
    least = None if tariff.minimum is None else rounded(tariff.minimum * share, decimals)
    most = None if tariff.cap is None else rounded(tariff.cap * share, decimals)
    bound = ""
    if least is not None and total < least:
        total, bound = least, "minimum"
    elif most is not None and total > most:
        total, bound = most, "cap"
    return Rated(used, min(max(used, ZERO), free), slices, total, bound)


def _slices(quantity: Decimal, tariff: Tariff) -> Sequence[tuple[Decimal, Decimal]]:
    if not quantity:
        return []
    tiers = [(ZERO, tariff.unit_price), *tariff.tiers]
    if tariff.rating == "package":
        size = tariff.package_size or Decimal(1)
        quantity = (quantity / size).to_integral_value(ROUND_CEILING)
        return [(quantity, _reached(tiers, quantity))]
    if tariff.rating == "volume":
        return [(quantity, _reached(tiers, quantity))]
    ends = [*(least for least, _price in tiers[1:]), None]
    cut = [(min(quantity, end) if end is not None else quantity, least, price) for (least, price), end in zip(tiers, ends, strict=True)]
    return [(end - least, price) for end, least, price in cut if end > least]


def _reached(tiers: Sequence[tuple[Decimal, Decimal]], quantity: Decimal) -> Decimal:
    return next(price for least, price in reversed(tiers) if least <= quantity)


__all__ = ["Rated", "Slice", "Tariff", "rate"]
