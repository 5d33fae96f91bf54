"""The verbs of messaging: the secret of a channel, and ending chats."""

from typing import Annotated

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.messaging.answering import end
from fondaco.frontoffice.messaging.models import Conversation, MessageChannel
from fondaco.frontoffice.messaging.providers import PROVIDERS
from fondaco.frontoffice.messaging.refusals import NotAChat, NoTokenWanted
from fondaco.frontoffice.messaging.secrets import TOKEN, seal
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.resources.schema import Text

Secret = Annotated[Text, Field(min_length=16, max_length=1000, json_schema_extra={"secret": True, "label": "secret"})]
AccessToken = Annotated[Text, Field(min_length=16, max_length=1000, json_schema_extra={"secret": True, "label": "access_token"})]


@action(MessageChannel, permission="messaging.write_channel", title=_("Enter secret"), done=_("Kept"))
def enter_secret(channels: DocumentSet[MessageChannel], *, password: Secret) -> None:
    """Keep the secret by which the provider signs what it brings, and we what we send; of Twilio its auth token, of Meta the secret of the app. The one before ends."""
    for channel in channels:
        channel.sealed_secret = seal(password)
    channels.save("sealed_secret")


@action(
    MessageChannel, permission="messaging.write_channel", title=_("Enter access token"), done=_("Kept"), only_when=Q(provider__in=MessageChannel.META)
)  # fmt: skip
def enter_token(channels: DocumentSet[MessageChannel], *, password: AccessToken) -> None:
    """Keep the access token of the page, account or number at Meta, by which answers leave and files are fetched. The one before ends."""
    wrong = [c for c in channels if not PROVIDERS[c.provider].has_token]
    if wrong:
        raise NoTokenWanted(document=", ".join(map(str, wrong[:20])), rows=rows_json(wrong))
    for channel in channels:
        channel.sealed_token = seal(password, TOKEN)
    channels.save("sealed_token")


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
