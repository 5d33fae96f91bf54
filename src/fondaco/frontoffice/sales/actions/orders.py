"""The verbs of an order: confirm, cancel, close, deliver, invoice, take back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.invoicing.actions import draft as draft_invoices
from fondaco.finance.invoicing.actions import post as post_invoices
from fondaco.finance.invoicing.crediting import credit_quantities, credited_so_far
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.receivables.credit import release as release_credit
from fondaco.frontoffice.sales.approving import ASKABLE_ORDERS, ORDERS, countered_by, counters_of, cut
from fondaco.frontoffice.sales.blankets import draw
from fondaco.frontoffice.sales.credit import held, paper_of
from fondaco.frontoffice.sales.holds import fire, open_holds
from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.frontoffice.sales.procuring import Part, book_direct, let_go, procure
from fondaco.frontoffice.sales.promising import promise_orders, review
from fondaco.frontoffice.sales.queries import (
    DEMAND,
    asked_ahead,
    coming_back,
    drafted,
    finished,
    is_goods,
    lines_of,
    measured_lines,
    most,
    to_deliver,
    to_invoice,
)
from fondaco.frontoffice.sales.refusals import (
    AllDelivered,
    ComesBackAuthorised,
    DeliveredAlready,
    MoreThanDelivered,
    MoreThanOrdered,
    NoSuchLine,
    NothingOffered,
    NothingToDeliver,
    NothingToInvoice,
    NothingToTakeBack,
    NoWarehouse,
    WarehouseOfOther,
)
from fondaco.frontoffice.sales.returning import Coming, return_papers
from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.approvals.refusals import NothingToApprove
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.actions import post_issue, post_return
from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine, GoodsReturn, GoodsReturnLine, Warehouse
from fondaco.operations.inventory.moving import ReservationRequest, release, reserve
from fondaco.operations.inventory.weighing import whole
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import perform, rows_json
from fondaco.platform.events.bus import emit
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Draft
from fondaco.platform.resources.schema import Text

#: How long an order with nothing left to do stays open, for what may still come up.
QUIET_DAYS = 14
Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
Amount = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=4)]
#: Key of an order line -> quantity; empty: everything.
Quantities = dict[int, Quantity]
Leaving = Annotated[Quantities, Field(json_schema_extra={"by_line": "quantity", "beside": ["quantity", "reserved", "delivered"]})]
Returning = Annotated[Quantities, Field(json_schema_extra={"by_line": "quantity", "beside": ["delivered", "returned"]})]
#: Key of an order line -> pieces, of goods with a second unit.
Pieces = Annotated[Quantities, Field(json_schema_extra={"by_line": "second"})]
PiecesBack = Annotated[Quantities, Field(json_schema_extra={"by_line": "second"})]
#: How much of the down payments is taken off an invoice.
TakenOff = Literal["all", "in_proportion", "none"]
#: Key of an order line -> its lots or serial numbers, as on the line of a delivery; empty: the first expiring ones.
LotsOfLines = Annotated[dict[int, str], Field(json_schema_extra={"by_line": "lots"})]


def told(order: Order, actor: Actor, title: str, *, on: date, body: str = "") -> Interaction:
    """What happened to an order, for the customer's timeline."""
    return Interaction(
        party_id=order.customer_id,
        company_id=order.company_id,
        on=on,
        kind="order",
        channel=actor.channel,
        direction="in",
        title=title.format(number=order),
        body=body,
        source_table=Order._meta.db_table,
        source_id=order.pk,
        amount=order.gross,
        currency_id=order.currency_id,
        by=actor.username,
    )


@action(
    Order,
    moves={"draft": "confirmed"},
    permission="sales.confirm_order",
    title=_("Confirm"),
    done=_("Confirmed; goods reserved, unless it is on hold"),
)
def confirm(orders: DocumentSet[Order], *, on: date | None = None) -> None:
    """Confirm orders: number them, promise each line a day and reserve their goods, so that nothing is promised twice.

    What is called off from a blanket order is counted from now on, and refused beyond what is left of it.
    An order that wants an approval by its margin, discounts or credit is refused until it has it as it stands; one that says what an accepted
    quote said has it. An order that takes its customer over his credit limit, whose customer is overdue too long, or that a rule stops, is put on hold instead.
    An order that may be confirmed with what is there takes that and owes the rest; any other is refused when goods are short.
    """
    day = on or timezone.localdate()
    lines = lines_of(OrderLine, orders.ids)
    empty = [o for o in orders if not lines[o.pk]]
    if empty:
        raise NothingOffered(document=", ".join(map(str, empty)), verb=_("confirm"), rows=rows_json(empty))
    approvals.require(ORDERS, orders.ids, actor=orders.actor)
    draw(orders.rows, lines)
    goods = _goods_of(lines)
    _choose_warehouses(orders.rows, {o.pk for o in orders if any(ln.product_id in goods for ln in lines[o.pk])})
    promise_orders(orders.rows, lines, goods)
    orders.number()
    fire(orders.rows)
    stopped = held(orders.rows, day) | set(open_holds(orders.ids))
    for o in orders:
        if o.pk in stopped:
            o.state = "held"
    # Their state is written here: the verb itself moves the others only.
    DocumentSet(Order, [o for o in orders if o.pk in stopped], orders.actor).save("state", "warehouse")
    _take_on([o for o in orders if o.pk not in stopped], lines, goods, day, orders.actor)
    record([told(o, orders.actor, _now("Order {number} is on hold"), on=day, body=o.reference) for o in orders if o.pk in stopped])


@action(
    Order,
    moves={"draft": "draft", "held": "held", "confirmed": "confirmed"},
    permission="sales.write_order",
    name="ask_order_approval",
    title=_("Ask for approval"),
    done=_("Asked for approval"),
    only_when=ASKABLE_ORDERS,
)
def ask_approval(orders: DocumentSet[Order], *, words: Annotated[Text, Field(max_length=10_000)] = "") -> None:
    """Ask for the approval that policies want before orders are confirmed, or before goods leave for amended ones; the approvers are told by mail.

    ``words`` are for them: why it is worth it.
    """
    judged = {s.pk for s in ORDERS.subjects(orders.ids)}
    agreed = [o for o in orders if o.pk not in judged]
    if agreed:
        raise NothingToApprove(document=", ".join(map(str, agreed)), rows=rows_json(agreed))
    orders.made["approval-requests"] = approvals.ask(ORDERS, orders.ids, actor=orders.actor, words=words)
    day = timezone.localdate()
    record([told(o, orders.actor, _now("Approval asked for order {number}"), on=day, body=words) for o in orders])


@action(
    Order,
    moves={"draft": "draft"},
    permission="sales.write_order",
    name="take_order_counter",
    title=_("Take over the counter-proposal"),
    done=_("Discounts cut; approved as it stands"),
    only_when=countered_by(Order._meta.db_table),
)
def take_counter(orders: DocumentSet[Order]) -> None:
    """Cut the discounts of orders to what their approvers agreed to; so they are approved, and may be confirmed."""
    cut(orders.actor, Order, OrderLine, "orders", counters_of(Order, orders.ids))


def go_on(orders: Sequence[Order], day: date, actor: Actor) -> None:
    """Confirm orders that were on hold and that neither holds nor credit stop any more: reserve their goods."""
    stopped = held(orders, day)
    free = [o for o in orders if o.pk not in stopped]
    lines = lines_of(OrderLine, [o.pk for o in free])
    _take_on(free, lines, _goods_of(lines), day, actor)
    for o in free:
        o.state = "confirmed"
    DocumentSet(Order, free, actor).save("state")


def _take_on(orders: Sequence[Order], lines: dict[int, list[Any]], goods: set[int], day: date, actor: Actor) -> None:
    """Reserve the goods of orders that nothing stops, and tell their customers' timelines."""
    _choose_warehouses(orders, {o.pk for o in orders if any(ln.product_id in goods for ln in lines[o.pk])})
    for o in orders:
        o.confirmed_on = day
    DocumentSet(Order, orders, actor).save("confirmed_on", "warehouse")
    wanted = [(o, ln, ln.quantity) for o in orders for ln in lines[o.pk] if ln.product_id in goods and not ln.is_bought]
    # First those that take all or nothing: what one that is content with less takes would be missing to them.
    for partly in (False, True):
        reserve([requested(o, ln, quantity) for o, ln, quantity in wanted if o.reserve_partly is partly], partly=partly)
    if any(ln.is_bought for rows in lines.values() for ln in rows):
        procure(orders, measured_lines(o.pk for o in orders), actor)
    record([told(o, actor, _now("Order {number}"), on=day, body=o.reference) for o in orders])


def _goods_of(lines: dict[int, list[Any]]) -> set[int]:
    keys = {ln.product_id for rows in lines.values() for ln in rows}
    return set(Product.objects.filter(pk__in=keys, kind="goods").values_list("pk", flat=True))


@action(
    Order,
    moves={"held": "held", "confirmed": "confirmed"},
    permission="sales.approve_credit",
    title=_("Release credit"),
    needs_reason=True,
    done=_("Released"),
)
def approve_credit(orders: DocumentSet[Order], *, amount: Amount | None = None, on: date | None = None) -> None:
    """Let orders go on although credit stops them, up to ``amount`` in company currency (their own total when empty), for a reason.

    Held orders are confirmed and their goods reserved, unless another hold stops them; confirmed ones may be shipped. Who entered or
    changed an order cannot release it.
    """
    day = on or timezone.localdate()
    lines = lines_of(OrderLine, orders.ids)
    entered = {o.pk: {o.created_by, *(ln.created_by for ln in lines[o.pk])} for o in orders}
    release_credit(
        [paper_of(o) for o in orders], stage="order", on=day, reason=orders.reason, actor=orders.actor, entered_by=entered, amount=amount
    )
    others = open_holds(orders.ids)
    go_on([o for o in orders if o.state == "held" and o.pk not in others], day, orders.actor)


@action(Order, moves={"held": "draft"}, permission="sales.confirm_order", title=_("Take back to draft"), done=_("A draft again"))
def withdraw(orders: DocumentSet[Order]) -> None:
    """Take orders off hold as drafts: to change them, or to confirm them again when the customer has paid."""


def requested(order: Order, line: Any, quantity: Decimal) -> ReservationRequest:
    """What a line of an order asks of its warehouse."""
    return ReservationRequest(order.company_id, line.product_id, order.warehouse_id or 0, quantity, (DEMAND, line.pk))


def _choose_warehouses(orders: Sequence[Order], with_goods: set[int]) -> None:
    """The first active warehouse of the company where an order names none; one statement."""
    houses: dict[int, list[Warehouse]] = defaultdict(list)
    for house in Warehouse.objects.filter(company__in={o.company_id for o in orders}).order_by("pk"):
        houses[house.company_id].append(house)
    for order in orders:
        own = houses[order.company_id]
        if order.warehouse_id is None and order.pk in with_goods:
            order.warehouse_id = next((h.pk for h in own if h.is_active), None)
            if order.warehouse_id is None:
                raise NoWarehouse(document=order, company=order.company, rows=rows_json([order]))
        elif order.warehouse_id is not None and order.warehouse_id not in {h.pk for h in own}:
            raise WarehouseOfOther(document=order, warehouse=order.warehouse, rows=rows_json([order]))


@action(
    Order,
    moves={"draft": "cancelled", "held": "cancelled", "confirmed": "cancelled"},
    permission="sales.cancel_order",
    title=_("Cancel"),
    needs_reason=True,
    dangerous=True,
    done=_("Cancelled"),
)
def cancel(orders: DocumentSet[Order]) -> None:
    """Call orders off, and give up what is reserved for them; refused once goods left or an invoice was written."""
    lines, ahead = measured_lines(orders.ids), asked_ahead(orders.ids)
    for o in orders:
        gone = sum((ln.delivered for ln in lines[o.pk]), ZERO)
        billed = sum((ln.invoiced for ln in lines[o.pk]), ZERO)
        if gone or billed or ahead[o.pk]:
            what = _now("goods were delivered") if gone else _now("it was invoiced") if billed else _now("a down payment was invoiced")
            raise DeliveredAlready(document=o, what=what, rows=rows_json([o]))
    release(DEMAND, [ln.pk for rows in lines.values() for ln in rows])
    let_go(orders.rows, lines, {ln.pk: ZERO for rows in lines.values() for ln in rows}, orders.reason)
    day = timezone.localdate()
    record([told(o, orders.actor, _now("Order {number} cancelled"), on=day, body=orders.reason) for o in orders])


@action(Order, moves={"confirmed": "closed"}, permission="sales.cancel_order", title=_("Close"), done=_("Closed"))
def close(orders: DocumentSet[Order]) -> None:
    """Close orders: nothing more will be delivered, and what is reserved is given up. What was delivered can still be invoiced."""
    lines = measured_lines(orders.ids)
    release(DEMAND, [ln.pk for rows in lines.values() for ln in rows])
    let_go(
        orders.rows, lines, {ln.pk: ln.delivered for rows in lines.values() for ln in rows}, orders.reason or _now("The order was closed.")
    )


def close_quiet(actor: Actor, on: date) -> list[int]:
    """Close orders with nothing left to deliver or to invoice, on which nothing happened for ``QUIET_DAYS``: the keys of those that were."""
    done = finished(on - timedelta(days=QUIET_DAYS))
    return perform(actor, close, done, {}).ids if done else []


@action(Order, moves={"closed": "confirmed"}, permission="sales.confirm_order", title=_("Reopen"), done=_("Open again"))
def reopen(orders: DocumentSet[Order]) -> None:
    """Open closed orders again, as far as their blanket orders allow; what is still owed is reserved as far as it is there."""
    lines = measured_lines(orders.ids)
    draw(orders.rows, lines)
    _reserve_rest(orders.rows, lines)


@action(Order, moves={"confirmed": "confirmed"}, permission="sales.confirm_order", title=_("Reserve"), done=_("Reserved"))
def reserve_rest(orders: DocumentSet[Order]) -> None:
    """Reserve what orders still owe, as far as it is there."""
    _reserve_rest(orders.rows, measured_lines(orders.ids))


@action(
    Order,
    moves={"confirmed": "confirmed"},
    permission="sales.confirm_order",
    title=_("Look at promises"),
    done=_("Promises looked at"),
)
def review_promises(orders: DocumentSet[Order]) -> None:
    """See whether what orders were promised can still be kept, as supply stands now; a promise that broke is told to the customer's timeline."""
    tell_broken(review(orders.rows), orders.actor)


def tell_broken(orders: Sequence[Order], actor: Actor) -> None:
    """Tell timelines and whoever reacts (``sales.promise_broken``) of orders of which a promise broke that held until now."""
    if orders:
        day = timezone.localdate()
        record([told(o, actor, _now("A promise of order {number} cannot be kept"), on=day) for o in orders])
        emit("sales.promise_broken", DocumentSet(Order, list(orders), actor))


def _reserve_rest(orders: Sequence[Order], lines: dict[int, list[Any]]) -> None:
    """Reserve what is owed and not yet reserved, older orders first; ``reserved`` of the lines follows."""
    short = [
        (o, ln)
        for o in sorted(orders, key=lambda o: (o.confirmed_on, o.pk))
        for ln in lines[o.pk]
        if to_deliver(ln) > ln.reserved and not ln.is_bought
    ]
    given = reserve([requested(o, ln, to_deliver(ln) - ln.reserved) for o, ln in short], partly=True)
    for (_o, line), quantity in zip(short, given, strict=True):
        line.reserved += quantity


@action(
    Order,
    moves={"confirmed": "confirmed"},
    permission="sales.confirm_order",
    name="procure",
    title=_("Buy for the order"),
    done=_("Purchase orders drafted"),
)
def buy_for_orders(orders: DocumentSet[Order]) -> None:
    """Draft purchases for what is not bought yet of lines that are bought for the order, as after an amendment; the buyer confirms them."""
    orders.made["purchase-orders"] = procure(orders.rows, measured_lines(orders.ids), orders.actor)


@action(
    Order,
    moves={"confirmed": "confirmed"},
    permission="sales.deliver_order",
    name="sent_by_vendor",
    title=_("Sent by the vendor"),
    done=_("Delivery booked"),
    only_when=Q(pk__in=OrderLine.objects.filter(procured=OrderLine.DIRECT).values("order")),
)
def sent_by_vendor(
    orders: DocumentSet[Order],
    *,
    on: date,
    quantities: Annotated[
        Quantities, Field(json_schema_extra={"by_line": "quantity", "beside": ["quantity", "delivered", "announced"]})
    ] = {},  # noqa: B006  a default for the doors, never changed
    second_quantities: Pieces = {},  # noqa: B006  a default for the doors, never changed
    lots: LotsOfLines = {},  # noqa: B006  a default for the doors, never changed
) -> None:
    """Book what vendors sent straight to the customers: it is received and delivered at once, is cost of goods sold, and never lies in our stock.

    Left empty, it is what vendors announced, else all that they were asked to send. Of tracked goods the lots are named, here or by the vendor's
    announcement; goods of catch weight weigh what is said, else what was ordered.
    """
    lines = measured_lines(orders.ids)
    for given in (quantities, second_quantities, lots):
        check_lines(orders.rows, lines, given)
    asked: dict[int, Part] = {}
    for order in orders:
        for line in lines[order.pk]:
            if is_goods(line) and (line.pk in quantities or line.pk in second_quantities):
                asked[line.pk] = _asked(line, quantities, second_quantities, lots)
                _refuse_more(order, asked[line.pk])
    book_direct(orders, lines, asked, lots, on)


@action(Order, moves={"confirmed": "confirmed"}, permission="sales.deliver_order", title=_("Deliver"), done=_("Delivered"))
def deliver(
    orders: DocumentSet[Order],
    *,
    on: date,
    quantities: Leaving = {},  # noqa: B006  a default for the doors, never changed
    second_quantities: Pieces = {},  # noqa: B006  a default for the doors, never changed
    lots: LotsOfLines = {},  # noqa: B006  a default for the doors, never changed
    carrier: str = "",
    tracking: str = "",
) -> None:
    """Ship orders: one delivery each, posted, with what is owed as far as it is in stock, or with the quantities given by line.

    Of tracked goods the first expiring lots leave, or those given by line. Goods leave at what they cost in the same transaction (IV-01); reservations are used up.
    Goods of catch weight leave by the piece (``second_quantities``), with the weight given, or what the books say of these pieces.
    """
    lines = measured_lines(orders.ids)
    for given in (quantities, second_quantities, lots):
        check_lines(orders.rows, lines, given)
    if not quantities and not second_quantities:
        _reserve_rest(orders.rows, lines)
    drafts = [
        _delivery_of(o, on, _to_ship(o, lines[o.pk], quantities, second_quantities, lots), lots, carrier=carrier, tracking=tracking)
        for o in orders
    ]
    issues = write_papers(drafts, "issue")
    post_issue(DocumentSet(GoodsIssue, issues, orders.actor, orders.reason))
    orders.made["deliveries"] = [i.pk for i in issues]


@action(
    Order,
    moves={"confirmed": "confirmed"},
    permission="sales.deliver_order",
    name="draft_delivery",
    title=_("Hand to the warehouse"),
    done=_("Delivery drafted"),
)
def draft_delivery(orders: DocumentSet[Order], *, on: date) -> None:
    """Draft a delivery an order, with what is reserved and on no other draft: the warehouse picks it, and ships what it found."""
    lines = measured_lines(orders.ids)
    _reserve_rest(orders.rows, lines)
    waiting = dict(OrderLine.objects.filter(order__in=orders.ids).annotate(drafted=drafted()).values_list("pk", "drafted"))
    drafts = []
    for o in orders:
        for line in lines[o.pk]:
            line.reserved = min(line.reserved, to_deliver(line)) - waiting[line.pk]
        drafts.append(_delivery_of(o, on, _to_ship(o, lines[o.pk], {}, {}, {})))
    orders.made["deliveries"] = [i.pk for i in write_papers(drafts, "issue")]


def _delivery_of(order: Order, on: date, wanted: Sequence[Part], lots: LotsOfLines = {}, **values: Any) -> Draft:  # noqa: B006  never changed
    issue = GoodsIssue(
        leaves_as=GoodsIssue.REPLACEMENT if order.authorisation_id else GoodsIssue.SALE,
        company_id=order.company_id, warehouse_id=order.warehouse_id, customer_id=order.customer_id, on=on, ship_to=order.shipping_address,
        source_table=Order._meta.db_table, source_id=order.pk, **values,
    )  # fmt: skip
    shipped = [
        GoodsIssueLine(
            product_id=p.line.product_id, quantity=p.quantity, second_quantity=p.second, is_estimated=p.is_estimated, lots=lots.get(p.line.pk, ""),
            demand_table=DEMAND, demand_line=p.line.pk,
        )
        for p in wanted
    ]  # fmt: skip
    return Draft(issue, shipped)


def check_lines(orders: Sequence[Any], lines: dict[int, list[Any]], given: Mapping[int, Any]) -> None:
    own = {ln.pk for rows in lines.values() for ln in rows}
    strangers = [key for key in given if key not in own]
    if strangers:
        raise NoSuchLine(line=strangers[0], document=", ".join(map(str, orders[:20])), fields={f"quantities.{strangers[0]}": strangers[0]})


def _to_ship(order: Order, lines: Sequence[Any], quantities: Quantities, pieces: Quantities, lots: Mapping[int, str]) -> list[Part]:
    """Lines and quantities of the next delivery of one order. Raises when there is nothing, or more than was ordered."""
    goods = [ln for ln in lines if is_goods(ln)]
    if quantities or pieces:
        wanted = [_asked(ln, quantities, pieces, lots) for ln in goods if ln.pk in quantities or ln.pk in pieces]
        for part in wanted:
            _refuse_more(order, part)
    else:
        wanted = [part for part in map(_reserved, goods) if part is not None]
    if not wanted:
        owed = next((ln for ln in goods if to_deliver(ln) > 0), None)
        if owed is None:
            raise AllDelivered(document=order, rows=rows_json([order]))
        raise NothingToDeliver(
            document=order, left=figure(to_deliver(owed)), product=owed.product, available=figure(owed.reserved), rows=rows_json([order])
        )
    return wanted


def _asked(line: Any, quantities: Quantities, pieces: Quantities, lots: Mapping[int, str]) -> Part:
    """What was said of a line: of goods of catch weight the pieces, and what they weigh where somebody has weighed them."""
    factor = line.product.second_factor
    if factor is None or (line.pk not in pieces and lots.get(line.pk)):
        return Part(line, quantities[line.pk])
    second = pieces.get(line.pk) or whole(line.product, quantities[line.pk])
    return Part(line, quantities.get(line.pk) or rounded(second * factor, 6), second, is_estimated=line.pk not in quantities)


def _reserved(line: Any) -> Part | None:
    """What of a line is reserved and owed; of goods of catch weight ordered by weight, the whole pieces that come nearest."""
    quantity = min(line.reserved, to_deliver(line))
    if quantity <= 0:
        return None
    factor = line.product.second_factor
    if factor is None:
        return Part(line, quantity)
    if line.second_quantity is not None:
        second = rounded(quantity * line.second_quantity / line.quantity, 6)
    else:
        second = whole(line.product, quantity)
        if second < 1 and line.delivered:
            return None
        if line.delivered + second * factor > most(line):
            second = second - 1 if second > 1 else rounded(quantity / factor, 6)
    return Part(line, rounded(second * factor, 6), second, is_estimated=True) if second > 0 else None


def _refuse_more(order: Order, part: Part) -> None:
    """No more than was ordered: in pieces where it was ordered by the piece, within its tolerance where goods of catch weight were ordered by weight."""
    line, by_piece = part.line, part.line.second_quantity is not None and part.second is not None
    if by_piece:
        asked, open_, ordered, delivered = (
            part.second,
            line.second_quantity - line.second_delivered,
            line.second_quantity,
            line.second_delivered,
        )
    else:
        ordered, delivered = line.quantity, line.delivered
        asked, open_ = part.quantity, to_deliver(line) if line.product.second_tolerance is None else most(line) - line.delivered
    if asked > open_:
        raise MoreThanOrdered(
            asked=figure(asked),
            product=line.product,
            document=order,
            ordered=figure(ordered),
            delivered=figure(delivered),
            rows=rows_json([order]),
        )


@action(
    Order,
    moves={"confirmed": "confirmed", "closed": "closed"},
    permission="sales.invoice_order",
    title=_("Invoice"),
    done=_("Invoice written"),
)
def invoice(orders: DocumentSet[Order], *, on: date, post: bool = False, down_payments: TakenOff = "all") -> None:
    """Draft one invoice an order, for the goods delivered and the services ordered that are not invoiced yet; ``post`` posts it.

    Price, discount and tax code are those of the order (PR-10); the rate of the code is that of the invoice's day. Posted down payments are
    taken off: all that is left of them, the share that is invoiced now of what is left to invoice, or nothing.
    """
    if post:
        may_post_invoices(orders)
    lines = measured_lines(orders.ids)
    drafts, shares = [], {}
    for o in orders:
        due = [(ln, to_invoice(ln)) for ln in lines[o.pk] if to_invoice(ln) > 0 and (is_goods(ln) or o.state == "confirmed")]
        if not due:
            raise NothingToInvoice(document=o, rows=rows_json([o]))
        shares[o.pk] = _share_taken_off(lines[o.pk], due) if down_payments == "in_proportion" else Decimal(1)
        drafts.append(Draft(invoice_of(o, on), [_invoice_line(ln, quantity) for ln, quantity in due]))
    keys = draft_invoices(drafts, actor=orders.actor, deducting=None if down_payments == "none" else shares)
    if post:
        post_invoices(DocumentSet(Invoice, [d.row for d in drafts], orders.actor, orders.reason))
    orders.made["invoices"] = keys


def _share_taken_off(lines: Sequence[Any], due: Sequence[tuple[Any, Decimal]]) -> Decimal:
    """The part that ``due`` is of all that is still to be invoiced, by net amounts."""
    left = sum((ln.net * max(ln.quantity - (ln.invoiced - ln.credited), ZERO) / ln.quantity for ln in lines), ZERO)
    now = sum((ln.net * quantity / ln.quantity for ln, quantity in due), ZERO)
    return now / left if left else Decimal(1)


def may_post_invoices(orders: DocumentSet[Any]) -> None:
    for company in {o.company_id for o in orders}:
        if not orders.actor.may(post_invoices.permission, company):
            raise NotAllowed(verb=str(post_invoices.title), what=Invoice._meta.verbose_name_plural, permission=post_invoices.permission)


def invoice_of(order: Order, on: date) -> Invoice:
    return Invoice(
        company_id=order.company_id,
        customer_id=order.customer_id,
        on=on,
        currency_id=order.currency_id,
        prices_include_tax=order.prices_include_tax,
        salesperson_id=order.salesperson_id,
        payment_term_id=order.payment_term_id,
        reference=order.reference or order.number or "",
        source_table=Order._meta.db_table,
        source_id=order.pk,
    )


def _invoice_line(line: Any, quantity: Decimal) -> InvoiceLine:
    made = InvoiceLine(
        product_id=line.product_id,
        description=line.description,
        quantity=quantity,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        tax_code_id=line.tax_code_id,
        tax_explanation=line.tax_explanation,
        source_table=DEMAND,
        source_id=line.pk,
    )
    # The code was agreed with the order: it is given, not determined again.
    made.given = frozenset({"tax_code"})
    return made


@action(
    Order,
    moves={"confirmed": "confirmed", "closed": "closed"},
    permission="sales.take_back",
    title=_("Take back"),
    needs_reason=True,
    done=_("Goods taken back"),
)
def take_back(
    orders: DocumentSet[Order],
    *,
    on: date,
    quantities: Returning = {},  # noqa: B006  a default for the doors, never changed
    second_quantities: PiecesBack = {},  # noqa: B006  a default for the doors, never changed
    lots: LotsOfLines = {},  # noqa: B006  a default for the doors, never changed
    credit: bool = True,
    post: bool = False,
) -> None:
    """Take goods back: everything that is with the customer, or the quantities given by line, at what they cost when they left.

    What is authorised to come back on a paper of its own is received there.

    With ``credit`` what was invoiced of them is credited at the original prices and rates; ``post`` posts the credit notes. Goods of catch weight
    come back by the piece (``second_quantities``), with the weight given or that with which they left.
    """
    if credit and post:
        may_post_invoices(orders)
    lines = measured_lines(orders.ids)
    for given in (quantities, second_quantities, lots):
        check_lines(orders.rows, lines, given)
    authorised = coming_back(ln.pk for rows in lines.values() for ln in rows)
    coming = {o.pk: _coming_back(o, lines[o.pk], quantities, second_quantities, authorised) for o in orders}
    back = [
        Coming(o, p.line, p.quantity, (DEMAND, p.line.pk), lots.get(p.line.pk, ""), second=p.second, is_estimated=p.is_estimated)
        for o in orders
        for p in coming[o.pk]
    ]
    returns = write_papers(return_papers(back, on, orders.reason), "goods_return")
    post_return(DocumentSet(GoodsReturn, returns, orders.actor, orders.reason))
    orders.made["returns"] = [r.pk for r in returns]
    if credit:
        came = [(p.line, q) for p, q in _came_back(returns, [p for rows in coming.values() for p in rows])]
        for line, quantity in came:
            line.returned += quantity
        wanted = to_credit([(ln, min(q, -to_invoice(ln))) for ln, q in came if to_invoice(ln) < 0])
        notes = credit_quantities(wanted, on=on, memo=orders.reason) if wanted else []
        if post and notes:
            written = list(Invoice.objects.filter(pk__in=notes).order_by("pk"))
            post_invoices(DocumentSet(Invoice, written, orders.actor, orders.reason))
        orders.made["invoices"] = notes


def _coming_back(
    order: Order, lines: Sequence[Any], quantities: Quantities, pieces: Quantities, authorised: Mapping[int, Decimal]
) -> list[Part]:
    """What comes back of the lines of an order: everything that is with the customer and not authorised to come back by itself, or what is given by line."""
    some = bool(quantities or pieces)
    coming = []
    for line in (ln for ln in lines if is_goods(ln)):
        out = line.delivered - line.returned
        free = out - authorised[line.pk]
        part = Part(line, quantities.get(line.pk, ZERO) if some else free)
        if line.second_delivered is not None:
            part = _pieces_back(line, quantities, pieces, some, free)
        if free < part.quantity <= out:
            raise ComesBackAuthorised(
                asked=figure(part.quantity), product=line.product, document=order, authorised=figure(authorised[line.pk]), there=figure(out),
                rows=rows_json([order]),
            )  # fmt: skip
        asked, of, back = (part.quantity, line.delivered, line.returned)
        if part.second is not None:
            asked, of, back = part.second, line.second_delivered, line.second_returned
        if asked > of - back or part.quantity > out:
            raise MoreThanDelivered(
                asked=figure(asked),
                product=line.product,
                document=order,
                delivered=figure(of),
                returned=figure(back),
                rows=rows_json([order]),
            )
        if part.quantity > 0:
            coming.append(part)
    if not coming:
        raise NothingToTakeBack(document=order, rows=rows_json([order]))
    return coming


def _pieces_back(line: Any, quantities: Quantities, pieces: Quantities, some: bool, free: Decimal) -> Part:
    """Goods of catch weight: the pieces given, or as many as the weight given is of what is with the customer."""
    out, held = line.delivered - line.returned, line.second_delivered - line.second_returned
    if not some:
        second = held if free == out else min(rounded(held * free / out, 0), held)
        return Part(line, free, second, is_estimated=True)
    if line.pk in pieces:
        second = pieces[line.pk]
        share = min(rounded(out * second / held, 6), out) if held else second
        return Part(line, quantities.get(line.pk) or share, second, is_estimated=line.pk not in quantities)
    if line.pk not in quantities:
        return Part(line, ZERO, ZERO)
    second = min(max(rounded(held * quantities[line.pk] / out, 0), Decimal(1)), held) if out else Decimal(1)
    return Part(line, quantities[line.pk], second)


def _came_back(returns: Sequence[GoodsReturn], coming: Sequence[Part]) -> list[tuple[Part, Decimal]]:
    """What came back of each line; of goods of catch weight what it weighed, one statement."""
    if all(p.second is None for p in coming):
        return [(p, p.quantity) for p in coming]
    weighed: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line, quantity in GoodsReturnLine.objects.filter(goods_return__in=[r.pk for r in returns]).values_list("demand_line", "quantity"):
        weighed[line or 0] += quantity
    return [(p, weighed[p.line.pk]) for p in coming]


def to_credit(owed: Sequence[tuple[Any, Decimal]]) -> dict[int, Decimal]:
    """Spread what is to be credited of order lines over their posted invoice lines, the latest first."""
    billed: dict[int, list[InvoiceLine]] = defaultdict(list)
    rows = InvoiceLine.objects.filter(
        source_table=DEMAND, source_id__in=[ln.pk for ln, _q in owed], invoice__kind=Invoice.INVOICE, invoice__state="posted"
    ).order_by("-pk")
    for row in rows:
        billed[row.source_id or 0].append(row)
    so_far = credited_so_far([row.pk for group in billed.values() for row in group])
    wanted: dict[int, Decimal] = {}
    for line, left in owed:
        for row in billed[line.pk]:
            part = min(left, row.quantity - so_far[row.pk][0])
            if part > 0:
                wanted[row.pk] = part
                left -= part
    return wanted


__all__ = [
    "approve_credit",
    "buy_for_orders",
    "cancel",
    "close",
    "confirm",
    "deliver",
    "invoice",
    "reopen",
    "reserve_rest",
    "review_promises",
    "sent_by_vendor",
    "take_back",
    "tell_broken",
    "withdraw",
]
