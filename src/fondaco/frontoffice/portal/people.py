"""Who acts in the customer portal: the accesses of a portal user, what each of his roles allows, and the actor who does what he asks."""

from collections.abc import Mapping
from typing import Any

from fondaco.frontoffice.portal.models import CustomerAccess
from fondaco.frontoffice.portal.queries import colleagues, seat_of
from fondaco.frontoffice.portal.refusals import NotYourRole, NotYours
from fondaco.masterdata.users.outside import CHANNEL
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.documents.actions import Action
from fondaco.platform.documents.performing import Outcome, perform

#: The one right of a portal user; nobody of the house uses it.
RIGHT = "portal.use_access"
#: What the program uses in his name, in his company, to carry out what he was allowed: never open to himself by any door.
CARRYING = (
    "sales.write_order", "sales.confirm_order", "sales.cancel_order", "sales.write_return", "service.view_ticket", "service.write_ticket", "parties.view_party",
    "catalog.view_product", "catalog.view_channel", "catalog.view_sales_channel", "companies.view_company", "companies.view_currency",
)  # fmt: skip
TRADE, MONEY, PEOPLE, APPROVING, BUYING, ANYBODY = "trade", "money", "people", "approving", "buying", "anybody"
#: What each part of the portal asks of a person: one of these roles.
NEEDS: Mapping[str, tuple[str, ...]] = {
    TRADE: ("is_buyer", "is_approver"), BUYING: ("is_buyer",), APPROVING: ("is_approver",), MONEY: ("is_accounts",), PEOPLE: ("is_administrator",),
    ANYBODY: CustomerAccess.ROLES,
}  # fmt: skip


def by_person(person: int | None, key: int) -> CustomerAccess:
    """An access of a portal user's own. Raises NotYours for any other, as for one that is none."""
    access = seat_of(person, key) if person is not None else None
    if access is None:
        raise NotYours
    return access


def may(access: CustomerAccess, part: str) -> bool:
    """Whether a part of the portal is open to a person."""
    return any(getattr(access, role) for role in NEEDS[part])


def refuse_without(access: CustomerAccess, part: str) -> None:
    """Refuse a person whose roles do not open a part. Raises NotYourRole."""
    if not may(access, part):
        roles = ", ".join(str(CustomerAccess._meta.get_field(r).verbose_name) for r in NEEDS[part])
        who = colleagues(access).filter(state="open", is_administrator=True).order_by("person").values_list("person", flat=True)[:5]
        raise NotYourRole(role=roles, administrators=", ".join(who) or access.company.name)


def acting(access: CustomerAccess) -> Actor:
    """The person, under his address, with his one right in the company of the access."""
    assert access.user is not None
    patterns = ((RIGHT, access.company_id, Scope.COMPANY),)
    return Actor(username=access.user.email, name=access.user.name, language=access.user.language, channel=CHANNEL, patterns=patterns)


def carrying(access: CustomerAccess) -> Actor:
    """The program in his name, for the verbs of other rooms that carry out what was found to be his."""
    actor = acting(access)
    patterns = tuple((right, access.company_id, Scope.COMPANY) for right in CARRYING)
    return Actor(username=actor.username, name=actor.name, language=actor.language, channel=CHANNEL, patterns=patterns)


def say(access: CustomerAccess, verb: Action, given: Mapping[str, Any], *, idempotency_key: str = "") -> Outcome:
    """Do one of the portal's verbs as the person."""
    return perform(acting(access), verb, [access.pk], dict(given), idempotency_key=idempotency_key)
