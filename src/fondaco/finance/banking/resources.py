"""How bank statements, lines, matches and rules are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from fondaco.finance.banking import actions, refusals, taxes  # noqa: F401  verbs, sentences and what is expected are declared on import
from fondaco.finance.banking.models import (
    BankFormat,
    BankLine,
    BankMatch,
    BankRule,
    BankStatement,
    Learned,
    MatchedLine,
    MatchedPosting,
    MatchingPolicy,
    PlannedFlow,
)
from fondaco.finance.banking.reading.csv import format_from
from fondaco.finance.banking.reading.values import Unreadable, account_key
from fondaco.finance.payments.models import BankAccount
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.permissions import standalone
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register

#: The right to see where the money is and what is expected, which belongs to no resource.
VIEW_CASH = standalone("banking.view_cash")


@register
class BankStatementResource(Resource):
    model, key = BankStatement, "bank-statements"
    title, title_one, job, icon = _("Bank statements"), _("Bank statement"), "books", "books"
    group, place = "bank", 40
    view_permission = "banking.view_statement"
    columns = [
        "closes_on",
        "bank_account",
        "reference",
        Column("opening", currency="currency__code"),
        Column("closing", currency="currency__code"),
        "line_count",
        "currency",
        "format",
        "file_name",
    ]
    fields = [
        *columns,
        "opens_on",
        "position",
        "is_complete",
        "company",
        Column("created_by", _("imported by")),
        Column("created_at", _("imported at")),
    ]
    filters, search, sort = ["company", "bank_account", "closes_on", "opens_on", "currency"], ["reference", "file_name"], "-id"
    lines = [
        Lines(
            BankLine,
            "statement",
            ["position", "booked_on", "counterparty", "remittance", Column("amount", currency="currency__code"), "state"],
        )
    ]


@register
class BankLineResource(Resource):
    model, key = BankLine, "bank-lines"
    title, title_one, job, icon = _("Bank lines"), _("Bank line"), "books", "books"
    group, place = "bank", 45
    view_permission = "banking.view_statement"
    columns = [
        "booked_on",
        "bank_account",
        "counterparty",
        "remittance",
        Column("amount", currency="currency__code"),
        "currency",
        "state",
    ]
    fields = [
        "booked_on",
        "value_on",
        "state",
        Column("amount", currency="currency__code"),
        "currency",
        "bank_account",
        "counterparty",
        "counterparty_account",
        "bic",
        "remittance",
        "end_to_end_id",
        "creditor_reference",
        "mandate",
        "payment_id",
        "bank_reference",
        "code",
        Column("charges", currency="currency__code"),
        "original_amount",
        "original_currency",
        "statement",
        "match",
        "company",
    ]
    filters = ["company", "bank_account", "state", "booked_on", "amount", "currency", "statement", "match", "counterparty_account"]
    search, sort = ["counterparty", "remittance", "counterparty_account"], "-booked_on"


@register
class BankMatchResource(Resource):
    model, key = BankMatch, "bank-matches"
    title, title_one, job, icon = _("Bank matches"), _("Bank match"), "books", "check"
    group, place = "bank", 46
    view_permission = "banking.view_statement"
    columns = ["on", "bank_account", "kind", "party", Column("amount", currency="bank_account__currency__code"), "how", "score", "state"]
    fields = [*columns, "rule", "undone_on", "undone_reason", "company", Column("created_by", _("by")), Column("created_at", _("at"))]
    filters, sort = ["company", "bank_account", "on", "kind", "how", "state", "party", "score"], "-id"
    lines = [
        Lines(MatchedLine, "match", ["line", Column("amount", currency="bank_account__currency__code"), "is_current"]),
        Lines(
            MatchedPosting,
            "match",
            [
                Column("journal_line__entry__number", _("journal entry")),
                Column("journal_line__memo", _("memo")),
                Column("amount", currency="bank_account__currency__code"),
                "is_own",
                "is_current",
            ],
        ),
    ]


@register
class BankRuleResource(Resource):
    model, key, natural_key = BankRule, "bank-rules", "name"
    title, title_one, job, icon = _("Bank rules"), _("Bank rule"), "books", "settings"
    group, place = "set_up", 32
    view_permission, write_permission = "banking.view_statement", "banking.write_rule"
    columns = ["name", "position", "direction", "words", "does", "account", "party", "is_automatic", "is_active"]
    fields = writable = [
        "company", "name", "position", "is_active", "is_automatic", "bank_account", "direction", "words", "counterparty_account", "code", "amount_from", "amount_to",
        "does", "account", "party",
    ]  # fmt: skip
    filters, search, sort = ["company", "does", "is_active"], ["name", "words"], "position"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for draft in drafts:
            draft.row.words = " ".join(draft.row.words.split())
            draft.row.counterparty_account = account_key(draft.row.counterparty_account)


@register
class BankFormatResource(Resource):
    model, key, natural_key = BankFormat, "bank-formats", "name"
    title, title_one, job, icon = _("CSV formats of banks"), _("CSV format"), "books", "settings"
    group, place = "set_up", 34
    view_permission, write_permission = "banking.view_statement", "banking.import_statement"
    columns = ["name", "bank_account", "delimiter", "decimal_sign", "date_format"]
    fields = writable = ["company", "bank_account", "name", "charset", "delimiter", "decimal_sign", "date_format", "skip", "columns"]
    filters, sort = ["company", "bank_account"], "name"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        companies = dict(BankAccount.objects.filter(pk__in={d.row.bank_account_id for d in drafts}).values_list("pk", "company_id"))
        for draft in drafts:
            draft.row.company_id = companies[draft.row.bank_account_id]
            try:
                format_from({n: getattr(draft.row, n) for n in ("charset", "delimiter", "decimal_sign", "date_format", "skip", "columns")})
            except Unreadable as error:
                raise refusals.BadFormat(why=__("a column, a date or a sign is not one that is known")) from error


@register
class LearnedResource(Resource):
    model, key = Learned, "bank-learned"
    title, title_one, job, icon = _("Learned from matches"), _("Learned"), "books", "settings"
    group, place = "set_up", 36
    view_permission = "banking.view_statement"
    columns = ["kind", "key", "party", "account", "times", "last_on"]
    filters, search, sort = ["company", "kind", "party", "account"], ["key"], "-last_on"


@register
class MatchingPolicyResource(Resource):
    model, key = MatchingPolicy, "bank-matching-policies"
    title, title_one, job, icon = _("Matching policies"), _("Matching policy"), "books", "settings"
    group, place = "set_up", 38
    view_permission, write_permission = "banking.view_statement", "banking.write_policy"
    columns = ["company", "threshold", "tolerance"]
    writable, filters, sort = ["company", "threshold", "tolerance"], ["company"], "id"


@register
class PlannedFlowResource(Resource):
    model, key, natural_key = PlannedFlow, "planned-flows", "name"
    title, title_one, job, icon = _("Planned cash flows"), _("Planned cash flow"), "books", "calendar"
    group, place = "set_up", 40
    view_permission, write_permission = "banking.view_plan", "banking.write_plan"
    columns = ["name", Column("amount", currency="currency__code"), "currency", "every", "starts_on", "ends_on", "stands_for"]
    fields = writable = ["company", "name", "amount", "currency", "every", "starts_on", "ends_on", "stands_for"]
    filters, search, sort = ["company", "every"], ["name"], "starts_on"
