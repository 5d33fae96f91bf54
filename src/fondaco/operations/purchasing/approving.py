"""Purchase orders as approvers judge them: what they bind to, in company currency, together with what was ordered around the same time."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.approvals.kinds import TOGETHER_DAYS, Subject, kind
from fondaco.masterdata.approvals.queries import askable, latest
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.queries import entered_near
from fondaco.platform.money import ZERO, rounded

#: What an approval of an order does not bind to: it moves by itself, or says nothing of what is bought for how much.
UNBOUND = {"state", "version", "number", "warehouse_id", "expected_on", "reference", "memo", "created_at", "created_by", "last_edited_by"}


def subjects(keys: Sequence[int]) -> list[Subject]:
    """Orders as approvers judge them; statements: a few, and one a company for its rates."""
    orders = list(PurchaseOrder.objects.filter(pk__in=list(keys)).select_related("vendor").order_by("pk"))
    lines: dict[int, list[PurchaseOrderLine]] = defaultdict(list)
    for line in PurchaseOrderLine.objects.filter(order__in=orders).order_by("order_id", "position", "id"):
        lines[line.order_id].append(line)
    near = entered_near(orders, TOGETHER_DAYS)
    base = _base_amounts([*orders, *near])
    return [
        Subject(
            pk=order.pk,
            company=order.company_id,
            title=_("Purchase order {number} – {vendor}").format(number=order.number or f"#{order.pk}", vendor=order.vendor.name),
            amount=base[order.pk],
            together=base[order.pk] + sum((base[other.pk] for other in near if _counts_with(order, other)), ZERO),
            party=order.vendor_id,
            authors=frozenset(filter(None, [order.created_by, order.last_edited_by])),
            content={"order": _values(order), "lines": [_values(line) for line in lines[order.pk]]},
        )
        for order in orders
    ]


def _counts_with(order: PurchaseOrder, other: PurchaseOrder) -> bool:
    return (
        other.pk != order.pk
        and (other.company_id, other.vendor_id, other.created_by) == (order.company_id, order.vendor_id, order.created_by)
        and abs((other.created_at - order.created_at).days) <= TOGETHER_DAYS
    )


def _values(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in UNBOUND}


def _base_amounts(orders: Sequence[PurchaseOrder]) -> dict[int, Decimal]:
    """Nets in company currency at the rate of the order's day, rounded, by order."""
    companies = Company.objects.in_bulk({o.company_id for o in orders})
    decimals = decimals_of({c.currency_id for c in companies.values()})
    rates = {pk: rate_table(c, {o.currency_id or "" for o in orders if o.company_id == pk}) for pk, c in companies.items()}
    return {
        o.pk: rounded(o.net * rates[o.company_id].rate(o.currency_id or "", o.on), decimals[companies[o.company_id].currency_id])
        for o in orders
    }


ORDERS = kind("purchasing.order", title=_("Purchase orders"), model=PurchaseOrder, permission="purchasing.approve_order", subjects=subjects)

#: Orders on whose page approval may be asked: drafts where a policy asks it, and those in force that were amended since they were approved.
ASKABLE = askable(ORDERS.key, PurchaseOrder._meta.db_table, entered=["draft"], in_force=["confirmed"])


def require_asked(keys: Sequence[int]) -> None:
    """Refuse orders in force whose approval was asked for and is missing for what they are now: those amended since. Raises
    ApprovalMissing. A policy that came after an order was confirmed does not stop it."""
    asked = sorted(latest(PurchaseOrder._meta.db_table, keys))
    if asked:
        approvals.require(ORDERS, asked)
