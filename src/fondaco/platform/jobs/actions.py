"""Verbs on the background's work."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.events.models import OutboxMessage


@action(OutboxMessage, permission="events.send_again", title=_("Send again"), done=_("Will be sent again"))
def send_again(messages: DocumentSet[OutboxMessage]) -> None:
    """Try messages again at once that were given up or wait for their next attempt; what was sent stays sent."""
    waiting = [m.pk for m in messages if m.sent_at is None]
    update_rows(OutboxMessage, {"id": waiting, "attempts": [0] * len(waiting), "next_attempt_at": [None] * len(waiting)})
