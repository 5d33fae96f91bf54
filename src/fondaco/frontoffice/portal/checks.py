"""What must always be true of the customer portal."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "portal.over_the_limit_is_approved",
    title=_("Orders of the portal above the buyer's limit were approved by somebody else of the customer"),
    why=_("A customer would be bound by somebody whom he did not let buy so much."),
)
def over_the_limit_is_approved() -> str:
    return """
    select p.id, o.number, o.state, p.state as placed from portal_portalorder p join sales_order o on o.id = p.order_id
    join portal_customeraccess a on a.id = p.access_id left join portal_customeraccess b on b.id = p.approver_id
    where (p.state <> 'placed' and o.state in ('confirmed', 'held', 'closed')) or (o.customer_id, o.company_id) <> (a.customer_id, a.company_id)
      or (b.id is not null and (b.customer_id, b.company_id) <> (a.customer_id, a.company_id))
    """
