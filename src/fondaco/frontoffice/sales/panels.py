"""What sales shows on the page of a customer: quotes that wait for an answer, and open orders."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 10
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


panels.register(_("Quotes waiting for an answer"), 22, quotes)
panels.register(_("Open orders"), 35, orders)
