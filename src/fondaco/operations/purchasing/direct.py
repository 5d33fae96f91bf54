"""What a vendor sends straight to a customer of ours (OM-05): his receipts of it, as he announced them or as they are booked.

A draft says what he announced, lots included; it is booked with the customer's delivery, by the room that sold the goods.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.operations.inventory.models import GoodsReceipt, GoodsReceiptLine
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.queries import DEMAND, UNIT_COST_DECIMALS, net_price
from fondaco.operations.supply.models import Peg
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.money import ZERO, rounded


@dataclass(frozen=True, slots=True)
class Sent:
    """So much of a line of a purchase order that its vendor sends straight to the customer; ``lots`` as people write them."""

    line: PurchaseOrderLine
    quantity: Decimal
    second: Decimal | None = None
    is_estimated: bool = False
    lots: str = ""


def to_send(lines: Iterable[int]) -> dict[int, Decimal]:
    """What of lines of purchase orders is tied to customers' orders and goes straight to them, not booked yet; one statement."""
    found: dict[int, Decimal] = {}
    rows = Peg.objects.filter(kind=Peg.DIRECT, supply_table=DEMAND, supply_line__in=list(lines))
    for line, quantity, gone in rows.values_list("supply_line", "quantity", "handed_over"):
        found[line] = found.get(line, ZERO) + quantity - gone
    return found


def announced_direct(lines: Iterable[int]) -> dict[int, list[GoodsReceiptLine]]:
    """What vendors announced of lines, and nobody has booked: by line, the lines of draft receipts, the earliest first; one statement."""
    found: dict[int, list[GoodsReceiptLine]] = {}
    rows = GoodsReceiptLine.objects.filter(
        receipt__state="draft", receipt__kind=GoodsReceipt.DIRECT, demand_table=DEMAND, demand_line__in=list(lines)
    )
    for row in rows.select_related("receipt").order_by("receipt_id", "position", "pk"):
        found.setdefault(row.demand_line or 0, []).append(row)
    return found


def receipts_of(
    groups: Sequence[tuple[PurchaseOrder, Sequence[Sent], GoodsReceipt | None]],
    on: date,
    actor: Actor,
    houses: Mapping[int, int | None] | None = None,
) -> list[GoodsReceipt]:
    """Write a draft receipt for each group of what was sent, or bring the one that was announced to it; in the order given.

    Costs are the order's net prices in company currency at the rate of the day, to six decimals, as on a receipt into the house. ``houses``
    by place in ``groups``: another warehouse than the order's, to which what comes back will come. Statements: constant.
    """
    companies = Company.objects.in_bulk({order.company_id for order, _sent, _receipt in groups})
    rates = {pk: rate_table(c, {o.currency_id for o, _sent, _r in groups if o.company_id == pk}) for pk, c in companies.items()}
    made, fresh, kept = [], [], []
    for place, (order, _sent, known) in enumerate(groups):
        receipt = known or GoodsReceipt(
            company_id=order.company_id, vendor_id=order.vendor_id, on=on, kind=GoodsReceipt.DIRECT, source_table=PurchaseOrder._meta.db_table, source_id=order.pk,
        )  # fmt: skip
        receipt.on, receipt.warehouse_id = on, (houses or {}).get(place) or order.warehouse_id or 0
        (kept if known is not None else fresh).append(receipt)
        made.append(receipt)
    insert_rows(GoodsReceipt, fresh)
    if kept:
        DocumentSet(GoodsReceipt, kept, actor).save("on", "warehouse")
        GoodsReceiptLine.objects.filter(receipt__in=kept).delete()
    lines = []
    for receipt, (order, sent, _known) in zip(made, groups, strict=True):
        rate = rates[order.company_id].rate(order.currency_id or "", on)
        lines += [
            GoodsReceiptLine(
                receipt=receipt, position=position, product_id=s.line.product_id, quantity=s.quantity, second_quantity=s.second, is_estimated=s.is_estimated, lots=s.lots,
                unit_cost=rounded(net_price(s.line) * rate, UNIT_COST_DECIMALS), demand_table=DEMAND, demand_line=s.line.pk,
            )
            for position, s in enumerate(sent, start=1)
        ]  # fmt: skip
    insert_rows(GoodsReceiptLine, lines)
    return made


def forget(lines: Iterable[int]) -> None:
    """Drop what was announced of lines and is booked otherwise, with the draft receipts of which nothing is left. Three statements at most."""
    rows = GoodsReceiptLine.objects.filter(
        receipt__state="draft", receipt__kind=GoodsReceipt.DIRECT, demand_table=DEMAND, demand_line__in=list(lines)
    )
    receipts = set(rows.values_list("receipt_id", flat=True))
    if receipts:
        rows.delete()
        GoodsReceipt.objects.filter(pk__in=receipts, lines__isnull=True).delete()
