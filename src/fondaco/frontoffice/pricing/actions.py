"""The verbs of a rebate agreement: bring into force, settle, reopen, cancel."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.actions import draft as draft_invoices
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.pricing.models import RebateAccrual, RebateAgreement, RebateTier
from fondaco.frontoffice.pricing.queries import accounts_owed, posted_before, stands, turnovers
from fondaco.frontoffice.pricing.rebates import Paper, accrue, catching_up, write
from fondaco.frontoffice.pricing.refusals import CreditNoteStands, NoRebateTiers, NotOverYet
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Draft


@action(
    RebateAgreement,
    moves={"draft": "in_force"},
    permission="pricing.sign_rebate",
    title=_("Bring into force"),
    done=_("In force: rebates accrue"),
)
def sign(agreements: DocumentSet[RebateAgreement], *, on: date | None = None) -> None:
    """Bring rebate agreements into force: from now on rebates accrue with every posted invoice. What was posted in their days before is accrued
    at once, on the day ``on`` (today when empty)."""
    day = on or timezone.localdate()
    filled = set(RebateTier.objects.filter(agreement__in=agreements.ids).values_list("agreement_id", flat=True))
    empty = [a for a in agreements if a.pk not in filled]
    if empty:
        raise NoRebateTiers(document=", ".join(map(str, empty)), rows=rows_json(empty))
    agreements.number()
    for a in agreements:
        a.state = "in_force"
    agreements.save("number", "state")
    before = posted_before(agreements.rows)
    counted = turnovers([i for rows in before.values() for i in rows])
    papers = [
        Paper(a, RebateAccrual.CREDIT_NOTE if i.sign < 0 else RebateAccrual.INVOICE, i.pk, str(i), counted[i.pk], day)
        for a, rows in before.items()
        for i in rows
        if i.pk in counted
    ]
    accrue(papers, actor=agreements.actor, late_reason=agreements.reason)


@action(
    RebateAgreement,
    moves={"in_force": "settled"},
    permission="pricing.settle_rebate",
    title=_("Settle rebate"),
    done=_("Settled; credit note drafted"),
)
def settle(agreements: DocumentSet[RebateAgreement], *, on: date) -> None:
    """Settle rebate agreements whose days are over: what was accrued is brought to the tier that was reached, and a credit note over it is drafted."""
    early = [a for a in agreements if a.valid_to >= on]
    if early:
        raise NotOverYet(document=", ".join(map(str, early)), last=early[0].valid_to, on=on, rows=rows_json(early))
    standing = stands(agreements.rows)
    companies = Company.objects.in_bulk({a.company_id for a in agreements})
    decimals = decimals_of({c.currency_id for c in companies.values()})
    accounts = accounts_owed(companies)
    rows, entries, notes = [], [], []
    for a in agreements:
        stand, currency = standing[a.pk], companies[a.company_id].currency_id
        more = catching_up(a, stand, stand.percent(reached_only=True), decimals[currency], on, agreements.reason)
        if more is not None:
            rows.append(more[0])
            entries.append(more[1])
        if stand.open > ZERO:
            note = Invoice(
                company_id=a.company_id, kind=Invoice.CREDIT_NOTE, customer_id=a.customer_id, on=on, currency_id=currency,
                source_table=RebateAgreement._meta.db_table, source_id=a.pk,
            )  # fmt: skip
            said = _now("Rebate {agreement} on a turnover of {turnover} {currency}").format(
                agreement=a, turnover=f"{stand.turnover:.2f}", currency=currency
            )
            line = InvoiceLine(description=said, quantity=1, unit_price=stand.open, account_id=accounts[a.company_id])
            notes.append(Draft(note, [line]))
    write(rows, entries, actor=agreements.actor)
    agreements.made["invoices"] = draft_invoices(notes, actor=agreements.actor)


@action(
    RebateAgreement,
    moves={"settled": "in_force"},
    permission="pricing.settle_rebate",
    title=_("Reopen"),
    needs_reason=True,
    done=_("In force again"),
)
def reopen(agreements: DocumentSet[RebateAgreement], *, on: date | None = None) -> None:
    """Open settled agreements again whose credit note was deleted or reversed; what is accrued is brought back to the tier that holds."""
    notes = Invoice.objects.filter(
        source_table=RebateAgreement._meta.db_table, source_id__in=agreements.ids, state__in=["draft", "posted"]
    ).order_by("pk")
    for note in notes[:1]:
        raise CreditNoteStands(document=next(a for a in agreements if a.pk == note.source_id), note=note, rows=rows_json([note]))
    day = on or timezone.localdate()
    standing = stands(agreements.rows)
    companies = Company.objects.in_bulk({a.company_id for a in agreements})
    decimals = decimals_of({c.currency_id for c in companies.values()})
    more = [
        catching_up(a, standing[a.pk], standing[a.pk].percent(), decimals[companies[a.company_id].currency_id], day, agreements.reason)
        for a in agreements
    ]
    found = [m for m in more if m is not None]
    write([row for row, _entry in found], [entry for _row, entry in found], actor=agreements.actor)


@action(
    RebateAgreement,
    moves={"draft": "cancelled"},
    permission="pricing.write_rebate",
    name="cancel_rebate",
    title=_("Cancel"),
    done=_("Cancelled"),
)
def cancel(agreements: DocumentSet[RebateAgreement]) -> None:
    """Give up drafts of rebate agreements."""


__all__ = ["cancel", "reopen", "settle", "sign"]
