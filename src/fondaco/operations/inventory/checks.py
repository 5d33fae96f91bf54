"""What must always be true of the stock."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check

INSIDE = "('internal', 'transit', 'quarantine', 'at_customer', 'consigned')"


@check(
    "inventory.levels_equal_moves",
    title=_("Stock levels equal the moves"),
    why=_("A level that is not explained by moves would promise goods that are not there."),
)
def levels_equal_moves() -> str:
    return f"""
    with sides as (
      select product_id, to_location_id as place, quantity as q, second_quantity as second from inventory_stockmove
      union all select product_id, from_location_id, -quantity, -second_quantity from inventory_stockmove
    ), moved as (
      select s.product_id, s.place, sum(s.q) as quantity, sum(s.second) as second from sides s join inventory_location l on l.id = s.place and l.kind in {INSIDE} group by 1, 2
    )
    select coalesce(m.product_id, s.product_id) as product_id, coalesce(m.place, s.location_id) as location_id, m.quantity as moved, s.on_hand,
      m.second as second_moved, s.second_on_hand
    from moved m full join inventory_stocklevel s on s.product_id = m.product_id and s.location_id = m.place
    where coalesce(m.quantity, 0) <> coalesce(s.on_hand, 0) or coalesce(m.second, 0) <> coalesce(s.second_on_hand, 0)
    """


@check(
    "inventory.costs_equal_moves",
    title=_("Product costs equal the moves"),
    why=_("What a product is worth would be wrong for every later issue."),
)
def costs_equal_moves() -> str:
    return """
    with moved as (
      select company_id, product_id, sum(quantity) as quantity, sum(value) as value, sum(second) as second from (
        select company_id, product_id, sign * quantity as quantity, sign * value as value, sign * second_quantity as second from inventory_stockmove
        union all select company_id, product_id, 0, value, null from inventory_stockvalue) both_sides group by 1, 2)
    select c.product_id, c.quantity, c.value, s.quantity as moved_quantity, s.value as moved_value from inventory_productcost c
    left join moved s on s.company_id = c.company_id and s.product_id = c.product_id
    where c.quantity <> coalesce(s.quantity, 0) or c.value <> coalesce(s.value, 0) or (c.quantity = 0 and c.value <> 0)
      or coalesce(c.second_quantity, 0) <> coalesce(s.second, 0)
    """


@check(
    "inventory.layers_equal_costs",
    title=_("Cost layers equal the product costs"),
    why=_("Goods that leave first in, first out would leave at costs that nobody paid."),
)
def layers_equal_costs() -> str:
    return """
    select c.company_id, c.product_id, c.quantity, c.value, l.quantity as in_layers, l.value as value_of_layers from inventory_productcost c
    join catalog_product p on p.id = c.product_id and p.costing = 'fifo'
    left join (select company_id, product_id, sum(quantity) as quantity, sum(value) as value from inventory_costlayer group by 1, 2) l
      on l.company_id = c.company_id and l.product_id = c.product_id
    where c.quantity <> coalesce(l.quantity, 0) or c.value <> coalesce(l.value, 0)
    """


@check(
    "inventory.value_equals_ledger",
    title=_("Stock value equals the inventory accounts, on every day"),
    why=_("Stock and books must say the same at every moment, past days included (IV-05)."),
)
def value_equals_ledger() -> str:
    return """
    with changes as (
      select company_id, booked_on, sum(value) as value from (
        select company_id, booked_on, sign * value as value from inventory_stockmove where sign <> 0
        union all select company_id, booked_on, value from inventory_stockvalue) both_sides group by 1, 2
    ), booked as (
      select l.company_id, e."on", sum(l.amount) as amount from ledger_account a
      join ledger_journalline l on l.account_id = a.id join ledger_journalentry e on e.id = l.entry_id
      where a.purpose = 'inventory' group by 1, 2)
    select coalesce(c.company_id, b.company_id) as company_id, coalesce(c.booked_on, b."on") as day, coalesce(c.value, 0) as stock, coalesce(b.amount, 0) as ledger
    from changes c full join booked b on b.company_id = c.company_id and b."on" = c.booked_on
    where coalesce(c.value, 0) <> coalesce(b.amount, 0)
    """


@check(
    "inventory.direct_goes_through",
    title=_("What vendors sent straight to customers reached them"),
    why=_("Goods would be owed to a vendor, and be cost, that no customer got (OM-05)."),
)
def direct_goes_through() -> str:
    return """
    select x.company_id, x.product_id, sum(x.quantity) as quantity, sum(x.value) as value from (
      select m.company_id, m.product_id, m.quantity, m.value from inventory_stockmove m join inventory_location l on l.id = m.to_location_id and l.kind = 'direct'
      union all
      select m.company_id, m.product_id, -m.quantity, -m.value from inventory_stockmove m join inventory_location l on l.id = m.from_location_id and l.kind = 'direct'
    ) x group by 1, 2 having sum(x.quantity) <> 0 or sum(x.value) <> 0
    union all
    select x.company_id, x.product_id, sum(x.quantity), 0 from (
      select a.company_id, a.product_id, a.lot_id, a.quantity from inventory_movelot a
      join inventory_stockmove m on m.id = a.move_id join inventory_location l on l.id = m.to_location_id and l.kind = 'direct'
      union all
      select a.company_id, a.product_id, a.lot_id, -a.quantity from inventory_movelot a
      join inventory_stockmove m on m.id = a.move_id join inventory_location l on l.id = m.from_location_id and l.kind = 'direct'
    ) x group by x.company_id, x.product_id, x.lot_id having sum(x.quantity) <> 0
    """


@check(
    "inventory.reserved_explained",
    title=_("What is reserved is explained by reservations"),
    why=_("Otherwise goods would be kept for nobody."),
)
def reserved_explained() -> str:
    return """
    select s.product_id, s.location_id, s.reserved, coalesce(r.quantity, 0) as reservations, s.second_reserved, r.second from inventory_stocklevel s
    left join (select product_id, location_id, sum(quantity) as quantity, sum(second_quantity) as second from inventory_reservation group by 1, 2) r
      on r.product_id = s.product_id and r.location_id = s.location_id
    where s.reserved <> coalesce(r.quantity, 0) or coalesce(s.second_reserved, 0) <> coalesce(r.second, 0)
    """


@check(
    "inventory.counts_are_adjusted",
    title=_("Posted counts brought the books to what was counted"),
    why=_("A difference that was found and not posted is found again, or hidden (IV-08)."),
)
def counts_are_adjusted() -> str:
    return """
    with counted as (
      select c.id, l.product_id, sum(l.counted - l.book) as difference, sum(l.second_counted - l.second_book) as second from inventory_stockcount c
      join inventory_stockcountline l on l.count_id = c.id and (l.counted, l.second_counted) is distinct from (l.book, l.second_book)
      where c.state = 'posted' and l.counted is not null group by 1, 2
    ), adjusted as (
      select c.id, l.product_id, sum(l.quantity) as quantity, sum(l.second_quantity) as second from inventory_stockcount c
      join inventory_stockadjustment a on a.id = c.adjustment_id and a.state = 'posted' join inventory_stockadjustmentline l on l.adjustment_id = a.id
      where c.state = 'posted' group by 1, 2
    )
    select coalesce(c.id, a.id) as count_id, coalesce(c.product_id, a.product_id) as product_id, c.difference, a.quantity
    from counted c full join adjusted a on a.id = c.id and a.product_id = c.product_id where coalesce(c.difference, 0) <> coalesce(a.quantity, 0)
      or coalesce(c.second, 0) <> coalesce(a.second, 0)
    """


@check(
    "inventory.lots_explain_stock",
    title=_("The lots of tracked goods explain where they are"),
    why=_("Otherwise a recall would miss goods, or look for some that are not there (IV-06)."),
)
def lots_explain_stock() -> str:
    return f"""
    with sides as (
      select a.lot_id, m.to_location_id as place, a.quantity as q, a.second_quantity as second from inventory_movelot a join inventory_stockmove m on m.id = a.move_id
      union all select a.lot_id, m.from_location_id, -a.quantity, -a.second_quantity from inventory_movelot a join inventory_stockmove m on m.id = a.move_id
    ), moved as (
      select s.lot_id, s.place, sum(s.q) as quantity, sum(s.second) as second from sides s join inventory_location l on l.id = s.place and l.kind in {INSIDE} group by 1, 2
    ), by_place as (
      select product_id, location_id, sum(on_hand) as quantity, sum(second_on_hand) as second from inventory_lotstock group by 1, 2
    )
    select coalesce(m.lot_id, s.lot_id) as lot_id, null::bigint as product_id, coalesce(m.place, s.location_id) as location_id, m.quantity as moved, s.on_hand
    from moved m full join inventory_lotstock s on s.lot_id = m.lot_id and s.location_id = m.place
    where coalesce(m.quantity, 0) <> coalesce(s.on_hand, 0) or coalesce(m.second, 0) <> coalesce(s.second_on_hand, 0)
    union all
    select s.lot_id, s.product_id, s.location_id, null, s.on_hand from inventory_lotstock s join inventory_lot t on t.id = s.lot_id
    where (s.expires_on, s.is_blocked) is distinct from (t.expires_on, t.state = 'blocked')
    union all
    select null, l.product_id, l.location_id, l.on_hand, coalesce(b.quantity, 0) from inventory_stocklevel l
    join catalog_product p on p.id = l.product_id and p.tracking <> 'none'
    left join by_place b on b.product_id = l.product_id and b.location_id = l.location_id
    where l.on_hand <> coalesce(b.quantity, 0) or coalesce(l.second_on_hand, 0) <> coalesce(b.second, 0)
    """


@check(
    "inventory.lots_equal_costs",
    title=_("What lots cost equals what their product costs"),
    why=_("Goods at the cost of their lot would leave at costs that nobody paid (IV-02)."),
)
def lots_equal_costs() -> str:
    return """
    select c.company_id, c.product_id, c.quantity, c.value, l.quantity as in_lots, l.value as value_of_lots from inventory_productcost c
    join catalog_product p on p.id = c.product_id and p.costing = 'specific'
    left join (select company_id, product_id, sum(quantity) as quantity, sum(value) as value from inventory_lotcost group by 1, 2) l
      on l.company_id = c.company_id and l.product_id = c.product_id
    where c.quantity <> coalesce(l.quantity, 0) or c.value <> coalesce(l.value, 0)
    """


@check(
    "inventory.holdings_equal_deliveries",
    title=_("What customers hold of lots equals what was delivered and did not come back"),
    why=_("A recall would not reach a customer who holds the goods (IV-06)."),
)
def holdings_equal_deliveries() -> str:
    return """
    with moved as (
      select a.lot_id, d.customer_id, sum(case when m.returns_id is null then coalesce(a.second_quantity, a.quantity) else -coalesce(a.second_quantity, a.quantity) end) as quantity
      from inventory_movelot a join inventory_stockmove m on m.id = a.move_id left join inventory_stockmove o on o.id = m.returns_id and o.tracked
        and o.source_table = 'inventory_goodsissue'
      join inventory_goodsissue d on d.id = case when m.source_table = 'inventory_goodsissue' then m.source_id else o.source_id end
      group by 1, 2
    )
    select coalesce(m.lot_id, h.lot_id) as lot_id, coalesce(m.customer_id, h.customer_id) as customer_id, m.quantity as delivered, coalesce(h.second_quantity, h.quantity) as held
    from moved m full join inventory_lotholding h on h.lot_id = m.lot_id and h.customer_id = m.customer_id
    join catalog_product p on p.id = coalesce(h.product_id, (select product_id from inventory_lot where id = m.lot_id)) and p.tracking = 'lot'
    where coalesce(m.quantity, 0) <> coalesce(h.second_quantity, h.quantity, 0)
    union all
    select t.id, null, coalesce(s.there, 0), coalesce(h.held, 0) from inventory_lot t join catalog_product p on p.id = t.product_id and p.tracking = 'serial'
    left join (select lot_id, sum(coalesce(second_on_hand, on_hand)) as there from inventory_lotstock group by 1) s on s.lot_id = t.id
    left join (select lot_id, sum(coalesce(second_quantity, quantity)) as held from inventory_lotholding group by 1) h on h.lot_id = t.id
    where coalesce(s.there, 0) + coalesce(h.held, 0) > 1
    """
