"""Invoices and credit notes on paper, in the customer's language; and the parts of a letter that other rooms share."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.masterdata.companies.models import Company, Country
from fondaco.masterdata.parties.models import Address, Party
from fondaco.platform.documents.printing import Formatter, render
from fondaco.platform.money import ZERO

TEMPLATE = Path(__file__).parent / "documents" / "invoice.typ"


def invoice_pdf(invoice: Invoice) -> bytes:
    """An invoice or credit note as PDF, with its tax summary and due date."""
    invoice = Invoice.objects.select_related("company__country", "customer__country", "currency", "payment_term", "credits").get(
        pk=invoice.pk
    )
    language = invoice.customer.language
    lines = list(InvoiceLine.objects.filter(invoice=invoice).select_related("product__unit", "tax_code").order_by("position", "id"))
    with translation.override(language):
        formats = Formatter(language)
        facts = [(_("Date"), formats.day(invoice.on)), (_("Due"), formats.day(invoice.due_on))]
        if invoice.payment_term:
            term = invoice.payment_term
            facts.append((_("Payment terms"), term.name_it if language == "it" and term.name_it else term.name))
        if invoice.reference:
            facts.append((_("Your reference"), invoice.reference))
        if invoice.credits:
            facts.append((_("Credits"), invoice.credits.number or ""))
        iban = invoice.company.iban
        texts = [("", invoice.memo)] if invoice.memo and invoice.kind == Invoice.CREDIT_NOTE else []
        if iban and invoice.kind == Invoice.INVOICE:
            texts.append(
                (
                    pgettext("how to pay", "Payment"),
                    _("Please pay to IBAN {iban}, naming {number}.").format(iban=iban, number=invoice.number or "–"),
                )
            )
        data = {
            **letterhead(invoice.company, invoice.customer, language),
            "title": capfirst(invoice.get_kind_display()),
            "number": invoice.number or "",
            "mark": {"draft": _("DRAFT"), "reversed": _("REVERSED")}.get(invoice.state, ""),
            "facts": facts,
            **figures(invoice, lines, formats),
            "texts": texts,
        }
        return render(TEMPLATE, data, language)


def letterhead(company: Company, customer: Party, language: str) -> dict[str, Any]:
    """Who writes to whom: the head, the address and the foot of a letter."""
    place = f"{company.postal_code} {company.city}".strip()
    vat = f"{_('VAT')} {company.vat_number}" if company.vat_number else ""
    address = Address.objects.filter(party=customer).select_related("country").order_by("-kind", "position", "id")
    billing = next((a for a in address if a.kind == "billing"), None) or next(iter(address), None)
    return {
        "company": {
            "name": company.name,
            "lines": _filled(company.street, place, country_name(company.country, language), company.email, company.phone, vat),
        },
        "recipient": {"title": _("To"), "lines": [customer.name, *_address_lines(billing, customer, language)]},
        "foot": _filled(company.name, vat, f"IBAN {company.iban}" if company.iban else ""),
        "page": _("Page"),
    }


#: A region of so many letters is a code (a province, a state), which stands beside its city.
CODE = 3


def _address_lines(address: Address | None, customer: Party, language: str) -> list[str]:
    vat = f"{_('VAT')} {customer.vat_number}" if customer.vat_number else ""
    if address is None:
        return _filled(customer.city, country_name(customer.country, language), vat)
    code = address.region if len(address.region) <= CODE else ""
    place = f"{address.postal_code} {address.city} {code}".strip()
    return _filled(address.street, place, "" if code else address.region, country_name(address.country or customer.country, language), vat)


def country_name(country: Country | None, language: str) -> str:
    """A country's name in the reader's language, empty when there is none."""
    if country is None:
        return ""
    return country.name_it if language == "it" and country.name_it else country.name


def _filled(*parts: str) -> list[str]:
    return [part for part in parts if part]


def figures(document: Any, lines: Sequence[Any], formats: Formatter) -> dict[str, Any]:
    """Lines, totals and tax summary of an invoice, quote or order, written out."""
    decimals = document.currency.decimals
    currency = document.currency_id
    gross = document.prices_include_tax
    return {
        "heads": {
            "text": _("Description"),
            "quantity": _("Quantity"),
            "price": _("Price"),
            "discount": _("Discount"),
            "tax": _("VAT"),
            "total": f"{_('Total incl. VAT') if gross else _('Total')} {currency}",
        },
        "lines": [_line(line, formats, decimals, gross=gross) for line in lines],
        "totals": [
            (_("Net"), formats.amount(document.net, decimals)),
            (_("VAT"), formats.amount(document.tax, decimals)),
            (f"{_('Total')} {currency}", formats.amount(document.gross, decimals)),
        ],
        "taxes": _taxes(lines, formats, decimals),
    }


def _line(line: Any, formats: Formatter, decimals: int, *, gross: bool) -> dict[str, str]:
    return {
        "text": line.description,
        "note": line.product.sku if line.product else "",
        "quantity": formats.number(line.quantity),
        "unit": line.product.unit.code.lower() if line.product and line.product.unit.code.isalpha() else "",
        "price": formats.price(line.unit_price or ZERO, decimals),
        "discount": f"{formats.number(line.discount_percent)} %" if line.discount_percent else "",
        "tax": f"{formats.number(line.tax_rate)} %",
        "total": formats.amount(line.net + line.tax if gross else line.net, decimals),
    }


def _taxes(lines: Iterable[Any], formats: Formatter, decimals: int) -> Mapping[str, Any]:
    sums: dict[tuple[str, Decimal], list[Decimal]] = {}
    notes: dict[str, None] = {}
    for line in lines:
        total = sums.setdefault((line.tax_code.code if line.tax_code else "", line.tax_rate), [ZERO, ZERO])
        total[0] += line.net
        total[1] += line.tax
        if not line.tax_rate and line.tax_explanation:
            # A supply without tax must say why on the paper itself.
            notes[line.tax_explanation] = None
    return {
        "heads": [_("VAT code"), _("Rate"), _("Taxable"), _("VAT")],
        "rows": [
            [code, f"{formats.number(rate)} %", formats.amount(base, decimals), formats.amount(tax, decimals)]
            for (code, rate), (base, tax) in sums.items()
        ],
        "notes": list(notes),
    }
