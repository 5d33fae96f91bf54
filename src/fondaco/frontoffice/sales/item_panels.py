"""What sales shows on the page of a product: what is promised to customers, what they may still call off, and at what it was sold."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.sales.models import BlanketLine, BlanketOrder, Order
from fondaco.frontoffice.sales.queries import called_quantity, left_quantity, measured, still_owed, to_deliver
from fondaco.masterdata.catalog.item_panels import Content, register
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Column

VIEW, BLANKETS, INVOICES = "sales.view_order", "sales.view_blanket", "invoicing.view_invoice"
SHOWN = 12


def outgoing(actor: Actor, company: Company, product: Product) -> Content | None:
    """Orders that still want some of it, and what is reserved for each; the first wanted on top. One statement."""
    if not actor.may(VIEW, company.pk) or product.kind != "goods":
        return None
    orders = visible(Order.objects.filter(company=company, state="confirmed"), actor, VIEW)
    lines = (
        measured()
        .filter(Q(order__in=orders), still_owed(), product=product)
        .select_related("order__customer")
        .order_by(F("order__requested_on").asc(nulls_last=True), "id")[:SHOWN]
    )
    rows = [
        {
            "pk": ln.order_id, "number": str(ln.order), "customer": ln.order.customer.name, "requested_on": ln.order.requested_on,
            "open": to_deliver(ln), "reserved": ln.reserved,
        }
        for ln in lines
    ]  # fmt: skip
    columns = [
        Column("number", _("Order")),
        Column("customer", _("Customer")),
        Column("requested_on", _("Requested for"), "date"),
        Column("open", _("To deliver"), "quantity"),
        Column("reserved", _("Reserved"), "quantity"),
    ]
    return Content(columns=columns, rows=rows, resource="orders")


def callable_off(actor: Actor, company: Company, product: Product) -> Content | None:
    """What customers may still call off from blanket orders in force; it is not reserved. The first to end on top. One statement."""
    if not actor.may(BLANKETS, company.pk):
        return None
    blankets = visible(BlanketOrder.objects.filter(company=company, state="in_force"), actor, BLANKETS)
    lines = (
        BlanketLine.objects.filter(blanket__in=blankets, product=product)
        .annotate(called=called_quantity(), left=left_quantity())
        .select_related("blanket__customer")
        .order_by("blanket__valid_to", "id")[:SHOWN]
    )
    rows = [
        {
            "pk": ln.blanket_id, "number": str(ln.blanket), "customer": ln.blanket.customer.name, "valid_to": ln.blanket.valid_to,
            "agreed": ln.agreed_quantity, "called": ln.called, "left": ln.left,
        }
        for ln in lines
    ]  # fmt: skip
    if not rows:
        return None
    columns = [
        Column("number", _("Blanket order")),
        Column("customer", _("Customer")),
        Column("valid_to", _("Valid to"), "date"),
        Column("agreed", _("Agreed"), "quantity"),
        Column("called", _("Called off"), "quantity"),
        Column("left", _("Left"), "quantity"),
    ]
    return Content(columns=columns, rows=rows, resource="blanket-orders")


def sold(actor: Actor, company: Company, product: Product) -> Content | None:
    """The prices of the last invoices, with customer and discount. One statement."""
    if not actor.may(INVOICES, company.pk):
        return None
    invoices = visible(Invoice.objects.filter(company=company, kind=Invoice.INVOICE, state="posted"), actor, INVOICES)
    lines = InvoiceLine.objects.filter(invoice__in=invoices, product=product).select_related("invoice__customer")
    rows = [
        {
            "pk": ln.invoice_id, "number": str(ln.invoice), "on": ln.invoice.on, "customer": ln.invoice.customer.name, "quantity": ln.quantity,
            "price": ln.unit_price, "discount": ln.discount_percent, "currency": ln.invoice.currency_id,
        }
        for ln in lines.order_by("-invoice__on", "-id")[:SHOWN]
    ]  # fmt: skip
    columns = [
        Column("number", _("Invoice")),
        Column("on", _("Date"), "date"),
        Column("customer", _("Customer")),
        Column("quantity", _("Quantity"), "quantity"),
        Column("price", _("Unit price"), "price"),
        Column("discount", _("Discount %"), "percent"),
        Column("currency", _("Currency")),
    ]
    return Content(columns=columns, rows=rows, resource="invoices")


register(_("Promised to customers"), 45, outgoing)
register(_("May still be called off, not reserved"), 47, callable_off)
register(_("What it was sold at"), 65, sold)
