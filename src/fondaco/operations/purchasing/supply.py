"""What purchase orders bring, told to supply and demand: what is still to come of confirmed ones, and of drafts what is planned."""

from django.utils.translation import gettext_lazy as _

from fondaco.operations.purchasing.models import PurchaseOrderLine
from fondaco.operations.supply.sources import SUPPLY, Source, register

PURCHASES = register(
    Source(
        PurchaseOrderLine._meta.db_table,
        SUPPLY,
        _("Purchase order"),
        "/purchase-orders/{document}",
        """
        select o.company_id, o.warehouse_id, l.product_id, coalesce(l.expected_on, o.expected_on) as "on",
          case when l.second_quantity is null then l.quantity - came.quantity
            else round(l.quantity * (l.second_quantity - came.second) / l.second_quantity, 6) end as quantity, 0 as reserved, l.id as line, o.id as document, o.number, o.vendor_id as party_id,
          case when o.state = 'confirmed' then 'firm' else 'planned' end as certainty
        from asked a join purchasing_purchaseorderline l on l.product_id = a.product_id
        join purchasing_purchaseorder o on o.id = l.order_id and o.company_id = a.company_id and o.state in ('draft', 'confirmed')
        cross join lateral (
          select coalesce(sum(m.quantity), 0) - purchasing_sent_back(l.id, true) as quantity,
            coalesce(sum(m.second_quantity), 0) - purchasing_second_sent_back(l.id, true) as second from inventory_stockmove m
          join inventory_location target on target.id = m.to_location_id and (m.sign = 1 or target.kind = 'direct')
          where m.demand_table = 'purchasing_purchaseorderline' and m.demand_line = l.id
        ) came
        where case when l.second_quantity is null
          then l.quantity * (1 - coalesce((select p.second_tolerance from catalog_product p where p.id = l.product_id), 0) / 100) > came.quantity
          else l.second_quantity > came.second end
        """,
    )
)
