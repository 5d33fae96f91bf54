"""What must always be true of the bins."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "warehouse.bins_equal_moves",
    title=_("What lies in bins equals their moves"),
    why=_("A picker would be sent to goods that are not there (WH-01)."),
)
def bins_equal_moves() -> str:
    return """
    with moved as (
      select bin, product_id, lot_id, sum(q) as quantity from (
        select to_bin_id as bin, product_id, lot_id, quantity as q from warehouse_binmove where to_bin_id is not null
        union all select from_bin_id, product_id, lot_id, -quantity from warehouse_binmove where from_bin_id is not null) both_sides group by 1, 2, 3)
    select coalesce(m.bin, s.bin_id) as bin_id, coalesce(m.product_id, s.product_id) as product_id, m.quantity as moved, s.on_hand
    from moved m full join warehouse_binstock s on s.bin_id = m.bin and s.product_id = m.product_id and coalesce(s.lot_id, 0) = coalesce(m.lot_id, 0)
    where coalesce(m.quantity, 0) <> coalesce(s.on_hand, 0)
    """


@check(
    "warehouse.bins_within_stock",
    title=_("Bins hold no more than is in their warehouse"),
    why=_("What lies in a warehouse and in no bin is at its dock; that is never less than nothing (WH-01)."),
)
def bins_within_stock() -> str:
    return """
    with lying as (select location_id, product_id, lot_id, sum(on_hand) as quantity from warehouse_binstock where on_hand > 0 group by 1, 2, 3)
    select y.location_id, y.product_id, y.lot_id, y.quantity as in_bins, coalesce(t.on_hand, l.on_hand, 0) as on_hand from lying y
    left join inventory_stocklevel l on y.lot_id is null and l.location_id = y.location_id and l.product_id = y.product_id
    left join inventory_lotstock t on t.lot_id = y.lot_id and t.location_id = y.location_id
    where y.quantity > greatest(coalesce(t.on_hand, l.on_hand, 0), 0)
    """


@check(
    "warehouse.bins_within_capacity",
    title=_("Bins hold no more than they have room for"),
    why=_("Put-away would send goods where there is no room (WH-01)."),
)
def bins_within_capacity() -> str:
    return """
    select b.id, b.code, sum(s.on_hand) as pieces from warehouse_bin b join warehouse_binstock s on s.bin_id = b.id and s.on_hand > 0
    group by b.id having sum(s.on_hand) > b.most_pieces
    """


@check(
    "warehouse.tasks_explain_allotted",
    title=_("What is kept for tasks is explained by tasks"),
    why=_("Two pickers would be sent to the same piece, or goods be kept for nobody (WH-03)."),
)
def tasks_explain_allotted() -> str:
    return """
    with kept as (
      select from_bin_id as bin, product_id, lot_id, quantity as q from warehouse_task where state = 'open' and from_bin_id is not null
      union all select to_bin_id, product_id, lot_id, done_quantity from warehouse_task where state = 'done' and kind in ('pick', 'cross_dock')
    ), told as (select bin, product_id, lot_id, sum(q) as quantity from kept group by 1, 2, 3)
    select s.bin_id, s.product_id, s.lot_id, s.allotted, s.on_hand, t.quantity as of_tasks from warehouse_binstock s
    left join told t on t.bin = s.bin_id and t.product_id = s.product_id and t.lot_id is not distinct from s.lot_id
    where s.allotted <> coalesce(t.quantity, 0) or s.allotted > s.on_hand
    """
