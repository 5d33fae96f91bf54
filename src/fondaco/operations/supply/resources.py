"""How supply and demand, items of vendors and the working calendar are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.companies.models import Company
from fondaco.operations.supply import actions, reactions, refusals, transit  # noqa: F401  verbs, sentences and sources are declared on import
from fondaco.operations.supply.models import ClosedDay, GivenBack, Peg, TransportRoute, VendorItem, WorkCalendar
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register


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


@register
class VendorItemResource(Resource):
    model, key = VendorItem, "vendor-items"
    title, title_one, job, icon = _("Items of vendors"), _("Item of a vendor"), "buy", "note"
    group, place = "vendors", 40
    view_permission, write_permission = "supply.view_vendor_item", "supply.write_vendor_item"
    columns = [
        "product",
        "vendor",
        "rank",
        "vendor_code",
        Column("unit_price", currency="currency__code", summed=False),
        "currency",
        Column("minimum", kind="quantity"),
        Column("pack", kind="quantity"),
        "lead_days",
        Column("measured_days", kind="number"),
        Column("measured_spread", kind="number"),
        "measured_receipts",
        "is_active",
    ]
    fields = [*columns, "company"]
    writable = [
        "company",
        "vendor",
        "product",
        "rank",
        "vendor_code",
        "lead_days",
        "minimum",
        "pack",
        "unit_price",
        "currency",
        "is_active",
    ]
    filters, search, sort = ["company", "vendor", "product", "is_active"], ["product", "vendor", "vendor_code"], "product"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """The company's currency where a price has none."""
        companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
        for draft in drafts:
            if draft.row.unit_price is not None and not draft.row.currency_id and draft.row.company_id in companies:
                draft.row.currency_id = companies[draft.row.company_id].currency_id


@register
class WorkCalendarResource(Resource):
    model, key = WorkCalendar, "working-calendars"
    title, title_one, job, icon = _("Working calendars"), _("Working calendar"), "set_up", "calendar"
    view_permission, write_permission = "supply.view_calendar", "supply.write_calendar"
    columns = ["company", "handling_days", "transport_days"]
    fields = ["company", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "handling_days", "transport_days"]
    writable, filters, sort = [*map(str, fields)], ["company"], "company"
    lines = [Lines(ClosedDay, "calendar", ["on", "name"], writable=["on", "name"], title=_("Closed days"), order=("on",))]


@register
class TransportRouteResource(Resource):
    model, key = TransportRoute, "routes"
    title, title_one, job, icon = _("Routes between warehouses"), _("Route between warehouses"), "set_up", "arrow"
    view_permission, write_permission = "supply.view_route", "supply.write_route"
    columns = ["from_warehouse", "to_warehouse", "transport_days", "is_active"]
    writable = [
        "company", "from_warehouse", "to_warehouse", "transport_days", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "is_active",
    ]  # fmt: skip
    fields, filters, sort = writable, ["company", "from_warehouse", "to_warehouse"], "from_warehouse"


@register
class GivenBackResource(Resource):
    model, key = GivenBack, "given-back"
    title, title_one, job, icon = _("Given back by orders"), _("Given back by an order"), "buy", "undo"
    view_permission = "supply.view_tie"
    columns = ["product", Column("quantity", kind="quantity"), "supply_name", "demand_name", "reason", "is_seen"]
    filters, search, sort = ["company", "product", "is_seen"], ["supply_name", "demand_name"], "-id"
