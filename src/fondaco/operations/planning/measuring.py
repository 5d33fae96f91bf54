"""What is really used, how long vendors really take, and the safety stock that follows (SP-02).

Safety stock is ``z * sqrt(L * s_d^2 + d^2 * s_L^2)``: z the normal quantile of the service level (the share of replenishment cycles in which
nothing runs out), d and s_d mean and standard deviation of the use of a day, L and s_L those of the lead time in days. It supposes that use and
lead time vary independently of each other. Source: the combined formula of P. L. King, "Crack the Code: Understanding Safety Stock", APICS
Magazine, July/August 2011; the same in Silver, Pyke and Thomas, "Inventory and Production Management in Supply Chains", 4th edition, on variable
lead times. The reorder point is ``d * L`` plus safety stock. Both are rounded up to whole stock units.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from statistics import NormalDist

from django.db import connection

from fondaco.platform.money import ZERO

#: Use is measured over so many days, or since the first issue where that is later; over no fewer than so many.
WINDOW, SHORTEST = 182, 14
#: Lead times are measured over so many days.
LEAD_WINDOW = 730

#: What left a warehouse for customers, production and the house's own use on each day, less what came back, as mean and standard deviation of a day.
USE = """
with asked as (select * from unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) a (product_id, warehouse_id)),
moved as (
  select a.product_id, a.warehouse_id, m."on", sum(case when m.sign < 0 then m.quantity else -m.quantity end) as quantity
  from asked a join inventory_location place on place.warehouse_id = a.warehouse_id and place.kind = 'internal'
  join inventory_stockmove m on m.company_id = place.company_id and m.product_id = a.product_id and m."on" > %(since)s and m."on" <= %(today)s
  join inventory_location other on other.id = case when m.sign < 0 then m.to_location_id else m.from_location_id end
    and other.kind in ('customer', 'production', 'own_use')
  where (m.sign = -1 and m.from_location_id = place.id) or (m.sign = 1 and m.to_location_id = place.id and m.returns_id is not null)
  group by 1, 2, 3
), summed as (
  select product_id, warehouse_id, sum(quantity) as total, sum(quantity * quantity) as squares,
    greatest(least(%(window)s, %(today)s - min("on") + 1), %(shortest)s)::numeric as days
  from moved group by 1, 2
)
select product_id, warehouse_id, total / days, sqrt(greatest((squares - total * total / days) / (days - 1), 0)) from summed
"""

#: How many days vendors took from order to receipt, by product: each receipt counts once, whatever its quantity.
LEAD = """
select o.company_id, o.vendor_id, l.product_id, avg(m."on" - o."on"), coalesce(stddev_samp(m."on" - o."on"), 0), count(*)
from purchasing_purchaseorderline l join purchasing_purchaseorder o on o.id = l.order_id
join inventory_stockmove m on m.demand_table = 'purchasing_purchaseorderline' and m.demand_line = l.id and m.sign = 1 and m."on" >= o."on"
where l.product_id = any (%(products)s) and o."on" > %(since)s group by 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Use:
    """Used in a day, in stock units: mean and standard deviation."""

    mean: Decimal = ZERO
    spread: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Lead:
    """Days from order to receipt: mean, standard deviation, and how many receipts said so."""

    mean: Decimal
    spread: Decimal = ZERO
    receipts: int = 0


def used(spots: Collection[tuple[int, int]], today: date) -> dict[tuple[int, int], Use]:
    """The use of products in warehouses; one statement."""
    wanted = sorted(set(spots))
    with connection.cursor() as cursor:
        cursor.execute(
            USE,
            {
                "products": [p for p, _w in wanted], "warehouses": [w for _p, w in wanted], "today": today, "since": today - timedelta(days=WINDOW),
                "window": WINDOW, "shortest": SHORTEST,
            },
        )  # fmt: skip
        return {(p, w): Use(max(mean, ZERO), spread) for p, w, mean, spread in cursor.fetchall()}


def lead_times(products: Collection[int], today: date) -> dict[tuple[int, int, int], Lead]:
    """What vendors took, by company, vendor and product; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(LEAD, {"products": sorted(set(products)), "since": today - timedelta(days=LEAD_WINDOW)})
        return {(c, v, p): Lead(mean, spread, n) for c, v, p, mean, spread, n in cursor.fetchall()}


def quantile(service_percent: Decimal) -> Decimal:
    """z of a service level, to four decimals; 50 percent need no safety stock."""
    return Decimal(str(round(NormalDist().inv_cdf(float(service_percent) / 100), 4)))


def safety_stock(use: Use, lead: Lead, service_percent: Decimal) -> Decimal:
    """The formula of this module, rounded up to whole stock units."""
    variance = lead.mean * use.spread**2 + use.mean**2 * lead.spread**2
    return up(quantile(service_percent) * variance.sqrt())


def up(quantity: Decimal) -> Decimal:
    """A quantity rounded up to whole stock units."""
    return quantity.to_integral_value(ROUND_CEILING)
