"""How vendors deliver (PC-05), from what was posted: days, quantities, quality and price; each figure with the rows it is made of.

On time is a receipt on or before the day that was expected (of the line, else of the order; receipts without one do not count). Quantity is what came of what was
ordered, on closed orders, at most all of it. Quality is what came and is neither in a blocked lot, nor was received into quarantine, nor went back to the vendor for a reason
that counts against him (of the same goods the larger one counts). Price drift is by how
much bills exceed the price of their order lines (which is the contract's where one was called off), by value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from fondaco.platform.access.permissions import standalone
from fondaco.platform.money import ZERO, rounded

VIEW = standalone("sourcing.view_score")
HUNDRED = Decimal(100)

RECEIVED = """
select o.vendor_id, g.id as receipt, g.number, m.on as came_on, coalesce(l.expected_on, o.expected_on) as expected, o.id as purchase, o.number as order_number,
  p.sku || ' ' || p.name as product, m.quantity,
  least(m.quantity, greatest(coalesce((select sum(x.quantity) from inventory_movelot x join inventory_lot t on t.id = x.lot_id and t.state = 'blocked' where x.move_id = m.id), 0)
      + case when d.kind = 'quarantine' then m.quantity else 0 end,
    coalesce((select sum(b.quantity) from purchasing_vendorreturnline b join purchasing_vendorreturn v on v.id = b.vendor_return_id and v.state in ('sent', 'credited', 'closed')
      join purchasing_vendorreturnreason w on w.id = b.reason_id and w.blames_vendor where b.receipt_line_id = m.source_line), 0))) as bad
from inventory_stockmove m join purchasing_purchaseorderline l on l.id = m.demand_line
join purchasing_purchaseorder o on o.id = l.order_id and o.company_id = %(company)s
join inventory_goodsreceipt g on g.id = m.source_id and m.source_table = 'inventory_goodsreceipt' join inventory_location d on d.id = m.to_location_id
join catalog_product p on p.id = l.product_id
where m.demand_table = 'purchasing_purchaseorderline' and m.sign = 1 and m.on between %(first)s and %(last)s and (%(vendors)s::bigint[] is null or o.vendor_id = any (%(vendors)s))
"""
SCORES = f"""
with received as ({RECEIVED}), came as (
  select vendor_id, count(*) as receipts, count(expected) as judged, count(*) filter (where came_on <= expected) as on_time, sum(quantity) as quantity, sum(bad) as bad,
    coalesce(avg(greatest(came_on - expected, 0)) filter (where expected is not null), 0) as days_late from received group by vendor_id
), whole as (
  select o.vendor_id, sum(l.quantity) as ordered, sum(least(l.quantity, coalesce(c.quantity, 0))) as came
  from purchasing_purchaseorder o join purchasing_purchaseorderline l on l.order_id = o.id join catalog_product p on p.id = l.product_id and p.kind = 'goods'
  left join lateral (select sum(m.quantity) as quantity from inventory_stockmove m
    where m.demand_table = 'purchasing_purchaseorderline' and m.demand_line = l.id and m.sign = 1) c on true
  where o.company_id = %(company)s and o.state = 'closed' and o.on between %(first)s and %(last)s and (%(vendors)s::bigint[] is null or o.vendor_id = any (%(vendors)s))
  group by o.vendor_id
), billed as (
  select o.vendor_id, sum(k.quantity * (b.net / b.quantity - l.net / l.quantity)) as dearer, sum(k.quantity * l.net / l.quantity) as agreed
  from payables_billmatch k join payables_billline b on b.id = k.line_id and b.quantity > 0
  join payables_bill i on i.id = b.bill_id and i.state = 'posted' and i.kind = 'bill' and i.on between %(first)s and %(last)s
  join purchasing_purchaseorderline l on k.order_table = 'purchasing_purchaseorderline' and l.id = k.order_line
  join purchasing_purchaseorder o on o.id = l.order_id and o.company_id = %(company)s and o.currency_id = i.currency_id
  where %(vendors)s::bigint[] is null or o.vendor_id = any (%(vendors)s) group by o.vendor_id
)
select v.id, v.name, coalesce(c.receipts, 0), coalesce(c.judged, 0), coalesce(c.on_time, 0), coalesce(c.days_late, 0), c.quantity, c.bad, w.ordered, w.came, b.dearer, b.agreed
from parties_party v left join came c on c.vendor_id = v.id left join whole w on w.vendor_id = v.id left join billed b on b.vendor_id = v.id
where c.vendor_id is not null or w.vendor_id is not null or b.vendor_id is not null order by v.sort_name, v.id
"""
MONTHS = f"""
select date_trunc('month', r.came_on)::date, count(r.expected), count(*) filter (where r.came_on <= r.expected) from ({RECEIVED}) r group by 1 order by 1
"""
ROWS = f"select r.* from ({RECEIVED}) r order by r.came_on desc, r.receipt desc limit %(limit)s"
PRICES = """
select i.id, i.number, i.on, o.id, o.number, coalesce(p.sku || ' ' || p.name, l.description), k.quantity, l.net / l.quantity, b.net / b.quantity, i.currency_id,
  l.contract_line_id is not null
from payables_billmatch k join payables_billline b on b.id = k.line_id and b.quantity > 0
join payables_bill i on i.id = b.bill_id and i.state = 'posted' and i.kind = 'bill' and i.on between %(first)s and %(last)s
join purchasing_purchaseorderline l on k.order_table = 'purchasing_purchaseorderline' and l.id = k.order_line left join catalog_product p on p.id = l.product_id
join purchasing_purchaseorder o on o.id = l.order_id and o.company_id = %(company)s and o.vendor_id = any (%(vendors)s) and o.currency_id = i.currency_id
order by abs(k.quantity * (b.net / b.quantity - l.net / l.quantity)) desc, i.on desc, k.id desc limit %(limit)s
"""


@dataclass(frozen=True)
class Score:
    """What a vendor's postings of some time say; percentages with one decimal, rounded half away from zero, empty where nothing can be judged."""

    vendor: int
    name: str
    receipts: int
    judged: int
    on_time: int
    days_late: Decimal
    on_time_percent: Decimal | None
    quantity_percent: Decimal | None
    quality_percent: Decimal | None
    price_drift_percent: Decimal | None


@dataclass(frozen=True)
class Came:
    """One receipt of one order line."""

    vendor: int
    receipt: int
    number: str
    on: date
    expected: date | None
    purchase: int
    order_number: str
    product: str
    quantity: Decimal
    bad: Decimal

    @property
    def days_late(self) -> int | None:
        return None if self.expected is None else max((self.on - self.expected).days, 0)


@dataclass(frozen=True)
class Priced:
    """One bill's line beside the order line it bills."""

    bill: int
    bill_number: str
    on: date
    purchase: int
    order_number: str
    what: str
    quantity: Decimal
    agreed: Decimal
    billed: Decimal
    currency: str
    by_contract: bool

    @property
    def drift_percent(self) -> Decimal | None:
        return _percent(self.billed - self.agreed, self.agreed)


def scores(company: int, *, first: date, last: date, vendors: Sequence[int] | None = None) -> list[Score]:
    """The scores of vendors (all who delivered or billed) between two days; one statement."""
    found = []
    for vendor, name, receipts, judged, on_time, late, quantity, bad, ordered, came, dearer, agreed in _asked(
        SCORES, company, first, last, vendors
    ):
        found.append(
            Score(
                vendor, name, receipts, judged, on_time, rounded(Decimal(late), 1), _percent(on_time, judged), _percent(came, ordered),
                _percent((quantity or ZERO) - (bad or ZERO), quantity), _percent(dearer, agreed),
            )
        )  # fmt: skip
    return found


def _percent(part: Any, whole: Any) -> Decimal | None:
    return rounded(Decimal(part or 0) * HUNDRED / Decimal(whole), 1) if whole else None


def months(company: int, vendor: int, *, first: date, last: date) -> list[tuple[date, int, int]]:
    """By month, how many receipts had a day to keep, and how many kept it; one statement."""
    return _asked(MONTHS, company, first, last, [vendor])


def receipts(company: int, vendor: int, *, first: date, last: date, limit: int = 200) -> list[Came]:
    """The receipts behind a score, the latest first; one statement."""
    return [Came(*row) for row in _asked(ROWS, company, first, last, [vendor], limit)]


def prices(company: int, vendor: int, *, first: date, last: date, limit: int = 200) -> list[Priced]:
    """The bills behind a price drift, the largest difference first; one statement."""
    return [Priced(*row) for row in _asked(PRICES, company, first, last, [vendor], limit)]


def _asked(statement: str, company: int, first: date, last: date, vendors: Sequence[int] | None, limit: int = 0) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {"company": company, "first": first, "last": last, "vendors": None if vendors is None else list(vendors), "limit": limit},
        )
        return list(cursor.fetchall())
