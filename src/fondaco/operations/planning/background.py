"""What planning does once a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.operations.planning.actions import propose_all
from fondaco.operations.planning.models import ReorderRule
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, daily


@daily("planning.propose", _("Propose what is to be bought and fetched"))
def propose(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Compute every active reorder rule anew."""
    return {"proposed": len(propose_all(list(ReorderRule.objects.filter(is_active=True).order_by("pk")), date.fromisoformat(on)))}
