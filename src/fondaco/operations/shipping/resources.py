"""How transport documents are shown and served."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.resources import GoodsIssueResource
from fondaco.operations.shipping import accompanying, actions, flows, refusals  # noqa: F401  verbs, reactions and sentences are declared on import
from fondaco.operations.shipping.models import TransportDocument
from fondaco.operations.shipping.printing import delivery_pdf, transport_pdf
from fondaco.operations.shipping.queries import to_invoice
from fondaco.platform.resources.declare import Column, Resource, register

VIEW = "shipping.view_transport"


@register
class TransportDocumentResource(Resource):
    model, key, natural_key = TransportDocument, "transport-documents", "number"
    title, title_one, job, icon = _("Transport documents"), _("Transport document"), "deliver", "note"
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


GoodsIssueResource.printed = staticmethod(delivery_pdf)  # type: ignore[attr-defined]
