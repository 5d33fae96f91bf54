"""What an invoice's fate does to the days it charged: taken back wholly, they are open again."""

from fondaco.finance.invoicing.crediting import LINE, credited_so_far
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.subscriptions.models import ContractCharge
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("invoicing.post")
def credited(invoices: DocumentSet[Invoice]) -> None:
    """A line that credit notes take back wholly charges its days no more; part of one is a matter of the price, and opens nothing."""
    notes = {i.pk for i in invoices if i.kind == Invoice.CREDIT_NOTE and i.credits_id}
    if not notes:
        return
    rows = InvoiceLine.objects.filter(invoice__in=notes, source_table=LINE).values_list("source_id", "invoice_id")
    by_line = {source: note for source, note in rows if source}
    charges = list(
        ContractCharge.objects.filter(invoice_line__in=by_line, taken_back_by=None).select_related("invoice_line").order_by("pk")
    )
    if charges:
        so_far = credited_so_far([c.invoice_line_id for c in charges])
        whole = [c for c in charges if so_far[c.invoice_line_id][1] == c.invoice_line.net]
        update_rows(ContractCharge, {"id": [c.pk for c in whole], "taken_back_by": [by_line[c.invoice_line_id] for c in whole]})


@reacts_to("invoicing.reverse")
def reversed_again(invoices: DocumentSet[Invoice]) -> None:
    """A reversed invoice charges nothing; where a credit note is reversed, the days it opened are charged again as before."""
    standing = ContractCharge.objects.filter(invoice_line__invoice__in=invoices.ids, taken_back_by=None).order_by("pk")
    pairs = list(standing.values_list("pk", "invoice_line__invoice_id"))
    update_rows(ContractCharge, {"id": [pk for pk, _i in pairs], "taken_back_by": [i for _pk, i in pairs]})
    notes = [i.pk for i in invoices if i.kind == Invoice.CREDIT_NOTE and i.credits_id]
    if notes:
        opened = list(ContractCharge.objects.filter(taken_back_by__in=notes).order_by("pk").values_list("pk", flat=True))
        update_rows(ContractCharge, {"id": opened, "taken_back_by": [None] * len(opened)})
