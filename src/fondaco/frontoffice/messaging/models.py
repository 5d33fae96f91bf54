"""Conversations that are tickets: live chats by a public page, and messages by a provider (SMS, WhatsApp and others)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.platform.database.rows import Row

TOKEN = r"^[A-Za-z0-9_-]{22,64}$"


class ChatLine(Row):
    """A public page on which visitors talk with a company; its address is ``/chat/`` and the token. Without a calendar it is always open.

    After ``silence_minutes`` without a sign of the visitor a chat is over, and what he has not read goes to him by mail.
    """

    seldom_changes = True
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    greeting = models.TextField(_("greeting"), blank=True)
    queue = models.TextField(_("queue"), blank=True)
    calendar = models.ForeignKey(
        "sla.BusinessCalendar",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("open by the calendar"),
    )
    silence_minutes = models.BigIntegerField(_("minutes of silence until mail"), default=10)
    is_active = models.BooleanField(_("active"), default=True)
    token = models.TextField(unique=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("chat line"), _("chat lines")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="chat_line_once"),
            models.CheckConstraint(name="chat_line_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="chat_line_silence", condition=Q(silence_minutes__range=(2, 1440))),
            models.CheckConstraint(name="chat_line_token", condition=Q(token__regex=TOKEN)),
        ]

    def __str__(self) -> str:
        return self.name


class MessageChannel(Row):
    """A number, page or account at a provider by which customers write to a company. The provider brings messages to ``/api/hooks/messages/`` and the
    token, signed with the secret; without a secret there is no such address. Meta gives another secret for what we send, the access token. Both are
    kept sealed, and shown to nobody."""

    SIGNED, TWILIO, MESSENGER, INSTAGRAM, WHATSAPP = "signed", "twilio", "messenger", "instagram", "whatsapp"
    META = (MESSENGER, INSTAGRAM, WHATSAPP)
    PROVIDERS = (
        (SIGNED, _("signed JSON (open form)")), (TWILIO, _("Twilio (SMS, WhatsApp)")), (MESSENGER, _("Facebook Messenger")), (INSTAGRAM, _("Instagram")),
        (WHATSAPP, _("WhatsApp (Meta)")),
    )  # fmt: skip
    secret_columns = ("sealed_secret", "sealed_token")
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    provider = models.TextField(_("provider"), choices=PROVIDERS, default=SIGNED)
    our_number = models.TextField(
        _("our number there"),
        help_text=_(
            "As the provider writes it, such as +390212345678 or whatsapp:+390212345678; at Meta the number of the page, account or telephone."
        ),
    )
    account = models.TextField(_("account at the provider"), blank=True)
    url = models.TextField(
        _("address of the provider"), blank=True, help_text=_("Where messages are handed over. Empty for Twilio and Meta: theirs.")
    )
    queue = models.TextField(_("queue"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    token = models.TextField(unique=True, editable=False)
    sealed_secret = models.TextField(default="", editable=False)
    sealed_token = models.TextField(default="", editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("message channel"), _("message channels")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="message_channel_once"),
            models.CheckConstraint(name="message_channel_has_name_and_number", condition=~Q(name="") & ~Q(our_number="")),
            models.CheckConstraint(
                name="message_channel_provider", condition=Q(provider__in=["signed", "twilio", "messenger", "instagram", "whatsapp"])
            ),
            models.CheckConstraint(
                name="message_channel_leads_somewhere",
                condition=Q(url__regex=r"^https?://[^/\s@]+(/[^\s]*)?$") | Q(url="") & ~Q(provider="signed"),
            ),
            models.CheckConstraint(
                name="message_channel_account", condition=~Q(provider="twilio") | Q(account__regex=r"^[A-Za-z0-9]{2,64}$")
            ),
            models.CheckConstraint(name="message_channel_token", condition=Q(token__regex=TOKEN)),
        ]

    def __str__(self) -> str:
        return self.name


class Conversation(Row):
    """A ticket that is talked about: a chat on a line, or messages with a contact by a channel; never both.

    A chat's visitor holds a link with a secret, of which the digest is kept; ``person`` is the portal user, where one was signed in. ``seen_at``
    is the last sign of him, ``read_count`` how many of its messages he was shown. An ended chat stays ended; answers then go by mail.
    """

    VISITOR, AGENT, SILENCE, CLOSED = "visitor", "agent", "silence", "closed"
    ENDED_BY = ((VISITOR, _("the visitor")), (AGENT, _("us")), (SILENCE, _("silence")), (CLOSED, _("out of hours")))
    company_path, owner_path, also_visible_path = "ticket__company", "ticket__assignee", "ticket__party__salesperson"
    secret_columns = ("digest", "address", "seen_at", "read_count")
    label_paths = ("ticket__number",)

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="+", verbose_name=_("ticket"))
    line = models.ForeignKey(ChatLine, models.PROTECT, related_name="+", null=True, verbose_name=_("chat line"))
    channel = models.ForeignKey(MessageChannel, models.PROTECT, related_name="+", null=True, verbose_name=_("message channel"))
    contact = models.TextField(_("contact"))
    person = models.ForeignKey("users.OutsideUser", models.PROTECT, related_name="+", null=True, verbose_name=_("portal user"))
    language = models.TextField(_("language"), default="en", choices=[("en", "English"), ("it", "Italiano")])
    digest = models.TextField(null=True, unique=True, editable=False)
    address = models.TextField(default="", editable=False)
    seen_at = models.DateTimeField(_("last seen"), null=True)
    read_count = models.BigIntegerField(_("messages read"), default=0)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_by = models.TextField(_("ended by"), choices=ENDED_BY, default="", blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("conversation"), _("conversations")
        constraints = [
            models.CheckConstraint(
                name="conversation_is_chat_or_messages",
                condition=Q(line__isnull=False, channel__isnull=True, digest__isnull=False)
                | Q(line__isnull=True, channel__isnull=False, digest__isnull=True, ended_at__isnull=True, person__isnull=True),
            ),
            models.CheckConstraint(
                name="conversation_ends_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by="") | Q(ended_at__isnull=False) & ~Q(ended_by=""),
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "contact", "-id"], name="conversations_of_contact", condition=Q(channel__isnull=False)),
            models.Index(fields=["line", "id"], name="chats_going_on", condition=Q(line__isnull=False, ended_at__isnull=True)),
            models.Index(fields=["address", "created_at"], name="chats_of_address", condition=~Q(address="")),
        ]

    def __str__(self) -> str:
        return self.contact


class Passing(Row):
    """How a message of a ticket came or went by its conversation. A provider's message is known by ``provider_id``, once in its channel.

    An answer by a provider is queued, sent, delivered, read, or failed with the provider's words; it never goes back. In a chat it is there at once.
    """

    RECEIVED, QUEUED, SENT, DELIVERED, READ, FAILED = "received", "queued", "sent", "delivered", "read", "failed"
    STATES = (
        (RECEIVED, _("received")), (QUEUED, _("to be sent")), (SENT, _("sent")), (DELIVERED, _("delivered")), (READ, _("read")), (FAILED, _("failed")),
    )  # fmt: skip
    company_path, owner_path = "conversation__ticket__company", "conversation__ticket__assignee"
    also_visible_path = "conversation__ticket__party__salesperson"
    label_paths = ("message__author",)

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="passings", verbose_name=_("conversation"))
    message = models.OneToOneField(TicketMessage, models.PROTECT, related_name="+", verbose_name=_("message"))
    channel = models.ForeignKey(MessageChannel, models.PROTECT, related_name="+", null=True, verbose_name=_("message channel"))
    provider_id = models.TextField(_("number at the provider"), blank=True, default="")
    state = models.TextField(_("state"), choices=STATES)
    state_at = models.DateTimeField(_("since"), default=timezone.now)
    problem = models.TextField(_("problem"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("message of a conversation"), _("messages of conversations")
        constraints = [
            models.UniqueConstraint(fields=["channel", "provider_id"], name="provider_message_once", condition=~Q(provider_id="")),
            models.CheckConstraint(
                name="passing_state", condition=Q(state__in=["received", "queued", "sent", "delivered", "read", "failed"])
            ),
        ]
        indexes = [models.Index(fields=["conversation", "id"], name="passings_of_conversation")]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.message_id}"
