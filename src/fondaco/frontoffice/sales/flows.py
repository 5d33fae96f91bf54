"""Where quotes and orders stand in the flow of a deal, and what follows from them."""

from collections.abc import Collection, Iterable

from django.db import connection
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.sales.models import Order, Quote, ReturnAuthorisation
from fondaco.operations.inventory.models import GoodsIssue, GoodsReturn
from fondaco.operations.shipping.models import Consignment
from fondaco.platform.documents.flow import Pairs, by_key, by_source, follows, stands

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


RETURNED = """
select distinct o.id, r.authorisation_id from sales_returnline r join sales_orderline l on l.id = r.order_line_id
join sales_order o on o.id = l.order_id where {given} = any (%s)
"""
CREDITED = """
select distinct r.authorisation_id, n.invoice_id from sales_returncredit c join sales_returnline r on r.id = c.line_id
join invoicing_invoiceline n on n.id = c.note_line_id where {given} = any (%s)
"""
COMING_BACK = """
select c.about_id, c.id from shipping_consignment c where c.comes_back and c.about_table = 'sales_returnauthorisation' and {given} = any (%s)
"""


def _pairs(statement: str, earlier: str, later: str) -> Pairs:
    def pairs(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(given=earlier if are_earlier else later), [list(keys)])
            return cursor.fetchall()

    return pairs


stands(Opportunity, place=5, title=_("Opportunity"), permission="crm.view_opportunity", amount="amount", currency="currency_id")
stands(Quote, place=10, title=_("Quote"), permission="sales.view_quote", amount="gross", currency="currency_id")
stands(Order, place=20, title=_("Order"), permission="sales.view_order", amount="gross", currency="currency_id", expected=True)
stands(
    ReturnAuthorisation, place=33, title=_("Return authorisation"), permission="sales.view_return",
    variant=lambda _row: (_("Return authorisation"), True),
)  # fmt: skip
follows(Opportunity, Quote, by_key(Quote, "opportunity"))
follows(Quote, Quote, _versions)
follows(Quote, Order, by_key(Order, "quote"))
follows(Order, GoodsIssue, by_source(Order, GoodsIssue))
follows(Order, Invoice, by_source(Order, Invoice))
follows(Order, ReturnAuthorisation, _pairs(RETURNED, "o.id", "r.authorisation_id"))
follows(ReturnAuthorisation, Order, by_key(Order, "authorisation"))
follows(ReturnAuthorisation, Consignment, _pairs(COMING_BACK, "c.about_id", "c.id"))
follows(ReturnAuthorisation, GoodsReturn, by_source(ReturnAuthorisation, GoodsReturn))
follows(ReturnAuthorisation, GoodsIssue, by_source(ReturnAuthorisation, GoodsIssue))
follows(ReturnAuthorisation, Invoice, by_source(ReturnAuthorisation, Invoice))
follows(ReturnAuthorisation, Invoice, _pairs(CREDITED, "r.authorisation_id", "n.invoice_id"))
