"""What orders want, told to supply and demand: what is still to be delivered of confirmed ones, and of held ones what may be."""

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sales.models import OrderLine
from fondaco.operations.supply.sources import DEMAND, Source, register

ORDERS = register(
    Source(
        OrderLine._meta.db_table,
        DEMAND,
        _("Order"),
        "/orders/{document}",
        """
        select o.company_id, o.warehouse_id, l.product_id, coalesce(l.promised_on, o.requested_on, o.confirmed_on, o."on") as "on",
          l.quantity - gone.quantity as quantity, kept.quantity as reserved, l.id as line, o.id as document, o.number,
          o.customer_id as party_id, case when o.state = 'confirmed' then 'firm' else 'planned' end as certainty
        from asked a join sales_orderline l on l.product_id = a.product_id
        join sales_order o on o.id = l.order_id and o.company_id = a.company_id and o.state in ('held', 'confirmed')
        cross join lateral (
          select coalesce(sum(m.quantity), 0) as quantity from inventory_stockmove m
          where m.demand_table = 'sales_orderline' and m.demand_line = l.id and m.returns_id is null
        ) gone
        cross join lateral (
          select coalesce(sum(r.quantity), 0) as quantity from inventory_reservation r
          where r.demand_table = 'sales_orderline' and r.demand_line = l.id
        ) kept
        where l.quantity > gone.quantity
        """,
        to_customer=True,
    )
)
