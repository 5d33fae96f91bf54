"""What the portal shows on the page of a party: who signs in, when last, and what waits there."""

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.portal.models import CustomerAccess, PortalOrder
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.masterdata.users.models import OutsideSignIn
from fondaco.platform.access.actors import Actor


def in_the_portal(actor: Actor, company: Company, party: Party) -> Content | None:
    """How many sign in, the last time, orders placed there and those that wait for the customer's approver. Three statements."""
    if not party.is_customer or not actor.may("portal.view_access", company.pk):
        return None
    people = list(CustomerAccess.objects.filter(company=company, customer=party, state="open").values_list("user_id", flat=True))
    if not people:
        return None
    last = OutsideSignIn.objects.filter(user__in=people).aggregate(last=Max("at"))["last"]
    states = list(PortalOrder.objects.filter(company=company, order__customer=party).values_list("state", flat=True))
    return Content(
        figures=[
            Figure(_("people who sign in"), str(len(people))), Figure(_("last sign-in"), f"{timezone.localdate(last):%d.%m.%Y}" if last else "–"),
            Figure(_("orders placed"), str(len(states))), Figure(_("wait for the customer's approver"), str(states.count(PortalOrder.WAITING))),
        ]
    )  # fmt: skip


panels.register(_("Portal"), 26, in_the_portal, in_brief=False)
