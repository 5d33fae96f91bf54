"""What a vendor does with a request for quotation: read what is asked of him, offer, decline. Through his link nobody is signed in: the token says
who. A portal user of his finds the requests that are addressed to his party.

What is done is done by an actor who may do nothing else. A vendor reads the request and his own answers; that others are asked, and what
they answered, is in nothing this module returns. Whatever is wrong with a link, the same refusal answers.
"""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from fondaco.masterdata.companies.models import Currency
from fondaco.operations.sourcing.actions import answer_by_link as answer_online
from fondaco.operations.sourcing.actions import decline_by_link as decline_online
from fondaco.operations.sourcing.models import Invitation, VendorAccess
from fondaco.operations.sourcing.portal import acting
from fondaco.operations.sourcing.queries import by_token, last_offers, lines_of, offered_lines, own_requests
from fondaco.operations.sourcing.refusals import LinkClosed, NameMissing
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform

LINK = "vendor.link"
ANSWER = "sourcing.answer_by_link"


def view_by_link(token: str) -> dict[str, Any]:
    """What is asked of the vendor behind a link, and his own last answer; raises LinkClosed."""
    with unit_of_work(LINK, "sourcing.view_link"):
        return view_of(_standing(token))


def answer_by_link(token: str, given: Mapping[str, Any], address: str = "") -> None:
    """Offer as the vendor behind a link; again until the last day, and the last answer counts. Raises LinkClosed, NameMissing."""
    invitation = _found(token)
    if not str(given.get("by", "")).strip():
        raise NameMissing(document=invitation.request, fields={"by": NameMissing.message.format(document=invitation.request)})
    perform(_vendor(invitation), answer_online, [invitation.pk], {**given, "address": address[:300]})


def decline_by_link(token: str, why: str = "") -> None:
    """Offer nothing, as the vendor behind a link."""
    _decline(_found(token), None, why)


def asked_of(access: VendorAccess, key: int) -> Invitation:
    """An open request that is addressed to the vendor of a portal user. Raises LinkClosed for any other."""
    found = next((i for i in own_requests(access) if i.pk == key), None)
    if found is None:
        raise LinkClosed
    return found


def answer_as(access: VendorAccess, invitation: Invitation, given: Mapping[str, Any], address: str = "") -> None:
    """Offer as a portal user, under his name."""
    by = str(given.get("by", "")).strip() or str(access.person)
    perform(acting(access, ANSWER), answer_online, [invitation.pk], {**given, "by": by, "address": address[:300]})


def decline_as(access: VendorAccess, invitation: Invitation, why: str = "") -> None:
    """Offer nothing, as a portal user."""
    _decline(invitation, access, why)


def _decline(invitation: Invitation, access: VendorAccess | None, why: str) -> None:
    if invitation.state == "declined":
        raise LinkClosed
    actor = _vendor(invitation) if access is None else acting(access, ANSWER)
    perform(actor, decline_online, [invitation.pk], {"why": why[:10_000]})


def _found(token: str) -> Invitation:
    with unit_of_work(LINK, "sourcing.view_link"):
        return _standing(token)


def _standing(token: str) -> Invitation:
    invitation = by_token(token)
    if invitation is None or invitation.request.state != "sent" or invitation.request.answer_by < timezone.localdate():
        raise LinkClosed
    return invitation


def _vendor(invitation: Invitation) -> Actor:
    return Actor(
        username=LINK,
        name=invitation.vendor.name,
        language=invitation.vendor.language,
        channel="link",
        patterns=((ANSWER, invitation.company_id, Scope.COMPANY),),
    )


def view_of(invitation: Invitation) -> dict[str, Any]:
    """What the page of one asked vendor shows; five statements."""
    request = invitation.request
    offer = last_offers([invitation.pk]).get(invitation.pk)
    offered = offered_lines([offer.pk])[offer.pk] if offer else {}
    return {
        "number": request.number, "subject": request.subject, "answer_by": request.answer_by, "conditions": request.conditions,
        "company": invitation.company.name, "vendor": invitation.vendor.name, "language": invitation.vendor.language, "state": invitation.state,
        "currencies": list(Currency.objects.order_by("code").values_list("code", flat=True)),
        "currency": offer.currency_id if offer else invitation.vendor.currency_id or invitation.company.currency_id,
        "freight": offer.freight if offer else None,
        "valid_until": offer.valid_until if offer else None, "note": offer.note if offer else "", "by": offer.by if offer else "",
        "answered_at": offer.created_at if offer else None,
        "lines": [
            {
                "key": ln.pk, "position": ln.position, "sku": ln.product.sku if ln.product else "", "text": _text(ln, invitation.vendor.language),
                "quantity": ln.quantity, "unit": ln.product.unit.code if ln.product else "", "needed_on": ln.needed_on,
                "price": offered[ln.pk].unit_price if ln.pk in offered else None,
                "offered": offered[ln.pk].quantity if ln.pk in offered else None,
                "days": offered[ln.pk].lead_days if ln.pk in offered else None,
            }
            for ln in lines_of([request.pk])[request.pk]
        ],
    }  # fmt: skip


def _text(line: Any, language: str) -> str:
    if line.product is None:
        return str(line.description)
    name = line.product.name_it if language == "it" and line.product.name_it else line.product.name
    return f"{name}. {line.description}" if line.description and line.description != name else str(name)
