"""How the ledger is shown, filtered, imported and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger import actions, refusals, revaluing  # noqa: F401  verbs and sentences are declared on import
from fondaco.finance.ledger.models import (
    Account,
    Dimension,
    DimensionValue,
    FiscalYear,
    Journal,
    JournalEntry,
    JournalLine,
    JournalVoucher,
    JournalVoucherLine,
    OpenItem,
    PeriodState,
    Revaluation,
    RevaluedItem,
)
from fondaco.platform.resources.declare import Column, Lines, Resource, register


@register
class AccountResource(Resource):
    model, key, natural_key = Account, "accounts", "number"
    title, title_one, job, icon = _("Chart of accounts"), _("Account"), "books", "books"
    group, place = "set_up", 20
    view_permission, write_permission = "ledger.view_account", "ledger.write_account"
    columns = ["number", "name", "kind", "control", "is_posting", "company"]
    fields = ["company", "number", "name", "name_it", "kind", "is_posting", "is_active", "parent", "control", "purpose", "statement_line"]
    writable = ["company", "number", "name", "name_it", "kind", "is_posting", "is_active", "parent", "control", "purpose", "statement_line"]
    filters, search, sort = ["company", "kind", "control", "is_active"], ["number", "name", "name_it"], "number"


@register
class JournalResource(Resource):
    model, key, natural_key = Journal, "journals", "code"
    title, title_one, job, icon = _("Journals"), _("Journal"), "books", "books"
    group, place = "set_up", 60
    view_permission, write_permission = "ledger.view_journal", "ledger.write_journal"
    columns = ["code", "name", "subledger", "purpose", "company"]
    writable, filters, search, sort = ["company", "code", "name", "subledger", "purpose"], ["company"], ["code", "name"], "code"


@register
class FiscalYearResource(Resource):
    model, key, natural_key = FiscalYear, "fiscal-years", "name"
    title, title_one, job, icon = _("Fiscal years"), _("Fiscal year"), "books", "calendar"
    group, place = "set_up", 80
    view_permission = "ledger.view_period"
    columns, filters, sort = ["name", "starts_on", "ends_on", "company"], ["company"], "-starts_on"


@register
class PeriodStateResource(Resource):
    model, key = PeriodState, "periods"
    title, title_one, job, icon = _("Periods"), _("Period"), "books", "lock"
    group, place = "set_up", 10
    view_permission = "ledger.view_period"
    columns = [
        Column("period__name", _("period")),
        "subledger",
        "state",
        Column("period__starts_on", _("from")),
        Column("period__ends_on", _("to")),
        Column("period__company", _("company")),
    ]
    filters, sort = ["subledger", "state"], "-period__starts_on"


@register
class EntryResource(Resource):
    model, key, natural_key = JournalEntry, "entries", "number"
    title, title_one, job, icon = _("Journal entries"), _("Journal entry"), "books", "books"
    group, place = "reports", 60
    view_permission = "ledger.view_entry"
    columns = ["number", "on", "journal", "memo", "period", "company"]
    fields = [
        "number",
        "on",
        "journal",
        "period",
        "memo",
        "subledger",
        "reverses",
        "late_reason",
        "company",
        Column("created_at", _("recorded at")),
        Column("created_by", _("recorded by")),
    ]
    filters, search, sort = ["company", "journal", "period", "on", "subledger", "source_table", "source_id"], ["number", "memo"], "-id"
    lines = [
        Lines(
            JournalLine,
            "entry",
            [
                "position",
                "account",
                "party",
                "memo",
                Column("amount", currency="company__currency__code"),
                "currency",
                Column("currency_amount", currency="currency__code"),
                "due_on",
            ],
        )
    ]


@register
class LineResource(Resource):
    """Journal lines: where every figure of a report arrives."""

    model, key = JournalLine, "journal-lines"
    title, title_one, job, icon = _("Journal lines"), _("Journal line"), "books", "books"
    group, place = "reports", 70
    view_permission = "ledger.view_entry"
    columns = [
        "on",
        Column("entry", _("Journal entry")),
        "account",
        "party",
        "memo",
        Column("amount", currency="company__currency__code"),
        Column("currency_amount", currency="currency__code"),
    ]
    filters, sort = ["company", "account", "account__kind", "period", "on", "party", "currency", "entry"], "-id"


@register
class VoucherResource(Resource):
    model, key, natural_key = JournalVoucher, "vouchers", "number"
    title, title_one, job, icon = _("Manual entries"), _("Manual entry"), "books", "edit"
    group, place = "daily", 40
    view_permission, write_permission = "ledger.view_entry", "ledger.write_voucher"
    columns = ["number", "on", "memo", "journal", "state", "entry"]
    fields = ["number", "state", "company", "journal", "on", "memo", "entry"]
    writable, filters, search = ["company", "journal", "on", "memo"], ["company", "state", "journal", "on"], ["number", "memo"]
    lines = [
        Lines(
            JournalVoucherLine,
            "voucher",
            [
                "position",
                "account",
                Column("debit", currency="voucher__company__currency__code"),
                Column("credit", currency="voucher__company__currency__code"),
                "party",
                "due_on",
                "memo",
            ],
            writable=["account", "debit", "credit", "party", "due_on", "dimension_values", "memo"],
        )
    ]


@register
class OpenItemResource(Resource):
    model, key = OpenItem, "open-items"
    title, title_one, job, icon = _("Open items"), _("Open item"), "books", "clock"
    group, place = "daily", 30
    view_permission = "ledger.view_open_item"
    columns = [
        "party",
        "control",
        "entry",
        "on",
        "due_on",
        Column("amount", currency="currency__code"),
        Column("open_amount", currency="currency__code"),
        "currency",
        "closed_on",
    ]
    filters, sort = ["company", "party", "control", "currency", "due_on", "on", "closed_on", "account", "entry"], "due_on"


@register
class DimensionResource(Resource):
    model, key, natural_key = Dimension, "dimensions", "code"
    title, title_one, job, icon = _("Dimensions"), _("Dimension"), "books", "sell"
    group, place = "set_up", 70
    view_permission, write_permission = "ledger.view_dimension", "ledger.write_dimension"
    columns, writable, search, sort = ["code", "name", "company"], ["company", "code", "name"], ["code", "name"], "code"
    lines = [
        Lines(
            DimensionValue,
            "dimension",
            ["code", "name", "valid_from", "valid_to"],
            writable=["code", "name", "valid_from", "valid_to"],
            order=("code",),
        )
    ]


@register
class RevaluationResource(Resource):
    model, key, natural_key = Revaluation, "revaluations", "number"
    title, title_one, job, icon = _("Revaluations"), _("Revaluation"), "books", "books"
    group, place = "daily", 45
    view_permission, write_permission = "ledger.view_revaluation", "ledger.write_revaluation"
    columns = ["number", "on", "method", "state", "memo", "company"]
    writable, filters, search = ["company", "on", "method", "memo"], ["company", "state", "on", "method"], ["number", "memo"]
    lines = [
        Lines(
            RevaluedItem,
            "revaluation",
            [
                "item",
                Column("item__party", _("party")),
                Column("open_amount", currency="item__currency__code"),
                Column("item__currency", _("currency")),
                "rate",
                Column("base_before", currency="revaluation__company__currency__code"),
                Column("base_after", currency="revaluation__company__currency__code"),
                "is_kept",
            ],
            order=("id",),
        )
    ]
