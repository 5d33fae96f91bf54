"""What customer value does once a day: a new model where the last one is a month old."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.value.fitting import fit
from fondaco.frontoffice.value.models import CustomerMargin, ValueModel
from fondaco.frontoffice.value.refusals import NotFitted, TooFewCustomers
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, daily

MONTH = timedelta(days=28)


@daily("value.refit", _("Fit customer value where the model is a month old"))
def refit(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Fit the model of every company that sells and has none of the last four weeks; one with too few customers waits."""
    day = date.fromisoformat(on)
    fresh = ValueModel.objects.values("company").annotate(last=Max("on")).filter(last__gt=day - MONTH).values("company")
    fitted = 0
    for company in (
        Company.objects.filter(pk__in=CustomerMargin.objects.order_by().values("company").distinct()).exclude(pk__in=fresh).order_by("pk")
    ):
        try:
            fit(company, on=day)
            fitted += 1
        except (TooFewCustomers, NotFitted):
            continue
    return {"fitted": fitted}
