"""How tax codes and rules are shown and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.tax import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.finance.tax.models import (
    FormerFiling,
    ReturnAmount,
    ReturnBox,
    ReturnDefinition,
    TaxCode,
    TaxEntry,
    TaxRate,
    TaxRegime,
    TaxReturn,
    TaxRule,
    TaxStanding,
)
from fondaco.platform.resources.declare import Column, Lines, Resource, register


@register
class TaxCodeResource(Resource):
    model, key, natural_key = TaxCode, "tax-codes", "code"
    title, title_one, job, icon = _("Tax codes"), _("Tax code"), "set_up", "insight"
    view_permission, write_permission = "tax.view_tax_code", "tax.write_tax_code"
    columns = ["code", "name", "kind", "treatment", "natura", "category", "is_active", "company"]
    fields = [
        "company",
        "code",
        "name",
        "name_it",
        "kind",
        "treatment",
        "account",
        "reverse_charge_account",
        "deductible_percent",
        "document_type",
        "natura",
        "category",
        "exemption",
        "exemption_it",
        "is_active",
    ]
    writable = [
        "company",
        "code",
        "name",
        "name_it",
        "kind",
        "treatment",
        "account",
        "reverse_charge_account",
        "deductible_percent",
        "document_type",
        "natura",
        "category",
        "exemption",
        "exemption_it",
        "is_active",
    ]
    filters, search, sort = ["company", "kind", "treatment", "is_active"], ["code", "name", "name_it"], "code"
    lines = [
        Lines(
            TaxRate,
            "tax_code",
            [Column("rate", kind="percent"), "valid_from", "valid_to"],
            writable=["rate", "valid_from", "valid_to"],
            order=("valid_from",),
        )
    ]


@register
class TaxRuleResource(Resource):
    model, key = TaxRule, "tax-rules"
    title, title_one, job, icon = _("Tax rules"), _("Tax rule"), "set_up", "arrow"
    view_permission, write_permission = "tax.view_tax_code", "tax.write_tax_code"
    columns = ["priority", "kind", "buyer", "buyer_country", "product_class", "ship_to", "tax_code", "explanation", "company"]
    writable = [
        "company",
        "priority",
        "kind",
        "buyer",
        "buyer_country",
        "product_class",
        "ship_from",
        "ship_to",
        "tax_code",
        "explanation",
        "explanation_it",
        "valid_from",
        "valid_to",
    ]
    filters, sort = ["company", "kind", "buyer", "tax_code"], "priority"


@register
class TaxStandingResource(Resource):
    model, key = TaxStanding, "vat-standings"
    title, title_one, job, icon = _("VAT standings"), _("VAT standing"), "set_up", "party"
    view_permission, write_permission = "tax.view_tax_code", "tax.write_tax_code"
    columns = writable = ["party", "standing", "valid_from", "valid_to"]
    filters = ["party", "standing"]


@register
class TaxRegimeResource(Resource):
    model, key = TaxRegime, "vat-regimes"
    title, title_one, job, icon = _("VAT regimes"), _("VAT regime"), "set_up", "calendar"
    view_permission, write_permission = "tax.view_tax_code", "tax.write_tax_code"
    columns = ["company", "valid_from", "valid_to", "cash_basis", "frequency", Column("interest_percent", kind="percent")]
    writable = ["company", "valid_from", "valid_to", "cash_basis", "frequency", "interest_percent"]
    filters, sort = ["company", "cash_basis", "frequency"], "-valid_from"


@register
class TaxEntryResource(Resource):
    model, key = TaxEntry, "tax-entries"
    title, title_one, job, icon = _("Tax entries"), _("Tax entry"), "books", "insight"
    group, place = "tax", 60
    view_permission = "tax.view_entry"
    columns = [
        "tax_point",
        "kind",
        "document_number",
        "document_on",
        "party",
        "tax_code",
        Column("rate", kind="percent"),
        Column("base", currency="company__currency_id"),
        Column("tax", currency="company__currency_id"),
        Column("non_deductible", currency="company__currency_id"),
        "chargeable",
        "reported_on",
    ]
    fields = [
        "kind",
        "document_number",
        "document_on",
        "party",
        "protocol",
        "document_type",
        "tax_point",
        "reported_on",
        "tax_code",
        Column("rate", kind="percent"),
        Column("base", currency="company__currency_id"),
        Column("tax", currency="company__currency_id"),
        Column("non_deductible", currency="company__currency_id"),
        "chargeable",
        "account",
        Column("amount", currency="company__currency_id"),
        "entry",
        "reverses",
        "releases",
        "restates",
        "company",
    ]
    filters = ["company", "kind", "tax_code", "rate", "chargeable", "party", "reported_on", "tax_point", "source_table", "source_id"]
    search, sort = ["document_number", "protocol", "party"], "-id"


@register
class ReturnDefinitionResource(Resource):
    model, key, natural_key = ReturnDefinition, "return-definitions", "code"
    title, title_one, job, icon = _("Return definitions"), _("Return definition"), "set_up", "note"
    view_permission, write_permission = "tax.view_tax_code", "tax.write_tax_code"
    columns = ["code", "name", "codes", "frequency", "carries", Column("minimum", currency="company__currency_id"), "due_day", "company"]
    writable = [
        "company",
        "code",
        "name",
        "name_it",
        "codes",
        "frequency",
        "carries",
        "minimum",
        "due_day",
        "due_months",
        "due_months_quarter",
        "due_months_last_quarter",
    ]
    filters, search, sort = ["company"], ["code", "name"], "code"
    lines = [
        Lines(
            ReturnBox,
            "definition",
            ["code", "name", "measure", "kinds", "chargeable", "codes", "adds", "role"],
            writable=["code", "name", "name_it", "measure", "kinds", "chargeable", "codes", "adds", "role"],
            title=_("Boxes"),
        )
    ]


@register
class TaxReturnResource(Resource):
    model, key, natural_key = TaxReturn, "vat-returns", "number"
    title, title_one, job, icon = _("VAT returns"), _("VAT return"), "books", "check"
    group, place = "tax", 60
    view_permission, write_permission = "tax.view_return", "tax.write_return"
    columns = ["starts_on", "ends_on", "definition", "state", "number", Column("payable", currency="company__currency_id"), "filed_on"]
    fields = [
        "number",
        "state",
        "definition",
        "starts_on",
        "ends_on",
        "filed_on",
        Column("brought_forward", currency="company__currency_id"),
        Column("advance_paid", currency="company__currency_id"),
        Column("paid_otherwise", currency="company__currency_id"),
        Column("credits_used", currency="company__currency_id"),
        Column("interest", currency="company__currency_id"),
        Column("payable", currency="company__currency_id"),
        "entry",
        "company",
    ]
    writable = ["company", "definition", "starts_on", "ends_on", "advance_paid", "paid_otherwise", "credits_used"]
    filters, search, sort = ["company", "definition", "state", "starts_on", "ends_on"], ["number"], "-starts_on"
    lines = [
        Lines(
            ReturnAmount,
            "tax_return",
            ["box", Column("amount", currency="tax_return__company__currency_id")],
            title=_("Declared amounts"),
        ),
        Lines(
            FormerFiling,
            "tax_return",
            [
                "position",
                "filed_on",
                Column("payable", currency="tax_return__company__currency_id"),
                "reason",
                Column("created_by", _("by")),
                Column("created_at", _("at")),
            ],
            title=_("Declared before"),
        ),
    ]
