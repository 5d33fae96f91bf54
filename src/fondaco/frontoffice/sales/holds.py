"""Holds: what stops an order beside credit, by rule or by hand, who lets it go on, and the log of both (OM-06).

While a hold is open the order is not confirmed, and no goods leave for it: ``migrations/holds.sql``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.models import Order, OrderHold
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.money import figure

#: The rules that fire on orders, with the figures that made them: amounts in company currency at the rate of the order's day; the
#: deepest discount of a line in percent, off the list where a price was entered by hand; the margin in percent of the net at present cost.
FIRED = """
with asked as (
  select o.id, o.company_id, o.customer_id, o.gross * coalesce(r.rate, 1) as gross, o.net * coalesce(r.rate, 1) as net,
    coalesce((select a.country_id from parties_address a where a.party_id = o.customer_id and a.kind = 'delivery' and a.country_id is not null
      order by a.position, a.id limit 1), p.country_id) as country,
    not exists (select from invoicing_invoice i where i.customer_id = o.customer_id and i.company_id = o.company_id and i.state = 'posted') as is_new
  from sales_order o join parties_party p on p.id = o.customer_id join companies_company c on c.id = o.company_id
  left join lateral (select x.rate from companies_exchangerate x where o.currency_id <> c.currency_id and x.base_id = c.currency_id
    and x.currency_id = o.currency_id and x."on" <= o."on" order by x."on" desc limit 1) r on true
  where o.id = any (%s)
), figures as (
  select a.*, f.discount, case when a.net > 0 then round(100 * (a.net - f.cost) / a.net, 2) when f.cost > 0 then -100 else 0 end as margin
  from asked a cross join lateral (
    select coalesce(max(case when l.price_explanation->>'source' = 'hand' and (l.price_explanation->>'price') ~ '^[0-9.]*[1-9][0-9.]*$'
        then round(100 * (1 - l.unit_price * (1 - l.discount_percent / 100) / (l.price_explanation->>'price')::numeric), 2)
        else l.discount_percent end), 0) as discount,
      coalesce(sum(l.quantity * case when k.quantity > 0 then k.value / k.quantity else coalesce(k.last_cost, 0) end), 0) as cost
    from sales_orderline l left join inventory_productcost k on k.product_id = l.product_id and k.company_id = a.company_id where l.order_id = a.id
  ) f
)
select f.id, h.id, h.kind, h.name, h.country_id, h.category_id is not null, h.least_total, f.gross, h.new_customer, h.discount_over, f.discount,
  h.margin_under, f.margin
from figures f join sales_holdrule h on h.company_id = f.company_id and h.is_active
where (h.country_id is null or h.country_id = f.country) and (h.least_total is null or f.gross >= h.least_total) and (not h.new_customer or f.is_new)
  and (h.discount_over is null or f.discount > h.discount_over) and (h.margin_under is null or f.margin < h.margin_under)
  and (h.category_id is null or exists (
    with recursive branch as (select h.category_id as id union all select c.id from catalog_category c join branch b on c.parent_id = b.id)
    select from sales_orderline l join catalog_product p on p.id = l.product_id join branch b on b.id = p.category_id where l.order_id = f.id))
order by f.id, h.id
"""


def fire(orders: Sequence[Order]) -> None:
    """Put the holds of the rules that fire on orders about to be confirmed, or amended, each with its figures.

    A rule that was released on an order does not fire on it again as long as its figures are those that were released. Three
    statements, whatever their number.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIRED, [[o.pk for o in orders]])
        fired = cursor.fetchall()
    stand, judged = set(), set()
    for order, rule, figures, at in OrderHold.objects.filter(order__in=[o.pk for o in orders], rule__isnull=False).values_list(
        "order_id", "rule_id", "figures", "released_at"
    ):
        judged.add((order, rule, tuple(figures)))
        if at is None:
            stand.add((order, rule))
    holds = [
        OrderHold(order_id=order, rule_id=rule, kind=kind, why=_why(name, *figures), figures=[str(f) for f in figures])
        for order, rule, kind, name, *figures in fired
    ]
    insert_rows(
        OrderHold, [h for h in holds if (h.order_id, h.rule_id) not in stand and (h.order_id, h.rule_id, tuple(h.figures)) not in judged]
    )


def _why(
    name: str,
    country: Any,
    category: bool,
    total: Any,
    gross: Any,
    new: bool,
    discount_over: Any,
    discount: Any,
    margin_under: Any,
    margin: Any,
) -> str:
    """The sentence of a rule that fired: its name, and each of its conditions with what was found."""
    found = []
    if country:
        found.append(_("goods go to {country}").format(country=country))
    if category:
        found.append(_("goods of the category are ordered"))
    if total is not None:
        found.append(_("it comes to {gross}, limit {total}").format(gross=f"{gross:.2f}", total=f"{total:.2f}"))
    if new:
        found.append(_("the customer was never invoiced"))
    if discount_over is not None:
        found.append(_("{discount}% below the list, allowed {allowed}%").format(discount=figure(discount), allowed=figure(discount_over)))
    if margin_under is not None:
        found.append(_("margin {margin}%, at least {least}%").format(margin=figure(margin), least=figure(margin_under)))
    return f"{name}: {'; '.join(found)}"


def open_holds(orders: Iterable[int]) -> dict[int, list[OrderHold]]:
    """The holds that stop each order, the oldest first; one statement."""
    found: dict[int, list[OrderHold]] = defaultdict(list)
    for hold in OrderHold.objects.filter(order__in=list(orders), released_at__isnull=True).order_by("pk"):
        found[hold.order_id].append(hold)
    return found
