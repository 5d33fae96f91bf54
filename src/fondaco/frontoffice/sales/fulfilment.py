"""How well orders are fulfilled, day by day: how long from order to shipment, how much of what was asked, how often a pick was as asked (WH-09)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from fondaco.platform.money import ZERO

#: Deliveries posted, by their day: how many, the median hours from the order (else from the delivery's draft) until they were posted, what
#: left with them and what was short of it.
SHIPPED = """
with gone as (
  select d.id, d."on", extract(epoch from min(m.created_at) - coalesce(o.created_at, d.created_at)) / 3600 as hours, sum(m.quantity) as quantity
  from inventory_goodsissue d join inventory_stockmove m on m.source_table = 'inventory_goodsissue' and m.source_id = d.id
  left join sales_order o on d.source_table = 'sales_order' and o.id = d.source_id
  where d.company_id = %s and d.state = 'posted' and d."on" between %s and %s group by d.id, o.id
)
select g."on", count(*), percentile_cont(0.5) within group (order by g.hours), sum(g.quantity),
  coalesce(sum((select sum(s.quantity) from warehouse_shortage s where s.issue_id = g.id)), 0)
from gone g group by 1
"""

#: Picks carried out or reported, by the day on which that was, and how many of them were as asked.
PICKED = """
select (t.done_at at time zone %s)::date, count(*), count(*) filter (where t.done_quantity = t.quantity) from warehouse_task t
where t.company_id = %s and t.kind = 'pick' and t.done_at >= %s::timestamp at time zone %s and t.done_at < %s::timestamp at time zone %s group by 1
"""


@dataclass(slots=True)
class Day:
    """A day's figures; rates are parts of one, ``None`` where nothing was shipped or picked. Hours are the median."""

    on: date
    deliveries: int = 0
    hours: Decimal | None = None
    shipped: Decimal = ZERO
    short: Decimal = ZERO
    picks: int = 0
    as_asked: int = 0

    @property
    def fill_rate(self) -> Decimal | None:
        return self.shipped / (self.shipped + self.short) if self.shipped + self.short else None

    @property
    def accuracy(self) -> Decimal | None:
        return Decimal(self.as_asked) / self.picks if self.picks else None


def days_of(company: int, zone: str, first: date, last: date) -> list[Day]:
    """Every day from the first to the last, in the company's time. Two statements."""
    found = {first + timedelta(days=n): Day(first + timedelta(days=n)) for n in range((last - first).days + 1)}
    with connection.cursor() as cursor:
        cursor.execute(SHIPPED, [company, first, last])
        for on, deliveries, hours, shipped, short in cursor.fetchall():
            day = found[on]
            day.deliveries, day.hours, day.shipped, day.short = deliveries, Decimal(str(round(max(hours, 0), 2))), shipped, short
        cursor.execute(PICKED, [zone, company, first, zone, last + timedelta(days=1), zone])
        for on, picks, as_asked in cursor.fetchall():
            if on in found:
                found[on].picks, found[on].as_asked = picks, as_asked
    return list(found.values())
