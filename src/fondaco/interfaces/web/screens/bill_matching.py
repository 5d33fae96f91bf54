"""The three-way match by hand: a bill's lines beside what was ordered and what came, with the differences in figures (AP-01)."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from fondaco.finance.payables.actions import lines_by_bill, match_line
from fondaco.finance.payables.matching import Laid, deviations, laid_out, remarks
from fondaco.finance.payables.models import Bill
from fondaco.finance.payables.resources import BillResource
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import flash, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.performing import perform

VIEW, WRITE = BillResource.view_permission, match_line.permission
#: So many candidates are shown of each line.
SHOWN = 30


def _bill(request: HttpRequest, pk: int) -> Bill:
    found = visible(Bill.objects.filter(pk=pk), request.actor, VIEW).select_related("vendor").first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=f"{BillResource.title_one} {pk}")
    return found


@door(VIEW, "GET", "POST")
def bill_match(request: HttpRequest, pk: int) -> HttpResponse:
    """A bill's lines, each with what it could bill: ordered, received, billed elsewhere, left, the agreed price and the differences;
    a credit note's with what it could give back."""
    bill = _bill(request, pk)
    if request.method == "POST":
        return _matched(request, bill)
    lines = lines_by_bill([bill])
    laid = laid_out(bill, lines[bill.pk])
    products = Product.objects.in_bulk({s.order.product for x in laid for s in x.sides if s.order.product})
    names = {key: p.name_it if request.actor.language == "it" and p.name_it else p.name for key, p in products.items()}  # type: ignore[attr-defined]
    may = bill.state == "draft" and request.actor.may(WRITE, bill.company_id)  # type: ignore[attr-defined]
    context = {
        "title": _("Match {bill} to orders").format(bill=f"{bill.vendor_number} – {bill.vendor.name}"),
        "back": BillResource.url(pk),
        "reasons": remarks(bill, lines[bill.pk]) if bill.kind == Bill.CREDIT_NOTE else [d.reason for d in deviations([bill], lines)],
        "is_note": bill.kind == Bill.CREDIT_NOTE,
        "lines": [_shown(x, names) for x in laid],
        "action": request.path,
        "may": may,
        "currency": bill.currency_id or "",
        "decimals": DECIMALS.get(bill.currency_id or "", 2),
    }
    return page(request, "web/bill_matching.html", context)


def _shown(laid: Laid, names: dict[int, str]) -> dict[str, Any]:
    tables = list(dict.fromkeys(s.table for s in laid.sides))
    return {
        "position": laid.line.position, "what": laid.line.description, "quantity": laid.line.quantity, "price": laid.price, "matched": laid.matched,
        "unmatched": laid.unmatched, "lowers_price": any(s.lowers_price for s in laid.sides),
        "tables": [
            {
                "name": table,
                "sides": [
                    {
                        "key": s.order.key, "number": s.order.number, "product": names.get(s.order.product or 0, ""), "ordered": s.order.ordered,
                        "received": s.order.received, "elsewhere": s.elsewhere, "left": s.left, "agreed": s.agreed, "dearer": laid.price - s.agreed, "here": s.here,
                        "over": s.over,
                    }
                    for s in laid.sides if s.table == table
                ][:SHOWN],
            }
            for table in tables
        ],
    }  # fmt: skip


def _matched(request: HttpRequest, bill: Bill) -> HttpResponse:
    """Match one line of the bill with the quantities that were written; then the page again, at the next line."""
    line = request.POST.get("line", "")
    try:
        given = {
            int(name[1:]): _quantity(request, text)
            for name, text in request.POST.items()
            if name[:1] == "q" and name[1:].isdecimal() and text.strip()
        }
        perform(
            request.actor,  # type: ignore[attr-defined]
            match_line,
            [bill.pk],
            {
                "line": int(line) if line.isdecimal() else 0,
                "order_table": request.POST.get("table", ""),
                "quantities": {k: q for k, q in given.items() if q},
                "lowers_price": "lowers" in request.POST,
            },
        )
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return HttpResponseRedirect(f"{request.path}#line-{line if line.isdecimal() else 0}")
    flash(request, _("Line {line} is matched").format(line=line), tone="done")
    return HttpResponseRedirect(f"{request.path}#line-{int(line) + 1}")


def _quantity(request: HttpRequest, text: str) -> Decimal:
    """A quantity as the reader writes it. Raises InvalidInput."""
    try:
        return formats_of(request).parse_number(text)
    except ValueError as error:
        raise InvalidInput(record=_("The match"), problems=_("“{text}” is no quantity.").format(text=text)) from error
