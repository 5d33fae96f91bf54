"""Tickets, the messages of their conversations, the mailboxes they come through, and what was done for customers about them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}


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
    while nobody has said who the contact is. Seen by its assignee and by the customer's salesperson. What was merged into another stays
    with its messages, closed; what is written to it from then on goes to the other (``migrations/laws.sql``).
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
    merged_into = models.ForeignKey("self", models.PROTECT, related_name="merged", null=True, editable=False, verbose_name=_("merged into"))

    class Meta:
        verbose_name, verbose_name_plural = _("ticket"), _("tickets")
        constraints = [
            models.CheckConstraint(name="merged_ticket_is_closed", condition=Q(merged_into__isnull=True) | Q(state="closed")),
            models.CheckConstraint(name="ticket_not_merged_into_itself", condition=~Q(merged_into=F("id"))),
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
    """What a ticket is about: an order, a delivery, a line of an invoice; by table and key. The database takes documents of its customer only."""

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


class WarrantyTerm(Row):
    """For how many months from its delivery a product is under warranty; without a product, all goods of the company that have no term of their own."""

    seldom_changes = True
    label_paths = ("product__sku", "months")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    months = models.BigIntegerField(_("months from delivery"))

    class Meta:
        verbose_name, verbose_name_plural = _("warranty term"), _("warranty terms")
        constraints = [
            models.UniqueConstraint(fields=["company", "product"], name="warranty_term_once", nulls_distinct=False),
            models.CheckConstraint(name="warranty_term_months", condition=Q(months__gte=1, months__lte=600)),
        ]

    def __str__(self) -> str:
        return str(self.months)


class AnswerTemplate(Row):
    """An answer to begin with, in two languages. Placeholders such as ``{number}`` are filled from ticket and customer; nothing else happens to it."""

    seldom_changes = True
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    queue = models.TextField(_("only in queue"), blank=True)
    body_en = models.TextField(_("English text"), blank=True)
    body_it = models.TextField(_("Italian text"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("answer template"), _("answer templates")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="answer_template_once"),
            models.CheckConstraint(name="answer_template_says", condition=~Q(name="") & ~Q(body_en="", body_it="")),
        ]

    def __str__(self) -> str:
        return self.name


class Macro(Row):
    """Steps under a name, always in this order: queue, priority and assignee are set, a note is written, the template is sent as answer, the ticket
    waits or is solved. What is empty is left as it is."""

    seldom_changes = True
    label_paths = ("name",)
    PRIORITIES = (("", _("as it is")), *Ticket.PRIORITIES)
    BECOMES = (("", _("as it is")), ("waiting", _("waiting")), ("solved", _("solved")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    queue = models.TextField(_("to queue"), blank=True)
    priority = models.TextField(_("priority"), choices=PRIORITIES, blank=True, default="")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("assigned to")
    )
    to_me = models.BooleanField(_("to whoever uses it"), default=False)
    note = models.TextField(_("internal note"), blank=True)
    template = models.ForeignKey(AnswerTemplate, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("answer template"))
    becomes = models.TextField(_("becomes"), choices=BECOMES, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("macro"), _("macros")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="macro_once"),
            models.CheckConstraint(name="macro_priority", condition=Q(priority__in=["", "low", "normal", "high", "urgent"])),
            models.CheckConstraint(name="macro_becomes", condition=Q(becomes__in=["", "waiting", "solved"])),
            models.CheckConstraint(name="macro_gives_to_one", condition=Q(to_me=False) | Q(assignee__isnull=True)),
            models.CheckConstraint(
                name="macro_does_something",
                condition=~Q(queue="", priority="", assignee__isnull=True, to_me=False, note="", template__isnull=True, becomes=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TicketPresence(models.Model):
    """Who has a ticket open at his desk, until when he was seen there, and whether he is writing. Rows of yesterday mean nothing and are swept."""

    company_path = "ticket__company"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    seen_at = models.DateTimeField()
    is_writing = models.BooleanField(default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("open ticket"), _("open tickets")
        constraints = [models.UniqueConstraint(fields=["user", "ticket"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.user_id}"


class AuthorityLimit(Row):
    """How much somebody, or whoever holds a role, may grant customers without asking: ``amount`` on one ticket, and ``total`` in ``days``.

    In company currency, without tax. The total of a role is one for all its holders together. A user's own limit goes before those of his roles.
    """

    label_paths = ("role__name", "user__name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    role = models.ForeignKey("access.Role", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("whoever has the role"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("or the user")
    )
    amount = models.DecimalField(_("on one ticket"), **AMOUNT)
    total = models.DecimalField(_("altogether"), null=True, blank=True, **AMOUNT)
    days = models.BigIntegerField(_("within days"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("limit of authority"), _("limits of authority")
        constraints = [
            models.UniqueConstraint(fields=["company", "role", "user"], name="authority_limit_once", nulls_distinct=False),
            models.CheckConstraint(
                name="authority_limit_of_one", condition=Q(role__isnull=True, user__isnull=False) | Q(role__isnull=False, user__isnull=True)
            ),
            models.CheckConstraint(name="authority_limit_amount", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="authority_limit_total",
                condition=Q(total__isnull=True, days__isnull=True)
                | Q(total__isnull=False, days__isnull=False, total__gte=0, days__gte=1, days__lte=366),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:f}"


class Concession(Document):
    """What is granted to a customer on a ticket: lines of an invoice credited, or goods of an order sent once more at no charge.

    ``amount`` is what it comes to without tax, in company currency. It is granted within a limit of authority, named with it, or after an
    approval of exactly this. Its content never changes: what is wrong is withdrawn and proposed anew.
    """

    CREDIT, REPLACEMENT = "credit", "replacement"
    KINDS = ((CREDIT, _("credit note")), (REPLACEMENT, _("replacement")))
    STATES = (("proposed", _("proposed")), ("granted", _("granted")), ("withdrawn", _("withdrawn")))
    initial_state, editable_states = "proposed", ()
    series = "CON"
    owner_path, also_visible_path = "ticket__assignee", "ticket__party__salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="concessions", verbose_name=_("ticket"))
    kind = models.TextField(_("kind"), choices=KINDS)
    state = models.TextField(_("state"), choices=STATES, default="proposed", editable=False)
    on = models.DateField(_("date"))
    reason = models.TextField(_("reason"))
    reason_code = models.TextField(_("why they come back"), blank=True)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("invoice"))
    order = models.ForeignKey("sales.Order", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("order"))
    amount = models.DecimalField(_("amount without tax"), **AMOUNT)
    limit = models.ForeignKey(
        AuthorityLimit, models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("limit of authority")
    )
    granted_at = models.DateTimeField(_("granted at"), null=True, editable=False)
    granted_by = models.TextField(_("granted by"), blank=True, editable=False)
    credit_note = models.ForeignKey(
        "invoicing.Invoice", models.PROTECT, related_name="+", null=True, editable=False, db_index=False, verbose_name=_("credit note")
    )
    authorisation = models.ForeignKey(
        "sales.ReturnAuthorisation",
        models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        db_index=False,
        verbose_name=_("return authorisation"),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("concession"), _("concessions")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="concession_number_once"),
            models.CheckConstraint(name="concession_state", condition=Q(state__in=["proposed", "granted", "withdrawn"])),
            models.CheckConstraint(name="concession_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="concession_amount", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="concession_is_about_its_document",
                condition=Q(kind="credit", reason_code="", invoice__isnull=False, order__isnull=True, authorisation__isnull=True)
                | Q(
                    kind="replacement",
                    reason_code__in=["defective", "damaged", "wrong", "unwanted", "late", "other"],
                    order__isnull=False,
                    invoice__isnull=True,
                    credit_note__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="granted_concession_was_carried_out",
                condition=~Q(state="granted")
                | (
                    Q(granted_at__isnull=False, number__isnull=False)
                    & ~Q(granted_by="")
                    & (Q(credit_note__isnull=False) | Q(authorisation__isnull=False))
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["ticket"], name="concession_of_ticket"),
            models.Index(fields=["limit", "granted_at"], name="concession_by_limit", condition=Q(state="granted")),
        ]


class ConcessionLine(Row):
    """So much of a line of the invoice, or of the order; ``net`` in the document's currency, ``amount`` in that of the company."""

    append_only = True
    company_path, owner_path, also_visible_path = (
        "concession__company",
        "concession__ticket__assignee",
        "concession__ticket__party__salesperson",
    )

    concession = models.ForeignKey(Concession, models.PROTECT, related_name="lines", verbose_name=_("concession"))
    invoice_line = models.ForeignKey(
        "invoicing.InvoiceLine", models.PROTECT, related_name="+", null=True, verbose_name=_("line of invoice")
    )
    order_line = models.ForeignKey("sales.OrderLine", models.PROTECT, related_name="+", null=True, verbose_name=_("order line"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    net = models.DecimalField(_("net"), **AMOUNT)
    amount = models.DecimalField(_("amount without tax"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="concession_line_quantity", condition=Q(quantity__gt=0, net__gte=0, amount__gte=0)),
            models.UniqueConstraint(fields=["concession", "invoice_line", "order_line"], name="concession_line_once", nulls_distinct=False),
            models.CheckConstraint(
                name="concession_line_of_one",
                condition=Q(invoice_line__isnull=False, order_line__isnull=True) | Q(invoice_line__isnull=True, order_line__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.concession_id}/{self.pk}"


class Remedy(Row):
    """What was done for the customer from a ticket: the document or appointment that came of it, by table and key; how it stands is read there."""

    append_only = True
    company_path, owner_path, also_visible_path = "ticket__company", "ticket__assignee", "ticket__party__salesperson"
    RETURN, VISIT, DISPUTE, CONCESSION = "return", "visit", "dispute", "concession"
    KINDS = ((RETURN, _("return")), (VISIT, _("visit")), (DISPUTE, _("dispute")), (CONCESSION, _("concession")))

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="remedies", verbose_name=_("ticket"))
    kind = models.TextField(_("kind"), choices=KINDS)
    source_table = models.TextField(_("kind of document"))
    source_id = models.BigIntegerField(_("document"))
    label = models.TextField(_("reference"))

    class Meta:
        verbose_name, verbose_name_plural = _("remedy"), _("remedies")
        constraints = [
            models.UniqueConstraint(fields=["source_table", "source_id"], name="remedy_once"),
            models.CheckConstraint(name="remedy_kind", condition=Q(kind__in=["return", "visit", "dispute", "concession"])),
        ]
        indexes = [models.Index(fields=["ticket"], name="remedy_of_ticket")]

    def __str__(self) -> str:
        return self.label
