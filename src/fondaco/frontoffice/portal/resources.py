"""How the customer portal is set up and looked at by the house."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Max, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.portal import actions, panels, refusals  # noqa: F401  verbs, panels and sentences are declared on import
from fondaco.frontoffice.portal.models import CustomerAccess, DeliveryAddress, PortalOrder, PortalRule
from fondaco.masterdata.users.models import OutsideSignIn
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Resource, register


def _last_sign_in() -> Any:
    rows = OutsideSignIn.objects.filter(user=OuterRef("user")).order_by().values("user").annotate(last=Max("at"))
    return Subquery(rows.values("last"))


@register
class CustomerAccessResource(Resource):
    """Who of our customers signs in to the portal, and what he may do there."""

    model, key = CustomerAccess, "customer-accesses"
    title, title_one, job, icon, group, place = _("Customers' accesses"), _("Customer's access"), "sell", "customer", "customers", 71
    view_permission, write_permission = "portal.view_access", "portal.write_access"
    columns = [
        "customer", "person", "email", "state", "is_buyer", "is_approver", "is_accounts", "is_administrator",
        Column("order_limit", currency="company__currency__code"), Column("last_sign_in", _("Last sign-in"), kind="moment"), "company",
    ]  # fmt: skip
    fields = [
        "customer", "person", "email", "state", "on", "expires_on", "is_buyer", "is_approver", "is_accounts", "is_administrator",
        Column("order_limit", currency="company__currency__code"), "sent_at", Column("last_sign_in", _("Last sign-in"), kind="moment"), "invited_by", "company",
    ]  # fmt: skip
    writable = [
        "company", "customer", "person", "email", "on", "expires_on", "is_buyer", "is_approver", "is_accounts", "is_administrator", "order_limit",
    ]  # fmt: skip
    filters, search, sort = ["company", "state", "customer", "is_buyer", "is_administrator"], ["customer", "person", "email"], "-id"
    annotations = {"last_sign_in": _last_sign_in}
    conditions = {
        "waits": (_("invited by the customer, waits for us"), lambda: Q(state="draft", invited_by__isnull=False)),
    }

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for draft in drafts:
            draft.row.person, draft.row.email = draft.row.person.strip(), draft.row.email.strip().lower()


@register
class PortalOrderResource(Resource):
    """What customers order in the portal."""

    model, key = PortalOrder, "portal-orders"
    title, title_one, job, icon, group, place = _("Orders of the portal"), _("Order of the portal"), "sell", "note", "customers", 72
    view_permission = "portal.view_order"
    columns = [
        "order", Column("order__customer", _("customer")), "on", "state", Column("order__state", _("state of the order")), "access", "approver",
        Column("base_gross", currency="company__currency__code"), "note",
    ]  # fmt: skip
    fields = [*columns, "decided_at", "reason", "company"]
    filters, search, sort = ["company", "state", "order__customer", "access", "on"], ["order"], "-id"
    conditions = {
        "to_look_at": (_("not confirmed, to be looked at"), lambda: Q(state="placed", order__state="draft")),
        "waiting": (_("waits for the customer's approver"), lambda: Q(state="waiting")),
    }


@register
class PortalRuleResource(Resource):
    model, key = PortalRule, "portal-rules"
    title, title_one, job, icon, group, place = _("Portal rules"), _("Portal rule"), "sell", "note", "set_up", 73
    view_permission, write_permission = "portal.view_rule", "portal.write_rule"
    columns = ["company", "shows_stock", Column("few_below", kind="quantity"), "channel"]
    writable, filters = ["company", "shows_stock", "few_below", "channel"], ["company"]


@register
class DeliveryAddressResource(Resource):
    """Where customers have goods sent, as they keep it in the portal themselves."""

    model, key = DeliveryAddress, "portal-addresses"
    title, title_one, job, icon, group, place = (
        _("Delivery addresses of the portal"),
        _("Delivery address of the portal"),
        "sell",
        "customer",
        "customers",
        75,
    )
    view_permission = "portal.view_access"
    columns = ["customer", "label", "street", "postal_code", "city", "country", "is_active", "company"]
    filters, search = ["company", "customer", "is_active"], ["customer", "label", "city"]
