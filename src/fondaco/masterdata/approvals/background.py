"""What approvals do once a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals.actions import escalate_late
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, daily


@daily("approvals.escalate", _("Pass on approvals that nobody answered in time"))
def escalate(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Pass on every approval that nobody answered in time."""
    return {"escalated": len(escalate_late(actor, date.fromisoformat(on)))}
