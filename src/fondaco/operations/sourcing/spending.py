"""What was spent (PC-07): by category, vendor or product, how much of it by contract, how prices moved; every figure drills to its lines.

Spend is the net of lines of posted bills, credit notes taken off, in company currency at the rate of the day. Under contract is what bills order lines that
were called off from one. Drift compares what each product cost with its mean price in the stretch of the same length before; products that were not
bought then do not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from fondaco.platform.access.permissions import standalone
from fondaco.platform.money import ZERO, rounded

VIEW = standalone("sourcing.view_spend")
HUNDRED = Decimal(100)

LINES = """
select l.id, i.id as bill, i.number, i.on, i.vendor_id, v.name as vendor, l.product_id, p.sku || ' ' || p.name as product, coalesce(p.name, l.description) as what,
  p.category_id, c.name as category, l.quantity, case when i.kind = 'bill' then 1 else -1 end * l.net * f.rate as spend,
  case when l.quantity <> 0 then least(1, coalesce((select sum(k.quantity) from payables_billmatch k join purchasing_purchaseorderline o
    on k.order_table = 'purchasing_purchaseorderline' and o.id = k.order_line and o.contract_line_id is not null where k.line_id = l.id), 0) / l.quantity) else 0 end as covered,
  i.on < %(first)s as is_before, i.kind = 'bill' and l.quantity > 0 as is_bought
from payables_bill i join payables_billline l on l.bill_id = i.id join parties_party v on v.id = i.vendor_id join companies_company h on h.id = i.company_id
left join catalog_product p on p.id = l.product_id left join catalog_category c on c.id = p.category_id
cross join lateral (select case when i.currency_id = h.currency_id then 1 else coalesce((select x.rate from companies_exchangerate x
  where x.base_id = h.currency_id and x.currency_id = i.currency_id and x.on <= i.on order by x.on desc limit 1), 0) end as rate) f
where i.company_id = %(company)s and i.state = 'posted' and i.on between %(before)s and %(last)s
"""
WHERE = {
    "category": "(%(category)s::bigint = 0 and l.category_id is null or l.category_id = %(category)s::bigint)",
    "vendor": "l.vendor_id = %(vendor)s::bigint",
    "product": "(%(product)s::bigint = 0 and l.product_id is null or l.product_id = %(product)s::bigint)",
}
GROUPS = {"category": ("category_id", "category"), "vendor": ("vendor_id", "vendor"), "product": ("product_id", "product")}


@dataclass(frozen=True)
class Group:
    """What one category, vendor or product came to. ``key`` 0: lines that have none."""

    key: int
    name: str
    spend: Decimal
    contract_percent: Decimal | None
    drift_percent: Decimal | None
    drift: Decimal
    lines: int


@dataclass(frozen=True)
class Spent:
    """One line of a bill."""

    bill: int
    number: str
    on: date
    vendor: str
    what: str
    quantity: Decimal
    spend: Decimal
    covered_percent: Decimal


def spend_by(company: int, by: str, *, first: date, last: date, within: Mapping[str, int] | None = None) -> list[Group]:
    """Spend between two days by ``by`` (category, vendor, product), within what was drilled into, the largest first; one statement."""
    key, name = GROUPS[by]
    statement = f"""
with l as ({LINES}), mean as (
  select product_id, sum(spend) / sum(quantity) as price from l where is_before and is_bought and product_id is not null group by product_id
)
select coalesce(l.{key}, 0), coalesce(max(l.{name}), ''), sum(l.spend), sum(l.spend * l.covered), sum(l.spend - l.quantity * m.price) filter (where l.is_bought),
  sum(l.quantity * m.price) filter (where l.is_bought), count(*)
from l left join mean m on m.product_id = l.product_id where not l.is_before{_within(within)} group by coalesce(l.{key}, 0) order by 3 desc, 1
"""
    return [
        Group(key, name, rounded(spend, 2), _percent(covered, spend), _percent(dearer, before), rounded(dearer or ZERO, 2), lines)
        for key, name, spend, covered, dearer, before, lines in _asked(statement, company, first, last, within)
    ]


def spent_lines(company: int, *, first: date, last: date, within: Mapping[str, int] | None = None, limit: int = 500) -> list[Spent]:
    """The lines of bills behind a figure, the dearest first; one statement."""
    statement = f"""
with l as ({LINES}) select l.bill, l.number, l.on, l.vendor, l.what, l.quantity, l.spend, l.covered * 100 from l
where not l.is_before{_within(within)} order by l.spend desc, l.id limit {int(limit)}
"""
    return [
        Spent(bill, number, on, vendor, what, quantity, rounded(spend, 2), rounded(Decimal(covered), 1))
        for bill, number, on, vendor, what, quantity, spend, covered in _asked(statement, company, first, last, within)
    ]


def _within(within: Mapping[str, int] | None) -> str:
    return "".join(f" and {WHERE[name]}" for name in sorted(within or {}))


def _percent(part: Any, whole: Any) -> Decimal | None:
    return rounded(Decimal(part or 0) * HUNDRED / Decimal(whole), 1) if whole else None


def _asked(statement: str, company: int, first: date, last: date, within: Mapping[str, int] | None) -> list[Any]:
    given = {"company": company, "first": first, "last": last, "before": first - timedelta(days=(last - first).days + 1), **(within or {})}
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
