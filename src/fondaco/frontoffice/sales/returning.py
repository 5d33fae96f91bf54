"""Goods that come back: the papers that bring them from the deliveries they left with, and how a return authorisation stands line by line (OM-08)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Coalesce, Greatest, Least

from fondaco.frontoffice.sales.models import OrderLine, ReturnAuthorisation, ReturnCredit, ReturnInspection, ReturnLine
from fondaco.frontoffice.sales.queries import DEMAND, IN_FORCE, NUMBER
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.lots import parse, parse_pairs, written
from fondaco.operations.inventory.models import GoodsIssueLine, GoodsReturn, GoodsReturnLine, StockMove
from fondaco.operations.inventory.queries import lots_with_customer
from fondaco.operations.inventory.refusals import LotNotDelivered
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Draft

#: How the papers of inventory name a line of a return.
RETURN = ReturnLine._meta.db_table


# ------------------------------------------------------------------ the papers that bring goods back


@dataclass(frozen=True)
class Coming:
    """So much of a line of an order that comes back for ``source`` (the order, or the return authorisation); ``lots`` as people write them.

    ``second``: how many pieces, of goods with a second unit, where they are known; ``is_estimated``: they weigh what they weighed when they left.
    """

    source: Any
    line: Any
    quantity: Decimal
    demand: tuple[str, int]
    lots: str = ""
    why: str = ""
    second: Decimal | None = None
    is_estimated: bool = False


def return_papers(coming: Sequence[Coming], on: date, memo: str, places: Mapping[int, int] | None = None) -> list[Draft]:
    """One return a delivery and source, the latest deliveries first; lots that are named come back from the deliveries they left with.

    ``places``: by warehouse, another place than its stock. Four statements at most.
    """
    keys = {c.line.pk for c in coming}
    shipped: dict[int, list[GoodsIssueLine]] = defaultdict(list)
    for row in (
        GoodsIssueLine.objects.filter(demand_table=DEMAND, demand_line__in=keys, issue__state="posted")
        .select_related("issue")
        .order_by("-pk")
    ):
        shipped[row.demand_line or 0].append(row)
    back: dict[int, Decimal] = defaultdict(lambda: ZERO)
    moved = StockMove.objects.filter(returns__demand_table=DEMAND, returns__demand_line__in=keys)
    for issue_line, quantity in moved.values_list("returns__source_line", Coalesce("second_quantity", "quantity")):
        back[issue_line] += quantity
    with_customer = lots_with_customer(row.pk for c in coming if c.lots for row in shipped[c.line.pk])
    papers: dict[tuple[int, int], Draft] = {}
    for one in [_in_pieces(c, shipped[c.line.pk], back) for c in coming]:
        # What is counted off is pieces, of goods with a second unit.
        line, left = one.line, one.quantity if one.second is None else one.second
        wanted = _named(one) if one.lots else {}
        for row in shipped[line.pk]:
            chosen = _lots_of(wanted, with_customer[row.pk]) if one.lots else {}
            there = (row.quantity if row.second_quantity is None else row.second_quantity) - back[row.pk]
            part = sum(chosen.values(), ZERO) if one.lots else min(left, there)
            if part > 0:
                paper = papers.setdefault((one.source.pk, row.issue_id), Draft(_return_of(one, row, on, memo, places), []))
                made = GoodsReturnLine(
                    product_id=row.product_id, quantity=part, issue_line=row, demand_table=one.demand[0], demand_line=one.demand[1],
                    lots=written(list(chosen.items()), line.product.tracking == Product.SERIAL),
                )  # fmt: skip
                if one.second is not None and row.second_quantity is not None:
                    made.second_quantity = part
                    made.is_estimated = one.is_estimated or part != one.second
                    made.quantity = rounded(row.quantity * part / row.second_quantity, 6) if made.is_estimated else one.quantity
                    made.lots = " ".join(f"{number}=/{figure(q)}" for number, q in chosen.items())
                paper.lines.append(made)
                left -= part
                back[row.pk] += part
        if number := next((number for number, q in wanted.items() if q), ""):
            raise LotNotDelivered(
                product=line.product, number=number, asked=figure(wanted[number]),
                delivered=figure(sum((with_customer[r.pk].get(number, ZERO) for r in shipped[line.pk]), ZERO)), rows=rows_json([one.source]),
            )  # fmt: skip
    return [papers[key] for key in sorted(papers)]


def _in_pieces(one: Coming, shipped: Sequence[GoodsIssueLine], back: Mapping[int, Decimal]) -> Coming:
    """Goods of catch weight of which only the weight was said: as many pieces as weigh so much, at least one."""
    if one.second is not None or not shipped or shipped[0].second_quantity is None:
        return one
    weight, pieces = sum((r.quantity for r in shipped), ZERO), sum((r.second_quantity or ZERO for r in shipped), ZERO)
    held = pieces - sum((back[r.pk] for r in shipped), ZERO)
    return replace(one, second=min(max(rounded(pieces * one.quantity / weight, 0), Decimal(1)), held))


def _named(one: Coming) -> dict[str, Decimal]:
    """The lots named of what comes back, with how much of each: pieces, of goods with a second unit."""
    if one.second is None:
        return {p.number: p.quantity for p in parse(one.lots, one.quantity, one.line.product, {})}
    return {p.number: p.second or one.second for p in parse_pairs(one.lots, one.line.product, {})}


def _lots_of(wanted: dict[str, Decimal], there: dict[str, Decimal]) -> dict[str, Decimal]:
    """What of the lots wanted back left with a delivery; ``wanted`` and ``there`` are less by it afterwards."""
    chosen = {number: min(q, there.get(number, ZERO)) for number, q in wanted.items()}
    for number, q in chosen.items():
        if q:
            wanted[number] -= q
            there[number] -= q
    return {number: q for number, q in chosen.items() if q}


def _return_of(one: Coming, row: GoodsIssueLine, on: date, memo: str, places: Mapping[int, int] | None) -> GoodsReturn:
    issue = row.issue
    return GoodsReturn(
        company_id=issue.company_id, warehouse_id=issue.warehouse_id, place_id=(places or {}).get(issue.warehouse_id), customer_id=one.source.customer_id,
        delivery=issue, on=on, memo=memo, reason_code=one.why, source_table=one.source._meta.db_table, source_id=one.source.pk,
    )  # fmt: skip


# ------------------------------------------------------------------ how a return stands


def _sum(rows: QuerySet[Any], by: str) -> Any:
    total = rows.order_by().values(by).annotate(total=Sum("quantity")).values("total")
    return Coalesce(Subquery(total, output_field=NUMBER), Value(ZERO), output_field=NUMBER)


def received() -> Any:
    """What came back for a line of a return."""
    return _sum(
        GoodsReturnLine.objects.filter(demand_table=RETURN, demand_line=OuterRef("pk"), goods_return__state="posted"), "demand_line"
    )


def _found(*outcomes: str, **more: Any) -> Any:
    given = Q(outcome__in=outcomes) if outcomes else Q()
    return _sum(ReturnInspection.objects.filter(given, line=OuterRef("pk"), **more), "line")


def restocked() -> Any:
    return _found(ReturnInspection.RESTOCK)


def scrapped() -> Any:
    return _found(ReturnInspection.SCRAP)


def sent_back() -> Any:
    return _found(ReturnInspection.SEND_BACK)


def in_repair() -> Any:
    """What an inspection kept for repair, and is there still."""
    return ExpressionWrapper(_found(ReturnInspection.REPAIR) - _found(of_repair=True), output_field=NUMBER)


def waiting() -> Any:
    """What came and was not inspected yet."""
    return ExpressionWrapper(received() - _found(of_repair=False), output_field=NUMBER)


def credited() -> Any:
    """What credit notes give back of a line, drafts included."""
    return _sum(ReturnCredit.objects.filter(line=OuterRef("pk"), note_line__invoice__state__in=IN_FORCE), "line")


def replaced() -> Any:
    """What was ordered at no charge in its place."""
    return _sum(OrderLine.objects.filter(return_line=OuterRef("pk")).exclude(order__state="cancelled"), "return_line")


def replacement_delivered() -> Any:
    """What of that has left."""
    moves = StockMove.objects.filter(demand_table=DEMAND, demand_line=OuterRef("pk"), returns__isnull=True)
    lines = OrderLine.objects.filter(return_line=OuterRef("pk")).annotate(gone=_sum(moves, "demand_line"))
    total = lines.order_by().values("return_line").annotate(total=Sum("gone")).values("total")
    return Coalesce(Subquery(total, output_field=NUMBER), Value(ZERO), output_field=NUMBER)


MEASURES = {
    "received": received,
    "waiting": waiting,
    "restocked": restocked,
    "scrapped": scrapped,
    "in_repair": in_repair,
    "sent_back": sent_back,
    "credited": credited,
    "replaced": replaced,
}


def measured_returns(returns: Iterable[int]) -> dict[int, list[Any]]:
    """The lines of several returns with their measures, products and order lines, in order; one statement."""
    found: dict[int, list[Any]] = {pk: [] for pk in returns}
    rows = ReturnLine.objects.filter(authorisation__in=list(found)).annotate(**{name: make() for name, make in MEASURES.items()})
    for line in rows.select_related("product", "order_line__order").order_by("authorisation_id", "position", "pk"):
        found[line.authorisation_id].append(line)
    return found


def to_refund(line: Any) -> Decimal:
    """What of a measured line may still be credited: it came, stays here, and nothing else was given for it."""
    open_ = line.quantity - line.credited - line.replaced - line.sent_back
    return max(min(open_, line.received - line.sent_back - line.credited), ZERO)


def to_replace(line: Any) -> Decimal:
    """What of a measured line may still be replaced; also before it came."""
    return max(line.quantity - line.credited - line.replaced - line.sent_back, ZERO)


def left_to_settle() -> Any:
    """What came of a line and was neither credited, replaced nor sent back."""
    given = Least(F("received"), credited() + replaced() + sent_back(), output_field=NUMBER)
    return Greatest(ExpressionWrapper(F("received") - given, output_field=NUMBER), Value(ZERO), output_field=NUMBER)


def inspecting() -> Q:
    """Returns of which something waits for its inspection."""
    lines = ReturnLine.objects.annotate(waiting=waiting()).filter(waiting__gt=0)
    return Q(state=ReturnAuthorisation.RECEIVED, pk__in=lines.values("authorisation"))


@dataclass
class Waiting:
    """What of a line waits where: warehouse, place and quantity, the earliest first; and its lots, where it is tracked."""

    places: list[list[Any]]
    lots: dict[str, Decimal]


def waiting_of(lines: Sequence[Any], *, of_repair: bool) -> dict[int, Waiting]:
    """Where the goods of lines lie that wait for an inspection, or for the end of their repair; two statements."""
    keys = [ln.pk for ln in lines]
    came: dict[int, list[GoodsReturnLine]] = defaultdict(list)
    rows = GoodsReturnLine.objects.filter(demand_table=RETURN, demand_line__in=keys, goods_return__state="posted")
    for row in rows.select_related("goods_return").order_by("pk"):
        came[row.demand_line or 0].append(row)
    done: dict[int, list[ReturnInspection]] = defaultdict(list)
    for looked in ReturnInspection.objects.filter(line__in=keys).order_by("pk"):
        done[looked.line_id].append(looked)
    found = {}
    for line in lines:
        gone = sum((i.quantity for i in done[line.pk] if i.outcome != ReturnInspection.REPAIR), ZERO)
        places = []
        for row in came[line.pk]:
            part = min(gone, row.quantity)
            gone -= part
            if row.quantity > part:
                places.append([row.goods_return.warehouse_id, row.goods_return.place_id, row.quantity - part])
        found[line.pk] = Waiting(places, _waiting_lots(line, came[line.pk], done[line.pk], of_repair))
    return found


def _waiting_lots(line: Any, came: Sequence[GoodsReturnLine], done: Sequence[ReturnInspection], of_repair: bool) -> dict[str, Decimal]:
    if line.product.tracking == Product.UNTRACKED:
        return {}
    signed: list[tuple[Decimal, str, int]] = []
    if of_repair:
        signed += [(i.quantity, i.lots, 1) for i in done if i.outcome == ReturnInspection.REPAIR]
    else:
        signed += [(row.quantity, row.lots, 1) for row in came]
    signed += [(i.quantity, i.lots, -1) for i in done if i.of_repair == of_repair]
    there: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for quantity, lots, sign in signed:
        for part in parse(lots, quantity, line.product, {}):
            there[part.number] += sign * part.quantity
    return {number: q for number, q in there.items() if q > 0}


__all__ = ["MEASURES", "Coming", "Waiting", "inspecting", "measured_returns", "return_papers", "to_refund", "to_replace", "waiting_of"]
