"""Reads of the stock that several callers share."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, DecimalField, OuterRef, Q, Subquery, Sum, TextField, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from fondaco.operations.inventory.models import (
    QUANTITY,
    GoodsIssue,
    GoodsReceipt,
    GoodsReturn,
    LotStock,
    MoveLot,
    ProductCost,
    StockAdjustment,
    StockLevel,
    StockTransfer,
)
from fondaco.platform.money import ZERO


@dataclass(frozen=True, slots=True)
class Availability:
    """On hand, promised and free of a product over the warehouses asked for, in its stock unit; ``unfit`` is blocked or expired."""

    on_hand: Decimal
    reserved: Decimal
    unfit: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        return self.on_hand - self.reserved - self.unfit


def availability(company: int, products: Iterable[int], *, warehouse: int | None = None) -> dict[int, Availability]:
    """What is there of each product; one statement."""
    wanted = list(products)
    rows = StockLevel.objects.filter(company=company, product__in=wanted, location__kind="internal")
    if warehouse is not None:
        rows = rows.filter(location__warehouse=warehouse)
    found: dict[int, list[Decimal]] = {p: [ZERO, ZERO, ZERO] for p in wanted}
    for product, *figures in rows.values_list("product_id", "on_hand", "reserved", unfit_there()):
        for place, figure in enumerate(figures):
            found[product][place] += figure
    return {p: Availability(*figures) for p, figures in found.items()}


def unfit_there() -> Any:
    """Of a stock level, what is blocked or expired today."""
    lots = LotStock.objects.filter(product=OuterRef("product"), location=OuterRef("location"), on_hand__gt=0).filter(
        Q(is_blocked=True) | Q(expires_on__lt=timezone.localdate())
    )
    total = lots.order_by().values("location").annotate(total=Sum("on_hand")).values("total")
    return Coalesce(Subquery(total, output_field=DecimalField(**QUANTITY)), Value(ZERO), output_field=DecimalField(**QUANTITY))


def lots_with_customer(issue_lines: Iterable[int]) -> dict[int, dict[str, Decimal]]:
    """By line of a delivery, how much of each lot that left with it has not come back; two statements, none for no line."""
    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    wanted = list(issue_lines)
    if not wanted:
        return found
    issued = {"source_table": GoodsIssue._meta.db_table, "source_line__in": wanted}
    out = MoveLot.objects.filter(**{f"move__{key}": value for key, value in issued.items()})
    back = MoveLot.objects.filter(**{f"move__returns__{key}": value for key, value in issued.items()})
    for sign, rows in (
        (1, out.values_list("move__source_line", "lot__number", "quantity")),
        (-1, back.values_list("move__returns__source_line", "lot__number", "quantity")),
    ):
        for line, number, quantity in rows:
            found[line][number] += sign * quantity
    return found


#: The papers that move goods, each with the path of the partner it names.
PAPERS: tuple[tuple[Any, str], ...] = (
    (GoodsReceipt, "vendor"),
    (GoodsIssue, "customer"),
    (GoodsReturn, "customer"),
    (StockTransfer, ""),
    (StockAdjustment, ""),
)


def paper_number() -> Any:
    """Of a move of a lot, the number of its paper."""
    return _of_paper(lambda _party: "number", PAPERS)


def paper_party() -> Any:
    """Of a move of a lot, the name of the partner whom its paper names."""
    return _of_paper(lambda party: f"{party}__name", [paper for paper in PAPERS if paper[1]])


def _of_paper(path: Callable[[str], str], papers: Sequence[tuple[Any, str]]) -> Any:
    cases = [
        When(
            move__source_table=model._meta.db_table,
            then=Subquery(model.objects.filter(pk=OuterRef("move__source_id")).values(path(party))[:1]),
        )
        for model, party in papers
    ]
    return Case(*cases, default=Value(""), output_field=TextField())


def unit_costs(company: int, products: Iterable[int]) -> dict[int, Decimal]:
    """The moving average of each product in company currency, unrounded; the last known cost where nothing is left."""
    return {
        p: (value / quantity if quantity > 0 else last)
        for p, quantity, value, last in ProductCost.objects.filter(company=company, product__in=list(products)).values_list(
            "product_id", "quantity", "value", "last_cost"
        )
    }


CARD = """
select m.id, m."on", m.source_table, m.source_id, f.name, t.name,
  case when t.kind in ('internal', 'transit', 'quarantine', 'at_customer') then m.quantity else 0 end - case when f.kind in ('internal', 'transit', 'quarantine', 'at_customer') then m.quantity else 0 end as quantity,
  case when t.kind in ('internal', 'transit', 'quarantine', 'at_customer') then m.value else 0 end - case when f.kind in ('internal', 'transit', 'quarantine', 'at_customer') then m.value else 0 end as value
from inventory_stockmove m join inventory_location f on f.id = m.from_location_id join inventory_location t on t.id = m.to_location_id
where m.company_id = %s and m.product_id = %s and m."on" <= %s
order by m.id
"""


@dataclass(frozen=True, slots=True)
class CardRow:
    """A move on the stock card, with quantity and value owned after it."""

    move: int
    on: date
    source: tuple[str, int]
    origin: str
    target: str
    quantity: Decimal
    value: Decimal
    quantity_after: Decimal
    value_after: Decimal


def stock_card(company: int, product: int, *, until: date) -> list[CardRow]:
    """Every move of a product in the order recorded, with running quantity and value."""
    rows, quantity, value = [], ZERO, ZERO
    with connection.cursor() as cursor:
        cursor.execute(CARD, [company, product, until])
        for m, on, table, source, origin, target, q, v in cursor.fetchall():
            quantity, value = quantity + q, value + v
            rows.append(CardRow(m, on, (table, source), origin, target, q, v, quantity, value))
    return rows


def monthly_costs(company: int, customer: int, *, since: date) -> dict[date, Decimal]:
    """What the goods delivered to a customer cost, by month (its first day), less what came back; company currency. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with moved as (
              select m."on", m.value from inventory_goodsissue d
              join inventory_stockmove m on m.source_table = 'inventory_goodsissue' and m.source_id = d.id
              where d.company_id = %(company)s and d.customer_id = %(customer)s and d."on" >= %(since)s and d.state = 'posted'
              union all
              select m."on", -m.value from inventory_goodsreturn r
              join inventory_stockmove m on m.source_table = 'inventory_goodsreturn' and m.source_id = r.id
              where r.company_id = %(company)s and r.customer_id = %(customer)s and r."on" >= %(since)s and r.state = 'posted'
            ) select date_trunc('month', "on")::date, sum(value) from moved group by 1 order by 1
            """,
            {"company": company, "customer": customer, "since": since},
        )
        return dict(cursor.fetchall())
