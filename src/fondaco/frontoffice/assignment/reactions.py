"""Leads that come in are given out at once, in the transaction that writes them."""

from django.utils import timezone

from fondaco.frontoffice.assignment.asking import book_of
from fondaco.frontoffice.assignment.assigning import assign
from fondaco.frontoffice.crm.models import Lead
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("crm.captured")
def captured(leads: DocumentSet[Lead]) -> None:
    assign(leads, on=timezone.localdate())


@reacts_to("crm.entered")
def entered(leads: DocumentSet[Lead]) -> None:
    """What somebody who sells himself writes down without naming anybody is his; what others write, or a program, goes by the rules."""
    on, who = timezone.localdate(), leads.actor.user_id
    assign([x for x in leads if who is None or who not in book_of(x.company_id, on).people], on=on)
