"""How the prices of a quote or an order came about: per line, from the lists through the discounts, with every rule that won or lost (PR-01, PR-02); and
for those who see margins what is left of them (PR-06)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.margins import named_discounts, waterfalls, whole
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.platform.money import ZERO
from fondaco.platform.resources.reading import one

SEE = "sales.see_margin"
#: So many discounts have a bar of their own, the largest first, and so many letters of their names.
NAMED, BAR_LETTERS = 4, 16
#: The documents whose page shows it, and their lines.
SHOWN: dict[type, tuple[Any, str]] = {Quote: (QuoteLine, "quote"), Order: (OrderLine, "order")}


def reasons_url(model: type, url: str) -> str:
    """Where the page of a record fetches it; empty where there is nothing to say."""
    return f"{url}/prices" if model in SHOWN else ""


@door(SIGNED_IN, "GET")
def panel(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The section of one document: a line each, which unfolds its rules; nothing where no rule was asked."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    one(resource, actor, pk)
    if resource.model not in SHOWN:
        return HttpResponse()
    model, parent = SHOWN[resource.model]
    lines = list(model.objects.filter(**{parent: pk}).select_related("product", f"{parent}__company").order_by("position", "id"))
    rows = [_row(ln) for ln in lines if ln.price_explanation.get("rules") or ln.price_explanation.get("discounts")]
    document = getattr(lines[0], parent) if lines else None
    seen = document is not None and actor.may(SEE, document.company_id)
    if document is None or not (rows or seen):
        return HttpResponse()
    currency = document.currency_id or ""
    context = {
        "title": _("How the prices came about"), "rows": rows, "currency": currency, "decimals": DECIMALS.get(currency, 2),
        "margin": margin_of(document, lines, formats_of(request)) if seen else None,
    }  # fmt: skip
    return page(request, "web/price_reasons.html", context)


def margin_of(document: Any, lines: Sequence[Any], formats: Formatting) -> dict[str, Any]:
    """The waterfall of the whole document as a chart, each discount by its name, and that of each line in a table; in company currency."""
    (parts,) = waterfalls([(document, lines)])
    all_of_it = whole(parts)
    currency = document.company.currency_id
    decimals = DECIMALS.get(currency, 2)
    named: dict[str, Decimal] = {}
    for line, part in zip(lines, parts, strict=True):
        for name, amount in named_discounts(line, part, decimals):
            named[name] = named.get(name, ZERO) + amount
    discounts = sorted(named.items(), key=lambda d: -abs(d[1]))
    drawn = [(_short(name), amount, False) for name, amount in discounts[:NAMED]]
    rest = sum((amount for _name, amount in discounts[NAMED:]), ZERO)
    steps: list[tuple[Any, Decimal, Decimal]] = []
    left = all_of_it.listed
    for title, amount, is_sum in (
        (_("Price of the lists"), all_of_it.listed, True),
        *drawn,
        (_("Other discounts"), rest, False),
        (_("Net"), all_of_it.net, True),
        (_("Rebate"), all_of_it.rebate, False),
        (_("Freight"), all_of_it.freight, False),
        (_("Commission"), all_of_it.commission, False),
        (_("Cost"), all_of_it.cost, False),
        (_("Margin"), all_of_it.margin, True),
    ):
        if is_sum:
            steps.append((title, ZERO, amount))
        elif amount:
            steps.append((title, left - amount, left))
            left -= amount
    bars = [
        {"label": title, "low": min(a, b), "high": max(a, b), "shown": formats.amount(b - a if n and a else b, decimals), "is_sum": not a}
        for n, (title, a, b) in enumerate(steps)
    ]
    percent = "" if all_of_it.share is None else formats.percent(all_of_it.share)
    story = _("{margin} of {net} {currency} are left ({percent}).").format(
        net=formats.amount(all_of_it.net, decimals), currency=currency, margin=formats.amount(all_of_it.margin, decimals), percent=percent
    )
    return {
        "title": _("Margin"), "currency": currency, "decimals": decimals, "is_known": all_of_it.is_known,
        "chart": {"title": _("From the price of the lists to the margin"), "story": story, "bars": bars},
        "discounts": [(name, amount, amount / all_of_it.listed if all_of_it.listed else None) for name, amount in discounts],
        "rows": [(_named(ln), w) for ln, w in zip(lines, parts, strict=True)], "whole": all_of_it,
    }  # fmt: skip


def _named(line: Any) -> str:
    """The product of a line in the reader's language; else what the line says."""
    product = line.product
    if product is None:
        return str(line.description)
    return f"{product.sku} {product.name_it}" if get_language() == "it" and product.name_it else str(product)


def _short(name: str) -> str:
    """A name that has room under its bar."""
    return name if len(name) <= BAR_LETTERS else f"{name[: BAR_LETTERS - 1].rstrip()}…"


def _row(line: Any) -> dict[str, Any]:
    told = line.price_explanation
    rules = [
        *({"what": _("Price"), "rule": r["rule"], "gives": _decimal(r["price"]), "percent": None, "won": r["won"], "why": r["why"]} for r in told.get("rules", ())),
        *(
            {"what": _("Discount"), "rule": r["rule"], "gives": None, "percent": _decimal(r["percent"]), "won": r["won"], "why": r["why"]}
            for r in told.get("discounts", ())
        ),
    ]  # fmt: skip
    return {
        "product": _named(line), "sentence": told.get("sentence", ""), "price": line.unit_price,
        "discount": line.discount_percent, "net": line.net, "rules": sorted(rules, key=_lost_last),
    }  # fmt: skip


def _lost_last(rule: dict[str, Any]) -> bool:
    return not rule["won"]


def _decimal(said: str) -> Decimal | None:
    return Decimal(said) if said else None


__all__: Sequence[str] = ("panel", "reasons_url")
