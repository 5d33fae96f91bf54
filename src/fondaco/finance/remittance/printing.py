"""The advice of a transfer on paper, in the vendor's language: which of his bills it pays, less which credits and discounts."""

from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.finance.invoicing.printing import letterhead
from fondaco.finance.remittance.advising import ADVICE, document_of, hidden
from fondaco.finance.remittance.models import PaymentRunLine, Transfer
from fondaco.platform.documents.printing import Formatter, render
from fondaco.platform.events.sending import attaches

TEMPLATE = Path(__file__).parent / "documents" / "advice.typ"


@attaches(ADVICE)
def advice_letter(key: int) -> bytes:
    """The advice that goes with a mail."""
    return advice_pdf(Transfer.objects.get(pk=key))


def advice_pdf(transfer: Transfer) -> bytes:
    """The advice of a transfer as PDF."""
    transfer = Transfer.objects.select_related("run__company__country", "party__country", "currency").get(pk=transfer.pk)
    vendor, places = transfer.party, transfer.currency.decimals
    lines = (
        PaymentRunLine.objects.filter(run=transfer.run, party=vendor, payee=transfer.payee_id, state=PaymentRunLine.RELEASED)
        .filter(item__account=transfer.disbursement.control_account_id)
        .select_related("item__entry")
        .order_by("position")
    )
    with translation.override(vendor.language):
        formats = Formatter(vendor.language)
        sentence = _("On {day} we pay {amount} to your account {iban}, reference {reference}. It pays:").format(
            day=formats.day(transfer.run.on),
            amount=f"{formats.amount(transfer.amount, places)} {transfer.currency_id}",
            iban=hidden(transfer.iban),
            reference=transfer.end_to_end,
        )
        data = {
            **letterhead(transfer.run.company, vendor, vendor.language),
            "title": _("Payment advice"),
            "number": transfer.end_to_end,
            "facts": [(_("Date"), formats.day(transfer.run.on)), (_("Amounts in"), transfer.currency_id)],
            "opening": [("", sentence)],
            "heads": [_("Document"), _("Cash discount"), _("Paid")],
            "rows": [
                [document_of(ln), formats.amount(ln.discount, places) if ln.discount else "", formats.amount(ln.amount, places)]
                for ln in lines
            ],
            "totals": [_("Total"), "", formats.amount(transfer.amount, places)],
            "texts": [],
        }
        return render(TEMPLATE, data, vendor.language)
