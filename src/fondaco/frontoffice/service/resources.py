"""How tickets and mailboxes are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.people import known
from fondaco.frontoffice.service import actions, flows, panels, receiving, remedies  # noqa: F401  declared on import
from fondaco.frontoffice.service.authority import CONCESSIONS
from fondaco.frontoffice.service.filling import NAMES, unknown
from fondaco.frontoffice.service.models import (
    AnswerTemplate,
    AuthorityLimit,
    Concession,
    ConcessionLine,
    Macro,
    Mailbox,
    Remedy,
    Ticket,
    TicketMessage,
    TicketSource,
    WarrantyTerm,
)
from fondaco.frontoffice.service.refusals import SerialWithoutProduct, UnknownPlaceholder
from fondaco.masterdata.approvals import asking
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Board, Column, Draft, Lines, Resource, Wrong, register


@register
class TicketResource(Resource):
    model, key, natural_key = Ticket, "tickets", "number"
    title, title_one, job, icon = _("Tickets"), _("Ticket"), "serve", "note"
    place = 5
    view_permission, write_permission = "service.view_ticket", "service.write_ticket"
    columns = ["number", "on", "subject", "party", "priority", "state", "queue", "assignee", "answer_due_at"]
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
        "merged_into",
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
        Lines(
            Remedy,
            "ticket",
            ["kind", "label", Column("created_by", _("by")), Column("created_at", _("at"))],
            title=_("Done for the customer"),
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


@register
class ConcessionResource(Resource):
    model, key, natural_key = Concession, "concessions", "number"
    title, title_one, job, icon = _("Concessions"), _("Concession"), "serve", "undo"
    group, place = "team", 3
    view_permission = "service.view_concession"
    columns = [
        "number",
        "on",
        "kind",
        "ticket",
        Column("amount", currency="company__currency__code"),
        "state",
        "reason",
        "granted_by",
        Column("created_by", _("by")),
    ]
    fields = [*columns, "invoice", "order", "limit", "granted_at", "credit_note", "authorisation", "company"]
    filters = ["company", "state", "kind", "ticket", "on"]
    search = ["number", "ticket", "reason"]
    lines = [
        Lines(
            ConcessionLine,
            "concession",
            [Column("invoice_line__description", _("line of invoice")), "order_line", "quantity", "net", "amount"],
            title=_("Lines"),
            order=("id",),
        )
    ]

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        if Concession.objects.filter(pk=pk, state="proposed").exists():
            return asking.wrong(CONCESSIONS, pk, actor=actor)
        return ()


@register
class AuthorityLimitResource(Resource):
    model, key = AuthorityLimit, "authority-limits"
    title, title_one, job, icon = _("Limits of authority"), _("Limit of authority"), "set_up", "lock"
    view_permission, write_permission = "service.view_concession", "service.write_authority"
    columns = [
        "role",
        "user",
        Column("amount", currency="company__currency__code"),
        Column("total", currency="company__currency__code"),
        "days",
        "company",
    ]
    writable = ["company", "role", "user", "amount", "total", "days"]
    filters = ["company", "role", "user"]


@register
class AnswerTemplateResource(Resource):
    model, key, natural_key = AnswerTemplate, "answer-templates", "name"
    title, title_one, job, icon = _("Answer templates"), _("Answer template"), "set_up", "mail"
    view_permission, write_permission = "service.view_ticket", "service.write_template"
    columns, writable = ["name", "queue", "body_en", "body_it", "company"], ["company", "name", "queue", "body_en", "body_it"]
    filters, search, sort = ["company", "queue"], ["name", "body_en", "body_it"], "name"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            for field in ("body_en", "body_it"):
                strange = unknown(getattr(d.row, field))
                if strange:
                    names = ", ".join(f"{{{name}}}" for name in NAMES)
                    raise UnknownPlaceholder(
                        unknown=", ".join(f"{{{n}}}" for n in strange), known=names, fields={field: _("no placeholder")}
                    )


@register
class MacroResource(Resource):
    model, key, natural_key = Macro, "macros", "name"
    title, title_one, job, icon = _("Macros"), _("Macro"), "set_up", "done"
    view_permission, write_permission = "service.view_ticket", "service.write_template"
    columns = ["name", "queue", "priority", "assignee", "to_me", "template", "becomes", "company"]
    fields = [*columns, "note"]
    writable = ["company", "name", "queue", "priority", "assignee", "to_me", "note", "template", "becomes"]
    filters, search, sort = ["company"], ["name", "note"], "name"


@register
class WarrantyTermResource(Resource):
    model, key = WarrantyTerm, "warranty-terms"
    title, title_one, job, icon = _("Warranty terms"), _("Warranty term"), "set_up", "done"
    view_permission, write_permission = "service.view_ticket", "service.write_warranty"
    columns, writable = ["product", "months", "company"], ["company", "product", "months"]
    filters = ["company", "product"]
