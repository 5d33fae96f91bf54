"""Where disputes stand in the flow of a deal: after the invoice, before its credit note."""

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.receivables.models import Dispute
from fondaco.platform.documents.flow import by_key, follows, stands, to_key

stands(Dispute, place=45, title=Dispute._meta.verbose_name, permission="receivables.view_dispute", amount="amount", currency="currency_id")
follows(Invoice, Dispute, by_key(Dispute, "invoice"))
follows(Dispute, Invoice, to_key(Dispute, "credit_note"))
