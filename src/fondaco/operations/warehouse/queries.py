"""Reads of bins that several callers share."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, F, Max, Min, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from fondaco.operations.warehouse.models import QUANTITY, Bin, BinStock
from fondaco.platform.money import ZERO

#: A product, or a lot of it, in a place: (place, product, lot).
Key = tuple[int, int, int | None]

#: What lies in places and in no bin of theirs, by lot where goods are tracked.
AT_DOCK = """
with lying as (
  select l.location_id, l.product_id, null::bigint as lot_id, l.on_hand from inventory_stocklevel l
  join catalog_product p on p.id = l.product_id and p.tracking = 'none'
  where l.location_id = any(%(places)s) and (%(products)s::bigint[] is null or l.product_id = any(%(products)s)) and l.on_hand > 0
  union all
  select l.location_id, l.product_id, l.lot_id, l.on_hand from inventory_lotstock l
  where l.location_id = any(%(places)s) and (%(products)s::bigint[] is null or l.product_id = any(%(products)s)) and l.on_hand > 0
), in_bins as (
  select s.location_id, s.product_id, s.lot_id, sum(s.on_hand) as quantity from warehouse_binstock s
  where s.location_id = any(%(places)s) and (%(products)s::bigint[] is null or s.product_id = any(%(products)s)) and s.on_hand > 0 group by 1, 2, 3
)
select y.location_id, y.product_id, y.lot_id, y.on_hand - coalesce(b.quantity, 0) from lying y
left join in_bins b on b.location_id = y.location_id and b.product_id = y.product_id and b.lot_id is not distinct from y.lot_id
where y.on_hand > coalesce(b.quantity, 0) order by 1, 2, 3
"""


def at_dock(places: Collection[int], products: Collection[int] | None = None) -> dict[Key, Decimal]:
    """What lies in places and in no bin; of some products, or of all. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(AT_DOCK, {"places": list(places), "products": list(products) if products is not None else None})
        return {(place, product, lot): quantity for place, product, lot, quantity in cursor.fetchall()}


def in_bins() -> Any:
    """Of a stock level, what lies in bins."""
    lying = BinStock.objects.filter(product=OuterRef("product"), location=OuterRef("location"), on_hand__gt=0)
    total = lying.order_by().values("location").annotate(total=Sum("on_hand")).values("total")
    return Coalesce(Subquery(total, output_field=DecimalField(**QUANTITY)), Value(ZERO), output_field=DecimalField(**QUANTITY))


def no_bin() -> Any:
    """Of a stock level, what lies in no bin: at the dock."""
    return F("on_hand") - in_bins()


def crossings_of(places: Iterable[int]) -> dict[int, list[int]]:
    """Where aisles are crossed, in decimetres along them: before the first and behind the last bin of each place. One statement."""
    found = {place: [0, 0] for place in places}
    for place, front, back in (
        Bin.objects.filter(location__in=found).order_by().values_list("location_id").annotate(a=Min("y_m"), b=Max("y_m"))
    ):
        found[place] = [int(front * 10), int(back * 10)]
    return found


#: What came into warehouses that inspect, and was not inspected yet; by lot where goods are tracked.
UNINSPECTED = """
select m.to_location_id, m.product_id, a.lot_id, sum(coalesce(a.quantity, m.quantity))
from warehouse_floor f join warehouse_steps s on s.warehouse_id = f.warehouse_id and s.receipt_steps = 3
join inventory_stockmove m on m.to_location_id = f.location_id and m.source_table = 'inventory_goodsreceipt' and m.created_at >= s.inspected_since
left join inventory_movelot a on a.move_id = m.id
where f.location_id = any(%(places)s) and (%(products)s::bigint[] is null or m.product_id = any(%(products)s))
  and not exists (select from warehouse_inspection i where i.receipt_id = m.source_id)
group by 1, 2, 3
"""


def uninspected(places: Collection[int], products: Collection[int] | None = None) -> dict[Key, Decimal]:
    """What lies at docks and waits for its inspection; nothing where goods are not inspected. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(UNINSPECTED, {"places": list(places), "products": list(products) if products is not None else None})
        return {(place, product, lot): quantity for place, product, lot, quantity in cursor.fetchall()}


def usable_at_dock(places: Collection[int], products: Collection[int] | None = None) -> dict[Key, Decimal]:
    """What lies in places and in no bin, and need not be inspected any more. Two statements."""
    waiting = uninspected(places, products)
    found = {key: quantity - waiting.get(key, ZERO) for key, quantity in at_dock(places, products).items()}
    return {key: quantity for key, quantity in found.items() if quantity > 0}
