"""Where contracts stand in the flow of a deal."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.sales.models import Quote
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.platform.documents.flow import by_key, by_source, follows, stands

stands(Contract, place=21, title=_("Contract"), permission="subscriptions.view_contract")
follows(Contract, Invoice, by_source(Contract, Invoice))
follows(Quote, Contract, by_key(Contract, "quote"))
