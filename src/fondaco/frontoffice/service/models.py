"""Tickets, the messages of their conversations, and the mailboxes they come through."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document


class Mailbox(Row):
    """An address of a company to which customers write; mail to it opens tickets in its queue, and nothing else."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    address = models.EmailField(_("address"), max_length=320, unique=True)
    name = models.TextField(_("sender name"), blank=True)
    queue = models.TextField(_("queue"), blank=True)

    label_paths = ("address",)

    class Meta:
        verbose_name, verbose_name_plural = _("mailbox"), _("mailboxes")
        constraints = [models.CheckConstraint(name="mailbox_address_is_lower_case", condition=Q(address=Lower("address")))]

    def __str__(self) -> str:
        return self.address


class Ticket(Document):
    """A request of a customer and the conversation about it, until it is solved and closed.

    ``contact_email`` is where answers go. It is what the sender wrote and proves nobody's identity. ``party`` is empty
    while nobody has said who the contact is. Seen by its assignee and by the customer's salesperson.
    """

    STATES = (("new", _("new")), ("open", _("open")), ("waiting", _("waiting")), ("solved", _("solved")), ("closed", _("closed")))
    UNSOLVED = ("new", "open", "waiting")
    CHANNELS = (
        ("web", _("web")),
        ("email", _("e-mail")),
        ("phone", _("phone")),
        ("chat", _("chat")),
        ("message", _("message")),
        ("portal", _("portal")),
    )
    PRIORITIES = (("low", _("low")), ("normal", _("normal")), ("high", _("high")), ("urgent", _("urgent")))
    initial_state, editable_states = "new", ("new", "open", "waiting", "solved")
    series, date_field = "TCK", "on"
    owner_path, also_visible_path = "assignee", "party__salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    on = models.DateField(_("opened on"), default=timezone.localdate, editable=False)
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("customer"))
    contact_name = models.TextField(_("contact"), blank=True)
    contact_email = models.EmailField(_("contact's e-mail"), max_length=320, blank=True)
    subject = models.TextField(_("subject"))
    channel = models.TextField(_("channel"), choices=CHANNELS, default="web")
    priority = models.TextField(_("priority"), choices=PRIORITIES, default="normal")
    state = models.TextField(_("state"), choices=STATES, default="new", editable=False)
    queue = models.TextField(_("queue"), blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("assigned to")
    )
    mailbox = models.ForeignKey(Mailbox, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("mailbox"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    serial = models.TextField(_("serial number"), blank=True)
    answer_due_at = models.DateTimeField(_("answer due"), null=True, blank=True)
    first_answer_at = models.DateTimeField(_("first answered"), null=True, editable=False)
    solved_at = models.DateTimeField(_("solved at"), null=True, editable=False)
    resolution = models.TextField(_("resolution"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("ticket"), _("tickets")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="ticket_number_once"),
            models.CheckConstraint(name="ticket_contact_email_is_lower_case", condition=Q(contact_email=Lower("contact_email"))),
            models.CheckConstraint(name="solved_ticket_has_a_moment", condition=~Q(state="solved") | Q(solved_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["company", "state", "-id"], name="ticket_by_state"),
            models.Index(fields=["party", "-id"], name="ticket_of_party"),
            models.Index(fields=["assignee", "state"], name="ticket_of_assignee"),
            models.Index(fields=["contact_email"], name="ticket_of_contact"),
            models.Index(fields=["number"], name="ticket_number"),
            models.Index(fields=["answer_due_at"], name="ticket_answer_due", condition=Q(first_answer_at__isnull=True)),
        ]


class TicketSource(Row):
    """What a ticket is about: an order, a delivery, a line of an invoice; by table and key."""

    company_path = "ticket__company"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="sources", verbose_name=_("ticket"))
    source_table = models.TextField(_("kind of document"))
    source_id = models.BigIntegerField(_("document"))
    label = models.TextField(_("reference"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("concerned document"), _("concerned documents")
        constraints = [models.UniqueConstraint(fields=["ticket", "source_table", "source_id"], name="ticket_source_once")]
        indexes = [models.Index(fields=["source_table", "source_id"], name="ticket_source_document")]

    def __str__(self) -> str:
        return self.label or f"{self.source_table} {self.source_id}"


class TicketMessage(Row):
    """One message of a conversation, as it came or went. ``body_html`` was cleaned of everything that could act.

    ``message_id`` is the Message-ID of a mail (RFC 5322); ten copies of one mail are one message.
    """

    IN, OUT, INTERNAL = "in", "out", "internal"
    append_only = True
    company_path, owner_path, also_visible_path = "ticket__company", "ticket__assignee", "ticket__party__salesperson"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", verbose_name=_("ticket"))
    at = models.DateTimeField(_("at"))
    direction = models.TextField(_("direction"), choices=[(IN, _("received")), (OUT, _("sent")), (INTERNAL, _("internal note"))])
    author = models.TextField(_("author"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("user"))
    body = models.TextField(_("text"))
    body_html = models.TextField(_("formatted text"), blank=True)
    message_id = models.TextField(_("Message-ID"), blank=True)
    in_reply_to = models.TextField(_("in reply to"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("message"), _("messages")
        constraints = [models.UniqueConstraint(fields=["message_id"], condition=~Q(message_id=""), name="message_once")]
        indexes = [models.Index(fields=["ticket", "at"], name="message_of_ticket")]

    def __str__(self) -> str:
        return f"{self.author} {self.at:%Y-%m-%d %H:%M}"
