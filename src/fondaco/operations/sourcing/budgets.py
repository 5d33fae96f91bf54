"""Budgets of purchases (PC-01): what was booked, what is committed, what is left; told with figures.

Booked is what the ledger has on the budget's account, with its cost centre, in its days. Committed are requisitions that were submitted and what
of ordered ones is not billed yet: when the bill comes, the same money is booked instead. Amounts in company currency.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from fondaco.operations.sourcing.models import PurchaseBudget, Requisition
from fondaco.platform.money import ZERO

#: Committed by requisitions within the days of budgets, those named left out; a line billed in part counts with the rest.
COMMITTED = """
select b.id, coalesce(sum(l.net * (1 - l.moved / l.quantity) * (1 - least(1, coalesce(d.billed / nullif(o.quantity, 0), 0)))), 0)
from sourcing_purchasebudget b
join sourcing_requisition r on r.company_id = b.company_id and r.state in ('submitted', 'ordered') and r.id <> all (%(without)s)
  and coalesce(r.needed_on, r.on) between b.starts_on and b.ends_on and (b.account_id is null or b.account_id = r.account_id)
  and (b.dimension_value_id is null or b.dimension_value_id = r.dimension_value_id)
join sourcing_requisitionline l on l.requisition_id = r.id
left join purchasing_purchaseorderline o on o.id = l.order_line_id left join purchasing_purchaseorder p on p.id = o.order_id
left join lateral (select sum(case when i.kind = 'bill' then m.quantity else -m.quantity end) as billed from payables_billmatch m
  join payables_billline k on k.id = m.line_id join payables_bill i on i.id = k.bill_id and i.state = 'posted'
  where m.order_table = 'purchasing_purchaseorderline' and m.order_line = o.id) d on true
where b.id = any (%(keys)s) and (r.state = 'submitted' or p.state is distinct from 'cancelled') and (r.state = 'submitted' or o.id is not null)
group by b.id
"""
BOOKED = """
select b.id, coalesce(sum(j.amount), 0) from sourcing_purchasebudget b
join ledger_journalline j on j.company_id = b.company_id and j.on between b.starts_on and b.ends_on
join ledger_account a on a.id = j.account_id and (b.account_id = a.id or (b.account_id is null and a.kind = 'expense'))
where b.id = any (%(keys)s) and (b.dimension_value_id is null
  or exists (select from ledger_dimensionsetitem i where i.dimension_set_id = j.dimension_set_id and i.value_id = b.dimension_value_id))
group by b.id
"""


@dataclass(frozen=True)
class Standing:
    """How a budget stands before what is asked now."""

    budget: PurchaseBudget
    actual: Decimal
    committed: Decimal

    @property
    def left(self) -> Decimal:
        return self.budget.amount - self.actual - self.committed


def standings(budgets: Sequence[PurchaseBudget], *, without: Iterable[int] = ()) -> dict[int, Standing]:
    """How budgets stand, the requisitions ``without`` left out; two statements."""
    given = {"keys": [b.pk for b in budgets], "without": list(without)}
    if not budgets:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(COMMITTED, given)
        committed = dict(cursor.fetchall())
        cursor.execute(BOOKED, given)
        booked = dict(cursor.fetchall())
    return {b.pk: Standing(b, booked.get(b.pk, ZERO), committed.get(b.pk, ZERO)) for b in budgets}


@dataclass(frozen=True)
class Excess:
    """A requisition that asks for more than is left of a budget."""

    requisition: Requisition
    standing: Standing


def excesses(requisitions: Sequence[Requisition], *, lock: bool = False) -> list[Excess]:
    """What of requisitions exceeds a budget, each after the others; with ``lock`` the budgets are locked first, in key order, so that two who
    spend the rest at once are judged one after the other. Three statements."""
    companies = {r.company_id for r in requisitions}
    days = [r.needed_on or r.on for r in requisitions]
    if not days:
        return []
    rows = PurchaseBudget.objects.filter(company__in=companies, starts_on__lte=max(days), ends_on__gte=min(days)).order_by("pk")
    budgets = list(rows.select_for_update() if lock else rows)
    stand = standings(budgets, without=[r.pk for r in requisitions])
    taken: dict[int, Decimal] = dict.fromkeys(stand, ZERO)
    found = []
    for requisition in requisitions:
        for budget in budgets:
            if not _counts(requisition, budget):
                continue
            now = stand[budget.pk]
            before = Standing(budget, now.actual, now.committed + taken[budget.pk])
            if requisition.net > before.left:
                found.append(Excess(requisition, before))
            taken[budget.pk] += requisition.net
    return found


def _counts(requisition: Requisition, budget: PurchaseBudget) -> bool:
    return (
        requisition.company_id == budget.company_id
        and budget.starts_on <= (requisition.needed_on or requisition.on) <= budget.ends_on
        and budget.account_id in (None, requisition.account_id)
        and budget.dimension_value_id in (None, requisition.dimension_value_id)
    )
