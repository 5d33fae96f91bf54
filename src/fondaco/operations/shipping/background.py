"""What the worker does for parcels: fetches, once an hour, where they are."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.operations.shipping import following
from fondaco.operations.shipping.models import Carrier
from fondaco.operations.shipping.packing import HAND_OVER
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.jobs.working import Progress, hourly, start

FOLLOW, TITLE = "shipping.follow", _("Fetch where parcels are")


@hourly(FOLLOW, TITLE, following.is_wanted)
def follow_hourly(actor: Actor, progress: Progress, **_given: Any) -> Mapping[str, Any]:
    """Take what other programs dropped into the folder, and ask the carriers."""
    return {"files": asdict(following.collect()), **following.follow()}


@action(Carrier, permission=HAND_OVER, name="follow_parcels", title=TITLE, done=_("Being fetched"))
def follow_parcels(carriers: DocumentSet[Carrier]) -> None:
    """Ask now where parcels are, instead of waiting for the next hour: all carriers, and what lies in the folder."""
    carriers.made["jobs"] = [start(carriers.actor, FOLLOW, str(TITLE), {}).pk]
