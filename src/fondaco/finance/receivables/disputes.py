"""Disputes on invoices (AR-05): raised on a line or the whole, settled by a credit note, or rejected."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from pydantic import Field

from fondaco.finance.invoicing.actions import post as post_invoices
from fondaco.finance.invoicing.actions import write as write_invoices
from fondaco.finance.invoicing.crediting import credit_amounts, credited_so_far
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.ledger.settling import SettlementDraft, lock_items, open_items_of, settle
from fondaco.finance.receivables.models import Dispute
from fondaco.finance.receivables.refusals import DisputedTooMuch, NoSuchInvoiceLine, NotDisputable
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, priced, spread

Amount = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=4)]
Kind = Literal["quality", "quantity", "price", "not_ordered", "not_received", "other"]


@action(
    Invoice,
    moves={"posted": "posted"},
    permission="receivables.write_dispute",
    name="dispute",
    title=_("Dispute"),
    needs_reason=True,
    done=_("Dispute noted; it is a ticket now"),
)
def dispute(
    invoices: DocumentSet[Invoice], *, kind: Kind = "other", line: int | None = None, amount: Amount | None = None, on: date | None = None
) -> None:
    """Note that customers object to invoices, or to the line of that number; the reason is what they say.

    ``amount`` is what they object to, tax included: all that is left of the line or invoice when empty. Until the dispute is over it
    is neither reminded of nor counted as exposure; service gets it as a ticket.
    """
    day = on or timezone.localdate()
    wrong = [i for i in invoices if i.kind != Invoice.INVOICE]
    if wrong:
        raise NotDisputable(document=wrong[0], rows=rows_json(wrong))
    lines: dict[int, list[InvoiceLine]] = defaultdict(list)
    for row in InvoiceLine.objects.filter(invoice__in=invoices.ids).order_by("position", "id"):
        lines[row.invoice_id].append(row)
    left = _left(lines)
    disputes = []
    for invoice in invoices:
        chosen = next((ln for ln in lines[invoice.pk] if ln.position == line), None)
        if line is not None and chosen is None:
            raise NoSuchInvoiceLine(document=invoice, line=line, rows=rows_json([invoice]))
        within = [chosen] if chosen else lines[invoice.pk]
        # A dispute of the whole invoice and one of a line together never exceed what either of them has left.
        most = min(sum((max(left[ln.pk], ZERO) for ln in within), ZERO), left[-invoice.pk])
        asked = most if amount is None else amount
        if not ZERO < asked <= most:
            raise DisputedTooMuch(document=invoice, asked=priced(asked), left=priced(most, invoice.currency_id), rows=rows_json([invoice]))
        disputes.append(
            Dispute(
                company_id=invoice.company_id,
                party_id=invoice.customer_id,
                invoice=invoice,
                line=chosen,
                on=day,
                kind=kind,
                claim=invoices.reason,
                currency_id=invoice.currency_id,
                amount=asked,
            )
        )
    DocumentSet(Dispute, disputes, invoices.actor).draw_numbers()
    insert_rows(Dispute, disputes)
    record([_told(d, invoices.actor, _now("Dispute {number}"), day, d.claim, "in") for d in disputes])
    invoices.made["disputes"] = [d.pk for d in disputes]


def _left(lines: Mapping[int, Sequence[InvoiceLine]]) -> dict[int, Decimal]:
    """What of each line, tax included, is neither credited nor disputed; under minus its key, of each invoice. Two statements."""
    left: dict[int, Decimal] = {ln.pk: ln.net + ln.tax for rows in lines.values() for ln in rows}
    for key, (_quantity, net, tax) in credited_so_far(list(left)).items():
        left[key] -= net + tax
    for invoice, rows in lines.items():
        left[-invoice] = sum((left[ln.pk] for ln in rows), ZERO)
    for invoice, line, amount in (
        Dispute.objects.filter(invoice__in=list(lines)).exclude(state="rejected").values_list("invoice_id", "line_id", "amount")
    ):
        left[-invoice] -= amount
        if line:
            left[line] -= amount
    return left


def _told(row: Dispute, actor: Actor, title: str, on: date, body: str, direction: str) -> Interaction:
    return Interaction(
        party_id=row.party_id,
        company_id=row.company_id,
        on=on,
        kind="dispute",
        channel=actor.channel,
        direction=direction,
        title=title.format(number=row.number),
        body=body,
        source_table=Dispute._meta.db_table,
        source_id=row.pk,
        amount=row.amount,
        currency_id=row.currency_id,
        by=actor.username,
    )


@action(
    Dispute,
    moves={"open": "credited"},
    permission="receivables.settle_dispute",
    name="credit_dispute",
    title=pgettext_lazy("verb", "Credit"),
    needs_reason=True,
    dangerous=True,
    done=_("Credited"),
)
def credit_dispute(disputes: DocumentSet[Dispute], *, on: date) -> None:
    """Give customers right: a credit note for the disputed amount is posted and settled against the invoice.

    It takes the amount off the disputed line (of a whole invoice: off all lines, in proportion) at its tax code and rate. What was
    paid already stays on the customer's account.
    """
    for company in {d.company_id for d in disputes}:
        if not disputes.actor.may(post_invoices.permission, company):
            raise NotAllowed(verb=str(post_invoices.title), what=Invoice._meta.verbose_name_plural, permission=post_invoices.permission)
    rows: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in InvoiceLine.objects.filter(invoice__in={d.invoice_id for d in disputes}).order_by("position", "id"):
        rows[line.invoice_id].append(line)
    invoices = Invoice.objects.select_related("currency").in_bulk({d.invoice_id for d in disputes})
    drafts = [_note_of(d, rows[d.invoice_id], invoices[d.invoice_id], on, disputes.reason) for d in disputes]
    lock_items(i.pk for items in open_items_of(v.entry_id for v in invoices.values()).values() for i in items)
    write_invoices(drafts)
    notes = [d.row for d in drafts]
    post_invoices(DocumentSet(Invoice, notes, disputes.actor, disputes.reason))
    _settle(disputes, notes, invoices, on)
    for row, note in zip(disputes, notes, strict=True):
        row.closed_on, row.outcome, row.credit_note = on, disputes.reason, note
    disputes.save_with_state("closed_on", "outcome", "credit_note")
    disputes.made["invoices"] = [n.pk for n in notes]
    record([_told(d, disputes.actor, _now("Dispute {number} credited"), on, disputes.reason, "out") for d in disputes])


def _note_of(row: Dispute, lines: Sequence[InvoiceLine], invoice: Invoice, on: date, reason: str) -> Any:
    if row.line_id:
        wanted = [(ln, row.amount) for ln in lines if ln.pk == row.line_id]
    else:
        shares = spread(row.amount, [ln.net + ln.tax for ln in lines], invoice.currency.decimals)  # type: ignore[union-attr]
        wanted = [(ln, share) for ln, share in zip(lines, shares, strict=True) if share]
    return credit_amounts(invoice, wanted, source=(Dispute._meta.db_table, row.pk), on=on, memo=f"{row.number}: {reason}")


def _settle(disputes: DocumentSet[Dispute], notes: Sequence[Invoice], invoices: Mapping[int, Invoice], on: date) -> None:
    """Settle each credit note against its invoice's open items, those that fall due last first."""
    owed = open_items_of(v.entry_id for v in invoices.values())
    given = open_items_of(n.entry_id for n in notes)
    drafts = []
    for row, note in zip(disputes, notes, strict=True):
        (source,) = given[note.entry_id or 0]
        parts: dict[int, Decimal] = {}
        left = -source.open_amount
        for item in sorted(owed[invoices[row.invoice_id].entry_id or 0], key=lambda i: (i.due_on, i.pk), reverse=True):
            part = min(left, item.open_amount)
            if part > 0:
                parts[item.pk] = part
                item.open_amount -= part
                left -= part
        if parts:
            total = sum(parts.values(), ZERO)
            drafts.append(
                SettlementDraft(
                    row.company_id,
                    on,
                    {**parts, source.pk: -total},
                    disputes.reason,
                    (Dispute._meta.db_table, row.pk),
                    f"Dispute {row.number}",
                )
            )
    settle(drafts, actor=disputes.actor)


@action(
    Dispute,
    moves={"open": "rejected"},
    permission="receivables.settle_dispute",
    title=_("Reject"),
    needs_reason=True,
    done=_("Rejected"),
)
def reject(disputes: DocumentSet[Dispute], *, on: date | None = None) -> None:
    """Reject disputes, or note that customers gave them up: the amount is owed as before. Why is told on the timeline."""
    day = on or timezone.localdate()
    for row in disputes:
        row.closed_on, row.outcome = day, disputes.reason
    disputes.save_with_state("closed_on", "outcome")
    record([_told(d, disputes.actor, _now("Dispute {number} rejected"), day, disputes.reason, "out") for d in disputes])
