"""What was paid for the same and for similar things in the last 24 months (PC-08), from bills and orders in force; one statement.

Similar are products of the same category or of a like name; of a line without a product, lines of orders in like words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.permissions import standalone
from fondaco.platform.money import rounded
from fondaco.platform.resources.declare import Beside

VIEW = standalone("purchasing.view_price_memory")
#: So many vendors and products are told of a line.
SAME, SIMILAR = 4, 4
#: Prices of a unit are told with so many decimals, rounded half away from zero.
PRICE_DECIMALS = 4
#: From which likeness on (0 to 1) names are alike.
LIKE = 0.35

FOUND = """
with asked as (
  select a.n, a.product, coalesce(p.name, a.words) as words, p.category_id as category
  from unnest(%(n)s::int[], %(products)s::bigint[], %(words)s::text[]) a (n, product, words) left join catalog_product p on p.id = a.product
), wanted as (
  select a.n, p.id as product, p.id is not distinct from a.product as is_same from asked a join catalog_product p on p.id = a.product
  union all
  select a.n, s.id, false from asked a cross join lateral (
    (select p.id from catalog_product p where p.category_id = a.category and p.id is distinct from a.product and p.is_active
      order by similarity(p.name, a.words) desc, p.id limit 30)
    union
    (select p.id from catalog_product p where a.words <> '' and p.name %% a.words and similarity(p.name, a.words) >= %(like)s
      and p.id is distinct from a.product and p.is_active order by similarity(p.name, a.words) desc, p.id limit 30)) s
), paid as (
  select w.n, w.is_same, b.vendor_id, l.product_id, '' as words, b.on, b.currency_id, l.net / l.quantity as price, l.quantity, 'bill' as source, b.id as paper, b.number
  from wanted w join payables_billline l on l.product_id = w.product and l.quantity > 0
  join payables_bill b on b.id = l.bill_id and b.state = 'posted' and b.kind = 'bill' and b.company_id = %(company)s and b.on between %(since)s and %(until)s
  union all
  select w.n, w.is_same, o.vendor_id, l.product_id, '', o.on, o.currency_id, l.net / l.quantity, l.quantity, 'order', o.id, o.number
  from wanted w join purchasing_purchaseorderline l on l.product_id = w.product
  join purchasing_purchaseorder o on o.id = l.order_id and o.state in ('confirmed', 'closed') and o.company_id = %(company)s and o.on between %(since)s and %(until)s
  union all
  select a.n, false, o.vendor_id, null, l.description, o.on, o.currency_id, l.net / l.quantity, l.quantity, 'order', o.id, o.number
  from asked a join purchasing_purchaseorderline l on a.product is null and a.words <> '' and l.product_id is null and l.description %% a.words
    and similarity(l.description, a.words) >= %(like)s
  join purchasing_purchaseorder o on o.id = l.order_id and o.state in ('confirmed', 'closed') and o.company_id = %(company)s and o.on between %(since)s and %(until)s
), priced as (
  select p.*, p.price * case when p.currency_id = c.currency_id then 1 else (select x.rate from companies_exchangerate x
    where x.base_id = c.currency_id and x.currency_id = p.currency_id and x.on <= p.on order by x.on desc limit 1) end as cost
  from paid p join companies_company c on c.id = %(company)s
), told as (
  select p.n, p.is_same, p.vendor_id, p.product_id, p.words, count(*) as times, min(p.cost) as lowest, max(p.cost) as highest, max(p.on) as last_on,
    (array_agg(p.cost order by p.on desc, p.source, p.paper desc))[1] as last_cost, (array_agg(p.source order by p.on desc, p.source, p.paper desc))[1] as source,
    (array_agg(p.paper order by p.on desc, p.source, p.paper desc))[1] as paper, (array_agg(p.number order by p.on desc, p.source, p.paper desc))[1] as number
  from priced p where p.cost is not null group by p.n, p.is_same, p.vendor_id, p.product_id, p.words
)
select t.n, t.is_same, v.id, v.name, coalesce(g.sku || ' ' || g.name, t.words), t.times, t.lowest, t.highest, t.last_on, t.last_cost, t.source, t.paper, t.number
from (select t.*, row_number() over (partition by t.n, t.is_same order by t.last_on desc, t.last_cost, t.vendor_id) as place from told t) t
join parties_party v on v.id = t.vendor_id left join catalog_product g on g.id = t.product_id
where t.place <= case when t.is_same then %(same)s else %(similar)s end
order by t.n, t.is_same desc, t.place
"""


@dataclass(frozen=True)
class Paid:
    """What one vendor got for one unit, in company currency, net and less discounts: the last time, the least and the most."""

    is_same: bool
    vendor_id: int
    vendor: str
    what: str
    times: int
    lowest: Decimal
    highest: Decimal
    last_on: date
    last: Decimal
    source: str
    paper: int
    number: str

    @property
    def url(self) -> str:
        return f"/{'bills' if self.source == 'bill' else 'purchase-orders'}/{self.paper}"


def paid_for(company: int, wanted: Sequence[tuple[int | None, str]], *, on: date) -> list[list[Paid]]:
    """What was paid within the 24 months up to a day for each of the wanted (product, or words): the same first, the latest first."""
    found: list[list[Paid]] = [[] for _asked in wanted]
    if not wanted:
        return found
    given = {
        "n": list(range(len(wanted))),
        "products": [product for product, _words in wanted],
        "words": [words.strip() for _product, words in wanted],
        "company": company, "since": on.replace(year=on.year - 2, day=min(on.day, 28)), "until": on, "like": LIKE, "same": SAME, "similar": SIMILAR,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FOUND, given)
        for n, *values in cursor.fetchall():
            found[n].append(Paid(*values))
    return found


def told_beside(
    values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], actor: Actor, show: Callable[[Any], str]
) -> list[list[Beside]]:
    """What is told beside the lines of a form while they are typed: to whom may see it, in the company of the document."""
    company = str(values.get("company") or "")
    if not company.isdecimal() or not actor.may(VIEW, int(company)):
        return []
    wanted = [(int(p) if (p := str(line.get("product") or "")).isdecimal() else None, str(line.get("description") or "")) for line in lines]
    return [[_told(paid, show) for paid in rows] for rows in paid_for(int(company), wanted, on=timezone.localdate())]


def _told(paid: Paid, show: Callable[[Any], str]) -> Beside:
    who = paid.vendor if paid.is_same else f"{paid.what}, {paid.vendor}"
    text = _("{who}: {price} on {day} ({number})").format(
        who=who, price=show(rounded(paid.last, PRICE_DECIMALS)), day=show(paid.last_on), number=paid.number
    )
    if paid.times > 1:
        text += "; " + _("{lowest} to {highest} in {times} purchases").format(
            lowest=show(rounded(paid.lowest, PRICE_DECIMALS)), highest=show(rounded(paid.highest, PRICE_DECIMALS)), times=paid.times
        )
    return Beside(text, paid.url, "" if paid.is_same else _("similar"))
