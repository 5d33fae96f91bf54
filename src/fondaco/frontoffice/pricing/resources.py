"""How discounts are shown, written and served."""

from typing import Any

from django.db.models import DecimalField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.pricing import actions, reactions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.frontoffice.pricing.models import (
    AMOUNT,
    DiscountLimit,
    DiscountRule,
    DiscountStep,
    RebateAccrual,
    RebateAgreement,
    RebateTier,
    SellingCost,
)
from fondaco.platform.resources.declare import Column, Lines, Resource, register

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


MONEY: DecimalField = DecimalField(**AMOUNT)


def _accrued(what: str, given: Q) -> Any:
    rows = RebateAccrual.objects.filter(given, agreement=OuterRef("pk")).order_by().values("agreement").annotate(total=Sum(what))
    return Coalesce(Subquery(rows.values("total"), output_field=MONEY), Value(0), output_field=MONEY)


def _tier() -> Any:
    """The percent that holds: of the turnover reached, or of that expected where it is higher."""
    turnover = RebateAccrual.objects.filter(agreement=OuterRef("agreement")).order_by().values("agreement").annotate(total=Sum("turnover"))
    reached = Greatest(
        Coalesce(Subquery(turnover.values("total"), output_field=MONEY), Value(0), output_field=MONEY), F("agreement__expected_turnover")
    )
    rows = RebateTier.objects.filter(agreement=OuterRef("pk"), from_turnover__lte=reached).order_by("-from_turnover")
    return Subquery(rows.values("percent")[:1])


@register
class RebateAgreementResource(Resource):
    model, key, natural_key = RebateAgreement, "rebate-agreements", "number"
    title, title_one, job, icon = _("Rebate agreements"), _("Rebate agreement"), "sell", "note"
    group, place = "customers", 60
    view_permission, write_permission = "pricing.view_rebate", "pricing.write_rebate"
    columns = [
        "number",
        "customer",
        "valid_from",
        "valid_to",
        "state",
        Column("turnover", _("turnover"), "amount", "company__currency__code"),
        Column("percent", _("tier %"), "percent"),
        Column("accrued", _("accrued"), "amount", "company__currency__code"),
        Column("owed", _("owed"), "amount", "company__currency__code"),
    ]
    fields = [*columns, Column("expected_turnover", currency="company__currency__code"), "conditions", "company"]
    writable = ["company", "customer", "valid_from", "valid_to", "expected_turnover", "conditions"]
    filters, search = ["company", "state", "customer", "valid_to"], ["number", "customer"]
    conditions = {"to_settle": (_("to settle"), lambda: Q(state="in_force", valid_to__lt=timezone.localdate()))}
    annotations = {
        "turnover": lambda: _accrued("turnover", Q()),
        "percent": _tier,
        "accrued": lambda: _accrued("amount", ~Q(kind=RebateAccrual.SETTLEMENT)),
        "owed": lambda: _accrued("amount", Q()),
    }
    lines = [
        Lines(
            RebateTier, "agreement", [Column("from_turnover", currency="agreement__company__currency__code"), Column("percent", kind="percent")],
            writable=["from_turnover", "percent"], title=_("Tiers"), order=("from_turnover",),
        ),
        Lines(
            RebateAccrual, "agreement",
            [
                "on", "kind", "invoice", Column("turnover", currency="agreement__company__currency__code"), Column("percent", kind="percent"),
                Column("amount", currency="agreement__company__currency__code"), "entry",
            ],
            title=_("Accrued"), order=("id",),
        ),
    ]  # fmt: skip
