"""How ties of supply to demand are shown and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.operations.supply import actions, refusals, transit  # noqa: F401  verbs, sentences and sources are declared on import
from fondaco.operations.supply.models import Peg
from fondaco.platform.resources.declare import Column, Resource, register


@register
class PegResource(Resource):
    model, key = Peg, "ties"
    title, title_one, job, icon = _("Ties of supply to demand"), _("Tie of supply to demand"), "buy", "note"
    group = "set_up"
    view_permission = "supply.view_tie"
    columns = [
        "kind",
        "supply_table",
        "supply_line",
        "demand_table",
        "demand_line",
        Column("quantity", kind="quantity"),
        Column("handed_over", kind="quantity"),
        "company",
    ]
    filters, sort = ["company", "kind", "supply_table", "supply_line", "demand_table", "demand_line"], "-id"
