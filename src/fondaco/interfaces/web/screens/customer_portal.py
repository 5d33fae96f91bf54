"""A customer's own pages (SS-01), for a portal user of his: first page, quotes to accept, orders with what left and where it is. What he may see is said by
``portal.queries`` alone; these pages draw it. They need no script, and stand on a phone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.frontoffice.portal.actions import ordering
from fondaco.frontoffice.portal.models import CustomerAccess, PortalOrder
from fondaco.frontoffice.portal.people import APPROVING, BUYING, MONEY, PEOPLE, TRADE, acting, by_person, may, refuse_without, say
from fondaco.frontoffice.portal.queries import (
    SHOWN,
    deliveries_of,
    invoices_shown,
    lines_told,
    owed,
    own_orders,
    own_quotes,
    own_tickets,
    placed_of,
    waiting,
)
from fondaco.frontoffice.portal.refusals import NotYours
from fondaco.frontoffice.sales.models import Order, QuoteLine
from fondaco.frontoffice.sales.printing import order_pdf, quote_pdf
from fondaco.frontoffice.sales.queries import lines_of
from fondaco.frontoffice.sales.refusals import LinkClosed
from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.policy import OUTSIDE, door
from fondaco.interfaces.web.formatting import Formatting, formatting_for
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.presenting import DECIMALS, TONES
from fondaco.masterdata.parties.actions import record_visit
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work

#: How an order stands, in the customer's words: what the house calls a hold is no matter of his.
ORDER_WORDS = {"held": "wait", "confirmed": "going", "closed": "done", "cancelled": "ended", "draft": "wait"}
View = Callable[..., HttpResponse]


class Desk:
    """A person at his customer's desk: the access he has, and how pages are drawn for him."""

    def __init__(self, request: HttpRequest, access: CustomerAccess) -> None:
        self.request, self.access = request, access
        self.base = f"/portal/customer/{access.pk}"
        self.formats: Formatting = formatting_for(acting(access).language)

    def nav(self, at: str) -> list[dict[str, Any]]:
        """The parts that are open to the person."""
        parts = [
            ("", _("Overview"), True), ("/quotes", _("Quotes"), may(self.access, TRADE)), ("/orders", _("Orders"), may(self.access, TRADE)),
            ("/buy", _("Order goods"), may(self.access, BUYING)), ("/approvals", _("Approvals"), may(self.access, APPROVING)),
            ("/invoices", _("Invoices"), may(self.access, MONEY)), ("/tickets", _("Help"), True), ("/people", _("Colleagues"), may(self.access, PEOPLE)),
        ]  # fmt: skip
        return [{"title": title, "url": f"{self.base}{path}", "current": path == at} for path, title, is_open in parts if is_open]

    def page(self, at: str, title: str, blocks: Sequence[Mapping[str, Any]], *, status: int = 200, errors: Sequence[Mapping[str, str]] = (), **more: Any) -> HttpResponse:  # fmt: skip
        """One page: its place among the parts, its title, and what stands on it."""
        thanks = more.pop("thanks", "")
        if not thanks and self.request.method == "GET" and self.request.GET.get("done") in DONE:
            thanks = str(DONE[self.request.GET["done"]]())
        context = {
            "title": title, "nav": self.nav(at), "blocks": blocks, "errors": errors, "thanks": thanks,
            "sender": {"name": self.access.company.name, "lines": [self.access.customer.name, self.access.person]}, **more,
        }  # fmt: skip
        return page(self.request, "web/customer_portal.html", context, status=status)

    def money(self, amount: Decimal, currency: str | None) -> str:
        code = currency or self.access.company.currency_id
        return f"{self.formats.amount(amount, DECIMALS.get(code, 2))} {code}"

    def day(self, on: date | None) -> str:
        return self.formats.date(on) if on else "–"

    def visited(self, title: str, source: Any) -> None:
        """Note on the customer's timeline that one of his looked at something: once a day, whatever it was."""
        record_visit(self.access.customer_id, self.access.company_id, title, source)


DONE: Mapping[str, Callable[[], str]] = {
    "accepted": lambda: _("Accepted: we have your order."), "declined": lambda: _("Declined: we know it."), "ordered": lambda: _("Thank you: we have your order."),
    "waits": lambda: _("Thank you: a colleague who approves orders is to look at it."), "approved": lambda: _("Approved: the order has reached us."),
    "rejected": lambda: _("Rejected: the order is called off."), "kept": lambda: _("Kept."), "invited": lambda: _("Invited: a mail is on its way."),
    "out": lambda: _("Shut out."), "asked": lambda: _("Thank you: we have it, and answer here and by mail."), "rated": lambda: _("Thank you for your answer."), "returning": lambda: _("Thank you: we look at it, and tell you here when the goods may come."),
}  # fmt: skip


def at_desk(*methods: str, part: str = "", page: str = "") -> Callable[[View], View]:
    """A door for portal users that leads to the desk of one of their accesses: a key that is not theirs is refused as one that is none, and a part that
    their roles do not open by a sentence. What only takes forms leads who comes without one (a reloaded address) to the ``page`` of its form."""

    def declare(view: View) -> View:
        @wraps(view)
        def seated(request: HttpRequest, access: int, *args: Any, **more: Any) -> HttpResponse:
            own = by_person(request.actor.outside_id, access)  # type: ignore[attr-defined]
            if part:
                refuse_without(own, part)
            if "GET" not in methods and request.method != "POST":
                return HttpResponseRedirect(f"/portal/customer/{own.pk}{page.format(**more)}")
            actor = acting(own)
            with unit_of_work(actor.username, "portal.view"), translation.override(actor.language):
                return view(Desk(request, own), *args, **more)

        return door(OUTSIDE, *sorted({"GET", *methods}))(seated)

    return declare


def refused(refusal: UserError) -> dict[str, Any]:
    """What a page shows of a refusal, beside what was typed."""
    return {"errors": [{"text": refusal.sentence()}], "status": refusal.status}


def pdf(raw: bytes, name: str) -> HttpResponse:
    """A paper to read or keep."""
    answer = HttpResponse(raw, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{"".join(c if c.isalnum() else "-" for c in name)}.pdf"'
    return answer


def order_word(order: Order, placed: PortalOrder | None) -> dict[str, str]:
    """How an order stands, as the customer is told."""
    if placed is not None and placed.state == PortalOrder.WAITING:
        return {"word": _("waits for approval"), "tone": "wait"}
    if placed is not None and placed.state == PortalOrder.REJECTED:
        return {"word": _("rejected"), "tone": "bad"}
    words = {
        "held": _("being checked"),
        "draft": _("being checked"),
        "confirmed": _("confirmed"),
        "closed": _("complete"),
        "cancelled": _("called off"),
    }
    return {"word": words[order.state], "tone": ORDER_WORDS[order.state]}


@at_desk("GET")
def home(desk: Desk) -> HttpResponse:
    """What waits for the person, and the latest of everything that is open to him."""
    access, blocks = desk.access, []
    desk.visited(_("{person} in the portal").format(person=access.person), access)
    links: list[dict[str, str]] = []
    if may(access, APPROVING) and (count := waiting(access).exclude(access=access).count()):
        links.append({"url": f"{desk.base}/approvals", "title": _("Orders to approve"), "note": str(count)})
    if may(access, TRADE) and (count := own_quotes(access).filter(state="sent").count()):
        links.append({"url": f"{desk.base}/quotes", "title": _("Quotes to answer"), "note": str(count)})
    if may(access, MONEY):
        rows = owed(access, invoices_shown(access))
        due = [o for o in rows if o.open - o.going > 0]
        if due:
            links.append({"url": f"{desk.base}/invoices", "title": _("Invoices to pay"), "note": str(len(due))})
    if count := own_tickets(access).filter(state="waiting").count():
        links.append({"url": f"{desk.base}/tickets", "title": _("Answers for you"), "note": str(count)})
    if may(access, BUYING):
        links.append({"url": f"{desk.base}/buy", "title": _("Order goods"), "note": ""})
    links.append({"url": f"{desk.base}/tickets", "title": _("Ask for help"), "note": ""})
    blocks.append({"kind_of": "links", "links": links})
    if may(access, TRADE):
        blocks.append({**_orders(desk, list(own_orders(access)[:5])), "title": _("Latest orders")})
    return desk.page("", access.company.name, blocks)


# ------------------------------------------------------------------ quotes


@at_desk("GET", part=TRADE)
def quotes(desk: Desk) -> HttpResponse:
    """The quotes that were sent to the customer."""
    rows = [
        [
            {"text": str(q), "url": f"{desk.base}/quotes/{q.pk}"}, desk.day(q.on), desk.day(q.valid_until), desk.money(q.gross, q.currency_id),
            {"state": {"word": _("to answer") if q.state == "sent" else q.get_state_display(), "tone": "wait" if q.state == "sent" else TONES.get(q.state, "open")}},
        ]
        for q in own_quotes(desk.access)[:SHOWN]
    ]  # fmt: skip
    heads = [_("Quote"), _("Date"), _("Valid until"), _("Total"), _("State")]
    return desk.page(
        "/quotes", _("Quotes"), [{"kind_of": "table", "heads": heads, "rows": rows, "num": [3], "empty": _("No quote was sent to you.")}]
    )


@at_desk("GET", "POST", part=TRADE)
def quote(desk: Desk, pk: int) -> HttpResponse:
    """One quote; POST accepts or declines it."""
    row = own_quotes(desk.access).select_related("currency").filter(pk=pk).first()
    if row is None:
        raise NotYours
    wrong: dict[str, Any] = {}
    if desk.request.method == "POST":
        post = desk.request.POST
        try:
            if post.get("verb") == "decline":
                ordering.decline_quote(desk.access, pk, post.get("reason", "")[:2000])
                return HttpResponseRedirect(f"{desk.base}/quotes?done=declined")
            agent = desk.request.headers.get("User-Agent", "")[:500]
            ordering.accept_quote(
                desk.access, pk, reference=post.get("reference", "")[:300], address=client_address(desk.request), agent=agent
            )
            return HttpResponseRedirect(f"{desk.base}/quotes/{pk}?done=accepted")
        except LinkClosed:
            wrong = {
                "errors": [
                    {"text": _("This quote is closed: it was answered, replaced, or its last day has passed. Ask us for a new one.")}
                ],
                "status": 409,
            }
        except UserError as refusal:
            wrong = refused(refusal)
        row.refresh_from_db()
    lines = lines_of(QuoteLine, [row.pk])[row.pk]
    decimals = row.currency.decimals if row.currency else 2
    figures = [
        [ln.description, desk.formats.quantity(ln.quantity), f"{desk.formats.price(ln.unit_price, decimals)} {row.currency_id}", desk.money(ln.net, row.currency_id)]
        for ln in lines
    ]  # fmt: skip
    blocks: list[dict[str, Any]] = [
        {"kind_of": "facts", "facts": [(_("Date"), desk.day(row.on)), (_("Valid until"), desk.day(row.valid_until)), (_("Deliver to"), row.shipping_address or "–")]},
        {"kind_of": "table", "heads": [_("What"), _("Quantity"), _("Price"), _("Net")], "rows": figures, "num": [1, 2, 3]},
        _totals(desk, row), {"kind_of": "links", "links": [{"url": f"{desk.base}/quotes/{pk}/pdf", "title": _("PDF")}]},
    ]  # fmt: skip
    if row.state == "sent":
        reference = {"name": "reference", "label": pgettext("to a customer", "Your order number"), "optional": True}
        why = {"name": "reason", "label": _("What does not suit you?"), "optional": True}
        blocks += [
            {
                "kind_of": "form",
                "action": desk.request.path,
                "hidden": {"verb": "accept"},
                "fields": [reference],
                "button": _("Accept quote"),
            },
            {
                "kind_of": "form",
                "action": desk.request.path,
                "hidden": {"verb": "decline"},
                "fields": [why],
                "button": _("Decline"),
                "kind": "plain",
            },
        ]
    else:
        blocks.append(
            {
                "kind_of": "words",
                "words": [
                    _("Accepted by {name}.").format(name=row.accepted_by) if row.state == "accepted" else str(row.get_state_display())
                ],
            }
        )
    desk.visited(_("Quote {number} opened").format(number=row), row)
    return desk.page("/quotes", _("Quote {number}").format(number=row), blocks, **wrong)


@at_desk("GET", part=TRADE)
def quote_paper(desk: Desk, pk: int) -> HttpResponse:
    """A quote as PDF."""
    row = own_quotes(desk.access).filter(pk=pk).first()
    if row is None:
        raise NotYours
    return pdf(quote_pdf(row), str(row))


def _totals(desk: Desk, row: Any) -> dict[str, Any]:
    return {
        "kind_of": "totals",
        "totals": [(_("Net"), desk.money(row.net, row.currency_id)), (_("Tax"), desk.money(row.tax, row.currency_id)), (_("Total"), desk.money(row.gross, row.currency_id))],
    }  # fmt: skip


# ------------------------------------------------------------------ orders


def _orders(desk: Desk, rows: Sequence[Order]) -> dict[str, Any]:
    placed = placed_of(o.pk for o in rows)
    return {
        "kind_of": "table", "heads": [_("Order"), _("Date"), pgettext("to a customer", "Your order number"), _("Total"), _("State")], "num": [3], "empty": _("There is no order yet."),
        "rows": [
            [
                {"text": o.number or _("new"), "url": f"{desk.base}/orders/{o.pk}"}, desk.day(o.on), o.reference or "", desk.money(o.gross, o.currency_id),
                {"state": order_word(o, placed.get(o.pk))},
            ]
            for o in rows
        ],
    }  # fmt: skip


@at_desk("GET", part=TRADE)
def orders(desk: Desk) -> HttpResponse:
    """The customer's orders."""
    return desk.page("/orders", _("Orders"), [_orders(desk, list(own_orders(desk.access)[:SHOWN]))])


@at_desk("GET", part=TRADE)
def order(desk: Desk, pk: int) -> HttpResponse:
    """One order: its lines with what was delivered and when the rest is promised, what left, and where it is."""
    row = ordering.own_order(desk.access, pk)
    placed = placed_of([row.pk]).get(row.pk)
    facts = [
        (_("Date"), desk.day(row.on)),
        (pgettext("to a customer", "Your order number"), row.reference or "–"),
        (_("Deliver to"), row.shipping_address or "–"),
    ]
    if placed is not None:
        facts.append((_("Ordered by"), placed.access.person))
        if placed.approver is not None:
            facts.append((_("Approved by") if placed.state == "placed" else _("Rejected by"), placed.approver.person))
    lines = lines_told(row)
    figures = [
        [
            {"text": ln.description or str(ln.product), "note": ln.product.sku if ln.product else ""}, desk.formats.quantity(ln.quantity),
            desk.formats.quantity(ln.delivered) if ln.product and ln.product.kind == "goods" else "–", desk.day(ln.promised_on), desk.money(ln.net, row.currency_id),
        ]
        for ln in lines
    ]  # fmt: skip
    blocks: list[dict[str, Any]] = [
        {"kind_of": "facts", "facts": facts},
        {
            "kind_of": "table",
            "heads": [_("What"), _("Ordered"), _("Delivered"), _("Promised for"), _("Net")],
            "rows": figures,
            "num": [1, 2, 4],
        },
        _totals(desk, row),
    ]
    sent = deliveries_of(desk.access, row)
    if sent:
        shown = [
            [
                s.issue.number or "", desk.day(s.issue.on), ", ".join(f"{desk.formats.quantity(ln.quantity)} × {ln.product.sku}" for ln in s.lines), s.carrier,
                {"text": s.tracking, "url": s.page, "outside": True, "note": s.progress} if s.tracking else s.progress,
            ]
            for s in sent
        ]  # fmt: skip
        heads = [_("Delivery"), _("Date"), _("What"), _("Carrier"), _("Tracking")]
        blocks.append({"kind_of": "table", "title": _("Deliveries"), "heads": heads, "rows": shown})
    links = [{"url": f"{desk.base}/tickets?order={row.pk}", "title": _("Ask about this order")}]
    if row.state in ("confirmed", "closed"):
        links.insert(0, {"url": f"{desk.base}/orders/{row.pk}/pdf", "title": _("Order confirmation (PDF)")})
    if may(desk.access, BUYING):
        links.append({"url": f"{desk.base}/buy?again={row.pk}", "title": _("Order the same again")})
    if any(ln.delivered > ln.returned for ln in lines):
        links.append({"url": f"{desk.base}/orders/{row.pk}/return", "title": _("Send something back")})
    blocks.append({"kind_of": "links", "links": links})
    desk.visited(_("Order {number} opened").format(number=row), row)
    title = _("Order {number}").format(number=row.number) if row.number else _("New order")
    return desk.page("/orders", title, blocks, word=order_word(row, placed))


@at_desk("GET", part=TRADE)
def order_paper(desk: Desk, pk: int) -> HttpResponse:
    """The confirmation of an order as PDF, once it is in force."""
    row = ordering.own_order(desk.access, pk)
    if row.state not in ("confirmed", "closed"):
        raise NotYours
    return pdf(order_pdf(row), str(row))


@at_desk("GET", part=APPROVING)
def approvals(desk: Desk) -> HttpResponse:
    """Orders of colleagues above their limit, each as it stands, to be approved or rejected."""
    blocks: list[dict[str, Any]] = []
    for row in waiting(desk.access).exclude(access=desk.access).order_by("pk")[:SHOWN]:
        blocks += _to_approve(desk, row)
    if not blocks:
        blocks.append({"kind_of": "words", "words": [_("Nothing waits for your approval.")]})
    return desk.page("/approvals", _("Approvals"), blocks)


def _to_approve(desk: Desk, row: PortalOrder) -> list[dict[str, Any]]:
    o = row.order
    lines = [
        [ln.description or str(ln.product), desk.formats.quantity(ln.quantity), desk.money(ln.net, o.currency_id)] for ln in lines_told(o)
    ]
    return [
        {
            "kind_of": "table", "title": _("{person}, {total}").format(person=row.access.person, total=desk.money(o.gross, o.currency_id)),
            "heads": [_("What"), _("Quantity"), _("Net")], "rows": lines, "num": [1, 2],
        },
        {
            "kind_of": "form", "action": f"{desk.base}/approvals/{o.pk}", "hidden": {"seen": str(o.gross)}, "button": _("Approve"),
            "fields": [{"name": "reason", "id": f"reason-{o.pk}", "label": _("Reason"), "optional": True}],
            "more": [{"label": _("Reject"), "name": "verb", "value": "reject", "kind": "plain"}],
        },
    ]  # fmt: skip


@at_desk("POST", part=APPROVING, page="/approvals")
def decide(desk: Desk, pk: int) -> HttpResponse:
    """Approve or reject an order of a colleague."""
    post, approve = desk.request.POST, desk.request.POST.get("verb") != "reject"
    try:
        say(
            desk.access,
            ordering.decide_order,
            {"order": pk, "approve": approve, "seen": post.get("seen", "0"), "reason": post.get("reason", "")},
        )
    except NotYours:
        raise
    except UserError as refusal:
        return desk.page("/approvals", _("Approvals"), [], **refused(refusal))
    return HttpResponseRedirect(f"{desk.base}/approvals?done={'approved' if approve else 'rejected'}")
