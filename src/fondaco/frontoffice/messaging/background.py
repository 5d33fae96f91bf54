"""What the worker does for chats: those whose visitor is gone are ended, and what he did not read goes to him by mail."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.messaging.answering import end
from fondaco.frontoffice.messaging.models import Conversation
from fondaco.frontoffice.messaging.queries import silent
from fondaco.platform.access.actors import Actor
from fondaco.platform.jobs.working import Progress, every

END_SILENT, TITLE = "messaging.end_silent", _("End chats whose visitor is gone")


def _is_wanted() -> bool:
    return bool(silent(timezone.now()))


@every(1, END_SILENT, TITLE, _is_wanted)
def end_silent(actor: Actor, progress: Progress, **_given: Any) -> Mapping[str, Any]:
    """End the chats that have been silent for too long."""
    keys = silent(timezone.now())
    end(list(Conversation.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")), Conversation.SILENCE)
    return {"ended": len(keys)}
