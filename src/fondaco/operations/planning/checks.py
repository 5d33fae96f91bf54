"""What must always be true of reorder rules and of what they propose."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "planning.rules_stay_in_company",
    title=_("Reorder rules name warehouses of their own company"),
    why=_("Goods would be bought for, or fetched from, a house that is another company's (SP-02, SP-06)."),
)
def rules_stay_in_company() -> str:
    return """
    select r.id, r.company_id, w.company_id as warehouse_of, f.company_id as fetched_from from planning_reorderrule r
    join inventory_warehouse w on w.id = r.warehouse_id left join inventory_warehouse f on f.id = r.from_warehouse_id
    where w.company_id <> r.company_id or f.company_id <> r.company_id
    """


@check(
    "planning.points_cover_safety",
    title=_("Reorder points cover the safety stock"),
    why=_("What was computed would order again only when the safety stock is used up already (SP-02)."),
)
def points_cover_safety() -> str:
    return """
    select id, safety, reorder_point, computed_on from planning_reorderrule
    where computed_on is not null and (safety < 0 or reorder_point < safety)
    """


@check(
    "planning.open_proposals_follow_rules",
    title=_("Open proposals are of what their rules say"),
    why=_("A buyer would accept what nobody wants ordered again any more (SP-02)."),
)
def open_proposals_follow_rules() -> str:
    return """
    select p.id, p.rule_id from planning_proposal p join planning_reorderrule r on r.id = p.rule_id
    where p.state = 'open' and (p.company_id, p.product_id, p.warehouse_id, p.source) is distinct from (r.company_id, r.product_id, r.warehouse_id, r.source)
    """


@check(
    "planning.accepted_proposals_made_theirs",
    title=_("Accepted proposals name papers of their own company"),
    why=_("What was decided could not be followed to what was bought or fetched."),
)
def accepted_proposals_made_theirs() -> str:
    return """
    select p.id, p.made_table, p.made_id from planning_proposal p
    left join purchasing_purchaseorder o on p.made_table = 'purchasing_purchaseorder' and o.id = p.made_id
    left join inventory_stocktransfer t on p.made_table = 'inventory_stocktransfer' and t.id = p.made_id
    where p.state = 'accepted' and (p.made_table <> case p.source when 'transfer' then 'inventory_stocktransfer' else 'purchasing_purchaseorder' end
      or coalesce(o.company_id, t.company_id) <> p.company_id)
    """
