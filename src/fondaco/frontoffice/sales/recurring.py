"""What of a quote recurs (PR-09): which lines may, what they come to in a month and over the term."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fondaco.frontoffice.sales.models import QuoteLine
from fondaco.frontoffice.sales.refusals import CannotRecur
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Draft


def period_of(line: Any) -> int:
    """How many months the amount of a line is for; 0: it is paid once."""
    return getattr(line, "per_months", None) or 0


def by_period(lines: Sequence[Any]) -> list[list[Any]]:
    """The lines of each period by themselves, what is paid once first; never nothing."""
    periods = sorted({period_of(ln) for ln in lines}) or [0]
    return [[ln for ln in lines if period_of(ln) == months] for months in periods]


def refuse_to_recur(drafts: Sequence[Draft], products: Mapping[int, Product]) -> None:
    """Only services recur, each on one line, at prices without tax. Raises CannotRecur."""
    for draft in drafts:
        recurring = [ln for ln in draft.lines if isinstance(ln, QuoteLine) and ln.per_months]
        own = [ln.product_id for ln in recurring]
        for ln in recurring:
            product = products.get(ln.product_id or 0)
            if product is None or product.kind != "service" or own.count(ln.product_id) > 1 or draft.row.prices_include_tax:
                sentence = CannotRecur.message.format(line=ln.position, product=product or ln.description)
                raise CannotRecur(
                    line=ln.position, product=product or ln.description, fields={f"lines.{draft.lines.index(ln)}.per_months": sentence}
                )


def sums(lines: Sequence[Any], term_months: int | None, decimals: int) -> tuple[Decimal, Decimal | None]:
    """What a quote brings in a month, and over its term with what is paid once, both without tax; each line rounded half away from zero.

    No value over the term where nothing recurs, or for as long as nobody cancels.
    """
    recurring = [ln for ln in lines if period_of(ln)]
    monthly = sum((rounded(ln.net / ln.per_months, decimals) for ln in recurring), ZERO)
    if not recurring or not term_months:
        return monthly, None
    once = sum((ln.net for ln in lines if not period_of(ln)), ZERO)
    return monthly, once + sum((rounded(ln.net * term_months / ln.per_months, decimals) for ln in recurring), ZERO)


__all__ = ["by_period", "period_of", "refuse_to_recur", "sums"]
