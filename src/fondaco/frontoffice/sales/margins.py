"""The margin of quotes and orders (PR-06): from the price of the lists through discounts, rebate, freight and commission to what is left over the cost.

All in company currency at the rate of the document's day, computed when it is looked at, for a set of lines in constant statements.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from fondaco.frontoffice.pricing.discounts import present_costs
from fondaco.frontoffice.pricing.expecting import SellingRequest, selling_costs
from fondaco.frontoffice.sales.making import is_cost_whole, made_cost
from fondaco.frontoffice.sales.models import OrderLine
from fondaco.frontoffice.sales.queries import purchase_price
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.database.rows import related
from fondaco.platform.money import ZERO, rounded, spread

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Amounts in company currency, costs positive: ``listed - discounts = net``, and ``net - rebate - freight - commission - cost = margin``.

    ``discounts`` are below zero where a line is dearer than the lists. What has no known cost counts with none (``is_known``).
    """

    listed: Decimal = ZERO
    discounts: Decimal = ZERO
    net: Decimal = ZERO
    rebate: Decimal = ZERO
    freight: Decimal = ZERO
    commission: Decimal = ZERO
    cost: Decimal = ZERO
    margin: Decimal = ZERO
    is_known: bool = True

    @property
    def share(self) -> Decimal | None:
        """The margin as a share of the net; nothing where nothing is asked for."""
        return self.margin / self.net if self.net else None


def whole(parts: Iterable[Waterfall]) -> Waterfall:
    """The sum of lines."""
    rows = list(parts)
    amounts = {f.name: sum((getattr(r, f.name) for r in rows), ZERO) for f in fields(Waterfall) if f.name != "is_known"}
    return Waterfall(**amounts, is_known=all(r.is_known for r in rows))


def waterfalls(documents: Sequence[tuple[Any, Sequence[Any]]]) -> list[list[Waterfall]]:
    """A waterfall for each line of each document, stored or being typed; at most twelve statements, and two more for each company with foreign
    currencies."""
    rows = [row for row, _lines in documents]
    lines = [(row, ln) for row, own in documents for ln in own]
    companies = related(rows, "company")
    products = related((ln for _row, ln in lines), "product")
    bought = _bought(ln for _row, ln in lines)
    costs = present_costs(companies, products)
    tables = {pk: rate_table(c, {r.currency_id for r in rows if r.company_id == pk}) for pk, c in companies.items()}

    def in_base(row: Any, amount: Decimal) -> Decimal:
        return tables[row.company_id].to_base(amount, row.currency_id, row.on)

    decimals = {pk: t.decimals[t.base] for pk, t in tables.items()}
    nets = [in_base(row, ln.net) for row, ln in lines]
    selling = selling_costs(
        [
            SellingRequest(row.company_id, row.customer_id, ln.product_id, ln.quantity, net, decimals[row.company_id], row.on)
            for (row, ln), net in zip(lines, nets, strict=True)
        ],
        products,
    )
    found: dict[int, list[Waterfall]] = {id(row): [] for row in rows}
    for (row, line), net, expected in zip(lines, nets, selling, strict=True):
        places = decimals[row.company_id]
        listed = rounded(in_base(row, _listed(row, line)), places) if line.price_explanation else net
        made, unit = made_cost(line), bought.get(line.pk) or costs.get((row.company_id, line.product_id))
        cost = rounded(made, places) if made is not None else rounded(unit * line.quantity, places) if unit is not None else ZERO
        is_known = (
            is_cost_whole(line)
            if made is not None
            else unit is not None or not line.product_id or products[line.product_id].kind != "goods"
        )
        margin = net - expected.rebate - expected.freight - expected.commission - cost
        sold = (expected.rebate, expected.freight, expected.commission)
        found[id(row)].append(Waterfall(listed, listed - net, net, *sold, cost, margin, is_known))
    return [found[id(row)] for row in rows]


def _listed(row: Any, line: Any) -> Decimal:
    """What a line would come to at the price of the lists, or of the blanket order, without tax, unrounded."""
    said = (line.price_explanation or {}).get("price") or ""
    price = Decimal(said) if said else line.unit_price or ZERO
    amount = price * line.quantity
    return Decimal(amount * HUNDRED / (HUNDRED + line.tax_rate)) if row.prices_include_tax else amount


def named_discounts(line: Any, w: Waterfall, decimals: int) -> list[tuple[str, Decimal]]:
    """What took a line down from the lists to its net, by name and amount, adding up to ``w.discounts`` to the minor unit: a price entered by hand,
    and the rules that gave its discount, in proportion to what each gives; what was entered by hand beside them."""
    told = line.price_explanation or {}
    said = told.get("price") or ""
    listed = Decimal(said) if told.get("source") == "hand" and said else None
    parts: list[tuple[str, Decimal]] = []
    left = HUNDRED
    if listed:
        by_price = HUNDRED * (1 - (line.unit_price or ZERO) / listed)
        parts.append((_("Price entered by hand"), by_price))
        left -= by_price
    given = Decimal(line.discount_percent) * left / HUNDRED
    by_rule = Decimal(told.get("discount") or 0)
    rules = [(str(r["rule"]), Decimal(r["percent"] or 0)) for r in told.get("discounts", ()) if r["won"]]
    weight = sum((percent for _name, percent in rules), ZERO)
    if rules and weight and by_rule == line.discount_percent:
        parts += [(name, given * percent / weight) for name, percent in rules]
    elif given:
        parts.append((_("Discount entered by hand"), given))
    if not w.discounts or not parts:
        return [(_("Discounts"), w.discounts)] if w.discounts else []
    if sum((share for _name, share in parts), ZERO) == 0:
        return [(_("Rounding"), w.discounts)]
    amounts = spread(w.discounts, [share for _name, share in parts], decimals)
    return [(name, amount) for (name, _share), amount in zip(parts, amounts, strict=True) if amount]


def _bought(lines: Iterable[Any]) -> Mapping[int, Decimal]:
    """What a unit costs of order lines that are bought for their order, where that is known; one statement, none where there are none."""
    keys = [ln.pk for ln in lines if isinstance(ln, OrderLine) and ln.pk and ln.is_bought]
    if not keys:
        return {}
    rows = OrderLine.objects.filter(pk__in=keys).annotate(bought=purchase_price()).values_list("pk", "bought")
    return {pk: price for pk, price in rows if price is not None}


__all__ = ["Waterfall", "named_discounts", "waterfalls", "whole"]
