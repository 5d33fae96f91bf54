"""VAT registers on paper: the documents of a return's days with their taxes, totals by code, pages numbered within the year."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from fondaco.finance.tax.models import TaxEntry, TaxReturn
from fondaco.finance.tax.queries import register_rows, register_sums
from fondaco.platform.documents.printing import Formatter, render
from fondaco.platform.money import ZERO

TEMPLATE = Path(__file__).parent / "documents" / "register.typ"
#: Registers by their key: title, and the kind of tax entry that stands in them.
REGISTERS = {
    "sales": (gettext_lazy("VAT register of sales"), TaxEntry.SALE),
    "purchases": (gettext_lazy("VAT register of purchases"), TaxEntry.PURCHASE),
}


def register_pdf(tax_return: TaxReturn, register: str) -> bytes:
    """The register of a return's days in the company's language: what was documented, then what became chargeable."""
    company = tax_return.company
    with override(company.language):
        return render(TEMPLATE, register_data(tax_return, register), company.language)


def register_data(tax_return: TaxReturn, register: str) -> dict[str, Any]:
    """What stands in the register, written out."""
    company = tax_return.company
    formats, decimals = Formatter(company.language), company.currency.decimals
    title, kind = REGISTERS[register]
    rows = register_rows(tax_return, kind)
    documented, chargeable = register_sums(tax_return, kind)
    vat = f"{_('VAT')} {company.vat_number}" if company.vat_number else ""
    period = f"{formats.day(tax_return.starts_on)} – {formats.day(tax_return.ends_on)}"
    return {
        "title": str(title),
        "company": f"{company.name} {vat}".strip(),
        "period": period,
        "year": str(tax_return.ends_on.year),
        "page": _("Page"),
        "facts": [part for part in (company.name, vat, period, company.currency_id) if part],
        "heads": [
            _("Date"), _("Our number"), _("Document"), _("Document date"), _("Party"), _("VAT code"), _("Taxable"), _("VAT"), _("Not deductible"), _("Chargeable"),
        ],
        "rows": [_row(r, formats, decimals) for r in rows],
        "sums": [
            _sums(_("Documents of the period"), documented, company.language, formats, decimals),
            _sums(_("Chargeable in the period"), chargeable, company.language, formats, decimals),
        ],
    }  # fmt: skip


def _row(row: TaxEntry, formats: Formatter, decimals: int) -> list[str]:
    marks = [str(row.get_chargeable_display()) if row.chargeable != TaxEntry.NOW else "", row.document_type]
    return [
        f"{row.tax_point:%d/%m/%Y}" + (" *" if row.reported_on != row.tax_point else ""),
        row.protocol,
        row.document_number,
        f"{row.document_on:%d/%m/%Y}",
        row.party.name if row.party else "",
        f"{row.tax_code.code} {formats.number(row.rate)} %" if row.tax_code else "",
        formats.amount(row.base, decimals),
        formats.amount(row.tax, decimals),
        formats.amount(row.non_deductible, decimals) if row.non_deductible else "",
        " ".join(m for m in marks if m),
    ]


def _sums(title: str, sums: Sequence[tuple[Any, ...]], language: str, formats: Formatter, decimals: int) -> dict[str, Any]:
    total = [sum((s[place] for s in sums), ZERO) for place in (4, 5, 6)]

    def shown(amounts: Sequence[Decimal]) -> list[str]:
        return [formats.amount(amount, decimals) for amount in amounts]

    return {
        "title": title,
        "heads": [_("VAT code"), _("Name"), _("Rate"), _("Taxable"), _("VAT"), _("Not deductible")],
        "rows": [
            [code, italian if language == "it" and italian else name, f"{formats.number(rate)} %", *shown((base, tax, lost))]
            for code, name, italian, rate, base, tax, lost in sums
        ],
        "total": [_("Total"), "", "", *shown(total)],
    }
