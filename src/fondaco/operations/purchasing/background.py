"""What purchasing does once a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.operations.purchasing.contracts import tell_buyers
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, daily


@daily("purchasing.tell_of_contracts", _("Tell buyers of contracts that end soon or are nearly used up"))
def tell_of_contracts(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Tell each buyer of his contracts that end soon or are nearly used up, each reason once."""
    return {"told": len(tell_buyers(actor, date.fromisoformat(on)))}
