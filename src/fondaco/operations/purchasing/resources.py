"""How purchase orders are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.operations.purchasing import (  # noqa: F401  verbs, reactions, sentences and what is expected are declared on import
    actions,
    expecting,
    item_panels,
    reactions,
    refusals,
)
from fondaco.operations.purchasing.models import Billed, PurchaseOrder, PurchaseOrderLine, PurchaseRules
from fondaco.operations.purchasing.queries import awaited, billed, net_price, received
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register


@register
class PurchaseOrderResource(Resource):
    model, key, natural_key = PurchaseOrder, "purchase-orders", "number"
    title, title_one, job, icon = _("Purchase orders"), _("Purchase order"), "deliver", "note"
    view_permission, write_permission = "purchasing.view_order", "purchasing.write_order"
    columns = ["number", "vendor", "on", "expected_on", "state", Column("net", currency="currency__code"), "currency", "reference"]
    fields = [
        "number",
        "state",
        "vendor",
        "reference",
        "on",
        "expected_on",
        "warehouse",
        "currency",
        Column("net", currency="currency__code"),
        "memo",
        "company",
    ]
    writable = ["company", "vendor", "reference", "on", "expected_on", "warehouse", "currency", "memo"]
    filters = ["company", "state", "vendor", "on", "expected_on", "warehouse", "currency"]
    conditions = {
        "open": (_("open"), lambda: Q(state="confirmed")),
        "to_receive": (_("to receive"), awaited),
        "late": (_("late"), lambda: awaited() & Q(expected_on__lt=timezone.localdate())),
    }
    search, sort = ["number", "reference", "vendor"], "-id"
    lines = [
        Lines(
            PurchaseOrderLine,
            "order",
            [
                "position",
                "product",
                "description",
                Column("quantity", kind="quantity"),
                Column("unit_price", currency="order__currency__code"),
                Column("discount_percent", kind="percent"),
                "expected_on",
                Column("net", currency="order__currency__code"),
                Column("received", _("received"), "quantity"),
                Column("billed_quantity", _("billed"), "quantity"),
            ],
            writable=["product", "description", "quantity", "unit_price", "discount_percent", "expected_on"],
            annotations={"received": received, "billed_quantity": billed},
        )
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """The company's currency where none is named; nets of lines rounded half away from zero to the currency, and their sum."""
        companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
        for draft in drafts:
            if not draft.row.currency_id and draft.row.company_id in companies:
                draft.row.currency_id = companies[draft.row.company_id].currency_id
        decimals = decimals_of({d.row.currency_id for d in drafts if d.row.currency_id})
        for draft in drafts:
            places = decimals.get(draft.row.currency_id, 2)
            for line in draft.lines:
                line.net = rounded(line.quantity * net_price(line), places)
            draft.row.net = sum((line.net for line in draft.lines), ZERO)


@register
class PurchaseRulesResource(Resource):
    model, key = PurchaseRules, "purchase-rules"
    title, title_one, job, icon = _("Rules for purchases"), _("Rules for purchases"), "set_up", "books"
    view_permission, write_permission = "purchasing.view_rules", "purchasing.write_rules"
    columns = ["company", Column("over_percent", kind="percent"), Column("under_percent", kind="percent")]
    writable, filters, sort = ["company", "over_percent", "under_percent"], ["company"], "company"


@register
class BilledResource(Resource):
    model, key = Billed, "billed-receipts"
    title, title_one, job, icon = _("Billed receipts"), _("Billed receipt"), "deliver", "history"
    view_permission = "purchasing.view_order"
    columns = [
        "bill",
        "line",
        "move",
        Column("quantity", kind="quantity"),
        Column("booked", currency="line__order__company__currency__code", right="inventory.see_cost"),
        Column("billed", currency="line__order__company__currency__code", right="inventory.see_cost"),
    ]
    filters, sort = ["bill", "line", "line__order"], "-id"
