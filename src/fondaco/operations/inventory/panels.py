"""What the warehouse shows on the page of a customer: whether his usual goods are there, and what he leaves in margin."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.panels import sales
from fondaco.finance.invoicing.queries import monthly_sales, usual_products
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Bars, Content
from fondaco.operations.inventory.queries import availability, monthly_margin
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Column

YEAR = timedelta(days=365)


def usual_goods(actor: Actor, company: Company, party: Party) -> Content | None:
    """The goods invoiced most often in a year, and how much of each is free to promise. Two statements."""
    if not (actor.may("inventory.view_stock", company.pk) and actor.may("invoicing.view_invoice", company.pk)):
        return None
    usual = usual_products(actor, company, party, since=timezone.localdate() - YEAR)
    stock = availability(company.pk, [u.product for u in usual])
    rows = [
        {
            "pk": u.product, "product": (u.product, u.name), "quantity": u.quantity, "price": u.last_price, "currency": u.currency, "on": u.last_on,
            "free": stock[u.product].free, "on_hand": stock[u.product].on_hand,
        }
        for u in usual
    ]  # fmt: skip
    columns = [
        Column("product", _("Product"), "link"),
        Column("free", _("Free"), "quantity"),
        Column("on_hand", _("On hand"), "quantity"),
        Column("quantity", _("Invoiced in a year"), "quantity"),
        Column("price", _("Last price"), "price", "currency"),
        Column("on", _("Last bought"), "date"),
    ]
    return Content(columns=columns, rows=rows, resource="products")


def margin(actor: Actor, company: Company, party: Party) -> Content | None:
    """Revenue less cost of delivered goods, month by month over a year. One statement."""
    if not (actor.may("inventory.see_cost", company.pk) and actor.may("invoicing.view_invoice", company.pk)):
        return None
    today = timezone.localdate()
    first = (today - YEAR).replace(day=1)
    months = monthly_margin(monthly_sales(actor, company, [party.pk], since=first), company.pk, [party.pk], since=first)
    rows = [
        {"month": month, "net": net, "cost": cost, "margin": net - cost, "percent": _percent(net, cost), "currency": company.currency_id}
        for month, net, cost in months
    ]
    columns = [
        Column("month", _("Month"), "date"),
        Column("net", _("Revenue"), "amount", "currency"),
        Column("cost", _("Cost of goods"), "amount", "currency"),
        Column("margin", _("Margin"), "amount", "currency"),
        Column("percent", _("Margin %"), "percent"),
    ]
    lately = [row for row in months if row[0] > today - timedelta(days=120)]
    return Content(columns=columns, rows=rows, bars=Bars("month", "margin", _told(company, months, lately)))


def _percent(net: Decimal, cost: Decimal) -> Decimal | None:
    return rounded((net - cost) * 100 / net, 1) if net else None


def _told(company: Company, year: list[Any], lately: list[Any]) -> str:
    """What the margins of a year say, in a sentence."""
    said = {}
    for name, rows in (("lately", lately), ("year", year)):
        net, cost = (sum((row[n] for row in rows), ZERO) for n in (1, 2))
        said[name] = figure(_percent(net, cost) or ZERO) if net else "–"
    return _(
        "Each bar is the margin of a month in {currency}. Margin on sales: in the last months ({lately}%), over the year ({year}%)."
    ).format(currency=company.currency_id, **said)


panels.register(_("Usual goods in stock"), 40, usual_goods)
panels.register(_("Margin of twelve months"), 55, margin, instead_of=sales)
