"""What the catalogue shows on the page of a customer: the prices agreed with him."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.catalog.models import PriceList, PriceListMember, PriceRule
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 20
VIEW = "catalog.view_price_list"


def agreements(actor: Actor, company: Company, party: Party) -> Content | None:
    """Rules in force today of the price lists the customer is a member of, the list asked first on top. One statement."""
    if not actor.may(VIEW, company.pk):
        return None
    today = timezone.localdate()
    joined = PriceListMember.objects.filter(party=party).values("price_list")
    lists = visible(PriceList.objects.filter(Q(company=company) | Q(company__isnull=True), pk__in=joined, is_active=True), actor, VIEW)
    rows = PriceRule.objects.filter(price_list__in=lists)
    for path in ("", "price_list__"):
        rows = rows.filter(
            Q(**{f"{path}valid_from__isnull": True}) | Q(**{f"{path}valid_from__lte": today}),
            Q(**{f"{path}valid_to__isnull": True}) | Q(**{f"{path}valid_to__gte": today}),
        )
    rows = rows.order_by("-price_list__priority", "product__sku", "min_quantity", "pk")
    price = Column("price", currency="price_list__currency__code")
    declared = ["price_list", "product", "category", "min_quantity", price, Column("discount_percent", kind="percent"), "valid_to"]
    columns = [column_of(PriceRule, c) for c in declared]
    return Content(columns=columns, rows=values(rows, columns).first(SHOWN), resource="price-lists")


panels.register(_("Price agreements"), 50, agreements)
