"""What recurs of an accepted quote becomes a contract; and an invoice taken back wholly opens the days that it charged again."""

from collections.abc import Mapping, Sequence
from typing import Any

from fondaco.finance.invoicing.crediting import LINE, credited_so_far
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.sales.models import Quote, QuoteLine
from fondaco.frontoffice.subscriptions.actions.contracts import activate
from fondaco.frontoffice.subscriptions.models import Contract, ContractCharge, ContractLine
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("sales.recurs")
def agreed(quotes: DocumentSet[Quote], lines: Mapping[int, Sequence[QuoteLine]], own: Mapping[str, Any]) -> None:
    """A contract in force of what recurs of each quote. Its periods are the shortest that a line is for and run from the first day, in advance: so the
    first invoice is what the quote said, to the cent, where all lines are for the same period."""
    contracts = [
        Contract(
            company_id=q.company_id, customer_id=q.customer_id, reference=own.get("reference", q.reference), currency_id=q.currency_id,
            starts_on=q.starts_on, term_months=q.term_months, every_months=min(ln.per_months or 1 for ln in lines[q.pk]),
            calendar=Contract.ANNIVERSARY, in_advance=True, payment_term_id=q.payment_term_id, salesperson_id=q.salesperson_id,
            conditions=q.conditions, quote=q,
        )
        for q in quotes
    ]  # fmt: skip
    insert_rows(Contract, contracts)
    insert_rows(
        ContractLine,
        [
            ContractLine(
                contract=c, position=n, product_id=ln.product_id, description=ln.description, quantity=ln.quantity, unit_price=ln.unit_price,
                per_months=ln.per_months, discount_percent=ln.discount_percent,
            )
            for c in contracts
            for n, ln in enumerate(lines[c.quote_id or 0], start=1)
        ],
    )  # fmt: skip
    activate(DocumentSet(Contract, contracts, quotes.actor, quotes.reason))
    quotes.made["contracts"] = [c.pk for c in contracts]


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
