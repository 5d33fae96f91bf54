"""Completing requisitions while they are written: who asks, the price one may expect, from whom it was bought last, the total."""

from collections.abc import Sequence

from django.utils import timezone

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.operations.purchasing.memory import Paid, paid_for
from fondaco.operations.sourcing.models import PurchaseBudget, Requisition, RequisitionLine
from fondaco.operations.sourcing.refusals import NoExpectedPrice
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Draft

PRICE_DECIMALS = 6


def complete(drafts: Sequence[Draft], actor: Actor) -> None:
    """Fill in what is open: the price and the vendor of a product as it was last bought within 24 months; nets rounded half away from zero to
    the company's currency, and their sum. One statement a company for what was paid."""
    companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
    decimals = decimals_of({c.currency_id for c in companies.values()})
    budgets = PurchaseBudget.objects.in_bulk({d.row.budget_id for d in drafts if d.row.budget_id})
    last = _last_paid(drafts)
    for draft in drafts:
        row: Requisition = draft.row
        row.last_edited_by = actor.username
        budget = budgets.get(row.budget_id)
        row.account_id, row.dimension_value_id = (budget.account_id, budget.dimension_value_id) if budget else (None, None)
        if row.pk is None:
            row.requester_id = actor.user_id
        for line in draft.lines:
            paid = last.get(id(line))
            if line.unit_price is None and paid is not None:
                line.unit_price = rounded(paid.last, PRICE_DECIMALS)
            if line.vendor_id is None and paid is not None:
                line.vendor_id = paid.vendor_id
            if line.unit_price is None:
                raise NoExpectedPrice(line=line.position, what=line.product or line.description)
            line.net = rounded(line.quantity * line.unit_price, decimals[companies[row.company_id].currency_id])
        row.net = sum((line.net for line in draft.lines), ZERO)


def _last_paid(drafts: Sequence[Draft]) -> dict[int, Paid]:
    """What was last paid for the same product, by ``id()`` of the line; only where price or vendor are open."""
    found: dict[int, Paid] = {}
    for company in sorted({d.row.company_id for d in drafts}):
        lines: list[RequisitionLine] = [
            ln
            for d in drafts
            if d.row.company_id == company
            for ln in d.lines
            if ln.product_id and (ln.unit_price is None or ln.vendor_id is None)
        ]
        told = paid_for(company, [(ln.product_id, "") for ln in lines], on=timezone.localdate()) if lines else []
        found |= {id(ln): paid[0] for ln, paid in zip(lines, told, strict=True) if paid and paid[0].is_same}
    return found
