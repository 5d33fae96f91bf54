"""What routing does every minute: whoever is gone is offline, and what waits is offered again."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.routing.models import Agent, Waiting
from fondaco.frontoffice.routing.offering import let_go, lost, offer
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, every


def _wanted() -> bool:
    return Waiting.objects.exists() or Agent.objects.exclude(presence=Agent.OFFLINE).exists()


@every(1, "routing.offer", _("Offer waiting tickets, and find who is gone"), _wanted)
def offer_waiting(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Put agents down as offline who are not heard of, and offer what waits in every company."""
    gone = lost()
    let_go(gone)
    sent = offer(Waiting.objects.order_by().values_list("company", flat=True).distinct(), in_a_row=20)
    return {"gone": len(gone), "sent": len(sent)}
