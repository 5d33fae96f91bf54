"""What sales does once a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sales.actions.quotes import expire_due
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, daily


@daily("sales.expire_quotes", _("Expire quotes whose last day has passed"))
def expire_quotes(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Expire every quote whose last day has passed."""
    return {"expired": len(expire_due(actor, date.fromisoformat(on)))}
