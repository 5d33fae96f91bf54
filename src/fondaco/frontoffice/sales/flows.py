"""Where quotes and orders stand in the flow of a deal, and what follows from them."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.platform.documents.flow import by_key, by_source, follows, stands

stands(Opportunity, place=5, title=_("Opportunity"), permission="crm.view_opportunity", amount="amount", currency="currency_id")
stands(Quote, place=10, title=_("Quote"), permission="sales.view_quote", amount="gross", currency="currency_id")
stands(Order, place=20, title=_("Order"), permission="sales.view_order", amount="gross", currency="currency_id", expected=True)
follows(Opportunity, Quote, by_key(Quote, "opportunity"))
follows(Quote, Quote, by_key(Quote, "replaces"))
follows(Quote, Order, by_key(Order, "quote"))
follows(Order, Invoice, by_source(Order, Invoice))
