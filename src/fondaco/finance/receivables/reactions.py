"""What receivables do when others' events happen: a reversed invoice cannot be disputed any more."""

from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.receivables.models import Dispute
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("invoicing.reverse")
def end_disputes(invoices: DocumentSet[Invoice]) -> None:
    """The disputes of reversed invoices are over: nothing is owed that could be objected to."""
    Dispute.objects.filter(invoice__in=invoices.ids, state="open").update(
        state="rejected", closed_on=timezone.localdate(), outcome=_("The invoice was reversed.")
    )
