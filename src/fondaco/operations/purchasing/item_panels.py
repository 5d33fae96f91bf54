"""What purchasing shows on the page of a product: what is still to come."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.catalog.item_panels import Content, register
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.queries import given_up, received, second_given_up, second_received, still_to_come, to_receive
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Column

VIEW = "purchasing.view_order"
SHOWN = 12


def incoming(actor: Actor, company: Company, product: Product) -> Content | None:
    """Purchase orders that are to bring more of it, the next on top. One statement."""
    if not actor.may(VIEW, company.pk) or product.kind != "goods":
        return None
    orders = visible(PurchaseOrder.objects.filter(company=company, state="confirmed"), actor, VIEW)
    lines = (
        PurchaseOrderLine.objects.filter(Q(order__in=orders), product=product)
        .annotate(received=received(), second_received=second_received(), given_up=given_up(), second_given_up=second_given_up())
        .filter(still_to_come())
        .select_related("order__vendor", "product")
        .order_by(F("expected_on").asc(nulls_last=True), "order__expected_on", "id")[:SHOWN]
    )
    rows = [
        {
            "pk": ln.order_id, "number": str(ln.order), "vendor": ln.order.vendor.name, "expected_on": ln.expected_on or ln.order.expected_on,
            "quantity": ln.quantity, "open": to_receive(ln),
        }
        for ln in lines
    ]  # fmt: skip
    columns = [
        Column("number", _("Purchase order")),
        Column("vendor", _("Vendor")),
        Column("expected_on", _("Expected on"), "date"),
        Column("quantity", _("Ordered"), "quantity"),
        Column("open", _("To come"), "quantity"),
    ]
    return Content(columns=columns, rows=rows, resource="purchase-orders")


register(_("Incoming"), 40, incoming)
