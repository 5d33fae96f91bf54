"""The count sheet: scan or type what lies there, line by line by keyboard, on a phone or at a desk (IV-08)."""

from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import flash, formats_of, page
from fondaco.interfaces.web.presenting import facts_of
from fondaco.interfaces.web.screens.attachments import shown_files
from fondaco.interfaces.web.screens.record_head import head_of, name_of, state_now
from fondaco.interfaces.web.screens.stream import stream_of
from fondaco.operations.inventory.counting import difference, record_count, scan_count, second_difference
from fondaco.operations.inventory.models import StockCount, StockCountLine
from fondaco.operations.inventory.resources import EXPECTED, VIEW, StockCountResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.reading import columns_for, one

#: Lines on a page.
SHOWN = 100
IN_HEAD = {"number", "state"}


@door(VIEW, "GET")
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A count sheet: what is counted so far, a field for the scanner, and a quantity for each line; blind unless it may be seen."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = one(StockCountResource, actor, pk)
    row["_state"] = state_now(StockCountResource, pk)
    columns = columns_for(StockCountResource.detail(), actor)
    count = StockCount.objects.get(pk=pk)
    lines = StockCountLine.objects.filter(count=pk).select_related("product").order_by("position", "pk")
    pages = Paginator(lines, SHOWN)
    at = pages.get_page(request.GET.get("page", "1"))
    done, total = lines.filter(counted__isnull=False).count(), pages.count
    open_ = count.state == StockCount.COUNTING and actor.may(record_count.permission, count.company_id)
    told = not count.is_blind or actor.may(EXPECTED, count.company_id)
    facts = facts_of(StockCountResource, [c for c in columns if c.path not in IN_HEAD], row, actor, formats_of(request))
    context = {
        "title": name_of(request, StockCountResource, row),
        "document": _without_own_forms(head_of(request, StockCountResource, row, columns)),
        "said": _("{done} of {total} lines are counted.").format(done=done, total=total) if total else "",
        "open": open_,
        "told": told,
        "lines": [_shown(line, told) for line in at],
        "paired": any(line.product.second_unit_id is not None for line in at),
        "scan_url": f"{StockCountResource.url(pk)}/scan",
        "record_url": f"{StockCountResource.url(pk)}/record?page={at.number}",
        "earlier": f"?page={at.previous_page_number()}" if at.has_previous() else "",
        "later": f"?page={at.next_page_number()}" if at.has_next() else "",
        "facts": [f for f in facts if f[1] not in (None, "")],
        "files": shown_files(actor, StockCountResource, pk),
        "stream": stream_of(request, StockCountResource, pk),
    }
    return page(request, "web/count_sheet.html", context)


def _without_own_forms(head: dict[str, Any]) -> dict[str, Any]:
    """The head without the verbs for which the page has fields of its own."""
    own = {f"/do/{verb.verb}" for verb in (scan_count, record_count)}
    return head | {
        part: [v for v in head[part] if not any(v["url"].partition("?")[0].endswith(end) for end in own)] for part in ("verbs", "more")
    }


def _shown(line: StockCountLine, told: bool) -> dict[str, Any]:
    counted = line.counted is not None
    return {
        "key": line.pk, "position": line.position, "sku": line.product.sku, "product": line.product.name, "lot": line.lot, "counted": line.counted,
        "book": (line.book if counted else line.expected) if told else None, "difference": difference(line) if told and counted else None,
        "by": line.counted_by, "paired": line.product.second_unit_id is not None, "second_counted": line.second_counted,
        "second_book": (line.second_book if counted else line.second_expected) if told else None,
        "second_difference": second_difference(line) if told and counted else None,
    }  # fmt: skip


def _count(request: HttpRequest, pk: int) -> StockCount:
    found = visible(StockCount.objects.filter(pk=pk), request.actor, VIEW).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=f"{StockCountResource.title_one} {pk}")
    return found


@door(VIEW, "POST")
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """What the scanner read, or somebody typed, is added to the sheet; then the field waits for the next."""
    _count(request, pk)
    code = request.POST.get("code", "")
    try:
        quantity = _quantity(request, request.POST.get("quantity", "") or "1")
        pieces = request.POST.get("second", "").strip()
        given = {"code": code, "quantity": quantity} | ({"second_quantity": _quantity(request, pieces)} if pieces else {})
        perform(request.actor, scan_count, [pk], given)  # type: ignore[attr-defined]
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
    else:
        flash(request, _("{code} is counted").format(code=code), tone="done")
    return HttpResponseRedirect(StockCountResource.url(pk))


@door(VIEW, "POST")
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """The quantities that were written on a page of the sheet and are not there yet."""
    count = _count(request, pk)
    back = HttpResponseRedirect(f"{StockCountResource.url(pk)}?page={request.GET.get('page', '1')}")
    try:
        given, pieces = _written(request, "q"), _written(request, "s")
        held = {
            key: (counted, second)
            for key, counted, second in StockCountLine.objects.filter(count=count, pk__in=given).values_list(
                "pk", "counted", "second_counted"
            )
        }
        fresh = {
            key: quantity
            for key, quantity in given.items()
            if held.get(key, (None, None)) != (quantity, pieces.get(key, held.get(key, (None, None))[1]))
        }
        if fresh:
            said = {key: second for key, second in pieces.items() if key in fresh}
            perform(request.actor, record_count, [pk], {"quantities": fresh, "second_quantities": said})  # type: ignore[attr-defined]
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return back
    flash(request, _("{count} lines are written down").format(count=len(fresh)), tone="done")
    return back


def _written(request: HttpRequest, start: str) -> dict[int, Decimal]:
    """What was written in the fields of lines whose names begin so."""
    return {
        int(name[1:]): _quantity(request, text)
        for name, text in request.POST.items()
        if name[:1] == start and name[1:].isdecimal() and text.strip()
    }


def _quantity(request: HttpRequest, text: str) -> Decimal:
    """A quantity as the reader writes it. Raises InvalidInput."""
    try:
        return formats_of(request).parse_number(text)
    except ValueError as error:
        raise InvalidInput(record=StockCountResource.title_one, problems=_("“{text}” is no quantity.").format(text=text)) from error
