"""How reorder rules and proposals are shown, written and served."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.operations.planning import actions, background, refusals  # noqa: F401  verbs, work and sentences are declared on import
from fondaco.operations.planning.models import Proposal, ReorderRule
from fondaco.operations.planning.queries import below_safety, free_there
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Resource, register

PROPOSED: list[str | Column] = [
    "product",
    Column("quantity", kind="quantity"),
    "needed_on",
    "vendor",
    "from_warehouse",
    Column("unit_price", currency="currency__code", summed=False),
    "warehouse",
    "why",
]


@register
class ReorderRuleResource(Resource):
    model, key = ReorderRule, "reorder-rules"
    title, title_one, job, icon = _("Reorder rules"), _("Reorder rule"), "buy", "books"
    group = "set_up"
    view_permission, write_permission = "planning.view_rule", "planning.write_rule"
    columns: Any = [
        "product",
        "warehouse",
        "method",
        "source",
        Column("safety", kind="quantity"),
        Column("reorder_point", kind="quantity"),
        Column("free", _("free"), "quantity"),
        Column("minimum", kind="quantity"),
        Column("maximum", kind="quantity"),
        "vendor",
        "from_warehouse",
        "is_active",
    ]
    fields: Any = [
        *columns,
        Column("order_quantity", kind="quantity"),
        "cover_days",
        Column("service_percent", kind="percent"),
        Column("safety_stock", kind="quantity"),
        Column("demand_per_day", kind="quantity"),
        Column("demand_spread", kind="quantity"),
        Column("lead_days", kind="number"),
        Column("lead_spread", kind="number"),
        "explanation",
        "computed_on",
        "company",
    ]
    writable = [
        "company",
        "product",
        "warehouse",
        "method",
        "source",
        "vendor",
        "from_warehouse",
        "minimum",
        "maximum",
        "order_quantity",
        "cover_days",
        "service_percent",
        "safety_stock",
        "is_active",
    ]
    filters, search, sort = ["company", "product", "warehouse", "method", "source", "vendor", "is_active"], ["product"], "product"
    annotations = {"free": free_there}
    conditions = {"below_safety": (_("below safety stock"), below_safety)}

    @classmethod
    def written(cls, rows: Sequence[Any], actor: Actor) -> None:
        """What was proposed by a rule that says something else by now is not proposed any more."""
        said = Q(company=F("rule__company"), product=F("rule__product"), warehouse=F("rule__warehouse"), source=F("rule__source"))
        gone = Proposal.objects.filter(~said, rule__in=[r.pk for r in rows], state=Proposal.OPEN).values_list("pk", flat=True)
        Proposal.objects.filter(pk__in=list(gone)).delete()


@register
class ProposalResource(Resource):
    model, key = Proposal, "proposals"
    title, title_one, job, icon = _("Proposals to buy"), _("Proposal"), "buy", "note"
    view_permission = "planning.view_proposal"
    columns = [*PROPOSED, "state"]
    fields = ["state", *PROPOSED, "source", "rule", "on", "skipped_until", "company"]
    filters, search, sort = (
        ["company", "state", "source", "vendor", "warehouse", "product", "needed_on"],
        ["product", "vendor"],
        "needed_on",
    )
    conditions = {
        "open": (_("open"), lambda: Q(state="open")),
        "quiet": (_("skipped for now"), lambda: Q(state="skipped", skipped_until__gte=timezone.localdate())),
    }
