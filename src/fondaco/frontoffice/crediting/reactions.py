"""Credit follows invoices: given when they are posted, taken back when they are reversed."""

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.queries import reversed_on
from fondaco.frontoffice.crediting.assigning import credit, take_back
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("invoicing.post")
def invoiced(invoices: DocumentSet[Invoice]) -> None:
    credit(invoices.rows)


@reacts_to("invoicing.reverse")
def reversed_again(invoices: DocumentSet[Invoice]) -> None:
    days = reversed_on(i.entry_id for i in invoices if i.entry_id)
    take_back(invoices.ids, {i.pk: days[i.entry_id] for i in invoices if i.entry_id})
