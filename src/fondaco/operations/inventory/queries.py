"""Reads of the stock that several callers share."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Case, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value, When
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
from fondaco.platform.money import ZERO, spread


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
    """By line of a delivery, how much of each lot that left with it has not come back: pieces, of goods with a second unit. Two statements,
    none for no line."""
    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    wanted = list(issue_lines)
    if not wanted:
        return found
    issued = {"source_table": GoodsIssue._meta.db_table, "source_line__in": wanted}
    out = MoveLot.objects.filter(**{f"move__{key}": value for key, value in issued.items()})
    back = MoveLot.objects.filter(**{f"move__returns__{key}": value for key, value in issued.items()})
    measure = Coalesce("second_quantity", "quantity")
    for sign, rows in (
        (1, out.values_list("move__source_line", "lot__number", measure)),
        (-1, back.values_list("move__returns__source_line", "lot__number", measure)),
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


def paper_number(move: str = "move__") -> Any:
    """The number of the paper of a move; ``move`` is the path to it, from a move of a lot unless said."""
    return _of_paper(move, lambda _party: "number", PAPERS)


def paper_party(move: str = "move__") -> Any:
    """The name of the partner whom the paper of a move names."""
    return _of_paper(move, lambda party: f"{party}__name", [paper for paper in PAPERS if paper[1]])


def _of_paper(move: str, path: Callable[[str], str], papers: Sequence[tuple[Any, str]]) -> Any:
    cases = [
        When(
            **{f"{move}source_table": model._meta.db_table},
            then=Subquery(model.objects.filter(pk=OuterRef(f"{move}source_id")).values(path(party))[:1]),
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


def monthly_margin(
    sales: QuerySet[Any], company: int, customers: Sequence[int], *, since: date, until: date | None = None
) -> list[tuple[date, Decimal, Decimal]]:
    """By month (its first day) what customers bought, by ``sales`` (pairs of month and revenue), and what the goods delivered to them cost, less
    what came back; company currency. One statement."""
    sold, given = sales.query.sql_with_params()
    asked = (company, list(customers), since, until or date.max)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with sold(month, net) as ({sold}), moved as (
              select m."on", m.value from inventory_goodsissue d
              join inventory_stockmove m on m.source_table = 'inventory_goodsissue' and m.source_id = d.id
              where d.company_id = %s and d.customer_id = any (%s) and d."on" between %s and %s and d.state = 'posted'
              union all
              select m."on", -m.value from inventory_goodsreturn r
              join inventory_stockmove m on m.source_table = 'inventory_goodsreturn' and m.source_id = r.id
              where r.company_id = %s and r.customer_id = any (%s) and r."on" between %s and %s and r.state = 'posted'
            ), cost as (select date_trunc('month', "on") as month, sum(value) as value from moved group by 1)
            select month::date, coalesce(net, 0), coalesce(value, 0) from sold full join cost using (month) order by 1
            """,
            [*given, *asked, *asked],
        )
        return cursor.fetchall()


def owned_at_month_ends(company: int, product: int, today: date, months: int) -> list[tuple[date, Decimal]]:
    """What we owned of a product at the end of each of the last months, and today; from the moves since, one statement beside the figure of now."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select date_trunc('month', "on")::date, sum(sign * quantity) from inventory_stockmove
            where company_id = %s and product_id = %s and "on" >= %s and sign <> 0 group by 1
            """,
            [company, product, date(year, month + 1, 1)],
        )
        changes = dict(cursor.fetchall())
    left = ProductCost.objects.filter(company=company, product=product).values_list("quantity", flat=True).first() or ZERO
    left -= sum((q for first, q in changes.items() if first > today), ZERO)
    found, end, first = [], today, today.replace(day=1)
    for _month in range(months + 1):
        found.append((end, left))
        left -= changes.get(first, ZERO)
        end = first - timedelta(days=1)
        first = end.replace(day=1)
    return found[::-1]


VALUES = """
with moved as materialized (
  select product_id, from_location_id, to_location_id, sum(quantity) as quantity, sum(sign * value) as value, sum(second_quantity) as second
  from inventory_stockmove where company_id = %(company)s and booked_on <= %(on)s group by 1, 2, 3
), places as (
  select s.product_id, s.place, sum(s.quantity) as quantity, sum(s.second) as second from (
    select product_id, to_location_id as place, quantity, second from moved union all select product_id, from_location_id, -quantity, -second from moved
  ) s join inventory_location l on l.id = s.place and l.kind in ('internal', 'transit', 'quarantine', 'at_customer')
  group by 1, 2 having sum(s.quantity) <> 0
), worth as (
  select product_id, sum(value) as value from (
    select product_id, value from moved
    union all select product_id, value from inventory_stockvalue where company_id = %(company)s and booked_on <= %(on)s
  ) v group by 1 having sum(value) <> 0
)
select coalesce(p.product_id, w.product_id), p.place, coalesce(p.quantity, 0), coalesce(w.value, 0), p.second
from places p full join worth w on w.product_id = p.product_id
order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class StockWorth:
    """What lay of a product in a place, and its share of what the product was worth. ``place`` is None of value without goods; ``second``
    the pieces, of goods with a second unit."""

    product: int
    place: int | None
    quantity: Decimal
    value: Decimal
    second: Decimal | None = None


def stock_values(company: int, *, on: date, decimals: int) -> list[StockWorth]:
    """What the stock was worth at the end of a day, as the books had it, per product and place (IV-05). One statement.

    What a product is worth is the company's, whatever the place: places share it by quantity, in whole minor units (largest remainder), so
    that the sum of all rows is the balance of the inventory accounts on that day. Goods count from the day on which they stand in the books.
    """
    with connection.cursor() as cursor:
        cursor.execute(VALUES, {"company": company, "on": on})
        rows = cursor.fetchall()
    found = []
    for product, group in groupby(rows, key=lambda row: row[0]):
        places = list(group)
        value = places[0][3]
        # Less than nothing in a place, where a company allows it: the others bear the whole value.
        weights = [max(quantity, ZERO) for _p, _place, quantity, _v, _second in places]
        shares = spread(value, weights, decimals)
        found += [
            StockWorth(product, place, quantity, share, second)
            for (_p, place, quantity, _v, second), share in zip(places, shares, strict=True)
        ]
    return found
