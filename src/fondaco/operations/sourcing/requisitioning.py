"""The verbs of requisitions (PC-01): submit, allow over budget, order, ask vendors, take or give out from stock, cancel."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.approvals.queries import needed
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.inventory.models import StockTransfer, StockTransferLine, StockUse, StockUseLine
from fondaco.operations.purchasing.models import ContractLine, PurchaseOrderLine
from fondaco.operations.purchasing.resources import PurchaseOrderResource
from fondaco.operations.sourcing.approving import REQUISITIONS
from fondaco.operations.sourcing.budgets import Excess, excesses
from fondaco.operations.sourcing.models import Requisition, RequisitionLine
from fondaco.operations.sourcing.queries import free_elsewhere
from fondaco.operations.sourcing.refusals import (
    NoHouseToGo,
    NothingElsewhere,
    NothingInStock,
    NothingNeeded,
    NothingToOrder,
    NoVendor,
    OverBudget,
    OwnNeed,
    WithinBudget,
)
from fondaco.platform.access.models import User
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import figure, rounded
from fondaco.platform.resources.declare import RESOURCES, Draft
from fondaco.platform.resources.writing import create

#: Vendors have so many days to answer what requisitions ask for, unless the buyer writes another day.
DAYS_TO_ANSWER = 7


@action(
    Requisition,
    moves={"draft": "submitted"},
    permission="sourcing.submit_requisition",
    title=_("Submit"),
    done=_("Submitted to the buyers"),
)
def submit(requisitions: DocumentSet[Requisition]) -> None:
    """Hand requisitions to the buyers: number them, and ask for the approval that a policy wants. What exceeds a budget says so on its page,
    and is ordered only when somebody with the right has allowed it."""
    filled = set(RequisitionLine.objects.filter(requisition__in=requisitions.ids).values_list("requisition_id", flat=True))
    for row in requisitions:
        if row.pk not in filled:
            raise NothingNeeded(document=row, rows=rows_json([row]))
    requisitions.number()
    wanting = sorted(needed(REQUISITIONS, REQUISITIONS.subjects(requisitions.ids)))
    if wanting:
        requisitions.made["approval-requests"] = approvals.ask(REQUISITIONS, wanting, actor=requisitions.actor)


@action(
    Requisition,
    moves={"submitted": "submitted"},
    permission="sourcing.exceed_budget",
    title=_("Allow over budget"),
    needs_reason=True,
    done=_("Allowed"),
)
def allow(requisitions: DocumentSet[Requisition]) -> None:
    """Let requisitions exceed their budgets up to what they ask for now; not one's own."""
    over = {e.requisition.pk for e in excesses(requisitions.rows)}
    requesters = dict(User.objects.filter(pk__in={r.requester_id for r in requisitions}).values_list("pk", "username"))
    for row in requisitions:
        if row.pk not in over:
            raise WithinBudget(document=row, rows=rows_json([row]))
        if requisitions.actor.username in (row.created_by, row.last_edited_by, requesters.get(row.requester_id or 0)):
            raise OwnNeed(document=row, rows=rows_json([row]))
        row.allowed_net, row.allowed_by, row.allowed_reason = row.net, requisitions.actor.username, requisitions.reason
    requisitions.save("allowed_net", "allowed_by", "allowed_reason")


@action(
    Requisition,
    moves={"submitted": "ordered"},
    permission="sourcing.order_requisition",
    title=_("Order"),
    done=_("Orders drafted"),
)
def order(requisitions: DocumentSet[Requisition]) -> None:
    """Draft the purchase orders of requisitions: one a vendor and warehouse for all of them together.

    Contracts in force give the price, else what was expected. What comes from another warehouse is not ordered. Refused without the approvals
    that policies want, and over a budget unless it was allowed.
    """
    approvals.require(REQUISITIONS, requisitions.ids)
    _keep_budgets(requisitions)
    lines = list(
        RequisitionLine.objects.filter(requisition__in=requisitions.ids)
        .select_related("product", "requisition")
        .order_by("requisition_id", "position", "id")
    )
    open_ = [ln for ln in lines if ln.moved < ln.quantity]
    lacking = next((ln for ln in open_ if ln.vendor_id is None), None)
    if lacking is not None:
        raise NoVendor(document=lacking.requisition, line=lacking.position, what=lacking.product or lacking.description)
    if not lines:
        raise NothingToOrder(document=", ".join(map(str, requisitions)))
    agreed = set(
        ContractLine.objects.filter(
            contract__state="in_force",
            contract__valid_from__lte=timezone.localdate(),
            contract__valid_to__gte=timezone.localdate(),
            contract__vendor__in={ln.vendor_id for ln in open_},
            product__in={ln.product_id for ln in open_ if ln.product_id},
        ).values_list("contract__company_id", "contract__vendor_id", "product_id", "contract__currency_id")
    )
    currencies = dict(Company.objects.filter(pk__in={r.company_id for r in requisitions}).values_list("pk", "currency_id"))
    grouped: dict[tuple[int, int, int], list[RequisitionLine]] = defaultdict(list)
    for line in open_:
        grouped[line.requisition.company_id, line.vendor_id or 0, line.requisition.warehouse_id or 0].append(line)
    values = []
    for (company, vendor, house), rows in sorted(grouped.items()):
        said = [_asked(ln, (company, vendor, ln.product_id, currencies[company]) in agreed) for ln in rows]
        sources = sorted({ln.requisition.number or "" for ln in rows})
        values.append(
            {
                "company": company,
                "vendor": vendor,
                "warehouse": house or None,
                "on": timezone.localdate().isoformat(),
                "memo": ", ".join(sources),
                "lines": said,
            }
        )
    if not values:
        return
    made = create(requisitions.actor, PurchaseOrderResource, values).ids
    keys: dict[int, list[int]] = defaultdict(list)
    for parent, pk in PurchaseOrderLine.objects.filter(order__in=made).order_by("order_id", "position", "id").values_list("order_id", "id"):
        keys[parent].append(pk)
    parts = zip(made, (rows for _key, rows in sorted(grouped.items())), strict=True)
    pairs = [(line.pk, key) for parent, rows in parts for line, key in zip(rows, keys[parent], strict=True)]
    update_rows(RequisitionLine, {"id": [a for a, _b in pairs], "order_line": [b for _a, b in pairs]})
    requisitions.made["purchase-orders"] = list(made)


def _asked(line: RequisitionLine, is_agreed: bool) -> dict[str, Any]:
    when = line.requisition.needed_on
    made: dict[str, Any] = {
        "product": line.product_id, "description": line.description, "quantity": str(line.quantity - line.moved),
        "expected_on": when.isoformat() if when else None,
    }  # fmt: skip
    return made if is_agreed else made | {"unit_price": str(line.unit_price)}


def _keep_budgets(requisitions: DocumentSet[Requisition]) -> None:
    for excess in excesses(requisitions.rows, lock=True):
        row, standing = excess.requisition, excess.standing
        if row.allowed_net is None or row.allowed_net < row.net:
            raise OverBudget(**told(excess), rows=rows_json([row]), budget=standing.budget)


def told(excess: Excess) -> dict[str, Any]:
    """An excess in figures, for a sentence."""
    standing = excess.standing
    return {
        "document": excess.requisition, "asked": figure(excess.requisition.net), "left": figure(standing.left), "amount": figure(standing.budget.amount),
        "actual": figure(standing.actual), "committed": figure(rounded(standing.committed, 2)), "currency": excess.requisition.company.currency_id,
    }  # fmt: skip


@action(
    Requisition,
    moves={"submitted": "submitted"},
    permission="sourcing.order_requisition",
    title=_("Ask vendors"),
    done=_("Request for quotation drafted"),
)
def ask_vendors(requisitions: DocumentSet[Requisition]) -> None:
    """Draft one request for quotation a company with everything that requisitions still need; add the vendors and send it."""
    rows = RequisitionLine.objects.filter(requisition__in=requisitions.ids, moved__lt=F("quantity")).order_by(
        "requisition_id", "position", "id"
    )
    lines: dict[int, list[RequisitionLine]] = defaultdict(list)
    for line in rows.select_related("requisition"):
        lines[line.requisition.company_id].append(line)
    today = timezone.localdate()
    values = [
        {
            "company": company, "subject": ", ".join(dict.fromkeys(ln.requisition.purpose for ln in found))[:300], "on": today.isoformat(),
            "answer_by": (today + timedelta(days=DAYS_TO_ANSWER)).isoformat(), "memo": ", ".join(dict.fromkeys(ln.requisition.number or "" for ln in found)),
            "lines": [
                {
                    "product": ln.product_id, "description": ln.description, "quantity": str(ln.quantity - ln.moved),
                    "needed_on": ln.requisition.needed_on.isoformat() if ln.requisition.needed_on else None,
                }
                for ln in found
            ],
        }
        for company, found in sorted(lines.items())
    ]  # fmt: skip
    if not values:
        raise NothingToOrder(document=", ".join(map(str, requisitions)))
    requisitions.made["quote-requests"] = list(create(requisitions.actor, RESOURCES["quote-requests"], values).ids)


@action(
    Requisition,
    moves={"submitted": "submitted"},
    permission="sourcing.order_requisition",
    title=_("Take from stock"),
    done=_("Transfers drafted"),
)
def take_from_stock(requisitions: DocumentSet[Requisition]) -> None:
    """Draft transfers of what lies free in another warehouse instead of buying it; the rest is still to order."""
    homeless = next((r for r in requisitions if r.warehouse_id is None), None)
    if homeless is not None:
        raise NoHouseToGo(document=homeless, rows=rows_json([homeless]))
    lines = list(
        RequisitionLine.objects.filter(requisition__in=requisitions.ids, product__kind="goods", moved__lt=F("quantity"))
        .select_related("requisition")
        .order_by("requisition_id", "position", "id")
    )
    free = free_elsewhere(lines)
    drafts: dict[tuple[int, int], Draft] = {}
    today = timezone.localdate()
    for line in lines:
        row = line.requisition
        for place in sorted(p for p in free if p[0] == row.company_id and p[2] == line.product_id and p[1] != row.warehouse_id):
            part = min(free[place], line.quantity - line.moved)
            if part <= 0:
                continue
            free[place] -= part
            line.moved += part
            key = (row.pk, place[1])
            if key not in drafts:
                paper = StockTransfer(
                    company_id=row.company_id, warehouse_id=place[1], to_warehouse_id=row.warehouse_id, on=today,
                    source_table=Requisition._meta.db_table, source_id=row.pk,
                )  # fmt: skip
                drafts[key] = Draft(paper, [])
            drafts[key].lines.append(StockTransferLine(product_id=line.product_id, quantity=part))
    if not drafts:
        raise NothingElsewhere(document=", ".join(map(str, requisitions)))
    update_rows(RequisitionLine, {"id": [ln.pk for ln in lines], "moved": [ln.moved for ln in lines]})
    requisitions.made["transfers"] = [t.pk for t in write_papers(list(drafts.values()), "transfer")]


@action(
    Requisition,
    moves={"submitted": "submitted"},
    permission="sourcing.order_requisition",
    title=_("Give out from stock"),
    done=_("Drafted for the warehouse"),
)
def give_out(requisitions: DocumentSet[Requisition]) -> None:
    """Draft goods for own use of what lies free, instead of buying it: from the warehouse of the requisition first, charged to its account and
    cost centre. The warehouse hands them out; the rest is still to order. Refused without the approvals that policies want, and over a
    budget unless it was allowed."""
    approvals.require(REQUISITIONS, requisitions.ids)
    _keep_budgets(requisitions)
    lines = list(
        RequisitionLine.objects.filter(requisition__in=requisitions.ids, product__kind="goods", moved__lt=F("quantity"))
        .select_related("requisition")
        .order_by("requisition_id", "position", "id")
    )
    free = free_elsewhere(lines)
    drafts: dict[tuple[int, int], Draft] = {}
    today = timezone.localdate()
    for line in lines:
        row = line.requisition
        own = [p for p in free if p[0] == row.company_id and p[2] == line.product_id]
        for place in sorted(p for p in own if p[1] == row.warehouse_id) + sorted(p for p in own if p[1] != row.warehouse_id):
            part = min(free[place], line.quantity - line.moved)
            if part <= 0:
                continue
            free[place] -= part
            line.moved += part
            key = (row.pk, place[1])
            if key not in drafts:
                paper = StockUse(
                    company_id=row.company_id, warehouse_id=place[1], on=today, purpose=row.purpose, memo=row.number or "",
                    account_id=row.account_id, dimension_value_id=row.dimension_value_id, source_table=Requisition._meta.db_table, source_id=row.pk,
                )  # fmt: skip
                drafts[key] = Draft(paper, [])
            drafts[key].lines.append(StockUseLine(product_id=line.product_id, quantity=part))
    if not drafts:
        raise NothingInStock(document=", ".join(map(str, requisitions)))
    update_rows(RequisitionLine, {"id": [ln.pk for ln in lines], "moved": [ln.moved for ln in lines]})
    requisitions.made["own-use"] = [u.pk for u in write_papers(list(drafts.values()), "use")]


@action(
    Requisition,
    moves={"draft": "cancelled", "submitted": "cancelled"},
    permission="sourcing.submit_requisition",
    title=_("Cancel"),
    needs_reason=True,
    dangerous=True,
    done=_("Cancelled"),
)
def withdraw(requisitions: DocumentSet[Requisition]) -> None:
    """Need what requisitions ask for no more."""
