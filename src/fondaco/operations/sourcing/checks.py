"""What must always be true of what is asked of vendors, what they say, and what the house needs."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "sourcing.awards_within_offers",
    title=_("No more is awarded than was offered, and than was asked for"),
    why=_("Vendors would be owed orders that nobody asked them for (PC-02)."),
)
def awards_within_offers() -> str:
    return """
    select f.line_id, a.offered_id, sum(a.quantity) as awarded, f.quantity as most from sourcing_award a
    join sourcing_offerline f on f.id = a.offered_id group by f.line_id, a.offered_id, f.quantity having sum(a.quantity) > f.quantity
    union all
    select l.id, null, sum(a.quantity), l.quantity from sourcing_award a join sourcing_offerline f on f.id = a.offered_id
    join sourcing_quoterequestline l on l.id = f.line_id group by l.id having sum(a.quantity) > l.quantity
    """


@check(
    "sourcing.answers_stand",
    title=_("Vendors who answered have an answer, and those who did not have none"),
    why=_("An offer would be left out of the comparison, or somebody be counted who said nothing (PC-02)."),
)
def answers_stand() -> str:
    return """
    select i.id, i.state, count(o.id) as offers from sourcing_invitation i left join sourcing_offer o on o.invitation_id = i.id
    group by i.id having (i.state = 'answered' and count(o.id) = 0) or (i.state = 'asked' and count(o.id) > 0)
    """


@check(
    "sourcing.vendors_speak_of_their_own",
    title=_("What vendors said is of their own orders"),
    why=_("A vendor would have seen, or moved, what is another's (PC-06)."),
)
def vendors_speak_of_their_own() -> str:
    return """
    select w.id, w.order_id, o.vendor_id, a.vendor_id as said_by from sourcing_orderanswer w
    join sourcing_vendoraccess a on a.id = w.access_id join purchasing_purchaseorder o on o.id = w.order_id
    where (o.vendor_id, o.company_id, w.company_id) is distinct from (a.vendor_id, a.company_id, a.company_id)
    """


@check(
    "sourcing.people_act_for_their_vendor",
    title=_("Who signs in for a vendor is that vendor's"),
    why=_("Somebody would read the orders, prices and payments of another firm (PC-06)."),
)
def people_act_for_their_vendor() -> str:
    return """
    select a.id, a.vendor_id, u.party_id from sourcing_vendoraccess a join users_outsideuser u on u.id = a.user_id
    where u.party_id <> a.vendor_id or a.link_hash <> ''
    """


@check(
    "sourcing.needs_add_up",
    title=_("Requisitions are worth what their lines are"),
    why=_("Approvals and budgets would be held against another amount than what is bought (PC-01)."),
)
def needs_add_up() -> str:
    return """
    select r.id, r.net, coalesce(sum(l.net), 0) as lines from sourcing_requisition r left join sourcing_requisitionline l on l.requisition_id = r.id
    group by r.id having r.net <> coalesce(sum(l.net), 0)
    """


@check(
    "sourcing.nobody_allowed_his_own",
    title=_("Nobody let his own need exceed a budget"),
    why=_("A budget that whoever needs something can exceed by himself holds nobody (PC-01)."),
)
def nobody_allowed_his_own() -> str:
    return """
    select r.id, r.allowed_by, u.username as requester from sourcing_requisition r left join access_user u on u.id = r.requester_id
    where r.allowed_by <> '' and (r.allowed_by = r.created_by or r.allowed_by = u.username)
    """
