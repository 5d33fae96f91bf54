"""What consent does once a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.consent.expiring import expire
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, daily


@daily("consent.expire", _("Note consents that have expired"))
def expired(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Write down which consents have run out, so that their history says so. Nothing was sent by them since: the last day is judged when it is asked."""
    return {"expired": expire(date.fromisoformat(on))}
