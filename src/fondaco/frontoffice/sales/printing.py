"""Quotes and orders on paper, in the customer's language."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fondaco.finance.invoicing.printing import figures, letterhead
from fondaco.frontoffice.sales.approving import is_offer
from fondaco.frontoffice.sales.configured import options
from fondaco.frontoffice.sales.models import MONTHS, Order, OrderLine, Quote, QuoteLine
from fondaco.platform.documents.printing import Formatter, render
from fondaco.platform.money import ZERO

TEMPLATE = Path(__file__).parent / "documents" / "quote.typ"
RELATED = ("company__country", "customer__country", "currency", "salesperson", "payment_term")


def quote_pdf(quote: Quote) -> bytes:
    """A quote as PDF, with the line where the customer may sign; without it, and marked, where it wants an approval that it has not (PR-07)."""
    quote = Quote.objects.select_related(*RELATED).get(pk=quote.pk)
    lines = list(
        QuoteLine.objects.filter(quote=quote).select_related("product__unit", "tax_code", "configuration").order_by("position", "id")
    )
    language = quote.customer.language
    offered = is_offer(quote)
    with translation.override(language):
        formats = Formatter(language)
        data = {
            **_paper(quote, lines, formats, language),
            "mark": ""
            if quote.state in ("sent", "accepted")
            else _("DRAFT, NOT APPROVED")
            if not offered
            else str(quote.get_state_display()).upper(),
            "signature": [_("Place and date"), _("Signature for acceptance")] if offered and quote.state in ("draft", "sent") else [],
        }
        data["facts"].insert(1, (_("Valid until"), formats.day(quote.valid_until)))
        for shown, line in zip(data["lines"], lines, strict=True):
            shown["unit"] = each(line) or shown["unit"]
        data["texts"][:0] = [(_("What recurs"), said) for said in [recurrence_said(quote, lines, formats)] if said]
        if quote.state == "accepted" and quote.accepted_at:
            said = _("Accepted by {name} on {day}. Fingerprint {hash}.")
            accepted = said.format(name=quote.accepted_by, day=formats.day(quote.accepted_at.date()), hash=quote.accepted_content)
            if quote.accepted_address:
                accepted += "\n" + _("Through the link, from {address}.").format(address=quote.accepted_address)
            data["texts"].append((_("Acceptance"), "\n".join(filter(None, [quote.accepted_consent, accepted]))))
            data["drawn"] = drawn(quote.accepted_signature)
        return render(TEMPLATE, data, language)


def order_pdf(order: Order) -> bytes:
    """The confirmation of an order as PDF."""
    order = Order.objects.select_related(*RELATED).get(pk=order.pk)
    lines = list(
        OrderLine.objects.filter(order=order).select_related("product__unit", "tax_code", "configuration").order_by("position", "id")
    )
    language = order.customer.language
    with translation.override(language):
        formats = Formatter(language)
        data = {
            **_paper(order, lines, formats, language),
            "title": _("Order confirmation"),
            "mark": "" if order.state in ("confirmed", "closed") else str(order.get_state_display()).upper(),
            "signature": [],
        }
        if order.requested_on:
            data["facts"].append((_("Requested for"), formats.day(order.requested_on)))
        if order.promise:
            data["facts"].append((_("Promised"), order.promise))
        return render(TEMPLATE, data, language)


def each(line: QuoteLine) -> str:
    """How often a line is paid, in the reader's language; nothing where once."""
    return _("each {period}").format(period=line.get_per_months_display()) if line.per_months else ""


def recurrence_said(quote: Quote, lines: Sequence[QuoteLine], formats: Formatter) -> str:
    """What of a quote recurs, from when, for how long, and what that comes to, in the reader's language; empty where nothing does."""
    sums: dict[int, Decimal] = {}
    for ln in lines:
        if ln.per_months:
            sums[ln.per_months] = sums.get(ln.per_months, ZERO) + ln.net
    if not sums:
        return ""
    decimals = quote.currency.decimals if quote.currency else 2
    words: dict[int, Any] = dict(MONTHS)

    def money(amount: Decimal) -> str:
        return f"{formats.amount(amount, decimals)} {quote.currency_id}"

    each_said = _(" and ").join(
        _("{amount} each {period}").format(amount=money(a), period=words[months]) for months, a in sorted(sums.items())
    )
    begins = _("from {day}").format(day=formats.day(quote.starts_on)) if quote.starts_on else _("from the day of acceptance")
    if quote.term_value is None:
        return _("{each} without VAT, {begins}, until it is cancelled.").format(each=each_said, begins=begins)
    said = _("{each} without VAT, {begins}, for {months} months: {total} over the term, with what is paid once.")
    return said.format(each=each_said, begins=begins, months=quote.term_months, total=money(quote.term_value))


def drawn(signature: str) -> str:
    """A signature as a picture; what is in it was judged when it was given, and by the database."""
    if not signature:
        return ""
    look = 'fill="none" stroke="#20241f" stroke-width="7" stroke-linecap="round" stroke-linejoin="round"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 400" width="1000" height="400"><path d="{signature}" {look}/></svg>'


def _with_options(made: dict[str, Any], lines: list[Any], language: str) -> dict[str, Any]:
    """What was chosen of configured products, below each line; its words are then the product's alone."""
    chosen = options([ln.configuration for ln in lines if ln.configuration_id], language)
    for shown, line in zip(made["lines"], lines, strict=True):
        found = chosen.get(line.configuration_id, [])
        shown["options"] = [["\u2003" * depth + name, value] for name, value, depth in found]
        said = ", ".join(f"{name}: {value}" for name, value, _depth in found)
        if found and shown["text"].endswith(f" – {said}"):
            shown["text"] = shown["text"].removesuffix(f" – {said}")
    return made


def _paper(document: Quote | Order, lines: list[Any], formats: Formatter, language: str) -> dict[str, Any]:
    facts = [(_("Date"), formats.day(document.on))]
    if document.reference:
        facts.append((_("Your reference"), document.reference))
    if document.payment_term:
        term = document.payment_term
        facts.append((_("Payment terms"), (language == "it" and term.name_it) or term.name))
    if document.contact:
        facts.append((_("Contact"), document.contact))
    if document.salesperson:
        facts.append((_("Your contact here"), document.salesperson.name or document.salesperson.username))
    ship_to = {"title": _("Ship to"), "lines": document.shipping_address.split("\n")} if document.shipping_address else None
    return {
        **letterhead(document.company, document.customer, language),
        "title": capfirst(str(document._meta.verbose_name)),
        "number": str(document) if document.number else "",
        "facts": facts,
        "ship_to": ship_to,
        **_with_options(figures(document, lines, formats), lines, language),
        "texts": [(_("Conditions"), document.conditions)] if document.conditions else [],
    }
