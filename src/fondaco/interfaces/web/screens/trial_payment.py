"""The page of the test provider: what a real one's page would be, with one button to pay and one to fail. It is there only where it is enabled."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.finance.onlinepayments.paying import tell, tried
from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.interfaces.web.frame import page

OPEN = (OnlinePayment.OPEN, OnlinePayment.FAILED)
PAID = {"pay": "paid", "fail": "failed"}


@door(PUBLIC, "GET", "POST")
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """Pay, or fail to: the provider tells us by a signed notice, as a real one does, and sends the customer back."""
    payment = tried(reference)
    if payment is None:
        raise Http404
    if request.method == "POST":
        kind = PAID.get(request.POST.get("verb", ""))
        if kind is None:
            raise Http404
        if payment.state in OPEN:
            tell(payment, kind)
        return HttpResponseRedirect(f"/portal/paid/{payment.reference}")
    context = {
        "title": _("Test provider"), "action": request.path, "amount": payment.amount, "decimals": payment.currency.decimals, "currency": payment.currency_id,
        "to": payment.company.name, "number": payment.number, "open": payment.state in OPEN,
        "said": _("This page is closed: the payment was ended, or its time ran out.") if payment.state == OnlinePayment.EXPIRED else _("This payment is made already."),
    }  # fmt: skip
    return page(request, "web/trial_payment.html", context)
