"""Completing claims while they are drafts: amounts by the day or kilometre, limits, totals. For a whole set at once."""

from collections.abc import Sequence

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.people.expenses.models import ExpenseKind
from fondaco.people.expenses.refusals import AboveLimit, AmountMissing, OfOtherCompany
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Draft


def complete(drafts: Sequence[Draft]) -> None:
    """Give lines paid by the day or kilometre their amount (rounded half away from zero), judge the limits, and total the claims."""
    companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
    decimals = decimals_of({c.currency_id for c in companies.values()})
    kinds = ExpenseKind.objects.in_bulk({ln.kind_id for d in drafts for ln in d.lines})
    for draft in drafts:
        places = decimals[companies[draft.row.company_id].currency_id]
        for line in draft.lines:
            kind = kinds[line.kind_id]
            if kind.company_id != draft.row.company_id:
                raise OfOtherCompany(line=line.position, kind=kind.name)
            if kind.rate is not None:
                line.amount = rounded(line.quantity * kind.rate, places)
            elif line.amount is None:
                raise AmountMissing(
                    line=line.position, fields={f"lines.{line.position - 1}.amount": AmountMissing.message.format(line=line.position)}
                )
            else:
                line.amount = rounded(line.amount, places)
            if kind.limit is not None and line.amount > kind.limit and not line.over_limit_reason.strip():
                raise AboveLimit(line=line.position, amount=line.amount, limit=kind.limit, kind=kind.name)
        draft.row.gross = sum((line.amount for line in draft.lines), ZERO)
