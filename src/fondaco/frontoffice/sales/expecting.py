"""What confirmed orders will bring in once they are invoiced, told to the cash forecast (BK-06)."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from fondaco.finance.banking.forecasting import Flow, Outlook, expects
from fondaco.finance.invoicing.assessing import instalments_of
from fondaco.finance.invoicing.terms import AT_ONCE, due_dates
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.queries import asked_ahead, unbilled
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.money import rounded

#: Where an order names no day, it is taken to be invoiced after so many days from now.
DAYS_TO_INVOICE = 7


@expects(_("Orders"), place=30, permission="sales.view_order")
def orders(outlook: Outlook) -> Iterable[Flow]:
    """What of confirmed orders is not invoiced yet, by their terms and the customer's ways; tax in proportion. Five statements."""
    gross = unbilled(outlook.company.pk)
    if not gross:
        return
    rows = list(Order.objects.filter(pk__in=gross).select_related("customer").order_by("pk"))
    ahead = asked_ahead(gross)
    instalments = instalments_of({o.payment_term_id for o in rows if o.payment_term_id})
    decimals = decimals_of({o.currency_id for o in rows})
    for order in rows:
        # What was asked for ahead is expected already, with its own invoice.
        amount = rounded(gross[order.pk] - ahead[order.pk], decimals[order.currency_id])
        if amount <= 0:
            continue
        invoiced_on = max(order.requested_on or outlook.today + timedelta(days=DAYS_TO_INVOICE), outlook.today)
        parts = instalments.get(order.payment_term_id or 0, AT_ONCE)
        for due_on, share in due_dates(invoiced_on, amount, parts, decimals[order.currency_id]):
            yield Flow(
                outlook.come(due_on, order.customer_id), share, order.currency_id, f"{order.customer.name}: {order}", f"/orders/{order.pk}"
            )
