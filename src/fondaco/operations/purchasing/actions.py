"""The verbs of purchase orders (confirm, receive, close, reopen, cancel) and of the contracts they are called off from."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.payables import matching
from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.inventory.models import GoodsReceipt, GoodsReceiptLine, Warehouse
from fondaco.operations.inventory.refusals import NoSecondUnit
from fondaco.operations.inventory.weighing import whole
from fondaco.operations.purchasing.approving import ASKABLE, ORDERS, require_asked
from fondaco.operations.purchasing.contracts import call_off
from fondaco.operations.purchasing.direct import to_send
from fondaco.operations.purchasing.models import ContractLine, PurchaseContract, PurchaseOrder
from fondaco.operations.purchasing.queries import (
    DEMAND,
    UNIT_COST_DECIMALS,
    credit_lines,
    is_goods,
    measured_lines,
    net_price,
    open_lines,
    ordered_lines,
    to_receive,
)
from fondaco.operations.purchasing.refusals import (
    AllReceived,
    NoHouse,
    NoSuchOrderLine,
    NothingAgreed,
    NothingOrdered,
    OrderInUse,
    SentStraight,
)
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Draft

matching.register(matching.Provider(DEMAND, ordered_lines, open_lines, credit_lines))

Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]


@action(PurchaseOrder, moves={"draft": "confirmed"}, permission="purchasing.confirm_order", title=_("Confirm"), done=_("Ordered"))
def confirm(orders: DocumentSet[PurchaseOrder]) -> None:
    """Order from vendors: number the orders, choose a warehouse where goods are ordered and none is named, expect the goods."""
    approvals.require(ORDERS, orders.ids)
    lines = measured_lines(orders.ids)
    houses: dict[int, list[Warehouse]] = defaultdict(list)
    for house in Warehouse.objects.filter(company__in={o.company_id for o in orders}, is_active=True).order_by("pk"):
        houses[house.company_id].append(house)
    for order in orders:
        if not lines[order.pk]:
            raise NothingOrdered(document=order, rows=rows_json([order]))
        if order.warehouse_id is None and any(is_goods(ln) for ln in lines[order.pk]):
            if not houses[order.company_id]:
                raise NoHouse(document=order, company=order.company, rows=rows_json([order]))
            order.warehouse = houses[order.company_id][0]
    call_off(orders.rows, lines)
    orders.number()
    orders.save("warehouse")


@action(
    PurchaseOrder,
    moves={"draft": "draft", "confirmed": "confirmed"},
    permission="purchasing.write_order",
    title=_("Ask for approval"),
    done=_("Asked for approval"),
    only_when=ASKABLE,
)
def ask_approval(orders: DocumentSet[PurchaseOrder]) -> None:
    """Ask for the approval that a policy wants before orders are confirmed; the approvers are told by mail."""
    orders.made["approval-requests"] = approvals.ask(ORDERS, orders.ids, actor=orders.actor)


@action(
    PurchaseOrder,
    moves={"confirmed": "confirmed"},
    permission="purchasing.receive_order",
    title=_("Receive"),
    done=_("Receipt drafted: check the quantities and post it"),
)
def receive(
    orders: DocumentSet[PurchaseOrder],
    *,
    on: date,
    quantities: Annotated[dict[int, Quantity], Field(json_schema_extra={"by_line": "quantity", "beside": ["quantity", "received"]})] = {},  # noqa: B006  a default for the doors, never changed
    second_quantities: Annotated[dict[int, Quantity], Field(json_schema_extra={"by_line": "second"})] = {},  # noqa: B006  a default for the doors, never changed
    lots: Annotated[dict[int, str], Field(json_schema_extra={"by_line": "lots"})] = {},  # noqa: B006  a default for the doors, never changed
) -> None:
    """Draft a goods receipt an order, with what is still to come or the quantities given by line, at the order's prices.

    What its vendor sends straight to a customer does not come here, unless its quantity is given: it is booked on the customer's order.

    ``lots`` by line are the lots or serial numbers of tracked goods, as on the line of a receipt, where they can be written too.

    Goods of catch weight come by the piece (``second_quantities``); until the receipt says what they weigh, that is estimated by the nominal factor.

    Costs are brought into company currency at the rate of the receipt's day, to six decimals.
    """
    require_asked(orders.ids)
    lines = measured_lines(orders.ids)
    goods = {ln.pk for rows in lines.values() for ln in rows if is_goods(ln)}
    strange = [key for key in [*quantities, *second_quantities, *lots] if key not in goods]
    if strange:
        raise NoSuchOrderLine(line=strange[0], document=", ".join(map(str, orders)), fields={f"quantities.{strange[0]}": strange[0]})
    companies = Company.objects.in_bulk({o.company_id for o in orders})
    rates = {pk: rate_table(c, {o.currency_id for o in orders if o.company_id == pk}) for pk, c in companies.items()}
    drafts = []
    elsewhere = {} if quantities or second_quantities else to_send(goods)
    for order in orders:
        wanted = _wanted(order, lines[order.pk], quantities, second_quantities, elsewhere)
        rate = rates[order.company_id].rate(order.currency_id or "", on)
        receipt = GoodsReceipt(
            company_id=order.company_id, warehouse_id=order.warehouse_id, vendor_id=order.vendor_id, on=on,
            source_table=PurchaseOrder._meta.db_table, source_id=order.pk,
        )  # fmt: skip
        received = [
            GoodsReceiptLine(
                product_id=ln.product_id, quantity=q, **_pieces(ln, q, quantities, second_quantities), lots=lots.get(ln.pk, ""), unit_cost=rounded(net_price(ln) * rate, UNIT_COST_DECIMALS), demand_table=DEMAND, demand_line=ln.pk
            )
            for ln, q in wanted
        ]  # fmt: skip
        drafts.append(Draft(receipt, received))
    orders.made["goods-receipts"] = [r.pk for r in write_papers(drafts, "receipt")]


def _wanted(
    order: PurchaseOrder,
    lines: Sequence[Any],
    quantities: dict[int, Decimal],
    pieces: dict[int, Decimal],
    elsewhere: dict[int, Decimal],
) -> list[tuple[Any, Decimal]]:
    if quantities or pieces:
        wanted = [(ln, quantities.get(ln.pk) or _nominal(ln, pieces[ln.pk])) for ln in lines if ln.pk in quantities or ln.pk in pieces]
    else:
        expected = [(ln, to_receive(ln) - elsewhere.get(ln.pk, ZERO)) for ln in lines]
        wanted = [(ln, quantity) for ln, quantity in expected if quantity > 0]
        if not wanted and any(elsewhere.get(ln.pk) for ln in lines):
            raise SentStraight(document=order, rows=rows_json([order]))
    if not wanted:
        raise AllReceived(document=order, rows=rows_json([order]))
    return wanted


def _nominal(line: Any, pieces: Decimal) -> Decimal:
    if line.product.second_factor is None:
        raise NoSecondUnit(product=line.product, quantity=figure(pieces), fields={f"second_quantities.{line.pk}": pieces})
    return rounded(pieces * line.product.second_factor, 6)


def _pieces(line: Any, quantity: Decimal, quantities: dict[int, Decimal], pieces: dict[int, Decimal]) -> dict[str, Any]:
    """What the line of a receipt says of pieces, for goods of catch weight: those given, else those ordered or nearest to the weight."""
    if line.product.second_factor is None:
        return {}
    second = pieces.get(line.pk)
    if second is None and line.second_quantity is not None and line.pk not in quantities:
        second = line.second_quantity - line.second_received - line.second_given_up
    return {"second_quantity": second or whole(line.product, quantity), "is_estimated": line.pk not in quantities}


@action(PurchaseOrder, moves={"confirmed": "closed"}, permission="purchasing.close_order", title=_("Close"), done=_("Closed"))
def close(orders: DocumentSet[PurchaseOrder]) -> None:
    """Expect nothing more of orders."""


@action(PurchaseOrder, moves={"closed": "confirmed"}, permission="purchasing.close_order", title=_("Reopen"), done=_("Open again"))
def reopen(orders: DocumentSet[PurchaseOrder]) -> None:
    """Expect the rest of closed orders again, as far as their contracts allow."""
    call_off(orders.rows, measured_lines(orders.ids))


@action(
    PurchaseOrder,
    moves={"draft": "cancelled", "confirmed": "cancelled"},
    permission="purchasing.close_order",
    title=_("Cancel"),
    needs_reason=True,
    dangerous=True,
    done=_("Cancelled"),
)
def cancel(orders: DocumentSet[PurchaseOrder]) -> None:
    """Call orders off of which nothing came yet."""
    lines = measured_lines(orders.ids)
    for order in orders:
        for line in lines[order.pk]:
            if line.received > ZERO or line.given_up > ZERO:
                raise OrderInUse(
                    document=order, received=figure(line.received + line.given_up), product=line.product, rows=rows_json([order])
                )


@action(
    PurchaseContract,
    moves={"draft": "in_force"},
    permission="purchasing.sign_contract",
    title=_("Bring into force"),
    done=_("In force: orders are called off from it"),
)
def sign(contracts: DocumentSet[PurchaseContract]) -> None:
    """Bring contracts into force: from now on orders take their prices, and what they call off is counted."""
    filled = set(ContractLine.objects.filter(contract__in=contracts.ids).values_list("contract_id", flat=True))
    for contract in contracts:
        if contract.pk not in filled:
            raise NothingAgreed(document=contract, rows=rows_json([contract]))
    contracts.number()


@action(
    PurchaseContract, moves={"in_force": "ended"}, permission="purchasing.sign_contract", title=_("End"), needs_reason=True, done=_("Ended")
)
def end(contracts: DocumentSet[PurchaseContract]) -> None:
    """End contracts before their last day: nothing more is called off; orders in force stay."""


@action(PurchaseContract, moves={"draft": "cancelled"}, permission="purchasing.sign_contract", title=_("Cancel"), done=_("Cancelled"))
def drop(contracts: DocumentSet[PurchaseContract]) -> None:
    """Give up drafts of contracts."""
