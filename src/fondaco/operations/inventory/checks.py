"""What must always be true of the stock."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check

INSIDE = "('internal', 'transit')"


@check(
    "inventory.levels_equal_moves",
    title=_("Stock levels equal the moves"),
    why=_("A level that is not explained by moves would promise goods that are not there."),
)
def levels_equal_moves() -> str:
    return f"""
    with sides as (
      select product_id, to_location_id as place, quantity as q from inventory_stockmove
      union all select product_id, from_location_id, -quantity from inventory_stockmove
    ), moved as (
      select s.product_id, s.place, sum(s.q) as quantity from sides s join inventory_location l on l.id = s.place and l.kind in {INSIDE} group by 1, 2
    )
    select coalesce(m.product_id, s.product_id) as product_id, coalesce(m.place, s.location_id) as location_id, m.quantity as moved, s.on_hand
    from moved m full join inventory_stocklevel s on s.product_id = m.product_id and s.location_id = m.place
    where coalesce(m.quantity, 0) <> coalesce(s.on_hand, 0)
    """


@check(
    "inventory.costs_equal_moves",
    title=_("Product costs equal the moves"),
    why=_("The moving average would be wrong for every later issue."),
)
def costs_equal_moves() -> str:
    return f"""
    with signed as (
      select m.company_id, m.product_id,
        (t.kind in {INSIDE})::int - (f.kind in {INSIDE})::int as sign, m.quantity, m.value
      from inventory_stockmove m join inventory_location f on f.id = m.from_location_id join inventory_location t on t.id = m.to_location_id)
    select c.product_id, c.quantity, c.value, s.quantity as moved_quantity, s.value as moved_value from inventory_productcost c
    left join (select company_id, product_id, sum(sign * quantity) as quantity, sum(sign * value) as value from signed group by 1, 2) s
      on s.company_id = c.company_id and s.product_id = c.product_id
    where c.quantity <> coalesce(s.quantity, 0) or c.value <> coalesce(s.value, 0) or (c.quantity = 0 and c.value <> 0)
    """


@check(
    "inventory.value_equals_ledger",
    title=_("Stock value equals the inventory accounts"),
    why=_("Stock and books must say the same at every moment (IV-05)."),
)
def value_equals_ledger() -> str:
    return """
    select c.id as company_id, coalesce(s.value, 0) as stock, coalesce(b.balance, 0) as ledger from companies_company c
    left join (select company_id, sum(value) as value from inventory_productcost group by 1) s on s.company_id = c.id
    left join (select a.company_id, sum(x.debit - x.credit) as balance from ledger_account a join ledger_accountbalance x on x.account_id = a.id
      where a.purpose = 'inventory' group by 1) b on b.company_id = c.id
    where coalesce(s.value, 0) <> coalesce(b.balance, 0)
    """


@check(
    "inventory.reserved_explained",
    title=_("What is reserved is explained by reservations"),
    why=_("Otherwise goods would be kept for nobody."),
)
def reserved_explained() -> str:
    return """
    select s.product_id, s.location_id, s.reserved, coalesce(r.quantity, 0) as reservations from inventory_stocklevel s
    left join (select product_id, location_id, sum(quantity) as quantity from inventory_reservation group by 1, 2) r
      on r.product_id = s.product_id and r.location_id = s.location_id
    where s.reserved <> coalesce(r.quantity, 0)
    """
