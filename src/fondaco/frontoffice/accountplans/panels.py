"""What account plans show on the page of a customer: the plan that runs, how far it has come, and what it wants next."""

from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.accountplans.models import AccountPlan
from fondaco.frontoffice.accountplans.queries import VIEW, elapsed, plans_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column

SHOWN = 5


def plans(actor: Actor, company: Company, party: Party) -> Content | None:
    """The customer's plans, the latest on top, and how the one that runs stands to its goals. One statement."""
    if not actor.may(VIEW, company.pk):
        return None
    found = plans_of(actor, company, party.pk)[:SHOWN]
    today = timezone.localdate()
    running = next((p for p in found if p.state == "active" and p.first_on <= today <= p.last_on), None)
    figures = _figures(company, running, today) if running is not None else []
    columns = [
        Column("name", _("Account plan")),
        Column("state", _("State")),
        Column("first_on", _("From"), "date"),
        Column("last_on", _("To"), "date"),
        Column("goal", _("Revenue to reach"), "amount", "currency"),
        Column("owner", _("Owner")),
    ]
    rows = [
        {
            "pk": p.pk, "name": p.name, "state": str(p.get_state_display()), "first_on": p.first_on, "last_on": p.last_on, "goal": p.revenue_goal,
            "currency": company.currency_id, "owner": str(p.owner.name if p.owner else ""),
        }
        for p in found
    ]  # fmt: skip
    return Content(figures, columns, rows, "account-plans")


def _figures(company: Company, plan: AccountPlan, today: date) -> list[Figure]:
    revenue: Decimal | None = plan.revenue  # type: ignore[attr-defined]
    if revenue is None:
        return []
    return [
        Figure(_("invoiced in the days of the plan"), revenue, "amount", company.currency_id),
        Figure(_("of the goal"), revenue * 100 / plan.revenue_goal, "percent"),
        Figure(_("of its days are over"), elapsed(plan, today) * 100, "percent"),
    ]


panels.register(_("Account plan"), 15, plans)
