"""The verbs of messaging: the secret of a channel, and ending chats."""

from typing import Annotated

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.messaging.answering import end
from fondaco.frontoffice.messaging.models import Conversation, MessageChannel
from fondaco.frontoffice.messaging.refusals import NotAChat
from fondaco.frontoffice.messaging.secrets import seal
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.resources.schema import Text

Secret = Annotated[Text, Field(min_length=16, max_length=1000, json_schema_extra={"secret": True, "label": "password"})]


@action(MessageChannel, permission="messaging.write_channel", title=_("Enter secret"), done=_("Kept"))
def enter_secret(channels: DocumentSet[MessageChannel], *, password: Secret) -> None:
    """Keep the secret by which the provider signs what it brings, and we what we send; of Twilio its auth token. The one before ends."""
    for channel in channels:
        channel.sealed_secret = seal(password)
    channels.save("sealed_secret")


@action(
    Conversation,
    permission="messaging.end_conversation",
    title=_("End chat"),
    done=_("Ended"),
    only_when=Q(line__isnull=False, ended_at__isnull=True),
)
def end_chat(conversations: DocumentSet[Conversation]) -> None:
    """End chats that go on: what their visitors have not read, and every further answer, goes to them by mail."""
    none = [c for c in conversations if c.line_id is None or c.ended_at is not None]
    if none:
        raise NotAChat(document=", ".join(map(str, none[:20])), rows=rows_json(none))
    end(conversations.rows, Conversation.AGENT)
