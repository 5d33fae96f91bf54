"""What the warehouse shows on the page of a customer: whether his usual goods are there, and what he leaves in margin."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.panels import sales
from fondaco.finance.invoicing.queries import monthly_sales, usual_products
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.operations.inventory.queries import availability, monthly_costs
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Column

YEAR = timedelta(days=365)


def usual_goods(actor: Actor, company: Company, party: Party) -> Content | None:
    """The goods invoiced most often in a year, and how much of each is free to promise. Two statements."""
    if not (actor.may("inventory.view_stock", company.pk) and actor.may("invoicing.view_invoice", company.pk)):
        return None
    usual = usual_products(actor, company, party, since=timezone.localdate() - YEAR)
    stock = availability(company.pk, [key for key, _name, _quantity in usual])
    rows = [
        {"pk": key, "product": (key, name), "quantity": quantity, "free": stock[key].free, "on_hand": stock[key].on_hand}
        for key, name, quantity in usual
    ]
    columns = [
        Column("product", _("Product"), "link"),
        Column("quantity", _("Invoiced in a year"), "quantity"),
        Column("free", _("Free"), "quantity"),
        Column("on_hand", _("On hand"), "quantity"),
    ]
    return Content(columns=columns, rows=rows, resource="products")


def margin(actor: Actor, company: Company, party: Party) -> Content | None:
    """Revenue less cost of delivered goods, month by month over a year."""
    if not (actor.may("inventory.see_cost", company.pk) and actor.may("invoicing.view_invoice", company.pk)):
        return None
    first = (timezone.localdate() - YEAR).replace(day=1)
    revenue = monthly_sales(actor, company, party, since=first)
    costs = monthly_costs(company.pk, party.pk, since=first)
    rows = []
    for month in sorted(revenue.keys() | costs.keys()):
        net, cost = revenue.get(month, ZERO), costs.get(month, ZERO)
        percent: Decimal | None = rounded((net - cost) * 100 / net, 1) if net else None
        rows.append({"month": month, "net": net, "cost": cost, "margin": net - cost, "percent": percent, "currency": company.currency_id})
    columns = [
        Column("month", _("Month"), "date"),
        Column("net", _("Revenue"), "amount", "currency"),
        Column("cost", _("Cost of goods"), "amount", "currency"),
        Column("margin", _("Margin"), "amount", "currency"),
        Column("percent", _("Margin %"), "percent"),
    ]
    return Content(columns=columns, rows=rows)


panels.register(_("Usual goods in stock"), 40, usual_goods)
panels.register(_("Margin of twelve months"), 55, margin, instead_of=sales)
