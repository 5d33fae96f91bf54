"""Discounts on the lines of quotes and orders (PR-02): given by the rules of pricing unless somebody entered another, each with its reasons."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from fondaco.frontoffice.pricing.discounts import DiscountAnswer, DiscountRequest, discounts
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.declare import Draft

HUNDRED = Decimal(100)


def not_entered(drafts: Sequence[Draft]) -> set[int]:
    """The lines, by ``id()``, whose discount nobody entered: none was given, or what came back is what the rules gave."""
    found = set()
    for draft in drafts:
        for line in draft.lines:
            before = (line.price_explanation or {}).get("discount", "0")
            if (
                figure(line.discount_percent) == before
                if getattr(line, "stored", None)
                else "discount_percent" not in getattr(line, "given", ())
            ):
                found.add(id(line))
    return found


def give_discounts(
    drafts: Sequence[Draft],
    open_: Collection[int],
    kept: Collection[int],
    companies: Mapping[int, Company],
    products: Mapping[int, Product],
) -> None:
    """Give priced lines the discounts of the rules; ``open_`` are those whose discount nobody entered, ``kept`` those that stay as agreed.

    One question for all lines. A price that was entered, or agreed in a blanket order, is final: rules take nothing off it.
    """
    lines, requests = [], []
    for draft in drafts:
        row = draft.row
        priced = [ln for ln in draft.lines if ln.unit_price is not None]
        value = sum((ln.quantity * _without_tax(row, ln) for ln in priced), ZERO)
        for line in priced:
            if line.product_id and id(line) not in kept:
                rate = line.tax_rate if row.prices_include_tax else ZERO
                lines.append(line)
                requests.append(
                    DiscountRequest(
                        row.company_id,
                        row.customer_id,
                        line.product_id,
                        line.quantity,
                        line.unit_price,
                        row.currency_id,
                        row.on,
                        value,
                        rate,
                    )
                )
    for line, answer in zip(lines, discounts(requests, companies, products), strict=True):
        _give(line, answer, entered=id(line) not in open_)


def _without_tax(row: Any, line: Any) -> Decimal:
    return Decimal(line.unit_price * HUNDRED / (HUNDRED + line.tax_rate) if row.prices_include_tax else line.unit_price)


def _give(line: Any, answer: DiscountAnswer, *, entered: bool) -> None:
    explanation = line.price_explanation
    source = explanation.get("source")
    stands = ""
    if source == "blanket":
        stands = _("the price was agreed in a blanket order")
    elif source != "list":
        stands = _("the price was entered by hand")
    elif entered:
        stands = _("another discount was entered by hand")
    by_rule = answer.percent if source == "list" else ZERO
    if not entered:
        line.discount_percent = by_rule
    explanation["discount"] = figure(by_rule)
    if not answer.considered:
        return
    explanation["discounts"] = [
        {"rule": c.rule, "won": c.won and not stands, "percent": figure(c.percent), "why": stands if c.won and stands else c.reason}
        for c in answer.considered
    ]
    said = answer.sentence
    if entered and source == "list" and line.discount_percent != by_rule:
        said = _("discount entered by hand, the rules give {percent}%").format(percent=figure(by_rule))
    elif stands and source != "list":
        said = ""
    elif answer.cut:
        said = f"{said}; {answer.cut}" if said else answer.cut
    if said:
        explanation["sentence"] = f"{explanation['sentence']}; {said}"


__all__ = ["give_discounts", "not_entered"]
