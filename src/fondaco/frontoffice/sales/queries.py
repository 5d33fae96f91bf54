"""Questions to quotes and orders that several callers ask: lines with what became of them, the customer's link, the flow."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection
from django.db.models import (
    Case,
    DateField,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Greatest, Least
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.sales.links import hash_of
from fondaco.frontoffice.sales.models import AMOUNT, QUANTITY, BlanketLine, BlanketOrder, Order, OrderLine, PromiseOutlook, Quote, QuoteLine
from fondaco.operations.inventory.models import GoodsIssueLine, GoodsReceipt, GoodsReceiptLine, Reservation, StockMove
from fondaco.operations.purchasing.models import PurchaseOrderLine
from fondaco.operations.shipping.queries import MADE_GOOD
from fondaco.operations.shipping.worth import sold
from fondaco.operations.supply.models import Peg
from fondaco.operations.warehouse.models import Shortage
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.flow import Step, flow_of
from fondaco.platform.money import ZERO, rounded

L = TypeVar("L", QuoteLine, OrderLine)

#: How stock and invoices name a line of an order as their source.
DEMAND = OrderLine._meta.db_table
MADE_GOOD[DEMAND] = "sales_made_good"
IN_FORCE = ("draft", "posted")
HUNDRED = Decimal(100)
NUMBER: DecimalField = DecimalField(**QUANTITY)
MONEY: DecimalField = DecimalField(**AMOUNT)


def lines_of(model: type[L], documents: Iterable[int]) -> dict[int, list[L]]:
    """Lines of several quotes or orders, in order; one statement."""
    parent = "quote" if model is QuoteLine else "order"
    found: dict[int, list[L]] = {pk: [] for pk in documents}
    for line in (
        model._default_manager.filter(**{f"{parent}__in": list(found)}).select_related("configuration").order_by(parent, "position", "id")
    ):
        found[getattr(line, f"{parent}_id")].append(line)
    return found


def _sum(rows: QuerySet[Any], by: str, what: str = "quantity") -> Any:
    total = rows.order_by().values(by).annotate(total=Sum(what)).values("total")
    return Coalesce(Subquery(total, output_field=NUMBER), Value(ZERO), output_field=NUMBER)


def _pieces(total: Any) -> Any:
    """A sum of second quantities, asked for only where the product of the line has a second unit."""
    return Case(When(product__second_unit__isnull=False, then=total), default=None, output_field=NUMBER)


def reserved() -> Any:
    """What is kept for an order line."""
    return _sum(Reservation.objects.filter(demand_table=DEMAND, demand_line=OuterRef("pk")), "demand_line")


def delivered() -> Any:
    """What left for an order line, whether or not it came back."""
    return _sum(StockMove.objects.filter(demand_table=DEMAND, demand_line=OuterRef("pk"), returns__isnull=True), "demand_line")


def second_delivered() -> Any:
    """How many pieces left for an order line, of goods with a second unit."""
    rows = StockMove.objects.filter(demand_table=DEMAND, demand_line=OuterRef("pk"), returns__isnull=True)
    return _pieces(_sum(rows, "demand_line", "second_quantity"))


def returned() -> Any:
    """What came back of an order line."""
    rows = StockMove.objects.filter(returns__demand_table=DEMAND, returns__demand_line=OuterRef("pk"))
    return _sum(rows, "returns__demand_line")


def second_returned() -> Any:
    """How many pieces came back of an order line, of goods with a second unit."""
    rows = StockMove.objects.filter(returns__demand_table=DEMAND, returns__demand_line=OuterRef("pk"))
    return _pieces(_sum(rows, "returns__demand_line", "second_quantity"))


def made_good() -> Any:
    """What of an order line came back, and the customer has all the same: sent back to him, or replaced at no charge (OM-08)."""
    return Func(F("pk"), function="sales_made_good", output_field=NUMBER)


def coming_back(lines: Iterable[int]) -> dict[int, Decimal]:
    """What open return authorisations still let come back of order lines; one statement."""
    keys = list(lines)
    with connection.cursor() as cursor:
        cursor.execute("select order_line, quantity from sales_coming_back(%s::bigint[])", [keys])
        return dict.fromkeys(keys, ZERO) | dict(cursor.fetchall())


def invoiced() -> Any:
    """What of an order line stands on invoices, drafts included, so that nothing is drafted twice."""
    rows = InvoiceLine.objects.filter(
        source_table=DEMAND, source_id=OuterRef("pk"), invoice__kind=Invoice.INVOICE, invoice__state__in=IN_FORCE
    )
    return _sum(rows, "source_id")


def credited() -> Any:
    """What of an order line's invoices was credited again, drafts included."""
    billed = InvoiceLine.objects.filter(source_table=DEMAND, source_id=OuterRef(OuterRef("pk")), invoice__kind=Invoice.INVOICE)
    rows = InvoiceLine.objects.filter(
        source_table=InvoiceLine._meta.db_table,
        source_id__in=billed.values("pk"),
        invoice__kind=Invoice.CREDIT_NOTE,
        invoice__state__in=IN_FORCE,
    )
    return _sum(rows, "source_table")


def purchase_price() -> Any:
    """What the goods of an order line cost that were bought for it, by unit, less discount; empty where none were, or in another currency."""
    price = DecimalField(max_digits=30, decimal_places=10)
    own = PurchaseOrderLine.objects.filter(pk=OuterRef("supply_line"), order__currency=F("order__company__currency"))
    net = own.annotate(price=ExpressionWrapper(F("unit_price") * (100 - F("discount_percent")) / 100, output_field=price)).values("price")
    pegs = Peg.objects.filter(
        demand_table=OrderLine._meta.db_table, demand_line=OuterRef("pk"), supply_table=PurchaseOrderLine._meta.db_table
    )
    average = ExpressionWrapper(Sum(F("quantity") * Subquery(net, output_field=price)) / Sum("quantity"), output_field=price)
    return Subquery(pegs.order_by().values("demand_line").annotate(average=average).values("average"), output_field=price)


def announced() -> Any:
    """What vendors announced that they sent straight to the customer of an order line, and nobody has booked."""
    bought = Peg.objects.filter(kind=Peg.DIRECT, demand_table=DEMAND, demand_line=OuterRef(OuterRef("pk")))
    rows = GoodsReceiptLine.objects.filter(
        receipt__state="draft", receipt__kind=GoodsReceipt.DIRECT, demand_table=PurchaseOrderLine._meta.db_table, demand_line__in=bought.values("supply_line")
    )  # fmt: skip
    return _sum(rows, "demand_table")


def announced_by_vendor() -> Q:
    """Confirmed orders of which a vendor announced something that he sent straight to the customer."""
    return Q(
        Exists(OrderLine.objects.annotate(announced=announced()).filter(order=OuterRef("pk"), procured=OrderLine.DIRECT, announced__gt=0)),
        state="confirmed",
    )


def drafted() -> Any:
    """What of an order line stands on deliveries that are not shipped yet."""
    rows = GoodsIssueLine.objects.filter(demand_table=DEMAND, demand_line=OuterRef("pk"), issue__state="draft")
    return _sum(rows, "demand_line")


def short() -> Any:
    """What of an order line the warehouse did not find, as long as it is owed; of a line with ``delivered``."""
    told = _sum(Shortage.objects.filter(demand_table=DEMAND, demand_line=OuterRef("pk")), "demand_line")
    return Least(told, Greatest(F("quantity") - F("delivered"), Value(ZERO), output_field=NUMBER), output_field=NUMBER)


def measured() -> QuerySet[OrderLine]:
    """Order lines with ``reserved``, ``delivered``, ``returned``, ``made_good``, ``invoiced`` and ``credited``, in the unit of the line; of goods
    with a second unit also ``second_delivered`` and ``second_returned``, in that."""
    return OrderLine.objects.annotate(
        reserved=reserved(), delivered=delivered(), returned=returned(), made_good=made_good(), invoiced=invoiced(), credited=credited(),
        second_delivered=second_delivered(), second_returned=second_returned(),
    )  # fmt: skip


@sold
def prices_of_delivered(lines: Sequence[GoodsIssueLine]) -> dict[int, tuple[Decimal, str]]:
    """What delivered lines were ordered at: without tax and after discount, per unit, in the currency of the order. One statement."""
    of_line: dict[int | None, list[int]] = defaultdict(list)
    for ln in lines:
        if ln.demand_table == DEMAND:
            of_line[ln.demand_line].append(ln.pk)
    found = OrderLine.objects.filter(pk__in=of_line).values_list("pk", "net", "quantity", "order__currency")
    return {pk: (net / quantity, currency) for key, net, quantity, currency in found for pk in of_line[key]}


def measured_lines(orders: Iterable[int]) -> dict[int, list[Any]]:
    """Measured lines of several orders, with their products, in order; one statement."""
    found: dict[int, list[Any]] = {pk: [] for pk in orders}
    rows = measured().filter(order__in=list(found)).select_related("product").order_by("order_id", "position", "id")
    for line in rows:
        found[line.order_id].append(line)
    return found


#: What of the down payments on orders is not taken off yet: net and tax, drafts included, by order.
AHEAD = """
select a.source_id, sum(case i.kind when 'credit_note' then -(x.net + x.tax) else x.net + x.tax end) as gross
from invoicing_invoiceline a join invoicing_invoiceline x on x.id = a.id or x.down_payment_id = a.id
join invoicing_invoice i on i.id = x.invoice_id and i.state in ('draft', 'posted')
where a.is_down_payment and a.down_payment_id is null and a.source_table = 'sales_order' and {given} group by 1
"""


def asked_ahead(orders: Iterable[int]) -> dict[int, Decimal]:
    """What was asked for ahead on orders, tax included, and neither taken off an invoice nor credited; drafts count. One statement."""
    found = dict.fromkeys(orders, ZERO)
    with connection.cursor() as cursor:
        cursor.execute(AHEAD.format(given="a.source_id = any (%s)"), [list(found)])
        return found | dict(cursor.fetchall())


def ahead() -> Any:
    """``asked_ahead`` of an order, as a column."""
    return RawSQL(f"coalesce((select z.gross from ({AHEAD.format(given='a.source_id = sales_order.id')}) z), 0)", (), output_field=MONEY)


def is_goods(line: Any) -> bool:
    """Whether a line is delivered from stock; services and free text are invoiced as ordered."""
    return line.product is not None and line.product.kind == "goods"


def to_deliver(line: Any) -> Decimal:
    """What is still owed of a measured line, in its unit: by pieces where it was ordered by the piece, by weight within its tolerance."""
    if not is_goods(line):
        return ZERO
    if line.second_quantity is not None:
        left = max(line.second_quantity - line.second_delivered, ZERO)
        return rounded(line.quantity * left / line.second_quantity, 6)
    if line.product.second_tolerance is not None and line.delivered >= least(line):
        return ZERO
    return max(line.quantity - line.delivered, ZERO)


def least(line: Any) -> Decimal:
    """With how much a line of goods of catch weight, ordered by weight, is done."""
    return line.quantity * (HUNDRED - line.product.second_tolerance) / HUNDRED


def most(line: Any) -> Decimal:
    """How much may be delivered for a line of goods of catch weight that was ordered by weight."""
    return line.quantity * (HUNDRED + line.product.second_tolerance) / HUNDRED


def still_owed() -> Q:
    """Lines of goods, annotated with ``delivered`` and ``second_delivered``, of which something is to be delivered: what ``to_deliver`` says."""
    done = F("quantity") * (HUNDRED - Coalesce(F("product__second_tolerance"), ZERO)) / HUNDRED
    by_weight = Q(second_quantity__isnull=True) & GreaterThan(done, F("delivered"))
    return by_weight | Q(second_quantity__gt=F("second_delivered"))


def to_invoice(line: Any) -> Decimal:
    """What of a measured line was performed and not yet invoiced; below zero: invoiced, but it came back. What replaces returned goods
    at no charge is not invoiced: the original is."""
    if line.return_line_id and not line.net:
        return ZERO
    performed = min(line.delivered, line.delivered - line.returned + line.made_good) if is_goods(line) else line.quantity
    return performed - (line.invoiced - line.credited)


def owing() -> Q:
    """Confirmed orders with goods still to deliver."""
    lines = OrderLine.objects.annotate(delivered=delivered(), second_delivered=second_delivered()).filter(
        still_owed(), order=OuterRef("pk"), product__kind="goods"
    )
    return Q(Exists(lines), state="confirmed")


def finished(until: date) -> list[int]:
    """Confirmed orders with nothing left to deliver, to invoice, to credit or to take off, on which nothing happened after ``until``. Three
    statements."""
    with connection.cursor() as cursor:
        cursor.execute(QUIET, [until, until])
        quiet = [key for (key,) in cursor.fetchall()]
    ahead = asked_ahead(quiet)
    done = [key for key in quiet if ahead[key] <= 0]
    return list(Order.objects.filter(pk__in=done).exclude(owing()).order_by("pk").values_list("pk", flat=True))


def broken() -> Q:
    """Confirmed orders of which a line cannot be delivered when it was promised, as supply stood when it was last looked at."""
    return Q(Exists(PromiseOutlook.objects.filter(line__order=OuterRef("pk"), is_broken=True)), state="confirmed")


#: By order line: what left and came back, and what of it stands on invoices. Stock moves and invoice lines are added up once for all lines,
#: because asking for each line anew takes a hundred times as long.
PERFORMED = """
with moved as (
    select case when move.returns_id is null then move.demand_line else origin.demand_line end as line,
           sum(case when move.returns_id is null then move.quantity else 0 end) as gone,
           sum(case when move.returns_id is null then 0 else move.quantity end) as back
    from inventory_stockmove move left join inventory_stockmove origin on origin.id = move.returns_id
    where case when move.returns_id is null then move.demand_table else origin.demand_table end = 'sales_orderline'
    group by 1
), written as (
    select line.source_id as line, line.quantity
    from invoicing_invoiceline line join invoicing_invoice paper on paper.id = line.invoice_id
    where line.source_table = 'sales_orderline' and paper.kind = 'invoice' and paper.state in ('draft', 'posted')
    union all
    select billed.source_id, -line.quantity
    from invoicing_invoiceline line
    join invoicing_invoice paper on paper.id = line.invoice_id
    join invoicing_invoiceline billed on billed.id = line.source_id
    join invoicing_invoice invoice on invoice.id = billed.invoice_id
    where line.source_table = 'invoicing_invoiceline' and paper.kind = 'credit_note' and paper.state in ('draft', 'posted')
      and billed.source_table = 'sales_orderline' and invoice.kind = 'invoice'
), invoiced as (
    select line, sum(quantity) as quantity from written group by line
)
"""
#: Orders with a line of which more (``>``), or other than (``<>``), was performed than stands on invoices. It says what ``to_invoice`` says of one.
UNINVOICED = (
    PERFORMED
    + """
select line.order_id
from sales_orderline line
join sales_order on sales_order.id = line.order_id
left join catalog_product product on product.id = line.product_id
left join moved on moved.line = line.id
left join invoiced on invoiced.line = line.id
where (line.return_line_id is null or line.net <> 0)
  and case when product.kind = 'goods' then coalesce(moved.gone, 0)
             - case when moved.back > 0 then greatest(moved.back - sales_made_good(line.id), 0) else 0 end {than} coalesce(invoiced.quantity, 0)
           else sales_order.state = 'confirmed' and line.quantity {than} coalesce(invoiced.quantity, 0) end
"""
)
#: What of the confirmed orders of a company stands on no invoice, drafts counted as invoices, tax in proportion: by order, where there is any.
UNBILLED = (
    PERFORMED
    + """
select line.order_id, sum((line.net + line.tax) * greatest(line.quantity - coalesce(invoiced.quantity, 0), 0) / line.quantity)
from sales_orderline line
join sales_order on sales_order.id = line.order_id and sales_order.state = 'confirmed' and sales_order.company_id = %s
left join invoiced on invoiced.line = line.id
where line.quantity > coalesce(invoiced.quantity, 0) group by line.order_id
"""
)
#: Confirmed orders with nothing to invoice or to credit, on which nothing happened since a day.
QUIET = f"""
with open_lines as ({UNINVOICED.format(than="<>")})
select o.id from sales_order o where o.state = 'confirmed' and o."on" <= %s and not exists (select from open_lines x where x.order_id = o.id)
and not exists (
  select from sales_orderline l join inventory_stockmove m on m.demand_table = 'sales_orderline' and m.demand_line = l.id
  left join inventory_stockmove b on b.returns_id = m.id where l.order_id = o.id and greatest(m."on", b."on") > %s)
"""


def unbilled(company: int) -> dict[int, Decimal]:
    """What of a company's confirmed orders stands on no invoice yet, with tax, in the currency of each, unrounded. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(UNBILLED, [company])
        return dict(cursor.fetchall())


def uninvoiced() -> Q:
    """Confirmed or closed orders of which something was performed and not yet invoiced."""
    return Q(pk__in=RawSQL(UNINVOICED.format(than=">"), ()), state__in=["confirmed", "closed"])


def by_token(token: str) -> Quote | None:
    """The quote behind a customer's link, whatever its state; ``None`` when there is none."""
    return Quote.objects.select_related("company", "customer", "currency", "payment_term").filter(link_hash=hash_of(token)).first()


def flow(actor: Actor, document: Quote | Order) -> list[Step]:
    """The flow ribbon of a quote or an order, earliest first."""
    return flow_of(actor, type(document), document.pk)


# ------------------------------------------------------------------ blanket orders


def called_quantity(line: str = "pk") -> Any:
    """What orders in force call off from a line of a blanket order."""
    return Func(F(line), function="sales_called_quantity", output_field=NUMBER)


def called_line_value() -> Any:
    """The same in value, without tax."""
    return Func(F("pk"), function="sales_called_value", output_field=MONEY)


def called_value() -> Any:
    """What orders in force call off from a blanket order, without tax, in its currency."""
    return Func(F("pk"), function="sales_blanket_value", output_field=MONEY)


def left_quantity() -> Any:
    """What of the agreed quantity of a line is left; empty where none was agreed."""
    return ExpressionWrapper(F("agreed_quantity") - called_quantity(), output_field=NUMBER)


def left_line_value() -> Any:
    """What of the agreed value of a line is left; empty where none was agreed."""
    return ExpressionWrapper(F("agreed_value") - called_line_value(), output_field=MONEY)


def left_value() -> Any:
    """What of the agreed value of a blanket order is left; empty where none was agreed."""
    return ExpressionWrapper(F("agreed_value") - called_value(), output_field=MONEY)


def drafted_calls() -> Any:
    """What drafts of orders would call off from a line, not counted yet."""
    return _sum(OrderLine.objects.filter(blanket_line=OuterRef("pk"), order__state="draft"), "blanket_line")


def left_behind() -> Any:
    """What is left on the line of a blanket order that an order line is called off from; empty where none is, or no quantity was agreed."""
    agreed = F("blanket_line__agreed_quantity") - called_quantity("blanket_line")
    return ExpressionWrapper(agreed, output_field=NUMBER)


def ending() -> Q:
    """Blanket orders in force whose last day comes within the days that they say, or has passed."""
    days = ExpressionWrapper(Value(timezone.localdate(), DateField()) + Cast(F("alert_days"), IntegerField()), output_field=DateField())
    return Q(state="in_force", valid_to__lte=days)


def nearly_used() -> Q:
    """Blanket orders in force of which a quantity or a value is called off as far as they say."""
    percent = F("blanket__alert_percent")
    lines = BlanketLine.objects.annotate(called=called_quantity(), worth=called_line_value()).filter(
        Q(called__gte=F("agreed_quantity") * percent / 100) | Q(worth__gte=F("agreed_value") * percent / 100), blanket=OuterRef("pk")
    )
    whole = BlanketOrder.objects.annotate(called=called_value()).filter(called__gte=F("agreed_value") * F("alert_percent") / 100)
    return Q(state="in_force") & (Q(Exists(lines)) | Q(pk__in=whole.values("pk")))
