"""Lines of configured products: their price from the price of the bare product and what was chosen, and their words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.frontoffice.configurator.models import Configuration
from fondaco.frontoffice.configurator.pricing import described, price
from fondaco.frontoffice.configurator.queries import advisors_of
from fondaco.frontoffice.configurator.shapes import Shape
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.catalog.queries import PriceAnswer
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.rows import related
from fondaco.platform.money import figure
from fondaco.platform.resources.declare import Draft


def configured_prices(
    drafts: Sequence[Draft],
    listed: dict[int, PriceAnswer],
    companies: Mapping[int, Company],
    parties: Mapping[int, Party],
    products: Mapping[int, Product],
    decimals: Mapping[str, int],
) -> dict[int, list[dict[str, str]]]:
    """Put the price of the configuration in place of that of the bare product, and describe what was chosen in the customer's language.

    The answer of the price lists is the first step; what was chosen is added in the currency of the product at the rate of the day. Returned are
    the steps of each line, by its ``id()``. A line that has become another product is not configured any more. No statement where none is.
    """
    lines = [(d.row, ln) for d in drafts for ln in d.lines if ln.configuration_id]
    if not lines:
        return {}
    configurations: dict[int, Configuration] = related((ln for _row, ln in lines), "configuration")
    kept = []
    for row, line in lines:
        if configurations[line.configuration_id].product_id == line.product_id:
            kept.append((row, line, configurations[line.configuration_id]))
        else:
            line.configuration = None
    languages = {parties[row.customer_id].language for row, _ln, _c in kept}
    reader = get_language() or "en"
    advisors = {language: advisors_of(list(configurations.values()), language) for language in {reader, *languages}}
    currencies = {r.currency_id for r, _ln, _c in kept} | {products[ln.product_id].currency_id for _r, ln, _c in kept}
    rates = {pk: rate_table(c, currencies - {None}) for pk, c in companies.items()}
    found = {}
    for row, line, configuration in kept:
        shape, answer = advisors[reader][configuration.pk].shape, listed[id(line)]
        own = products[line.product_id].currency_id or row.currency_id
        rate = Decimal(1)
        if own != row.currency_id:
            table = rates[row.company_id]
            rate = table.rate(own, row.on) / table.rate(row.currency_id, row.on)
        priced = price(shape, configuration.choices, base=answer.price, rate=rate, decimals=decimals[row.currency_id])
        sentence = _("{rule}; as configured").format(rule=answer.explanation)
        listed[id(line)] = PriceAnswer(priced.price, answer.includes_tax, sentence, answer.considered)
        found[id(line)] = [{"text": s.text or _("Rounding"), "amount": figure(s.amount)} for s in priced.steps]
        if not line.description:
            line.description = description(advisors[parties[row.customer_id].language][configuration.pk].shape, configuration.choices)
    return found


def description(shape: Shape, choices: Mapping[str, str]) -> str:
    """The words of a line: the product, and what was chosen of it."""
    return f"{shape.name} – {', '.join(f'{name}: {value}' for name, value, _depth in described(shape, choices))}"


def options(configurations: Sequence[Any], language: str) -> dict[int, list[tuple[str, str, int]]]:
    """What was chosen of each configuration, as attribute, value and depth in words, by its key; nothing asked where there is none."""
    if not configurations:
        return {}
    found = advisors_of(configurations, language)
    return {c.pk: described(found[c.pk].shape, c.choices) for c in configurations}
