"""What the CRM does once a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm import calendar  # noqa: F401  fills calendars on import
from fondaco.frontoffice.crm.forecasting import take_snapshots
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, daily


@daily("crm.take_snapshots", _("Keep how deals stand this week"))
def snapshots(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Keep the week's forecast of every company that has deals, with the first day of the week on which the program runs."""
    companies = Opportunity.objects.order_by().values_list("company_id", flat=True).distinct()
    return {"taken": len(take_snapshots(companies, date.fromisoformat(on)))}
