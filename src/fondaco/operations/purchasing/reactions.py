"""What happens to purchase orders when goods come, bills and credit notes are posted: tolerances, orders that close themselves, the final price."""

from decimal import Decimal

from fondaco.finance.payables.models import Bill
from fondaco.operations.inventory.models import GoodsReceipt, StockMove
from fondaco.operations.purchasing.approving import require_asked
from fondaco.operations.purchasing.billing import bill_goods, credit_goods, settle_waiting, take_back
from fondaco.operations.purchasing.following import follow_returns, review_bills
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseRules
from fondaco.operations.purchasing.queries import DEMAND, HUNDRED, all_came, came_of, measured_lines, tolerance_of
from fondaco.operations.purchasing.refusals import ReceivedTooMuch
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to
from fondaco.platform.money import ZERO, figure


@reacts_to("inventory.post_receipt")
def goods_came(receipts: DocumentSet[GoodsReceipt]) -> None:
    """Refuse what exceeds the tolerance, close orders of which little enough is missing, and give bills that waited their goods."""
    keys = [r.pk for r in receipts]
    lines = set(
        StockMove.objects.filter(source_table=GoodsReceipt._meta.db_table, source_id__in=keys, demand_table=DEMAND).values_list(
            "demand_line", flat=True
        )
    )
    if not lines:
        return
    orders = PurchaseOrder.objects.filter(lines__in=lines).distinct().order_by("pk").in_bulk()
    require_asked(list(orders))
    rules = {r.company_id: r for r in PurchaseRules.objects.filter(company__in={o.company_id for o in orders.values()})}
    done = []
    for pk, rows in measured_lines(orders).items():
        order, rule = orders[pk], rules.get(orders[pk].company_id)
        over, under = (rule.over_percent, rule.under_percent) if rule else (ZERO, ZERO)
        for line in rows:
            came, ordered = came_of(line)
            allowed = ordered * (HUNDRED + over + (tolerance_of(line) if line.second_quantity is None else ZERO)) / HUNDRED
            if line.pk in lines and came > allowed:
                raise ReceivedTooMuch(
                    product=line.product,
                    order=order,
                    received=_shown(came),
                    ordered=_shown(ordered),
                    allowed=_shown(allowed),
                )
        if order.state == "confirmed" and all_came(rows, under):
            order.state = "closed"
            done.append(order)
    if done:
        DocumentSet(PurchaseOrder, done, receipts.actor).save("state")
    settle_waiting(lines, receipts.actor)
    follow_returns(lines, receipts.actor)
    review_bills(lines)


@reacts_to("payables.post")
def bills_came(bills: DocumentSet[Bill]) -> None:
    """Give what was received the price that the bill says; let credit notes give back what was billed of it."""
    lines = bill_goods([b for b in bills if b.kind == Bill.BILL and b.entry_id], bills.actor)
    lines |= credit_goods([b for b in bills if b.kind == Bill.CREDIT_NOTE and b.entry_id], bills.actor)
    follow_returns(lines, bills.actor)
    review_bills(lines)


@reacts_to("payables.reverse")
def bills_were_taken_back(bills: DocumentSet[Bill]) -> None:
    """Take back what reversed bills and credit notes changed."""
    lines = take_back(bills.rows, bills.actor)
    follow_returns(lines, bills.actor)


def _shown(quantity: Decimal) -> str:
    return figure(quantity.quantize(Decimal("0.000001")))
