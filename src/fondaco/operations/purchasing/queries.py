"""Questions to purchase orders that several callers ask."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

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
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from fondaco.finance.ledger.models import JournalLine
from fondaco.finance.payables.matching import Creditable, Ordered
from fondaco.finance.payables.models import BillMatch
from fondaco.operations.inventory.models import GoodsReceiptLine, Location, StockMove
from fondaco.operations.purchasing.models import (
    AMOUNT,
    QUANTITY,
    Billed,
    ContractLine,
    PurchaseContract,
    PurchaseOrder,
    PurchaseOrderLine,
    VendorReturn,
    VendorReturnLine,
)
from fondaco.platform.money import ZERO, rounded

#: How stock moves and bills name a line of a purchase order.
DEMAND = PurchaseOrderLine._meta.db_table
NUMBER: DecimalField = DecimalField(**QUANTITY)
MONEY: DecimalField = DecimalField(**AMOUNT)
HUNDRED = Decimal(100)
#: What a vendor makes good with goods, which are expected again.
AGAIN = (VendorReturn.REPLACEMENT, VendorReturn.REPAIR)
#: Decimals of a unit cost on a receipt.
UNIT_COST_DECIMALS = 6


def _sum(rows: QuerySet[Any], by: str, what: str = "quantity") -> Any:
    total = rows.order_by().values(by).annotate(total=Sum(what)).values("total")
    return Coalesce(Subquery(total, output_field=NUMBER), Value(ZERO), output_field=NUMBER)


#: Moves that bring what was ordered: into the house, or straight to the customer.
CAME = Q(sign=1) | Q(to_location__kind=Location.DIRECT)


def _came(what: str = "quantity") -> Any:
    return _sum(StockMove.objects.filter(CAME, demand_table=DEMAND, demand_line=OuterRef("pk")), "demand_line", what)


def _gone(what: str = "quantity", **of: Any) -> Any:
    gone = VendorReturnLine.objects.filter(
        demand_table=DEMAND, demand_line=OuterRef("pk"), vendor_return__state__in=VendorReturn.GONE, **of
    )
    return _sum(gone, "demand_line", what)


def _pieces(total: Any) -> Any:
    return Case(When(product__second_unit__isnull=False, then=total), default=None, output_field=NUMBER)


def sent_back() -> Any:
    """What of an order line went back to the vendor."""
    return _gone()


def given_up() -> Any:
    """What of an order line went back to the vendor for his credit: it is not expected again."""
    return _gone(vendor_return__wanted=VendorReturn.CREDIT)


def second_given_up() -> Any:
    """How many pieces went back for credit, of goods with a second unit."""
    return _pieces(_gone("second_quantity", vendor_return__wanted=VendorReturn.CREDIT))


def received() -> Any:
    """What came of an order line and did not go back."""
    return ExpressionWrapper(_came() - _gone(), output_field=NUMBER)


def second_received() -> Any:
    """How many pieces came of an order line and did not go back, of goods with a second unit; asked for of those only."""
    return _pieces(ExpressionWrapper(_came("second_quantity") - _gone("second_quantity"), output_field=NUMBER))


def still_to_come() -> Q:
    """Lines, annotated with ``received`` and ``second_received``, of which something is to come: what ``to_receive`` says."""
    least = F("quantity") * (HUNDRED - Coalesce(F("product__second_tolerance"), ZERO)) / HUNDRED
    by_piece = GreaterThan(F("second_quantity"), ExpressionWrapper(F("second_received") + second_given_up(), output_field=NUMBER))
    return (Q(second_quantity__isnull=True) & GreaterThan(least, ExpressionWrapper(F("received") + given_up(), output_field=NUMBER))) | (
        Q(second_quantity__isnull=False) & by_piece
    )


def billed() -> Any:
    """What posted bills have billed of an order line."""
    rows = BillMatch.objects.filter(order_table=DEMAND, order_line=OuterRef("pk"), line__bill__state="posted", line__bill__kind="bill")
    return _sum(rows, "order_line")


def credited() -> Any:
    """What posted credit notes of vendors have taken off the bills of an order line; those that only lower a price take off none of it."""
    rows = BillMatch.objects.filter(
        order_table=DEMAND,
        order_line=OuterRef("pk"),
        line__bill__state="posted",
        line__bill__kind="credit_note",
        lowers_price=False,
    )
    return _sum(rows, "order_line")


def measured() -> QuerySet[PurchaseOrderLine]:
    """Order lines with what came and stayed (``received``), went back for credit (``given_up``), was billed and credited, in the product's
    stock unit; and in pieces of goods with a second unit."""
    return PurchaseOrderLine.objects.annotate(
        received=received(),
        given_up=given_up(),
        billed_quantity=billed(),
        credited=credited(),
        second_received=second_received(),
        second_given_up=second_given_up(),
    )


def measured_lines(orders: Iterable[int]) -> dict[int, list[Any]]:
    """Measured lines of several orders with their products, in order; one statement."""
    found: dict[int, list[Any]] = {pk: [] for pk in orders}
    rows = measured().filter(order__in=list(found)).select_related("product__unit", "product__second_unit")
    for line in rows.order_by("order_id", "position", "id"):
        found[line.order_id].append(line)
    return found


def standing_lines(orders: Iterable[int]) -> dict[int, list[Any]]:
    """Measured lines as an amendment must respect them: with ``is_named`` (a receipt or bill names the line, drafts too); one statement."""
    named = Exists(GoodsReceiptLine.objects.filter(demand_table=DEMAND, demand_line=OuterRef("pk"))) | Exists(
        BillMatch.objects.filter(order_table=DEMAND, order_line=OuterRef("pk"))
    )
    found: dict[int, list[Any]] = {pk: [] for pk in orders}
    rows = measured().annotate(is_named=named).filter(order__in=list(found)).select_related("product")
    for line in rows.order_by("order_id", "position", "id"):
        found[line.order_id].append(line)
    return found


def is_goods(line: Any) -> bool:
    """Whether a line comes through a warehouse."""
    return line.product is not None and line.product.kind == "goods"


def to_receive(line: Any) -> Decimal:
    """What is still expected of a measured line: pieces where it was ordered by the piece, weight within the tolerance of goods of catch weight."""
    if not is_goods(line):
        return ZERO
    came, ordered = came_of(line)
    left = max(ordered - came, ZERO)
    if line.second_quantity is not None:
        return rounded(line.quantity * left / line.second_quantity, 6)
    return ZERO if left <= line.quantity * tolerance_of(line) / HUNDRED else left


def tolerance_of(line: Any) -> Decimal:
    """By how many percent a line that was ordered by weight may be missed; zero but for goods of catch weight."""
    return (line.product.second_tolerance if line.product is not None else None) or ZERO


def came_of(line: Any) -> tuple[Decimal, Decimal]:
    """What came of a measured line and is not expected again, and what was ordered: in pieces where it was ordered by the piece. What went
    back to be replaced or repaired is expected again; what went back for credit is not."""
    if line.second_quantity is not None:
        return line.second_received + line.second_given_up, line.second_quantity
    return line.received + line.given_up, line.quantity


def all_came(lines: Iterable[Any], under: Decimal) -> bool:
    """Whether all goods of an order came, but for ``under`` percent of each line at most."""
    found = [(*came_of(ln), max(under, tolerance_of(ln)) if ln.second_quantity is None else under) for ln in lines if is_goods(ln)]
    return all(came >= ordered * (HUNDRED - missing) / HUNDRED for came, ordered, missing in found)


def entered_near(orders: Sequence[PurchaseOrder], days: int) -> list[PurchaseOrder]:
    """Orders that the same people entered for the same vendors around the same time; one statement."""
    if not orders:
        return []
    around = timedelta(days=days)
    first, last = min(o.created_at for o in orders) - around, max(o.created_at for o in orders) + around
    return list(
        PurchaseOrder.objects.filter(
            vendor__in={o.vendor_id for o in orders},
            created_by__in={o.created_by for o in orders},
            created_at__gte=first,
            created_at__lte=last,
        ).exclude(state="cancelled")
    )


def awaited() -> Q:
    """Confirmed orders with goods still to come."""
    lines = PurchaseOrderLine.objects.annotate(received=received(), second_received=second_received()).filter(
        still_to_come(), order=OuterRef("pk"), product__kind="goods"
    )
    return Q(Exists(lines), state="confirmed")


def net_price(line: Any) -> Decimal:
    """The price of a unit less discount, in the order's currency, unrounded."""
    return line.unit_price * (HUNDRED - line.discount_percent) / HUNDRED


def _weighed(line: Any) -> Decimal:
    """What was ordered, as it may be billed: of goods of catch weight what came where that weighs more."""
    of_catch_weight = line.product is not None and line.product.second_unit_id is not None
    return max(line.quantity, line.received) if of_catch_weight else line.quantity


def _ordered(rows: QuerySet[PurchaseOrderLine]) -> list[Ordered]:
    return [
        Ordered(
            ln.pk, ln.order.number or "", ln.order.company_id, ln.order.vendor_id, ln.product_id, _weighed(ln),
            ln.received if is_goods(ln) else None, net_price(ln), ln.order.currency_id or "", position=str(ln.position), given_up=ln.given_up,
        )
        for ln in rows.annotate(received=received(), given_up=given_up()).select_related("order", "product").order_by("order__on", "order_id", "position", "id")
    ]  # fmt: skip


def ordered_lines(keys: Collection[int]) -> list[Ordered]:
    """The lines of orders in force among ``keys``, as the match of bills wants them; one statement."""
    return _ordered(PurchaseOrderLine.objects.filter(pk__in=list(keys), order__state__in=["confirmed", "closed"]))


def open_lines(company: int, vendors: Collection[int]) -> list[Ordered]:
    """The lines of vendors that are not billed in full, the oldest first; one statement."""
    more = Q(product__second_unit__isnull=False) & GreaterThan(received(), F("so_far"))
    rows = PurchaseOrderLine.objects.annotate(so_far=ExpressionWrapper(billed() - credited(), output_field=NUMBER)).filter(
        Q(quantity__gt=F("so_far")) | more,
        order__company=company,
        order__vendor__in=list(vendors),
        order__state__in=["confirmed", "closed"],
    )
    return _ordered(rows)


def credit_lines(company: int, vendors: Collection[int]) -> list[Creditable]:
    """The lines of vendors of which something is billed, as the match of credit notes wants them: with what waits for credit (sent back for
    it, or billed and never come), what was sent back first on top. Three statements."""
    net = ExpressionWrapper(billed() - credited(), output_field=NUMBER)
    rows = PurchaseOrderLine.objects.annotate(net_billed=net).filter(
        net_billed__gt=0, order__company=company, order__vendor__in=list(vendors), order__state__in=["confirmed", "closed"]
    )
    found = _ordered(rows)
    back: dict[int, Decimal] = defaultdict(lambda: ZERO)
    ahead: dict[int, Decimal] = defaultdict(lambda: ZERO)
    since: dict[int, date] = {}
    waiting = Billed.objects.filter(line__in=[o.key for o in found], move=None).exclude(return_line__vendor_return__wanted__in=AGAIN)
    for line, on, quantity in (
        waiting.order_by().values_list("line_id", "return_line__vendor_return__on").annotate(quantity=Sum("quantity"))
    ):
        (ahead if on is None else back)[line] += quantity
        if on is not None and quantity > 0:
            since[line] = min(on, since.get(line, on))
    # What was billed ahead and is still to come waits for goods, not for credit.
    coming = {ln.pk: to_receive(ln) for ln in measured().filter(pk__in=ahead, order__state="confirmed").select_related("product")}
    return [Creditable(o, back[o.key] + max(ahead[o.key] - coming.get(o.key, ZERO), ZERO), since.get(o.key)) for o in found]


def went_back() -> Any:
    """What of a line of a receipt went back to the vendor."""
    gone = VendorReturnLine.objects.filter(receipt_line=OuterRef("pk"), vendor_return__state__in=VendorReturn.GONE)
    return _sum(gone, "receipt_line")


def waiting_quantity(by: str) -> Any:
    """What was billed of goods that went back and waits for the vendor, by return or line of one."""
    return _sum(Billed.objects.filter(move=None, **{by: OuterRef("pk")}), by)


def waiting_amount(by: str) -> Any:
    """What goods that went back were billed at and wait for, in company currency."""
    rows = Billed.objects.filter(move=None, **{by: OuterRef("pk")}).order_by().values(by).annotate(total=Sum("billed")).values("total")
    return Coalesce(Subquery(rows, output_field=MONEY), Value(ZERO), output_field=MONEY)


def waits_for_credit() -> Q:
    """Lines of returns of which something waits for the vendor's credit note."""
    rows = VendorReturnLine.objects.annotate(waits=waiting_quantity("return_line")).filter(waits__gt=0)
    return Q(pk__in=rows.values("pk"), vendor_return__wanted=VendorReturn.CREDIT)


def receipts_of(lines: Collection[int]) -> dict[int, list[tuple[StockMove, Decimal]]]:
    """The receipts of order lines, the oldest first, each with what it booked as received and not yet invoiced; two statements."""
    moves = list(StockMove.objects.filter(CAME, demand_table=DEMAND, demand_line__in=list(lines)).order_by("demand_line", "id"))
    costs = dict(GoodsReceiptLine.objects.filter(pk__in=[m.source_line for m in moves]).values_list("id", "unit_cost"))
    found: dict[int, list[tuple[StockMove, Decimal]]] = defaultdict(list)
    for move in moves:
        found[move.demand_line or 0].append((move, move.quantity * costs[move.source_line]))
    return found


def cleared(entries: Sequence[int]) -> dict[int, Decimal]:
    """What entries debited to goods received and not invoiced, in company currency; one statement."""
    rows = JournalLine.objects.filter(entry__in=list(entries), account__purpose="goods_received_not_invoiced")
    return dict(rows.order_by().values_list("entry_id").annotate(total=Sum("amount")))


# ------------------------------------------------------------------ contracts


def called_quantity() -> Any:
    """What orders in force call off from a contract line."""
    return Func(F("pk"), function="purchasing_called_quantity", output_field=NUMBER)


def called_value() -> Any:
    """What orders in force call off from a contract, in its currency."""
    return Func(F("pk"), function="purchasing_called_value", output_field=MONEY)


def ending() -> Q:
    """Contracts in force whose last day comes within the days that they say, or has passed."""
    days = ExpressionWrapper(Value(timezone.localdate(), DateField()) + Cast(F("alert_days"), IntegerField()), output_field=DateField())
    return Q(state="in_force", valid_to__lte=days)


def nearly_used() -> Q:
    """Contracts in force of which a quantity, or the value, is called off as far as they say."""
    share = F("alert_percent") / HUNDRED
    lines = ContractLine.objects.annotate(called=called_quantity()).filter(
        contract=OuterRef("pk"), called__gte=F("agreed_quantity") * F("contract__alert_percent") / HUNDRED
    )
    worth = PurchaseContract.objects.annotate(called=called_value()).filter(called__gte=F("agreed_value") * share)
    return Q(state="in_force") & (Q(Exists(lines)) | Q(pk__in=worth.values("pk")))
