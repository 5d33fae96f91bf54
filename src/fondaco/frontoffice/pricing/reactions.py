"""What rebates do when invoices and credit notes are posted or reversed (PR-03)."""

from collections import defaultdict
from collections.abc import Sequence

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.ledger.queries import reversed_on
from fondaco.frontoffice.pricing.models import RebateAccrual, RebateAgreement
from fondaco.frontoffice.pricing.queries import accounts_owed, in_force, stands, turnovers
from fondaco.frontoffice.pricing.rebates import Paper, accrue
from fondaco.frontoffice.pricing.refusals import SettlementDiffers
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.bus import reacts_to
from fondaco.platform.money import ZERO, priced

SOURCE = RebateAgreement._meta.db_table


@reacts_to("invoicing.post")
def accrue_posted(invoices: DocumentSet[Invoice]) -> None:
    """Rebates accrue; a credit note takes back what the invoice that it credits accrued. The credit note that settles takes off what is owed."""
    notes = [i for i in invoices if i.source_table == SOURCE]
    refuse_others(notes)
    insert_rows(
        RebateAccrual,
        [
            RebateAccrual(agreement_id=i.source_id, kind=RebateAccrual.SETTLEMENT, invoice=i, entry=i.entry, on=i.on, amount=-i.net)
            for i in notes
        ],
    )
    agreements = in_force({i.company_id for i in invoices}, {i.customer_id for i in invoices})
    if not agreements:
        return
    by_customer: dict[tuple[int, int], list[RebateAgreement]] = defaultdict(list)
    for a in agreements:
        by_customer[a.company_id, a.customer_id].append(a)
    credited = {i.credits_id for i in invoices if i.credits_id}
    of_original = dict(RebateAccrual.objects.filter(invoice__in=credited, kind=RebateAccrual.INVOICE).values_list("invoice", "agreement"))
    counted = turnovers(invoices.rows)
    papers = []
    for i in sorted(invoices, key=lambda i: (i.on, i.pk)):
        fitting = next((a.pk for a in by_customer[i.company_id, i.customer_id] if a.valid_from <= i.on <= a.valid_to), None)
        agreement = of_original.get(i.credits_id) if i.credits_id else fitting
        if agreement is not None and i.pk in counted:
            kind = RebateAccrual.CREDIT_NOTE if i.sign < 0 else RebateAccrual.INVOICE
            papers.append(Paper(agreement, kind, i.pk, str(i), counted[i.pk], i.on))
    if papers:
        accrue(papers, actor=invoices.actor, late_reason=invoices.reason)


def refuse_others(notes: Sequence[Invoice]) -> None:
    """A credit note that settles an agreement gives what is owed, from what was accrued for it: neither more nor less, nor from elsewhere."""
    if not notes:
        return
    agreements = {
        a.pk: a for a in RebateAgreement.objects.filter(pk__in={i.source_id for i in notes}).select_related("company").order_by("pk")
    }
    standing = stands(agreements.values())
    accounts = set(accounts_owed(a.company_id for a in agreements.values()).values())
    elsewhere = set(InvoiceLine.objects.filter(invoice__in=notes).exclude(account__in=accounts).values_list("invoice_id", flat=True))
    for note in notes:
        agreement = agreements[note.source_id or 0]
        owed, currency = standing[agreement.pk].open, agreement.company.currency_id
        if note.pk in elsewhere or (note.net, note.currency_id, note.customer_id) != (owed, currency, agreement.customer_id):
            raise SettlementDiffers(document=note, agreement=agreement, owed=priced(owed, currency), rows=rows_json([note]))


@reacts_to("invoicing.reverse")
def take_back_reversed(invoices: DocumentSet[Invoice]) -> None:
    """What a reversed document did to an agreement in force is taken back; of a reversed settlement what it gave is owed again."""
    rows = list(RebateAccrual.objects.filter(invoice__in=invoices.ids).exclude(kind=RebateAccrual.REVERSAL).order_by("pk"))
    if not rows:
        return
    days = reversed_on(i.entry_id for i in invoices if i.entry_id)
    by_key = {i.pk: i for i in invoices}
    settled = [r for r in rows if r.kind == RebateAccrual.SETTLEMENT]
    insert_rows(
        RebateAccrual,
        [
            RebateAccrual(
                agreement_id=r.agreement_id, kind=RebateAccrual.SETTLEMENT, invoice_id=r.invoice_id, entry_id=r.entry_id,
                on=days[by_key[r.invoice_id or 0].entry_id or 0], amount=-r.amount,
            )
            for r in settled
        ],
    )  # fmt: skip
    papers = [
        Paper(r.agreement_id, RebateAccrual.REVERSAL, r.invoice_id or 0, str(by_key[r.invoice_id or 0]), -r.turnover, days[by_key[r.invoice_id or 0].entry_id or 0])
        for r in rows
        if r.kind != RebateAccrual.SETTLEMENT and r.turnover != ZERO
    ]  # fmt: skip
    if papers:
        accrue(papers, actor=invoices.actor, late_reason=invoices.reason)
