"""A vendor's own pages (PC-06), behind his link or for a portal user of his: orders, what he says of them, invoices, payments, requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.policy import OUTSIDE, PUBLIC, door
from fondaco.interfaces.web.formatting import Formatting, formatting_for
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.sourcing import offer_page, table_page
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.sourcing.answering import answer_as, asked_of, decline_as, view_of
from fondaco.operations.sourcing.models import Invitation, OrderAnswer, VendorAccess
from fondaco.operations.sourcing.portal import (
    acting,
    announce,
    ask_date,
    by_link,
    by_person,
    confirm_order,
    named,
    order_seen,
    say_as,
    seen,
    take_invoice,
)
from fondaco.operations.sourcing.queries import Owed
from fondaco.operations.sourcing.refusals import LinkClosed
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work

OPEN, DONE = "going", "done"
REQUESTED = {"asked": "wait", "answered": "done", "declined": "ended"}


@dataclass(frozen=True)
class Way:
    """How somebody comes to a vendor's pages: the access that he has, and the address under which they stand for him."""

    access: VendorAccess
    base: str


def _by_link(token: str) -> Way:
    return Way(by_link(token), f"/v/{token}")


def _signed_in(request: HttpRequest, access: int) -> Way:
    return Way(by_person(request.actor.outside_id, access), f"/portal/vendor/{access}")  # type: ignore[attr-defined]


@door(PUBLIC, "GET")
def home(request: HttpRequest, token: str) -> HttpResponse:
    """The vendor's orders and invoices."""
    return _home(request, _by_link(token))


@door(OUTSIDE, "GET")
def own_home(request: HttpRequest, access: int) -> HttpResponse:
    """The same for a portal user, with the requests for quotation that are addressed to him."""
    return _home(request, _signed_in(request, access))


def _home(request: HttpRequest, way: Way, *, errors: list[dict[str, str]] | None = None, status: int = 200) -> HttpResponse:
    with unit_of_work(acting(way.access).username, "sourcing.view_link"):
        shown = seen(way.access)
    formats = formatting_for(shown["language"])
    with translation.override(shown["language"]):
        orders = [
            {
                "url": f"{way.base}/orders/{o.pk}", "number": o.number, "on": o.on, "expected_on": o.expected_on, "net": o.net, "currency": o.currency_id,
                "decimals": DECIMALS.get(o.currency_id or "", 2), "state": _word(o.state, is_confirmed),
            }
            for o, is_confirmed in shown["orders"]
        ]  # fmt: skip
        bills = [
            {
                "number": b.number, "on": b.on, "due_on": b.due_on, "gross": -b.gross if b.is_credit else b.gross, "currency": b.currency,
                "decimals": DECIMALS.get(b.currency, 2), "said": _paid(b, formats),
            }
            for b in shown["bills"]
        ]  # fmt: skip
        payments = [
            {
                "on": p.on,
                "amount": p.amount,
                "currency": p.currency,
                "decimals": DECIMALS.get(p.currency, 2),
                "what": ", ".join(p.numbers) or p.reference,
            }
            for p in shown["payments"]
        ]
        requests = [
            {
                "url": f"{way.base}/requests/{i.pk}",
                "number": i.request.number,
                "subject": i.request.subject,
                "answer_by": i.request.answer_by,
                "state": {"word": i.get_state_display(), "tone": REQUESTED[i.state]},
            }
            for i in shown["requests"]
        ]
        context = {
            "title": _("Your orders from {company}").format(company=shown["company"]), "orders": orders, "bills": bills, "payments": payments, "requests": requests,
            "invoice_url": f"{way.base}/invoice", "thanks": _("Thank you: the invoice has reached us.") if request.GET.get("done") == "1" and request.method == "GET" else "",
            "errors": errors or [], "sender": {"name": shown["company"], "lines": [shown["vendor"]]},
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


@door(PUBLIC, "GET", "POST")
def invoice(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invoice file of the vendor."""
    return _invoice(request, _by_link(token))


@door(OUTSIDE, "GET", "POST")
def own_invoice(request: HttpRequest, access: int) -> HttpResponse:
    """Take an invoice file of a portal user."""
    return _invoice(request, _signed_in(request, access))


def _invoice(request: HttpRequest, way: Way) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseRedirect(way.base)
    file = request.FILES.get("file")
    try:
        take_invoice(way.access, file.name or "" if file else "", file.read() if file else b"")
    except LinkClosed:
        raise
    except UserError as refusal:
        return _home(request, way, errors=[{"text": refusal.sentence()}], status=refusal.status)
    return HttpResponseRedirect(f"{way.base}?done=1")


@door(PUBLIC, "GET", "POST")
def order(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """One order of the vendor's own; POST confirms it, asks for another day, or announces a shipment."""
    return _order(request, _by_link(token), pk)


@door(OUTSIDE, "GET", "POST")
def own_order(request: HttpRequest, access: int, pk: int) -> HttpResponse:
    """The same for a portal user."""
    return _order(request, _signed_in(request, access), pk)


@door(OUTSIDE, "GET", "POST")
def own_request(request: HttpRequest, access: int, pk: int) -> HttpResponse:
    """A request for quotation that is addressed to the vendor; POST keeps the offer of a portal user, or reads the table he filled in."""
    way = _signed_in(request, access)
    invitation = asked_of(way.access, pk)
    return offer_page(
        request, _of_person(invitation, way.access), lambda given: answer_as(way.access, invitation, given, client_address(request)), back=way.base
    )  # fmt: skip


def _of_person(invitation: Invitation, access: VendorAccess) -> dict[str, Any]:
    """What is asked, in the reader's own language, with his own name where nobody has answered."""
    asked = view_of(invitation)
    return asked | {"by": asked["by"] or access.person, "language": named(access)["language"]}


@door(OUTSIDE, "GET", "POST")
def own_decline(request: HttpRequest, access: int, pk: int) -> HttpResponse:
    """A portal user offers nothing."""
    way = _signed_in(request, access)
    if request.method != "POST":
        return HttpResponseRedirect(f"{way.base}/requests/{pk}")
    decline_as(way.access, asked_of(way.access, pk), request.POST.get("why", ""))
    return HttpResponseRedirect(way.base)


@door(OUTSIDE, "GET")
def own_table(request: HttpRequest, access: int, pk: int) -> HttpResponse:
    """The lines of a request as a table to fill in."""
    way = _signed_in(request, access)
    return table_page(view_of(asked_of(way.access, pk)))


def _order(request: HttpRequest, way: Way, pk: int) -> HttpResponse:
    errors: list[dict[str, str]] = []
    status = 200
    with unit_of_work(acting(way.access).username, "sourcing.view_link"):
        seen = order_seen(way.access, pk)
    formats = formatting_for(seen["language"])
    with translation.override(seen["language"]):
        if request.method == "POST":
            try:
                _said(request, way.access, pk, formats)
                return HttpResponseRedirect(f"{request.path}?done=1")
            except LinkClosed:
                raise
            except (UserError, ValueError) as refusal:
                text = refusal.sentence() if isinstance(refusal, UserError) else _("A figure or a day is missing or cannot be read.")
                errors, status = [{"text": text}], getattr(refusal, "status", 422)
        row = seen["order"]
        confirmed = any(s.kind == OrderAnswer.CONFIRMED for s in seen["said"])
        decimals = DECIMALS.get(row.currency_id or "", 2)
        house = seen["send_to"] or (row.warehouse.name if row.warehouse else "")
        context = {
            "title": _("Order {number}").format(number=row.number), "home": way.base, "action": request.path, "open": row.state == "confirmed", "word": _word(row.state, confirmed),
            "facts_shown": [(_("Date"), formats.date(row.on)), (_("Expected on"), formats.date(row.expected_on) if row.expected_on else "–"), (_("Deliver to"), house or "–")],
            "lines": [_line(ln, goods, left, request.POST) for ln, goods, left in seen["lines"]],
            "currency": row.currency_id, "decimals": decimals, "today": timezone.localdate(), "errors": errors,
            "said": [_sentence(s, formats) for s in seen["said"]], "thanks": _("Thank you: we have it.") if request.GET.get("done") and request.method == "GET" else "",
            "sender": {"name": seen["company"], "lines": [seen["vendor"]]},
        }  # fmt: skip
        return page(request, "web/vendor_order.html", context, status=status)


def _line(line: Any, is_goods: bool, left: Decimal, typed: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": line.pk, "what": _what(line), "quantity": line.quantity, "price": line.unit_price, "received": line.received,
        "goods": is_goods, "left": left, "typed": typed.get(f"q{line.pk}", ""),
        "unit": line.product.unit.code if line.product else "",
        "pieces": line.product.second_unit.code if is_goods and line.product.second_unit_id else "", "typed_pieces": typed.get(f"s{line.pk}", ""),
        "tracked": is_goods and line.product.tracking != Product.UNTRACKED, "typed_lots": typed.get(f"l{line.pk}", ""),
    }  # fmt: skip


def _what(line: Any) -> str:
    """What was ordered, in the vendor's language."""
    if line.product is None:
        return str(line.description)
    name = line.product.name_it if translation.get_language() == "it" and line.product.name_it else line.product.name
    return f"{line.product.sku} {name}"


def _said(request: HttpRequest, access: VendorAccess, pk: int, formats: Formatting) -> None:
    post = request.POST
    verb = post.get("verb", "")
    if verb == "confirm":
        say_as(access, confirm_order, {"order": pk, "reference": post.get("reference", "")})
    elif verb == "date":
        if not post.get("on"):
            raise ValueError
        say_as(access, ask_date, {"order": pk, "on": post["on"], "note": post.get("note", "")})
    elif verb == "announce":
        quantities, pieces = (
            {k[1:]: str(formats.parse_number(v)) for k, v in post.items() if k.startswith(start) and k[1:].isdecimal() and v.strip()}
            for start in "qs"
        )
        lots = {k[1:]: v.strip() for k, v in post.items() if k.startswith("l") and k[1:].isdecimal() and v.strip()}
        if not quantities or not post.get("on"):
            raise ValueError
        given = {"order": pk, "on": post["on"], "quantities": quantities, "second_quantities": pieces, "lots": lots}
        say_as(access, announce, {**given, "reference": post.get("reference", "")})
    else:
        raise LinkClosed


def _sentence(said: OrderAnswer, formats: Formatting) -> str:
    parts = [formats.date(timezone.localtime(said.created_at).date()), str(said.get_kind_display())]
    if said.on:
        parts.append(formats.date(said.on))
    if said.kind == OrderAnswer.DATE:
        parts.append(str(said.get_state_display()))
    return " · ".join([*parts, *(p for p in (said.reference, said.note) if p)])
