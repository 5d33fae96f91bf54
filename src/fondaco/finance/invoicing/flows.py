"""Where invoices and credit notes stand in the flow of a deal."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.models import Invoice
from fondaco.platform.documents.flow import by_key, follows, stands, to_key


def _variant(invoice: Invoice) -> tuple[Any, bool] | None:
    return (_("Credit note"), True) if invoice.kind == Invoice.CREDIT_NOTE else None


stands(
    Invoice,
    place=40,
    title=_("Invoice"),
    permission="invoicing.view_invoice",
    amount="gross",
    currency="currency_id",
    expected=True,
    variant=_variant,
)
follows(Invoice, Invoice, by_key(Invoice, "credits"))
follows(Invoice, Invoice._meta.get_field("entry").related_model, to_key(Invoice, "entry"))  # type: ignore[arg-type]
