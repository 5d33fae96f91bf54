"""How chat lines, message channels and conversations are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.messaging import actions, background, reactions, receiving, refusals  # noqa: F401  declared on import
from fondaco.frontoffice.messaging.answering import HOOK
from fondaco.frontoffice.messaging.models import ChatLine, Conversation, MessageChannel, Passing
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.links import new_secret
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, Wrong, register


@register
class ChatLineResource(Resource):
    model, key, natural_key = ChatLine, "chat-lines", "name"
    title, title_one, job, icon = _("Chat lines"), _("Chat line"), "set_up", "note"
    view_permission, write_permission = "messaging.view_line", "messaging.write_line"
    annotations = {"page": lambda: Concat(Value(f"{public_address()}/chat/"), F("token"), output_field=CharField())}
    columns = ["name", "queue", "calendar", "silence_minutes", "is_active", "company"]
    fields = [
        "name",
        Column("page", _("Page for visitors"), "page"),
        "greeting",
        "queue",
        "calendar",
        "silence_minutes",
        "is_active",
        "company",
    ]
    writable = ["company", "name", "greeting", "queue", "calendar", "silence_minutes", "is_active"]
    filters, search, sort = ["company", "is_active"], ["name"], "name"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            d.row.token = d.row.token or new_secret()


@register
class MessageChannelResource(Resource):
    model, key, natural_key = MessageChannel, "message-channels", "name"
    title, title_one, job, icon = _("Message channels"), _("Message channel"), "set_up", "note"
    view_permission, write_permission = "messaging.view_channel", "messaging.write_channel"
    annotations = {
        "hook": lambda: Concat(Value(f"{public_address()}{HOOK}"), F("token"), output_field=CharField()),
        "verify": lambda: Case(When(provider__in=MessageChannel.META, then=F("token")), default=Value(""), output_field=CharField()),
    }
    columns = ["name", "provider", "our_number", "queue", "is_active", "company"]
    fields = [
        "name",
        "provider",
        "our_number",
        Column("hook", _("Where the provider brings messages"), "text"),
        Column("verify", _("Verify token (Meta)"), "text"),
        "account",
        "url",
        "queue",
        "is_active",
        "company",
    ]
    writable = ["company", "name", "provider", "our_number", "account", "url", "queue", "is_active"]
    filters, search, sort = ["company", "provider", "is_active"], ["name", "our_number"], "name"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            d.row.token = d.row.token or new_secret()
            for name in ("our_number", "account", "url"):
                setattr(d.row, name, getattr(d.row, name).strip())

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        if MessageChannel.objects.filter(pk=pk, sealed_secret="").exists():
            return [Wrong(_("No secret was entered yet, so nothing is taken and nothing is sent."))]
        if MessageChannel.objects.filter(pk=pk, sealed_token="", provider__in=MessageChannel.META).exists():
            return [Wrong(_("No access token was entered yet, so nothing is sent."))]
        return ()


@register
class ConversationResource(Resource):
    model, key = Conversation, "conversations"
    title, title_one, job, icon = _("Conversations"), _("Conversation"), "serve", "note"
    place = 60
    view_permission = "messaging.view_conversation"
    columns = [
        "ticket",
        "contact",
        "line",
        "channel",
        Column("ticket__state", _("State of the ticket")),
        "ticket__assignee",
        Column("created_at", _("Begun"), "moment"),
        "seen_at",
        "ended_at",
    ]
    fields = [*columns, "ended_by", "language", "person"]
    filters, search = ["line", "channel", "ticket__assignee", "ended_by"], ["contact", "ticket"]
    conditions = {
        "going_on": (_("going on"), lambda: Q(ended_at__isnull=True, ticket__state__in=["new", "open", "waiting"])),
        "there": (_("visitor is there"), lambda: Q(ended_at__isnull=True, seen_at__gte=timezone.now() - timezone.timedelta(minutes=2))),
        "failed": (_("an answer did not arrive"), lambda: Q(pk__in=Passing.objects.filter(state=Passing.FAILED).values("conversation"))),
    }
    lines = [
        Lines(
            Passing,
            "conversation",
            [
                Column("message__at", _("At"), "moment"),
                Column("message__author", _("Author")),
                Column("message__body", _("Text")),
                "state",
                "state_at",
                "problem",
            ],
            title=_("Messages"),
            order=("id",),
        )
    ]
