"""A customer's invoices, his statement as of today, and paying online (SS-01)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.finance.invoicing.printing import invoice_pdf
from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.finance.onlinepayments.paying import page_of, set_out
from fondaco.finance.onlinepayments.queries import provider_of
from fondaco.finance.receivables.queries import called
from fondaco.frontoffice.portal.people import MONEY, acting, may
from fondaco.frontoffice.portal.queries import SHOWN, balances, invoices_shown, owed, own_invoices, own_items, own_payments, seats_of
from fondaco.frontoffice.portal.refusals import NotYours
from fondaco.interfaces.doors.addresses import absolute
from fondaco.interfaces.doors.policy import OUTSIDE, door
from fondaco.interfaces.web.screens.customer_portal import Desk, at_desk, pdf, refused
from fondaco.platform.database.refusals import UserError

#: So many items of a statement stand on its page.
ITEMS = 100
PAYING = {
    "open": "wait", "paid": "done", "booked": "done", "failed": "bad", "expired": "ended", "differs": "wait", "closed": "done",
}  # fmt: skip

#: A payment in one of these states can still be made on its page.
GOES_ON = (OnlinePayment.OPEN, OnlinePayment.FAILED)


@at_desk("GET", part=MONEY)
def invoices(desk: Desk) -> HttpResponse:
    """The customer's invoices with what is open, to read and to pay."""
    return _invoices(desk)


def _invoices(desk: Desk, **wrong: Any) -> HttpResponse:
    rows = owed(desk.access, invoices_shown(desk.access))
    pays = provider_of(desk.access.company_id) is not None
    shown = []
    for o in rows:
        left = o.open - o.going
        number: dict[str, Any] = {"text": o.invoice.number, "url": f"{desk.base}/invoices/{o.invoice.pk}/pdf"}
        if pays and left > 0 and o.items:
            number["check"] = {
                "name": "invoice",
                "value": o.invoice.pk,
                "label": _("Pay {number}").format(number=o.invoice.number),
                "on": False,
            }
        shown.append(
            [
                number,
                desk.day(o.invoice.on),
                desk.day(o.invoice.due_on),
                desk.money(o.invoice.sign * o.invoice.gross, o.invoice.currency_id),
                _stands(desk, o),
            ]
        )
    heads = [_("Invoice"), _("Date"), _("Due on"), _("Total"), _("State")]
    table = {"title": _("Invoices"), "heads": heads, "rows": shown, "num": [3], "empty": _("There is no invoice yet.")}
    blocks: list[dict[str, Any]] = []
    if pays and any(o.open - o.going > 0 for o in rows):
        blocks.append({"kind_of": "form", "action": f"{desk.base}/pay", "table": table, "button": _("Pay the chosen ones")})
    else:
        blocks.append({"kind_of": "table", **table, "title": ""})
    blocks.append({"kind_of": "links", "links": [{"url": f"{desk.base}/statement", "title": _("Statement as of today")}]})
    paid = list(own_payments(desk.access)[:10])
    if paid:
        told = [
            [
                {"text": p.number or "", "url": f"{desk.base}/pay/{p.pk}", "note": _("go on with it")}
                if p.state in GOES_ON
                else (p.number or ""),
                desk.day(p.on),
                desk.money(p.amount, p.currency_id),
                {"state": {"word": p.get_state_display(), "tone": PAYING[p.state]}},
            ]
            for p in paid
        ]
        blocks.append(
            {
                "kind_of": "table",
                "title": _("Paid online"),
                "heads": [_("Payment"), _("Date"), _("Amount"), _("State")],
                "rows": told,
                "num": [2],
            }
        )
    return desk.page("/invoices", _("Invoices"), blocks, **wrong)


def _stands(desk: Desk, row: Any) -> dict[str, Any]:
    left, currency = row.open - row.going, row.invoice.currency_id
    if row.going:
        return {"state": {"word": _("payment on its way"), "tone": "going"}, "text": ""}
    if left <= 0:
        return {"state": {"word": _("paid") if row.invoice.sign > 0 or not row.open else _("to your credit"), "tone": "done"}}
    late = row.invoice.due_on is not None and row.invoice.due_on < timezone.localdate()
    return {"state": {"word": _("overdue") if late else _("open"), "tone": "bad" if late else "wait"}, "note": _("{amount} open").format(amount=desk.money(left, currency))}  # fmt: skip


@at_desk("GET", part=MONEY)
def invoice_paper(desk: Desk, pk: int) -> HttpResponse:
    """An invoice as PDF."""
    row = own_invoices(desk.access).filter(pk=pk).first()
    if row is None:
        raise NotYours
    desk.visited(_("Invoice {number} opened").format(number=row), row)
    return pdf(invoice_pdf(row), str(row))


@at_desk("GET", part=MONEY)
def statement(desk: Desk) -> HttpResponse:
    """What is open between customer and company today: invoices, credits and payments that are not applied yet."""
    items = list(own_items(desk.access)[: ITEMS + 1])
    names = called(i.pk for i in items)
    today = timezone.localdate()
    rows = [
        [names[i.pk], desk.day(i.on), desk.day(i.due_on), str((today - i.due_on).days) if i.open_amount > 0 and i.due_on < today else "", desk.money(i.open_amount, i.currency_id)]
        for i in items[:ITEMS]
    ]  # fmt: skip
    totals = []
    for currency, late, total in balances(desk.access):
        totals += [(_("Overdue"), desk.money(late, currency)), (_("Balance"), desk.money(total, currency))]
    blocks: list[dict[str, Any]] = [
        {"kind_of": "facts", "facts": [(_("As of"), desk.day(today)), (_("Customer"), desk.access.customer.name)]},
        {"kind_of": "table", "heads": [_("Document"), _("Date"), _("Due"), _("Days overdue"), _("Open")], "rows": rows, "num": [3, 4], "empty": _("Nothing is open.")},
    ]  # fmt: skip
    if len(items) > ITEMS:
        blocks.append(
            {"kind_of": "words", "words": [_("Shown are the {count} that are due first; the balance is of all.").format(count=ITEMS)]}
        )
    if totals:
        blocks.append({"kind_of": "totals", "totals": totals})
    return desk.page("/invoices", _("Statement of account"), blocks)


# ------------------------------------------------------------------ paying


@at_desk("POST", part=MONEY, page="/invoices")
def pay(desk: Desk) -> HttpResponse:
    """Set out to pay the chosen invoices, each as it is open: written down, then on to the provider."""
    chosen = [int(k) for k in desk.request.POST.getlist("invoice") if k.isdecimal() and len(k) < 19][:SHOWN]
    rows = owed(desk.access, list(own_invoices(desk.access).filter(pk__in=chosen)))
    if len(rows) < len(set(chosen)):
        raise NotYours
    items = [key for o in rows for key in o.items]
    if not items:
        return _invoices(desk, errors=[{"text": _("Choose the invoices that you want to pay.")}], status=422)
    # Invoices of a customer who was merged into this one are still in his name, and a receipt is in one name.
    names = {o.invoice.customer_id for o in rows if o.items}
    if len(names) > 1:
        return _invoices(
            desk, errors=[{"text": _("The chosen invoices are in different names of yours. Pay those of each name apart.")}], status=422
        )
    try:
        payment = set_out(desk.access.company, names.pop(), items, acting(desk.access))
    except UserError as refusal:
        return _invoices(desk, **refused(refusal))
    return HttpResponseRedirect(f"{desk.base}/pay/{payment.pk}")


@at_desk("GET", part=MONEY)
def go_and_pay(desk: Desk, pk: int) -> HttpResponse:
    """Ask the provider for the page of a payment that is begun, and lead there; the same page however often it is asked for."""
    payment = (
        own_payments(desk.access).select_related("provider", "currency", "company").select_for_update(of=("self",)).filter(pk=pk).first()
    )
    if payment is None:
        raise NotYours
    if payment.state not in GOES_ON:
        return HttpResponseRedirect(f"{desk.base}/invoices")
    try:
        title = _("{company}: {number}").format(company=payment.company.name, number=payment.number)
        address = page_of(payment, title, desk.access.email, absolute(desk.request, f"/portal/paid/{payment.reference}"))
    except UserError as refusal:
        return _invoices(desk, **refused(refusal))
    if address.startswith("/"):
        return HttpResponseRedirect(address)
    blocks = [
        {"kind_of": "totals", "totals": [(_("To pay"), desk.money(payment.amount, payment.currency_id))]},
        {"kind_of": "links", "links": [{"url": address, "title": _("Go on to {provider}").format(provider=payment.provider.name)}]},
    ]
    return desk.page("/invoices", _("Pay"), blocks)


@door(OUTSIDE, "GET")
def back(request: HttpRequest, reference: str) -> HttpResponse:
    """Back from the provider: to the invoices of the access whose customer's payment it is."""
    for seat in seats_of(request.actor.outside_id):  # type: ignore[attr-defined]
        if may(seat, MONEY) and own_payments(seat).filter(reference=reference).exists():
            return HttpResponseRedirect(f"/portal/customer/{seat.pk}/invoices")
    raise NotYours
