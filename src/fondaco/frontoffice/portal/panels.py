"""What the portal shows on the page of a party: who signs in, as what, and how much he orders alone."""

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.panels import rows_panel
from fondaco.frontoffice.portal.models import CustomerAccess
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column


def in_the_portal(actor: Actor, company: Company, party: Party) -> Content | None:
    """The people of a customer who sign in. Read with the rows of other panels."""
    rows = CustomerAccess.objects.filter(company=company, customer=party, state="open").order_by("pk")
    limit = Column("order_limit", currency="company__currency__code")
    columns: list[str | Column] = ["person", "is_buyer", "is_approver", "is_accounts", "is_administrator", limit, "sent_at"]
    return rows_panel(rows, actor, "portal.view_access", company, columns, "customer-accesses")


panels.register(_("Portal"), 26, in_the_portal, in_brief=False)
