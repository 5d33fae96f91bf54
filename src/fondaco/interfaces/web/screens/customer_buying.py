"""Ordering in the customer's portal (SS-04): from history, from a pasted list, again what was ordered once; own prices with the rule that won, live
stock, then one look at the whole before it is ordered."""

import re
import secrets
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.frontoffice.portal.actions import ordering
from fondaco.frontoffice.portal.models import PortalRule
from fondaco.frontoffice.portal.people import BUYING, say
from fondaco.frontoffice.portal.queries import approvers, articles, history, known_addresses, own_addresses, rule_of, sellable, stock_of
from fondaco.frontoffice.portal.refusals import NotYours, UnknownArticles
from fondaco.interfaces.web.screens.customer_portal import Desk, at_desk, refused
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.database.refusals import UserError
from fondaco.platform.money import figure


def _name(product: Product) -> str:
    return product.name_it if translation.get_language() == "it" and product.name_it else product.name


def _unit(product: Product) -> str:
    return product.unit.name_it if translation.get_language() == "it" and product.unit.name_it else product.unit.name


def _stock(desk: Desk, products: list[Product]) -> dict[int, str]:
    """What is there of articles, as the company tells it."""
    rule = rule_of(desk.access.company_id)
    if rule.shows_stock == PortalRule.NOTHING:
        return {}
    free = stock_of(desk.access, [p.pk for p in products if p.kind == "goods"])
    if rule.shows_stock == PortalRule.FIGURES:
        return {pk: _("{count} in stock").format(count=desk.formats.quantity(there)) for pk, there in free.items()}
    return {
        pk: pgettext("to a customer", "in stock") if there >= rule.few_below else _("few left") if there > 0 else _("on order")
        for pk, there in free.items()
    }


@at_desk("GET", part=BUYING)
def buy(desk: Desk) -> HttpResponse:
    """Choose what to order: what was ordered before, or a list of article numbers; ``again`` takes the lines of an earlier order."""
    again = desk.request.GET.get("again", "")
    typed: dict[int, Decimal] = {}
    if again.isdecimal() and len(again) < 19:
        order = ordering.own_order(desk.access, int(again))
        keys = set(sellable().filter(pk__in=order.lines.values("product")).values_list("pk", flat=True))
        typed = ordering.summed([(ln.product_id, ln.quantity) for ln in order.lines.filter(product__in=keys)])
    return _choosing(desk, typed)


def _choosing(desk: Desk, typed: Mapping[int, Decimal], text: str = "", **wrong: Any) -> HttpResponse:
    bought = history(desk.access)
    named = {b.product.pk for b in bought}
    others = list(sellable().filter(pk__in=[k for k in typed if k not in named])[:500])
    stock = _stock(desk, [*(b.product for b in bought), *others])

    def row(product: Product, note: str, last: str) -> list[Any]:
        value = desk.formats.quantity(typed[product.pk]) if product.pk in typed else ""
        label = _("Quantity of {article}").format(article=product.sku)
        return [
            {"text": _name(product), "note": f"{product.sku} · {note}" if note else product.sku}, stock.get(product.pk, ""), last,
            {"text": "", "input": {"name": f"q{product.pk}", "value": value, "label": label}, "note": _unit(product)},
        ]  # fmt: skip

    rows = [row(p, "", "") for p in others]
    rows += [row(b.product, desk.day(b.last_on), desk.formats.quantity(b.quantity)) for b in bought]
    table = {
        "title": _("Ordered before"),
        "heads": [_("Article"), pgettext("to a customer", "Stock"), _("Last time"), _("Quantity")],
        "rows": rows,
        "num": [2, 3],
    }
    fields = [
        {"name": "list", "kind": "textarea", "label": _("Article numbers and quantities"), "rows": 5, "optional": True, "wide": True, "value": text,
         "hint": _("One on each line, such as “AB-12 5”; pasted from a spreadsheet too.")},
    ]  # fmt: skip
    form = {"kind_of": "form", "action": f"{desk.base}/buy/look", "table": table, "fields": fields, "button": _("Look at prices and stock")}
    return desk.page("/buy", _("Order goods"), [form], **wrong)


def _quantities(desk: Desk) -> tuple[dict[int, Decimal], str]:
    """What was typed beside articles and in the list, added up. Raises UnknownArticles."""
    post = desk.request.POST
    text = post.get("list", "")[:60_000]
    lines, wrong = ordering.parsed(text)
    known = articles(sku for sku, _quantity in lines)
    wrong += [sku for sku, _quantity in lines if sku.lower() not in known]
    typed: list[tuple[int, Decimal]] = []
    for name, value in post.items():
        if name.startswith("q") and name[1:].isdecimal() and len(name) < 20 and value.strip():
            try:
                quantity = desk.formats.parse_number(value)
            except (ValueError, InvalidOperation):
                wrong.append(value[:40])
                continue
            if quantity < 0 or quantity >= Decimal(10) ** 8:
                wrong.append(value[:40])
            elif quantity:
                typed.append((int(name[1:]), quantity))
    if wrong:
        raise UnknownArticles(lines=", ".join(wrong[:20]))
    found = ordering.summed([*typed, *((known[sku.lower()].pk, quantity) for sku, quantity in lines)])
    return {key: quantity for key, quantity in found.items() if quantity}, text


@at_desk("POST", part=BUYING, page="/buy")
def look(desk: Desk) -> HttpResponse:
    """The whole order as it would be: own prices and why, stock, promises, tax, and whether a colleague has to approve it. Nothing is written."""
    try:
        quantities, _text = _quantities(desk)
        return _looking(desk, quantities)
    except NotYours:
        raise
    except UserError as refusal:
        return _choosing(desk, {}, desk.request.POST.get("list", "")[:60_000], **refused(refusal))


def _looking(desk: Desk, quantities: Mapping[int, Decimal], **wrong: Any) -> HttpResponse:
    draft = ordering.foretold(desk.access, quantities)
    order, products = draft.row, sellable().in_bulk(list(quantities))
    decimals = order.currency.decimals if order.currency else 2
    stock = _stock(desk, list(products.values()))
    rows = []
    for ln in draft.lines:
        product = products[ln.product_id]
        rows.append(
            [
                {"text": _name(product), "note": product.sku},
                {"text": stock.get(product.pk, ""), "note": _("by {day}").format(day=desk.day(ln.promised_on)) if ln.promised_on else ""},
                f"{desk.formats.quantity(ln.quantity)} {_unit(product)}",
                {"text": f"{desk.formats.price(ln.unit_price, decimals)} {order.currency_id}", "note": _why(desk, ln)},
                desk.money(ln.net, order.currency_id),
            ]
        )
    places = [(f"own-{a.pk}", f"{a.label}: {a.street}, {a.city}") for a in own_addresses(desk.access).order_by("label")]
    places += [(f"known-{a.pk}", f"{a.street}, {a.postal_code} {a.city}".strip()) for a in known_addresses(desk.access)]
    fields: list[dict[str, Any]] = [{"name": "reference", "label": pgettext("to a customer", "Your order number"), "optional": True}]
    if places:
        fields.append({"name": "address", "kind": "select", "label": _("Deliver to"), "options": places, "empty": _("as usual")})
    fields.append({"name": "words", "kind": "textarea", "label": _("What we should know"), "optional": True, "rows": 2})
    base, limit = ordering.in_base(order, desk.access), desk.access.order_limit
    over = limit is not None and base > limit
    words = []
    if over:
        who = ", ".join(approvers(desk.access).values_list("person", flat=True)[:5])
        words.append(
            _("This is above the {limit} that you order alone: {who} has to approve it.").format(
                limit=desk.money(limit or Decimal(0), None), who=who or _("nobody yet")
            )
        )
    # Sent twice, it is ordered once.
    hidden = {"once": secrets.token_hex(12)} | {f"q{key}": figure(quantity) for key, quantity in quantities.items()}
    money = [(_("Net"), desk.money(order.net, order.currency_id)), (_("Tax"), desk.money(order.tax, order.currency_id)), (_("Total"), desk.money(order.gross, order.currency_id))]  # fmt: skip
    blocks: list[dict[str, Any]] = [
        {"kind_of": "table", "heads": [_("Article"), pgettext("to a customer", "Stock"), _("Quantity"), _("Price"), _("Net")], "rows": rows, "num": [2, 3, 4]},
        {"kind_of": "totals", "totals": money}, {"kind_of": "words", "words": words},
        {"kind_of": "form", "action": f"{desk.base}/buy/order", "hidden": hidden, "fields": fields, "button": _("Ask for approval") if over else _("Order now")},
        {"kind_of": "links", "links": [{"url": f"{desk.base}/buy", "title": _("Change it")}]},
    ]  # fmt: skip
    return desk.page("/buy", _("Your order"), blocks, **wrong)


def _why(desk: Desk, line: Any) -> str:
    """Which rule gave the price, and which the discount: those that won, and none of the others."""
    told = line.price_explanation or {}
    won = [r["rule"] for r in told.get("rules", []) if r.get("won")]
    won += [r["rule"] for r in told.get("discounts", []) if r.get("won")]
    if line.discount_percent:
        won.append(_("less {percent}").format(percent=desk.formats.percent(line.discount_percent / 100)))
    return " · ".join(dict.fromkeys(won))


@at_desk("POST", part=BUYING, page="/buy")
def order(desk: Desk) -> HttpResponse:
    """Order what was looked at; prices and limit are judged anew."""
    post = desk.request.POST
    quantities = {}
    for name, value in post.items():
        if name.startswith("q") and name[1:].isdecimal() and len(name) < 20:
            try:
                quantities[int(name[1:])] = Decimal(value[:20])
            except InvalidOperation:
                continue
    once = post.get("once", "") if re.fullmatch(r"[0-9a-f]{24}", post.get("once", "")) else ""
    given = {name: post.get(name, "") for name in ("reference", "address", "words")}
    try:
        made = say(desk.access, ordering.place_order, {"quantities": quantities, **given}, idempotency_key=once)
    except NotYours:
        raise
    except UserError as refusal:
        return _choosing(desk, {k: q for k, q in quantities.items() if q.is_finite() and q > 0}, **refused(refusal))
    (key,) = made.made["orders"]
    waits = ordering.own_order(desk.access, key).placed_in_portal.state == "waiting"
    target = f"{desk.base}/orders/{key}"
    return HttpResponseRedirect(f"{target}?done={'waits' if waits else 'ordered'}")
