"""A vendor's own pages behind his link (PC-06): his orders, what he says of them, his invoices and whether they are paid. Nobody signs in."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.interfaces.web.formatting import Formatting, formatting_for
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.sourcing.models import OrderAnswer
from fondaco.operations.sourcing.portal import announce, ask_date, confirm_order, order_page, overview, say, send_invoice
from fondaco.operations.sourcing.queries import Owed
from fondaco.operations.sourcing.refusals import LinkClosed
from fondaco.platform.database.refusals import UserError

OPEN, DONE = "going", "done"


@door(PUBLIC, "GET")
def home(request: HttpRequest, token: str) -> HttpResponse:
    """The vendor's orders and invoices."""
    return _home(request, token, thanks=request.GET.get("done") == "1")


def _home(
    request: HttpRequest, token: str, *, thanks: bool = False, errors: list[dict[str, str]] | None = None, status: int = 200
) -> HttpResponse:
    seen = overview(token)
    formats = formatting_for(seen["language"])
    base = f"/v/{token}"
    with translation.override(seen["language"]):
        orders = [
            {
                "url": f"{base}/orders/{o.pk}", "number": o.number, "on": o.on, "expected_on": o.expected_on, "net": o.net, "currency": o.currency_id,
                "decimals": DECIMALS.get(o.currency_id or "", 2), "state": _word(o.state, is_confirmed),
            }
            for o, is_confirmed in seen["orders"]
        ]  # fmt: skip
        bills = [
            {
                "number": b.number, "on": b.on, "due_on": b.due_on, "gross": -b.gross if b.is_credit else b.gross, "currency": b.currency,
                "decimals": DECIMALS.get(b.currency, 2), "said": _paid(b, formats),
            }
            for b in seen["bills"]
        ]  # fmt: skip
        context = {
            "title": _("Your orders from {company}").format(company=seen["company"]), "orders": orders, "bills": bills, "invoice_url": f"{base}/invoice",
            "thanks": _("Thank you: the invoice has reached us.") if thanks else "", "errors": errors or [], "sender": {"name": seen["company"], "lines": [seen["vendor"]]},
        }  # fmt: skip
        return page(request, "web/vendor_portal.html", context, status=status)


def _word(state: str, is_confirmed: bool) -> dict[str, str]:
    if state == "closed":
        return {"word": _("complete"), "tone": DONE}
    return {"word": _("confirmed"), "tone": OPEN} if is_confirmed else {"word": _("to confirm"), "tone": "wait"}


def _paid(bill: Owed, formats: Formatting) -> str:
    if not bill.open:
        return _("paid")
    if bill.open == bill.gross:
        return _("not paid yet")
    return _("{amount} still open").format(amount=formats.amount(bill.open, DECIMALS.get(bill.currency, 2)))


@door(PUBLIC, "POST")
def invoice(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invoice file of the vendor."""
    file = request.FILES.get("file")
    try:
        send_invoice(token, file.name or "" if file else "", file.read() if file else b"")
    except LinkClosed:
        raise
    except UserError as refusal:
        return _home(request, token, errors=[{"text": refusal.sentence()}], status=refusal.status)
    return HttpResponseRedirect(f"/v/{token}?done=1")


@door(PUBLIC, "GET", "POST")
def order(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """One order of the vendor's own; POST confirms it, asks for another day, or announces a shipment."""
    errors: list[dict[str, str]] = []
    status = 200
    seen = order_page(token, pk)
    formats = formatting_for(seen["language"])
    with translation.override(seen["language"]):
        if request.method == "POST":
            try:
                _said(request, token, pk, formats)
                return HttpResponseRedirect(f"{request.path}?done=1")
            except LinkClosed:
                raise
            except (UserError, ValueError) as refusal:
                text = refusal.sentence() if isinstance(refusal, UserError) else _("A figure or a day is missing or cannot be read.")
                errors, status = [{"text": text}], getattr(refusal, "status", 422)
        row = seen["order"]
        confirmed = any(s.kind == OrderAnswer.CONFIRMED for s in seen["said"])
        decimals = DECIMALS.get(row.currency_id or "", 2)
        house = row.warehouse.name if row.warehouse else ""
        context = {
            "title": _("Order {number}").format(number=row.number), "home": f"/v/{token}", "action": request.path, "open": row.state == "confirmed", "word": _word(row.state, confirmed),
            "facts_shown": [(_("Date"), formats.date(row.on)), (_("Expected on"), formats.date(row.expected_on) if row.expected_on else "–"), (_("Deliver to"), house or "–")],
            "lines": [_line(ln, goods, left, request.POST) for ln, goods, left in seen["lines"]],
            "currency": row.currency_id, "decimals": decimals, "today": timezone.localdate(), "errors": errors,
            "said": [_sentence(s, formats) for s in seen["said"]], "thanks": _("Thank you: we have it.") if request.GET.get("done") and request.method == "GET" else "",
            "sender": {"name": seen["company"], "lines": [seen["vendor"]]},
        }  # fmt: skip
        return page(request, "web/vendor_order.html", context, status=status)


def _line(line: Any, is_goods: bool, left: Decimal, typed: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": line.pk, "what": str(line.product or line.description), "quantity": line.quantity, "price": line.unit_price, "received": line.received,
        "goods": is_goods, "left": left, "typed": typed.get(f"q{line.pk}", ""),
        "unit": line.product.unit.code if line.product else "",
        "pieces": line.product.second_unit.code if is_goods and line.product.second_unit_id else "", "typed_pieces": typed.get(f"s{line.pk}", ""),
        "tracked": is_goods and line.product.tracking != Product.UNTRACKED, "typed_lots": typed.get(f"l{line.pk}", ""),
    }  # fmt: skip


def _said(request: HttpRequest, token: str, pk: int, formats: Formatting) -> None:
    post = request.POST
    verb = post.get("verb", "")
    if verb == "confirm":
        say(token, confirm_order, {"order": pk, "reference": post.get("reference", "")})
    elif verb == "date":
        if not post.get("on"):
            raise ValueError
        say(token, ask_date, {"order": pk, "on": post["on"], "note": post.get("note", "")})
    elif verb == "announce":
        quantities, pieces = (
            {k[1:]: str(formats.parse_number(v)) for k, v in post.items() if k.startswith(start) and k[1:].isdecimal() and v.strip()}
            for start in "qs"
        )
        lots = {k[1:]: v.strip() for k, v in post.items() if k.startswith("l") and k[1:].isdecimal() and v.strip()}
        if not quantities or not post.get("on"):
            raise ValueError
        given = {"order": pk, "on": post["on"], "quantities": quantities, "second_quantities": pieces, "lots": lots}
        say(token, announce, {**given, "reference": post.get("reference", "")})
    else:
        raise LinkClosed


def _sentence(said: OrderAnswer, formats: Formatting) -> str:
    parts = [formats.date(timezone.localtime(said.created_at).date()), str(said.get_kind_display())]
    if said.on:
        parts.append(formats.date(said.on))
    if said.kind == OrderAnswer.DATE:
        parts.append(str(said.get_state_display()))
    return " · ".join([*parts, *(p for p in (said.reference, said.note) if p)])
