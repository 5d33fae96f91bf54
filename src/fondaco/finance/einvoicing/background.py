"""What the worker does for e-invoices: hands them over, and fetches what lies in the folder."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.einvoicing.actions import CHANNEL
from fondaco.finance.einvoicing.channels import CHANNELS
from fondaco.finance.einvoicing.collecting import collect
from fondaco.finance.einvoicing.models import EInvoice
from fondaco.platform.access.actors import Actor
from fondaco.platform.events.sending import Noted, carries
from fondaco.platform.jobs.working import Progress, daily


@carries(CHANNEL)
def hand_over(key: str, payload: Mapping[str, Any]) -> Noted:
    """Hand one file to its channel; that it went is written together with the message's being sent."""
    given = CHANNELS[payload["through"]](key, payload)

    def note() -> None:
        found = EInvoice.objects.select_for_update().get(pk=payload["einvoice"])
        if found.state == "queued":
            found.state = "sent"
        found.sent_at = found.sent_at or timezone.now()
        found.provider_id = found.provider_id or given
        found.save(update_fields=["state", "sent_at", "provider_id"])

    return note


@daily("einvoicing.collect", _("Take notices and e-invoices from the folder"))
def collect_daily(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Take what other programs dropped into the folder."""
    return asdict(collect())
