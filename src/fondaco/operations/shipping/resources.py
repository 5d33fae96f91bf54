"""How transport documents are shown and served."""

from typing import Any

from django.db.models import Count, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.models import QUANTITY, GoodsIssueLine
from fondaco.operations.inventory.resources import GoodsIssueResource
from fondaco.operations.shipping import accompanying, actions, flows, packing, refusals  # noqa: F401  verbs, reactions and sentences are declared on import
from fondaco.operations.shipping.models import Carrier, Consignment, Package, PackageLine, Packaging, ShippingRules, TransportDocument
from fondaco.operations.shipping.printing import delivery_pdf, label_pdf, transport_pdf
from fondaco.operations.shipping.queries import to_invoice
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Column, Lines, Resource, also_shows, register

VIEW, PACKAGES = "shipping.view_transport", "shipping.view_package"
MEASURES = ["length_cm", "width_cm", "height_cm", "tare_kg", "max_kg"]


@register
class TransportDocumentResource(Resource):
    model, key, natural_key = TransportDocument, "transport-documents", "number"
    title, title_one, job, icon = _("Transport documents"), _("Transport document"), "deliver", "note"
    group, place = "shipping", 3
    view_permission = VIEW
    columns = ["number", "on", "party", "reason", "packages", Column("gross_kg", kind="quantity"), "starts_at", "state", "invoice_by"]
    fields = [
        "number",
        "state",
        "on",
        "party",
        "reason",
        "from_place",
        "to_place",
        "carried_by",
        "carrier",
        "freight",
        "appearance",
        "packages",
        Column("gross_kg", kind="quantity"),
        Column("net_kg", kind="quantity"),
        "starts_at",
        "invoice_by",
        "notes",
        "company",
    ]
    filters = ["company", "state", "on", "party", "reason", "carried_by", "invoice_by", "source_table", "source_id"]
    search, sort = ["number", "party", "carrier"], "-id"
    conditions = {
        "to_invoice": (_("to invoice"), to_invoice),
        "late": (_("invoice overdue"), lambda: to_invoice() & Q(invoice_by__lt=timezone.localdate())),
    }
    printed = staticmethod(transport_pdf)


@register
class PackageResource(Resource):
    model, key = Package, "packages"
    title, title_one, job, icon = _("Packages"), _("Package"), "deliver", "deliver"
    group, place = "shipping", 1
    view_permission = PACKAGES
    columns = ["sscc", "issue", "position", "packaging", Column("gross_kg", kind="quantity"), "weighed_at"]
    fields = [
        *columns,
        Column("length_cm", kind="quantity"),
        Column("width_cm", kind="quantity"),
        Column("height_cm", kind="quantity"),
        "company",
    ]
    filters, search, sort = ["company", "issue", "packaging"], ["sscc"], "-id"
    lines = [
        Lines(
            PackageLine, "package", ["issue_line__product", "lot", Column("quantity", kind="quantity")], title=_("Content"), order=("id",)
        )
    ]
    printed = staticmethod(label_pdf)


@register
class ConsignmentResource(Resource):
    model, key = Consignment, "consignments"
    title, title_one, job, icon = _("Consignments"), _("Consignment"), "deliver", "deliver"
    group, place = "shipping", 2
    view_permission = PACKAGES
    columns = ["tracking", "issue", "carrier", "on"]
    filters, search, sort = ["company", "issue", "carrier", "on"], ["tracking"], "-id"


@register
class CarrierResource(Resource):
    model, key, natural_key = Carrier, "carriers", "code"
    title, title_one, job, icon = _("Carriers"), _("Carrier"), "set_up", "deliver"
    view_permission, write_permission = PACKAGES, "shipping.write_carrier"
    columns = ["code", "name", "details", "tracking_url", "is_active"]
    writable, filters, search, sort = ["company", *columns], ["company", "is_active"], ["code", "name"], "code"


@register
class PackagingResource(Resource):
    model, key, natural_key = Packaging, "packagings", "code"
    title, title_one, job, icon = _("Packagings"), _("Packaging"), "set_up", "deliver"
    view_permission, write_permission = PACKAGES, "shipping.write_carrier"
    columns = ["code", "name", *(Column(c, kind="quantity") for c in MEASURES), "is_active"]
    writable = ["company", "code", "name", *MEASURES, "is_active"]
    filters, search, sort = ["company", "is_active"], ["code", "name"], "code"


@register
class ShippingRulesResource(Resource):
    model, key = ShippingRules, "shipping-rules"
    title, title_one, job, icon = _("Rules for shipping"), _("Rules for shipping"), "set_up", "books"
    view_permission, write_permission = PACKAGES, "shipping.write_carrier"
    columns = ["company", "gs1_prefix"]
    writable, filters, sort = ["company", "gs1_prefix"], ["company"], "company"


also_shows(
    GoodsIssueResource,
    columns=[Column("packages_made", _("Packages"), "number"), Column("tracked_as", _("Tracking number of the carrier"))],
    annotations={
        "packages_made": lambda: Subquery(_of_delivery(Package).order_by().values("issue").annotate(n=Count("pk")).values("n")),
        "tracked_as": lambda: Subquery(_of_delivery(Consignment).values("tracking")[:1]),
    },
    conditions={
        "to_pack": (_("to pack"), lambda: Q(Exists(_open_lines())) & ~Q(Exists(_of_delivery(Consignment)))),
        "to_hand_over": (
            _("packed, to hand over"),
            lambda: Q(Exists(_of_delivery(Package)), state="posted") & ~Q(Exists(_of_delivery(Consignment))),
        ),
    },
)


def _of_delivery(model: Any) -> Any:
    return model.objects.filter(issue=OuterRef("pk"))


def _open_lines() -> Any:
    packed = PackageLine.objects.filter(issue_line=OuterRef("pk")).order_by().values("issue_line").annotate(q=Sum("quantity")).values("q")
    quantity: Any = DecimalField(**QUANTITY)
    lines = GoodsIssueLine.objects.filter(issue=OuterRef("pk"))
    return lines.annotate(packed=Coalesce(Subquery(packed, output_field=quantity), Value(ZERO), output_field=quantity)).filter(
        quantity__gt=F("packed")
    )


GoodsIssueResource.printed = staticmethod(delivery_pdf)  # type: ignore[attr-defined]
