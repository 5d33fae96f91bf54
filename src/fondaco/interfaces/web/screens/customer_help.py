"""Help in the customer's portal (SS-02): tickets with what was said, files, goods to send back, and whether a piece is under warranty."""

from decimal import InvalidOperation
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.portal.actions import ordering, talking
from fondaco.frontoffice.portal.people import ANYBODY, TRADE, may, say
from fondaco.frontoffice.portal.queries import (
    SHOWN,
    asked_about,
    files_of,
    labels_for,
    lines_told,
    messages_of,
    own_returns,
    own_tickets,
    warranty,
    with_customer,
)
from fondaco.frontoffice.portal.refusals import NotYours
from fondaco.frontoffice.portal.returning import return_pdf
from fondaco.frontoffice.quality.models import SCORES, Survey
from fondaco.frontoffice.sales.models import ReturnAuthorisation, ReturnLine
from fondaco.frontoffice.service.caller import Held
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.interfaces.doors.files import download
from fondaco.interfaces.web.screens.customer_portal import Desk, at_desk, pdf, refused
from fondaco.operations.shipping.printing import labels_of
from fondaco.platform.database.refusals import UserError
from fondaco.platform.documents.performing import Outcome

SAID = {"new": "wait", "open": "going", "waiting": "wait", "solved": "done", "closed": "ended"}
MOST_BYTES = 10 * 1024 * 1024


def _word(ticket: Ticket) -> dict[str, str]:
    words = {"new": _("received"), "open": _("in work"), "waiting": _("waits for you"), "solved": _("solved"), "closed": _("closed")}
    return {"word": words[ticket.state], "tone": SAID[ticket.state]}


@at_desk("GET", "POST", part=ANYBODY)
def tickets(desk: Desk) -> HttpResponse:
    """The customer's tickets; POST opens one."""
    wrong: dict[str, Any] = {}
    post = desk.request.POST
    about = (post if desk.request.method == "POST" else desk.request.GET).get("order", "")
    if about and not (about.isdecimal() and len(about) < 19):
        raise NotYours
    if desk.request.method == "POST":
        given = {
            "subject": post.get("subject", ""),
            "body": post.get("body", ""),
            "serial": post.get("serial", "")[:100],
            "order": int(about) if about else None,
        }
        try:
            made = say(desk.access, talking.open_ticket, given)
            (key,) = made.made["tickets"]
            _attach(desk, key)
            return HttpResponseRedirect(f"{desk.base}/tickets/{key}?done=asked")
        except NotYours:
            raise
        except UserError as refusal:
            wrong = refused(refusal)
    subject = post.get("subject", "")
    if about and not subject:
        subject = _("About order {number}").format(number=ordering.own_order(desk.access, int(about)))
    rows = [
        [{"text": t.subject, "url": f"{desk.base}/tickets/{t.pk}", "note": t.number or ""}, desk.day(t.on), {"state": _word(t)}] for t in own_tickets(desk.access)[:SHOWN]
    ]  # fmt: skip
    fields = [
        {"name": "subject", "label": _("What is it about?"), "required": True, "value": subject},
        {"name": "serial", "label": _("Serial number"), "optional": True, "value": post.get("serial", desk.request.GET.get("serial", ""))},
        {"name": "body", "kind": "textarea", "label": _("What happened, or what do you need?"), "required": True, "rows": 5, "wide": True, "value": post.get("body", "")},
        {"name": "file", "kind": "file", "label": _("File"), "optional": True, "attrs": {"multiple": True}},
    ]  # fmt: skip
    form = {
        "kind_of": "form", "title": _("Ask for help"), "action": f"{desk.base}/tickets", "fields": fields, "button": _("Send"), "files": True,
        "hidden": {"order": about} if about else {},
    }  # fmt: skip
    links = [
        {"url": f"/kb/{desk.access.company.code}", "title": _("Find an answer yourself")},
        {"url": f"{desk.base}/warranty", "title": _("Is a piece under warranty?")},
    ]
    if may(desk.access, TRADE):
        links.append({"url": f"{desk.base}/returns", "title": _("Goods sent back")})
    table = {"kind_of": "table", "title": _("Your tickets"), "heads": [_("Ticket"), _("Date"), _("State")], "rows": rows}
    blocks = [{"kind_of": "links", "links": links}, form, *([table] if rows else [])]
    return desk.page("/tickets", _("Help"), blocks, **wrong)


def _attach(desk: Desk, key: int) -> None:
    files = desk.request.FILES.getlist("file")
    given = [(f.name or "file", f.chunks()) for f in files if f.size and f.size <= MOST_BYTES]
    talking.attach_to(desk.access, talking.own_ticket(desk.access, key), given)


@at_desk("POST", part=ANYBODY, page="/tickets/{pk}")
def rate(desk: Desk, pk: int) -> HttpResponse:
    """Say how satisfied one is with a ticket that was solved."""
    post = desk.request.POST
    try:
        talking.rate(desk.access, pk, post.get("score", ""), post.get("comment", ""))
    except NotYours:
        raise
    except UserError as refusal:
        return _ticket(desk, pk, **refused(refusal), rated=post)
    return HttpResponseRedirect(f"{desk.base}/tickets/{pk}?done=rated")


def _question(desk: Desk, pk: int, asked: Survey, given: Any) -> list[dict[str, Any]]:
    """The question how satisfied the customer is, as long as it is open; else what was answered."""
    words = dict(SCORES)
    if not asked.accepts(timezone.now()):
        if asked.score is None:
            return []
        return [{"kind_of": "facts", "title": _("Your answer"), "facts": [(_("How satisfied are you?"), words[asked.score]), *([(_("Comment"), asked.comment)] if asked.comment else [])]}]  # fmt: skip
    score = given.get("score", "") if given else str(asked.score or "")
    return [
        {
            "kind_of": "form", "title": _("How was our service?"), "action": f"{desk.base}/tickets/{pk}/rate", "button": _("Send") if asked.score is None else _("Change"),
            "choice": {"name": "score", "legend": _("How satisfied are you?"), "options": [(value, word, str(value) == score) for value, word in SCORES]},
            "fields": [{"name": "comment", "kind": "textarea", "label": _("What should we know?"), "optional": True, "rows": 2, "wide": True, "value": given.get("comment", "") if given else asked.comment}],
        }
    ]  # fmt: skip


@at_desk("GET", "POST", part=ANYBODY)
def ticket(desk: Desk, pk: int) -> HttpResponse:
    """One ticket with what was said; POST adds to it."""
    return _ticket(desk, pk)


def _ticket(desk: Desk, pk: int, **wrong: Any) -> HttpResponse:
    row, rated = talking.own_ticket(desk.access, pk), wrong.pop("rated", None)
    if desk.request.method == "POST" and not wrong:
        try:
            say(desk.access, talking.answer_ticket, {"ticket": pk, "body": desk.request.POST.get("body", "")})
            _attach(desk, pk)
            return HttpResponseRedirect(f"{desk.base}/tickets/{pk}?done=asked")
        except NotYours:
            raise
        except UserError as refusal:
            wrong = refused(refusal)
    messages = [
        {"author": m.author.partition(" <")[0], "at": m.at, "text": m.body, "own": m.direction == TicketMessage.IN}
        for m in messages_of(row)[:500]
    ]
    blocks: list[dict[str, Any]] = [{"kind_of": "talk", "messages": messages}]
    asked = asked_about(desk.access, row)
    if asked is not None:
        blocks += _question(desk, pk, asked, rated)
    files = list(files_of(desk.access, row)[:SHOWN])
    if files:
        links = [{"url": f"{desk.base}/tickets/{pk}/files/{f.pk}", "title": f.name} for f in files]
        blocks.append({"kind_of": "links", "title": _("Your files"), "links": links})
    fields = [
        {
            "name": "body",
            "kind": "textarea",
            "label": _("Answer"),
            "required": True,
            "rows": 4,
            "wide": True,
            "value": desk.request.POST.get("body", ""),
        },
        {"name": "file", "kind": "file", "label": _("File"), "optional": True, "attrs": {"multiple": True}},
    ]
    blocks.append({"kind_of": "form", "action": f"{desk.base}/tickets/{pk}", "fields": fields, "button": _("Send"), "files": True})
    return desk.page("/tickets", row.subject, blocks, word=_word(row), **wrong)


@at_desk("GET", part=ANYBODY)
def ticket_file(desk: Desk, pk: int, file: int) -> HttpResponse:
    """A file that people of the customer put on the ticket."""
    found = files_of(desk.access, talking.own_ticket(desk.access, pk)).filter(pk=file).first()
    if found is None:
        raise NotYours
    return download(found)  # type: ignore[return-value]


def _covered(piece: Held) -> dict[str, str]:
    if piece.warranty_until is None:
        return {"word": _("ask us"), "tone": "wait"}
    covered = piece.is_covered(timezone.localdate())
    return {"word": _("under warranty") if covered else _("over"), "tone": "done" if covered else "ended"}


@at_desk("GET", part=ANYBODY)
def under_warranty(desk: Desk) -> HttpResponse:
    """Whether a piece of the customer's own is under warranty, by its serial number."""
    serial = desk.request.GET.get("serial", "").strip()[:100]
    found = warranty(desk.access, serial) if serial else []
    rows = [
        [
            {"text": f"{w.sku} {w.name}", "note": w.serial}, desk.day(w.delivered_on), w.delivery_number,
            desk.day(w.warranty_until) if w.warranty_until else "–", {"state": _covered(w)},
        ]
        for w in found
    ]  # fmt: skip
    field = {"name": "serial", "label": _("Serial number"), "required": True, "value": serial}
    blocks: list[dict[str, Any]] = [{"kind_of": "form", "action": desk.request.path, "asks": True, "fields": [field], "button": _("Look")}]
    if serial:
        heads = [_("Article"), _("Delivered on"), _("Delivery"), _("Under warranty until"), _("State")]
        blocks.append(
            {"kind_of": "table", "heads": heads, "rows": rows, "empty": _("No piece of yours has this number. Check it, or ask us.")}
        )
    if found:
        blocks.append(
            {"kind_of": "links", "links": [{"url": f"{desk.base}/tickets?serial={found[0].serial}", "title": _("Ask for help with it")}]}
        )
    return desk.page("/tickets", _("Warranty"), blocks)


# ------------------------------------------------------------------ sending back


def _return_word(row: ReturnAuthorisation) -> dict[str, str]:
    words = {
        "draft": _("being checked"), "authorised": _("may come back"), "received": _("received"), "settled": _("settled"), "expired": _("expired"), "cancelled": _("not accepted"),
    }  # fmt: skip
    tones = {"draft": "wait", "authorised": "going", "received": "going", "settled": "done", "expired": "ended", "cancelled": "bad"}
    return {"word": words[row.state], "tone": tones[row.state]}


@at_desk("GET", part=TRADE)
def returns(desk: Desk) -> HttpResponse:
    """The customer's returns, with the paper that goes into the parcel once one is authorised."""
    own = list(own_returns(desk.access)[:SHOWN])
    labels = labels_for(own)
    rows = [
        [
            {"text": r.number or _("new"), "url": f"{desk.base}/returns/{r.pk}/pdf"} if r.state in ("authorised", "received") else (r.number or _("new")),
            {"text": _("Label of {carrier}").format(carrier=labels[r.pk].carrier), "url": f"{desk.base}/returns/{r.pk}/label"} if r.pk in labels and labels[r.pk].has_label else "",
            {"text": labels[r.pk].tracking, "url": labels[r.pk].page} if r.pk in labels and labels[r.pk].page else labels[r.pk].tracking if r.pk in labels else "",
            desk.day(r.on), desk.day(r.expires_on), {"state": _return_word(r)},
        ]
        for r in own
    ]  # fmt: skip
    heads = [_("Return"), _("For the parcel"), _("Tracking"), _("Date"), _("Send until"), _("State")]
    words = _(
        "Open the number of a return that may come back: it is the paper to put into the parcel. Where there is a label, stick it on the parcel; it is paid."
    )
    blocks = [
        {"kind_of": "table", "heads": heads, "rows": rows, "empty": _("Nothing was sent back. Open an order to send something back.")}
    ]
    return desk.page("/tickets", _("Goods sent back"), [*blocks, *([{"kind_of": "words", "words": [words]}] if rows else [])])


@at_desk("GET", part=TRADE)
def return_paper(desk: Desk, pk: int) -> HttpResponse:
    """The paper that goes into the parcel."""
    row = own_returns(desk.access).filter(pk=pk, state__in=["authorised", "received"]).first()
    if row is None:
        raise NotYours
    return pdf(return_pdf(row), str(row))


@at_desk("GET", part=TRADE)
def return_label(desk: Desk, pk: int) -> HttpResponse:
    """The carrier's label for the parcel of a return."""
    row = own_returns(desk.access).filter(pk=pk, state="authorised").first()
    label = labels_for([row]).get(pk) if row is not None else None
    if label is None or not label.has_label:
        raise NotYours
    return pdf(labels_of(label.consignment), str(row))


@at_desk("GET", "POST", part=TRADE)
def send_back(desk: Desk, pk: int) -> HttpResponse:
    """Ask to send goods of an order back: which, why, and what is wanted for them."""
    row = ordering.own_order(desk.access, pk)
    post, wrong = desk.request.POST, {}
    if desk.request.method == "POST":
        try:
            _asked(desk, pk)
            return HttpResponseRedirect(f"{desk.base}/returns?done=returning")
        except NotYours:
            raise
        except UserError as refusal:
            wrong = refused(refusal)
        except (ValueError, InvalidOperation):
            wrong = {"errors": [{"text": _("Write quantities as figures, beside what you send back.")}], "status": 422}
    left = with_customer(row)
    rows = [
        [
            {"text": ln.description or str(ln.product), "note": ln.product.sku}, desk.formats.quantity(left[ln.pk]),
            {"text": "", "input": {"name": f"q{ln.pk}", "value": post.get(f"q{ln.pk}", ""), "label": _("Send back of {article}").format(article=ln.product.sku)}},
        ]
        for ln in lines_told(row)
        if left.get(ln.pk)
    ]  # fmt: skip
    fields = [
        {"name": "why", "kind": "select", "label": _("Why"), "options": ReturnLine.REASONS, "value": post.get("why", "")},
        {"name": "wanted", "kind": "select", "label": _("What you want"), "options": ReturnLine.WANTED, "value": post.get("wanted", "")},
        {
            "name": "note",
            "kind": "textarea",
            "label": _("What we should know"),
            "optional": True,
            "rows": 3,
            "wide": True,
            "value": post.get("note", ""),
        },
    ]
    table = {
        "heads": [_("What"), _("You have"), _("Send back")],
        "rows": rows,
        "num": [1, 2],
        "empty": _("Nothing of this order is with you."),
    }
    form = {"kind_of": "form", "action": desk.request.path, "table": table, "fields": fields, "button": _("Ask to send back")}
    blocks = [form] if rows else [{"kind_of": "words", "words": [table["empty"]]}]
    return desk.page("/tickets", _("Send back from order {number}").format(number=row), blocks, **wrong)


def _asked(desk: Desk, pk: int) -> Outcome:
    post = desk.request.POST
    quantities = {
        int(k[1:]): str(desk.formats.parse_number(v))
        for k, v in post.items()
        if k.startswith("q") and k[1:].isdecimal() and len(k) < 20 and v.strip()
    }
    if not quantities:
        raise ValueError
    given = {
        "order": pk,
        "quantities": quantities,
        "why": post.get("why", ""),
        "wanted": post.get("wanted", ""),
        "note": post.get("note", ""),
    }
    return say(desk.access, talking.ask_to_return, given)
