"""Where e-invoices stand in the flow of a deal: after the invoice."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.einvoicing.models import Capture, EInvoice, Received
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.payables.models import Bill
from fondaco.platform.documents.flow import by_key, follows, stands, to_key

stands(EInvoice, place=45, title=_("E-invoice"), permission="einvoicing.view_einvoice")
follows(Invoice, EInvoice, by_key(EInvoice, "invoice"))
stands(Received, place=41, title=_("E-invoice received"), permission="einvoicing.view_received", amount="gross", currency="currency_id")
follows(Bill, EInvoice, by_key(EInvoice, "bill"))
follows(Received, Bill, to_key(Received, "bill"))
stands(Capture, place=41, title=_("Bill on paper"), permission="einvoicing.view_received", amount="gross", currency="currency_id")
follows(Capture, Bill, to_key(Capture, "bill"))
