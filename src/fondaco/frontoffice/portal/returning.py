"""The paper that a customer puts into the parcel of what he sends back: the number of the return in large, what may come, until when, and where to."""

from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.finance.invoicing.printing import letterhead
from fondaco.frontoffice.sales.models import ReturnAuthorisation, ReturnLine
from fondaco.platform.documents.printing import Formatter, render

TEMPLATE = Path(__file__).parent / "documents" / "return.typ"


def return_pdf(row: ReturnAuthorisation) -> bytes:
    """The paper of an authorised return, in the customer's language; two statements."""
    row = ReturnAuthorisation.objects.select_related("company__country", "customer__country").get(pk=row.pk)
    lines = list(
        ReturnLine.objects.filter(authorisation=row).select_related("product__unit", "order_line__order").order_by("position", "pk")
    )
    language = row.customer.language
    with translation.override(language):
        formats = Formatter(language)
        data: dict[str, Any] = {
            **letterhead(row.company, row.customer, language), "title": _("Return"), "number": row.number or "", "mark": "",
            "facts": [(_("Authorised on"), formats.day(row.on)), (_("Send until"), formats.day(row.expires_on))],
            "opening": [("", _("Put this paper into the parcel, and send it to the address above. Write the number on the outside."))],
            "heads": [_("Article"), _("Order"), _("Reason"), _("Wanted"), _("Quantity")],
            "rows": [
                [str(ln.product), ln.order_line.order.number or "", str(ln.get_reason_code_display()), str(ln.get_wanted_display()), f"{formats.number(ln.quantity)} {ln.product.unit.code}"]
                for ln in lines
            ],
            "totals": [], "texts": [(_("Note"), row.note)] if row.note else [], "signature": [],
        }  # fmt: skip
        return render(TEMPLATE, data, language)
