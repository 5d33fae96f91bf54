"""Goods that come for an order are reserved for it in the same moment."""

from collections import defaultdict
from decimal import Decimal

from fondaco.operations.inventory.models import GoodsReceipt, StockMove
from fondaco.operations.inventory.moving import ReservationRequest, reserve
from fondaco.operations.supply.actions import hand_over
from fondaco.operations.supply.models import Peg
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("inventory.post_receipt")
def goods_came(receipts: DocumentSet[GoodsReceipt]) -> None:
    """Reserve what came of lines that were bought for an order, the oldest tie first; what is left is for everybody. Constant statements."""
    houses = {r.pk: r.warehouse_id for r in receipts if r.kind == GoodsReceipt.PURCHASE and r.place_id is None}
    moves = StockMove.objects.filter(source_table=GoodsReceipt._meta.db_table, source_id__in=houses, sign=1).exclude(demand_table="")
    came = list(moves.order_by("id"))
    if not came:
        return
    ties: dict[tuple[str, int], list[Peg]] = defaultdict(list)
    for peg in Peg.objects.filter(
        supply_table__in={m.demand_table for m in came}, supply_line__in={m.demand_line for m in came}, kind=Peg.BACK_TO_BACK
    ).order_by("pk"):
        ties[peg.supply_table, peg.supply_line].append(peg)
    handed: dict[int, Decimal] = {}
    requests = []
    for move in came:
        left = move.quantity
        for peg in ties[move.demand_table, move.demand_line or 0]:
            part = min(left, peg.quantity - peg.handed_over - handed.get(peg.pk, Decimal(0)))
            if part > 0:
                handed[peg.pk] = handed.get(peg.pk, Decimal(0)) + part
                left -= part
                requests.append(
                    ReservationRequest(move.company_id, move.product_id, houses[move.source_id], part, (peg.demand_table, peg.demand_line))
                )
    if requests:
        reserve(requests, partly=True)
        hand_over(handed)
