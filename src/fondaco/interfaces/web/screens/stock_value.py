"""What the stock was worth at the end of any day, per product and place: the balance of the inventory accounts, explained (IV-05)."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.finance.ledger.models import Account
from fondaco.finance.ledger.queries import figures
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.reports import EXPORTS, FIRST_DAY, _day, _page
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import Location
from fondaco.operations.inventory.queries import StockWorth, stock_values
from fondaco.operations.inventory.resources import COST
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import ZERO

SCREENS += [Screen("deliver", "costs", 0, gettext_lazy("Stock value on a day"), "/goods/value", COST)]
#: Rows that a page shows; a file takes them all.
SHOWN = 1_000


@door(COST, "GET")
def stock_value(request: HttpRequest) -> HttpResponse:
    """Quantity and value of every product in every place at the end of a day; each figure opens the moves and entries behind it."""
    company = company_of(request)
    if company is None or not request.actor.may(COST, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("A company whose stock you may see"))
    on = _day(request, "on", today_of(request))
    decimals = DECIMALS.get(company.currency_id, 2)
    found = stock_values(company.pk, on=on, decimals=decimals)
    total = sum((r.value for r in found), ZERO)
    places = {p.pk: p for p in Location.objects.filter(company=company, kind__in=Location.OWNED).order_by("name")}
    chosen = whole(request.GET.get("place", ""))
    shown = [r for r in found if r.place == chosen] if chosen else found
    products = Product.objects.in_bulk({r.product for r in shown})
    shown.sort(key=lambda r: (products[r.product].sku, places[r.place].name if r.place in places else ""))
    part = sum((r.value for r in shown), ZERO)
    many = len(shown) > SHOWN and request.GET.get("format") not in EXPORTS
    italian = request.actor.language == "it"  # type: ignore[attr-defined]
    rows = [_row(r, products[r.product], places, on.isoformat(), italian=italian) for r in (shown[:SHOWN] if many else shown)]
    account = Account.objects.get(company=company, purpose="inventory")
    booked = figures(company.pk, first=FIRST_DAY, last=on).get(account.pk)
    ledger = booked.closing if booked is not None else ZERO
    if chosen:
        rows.append({"title": _("In this place"), "kind": "total", "level": 0, "cells": [None, None, {"value": part}, None]})
    rows.append({"title": _("Stock value"), "kind": "grand", "level": 0, "cells": [None, None, {"value": total}, None]})
    lines = f"/journal-lines?{urlencode({'company': company.pk, 'account': account.pk, 'on__lte': on.isoformat(), 'sort': '-on'})}"
    name = account.name_it if italian and account.name_it else account.name
    rows.append(
        {
            "title": name,
            "code": account.number,
            "url": lines,
            "level": 0,
            "kind": "total",
            "cells": [None, None, {"value": ledger, "url": lines}, None],
        }
    )
    warnings = []
    if ledger != total:
        said = _("The inventory accounts say {ledger} and the stock {stock}: run the checks.")
        warnings.append(
            {"text": said.format(ledger=formats_of(request).amount(ledger), stock=formats_of(request).amount(total)), "tone": "bad"}
        )
    if many:
        said = _("Only the first {count} rows stand here; a file takes all {all}.")
        warnings.append({"text": said.format(count=SHOWN, all=len(shown)), "tone": "wait"})
    columns = [
        {"title": _("Place"), "kind": "text"}, {"title": _("Quantity"), "kind": "quantity"},
        {"title": _("Value"), "unit": company.currency_id, "decimals": decimals}, {"title": _("Unit cost"), "kind": "quantity"},
    ]  # fmt: skip
    fields = [
        {"name": "on", "label": _("As of"), "kind": "date", "value": on},
        {
            "name": "place", "label": _("Place"), "kind": "select", "value": str(chosen or ""),
            "options": [("", _("All")), *((str(pk), p.name) for pk, p in places.items())],
        },
    ]  # fmt: skip
    report = {"caption": _("Stock value on a day"), "row_title": _("Product"), "columns": columns, "rows": rows}
    fact = _("At the end of {day}, as it stands in the books").format(day=formats_of(request).date(on))
    return _page(request, company, str(report["caption"]), report, fields, [fact], warnings)


def _row(worth: StockWorth, product: Product, places: dict[int, Location], on: str, *, italian: bool) -> dict[str, Any]:
    moves = f"/stock-moves?{urlencode({'product': product.pk, 'booked_on__lte': on, 'sort': '-id'})}"
    changes = f"/stock-value-changes?{urlencode({'product': product.pk, 'booked_on__lte': on})}"
    name = product.name_it if italian and product.name_it else product.name
    unit: Decimal | None = round(worth.value / worth.quantity, 6) if worth.quantity > 0 else None
    place = places[worth.place].name if worth.place in places else _("value without goods")
    return {
        "title": name, "code": product.sku, "url": f"/products/{product.pk}", "level": 0,
        "cells": [
            {"value": place}, {"value": worth.quantity, "url": moves}, {"value": worth.value, "url": changes},
            {"value": unit} if unit is not None else None,
        ],
    }  # fmt: skip
