"""What sourcing shows on the page of a party: how he delivers, as a vendor of the last twelve months."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.operations.sourcing.scoring import VIEW, scores
from fondaco.platform.access.actors import Actor

DAYS = 365


def scorecard(actor: Actor, company: Company, party: Party) -> Content | None:
    """On time, whole, good, and by how much bills exceed orders. One statement."""
    if not party.is_vendor or not actor.may(VIEW, company.pk):
        return None
    today = timezone.localdate()
    found = scores(company.pk, first=today - timedelta(days=DAYS), last=today, vendors=[party.pk])
    if not found:
        return None
    (score,) = found
    named = (
        (_("on time"), score.on_time_percent), (_("quantity delivered"), score.quantity_percent), (_("without fault"), score.quality_percent),
        (_("price above order"), score.price_drift_percent),
    )  # fmt: skip
    return Content(figures=[Figure(title, f"{value} %") for title, value in named if value is not None])


panels.register(_("Scorecard of twelve months"), 24, scorecard, in_brief=False)
