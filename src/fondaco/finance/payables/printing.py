"""The withholding certificate on paper, in the company's language."""

from decimal import Decimal
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.finance.invoicing.printing import letterhead
from fondaco.finance.payables.models import WithholdingCertificate
from fondaco.platform.documents.printing import Formatter, render

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
