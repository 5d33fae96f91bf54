"""How discounts are shown, written and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.pricing import refusals  # noqa: F401  sentences are declared on import
from fondaco.frontoffice.pricing.models import DiscountLimit, DiscountRule, DiscountStep, SellingCost
from fondaco.platform.resources.declare import Column, Resource, register

VIEW, WRITE = "pricing.view_discount", "pricing.write_discount"


@register
class DiscountStepResource(Resource):
    model, key = DiscountStep, "discount-steps"
    title, title_one, job, icon = _("Discount steps"), _("Discount step"), "sell", "sell"
    group, place = "set_up", 20
    view_permission, write_permission = VIEW, WRITE
    columns = ["position", "code", "name", "name_it", "kind", "basis", "is_active", "company"]
    writable = ["company", "code", "name", "name_it", "position", "kind", "basis", "is_active"]
    filters, search, sort = ["company", "kind", "is_active"], ["code", "name", "name_it"], "position"


@register
class DiscountRuleResource(Resource):
    model, key = DiscountRule, "discount-rules"
    title, title_one, job, icon = _("Discount rules"), _("Discount rule"), "sell", "sell"
    group, place = "set_up", 25
    view_permission, write_permission = VIEW, WRITE
    columns = [
        "name", "step", "customer", "group", "product", "category", Column("from_quantity", kind="quantity"), Column("from_value", currency="step__company__currency__code", summed=False),
        "valid_from", "valid_to", Column("percent", kind="percent"),
    ]  # fmt: skip
    fields = ["name", "name_it", *columns[1:]]
    writable = [
        "step",
        "name",
        "name_it",
        "customer",
        "group",
        "product",
        "category",
        "from_quantity",
        "from_value",
        "valid_from",
        "valid_to",
        "percent",
    ]
    filters, search, sort = ["step", "customer", "group", "product", "category", "valid_from", "valid_to"], ["name", "name_it"], "id"


@register
class DiscountLimitResource(Resource):
    model, key = DiscountLimit, "discount-limits"
    title, title_one, job, icon = _("Limits of discounts"), _("Limit of discounts"), "sell", "lock"
    group, place = "set_up", 30
    view_permission, write_permission = "pricing.view_limit", "pricing.write_limit"
    columns = ["category", Column("cap_percent", kind="percent"), Column("floor_percent", kind="percent"), "company"]
    writable = ["company", "category", "cap_percent", "floor_percent"]
    filters = ["company", "category"]


@register
class SellingCostResource(Resource):
    model, key = SellingCost, "selling-costs"
    title, title_one, job, icon = _("Expected costs of selling"), _("Expected cost of selling"), "sell", "sell"
    group, place = "set_up", 35
    view_permission, write_permission = "pricing.view_limit", "pricing.write_limit"
    columns = [
        "kind", "customer", "group", "product", "category", Column("percent", kind="percent"), Column("per_kg", currency="company__currency__code", summed=False),
        "valid_from", "valid_to", "company",
    ]  # fmt: skip
    writable = ["company", "kind", "customer", "group", "product", "category", "percent", "per_kg", "valid_from", "valid_to"]
    filters = ["company", "kind", "customer", "group", "product", "category"]
