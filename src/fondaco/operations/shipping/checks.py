"""What must always be true of what travels."""

from django.utils.translation import gettext_lazy as _

from fondaco.operations.shipping.laws import LAWS
from fondaco.platform.audit.checks import check


@check(
    "shipping.deliveries_are_accompanied",
    title=_("Goods that left have the transport document that the law asks for"),
    why=_("Goods on the road without a paper are fined, and their invoice could not name it."),
)
def deliveries_are_accompanied() -> str:
    countries = ", ".join(f"'{code}'" for code in sorted(LAWS)) or "''"
    return f"""
    select d.id, d.number, t.number as transport from inventory_goodsissue d
    join companies_company c on c.id = d.company_id and c.country_id in ({countries})
    left join inventory_location p on p.id = d.place_id
    left join shipping_transportdocument t on t.source_table = 'inventory_goodsissue' and t.source_id = d.id
    where d.state = 'posted' and p.kind is distinct from 'at_customer' and (t.id is null or t."on" <> d."on" or t.party_id <> d.customer_id)
    """


@check(
    "shipping.packed_within_deliveries",
    title=_("Packages hold no more than their deliveries"),
    why=_("A package with goods that did not leave is one that somebody will miss."),
)
def packed_within_deliveries() -> str:
    return """
    select l.id, l.issue_id, coalesce(l.second_quantity, l.quantity) as quantity, sum(k.quantity) as packed from shipping_packageline k
    join shipping_package p on p.id = k.package_id join inventory_goodsissueline l on l.id = k.issue_line_id
    group by l.id having sum(k.quantity) > coalesce(l.second_quantity, l.quantity) or bool_or(p.issue_id <> l.issue_id)
    """


@check(
    "shipping.consignments_as_their_events",
    title=_("Consignments are delivered where their carrier said so"),
    why=_("A parcel that the carrier delivered and we look for, or the other way round, costs a call and a customer."),
)
def consignments_as_their_events() -> str:
    return """
    select c.id, c.number, c.state, c.progress from shipping_consignment c
    where (c.state = 'delivered') <> (c.progress = 'delivered' and c.state not in ('to_cancel', 'cancelled', 'refused'))
      or (c.progress = 'delivered' and not exists (select from shipping_trackingevent e where e.consignment_id = c.id and e.kind = 'delivered'))
      or (c.progress <> '' and not exists (select from shipping_trackingevent e where e.consignment_id = c.id))
    """


@check(
    "shipping.asked_bookings_are_on_their_way",
    title=_("What is to be booked waits in the outbox"),
    why=_("A booking that nobody carries to the carrier is a parcel that nobody collects."),
)
def asked_bookings_are_on_their_way() -> str:
    return """
    select c.id, c.number, c.state from shipping_consignment c
    where c.state in ('to_book', 'to_cancel')
      and not exists (select from events_outboxmessage m where m.key = 'carrier.' || case c.state when 'to_book' then 'book' else 'cancel' end || ':' || c.reference)
    """
