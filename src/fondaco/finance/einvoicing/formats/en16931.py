"""What EN 16931 asks of every invoice, whatever the syntax: looked at before anything is written."""

from decimal import Decimal

from django.utils.translation import gettext as _

from fondaco.finance.einvoicing.formats.declared import Problem
from fondaco.finance.einvoicing.semantic import UNTAXED, ZERO, Invoice, TaxTotal
from fondaco.platform.money import rounded

HUNDRED = Decimal(100)


def problems(invoice: Invoice) -> list[Problem]:
    """What keeps the invoice from keeping the rules of EN 16931, each with where to put it right."""
    found: list[Problem] = []
    seller, buyer = invoice.seller, invoice.buyer
    if not seller.vat_number:
        found.append(Problem("company.vat_number", _("the company has no VAT number: enter it under Set up > Companies")))
    if not (seller.place.city and seller.place.country):
        found.append(Problem("company.city", _("the company's address has no city: enter it under Set up > Companies")))
    if not buyer.place.country:
        found.append(Problem("customer.country", _("the customer {name} has no country: open him and enter it").format(name=buyer.name)))
    categories = {t.category for t in invoice.taxes}
    if categories & {"AE", "K"} and not buyer.vat_number:
        found.append(
            Problem(
                "customer.vat_number",
                _(
                    "the customer {name} has no VAT number, without which no invoice goes untaxed to a business: open him and enter it"
                ).format(name=buyer.name),
            )
        )
    if "O" in categories and len(categories) > 1:
        found.append(
            Problem(
                "lines",
                _("lines that are not subject to VAT stand beside others; EN 16931 wants two invoices, or another tax code on these lines"),
            )
        )
    if any(not line.text for line in invoice.lines):
        found.append(Problem("lines.description", _("a line has no description: write what it is for")))
    if invoice.decimals > 2 and any(a != rounded(a, 2) for a in amounts(invoice)):
        found.append(
            Problem(
                "currency",
                _("amounts have three decimals, EN 16931 takes two: agree with the customer on another currency or on amounts with two"),
            )
        )
    for total in totals(invoice):
        expected = rounded(total.base * total.rate / HUNDRED, 2)
        if abs(expected - total.tax) >= 1:
            found.append(
                Problem(
                    "taxes",
                    _(
                        "the tax at {rate} % is {tax}, more than a unit from {rate} % of {base}: let the company round tax per document"
                    ).format(rate=f"{total.rate.normalize():f}", tax=total.tax, base=total.base),
                )
            )
    return found


def amounts(invoice: Invoice) -> list[Decimal]:
    """Every amount of which EN 16931 limits the decimals."""
    return [
        invoice.gross,
        invoice.payable,
        *(a for line in invoice.lines for a in (line.net, line.discount)),
        *(a for t in invoice.taxes for a in (t.base, t.tax)),
    ]


def totals(invoice: Invoice) -> list[TaxTotal]:
    """VAT breakdown (BG-23): one for each category and rate; reasons of codes that share them stand together."""
    merged: dict[tuple[str, Decimal], TaxTotal] = {}
    for t in invoice.taxes:
        key = (t.category, t.rate)
        there = merged.get(key)
        if there is None:
            merged[key] = t
            continue
        reason = there.reason if there.reason == t.reason else f"{there.reason}; {t.reason}"
        merged[key] = TaxTotal(
            t.category, t.rate, there.base + t.base, there.tax + t.tax, reason, there.reason_code, there.natura, there.due
        )
    return list(merged.values())


def untaxed_only(invoice: Invoice) -> bool:
    """Whether nothing on it is subject to VAT: then no VAT number may stand on it (BR-O-02)."""
    return {t.category for t in invoice.taxes} == {"O"}


def prepaid(invoice: Invoice) -> Decimal:
    """What is not asked of the buyer (BT-113): tax he keeps back or pays to the state himself."""
    return invoice.gross - invoice.payable


__all__ = ["UNTAXED", "ZERO", "amounts", "prepaid", "problems", "totals", "untaxed_only"]
