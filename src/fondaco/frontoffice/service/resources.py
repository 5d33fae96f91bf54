"""How tickets and mailboxes are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.people import known
from fondaco.frontoffice.service import actions, panels, receiving  # noqa: F401  verbs, panels and the filing of mail are declared on import
from fondaco.frontoffice.service.models import Mailbox, Ticket, TicketMessage, TicketSource
from fondaco.frontoffice.service.refusals import SerialWithoutProduct
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Board, Draft, Lines, Resource, register


@register
class TicketResource(Resource):
    model, key, natural_key = Ticket, "tickets", "number"
    title, title_one, job, icon = _("Tickets"), _("Ticket"), "serve", "note"
    view_permission, write_permission = "service.view_ticket", "service.write_ticket"
    columns = ["number", "on", "subject", "party", "contact_email", "priority", "state", "queue", "assignee", "channel", "answer_due_at"]
    fields = [
        "number",
        "state",
        "subject",
        "priority",
        "party",
        "contact_name",
        "contact_email",
        "channel",
        "on",
        "queue",
        "assignee",
        "mailbox",
        "product",
        "serial",
        "answer_due_at",
        "first_answer_at",
        "solved_at",
        "resolution",
        "company",
    ]
    writable = [
        "company",
        "subject",
        "party",
        "contact_name",
        "contact_email",
        "channel",
        "priority",
        "queue",
        "assignee",
        "mailbox",
        "product",
        "serial",
        "answer_due_at",
    ]
    filters = ["company", "state", "priority", "queue", "channel", "party", "party__salesperson", "assignee", "product", "on"]
    conditions = {
        "open": (_("open"), lambda: Q(state__in=Ticket.UNSOLVED)),
        "unassigned": (_("nobody's"), lambda: Q(assignee__isnull=True, state__in=Ticket.UNSOLVED)),
        "unknown_contact": (_("from an unknown contact"), lambda: Q(party__isnull=True)),
        "answer_late": (
            _("answer is late"),
            lambda: Q(first_answer_at__isnull=True, answer_due_at__lt=timezone.now(), state__in=Ticket.UNSOLVED),
        ),
    }
    search = ["number", "subject", "party", "contact_email", "serial"]
    board = Board(by="state", card=["subject", "party", "priority", "assignee", "on"])
    lines = [
        Lines(TicketMessage, "ticket", ["at", "direction", "author", "body"], title=_("Messages"), order=("id",)),
        Lines(
            TicketSource,
            "ticket",
            ["label", "source_table", "source_id"],
            writable=["source_table", "source_id", "label"],
            title=_("Concerned documents"),
            order=("id",),
        ),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            d.row.contact_email = d.row.contact_email.strip().lower()
            if d.row.serial and d.row.product_id is None:
                raise SerialWithoutProduct(document=d.row.subject, serial=d.row.serial, fields={"product": _("missing")})
        parties = known(("email", d.row.contact_email) for d in drafts if d.row.party_id is None and d.row.contact_email)
        for d in drafts:
            d.row.party_id = d.row.party_id or parties.get(("email", d.row.contact_email))

    @classmethod
    def written(cls, rows: Sequence[Ticket], actor: Actor) -> None:
        fresh = [t for t in rows if t.number is None]
        if fresh:
            actions.begin(fresh, actor)


@register
class TicketMessageResource(Resource):
    model, key = TicketMessage, "ticket-messages"
    title, title_one, icon = _("Messages"), _("Message"), "mail"
    view_permission = "service.view_ticket"
    columns = ["at", "ticket", "direction", "author", "body"]
    fields = [*columns, "body_html", "message_id", "in_reply_to"]
    filters, search = ["ticket", "direction", "at"], ["body", "author"]


@register
class MailboxResource(Resource):
    model, key, natural_key = Mailbox, "mailboxes", "address"
    title, title_one, job, icon = _("Mailboxes"), _("Mailbox"), "set_up", "mail"
    view_permission, write_permission = "service.view_mailbox", "service.write_mailbox"
    columns, writable = ["address", "name", "queue", "company"], ["company", "address", "name", "queue"]
    filters, search, sort = ["company"], ["address", "name"], "address"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            d.row.address = d.row.address.strip().lower()
