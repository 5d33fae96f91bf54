"""What confirmed purchase orders will cost once they are billed, told to the cash forecast (BK-06)."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.finance.banking.forecasting import Flow, Outlook, expects
from fondaco.finance.invoicing.assessing import instalments_of
from fondaco.finance.invoicing.terms import AT_ONCE, due_dates
from fondaco.finance.payables.models import VendorTerms
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.operations.purchasing.queries import measured, measured_lines
from fondaco.platform.money import ZERO, rounded

#: Where an order names no day, its bill is taken to come after so many days from now.
DAYS_TO_BILL = 14
#: Vendors bill within so many days, or it will not come.
DAYS_TO_LOOK_BACK = 365


@expects(_("Purchase orders"), place=40, permission="purchasing.view_order")
def purchase_orders(outlook: Outlook) -> Iterable[Flow]:
    """What of confirmed orders is not billed yet, and of closed ones of the last year what came and is not billed; without tax, by the
    vendor's terms. Five statements."""
    since = outlook.today - timedelta(days=DAYS_TO_LOOK_BACK)
    net = F("billed_quantity") - F("credited")
    unbilled = measured().filter(order__state="closed", order__on__gte=since, received__gt=net).values("order")
    orders = PurchaseOrder.objects.filter(company=outlook.company).filter(Q(state="confirmed") | Q(pk__in=unbilled))
    rows = list(orders.select_related("vendor").order_by("pk"))
    if not rows:
        return
    lines = measured_lines(o.pk for o in rows)
    terms = dict(
        VendorTerms.objects.filter(company=outlook.company, vendor__in={o.vendor_id for o in rows}).values_list(
            "vendor_id", "payment_term_id"
        )
    )
    instalments = instalments_of(set(terms.values()))
    decimals = decimals_of({o.currency_id for o in rows})
    for order in rows:
        left = ZERO
        for line in lines[order.pk]:
            comes = line.quantity - line.given_up if order.state == "confirmed" else line.received
            left += line.net * max(comes - line.billed_quantity + line.credited, ZERO) / line.quantity
        amount = rounded(left, decimals[order.currency_id])
        if amount <= 0:
            continue
        billed_on = max(order.expected_on or outlook.today + timedelta(days=DAYS_TO_BILL), outlook.today)
        parts = instalments.get(terms.get(order.vendor_id) or 0, AT_ONCE)
        for due_on, share in due_dates(billed_on, amount, parts, decimals[order.currency_id]):
            yield Flow(due_on, -share, order.currency_id, f"{order.vendor.name}: {order}", f"/purchase-orders/{order.pk}")
