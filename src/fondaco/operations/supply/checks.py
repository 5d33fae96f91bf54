"""What must always be true of supply and demand."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "supply.ties_are_received",
    title=_("What is handed over of a tie came or left with it"),
    why=_("Goods bought for an order would be promised to others, or counted twice (SP-05)."),
)
def ties_are_received() -> str:
    return """
    select p.id, p.handed_over, came.quantity as came from (
      select supply_table, supply_line, min(id) as id, sum(handed_over) as handed_over from supply_peg group by 1, 2
    ) p cross join lateral (
      -- What was bought by the piece is handed over at what its pieces were to weigh; they may weigh less by their tolerance.
      select coalesce(sum(m.quantity * 100 / (100 - coalesce(t.second_tolerance, 0))), 0) as quantity
      from inventory_stockmove m join catalog_product t on t.id = m.product_id where m.demand_table = p.supply_table and m.demand_line = p.supply_line
    ) came where p.handed_over > came.quantity
    """
