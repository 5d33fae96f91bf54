"""What a customer's administrator does himself (SS-03): his colleagues with their roles and limits, and his delivery addresses."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.portal.actions.house import invitations, shut
from fondaco.frontoffice.portal.models import CustomerAccess, DeliveryAddress
from fondaco.frontoffice.portal.people import PEOPLE, RIGHT, refuse_without
from fondaco.frontoffice.portal.queries import colleagues, own_addresses
from fondaco.frontoffice.portal.refusals import NoRole, NotYours, OwnRolesStay, TooManyPeople, TooMuchToday
from fondaco.masterdata.users.models import OutsideUser
from fondaco.masterdata.users.outside import let_in
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.resources.schema import Text

Name = Annotated[Text, Field(min_length=1, max_length=200)]
Line = Annotated[Text, Field(max_length=200)]
Email = Annotated[str, Field(max_length=200, pattern=r"^[^\s@]+@[^\s@]+$")]
Limit = Annotated[Decimal | None, Field(ge=0, max_digits=20, decimal_places=4)]
OPEN = {"open": "open"}
#: So many people of a customer have an access at once; so many are invited by one person in a day.
MOST_PEOPLE, MOST_INVITED = 200, 50


def _roles(given: Mapping[str, bool], person: str) -> dict[str, bool]:
    if not any(given.values()):
        raise NoRole(person=person)
    return dict(given)


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Invite a colleague"), hidden=True)
def invite_colleague(
    accesses: DocumentSet[CustomerAccess], *, person: Name, email: Email, is_buyer: bool = False, is_approver: bool = False, is_accounts: bool = False,
    is_administrator: bool = False, order_limit: Limit = None,
) -> None:  # fmt: skip
    """Let a colleague in, with his roles and limit. He is mailed a link; where the address signs in for somebody else already, the access waits for
    the house, and nobody outside is told."""
    roles = _roles(
        {"is_buyer": is_buyer, "is_approver": is_approver, "is_accounts": is_accounts, "is_administrator": is_administrator}, person
    )
    rows = []
    address = email.strip().lower()
    since = timezone.now() - timedelta(days=1)
    if CustomerAccess.objects.filter(created_by=accesses.actor.username, created_at__gte=since).count() >= MOST_INVITED:
        raise TooMuchToday
    for access in accesses:
        refuse_without(access, PEOPLE)
        count = colleagues(access).count()
        if count >= MOST_PEOPLE:
            raise TooManyPeople(count=count, customer=access.customer)
        rows.append(
            CustomerAccess(
                company_id=access.company_id, customer_id=access.customer_id, person=person.strip(), email=address, on=timezone.localdate(), invited_by=access,
                order_limit=order_limit, **roles,
            )
        )  # fmt: skip
    insert_rows(CustomerAccess, rows)
    other = OutsideUser.objects.filter(email=address).exclude(party__in={a.customer_id for a in accesses})
    if not other.exists():
        for row, user in zip(rows, let_in(invitations(rows)), strict=True):
            row.user, row.sent_at, row.state = user, timezone.now(), "open"
        update_rows(
            CustomerAccess,
            {
                "id": [r.pk for r in rows],
                "user_id": [r.user_id for r in rows],
                "sent_at": [r.sent_at for r in rows],
                "state": ["open"] * len(rows),
            },
        )
    accesses.made["customer-accesses"] = [r.pk for r in rows]


def _colleague(access: CustomerAccess, key: int) -> CustomerAccess:
    refuse_without(access, PEOPLE)
    found = colleagues(access).select_for_update(of=("self",)).filter(pk=key).first()
    if found is None:
        raise NotYours
    return found


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Change a colleague"), hidden=True)
def change_colleague(
    accesses: DocumentSet[CustomerAccess], *, colleague: int, is_buyer: bool = False, is_approver: bool = False, is_accounts: bool = False,
    is_administrator: bool = False, order_limit: Limit = None,
) -> None:  # fmt: skip
    """Say anew what a colleague may do and up to what he orders alone."""
    (access,) = accesses.rows
    row = _colleague(access, colleague)
    roles = _roles(
        {"is_buyer": is_buyer, "is_approver": is_approver, "is_accounts": is_accounts, "is_administrator": is_administrator}, row.person
    )
    if row.pk == access.pk and not is_administrator:
        raise OwnRolesStay
    for name, value in roles.items():
        setattr(row, name, value)
    row.order_limit = order_limit
    DocumentSet(CustomerAccess, [row], accesses.actor).save(*roles, "order_limit")


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Shut a colleague out"), hidden=True)
def shut_colleague_out(accesses: DocumentSet[CustomerAccess], *, colleague: int) -> None:
    """Let a colleague in no more, at once; what he did stays."""
    (access,) = accesses.rows
    row = _colleague(access, colleague)
    if row.pk == access.pk:
        raise OwnRolesStay
    shut([row])
    row.state = "closed"
    DocumentSet(CustomerAccess, [row], accesses.actor).save("state")


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Keep an address"), hidden=True)
def keep_address(
    accesses: DocumentSet[CustomerAccess], *, label: Name, street: Name, city: Name, country: Annotated[str, Field(min_length=2, max_length=2)],
    postal_code: Line = "", address: int | None = None,
) -> None:  # fmt: skip
    """Keep a place where goods may go, or change one; orders that name it already keep it as it was."""
    (access,) = accesses.rows
    refuse_without(access, PEOPLE)
    values: dict[str, Any] = {
        "label": label.strip(),
        "street": street.strip(),
        "postal_code": postal_code.strip(),
        "city": city.strip(),
        "country_id": country.upper(),
    }
    if address is None:
        insert_rows(DeliveryAddress, [DeliveryAddress(company_id=access.company_id, customer_id=access.customer_id, **values)])
        return
    row = own_addresses(access).filter(pk=address).first()
    if row is None:
        raise NotYours
    for name, value in values.items():
        setattr(row, name, value)
    DocumentSet(DeliveryAddress, [row], accesses.actor).save("label", "street", "postal_code", "city", "country")


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Drop an address"), hidden=True)
def drop_address(accesses: DocumentSet[CustomerAccess], *, address: int) -> None:
    """Offer an address no more; orders that name it keep it."""
    (access,) = accesses.rows
    refuse_without(access, PEOPLE)
    row = own_addresses(access).filter(pk=address).first()
    if row is None:
        raise NotYours
    update_rows(DeliveryAddress, {"id": [row.pk], "is_active": [False]})
