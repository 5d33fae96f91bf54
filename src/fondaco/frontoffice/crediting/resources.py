"""How credit rules and sales credits are shown, written and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crediting import actions, reactions, refusals  # noqa: F401  verbs, reactions and sentences are declared on import
from fondaco.frontoffice.crediting.models import CreditRule, CreditShare, SalesCredit
from fondaco.platform.resources.declare import Column, Lines, Resource, register


@register
class CreditRuleResource(Resource):
    model, key = CreditRule, "credit-rules"
    title, title_one, job, icon = _("Credit rules"), _("Credit rule"), "sell", "note"
    group, place = "set_up", 2
    view_permission, write_permission = "crediting.view_credit_rule", "crediting.write_credit_rule"
    columns = ["name", "priority", "customer", "salesperson", "country", "category", "valid_from", "valid_to"]
    fields = [*columns, "company"]
    writable = ["company", *columns]
    filters, search, sort = ["company", "customer", "salesperson", "country", "category", "valid_from", "valid_to"], ["name"], "-priority"
    lines = [
        Lines(
            CreditShare,
            "rule",
            ["salesperson", Column("percent", kind="percent"), "on_top"],
            writable=["salesperson", "percent", "on_top"],
            title=_("Shares"),
        )
    ]


@register
class SalesCreditResource(Resource):
    model, key = SalesCredit, "sales-credits"
    title, title_one, job, icon = _("Sales credits"), _("Sales credit"), "sell", "note"
    group, place = "reports", 3
    view_permission = "crediting.view_sales_credit"
    columns = [
        "on",
        "invoice",
        Column("invoice__customer", _("Customer")),
        Column("line__description", _("Line")),
        "salesperson",
        Column("percent", kind="percent"),
        Column("amount", currency="company__currency__code"),
        "rule",
    ]
    fields = [*columns, "on_top", "takes_back", "company"]
    filters, sort = ["company", "salesperson", "on", "invoice", "rule", "on_top"], "-on"
