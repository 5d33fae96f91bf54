"""The withholding certificate, in the company's language, and the statement of a vendor, in his."""

from decimal import Decimal
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.finance.invoicing.printing import letterhead
from fondaco.finance.payables.models import VendorStatement, WithholdingCertificate
from fondaco.platform.documents.printing import Formatter, render

STATEMENT = Path(__file__).parent / "documents" / "statement.typ"
TEMPLATE = Path(__file__).parent / "documents" / "certificate.typ"


def certificate_pdf(certificate: WithholdingCertificate) -> bytes:
    """What was paid to a vendor in a year and withheld from it, by reason and rate."""
    certificate = WithholdingCertificate.objects.select_related("company__country", "company__currency", "vendor__country").get(
        pk=certificate.pk
    )
    company, vendor = certificate.company, certificate.vendor
    language = company.language
    with translation.override(language):
        formats = Formatter(language)
        places = company.currency.decimals

        def amount(text: str | Decimal) -> str:
            return formats.amount(Decimal(text), places)

        rows = [
            [
                f["reason"],
                f["authority_code"],
                f"{formats.number(Decimal(f['rate']))} %",
                *(amount(f[k]) for k in ("net", "not_subject", "base", "withheld")),
            ]
            for f in certificate.figures
        ]
        paid, subject = certificate.net, certificate.base
        data = {
            **letterhead(company, vendor, language),
            "title": _("Withholding certificate"),
            "number": str(certificate.year),
            "facts": [(pgettext("of a person or firm", "Tax code"), vendor.tax_code or vendor.vat_number), (_("Amounts in"), company.currency_id)],
            "heads": [_("Reason"), _("Code"), _("Rate"), _("Fees paid"), _("Not subject"), _("Taxable"), _("Withheld")],
            "rows": rows,
            "totals": ["", "", "", amount(paid), amount(paid - subject), amount(subject), amount(certificate.amount)],
            "texts": [
                ("", _("We certify that in {year} we paid you the fees above and withheld the tax above, which we pay to the tax authority for you.").format(year=certificate.year)),
            ],
        }  # fmt: skip
        return render(TEMPLATE, data, language)


def vendor_statement_pdf(statement: VendorStatement) -> bytes:
    """What was open with a vendor at the end of a day; where his list was compared, both amounts, their difference and the result."""
    statement = VendorStatement.objects.select_related("company__country", "vendor__country", "currency").get(pk=statement.pk)
    vendor, places, currency = statement.vendor, (statement.currency.decimals if statement.currency else 2), statement.currency_id or ""
    with translation.override(vendor.language):
        formats = Formatter(vendor.language)

        def said(amount: Decimal | None) -> str:
            return "" if amount is None else formats.amount(amount, places)

        rows = [
            [
                " ".join(dict.fromkeys(filter(None, (ln.number, ln.our_number)))), formats.day(ln.on) if ln.on else "", said(ln.their_amount), said(ln.our_amount),
                said((ln.their_amount or 0) - (ln.our_amount or 0)) if statement.theirs else "", ln.get_verdict_display() if statement.theirs else "",
            ]
            for ln in statement.lines.order_by("position")
        ]  # fmt: skip
        data = {
            **letterhead(statement.company, vendor, vendor.language),
            "title": _("Statement of account"),
            "number": statement.number or "",
            "mark": "" if statement.state == VendorStatement.COMPARED else _("DRAFT"),
            "facts": [(_("As of"), formats.day(statement.on)), (_("Amounts in"), currency)],
            "heads": [_("Document"), _("Date"), _("Your list"), _("Our books"), _("Difference"), _("Result")],
            "rows": rows,
            "totals": [
                _("Total"),
                "",
                said(statement.their_total) if statement.theirs else "",
                said(statement.our_total),
                said(statement.difference) if statement.theirs else "",
                "",
            ],
            "texts": [
                ("", _("These documents were open between us at the end of the day. Please tell us where your books say otherwise."))
            ],
        }
        return render(STATEMENT, data, vendor.language)
