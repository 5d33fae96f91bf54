"""What sales shows on the page of a customer: quotes that wait for an answer, open orders, what is left of blanket orders, and returns."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sales.models import BlanketLine, BlanketOrder, Order, Quote, ReturnAuthorisation
from fondaco.frontoffice.sales.queries import called_quantity, left_line_value, left_quantity
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 10
BLANKETS = "sales.view_blanket"
GROSS = Column("gross", currency="currency__code")


def _rows(rows: QuerySet[Any], actor: Actor, permission: str, columns: list[str | Column], resource: str) -> Content:
    shown = [column_of(rows.model, c) for c in columns]
    return Content(columns=shown, rows=values(visible(rows, actor, permission), shown)[:SHOWN], resource=resource)


def quotes(actor: Actor, company: Company, party: Party) -> Content | None:
    """Quotes the customer has not answered, the first to expire on top. One statement."""
    if not actor.may("sales.view_quote", company.pk):
        return None
    rows = Quote.objects.filter(company=company, customer=party, state="sent").order_by("valid_until", "pk")
    return _rows(rows, actor, "sales.view_quote", ["number", "on", "valid_until", GROSS, "currency"], "quotes")


def orders(actor: Actor, company: Company, party: Party) -> Content | None:
    """Open orders, the latest on top. One statement."""
    if not actor.may("sales.view_order", company.pk):
        return None
    rows = Order.objects.filter(company=company, customer=party, state="confirmed").order_by("-on", "-pk")
    return _rows(rows, actor, "sales.view_order", ["number", "on", "requested_on", "state", GROSS, "currency"], "orders")


def blankets(actor: Actor, company: Company, party: Party) -> Content | None:
    """What is left of blanket orders in force, line by line, the first to end on top. One statement."""
    if not actor.may(BLANKETS, company.pk):
        return None
    seen = visible(BlanketOrder.objects.filter(company=company, customer=party, state="in_force"), actor, BLANKETS)
    lines = (
        BlanketLine.objects.filter(blanket__in=seen)
        .annotate(called=called_quantity(), left=left_quantity(), left_value=left_line_value())
        .select_related("blanket", "product")
        .order_by("blanket__valid_to", "blanket_id", "position", "id")[:SHOWN]
    )
    rows = [
        {
            "pk": ln.blanket_id, "number": str(ln.blanket), "product": str(ln.product), "price": ln.unit_price, "called": ln.called,
            "left": ln.left, "left_value": ln.left_value, "currency": ln.blanket.currency_id, "valid_to": ln.blanket.valid_to,
        }
        for ln in lines
    ]  # fmt: skip
    columns = [
        Column("number", _("Blanket order")),
        Column("product", _("Product")),
        Column("price", _("Unit price"), "price"),
        Column("called", _("Called off"), "quantity"),
        Column("left", _("Left"), "quantity"),
        Column("left_value", _("Left of the value"), "amount"),
        Column("currency", _("Currency")),
        Column("valid_to", _("Valid to"), "date"),
    ]
    return Content(columns=columns, rows=rows, resource="blanket-orders")


def returns(actor: Actor, company: Company, party: Party) -> Content | None:
    """Returns that are authorised or wait to be settled, the latest on top. One statement."""
    if not actor.may("sales.view_return", company.pk):
        return None
    rows = ReturnAuthorisation.objects.filter(company=company, customer=party, state__in=["authorised", "received"]).order_by("-on", "-pk")
    return _rows(rows, actor, "sales.view_return", ["number", "on", "expires_on", "state", "reference"], "return-authorisations")


panels.register(_("Quotes waiting for an answer"), 22, quotes)
panels.register(_("Open orders"), 35, orders)
panels.register(_("Left of blanket orders"), 36, blankets)
panels.register(_("Open returns"), 37, returns)
