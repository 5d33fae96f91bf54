"""How the prices of a quote or an order came about: per line, from the lists through the discounts, with every rule that won or lost (PR-01, PR-02)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.platform.resources.reading import one

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
    lines = model.objects.filter(**{parent: pk}).select_related("product", f"{parent}__currency").order_by("position", "id")
    rows = [_row(ln) for ln in lines if ln.price_explanation.get("rules") or ln.price_explanation.get("discounts")]
    if not rows:
        return HttpResponse()
    currency = getattr(lines[0], parent).currency_id or ""
    context = {"title": _("How the prices came about"), "rows": rows, "currency": currency, "decimals": DECIMALS.get(currency, 2)}
    return page(request, "web/price_reasons.html", context)


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
        "product": line.product or line.description, "sentence": told.get("sentence", ""), "price": line.unit_price,
        "discount": line.discount_percent, "net": line.net, "rules": sorted(rules, key=_lost_last),
    }  # fmt: skip


def _lost_last(rule: dict[str, Any]) -> bool:
    return not rule["won"]


def _decimal(said: str) -> Decimal | None:
    return Decimal(said) if said else None


__all__: Sequence[str] = ("panel", "reasons_url")
