"""How dunning is shown, written and served."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.receivables import actions, collecting, disputes, panels, refusals, statements  # noqa: F401  verbs and sentences are declared on import
from fondaco.finance.receivables.models import (
    CreditDecision,
    CreditLimit,
    CustomerAccount,
    CustomerStatement,
    Dispute,
    DunningLevel,
    DunningProcedure,
    DunningRun,
    Promise,
    ReferenceRate,
    Reminder,
    ReminderItem,
    ReminderStop,
    StatementLine,
    StatementRun,
)
from fondaco.finance.receivables.printing import reminder_pdf, run_pdf, statement_pdf, statement_run_pdf
from fondaco.finance.receivables.queries import charges_waived, promise_state, reminders_in
from fondaco.platform.resources.declare import Column, Lines, Resource, register

BASE = "company__currency__code"


@register
class DunningRunResource(Resource):
    model, key, natural_key = DunningRun, "dunning-runs", "number"
    title, title_one, job, icon = _("Dunning runs"), _("Dunning run"), "books", "clock"
    group, place = "customers", 34
    view_permission, write_permission = "receivables.view_dunning", "receivables.write_dunning"
    columns = ["number", "on", "state", "procedure", Column("letters", _("letters"), "number"), "memo", "company"]
    fields = [*columns, Column("created_by", _("by"))]
    writable, filters, search = ["company", "on", "procedure", "memo"], ["company", "state", "on", "procedure"], ["number", "memo"]
    annotations = {"letters": reminders_in}
    lines = [
        Lines(
            Reminder,
            "run",
            [
                "party",
                "level",
                "state",
                Column("total", currency="currency__code"),
                Column("fee", currency="currency__code"),
                Column("interest", currency="currency__code"),
                "currency",
                "sent_to",
            ],
            order=("party__sort_name", "id"),
            opens=True,
            title=_("Letters"),
        )
    ]
    printed = staticmethod(run_pdf)


@register
class ReminderResource(Resource):
    model, key, natural_key = Reminder, "reminders", "number"
    title, title_one, job, icon = _("Reminders"), _("Reminder"), "books", "mail"
    group, place = "customers", 52
    view_permission = "receivables.view_dunning"
    columns = [
        "number",
        "party",
        "on",
        "level",
        "state",
        Column("total", currency="currency__code"),
        Column("fee", currency="currency__code"),
        Column("interest", currency="currency__code"),
        "currency",
        "run",
    ]
    fields = [
        "number",
        "state",
        "party",
        "on",
        "level",
        "procedure",
        "pay_until",
        "currency",
        Column("total", currency="currency__code"),
        Column("fee", currency="currency__code"),
        Column("interest", currency="currency__code"),
        Column("waived", _("charges waived"), "flag"),
        "sent_to",
        "entry",
        "run",
        "company",
    ]
    filters, search = ["company", "run", "state", "party", "level", "on", "currency"], ["number", "party"]
    annotations = {"waived": charges_waived}
    lines = [
        Lines(
            ReminderItem,
            "reminder",
            [
                "item",
                "level",
                "days_overdue",
                Column("open_amount", currency="reminder__currency__code"),
                Column("interest", currency="reminder__currency__code"),
                "interest_until",
            ],
            order=("id",),
        )
    ]
    printed = staticmethod(reminder_pdf)


@register
class ReminderItemResource(Resource):
    """Which item was reminded of when, at which level."""

    model, key = ReminderItem, "reminder-items"
    title, title_one, job, icon = _("Reminded items"), _("Reminded item"), "books", "clock"
    group, place = "customers", 55
    view_permission = "receivables.view_dunning"
    columns = [
        Column("reminder__party", _("customer")),
        "item",
        "level",
        Column("reminder__on", _("date")),
        "reminder",
        "days_overdue",
        Column("open_amount", currency="reminder__currency__code"),
        Column("interest", currency="reminder__currency__code"),
        "is_sent",
    ]
    filters = ["item", "reminder", "level", "is_sent", "reminder__party", "reminder__on"]


@register
class ReminderStopResource(Resource):
    model, key = ReminderStop, "reminder-stops"
    title, title_one, job, icon = _("Reminder stops"), _("Reminder stop"), "books", "lock"
    group, place = "set_up", 59
    view_permission, write_permission = "receivables.view_dunning", "receivables.write_dunning"
    columns, writable = ["party", "item", "until", "reason", "company"], ["company", "party", "item", "until", "reason"]
    filters, search = ["company", "party", "until", "item"], ["reason", "party"]


@register
class CustomerAccountResource(Resource):
    model, key = CustomerAccount, "customer-accounts"
    title, title_one, job, icon = _("Customer accounts"), _("Customer account"), "books", "party"
    group, place = "set_up", 57
    view_permission, write_permission = "receivables.view_dunning", "receivables.write_dunning"
    columns = ["party", "procedure", "collector", "follow_up_on", "company"]
    writable = ["company", "party", "procedure", "collector", "follow_up_on"]
    filters, search = ["company", "party", "procedure", "collector"], ["party"]


@register
class DunningProcedureResource(Resource):
    model, key, natural_key = DunningProcedure, "dunning-procedures", "code"
    title, title_one, job, icon = _("Dunning procedures"), _("Dunning procedure"), "books", "clock"
    group, place = "set_up", 56
    view_permission, write_permission = "receivables.view_procedure", "receivables.write_procedure"
    columns = ["code", "name", "is_default", "days_between", "interest_for", "company"]
    writable = [
        "company",
        "code",
        "name",
        "name_it",
        "is_default",
        "minimum_amount",
        "days_between",
        "days_to_pay",
        "interest_for",
        "reference_rate",
        "interest_points",
    ]
    fields = [*writable[:5], Column("minimum_amount", currency=BASE), *writable[6:10], Column("interest_points", kind="percent")]
    filters, search, sort = ["company"], ["code", "name"], "code"
    lines = [
        Lines(
            DunningLevel,
            "procedure",
            ["level", "days_overdue", Column("fee", currency="procedure__company__currency__code"), "charges_interest", "title", "title_it", "text", "text_it"],
            writable=["level", "days_overdue", "fee", "charges_interest", "title", "title_it", "text", "text_it"],
            order=("level", "id"),
        )
    ]  # fmt: skip


@register
class ReferenceRateResource(Resource):
    model, key = ReferenceRate, "reference-rates"
    title, title_one, job, icon = _("Reference rates"), _("Reference rate"), "books", "calendar"
    group, place = "set_up", 58
    view_permission, write_permission = "receivables.view_procedure", "receivables.write_procedure"
    columns = ["code", "valid_from", "valid_to", Column("rate", kind="percent")]
    writable = ["code", "valid_from", "valid_to", "rate"]
    filters, sort = ["code", "valid_from"], "-valid_from"


@register
class StatementRunResource(Resource):
    model, key, natural_key = StatementRun, "statement-runs", "number"
    title, title_one, job, icon = _("Statement runs"), _("Statement run"), "books", "note"
    group, place = "customers", 37
    view_permission, write_permission = "receivables.view_statement", "receivables.write_statement"
    columns = [
        "number",
        "kind",
        "on",
        "state",
        "party",
        Column("items_total", currency=BASE),
        Column("control_balance", currency=BASE),
        "company",
    ]
    fields = [*columns, "reply_to", Column("created_by", _("by"))]
    writable, filters, search = ["company", "kind", "on", "party", "reply_to"], ["company", "kind", "state", "on"], ["number"]
    lines = [
        Lines(
            CustomerStatement,
            "run",
            [
                "party",
                "state",
                Column("balance", currency="currency__code"),
                Column("overdue", currency="currency__code"),
                "currency",
                Column("base_balance", currency=BASE),
                "sent_to",
            ],
            order=("party__sort_name", "id"),
            opens=True,
            title=_("Statements"),
        )
    ]
    printed = staticmethod(statement_run_pdf)


@register
class CustomerStatementResource(Resource):
    model, key = CustomerStatement, "customer-statements"
    title, title_one, job, icon = _("Customer statements"), _("Customer statement"), "books", "note"
    group, place = "customers", 53
    view_permission = "receivables.view_statement"
    columns = [
        "party",
        Column("run__kind", _("kind")),
        Column("run__on", _("as of")),
        "state",
        Column("balance", currency="currency__code"),
        Column("their_balance", currency="currency__code"),
        "currency",
        "run",
    ]
    fields = [
        *columns,
        Column("overdue", currency="currency__code"),
        Column("base_balance", currency=BASE),
        "sent_to",
        "answered_on",
        "answer",
        "company",
    ]
    filters, search = ["company", "run", "state", "party", "currency", "run__kind"], ["party"]
    lines = [
        Lines(
            StatementLine,
            "statement",
            [
                "item",
                Column("item__due_on", _("due on")),
                Column("open_amount", currency="statement__currency__code"),
                Column("open_base_amount", currency="statement__company__currency__code"),
            ],
            order=("item__due_on", "id"),
        )
    ]
    printed = staticmethod(statement_pdf)


@register
class CreditLimitResource(Resource):
    model, key = CreditLimit, "credit-limits"
    title, title_one, job, icon = _("Credit limits"), _("Credit limit"), "books", "lock"
    group, place = "customers", 39
    view_permission, write_permission = "receivables.view_credit", "receivables.write_credit_limit"
    columns = [
        "party",
        Column("amount", currency=BASE),
        Column("insured", currency=BASE),
        "days_overdue",
        "is_blocked",
        "company",
    ]
    fields = [*columns, "memo"]
    writable = ["company", "party", "amount", "insured", "days_overdue", "is_blocked", "memo"]
    filters, search = ["company", "party", "is_blocked"], ["party"]


@register
class CreditDecisionResource(Resource):
    """The log of what credit held and who released it."""

    model, key = CreditDecision, "credit-decisions"
    title, title_one, job, icon = _("Credit decisions"), _("Credit decision"), "books", "lock"
    group, place = "customers", 56
    view_permission = "receivables.view_credit"
    columns = [
        Column("created_at", _("at")),
        "document",
        "party",
        "stage",
        "decision",
        Column("amount", currency=BASE),
        Column("exposure", currency=BASE),
        Column("credit_limit", currency=BASE),
        "overdue_days",
        "reason",
        Column("created_by", _("by")),
    ]
    filters, search = ["company", "party", "stage", "decision", "source_table", "source_id"], ["document", "party"]


@register
class DisputeResource(Resource):
    model, key, natural_key = Dispute, "disputes", "number"
    title, title_one, job, icon = _("Disputes"), _("Dispute"), "books", "ticket"
    group, place = "customers", 33
    view_permission = "receivables.view_dispute"
    columns = ["number", "party", "invoice", "on", "kind", "state", Column("amount", currency="currency__code"), "currency", "claim"]
    fields = [
        *columns,
        Column("line__description", _("line")),
        "closed_on",
        "outcome",
        "credit_note",
        "company",
        Column("created_by", _("by")),
    ]
    filters, search = ["company", "state", "party", "invoice", "kind", "on", "closed_on"], ["number", "claim", "party"]


@register
class PromiseResource(Resource):
    model, key = Promise, "promises"
    title, title_one, job, icon = _("Promises to pay"), _("Promise to pay"), "books", "calendar"
    group, place = "customers", 51
    view_permission = "receivables.view_collection"
    columns = [
        "party",
        "on",
        "pay_by",
        Column("amount", currency="currency__code"),
        "currency",
        Column("standing", _("state")),
        "note",
        Column("created_by", _("by")),
        "company",
    ]
    annotations = {"standing": lambda: promise_state(timezone.localdate())}
    filters, search, sort = ["company", "party", "pay_by", "on"], ["note", "party"], "-pay_by"
