"""Where quotes and orders stand in the flow of a deal, and what follows from them."""

from collections.abc import Collection, Iterable

from django.db import connection
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.operations.inventory.models import GoodsIssue
from fondaco.platform.documents.flow import by_key, by_source, follows, stands

VERSIONS = """
select q.id, v.id from sales_quote q join sales_quote v
  on v.company_id = q.company_id and v.number = q.number and v.version_number > q.version_number
where {given} = any (%s)
"""


def _versions(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
    """Every earlier version of a quote with every later one: a revised quote has one number."""
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS.format(given="q.id" if are_earlier else "v.id"), [list(keys)])
        return cursor.fetchall()


stands(Opportunity, place=5, title=_("Opportunity"), permission="crm.view_opportunity", amount="amount", currency="currency_id")
stands(Quote, place=10, title=_("Quote"), permission="sales.view_quote", amount="gross", currency="currency_id")
stands(Order, place=20, title=_("Order"), permission="sales.view_order", amount="gross", currency="currency_id", expected=True)
follows(Opportunity, Quote, by_key(Quote, "opportunity"))
follows(Quote, Quote, _versions)
follows(Quote, Order, by_key(Order, "quote"))
follows(Order, GoodsIssue, by_source(Order, GoodsIssue))
follows(Order, Invoice, by_source(Order, Invoice))
