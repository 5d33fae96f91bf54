"""How lists of trade, their rules and what documents do not say by themselves are shown, written and served."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.operations.intrastat import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.operations.intrastat.models import (
    DocumentTrade,
    ListRule,
    PartnerTrade,
    Statement,
    StatementFact,
    StatementRow,
    TradeDefaults,
)
from fondaco.platform.resources.declare import Column, Lines, Resource, register

UNIT = "statement__company__currency_id"


@register
class StatementResource(Resource):
    model, key, natural_key = Statement, "intrastat-lists", "number"
    title, title_one, job, icon = _("Intrastat lists"), _("Intrastat list"), "books", "check"
    group, place = "tax", 70
    view_permission = "intrastat.view_statement"
    columns = [
        "starts_on",
        "ends_on",
        "kind",
        "state",
        "number",
        "frequency",
        Column("amount", currency="company__currency_id"),
        "due_on",
        "filed_on",
        "protocol",
    ]
    fields = [
        "number",
        "state",
        "kind",
        "starts_on",
        "ends_on",
        "frequency",
        "with_statistics",
        "due_on",
        "filed_on",
        Column("amount", currency="company__currency_id"),
        "protocol",
        "company",
    ]
    filters, search, sort = ["company", "kind", "state", "starts_on", "ends_on", "due_on"], ["number", "protocol"], "-starts_on"
    conditions = {
        "to_file": (_("to be filed"), lambda: Q(state="open", ends_on__lt=timezone.localdate())),
    }
    lines = [
        Lines(
            StatementRow,
            "statement",
            [
                "section",
                "position",
                "party",
                "vat_number",
                Column("amount", currency=UNIT),
                "commodity_code",
                "nature",
                Column("net_mass", kind="quantity"),
                Column("statistical", currency=UNIT),
                "country",
                "service_code",
                "document_number",
                "corrects_from",
                "corrects_to",
            ],
            title=_("Rows as filed"),
            order=("-section", "position"),
        )
    ]


@register
class StatementFactResource(Resource):
    model, key = StatementFact, "intrastat-documents"
    title, title_one, job, icon = _("Documents on Intrastat lists"), _("Document on an Intrastat list"), "books", "note"
    group, place = "tax", 72
    view_permission = "intrastat.view_statement"
    columns = fields = [
        "statement",
        "row",
        "number",
        "on",
        Column("value", currency=UNIT),
        Column("quantity", kind="quantity"),
        "tax_entry",
        "source_table",
        "source_id",
    ]
    filters, search, sort = ["statement", "row", "on", "tax_entry", "source_table", "source_id"], ["number"], "-id"


@register
class ListRuleResource(Resource):
    model, key = ListRule, "intrastat-rules"
    title, title_one, job, icon = _("Rules for Intrastat lists"), _("Rule for Intrastat lists"), "set_up", "note"
    view_permission, write_permission = "intrastat.view_rules", "intrastat.write_rules"
    columns = [
        "kind",
        "valid_from",
        "valid_to",
        "frequency",
        Column("monthly_above", currency="company__currency_id"),
        Column("required_from", currency="company__currency_id"),
        Column("statistics_above", currency="company__currency_id"),
        "due_day",
        "company",
    ]
    fields = [*columns, "codes", "asks", "asks_statistics"]
    writable = [
        "company",
        "kind",
        "valid_from",
        "valid_to",
        "frequency",
        "monthly_above",
        "required_from",
        "statistics_above",
        "codes",
        "asks",
        "asks_statistics",
        "due_day",
    ]
    filters, sort = ["company", "kind"], "-valid_from"


@register
class TradeDefaultsResource(Resource):
    model, key = TradeDefaults, "intrastat-defaults"
    title, title_one, job, icon = _("Defaults of Intrastat"), _("Defaults of Intrastat"), "set_up", "note"
    view_permission, write_permission = "intrastat.view_rules", "intrastat.write_rules"
    columns = writable = [
        "company",
        "nature",
        "delivery_terms",
        "transport",
        "region",
        "supply",
        "payment",
        "delegate_vat_number",
        "customs_office",
    ]
    filters, sort = ["company"], "company"


@register
class PartnerTradeResource(Resource):
    model, key = PartnerTrade, "intrastat-partners"
    title, title_one, job, icon = _("Trade with partners"), _("Trade with a partner"), "set_up", "party"
    view_permission, write_permission = "intrastat.view_rules", "intrastat.write_rules"
    columns = ["party", "delivery_terms", "transport", "country", Column("statistical_percent", kind="percent"), "company"]
    writable = ["company", "party", "delivery_terms", "transport", "country", "statistical_percent"]
    filters, search, sort = ["company", "party"], ["party"], "party"


@register
class DocumentTradeResource(Resource):
    model, key = DocumentTrade, "intrastat-told"
    title, title_one, job, icon = _("Trade of documents"), _("Trade of a document"), "books", "note"
    group, place = "tax", 74
    view_permission = "intrastat.view_statement"
    columns = ["source_table", "source_id", "nature", "country", "corrects_on", "left_out", "company"]
    fields = [
        *columns,
        "delivery_terms",
        "transport",
        "region",
        "commodity_code",
        Column("net_mass", kind="quantity"),
        "origin",
        Column("statistical_percent", kind="percent"),
        "service_code",
        "supply",
        "payment",
    ]
    filters, sort = ["company", "source_table", "source_id", "nature"], "-id"
