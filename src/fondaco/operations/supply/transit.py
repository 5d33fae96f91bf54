"""Transfers between warehouses as supply of the one and demand of the other: those on the way, and drafts as planned."""

from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.models import StockTransferLine
from fondaco.operations.supply.sources import DEMAND, SUPPLY, Source, register

TABLE = StockTransferLine._meta.db_table
#: Transfers within a warehouse, and to places where nothing is promised from, bring nothing and want nothing.
OPEN = """
from asked a join inventory_stocktransferline l on l.product_id = a.product_id
join inventory_stocktransfer t on t.id = l.transfer_id and t.company_id = a.company_id and t.warehouse_id <> t.to_warehouse_id
left join inventory_location place on place.id = t.place_id left join inventory_location target on target.id = t.to_place_id
"""

register(
    Source(
        TABLE, SUPPLY, _("Transfer"), "/transfers/{document}",
        f"""
        select t.company_id, t.to_warehouse_id as warehouse_id, l.product_id, t."on" + coalesce(r.transport_days, 0)::int as "on", l.quantity, 0 as reserved, l.id as line,
          t.id as document, t.number, null::bigint as party_id, case when t.state = 'sent' then 'firm' else 'planned' end as certainty
        {OPEN} left join supply_transportroute r on r.from_warehouse_id = t.warehouse_id and r.to_warehouse_id = t.to_warehouse_id
        where t.state in ('draft', 'sent') and coalesce(target.kind, 'internal') = 'internal'
        """,
    )
)  # fmt: skip
register(
    Source(
        TABLE, DEMAND, _("Transfer"), "/transfers/{document}",
        f"""
        select t.company_id, t.warehouse_id, l.product_id, t."on", l.quantity, 0 as reserved, l.id as line,
          t.id as document, t.number, null::bigint as party_id, 'planned' as certainty
        {OPEN} where t.state = 'draft' and coalesce(place.kind, 'internal') = 'internal'
        """,
    )
)  # fmt: skip
