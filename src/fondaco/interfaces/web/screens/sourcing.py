"""Requests for quotation on the screen (PC-02): the vendor's page behind his link, answers entered by the buyer, offers beside each other."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.interfaces.web.formatting import Formatting, formatting_for
from fondaco.interfaces.web.frame import flash, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.operations.sourcing.actions import award, enter_answer
from fondaco.operations.sourcing.answering import answer_by_link, decline_by_link, view_by_link, view_of
from fondaco.operations.sourcing.comparing import Column, Comparison, compare
from fondaco.operations.sourcing.links import path_of
from fondaco.operations.sourcing.models import Award, Invitation, QuoteRequest
from fondaco.operations.sourcing.refusals import LinkClosed
from fondaco.operations.sourcing.resources import VIEW, QuoteRequestResource
from fondaco.operations.sourcing.sheets import read_sheet, sheet_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import ZERO, figure

STATES = {"asked": "wait", "answered": "done", "declined": "ended"}
PARTS = (("price", "prices"), ("offered", "quantities"), ("days", "days"))


# ------------------------------------------------------------------ an answer


def _read(asked: Mapping[str, Any], post: Mapping[str, str], formats: Formatting) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed as parameters of the verb, and what is no figure."""
    errors: dict[str, str] = {}

    def number(name: str) -> Decimal | None:
        text = post.get(name, "").strip()
        if not text:
            return None
        try:
            return formats.parse_number(text)
        except ValueError:
            errors[name] = _("This is no number.")
            return None

    given: dict[str, Any] = {"prices": {}, "quantities": {}, "days": {}, "by": post.get("by", ""), "note": post.get("note", "")}
    for line in asked["lines"]:
        for short, name in PARTS:
            value = number(f"{short}-{line['key']}")
            if value is not None:
                given[name][line["key"]] = str(value)
    given |= {"currency": post.get("currency", ""), "valid_until": post.get("valid_until") or None}
    freight = number("freight")
    given["freight"] = "0" if freight is None else str(freight)
    return given, errors


def _offer(
    asked: dict[str, Any], formats: Formatting, typed: Mapping[str, str], errors: Mapping[str, str], *, action: str, by: bool
) -> dict[str, Any]:
    """The form of an answer: what was typed, else the last answer."""

    def value(name: str, stored: Any, write: Callable[[Any], str]) -> str:
        return typed[name] if name in typed else "" if stored is None else write(stored)

    labels = {"price": _("Unit price"), "offered": _("Offered quantity"), "days": _("Days to delivery")}
    rows = []
    for line in asked["lines"]:
        inputs = [
            {"name": f"{short}-{line['key']}", "label": labels[short], "error": errors.get(f"{short}-{line['key']}"),
             "value": value(f"{short}-{line['key']}", line[short], formats.price if short == "price" else formats.quantity)}
            for short, _name in PARTS
        ]  # fmt: skip
        rows.append(line | {"inputs": inputs})
    fields: list[dict[str, Any]] = [
        {"name": "currency", "label": _("Currency"), "kind": "select", "options": [(c, c) for c in asked["currencies"]], "value": typed.get("currency", asked["currency"])},
        {"name": "freight", "label": _("Freight in all"), "kind": "amount", "value": value("freight", asked["freight"], formats.amount), "optional": True, "error": errors.get("freight")},
        {"name": "valid_until", "label": _("Offer valid until"), "kind": "date", "value": typed.get("valid_until", asked["valid_until"]), "optional": True, "error": errors.get("valid_until")},
        {"name": "note", "label": _("Note"), "kind": "textarea", "rows": 2, "value": typed.get("note", asked["note"]), "optional": True, "wide": True},
        {"name": "by", "label": _("Your name") if by else _("Who gave it"), "value": typed.get("by", asked["by"]), "required": by, "error": errors.get("by"), "autocomplete": "name"},
    ]  # fmt: skip
    wrong = [{"text": f"{s}", "field": f"id_{n}"} for n, s in errors.items()]
    return {
        "asked": asked, "rows": rows, "fields": fields, "errors": wrong, "action": action, "table_url": f"{action}/table",
        "send_label": _("Send offer") if by else _("Keep answer"),
    }  # fmt: skip


def _typed(request: HttpRequest, asked: Mapping[str, Any], formats: Formatting) -> dict[str, str] | None:
    """What the fields hold after a table was read; nothing where none was sent."""
    file = request.FILES.get("table")
    if file is None:
        return None
    rows = read_sheet(file.read())
    typed: dict[str, str] = {}
    for line in asked["lines"]:
        said = rows.get(line["position"])
        for short, key in (("price", "price"), ("offered", "quantity"), ("days", "days")):
            if said is not None and said[key]:
                try:
                    typed[f"{short}-{line['key']}"] = (
                        formats.price(Decimal(said[key])) if short == "price" else formats.quantity(Decimal(said[key]))
                    )
                except ArithmeticError:
                    typed[f"{short}-{line['key']}"] = said[key]
    return typed


def _named(refusal: UserError, asked: Mapping[str, Any]) -> dict[str, str]:
    """Refused parameters by the fields of the form."""
    found = {}
    for path, sentence in refusal.fields.items():
        name, _dot, key = path.partition(".")
        short = next((s for s, n in PARTS if n == name), name)
        found[f"{short}-{key.split('.')[0]}" if key else short] = str(sentence)
    return found or {"": refusal.sentence()}


@door(PUBLIC, "GET", "POST")
def vendor_offer(request: HttpRequest, token: str) -> HttpResponse:
    """What is asked of the vendor behind a link; POST keeps his offer, or reads the table he filled in."""
    return offer_page(request, view_by_link(token), lambda given: answer_by_link(token, given, client_address(request)))


def offer_page(request: HttpRequest, asked: dict[str, Any], answer: Callable[[Mapping[str, Any]], None], back: str = "") -> HttpResponse:
    """The page of a request as the asked vendor sees it; ``answer`` keeps what he offers."""
    formats = formatting_for(asked["language"])
    errors: dict[str, str] = {}
    typed: dict[str, str] = {}
    status = 200
    with translation.override(asked["language"]):
        if request.method == "POST":
            read = _typed(request, asked, formats)
            if read is not None:
                typed = read
            else:
                typed = {k: v for k, v in request.POST.items() if k != "csrfmiddlewaretoken"}
                given, errors = _read(asked, request.POST, formats)
                if not errors:
                    try:
                        answer(given)
                        return HttpResponseRedirect(f"{request.path}?done=1")
                    except LinkClosed:
                        raise
                    except UserError as refusal:
                        errors = _named(refusal, asked)
                status = 422
        context = {
            "title": _("Request for quotation: {subject}").format(subject=asked["subject"]),
            "offer": _offer(asked, formats, typed, errors, action=request.path, by=True),
            "decline_url": f"{request.path}/decline",
            "thanks": _("Thank you: your offer has reached us.") if request.GET.get("done") and request.method == "GET" else "",
            "sender": {"name": str(asked["company"]), "lines": []},
            "home": back,
        }
        return page(request, "web/quote_offer.html", context, status=status)


@door(PUBLIC, "POST")
def vendor_declines(request: HttpRequest, token: str) -> HttpResponse:
    """The vendor offers nothing."""
    decline_by_link(token, request.POST.get("why", ""))
    context = {
        "title": _("Thank you for your answer"),
        "sentence": _("We have noted that you offer nothing. You can close this page."),
        "jobs": [],
        "ways": [],
    }
    return page(request, "web/error.html", context)


@door(PUBLIC, "GET")
def vendor_table(request: HttpRequest, token: str) -> HttpResponse:
    """The lines asked of a vendor as a table to fill in."""
    asked = view_by_link(token)
    return table_page(asked)


def table_page(asked: Mapping[str, Any]) -> HttpResponse:
    """The same, in the vendor's language."""
    with translation.override(asked["language"]):
        return _sheet(asked)


def _sheet(asked: Mapping[str, Any]) -> HttpResponse:
    response = HttpResponse(sheet_of(asked["lines"]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="request.csv"'
    return response


def _request(request: HttpRequest, pk: int) -> QuoteRequest:
    found = visible(QuoteRequest.objects.filter(pk=pk), request.actor, VIEW).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=f"{QuoteRequestResource.title_one} {pk}")
    return found


def _invitation(request: HttpRequest, pk: int, key: int) -> Invitation:
    row = _request(request, pk)
    found = Invitation.objects.filter(pk=key, request=row).select_related("request", "company", "vendor").first()
    if found is None:
        raise NotFound(what=f"{QuoteRequestResource.title_one} {pk}")
    return found


@door(enter_answer.permission, "GET", "POST")
def entry(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    """An answer that a vendor gave by mail, telephone or file, entered by the buyer."""
    invitation = _invitation(request, pk, key)
    asked, formats = view_of(invitation), formats_of(request)
    errors: dict[str, str] = {}
    typed: dict[str, str] = {}
    if request.method == "POST":
        read = _typed(request, asked, formats)
        if read is not None:
            typed = read
        else:
            typed = {k: v for k, v in request.POST.items() if k != "csrfmiddlewaretoken"}
            given, errors = _read(asked, request.POST, formats)
            if not errors:
                try:
                    perform(request.actor, enter_answer, [invitation.pk], given)  # type: ignore[attr-defined]
                    flash(request, _("Answer kept"))
                    return HttpResponseRedirect(f"{QuoteRequestResource.url(pk)}/compare")
                except UserError as refusal:
                    errors = _named(refusal, asked)
    context = {
        "title": _("Answer of {vendor}").format(vendor=invitation.vendor.name),
        "back": f"{QuoteRequestResource.url(pk)}/compare",
        "offer": _offer(asked, formats, typed, errors, action=request.path, by=False),
    }
    return page(request, "web/quote_entry.html", context, status=422 if errors else 200)


@door(enter_answer.permission, "GET")
def entry_table(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    """The lines asked of a vendor as a table to fill in."""
    return _sheet(view_of(_invitation(request, pk, key)))


# ------------------------------------------------------------------ the comparison


@door(VIEW, "GET", "POST")
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """Offers beside each other, the cheapest of each line marked; POST awards what was entered beside the prices."""
    row = _request(request, pk)
    errors: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        try:
            outcome = perform(request.actor, award, [pk], {"quantities": _quantities(request)})  # type: ignore[attr-defined]
            flash(request, str(award.done))
            made = outcome.made["purchase-orders"]
            return HttpResponseRedirect(f"/purchase-orders/{made[0]}" if len(made) == 1 else QuoteRequestResource.url(pk))
        except UserError as refusal:
            errors, status = [{"text": refusal.sentence()}], refusal.status
    seen = compare(row, on=today_of(request))
    return page(request, "web/quote_comparison.html", _compared(request, row, seen, errors), status=status)


def _quantities(request: HttpRequest) -> dict[str, str]:
    formats = formats_of(request)
    found, wrong = {}, {}
    for name, text in request.POST.items():
        if name.startswith("q") and name[1:].isdecimal() and text.strip():
            try:
                found[name[1:]] = str(formats.parse_number(text))
            except ValueError:
                wrong[name] = text
    if wrong:
        raise InvalidInput(record=_("Award"), problems=", ".join(f"{v}: {_('This is no number.')}" for v in wrong.values()), fields=wrong)
    return {k: v for k, v in found.items() if Decimal(v)}


def _compared(request: HttpRequest, row: QuoteRequest, seen: Comparison, errors: list[dict[str, str]]) -> dict[str, Any]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    formats = formats_of(request)
    currency = Company.objects.values_list("currency_id", flat=True).get(pk=row.company_id)
    decimals = DECIMALS.get(currency, 2)
    may_award = row.state == "sent" and actor.may(award.permission, row.company_id)
    may_enter = row.state == "sent" and actor.may(enter_answer.permission, row.company_id)
    given = dict(Award.objects.filter(offered__line__request=row).order_by().values_list("offered").annotate(quantity=Sum("quantity")))
    typed = _cheapest(seen) if request.GET.get("fill") else {}
    columns = [
        {
            "vendor": c.invitation.vendor.name, "url": f"/customers/{c.invitation.vendor_id}",
            "state": {"word": c.invitation.get_state_display(), "tone": STATES[c.invitation.state]},
            "link": path_of(c.invitation) if row.state == "sent" and actor.may("sourcing.send_request", row.company_id) else "",
            "entry_url": f"{QuoteRequestResource.url(row.pk)}/answer/{c.invitation.pk}" if may_enter else "",
        }
        for c in seen.columns
    ]  # fmt: skip
    rows = []
    for line in seen.lines:
        cells = []
        for column in seen.columns:
            cell = column.cells.get(line.pk)
            if cell is None or column.offer is None:
                cells.append(None)
                continue
            key = cell.offered.pk
            cells.append({
                "key": key, "vendor": column.invitation.vendor.name, "landed": cell.landed, "is_best": cell.is_best, "price": cell.offered.unit_price,
                "currency": column.offer.currency_id, "decimals": DECIMALS.get(column.offer.currency_id, 2), "days": cell.offered.lead_days,
                "offered": cell.offered.quantity, "short": cell.offered.quantity < line.quantity, "awarded": given.get(key, ZERO),
                "typed": request.POST.get(f"q{key}", "") if request.method == "POST" else formats.quantity(typed[key]) if key in typed else "",
            })  # fmt: skip
        rows.append({"what": str(line.product or line.description), "quantity": line.quantity, "cells": cells})

    def foot(title: str, tell: Callable[[Column], str]) -> dict[str, Any]:
        return {"title": title, "cells": [tell(c) if c.offer else "–" for c in seen.columns]}

    feet = [
        foot(_("Freight"), lambda c: f"{formats.amount(c.offer.freight)} {c.offer.currency_id}" if c.offer and c.offer.freight else "–"),
        foot(_("Duty"), lambda c: f"{figure(c.invitation.duty_percent)} %" if c.invitation.duty_percent else "–"),
        foot(_("Rate"), lambda c: figure(c.rate) if c.rate and c.offer and c.offer.currency_id != currency else "–"),
        foot(_("Slowest line"), lambda c: _("%(n)s days") % {"n": c.slowest} if c.slowest is not None else "–"),
        foot(_("Everything, landed"), lambda c: formats.amount(c.total, decimals) if c.total is not None else _("not everything offered")),
    ]
    return {
        "title": row.subject, "number": row.number or _("Request"), "back": QuoteRequestResource.url(row.pk), "columns": columns, "rows": rows, "feet": feet,
        "currency": currency, "decimals": decimals, "may_award": may_award, "action": request.path, "errors": errors, "cheapest_url": f"{request.path}?fill=1",
    }  # fmt: skip


def _cheapest(seen: Comparison) -> dict[int, Decimal]:
    """Of each line what the cheapest vendors offer, until what was asked for is reached."""
    found: dict[int, Decimal] = {}
    for line in seen.lines:
        left = line.quantity
        cells = [c.cells[line.pk] for c in seen.columns if line.pk in c.cells and c.cells[line.pk].landed is not None]
        for cell in sorted(cells, key=lambda c: (c.landed, c.offered.lead_days or 0)):
            part = min(left, cell.offered.quantity)
            if part > 0:
                found[cell.offered.pk] = part
                left -= part
    return found
