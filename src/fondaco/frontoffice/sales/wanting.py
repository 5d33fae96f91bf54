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
          case when l.second_quantity is null then l.quantity - gone.quantity
            else round(l.quantity * (l.second_quantity - gone.second) / l.second_quantity, 6) end as quantity, kept.quantity as reserved, l.id as line, o.id as document, o.number,
          o.customer_id as party_id, case when o.state = 'confirmed' then 'firm' else 'planned' end as certainty
        from asked a join sales_orderline l on l.product_id = a.product_id
        join sales_order o on o.id = l.order_id and o.company_id = a.company_id and o.state in ('held', 'confirmed')
        cross join lateral (
          select coalesce(sum(m.quantity), 0) as quantity, coalesce(sum(m.second_quantity), 0) as second from inventory_stockmove m
          where m.demand_table = 'sales_orderline' and m.demand_line = l.id and m.returns_id is null
        ) gone
        cross join lateral (
          select coalesce(sum(r.quantity), 0) as quantity from inventory_reservation r
          where r.demand_table = 'sales_orderline' and r.demand_line = l.id
        ) kept
        where case when l.second_quantity is null
          then l.quantity * (1 - coalesce((select p.second_tolerance from catalog_product p where p.id = l.product_id), 0) / 100) > gone.quantity
          else l.second_quantity > gone.second end
        """,
        to_customer=True,
    )
)
