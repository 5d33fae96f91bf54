"""What service shows on the page of a customer."""

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.panels import rows_panel
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor


def open_tickets(actor: Actor, company: Company, party: Party) -> Content | None:
    """Tickets not solved yet, the oldest first."""
    rows = Ticket.objects.filter(company=company, party=party, state__in=Ticket.UNSOLVED).order_by("pk")
    return rows_panel(rows, actor, "service.view_ticket", company, ["number", "on", "subject", "priority", "state", "assignee"], "tickets")


panels.register(_("Open tickets"), 15, open_tickets)
