"""What goods of a delivery were sold for, told by the rooms that sold them: customs and insurers ask."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from fondaco.operations.inventory.models import GoodsIssueLine
from fondaco.platform.money import rounded

#: Given lines of deliveries, the price without tax of one stock unit and its currency, by line; a constant number of statements.
Seller = Callable[[Sequence[GoodsIssueLine]], Mapping[int, tuple[Decimal, str]]]
_sellers: list[Seller] = []


def sold(seller: Seller) -> Seller:
    """Register who knows what lines of deliveries were sold for."""
    _sellers.append(seller)
    return seller


def prices_of(lines: Sequence[GoodsIssueLine]) -> dict[int, tuple[Decimal, str]]:
    """Price and currency by line, with their products at hand: as sold, else the list price, rounded to the thousandth; none where nobody
    knows one above nothing."""
    found = {ln.pk: (ln.product.sale_price, ln.product.currency_id) for ln in lines if ln.product.sale_price and ln.product.currency_id}
    for seller in _sellers:
        found |= {pk: (price, currency) for pk, (price, currency) in seller(lines).items() if price > 0}
    return {pk: (rounded(price, 3), currency) for pk, (price, currency) in found.items() if rounded(price, 3) > 0}
