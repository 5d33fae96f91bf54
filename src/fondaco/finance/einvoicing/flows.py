"""Where e-invoices stand in the flow of a deal: after the invoice."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.einvoicing.models import EInvoice
from fondaco.finance.invoicing.models import Invoice
from fondaco.platform.documents.flow import by_key, follows, stands

stands(EInvoice, place=45, title=_("E-invoice"), permission="einvoicing.view_einvoice")
follows(Invoice, EInvoice, by_key(EInvoice, "invoice"))
