"""What the CRM shows on the page of a customer."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.models import Activity, Lead, Opportunity
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 10


def rows_panel(
    rows: QuerySet, actor: Actor, permission: str, company: Company, columns: list[str | Column], resource: str
) -> Content | None:
    """The first rows of a kind that the actor may see; nothing without the right. They are read with those of other panels."""
    if not actor.may(permission, company.pk):
        return None
    shown = [column_of(rows.model, c) for c in columns]
    return Content(columns=shown, rows=values(visible(rows, actor, permission), shown).first(SHOWN), resource=resource)


def leads(actor: Actor, company: Company, party: Party) -> Content | None:
    rows = Lead.objects.filter(company=company, party=party, state__in=Lead.OPEN).order_by("-on", "-pk")
    return rows_panel(rows, actor, "crm.view_lead", company, ["number", "on", "state", "source", "interest"], "leads")


def opportunities(actor: Actor, company: Company, party: Party) -> Content | None:
    rows = Opportunity.objects.filter(company=company, party=party, state="open").order_by("expected_close", "pk")
    amount = Column("amount", currency="currency__code")
    columns: list[str | Column] = [
        "name",
        "stage",
        amount,
        Column("probability", kind="percent"),
        "expected_close",
        "next_step",
        "next_step_on",
    ]
    return rows_panel(rows, actor, "crm.view_opportunity", company, columns, "opportunities")


def activities(actor: Actor, company: Company, party: Party) -> Content | None:
    rows = Activity.objects.filter(company=company, party=party, done_at__isnull=True).order_by("due_at", "pk")
    return rows_panel(rows, actor, "crm.view_activity", company, ["due_at", "kind", "subject", "assignee"], "activities")


panels.register(_("Next activities"), 10, activities)
panels.register(_("Opportunities"), 20, opportunities)
panels.register(_("Open leads"), 25, leads, in_brief=False)
